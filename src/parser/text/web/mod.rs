//! The export of WhatsApp Web and Windows: `chat.txt`, `chat.md` and `media/`
//! (`whatsapp-export-format.md` 1.1, 2.1, 2.9, 3.6).
//!
//! `chat.txt` has the seconds and is what is read; `chat.md` holds the same messages and adds
//! what they answer, exact names of senders and of files, and which lines were pasted. Nothing
//! is inferred about dates: the stamp has one form ([`stamp`]). This room must never take a file
//! of an iPhone ([`detect`]), and never take from `chat.md` what `chat.txt` does not confirm
//! ([`align`]).

mod align;
mod attached;
mod body;
mod build;
mod detect;
mod files;
mod lines;
mod markdown;
mod message;
mod only_markdown;
mod stamp;
mod words;

use chrono::Timelike;

pub(super) use detect::{begins_like_one, is_one};
pub(super) use markdown::is_one as is_markdown;
pub(super) use markdown::title;
pub(super) use only_markdown::{likeness, read as read_markdown};

use self::align::{Aligned, Side};
use self::build::{Builder, Said, said};
use self::lines::{Header, Lines};
use self::markdown::Markdown;
use super::long_names::Watch;
use super::sender::split_at;
use crate::chat::{Chat, DateOrder, Evidence, Form, Format, Kind, OddityKind, Platform};
use crate::parser::Context;

/// Reads a transcript that [`is_one`]; some of its lines held bytes that were no text.
pub(super) fn read<'t>(text: &'t str, broken_lines: &[u32], context: &Context<'_>) -> Chat<'t> {
    let mut lines = lines::read(text);
    let markdown = context.markdown.map(Markdown::read);
    let names = Names::new(text, &lines, markdown.as_ref(), context);
    let aligned = markdown
        .as_ref()
        .map(|markdown| compare(text, &lines, &names, markdown, context));
    let mut builder = Builder::new(context, lines.total);
    for line in broken_lines {
        builder.odd(*line, OddityKind::NotUtf8);
    }
    if let Some(Aligned {
        pasted, differs, ..
    }) = &aligned
    {
        if let Some(header) = differs.and_then(|place| lines.headers.get(place)) {
            builder.odd(header.line, OddityKind::MarkdownDiffers);
        }
        lines.demote(pasted);
    }
    let is_cut = markdown.as_ref().is_some_and(|markdown| markdown.cut);
    head(text, &lines, is_cut, &mut builder);
    for line in &lines.impossible {
        builder.odd(*line, OddityKind::ImpossibleDate);
    }
    for line in &lines.pasted {
        builder.odd(*line, OddityKind::OtherShape);
    }
    for (place, header) in lines.headers.iter().enumerate() {
        let next = lines.headers.get(place + 1);
        let count = next.map_or(lines.total + 1, |next| next.line) - header.line;
        let rest = rest(text, header, next);
        let pair = aligned
            .as_ref()
            .and_then(|aligned| aligned.pairs.get(place));
        let said = said(rest, |rest| names.split(rest));
        builder.message((header.line, count), header.time, said, pair);
    }
    builder.finish(Format {
        pattern: "[M/D/YY, h:MM:SS AM]".to_owned(),
        date_order: DateOrder::Mdy,
        evidence: Evidence::Shape,
        seconds: true,
        form: Form::default(),
    })
}

/// The text of a message after its stamp, up to the header `next`.
fn rest<'t>(text: &'t str, header: &Header, next: Option<&Header>) -> &'t str {
    let end = next.map_or(text.len(), |next| next.start);
    let rest = text.get(header.body..end).unwrap_or("");
    rest.trim_end_matches(['\n', '\r'])
}

/// Counts what stands before the first message. The first line is the encryption notice in
/// whatever language; the sentence that the oldest messages are missing may follow.
fn head(text: &str, lines: &Lines, is_cut: bool, builder: &mut Builder<'_, '_>) {
    let before = lines.headers.first().map_or(0, |first| first.line - 1);
    let mut seen = 0;
    let mut said_cut = false;
    for (number, line) in (1..=before).zip(text.lines()) {
        let line = line.trim();
        let says_cut = words::is_cut(line) || (is_cut && seen == 1 && !said_cut);
        let kind = if line.is_empty() {
            OddityKind::WebHead
        } else if says_cut {
            said_cut = true;
            OddityKind::EarlierMissing
        } else if seen == 0 {
            OddityKind::WebHead
        } else {
            OddityKind::BeforeFirstHeader
        };
        seen += u32::from(!line.is_empty());
        builder.odd_line(number, kind);
    }
    if is_cut && !said_cut {
        builder.odd(1, OddityKind::EarlierMissing);
    }
}

/// Tells senders from bodies.
struct Names<'t, 'm> {
    /// Everybody who is a sender in `chat.md`, which says exactly where a name ends.
    exact: Option<&'m std::collections::HashSet<&'m str>>,
    long: super::long_names::LongNames<'t>,
}

impl<'t, 'm> Names<'t, 'm> {
    fn new(
        text: &'t str,
        lines: &Lines,
        markdown: Option<&'m Markdown<'m>>,
        context: &Context<'_>,
    ) -> Self {
        let mut watch = Watch::new(Platform::Web, context.chat_name);
        for (place, header) in lines.headers.iter().enumerate() {
            let rest = rest(text, header, lines.headers.get(place + 1));
            if !rest.starts_with("- ") {
                watch.see(rest);
            }
        }
        Names {
            exact: markdown.map(|markdown| &markdown.senders),
            long: watch.found(),
        }
    }

    fn split(&self, rest: &'t str) -> Option<(&'t str, &'t str)> {
        let first = rest.lines().next().unwrap_or(rest);
        let mut known = None;
        if let Some(exact) = self.exact {
            // The longest: `ACME` and `ACME: Support` may both write.
            let ends = first.match_indices(": ").map(|(at, _)| at);
            known = ends.filter(|at| exact.contains(&first[..*at])).last();
        }
        if let Some(at) = known {
            return Some((&rest[..at], &rest[at + 2..]));
        }
        let (sender, at) = split_at(first)?;
        let (sender, at) = self.long.lengthen(first, sender, at);
        Some((sender, rest.get(at..).unwrap_or("")))
    }
}

fn compare<'m>(
    text: &str,
    lines: &Lines,
    names: &Names<'_, '_>,
    markdown: &Markdown<'m>,
    context: &Context<'_>,
) -> Aligned<'m> {
    let side = |place: usize, more: usize| {
        let header = &lines.headers[place];
        let rest = rest(text, header, lines.headers.get(place + more + 1));
        let (sender, body) = match said(rest, |rest| names.split(rest)) {
            Said::By(sender, body) => (Some(sender), body),
            Said::Notice(body) | Said::Placeholder(body) => (None, body),
        };
        let read = body::read(body, context.media);
        Side {
            sender,
            body,
            is_text: sender.is_some() && read.kind == Kind::Text && !read.unknown,
            hour: header.time.hour(),
            minute: header.time.minute(),
        }
    };
    align::align(lines.headers.len(), side, markdown)
}
