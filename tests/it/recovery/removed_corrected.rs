//! A person removed messages in Close, and then a row of contacts.csv, the zone or both are corrected: the
//! record of a removal follows its chat, whichever run finds the removal.

use super::corrected_rows::{
    BENS, BENS_WRONG, DORA, DORAS, DORAS_TALK, To, exchanged, expected, put, table, world,
};
use super::history::{BEN, NUMBER, TALK, assert_recovers};
use super::lost_checkpoint::ALLOWED;
use super::migration::replace;
use crate::kit::World;
use crate::kit::model::Row;

/// Which run finds that the messages were removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// One before the correction, with `--gone respect`.
    Before,
    /// The one that carries out the correction.
    WithTheCorrection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Stays,
    /// It was an hour west.
    Corrected,
}

const REMOVED: [&str; 2] = [TALK[6].text, DORAS_TALK[2].text];

fn remove(world: &World) {
    let messages = world.server.state.messages();
    for text in REMOVED {
        let message = messages.iter().find(|m| m.markdown == text);
        let id = &message.expect("in Close").id;
        let path = format!("/activity/whatsapp_message/{id}/");
        let status = (world.server).call("DELETE", &path, &serde_json::json!({}));
        assert_eq!(status, 200);
    }
}

/// What Close must hold while the two messages are removed.
fn left(rows: [To; 2]) -> Vec<Row> {
    let mut left = expected(&TALK, rows[0]);
    left.extend(expected(&DORAS_TALK, rows[1]));
    left.retain(|row| !REMOVED.contains(&row.text.as_str()));
    left
}

/// The rows of Ben and Dora are corrected, and corrected back.
#[track_caller]
fn stay_removed(before: [To; 2], after: [To; 2]) {
    for zone in [Zone::Stays, Zone::Corrected] {
        for found in [Found::Before, Found::WithTheCorrection] {
            if before != after || zone == Zone::Corrected {
                stay_removed_by(before, after, zone, found);
            }
        }
    }
}

#[track_caller]
fn stay_removed_by(before: [To; 2], after: [To; 2], zone: Zone, found: Found) {
    let when = format!("zone {zone:?}, found {found:?}");
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    let rows = |[ben, dora]: [To; 2]| table(&[(BEN, ben), (DORA, dora)]);
    let world = world(&[(BEN, before[0]), (DORA, before[1])]);
    if zone == Zone::Corrected {
        replace(&world, "chatferry.toml", "Europe/Berlin", "Europe/London");
    }
    put(&world, BEN, &TALK);
    put(&world, DORA, &DORAS_TALK);
    assert_eq!(world.import().exits(0).number("created"), 17, "{when}");
    remove(&world);
    if found == Found::Before {
        let respect = ["import", "--yes", "--json", "--gone", "respect"];
        assert_eq!(world.run(&respect).exits(0).number("created"), 0, "{when}");
    }
    if zone == Zone::Corrected {
        replace(&world, "chatferry.toml", "Europe/London", "Europe/Berlin");
    }
    world.write("contacts.csv", &rows(after));
    assert_recovers(&world, &allowed, &left(after), &when);
    world.write("contacts.csv", &rows(before));
    let back = format!("{when}, corrected back");
    assert_recovers(&world, &allowed, &left(before), &back);
}

#[test]
fn messages_of_rows_that_exchange_numbers_stay_removed() {
    let [ben, dora] = [BENS, DORAS];
    let before = [[dora[0], ben[1], ben[2]], [ben[0], dora[1], dora[2]]];
    stay_removed(before, [BENS, DORAS]);
}

#[test]
fn messages_of_exchanged_rows_stay_removed() {
    let [before, after] = exchanged();
    stay_removed(before, after);
}

#[test]
fn messages_of_a_corrected_lead_stay_removed() {
    stay_removed([[NUMBER, "lead_01", "cont_01"], DORAS], [BENS, DORAS]);
}

#[test]
fn messages_of_a_corrected_number_stay_removed() {
    stay_removed([[BENS_WRONG[0], BENS[1], BENS[2]], DORAS], [BENS, DORAS]);
}

#[test]
fn messages_of_a_corrected_row_stay_removed() {
    stay_removed([BENS_WRONG, DORAS], [BENS, DORAS]);
}

#[test]
fn messages_of_a_corrected_zone_stay_removed() {
    stay_removed([BENS, DORAS], [BENS, DORAS]);
}

/// How a removed message is posted again.
#[derive(Debug, Clone, Copy)]
enum Restored {
    ByFlag,
    ByDecision,
}

/// The lead is corrected, and back in the run that restores the removed messages: the record of their removal is
/// on the lead in between. Whatever lead the row names afterwards, all messages are there.
#[test]
fn messages_restored_with_a_corrected_lead_follow_the_next_correction() {
    const ONE: To = [NUMBER, "lead_01", "cont_01"];
    const OTHER: To = [NUMBER, "lead_78", "cont_78"];
    for how in [Restored::ByFlag, Restored::ByDecision] {
        for next in [&[BENS, ONE, BENS][..], &[OTHER, BENS, ONE]] {
            let when = format!("{how:?}, {next:?}");
            let world = world(&[(BEN, ONE)]);
            put(&world, BEN, &TALK);
            assert_eq!(world.import().exits(0).number("created"), 12, "{when}");
            let removed = world.server.state.messages();
            let removed = removed.iter().find(|m| m.markdown == REMOVED[0]);
            let removed = removed.expect("in Close");
            let path = format!("/activity/whatsapp_message/{}/", removed.id);
            let status = (world.server).call("DELETE", &path, &serde_json::json!({}));
            assert_eq!(status, 200, "{when}");
            world.write("contacts.csv", &table(&[(BEN, BENS)]));
            let run = world.run(ALLOWED).exits(0);
            assert_eq!(run.number("replaced"), 11, "{when}");
            world.write("contacts.csv", &table(&[(BEN, ONE)]));
            let run = match how {
                Restored::ByFlag => world.run(&[ALLOWED, &["--gone", "restore"]].concat()),
                Restored::ByDecision => {
                    let row = format!("message,decision,of\n{},new,\n", removed.external_id);
                    world.write("decisions.csv", &row);
                    world.run(ALLOWED)
                }
            };
            let numbers = ["created", "replaced"].map(|name| run.number(name));
            assert_eq!(numbers, [1, 11], "{when}: {}", run.stderr);
            for to in next {
                world.write("contacts.csv", &table(&[(BEN, *to)]));
                assert_recovers(&world, ALLOWED, &expected(&TALK, *to), &when);
            }
        }
    }
}
