//! Several activities of one message: which one stays.

use std::sync::atomic::{AtomicBool, Ordering};

use chatferry::sandbox::Fault;
use serde_json::{Value, json};

use super::super::{MESSAGES, change, copy, imported, imported_by_proxy, plain, stored, table};
use super::{activities, assert_clean, assert_counts, assert_planned, repair, summary};
use crate::kit::server::caller;
use crate::kit::{Output, When, World, scenes};

/// The ids of the activities with the external id of `id`, except `id`.
fn copies_of(world: &World, id: &str) -> Vec<String> {
    let all = activities(world);
    let external = all[id].external_id.clone();
    (all.into_values())
        .filter(|message| message.external_id == external && message.id != id)
        .map(|message| message.id)
        .collect()
}

#[test]
fn recorded_activity_stays() {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    repair(&world, &[]).exits(2).says("--allow-deletes 1");
    assert_eq!(activities(&world).len(), 7);
    let output = repair(&world, &["--allow-deletes", "1"]).exits(0);
    assert_planned(&output, &[("delete", 1)]);
    assert_counts(&output, &[("same", 6)]);
    assert!(activities(&world).contains_key(&message.id));
    world.assert_whole("repaired");
    assert_clean(&world);
}

#[test]
fn oldest_activity_stays_without_a_record() {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    world.forget();
    let output = repair(&world, &["--allow-deletes", "1"]).exits(0);
    assert_planned(&output, &[("delete", 1)]);
    assert!(
        activities(&world).contains_key(&message.id),
        "the older one stays"
    );
    assert_eq!(activities(&world).len(), 6);
}

/// Replies are linked to the copy, and the checkpoint has the other one.
#[test]
fn activity_that_a_reply_is_linked_to_stays() {
    let world = imported(vec![scenes::ben()]);
    let recorded = copy(&world, "Any is fine.");
    let [copy] = copies_of(&world, &recorded.id)
        .try_into()
        .expect("one copy");
    change(&world, "Monday", &json!({"response_to_id": copy}));
    let output = repair(&world, &["--allow-deletes", "1"]).exits(0);
    assert_planned(&output, &[("delete", 1)]);
    let all = activities(&world);
    assert!(all.contains_key(&copy) && !all.contains_key(&recorded.id));
    assert_eq!(
        stored(&world, "Monday").response_to_id.as_deref(),
        Some(copy.as_str())
    );
    let recorded = format!("SELECT count(*) FROM message WHERE activity_id = '{copy}'");
    assert_eq!(
        world.recorded(&recorded),
        1,
        "the record has the activity that stays"
    );
    assert_clean(&world);
}

#[test]
fn activities_that_replies_are_linked_to_both_stay() {
    let world = imported(vec![scenes::ben()]);
    let recorded = copy(&world, "Any is fine.");
    let [copy] = copies_of(&world, &recorded.id)
        .try_into()
        .expect("one copy");
    change(&world, "ok", &json!({"response_to_id": copy}));
    let writes = world.server.writes();
    let (output, rows) = super::super::table(&world, &[]);
    output
        .exits(3)
        .says("replies are linked to 2 of them, which stay");
    let row = rows
        .iter()
        .find(|row| row["finding"] == "double")
        .expect("a row");
    assert!(row["next"].starts_with("correct it in Close"), "{row:?}");
    world.write(
        "verify.csv",
        &format!(
            "finding,external_id,lead_id,field\ndouble,{},lead_01,\n",
            recorded.external_id
        ),
    );
    let output = repair(&world, &["--from", "verify.csv", "--allow-deletes", "9"]).exits(3);
    assert_planned(&output, &[]);
    let why = summary(&output)["unfixed"][0]["why"].clone();
    assert!(
        why.as_str()
            .is_some_and(|why| why.contains("others are linked")),
        "{why}"
    );
    assert_eq!(world.server.writes(), writes);
}

/// Why the only finding is not repaired.
#[track_caller]
fn why_unfixed(output: &Output) -> String {
    let unfixed = summary(output)["unfixed"].clone();
    assert_eq!(unfixed.as_array().map(Vec::len), Some(1), "{unfixed}");
    unfixed[0]["why"].as_str().expect("a reason").to_owned()
}

#[test]
fn copy_that_a_person_edited_is_not_deleted() {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    let [copy] = copies_of(&world, &message.id).try_into().expect("one copy");
    let edited = json!({"message_markdown": "word1 number 2, and the key"});
    let path = format!("{MESSAGES}{copy}/");
    assert_eq!(world.server.call("PUT", &path, &edited), 200);
    let (output, rows) = table(&world, &[]);
    output
        .exits(3)
        .says("one of them differs from the message and stays");
    let row = rows.iter().find(|row| row["finding"] == "double");
    let next = &row.expect("a row")["next"];
    assert!(next.starts_with("correct it in Close"), "{next}");
    let writes = world.server.writes();
    let output = repair(&world, &["--allow-deletes", "1"]).exits(3);
    assert_planned(&output, &[]);
    let why = why_unfixed(&output);
    assert!(why.contains("they differ from the message"), "{why}");
    assert_eq!(world.server.writes(), writes);
}

