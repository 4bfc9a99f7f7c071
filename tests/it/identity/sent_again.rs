//! A text that its sender deleted after the import, and sent again within the minute: two messages.

use std::fs;

use super::outcome::{import, only, world};
use crate::kit::World;
use crate::truth::conversation::{Event, MINUTE};
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive};

/// 2024-03-13T09:15:20Z.
const BEGIN: i64 = 1_710_321_320_000;

#[track_caller]
fn assert_holds(world: &World, of: &Conversation, taken: i64, count: usize) {
    only(world, |folder| {
        let export = Export::new(Program::Android, taken);
        let path = folder.join(archive::name(&export, of));
        fs::write(path, archive::zip(&export, of)).expect("written");
    });
    let run = import(world).exits(0);
    assert_eq!(run.number("undecided"), 0, "{}", run.stderr);
    assert_eq!(world.server.state.message_count(), count, "{}", run.stderr);
}

#[test]
fn text_sent_again_after_known_deletion_is_new() {
    let of = Conversation::private()
        .text(BEGIN - 5 * MINUTE, 0, "Is Friday all right?")
        .text(BEGIN, 1, "yes")
        .text(BEGIN + 10_000, 1, "yes")
        .text(BEGIN + 15_000, 1, "yes")
        .then(1, Event::DeletedForEveryone { at: BEGIN + 5_000 });
    let world = world("");
    assert_holds(&world, &of, BEGIN + 1_000, 2);
    assert_holds(&world, &of, BEGIN + 6_000, 2);
    assert_holds(&world, &of, BEGIN + 20_000, 4);
    let writes = world.server.writes();
    assert_holds(&world, &of, BEGIN + 20_000, 4);
    assert_eq!(world.server.writes(), writes);
}
