//! Webhook logs of the WhatsApp Business Platform (Cloud API): `messages`, `history`, `smb_message_echoes`, as
//! envelopes or bare values, at any depth of the JSON that a program wrote; concatenated or one per line.
//!
//! Ids are wamids, and the native id is the stanza id inside; a message without one gets a derived id. Attachments are
//! referenced by ids that expire, so none is available. No webhook contains messages that were sent through the API, so
//! such a log may contain one direction only.
//!
//! Logs are split into files by day or size, so an edit, deletion or reaction may be in a different file than its
//! message, and the number of a user id in a different file than the id. All logs of a device are therefore read before
//! any message gets its chat.
//!
//! See docs/reference/native-sources.md, "Cloud API webhooks".

mod chats;
mod content;
mod envelope;
mod event;
mod log;
mod people;
mod reader;
mod repeated;
#[cfg(test)]
mod unusual_ids;
mod values;

pub(super) use reader::CloudLog;

use std::collections::{BTreeSet, HashMap};

use self::chats::Chats;
use self::event::Event;
use self::log::Log;
use self::people::{Addresses, People};
use super::people::{display_name, phone_from_digits};
use super::{Archive, Error, Store};
use crate::chat::Copies;
use rayon::prelude::*;

/// Reads the logs of one device, each into its own store.
pub(super) fn read(archives: &mut [Archive]) -> Vec<Result<Store, Error>> {
    let mut logs: Vec<Result<Log, Error>> = archives.par_iter_mut().map(Log::read).collect();
    let people = People::new(logs.iter().flatten().flat_map(|log| &log.seen));
    let mut names = HashMap::new();
    let own = |log: &Log| log.own_numbers.iter().cloned().collect::<Vec<_>>();
    let own: BTreeSet<String> = logs.iter().flatten().flat_map(own).collect();
    let mut events = Vec::new();
    for (number, log) in logs.iter_mut().enumerate() {
        let Ok(log) = log else { continue };
        for (addresses, name) in log.names.drain(..) {
            if let Some(key) = people.key(&addresses) {
                names.insert(key.to_owned(), name);
            }
        }
        events.extend(log.events.drain(..).map(|event| (number, event)));
    }
    let mut logs: Vec<Result<Chats, Error>> = (logs.into_par_iter())
        .map(|log| log.map(|log| Chats::new(log, &people)))
        .collect();
    note_copies(&mut logs);
    apply(events, &mut logs, &|addresses| {
        let key = people.key(addresses).unwrap_or_default();
        let name = names.get(key).map(String::as_str);
        match phone_from_digits(key) {
            Some(_) => key.to_owned(),
            None => display_name(name, None, key),
        }
    });
    logs.into_iter()
        .map(|log| {
            let mut store = log?.store(&names);
            store
                .remarks
                .extend((own.len() > 1).then_some(SEVERAL_NUMBERS));
            Ok(store)
        })
        .collect()
}

/// Notes which messages without an id are in several logs.
fn note_copies(logs: &mut [Result<Chats, Error>]) {
    let mut noted = Vec::new();
    for (number, repeated) in (0u32..).zip(repeated::find(logs)) {
        let copies = Copies {
            number: (repeated.places.len() > 1).then_some(number),
            is_doubtful: repeated.is_doubtful,
        };
        let places = repeated.places.into_iter();
        noted
            .extend(places.map(|(log, customer, index)| (log, customer.to_owned(), index, copies)));
    }
    for (log, customer, index, copies) in noted {
        if let Some(Ok(log)) = logs.get_mut(log) {
            log.note_copies(&customer, index, copies);
        }
    }
}

/// A device has one number: the chats of a customer with both would be merged, and posted with one of them.
const SEVERAL_NUMBERS: &str = "webhooks of several numbers of the business; write those of each number (`display_phone_number`) to a file of its own, and make each number a [[device]] with its file and its local_phone";

/// Applies the events of all logs, given with the number of their log, in order of time.
fn apply(
    mut events: Vec<(usize, Event)>,
    logs: &mut [Result<Chats, Error>],
    name: &impl Fn(&Addresses) -> String,
) {
    events.sort_by_key(|(_, event)| event.at);
    let places = places(logs, &events);
    for (number, event) in events {
        let places = places.get(&event.wamid).map_or(&[][..], Vec::as_slice);
        for place in places {
            if let Some(Ok(log)) = logs.get_mut(*place)
                && let Some(message) = log.find(&event.wamid)
            {
                event.apply(message, name);
            }
        }
        if let (true, Some(Ok(log))) = (places.is_empty(), logs.get_mut(number)) {
            log.leave_out("edits, deletions and reactions of messages that are not here");
        }
    }
}

/// For each event, the logs that contain its message, by wamid.
fn places(logs: &[Result<Chats, Error>], events: &[(usize, Event)]) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = (events.iter())
        .map(|(_, event)| (event.wamid.clone(), Vec::new()))
        .collect();
    if places.is_empty() {
        return places;
    }
    for (number, log) in logs.iter().enumerate() {
        for id in log.iter().flat_map(Chats::ids) {
            if let Some(places) = places.get_mut(id) {
                places.push(number);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::*;
    use crate::chat::Kind;
    use crate::native::normalize::NO_TIME;

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
        let stores: Vec<Store> = read(&mut paths.map(Archive::new))
            .into_iter()
            .map(Result::unwrap)
            .collect();
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
        let store = read(&mut [Archive::new(path)]).remove(0).unwrap();
        assert_eq!(store.left_out, [("reports of delivery", 2), (NO_TIME, 1)]);
        assert!(store.chats.is_empty());
    }
}
