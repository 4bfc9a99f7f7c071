//! Logs with unusual ids of messages and people.

use serde_json::{Value, json};

use super::*;
use crate::native::people::finalize;

/// The store of a log of these values.
fn store(values: &[Value]) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let lines: Vec<String> = values.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let mut store = read(&mut [Archive::new(path)]).remove(0).unwrap();
    finalize(&mut store.chats);
    store
}

fn value(contact: &Value, message: &Value) -> Value {
    json!({"messaging_product": "whatsapp", "metadata": {"display_phone_number": "4915112345678"},
        "contacts": [contact], "messages": [message]})
}

fn text(id: &str, minute: i64, words: &str) -> Value {
    json!({"id": id, "type": "text", "timestamp": (1_735_732_800 + minute * 60).to_string(),
        "text": {"body": words}})
}

fn title_and_phone(store: &Store) -> Vec<(&str, Option<&str>)> {
    (store.chats.iter())
        .map(|chat| (chat.title.as_str(), chat.phone.as_deref()))
        .collect()
}

#[test]
fn further_text_of_a_wamid_delivered_again_is_one_message() {
    let contact = json!({"wa_id": "447700900101", "profile": {"name": "Rita"}});
    let of = |minute: i64, words: &str| {
        let mut message = text("wamid.D", minute, words);
        message["from"] = "447700900101".into();
        value(&contact, &message)
    };
    let store = store(&[
        of(1, "A"),
        of(2, "B"),
        of(3, "B"),
        of(4, "A"),
        of(5, "C"),
        of(6, "B"),
    ]);
    let read: Vec<_> = (store.chats[0].messages.iter())
        .map(|m| (m.text.as_str(), m.id.is_some()))
        .collect();
    assert_eq!(read, [("A", true), ("B", false), ("C", false)]);
    assert_eq!(store.left_out, [("delivered again", 3)]);
}

/// A profile name may be a number of anybody.
#[test]
fn profile_name_never_becomes_the_number_of_a_user_id() {
    let of = |id: &str, name: &str, minute: i64| {
        let mut message = text(&format!("wamid.{minute}"), minute, "hello");
        message["from_user_id"] = id.into();
        value(&json!({"user_id": id, "profile": {"name": name}}), &message)
    };
    let store = store(&[
        of("GB.1001", "+44 7700 900999", 1),
        of("GB.1002", "447700900998", 2),
        of("GB.1003", "Maria", 3),
    ]);
    assert_eq!(
        title_and_phone(&store),
        [("GB.1001", None), ("GB.1002", None), ("Maria", None)]
    );
}

#[test]
fn digits_of_a_user_id_never_become_a_number() {
    let of = |contact: &Value, minute: i64| {
        let mut message = text(&format!("wamid.{minute}"), minute, "hello");
        message["from_user_id"] = contact["user_id"].clone();
        value(contact, &message)
    };
    let store = store(&[
        of(
            &json!({"user_id": "13491208655302", "profile": {"name": "Num"}}),
            1,
        ),
        of(&json!({"user_id": "447700900102"}), 2),
    ]);
    let found = title_and_phone(&store);
    assert_eq!(found[0], ("Num", None));
    assert!(found[1].0.starts_with("Unknown participant "), "{found:?}");
    assert_eq!(found[1].1, None);
}
