//! Webhook logs of the WhatsApp Business Platform (Cloud API): `messages`, `history`, `smb_message_echoes`, as
//! envelopes, bare values, or lists of either; concatenated or one per line.
//!
//! IdCounts are wamids, and the native id is the stanza id inside. Attachments are referenced by ids that expire, so
//! none is available. No webhook contains messages that were sent through the API, so such a log may contain one
//! direction only.
//!
//! Logs are split into files by day or size, so an edit, deletion or reaction may be in a different file than its
//! message. All logs of a device are therefore read before any of these events is applied.

mod reader;

pub(super) use reader::CloudLog;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rayon::prelude::*;
use serde_json::Value;

use super::normalize::{NO_TIME, instant_of};
use super::people::{
    display_name, location_text, participants, phone_from_digits, placeholder_text,
};
use super::{
    Error, IdQuality, NativeChat, NativeFile, NativeMessage, NativeQuote, Reaction, Store, media,
    wamid,
};
use crate::chat::{Kind, MediaKind, NativePlatform, Platform};

/// Platform of webhook logs.
const PLATFORM: Platform = Platform::Native(NativePlatform {
    word: "cloud",
    name: "Cloud API",
    marks_edits: true,
});

/// Reads the logs of one device, each into its own store.
pub(super) fn read(paths: &[PathBuf]) -> Vec<Result<Store, Error>> {
    let mut logs: Vec<Result<Log, Error>> = paths.par_iter().map(|path| log(path)).collect();
    let mut events = Vec::new();
    let mut names = HashMap::new();
    for (number, log) in logs.iter_mut().enumerate() {
        if let Ok(log) = log {
            events.extend(log.events.drain(..).map(|event| (number, event)));
            names.extend(log.names.drain());
        }
    }
    events.sort_by_key(|(_, event)| event.at);
    let places = places(&logs, &events);
    for (number, event) in events {
        let places = places.get(&event.wamid).map_or(&[][..], Vec::as_slice);
        for place in places {
            if let Some(Ok(log)) = logs.get_mut(*place)
                && let Some(message) = log.find(&event.wamid)
            {
                event.apply(message);
            }
        }
        if let (true, Some(Ok(log))) = (places.is_empty(), logs.get_mut(number)) {
            log.leave_out("edits, deletions and reactions of messages that are not here");
        }
    }
    logs.into_iter()
        .map(|log| log.map(|log| log.store(&names)))
        .collect()
}

/// For each event, the logs that contain its message, by wamid.
fn places(logs: &[Result<Log, Error>], events: &[(usize, Event)]) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = (events.iter())
        .map(|(_, event)| (event.wamid.clone(), Vec::new()))
        .collect();
    if places.is_empty() {
        return places;
    }
    for (number, log) in logs.iter().enumerate() {
        for id in log.iter().flat_map(|log| log.places.keys()) {
            if let Some(places) = places.get_mut(id) {
                places.push(number);
            }
        }
    }
    places
}

fn log(path: &Path) -> Result<Log, Error> {
    let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut log = Log::default();
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
        log.add_any(&value.map_err(|error| Error::json(path, &error))?);
    }
    Ok(log)
}

/// State while the values of a log are read.
#[derive(Default)]
struct Log {
    names: HashMap<String, String>,
    /// Messages by the customer's number, in the order of each customer's first message.
    chats: HashMap<String, Vec<NativeMessage>>,
    /// Chat and index of a message, by wamid.
    places: HashMap<String, (String, usize)>,
    events: Vec<Event>,
    left_out: HashMap<&'static str, u64>,
    count: u32,
}

/// A change to a message after it was sent.
struct Event {
    /// Time of the event, if known.
    at: Option<DateTime<Utc>>,
    /// Wamid of the message.
    wamid: String,
    change: Change,
}

enum Change {
    Edited(String),
    Revoked,
    Reacted(Reaction),
}

