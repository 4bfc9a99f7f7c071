//! A chat moves to a corrected lead, and the move is interrupted at every POST and every DELETE.
//!
//! Its external ids may have changed before: the number was corrected, or a database came first and
//! a text export later. Once the fault has ended and the import has run again, each message is on
//! exactly one lead, the new one.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::{Fault, Seen};

use super::history::{assert_clear, assert_holds, assert_idle};
use super::lost_checkpoint::ALLOWED;
use super::migration::{Change, migration, replace};
use crate::kit::model::Row;
use crate::kit::pool::at_once;
use crate::kit::setting::is_thorough;
use crate::kit::{When, World};
use crate::truth::conversation::{Event, MINUTE};
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive};

/// So many messages move.
const COUNT: usize = 3;

/// What happens to the request at which the move is interrupted, and to those after it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Interruption {
    /// Close refuses with this status.
    Refused(u16),
    /// Close does not carry the request out and does not answer.
    NoAnswer,
    /// Close carries the request out and does not answer.
    AnswerLost,
    /// The program is killed before Close carries the request out.
    KilledBefore,
    /// The program is killed after Close carried the request out.
    KilledAfter,
}

const INTERRUPTIONS: [Interruption; 6] = [
    Interruption::Refused(503),
    Interruption::Refused(400),
    Interruption::NoAnswer,
    Interruption::AnswerLost,
    Interruption::KilledBefore,
    Interruption::KilledAfter,
];

/// The chat is in Close on its old lead, and its table names the new one.
pub(super) fn about_to_move(before: Change) -> World {
    let world = migration();
    before.put(&world, false, COUNT);
    world.import().exits(0);
    before.put(&world, true, COUNT);
    let changed = world.import().exits(0);
    assert_eq!(changed.number("created"), 0, "{before:?}");
    assert_holds(&world, &before.truth()[..COUNT], "before the move");
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    world
}

pub(super) fn moved(before: Change) -> Vec<Row> {
    let mut rows = before.truth();
    rows.truncate(COUNT);
    for row in &mut rows {
        "lead_77".clone_into(&mut row.lead);
        "cont_77".clone_into(&mut row.contact);
    }
    rows
}

fn is_chosen(seen: &Seen, method: &str) -> bool {
    seen.method == method && seen.path.contains("/activity/whatsapp_message/")
}

/// Runs the move, which meets the interruption from the request with this number on.
pub(super) fn interrupt(
    world: &World,
    method: &'static str,
    from: usize,
    interruption: Interruption,
) {
    let received = AtomicUsize::new(0);
    world.run_under(ALLOWED, move |seen, when, running| {
        if !is_chosen(seen, method) {
            return Fault::None;
        }
        let is_before = when == When::Received;
        let number = received.fetch_add(usize::from(is_before), Ordering::SeqCst);
        let number = number + usize::from(is_before);
        if number < from {
            return Fault::None;
        }
        match (interruption, is_before) {
            (Interruption::Refused(status), true) => Fault::Status(status, "{}".to_owned()),
            (Interruption::NoAnswer, true) | (Interruption::AnswerLost, false) => Fault::Drop,
            (Interruption::KilledBefore, true) | (Interruption::KilledAfter, false) => {
                running.kill();
                Fault::Drop
            }
            // On its way when the program died: nothing of it happens after the test has looked.
            (Interruption::KilledAfter, true) if number > from => Fault::Drop,
            _ => Fault::None,
        }
    });
}

/// One interruption at one request, and what is wrong once the import has run again.
fn after(before: Change, method: &'static str, from: usize, interruption: Interruption) -> Wrong {
    let world = about_to_move(before);
    interrupt(&world, method, from, interruption);
    let when = format!("{before:?}, {method} {from}, {interruption:?}");
    world.run(ALLOWED);
    let run = world.run(ALLOWED).exits(0);
    let (old, new) = leads(&world);
    if (old, new) != (0, COUNT) {
        return Some(format!("{when}: {old} on the old lead, {new} on the new"));
    }
    assert_holds(&world, &moved(before), &when);
    assert_clear(&run, &when);
    assert_idle(&world.import().exits(0), &when);
    None
}

