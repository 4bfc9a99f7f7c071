//! The transcript of WhatsApp Web, `chat.txt`, and the same messages as `chat.md`, from observed exports.
//! Never here: which messages a source shows (`sources`).

use super::conversation::{Content, Conversation, FileKind, Shown};
use super::sources::{Export, Line};

/// The first line, without a stamp (1.1).
pub(super) const PREAMBLE: &str = "Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.\n";

/// The line of an export that is cut (1.5).
pub(super) const CUT: &str = "Some earlier messages may not be available.\n";

/// The lines of one message.
pub(super) fn lines(export: &Export, of: &Conversation, line: &Line<'_>) -> String {
    let stamp = line.local.format("%-m/%-d/%y, %-I:%M:%S %p");
    let name = export.shown_name(of, line.author);
    let body = match &line.shown {
        Shown::Nothing => return String::new(),
        Shown::Deleted if line.author == export.by => "You deleted this message".to_owned(),
        Shown::Deleted => "This message was deleted".to_owned(),
        // No mark of an edit (2.9).
        Shown::Plain(content) | Shown::Edited(content) => body(export, line, content),
    };
    format!("[{stamp}] {name}: {body}\n")
}

fn body(export: &Export, line: &Line<'_>, content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Place { .. } => {
            let at = export.coordinates(content);
            let spaced = at.replace(',', ", ");
            format!("Location: {spaced} - https://maps.google.com/?q={at}")
        }
        Content::Card { .. } => "<Contact card omitted>".to_owned(),
        Content::Poll { question, options } => {
            let option = |option| format!("\n    - {option}");
            let options: String = options.iter().map(option).collect();
            format!("Poll: {question}{options}")
        }
        Content::File(media) => {
            let word = match media.kind {
                FileKind::Image => "image",
                FileKind::Video => "video",
                FileKind::Voice => "voice message",
                FileKind::Document => "document",
            };
            // The name as stored, or only the word for the kind (3.6).
            let marker = match (export.media, media.kind) {
                (false, _) => format!("<{word} omitted>"),
                (true, FileKind::Image) => "image (file attached)".to_owned(),
                (true, _) => format!("{} (file attached)", line.file_name),
            };
            match &media.caption {
                Some(caption) => format!("{marker} {caption}"),
                None => marker,
            }
        }
    }
}

/// `chat.md`: days as headings, minutes, a link in place of the marker of a file (2.9).
pub(super) fn markdown(export: &Export, of: &Conversation) -> String {
    let mut text = format!(
        "# WhatsApp Chat Export: {}\n\n---\n\n---\n",
        of.title(export.by)
    );
    let mut day = None;
    for line in export.lines(of) {
        if day.replace(line.local.date()) != Some(line.local.date()) {
            text.push_str(&line.local.format("\n## %B %-d, %Y\n\n").to_string());
        }
        let name = export.shown_name(of, line.author);
        let body = match &line.shown {
            Shown::Plain(Content::File(media)) | Shown::Edited(Content::File(media))
                if export.media =>
            {
                let caption = media.caption.as_deref().unwrap_or_default();
                let link = format!("[File](media/{}) {caption}", line.file_name);
                link.trim_end().to_owned()
            }
            _ => {
                let entry = lines(export, of, &line);
                let body = entry.split_once(&format!("] {name}: "));
                body.map_or("", |(_, body)| body).trim_end().to_owned()
            }
        };
        let time = line.local.format("%-I:%M %p");
        text.push_str(&format!("[{time}] **{name}:** {body}\n\n"));
    }
    text
}

/// The name of the file below `media/`. Of two in one second, the later one gets a number.
pub(super) fn file_name(line: &Line<'_>, lines: &[Line<'_>]) -> String {
    let (Shown::Plain(Content::File(media)) | Shown::Edited(Content::File(media))) = &line.shown
    else {
        return String::new();
    };
    let (kind, ending) = match media.kind {
        FileKind::Image => ("Image", "jpeg"),
        FileKind::Video => ("Video", "mp4"),
        FileKind::Voice => ("Ptt", "opus"),
        FileKind::Document => return media.title(),
    };
    let time = line.local.format("%Y-%m-%d at %-I.%M.%S %p");
    let stem = format!("WhatsApp {kind} {time}");
    let equal = |other: &&Line<'_>| {
        other.place < line.place
            && other.file_name.starts_with(&stem)
            && other.file_name.ends_with(ending)
    };
    match lines.iter().filter(equal).count() {
        0 => format!("{stem}.{ending}"),
        more => format!("{stem} ({more}).{ending}"),
    }
}
