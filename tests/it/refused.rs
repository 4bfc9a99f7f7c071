//! 4xx: one message fails with Close's error text, a chat that only fails is stopped, the others continue.

use std::sync::atomic::{AtomicU32, Ordering};

use chatferry::sandbox::Fault;

use crate::kit::{Chat, Side, When, World, is_post, scenes};

const BODY: &str = r#"{"errors": [], "field-errors": {"message_markdown": "Not allowed here."}}"#;

/// Refuses the posts whose numbers (from 1) are chosen.
fn refuse(world: &World, chosen: impl Fn(u32) -> bool + Send + Sync + 'static) {
    let count = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        if is_post(seen) && when == When::Received {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            if chosen(number) {
                return Fault::Status(400, BODY.to_owned());
            }
        }
        Fault::None
    });
}

#[test]
fn one_message_fails_and_the_others_continue() {
    let world = World::new(scenes::rich());
    refuse(&world, |number| number == 2);
    let output = world.import().exits(3);
    output.says("message_markdown");
    assert_eq!(output.number("failed"), 1);
    assert_eq!(output.number("created"), world.expected().len() as u64 - 1);
    world.server.calm();
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 1);
    // What could not be linked at the time is linked now.
    world.assert_whole("after the cause is gone");
}

#[test]
fn every_message_fails_once_and_is_imported_in_the_end() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 12)]);
    refuse(&world, |_| true);
    let output = world.import().exits(3);
    assert_eq!(output.number("failed"), 12);
    assert_eq!(world.server.state.message_count(), 0);
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("after the cause is gone");
}

#[test]
fn twenty_rejections_of_one_kind_stop_the_chat_only() {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 60),
        scenes::plain("Dora Quist", 3, 5),
    ]);
    // Which chat a post belongs to is not to be seen from outside; the sandbox's own strictness
    // tells them apart: a contact that is gone from its lead after the check.
    let posts = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        if is_post(seen) && when == When::Received {
            posts.fetch_add(1, Ordering::SeqCst);
            return Fault::Status(400, BODY.to_owned());
        }
        Fault::None
    });
    let output = world.import().exits(3);
    output.says("stopped: default: [chat 1]");
    let failed = output.number("failed");
    assert!((25..50).contains(&failed), "{failed} failed");
    assert_eq!(failed + output.number("not_reached"), 65);
    let tried = world.server.count("POST", "/activity/whatsapp_message/") as u64;
    assert_eq!(tried, failed, "nothing of a stopped chat is tried again");
    world.server.calm();
    world.import().exits(0);
    world.assert_whole("after the cause is gone");
}

#[test]
fn reply_whose_target_failed_is_posted_without_its_link() {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", Side::They, "Which day?")
        .answer("2024-03-13 10:16", Side::Me, 0, "Monday");
    let world = World::new(vec![chat]);
    refuse(&world, |number| number == 1);
    let output = world.import().exits(3);
    output.says("1 without a link to their reply target");
    let messages = world.server.state.messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].markdown.contains("Monday"));
    assert_eq!(messages[0].response_to_id, None);
}

#[test]
fn rejection_without_json_fails_its_message() {
    for status in [400, 402, 404, 405, 409, 415, 422] {
        let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
        let first = AtomicU32::new(0);
        world.server.rule(move |seen, when| {
            if is_post(seen) && when == When::Received && first.fetch_add(1, Ordering::SeqCst) == 0
            {
                return Fault::Status(status, "<html>no</html>".to_owned());
            }
            Fault::None
        });
        let output = world.import().exits(3);
        assert_eq!(output.number("failed"), 1, "{status}");
        assert_eq!(output.number("created"), 2, "{status}");
        output.says(&status.to_string());
    }
}

#[test]
fn denied_post_stops_the_run_and_the_next_run_resumes() {
    for status in [401, 403] {
        let world = World::new(scenes::rich());
        let count = AtomicU32::new(0);
        world.server.rule(move |seen, when| {
            if is_post(seen) && when == When::Received && count.fetch_add(1, Ordering::SeqCst) >= 3
            {
                return Fault::Status(status, "{\"error\": \"denied\"}".to_owned());
            }
            Fault::None
        });
        let output = world.import().exits(5);
        assert_eq!(output.number("created"), 3, "{status}");
        world.server.calm();
        world.import().exits(0);
        world.assert_whole("after the key was mended");
    }
}

#[test]
fn rejected_ticket_fails_its_message_only() {
    let world = World::new(vec![scenes::cleo(), scenes::dora()]);
    let tickets = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        let ticket = seen.path.ends_with("/files/upload/") && when == When::Received;
        if ticket && tickets.fetch_add(1, Ordering::SeqCst) == 0 {
            let body = r#"{"errors": [], "field-errors": {"filename": "Not allowed."}}"#;
            return Fault::Status(400, body.to_owned());
        }
        Fault::None
    });
    let output = world.import().exits(3);
    output.says("filename");
    assert_eq!(output.number("failed"), 1);
    world.server.calm();
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 1);
    assert_eq!(world.server.state.message_count(), 8);
    let files: usize = world
        .server
        .state
        .messages()
        .iter()
        .map(|message| message.attachments.len())
        .sum();
    assert_eq!(files, 4);
}

#[test]
fn failures_are_recorded_and_retried_alone() {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Dora Quist", 3, 4),
    ]);
    let table = world.path().join("failures.csv");
    refuse(&world, |number| number == 3 || number == 8);
    let output = world.import().exits(3);
    assert_eq!(output.number("failed"), 2);
    let text = std::fs::read_to_string(&table).expect("a table");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "file,line,lead_id,external_id,code,reason,what_to_do"
    );
    assert_eq!(lines.len(), 3, "{text}");
    for line in &lines[1..] {
        assert!(line.contains(".zip,"), "{line}");
        assert!(line.contains(",close_400"), "{line}");
        assert!(
            line.ends_with("correct what it names and run again"),
            "{line}"
        );
    }
    world.server.calm();
    // A run that does not try them keeps them.
    world
        .run(&["import", "--yes", "--json", "--limit", "0"])
        .exits(0);
    assert_eq!(std::fs::read_to_string(&table).expect("kept"), text);
    // Something new is there by now; only what failed is taken up.
    let newer = scenes::plain("Dora Quist", 3, 5);
    crate::updates::export_again(&world, &newer);
    let retried = world
        .run(&["import", "--yes", "--json", "--retry-failed"])
        .exits(0);
    assert_eq!(
        (retried.number("created"), retried.number("failed")),
        (2, 0)
    );
    assert!(!table.exists(), "nothing is failed any more");
    assert_eq!(world.import().exits(0).number("created"), 1);
}
