//! `chatferry undo` and `chatferry runs`: what is deleted, what stays, and what an interruption leaves.

mod begun;
mod devices;
mod found;
mod hidden;
mod interrupted;
mod kept;
mod late_lists;
mod leads;
mod merged;
mod outdated;
mod random;
mod runs;
mod screen;
mod selection;
mod whole;

use std::collections::BTreeMap;

use chatferry::sandbox::StoredMessage;
use serde_json::{Value, json};

use crate::kit::{Chat, Output, World};

const MESSAGES: &str = "/activity/whatsapp_message/";
const DELETE: &str = "/activity/whatsapp_message/{id}/";

/// A migration that was imported completely.
pub(crate) fn imported(chats: Vec<Chat>) -> World {
    let world = World::new(chats);
    world.import().exits(0);
    world
}

/// The same through a proxy that changes nothing yet.
fn imported_by_proxy(chats: Vec<Chat>) -> World {
    let world = World::new(chats);
    world.proxy();
    world.import().exits(0);
    world
}

/// `undo --yes --json` with these flags.
fn undo(world: &World, flags: &[&str]) -> Output {
    let all = ["undo", "--yes", "--json"];
    world.run(&all.iter().chain(flags).copied().collect::<Vec<_>>())
}

/// `undo --dry-run --json` with these flags; it writes nothing.
fn preview(world: &World, flags: &[&str]) -> Output {
    let before = (world.server.writes(), checkpoint(world));
    let all = ["undo", "--dry-run", "--json"];
    let output = world.run(&all.iter().chain(flags).copied().collect::<Vec<_>>());
    assert_eq!(world.server.writes(), before.0, "a dry run wrote in Close");
    assert!(
        checkpoint(world) == before.1,
        "a dry run changed the checkpoint"
    );
    output
}

fn checkpoint(world: &World) -> Vec<u8> {
    std::fs::read(world.path().join("chatferry.db")).unwrap_or_default()
}

/// The numbers of the summary that are not zero, without cost.
#[track_caller]
fn counts(output: &Output) -> BTreeMap<String, u64> {
    let line = output.stdout.lines().last().expect("a summary");
    let summary: BTreeMap<String, Value> = serde_json::from_str(line).expect("JSON");
    let of_cost = [
        "requests",
        "retries",
        "seconds",
        "estimated_requests",
        "estimated_seconds",
    ];
    let numbers = summary
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_u64()?)));
    numbers
        .filter(|(name, number)| *number > 0 && !of_cost.contains(&name.as_str()))
        .collect()
}

#[track_caller]
fn assert_counts(output: &Output, expected: &[(&str, u64)]) {
    let expected = expected
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number));
    assert_eq!(counts(output), expected.collect(), "{}", output.stderr);
}

/// The message whose text ends with this line.
#[track_caller]
pub(crate) fn stored(world: &World, text: &str) -> StoredMessage {
    let messages = world.server.state.messages();
    let found = (messages.into_iter()).find(|one| one.markdown.lines().last() == Some(text));
    found.unwrap_or_else(|| panic!("no message \"{text}\""))
}

/// A person or another program changes a message in Close.
#[track_caller]
fn change(world: &World, text: &str, patch: &Value) -> StoredMessage {
    let message = stored(world, text);
    let path = format!("{MESSAGES}{}/", message.id);
    assert_eq!(world.server.call("PUT", &path, patch), 200, "{patch}");
    message
}

/// A person deletes a message in Close.
#[track_caller]
pub(crate) fn delete(world: &World, text: &str) -> StoredMessage {
    let message = stored(world, text);
    let path = format!("{MESSAGES}{}/", message.id);
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    message
}

/// Another program posts a message on the lead of this one, in reply to it if `is_reply`.
#[track_caller]
pub(crate) fn post_beside(world: &World, text: &str, own: &str, is_reply: bool) {
    let message = stored(world, text);
    let mut body = json!({
        "activity_at": "2025-01-01T10:00:00.000Z",
        "contact_id": message.contact_id, "lead_id": message.lead_id, "user_id": message.user_id,
        "direction": "outgoing", "local_phone": message.local_phone,
        "remote_phone": message.remote_phone, "message_markdown": own,
        "external_whatsapp_message_id": format!("helpdesk-{own}"),
    });
    if is_reply {
        body["response_to_id"] = json!(message.id);
    }
    let status = world.server.call("POST", MESSAGES, &body);
    assert!(matches!(status, 200 | 201), "{status}");
}

/// Everything in Close, in an order of its own.
fn all(world: &World) -> Vec<String> {
    let messages = world.server.state.messages();
    let mut all: Vec<String> = messages.iter().map(|one| format!("{one:?}")).collect();
    all.sort_unstable();
    all
}

/// The number of deletions that reached Close.
fn deletions(world: &World) -> usize {
    world.server.count("DELETE", DELETE)
}
