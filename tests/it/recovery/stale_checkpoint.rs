//! An old copy of the checkpoint is put back, and since then something else changed as well.
//!
//! Close has twelve messages, of which the copy knows the first six; or all twelve, as they were
//! before a change that was carried out since.

use std::fs;

use super::corrected_rows::{
    BENS, BENS_WRONG, DORA, DORAS_TALK, To, exchanged, expected, put, table, world,
};
use super::history::{BEN, NUMBER, TALK, android, assert_recovers, clear, edited, put_android};
use super::lost_checkpoint::ALLOWED;
use super::migration::{Change, group_migration, group_truth, migration, put_group, replace};
use crate::kit::World;

fn copy(world: &World) -> Vec<u8> {
    fs::read(world.path().join("chatferry.db")).expect("a checkpoint")
}

fn put_back(world: &World, copy: &[u8]) {
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
}

/// The copy knows six of twelve messages; the change comes afterwards.
#[track_caller]
fn recovers(change: Change) {
    let world = migration();
    change.put(&world, false, 6);
    assert_eq!(world.import().exits(0).number("created"), 6, "{change:?}");
    let old = copy(&world);
    change.put(&world, false, 12);
    assert_eq!(world.import().exits(0).number("created"), 6, "{change:?}");
    put_back(&world, &old);
    change.put(&world, true, 12);
    assert_recovers(
        &world,
        ALLOWED,
        &change.truth(),
        &format!("old copy, {change:?}"),
    );
}

#[test]
fn nothing_else_changed() {
    recovers(Change::Nothing);
}

#[test]
fn zone_was_corrected() {
    recovers(Change::Zone);
}

#[test]
fn contacts_number_was_corrected() {
    recovers(Change::Number);
}

#[test]
fn owners_number_was_corrected() {
    recovers(Change::OwnNumber);
}

#[test]
fn database_replaces_the_text_export() {
    recovers(Change::Database);
}

#[test]
fn text_export_replaces_the_database() {
    recovers(Change::Text);
}

#[test]
fn iphone_exports_again_a_second_later() {
    recovers(Change::Stamps);
}

#[test]
fn text_that_the_copy_knows_was_edited() {
    recovers(Change::Edit(2));
}

#[test]
fn text_that_the_copy_does_not_know_was_edited() {
    recovers(Change::Edit(7));
}

#[test]
fn lead_was_corrected() {
    recovers(Change::Lead);
}

#[test]
fn group_members_number_was_filled_in() {
    let world = group_migration();
    put_group(&world, false, 6);
    assert_eq!(world.import().exits(0).number("created"), 6);
    let old = copy(&world);
    put_group(&world, false, 12);
    assert_eq!(world.import().exits(0).number("created"), 6);
    put_back(&world, &old);
    put_group(&world, true, 12);
    assert_recovers(
        &world,
        ALLOWED,
        &group_truth(),
        "old copy, a member's number",
    );
}

/// The change was carried out in Close already; the copy, and it alone, is of before.
#[track_caller]
fn carried_out_already(change: Change) {
    let world = migration();
    change.put(&world, false, 12);
    assert_eq!(world.import().exits(0).number("created"), 12, "{change:?}");
    let old = copy(&world);
    change.put(&world, true, 12);
    world.run(ALLOWED).exits(0);
    let when = format!("old copy, carried out, {change:?}");
    put_back(&world, &old);
    assert_recovers(&world, ALLOWED, &change.truth(), &when);
}

#[test]
fn correction_of_zone_or_numbers_was_carried_out() {
    carried_out_already(Change::Zone);
    carried_out_already(Change::Number);
    carried_out_already(Change::OwnNumber);
}

#[test]
fn another_source_was_imported() {
    carried_out_already(Change::Database);
    carried_out_already(Change::Text);
    carried_out_already(Change::Stamps);
    carried_out_already(Change::Edit(7));
}

#[test]
fn correction_of_the_lead_was_carried_out() {
    carried_out_already(Change::Lead);
}

