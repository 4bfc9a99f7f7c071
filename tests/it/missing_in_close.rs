//! Messages that are recorded and that Close's list of their lead lacks: removed, or never posted.

use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::Fault;
use serde_json::json;

use crate::kit::Side::Me;
use crate::kit::world::IMPORT;
use crate::kit::{Built, Chat, Output, When, World, archive, is_post, scenes};

/// Thirty messages in Close, and a newer export with one more.
fn world(import: &str) -> World {
    let mut built = Built::new(vec![chat()]);
    built.import = import.to_owned();
    let world = built.world();
    world.import().exits(0);
    archive::put_zip(&newer(), &world.exports());
    world
}

fn chat() -> Chat {
    scenes::plain("Ben Cooper", 1, 30)
}

fn newer() -> Chat {
    chat().say("2024-03-14 10:00", Me, "more")
}

fn remove(world: &World, text: &str) {
    let messages = world.server.state.messages();
    let message = messages.iter().find(|m| m.markdown == text);
    let id = &message.expect("a message").id;
    let path = format!("/activity/whatsapp_message/{id}/");
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
}

/// The event log forgets after 30 days.
fn forget_events(world: &World) {
    world.server.rule(|seen, when| {
        let is_log = seen.path.ends_with("/event/") && when == When::Received;
        match is_log {
            true => Fault::Status(200, json!({"data": [], "cursor_next": null}).to_string()),
            false => Fault::None,
        }
    });
}

fn count(world: &World) -> usize {
    world.server.state.message_count()
}

/// Writes the row with this decision that a plan prints to decisions.csv.
fn write_printed_row(world: &World, decision: &str) {
    let plan = world.run(&["plan", "--details"]).exits(3);
    let row = plan.stdout.lines().map(str::trim);
    let mut row = row.filter(|line| line.ends_with(&format!(",{decision},")));
    let row = row.next_back().expect("a row");
    world.write("decisions.csv", &format!("message,decision,of\n{row}\n"));
}

fn numbers(run: &Output) -> (u64, u64) {
    (run.number("created"), run.number("undecided"))
}

const PLACE: &str = "WhatsApp Chat with Ben Cooper.zip:8";

#[test]
fn deletion_in_the_event_log_is_respected() {
    let world = world("");
    remove(&world, "word1 number 7");
    let run = world.import().exits(0);
    assert_eq!(numbers(&run), (1, 0));
    assert_eq!(count(&world), 30);
}

#[test]
fn respected_removal_is_not_looked_up_again() {
    let world = world("");
    remove(&world, "word1 number 7");
    world.import().exits(0);
    let newest = newer().say("2024-03-15 10:00", Me, "even more");
    archive::put_zip(&newest, &world.exports());
    let before = world.server.count("GET", "/event/");
    assert_eq!(numbers(&world.import().exits(0)), (1, 0));
    assert_eq!(world.server.count("GET", "/event/"), before);
}

/// The run is killed while it posts another chat's messages: what Close lacks is not forgotten with it.
#[test]
fn missing_without_proof_stays_undecided_after_a_killed_run() {
    let other = scenes::plain("Cleo Diaz", 2, 5);
    let world = Built::new(vec![chat(), other]).world();
    world.import().exits(0);
    remove(&world, "word1 number 7");
    archive::put_zip(&newer(), &world.exports());
    archive::put_zip(&scenes::plain("Cleo Diaz", 2, 145), &world.exports());
    let posts = AtomicUsize::new(0);
    let state = world.server.state.clone();
    let killed = world.run_under(IMPORT, move |seen, when, running| {
        if when == When::Received && seen.path.ends_with("/event/") {
            return Fault::Status(200, json!({"data": [], "cursor_next": null}).to_string());
        }
        let is_more = || (state.messages().iter()).any(|message| message.markdown == "more");
        let is_late = when == When::Received
            && is_post(seen)
            && posts.fetch_add(1, Ordering::SeqCst) >= 20
            && is_more();
        match is_late {
            true => {
                running.kill();
                Fault::Drop
            }
            false => Fault::None,
        }
    });
    assert_eq!(killed.code, None, "{}", killed.stderr);
    let messages = world.server.state.messages();
    assert!(messages.iter().any(|message| message.markdown == "more"));
    forget_events(&world);
    for _ in 0..2 {
        let run = world.import().exits(3);
        assert_eq!(run.number("undecided"), 1, "{}", run.stderr);
        run.says("missing in Close, cause unknown");
    }
    assert_eq!(count(&world), 175);
}

