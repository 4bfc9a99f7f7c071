//! Messages that Close answers with 5xx, or not at all, on every attempt: failed, named, and retried.

use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::kit::Side::They;
use crate::kit::world::IMPORT;
use crate::kit::{Answer, Built, Chat, Output, World, archive, scenes};

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

/// The proxy answers requests to this path with 500; the rest of Close works.
fn break_path(world: &World, method: &'static str, path: impl Into<String>) {
    let path = path.into();
    world.proxy().change(move |asked, close| {
        match asked.method == method && asked.path.starts_with(&path) {
            true => Answer::new(500, json!({"error": "Internal server error"})),
            false => close(asked),
        }
    });
}

/// A change that always ends with 500 fails its message; the others of the run are carried out.
#[test]
fn update_with_5xx_on_every_attempt_fails_alone() {
    let told = |[first, second]: [&str; 2]| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:10", They, "before")
            .say("2024-03-13 10:20", They, first)
            .say("2024-03-13 10:30", They, second)
    };
    let world = World::new(vec![told(["Tuesday", "Thursday"])]);
    world.proxy();
    world.import().exits(0);
    let edited = ["Monday", "Friday"].map(|day| format!("{day} <This message was edited>"));
    archive::put_zip(&told([&edited[0], &edited[1]]), &world.exports());
    let messages = world.server.state.messages();
    let broken = messages.iter().find(|one| one.markdown == "Tuesday");
    let broken = &broken.expect("a message").id;
    break_path(
        &world,
        "PUT",
        format!("/activity/whatsapp_message/{broken}/"),
    );
    let run = world.import().exits(3);
    assert_eq!((run.number("updated"), run.number("failed")), (1, 1));
    assert!(
        rows(&world)[0].contains(",close_500,"),
        "{:?}",
        rows(&world)
    );
    world.proxy().calm();
    let again = world
        .run(&["import", "--yes", "--json", "--retry-failed"])
        .exits(0);
    assert_eq!((again.number("updated"), again.number("failed")), (1, 0));
}

/// A lead that Close cannot show holds its chats, and the others are imported.
#[test]
fn lead_with_5xx_on_every_attempt_holds_its_chat() {
    let world = World::new(vec![scenes::ben(), scenes::dora()]);
    break_path(&world, "GET", format!("/lead/{}/", scenes::dora().lead));
    let run = world.import().exits(3);
    let of_ben = scenes::ben().rows().len() as u64;
    assert_eq!((run.number("created"), run.number("held")), (of_ben, 4));
    world.proxy().calm();
    world.import().exits(0);
    world.assert_whole("once Close shows the lead");
}

/// Another program, or a lost answer, was first: the message is there, and Close says that its id is taken.
#[test]
fn refusal_of_a_taken_id_is_looked_up() {
    let (world, id) = world();
    world.proxy().change(move |asked, close| {
        if asked.is_post() && asked.external_id() == id {
            close(asked);
            return Answer::field("external_whatsapp_message_id", "Already in use.");
        }
        close(asked)
    });
    let run = world.import().exits(0);
    assert_eq!((run.number("failed"), run.number("unchanged")), (0, 1));
    world.assert_whole("the id was taken by the message itself");
    world.proxy().calm();
    let writes = world.server.writes();
    world.import().exits(0);
    assert_eq!(world.server.writes(), writes);
}

/// Close rejects a link although its target is there: the message comes without it, and that is reported.
#[test]
fn reply_whose_target_was_removed_meanwhile_is_posted_without_link() {
    let world = World::new(vec![scenes::dora()]);
    world.proxy();
    let server = crate::kit::server::caller(&world.server.base_url);
    let target = Mutex::new(None);
    world.proxy().change(move |asked, close| {
        // The target is removed between its own post and that of the reply.
        if let (true, Some(id)) = (asked.is_post(), asked.body["response_to_id"].as_str()) {
            let mut target = target.lock().expect("target");
            if target.is_none() {
                let path = format!("/activity/whatsapp_message/{id}/");
                assert_eq!(server("DELETE", &path, &Value::Null), 200);
                *target = Some(id.to_owned());
            }
        }
        close(asked)
    });
    let run = world.import().exits(0);
    run.says("1 without a link to their reply target");
    let count = world.expected().len();
    assert_eq!(run.number("created") as usize, count);
    assert_eq!(world.server.state.message_count(), count - 1);
    // Neither the removed message nor the link is tried again.
    let writes = world.server.writes();
    world.import().exits(0);
    assert_eq!(world.server.writes(), writes);
}
