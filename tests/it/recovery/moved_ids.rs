//! A chat moves to a corrected lead, and the new archive has more of it: the ids that messages
//! bring along stay theirs.

use std::fs;

use super::history::clear;
use super::lost_checkpoint::ALLOWED;
use super::migration::{migration, replace};
use crate::kit::World;
use crate::truth::conversation::MINUTE;
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive};

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
    let path = world.exports().join(archive::name(export, &of));
    fs::write(path, archive::zip(export, &of)).expect("written");
}

fn export(program: Program) -> Export {
    Export::new(program, BEGIN + 2 * MINUTE)
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
    let messages = world.server.state.messages();
    assert_eq!(messages.len(), 4);
    assert!(messages.iter().all(|message| message.lead_id == "lead_77"));
    assert_eq!(world.run(ALLOWED).exits(0).number("created"), 0);
}
