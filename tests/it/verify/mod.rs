//! `chatferry verify`: what it finds, what it never concludes, what it costs.

mod archives_gone;
mod cost;
mod fields;
mod findings;
mod left_out;
mod read_only;
mod repair;
mod repeated;
mod table;
mod undone;
mod visibility;
mod whole;

use std::collections::BTreeMap;

use chatferry::sandbox::StoredMessage;
use serde_json::{Value, json};

use crate::kit::{Built, Chat, Output, World, scenes};

const MESSAGES: &str = "/activity/whatsapp_message/";

/// A migration that was imported completely.
fn imported(chats: Vec<Chat>) -> World {
    let world = World::new(chats);
    world.import().exits(0);
    world
}

/// The same, whose program speaks through the proxy.
fn imported_by_proxy(chats: Vec<Chat>) -> World {
    let world = World::new(chats);
    world.proxy();
    world.import().exits(0);
    world
}

/// `verify --json` with these flags; it writes nothing in Close.
fn verify(world: &World, flags: &[&str]) -> Output {
    let before = world.server.writes();
    let arguments: Vec<&str> = ["verify", "--json"].iter().chain(flags).copied().collect();
    let output = world.run(&arguments);
    assert_eq!(world.server.writes(), before, "verify wrote");
    output
}

/// The numbers of the summary that are not zero, without what every run has.
#[track_caller]
fn counts(output: &Output) -> BTreeMap<String, u64> {
    let line = output.stdout.lines().last().expect("a summary");
    let summary: Value = serde_json::from_str(line).expect("JSON");
    let findings = [
        "double",
        "missing",
        "elsewhere",
        "drifted",
        "removed_by_us",
        "pending",
        "not_checked",
        "removed",
        "foreign",
        "same",
    ];
    let each = findings
        .iter()
        .map(|name| ((*name).to_owned(), output.number(name)));
    let counts: BTreeMap<String, u64> = each.filter(|(_, number)| *number > 0).collect();
    let of_messages = counts.iter().filter(|(name, _)| *name != "foreign");
    let all: u64 = of_messages.map(|(_, number)| number).sum();
    assert_eq!(summary["planned"].as_u64(), Some(all), "{line}");
    counts
}

/// Asserts the findings by their numbers.
#[track_caller]
fn assert_counts(output: &Output, expected: &[(&str, u64)]) {
    let expected = expected
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number));
    assert_eq!(counts(output), expected.collect(), "{}", output.stderr);
}

/// The verdict: the last line before the next step.
fn verdict(output: &Output) -> String {
    let mut lines = output.stderr.lines().rev();
    let next = lines.next().expect("a last line");
    assert!(next.starts_with("Next: "), "{next}");
    lines.next().expect("a verdict").to_owned()
}

/// The rows of the table that `--out verify.csv` writes, and the exit status and summary of the run.
fn table(world: &World, flags: &[&str]) -> (Output, Vec<BTreeMap<String, String>>) {
    let flags: Vec<&str> = flags
        .iter()
        .copied()
        .chain(["--out", "verify.csv"])
        .collect();
    let output = verify(world, &flags);
    let text = std::fs::read(world.path().join("verify.csv")).expect("verify.csv");
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let rows = reader
        .deserialize()
        .collect::<Result<Vec<BTreeMap<String, String>>, _>>();
    (output, rows.expect("CSV"))
}

/// The message with this text.
#[track_caller]
fn stored(world: &World, text: &str) -> StoredMessage {
    let messages = world.server.state.messages();
    // A reply begins with a quotation.
    let is_own = |markdown: &str| markdown.lines().last() == Some(text);
    let found = (messages.into_iter()).find(|message| is_own(&message.markdown));
    found.unwrap_or_else(|| panic!("no message \"{text}\""))
}

fn path_of(message: &StoredMessage) -> String {
    format!("{MESSAGES}{}/", message.id)
}

/// A person deletes a message in Close.
#[track_caller]
fn delete(world: &World, text: &str) -> StoredMessage {
    let message = stored(world, text);
    let path = path_of(&message);
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    message
}

/// A person or another program changes a message in Close.
#[track_caller]
fn change(world: &World, text: &str, patch: &Value) -> StoredMessage {
    let message = stored(world, text);
    assert_eq!(
        world.server.call("PUT", &path_of(&message), patch),
        200,
        "{patch}"
    );
    message
}

/// Another program posts a copy of a message.
#[track_caller]
pub(crate) fn copy(world: &World, text: &str) -> StoredMessage {
    let message = stored(world, text);
    post_copy(
        world,
        &message,
        (&message.lead_id, message.contact_id.as_deref()),
    );
    message
}

/// Another program posts a copy of a message on this lead.
#[track_caller]
fn post_copy(world: &World, message: &StoredMessage, (lead, contact): (&str, Option<&str>)) {
    let body = json!({
        "activity_at": message.activity_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "contact_id": contact, "lead_id": lead, "user_id": message.user_id,
        "direction": message.direction, "local_phone": message.local_phone,
        "remote_phone": message.remote_phone, "message_markdown": message.markdown,
        "external_whatsapp_message_id": message.external_id,
    });
    let status = world.server.call("POST", MESSAGES, &body);
    assert!(matches!(status, 200 | 201), "{status}");
}

/// A chat of plain texts: `word1 number 0` to `word1 number 5`.
fn plain() -> Chat {
    scenes::plain("Ben Cooper", 1, 6)
}

/// A migration of `chats` that the sandbox keeps the bytes of files of.
fn with_bytes(chats: Vec<Chat>) -> World {
    let mut built = Built::new(chats);
    built.options = Box::new(|options| options.keep_bytes = true);
    let world = built.world();
    world.import().exits(0);
    world
}
