//! A row of contacts.csv had the number that another row has now: what is recorded under a number is
//! the conversation that its texts show, whenever the two conversations took place.

use super::corrected_rows::{BENS, DORA, DORAS, To, exchanged, expected, put, table, world};
use super::history::{BEN, NUMBER, Said, TALK, assert_recovers, said};
use super::lost_checkpoint::ALLOWED;
use crate::kit::World;
use crate::kit::chat::OWNER;

const THIRD_NUMBER: &str = "+353861239999";
const DORAS_NUMBER: &str = DORAS[0];

/// What Dora writes two days after Ben, so that all of it is later than all of his.
const LATER_TALK: [Said; 6] = [
    said(172_805, DORA, "Good morning Anna"),
    said(172_925, OWNER, "Is the gate still open?"),
    said(173_045, DORA, "I close it now"),
    said(173_165, OWNER, "And the barn?"),
    said(173_285, DORA, "The barn has no door"),
    said(173_405, OWNER, "See you on Friday"),
];

fn truth(ben: To, dora: To) -> Vec<crate::kit::model::Row> {
    let mut rows = expected(&TALK, ben);
    rows.extend(expected(&LATER_TALK, dora));
    rows
}

fn imported(before: [To; 2]) -> World {
    let world = world(&[(BEN, before[0]), (DORA, before[1])]);
    put(&world, BEN, &TALK);
    put(&world, DORA, &LATER_TALK);
    assert_eq!(world.import().exits(0).number("created"), 18);
    world
}

#[track_caller]
fn correct(world: &World, after: [To; 2], when: &str) {
    world.write("contacts.csv", &table(&[(BEN, after[0]), (DORA, after[1])]));
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    assert_recovers(world, &allowed, &truth(after[0], after[1]), when);
}

const AFTER: [To; 2] = [BENS, DORAS];

fn with_number(to: To, number: &'static str) -> To {
    [number, to[1], to[2]]
}

#[test]
fn exchanged_rows_of_chats_of_different_days_are_moved() {
    let [before, after] = exchanged();
    correct(&imported(before), after, "everything exchanged");
}

#[test]
fn exchanged_numbers_of_chats_of_different_days_are_corrected() {
    let before = [with_number(BENS, DORAS_NUMBER), with_number(DORAS, NUMBER)];
    correct(&imported(before), AFTER, "numbers exchanged");
}

#[test]
fn number_that_was_another_rows_and_a_third_number_are_corrected() {
    let dora = with_number(DORAS, THIRD_NUMBER);
    let before = [with_number(BENS, DORAS_NUMBER), dora];
    correct(&imported(before), AFTER, "chain of numbers");
}

#[test]
fn row_that_was_another_rows_and_a_third_row_are_corrected() {
    let before = [DORAS, [THIRD_NUMBER, "lead_01", "cont_01"]];
    correct(&imported(before), AFTER, "chain of rows");
}

#[test]
fn chats_of_one_number_are_divided_after_one_row_was_corrected() {
    correct(&imported([BENS, BENS]), AFTER, "both had Ben's number");
}

/// The chat whose number the wrong row had comes with the correction.
#[track_caller]
fn with_a_new_chat(before: To, when: &str) {
    let world = world(&[(BEN, before)]);
    put(&world, BEN, &TALK);
    assert_eq!(world.import().exits(0).number("created"), 12, "{when}");
    put(&world, DORA, &LATER_TALK);
    correct(&world, AFTER, when);
}

#[test]
fn number_of_a_new_chat_is_corrected() {
    with_a_new_chat(with_number(BENS, DORAS_NUMBER), "number");
}

#[test]
fn row_of_a_new_chat_is_corrected() {
    with_a_new_chat(DORAS, "whole row");
}

/// Both had Ben's number; Dora's row gets its own two runs later.
#[test]
fn chats_of_one_number_are_divided_after_a_run_without_the_other() {
    let world = imported([BENS, BENS]);
    std::fs::remove_file(
        world
            .exports()
            .join(format!("WhatsApp Chat with {DORA}.zip")),
    )
    .expect("removed");
    world.write("contacts.csv", &table(&[(BEN, BENS)]));
    world.import().exits(0);
    put(&world, DORA, &LATER_TALK);
    correct(&world, AFTER, "a run later");
}
