//! A copy of a message on another lead.

use super::super::{imported, path_of, post_copy, stored};
use super::{activities, assert_counts, assert_planned, repair, summary, verify};
use crate::kit::World;
use crate::kit::scenes;

/// Two chats; a message of the first was copied to the lead of the second.
fn copied() -> World {
    let world = imported(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Cleo Marsh", 2, 6),
    ]);
    let message = stored(&world, "word1 number 2");
    post_copy(&world, &message, ("lead_02", Some("cont_02")));
    world
}

#[test]
fn message_that_was_copied_to_another_lead_is_not_posted() {
    let world = copied();
    let own = world.server.state.messages().into_iter();
    let mut own =
        own.filter(|message| message.lead_id == "lead_01" && message.markdown == "word1 number 2");
    let own = own.next().expect("the message");
    let deleted = world
        .server
        .call("DELETE", &path_of(&own), &serde_json::Value::Null);
    assert_eq!(deleted, 200);
    let expected = [("elsewhere", 1), ("same", 11)];
    let output = verify(&world, &[]).exits(3);
    assert_counts(&output, &expected);
    assert_eq!(output.number("elsewhere_listed"), 1);
    output.says("Next: correct this in Close, then `chatferry verify`; no repair does");
    output.says("an activity on the lead lead_02 has its external id");
    let before = activities(&world).len();
    let output = repair(&world, &[]).exits(3);
    assert_planned(&output, &[]);
    assert_counts(&output, &expected);
    output.says("Next: correct this in Close");
    assert_eq!(
        summary(&output)["unfixed"].as_array().map(Vec::len),
        Some(1)
    );
    // The other lead is not read: the look-up before the post finds the activity.
    let output = repair(&world, &["--lead", "lead_01"]).exits(3);
    assert_planned(&output, &[("post", 1)]);
    output.says("Next: correct this in Close, then `chatferry verify`; no repair does");
    let summary = summary(&output);
    assert_eq!(summary["not_reached"], 1);
    assert_eq!(summary["not_posted"][0]["external_id"], own.external_id);
    assert_eq!(activities(&world).len(), before);
}

#[test]
fn message_on_two_leads_is_double() {
    let world = copied();
    let (output, rows) = super::super::table(&world, &[]);
    let output = output.exits(3);
    let row = rows.iter().find(|row| row["finding"] == "double");
    let row = row.expect("the double message");
    assert!(row["changed_by"].starts_with("user_"), "{row:?}");
    let copy = (world.server.state.messages().into_iter())
        .filter(|message| message.markdown == "word1 number 2")
        .find(|message| message.lead_id == "lead_02");
    let created = copy.expect("the copy").date_created;
    let at = created.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    assert_eq!(row["changed_at"], at);
    assert_counts(&output, &[("double", 1), ("same", 11)]);
    assert_eq!(output.number("double_copies"), 2);
    let writes = world.server.writes();
    repair(&world, &[]).exits(3);
    assert_eq!(world.server.writes(), writes);
}
