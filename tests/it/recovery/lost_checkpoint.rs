//! The checkpoint is deleted, and since its last run something else changed as well.
//!
//! Twelve messages are in Close. Whatever changed, the next import posts none of them again, and the
//! one after it has nothing to do.

use super::history::{assert_clear, assert_idle, assert_recovers};
use super::migration::{Change, group_migration, group_truth, migration, put_group, replace};
use crate::kit::chat::OWNER_PHONE;
use crate::kit::{World, scenes};

/// Deletions are allowed, since a corrected lead needs them; nothing else may use them.
pub(super) const ALLOWED: &[&str] = &["import", "--yes", "--json", "--allow-deletes", "12"];

fn imported(change: Change) -> World {
    let world = migration();
    change.put(&world, false, 12);
    let first = world.import().exits(0);
    assert_eq!(first.number("created"), 12, "{change:?}: {}", first.stderr);
    world
}

#[track_caller]
fn recovers(change: Change) {
    let world = imported(change);
    world.forget();
    change.put(&world, true, 12);
    assert_recovers(
        &world,
        ALLOWED,
        &change.truth(),
        &format!("lost, {change:?}"),
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
fn text_was_edited() {
    recovers(Change::Edit(7));
}

/// The edited text stood between two equal ones.
#[test]
fn text_next_to_equal_ones_was_edited() {
    recovers(Change::Edit(3));
}

#[test]
fn lead_was_corrected() {
    recovers(Change::Lead);
}

#[test]
fn group_members_number_was_filled_in() {
    let world = group_migration();
    put_group(&world, false, 12);
    assert_eq!(world.import().exits(0).number("created"), 12);
    world.forget();
    put_group(&world, true, 12);
    assert_recovers(&world, ALLOWED, &group_truth(), "lost, a member's number");
}

/// Lost again after the change was carried out: the second loss adds nothing to the first.
#[test]
fn checkpoint_is_lost_twice() {
    for change in [Change::Number, Change::Database, Change::Stamps] {
        let world = imported(change);
        for _ in 0..2 {
            world.forget();
            change.put(&world, true, 12);
            let when = format!("lost twice, {change:?}");
            assert_recovers(&world, ALLOWED, &change.truth(), &when);
        }
    }
}

/// Photos, captions and answers of three chats are found again as well as texts.
#[track_caller]
fn files_and_answers_are_found_again(file: &str, wrong: &str, right: &str) {
    let world = World::new(scenes::rich());
    replace(&world, file, right, wrong);
    world.import().exits(0);
    world.forget();
    replace(&world, file, wrong, right);
    let when = format!("lost, files and answers, {wrong} was wrong");
    let run = world.import().exits(0);
    world.assert_whole(&format!("{when}: {}", run.stderr));
    assert_clear(&run, &when);
    assert_idle(&world.import().exits(0), &when);
}

#[test]
fn files_and_replies_are_adopted_under_a_corrected_number() {
    files_and_answers_are_found_again("contacts.csv", "+3538612399", "+3538612345");
}

#[test]
fn files_and_replies_are_adopted_under_the_owners_corrected_number() {
    files_and_answers_are_found_again("contacts.csv", "+4915112340000", OWNER_PHONE);
}

#[test]
fn files_and_replies_are_adopted_in_a_corrected_zone() {
    files_and_answers_are_found_again("chatferry.toml", "Europe/London", "Europe/Berlin");
}

/// What a database brought has an id of WhatsApp's own; Close's list shows who created it. The lead is
/// corrected at once, or after an import without the lost checkpoint.
#[test]
fn lead_of_a_database_was_corrected() {
    for is_imported in [false, true] {
        let world = migration();
        Change::Text.put(&world, false, 12);
        assert_eq!(world.import().exits(0).number("created"), 12);
        world.forget();
        if is_imported {
            world.import().exits(0);
        }
        replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
        let when = format!("lost, lead of a database, imported before {is_imported}");
        assert_recovers(&world, ALLOWED, &Change::Lead.truth(), &when);
    }
}
