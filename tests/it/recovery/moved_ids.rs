//! A chat moves to a corrected lead, and the new archive has more of it: the ids and instants that
//! messages bring along stay theirs.

use std::fs;

use super::history::clear;
use super::lost_checkpoint::ALLOWED;
use super::migration::{migration, replace};
use super::moves::{Interruption, interrupt};
use crate::kit::World;
use crate::truth::conversation::MINUTE;
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive, msgstore};

/// 2024-03-13T09:15:20Z.
const BEGIN: i64 = 1_710_321_320_000;

fn pictures() -> Conversation {
    Conversation::private()
        .picture(BEGIN, 1, 11)
        .picture(BEGIN + 2_000, 1, 12)
        .picture(BEGIN + 4_000, 1, 13)
        .text(BEGIN + MINUTE, 0, "Thanks for the pictures")
}

/// Takes the place of all archives.
fn put(world: &World, export: &Export) {
    let of = pictures();
    clear(&world.exports());
    if export.program == Program::Msgstore {
        msgstore::put(export, &of, &world.exports());
        return;
    }
    let path = world.exports().join(archive::name(export, &of));
    fs::write(path, archive::zip(export, &of)).expect("written");
}

fn export(program: Program) -> Export {
    Export::new(program, BEGIN + 2 * MINUTE)
}

/// The times in Close, all of them on the new lead.
#[track_caller]
fn times_on_new_lead(world: &World) -> Vec<i64> {
    let messages = world.server.state.messages();
    assert!(messages.iter().all(|message| message.lead_id == "lead_77"));
    let mut times: Vec<i64> = (messages.iter())
        .map(|message| message.activity_at.timestamp_millis())
        .collect();
    times.sort_unstable();
    times
}

/// The first picture, which the cut export lacks, has the derived id that the second one brings
/// along.
#[test]
fn new_message_gets_no_id_of_a_moved_one() {
    let world = migration();
    let cut = Export {
        newest: Some(3),
        ..export(Program::Android)
    };
    put(&world, &cut);
    world.run(ALLOWED).exits(0);
    put(&world, &export(Program::Android));
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    let run = world.run(ALLOWED).exits(0);
    assert_eq!((run.number("created"), run.number("replaced")), (1, 3));
    assert_eq!(times_on_new_lead(&world).len(), 4);
    assert_eq!(world.run(ALLOWED).exits(0).number("created"), 0);
}

/// A database gave the instants, a text export takes its place, and the lead is corrected.
fn about_to_move() -> World {
    let world = migration();
    put(&world, &export(Program::Msgstore));
    world.run(ALLOWED).exits(0);
    put(&world, &export(Program::Android));
    world.run(ALLOWED).exits(0);
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    world
}

#[track_caller]
fn assert_exact(world: &World) {
    let exact = [0, 2_000, 4_000, MINUTE].map(|after| BEGIN + after);
    assert_eq!(times_on_new_lead(world), exact);
    let writes = world.server.writes();
    world.run(ALLOWED).exits(0);
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn moved_message_keeps_the_instant_of_a_database() {
    let world = about_to_move();
    assert_eq!(world.run(ALLOWED).exits(0).number("replaced"), 4);
    assert_exact(&world);
}

#[test]
fn message_of_a_begun_move_keeps_the_instant_of_a_database() {
    let world = about_to_move();
    interrupt(&world, "POST", 1, Interruption::KilledBefore);
    world.run(ALLOWED).exits(0);
    assert_exact(&world);
}

/// Of two equal texts the owner deletes one on the phone, so that the export lacks it: it stays on the
/// earlier lead, and only the other one moves, whether the move is interrupted or not.
#[test]
fn interrupted_move_of_one_of_two_equal_texts_is_not_repeated_with_the_other() {
    let two = Conversation::private()
        .text(BEGIN, 0, "ok")
        .text(BEGIN + 1_820, 0, "ok")
        .text(BEGIN + 30 * MINUTE, 1, "Thanks for the pictures");
    let mut one = two.clone();
    one.messages.remove(0);
    let world = migration();
    for (program, of) in [(Program::Iphone, &two), (Program::Android, &one)] {
        let taken = Export::new(program, BEGIN + 31 * MINUTE);
        clear(&world.exports());
        let path = world.exports().join(archive::name(&taken, of));
        fs::write(path, archive::zip(&taken, of)).expect("written");
        world.run(ALLOWED).exits(0);
    }
    replace(&world, "contacts.csv", "lead_01,cont_01", "lead_77,cont_77");
    interrupt(&world, "DELETE", 1, Interruption::AnswerLost);
    for _ in 0..2 {
        world.run(ALLOWED).exits(0);
        let messages = world.server.state.messages();
        let on = |lead: &str| messages.iter().filter(|m| m.lead_id == lead).count();
        assert_eq!((on("lead_01"), on("lead_77")), (1, 2));
    }
}
