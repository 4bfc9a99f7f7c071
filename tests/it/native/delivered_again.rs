//! Several texts under one id, some of them delivered again: each text is one message in Close.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::webhooks::{OWN, inspected};
use super::world;
use crate::kit::World;

const BEN: &str = "353861234501";
/// 2026-06-21T00:00:00Z.
const START: i64 = 1_782_000_000;
/// What arrives under one id, one a minute.
const TEXTS: [&str; 5] = ["first", "second", "second", "first", "second"];

/// A log of webhooks.
fn webhooks() -> String {
    let lines = (0..).zip(TEXTS).map(|(minute, words)| {
        let message = json!({"from": BEN, "id": "wamid.D", "timestamp": (START + minute * 60).to_string(),
            "type": "text", "text": {"body": words}});
        let value = json!({"messaging_product": "whatsapp",
            "metadata": {"display_phone_number": OWN, "phone_number_id": "9"},
            "contacts": [{"profile": {"name": "Ben Cooper"}, "wa_id": BEN}], "messages": [message]});
        let changes = json!([{"field": "messages", "value": value}]);
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
            .to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// JSON of the exporter.
fn exported() -> String {
    let rows: serde_json::Map<String, Value> = (0..)
        .zip(TEXTS)
        .map(|(minute, words)| {
            let row = json!({"from_me": false, "timestamp": START + minute * 60, "message_type": 0,
                "key_id": "3AC0FFEE00000000D1", "data": words});
            ((minute + 2).to_string(), row)
        })
        .collect();
    let jid = format!("{BEN}@s.whatsapp.net");
    json!({jid: {"name": "Ben Cooper", "type": "android", "messages": rows}}).to_string()
}

/// How often each text is in Close.
fn in_close(world: &World) -> BTreeMap<String, usize> {
    let mut texts = BTreeMap::new();
    for message in world.server.state.messages() {
        *texts.entry(message.markdown).or_default() += 1;
    }
    texts
}

#[test]
fn each_text_under_one_id_is_posted_once() {
    for (name, text, left_out) in [
        ("log.jsonl", webhooks(), 3),
        // The reader leaves texts with their id to the archive merge.
        ("result.json", exported(), 2),
    ] {
        let world = world();
        fs::write(world.exports().join(name), text).expect("written");
        for created in [2, 0] {
            let run = world.import().exits(0);
            assert_eq!(run.number("created"), created, "{name}");
            let once = ["first", "second"].map(|words| (words.to_owned(), 1));
            assert_eq!(in_close(&world), BTreeMap::from(once), "{name}");
        }
        let store = &inspected(&world)["stores"][0];
        assert_eq!(store["left_out"]["delivered again"], left_out, "{name}");
    }
}
