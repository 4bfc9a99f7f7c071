//! The kind and the text of an exported message: by its type number in the table of its platform, and by the
//! exporter's phrases, which are all that versions before 0.13 contain.

use super::shapes::ExportedMessage;
use super::{CALL, CALLS, CARDS, ChatReading, DELETED, MISSING, PLACE};
use crate::chat::{Kind, MediaKind};
use crate::native::card::card_text;
use crate::native::normalize::has_visible_text;
use crate::native::parts::with_parts;
use crate::native::people::{event_text, map_url, poll_text};
use crate::native::row_type::RowType;
use crate::native::{NativeFile, NativeMessage, android, apple, media};

/// What a row is; `number` is its type number, if the file contains it.
pub(super) fn row_type(exported: &ExportedMessage, number: Option<i64>, is_apple: bool) -> RowType {
    let data = exported.data.as_deref().unwrap_or_default();
    let is_phrase = |phrase: &str| exported.meta && data.starts_with(phrase);
    let by_number = number.map(|number| match is_apple {
        true => apple::row_type(number, None, has_visible_text(data)),
        false => android::row_type(number),
    });
    let has_card = exported.mime.as_deref() == Some("text/x-vcard") || data.starts_with(CARDS);
    match by_number {
        _ if exported.meta && data == DELETED => RowType::Deleted,
        _ if is_phrase(PLACE) => RowType::Location,
        _ if has_card => RowType::Contact,
        _ if CALLS.iter().any(|call| is_phrase(call)) => RowType::Call,
        // The exporter's words for a call of an iPhone; an event has its title.
        Some(RowType::Event) if is_apple && (exported.meta || data == CALL) => RowType::Call,
        // The rows of groups and of security notices, which an old database stores as texts.
        None | Some(RowType::Text) if exported.meta && exported.mime.is_none() => RowType::Notice,
        Some(row_type) => row_type,
        None => RowType::Text,
    }
}

/// Sets kind, text and files of a message.
pub(super) fn fill(
    message: &mut NativeMessage,
    exported: &ExportedMessage,
    row_type: RowType,
    of: &ChatReading,
    media: &mut media::Media,
) {
    let data = exported.data.as_deref().unwrap_or_default();
    (message.kind, _) = row_type.kind();
    message.is_auxiliary = row_type.is_auxiliary();
    let caption = || exported.caption.as_deref().map(with_line_breaks);
    let text = || match exported.media {
        true => caption(),
        false => {
            let mut text = with_line_breaks(data);
            with_parts(&mut text, caption());
            Some(text).filter(|text| !text.is_empty())
        }
    };
    match row_type {
        RowType::Deleted => {}
        RowType::Location if data.starts_with(PLACE) => message.text = location(data),
        RowType::Contact => message.text = cards(data, of, media),
        RowType::Poll => message.text = poll_text(&text().unwrap_or_default(), &[]),
        RowType::Event => message.text = event_text(&text().unwrap_or_default()),
        // The name of the file is no text.
        RowType::ViewOnce(_) => message.text = caption().unwrap_or_default(),
        _ => {
            message.text = text().unwrap_or_default();
            if exported.media && matches!(message.kind, Kind::Text | Kind::Media) {
                file(message, exported, of, media);
            }
        }
    }
}

/// Adds the file that a row names.
fn file(
    message: &mut NativeMessage,
    exported: &ExportedMessage,
    of: &ChatReading,
    media: &mut media::Media,
) {
    let data = exported.data.as_deref().unwrap_or_default();
    if data == MISSING || data.is_empty() {
        message.kind = Kind::MediaOmitted;
        return;
    }
    message.kind = Kind::Media;
    let mime = exported.mime.as_deref().filter(|mime| *mime != "media");
    let joined = format!("{}{data}", of.base);
    let entry = media.find(&joined).or_else(|| media.find(data));
    let name = media::file_name(data).to_owned();
    let kind = match (exported.sticker, media::kind(mime, &name)) {
        (true, _) => MediaKind::Sticker,
        (false, MediaKind::Sticker) => MediaKind::Image,
        (false, kind) => kind,
    };
    message.files.push(NativeFile {
        name,
        entry,
        media: kind,
    });
}

fn location(data: &str) -> String {
    let inside = (data.strip_prefix(PLACE)).and_then(|rest| rest.split_once(')'));
    match inside.and_then(|(pair, _)| pair.split_once(',')) {
        Some((latitude, longitude)) => {
            format!("location: {}", map_url(latitude.trim(), longitude.trim()))
        }
        None => data.to_owned(),
    }
}

/// The largest card that is read, in bytes: a card may contain a picture.
const MAX_CARD: u64 = 1 << 20;

/// The contact cards: `<a href="….vcf">name</a>`, one for each. Their numbers are in the files, next to the JSON.
fn cards(data: &str, of: &ChatReading, media: &media::Media) -> String {
    let card = |part: &str| {
        let (before, name) = part.rsplit_once("\">")?;
        let path = before.rsplit_once("href=\"").map_or("", |(_, path)| path);
        let read = |path: &str| media.read_text(path, MAX_CARD);
        let file = read(&format!("{}{path}", of.base)).or_else(|| read(path));
        let text = file.map(|file| card_text(&file)).unwrap_or_default();
        Some(match text.is_empty() {
            true => name.to_owned(),
            false => text,
        })
    };
    let cards: Vec<String> = data.split("</a>").filter_map(card).collect();
    match cards.as_slice() {
        [] => with_line_breaks(data),
        cards => cards.join("\n"),
    }
}

/// A text with line breaks; a `<br>` that a user typed cannot be distinguished.
fn with_line_breaks(data: &str) -> String {
    data.replace(" <br>", "\n").replace("<br>", "\n")
}