/// A chat without anything to do counts what Close holds, not what was removed there.
#[test]
fn removed_messages_of_an_idle_chat_are_not_in_close() {
    let other = scenes::plain("Cleo Diaz", 2, 5);
    let world = Built::new(vec![chat(), other.clone()]).world();
    world.import().exits(0);
    remove(&world, "word1 number 7");
    archive::put_zip(&newer(), &world.exports());
    world.import().exits(0);
    let news = other.say("2024-03-14 10:00", Me, "more");
    archive::put_zip(&news, &world.exports());
    let plan = world.run(&["plan"]).exits(0);
    plan.says("1 chat with nothing to do, 30 messages recorded as imported, 1 removed in Close");
}

#[test]
fn deletion_in_the_event_log_is_restored_where_the_policy_restores() {
    let world = world("gone = \"restore\"\n");
    remove(&world, "word1 number 7");
    assert_eq!(numbers(&world.import().exits(0)), (2, 0));
    assert_eq!(count(&world), 31);
}

#[test]
fn missing_without_proof_is_undecided() {
    let world = world("");
    remove(&world, "word1 number 7");
    forget_events(&world);
    let plan = world.run(&["plan", "--details"]).exits(3);
    plan.says("missing in Close, cause unknown").says(PLACE);
    let run = world.import().exits(3);
    run.says("missing in Close, cause unknown");
    assert_eq!(numbers(&run), (1, 1));
    assert_eq!(count(&world), 30);
}

/// What a run could not decide stays undecided until a person does: the row takes effect although no export is new.
#[test]
fn missing_without_proof_stays_undecided_until_it_is_settled() {
    for (decision, created) in [("new", 1), ("leave", 0)] {
        let world = world("");
        remove(&world, "word1 number 7");
        forget_events(&world);
        assert_eq!(numbers(&world.import().exits(3)), (1, 1));
        for _ in 0..2 {
            assert_eq!(numbers(&world.import().exits(3)), (0, 1));
        }
        write_printed_row(&world, decision);
        assert_eq!(
            numbers(&world.import().exits(0)),
            (created, 0),
            "{decision}"
        );
        let lists = world.server.count("GET", "/activity/whatsapp_message/");
        assert_eq!(numbers(&world.import().exits(0)), (0, 0), "{decision}");
        // Settled: the list is not read again.
        let again = world.server.count("GET", "/activity/whatsapp_message/");
        assert_eq!(again, lists, "{decision}");
    }
}

#[test]
fn missing_without_proof_is_undecided_where_the_policy_restores() {
    let world = world("gone = \"restore\"\n");
    remove(&world, "word1 number 7");
    forget_events(&world);
    assert_eq!(numbers(&world.import().exits(3)), (1, 1));
    // The list is read in every run of this policy.
    assert_eq!(numbers(&world.import().exits(3)), (0, 1));
}

#[test]
fn flag_respect_settles_it() {
    let world = world("");
    remove(&world, "word1 number 7");
    forget_events(&world);
    world.import().exits(3);
    let run = world.run(&["import", "--yes", "--json", "--gone", "respect"]);
    assert_eq!(numbers(&run.exits(0)), (0, 0));
    let newest = newer().say("2024-03-15 10:00", Me, "even more");
    archive::put_zip(&newest, &world.exports());
    assert_eq!(numbers(&world.import().exits(0)), (1, 0));
    assert_eq!(count(&world), 31);
}

#[test]
fn flag_restore_settles_it() {
    let world = world("");
    remove(&world, "word1 number 7");
    forget_events(&world);
    world.import().exits(3);
    let run = world.run(&["import", "--yes", "--json", "--gone", "restore"]);
    assert_eq!(numbers(&run.exits(0)), (1, 0));
    assert_eq!(numbers(&world.import().exits(0)), (0, 0));
    assert_eq!(count(&world), 31);
    assert_eq!(world.server.state.duplicates(), 0);
}

