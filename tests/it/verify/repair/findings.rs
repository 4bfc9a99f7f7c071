//! One scenario for each finding.

use serde_json::{Value, json};

use super::super::findings::{merged, moved};
use super::super::{change, copy, delete, imported, path_of, plain, stored, table};
use super::{
    activities, assert_clean, assert_counts, assert_others_untouched, assert_planned, repair,
    summary, verify,
};
use crate::kit::{World, scenes};

#[test]
fn missing_message_is_posted_again_under_its_id() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    let before = activities(&world);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("post", 1)]);
    assert_counts(&output, &[("same", 6)]);
    assert_eq!(
        stored(&world, "word1 number 2").external_id,
        message.external_id
    );
    assert_others_untouched(&world, &before, &["the new one"]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn replies_are_linked_to_the_message_that_is_posted_again() {
    let world = imported(vec![scenes::ben()]);
    let question = delete(&world, "Any is fine.");
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("post", 1)]);
    assert_eq!(summary(&output)["relinked"], 1, "{}", output.stdout);
    let new = stored(&world, "Any is fine.");
    assert_ne!(new.id, question.id);
    assert_eq!(stored(&world, "Monday").response_to_id, Some(new.id));
    assert_clean(&world);
}

#[test]
fn message_that_was_not_imported_is_posted() {
    let world = World::new(vec![plain()]);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("post", 6)]);
    assert_counts(&output, &[("same", 6)]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn removed_message_stays_removed_unless_it_is_requested() {
    let world = imported(vec![plain()]);
    delete(&world, "word1 number 2");
    world
        .run(&["import", "--yes", "--gone", "respect"])
        .exits(0);
    let writes = world.server.writes();
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[]);
    assert_eq!(world.server.writes(), writes);
    let output = repair(&world, &["--gone", "restore"]).exits(0);
    assert_planned(&output, &[("post", 1)]);
    assert_counts(&output, &[("same", 6)]);
    world.assert_whole("restored");
    assert_clean(&world);
}

#[test]
fn message_that_a_run_deleted_is_posted() {
    let world = imported(vec![plain()]);
    let message = delete(&world, "word1 number 2");
    let path = world.path().join("chatferry.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    file.execute(
        "UPDATE message SET state = 5, activity_id = NULL WHERE external_id = ?1",
        [&message.external_id],
    )
    .expect("changed");
    drop(file);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("post", 1)]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn messages_on_another_lead_are_moved() {
    let world = moved();
    let refused = repair(&world, &["--allow-deletes", "5"]).exits(2);
    refused.says("--allow-deletes 6");
    assert_eq!(activities(&world).len(), 6);
    let output = repair(&world, &["--allow-deletes", "6"]).exits(0);
    assert_planned(&output, &[("move", 6)]);
    assert_counts(&output, &[("same", 6)]);
    let leads = world.server.state.messages();
    assert!(leads.iter().all(|message| message.lead_id == "lead_02"));
    assert_eq!(leads.len(), 6);
    assert_clean(&world);
}

#[test]
fn messages_of_a_merged_lead_need_no_repair() {
    let world = merged("");
    let writes = world.server.writes();
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[]);
    assert_counts(&output, &[("same", 8)]);
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn message_of_a_merged_lead_is_posted_again_on_the_lead_that_is_left() {
    let world = merged("");
    delete(&world, "word1 number 2");
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("post", 1)]);
    assert_counts(&output, &[("same", 8)]);
    assert_eq!(stored(&world, "word1 number 2").lead_id, "lead_02");
    assert_clean(&world);
}

#[test]
fn foreign_activity_is_not_touched() {
    let world = imported(vec![plain()]);
    let body = json!({
        "activity_at": "2024-03-01T10:00:00.000Z", "contact_id": "cont_01", "lead_id": "lead_01",
        "direction": "incoming", "local_phone": "+4915112345678", "remote_phone": "+353861234501",
        "message_markdown": "from the help desk", "external_whatsapp_message_id": "helpdesk-1",
    });
    world
        .server
        .call("POST", "/activity/whatsapp_message/", &body);
    let message = change(&world, "word1 number 4", &json!({"direction": "outgoing"}));
    delete(&world, "word1 number 2");
    let before = activities(&world);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("post", 1), ("update", 1)]);
    assert_counts(&output, &[("foreign", 1), ("same", 6)]);
    assert_others_untouched(&world, &before, &[&message.id, "the new one"]);
    assert_clean(&world);
}

