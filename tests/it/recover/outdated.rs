//! An earlier checkpoint is put back: its knowledge is taken over where Close agrees with it.

use std::fs;

use serde_json::Value;

use super::{assert_all_recorded, assert_idle, assert_plans, recover, word};
use crate::kit::{Chat, World, archive, scenes};

fn chat(count: u32) -> Chat {
    scenes::plain("Ben Cooper", 1, count)
}

/// Four messages are imported, then two more, then the checkpoint after the first four is put back.
fn outdated() -> (World, Vec<u8>) {
    let world = World::new(vec![chat(4)]);
    world.import().exits(0);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    archive::put_zip(&chat(6), &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 2);
    world.forget();
    fs::write(world.path().join("chatferry.db"), &copy).expect("put back");
    (world, copy)
}

fn value(world: &World, query: &str) -> Vec<u8> {
    let path = world.path().join("chatferry.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    file.query_row(query, [], |row| row.get(0))
        .expect("a value")
}

#[test]
fn earlier_checkpoint_is_completed() {
    let (world, copy) = outdated();
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "swapped");
    assert_eq!(output.number("unrecorded_before"), 2);
    output.says("the former one is kept as chatferry.former.db");
    let kept = fs::read(world.path().join("chatferry.former.db")).expect("kept");
    assert!(kept == copy, "the former checkpoint changed");
    assert_all_recorded(&world, 6);
    assert_plans(&world, 0);
    assert_idle(&world);
}

#[test]
fn key_and_runs_of_the_earlier_checkpoint_are_taken_over() {
    let (world, _) = outdated();
    let key = value(&world, "SELECT hash_key FROM meta");
    recover(&world, &[]).exits(0);
    assert_eq!(value(&world, "SELECT hash_key FROM meta"), key);
    let imports = "SELECT count(*) FROM run WHERE command = 'import'";
    assert_eq!(world.recorded(imports), 1);
    let of_first_run = "SELECT count(*) FROM message WHERE created_run = 1";
    assert_eq!(world.recorded(of_first_run), 4);
}

#[test]
fn message_removed_in_close_after_the_copy_stays_removed() {
    let (world, _) = outdated();
    let id = world.server.state.messages()[0].id.clone();
    let path = format!("/activity/whatsapp_message/{id}/");
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    recover(&world, &[]).exits(0);
    assert_all_recorded(&world, 5);
    assert_plans(&world, 0);
    assert_idle(&world);
    assert_eq!(world.server.state.messages().len(), 5);
}

#[test]
fn text_updated_after_the_copy_is_recorded_as_close_has_it() {
    let mut edited = chat(4);
    let world = World::new(vec![chat(4)]);
    world.import().exits(0);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    edited.lines[2].text = "corrected <This message was edited>".to_owned();
    archive::put_zip(&edited, &world.exports());
    assert_eq!(world.import().exits(0).number("updated"), 1);
    world.forget();
    fs::write(world.path().join("chatferry.db"), &copy).expect("put back");
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "swapped");
    assert_plans(&world, 0);
    assert_idle(&world);
}

#[test]
fn dry_run_leaves_an_outdated_checkpoint_as_it_is() {
    let (world, _) = outdated();
    let before = world.listing();
    let output = recover(&world, &["--dry-run"]).exits(0);
    assert_eq!(word(&output, "ending"), "dry_run");
    assert!(world.listing() == before, "a file changed");
}
