//! Customers of webhook logs who are named by a user id, and the numbers that belong to it.

use std::fs;

use serde_json::{Value, json};

use super::webhooks::{OWN, at, inspected, log, parsed, text, value, world};

const NUMBER: &str = "447700900101";
const ID: &str = "GB.13491208655302741918";
const PARENT: &str = "GB.ENT.11815799212886844830";

/// A text of the customer under these addresses.
fn from(addresses: &Value, id: &str, minute: i64, words: &str) -> Value {
    let mut message = text(id, minute, words);
    for (field, address) in addresses.as_object().expect("fields") {
        message[field] = address.clone();
    }
    message
}

fn contact(fields: &Value) -> Value {
    let mut contact = json!({"profile": {"name": "Rita Sol"}});
    for (field, address) in fields.as_object().expect("fields") {
        contact[field] = address.clone();
    }
    contact
}

fn contacts(fields: &Value) -> Value {
    value(json!({"contacts": [contact(fields)]}))
}

/// Each way in which a log pairs a number and an id.
fn pairs() -> Vec<(&'static str, Value)> {
    vec![
        (
            "contact",
            contacts(&json!({"wa_id": NUMBER, "user_id": ID})),
        ),
        (
            "sender",
            value(
                json!({"messages": [{"from": NUMBER, "from_user_id": ID, "id": "wamid.P",
                "timestamp": at(0), "type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "x"}}]}),
            ),
        ),
        (
            "recipient",
            value(
                json!({"message_echoes": [{"from": OWN, "to": NUMBER, "to_user_id": ID, "id": "wamid.P",
                "timestamp": at(0), "type": "revoke", "revoke": {"original_message_id": "wamid.X"}}]}),
            ),
        ),
        (
            "report of delivery",
            value(
                json!({"statuses": [{"id": "wamid.X", "status": "read", "recipient_id": NUMBER,
                "recipient_user_id": ID}]}),
            ),
        ),
        (
            "thread of the history",
            value(
                json!({"history": [{"threads": [{"id": NUMBER, "context": {"wa_id": NUMBER, "user_id": ID},
                "messages": []}]}]}),
            ),
        ),
        (
            "address book",
            value(
                json!({"state_sync": [{"type": "contact", "contact": {"full_name": "Rita Sol",
                "phone_number": NUMBER, "user_id": ID}}]}),
            ),
        ),
        (
            "parent id in between",
            value(
                json!({"contacts": [contact(&json!({"wa_id": NUMBER, "parent_user_id": PARENT})),
                contact(&json!({"user_id": ID, "parent_user_id": PARENT}))]}),
            ),
        ),
    ]
}

/// Messages that name the customer by user id alone.
fn by_id_alone() -> Vec<(&'static str, Value)> {
    let sent = |field: &str, message: Value| value(json!({field: [message]}));
    let echo = |fields: Value| {
        let mut echo = from(&fields, "wamid.B", 2, "by id");
        echo["from"] = OWN.into();
        sent("message_echoes", echo)
    };
    let thread = |thread: Value, message: Value| {
        let mut thread = thread;
        thread["messages"] = json!([message]);
        value(json!({"history": [{"threads": [thread]}]}))
    };
    vec![
        (
            "from_user_id",
            sent(
                "messages",
                from(&json!({"from_user_id": ID}), "wamid.B", 2, "by id"),
            ),
        ),
        (
            "from",
            sent(
                "messages",
                from(&json!({"from": ID}), "wamid.B", 2, "by id"),
            ),
        ),
        ("to_user_id", echo(json!({"to_user_id": ID}))),
        ("to", echo(json!({"to": ID}))),
        (
            "contact of the webhook",
            value(json!({"contacts": [contact(&json!({"user_id": ID}))],
                "messages": [text("wamid.B", 2, "by id")]})),
        ),
        (
            "thread",
            thread(
                json!({"id": ID}),
                from(&json!({"from": ID}), "wamid.B", 2, "by id"),
            ),
        ),
        (
            "context of a thread",
            thread(
                json!({"context": {"user_id": ID}}),
                from(&json!({"from_user_id": ID}), "wamid.B", 2, "by id"),
            ),
        ),
    ]
}

#[test]
fn message_by_user_id_is_in_the_chat_of_its_number() {
    let world = world();
    let with_number =
        value(json!({"messages": [from(&json!({"from": NUMBER}), "wamid.A", 1, "by number")]}));
    for (how, pair) in pairs() {
        for (what, message) in by_id_alone() {
            let orders: [Vec<Vec<&Value>>; 3] = [
                vec![vec![&pair, &with_number, &message]],
                vec![vec![&message, &with_number, &pair]],
                vec![vec![&message], vec![&with_number], vec![&pair]],
            ];
            for files in orders {
                log(&world, &files);
                let case = format!("{how}, {what}, {} files", files.len());
                let read = parsed(&world);
                let mut texts: Vec<&str> = read
                    .iter()
                    .filter_map(|line| line["text"].as_str())
                    .collect();
                texts.sort_unstable();
                assert_eq!(texts, ["by id", "by number"], "{case}");
                let seen = inspected(&world);
                let archives = seen["archives"].as_array().expect("archives");
                for archive in archives {
                    assert_eq!(archive["phone"], format!("+{NUMBER}"), "{case}: {archive}");
                }
            }
        }
    }
}

/// Nothing pairs it with a number: it is shown, and a row can give it a number.
#[test]
fn chat_known_by_user_id_alone_is_held_until_a_row_names_the_id() {
    for (what, message) in by_id_alone() {
        let world = world();
        let named = contacts(&json!({"user_id": ID, "parent_user_id": PARENT}));
        log(&world, &[vec![&message, &named]]);
        let seen = inspected(&world);
        let archive = &seen["archives"][0];
        assert_eq!(archive["chat"], "Rita Sol", "{what}");
        assert_eq!(archive["phone"], Value::Null, "{what}");
        let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
        plan.says("1 distinct = 0 left out + 1 held + 0 desired");
        let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
        let row = format!("{ID},{ID},contact,+44 7700 900101,lead_2,cont_2,,\n");
        world.write("contacts.csv", &(table + &row));
        let plan = world.run(&["plan", "--offline", "--payloads"]).exits(0);
        let posted: Value = serde_json::from_str(plan.stdout.trim()).expect("one activity");
        assert_eq!(posted["remote_phone"], "+447700900101", "{what}: {posted}");
    }
}

/// No name, no number: the id is what a person sees and writes.
#[test]
fn chat_without_a_name_is_called_by_its_user_id() {
    let world = world();
    let message =
        value(json!({"messages": [from(&json!({"from_user_id": ID}), "wamid.A", 1, "hello")]}));
    log(&world, &[vec![&message]]);
    assert_eq!(inspected(&world)["archives"][0]["chat"], ID);
    assert_eq!(parsed(&world)[0]["sender"], ID);
}

#[test]
fn digits_of_a_user_id_are_never_a_number() {
    let world = world();
    for id in [
        "US.13491208655302",
        "US.4477009001",
        "US.ENT.447700900101",
        "GB.447700900101AB",
        "rita44770090",
    ] {
        for field in ["from", "from_user_id", "from_parent_user_id"] {
            let message = from(&json!({field: id}), "wamid.A", 1, "hello");
            let value = value(json!({"messages": [message],
                "contacts": [{"profile": {"name": "Theo Marsh"}, "wa_id": id}]}));
            log(&world, &[vec![&value]]);
            let seen = inspected(&world);
            let archive = &seen["archives"][0];
            assert_eq!(archive["phone"], Value::Null, "{id} in {field}");
            assert_eq!(archive["chat"], "Theo Marsh", "{id} in {field}");
        }
    }
}

/// Somebody who changed the number, or two people who share a parent id: what is certain stays, nothing is guessed.
#[test]
fn user_id_with_two_numbers_is_not_assigned() {
    let world = world();
    let one = contacts(&json!({"wa_id": NUMBER, "user_id": ID}));
    let other = contacts(&json!({"wa_id": "447700900102", "user_id": ID}));
    let message =
        value(json!({"messages": [from(&json!({"from_user_id": ID}), "wamid.A", 1, "hello")]}));
    log(&world, &[vec![&one, &other, &message]]);
    let seen = inspected(&world);
    assert_eq!(seen["archives"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["archives"][0]["phone"], Value::Null);
}
