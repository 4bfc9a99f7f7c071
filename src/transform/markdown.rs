//! Renders a message's body for Close: WhatsApp markdown, and placeholders for what Close cannot store.
//!
//! Text is passed unchanged. Polls, events, locations and contact cards become readable text; an absent
//! file leaves a line in brackets; a file without a caption gets a text that names its kind, since Close
//! may reject an empty text (not documented).

use chrono::DateTime;

use super::phrases::{
    CARD, DAMAGED, DELETED, EVENT, FILE, LIVE_LOCATION, MISSING, NOT_IMPORTED, NOT_INCLUDED,
    NOT_SHOWN, OPTION, POLL, TOO_LARGE, VIEW_ONCE, WAITING, media_word,
};
use crate::canonical;
use crate::chat::{Kind, MediaKind, Message};
use crate::parser::text::sent_name;

/// A file of a message, and whether it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate<'m> {
    /// It is uploaded.
    Uploaded(MediaKind),
    /// The archive does not contain it.
    Missing(MediaKind, &'m str),
    /// It would exceed the size limit of the message; contains its size in bytes.
    TooLarge(MediaKind, &'m str, u64),
    /// The settings exclude its kind.
    NotWanted(MediaKind, &'m str),
}

/// The body of a message in WhatsApp's markdown as Close takes it, with a placeholder line for each
/// file that is not uploaded. `fates`: what becomes of each attachment, in their order.
pub fn markdown(message: &Message<'_>, fates: &[Fate<'_>]) -> String {
    let text = message.text.trim_end();
    match message.kind {
        Kind::Text => text.to_owned(),
        Kind::Media => with_files(text, fates),
        Kind::Contact => contact(message, text, fates),
        Kind::MediaOmitted => {
            let what = message.omitted().map_or(FILE, media_word);
            with_lines(text, &[format!("[{what}{NOT_INCLUDED}]")])
        }
        Kind::ViewOnce => with_lines(text, &[VIEW_ONCE.to_owned()]),
        Kind::Deleted => DELETED.to_owned(),
        Kind::Location => text.to_owned(),
        Kind::LiveLocation => LIVE_LOCATION.to_owned(),
        Kind::Poll => poll(text),
        Kind::Event => event(text),
        Kind::Call | Kind::System => format!("[{text}]"),
        Kind::Waiting => WAITING.to_owned(),
        Kind::Unsupported if text.is_empty() => format!("[{NOT_SHOWN}]"),
        Kind::Unsupported => format!("[{NOT_SHOWN}: {text}]"),
    }
}

/// The placeholder of a file whose bytes proved to be damaged while they were read.
pub fn damaged_line(media: MediaKind, name: &str) -> String {
    format!("[{}{DAMAGED}: {name}]", media_word(media))
}

/// Adds a placeholder to a caption.
pub fn add_line(text: &str, line: String) -> String {
    with_lines(text, &[line])
}

fn with_files(caption: &str, fates: &[Fate<'_>]) -> String {
    let lines: Vec<String> = fates.iter().filter_map(line_of).collect();
    if caption.trim().is_empty() && lines.is_empty() {
        return named_kinds(fates);
    }
    with_lines(caption, &lines)
}

fn line_of(fate: &Fate<'_>) -> Option<String> {
    match fate {
        Fate::Uploaded(_) => None,
        // A Web export may contain no more than the kind.
        Fate::Missing(media, name) if name.eq_ignore_ascii_case(media.word()) => {
            Some(format!("[{}{MISSING}]", media_word(*media)))
        }
        Fate::Missing(media, name) => Some(format!("[{}{MISSING}: {name}]", media_word(*media))),
        Fate::TooLarge(media, name, size) => {
            let megabytes = size / 1_000_000;
            Some(format!(
                "[{}{TOO_LARGE} ({megabytes} MB): {name}]",
                media_word(*media)
            ))
        }
        Fate::NotWanted(media, name) => {
            Some(format!("[{}{NOT_IMPORTED}: {name}]", media_word(*media)))
        }
    }
}

/// `[image]`, `[3 images]`, `[image, document]`: for files without a caption.
fn named_kinds(fates: &[Fate<'_>]) -> String {
    let mut kinds: Vec<(MediaKind, usize)> = Vec::new();
    for fate in fates {
        if let Fate::Uploaded(media) = fate {
            match kinds.iter_mut().find(|(kind, _)| kind == media) {
                Some((_, count)) => *count += 1,
                None => kinds.push((*media, 1)),
            }
        }
    }
    let words: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| {
            if count == 1 {
                media_word(kind).to_owned()
            } else {
                format!("{count} {}s", media_word(kind))
            }
        })
        .collect();
    format!("[{}]", words.join(", "))
}

fn contact(message: &Message<'_>, caption: &str, fates: &[Fate<'_>]) -> String {
    let mut lines: Vec<String> = message
        .attachments()
        .iter()
        .map(|card| format!("{CARD}{}]", card_name(&card.name)))
        .collect();
    // A database has the contents of a card, and no file.
    if lines.is_empty() && message.instant().is_some() && !caption.trim().is_empty() {
        let (name, rest) = caption.split_once('\n').unwrap_or((caption, ""));
        let head = format!("{CARD}{name}]");
        return match rest {
            "" => head,
            rest => format!("{head}\n{rest}"),
        };
    }
    if lines.is_empty() {
        lines.push(format!(
            "[{}{NOT_INCLUDED}]",
            media_word(MediaKind::Contact)
        ));
    }
    lines.extend(fates.iter().filter_map(line_of));
    with_lines(caption, &lines)
}

/// The person on a card: "Rita Sol" for `00000042-Rita Sol.vcf`.
fn card_name(file: &str) -> &str {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    sent_name(stem)
}

/// A poll without its keywords: the question, and each option as a list item with its votes.
fn poll(text: &str) -> String {
    let mut lines = vec![format!("{POLL}{}*", canonical::question(text))];
    let head = if canonical::of_web(text).is_some() {
        1
    } else {
        2
    };
    for option in text
        .lines()
        .skip(head)
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let option = match option.strip_prefix("- ").filter(|_| head == 1) {
            Some(option) => option,
            None => option.split_once(": ").map_or(option, |(_, option)| option),
        };
        lines.push(format!("{OPTION}{option}"));
    }
    lines.join("\n")
}