/// The chat went to another lead and back since the copy: all of it has other activities now.
#[track_caller]
fn moved_there_and_back(change: Change, count: usize) -> World {
    let world = migration();
    change.put(&world, false, count);
    world.import().exits(0);
    let old = copy(&world);
    Change::Lead.put(&world, true, count);
    world.run(ALLOWED).exits(0);
    change.put(&world, false, count);
    let back = world.run(ALLOWED).exits(0);
    assert_eq!(back.number("replaced"), count as u64, "{change:?}");
    put_back(&world, &old);
    world
}

#[test]
fn message_that_was_moved_there_and_back_is_updated() {
    let world = moved_there_and_back(Change::Edit(7), 12);
    Change::Edit(7).put(&world, true, 12);
    let when = "old copy, moved there and back, edited";
    assert_recovers(&world, ALLOWED, &Change::Edit(7).truth(), when);
}

#[test]
fn message_that_was_moved_there_and_back_is_updated_next_to_a_new_one() {
    let world = moved_there_and_back(Change::Edit(7), 11);
    Change::Edit(7).put(&world, true, 12);
    let when = "old copy, moved there and back, edited, a new message";
    assert_recovers(&world, ALLOWED, &Change::Edit(7).truth(), when);
}

#[test]
fn message_that_was_moved_there_and_back_is_deleted_after_its_sender_did() {
    let world = moved_there_and_back(Change::Nothing, 12);
    let since = "[import]\ndeleted_since = \"delete\"";
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    world.write("chatferry.toml", &config.replace("[import]", since));
    let talk = edited(&TALK, 6, "This message was deleted");
    clear(&world.exports());
    put_android(&world.exports(), BEN, &android(&talk, &[]));
    let mut rows = Change::Nothing.truth();
    rows.remove(6);
    let when = "old copy, moved there and back, deleted";
    assert_recovers(&world, ALLOWED, &rows, when);
}

/// A row is corrected as a whole, and the copy knows six of twelve messages.
#[track_caller]
fn corrected_row(rows: [To; 2], zone: &str, when: &str) {
    let world = world(&[(BEN, rows[0])]);
    replace(&world, "chatferry.toml", "Europe/Berlin", zone);
    put(&world, BEN, &TALK[..6]);
    assert_eq!(world.import().exits(0).number("created"), 6, "{when}");
    let old = copy(&world);
    put(&world, BEN, &TALK);
    assert_eq!(world.import().exits(0).number("created"), 6, "{when}");
    put_back(&world, &old);
    replace(&world, "chatferry.toml", zone, "Europe/Berlin");
    world.write("contacts.csv", &table(&[(BEN, rows[1])]));
    assert_recovers(&world, ALLOWED, &expected(&TALK, rows[1]), when);
}

#[test]
fn lead_contact_and_phone_were_corrected() {
    corrected_row([BENS_WRONG, BENS], "Europe/Berlin", "old copy, whole row");
}

#[test]
fn contact_and_phone_were_corrected() {
    let after = [NUMBER, "lead_01", "cont_02"];
    corrected_row(
        [BENS_WRONG, after],
        "Europe/Berlin",
        "old copy, contact and phone",
    );
}

#[test]
fn lead_contact_phone_and_zone_were_corrected() {
    corrected_row(
        [BENS_WRONG, BENS],
        "Europe/London",
        "old copy, row and zone",
    );
}

/// The rows of two chats are exchanged, and the copy knows the first messages of each.
#[test]
fn two_rows_were_exchanged() {
    let [before, after] = exchanged();
    let world = world(&[(BEN, before[0]), (DORA, before[1])]);
    put(&world, BEN, &TALK[..6]);
    put(&world, DORA, &DORAS_TALK[..3]);
    assert_eq!(world.import().exits(0).number("created"), 9);
    let old = copy(&world);
    put(&world, BEN, &TALK);
    put(&world, DORA, &DORAS_TALK);
    assert_eq!(world.import().exits(0).number("created"), 8);
    put_back(&world, &old);
    world.write("contacts.csv", &table(&[(BEN, after[0]), (DORA, after[1])]));
    let mut truth = expected(&TALK, after[0]);
    truth.extend(expected(&DORAS_TALK, after[1]));
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    assert_recovers(&world, &allowed, &truth, "old copy, exchanged rows");
}
