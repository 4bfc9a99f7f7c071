//! The transcript of an Android phone, from observed exports, independent of the program. Never here: which
//! messages a source shows (`sources`).

use chrono::TimeDelta;

use super::conversation::{Content, Conversation, FileKind, MINUTE, Shown};
use super::sources::{Export, Language, Line, wall};

struct Words {
    stamp: &'static str,
    attached: &'static str,
    omitted: &'static str,
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
            stamp: "%d/%m/%Y, %H:%M",
            attached: "(file attached)",
            omitted: "<Media omitted>",
            deleted: "This message was deleted",
            deleted_own: "You deleted this message",
            edited: "<This message was edited>",
            place: "location",
            poll: "POLL",
            votes: "votes",
        },
        Language::German => Words {
            stamp: "%d.%m.%y, %H:%M",
            attached: "(Datei angehängt)",
            omitted: "<Medien ausgeschlossen>",
            deleted: "Diese Nachricht wurde gelöscht",
            deleted_own: "Du hast diese Nachricht gelöscht",
            edited: "<Diese Nachricht wurde bearbeitet.>",
            place: "Standort",
            poll: "UMFRAGE",
            votes: "Stimmen",
        },
    }
}

/// The name of the archive, without `.zip`, and of the transcript, without `.txt` (1.3).
pub(super) fn stem(export: &Export, of: &Conversation) -> String {
    match export.language {
        Language::English => format!("WhatsApp Chat with {}", of.title(export.by)),
        Language::German => format!("WhatsApp-Chat mit {}", of.title(export.by)),
    }
}

/// The lines of one message.
pub(super) fn lines(export: &Export, of: &Conversation, line: &Line<'_>) -> String {
    let words = words(export.language);
    let stamp = line.local.format(words.stamp);
    let name = export.shown_name(of, line.author);
    let body = match &line.shown {
        Shown::Nothing => return String::new(),
        Shown::Deleted if line.author == export.by => words.deleted_own.to_owned(),
        Shown::Deleted => words.deleted.to_owned(),
        Shown::Plain(content) => body(export, &words, line, content),
        Shown::Edited(content) => {
            format!("{} {}", body(export, &words, line, content), words.edited)
        }
    };
    format!("{stamp} - {name}: {body}\n")
}

fn body(export: &Export, words: &Words, line: &Line<'_>, content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Place { .. } => format!(
            "{}: https://maps.google.com/?q={}",
            words.place,
            export.coordinates(content)
        ),
        // In exports without media too (1.4).
        Content::Card { .. } => format!("{} {}", line.file_name, words.attached),
        Content::Poll { question, options } => {
            let option = |option| format!("OPTION: {option} (0 {})\n", words.votes);
            let options: String = options.iter().map(option).collect();
            format!("{}:\n{question}\n{options}", words.poll)
        }
        Content::File(media) => {
            let marker = match export.media {
                true => format!("{} {}", line.file_name, words.attached),
                false => words.omitted.to_owned(),
            };
            match export.caption(media) {
                Some(caption) => format!("{marker}\n{caption}"),
                None => marker,
            }
        }
    }
}

/// The name under which the phone stored the file: the kind, the day, and a number of that day,
/// which stays from export to export (1.4).
pub(super) fn file_name(export: &Export, of: &Conversation, line: &Line<'_>) -> String {
    let media = match &of.messages[line.truth].content {
        Content::File(media) => media,
        Content::Card { name } => return format!("{name}.vcf"),
        _ => return String::new(),
    };
    let (kind, ending) = match media.kind {
        FileKind::Image => ("IMG", "jpg"),
        FileKind::Video => ("VID", "mp4"),
        FileKind::Voice => ("PTT", "opus"),
        FileKind::Document => return media.title(),
    };
    let stored = |truth: usize| {
        let arrival = of.messages[truth].arrival(export.by) + export.ahead * MINUTE;
        (wall(arrival) + TimeDelta::days(export.stored_later)).date()
    };
    let day = stored(line.truth);
    let before = |truth: &usize| {
        matches!(of.messages[*truth].content, Content::File(_)) && stored(*truth) == day
    };
    let number = (0..line.truth).filter(before).count() + export.numbering;
    format!("{kind}-{}-WA{number:04}.{ending}", day.format("%Y%m%d"))
}