impl Event {
    fn apply(&self, message: &mut NativeMessage) {
        match &self.change {
            // A deleted message has no text, even if an edit arrives later.
            Change::Edited(words) if message.kind != Kind::Deleted => {
                message.text.clone_from(words);
                message.edited = true;
            }
            Change::Edited(_) => {}
            Change::Revoked => {
                message.kind = Kind::Deleted;
                message.text = placeholder_text(Kind::Deleted).to_owned();
                message.files.clear();
                message.omitted = None;
            }
            Change::Reacted(reaction) => {
                message.reactions.retain(|known| known.by != reaction.by);
                if !reaction.sign.is_empty() {
                    message.reactions.push(reaction.clone());
                }
            }
        }
    }
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
    fn add_any(&mut self, value: &Value) {
        if let Some(values) = value.as_array() {
            for value in values {
                self.add_any(value);
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

    fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }

    fn value(&mut self, value: &Value) {
        for _ in list(value, "statuses") {
            self.leave_out("reports of delivery");
        }
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
                let from_me = message
                    .get("history_context")
                    .and_then(|context| context.get("from_me"))
                    .and_then(Value::as_bool);
                let is_own = from_me.unwrap_or(!from.is_empty() && from != customer);
                self.message(message, &customer, is_own);
            }
        }
    }

