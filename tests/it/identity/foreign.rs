//! Another integration has posted a text of the chat, to the letter, side and minute: it is never taken
//! for ours, changed or deleted, and `existing` decides.

use chatferry::sandbox::StoredMessage;
use serde_json::json;

use super::conversation::{Body, edited, with, without};
use super::outcome::{Expected, deleted, import, only, settled, updated, world};
use super::restraint::talk;
use super::sources::android;
use crate::kit::{World, scenes};

/// Another integration has one of the texts, of the same minute and side, under an id of its own.
fn foreign(world: &World) -> StoredMessage {
    let chat = scenes::ben();
    let body = json!({
        "lead_id": chat.lead, "contact_id": chat.contact, "direction": "incoming",
        "activity_at": "2024-03-13T09:11:58Z", "message_markdown": "tomorrow evening",
        "external_whatsapp_message_id": "helpdesk-000017", "remote_phone": chat.phone,
        "local_phone": "+4915112345678",
    });
    let path = "/activity/whatsapp_message/";
    assert_eq!(world.server.call("POST", path, &body), 200);
    world.server.state.messages().remove(0)
}

/// What others wrote is as it was.
#[track_caller]
fn assert_untouched(world: &World, foreign: &StoredMessage) {
    let messages = world.server.state.messages();
    let now = messages.iter().find(|message| message.id == foreign.id);
    assert_eq!(now, Some(foreign));
}

/// Under each policy twice, and once more with a lost checkpoint.
fn with_a_foreign_text(policy: &str, held: u64, made: u64) {
    let world = world(policy);
    let foreign = foreign(&world);
    only(&world, |folder| android(&talk()).put(folder));
    let mut expected = [made, 0, 0, 0, held, 0, 0];
    for lost in [false, false, true] {
        if lost {
            world.forget();
        }
        let run = import(&world).exits(0);
        let names = [
            "created",
            "updated",
            "replaced",
            "deleted",
            "held",
            "undecided",
            "failed",
        ];
        let counts = names.map(|name| run.number(name));
        assert_eq!(counts, expected, "lost: {lost}\n{}", run.stderr);
        assert_untouched(&world, &foreign);
        let count = world.server.state.message_count() as u64;
        assert_eq!(count, made + 1, "lost: {lost}");
        expected[0] = 0;
    }
}

#[test]
fn foreign_text_holds_the_chat_by_default() {
    with_a_foreign_text("", 6, 0);
}

#[test]
fn foreign_text_holds_the_chat() {
    with_a_foreign_text("existing = \"hold\"", 6, 0);
}

#[test]
fn foreign_text_is_skipped() {
    with_a_foreign_text("existing = \"skip\"", 0, 5);
}

#[test]
fn foreign_text_is_ignored() {
    with_a_foreign_text("existing = \"ignore\"", 0, 6);
}

/// Ours and the foreign one are equal; a newer export has ours edited or deleted. It is found though
/// the checkpoint may be lost, and the foreign one stays.
fn change_with_a_foreign_text(change: Body, lost: bool, expected: Expected) {
    let world = world("existing = \"ignore\"\ndeleted_since = \"delete\"");
    let foreign = foreign(&world);
    only(&world, |folder| android(&talk()).put(folder));
    assert_eq!(import(&world).exits(0).number("created"), 6);
    if lost {
        world.forget();
    }
    let newer = with(&talk(), 2, change.clone());
    only(&world, |folder| android(&newer).put(folder));
    let mut truth = match change {
        Body::Deleted => without(&talk(), 2),
        _ => newer,
    };
    truth.push(talk().remove(2));
    settled(&world, &import(&world), expected, &truth);
    assert_untouched(&world, &foreign);
}

#[test]
fn edit_changes_ours() {
    let change = edited("tomorrow evening, inside");
    change_with_a_foreign_text(change, false, updated(1));
}

#[test]
fn edit_changes_ours_after_a_lost_checkpoint() {
    let change = edited("tomorrow evening, inside");
    change_with_a_foreign_text(change, true, updated(1));
}

#[test]
fn deletion_removes_ours() {
    change_with_a_foreign_text(Body::Deleted, false, deleted(1));
}
