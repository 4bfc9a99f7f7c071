//! Parser for the transcripts of *Export chat* on phones, and of WhatsApp Web ([`web`]).
//!
//! Steps: every line that begins with a timestamp of any form is a candidate ([`timestamp`]). One shape for the file is
//! inferred from all candidates ([`shape`]), and the date order is determined ([`date_order`]). Every candidate of that
//! shape is a header, and every other line continues the message above it. Bodies are classified last ([`body`],
//! [`media`]), with words from data files ([`words`]).
//!
//! See docs/reference/whatsapp-export-format.md, "Headers".

mod body;
mod build;
mod calendar;
mod call_length;
mod cldr;
mod cursor;
mod date_order;
mod date_order_evidence;
mod day;
mod decode;
mod fold;
mod legacy;
mod long_names;
mod marked;
pub mod marks;
mod media;
mod missing_years;
mod names;
mod notice_lists;
mod notices;
mod pasted;
mod pattern;
mod phrases;
mod plain_text;
mod recent_senders;
mod scan;
mod sender;
mod sender_inference;
mod shape;
mod shape_text;
mod template;
#[cfg(test)]
mod tests;
mod timestamp;
mod unread_header;
mod web;
mod words;

pub use decode::{Decoded, decode};
pub use media::sent_name;
pub use names::{ArchiveName, archive_name, without_copy_number};
pub use timestamp::looks_like_header;
pub use words::is_you;

use super::{Context, Hints, NotATranscript};
use crate::chat::Chat;

/// Parses a transcript.
///
/// # Errors
///
/// [`NotATranscript`] when no line is a header; never because of single lines.
pub fn parse<'t>(
    transcript: &'t Decoded,
    context: &Context<'_>,
) -> Result<Chat<'t>, NotATranscript> {
    let text = transcript.text();
    if text.trim().is_empty() {
        return Err(NotATranscript::Empty);
    }
    if web::is_markdown(text) {
        return web::read_markdown(text, &transcript.broken_lines, context);
    }
    if web::is_web_export(text, context) {
        return Ok(web::read(text, &transcript.broken_lines, context));
    }
    let scan = scan::scan(text);
    let Some(layout) = scan::Layout::infer(text, &scan, context.date_order, &context.hints) else {
        return Err(NotATranscript::NoMessages {
            looks_like: describe(text),
        });
    };
    Ok(build::build(
        text,
        &transcript.broken_lines,
        &scan,
        &layout,
        context,
    ))
}

/// Number of headers among the first lines of `head`; 0 if it does not look like a transcript. `head` may end
/// anywhere, even inside a character.
pub fn likeness(head: &[u8]) -> u32 {
    let Ok(decoded) = decode(head.to_vec()) else {
        return 0;
    };
    let text = decoded.text();
    if web::is_markdown(text) {
        return web::likeness(text);
    }
    let scan = scan::scan(text);
    scan::Layout::infer(text, &scan, None, &Hints::default())
        .map_or(0, |layout| layout.headers(&scan))
}

/// Whether the first line of `head` that is not blank is a header: then the text is an export from its first line on,
/// and not a note that contains such a line.
pub fn begins_with_header(head: &[u8]) -> bool {
    let Ok(decoded) = decode(head.to_vec()) else {
        return false;
    };
    if web::begins_with_header(decoded.text()) {
        return true;
    }
    let scan = scan::scan(decoded.text());
    let first = scan.candidates.first().map(|c| c.line);
    first.is_some_and(|line| line <= scan.first_line)
}

/// The chat's name in the first line of a Markdown export of WhatsApp Web; `None` for any other text. `head` may end
/// anywhere after its first line.
pub fn markdown_title(head: &str) -> Option<&str> {
    web::title(head)
}

/// Describes a text that is not a transcript, for the error message.
fn describe(text: &str) -> &'static str {
    let start = text.trim_start();
    if start.starts_with('{') || start.starts_with("[{") {
        "JSON"
    } else if start.starts_with('<') {
        "a web page or XML"
    } else if start.starts_with("%PDF") {
        "a PDF document"
    } else if start.starts_with("SQLite format 3") {
        "a database"
    } else if start.starts_with("PK\u{3}\u{4}") {
        "a zip archive"
    } else if start.contains('\0') {
        "a binary file"
    } else if start
        .lines()
        .take(5)
        .any(|line| line.contains("; ") && line.contains(" - ") && line.contains(':'))
    {
        "the output of another program"
    } else {
        "another kind of text"
    }
}
