//! Screens of commands that show what is recorded: of the checkpoint, of one message, of the migration.

use super::assert_screen;
use super::writing::imported;
use crate::kit::World;

/// The migration after two runs, so that there is history.
fn of_two_runs() -> World {
    let world = imported();
    world.run(&["undo", "--yes", "--device", "bruna"]).exits(0);
    world
}

#[test]
fn doctor_has_a_line_for_each_check() {
    assert_screen("doctor", &["doctor"], 0, &imported);
}

#[test]
fn status_ends_with_the_next_step() {
    assert_screen("status", &["status"], 0, &imported);
}

#[test]
fn explain_shows_one_message() {
    let line = "WhatsApp Chat with Rita Sol.zip:2";
    assert_screen("explain", &["explain", line], 0, &imported);
}

#[test]
fn checkpoint_info_shows_what_it_contains() {
    assert_screen("checkpoint_info", &["checkpoint", "info"], 0, &of_two_runs);
}

#[test]
fn checkpoint_check_has_a_verdict() {
    assert_screen(
        "checkpoint_check",
        &["checkpoint", "check"],
        0,
        &of_two_runs,
    );
}

#[test]
fn checkpoint_prune_shows_what_it_removes() {
    let prune = ["checkpoint", "prune", "--keep-runs", "1", "--dry-run"];
    assert_screen("checkpoint_prune", &prune, 0, &of_two_runs);
}
