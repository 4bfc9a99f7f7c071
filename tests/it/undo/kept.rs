//! What stays: messages that were changed in Close, and those that something replies to.

use serde_json::json;

use super::{all, assert_counts, change, delete, imported, post_beside, preview, stored, undo};
use crate::kit::{Built, World, scenes};

#[test]
fn changed_message_stays() {
    for (patch, field) in [
        (json!({"message_markdown": "another text"}), "text"),
        (json!({"activity_at": "2024-02-14T11:00:00.000Z"}), "time"),
        (json!({"direction": "outgoing"}), "direction"),
        (json!({"local_phone": "+4915112345679"}), "number"),
    ] {
        let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
        let message = change(&world, "word1 number 2", &patch);
        let output = preview(&world, &[]).exits(3);
        assert_counts(&output, &[("deleted", 5), ("kept", 1), ("kept_changed", 1)]);
        output
            .says(&message.id)
            .says("changed in Close since")
            .says(field);
        let output = undo(&world, &[]).exits(3);
        assert_counts(&output, &[("deleted", 5), ("kept", 1), ("kept_changed", 1)]);
        let left = world.server.state.messages();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].id, message.id);
        let again = undo(&world, &[]).exits(3);
        again.says("Nothing to do: 1 message stay");
    }
}

#[test]
fn changed_file_stays() {
    let world = imported(vec![scenes::dora()]);
    change(&world, "Thanks", &json!({"attachments": []}));
    undo(&world, &[]).exits(0);
    let world = imported(vec![scenes::dora()]);
    change(
        &world,
        "The gate, secret-charlie",
        &json!({"attachments": []}),
    );
    let output = undo(&world, &[]).exits(3);
    output.says("files");
    assert_counts(&output, &[("deleted", 3), ("kept", 1), ("kept_changed", 1)]);
}

#[test]
fn message_that_others_reply_to_stays() {
    let world = imported(vec![scenes::ben()]);
    post_beside(&world, "Monday", "Tuesday is better", true);
    let output = preview(&world, &[]).exits(3);
    // "Monday" replies to an earlier message, which stays with it.
    assert_counts(&output, &[("deleted", 4), ("kept", 2), ("kept_replied", 2)]);
    let output = undo(&world, &[]).exits(3);
    assert_counts(&output, &[("deleted", 4), ("kept", 2), ("kept_replied", 2)]);
    assert_eq!(all(&world).len(), 3);
    let reply = stored(&world, "Tuesday is better");
    assert_eq!(reply.response_to_id, Some(stored(&world, "Monday").id));
}

#[test]
fn changed_reply_keeps_what_it_replies_to() {
    let world = imported(vec![scenes::ben()]);
    change(&world, "Agreed", &json!({"message_markdown": "Agreed!"}));
    let output = undo(&world, &[]).exits(3);
    assert_counts(
        &output,
        &[
            ("deleted", 3),
            ("kept", 3),
            ("kept_changed", 1),
            ("kept_replied", 2),
        ],
    );
}

#[test]
fn message_that_was_deleted_in_close_is_already_gone() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    delete(&world, "word1 number 2");
    let output = undo(&world, &[]).exits(0);
    assert_counts(&output, &[("already_gone", 1), ("deleted", 5)]);
    world.import().exits(0);
    world.assert_whole("import after undo");
}

/// Close shows neither a lead nor its messages: that is no proof that they were deleted.
#[test]
fn messages_of_a_lead_that_close_does_not_show_stay() {
    let hidden = scenes::plain("Ben Cooper", 1, 6);
    let world = World::new(vec![hidden, scenes::plain("Dora Quist", 2, 4)]);
    world.proxy();
    world.import().exits(0);
    let messages = world.server.state.messages();
    let lead = messages[0].lead_id.clone();
    let of_lead = messages.iter().filter(|message| message.lead_id == lead);
    let activities: Vec<String> = of_lead.map(|message| message.id.clone()).collect();
    let (here, others) = (
        activities.len() as u64,
        (messages.len() - activities.len()) as u64,
    );
    world.proxy().hide_lead(&lead, activities);
    let expected = [("deleted", others), ("kept", here)];
    assert_counts(&preview(&world, &[]).exits(3), &expected);
    let output = undo(&world, &[]).exits(3);
    assert_counts(&output, &expected);
    output.says("Close shows neither the message nor its lead to this key");
    assert_eq!(world.server.state.message_count() as u64, here);
    // Shown again, they are deleted.
    world.proxy().calm();
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", here)]);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn form_of_close_is_no_change() {
    let built = Built::new(vec![scenes::plain("Ben Cooper", 1, 30)]);
    let world = built.world();
    world.proxy().plain_numbers();
    world.import().exits(0);
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn update_of_a_run_cannot_be_reverted_and_is_listed() {
    let mut world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let contacts = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    world.write(
        "contacts.csv",
        &contacts.replace(
            "user_anna",
            "user_sandbox0000000000000000000000000000000000001",
        ),
    );
    world.chats.clear();
    let output = world.import().exits(0);
    assert_eq!(output.number("updated"), 6);
    let before = all(&world);
    let output = undo(&world, &["--run", "2"]).exits(0);
    output.says("6 messages updated by this run and created by another");
    output.says("Nothing to do: run 2 created no message");
    assert_eq!(all(&world), before);
}

/// Close lists a copy under the id of a message whose recorded activity somebody deleted.
#[test]
fn copy_that_stands_for_a_message_is_deleted() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let message = crate::verify::copy(&world, "word1 number 2");
    let path = format!("/activity/whatsapp_message/{}/", message.id);
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
    assert_counts(&preview(&world, &[]).exits(0), &[("deleted", 6)]);
    assert_counts(&undo(&world, &[]).exits(0), &[("deleted", 6)]);
    assert_eq!(all(&world).len(), 0);
    undo(&world, &[]).exits(0).says("Nothing to do");
}