/// Each interruption with the number of the request that it meets, one of `count` in turn; in a thorough run all of them.
pub(super) fn interruptions(count: usize) -> impl Iterator<Item = (Interruption, usize)> {
    let is_thorough = is_thorough();
    let all = INTERRUPTIONS.into_iter().zip(0..);
    all.flat_map(move |(interruption, number)| {
        (1..=count)
            .filter(move |from| is_thorough || *from == 1 + number % count)
            .map(move |from| (interruption, from))
    })
}

type Wrong = Option<String>;

/// Every interruption at a request of this method, in a thorough run at every one. Several cases run at the same time,
/// since the program waits between two attempts; all that go wrong are listed at the end. Six cases of about six runs each
/// take several seconds.
#[track_caller]
fn recovers(before: Change, method: &'static str) {
    let results = at_once(interruptions(COUNT), |(interruption, from)| {
        after(before, method, from, interruption)
    });
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

/// How many messages are on the old lead, and how many on the new one.
pub(super) fn leads(world: &World) -> (usize, usize) {
    let messages = world.server.state.messages();
    let on = |lead: &str| messages.iter().filter(|m| m.lead_id == lead).count();
    (on("lead_01"), on("lead_77"))
}

#[test]
fn interrupted_at_a_post() {
    recovers(Change::Nothing, "POST");
}

#[test]
fn interrupted_at_a_delete() {
    recovers(Change::Nothing, "DELETE");
}

#[test]
fn interrupted_at_a_post_after_the_number_was_corrected() {
    recovers(Change::Number, "POST");
}

#[test]
fn interrupted_at_a_delete_after_the_number_was_corrected() {
    recovers(Change::Number, "DELETE");
}

#[test]
fn interrupted_at_a_post_after_a_database_came_first() {
    recovers(Change::Text, "POST");
}

#[test]
fn interrupted_at_a_delete_after_a_database_came_first() {
    recovers(Change::Text, "DELETE");
}

#[test]
fn interrupted_at_a_post_after_a_text_export_came_first() {
    recovers(Change::Database, "POST");
}

#[test]
fn interrupted_at_a_delete_after_a_text_export_came_first() {
    recovers(Change::Database, "DELETE");
}

/// The owner deleted the second of two pictures on the phone, so that its placeholder stays on the lead
/// that was corrected: it is not the first picture, which the new lead has.
#[test]
fn placeholder_that_stays_on_the_former_lead_is_not_the_picture_that_moved() {
    // 2024-03-13T09:15:20Z.
    let begin = 1_710_321_320_000;
    let mut of = Conversation::private()
        .text(begin, 0, "Here are the pictures")
        .picture(begin + MINUTE, 0, 11)
        .picture(begin + MINUTE + 2_000, 0, 12);
    of.messages[2].history.push(Event::DeletedLocally {
        at: begin + 2 * MINUTE,
        on: 0,
    });
    let world = migration();
    let put = |program: Program, at: i64, media: bool| {
        fs::remove_dir_all(world.exports()).expect("removed");
        fs::create_dir(world.exports()).expect("made");
        let export = Export {
            media,
            ..Export::new(program, at)
        };
        let path = world.exports().join(archive::name(&export, &of));
        fs::write(path, archive::zip(&export, &of)).expect("written");
    };
    put(Program::Android, begin + MINUTE + 3_000, false);
    assert_eq!(world.run(ALLOWED).exits(0).number("created"), 3);
    put(Program::Iphone, begin + 3 * MINUTE, true);
    assert_eq!(world.run(ALLOWED).exits(0).number("updated"), 1);
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    assert_eq!(world.run(ALLOWED).exits(0).number("replaced"), 2);
    assert_idle(&world.run(ALLOWED), "after the move");
}
