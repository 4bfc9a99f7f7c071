//! `checkpoint prune`: what goes, what stays, and that every command gives the same afterwards.

use std::fs;

use super::{bytes, json};
use crate::kit::{World, archive, scenes};
use crate::moves;

/// A migration with history: runs that changed nothing, and messages that moved to another lead.
fn with_history() -> World {
    let world = moves::world(scenes::ben(), "");
    world.import().exits(0);
    moves::correct_lead(&world);
    let moved = moves::import_allowing(&world, 50).exits(0);
    assert!(moved.number("replaced") > 0);
    for _ in 0..3 {
        world.import().exits(0);
    }
    world
}

const PRUNE: &[&str] = &["checkpoint", "prune", "--keep-runs", "1", "--yes", "--json"];

#[test]
fn finished_operations_and_runs_without_rows_go() {
    let world = with_history();
    let before = bytes(&world);
    let messages = world.recorded("SELECT count(*) FROM message");
    let dry = world.run(&[
        "checkpoint",
        "prune",
        "--keep-runs",
        "1",
        "--dry-run",
        "--json",
    ]);
    let dry = json(&dry.exits(0));
    assert!(bytes(&world) == before, "a dry run changed the file");
    assert_eq!(dry["removed"], false);
    let done = json(&world.run(PRUNE).exits(0));
    for what in ["operations", "runs", "run_counts", "leads"] {
        assert_eq!(dry[what], done[what], "{what}");
    }
    assert_eq!(done["runs"], 2);
    assert!(
        done["operations"].as_u64().is_some_and(|number| number > 0),
        "{done}"
    );
    assert!(done["bytes_after"].as_u64() <= done["bytes_before"].as_u64());
    assert_eq!(world.recorded("SELECT count(*) FROM message"), messages);
    assert_eq!(
        world.recorded("SELECT count(*) FROM operation WHERE open = 0"),
        0
    );
    world.run(&["checkpoint", "check"]).exits(0);
    // A second time there is nothing left.
    let again = world
        .run(&["checkpoint", "prune", "--keep-runs", "1", "--yes"])
        .exits(0);
    again.says("Nothing to remove");
}

/// Plan, saved plan, verify and import are the same before and after.
#[test]
fn commands_give_the_same_after_prune() {
    let world = with_history();
    let more = scenes::ben().say("2024-03-14 09:00", crate::kit::Side::They, "One more");
    archive::put_zip(&more, &world.exports());
    world.run(&["plan", "--out", "plan.jsonl"]).exits(0);
    let outputs = || {
        let all: [&[&str]; 4] = [&["plan"], &["plan", "--payloads"], &["verify"], &["status"]];
        all.map(|command| {
            let output = world.run(command);
            (output.code, output.stdout)
        })
    };
    let before = outputs();
    world.run(PRUNE).exits(0);
    assert_eq!(outputs(), before);
    let import = world
        .run(&["import", "--plan", "plan.jsonl", "--yes", "--json"])
        .exits(0);
    assert_eq!(import.number("created"), 1);
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
}

#[test]
fn history_of_the_last_runs_stays_by_default() {
    let world = with_history();
    let before = bytes(&world);
    let output = world.run(&["checkpoint", "prune", "--yes"]).exits(0);
    output.says("no history older than the last 20 runs");
    assert!(bytes(&world) == before);
}

#[test]
fn prune_without_a_terminal_needs_yes() {
    let world = with_history();
    let before = bytes(&world);
    world
        .run(&["checkpoint", "prune", "--keep-runs", "1"])
        .exits(2)
        .says("--yes");
    assert!(bytes(&world) == before);
}

#[cfg(target_os = "linux")]
#[test]
fn prune_asks_at_a_terminal() {
    let world = with_history();
    let before = bytes(&world);
    let arguments = ["checkpoint", "prune", "--keep-runs", "1"];
    let refused = world.run_at_terminal(&arguments, "n\n").exits(0);
    refused.says("To remove").says("Nothing was changed.");
    assert!(bytes(&world) == before);
    world
        .run_at_terminal(&arguments, "y\n")
        .exits(0)
        .says("Removed: ");
    assert!(bytes(&world) != before);
}

#[test]
fn prune_waits_for_no_run() {
    let world = with_history();
    let lock = fs::OpenOptions::new()
        .write(true)
        .open(world.path().join("chatferry.db.lock"))
        .expect("a lock");
    lock.lock().expect("locked");
    for flag in ["--yes", "--dry-run"] {
        let output = world.run(&["checkpoint", "prune", flag]).exits(4);
        output.says("another chatferry is using the checkpoint");
    }
}
