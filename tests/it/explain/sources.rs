//! Where a message is read: one test per kind of source.

use std::fs;

use serde_json::Value;

use super::{explain, json, line_of};
use crate::kit::Side::{Me, They};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, World, archive, scenes};
use crate::native::build::{Told, store};

fn first(value: &Value) -> &Value {
    &value["lines"][0]
}

#[test]
fn android_export_is_explained_by_line() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let value = explain(&world, "WhatsApp Chat with Ben Cooper.zip:2");
    let line = first(&value);
    assert_eq!(
        (&line["role"], &line["line"]),
        (&"header".into(), &2.into())
    );
    assert_eq!(line["platform"], "Android");
    assert_eq!(line["kind"], "text");
    assert_eq!(line["local_time"], "2024-03-13T10:15:00");
    assert_eq!(line["date_order"], "dmy");
    assert_eq!(line["device"], "default");
    assert!(
        line["form"]
            .as_str()
            .is_some_and(|form| form.contains("/MM/YYYY")),
        "{line}"
    );
    assert!(
        line["date_order_evidence"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert_eq!(value["sender"]["role"], "contact");
    assert_eq!(value["sender"]["contacts_lines"], serde_json::json!([3]));
    let routing = &value["routing"];
    assert_eq!(
        (&routing["decision"], &routing["lead_id"]),
        (&"ready".into(), &"lead_01".into())
    );
    let identity = &value["identity"];
    assert_eq!(
        (&identity["kind"], &identity["class"]),
        (&"derived".into(), &"text".into())
    );
    assert_eq!(identity["minute"], "2024-03-13T09:15:00Z");
    assert_eq!(identity["ordinal"], 0);
    assert_eq!(value["external_id"], identity["id"]);
    assert_eq!(value["paired"]["by"], "id");
}

/// Two equal messages of one minute differ in the ordinal of their ids.
#[test]
fn equal_messages_have_ordinals() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let first = line_of(&scenes::ben(), ": ok");
    let [one, two] = [first, first + 1].map(|line| {
        let place = format!("WhatsApp Chat with Ben Cooper.zip:{line}");
        explain(&world, &place)
    });
    assert_eq!(
        (&one["identity"]["ordinal"], &two["identity"]["ordinal"]),
        (&0.into(), &1.into())
    );
    assert_ne!(one["external_id"], two["external_id"]);
}

#[test]
fn iphone_export_is_explained_with_its_files() {
    let world = World::new(vec![scenes::cleo()]);
    world.import().exits(0);
    let text = archive::transcript(&scenes::cleo());
    let at = text
        .lines()
        .position(|line| line.contains("00000003-PHOTO"))
        .expect("a photo");
    let label = archive::name(&scenes::cleo());
    let value = explain(&world, &format!("{label}.zip:{}", at + 1));
    let line = first(&value);
    assert_eq!(
        (&line["platform"], &line["kind"]),
        (&"iPhone".into(), &"media".into())
    );
    assert_eq!(
        (&line["files"], &line["files_present"]),
        (&1.into(), &1.into())
    );
    assert_eq!(value["sender"]["role"], "owner");
    assert_eq!(value["sender"]["contacts_lines"], serde_json::json!([2]));
    assert_eq!(value["records"][0]["files"], 1);
}

#[test]
fn web_export_is_explained() {
    let chat = Chat::web("Dora Quist", 3)
        .say("2024-06-21 09:52:01", They, "one")
        .answer("2024-06-22 00:00:30", Me, 0, "two");
    let world = World::new(vec![chat]);
    world.import().exits(0);
    let id = super::id_of(&world, "two");
    let value = explain(&world, &id);
    assert_eq!(first(&value)["platform"], "Web");
    assert_eq!(value["records"][0]["linked"], true);
    assert_eq!(value["records"][0]["reply_to"], super::id_of(&world, "one"));
}

const BEGIN: i64 = 1_710_321_300;

fn told() -> Vec<Told> {
    vec![
        Told::text("3EB0AAAAAAAAAAAAAA01", false, BEGIN, "Good morning"),
        Told::text("3EB0AAAAAAAAAAAAAA02", true, BEGIN + 60, "Which day?"),
    ]
}

/// A world with one source with ids of WhatsApp.
fn native(name: &str) -> World {
    let mut built = Built::new(Vec::new());
    let table = format!("{HEADER}{}{}", me(), scenes::ben().contact_row());
    built.contacts = Some(table);
    let world = built.world();
    put(&world, name);
    world
}

fn put(world: &World, name: &str) {
    let path = world.exports().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    store(&path, &told());
}

#[track_caller]
fn assert_native(name: &str) {
    let world = native(name);
    world.import().exits(0);
    let value = explain(&world, "3EB0AAAAAAAAAAAAAA02");
    let line = first(&value);
    assert_eq!(
        (&line["role"], &line["kind"]),
        (&"record".into(), &"text".into()),
        "{name}"
    );
    assert_eq!(line["date_order_evidence"], "the archive contains instants");
    assert_eq!(line["form"], Value::Null);
    assert_eq!(value["identity"]["kind"], "native");
    assert_eq!(value["external_id"], "3EB0AAAAAAAAAAAAAA02");
    assert_eq!(value["sender"]["role"], "owner", "{name}");
    assert_eq!(value["records"][0]["state"], "done");
    // The same by archive and position, as the plan prints places.
    let shown = [
        "explain",
        "3EB0AAAAAAAAAAAAAA02",
        "--json",
        "--show-content",
    ];
    let shown = json(&world.run(&shown).exits(0));
    let archive = shown["lines"][0]["archive"].as_str().expect("a path");
    let place = format!("{archive}:{}", line["line"]);
    let label = name.rsplit('/').next().expect("a name");
    assert!(place.contains(label), "{place}");
    assert_eq!(explain(&world, &place)["external_id"], value["external_id"]);
}

#[test]
fn android_database_is_explained() {
    assert_native("msgstore.db");
}

#[test]
fn iphone_database_is_explained() {
    assert_native("ChatStorage.sqlite");
}

#[test]
fn webhook_log_is_explained() {
    assert_native("webhooks.jsonl");
}

/// A text export was imported, and the database came later: the record keeps its derived id.
#[test]
fn message_in_two_sources_has_both_lines_and_an_alternate_id() {
    let world = World::new(vec![
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "Good morning")
            .say("2024-03-13 10:16", Me, "Which day?"),
    ]);
    world.import().exits(0);
    put(&world, "msgstore.db");
    world.import().exits(0);
    let derived = super::id_of(&world, "Which day?");
    for target in [derived.as_str(), "3EB0AAAAAAAAAAAAAA02"] {
        let value = explain(&world, target);
        assert_eq!(value["external_id"], derived);
        assert_eq!(value["lines"].as_array().map(Vec::len), Some(2), "{value}");
        assert_eq!(value["lines"][1]["copy_by"], "content");
        assert_eq!(
            value["native_ids"],
            serde_json::json!(["3EB0AAAAAAAAAAAAAA02"])
        );
        assert_eq!(value["identity"]["differs_from_record"], true);
        assert_eq!(
            value["records"][0]["alternate_ids"],
            serde_json::json!(["3EB0AAAAAAAAAAAAAA02"])
        );
        assert_eq!(value["paired"]["by"], "alternate_id");
    }
}
