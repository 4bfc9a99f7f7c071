//! The number of messages of a chat with several archives: what an import has, each once.

use std::fs;

use serde_json::Value;

use crate::kit::World;
use crate::routing::{ANNA, migration, transcript};

const NINA: &str = "Nina Vogt";

/// Two equal texts are in one minute.
fn older() -> String {
    let minute = |text| format!("13/03/2023, 09:07 - {NINA}: {text}\n");
    let lines = [(NINA, "is Friday possible?"), (ANNA.owner, "yes, at nine")];
    format!(
        "{}{}{}",
        transcript("13/03/2023", &lines),
        minute("ok"),
        minute("ok")
    )
}

fn newer() -> String {
    let lines = [(NINA, "thank you"), (ANNA.owner, "any time")];
    format!("{}{}", older(), transcript("20/03/2023", &lines))
}

/// The older and the newer archive of one chat, and another chat with the texts of the older one.
fn world() -> World {
    let other = older().replace(NINA, "Otto Wolf");
    let exports = [
        ("anna/new", NINA, newer()),
        ("anna/old", NINA, older()),
        ("anna/new", "Otto Wolf", other),
    ];
    let exports: Vec<(&str, &str, &str)> = (exports.iter())
        .map(|(folder, chat, text)| (*folder, *chat, text.as_str()))
        .collect();
    let rows = ",Nina Vogt,*,contact,+12025550148,lead_nina,cont_nina,,,\n\
                ,Otto Wolf,*,contact,+12025550149,lead_otto,cont_otto,,,\n";
    migration(&[ANNA], "", &exports, rows)
}

#[test]
fn message_of_two_archives_is_counted_once() {
    let world = world();
    let inspect = world.run(&["inspect", "anna"]).exits(0);
    let line = inspect
        .stdout
        .lines()
        .find(|line| line.contains("2 archives") && line.contains(NINA));
    let line = line.expect("a line of the chat");
    assert!(line.split_whitespace().any(|word| word == "6"), "{line}");
    inspect.says("3 archives with 10 messages in all; 4 seen again");
    // As the plan counts them.
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("14 read = 10 distinct + 4 seen again");
}

#[test]
fn each_archive_has_all_its_messages_in_json() {
    let json = world().run(&["inspect", "anna", "--json"]).exits(0).stdout;
    let json: Value = serde_json::from_str(json.trim()).expect("JSON");
    let archives = json["archives"].as_array().expect("archives");
    let count = |name: &str| -> u64 { archives.iter().filter_map(|one| one[name].as_u64()).sum() };
    assert_eq!([count("messages"), count("seen_again")], [14, 4], "{json}");
}

/// One of the archives is moved away: nothing is seen again.
#[test]
fn single_archive_has_nothing_seen_again() {
    let world = world();
    fs::remove_dir_all(world.path().join("anna/old")).expect("removed");
    let inspect = world.run(&["inspect", "anna"]).exits(0);
    inspect.says("2 archives with 10 messages in all\n");
}
