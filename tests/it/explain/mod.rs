//! `chatferry explain`: every kind of source and of state, what it never shows, and which message an argument names.

mod ask;
mod redaction;
mod sources;
mod states;
mod target;

use serde_json::Value;

use crate::kit::{Chat, Output, World, archive};

/// The object of `explain TARGET --json`; nothing is written in Close or in the folder.
#[track_caller]
fn explain(world: &World, target: &str) -> Value {
    let writes = world.server.writes();
    let checkpoint = std::fs::read(world.path().join("chatferry.db")).ok();
    let value = json(&world.run(&["explain", target, "--json"]).exits(0));
    assert_eq!(world.server.writes(), writes, "explain wrote");
    assert!(std::fs::read(world.path().join("chatferry.db")).ok() == checkpoint);
    value
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(output.stdout.trim()).expect("JSON")
}

/// The external id of the message with this text in Close.
#[track_caller]
fn id_of(world: &World, text: &str) -> String {
    let messages = world.server.state.messages();
    let is_own = |markdown: &str| markdown.lines().last() == Some(text);
    let found = messages
        .into_iter()
        .find(|message| is_own(&message.markdown));
    found
        .unwrap_or_else(|| panic!("no message \"{text}\""))
        .external_id
}

/// The line of the transcript of a chat that ends with this text.
#[track_caller]
fn line_of(chat: &Chat, text: &str) -> usize {
    let transcript = archive::transcript(chat);
    let found = transcript.lines().position(|line| line.ends_with(text));
    1 + found.unwrap_or_else(|| panic!("no line \"{text}\""))
}
