//! One log as it was written: messages by the addresses of the customer, edits, names.
//!
//! Never here: which addresses are one person, which needs all logs of a device.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::content;
use super::envelope;
use super::event::{Event, is_event};
use super::people::{Addresses, addresses, is_name, is_number, only_digits};
use super::values::{list, text};
use crate::native::normalize::{NO_TIME, instant_of};
use crate::native::{Archive, Error, NativeMessage, NativeQuote, wamid};

/// Fields with the addresses of who sent a message.
const FROM: [&str; 3] = ["from", "from_user_id", "from_parent_user_id"];
/// Fields with the addresses of who received it.
const TO: [&str; 3] = ["to", "to_user_id", "to_parent_user_id"];
/// Fields with the addresses of a contact.
const CONTACT: [&str; 4] = ["wa_id", "phone_number", "user_id", "parent_user_id"];
/// Fields with the addresses of who received the message that a report is about.
const RECIPIENT: [&str; 3] = [
    "recipient_id",
    "recipient_user_id",
    "recipient_parent_user_id",
];

/// A message with its wamid, which may be empty, and the addresses of the customer.
pub(super) struct Sent {
    pub(super) customer: Addresses,
    pub(super) wamid: String,
    pub(super) message: NativeMessage,
    /// The hash of its file, else the platform's id of it.
    pub(super) file: Option<String>,
}

/// One log.
#[derive(Default)]
pub(super) struct Log {
    pub(super) messages: Vec<Sent>,
    pub(super) events: Vec<Event>,
    /// Names of customers, in the order of the log.
    pub(super) names: Vec<(Addresses, String)>,
    /// Addresses that are one person's.
    pub(super) seen: HashSet<Addresses>,
    /// The numbers of the business to which webhooks with messages were sent, in digits.
    pub(super) own_numbers: BTreeSet<String>,
    /// What was left out: label and number.
    pub(super) left_out: HashMap<&'static str, u64>,
    count: u32,
}

