//! "Nothing to do" states its cause in every command: all unchanged, all held, no archive, a selection without a match.

use std::fs;

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, Output, World, scenes};

fn imported() -> World {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    world
}

/// A chat without a row.
fn held() -> World {
    let mut built = Built::new(vec![scenes::ben()]);
    built.contacts = Some(format!("{HEADER}{}", me()));
    built.world()
}

/// A chat that contacts.csv leaves out.
fn left_out() -> World {
    let mut built = Built::new(vec![scenes::ben()]);
    let row = scenes::ben().contact_row().replace(",\n", ",no\n");
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    built.world()
}

/// A folder without archives.
fn empty() -> World {
    World::new(Vec::<Chat>::new())
}

fn run(world: &World, command: &[&str]) -> Output {
    let writes = world.server.writes();
    let output = world.run(command).exits(0);
    assert_eq!(world.server.writes(), writes, "{command:?}");
    output
}

const IMPORT: &[&str] = &["import", "--yes"];

#[test]
fn plan_states_why_there_is_nothing_to_do() {
    run(&imported(), &["plan"]).says("Nothing to do: 6 recorded as imported, 1 left out by rule.");
    run(&held(), &["plan"]).says("Nothing to import yet: 7 messages are held until you decide.");
    run(&left_out(), &["plan"]).says("Nothing to do: 7 left out by rule.");
    run(&empty(), &["plan"]).says("Nothing to do: no messages were read.");
    let world = World::new(scenes::rich());
    run(&world, &["plan", "--limit", "0", "--details"]).says("not selected");
}

#[test]
fn import_states_why_there_is_nothing_to_do() {
    run(&imported(), IMPORT).says("Nothing to do: 6 recorded as imported, 1 left out by rule.");
    run(&held(), IMPORT).says("Nothing to import yet: 7 messages are held until you decide.");
    run(&left_out(), IMPORT).says("Nothing to do: 7 left out by rule.");
    run(&empty(), IMPORT).says("Nothing to do: no messages were read.");
    run(&imported(), &["import", "--yes", "--quiet"]).says("0 created, 6 unchanged, 1 left out");
}

#[test]
fn retry_states_why_there_is_nothing_to_do() {
    run(&imported(), &["import", "--yes", "--retry-failed"])
        .says("Nothing to do: 6 recorded as imported");
}

#[test]
fn pilot_states_why_there_is_nothing_to_post() {
    let pilot = &["import", "--yes", "--pilot"];
    run(&imported(), pilot).says("nothing is left to post: its messages are recorded as imported");
    run(&held(), pilot).says("Nothing to import yet: 7 messages are held until you decide.");
}

#[test]
fn verify_states_why_there_is_nothing_to_verify() {
    run(&held(), &["verify"]).says("Nothing to verify: 7 messages are held until you decide");
    run(&left_out(), &["verify"])
        .says("Nothing to verify: no archive and no record has a message that should be in Close.");
    run(&empty(), &["verify"]).says("Nothing to verify: no archive and no record");
}

#[test]
fn status_states_why_there_is_nothing_to_do() {
    run(&imported(), &["status"])
        .says("nothing: 6 messages to be in Close, all there; `chatferry verify` compares them");
    run(&left_out(), &["status"]).says("nothing: every chat is left out");
    run(&empty(), &["status"]).says("no archive was found there");
    run(&held(), &["status"]).says("fill in contacts.csv for 1 chat");
}

#[test]
fn match_states_why_there_is_nothing_to_fill_in() {
    run(&imported(), &["match"])
        .says("0 rows filled in")
        .says("filled in before");
}

#[test]
fn prune_states_why_there_is_nothing_to_remove() {
    run(&imported(), &["checkpoint", "prune", "--yes"])
        .says("no history older than the last 20 runs");
}

/// A typing error must not look like a run with nothing to do.
#[test]
fn selection_without_a_match_is_refused() {
    let world = imported();
    for selection in [
        ["--chat", "Ben Coper"],
        ["--device", "ann"],
        ["--lead", "lead_99"],
    ] {
        for command in [&["plan"][..], IMPORT, &["verify"]] {
            let arguments: Vec<&str> = command.iter().chain(&selection).copied().collect();
            let output = world.run(&arguments).exits(2);
            assert!(!output.stderr.contains("Nothing to do"), "{arguments:?}");
        }
    }
}

#[test]
fn archives_that_are_not_there_are_named() {
    let world = imported();
    fs::remove_dir_all(world.exports()).expect("removed");
    for command in [&["plan"][..], IMPORT] {
        world.run(command).exits(2).says("no file matches archives");
    }
    run(&world, &["status"]).says("none can be read");
}
