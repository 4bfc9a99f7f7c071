//! A Close that stores something else than it gets: a repair ends, and does not repeat itself.

use serde_json::{Value, json};

use super::super::{change, imported_by_proxy, plain};
use super::{assert_counts, assert_planned, repair, verify};
use crate::kit::World;

/// From now on Close puts stars around every text that it is sent.
fn rewrite(world: &World, also_answers: bool) {
    world.proxy().change(move |mut asked, close| {
        let is_write = matches!(asked.method.as_str(), "POST" | "PUT");
        let own = asked.body["message_markdown"].clone();
        if let (true, Value::String(text)) = (is_write, &own) {
            asked.body["message_markdown"] = json!(format!("*{text}*"));
        }
        let mut answer = close(asked);
        if is_write && !also_answers && own.is_string() {
            answer.body["message_markdown"] = own;
        }
        answer
    });
}

#[test]
fn rewritten_text_that_close_answers_is_no_finding_again() {
    let world = imported_by_proxy(vec![plain()]);
    change(
        &world,
        "word1 number 2",
        &json!({"message_markdown": "another text"}),
    );
    rewrite(&world, true);
    let output = repair(&world, &[]).exits(0);
    assert_planned(&output, &[("update", 1)]);
    assert_counts(&output, &[("same", 6)]);
    let writes = world.server.writes();
    let again = repair(&world, &[]).exits(0);
    assert_planned(&again, &[]);
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn text_that_close_rewrites_in_secret_is_written_once_a_run() {
    let world = imported_by_proxy(vec![plain()]);
    change(
        &world,
        "word1 number 2",
        &json!({"message_markdown": "another text"}),
    );
    rewrite(&world, false);
    let writes = world.server.writes();
    let output = repair(&world, &[]).exits(3);
    assert_planned(&output, &[("update", 1)]);
    assert_counts(&output, &[("drifted", 1), ("same", 5)]);
    assert_eq!(world.server.writes(), writes + 1);
    verify(&world, &[]).exits(3);
}
