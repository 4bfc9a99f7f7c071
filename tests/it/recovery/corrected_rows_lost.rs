//! Several columns of a row are corrected at once, and the checkpoint is lost: Close alone shows where
//! the messages are.

use super::corrected_rows::{
    BENS, BENS_WRONG, DORA, DORAS, To, exchanged, expected, numbers_exchanged, put, recovers,
    table, two, world,
};
use super::history::{BEN, NUMBER, TALK, assert_clear, assert_holds, assert_recovers, clear, said};
use super::lost_checkpoint::ALLOWED;
use super::migration::replace;
use crate::kit::World;
use crate::kit::chat::OWNER;
use crate::kit::world::IMPORT;

/// The checkpoint is lost as well: Close alone shows where the messages are.
#[test]
fn lead_contact_and_phone_with_a_lost_checkpoint() {
    recovers(
        BENS_WRONG,
        BENS,
        World::forget,
        &expected(&TALK, BENS),
        "lost checkpoint",
    );
}

#[test]
fn contact_and_phone_with_a_lost_checkpoint() {
    let after = [NUMBER, "lead_01", "cont_02"];
    recovers(
        BENS_WRONG,
        after,
        World::forget,
        &expected(&TALK, after),
        "lost checkpoint",
    );
}

#[test]
fn two_rows_that_exchange_everything_with_a_lost_checkpoint() {
    let [before, after] = exchanged();
    two(before, after, World::forget, "everything exchanged, lost");
}

#[test]
fn two_rows_that_exchange_their_numbers_with_a_lost_checkpoint() {
    let [before, after] = numbers_exchanged();
    two(before, after, World::forget, "numbers exchanged, lost");
}

/// The export is a newer one than that which was imported.
#[test]
fn lead_contact_and_phone_with_a_newer_export_and_a_lost_checkpoint() {
    let more = said(1300, BEN, "The ladder is here");
    let newer = [&TALK[..], &[more]].concat();
    let change = |world: &World| {
        world.forget();
        put(world, BEN, &newer);
    };
    recovers(
        BENS_WRONG,
        BENS,
        change,
        &expected(&newer, BENS),
        "newer export, lost",
    );
}

/// Another chat is right where it is and stays there.
#[test]
fn one_of_two_rows_is_corrected_after_the_checkpoint_was_lost() {
    two(
        [BENS_WRONG, DORAS],
        [BENS, DORAS],
        World::forget,
        "one of two, lost",
    );
}

/// A new customer got a greeting that somebody else got in the same minute, whose row was removed.
#[test]
fn one_equal_greeting_links_no_chats_after_the_checkpoint_was_lost() {
    let greeting = [said(5, OWNER, "A happy new year to all of you")];
    let reply = said(125, DORA, "The same to you Anna");
    let world = world(&[(BEN, BENS_WRONG)]);
    put(&world, BEN, &greeting);
    assert_eq!(world.import().exits(0).number("created"), 1);
    world.forget();
    clear(&world.exports());
    let talk = [greeting[0], reply];
    put(&world, DORA, &talk);
    world.write("contacts.csv", &table(&[(DORA, DORAS)]));
    let mut truth = expected(&greeting, BENS_WRONG);
    truth.extend(expected(&talk, DORAS));
    let run = world.run(IMPORT).exits(0);
    assert_clear(&run, "a greeting, lost");
    assert_holds(&world, &truth, "a greeting, lost");
}

/// The zone was an hour west, so that every time in Close is an hour late.
#[track_caller]
fn with_zone(before: To, when: &str) {
    let world = world(&[(BEN, before)]);
    replace(&world, "chatferry.toml", "Europe/Berlin", "Europe/London");
    put(&world, BEN, &TALK);
    assert_eq!(world.import().exits(0).number("created"), 12, "{when}");
    replace(&world, "chatferry.toml", "Europe/London", "Europe/Berlin");
    world.write("contacts.csv", &table(&[(BEN, BENS)]));
    world.forget();
    assert_recovers(&world, ALLOWED, &expected(&TALK, BENS), when);
}

#[test]
fn lead_contact_and_zone_with_a_lost_checkpoint() {
    with_zone([NUMBER, "lead_01", "cont_01"], "lead and zone, lost");
}

#[test]
fn lead_contact_phone_and_zone_with_a_lost_checkpoint() {
    with_zone(BENS_WRONG, "whole row and zone, lost");
}
