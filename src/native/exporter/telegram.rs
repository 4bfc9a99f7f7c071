//! The exporter's Telegram-like format (`--tg`): row numbers instead of ids, and everything is a text. Deletions,
//! locations, contact cards, calls and file paths are recognised by the exporter's phrases.

use std::collections::HashMap;

use serde_json::Value;

use super::shapes::{ExportedMessage, TelegramChat, TelegramMessage};
use super::{CALLS, CARDS, ChatReading, DELETED, Direction, MISSING, PLACE, Reading};
use crate::native::people::{display_name, participants, phone_from_digits};
use crate::native::{IdQuality, NativeChat, media};

/// The exporter's phrases for group events and security notices.
const NOTICES: [&str; 18] = [
    " changed the group name to \"",
    " created a group with name: \"",
    " changed the group description to:",
    " was added to the group",
    " left the group",
    " changed the group icon",
    " added someone",
    " removed someone",
    " created a broadcast channel",
    " changed their number to ",
    "You were added into the group by ",
    "You were removed",
    "Someone joined this group by using a invite link",
    "WhatsApp Internal Error Occurred",
    "The security code between you and ",
    "The security code in this chat changed",
    "This chat is now end-to-end encrypted",
    "You blocked this contact",
];

pub(super) fn read(reading: &mut Reading, exported: TelegramChat) {
    if matches!(
        exported.kind.as_deref(),
        Some("calls" | "status_broadcast" | "broadcast_channel")
    ) {
        reading.leave_out(super::NO_CHAT, exported.messages.len());
        return;
    }
    let group = exported.kind.as_deref() == Some("private_group");
    let jid = exported.id.unwrap_or_default();
    let phone = (!group).then(|| phone_from_digits(&jid)).flatten();
    let title = display_name(exported.name.as_deref(), phone.as_deref(), "?");
    let chat = NativeChat {
        participants: participants(&title, phone.as_deref(), group),
        jid,
        phone,
        title,
        group,
        messages: Vec::new(),
        quality: IdQuality::Rows,
        platform: super::PLATFORM,
    };
    let mut chatting = ChatReading::new(chat, false, String::new());
    // A row number with its time, which differs between phones and contains no telephone number.
    let ids: HashMap<String, String> = (exported.messages.iter())
        .filter_map(|(_, message)| message.as_ref())
        .filter_map(|message| {
            let (row, at) = (message.id.clone()?, message.date_unixtime?);
            let id = format!("row-{row}-{at}");
            Some((row, id))
        })
        .collect();
    for (place, message) in exported.messages {
        let Some(message) = message else {
            reading.leave_out(super::NO_CONTENT, 1);
            continue;
        };
        // What has no number is no repetition of another message.
        let row = (message.id.clone()).unwrap_or_else(|| format!("without a number, {place}"));
        let side = direction(&message);
        let name = message.from.clone();
        let message = to_default_format(message, &ids, group);
        reading.message(&mut chatting, &row, message, side, name.as_deref());
    }
    reading.chats.push(chatting.chat);
}

/// The direction of a message; the owner has the user id 0.
fn direction(message: &TelegramMessage) -> Direction {
    let is_me = (message.from_id.as_deref())
        .and_then(|id| id.strip_prefix("user"))
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b == b'0'));
    if is_me {
        Direction::Outgoing
    } else {
        Direction::Incoming
    }
}

/// Converts a message to the default format.
fn to_default_format(
    message: TelegramMessage,
    ids: &HashMap<String, String>,
    group: bool,
) -> ExportedMessage {
    // Generated ids link replies within the file.
    let id = |row: String| ids.get(&row).cloned();
    let text = match message.text {
        Value::String(text) => text,
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.as_str().or_else(|| part.get("text")?.as_str()))
            .collect(),
        _ => String::new(),
    };
    let is_card = text.starts_with(CARDS);
    let is_file = is_path(&text);
    let is_missing = text == MISSING;
    let is_notice = NOTICES.iter().any(|notice| match notice.starts_with(' ') {
        true => group && text.contains(notice),
        false => text.starts_with(notice),
    });
    let is_call = CALLS.iter().any(|call| text.starts_with(call));
    ExportedMessage {
        timestamp: message.date_unixtime,
        media: is_file || is_missing,
        key_id: message.id.and_then(id).into(),
        meta: is_missing
            || is_card
            || is_notice
            || is_call
            || text == DELETED
            || text.starts_with(PLACE),
        mime: match (is_card, is_missing) {
            (true, _) => Some("text/x-vcard".to_owned()),
            (_, true) => Some("media".to_owned()),
            _ => None,
        },
        sticker: is_file && text.contains("Stickers/"),
        reply: message.reply_to_message_id.and_then(id),
        data: Some(text),
        ..ExportedMessage::default()
    }
}

/// Whether a text is the path of a file, which is all that the format contains of one: in a media folder, on one
/// line, with an extension.
fn is_path(text: &str) -> bool {
    let name = media::file_name(text);
    !text.contains(['\n', '<', '>'])
        && (text.starts_with("Media/") || text.contains("/Media/") || text.contains("/separated/"))
        && !text.contains("://")
        && name
            .rsplit_once('.')
            .is_some_and(|(stem, ending)| !stem.is_empty() && (1..=5).contains(&ending.len()))
}