/// An event: its title, its start, and every other field with a value.
fn event(text: &str) -> String {
    let mut lines = text.lines();
    let title = lines.next().unwrap_or("");
    let title = title.split_once(": ").map_or(title, |(_, title)| title);
    let mut said = vec![format!("{EVENT}{title}*")];
    for line in lines.map(str::trim) {
        let Some((field, value)) = line.split_once(": ") else {
            continue;
        };
        let value = value.trim();
        // Unix milliseconds: the only absolute time in an export (observed).
        let instant = (value.len() >= 12)
            .then(|| value.parse().ok().and_then(DateTime::from_timestamp_millis))
            .flatten();
        match instant {
            Some(instant) => {
                said.push(format!("{field}: {}", instant.format("%Y-%m-%d %H:%M UTC")))
            }
            None if value.is_empty() => {}
            None => said.push(format!("{field}: {value}")),
        }
    }
    said.join("\n")
}

fn with_lines(text: &str, lines: &[String]) -> String {
    let text = text.trim_end();
    let mut all: Vec<&str> = Vec::new();
    if !text.trim().is_empty() {
        all.push(text);
    }
    all.extend(lines.iter().map(String::as_str));
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_caption_name_their_kind() {
        let images = [
            Fate::Uploaded(MediaKind::Image),
            Fate::Uploaded(MediaKind::Image),
        ];
        assert_eq!(with_files("", &images), "[2 images]");
        assert_eq!(with_files("look", &images), "look");
        assert_eq!(
            with_files("look", &[Fate::Missing(MediaKind::Voice, "a.opus")]),
            "look\n[voice message missing in the export: a.opus]"
        );
        assert_eq!(
            with_files("", &[Fate::TooLarge(MediaKind::Video, "v.mp4", 31_200_000)]),
            "[video too large for Close (31 MB): v.mp4]"
        );
    }

    #[test]
    fn polls_and_events_become_text() {
        assert_eq!(
            poll("POLL:\nWhich day?\nOPTION: Mon (2 votes)\nOPTION: Tue: late (1 vote)"),
            "*Poll: Which day?*\n- Mon (2 votes)\n- Tue: late (1 vote)"
        );
        assert_eq!(
            event(
                "EVENT: Summer walk\nEvent Start time: 1765279800000\nEvent Cancelled: false\nEvent Description: "
            ),
            "*Event: Summer walk*\nEvent Start time: 2025-12-09 11:30 UTC\nEvent Cancelled: false"
        );
    }
}
