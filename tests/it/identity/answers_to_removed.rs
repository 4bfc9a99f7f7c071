//! A reply to a message that a person removed in Close: it is imported without a link, nothing fails, and
//! the message stays removed.

use serde_json::json;

use super::conversation::{Line, me, they};
use super::outcome::{empty, first, import, only, world};
use super::sources::{BEN, Phone, database, database_answering, export, native_id};
use crate::kit::Side::{Me, They};
use crate::kit::{Chat, World, archive};

/// A person removes this message in Close.
fn remove(world: &World, text: &str) {
    let messages = world.server.state.messages();
    let message = messages.iter().find(|message| message.markdown == text);
    let id = &message.expect("a message").id;
    let path = format!("/activity/whatsapp_message/{id}/");
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
}

/// The answer is in Close, without a link; what it answers is not; nothing failed, today and later.
#[track_caller]
fn answers_nothing(world: &World, made: u64, count: usize) {
    let run = import(world).exits(0);
    let counts = ["created", "failed", "held", "undecided"].map(|name| run.number(name));
    assert_eq!(counts, [made, 0, 0, 0], "{}", run.stderr);
    for _ in 0..2 {
        let messages = world.server.state.messages();
        assert_eq!(messages.len(), count);
        let answer = messages.iter().find(|m| m.markdown.ends_with("Monday"));
        assert_eq!(answer.expect("the answer").response_to_id, None);
        empty(world);
    }
}

fn question() -> Chat {
    Chat::android(BEN, 1)
        .say("2024-03-13 10:05", They, "good morning")
        .say("2024-03-13 10:15", Me, "Which day suits you?")
        .say("2024-03-13 10:16", Me, "Any is fine.")
}

#[test]
fn reply_to_a_removed_message_has_no_link() {
    let world = World::new(vec![question()]);
    world.import().exits(0);
    remove(&world, "Which day suits you?");
    let answered = question().answer("2024-03-13 10:17", They, 1, "Monday");
    archive::put_zip(&answered, &world.exports());
    answers_nothing(&world, 1, 3);
}

/// The lines of a database: a question and its answer, which names the question's id.
fn asked() -> Vec<Line> {
    vec![
        me("2024-03-13 10:05:01", "good morning"),
        they("2024-03-13 10:15:20", "Which day suits you?"),
        they("2024-03-13 10:16:11", "Any is fine."),
        me("2024-03-13 10:17:42", "Monday"),
    ]
}

/// Writes a database in which the last message answers the second one.
fn database_with_answer(world: &World) {
    database_answering(&world.exports(), &asked(), 3, 1);
}

#[test]
fn reply_of_a_database_to_a_removed_message_has_no_link() {
    let world = world("");
    only(&world, |folder| database(folder, &asked()[..3]));
    first(&world, &asked()[..3]);
    remove(&world, "Which day suits you?");
    only(&world, |_| database_with_answer(&world));
    answers_nothing(&world, 1, 3);
    let messages = world.server.state.messages();
    let id = native_id(&asked()[3]);
    assert!(messages.iter().any(|message| message.external_id == id));
}

/// The answer is in Close without its link, and what it answers was removed: a database that knows
/// the link adds nothing.
#[test]
fn link_only_to_a_removed_message_is_not_set() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| export(phone, &asked()).put(folder));
        first(&world, &asked());
        remove(&world, "Which day suits you?");
        only(&world, |_| database_with_answer(&world));
        answers_nothing(&world, 0, 3);
    }
}
