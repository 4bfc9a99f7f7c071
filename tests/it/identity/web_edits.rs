//! WhatsApp Web shows an edited text without a mark. An export of it that has another text in the place of
//! one in Close is never dropped: the text is updated where the recorded one is that as first sent or of
//! an older export, else undecided.

use std::fs;
use std::path::Path;

use super::outcome::{clear, empty, import, world};
use crate::kit::World;
use crate::truth::conversation::{Event, MINUTE};
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive};

/// 2024-03-13T09:15:20Z.
const BEGIN: i64 = 1_710_321_320_000;

const NEWER: &str = "For six of us, by the window";

fn talk() -> Conversation {
    Conversation::private()
        .text(BEGIN, 1, "Do you have a table for tomorrow?")
        .text(BEGIN + 3 * MINUTE, 0, "For how many people?")
        .text(BEGIN + 9 * MINUTE, 1, "For four of us, if you please")
        .text(BEGIN + 14 * MINUTE, 0, "I write it down")
        .text(BEGIN + 18 * MINUTE, 1, "Thank you very much")
}

fn put(world: &World, program: Program, at: i64, of: &Conversation) {
    clear(world);
    put_into(&world.exports(), program, at, of);
}

fn put_into(folder: &Path, program: Program, at: i64, of: &Conversation) {
    let export = Export::new(program, at);
    fs::create_dir_all(folder).expect("made");
    let path = folder.join(archive::name(&export, of));
    fs::write(path, archive::zip(&export, of)).expect("written");
}

fn texts(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    messages
        .into_iter()
        .map(|message| message.markdown)
        .collect()
}

/// The first export has the conversation as it was, a newer one of Web the other text.
fn is_undecided(first: Program, is_lost: bool, newer: &Conversation) {
    let world = world("");
    put(&world, first, BEGIN + 20 * MINUTE, newer);
    assert_eq!(import(&world).exits(0).number("created"), 5, "{first:?}");
    let before = texts(&world);
    assert!(!before.contains(&NEWER.to_owned()), "{before:?}");
    if is_lost {
        world.forget();
    }
    put(&world, Program::Web, BEGIN + 3_000 * MINUTE, newer);
    for _ in 0..2 {
        let run = import(&world).exits(0);
        let numbers = ["created", "updated", "deleted", "undecided"].map(|name| run.number(name));
        assert_eq!(numbers, [0, 0, 0, 1], "{first:?}: {}", run.stderr);
        assert_eq!(texts(&world), before, "{first:?}");
    }
}

/// The text as first sent is recorded, so the other one at its place is its edit.
fn is_updated(first: Program, newer: &Conversation) {
    let world = world("");
    put(&world, first, BEGIN + 20 * MINUTE, newer);
    assert_eq!(import(&world).exits(0).number("created"), 5, "{first:?}");
    put(&world, Program::Web, BEGIN + 3_000 * MINUTE, newer);
    let run = import(&world).exits(0);
    let numbers = ["created", "updated", "deleted", "undecided"].map(|name| run.number(name));
    let more = newer.messages.len() as u64 - 5;
    assert_eq!(numbers, [more, 1, 0, 0], "{first:?}: {}", run.stderr);
    assert_eq!(texts(&world)[2], NEWER, "{first:?}");
    empty(&world);
}

const FIRST: [Program; 3] = [Program::Web, Program::Iphone, Program::Android];

fn edited() -> Conversation {
    let mut of = talk();
    of.messages[2].history.push(Event::Edited {
        at: BEGIN + 200 * MINUTE,
        text: NEWER.to_owned(),
    });
    of
}

/// A phone marks edits, so its text is that as first sent.
#[test]
fn edit_in_an_export_of_web_after_that_of_a_phone_is_carried_out() {
    for first in [Program::Iphone, Program::Android] {
        is_updated(first, &edited());
    }
}

/// Nothing shows which of two exports of Web that end with one message is the newer one.
#[test]
fn edit_in_an_export_of_web_after_one_of_the_same_age_is_undecided() {
    is_undecided(Program::Web, false, &edited());
}

#[test]
fn edit_in_a_newer_export_of_web_is_carried_out() {
    for first in FIRST {
        is_updated(first, &longer());
    }
}

