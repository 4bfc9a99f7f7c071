//! What a person sees at a terminal before a command has something to show (Linux: a terminal of `script`).

#![cfg(target_os = "linux")]

use super::phones::world;
use super::writing::imported;
use crate::kit::World;

/// What is drawn at a terminal, the frames of a line one after the other.
fn drawn(world: &World, arguments: &[&str]) -> String {
    world.run_at_drawing_terminal(arguments).stdout
}

#[track_caller]
fn assert_read(drawn: &str) {
    let line = "Reading from Close: emily: ";
    assert!(drawn.contains(line), "{drawn}");
}

/// An import printed nothing for nine seconds.
#[test]
fn plan_names_the_chat_that_it_reads() {
    assert_read(&drawn(&world(false), &["plan"]));
}

#[test]
fn verify_names_the_chat_that_it_reads() {
    assert_read(&drawn(&imported(), &["verify"]));
}

#[test]
fn recover_names_the_chat_that_it_reads() {
    let world = imported();
    world.forget();
    assert_read(&drawn(&world, &["recover", "--dry-run"]));
}

/// The line had "deleting" alone.
#[test]
fn undo_names_the_chat_that_it_deletes_from() {
    let undo = ["undo", "--yes", "--device", "bruna"];
    let drawn = drawn(&imported(), &undo);
    assert!(drawn.contains("deleting bruna: "), "{drawn}");
}
