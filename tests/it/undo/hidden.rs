//! Close stops showing a lead after undo or forget has read it, as when rights change while a person is asked: that a
//! message is not found is no proof of its deletion.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use super::{MESSAGES, imported_by_proxy};
use crate::kit::{Answer, Asked, Output, World, scenes};

const UNDO: &[&str] = &["undo", "--yes", "--json"];
const FORGET: &[&str] = &["forget", "--phone", "+353861234501", "--yes", "--json"];

/// The messages with Ben.
const BENS: u64 = 6;

/// From the first request on for which `begins` is true, Close shows neither lead_01 nor its messages.
fn hide_from(world: &World, begins: impl Fn(&Asked) -> bool + Send + Sync + 'static) {
    let messages = world.server.state.messages().into_iter();
    let of_lead = messages.filter(|message| message.lead_id == "lead_01");
    let ids: Vec<String> = of_lead.map(|message| message.id).collect();
    assert_eq!(ids.len() as u64, BENS);
    let is_hidden = AtomicBool::new(false);
    world.proxy().change(move |asked, close| {
        if begins(&asked) {
            is_hidden.store(true, Ordering::SeqCst);
        }
        let of_lead = asked.parameter("lead_id") == Some("lead_01");
        let is_named =
            asked.path.contains("lead_01") || ids.iter().any(|id| asked.path.contains(id));
        match is_hidden.load(Ordering::SeqCst) {
            true if asked.is_list() && of_lead => {
                Answer::new(200, json!({"data": [], "has_more": false}))
            }
            true if is_named => Answer::new(404, json!({"error": "Not found"})),
            _ => close(asked),
        }
    });
}

/// The second list of the lead, which is read right before the first deletion.
fn second_list() -> impl Fn(&Asked) -> bool + Send + Sync + 'static {
    let lists = AtomicUsize::new(0);
    move |asked| {
        let is_list = asked.is_list() && asked.parameter("lead_id") == Some("lead_01");
        is_list && lists.fetch_add(1, Ordering::SeqCst) == 1
    }
}

fn is_of_message(asked: &Asked, method: &str) -> bool {
    asked.method == method && asked.path.starts_with(MESSAGES) && asked.path != MESSAGES
}

#[track_caller]
fn assert_kept(output: &Output) {
    for (name, number) in [("kept", BENS), ("already_gone", 0)] {
        assert_eq!(output.number(name), number, "{name}: {}", output.stderr);
    }
    output.says("Close shows neither the message nor its lead to this key");
}

/// Both commands keep the messages, and delete them once Close shows them again.
#[track_caller]
fn assert_kept_and_deleted_later<H>(hide: impl Fn() -> H)
where
    H: Fn(&Asked) -> bool + Send + Sync + 'static,
{
    for command in [UNDO, FORGET] {
        let world = imported_by_proxy(vec![
            scenes::plain("Ben Cooper", 1, 6),
            scenes::plain("Dora Quist", 2, 4),
        ]);
        hide_from(&world, hide());
        assert_kept(&world.run(command).exits(3));
        world.proxy().calm();
        let again = world.run(command);
        assert_eq!(again.number("deleted"), BENS, "{}", again.stderr);
        let left = world.server.state.messages();
        assert!(left.iter().all(|message| message.lead_id != "lead_01"));
        let next = world.run(command);
        assert_eq!(next.number("deleted"), 0, "{}", next.stderr);
    }
}

#[test]
fn messages_of_a_lead_that_is_hidden_before_its_second_list_stay() {
    assert_kept_and_deleted_later(second_list);
}

#[test]
fn messages_of_a_lead_that_is_hidden_before_their_last_reading_stay() {
    assert_kept_and_deleted_later(|| |asked: &Asked| is_of_message(asked, "GET"));
}

#[test]
fn messages_of_a_lead_that_is_hidden_before_their_deletion_stay() {
    assert_kept_and_deleted_later(|| |asked: &Asked| is_of_message(asked, "DELETE"));
}

/// A lead that is shown: what Close has no more was deleted.
#[test]
fn message_that_is_deleted_after_the_preparation_is_already_gone() {
    let world = imported_by_proxy(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let is_first = AtomicBool::new(true);
    world.proxy().change(move |asked, close| {
        if is_of_message(&asked, "DELETE") && is_first.swap(false, Ordering::SeqCst) {
            // Another program is faster.
            close(asked.clone());
        }
        close(asked)
    });
    let output = world.run(UNDO).exits(0);
    for (name, number) in [("deleted", 5), ("already_gone", 1), ("kept", 0)] {
        assert_eq!(output.number(name), number, "{name}: {}", output.stderr);
    }
    assert_eq!(world.server.state.messages().len(), 0);
}

/// One message that a person moved to another lead is no proof of a merge.
#[test]
fn messages_of_a_hidden_lead_stay_where_one_is_on_another_lead() {
    let world = imported_by_proxy(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Dora Quist", 2, 4),
    ]);
    let messages = world.server.state.messages();
    let bens = messages
        .into_iter()
        .filter(|message| message.lead_id == "lead_01");
    let ids: Vec<String> = bens.map(|message| message.id).collect();
    world.proxy().change(move |asked, close| {
        let is_named = |id: &String| asked.path.contains(id.as_str());
        if is_named(&ids[0]) {
            let mut answer = close(asked);
            answer.body["lead_id"] = json!("lead_02");
            return answer;
        }
        let of_lead = asked.parameter("lead_id") == Some("lead_01");
        match asked.path.contains("lead_01") || ids.iter().any(is_named) {
            true => Answer::new(404, json!({"error": "Not found"})),
            false if asked.is_list() && of_lead => {
                Answer::new(200, json!({"data": [], "has_more": false}))
            }
            false => close(asked),
        }
    });
    let output = world.run(&["undo", "--dry-run", "--json"]).exits(3);
    for (name, number) in [("kept", BENS - 1), ("already_gone", 0), ("deleted", 5)] {
        assert_eq!(output.number(name), number, "{name}: {}", output.stderr);
    }
}
