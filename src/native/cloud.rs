//! Logs of the business platform's webhooks: `messages`, `history`, `smb_message_echoes`
//! (`native-sources.md` 4). Whole envelopes, bare values, lists of either, one after the other or a
//! line each.
//!
//! Ids are wamids; the phone's own id inside is the message's. Files are named by ids that expire,
//! so none is here. What the API itself sent is in no webhook: such a log has one side of it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::people::{digits, place, shown, words_of};
use super::{
    Error, NativeChat, NativeFile, NativeMessage, NativeQuote, Party, Quality, Reaction, Store,
    media, wamid,
};
use crate::chat::{Kind, MediaKind, Platform};

pub(super) fn read(path: &Path) -> Result<Store, Error> {
    let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut log = Log::default();
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
        let value = value.map_err(|error| Error::Json {
            path: path.to_owned(),
            line: error.line(),
            reason: format!("{:?} error", error.classify()).to_lowercase(),
        })?;
        log.any(&value);
    }
    Ok(log.store())
}

/// What is gathered while values are read.
#[derive(Default)]
struct Log {
    names: HashMap<String, String>,
    /// By the customer's number, in the order of their first message.
    chats: HashMap<String, Vec<NativeMessage>>,
    /// Where a message is, by its wamid.
    places: HashMap<String, (String, usize)>,
    edits: Vec<(String, String)>,
    revoked: Vec<String>,
    reactions: Vec<(String, Reaction)>,
    left_out: HashMap<&'static str, u64>,
    count: u32,
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

impl Log {
    fn any(&mut self, value: &Value) {
        if let Some(values) = value.as_array() {
            for value in values {
                self.any(value);
            }
            return;
        }
        let mut is_envelope = false;
        for change in list(value, "entry").flat_map(|entry| list(entry, "changes")) {
            is_envelope = true;
            if let Some(value) = change.get("value") {
                self.value(value);
            }
        }
        if let Some(inner) = value.get("value").filter(|_| !is_envelope) {
            self.value(inner);
        } else if !is_envelope {
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        let own = value
            .get("metadata")
            .and_then(|metadata| text(metadata, "display_phone_number"))
            .map(only_digits)
            .unwrap_or_default();
        for contact in list(value, "contacts") {
            let name = contact
                .get("profile")
                .and_then(|profile| text(profile, "name"));
            if let (Some(id), Some(name)) = (text(contact, "wa_id"), name) {
                self.names.insert(only_digits(id), name.to_owned());
            }
        }
        for synced in list(value, "state_sync") {
            let contact = synced.get("contact").unwrap_or(&Value::Null);
            let name = text(contact, "full_name").or_else(|| text(contact, "first_name"));
            if let (Some(number), Some(name)) = (text(contact, "phone_number"), name) {
                self.names.insert(only_digits(number), name.to_owned());
            }
        }
        for message in list(value, "messages") {
            let from = only_digits(text(message, "from").unwrap_or_default());
            let is_own = !own.is_empty() && from == own;
            let customer = match is_own {
                true => text(message, "to").map(only_digits).unwrap_or_default(),
                false => from,
            };
            self.message(message, &customer, is_own);
        }
        for message in list(value, "message_echoes") {
            let to = only_digits(text(message, "to").unwrap_or_default());
            self.message(message, &to, true);
        }
        for thread in list(value, "history").flat_map(|history| list(history, "threads")) {
            let customer = only_digits(text(thread, "id").unwrap_or_default());
            for message in list(thread, "messages") {
                let from = only_digits(text(message, "from").unwrap_or_default());
                let said = message
                    .get("history_context")
                    .and_then(|context| context.get("from_me"))
                    .and_then(Value::as_bool);
                let is_own = said.unwrap_or(!from.is_empty() && from != customer);
                self.message(message, &customer, is_own);
            }
        }
    }

    fn message(&mut self, message: &Value, customer: &str, is_own: bool) {
        let kind = text(message, "type").unwrap_or_default();
        if message.get("group_id").is_some() {
            *self.left_out.entry("groups without numbers").or_default() += 1;
            return;
        }
        let inner = message.get(kind).unwrap_or(&Value::Null);
        match kind {
            "reaction" => {
                if let Some(id) = text(inner, "message_id") {
                    let reaction = Reaction {
                        by: if is_own {
                            String::new()
                        } else {
                            customer.to_owned()
                        },
                        sign: text(inner, "emoji").unwrap_or_default().to_owned(),
                    };
                    self.reactions.push((id.to_owned(), reaction));
                }
                return;
            }
            "edit" => {
                let edited = inner.get("message").unwrap_or(&Value::Null);
                let of = text(edited, "type").unwrap_or("text");
                let words = edited
                    .get(of)
                    .and_then(|body| text(body, "body").or_else(|| text(body, "caption")));
                if let (Some(id), Some(words)) = (text(inner, "original_message_id"), words) {
                    self.edits.push((id.to_owned(), words.to_owned()));
                }
                return;
            }
            "revoke" => {
                if let Some(id) = text(inner, "original_message_id") {
                    self.revoked.push(id.to_owned());
                }
                return;
            }
            _ => {}
        }
        let Some(at) = instant(message.get("timestamp")) else {
            return;
        };
        if customer.is_empty() {
            *self.left_out.entry("senders without numbers").or_default() += 1;
            return;
        }
        self.count += 1;
        let mut found = NativeMessage::new(self.count, at);
        found.sender = (kind != "system").then_some(u32::from(!is_own));
        let id = text(message, "id").unwrap_or_default().to_owned();
        found.id = wamid::stanza(&id).or_else(|| (!id.is_empty()).then(|| id.clone()));
        found.aliases = vec![id.clone()];
        let context = message.get("context").unwrap_or(&Value::Null);
        if let Some(quoted) = text(context, "id") {
            let id = wamid::stanza(quoted).unwrap_or_else(|| quoted.to_owned());
            found.quoted = Some(NativeQuote::of(Some(id), None));
        }
        says(&mut found, kind, inner);
        let messages = self.chats.entry(customer.to_owned()).or_default();
        match self.places.get(&id) {
            // The same webhook twice; or the file of what was a placeholder in the history.
            Some((chat, place)) if chat == customer => {
                if let Some(known) = messages.get_mut(*place)
                    && known.kind == Kind::MediaOmitted
                    && found.kind == Kind::Media
                {
                    found.place = known.place;
                    *known = found;
                }
            }
            _ => {
                self.places
                    .insert(id, (customer.to_owned(), messages.len()));
                messages.push(found);
            }
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut NativeMessage> {
        let (chat, place) = self.places.get(id)?;
        self.chats.get_mut(chat)?.get_mut(*place)
    }

    fn store(mut self) -> Store {
        for (id, words) in std::mem::take(&mut self.edits) {
            if let Some(message) = self.find(&id) {
                message.text = words;
                message.edited = true;
            }
        }
        for (id, reaction) in std::mem::take(&mut self.reactions) {
            if let Some(message) = self.find(&id) {
                message.reactions.retain(|known| known.by != reaction.by);
                if !reaction.sign.is_empty() {
                    message.reactions.push(reaction);
                }
            }
        }
        for id in std::mem::take(&mut self.revoked) {
            if let Some(message) = self.find(&id) {
                message.kind = Kind::Deleted;
                message.text = words_of(Kind::Deleted).to_owned();
                message.files.clear();
            }
        }
        let names = &self.names;
        let mut chats: Vec<NativeChat> = (self.chats.into_iter())
            .map(|(customer, messages)| {
                let phone = digits(&customer);
                let name = names.get(&customer).map(String::as_str);
                let title = shown(name, phone.as_deref(), &customer);
                let party = |name: &str, phone: Option<String>, me: bool| Party {
                    name: name.to_owned(),
                    phone,
                    me,
                };
                NativeChat {
                    parties: vec![
                        party("You", None, true),
                        party(&title, phone.clone(), false),
                    ],
                    jid: customer,
                    title,
                    phone,
                    group: false,
                    messages,
                    quality: Quality::Native,
                    platform: Platform::Cloud,
                }
            })
            .collect();
        chats.sort_by(|a, b| a.jid.cmp(&b.jid));
        let mut left_out: Vec<_> = self.left_out.into_iter().collect();
        left_out.sort_unstable();
        Store {
            kind: super::Kind::Cloud,
            chats,
            left_out,
            media: media::Media::default(),
        }
    }
}

/// Fills in what a message of this type says.
fn says(message: &mut NativeMessage, kind: &str, inner: &Value) {
    let words = |key: &str| text(inner, key).unwrap_or_default().to_owned();
    let file = |message: &mut NativeMessage, kind: MediaKind| {
        message.text = words("caption");
        message.kind = Kind::Media;
        match text(inner, "filename").filter(|name| !name.trim().is_empty()) {
            Some(name) => message.files.push(NativeFile {
                name: name.to_owned(),
                entry: None,
                media: kind,
            }),
            None => {
                message.kind = Kind::MediaOmitted;
                message.omitted = Some(kind);
            }
        }
    };
    match kind {
        "text" => message.text = words("body"),
        "image" => file(message, MediaKind::Image),
        "video" => file(message, MediaKind::Video),
        "voice" => file(message, MediaKind::Voice),
        "audio" => {
            let is_voice = inner.get("voice").and_then(Value::as_bool) == Some(true);
            file(
                message,
                if is_voice {
                    MediaKind::Voice
                } else {
                    MediaKind::Audio
                },
            );
        }
        "document" => file(message, MediaKind::Document),
        "sticker" => file(message, MediaKind::Sticker),
        "media_placeholder" => message.kind = Kind::MediaOmitted,
        "location" => {
            message.kind = Kind::Location;
            let at = |key: &str| inner.get(key).and_then(Value::as_f64);
            let parts = ["name", "address", "url"].map(|key| text(inner, key).map(str::to_owned));
            message.text = place(&parts, at("latitude").zip(at("longitude")));
        }
        "contacts" => {
            message.kind = Kind::Contact;
            let mut lines = Vec::new();
            for card in inner.as_array().into_iter().flatten() {
                let name = card
                    .get("name")
                    .and_then(|name| text(name, "formatted_name"));
                lines.extend(name.map(str::to_owned));
                lines.extend(
                    list(card, "phones")
                        .filter_map(|p| text(p, "phone"))
                        .map(str::to_owned),
                );
            }
            message.text = lines.join("\n");
        }
        "interactive" => {
            let reply = ["button_reply", "list_reply"]
                .iter()
                .find_map(|key| inner.get(*key));
            let title = reply.and_then(|reply| text(reply, "title"));
            let body = inner.get("body").and_then(|body| text(body, "text"));
            message.text = title.or(body).unwrap_or_default().to_owned();
        }
        "button" => message.text = words("text"),
        "system" => {
            message.kind = Kind::System;
            message.text = words("body");
        }
        _ => message.kind = Kind::Unsupported,
    }
    if message.text.trim().is_empty() && message.files.is_empty() {
        if message.kind == Kind::Text {
            message.kind = Kind::Unsupported;
        }
        message.text = words_of(message.kind).to_owned();
    }
}

/// Seconds since the epoch, as a text or a number.
fn instant(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let seconds = match value? {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_i64()?,
    };
    DateTime::from_timestamp(seconds, 0)
}

fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
