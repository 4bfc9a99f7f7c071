//! What is deleted, what stays, and what later commands make of it.

use serde_json::json;

use super::{BEN, ROOF, add_to_never, all, forget, imported, of_others, put_roof, receipt, world};

#[test]
fn chat_and_group_messages_of_the_person_are_deleted_and_nothing_else() {
    let world = imported();
    let others = of_others(&world);
    let before = all(&world).len();
    let output = forget(&world).exits(3);
    assert_eq!(all(&world), others, "{}", output.stderr);
    let deleted = before - others.len();
    assert_eq!(deleted, 8);
    assert_eq!(output.number("deleted"), 8);
    let receipt = receipt(&output);
    let removed = receipt["removed"].as_array().expect("activities");
    assert_eq!(removed.len(), 8);
    assert!(removed.iter().all(|one| one["at"].is_string()));
    assert_eq!(receipt["in_never_txt"], json!(false));
    for secret in ["Ben Cooper", "secret-alpha", "ladder"] {
        assert!(!output.stdout.contains(secret), "{}", output.stdout);
        assert!(!output.stderr.contains(secret), "{}", output.stderr);
    }
}

#[test]
fn exit_status_is_3_until_never_txt_has_the_number() {
    let world = imported();
    let output = forget(&world).exits(3);
    assert_eq!(receipt(&output)["in_never_txt"], false);
    assert!(!world.path().join("never.txt").exists());
    // Without --json the line to add is on stdout.
    let again = world.run(&["forget", "--phone", BEN, "--yes"]).exits(3);
    assert!(again.stdout.lines().any(|line| line == BEN));
    again.says("Nothing to do: this person is erased already");
    add_to_never(&world);
    let again = forget(&world).exits(0);
    again.says("Nothing to do: this person is erased already");
}

#[test]
fn later_import_creates_nothing_of_the_person() {
    let world = imported();
    forget(&world).exits(3);
    let others = all(&world);
    let more = "14/03/2024, 08:00 - Ben Cooper: are you there?\n\
                14/03/2024, 08:01 - Anna Example: yes\n";
    put_roof(&world, &format!("{ROOF}{more}"));
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 1, "{}", output.stderr);
    assert_eq!(super::of_others(&world).len(), others.len() + 1);
    assert_eq!(all(&world).len(), others.len() + 1);
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("erased");
    assert!(!plan.stdout.contains("Ben Cooper"), "{}", plan.stdout);
    world.run(&["undo", "--yes", "--json"]).exits(0);
    assert!(all(&world).is_empty());
}

#[test]
fn erasure_survives_recover() {
    let world = imported();
    forget(&world).exits(3);
    let others = all(&world);
    world.run(&["recover", "--yes"]).exits(0);
    world.import().exits(0);
    assert_eq!(all(&world), others);
}

#[test]
fn records_of_the_person_are_deleted() {
    let world = imported();
    forget(&world).exits(3);
    let left = "SELECT count(*) FROM message WHERE state <> 3";
    assert_eq!(world.recorded(left), 0);
    assert_eq!(world.recorded("SELECT count(*) FROM erasure"), 1);
    let pairs = "SELECT count(*) FROM chat_pair WHERE chat NOT IN (SELECT chat FROM message)";
    assert_eq!(world.recorded(pairs), 0);
    world.run(&["checkpoint", "check"]).exits(0);
}

#[test]
fn person_is_erased_before_the_first_import() {
    let world = world();
    add_to_never(&world);
    forget(&world).exits(0).says("there is no checkpoint");
    world.import().exits(0);
    assert_eq!(all(&world), of_others(&world));
}

#[test]
fn invalid_number_is_a_usage_error() {
    let world = world();
    let output = world
        .run(&["forget", "--phone", "0861234501", "--yes"])
        .exits(2);
    assert!(!output.stderr.contains("0861234501"));
}

#[test]
fn changed_message_and_one_with_a_reply_are_deleted() {
    let world = imported();
    let message = |text: &str| {
        let messages = world.server.state.messages();
        let found = messages.into_iter().find(|one| one.markdown.contains(text));
        found.expect("a message")
    };
    let changed = message("Monday");
    let path = format!("/activity/whatsapp_message/{}/", changed.id);
    let patch = json!({"message_markdown": "another text"});
    assert_eq!(world.server.call("PUT", &path, &patch), 200);
    let target = message("and I the nails");
    let reply = json!({
        "activity_at": "2025-01-01T10:00:00.000Z", "contact_id": target.contact_id,
        "lead_id": target.lead_id, "user_id": target.user_id, "direction": "outgoing",
        "local_phone": target.local_phone, "remote_phone": "+353861234502",
        "message_markdown": "fine", "response_to_id": target.id,
        "external_whatsapp_message_id": "helpdesk-fine",
    });
    world
        .server
        .call("POST", "/activity/whatsapp_message/", &reply);
    let preview = world.run(&["forget", "--phone", BEN, "--dry-run"]);
    preview.says("1 of them changed in Close since, deleted all the same");
    let others = of_others(&world).len();
    assert_eq!(forget(&world).exits(3).number("deleted"), 8);
    assert_eq!(all(&world).len(), others);
}

#[test]
fn activity_of_another_origin_is_listed() {
    let world = imported();
    add_to_never(&world);
    let foreign = json!({
        "activity_at": "2025-01-01T10:00:00.000Z", "contact_id": "cont_01", "lead_id": "lead_01",
        "user_id": "user_anna", "direction": "outgoing", "local_phone": "+4915112345678",
        "remote_phone": BEN, "message_markdown": "by another program",
        "external_whatsapp_message_id": "helpdesk-1",
    });
    world
        .server
        .call("POST", "/activity/whatsapp_message/", &foreign);
    let output = forget(&world).exits(3);
    let receipt = receipt(&output);
    assert_eq!(receipt["not_ours"].as_array().map(Vec::len), Some(1));
    let left = all(&world);
    assert!(left.iter().any(|one| one.contains("by another program")));
}

/// The person's lead is not shown to the key: nothing was erased, and the receipt says so, also the second time.
#[test]
fn messages_that_close_does_not_show_are_not_erased() {
    let world = world();
    world.proxy();
    world.import().exits(0);
    let messages = world.server.state.messages();
    let of_ben = messages.iter().find(|message| message.remote_phone == BEN);
    let lead = of_ben.expect("a message of Ben").lead_id.clone();
    let of_lead = messages.iter().filter(|message| message.lead_id == lead);
    world
        .proxy()
        .hide_lead(&lead, of_lead.map(|message| message.id.clone()));
    let count = world.server.state.message_count();
    add_to_never(&world);
    for _ in 0..2 {
        let output = forget(&world).exits(3);
        assert_ne!(
            receipt(&output)["kept"],
            serde_json::json!([]),
            "{}",
            output.stdout
        );
        assert_eq!(output.stdout.lines().count(), 1, "{}", output.stdout);
    }
    let left = world.server.state.messages();
    assert!(
        left.iter()
            .filter(|message| message.lead_id == lead)
            .count()
            > 0
    );
    assert!(left.len() <= count);
    world.proxy().calm();
    forget(&world).exits(0);
    let left = world.server.state.messages();
    assert!(left.iter().all(|message| message.remote_phone != BEN));
}
