//! An old copy of the checkpoint is put back: undo deletes what it records, and names what it does not.

use std::fs;

use super::{all, assert_counts, checkpoint, preview, undo};
use crate::kit::{World, archive, scenes};

const RECORDLESS: &str = "(lead_01): 2 messages of ours in Close without a record";

/// Four messages are imported, then two more; the checkpoint after the first four is put back.
fn outdated() -> World {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 4),
        scenes::plain("Cleo Marsh", 2, 3),
    ]);
    world.import().exits(0);
    let copy = checkpoint(&world);
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 2);
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    world
}

#[test]
fn messages_without_a_record_are_named_with_the_next_command() {
    let world = outdated();
    let output = preview(&world, &[]).exits(3);
    output.says(RECORDLESS);
    assert_eq!(output.number("unrecorded"), 2);
    let output = undo(&world, &[]).exits(3);
    output.says(RECORDLESS);
    output.says("Next: `chatferry recover`");
    assert_counts(&output, &[("deleted", 7), ("unrecorded", 2)]);
    assert!(!output.stderr.contains("lead_02): "), "{}", output.stderr);
    // Nothing is recorded any more, and they are still there.
    let again = undo(&world, &[]).exits(3);
    again.says(RECORDLESS);
    world.run(&["recover", "--yes"]).exits(0);
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", 2)]);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn other_leads_are_not_named() {
    let world = outdated();
    let output = undo(&world, &["--lead", "lead_02"]).exits(0);
    assert_counts(&output, &[("deleted", 3)]);
    let output = undo(&world, &["--run", "1"]).exits(3);
    assert_counts(&output, &[("deleted", 4), ("unrecorded", 2)]);
}

#[test]
fn current_checkpoint_has_nothing_to_name() {
    let world = super::imported(scenes::rich());
    let output = undo(&world, &["--limit", "3"]).exits(0);
    assert!(!output.stderr.contains("without a record"));
    undo(&world, &[]).exits(0);
}
