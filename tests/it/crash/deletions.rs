//! Stories of `undo` and `forget`, which delete and rewrite in Close.

use super::every_place::{ALLOWED, OF_A_RUN, Story, dies_everywhere};
use crate::forget::{self, quotations};
use crate::kit::{World, model, scenes};
use crate::undo;

const UNDO: &[&str] = &["undo", "--yes", "--json"];

/// A chat with a reply and files, and a message of another program on its lead.
fn imported() -> World {
    let world = undo::imported(vec![scenes::dora()]);
    undo::post_beside(&world, "Welcome", "from the help desk", false);
    world
}

#[track_caller]
fn assert_finished(world: &World, moment: &str) {
    let open = world.recorded("SELECT count(*) FROM operation WHERE open = 1");
    assert_eq!(open, 0, "{moment}: an operation is open");
}

/// Only the other program's message is left.
fn only_foreign(world: &World, moment: &str) {
    let messages = world.server.state.messages();
    let texts: Vec<&str> = messages.iter().map(|one| one.markdown.as_str()).collect();
    assert_eq!(texts, ["from the help desk"], "{moment}");
    assert_finished(world, moment);
}

/// Ours as after a first import, next to the other program's message.
fn whole_and_foreign(world: &World, moment: &str) {
    let foreign = undo::stored(world, "from the help desk");
    let found = model::found(&world.server.state);
    let of_ours = |text: &str| text != "from the help desk";
    let expected = world.expected();
    assert_eq!(found.len(), expected.len() + 1, "{moment}");
    assert_eq!(foreign.direction, "outgoing", "{moment}");
    let ours: Vec<_> = (found.into_iter())
        .filter(|row| of_ours(&row.text))
        .collect();
    model::assert_same(&ours, &expected, moment);
    assert_eq!(world.server.state.duplicates(), 0, "{moment}: duplicates");
    assert_finished(world, moment);
}

#[test]
fn undo_survives_every_fault_point() {
    dies_everywhere(&Story {
        begin: imported,
        command: UNDO,
        next: UNDO,
        zero: &["failed", "kept"],
        whole: only_foreign,
        kinds: OF_A_RUN,
        least: 25,
    });
}

#[test]
fn import_after_undo_survives_every_fault_point() {
    dies_everywhere(&Story {
        begin: imported,
        command: UNDO,
        next: ALLOWED,
        zero: &["failed", "undecided", "held"],
        whole: whole_and_foreign,
        kinds: OF_A_RUN,
        least: 25,
    });
}

#[test]
fn erasure_survives_every_fault_point() {
    dies_everywhere(&Story {
        begin: || {
            let world = forget::imported();
            forget::add_to_never(&world);
            world
        },
        command: forget::FORGET,
        next: forget::FORGET,
        zero: &[],
        whole: |world, moment| {
            // Four of the chat with Cleo, and one of hers and of Anna's in the group.
            let of_others = forget::of_others(world);
            assert_eq!(of_others.len(), 6, "{moment}");
            assert_eq!(forget::all(world), of_others, "{moment}");
            assert_finished(world, moment);
        },
        kinds: OF_A_RUN,
        least: 25,
    });
}

#[test]
fn rewriting_of_quotations_survives_every_fault_point() {
    dies_everywhere(&Story {
        begin: || {
            let world = quotations::imported();
            forget::add_to_never(&world);
            world
        },
        command: forget::FORGET,
        next: forget::FORGET,
        zero: &[],
        whole: |world, moment| {
            let texts = quotations::texts(world);
            assert_eq!(
                texts,
                ["I can", "*Cleo Marsh*\n> fine\nwith me"],
                "{moment}"
            );
            assert_finished(world, moment);
        },
        kinds: OF_A_RUN,
        least: 15,
    });
}