/// Repairs a chat with one copy; `act` gets a function that sends requests, and the copy, when the repair reads it again.
fn repaired_while(
    act: impl Fn(&dyn Fn(&str, &str, &Value) -> u16, &str) + Send + Sync + 'static,
) -> (World, String, Output) {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    let [copy] = copies_of(&world, &message.id).try_into().expect("one copy");
    let caller = caller(&world.server.base_url);
    let is_done = AtomicBool::new(false);
    let of_copy = copy.clone();
    let flags = [
        "verify",
        "--repair",
        "--yes",
        "--json",
        "--allow-deletes",
        "1",
    ];
    let output = world.run_under(&flags, move |seen, when, _| {
        let is_recheck = seen.method == "GET" && seen.path.contains(&of_copy);
        if is_recheck && when == When::Received && !is_done.swap(true, Ordering::SeqCst) {
            act(&caller, &of_copy);
        }
        Fault::None
    });
    (world, copy, output)
}

#[test]
fn copy_edited_after_the_comparison_is_not_deleted() {
    let (world, copy, output) = repaired_while(|call, copy| {
        let edited = json!({"message_markdown": "word1 number 2, and the key"});
        assert_eq!(call("PUT", &format!("{MESSAGES}{copy}/"), &edited), 200);
    });
    assert_eq!(summary(&output)["skipped"], 1, "{}", output.stdout);
    assert!(activities(&world).contains_key(&copy), "it is deleted");
}

#[test]
fn copy_replied_to_after_the_comparison_is_not_deleted() {
    let (world, copy, output) = repaired_while(|call, copy| {
        let reply = json!({
            "activity_at": "2026-06-01T08:00:00.000Z", "contact_id": "cont_01", "lead_id": "lead_01",
            "direction": "outgoing", "local_phone": "+4915112345678",
            "remote_phone": "+353861234501", "message_markdown": "we bring it",
            "external_whatsapp_message_id": "helpdesk-000017", "response_to_id": copy,
        });
        let status = call("POST", MESSAGES, &reply);
        assert!(matches!(status, 200 | 201), "{status}");
    });
    assert_eq!(summary(&output)["skipped"], 1, "{}", output.stdout);
    assert!(activities(&world).contains_key(&copy), "it is deleted");
    let reply = stored(&world, "we bring it");
    assert_eq!(reply.response_to_id, Some(copy));
}

/// Another migration has the same chat, and posted its message under the same derived id.
#[test]
fn copy_that_another_user_created_is_not_deleted() {
    let world = imported_by_proxy(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    let [copy] = copies_of(&world, &message.id).try_into().expect("one copy");
    let of_copy = copy.clone();
    world.proxy().change(move |asked, close| {
        let mut answer = close(asked);
        for row in answer.body["data"].as_array_mut().into_iter().flatten() {
            if row["id"] == of_copy.as_str() {
                row["created_by"] = json!("user_somebodyelse");
            }
        }
        answer
    });
    let writes = world.server.writes();
    let output = repair(&world, &["--allow-deletes", "1"]).exits(3);
    assert_planned(&output, &[]);
    let why = why_unfixed(&output);
    assert!(why.contains("another user created them"), "{why}");
    assert_eq!(world.server.writes(), writes);
}

/// A person deletes one of the two while the repair is on its way.
#[test]
fn activity_is_not_deleted_once_the_other_one_is_gone() {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    let [copy] = copies_of(&world, &message.id).try_into().expect("one copy");
    let kept = format!("/activity/whatsapp_message/{}/", message.id);
    let caller = caller(&world.server.base_url);
    let done = AtomicBool::new(false);
    let of_copy = copy.clone();
    let flags = [
        "verify",
        "--repair",
        "--yes",
        "--json",
        "--allow-deletes",
        "1",
    ];
    let output = world.run_under(&flags, move |seen, when, _| {
        let is_recheck = seen.method == "GET" && seen.path.contains(&of_copy);
        if is_recheck && when == When::Received && !done.swap(true, Ordering::SeqCst) {
            caller("DELETE", &kept, &Value::Null);
        }
        Fault::None
    });
    assert_eq!(summary(&output)["skipped"], 1, "{}", output.stdout);
    assert!(
        activities(&world).contains_key(&copy),
        "the last one is deleted"
    );
    assert_clean(&world);
}
