//! Parser for exports of WhatsApp Web and Windows: `chat.txt`, `chat.md` and `media/`.
//!
//! `chat.txt` has the seconds and is the source of the messages. `chat.md` contains the same messages and adds
//! quotations, exact names of senders and files, and which lines were pasted. Dates need no inference: the timestamp
//! has one form ([`timestamp`]). Invariants: a file of an iPhone is never read here ([`detect`]), and nothing from
//! `chat.md` is used that `chat.txt` does not confirm ([`align`]).

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
mod timestamp;
mod words;

use chrono::Timelike;

pub(super) use detect::{begins_with_header, is_web_export};
pub(super) use markdown::is_markdown_export as is_markdown;
pub(super) use markdown::title;
pub(super) use only_markdown::{likeness, read as read_markdown};

use self::align::{Aligned, TxtMessage};
use self::build::{Builder, LineParts, classify};
use self::lines::{Header, Lines};
use self::markdown::Markdown;
use super::long_names::Watch;
use super::sender::split_at;
use crate::chat::{Chat, DateOrder, Evidence, Form, Format, Kind, OddityKind, Platform};
use crate::parser::Context;

/// Parses a transcript for which [`is_web_export`] holds; `broken_lines` contained invalid UTF-8.
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
    for line in too_late(&lines, context) {
        builder.odd(line, OddityKind::AfterArchive);
    }
    for (place, header) in lines.headers.iter().enumerate() {
        let next = lines.headers.get(place + 1);
        let count = next.map_or(lines.total + 1, |next| next.line) - header.line;
        let rest = rest(text, header, next);
        let pair = aligned
            .as_ref()
            .and_then(|aligned| aligned.pairs.get(place));
        let parts = classify(rest, |rest| names.split(rest));
        builder.message((header.line, count), header.time, parts, pair);
    }
    builder.finish(Format {
        pattern: "[M/D/YY, h:MM:SS AM]".to_owned(),
        date_order: DateOrder::Mdy,
        evidence: Evidence::Shape,
        seconds: true,
        form: Form::default(),
    })
}

/// The headers that are later than any message can be; none if they are more than one in eight, since a clock may have
/// been wrong.
fn too_late(lines: &Lines, context: &Context<'_>) -> Vec<u32> {
    let Some(latest) = context.hints.latest() else {
        return Vec::new();
    };
    let late = |header: &&Header| header.time.date() > latest;
    let late: Vec<u32> = (lines.headers.iter().filter(late))
        .map(|header| header.line)
        .collect();
    match late.len() * 8 <= lines.headers.len() {
        true => late,
        false => Vec::new(),
    }
}

/// The text of a message after its timestamp, up to the header `next`.
fn rest<'t>(text: &'t str, header: &Header, next: Option<&Header>) -> &'t str {
    let end = next.map_or(text.len(), |next| next.start);
    let rest = text.get(header.body..end).unwrap_or("");
    rest.trim_end_matches(['\n', '\r'])
}

/// Counts the lines before the first message. The first line is the encryption notice in any language; the sentence
/// that the oldest messages are missing may follow.
fn head(text: &str, lines: &Lines, is_cut: bool, builder: &mut Builder<'_, '_>) {
    let before = lines.headers.first().map_or(0, |first| first.line - 1);
    let mut seen = 0;
    let mut cut_counted = false;
    for (number, line) in (1..=before).zip(text.lines()) {
        let line = line.trim();
        let is_cut_line = words::is_cut(line) || (is_cut && seen == 1 && !cut_counted);
        let kind = if line.is_empty() {
            OddityKind::WebHead
        } else if is_cut_line {
            cut_counted = true;
            OddityKind::EarlierMissing
        } else if seen == 0 {
            OddityKind::WebHead
        } else {
            OddityKind::BeforeFirstHeader
        };
        seen += u32::from(!line.is_empty());
        builder.odd_line(number, kind);
    }
    if is_cut && !cut_counted {
        builder.odd(1, OddityKind::EarlierMissing);
    }
}

/// Maximum number of colons in a name.
const MOST_COLONS: usize = 8;

/// Separates senders from bodies.
struct Names<'t, 'm> {
    /// All senders in `chat.md`, which contains the exact end of a name.
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
            // The longest: both `ACME` and `ACME: Support` may be senders.
            let ends = first
                .match_indices(": ")
                .map(|(at, _)| at)
                .take(MOST_COLONS);
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
        let (sender, body) = match classify(rest, |rest| names.split(rest)) {
            LineParts::Message(sender, body) => (Some(sender), body),
            LineParts::Notice(body) | LineParts::Placeholder(body) => (None, body),
        };
        let read = body::read(body, context.media);
        TxtMessage {
            sender,
            body,
            is_text: sender.is_some() && read.kind == Kind::Text && !read.unknown,
            hour: header.time.hour(),
            minute: header.time.minute(),
        }
    };
    align::align(lines.headers.len(), side, markdown)
}
