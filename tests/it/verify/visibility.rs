//! "Not visible" is never "missing": restricted rights, incomplete lists, denied leads, outages.

use chatferry::sandbox::{Fault, Role};

use super::{assert_counts, delete, imported, imported_by_proxy, plain, table, verdict, verify};
use crate::kit::{Answer, Built, When, scenes};

#[test]
fn key_that_sees_some_leads_is_refused() {
    let mut built = Built::new(vec![plain()]);
    built.options = Box::new(|options| options.role = Role::SomeLeads);
    let world = built.world();
    verify(&world, &[]).exits(5).says("view_all_leads");
}

#[test]
fn list_that_lacks_existing_activities_gives_no_verdict() {
    let world = imported_by_proxy(vec![plain()]);
    let messages = world.server.state.messages();
    let hidden = messages.iter().take(3).map(|message| message.id.clone());
    world.proxy().hide_from_lists(hidden);
    let (output, rows) = table(&world, &[]);
    let output = output.exits(4);
    assert_counts(&output, &[("not_checked", 3), ("same", 3)]);
    assert!(
        verdict(&output).starts_with("No verdict: 3 messages"),
        "{}",
        output.stderr
    );
    output.says("Not checked: 3 messages of the lead of [chat 1] (lead_01)");
    assert!(
        rows.iter().all(|row| row["finding"] == "not_checked"),
        "{rows:?}"
    );
}

#[test]
fn lead_that_close_does_not_show_is_not_checked() {
    let world = imported_by_proxy(scenes::rich());
    world.proxy().change(|asked, close| {
        let is_hidden = asked.parameter("lead_id") == Some("lead_01");
        if asked.is_list() && is_hidden {
            return Answer::new(200, serde_json::json!({"data": [], "has_more": false}));
        }
        let answer = close(asked.clone());
        match asked.path.starts_with("/lead/lead_01/") || answer.body["lead_id"] == "lead_01" {
            true => Answer::new(404, serde_json::json!({"error": "Not found"})),
            false => answer,
        }
    });
    let output = verify(&world, &[]).exits(4);
    assert_counts(&output, &[("not_checked", 6), ("same", 8)]);
    assert!(
        verdict(&output).starts_with("No verdict: 6 messages of 14"),
        "{}",
        output.stderr
    );
}

/// Events of deletions are proof, whatever the key sees.
#[test]
fn logged_deletion_in_a_lead_without_messages_is_missing() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 1)]);
    delete(&world, "word1 number 0");
    assert_counts(&verify(&world, &[]).exits(3), &[("missing", 1)]);
}

/// A repair cannot post on a lead that is gone, and named itself as the next step.
#[test]
fn messages_deleted_with_their_lead_lead_to_the_row() {
    let world = imported(scenes::rich());
    let call = |method: &str, path: &str| world.server.call(method, path, &serde_json::Value::Null);
    assert_eq!(call("DELETE", "/lead/lead_02/"), 200);
    let output = verify(&world, &[]).exits(3);
    assert_counts(&output, &[("missing", 4), ("same", 10)]);
    output.says("deleted in Close with its lead");
    output.says("correct lead_id and contact_id of its chat in contacts.csv");
    output.says("Next: correct the rows of these chats in contacts.csv, then `chatferry plan`");
    let writes = world.server.writes();
    let output = world
        .run(&["verify", "--repair", "--yes", "--json"])
        .exits(3);
    output.says("Next: correct the rows of these chats in contacts.csv");
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn lead_denied_midway_is_not_checked_and_the_others_are() {
    let world = imported(scenes::rich());
    let output = world.run_under(&["verify", "--json"], |seen, when, _| {
        let is_denied = seen.query.contains("lead_id=lead_02") && when == When::Received;
        match is_denied {
            true => Fault::Status(403, "{\"error\": \"Forbidden\"}".to_owned()),
            false => Fault::None,
        }
    });
    let output = output.exits(5);
    assert_counts(&output, &[("not_checked", 4), ("same", 10)]);
    output.says("Not checked: 4 messages of the lead of [chat 2] (lead_02)");
    assert!(
        verdict(&output).starts_with("No verdict"),
        "{}",
        output.stderr
    );
}

#[test]
fn outage_midway_lists_what_was_not_checked() {
    let world = imported(scenes::rich());
    let output = world.run_under(&["verify", "--json"], |seen, when, _| {
        let is_later = !seen.query.contains("lead_id=lead_01") && seen.query.contains("lead_id=");
        match is_later && when == When::Received {
            true => Fault::Drop,
            false => Fault::None,
        }
    });
    let output = output.exits(4);
    assert_counts(&output, &[("not_checked", 8), ("same", 6)]);
    output.says("the lead of [chat 2] (lead_02)");
    output.says("the lead of [chat 3] (lead_03)");
    assert_eq!(
        verdict(&output),
        "No verdict: 8 messages of 14 could not be checked."
    );
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 14)]);
}

#[test]
fn outage_from_the_start_gives_no_verdict() {
    let world = imported(scenes::rich());
    let output = world.run_under(&["verify", "--json"], |_, _, _| Fault::Drop);
    output.exits(4);
}

#[test]
fn unknown_chat_lead_or_device_is_a_usage_error() {
    let world = imported(vec![plain()]);
    for flags in [
        ["--chat", "Ben Couper"],
        ["--lead", "lead_99"],
        ["--device", "nobody"],
    ] {
        verify(&world, &flags).exits(2);
    }
    for flags in [["--chat", "Ben Cooper"], ["--lead", "lead_01"]] {
        assert_counts(&verify(&world, &flags).exits(0), &[("same", 6)]);
    }
}

#[test]
fn limit_of_none_is_the_cause_that_is_said() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let output = verify(&world, &["--limit", "0"]).exits(0);
    let shown = verdict(&output);
    assert_eq!(shown, "Nothing to verify: 6 messages beyond `--limit`.");
}

#[test]
fn selection_and_limit_restrict_what_is_compared() {
    let world = imported(scenes::rich());
    let output = verify(&world, &["--chat", "Dora Quist"]).exits(0);
    assert_counts(&output, &[("same", 4)]);
    let output = verify(&world, &["--limit", "8"]).exits(0);
    assert_counts(&output, &[("same", 8)]);
    assert!(
        verdict(&output).contains("; 6 beyond `--limit`"),
        "{}",
        output.stderr
    );
}
