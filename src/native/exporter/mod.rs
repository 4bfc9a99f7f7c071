//! JSON of WhatsApp-Chat-Exporter, versions 0.9 to 0.13 (`native-sources.md` 1): one file of all
//! chats, or one a chat.
//!
//! Ids from Android are WhatsApp's own. Those from an iPhone are cut to 17 characters: they find
//! replies within the file, and are ids of nothing. Those of its Telegram-like form and of
//! text exports that it has read are made up.

mod shapes;
mod telegram;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::json::Shape;
use super::normalize::{NO_TIME, instant_of};
use super::people::{Jid, digits, jid_kind, map, parties, party, phone_of, poll, shown};
use super::{
    Error, NativeChat, NativeFile, NativeMessage, NativeQuote, Quality, Reaction, Store, media,
};
use crate::chat::{Kind, MediaKind, Platform};
use shapes::{ExportedChat, ExportedMessage};

const DELETED: &str = "Message deleted";
const MISSING: &str = "The media is missing";
const PLACE: &str = "Location shared: (";
const CARDS: &str = "This media include the following vCard file(s):";
const CALLS: [&str; 2] = ["A voice call ", "A video call "];
/// As what is counted that is no chat.
const NO_CHAT: &str = "of status, channels and the list of calls";

/// Reads a file of either form.
pub(super) fn read(path: &Path) -> Result<Store, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let wrong = |error: serde_json::Error| Error::json(path, &error);
    let (folder, above) = media::folders(path);
    let mut reading = Reading {
        media: media::Media::under(vec![
            folder.clone(),
            above.clone(),
            folder.join("result"),
            above.join("result"),
        ]),
        numbers: HashMap::new(),
        chats: Vec::new(),
        left_out: HashMap::new(),
    };
    match super::json::shape(bytes.get(..super::HEAD).unwrap_or(bytes)) {
        Some(Shape::Telegram) => {
            return Err(Error::Telegram {
                path: path.to_owned(),
            });
        }
        Some(Shape::TelegramLike) => {
            telegram::read(&mut reading, serde_json::from_slice(bytes).map_err(wrong)?);
        }
        _ => {
            let all = shapes::chats(bytes).map_err(wrong)?;
            reading.numbers = numbers(&all);
            for (jid, chat) in all {
                reading.chat(jid, chat);
            }
        }
    }
    Ok(Store::new(reading.chats, reading.left_out, reading.media))
}

/// The number of each name that one chat of the file has: of two contacts of one name nobody can
/// tell which one wrote in a group.
fn numbers(chats: &[(String, ExportedChat)]) -> HashMap<String, Option<String>> {
    let mut numbers: HashMap<String, Option<String>> = HashMap::new();
    for (jid, chat) in chats {
        if let (Some(name), Some(phone)) = (&chat.name, phone_of(jid)) {
            numbers
                .entry(name.trim().to_owned())
                .and_modify(|known| {
                    known.take_if(|known| *known != phone);
                })
                .or_insert(Some(phone));
        }
    }
    numbers
}

/// What is gathered while chats are read.
struct Reading {
    media: media::Media,
    numbers: HashMap<String, Option<String>>,
    chats: Vec<NativeChat>,
    left_out: HashMap<&'static str, u64>,
}

/// A chat, and what its rows need to be known of it.
struct Chatting {
    chat: NativeChat,
    is_apple: bool,
    base: String,
    places: HashSet<String>,
}

impl Chatting {
    fn new(chat: NativeChat, is_apple: bool, base: String) -> Chatting {
        Chatting {
            chat,
            is_apple,
            base,
            places: HashSet::new(),
        }
    }
}

/// Who says a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Mine,
    Theirs,
}

impl Reading {
    fn leave_out(&mut self, what: &'static str, count: usize) {
        if count > 0 {
            *self.left_out.entry(what).or_default() += count as u64;
        }
    }

