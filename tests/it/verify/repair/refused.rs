//! What Close rejects, and who is asked.

use serde_json::json;

use super::super::{change, imported_by_proxy, plain};
use super::{assert_clean, repair, summary, verify};
use crate::kit::Answer;

#[test]
fn rejected_update_is_named_and_the_others_are_done() {
    let world = imported_by_proxy(vec![plain()]);
    let message = change(&world, "word1 number 2", &json!({"direction": "outgoing"}));
    change(
        &world,
        "word1 number 4",
        &json!({"message_markdown": "another text"}),
    );
    let id = message.id.clone();
    world.proxy().change(move |asked, close| {
        match asked.method == "PUT" && asked.path.contains(&id) {
            true => Answer::field("direction", "Cannot be changed."),
            false => close(asked),
        }
    });
    let output = repair(&world, &[]).exits(3);
    let summary = summary(&output);
    assert_eq!(
        (&summary["done"], &summary["failed"]),
        (&json!(1), &json!(1))
    );
    output.says(&message.external_id);
    assert_eq!(output.number("drifted"), 1);
    let failures = std::fs::read_to_string(world.path().join("failures.csv")).expect("a table");
    assert!(failures.contains(&message.external_id), "{failures}");
    world.proxy().calm();
    repair(&world, &[]).exits(0);
    assert_clean(&world);
}

#[test]
fn lists_that_cannot_be_read_are_left_alone() {
    let world = super::super::imported(crate::kit::scenes::rich());
    change(&world, "Thanks", &json!({"direction": "outgoing"}));
    let output = world.run_under(
        &["verify", "--repair", "--yes", "--json"],
        |seen, when, _| {
            let is_denied =
                seen.query.contains("lead_id=lead_02") && when == crate::kit::When::Received;
            match is_denied {
                true => {
                    chatferry::sandbox::Fault::Status(403, "{\"error\": \"Forbidden\"}".to_owned())
                }
                false => chatferry::sandbox::Fault::None,
            }
        },
    );
    let output = output.exits(5);
    assert_eq!(output.number("not_checked"), 4, "{}", output.stdout);
    assert_eq!(output.number("same"), 10, "{}", output.stdout);
    verify(&world, &[]).exits(0);
}

#[test]
fn held_chat_is_named_with_its_reason() {
    let world = super::super::imported(vec![plain()]);
    super::super::delete(&world, "word1 number 2");
    let contacts = crate::kit::world::contacts(&world.chats);
    world.write("contacts.csv", &contacts.replace("cont_01", "cont_99"));
    let output = repair(&world, &[]).exits(3);
    output.says("Close has no contact cont_99 that this key may see");
    let summary = summary(&output);
    assert_eq!(summary["not_reached"], 1);
    assert_eq!(summary["blocked"][0]["messages"], 1);
}
