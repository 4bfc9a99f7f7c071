//! Several activities of one message: which one stays.

use serde_json::{Value, json};

use super::super::{change, copy, imported, plain, stored};
use super::{activities, assert_clean, assert_counts, assert_planned, repair, summary};
use crate::kit::{World, scenes};

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

/// A person deletes one of the two while the repair is on its way.
#[test]
fn activity_is_not_deleted_once_the_other_one_is_gone() {
    let world = imported(vec![plain()]);
    let message = copy(&world, "word1 number 2");
    let [copy] = copies_of(&world, &message.id).try_into().expect("one copy");
    let kept = format!("/activity/whatsapp_message/{}/", message.id);
    let caller = crate::kit::server::caller(&world.server.base_url);
    let done = std::sync::atomic::AtomicBool::new(false);
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
        if is_recheck
            && when == crate::kit::When::Received
            && !done.swap(true, std::sync::atomic::Ordering::SeqCst)
        {
            caller("DELETE", &kept, &Value::Null);
        }
        chatferry::sandbox::Fault::None
    });
    assert_eq!(summary(&output)["skipped"], 1, "{}", output.stdout);
    assert!(
        activities(&world).contains_key(&copy),
        "the last one is deleted"
    );
    assert_clean(&world);
}
