//! The checkpoint is lost or an old copy of it is put back right after a run, and the lists of leads do not show yet what that
//! run posted: nothing is posted a second time, and nothing waits without a reason.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use chatferry::internals::clock::System;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::kit::{Answer, Asked, Built, Output, World, archive, scenes};

/// What a run shows that waits.
const WAITS: &str = "are read again in";

/// How long a list may be late in these worlds.
const SETTLE: TimeDelta = TimeDelta::seconds(60);

fn ago(time: TimeDelta) -> Value {
    json!((System::shared().now() - time).to_rfc3339())
}

/// A world with this number of messages, imported. The checkpoint after the first four of them is returned.
fn imported(messages: u32) -> (World, Vec<u8>) {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    built.limits = "settle_seconds = 60.0\nrequests_per_second = 1000.0\n".to_owned();
    let mut world = built.world();
    world.proxy();
    assert_eq!(world.import().exits(0).number("created"), 4);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    if messages > 4 {
        let chat = scenes::plain("Ben Cooper", 1, messages);
        archive::put_zip(&chat, &world.exports());
        world.chats = vec![chat];
        let rerun = world.import().exits(0);
        assert_eq!(rerun.number("created"), u64::from(messages) - 4);
        assert!(!rerun.stderr.contains(WAITS), "{}", rerun.stderr);
    }
    (world, copy)
}

fn put_back(world: &World, copy: &[u8]) {
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
}

/// Whether a request reads the creations of the event log.
fn is_creations(asked: &Asked) -> bool {
    asked.path == "/event/" && asked.parameter("action") == Some("created")
}

/// Removes all rows but the oldest `shown` ones.
fn shorten(answer: &mut Answer, shown: usize) {
    if let Some(rows) = answer.body["data"].as_array_mut() {
        rows.sort_by_key(|row| row["activity_at"].to_string());
        rows.truncate(shown);
        rows.reverse();
    }
}

/// Lists show the first `shown` messages until the event log was read. Until then lists, and the log always, date each
/// creation to `age` ago.
fn late(world: &World, shown: usize, age: TimeDelta) {
    let is_settled = Arc::new(AtomicBool::new(false));
    world.proxy().change(move |asked: Asked, close| {
        let (is_list, is_log) = (asked.is_list(), is_creations(&asked));
        let mut answer: Answer = close(asked);
        if is_log {
            is_settled.store(true, Ordering::SeqCst);
            for event in answer.body["data"].as_array_mut().into_iter().flatten() {
                event["date_created"] = ago(age);
                event["date_updated"] = ago(age);
            }
        }
        if is_list && !is_settled.load(Ordering::SeqCst) {
            shorten(&mut answer, shown);
            for row in answer.body["data"].as_array_mut().into_iter().flatten() {
                row["date_created"] = ago(age);
            }
        }
        answer
    });
}

/// A creation that is young by three seconds.
fn young() -> TimeDelta {
    SETTLE - TimeDelta::seconds(3)
}

#[track_caller]
fn posts_nothing(world: &World, output: &Output, when: &str) {
    output.says(WAITS);
    world.assert_whole(when);
}

#[test]
fn import_without_a_checkpoint_waits_until_lists_are_complete() {
    let (world, _) = imported(4);
    world.forget();
    late(&world, 0, young());
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0, "{}", output.stderr);
    posts_nothing(&world, &output, "lost, no message listed");
}

#[test]
fn import_with_an_old_checkpoint_waits_until_lists_are_complete() {
    for shown in [0, 4, 5] {
        let (world, copy) = imported(6);
        put_back(&world, &copy);
        late(&world, shown, young());
        let output = world.import().exits(0);
        assert_eq!(output.number("created"), 0, "{}", output.stderr);
        posts_nothing(&world, &output, &format!("old copy, {shown} listed"));
    }
}

#[test]
fn repair_waits_until_lists_are_complete() {
    let (world, copy) = imported(6);
    for is_lost in [true, false] {
        match is_lost {
            true => world.forget(),
            false => put_back(&world, &copy),
        }
        late(&world, 4, young());
        let before = world.server.writes();
        let output = world.run(&["verify", "--repair", "--yes"]);
        posts_nothing(&world, &output, "repair");
        assert_eq!(world.server.writes(), before, "{}", output.stderr);
    }
}

#[test]
fn recover_waits_until_lists_are_complete() {
    for is_lost in [true, false] {
        let (world, copy) = imported(6);
        match is_lost {
            true => world.forget(),
            false => put_back(&world, &copy),
        }
        late(&world, 4, young());
        let output = world.run(&["recover", "--yes", "--json"]).exits(0);
        output.says(WAITS);
        assert_eq!(output.number("activities"), 6, "{}", output.stderr);
        assert_eq!(output.number("would_create"), 0);
        world.proxy().calm();
        assert_eq!(world.import().exits(0).number("created"), 0);
        world.assert_whole("after recover");
    }
}