    fn message(&mut self, message: &Value, customer: &str, is_own: bool) {
        let kind = text(message, "type").unwrap_or_default();
        if message.get("group_id").is_some() {
            return self.leave_out("of groups without numbers");
        }
        let inner = message.get(kind).unwrap_or(&Value::Null);
        let at = instant(message.get("timestamp"));
        let inner_text = |key: &str| text(inner, key).map(str::to_owned);
        let event = match kind {
            "reaction" => inner_text("message_id").map(|wamid| {
                let by = if is_own { "" } else { customer };
                let sign = text(inner, "emoji").unwrap_or_default();
                let reaction = Reaction {
                    by: by.to_owned(),
                    sign: sign.to_owned(),
                };
                (wamid, Change::Reacted(reaction))
            }),
            "edit" => {
                let edited = inner.get("message").unwrap_or(&Value::Null);
                let body = edited.get(text(edited, "type").unwrap_or("text"));
                let words =
                    body.and_then(|body| text(body, "body").or_else(|| text(body, "caption")));
                inner_text("original_message_id")
                    .zip(words.map(|words| Change::Edited(words.to_owned())))
            }
            "revoke" => inner_text("original_message_id").map(|wamid| (wamid, Change::Revoked)),
            _ => None,
        };
        if let Some((wamid, change)) = event {
            self.events.push(Event { at, wamid, change });
            return;
        }
        if matches!(kind, "reaction" | "edit" | "revoke") {
            return;
        }
        let Some(at) = at else {
            return self.leave_out(NO_TIME);
        };
        if customer.is_empty() {
            return self.leave_out("of senders without numbers");
        }
        self.count += 1;
        let mut new = NativeMessage::new(self.count, at);
        new.sender = (kind != "system").then_some(u32::from(!is_own));
        let id = text(message, "id").unwrap_or_default().to_owned();
        new.id = wamid::stanza(&id).or_else(|| (!id.is_empty()).then(|| id.clone()));
        new.aliases = vec![id.clone()];
        let context = message.get("context").unwrap_or(&Value::Null);
        if let Some(quoted) = text(context, "id") {
            let id = wamid::stanza(quoted).unwrap_or_else(|| quoted.to_owned());
            new.quoted = Some(NativeQuote::in_same_chat(Some(id), None));
        }
        fill_content(&mut new, kind, inner);
        let messages = self.chats.entry(customer.to_owned()).or_default();
        match self.places.get(&id) {
            // A repeated webhook, or the file of a message that was a placeholder in the history.
            Some((chat, place)) if chat == customer => {
                if let Some(known) = messages.get_mut(*place)
                    && known.kind == Kind::MediaOmitted
                    && new.kind == Kind::Media
                {
                    new.place = known.place;
                    *known = new;
                }
            }
            _ => {
                self.places
                    .insert(id, (customer.to_owned(), messages.len()));
                messages.push(new);
            }
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut NativeMessage> {
        let (chat, place) = self.places.get(id)?;
        self.chats.get_mut(chat)?.get_mut(*place)
    }

    fn store(self, names: &HashMap<String, String>) -> Store {
        let mut chats: Vec<NativeChat> = (self.chats.into_iter())
            .map(|(customer, messages)| {
                let phone = phone_from_digits(&customer);
                let name = names.get(&customer).map(String::as_str);
                let title = display_name(name, phone.as_deref(), &customer);
                NativeChat {
                    participants: participants(&title, phone.as_deref(), false),
                    jid: customer,
                    title,
                    phone,
                    group: false,
                    messages,
                    quality: IdQuality::Native,
                    platform: PLATFORM,
                }
            })
            .collect();
        chats.sort_by(|a, b| a.jid.cmp(&b.jid));
        Store::new(chats, self.left_out, media::Media::default())
    }
}

/// Fills in the content of a message of this type.
fn fill_content(message: &mut NativeMessage, kind: &str, inner: &Value) {
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
            let part = |key: &str| text(inner, key).map(str::to_owned);
            let parts = [part("name"), part("address")];
            message.text = location_text(&parts, part("url"), at("latitude").zip(at("longitude")));
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
}

/// Seconds since the epoch, as a string or a number.
fn instant(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let seconds: f64 = match value? {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    instant_of(seconds * 1000.0)
}

fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: Value) -> String {
        let value = serde_json::json!({"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "4915112345678"}, "messages": [message]});
        value.to_string() + "\n"
    }

    fn text_message(id: &str, at: &str, words: &str) -> Value {
        serde_json::json!({"from": "353861234501", "id": id, "timestamp": at, "type": "text",
            "text": {"body": words}})
    }

    /// A log may be split anywhere, and its files may be given in any order.
    #[test]
    fn event_in_another_file_is_applied() {
        let edit = |at: &str, words: &str| {
            serde_json::json!({"from": "353861234501", "id": "wamid.E", "timestamp": at,
                "type": "edit", "edit": {"original_message_id": "wamid.A",
                "message": {"type": "text", "text": {"body": words}}}})
        };
        let revoke = serde_json::json!({"from": "353861234501", "id": "wamid.R",
            "timestamp": "1735732990", "type": "revoke",
            "revoke": {"original_message_id": "wamid.B"}});
        let react = serde_json::json!({"from": "353861234501", "id": "wamid.T",
            "timestamp": "1735732991", "type": "reaction",
            "reaction": {"message_id": "wamid.C", "emoji": "x"}});
        let lost = serde_json::json!({"from": "353861234501", "id": "wamid.U",
            "timestamp": "1735732992", "type": "revoke",
            "revoke": {"original_message_id": "wamid.NOT-HERE"}});
        let later = line(edit("1735733900", "last"))
            + &line(revoke)
            + &line(react)
            + &line(lost)
            + &line(text_message("wamid.D", "1735734000", "day two"));
        let first = line(text_message("wamid.A", "1735732800", "first"))
            + &line(edit("1735732900", "second"))
            + &line(text_message("wamid.B", "1735732860", "to go"))
            + &line(text_message("wamid.C", "1735732920", "fine"));
        let folder = tempfile::tempdir().unwrap();
        let paths = ["1.jsonl", "2.jsonl"].map(|name| folder.path().join(name));
        fs::write(&paths[0], later).unwrap();
        fs::write(&paths[1], first).unwrap();
        let stores: Vec<Store> = read(&paths).into_iter().map(Result::unwrap).collect();
        assert_eq!(stores[0].chats[0].messages[0].text, "day two");
        assert_eq!(stores[0].left_out.len(), 1, "{:?}", stores[0].left_out);
        let messages = &stores[1].chats[0].messages;
        assert_eq!(
            (messages[0].text.as_str(), messages[0].edited),
            ("last", true)
        );
        assert_eq!(messages[1].kind, Kind::Deleted);
        assert_eq!(messages[2].reactions.len(), 1);
    }

    #[test]
    fn values_other_than_messages_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let never = text_message("wamid.A", "8210266876799", "never");
        let statuses = serde_json::json!({"messaging_product": "whatsapp",
            "statuses": [{"id": "wamid.A"}, {"id": "wamid.B"}]});
        fs::write(&path, line(never) + &statuses.to_string()).unwrap();
        let store = read(&[path]).remove(0).unwrap();
        assert_eq!(store.left_out, [("reports of delivery", 2), (NO_TIME, 1)]);
        assert!(store.chats.is_empty());
    }
}