#[test]
fn flag_applies_to_a_plan_file() {
    let world = world("");
    remove(&world, "word1 number 7");
    forget_events(&world);
    let plan = [
        "plan",
        "--gone",
        "restore",
        "--out",
        "plan.jsonl",
        "--details",
    ];
    world.run(&plan).exits(0).says("2 to create");
    let run = world.run(&["import", "--yes", "--json", "--plan", "plan.jsonl"]);
    assert_eq!(run.exits(0).number("created"), 2);
}

#[test]
fn printed_rows_settle_it() {
    for (decision, created, left) in [("new", 2, 31), ("leave", 1, 30)] {
        let world = world("");
        remove(&world, "word1 number 7");
        forget_events(&world);
        write_printed_row(&world, decision);
        assert_eq!(
            numbers(&world.import().exits(0)),
            (created, 0),
            "{decision}"
        );
        assert_eq!(numbers(&world.import().exits(0)), (0, 0), "{decision}");
        assert_eq!(count(&world), left, "{decision}");
    }
}

/// Two of thirty are more than one in twenty.
#[test]
fn many_missing_were_never_posted() {
    let world = world("");
    remove(&world, "word1 number 7");
    remove(&world, "word1 number 9");
    forget_events(&world);
    assert_eq!(numbers(&world.import().exits(0)), (3, 0));
    assert_eq!(count(&world), 31);
    assert_eq!(world.server.state.duplicates(), 0);
}

#[test]
fn removals_in_the_event_log_do_not_count_as_never_posted() {
    let world = world("");
    for number in [3, 5, 7, 9, 11] {
        remove(&world, &format!("word1 number {number}"));
    }
    assert_eq!(numbers(&world.import().exits(0)), (1, 0));
    assert_eq!(count(&world), 26);
}

#[test]
fn removals_in_the_event_log_are_respected_without_the_checkpoint() {
    let world = world("");
    for number in [3, 5, 7, 9, 11] {
        remove(&world, &format!("word1 number {number}"));
    }
    world.forget();
    let recovered = world.run(&["recover", "--yes", "--json"]).exits(0);
    assert_eq!(recovered.number("would_create"), 1, "{}", recovered.stderr);
    assert_eq!(numbers(&world.import().exits(0)), (1, 0));
    assert_eq!(count(&world), 26);
}

#[test]
fn event_log_that_cannot_be_read_is_no_proof() {
    let world = world("");
    remove(&world, "word1 number 7");
    world.server.rule(|seen, when| {
        let is_log = seen.path.ends_with("/event/") && when == When::Received;
        match is_log {
            true => Fault::Status(400, "{}".to_owned()),
            false => Fault::None,
        }
    });
    assert_eq!(numbers(&world.import().exits(3)), (1, 1));
}

/// Lists may lack for a while what was just written (`settle_seconds`).
#[test]
fn message_that_a_late_list_lacks_is_not_missing() {
    let world = world("");
    let path = world.path().join("chatferry.toml");
    let settings = std::fs::read_to_string(path).expect("a file");
    let settings = settings.replace("settle_seconds = 0.0", "settle_seconds = 60.0");
    world.write("chatferry.toml", &settings);
    // The list's first page without one message that Close holds.
    let messages = world.server.state.messages();
    let hidden = messages.iter().find(|m| m.markdown == "word1 number 7");
    let hidden = hidden.expect("a message").id.clone();
    let listed: Vec<serde_json::Value> = messages
        .iter()
        .filter(|m| m.id != hidden)
        .map(|m| {
            json!({
                "id": m.id, "external_whatsapp_message_id": m.external_id,
                "activity_at": m.activity_at, "direction": m.direction,
                "date_created": "2026-01-01T00:00:00Z", "message_markdown": m.markdown,
            })
        })
        .collect();
    let page = json!({"data": listed, "has_more": false}).to_string();
    world.server.rule(move |seen, when| {
        let is_list = seen.method == "GET" && seen.path.ends_with("/whatsapp_message/");
        match is_list && when == When::Received {
            true => Fault::Status(200, page.clone()),
            false => Fault::None,
        }
    });
    assert_eq!(numbers(&world.run(IMPORT).exits(0)), (1, 0));
}

#[test]
fn complete_lists_cost_no_further_requests() {
    let world = world("");
    world.import().exits(0);
    assert_eq!(world.server.count("GET", "/event/"), 0);
}
