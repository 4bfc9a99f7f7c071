//! What is recorded of a message, and what the next import does with it: one test per state.

use std::fs;

use chatferry::sandbox::Fault;
use serde_json::{Value, json};

use super::{explain, id_of};
use crate::kit::Side::{Me, They};
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, When, World, archive, is_post, scenes};
use crate::moves;

const PLACE: &str = "WhatsApp Chat with Ben Cooper.zip";

fn plain() -> Chat {
    scenes::plain("Ben Cooper", 1, 4)
}

fn imported() -> World {
    let world = World::new(vec![plain()]);
    world.import().exits(0);
    world
}

#[track_caller]
fn assert_next(value: &Value, action: &str) {
    assert_eq!(value["next"]["action"], action, "{value:#}");
    assert!(
        value["next"]["what"]
            .as_str()
            .is_some_and(|what| !what.is_empty())
    );
}

#[test]
fn message_that_was_never_posted_is_created() {
    let world = World::new(vec![plain()]);
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_next(&value, "create");
    assert_eq!(value["records"], json!([]));
    assert_eq!(value["paired"], Value::Null);
}

#[test]
fn message_in_close_is_unchanged_and_has_its_runs() {
    let world = imported();
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_next(&value, "unchanged");
    let record = &value["records"][0];
    assert_eq!(
        (&record["state"], &record["origin"]),
        (&"done".into(), &"created".into())
    );
    assert_eq!(
        (&record["created"]["run"], &record["created"]["command"]),
        (&1.into(), &"import".into())
    );
    assert!(
        record["created"]["started_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
    assert_eq!(record["attempts"], 1);
}

#[test]
fn message_of_a_lost_archive_is_kept() {
    let world = imported();
    let id = id_of(&world, "word1 number 2");
    fs::remove_dir_all(world.exports()).expect("removed");
    let value = explain(&world, &id);
    assert_next(&value, "kept");
    assert_eq!(value["lines"], json!([]));
    assert_eq!(value["records"][0]["state"], "done");
}

#[test]
fn rejected_message_has_its_code() {
    let world = World::new(vec![plain()]);
    let refused = || Fault::Status(400, "{\"error\": \"no\"}".to_owned());
    let output = world.import_until(
        |seen, when| is_post(seen) && when == When::Received,
        move |_| refused(),
    );
    assert_eq!(output.exits(3).number("failed"), 1);
    let values: Vec<Value> = (1..=4)
        .map(|line| explain(&world, &format!("{PLACE}:{line}")))
        .collect();
    let is_failed = |value: &&Value| value["records"][0]["state"] == "failed";
    let failed: Vec<&Value> = values.iter().filter(is_failed).collect();
    assert_eq!(failed.len(), 1);
    assert!(
        failed[0]["records"][0]["failure"].is_string(),
        "{:#}",
        failed[0]
    );
    assert_next(failed[0], "create");
}

#[test]
fn request_without_an_answer_is_settled() {
    let world = World::new(vec![plain()]);
    // Every post: several are sent at once, and none is answered.
    let killed = world.import_under(|seen, _, running| {
        if !is_post(seen) {
            return Fault::None;
        }
        running.kill();
        Fault::Drop
    });
    assert_eq!(killed.code, None);
    let value = explain(&world, &format!("{PLACE}:1"));
    assert_eq!(value["records"][0]["state"], "intent");
    assert_next(&value, "settle");
}

#[test]
fn edited_message_is_updated() {
    let chat = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:10", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let world = World::new(vec![chat("one")]);
    world.import().exits(0);
    archive::put_zip(&chat("two <This message was edited>"), &world.exports());
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_next(&value, "update");
    assert_eq!(value["next"]["fields"], json!(["edited"]));
    assert_eq!(value["lines"][0]["edited"], true);
    assert_eq!(value["paired"]["by"], "position");
}

#[test]
fn message_of_a_corrected_lead_is_replaced() {
    let world = moves::world(plain(), "");
    world.import().exits(0);
    moves::correct_lead(&world);
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_next(&value, "replace");
    assert_eq!(value["routing"]["lead_id"], moves::NEW_LEAD);
    assert_eq!(value["records"][0]["lead_id"], "lead_01");
}

/// A move is interrupted between the post and the deletion.
#[test]
fn unfinished_operation_is_shown() {
    let world = moves::world(plain(), "");
    world.import().exits(0);
    moves::correct_lead(&world);
    let arguments = ["import", "--yes", "--json", "--allow-deletes", "9"];
    let killed = world.run_under(&arguments, |seen, when, running| {
        if seen.method == "DELETE" && when == When::Received {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    assert_eq!(killed.code, None);
    let open = world.recorded("SELECT count(*) FROM operation WHERE open = 1 AND step = 2");
    assert!(open > 0);
    let places = (1..=4).map(|line| format!("{PLACE}:{line}"));
    let values: Vec<Value> = places.map(|place| explain(&world, &place)).collect();
    let operations = values
        .iter()
        .filter_map(|value| value["open_operations"].get(0));
    assert!(
        operations
            .into_iter()
            .any(|one| one["kind"] == "replace" && one["step"] == "posted")
    );
}

#[test]
fn message_that_a_person_removed_stays_removed() {
    let world = imported();
    let id = id_of(&world, "word1 number 2");
    let messages = world.server.state.messages();
    let message = messages
        .iter()
        .find(|one| one.external_id == id)
        .expect("a message");
    let path = format!("/activity/whatsapp_message/{}/", message.id);
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    // A change of the message shows that it is not there.
    world
        .run(&["import", "--yes", "--gone", "restore", "--limit", "0"])
        .exits(0);
    let value = explain(&world, &id);
    assert_next(&value, "unchanged");
    let asked = world.run(&["explain", &id, "--json", "--ask"]).exits(0);
    assert_eq!(super::json(&asked)["close"]["found"], false);
}

#[test]
fn rule_that_leaves_a_message_out_is_named() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let value = explain(&world, &format!("{PLACE}:1"));
    assert_next(&value, "left_out");
    assert_eq!(value["next"]["fields"], json!(["system"]));
    assert_eq!(value["routing"]["message_rule"], "system");
    assert_eq!(value["routing"]["decision"], "ready");
    assert_eq!(value["sender"], Value::Null);
}

#[test]
fn rule_that_leaves_a_chat_out_is_named() {
    let mut built = Built::new(vec![plain()]);
    let row = plain().contact_row().replace(",\n", ",no\n");
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    let world = built.world();
    let value = explain(&world, &format!("{PLACE}:1"));
    assert_next(&value, "left_out");
    assert_eq!(value["routing"]["code"], "import_no");
    assert_eq!(value["routing"]["contacts_lines"], json!([3]));
}

#[test]
fn held_chat_is_explained_with_its_reason() {
    let mut built = Built::new(vec![plain()]);
    built.contacts = Some(format!("{HEADER}{}", me()));
    let world = built.world();
    let value = explain(&world, &format!("{PLACE}:1"));
    assert_next(&value, "held");
    assert_eq!(value["routing"]["decision"], "held");
    assert_eq!(value["routing"]["code"], "mapping");
    assert_eq!(value["external_id"], Value::Null);
    assert_eq!(value["sender"]["role"], "unknown");
}

#[test]
fn undecided_message_has_its_cause() {
    let chat = |texts: [&str; 2]| {
        texts.iter().fold(
            Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before"),
            |chat, text| chat.say("2024-03-13 10:20", They, text),
        )
    };
    let world = World::new(vec![chat(["one", "two"]).say(
        "2024-03-13 10:30",
        Me,
        "after",
    )]);
    world.import().exits(0);
    let edited = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "quite different <This message was edited>",
        )
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&edited, &world.exports());
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_next(&value, "undecided");
    assert_eq!(value["next"]["fields"], json!(["edited"]));
}

#[test]
fn message_that_its_sender_deleted_since_is_deleted() {
    let mut built = Built::new(vec![plain()]);
    built.import = "deleted_since = \"delete\"".to_owned();
    built.contacts = Some(contacts(&[plain()]));
    let world = built.world();
    world.import().exits(0);
    let text = archive::transcript(&plain()).replace("word1 number 2", "This message was deleted");
    let zip = archive::zip_of(&[("WhatsApp Chat with Ben Cooper.txt".to_owned(), text)]);
    fs::write(world.exports().join(PLACE), zip).expect("written");
    let plan = world.run(&["plan", "--json"]).exits(0);
    assert_eq!(plan.number("deleted"), 1);
    let value = explain(&world, &format!("{PLACE}:3"));
    assert_next(&value, "delete");
    assert_eq!(value["lines"][0]["kind"], "deleted");
    // The same by the id of its record, which no archive has any more.
    let id = id_of(&world, "word1 number 2");
    assert_eq!(value["external_id"], id);
    let by_id = explain(&world, &id);
    assert_eq!(by_id["next"], value["next"]);
    assert_eq!(by_id["lines"], value["lines"]);
}

#[test]
fn undone_message_names_the_run_that_deleted_it() {
    let world = imported();
    world.run(&["undo", "--yes"]).exits(0);
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_next(&value, "create");
    assert_eq!(value["records"][0]["undone"]["run"], 2, "{value:#}");
    let what = "posts it again: it was deleted by `undo`, run 2";
    assert_eq!(value["next"]["what"], what);
    let text = world.run(&["explain", &format!("{PLACE}:2")]).exits(0);
    text.says("           deleted by `undo`, run 2");
    world.import().exits(0);
    let value = explain(&world, &format!("{PLACE}:2"));
    assert_eq!(value["records"][0]["undone"], Value::Null);
}
