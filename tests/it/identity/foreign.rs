//! Another integration has posted the same text with the same direction and minute: it is never treated as
//! ours, changed or deleted, and `existing` decides.

use chatferry::sandbox::{Fault, StoredMessage};
use serde_json::{Value, json};

use super::conversation::{Body, edited, with, without};
use super::outcome::{Expected, NOTHING, created, deleted, import, only, settled, updated, world};
use super::restraint::talk;
use super::sources::{android, database};
use crate::kit::{When, World, scenes};

/// An id that no WhatsApp program gives.
const OWN_ID: &str = "helpdesk-000017";

/// An id as WhatsApp gives it.
const NATIVE_ID: &str = "3EB0C5A9D27F4E8B1036";

/// Another integration has one of the texts, of the same minute and side, under this id.
fn foreign(world: &World, external_id: &str) -> StoredMessage {
    let chat = scenes::ben();
    let body = json!({
        "lead_id": chat.lead, "contact_id": chat.contact, "direction": "incoming",
        "activity_at": "2024-03-13T09:11:58Z", "message_markdown": "tomorrow evening",
        "external_whatsapp_message_id": external_id, "remote_phone": chat.phone,
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
    let foreign = foreign(&world, OWN_ID);
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

/// Lists of Close name another user as the creator of what has the id of WhatsApp, and this key's user
/// as that of all else.
fn created_by_another_user(world: &World) {
    let state = world.server.state.clone();
    world.server.rule(move |seen, when| {
        let is_list = seen.method == "GET" && seen.path.ends_with("/activity/whatsapp_message/");
        if !is_list || when != When::Received {
            return Fault::None;
        }
        let mut messages = state.messages();
        messages.sort_by_key(|message| std::cmp::Reverse(message.date_created));
        if let Some((_, id)) = seen.query.split_once("external_whatsapp_message_id=") {
            let id = id.split('&').next().unwrap_or_default();
            messages.retain(|message| message.external_id == id);
        }
        let data: Vec<Value> = messages.iter().map(listed).collect();
        let page = json!({ "data": data, "has_more": false });
        Fault::Status(200, page.to_string())
    });
}

/// One message as a list of Close has it.
fn listed(message: &StoredMessage) -> Value {
    let creator = match message.external_id.as_str() {
        NATIVE_ID => "user_helpdesk",
        _ => "user_sandbox0000000000000000000000000000000000001",
    };
    json!({
        "id": message.id, "lead_id": message.lead_id, "contact_id": message.contact_id,
        "user_id": message.user_id, "direction": message.direction,
        "activity_at": message.activity_at, "date_created": message.date_created,
        "date_updated": message.date_created, "created_by": creator,
        "external_whatsapp_message_id": message.external_id, "attachments": [],
        "local_phone": message.local_phone, "remote_phone": message.remote_phone,
        "message_markdown": message.markdown, "response_to_id": message.response_to_id,
    })
}

/// Ours and the foreign one are equal; a newer export has ours edited or deleted. Ours is found though
/// the checkpoint may be lost, and the foreign one stays.
fn change(external_id: &str, change: Body, lost: bool, expected: Expected) {
    let world = world("existing = \"ignore\"\ndeleted_since = \"delete\"");
    let foreign = foreign(&world, external_id);
    created_by_another_user(&world);
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

fn an_edit() -> Body {
    edited("tomorrow evening, inside")
}

#[test]
fn edit_changes_ours() {
    change(OWN_ID, an_edit(), false, updated(1));
}

#[test]
fn edit_changes_ours_after_a_lost_checkpoint() {
    change(OWN_ID, an_edit(), true, updated(1));
}

#[test]
fn edit_changes_ours_and_no_native_id_of_another_user() {
    change(NATIVE_ID, an_edit(), false, updated(1));
}

#[test]
fn edit_changes_ours_and_no_native_id_of_another_user_after_a_lost_checkpoint() {
    change(NATIVE_ID, an_edit(), true, updated(1));
}

#[test]
fn deletion_removes_ours() {
    change(OWN_ID, Body::Deleted, false, deleted(1));
}

#[test]
fn deletion_removes_ours_and_no_native_id_of_another_user() {
    change(NATIVE_ID, Body::Deleted, false, deleted(1));
}

/// A database has the text under an id of its own; the foreign one of another user is another message.
#[test]
fn database_with_a_native_id_of_another_user_on_the_lead() {
    let world = world("existing = \"ignore\"");
    let foreign = foreign(&world, NATIVE_ID);
    created_by_another_user(&world);
    only(&world, |folder| database(folder, &talk()));
    let mut truth = talk();
    truth.push(talk().remove(2));
    settled(&world, &import(&world), created(6), &truth);
    world.forget();
    settled(&world, &import(&world), NOTHING, &truth);
    assert_untouched(&world, &foreign);
}
