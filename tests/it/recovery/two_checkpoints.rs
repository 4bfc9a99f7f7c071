//! Two migrations, each with its own folder and checkpoint, import archives of one chat that overlap
//! into one Close. The second posts nothing again; duplicates that are there already are reported.

use std::fs;

use chatferry::sandbox::StoredMessage;
use serde_json::json;

use super::history::{
    BEN, Said, TALK, android, assert_clear, assert_holds, assert_idle, edited, iphone, put_android,
    put_database, put_iphone, rows,
};
use super::migration::{Change, migration, replace};
use crate::kit::model::Row;
use crate::kit::{Output, World};

const SECOND: &[&str] = &[
    "import",
    "--yes",
    "--json",
    "--config",
    "second/chatferry.toml",
];

/// A world whose first migration has imported an export of the first eight messages, and that has a
/// second migration with the same tables and an empty folder of exports.
fn two_migrations(put: impl Fn(&World, &[Said])) -> World {
    let world = migration();
    Change::Nothing.put(&world, true, 8);
    super::history::clear(&world.exports());
    put(&world, &TALK[..8]);
    assert_eq!(world.import().exits(0).number("created"), 8);
    second_folder(&world);
    world
}

fn second_folder(world: &World) {
    let second = world.path().join("second");
    fs::create_dir_all(second.join("exports")).expect("made");
    for file in ["chatferry.toml", "contacts.csv"] {
        fs::copy(world.path().join(file), second.join(file)).expect("copied");
    }
}

/// The second migration imports `export` of the last eight messages. Both run again afterwards.
#[track_caller]
fn second_adds_four(world: &World, expected: &[Row], when: &str) {
    let run = world.run(SECOND);
    let summary = run.stdout.lines().last().unwrap_or_default();
    assert_holds(world, expected, &format!("{when}: {summary}"));
    assert_clear(&run.exits(0), when);
    both_are_idle(world, expected, when);
}

#[track_caller]
fn both_are_idle(world: &World, expected: &[Row], when: &str) {
    for (name, run) in [("second", world.run(SECOND)), ("first", world.import())] {
        let when = format!("{when}, {name} again");
        assert_holds(world, expected, &when);
        assert_idle(&run.exits(0), &when);
    }
}

fn text(world: &World, talk: &[Said]) {
    put_android(&world.exports(), BEN, &android(talk, &[]));
}

#[test]
fn same_phone_exports_twice() {
    let world = two_migrations(text);
    let exports = world.path().join("second/exports");
    put_android(&exports, BEN, &android(&TALK[4..], &[]));
    second_adds_four(&world, &rows(&TALK), "text, then text");
}

#[test]
fn database_overlaps_a_text_export() {
    let world = two_migrations(text);
    put_database(&world.path().join("second/exports"), &TALK[4..]);
    second_adds_four(&world, &rows(&TALK), "text, then database");
}

#[test]
fn text_export_overlaps_a_database() {
    let world = two_migrations(|world, talk| put_database(&world.exports(), talk));
    let exports = world.path().join("second/exports");
    put_android(&exports, BEN, &android(&TALK[4..], &[]));
    second_adds_four(&world, &rows(&TALK), "database, then text");
}

#[test]
fn iphone_exports_again_a_second_later() {
    let world = two_migrations(|world, talk| put_iphone(&world.exports(), BEN, &iphone(talk, 0)));
    let exports = world.path().join("second/exports");
    put_iphone(&exports, BEN, &iphone(&TALK[4..], 1));
    second_adds_four(&world, &rows(&TALK), "iPhone, then a second later");
}

#[test]
fn text_of_the_overlap_was_edited() {
    let world = two_migrations(text);
    let talk = edited(&TALK, 5, "Shall I send somebody on Thursday?");
    let marks = [(1, " <This message was edited>")];
    let exports = world.path().join("second/exports");
    put_android(&exports, BEN, &android(&talk[4..], &marks));
    let when = "text, then edited text";
    let run = world.run(SECOND);
    assert_holds(&world, &rows(&talk), when);
    assert_clear(&run.exits(0), when);
    assert_idle(&world.run(SECOND).exits(0), when);
}

