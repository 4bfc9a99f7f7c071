//! Messages that `undo` deleted: a finding of their own, which a repair leaves alone unless a person asks for it.

use serde_json::Value;

use super::{assert_counts, delete, imported, plain, table, verify};
use crate::kit::{Output, World};

/// Six messages are imported, the two newest are taken back, and a person deletes another one in Close.
fn undone() -> World {
    let world = imported(vec![plain()]);
    world.run(&["undo", "--yes", "--limit", "2"]).exits(0);
    delete(&world, "word1 number 1");
    world
}

fn repair(world: &World, flags: &[&str]) -> Output {
    let fixed = ["verify", "--repair", "--yes", "--json"].iter();
    world.run(&fixed.chain(flags).copied().collect::<Vec<_>>())
}

#[test]
fn message_that_undo_deleted_is_removed_by_us() {
    let world = undone();
    let (output, rows) = table(&world, &[]);
    let expected = [("missing", 1), ("removed_by_us", 2), ("same", 3)];
    assert_counts(&output.exits(3), &expected);
    let undone = rows.iter().filter(|row| row["finding"] == "removed_by_us");
    for row in undone {
        assert_eq!(row["next"], "`chatferry import --lead lead_01`");
    }
    world
        .run(&["verify"])
        .exits(3)
        .says("taken back by `undo`, run 2");
}

#[test]
fn repair_of_another_finding_leaves_undone_messages_alone() {
    let world = undone();
    let (output, rows) = table(&world, &[]);
    output.exits(3);
    let missing = rows.iter().find(|row| row["finding"] == "missing");
    let next = missing.expect("a row")["next"].clone();
    assert_eq!(next, "`chatferry verify --repair --lead lead_01`");
    let output = repair(&world, &["--lead", "lead_01"]).exits(3);
    assert_counts(&output, &[("removed_by_us", 2), ("same", 4)]);
    let summary: Value =
        serde_json::from_str(output.stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!(summary["repair"]["planned"]["post"], 1, "{summary}");
    let unfixed = summary["repair"]["unfixed"].as_array().expect("a list");
    assert_eq!(unfixed.len(), 2, "{summary}");
    assert_eq!(world.server.state.messages().len(), 4);
    let again = verify(&world, &[]).exits(3);
    assert_counts(&again, &[("removed_by_us", 2), ("same", 4)]);
}

#[test]
fn repair_posts_undone_messages_on_request() {
    let by_flag = undone();
    let output = repair(&by_flag, &["--gone", "restore"]).exits(0);
    assert_counts(&output, &[("same", 6)]);
    let by_rows = undone();
    table(&by_rows, &[]).0.exits(3);
    let output = repair(&by_rows, &["--from", "verify.csv"]).exits(0);
    assert_counts(&output, &[("same", 6)]);
    for world in [by_flag, by_rows] {
        assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
    }
}

#[test]
fn import_after_an_undo_leaves_no_finding() {
    let world = imported(vec![plain()]);
    world.run(&["undo", "--yes"]).exits(0);
    let output = verify(&world, &[]).exits(3);
    assert_counts(&output, &[("removed_by_us", 6)]);
    world.import().exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

/// A lead whose messages are all undone.
#[test]
fn undone_chat_is_removed_by_us() {
    let world = imported(crate::kit::scenes::rich());
    world
        .run(&["undo", "--yes", "--chat", "Ben Cooper"])
        .exits(0);
    let output = verify(&world, &[]).exits(3);
    assert_counts(&output, &[("removed_by_us", 6), ("same", 8)]);
    output.says("taken back by `undo`, run 2");
}
