//! Messages that Close answers with 5xx, or not at all, on every attempt: failed, named, and retried.

use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::kit::world::IMPORT;
use crate::kit::{Answer, Built, Output, World, scenes};

/// The external id of a message whose text contains `text`.
fn id_of(world: &World, text: &str) -> String {
    let payloads = world.run(&["plan", "--payloads"]).exits(0);
    let mut payloads = (payloads.stdout.lines())
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|payload| payload["message_markdown"].to_string().contains(text));
    let payload = payloads.next().expect("a message");
    let id = payload["external_whatsapp_message_id"].as_str();
    id.expect("an id").to_owned()
}

/// Another message of the chat has a file, and so has the one that fails.
fn world() -> (World, String) {
    let world = World::new(vec![scenes::dora()]);
    world.proxy();
    let id = id_of(&world, "The gate");
    (world, id)
}

fn rows(world: &World) -> Vec<String> {
    let table = fs::read_to_string(world.path().join("failures.csv")).unwrap_or_default();
    table.lines().skip(1).map(str::to_owned).collect()
}

#[track_caller]
fn assert_failed(world: &World, run: &Output, id: &str, code: &str) {
    let count = world.expected().len() as u64;
    let numbers = ["created", "failed", "unknown", "not_reached"].map(|name| run.number(name));
    assert_eq!(numbers, [count - 1, 1, 0, 0]);
    assert_eq!(world.server.state.message_count() as u64, count - 1);
    run.says(&format!("failed: 1 message: {code}: "));
    let rows = rows(world);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains(&format!(",{id},{code},")), "{rows:?}");
    assert!(rows[0].contains(".zip,1,"), "archive and line: {rows:?}");
}

#[test]
fn message_with_5xx_on_every_attempt_fails() {
    let (world, id) = world();
    world.proxy().fail_ids(500, [id.clone()]);
    let run = world.import().exits(3);
    assert_failed(&world, &run, &id, "close_500");
    let status = world.run(&["status"]);
    status.says("1 failed");
    world.proxy().calm();
    let again = world.run(&["import", "--yes", "--json", "--retry-failed"]);
    assert_eq!(again.exits(0).number("created"), 1);
    world.assert_whole("once Close takes it");
    assert!(rows(&world).is_empty());
}

#[test]
fn message_without_answer_on_every_attempt_fails() {
    let (world, id) = world();
    world.proxy().fail_ids(0, [id.clone()]);
    let run = world.import().exits(3);
    assert_failed(&world, &run, &id, "close_no_answer");
    world.proxy().calm();
    assert_eq!(world.import().exits(0).number("created"), 1);
    world.assert_whole("once Close takes it");
}

#[test]
fn file_of_a_message_without_answer_is_uploaded_once() {
    let (world, id) = world();
    world.proxy().fail_ids(502, [id]);
    let run = world.import().exits(3);
    assert_eq!(run.number("uploads"), 2);
    assert_eq!(world.server.count("POST", "/files/upload/"), 2);
}

/// Carried out, and the answer is lost each time: found, and never posted twice.
#[test]
fn message_that_arrives_without_answer_is_found() {
    let (world, id) = world();
    world.proxy().change(move |asked, close| {
        let is_lost = asked.is_post() && asked.external_id() == id;
        let answer = close(asked);
        match is_lost {
            true => Answer::new(504, json!({})),
            false => answer,
        }
    });
    let run = world.import().exits(0);
    assert_eq!((run.number("failed"), run.number("uploads")), (0, 2));
    world.assert_whole("found");
}

#[test]
fn run_says_what_it_waits_for_and_other_messages_go_on() {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 30)]);
    built.limits = built
        .limits
        .replace("settle_seconds = 0.0", "settle_seconds = 1.0");
    let world = built.world();
    world.proxy();
    let id = id_of(&world, "number 3");
    let posts: Arc<Mutex<Vec<bool>>> = Arc::default();
    let seen = Arc::clone(&posts);
    world.proxy().change(move |asked, close| {
        if !asked.is_post() {
            return close(asked);
        }
        let mut posts = seen.lock().expect("posts");
        let is_first = !posts.contains(&true);
        posts.push(asked.external_id() == id);
        let fails = is_first && asked.external_id() == id;
        drop(posts);
        match fails {
            true => Answer::new(503, json!({})),
            false => close(asked),
        }
    });
    let run = world.run(IMPORT).exits(0);
    run.says("1 message got no answer: asking Close whether it arrived, up to 1 s");
    world.assert_whole("after the look-up");
    let posts = posts.lock().expect("posts");
    assert_eq!(posts.len(), 31);
    assert_eq!(posts.last(), Some(&true), "the others did not wait");
}