/// The archives lack the messages that the list lacks, so that nothing would be posted.
#[test]
fn recover_with_nothing_to_create_waits_for_recorded_messages() {
    let (world, _) = imported(6);
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 4), &world.exports());
    let is_settled = Arc::new(AtomicBool::new(false));
    world.proxy().change(move |asked: Asked, close| {
        let (is_list, is_one) = (asked.is_list(), asked.path.contains("/acti_"));
        let mut answer: Answer = close(asked);
        if is_one {
            is_settled.store(true, Ordering::SeqCst);
            answer.body["date_created"] = ago(young());
        }
        if is_list && !is_settled.load(Ordering::SeqCst) {
            shorten(&mut answer, 4);
        }
        answer
    });
    let output = world.run(&["recover", "--yes", "--json"]).exits(0);
    output.says("1 list may lack messages that were posted a moment ago; reading again");
    output.says("Nothing to recover");
    assert_eq!(output.number("activities"), 6, "{}", output.stderr);
    world.proxy().calm();
    assert_eq!(world.import().exits(0).number("created"), 0);
    assert_eq!(world.server.state.message_count(), 6);
}

#[test]
fn complete_lists_are_not_waited_for() {
    let (world, copy) = imported(6);
    for is_lost in [true, false] {
        match is_lost {
            true => world.forget(),
            false => put_back(&world, &copy),
        }
        let output = world.import().exits(0);
        assert_eq!(output.number("created"), 0, "{}", output.stderr);
        assert!(!output.stderr.contains(WAITS), "{}", output.stderr);
    }
}

#[test]
fn old_messages_are_no_reason_to_wait() {
    let (world, copy) = imported(6);
    let chat = scenes::plain("Ben Cooper", 1, 7);
    archive::put_zip(&chat, &world.exports());
    put_back(&world, &copy);
    // Lists and log are of more than a minute ago.
    world.proxy().change(|asked: Asked, close| {
        let is_dated = asked.is_list() || is_creations(&asked);
        let mut answer: Answer = close(asked);
        for row in answer.body["data"].as_array_mut().into_iter().flatten() {
            if is_dated {
                row["date_created"] = ago(SETTLE * 2);
            }
        }
        answer
    });
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 1, "{}", output.stderr);
    assert!(!output.stderr.contains(WAITS), "{}", output.stderr);
}

/// Without the event log, messages without a record in the lists are the only sign.
#[test]
fn lists_decide_where_the_event_log_is_denied() {
    let (world, copy) = imported(6);
    put_back(&world, &copy);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    let config = config.replace("settle_seconds = 60.0", "settle_seconds = 1.5");
    world.write("chatferry.toml", &config);
    let was_denied = Arc::new(AtomicBool::new(false));
    world.proxy().change(move |asked: Asked, close| {
        if is_creations(&asked) {
            was_denied.store(true, Ordering::SeqCst);
            return Answer::new(403, json!({"error": "no permission"}));
        }
        let is_list = asked.is_list();
        let mut answer: Answer = close(asked);
        if is_list {
            for row in answer.body["data"].as_array_mut().into_iter().flatten() {
                row["date_created"] = ago(TimeDelta::zero());
            }
            if !was_denied.load(Ordering::SeqCst) {
                shorten(&mut answer, 5);
            }
        }
        answer
    });
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0, "{}", output.stderr);
    posts_nothing(&world, &output, "old copy, without the log");
}

#[test]
fn chat_is_held_while_another_run_goes_on_posting() {
    let (world, copy) = imported(6);
    put_back(&world, &copy);
    let readings = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&readings);
    world.proxy().change(move |asked: Asked, close| {
        let (is_list, is_log) = (asked.is_list(), is_creations(&asked));
        let mut answer: Answer = close(asked);
        if is_list {
            shorten(&mut answer, 4);
        }
        if is_log {
            counted.fetch_add(1, Ordering::SeqCst);
            for event in answer.body["data"].as_array_mut().into_iter().flatten() {
                event["date_created"] = ago(SETTLE - TimeDelta::milliseconds(1500));
            }
        }
        answer
    });
    let output = world.import().exits(3);
    output.says("another run posts to it");
    assert_eq!((output.number("created"), output.number("held")), (0, 6));
    assert!(readings.load(Ordering::SeqCst) > 1);
    world.proxy().calm();
    world.assert_whole("while another run posts");
}

#[test]
fn plan_notes_late_lists_and_waits_for_none() {
    let (world, copy) = imported(6);
    put_back(&world, &copy);
    late(&world, 4, TimeDelta::zero());
    let output = world.run(&["plan", "--json"]).exits(0);
    output.says("may lack others; an import waits until they are complete");
    assert_eq!(output.number("created"), 2);
}