    fn chat(&mut self, jid: String, exported: ExportedChat) {
        let is_text = jid == "ExportedChat";
        let is_chat = matches!(jid_kind(&jid), Jid::Phone | Jid::Hidden | Jid::Group);
        if !is_chat && !is_text {
            return self.leave_out(NO_CHAT, exported.messages.len());
        }
        let group = jid_kind(&jid) == Jid::Group;
        let phone = phone_of(&jid);
        let title = shown(exported.name.as_deref(), phone.as_deref(), &jid);
        let is_apple = exported.kind.as_deref() == Some("ios");
        let any = |is: &dyn Fn(&ExportedMessage) -> bool| {
            let rows = exported.messages.iter();
            rows.filter_map(|(_, message)| message.as_ref()).any(is)
        };
        let is_cut = |message: &ExportedMessage| {
            let key = message.key_id.as_str().unwrap_or_default();
            key.len() == 17 && key.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let quality = if exported.kind.as_deref() == Some("exported")
            || any(&|message| message.key_id.is_number())
        {
            Quality::Lines
        } else if is_apple || any(&is_cut) {
            Quality::Truncated
        } else {
            Quality::Native
        };
        let chat = NativeChat {
            parties: parties(&title, phone.as_deref(), group),
            title,
            phone,
            group,
            messages: Vec::with_capacity(exported.messages.len()),
            quality,
            platform: Platform::Exporter,
            jid,
        };
        let base = exported.media_base.unwrap_or_default();
        let mut chatting = Chatting::new(chat, is_apple, base);
        for (row, message) in exported.messages {
            let Some(mut message) = message else {
                continue;
            };
            let side = if message.from_me {
                Side::Mine
            } else {
                Side::Theirs
            };
            let name = message.sender.take();
            self.message(&mut chatting, &row, message, side, name.as_deref());
        }
        self.chats.push(chatting.chat);
    }

    /// Takes a row.
    fn message(
        &mut self,
        of: &mut Chatting,
        row: &str,
        exported: ExportedMessage,
        side: Side,
        name: Option<&str>,
    ) {
        let Some(at) = exported.timestamp.and_then(|seconds| {
            // The program writes seconds; what is too large for them is milliseconds.
            let is_millis = seconds > 9_999_999_999.0;
            instant_of(if is_millis { seconds } else { seconds * 1000.0 })
        }) else {
            return self.leave_out(NO_TIME, 1);
        };
        // The same row twice: an object may say a key again.
        if !of.places.insert(row.to_owned()) {
            return;
        }
        let place = row.parse().unwrap_or(u32::MAX);
        let mut message = NativeMessage::new(place, at);
        message.id = exported.key_id.as_str().map(str::to_owned);
        kind_and_words(&mut message, &exported, of, &mut self.media);
        let is_said = match message.kind {
            Kind::System => false,
            Kind::Call => !of.chat.group,
            _ => true,
        };
        if is_said {
            message.sender = match (side, of.chat.group) {
                (Side::Mine, _) => Some(0),
                (Side::Theirs, false) => Some(1),
                (Side::Theirs, true) => self.sender(&mut of.chat, name),
            };
        }
        let reply = exported.reply.filter(|id| !id.is_empty());
        let said = exported.quoted_data.map(|text| whole(&text));
        if reply.is_some() || said.is_some() {
            message.quoted = Some(NativeQuote::of(reply, said));
        }
        for (by, sign) in exported.reactions {
            if let Some(sign) = sign.as_str().filter(|sign| !sign.is_empty()) {
                message.reactions.push(Reaction {
                    by: if by == "You" { String::new() } else { by },
                    sign: sign.to_owned(),
                });
            }
        }
        of.chat.messages.push(message);
    }

    fn sender(&self, chat: &mut NativeChat, sender: Option<&str>) -> Option<u32> {
        let sender = sender?.trim();
        if sender.is_empty() {
            return None;
        }
        // Digits may be a hidden id: only a number that a chat of the file has is believed.
        let by_digits = || digits(sender).filter(|phone| self.numbers_hold(phone));
        let phone = match self.numbers.get(sender) {
            Some(phone) => phone.clone(),
            None => by_digits(),
        };
        party(&mut chat.parties, sender.to_owned(), phone)
    }

    fn numbers_hold(&self, phone: &str) -> bool {
        self.numbers.values().flatten().any(|known| known == phone)
    }
}

/// What a row is, by its number where there is one, else by what the program wrote.
fn kind_and_words(
    message: &mut NativeMessage,
    exported: &ExportedMessage,
    of: &Chatting,
    media: &mut media::Media,
) {
    let data = exported.data.as_deref().unwrap_or_default();
    let mime = exported.mime.as_deref().filter(|mime| *mime != "media");
    let number = exported.message_type.map(|number| number as i64);
    let is = |android: &[i64], apple: &[i64]| {
        let numbers = if of.is_apple { apple } else { android };
        number.is_some_and(|number| numbers.contains(&number))
    };
    let is_call = exported.meta && CALLS.iter().any(|call| data.starts_with(call));
    if exported.meta && data == DELETED {
        message.kind = Kind::Deleted;
    } else if exported.meta && data.starts_with(PLACE) {
        message.kind = Kind::Location;
        let inside = (data.strip_prefix(PLACE)).and_then(|rest| rest.split_once(')'));
        message.text = match inside.and_then(|(pair, _)| pair.split_once(',')) {
            Some((latitude, longitude)) => {
                format!("location: {}", map(latitude.trim(), longitude.trim()))
            }
            None => data.to_owned(),
        };
    } else if mime == Some("text/x-vcard") || data.starts_with(CARDS) {
        message.kind = Kind::Contact;
        // `<a href="…vcf">name</a>`, one for each card.
        let names: Vec<&str> = (data.split("</a>"))
            .filter_map(|part| Some(part.rsplit_once("\">")?.1))
            .collect();
        message.text = match names.as_slice() {
            [] => broken(data),
            names => names.join("\n"),
        };
    } else if is_call {
        message.kind = Kind::Call;
        message.text = broken(data);
    } else if is(&[7, 10], &[6, 10])
        || (number.is_none() && exported.meta && exported.mime.is_none())
    {
        message.kind = Kind::System;
        message.text = broken(data);
    } else if exported.media {
        message.text = exported.caption.as_deref().map(broken).unwrap_or_default();
        let missing = data == MISSING || data.is_empty();
        message.kind = if missing {
            Kind::MediaOmitted
        } else {
            Kind::Media
        };
        if !missing {
            let joined = format!("{}{data}", of.base);
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
    } else if is(&[66, 106], &[46]) {
        message.kind = Kind::Poll;
        message.text = poll(&broken(data), &[]);
    } else {
        message.text = broken(data);
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