/// One message with two findings: another direction, and a copy.
#[test]
fn two_findings_on_one_message_are_both_repaired() {
    let world = imported(vec![plain()]);
    copy(&world, "word1 number 2");
    let message = stored(&world, "word1 number 2");
    change(&world, "word1 number 2", &json!({"direction": "outgoing"}));
    let (_, rows) = table(&world, &[]);
    let findings: Vec<&str> = rows.iter().map(|row| row["finding"].as_str()).collect();
    assert_eq!(findings, ["double", "drifted"]);
    let output = repair(&world, &["--allow-deletes", "1"]).exits(0);
    assert_planned(&output, &[("delete", 1), ("update", 1)]);
    assert_counts(&output, &[("same", 6)]);
    let message = activities(&world)
        .remove(&message.id)
        .expect("the recorded one stays");
    assert_eq!(message.direction, "incoming");
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn operations_are_carried_out_safest_first() {
    let world = imported(vec![scenes::ben(), scenes::cleo(), scenes::dora()]);
    copy(&world, "Thanks");
    delete(&world, "Nice");
    change(&world, "ok", &json!({"direction": "outgoing"}));
    change(&world, "Agreed", &json!({"response_to_id": null}));
    let since = world.server.state.requests().len();
    let output = repair(&world, &["--allow-deletes", "1"]).exits(0);
    let kinds = [("delete", 1), ("link", 1), ("post", 1), ("update", 1)];
    assert_planned(&output, &kinds);
    let requests = world.server.state.requests();
    let writes: Vec<String> = (requests[since..].iter())
        .filter(|line| line.method != "GET" && line.template.contains("whatsapp_message"))
        .map(|line| line.method.clone())
        .collect();
    assert_eq!(writes, ["PUT", "PUT", "POST", "DELETE"]);
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn dry_run_shows_the_plan_and_writes_nothing() {
    let world = imported(vec![plain()]);
    delete(&world, "word1 number 2");
    copy(&world, "word1 number 4");
    let files = world.listing();
    let writes = world.server.writes();
    let output = world
        .run(&["verify", "--repair", "--dry-run", "--json"])
        .exits(3);
    assert_planned(&output, &[("delete", 1), ("post", 1)]);
    let summary = summary(&output);
    assert_eq!(summary["dry_run"], true);
    assert_eq!(summary["deletions"], 1);
    assert_eq!(summary["operations"][0]["operation"], "post");
    assert_eq!(summary["operations"][0]["line"], 3);
    assert_eq!(world.server.writes(), writes);
    assert!(world.listing() == files, "a file changed");
    assert_counts(
        &verify(&world, &[]),
        &[("double", 1), ("missing", 1), ("same", 4)],
    );
}

#[test]
fn message_that_no_archive_has_is_not_repaired() {
    let chat = scenes::dora();
    let world = imported(vec![chat, plain()]);
    let message = delete(&world, "Thanks");
    change(&world, "Welcome", &json!({"direction": "incoming"}));
    for (path, _) in world.listing() {
        if path.to_string_lossy().contains("Dora") {
            std::fs::remove_file(path).expect("removed");
        }
    }
    let writes = world.server.writes();
    let output = repair(&world, &[]).exits(3);
    assert_planned(&output, &[]);
    assert_eq!(world.server.writes(), writes);
    let unfixed = summary(&output)["unfixed"].clone();
    let unfixed = unfixed.as_array().expect("a list");
    let reasons: Vec<&str> = unfixed
        .iter()
        .filter_map(|one| one["why"].as_str())
        .collect();
    assert_eq!(reasons.len(), 2, "{unfixed:?}");
    assert!(
        reasons
            .iter()
            .all(|why| why.contains("put its archive back")),
        "{reasons:?}"
    );
    assert!(
        unfixed
            .iter()
            .any(|one| one["external_id"] == message.external_id.as_str())
    );
}

/// A person changes the message back while the repair waits for its turn.
#[test]
fn finding_that_no_longer_holds_is_skipped_and_named() {
    let world = imported(vec![plain()]);
    let message = change(&world, "word1 number 2", &json!({"direction": "outgoing"}));
    let path = path_of(&message);
    let caller = crate::kit::server::caller(&world.server.base_url);
    let done = std::sync::atomic::AtomicBool::new(false);
    let id = message.id.clone();
    let output = world.run_under(
        &["verify", "--repair", "--yes", "--json"],
        move |seen, when, _| {
            let is_recheck = seen.method == "GET" && seen.path.contains(&id);
            if is_recheck
                && when == crate::kit::When::Received
                && !done.swap(true, std::sync::atomic::Ordering::SeqCst)
            {
                caller("PUT", &path, &json!({"direction": "incoming"}));
            }
            chatferry::sandbox::Fault::None
        },
    );
    let output = output.exits(0);
    let summary = summary(&output);
    assert_eq!(
        (&summary["skipped"], &summary["done"]),
        (&json!(1), &json!(0))
    );
    output.says("no longer holds");
    output.says(&message.external_id);
    assert_counts(&output, &[("same", 6)]);
    assert_eq!(
        world.server.call("GET", &path_of(&message), &Value::Null),
        200
    );
}
