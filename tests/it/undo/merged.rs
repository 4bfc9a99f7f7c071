//! Leads that were merged in Close since the last import.

use std::sync::atomic::{AtomicBool, Ordering};

use chatferry::sandbox::Fault;
use serde_json::{Value, json};

use super::{MESSAGES, assert_counts, deletions, imported, post_beside, preview, stored, undo};
use crate::kit::{When, World, scenes};
use crate::moves::{self, NEW_LEAD};

/// Thirty messages on the lead of this chat.
fn world() -> World {
    let world = moves::world(scenes::plain("Ben Cooper", 1, 30), "");
    assert_eq!(world.import().exits(0).number("created"), 30);
    world
}

fn merge_body(world: &World) -> Value {
    json!({"source": world.chats[0].lead, "destination": NEW_LEAD})
}

fn merge(world: &World) {
    assert_eq!(
        world
            .server
            .call("POST", "/lead/merge/", &merge_body(world)),
        200
    );
}

#[test]
fn messages_of_a_merged_lead_are_listed_on_the_lead_that_is_left() {
    let world = world();
    merge(&world);
    assert_counts(&preview(&world, &[]).exits(0), &[("deleted", 30)]);
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", 30)]);
    assert_eq!(world.server.state.message_count(), 0);
}

/// The lead that is left proves that a message was deleted: that the merged one is not shown does not matter.
#[test]
fn message_of_a_merged_lead_that_was_deleted_is_already_gone() {
    let world = world();
    merge(&world);
    super::delete(&world, "word1 number 2");
    let expected = [("deleted", 29), ("already_gone", 1)];
    assert_counts(&preview(&world, &[]).exits(0), &expected);
    assert_counts(&undo(&world, &[]).exits(0), &expected);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn message_of_a_merged_lead_that_others_reply_to_stays() {
    let world = world();
    merge(&world);
    post_beside(&world, "word1 number 2", "from the help desk", true);
    let expected = [("deleted", 29), ("kept", 1), ("kept_replied", 1)];
    assert_counts(&preview(&world, &[]).exits(3), &expected);
    assert_counts(&undo(&world, &[]).exits(3), &expected);
    let reply = stored(&world, "from the help desk");
    assert_eq!(
        reply.response_to_id,
        Some(stored(&world, "word1 number 2").id)
    );
}

#[test]
fn messages_that_a_merge_moves_during_an_undo_are_left_to_the_next() {
    let world = world();
    let (is_merged, body) = (AtomicBool::new(false), merge_body(&world));
    let call = crate::kit::server::caller(&world.server.base_url);
    world.server.rule(move |seen, when| {
        let is_deletion = seen.method == "DELETE" && when == When::Processed(200);
        if is_deletion && !is_merged.swap(true, Ordering::SeqCst) {
            assert_eq!(call("POST", "/lead/merge/", &body), 200);
        }
        Fault::None
    });
    let output = undo(&world, &[]).exits(3);
    output.says("it is on lead_77, probably after a merge; the same command follows it");
    let left = world.server.state.message_count() as u64;
    assert_eq!(output.number("kept"), left);
    assert!(left > 0);
    world.server.calm();
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", left)]);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn message_that_is_not_read_counts_as_deleted_only_after_a_look_up() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 30)]);
    for message in &world.server.state.messages()[..25] {
        let path = format!("{MESSAGES}{}/", message.id);
        assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    }
    let output = preview(&world, &[]).exits(0);
    assert_counts(
        &output,
        &[("already_gone", 20), ("deleted", 5), ("unknown", 5)],
    );
    output.says("5 not in the list of their lead");
    let before = deletions(&world);
    let output = undo(&world, &[]).exits(0);
    assert_counts(&output, &[("already_gone", 25), ("deleted", 5)]);
    assert_eq!(deletions(&world), before + 5);
}
