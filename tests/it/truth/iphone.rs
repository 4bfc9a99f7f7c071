//! The transcript of an iPhone, from observed exports, independent of the program. Never here: which
//! messages a source shows (`sources`).

use super::conversation::{Content, Conversation, FileKind, Shown};
use super::sources::{Export, Language, Line};

/// U+200E, in front of nearly everything that WhatsApp itself writes.
const MARK: char = '\u{200e}';

struct Words {
    stamp: &'static str,
    attached: &'static str,
    /// Image, video, audio, document, contact card.
    omitted: [&'static str; 5],
    deleted: &'static str,
    deleted_own: &'static str,
    edited: &'static str,
    place: &'static str,
    poll: &'static str,
    votes: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            stamp: "%d/%m/%Y, %H:%M:%S",
            attached: "attached",
            omitted: [
                "image omitted",
                "video omitted",
                "audio omitted",
                "document omitted",
                "Contact card omitted",
            ],
            deleted: "This message was deleted.",
            deleted_own: "You deleted this message.",
            edited: "<This message was edited>",
            place: "Location",
            poll: "POLL",
            votes: "votes",
        },
        Language::German => Words {
            stamp: "%d.%m.%y, %H:%M:%S",
            attached: "Anhang",
            omitted: [
                "Bild weggelassen",
                "Video weggelassen",
                "Audio weggelassen",
                "Dokument weggelassen",
                "Kontaktkarte ausgelassen",
            ],
            deleted: "Diese Nachricht wurde gelöscht.",
            deleted_own: "Du hast diese Nachricht gelöscht.",
            edited: "<Diese Nachricht wurde bearbeitet.>",
            place: "Standort",
            poll: "UMFRAGE",
            votes: "Stimmen",
        },
    }
}

/// The name of the archive, without `.zip`.
pub(super) fn stem(export: &Export, of: &Conversation) -> String {
    format!("WhatsApp Chat - {}", of.title(export.by))
}

/// The lines of one message: CR LF after it, LF inside it (1.1).
pub(super) fn lines(export: &Export, of: &Conversation, line: &Line<'_>) -> String {
    let words = words(export.language);
    let stamp = line.local.format(words.stamp);
    let name = export.shown_name(of, line.author);
    let (front, body) = match &line.shown {
        Shown::Nothing => return String::new(),
        Shown::Deleted if line.author == export.by => {
            (String::new(), format!("{MARK}{}", words.deleted_own))
        }
        Shown::Deleted => (String::new(), format!("{MARK}{}", words.deleted)),
        Shown::Plain(content) => body(export, &words, line, content),
        Shown::Edited(content) => {
            let (front, body) = body(export, &words, line, content);
            (front, format!("{body} {MARK}{}", words.edited))
        }
    };
    format!("{front}[{stamp}] {name}: {body}\r\n")
}

/// The mark in front of the header, and the body.
fn body(export: &Export, words: &Words, line: &Line<'_>, content: &Content) -> (String, String) {
    let attached = || format!("{MARK}<{}: {}>", words.attached, line.file_name);
    match content {
        Content::Text(text) => (String::new(), text.clone()),
        Content::Place { .. } => {
            let at = export.coordinates(content);
            let url = format!("{MARK}{}: https://maps.google.com/?q={at}", words.place);
            (String::new(), url)
        }
        Content::Card { .. } if export.media => (MARK.to_string(), attached()),
        Content::Card { .. } => (MARK.to_string(), format!("{MARK}{}", words.omitted[4])),
        Content::Poll { question, options } => {
            let option = |option| format!("{MARK}OPTION: {option} ({MARK}0 {})\n", words.votes);
            let options: String = options.iter().map(option).collect();
            let body = format!("{MARK}{}:\n{question}\n{options}", words.poll);
            (String::new(), body)
        }
        Content::File(media) => {
            let marker = match export.media {
                true => attached(),
                false => format!("{MARK}{}", words.omitted[media.kind as usize]),
            };
            // A document has its title in front, everything else its caption (3.4).
            let before = match media.kind {
                FileKind::Document => Some(media.title()),
                _ => export.caption(media),
            };
            let body = match before {
                Some(before) => format!("{before} {marker}"),
                None => marker,
            };
            (MARK.to_string(), body)
        }
    }
}

/// The name of the file: the position of the message in this export, and the time (1.4).
pub(super) fn file_name(export: &Export, line: &Line<'_>) -> String {
    let number = line.place + 1 + export.numbering;
    let (Shown::Plain(content) | Shown::Edited(content)) = &line.shown else {
        return String::new();
    };
    let media = match content {
        Content::File(media) => media,
        Content::Card { name } => return format!("{number:08}-{name}.vcf"),
        _ => return String::new(),
    };
    let (kind, ending) = match media.kind {
        FileKind::Image => ("PHOTO", "jpg"),
        FileKind::Video => ("VIDEO", "mp4"),
        FileKind::Voice => ("AUDIO", "opus"),
        FileKind::Document => return format!("{number:08}-{}", media.title()),
    };
    let time = line.local.format("%Y-%m-%d-%H-%M-%S");
    format!("{number:08}-{kind}-{time}.{ending}")
}
