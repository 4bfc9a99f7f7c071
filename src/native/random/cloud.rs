//! Random webhook logs of the Cloud API.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::exporter::{any_json, mostly, object, text};
use super::{accounted, cases, check, read};
use crate::native::cloud::CloudLog;
use crate::native::{Error, Store};

const PEOPLE: [&str; 5] = [
    "353861234501",
    "353861234502",
    "US.13491208655302",
    "184069530861739@lid",
    "4915112345678",
];
const TYPES: [&str; 14] = [
    "text",
    "image",
    "audio",
    "document",
    "location",
    "contacts",
    "interactive",
    "button",
    "order",
    "template",
    "system",
    "unsupported",
    "request_welcome",
    "of a later year",
];

fn id(range: std::ops::Range<u32>) -> BoxedStrategy<Value> {
    mostly(range.prop_map(|number| json!(format!("wamid.{number:04}"))))
}

fn time() -> BoxedStrategy<Value> {
    mostly((1_735_732_800..1_735_999_999i64).prop_map(|at| json!(at.to_string())))
}

/// A message whose type and content may differ.
fn message() -> BoxedStrategy<Value> {
    let content = || {
        let words = object(vec![
            ("body", text(&["hello", "", " "])),
            ("caption", text(&["a caption"])),
            ("filename", text(&["offer.pdf"])),
            ("latitude", mostly(Just(json!(52.5)))),
            ("longitude", mostly(Just(json!(13.4)))),
            ("text", text(&["words"])),
            ("name", text(&["a name"])),
        ]);
        mostly(words)
    };
    mostly(object(vec![
        ("from", text(&PEOPLE)),
        ("to", text(&PEOPLE)),
        ("id", id(0..12)),
        ("timestamp", time()),
        ("type", text(&TYPES)),
        ("text", content()),
        ("image", content()),
        ("document", content()),
        ("location", content()),
        ("interactive", content()),
        ("order", content()),
        ("of a later year", content()),
        ("context", mostly(Just(json!({"id": "wamid.0003"})))),
    ]))
}

/// Whether JSON is, or may be read as, a change of another message: those are applied and not counted.
fn is_event(message: &Value) -> bool {
    let word = |text: &str| matches!(text, "reaction" | "edit" | "revoke");
    message
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(word)
        || message
            .as_object()
            .is_some_and(|fields| fields.keys().any(|key| word(key)))
}

/// A webhook with its messages, in one of the lists that contain them.
fn webhook() -> impl Strategy<Value = (Value, u64)> {
    let contacts = object(vec![
        ("wa_id", text(&PEOPLE)),
        ("user_id", text(&PEOPLE)),
        ("profile", mostly(Just(json!({"name": "Rita Sol"})))),
    ]);
    let list = prop::sample::select(&["messages", "message_echoes", "history"][..]);
    (
        list,
        prop::collection::vec(message(), 1..6),
        mostly(contacts),
    )
        .prop_map(|(list, mut messages, contact)| {
            messages.retain(|message| !is_event(message));
            let rows = messages.len() as u64;
            let mut value = json!({"messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "4915112345678"}, "contacts": [contact]});
            value[list] = match list {
                "history" => json!([{"threads": [{"id": "353861234501", "messages": messages}]}]),
                _ => json!(messages),
            };
            (value, rows)
        })
}

fn read_lines(lines: &[Value]) -> Result<Store, Error> {
    read(&CloudLog, |folder| {
        let path = folder.join("log.jsonl");
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(&path, lines.join("\n")).expect("written");
        path
    })
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn messages_of_webhooks_are_messages_or_counted(
        webhooks in prop::collection::vec(webhook(), 1..5),
        others in prop::collection::vec(any_json(), 0..3),
    ) {
        let others: Vec<Value> = others.into_iter().filter(|json| !json.is_number()).collect();
        let rows: u64 = webhooks.iter().map(|(_, rows)| rows).sum();
        let lines: Vec<Value> = webhooks.into_iter().map(|(value, _)| value).chain(others.clone()).collect();
        let store = read_lines(&lines).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let expected = rows + others.len() as u64;
        prop_assert_eq!(accounted(&store), expected, "{:?}", store.left_out);
        check(&store)?;
    }

    /// A change of a message that is there shows in it, and one of any other is counted.
    #[test]
    fn changes_are_applied_or_counted(
        sent in prop::collection::vec((0..12u32, 1_735_732_800..1_735_732_900i64), 1..8),
        changes in prop::collection::vec((0..16u32, prop::sample::select(&["reaction", "edit", "revoke"][..])), 0..8),
    ) {
        let of = |message: Value| json!({"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "4915112345678"}, "messages": [message]});
        let messages = sent.iter().enumerate().map(|(number, (id, at))| json!({"from": PEOPLE[0],
            "id": format!("wamid.{id:04}"), "timestamp": at.to_string(), "type": "text", "text": {"body": format!("words {number}")}}));
        let events = changes.iter().map(|(id, kind)| {
            let target = format!("wamid.{id:04}");
            json!({"from": PEOPLE[0], "id": "wamid.E", "timestamp": "1735733000", "type": kind,
                "reaction": {"message_id": target, "emoji": "x"},
                "edit": {"original_message_id": target, "message": {"type": "text", "text": {"body": "changed"}}},
                "revoke": {"original_message_id": target}})
        });
        let lines: Vec<Value> = messages.chain(events).map(of).collect();
        let store = read_lines(&lines).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let is_known = |id: &u32| sent.iter().any(|(known, _)| known == id);
        let lost = changes.iter().filter(|(id, _)| !is_known(id)).count();
        prop_assert_eq!(accounted(&store), (sent.len() + lost) as u64, "{:?}", store.left_out);
        check(&store)?;
    }
}