/// The first migration had a wrong number, and gets the right one after the second has run.
#[test]
fn second_has_the_right_number() {
    let world = migration();
    Change::Number.put(&world, false, 8);
    assert_eq!(world.import().exits(0).number("created"), 8);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a file");
    Change::Number.put(&world, true, 8);
    second_folder(&world);
    world.write("contacts.csv", &table);
    let exports = world.path().join("second/exports");
    put_android(&exports, BEN, &android(&TALK[4..], &[]));
    let run = world.run(SECOND).exits(0);
    assert_eq!(world.server.state.message_count(), 12, "{}", run.stderr);
    assert_clear(&run, "right number");
    Change::Number.put(&world, true, 8);
    assert_clear(&world.import().exits(0), "both right");
    assert_holds(&world, &rows(&TALK), "both right");
    both_are_idle(&world, &rows(&TALK), "both right");
}

/// What Close holds, in the order of the conversation: requests arrive in another one.
fn in_order(world: &World) -> Vec<StoredMessage> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    messages
}

/// Copies a message of Close as another program would: the same content under this external id.
fn copy_in_close(world: &World, message: &StoredMessage, external_id: &str) {
    let body = json!({
        "lead_id": message.lead_id, "contact_id": message.contact_id,
        "direction": message.direction, "activity_at": message.activity_at.to_rfc3339(),
        "external_whatsapp_message_id": external_id, "local_phone": message.local_phone,
        "remote_phone": message.remote_phone, "message_markdown": message.markdown,
        "user_id": message.user_id,
    });
    let status = world
        .server
        .call("POST", "/activity/whatsapp_message/", &body);
    assert_eq!(status, 200);
}

/// A derived id that no message of these tests gets.
fn another_derived_id(place: usize) -> String {
    let letter = ["a", "b", "c", "d", "e", "f", "g"][place];
    format!("cf1-{letter}{}", "a".repeat(25))
}

/// An output names the duplicates and how many there are.
#[track_caller]
fn reports(output: &Output, count: usize) {
    let text = format!("{}{}", output.stdout, output.stderr).to_lowercase();
    let has_count = |line: &str| line.contains("duplicate") && line.contains(&count.to_string());
    assert!(
        text.lines().any(has_count),
        "no line reports {count} duplicates\n{text}"
    );
}

/// Eleven messages are in Close, these three of them twice; the twelfth is new. `id` makes the external
/// id of a copy from that of its original.
#[track_caller]
fn duplicates_are_reported(places: [usize; 3], id: impl Fn(usize, &str) -> String) {
    let world = migration();
    Change::Nothing.put(&world, true, 11);
    assert_eq!(world.import().exits(0).number("created"), 11);
    let originals = in_order(&world);
    for (number, place) in places.into_iter().enumerate() {
        let original = &originals[place];
        copy_in_close(&world, original, &id(number, &original.external_id));
    }
    Change::Nothing.put(&world, true, 12);
    let plan = world.run(&["plan"]).exits(0);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 1, "{}", run.stderr);
    assert_clear(&run, "with duplicates");
    assert_eq!(
        world.server.state.message_count(),
        15,
        "nothing is taken away"
    );
    assert_idle(&world.import().exits(0), "with duplicates, second run");
    reports(&plan, 3);
    reports(&run, 3);
}

#[test]
fn duplicates_under_one_id_are_reported() {
    duplicates_are_reported([1, 4, 6], |_, original| original.to_owned());
}

/// As two migrations with different numbers leave them.
#[test]
fn duplicates_under_two_derived_ids_are_reported() {
    duplicates_are_reported([1, 4, 6], |number, _| another_derived_id(number));
}

/// The recorded activity is the message, the other one the copy.
#[test]
fn duplicates_of_the_first_and_the_last_message_are_reported() {
    duplicates_are_reported([0, 3, 10], |number, _| another_derived_id(number));
}

/// The checkpoint is lost as well: the copies are neither taken for new messages nor posted again.
#[test]
fn duplicates_are_reported_after_the_checkpoint_was_lost() {
    let world = migration();
    Change::Number.put(&world, false, 12);
    assert_eq!(world.import().exits(0).number("created"), 12);
    let originals = in_order(&world);
    for place in [1, 4, 6] {
        copy_in_close(&world, &originals[place], &another_derived_id(place));
    }
    world.forget();
    replace(
        &world,
        "contacts.csv",
        "+353861239999",
        super::history::NUMBER,
    );
    let run = world.import().exits(0);
    assert_eq!(world.server.state.message_count(), 15, "{}", run.stderr);
    assert_clear(&run, "lost, with duplicates");
    assert_idle(
        &world.import().exits(0),
        "lost, with duplicates, second run",
    );
    reports(&run, 3);
}