impl Log {
    /// Reads a log. JSON without a webhook is an error.
    pub(super) fn read(archive: &mut Archive) -> Result<Log, Error> {
        let bytes = archive.bytes();
        let path = archive.path.as_path();
        let bytes = bytes.map_err(|error| Error::io(path, error))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut log = Log::default();
        let mut webhooks = 0;
        let mut looks_like = "JSON of another program";
        for json in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
            let json = json.map_err(|error| Error::json(path, &error))?;
            let found = envelope::values(&json, &mut |field, value| log.value(field, value));
            if found.values == 0 {
                looks_like = envelope::looks_like(&json);
                log.leave_out("JSON values without a webhook");
            }
            for _ in 0..found.foreign {
                log.leave_out("JSON values without a webhook");
            }
            webhooks += found.values;
        }
        match webhooks {
            0 => Err(Error::NoWebhook {
                path: path.to_owned(),
                looks_like,
            }),
            _ => Ok(log),
        }
    }

    fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }

    /// Notes that addresses are one person's.
    fn note(&mut self, addresses: &Addresses) {
        if addresses.len() > 1 && addresses.iter().any(|address| !is_number(address)) {
            self.seen.insert(addresses.clone());
        }
    }

    fn value(&mut self, field: Option<&str>, value: &Value) {
        let own = value
            .get("metadata")
            .and_then(|metadata| text(metadata, "display_phone_number"))
            .map(only_digits)
            .unwrap_or_default();
        let has_messages = ["messages", "message_echoes", "history"]
            .iter()
            .any(|key| list(value, key).next().is_some());
        if has_messages && !own.is_empty() {
            self.own_numbers.insert(own.clone());
        }
        self.contacts(value);
        let only_contact = only_contact(value);
        let mut is_empty =
            list(value, "contacts").next().is_none() && list(value, "state_sync").next().is_none();
        for status in list(value, "statuses") {
            self.note(&addresses(status, &RECIPIENT));
            self.leave_out("reports of delivery");
            is_empty = false;
        }
        for (what, key) in [
            ("reports of calls", "calls"),
            ("reports of errors", "errors"),
        ] {
            for _ in list(value, key) {
                self.leave_out(what);
                is_empty = false;
            }
        }
        for message in list(value, "messages") {
            is_empty = false;
            let (from, to) = (addresses(message, &FROM), addresses(message, &TO));
            let is_own = from.first().is_some_and(|from| *from == own)
                || (from.is_empty() && !to.is_empty());
            let mut customer = if is_own { to } else { from };
            self.note(&customer);
            if let Some(contact) = &only_contact
                && !is_own
            {
                complete(&mut customer, contact);
                self.note(&customer);
            }
            self.message(message, customer, is_own);
        }
        for message in list(value, "message_echoes") {
            is_empty = false;
            let mut customer = addresses(message, &TO);
            if let Some(contact) = &only_contact {
                complete(&mut customer, contact);
            }
            self.note(&customer);
            self.message(message, customer, true);
        }
        for history in list(value, "history") {
            is_empty = false;
            for _ in list(history, "errors") {
                self.leave_out("histories that the business did not share");
            }
            for thread in list(history, "threads") {
                self.thread(thread, &own);
            }
        }
        if is_empty {
            self.leave_out(match field {
                None | Some("messages") => "webhooks without messages",
                Some(_) => "webhooks about other things than messages",
            });
        }
    }

    /// Names and addresses of customers.
    fn contacts(&mut self, value: &Value) {
        for contact in list(value, "contacts") {
            let addresses = addresses(contact, &CONTACT);
            self.note(&addresses);
            let profile = contact.get("profile").unwrap_or(&Value::Null);
            self.name(addresses, text(profile, "name"));
        }
        for synced in list(value, "state_sync") {
            let contact = synced.get("contact").unwrap_or(&Value::Null);
            let addresses = addresses(contact, &CONTACT);
            self.note(&addresses);
            let name = text(contact, "full_name").or_else(|| text(contact, "first_name"));
            self.name(addresses, name);
        }
    }

    fn name(&mut self, addresses: Addresses, name: Option<&str>) {
        if let Some(name) = name.filter(|name| is_name(name) && !addresses.is_empty()) {
            self.names.push((addresses, name.to_owned()));
        }
    }

    /// A conversation of the history.
    fn thread(&mut self, thread: &Value, own: &str) {
        let context = thread.get("context").unwrap_or(&Value::Null);
        let fields = ["id", "wa_id", "user_id", "parent_user_id"];
        let mut of_thread = addresses(thread, &fields);
        for address in addresses(context, &fields[1..]) {
            if !of_thread.contains(&address) {
                of_thread.push(address);
            }
        }
        self.note(&of_thread);
        let name = text(context, "name").or_else(|| text(context, "profile_name"));
        self.name(of_thread.clone(), name);
        for message in list(thread, "messages") {
            let from = addresses(message, &FROM);
            let from_me = message
                .get("history_context")
                .and_then(|context| context.get("from_me"))
                .and_then(Value::as_bool);
            let is_customer = from.iter().any(|address| of_thread.contains(address));
            let is_own = from_me.unwrap_or_else(|| match own {
                "" => !from.is_empty() && !is_customer,
                own => from.iter().any(|from| from == own),
            });
            let mut customer = of_thread.clone();
            let other = if is_own {
                addresses(message, &TO)
            } else {
                from
            };
            complete(&mut customer, &other);
            self.note(&customer);
            self.message(message, customer, is_own);
        }
    }

    fn message(&mut self, message: &Value, customer: Addresses, is_own: bool) {
        let kind = content::type_of(message);
        if message.get("group_id").is_some_and(|id| !id.is_null()) {
            return self.leave_out("of groups without numbers");
        }
        let inner = message.get(kind).unwrap_or(&Value::Null);
        let at = instant(message.get("timestamp"));
        if is_event(kind) {
            let by = (!is_own).then_some(&customer);
            return match Event::of(kind, inner, at, by) {
                Some(event) => self.events.push(event),
                None => self.leave_out("edits, deletions and reactions that name no message"),
            };
        }
        if let Some(what) = content::is_none(kind) {
            return self.leave_out(what);
        }
        let Some(at) = at else {
            return self.leave_out(match message.get("timestamp") {
                None if kind.is_empty() => "answers of the API to requests",
                _ => NO_TIME,
            });
        };
        if customer.is_empty() {
            return self.leave_out("without a customer");
        }
        if kind == "system" {
            self.renewed(inner, &customer);
        }
        let mut new = NativeMessage::new(self.count + 1, at);
        if !content::fill(&mut new, kind, inner) {
            return self.leave_out(content::without_text(kind));
        }
        self.count += 1;
        new.sender = (kind != "system").then_some(u32::from(!is_own));
        let id = text(message, "id").map(str::trim).unwrap_or_default();
        if !id.is_empty() {
            new.id = Some(wamid::stanza(id).unwrap_or_else(|| id.to_owned()));
            new.aliases = vec![id.to_owned()];
        }
        let context = message.get("context").unwrap_or(&Value::Null);
        if let Some(quoted) = text(context, "id").or_else(|| text(context, "message_id")) {
            let id = wamid::stanza(quoted).unwrap_or_else(|| quoted.to_owned());
            new.quoted = Some(NativeQuote::in_same_chat(Some(id), None));
        }
        self.messages.push(Sent {
            customer,
            wamid: id.to_owned(),
            message: new,
            file: (text(inner, "sha256").or_else(|| text(inner, "id"))).map(str::to_owned),
        });
    }

    /// A customer who has another user id, or another number, from now on.
    fn renewed(&mut self, inner: &Value, customer: &Addresses) {
        let mut now = addresses(inner, &CONTACT);
        self.note(&now);
        if text(inner, "type") == Some("user_changed_user_id") {
            complete(&mut now, customer);
            self.note(&now);
        }
    }
}

/// Adds the addresses that are missing, unless they are of a person with another number.
fn complete(addresses: &mut Addresses, others: &Addresses) {
    let number = |of: &Addresses| of.iter().find(|address| is_number(address)).cloned();
    if let (Some(one), Some(other)) = (number(addresses), number(others))
        && one != other
    {
        return;
    }
    for other in others {
        if !addresses.contains(other) {
            addresses.push(other.clone());
        }
    }
}

/// The addresses of the contact, if a value has exactly one.
fn only_contact(value: &Value) -> Option<Addresses> {
    let mut contacts = list(value, "contacts");
    let only = contacts.next().filter(|_| contacts.next().is_none())?;
    Some(addresses(only, &CONTACT))
}

/// Seconds since the epoch, as a string or a number; some programs write milliseconds.
fn instant(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let seconds: f64 = match value? {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    instant_of(seconds * 1000.0).or_else(|| instant_of(seconds))
}
