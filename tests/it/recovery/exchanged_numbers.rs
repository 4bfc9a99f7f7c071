//! A row of contacts.csv had the number that another row has now: the record of a number belongs to the
//! conversation whose texts it contains, whenever the two conversations took place.

use super::corrected_rows::{
    BENS, DORA, DORAS, DORAS_TALK, To, exchanged, expected, put, table, world,
};
use super::history::{BEN, NUMBER, Said, TALK, android, assert_recovers, put_android, said};
use super::lost_checkpoint::ALLOWED;
use super::migration::replace;
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::Row;
use crate::kit::world::HEADER;
use crate::kit::{Built, World};

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

fn truth(ben: To, dora: To) -> Vec<Row> {
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

/// The records that the first correction left on the former leads are of messages that went away.
#[test]
fn exchanged_rows_are_corrected_back() {
    let [before, after] = exchanged();
    let world = imported(before);
    correct(&world, after, "everything exchanged");
    correct(&world, before, "corrected back");
    correct(&world, after, "corrected once more");
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

#[test]
fn chats_of_one_number_are_divided_after_the_checkpoint_was_lost() {
    let world = imported([BENS, BENS]);
    world.forget();
    correct(&world, AFTER, "both had Ben's number, lost");
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

/// Dora's archives are not here, and Ben's are newer than those that were imported.
#[test]
fn number_is_corrected_with_a_newer_export_while_the_other_chat_is_absent() {
    let world = world(&[(BEN, DORAS)]);
    put(&world, BEN, &TALK[..8]);
    assert_eq!(world.import().exits(0).number("created"), 8);
    world.write("contacts.csv", &table(&[(BEN, BENS), (DORA, DORAS)]));
    put(&world, BEN, &TALK);
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    assert_recovers(&world, &allowed, &expected(&TALK, BENS), "Dora is absent");
}

/// Both chats have some texts of one minute in common.
#[test]
fn exchanged_rows_of_chats_of_one_day_are_corrected_back() {
    let [before, after] = exchanged();
    let world = world(&[(BEN, before[0]), (DORA, before[1])]);
    put(&world, BEN, &TALK);
    put(&world, DORA, &DORAS_TALK);
    assert_eq!(world.import().exits(0).number("created"), 17);
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    for (number, rows) in [after, before, after].into_iter().enumerate() {
        world.write("contacts.csv", &table(&[(BEN, rows[0]), (DORA, rows[1])]));
        let mut truth = expected(&TALK, rows[0]);
        truth.extend(expected(&DORAS_TALK, rows[1]));
        assert_recovers(&world, &allowed, &truth, &format!("correction {number}"));
    }
}

/// A removed message stays removed after its row was corrected.
#[test]
fn removed_message_stays_removed_after_rows_were_exchanged() {
    let [before, after] = exchanged();
    let world = imported(before);
    let removed = (world.server.state.messages().into_iter())
        .find(|message| message.markdown == TALK[6].text)
        .expect("in Close");
    let path = format!("/activity/whatsapp_message/{}/", removed.id);
    let status = (world.server).call("DELETE", &path, &serde_json::json!({}));
    assert_eq!(status, 200);
    world
        .run(&["import", "--yes", "--json", "--gone", "respect"])
        .exits(0);
    world.write("contacts.csv", &table(&[(BEN, after[0]), (DORA, after[1])]));
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    let mut rows = truth(after[0], after[1]);
    let place = rows.iter().position(|row| row.text == removed.markdown);
    rows.remove(place.expect("true"));
    assert_recovers(&world, &allowed, &rows, "one removed");
}

const KARL: &str = "Karl Example";
const KARLS_PHONE: &str = "+4915112345600";

/// What Ben writes to Karl.
const KARLS_TALK: [Said; 6] = [
    said(172_805, BEN, "Good morning Karl"),
    said(172_925, KARL, "Is the gate still open?"),
    said(173_045, BEN, "I close it now"),
    said(173_165, KARL, "And the barn?"),
    said(173_285, BEN, "The barn has no door"),
    said(173_405, KARL, "See you on Friday"),
];

/// Two phones, each with a chat with Ben.
fn two_phones(later: i64) -> World {
    let mut built = Built::new(Vec::new());
    let ben = (BEN, [NUMBER, "lead_01", "cont_01"]);
    built.contacts = Some(table(&[ben]));
    let world = built.world();
    world.write(
        "contacts.csv",
        &format!("{HEADER}{BEN},{BEN},contact,{NUMBER},lead_01,cont_01,,\n"),
    );
    let mut text = "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n".to_owned();
    for (name, owner, phone) in [("anna", OWNER, KARLS_PHONE), ("karl", KARL, OWNER_PHONE)] {
        std::fs::create_dir(world.path().join(name)).expect("made");
        text += &format!(
            "[[device]]\nname = \"{name}\"\narchives = [\"{name}\"]\nowner = [\"{owner}\"]\n\
             local_phone = \"{phone}\"\nuser_id = \"{OWNER_USER}\"\n"
        );
    }
    let import = "[import]\ncontacts = \"contacts.csv\"\n";
    let limits = "[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n";
    world.write("chatferry.toml", &format!("{text}{import}{limits}"));
    put_android(&world.path().join("anna"), BEN, &android(&TALK, &[]));
    let talk = KARLS_TALK.map(|one| said(one.at + later, one.by, one.text));
    put_android(&world.path().join("karl"), BEN, &android(&talk, &[]));
    world
}

#[track_caller]
fn exchanged_own_numbers(later: i64) {
    let world = two_phones(later);
    let first = world.import().exits(0);
    assert_eq!(first.number("created"), 18, "{}", first.stderr);
    replace(&world, "chatferry.toml", OWNER_PHONE, "+1");
    replace(&world, "chatferry.toml", KARLS_PHONE, OWNER_PHONE);
    replace(
        &world,
        "chatferry.toml",
        "\"+1\"",
        &format!("\"{KARLS_PHONE}\""),
    );
    let mut rows = super::history::rows(&TALK);
    for one in KARLS_TALK {
        let mut row = super::history::row(&said(one.at + later, one.by, one.text));
        KARLS_PHONE.clone_into(&mut row.local);
        if one.by == KARL {
            "outgoing".clone_into(&mut row.direction);
        }
        rows.push(row);
    }
    assert_recovers(&world, ALLOWED, &rows, "own numbers");
}

#[test]
fn exchanged_numbers_of_two_owners_are_corrected() {
    exchanged_own_numbers(0);
}

/// Both chats are of the same hour.
#[test]
fn exchanged_numbers_of_two_owners_with_chats_of_one_hour_are_corrected() {
    exchanged_own_numbers(-172_800);
}

/// The texts of a record are those of a chat at other times.
#[test]
fn exchanged_numbers_and_a_corrected_zone_create_nothing() {
    let before = [with_number(BENS, DORAS_NUMBER), with_number(DORAS, NUMBER)];
    let world = imported(before);
    world.write("contacts.csv", &table(&[(BEN, AFTER[0]), (DORA, AFTER[1])]));
    replace(&world, "chatferry.toml", "Europe/Berlin", "Asia/Kathmandu");
    for updated in [18, 0] {
        let run = world.import().exits(0);
        let numbers = ["created", "updated", "held"].map(|name| run.number(name));
        assert_eq!(numbers, [0, updated, 0], "{}", run.stderr);
        assert_eq!(world.server.state.message_count(), 18);
    }
}