/// The conversation goes on after the edit, which shows which export is the newer one.
fn longer() -> Conversation {
    edited().text(BEGIN + 2_000 * MINUTE, 0, "Until tonight, then")
}

/// Next to the older export, which is in Close, both archives show that the two texts are one message.
#[test]
fn edit_in_an_export_of_web_next_to_the_older_export_is_carried_out() {
    for first in FIRST {
        let world = world("");
        put_into(
            &world.exports().join("1"),
            first,
            BEGIN + 20 * MINUTE,
            &longer(),
        );
        assert_eq!(import(&world).exits(0).number("created"), 5, "{first:?}");
        let newer = BEGIN + 3_000 * MINUTE;
        put_into(&world.exports().join("2"), Program::Web, newer, &longer());
        let run = import(&world).exits(0);
        let numbers = ["created", "updated", "deleted", "undecided"].map(|name| run.number(name));
        assert_eq!(numbers, [1, 1, 0, 0], "{first:?}: {}", run.stderr);
        assert_eq!(texts(&world)[2], NEWER, "{first:?}");
        assert_eq!(texts(&world).len(), 6, "{first:?}");
        empty(&world);
    }
}

/// A person decides that the two texts are one message. Which is the newer one stays unknown, so the
/// recorded one stays.
#[test]
fn decision_settles_an_unmarked_edit() {
    let world = world("");
    put(&world, Program::Web, BEGIN + 20 * MINUTE, &edited());
    assert_eq!(import(&world).exits(0).number("created"), 5);
    let newer = BEGIN + 3_000 * MINUTE;
    put(&world, Program::Web, newer, &edited());
    assert_eq!(import(&world).exits(0).number("undecided"), 1);
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    let name = archive::name(&Export::new(Program::Web, newer), &edited());
    let row = format!("exports/{name}:4,same,{}", messages[2].id);
    world.write("decisions.csv", &format!("message,decision,of\n{row}\n"));
    let run = import(&world).exits(0);
    let numbers = ["created", "updated", "deleted", "undecided"].map(|name| run.number(name));
    assert_eq!(numbers, [0; 4], "{}", run.stderr);
    assert_eq!(texts(&world).len(), 5);
    empty(&world);
}

#[test]
fn edit_in_an_export_of_web_is_undecided_without_the_checkpoint() {
    for first in FIRST {
        is_undecided(first, true, &edited());
    }
}

/// The older export of Web has the text as it was first sent.
#[test]
fn older_export_of_web_changes_nothing() {
    for first in FIRST {
        let of = longer();
        let world = world("");
        put(&world, first, BEGIN + 3_000 * MINUTE, &of);
        assert_eq!(import(&world).exits(0).number("created"), 6, "{first:?}");
        put(&world, Program::Web, BEGIN + 20 * MINUTE, &of);
        let run = import(&world).exits(0);
        let numbers = ["created", "updated", "deleted", "undecided"].map(|name| run.number(name));
        assert_eq!(numbers, [0; 4], "{first:?}: {}", run.stderr);
    }
}

/// The owner deleted the recorded message on the phone alone, and wrote another one five seconds later.
#[test]
fn different_message_seconds_later_is_not_an_edit() {
    let old = talk();
    let mut new = talk();
    let at = new.messages[2].at + 5_000;
    new.messages[2] = Conversation::private()
        .text(at, 1, NEWER)
        .messages
        .remove(0);
    for first in [Program::Web, Program::Iphone] {
        let world = world("");
        put(&world, first, BEGIN + 20 * MINUTE, &old);
        assert_eq!(import(&world).exits(0).number("created"), 5, "{first:?}");
        let before = texts(&world)[2].clone();
        let newer = new
            .clone()
            .text(BEGIN + 2_000 * MINUTE, 0, "Until tonight, then");
        put(&world, Program::Web, BEGIN + 3_000 * MINUTE, &newer);
        let run = import(&world).exits(0);
        assert_eq!(run.number("updated"), 0, "{first:?}: {}", run.stderr);
        assert!(texts(&world).contains(&before), "{first:?}");
        let is_kept = texts(&world).contains(&NEWER.to_owned());
        assert!(
            is_kept || run.number("undecided") == 1,
            "{first:?}: {}",
            run.stderr
        );
    }
}
