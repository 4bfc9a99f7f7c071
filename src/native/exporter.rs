//! JSON of WhatsApp-Chat-Exporter, versions 0.9 to 0.13 (`native-sources.md` 1): one file of all
//! chats, or one a chat.
//!
//! Ids from Android are WhatsApp's own. Those from an iPhone are cut to 17 characters: they find
//! replies within the file, and are ids of nothing. Those of its Telegram-like form and of
//! text exports that it has read are made up.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::people::{Jid, digits, jid_kind, phone_of, shown, words_of};
use super::{
    Error, NativeChat, NativeFile, NativeMessage, NativeQuote, Party, Quality, Reaction, Store,
    media,
};
use crate::chat::{Kind, MediaKind, Platform};

#[derive(Deserialize)]
struct ExportedChat {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    media_base: Option<String>,
    #[serde(default)]
    messages: BTreeMap<String, ExportedMessage>,
}

#[derive(Deserialize)]
struct ExportedMessage {
    #[serde(default)]
    from_me: bool,
    #[serde(default)]
    timestamp: f64,
    #[serde(default)]
    media: bool,
    /// A text; a number where it was made up.
    #[serde(default)]
    key_id: serde_json::Value,
    #[serde(default)]
    meta: bool,
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    sender: Option<String>,
    #[serde(default)]
    mime: Option<String>,
    #[serde(default)]
    message_type: Option<i64>,
    #[serde(default)]
    reply: Option<String>,
    #[serde(default)]
    quoted_data: Option<String>,
    #[serde(default)]
    caption: Option<String>,
    #[serde(default)]
    sticker: bool,
    #[serde(default)]
    reactions: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct TelegramChat {
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    messages: Vec<TelegramMessage>,
}

#[derive(Deserialize)]
struct TelegramMessage {
    id: i64,
    #[serde(default)]
    date_unixtime: i64,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    from_id: Option<String>,
    #[serde(default)]
    reply_to_message_id: Option<i64>,
    #[serde(default)]
    text: serde_json::Value,
}

/// Reads a file of either form.
pub(super) fn read(path: &Path) -> Result<Store, Error> {
    let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let wrong = |error: serde_json::Error| Error::Json {
        path: path.to_owned(),
        line: error.line(),
        // What serde says names types and places, and no content.
        reason: format!("{:?} error", error.classify()).to_lowercase(),
    };
    let (folder, above) = media::folders(path);
    let mut media = media::Media::under(vec![
        folder.clone(),
        above.clone(),
        folder.join("result"),
        above.join("result"),
    ]);
    let mut chats = Vec::new();
    let mut left_out: HashMap<&'static str, u64> = HashMap::new();
    if let Ok(telegram) = serde_json::from_slice::<TelegramChat>(bytes)
        && !telegram.messages.is_empty()
    {
        match telegram.kind.as_deref() {
            Some("calls" | "status_broadcast" | "broadcast_channel") => {
                *left_out.entry("status, channels, calls").or_default() +=
                    telegram.messages.len() as u64;
            }
            _ => chats.push(of_telegram(telegram)),
        }
    } else {
        let all: BTreeMap<String, ExportedChat> = serde_json::from_slice(bytes).map_err(wrong)?;
        let names: HashMap<String, String> = (all.iter())
            .filter_map(|(jid, chat)| Some((chat.name.clone()?, phone_of(jid)?)))
            .collect();
        for (jid, chat) in all {
            let kind = jid_kind(&jid);
            let is_text = jid == "ExportedChat";
            if !matches!(kind, Jid::Phone | Jid::Hidden | Jid::Group) && !is_text {
                *left_out.entry("status, channels, calls").or_default() +=
                    chat.messages.len() as u64;
                continue;
            }
            chats.push(of_chat(jid, chat, &names, &mut media));
        }
    }
    Ok(Store {
        kind: super::Kind::Exporter,
        chats,
        left_out: left_out.into_iter().collect(),
        media,
    })
}

fn of_chat(
    jid: String,
    chat: ExportedChat,
    names: &HashMap<String, String>,
    media: &mut media::Media,
) -> NativeChat {
    let group = jid_kind(&jid) == Jid::Group;
    let phone = phone_of(&jid);
    let title = shown(chat.name.as_deref(), phone.as_deref(), &jid);
    let is_apple = chat.kind.as_deref() == Some("ios");
    let key = |message: &ExportedMessage| message.key_id.as_str().unwrap_or_default().to_owned();
    let quality = if chat.kind.as_deref() == Some("exported")
        || chat.messages.values().any(|m| m.key_id.is_number())
    {
        Quality::Synthetic
    } else if is_apple || chat.messages.values().any(|m| key(m).len() == 17) {
        Quality::Truncated
    } else {
        Quality::Native
    };
    let mut native = NativeChat {
        title: title.clone(),
        phone: phone.clone(),
        group,
        parties: vec![me()],
        messages: Vec::with_capacity(chat.messages.len()),
        quality,
        platform: Platform::Exporter,
        jid,
    };
    if !group {
        native.parties.push(Party {
            name: title,
            phone,
            me: false,
        });
    }
    let base = chat.media_base.unwrap_or_default();
    for (row, exported) in chat.messages {
        let row: u32 = row.parse().unwrap_or(u32::MAX);
        let Some(at) = instant(exported.timestamp) else {
            continue;
        };
        let id = key(&exported);
        if id.starts_with("call:") {
            continue;
        }
        let mut message = NativeMessage::new(row, at);
        message.id = Some(id).filter(|id| !id.is_empty() && quality != Quality::Synthetic);
        kind_and_words(&mut message, &exported, &base, is_apple, media);
        if message.kind != Kind::System {
            message.sender = match (exported.from_me, group) {
                (true, _) => Some(0),
                (false, false) => Some(1),
                (false, true) => sender(&mut native, exported.sender.as_deref(), names),
            };
        }
        let reply = exported.reply.filter(|id| !id.is_empty());
        let said = exported.quoted_data.filter(|text| !text.trim().is_empty());
        if reply.is_some() || said.is_some() {
            let said = said.map(|text| whole(&text));
            message.quoted = Some(NativeQuote::of(reply, said.filter(|text| !text.is_empty())));
        }
        for (by, sign) in exported.reactions {
            if let Some(sign) = sign.as_str().filter(|sign| !sign.is_empty()) {
                message.reactions.push(Reaction {
                    by: if by == "You" { String::new() } else { by },
                    sign: sign.to_owned(),
                });
            }
        }
        native.messages.push(message);
    }
    native
}

/// What a row is, by its number where there is one, else by what the program wrote.
fn kind_and_words(
    message: &mut NativeMessage,
    exported: &ExportedMessage,
    base: &str,
    is_apple: bool,
    media: &mut media::Media,
) {
    let data = exported.data.as_deref().unwrap_or_default();
    let mime = exported.mime.as_deref().filter(|mime| *mime != "media");
    let system: &[i64] = if is_apple { &[6, 10] } else { &[7, 10] };
    let is_place = data.starts_with("Location shared:");
    let is_card = mime == Some("text/x-vcard");
    if exported.meta && data == "Message deleted" {
        message.kind = Kind::Deleted;
        message.text = words_of(Kind::Deleted).to_owned();
    } else if exported.meta && is_place {
        message.kind = Kind::Location;
        let inside = data
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'));
        let at = inside.and_then(|(pair, _)| pair.split_once(','));
        message.text = match at {
            Some((latitude, longitude)) => format!(
                "https://maps.google.com/?q={},{}",
                latitude.trim(),
                longitude.trim()
            ),
            None => data.to_owned(),
        };
    } else if is_card {
        message.kind = Kind::Contact;
        // `<a href="…vcf">name</a>`, one for each card.
        let names: Vec<&str> = (data.split("</a>"))
            .filter_map(|part| Some(part.rsplit_once("\">")?.1))
            .collect();
        message.text = match names.as_slice() {
            [] => broken(data),
            names => names.join("\n"),
        };
    } else if match exported.message_type {
        Some(number) => system.contains(&number),
        None => exported.meta && exported.mime.is_none(),
    } {
        message.kind = Kind::System;
        message.text = broken(data);
    } else if exported.media {
        message.text = exported.caption.as_deref().map(broken).unwrap_or_default();
        let missing = data == "The media is missing" || data.is_empty();
        message.kind = if missing {
            Kind::MediaOmitted
        } else {
            Kind::Media
        };
        if !missing {
            let joined = format!("{base}{data}");
            let entry = media.find(&joined).or_else(|| media.find(data));
            let name = media::base(data).to_owned();
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
    } else {
        message.text = broken(data);
    }
    if message.text.is_empty() && message.kind == Kind::Text {
        message.kind = Kind::Unsupported;
        message.text = words_of(Kind::Unsupported).to_owned();
    }
}

/// A text with its line breaks; a user's own `<br>` cannot be told apart.
fn broken(data: &str) -> String {
    data.replace(" <br>", "\n").replace("<br>", "\n")
}

/// A quoted text, unless it was cut: that is no text of any message.
fn whole(text: &str) -> String {
    text.strip_suffix("...").unwrap_or(text).to_owned()
}

fn sender(
    chat: &mut NativeChat,
    sender: Option<&str>,
    names: &HashMap<String, String>,
) -> Option<u32> {
    let sender = sender?.trim();
    if sender.is_empty() {
        return None;
    }
    // Digits may be a hidden id: only a number that a chat of the file has is believed.
    let by_digits = digits(sender).filter(|phone| names.values().any(|known| known == phone));
    let phone = names.get(sender).cloned().or(by_digits);
    let known = (chat.parties.iter()).position(|party| !party.me && party.name == sender);
    let at = known.unwrap_or_else(|| {
        chat.parties.push(Party {
            name: sender.to_owned(),
            phone,
            me: false,
        });
        chat.parties.len() - 1
    });
    u32::try_from(at).ok()
}

fn of_telegram(chat: TelegramChat) -> NativeChat {
    let group = chat.kind.as_deref() == Some("private_group");
    let phone = (!group).then(|| digits(&chat.id.to_string())).flatten();
    let title = shown(chat.name.as_deref(), phone.as_deref(), "?");
    let mut native = NativeChat {
        jid: chat.id.to_string(),
        phone: phone.clone(),
        title: title.clone(),
        group,
        parties: vec![me()],
        messages: Vec::new(),
        quality: Quality::Truncated,
        platform: Platform::Exporter,
    };
    if !group {
        native.parties.push(Party {
            name: title.clone(),
            phone,
            me: false,
        });
    }
    let others = HashMap::new();
    for exported in chat.messages {
        let Some(at) = DateTime::from_timestamp(exported.date_unixtime, 0) else {
            continue;
        };
        let mut message = NativeMessage::new(u32::try_from(exported.id).unwrap_or(u32::MAX), at);
        // Rows of a database: good for replies within the file.
        message.id = Some(format!("row {}", exported.id));
        message.text = match &exported.text {
            serde_json::Value::String(text) => broken(text),
            serde_json::Value::Array(parts) => parts
                .iter()
                .filter_map(|part| part.as_str().or_else(|| part.get("text")?.as_str()))
                .collect(),
            _ => String::new(),
        };
        let from = exported.from.as_deref();
        // The owner is a user of noughts.
        let is_me = (exported.from_id.as_deref())
            .and_then(|id| id.strip_prefix("user"))
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b == b'0'));
        message.sender = match (is_me, group) {
            (true, _) => Some(0),
            (false, false) => Some(1),
            (false, true) => sender(&mut native, Some(from.unwrap_or(&title)), &others),
        };
        message.quoted = exported
            .reply_to_message_id
            .map(|id| NativeQuote::of(Some(format!("row {id}")), None));
        if message.text.is_empty() {
            message.kind = Kind::Unsupported;
            message.text = words_of(Kind::Unsupported).to_owned();
        }
        native.messages.push(message);
    }
    native
}

fn me() -> Party {
    Party {
        name: "You".to_owned(),
        phone: None,
        me: true,
    }
}

/// Seconds since the epoch; milliseconds where they are too many.
fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    let seconds = if seconds > 9_999_999_999.0 {
        seconds / 1000.0
    } else {
        seconds
    };
    let millis = (seconds * 1000.0).round();
    (millis.abs() < 1e15).then(|| DateTime::from_timestamp_millis(millis as i64))?
}
