//! The official "Export chat" text of phones, and of WhatsApp Web ([`web`]).
//!
//! Four steps, each in its own file: every line that begins with some time stamp is a candidate
//! ([`stamp`]); the file's one shape is inferred from all of them ([`shape`]); day and month are
//! told apart ([`order`]); then every line that keeps the rules begins a message, and every other
//! line belongs to the message before it. Bodies are understood last ([`body`], [`media`]), with
//! words from data files ([`words`]).

mod about;
mod body;
mod build;
mod calendar;
mod cursor;
mod decode;
mod evidence;
mod fold;
mod legacy;
mod long_names;
pub mod marks;
mod media;
mod names;
mod notices;
mod order;
mod pasted;
mod pattern;
mod phrases;
mod plain_text;
mod recent;
mod scan;
mod sender;
mod settle;
mod shape;
mod shown;
mod stamp;
mod template;
#[cfg(test)]
mod tests;
mod web;
mod words;

pub use decode::{Decoded, decode};
pub use media::sent_name;
pub use names::{ArchiveName, archive_name};
pub use words::is_you;

use super::{Context, Hints, NotATranscript};
use crate::chat::Chat;

/// Reads a transcript.
///
/// # Errors
///
/// [`NotATranscript`] when no line is a message; never because of single lines.
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
    if web::is_one(text, context) {
        return Ok(web::read(text, &transcript.broken_lines, context));
    }
    let scan = scan::scan(text);
    let Some(layout) = scan::Layout::infer(text, &scan, context.date_order, &context.hints) else {
        return Err(NotATranscript::NoMessages { seems: seems(text) });
    };
    Ok(build::build(
        text,
        &transcript.broken_lines,
        &scan,
        &layout,
        context,
    ))
}

/// How many of the first lines of `head` begin a message; 0 when it does not look like a
/// transcript at all. `head` may end anywhere, even inside a character.
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

/// True when the first line of `head` that is not blank begins a message: the text is an export
/// from its first line on, and not a note in which such a line occurs.
pub fn begins_like_one(head: &[u8]) -> bool {
    let Ok(decoded) = decode(head.to_vec()) else {
        return false;
    };
    if web::begins_like_one(decoded.text()) {
        return true;
    }
    let scan = scan::scan(decoded.text());
    let first = scan.candidates.first().map(|c| c.line);
    first.is_some_and(|line| line <= scan.first_line)
}

/// True for a line that begins with a stamp, whatever its form: in another transcript it could
/// begin a message.
pub fn looks_like_header(line: &str) -> bool {
    let line = line.as_bytes();
    stamp::may_begin(line) && stamp::read(line).is_some()
}

/// The chat's name as the first line of a Markdown text of WhatsApp Web says it; `None` for any
/// other text. `head` may end anywhere after its first line.
pub fn markdown_title(head: &str) -> Option<&str> {
    web::title(head)
}

/// What a text that is no transcript looks like, for the error.
fn seems(text: &str) -> &'static str {
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
