//! Rows of two groups that had each other's `chat_key`: the record of a key belongs to the group whose
//! texts it contains.

use super::{ANNAS, OTHER, TEAM, anchor, group_rows, owners, put, world};
use crate::kit::chat::OWNER;
use crate::kit::model::Row;
use crate::recovery::history::{Said, android, assert_recovers, said};
use crate::recovery::lost_checkpoint::ALLOWED;

/// The group's texts; without the colleague's phone he is a member like the others.
fn members(talk: &[Said], later: i64) -> Vec<Said> {
    (talk.iter())
        .map(|one| match one.by {
            OWNER => said(one.at + later, OWNER, one.text),
            super::COLLEAGUE => said(one.at + later, "Ida Lund", one.text),
            by => said(one.at + later, by, one.text),
        })
        .collect()
}

/// The rows of both groups, `leads` and `keys` in the order Roof, Cellar.
fn table(leads: [u32; 2], keys: [&str; 2]) -> String {
    let roof = anchor("", "Roof", leads[0], keys[0]);
    let cellar = anchor("", "Cellar", leads[1], keys[1]);
    format!("{}{roof}{cellar}", owners())
}

#[track_caller]
fn exchanged(before: [u32; 2], later: i64) {
    let world = world("anchor", ANNAS, &table(before, ["two", "one"]));
    let (roof, cellar) = (members(&TEAM, 0), members(&OTHER, later));
    put(&world, "anna", "Roof", &android(&roof, &[]));
    put(&world, "anna", "Cellar", &android(&cellar, &[]));
    assert_eq!(world.import().exits(0).number("created"), 20);
    world.write("contacts.csv", &table([1, 2], ["one", "two"]));
    let mut truth: Vec<Row> = group_rows(&roof, 1);
    truth.extend(group_rows(&cellar, 2));
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    let when = format!("leads {before:?}, {later} seconds later");
    assert_recovers(&world, &allowed, &truth, &when);
}

#[test]
fn exchanged_chat_keys_are_corrected() {
    exchanged([1, 2], 0);
}

#[test]
fn exchanged_chat_keys_of_groups_of_different_days_are_corrected() {
    exchanged([1, 2], 172_800);
}

#[test]
fn exchanged_chat_keys_and_anchors_are_corrected() {
    exchanged([2, 1], 0);
}

#[test]
fn exchanged_chat_keys_and_anchors_of_groups_of_different_days_are_corrected() {
    exchanged([2, 1], 172_800);
}
