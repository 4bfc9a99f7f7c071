//! Lists that are late, and a Close that stores another form of what it gets.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{assert_counts, change, plain, table, verdict, verify};
use crate::kit::{Built, World, scenes};

/// A world whose lists may be late by `settle` seconds.
fn late(settle: &str) -> World {
    let mut built = Built::new(vec![plain()]);
    built.limits =
        format!("settle_seconds = {settle}\nrequests_per_second = 1000.0\noutage_seconds = 0.0\n");
    let world = built.world();
    world.proxy();
    world.import().exits(0);
    world
}

#[test]
fn late_list_is_read_again_before_the_verdict() {
    let world = late("600.0");
    let id = world.server.state.messages()[2].id.clone();
    let lists = AtomicUsize::new(0);
    world.proxy().change(move |asked, close| {
        let is_first = asked.is_list() && lists.fetch_add(1, Ordering::SeqCst) == 0;
        let mut answer = close(asked);
        if let (true, Some(rows)) = (is_first, answer.body["data"].as_array_mut()) {
            rows.retain(|row| row["id"] != id.as_str());
        }
        answer
    });
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 6)]);
    output.says("1 list may lack messages that were posted a moment ago");
}

#[test]
fn message_that_stays_late_is_pending() {
    let world = late("1.0");
    let id = world.server.state.messages()[2].id.clone();
    world.proxy().change(move |asked, close| {
        let mut answer = close(asked.clone());
        if asked.is_list() {
            if let Some(rows) = answer.body["data"].as_array_mut() {
                rows.retain(|row| row["id"] != id.as_str());
            }
        } else if answer.body["id"] == id.as_str() {
            // However long the machine takes, it was created just now.
            answer.body["date_created"] = json!("2099-01-01T00:00:00.000000+00:00");
        }
        answer
    });
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("pending", 1), ("same", 5)]);
    assert_eq!(rows[0]["severity"], "warning");
    assert_eq!(rows[0]["next"], "`chatferry verify --lead lead_01`");
}

/// Every text in an answer gets stars around it.
fn rewrite(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Object(object) => {
            if let Some(text) = object.get_mut("message_markdown")
                && let Some(plain) = text.as_str()
            {
                *text = json!(format!("**{plain}**"));
            }
            if let Some(data) = object.get_mut("data") {
                rewrite(data);
            }
        }
        _ => {}
    }
}

#[test]
fn text_as_close_answered_it_has_not_drifted() {
    let world = World::new(vec![plain()]);
    world.proxy().change(|asked, close| {
        let mut answer = close(asked);
        rewrite(&mut answer.body);
        answer
    });
    world.import().exits(0);
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 6)]);
    assert!(!output.stderr.contains("Close's form"), "{}", output.stderr);
    change(
        &world,
        "word1 number 2",
        &json!({"message_markdown": "another"}),
    );
    let (output, rows) = table(&world, &[]);
    assert_counts(&output.exits(3), &[("drifted", 1), ("same", 5)]);
    assert_eq!(rows[0]["field"], "text");
}

/// Without a checkpoint nothing shows what Close answered.
#[test]
fn form_that_every_message_has_is_mentioned_once() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 24)]);
    world.proxy();
    world.import().exits(0);
    world.forget();
    world.proxy().change(|asked, close| {
        let mut answer = close(asked);
        rewrite(&mut answer.body);
        answer
    });
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 24)]);
    assert_eq!(output.stderr.matches("Close's form").count(), 1);
    output.says("all 24 messages differ in text");
    assert_eq!(
        verdict(&output),
        "All 24 messages of 1 chat are in Close, each once; 0 differences."
    );
}

#[test]
fn numbers_without_plus_have_not_drifted() {
    let world = World::new(vec![plain()]);
    world.proxy();
    world.import().exits(0);
    world.proxy().plain_numbers();
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 6)]);
}

/// Somebody overwrites every message of a lead: what Close answered to the import shows that it has no such form.
#[test]
fn overwritten_messages_of_a_lead_are_no_form_of_close() {
    let chats = vec![
        scenes::plain("Ben Cooper", 1, 24),
        scenes::plain("Cleo Marsh", 2, 6),
    ];
    let world = World::new(chats);
    world.import().exits(0);
    for n in 0..24 {
        let patch = json!({"message_markdown": format!("overwritten {n}"), "activity_at": "2024-05-01T12:34:00Z"});
        change(&world, &format!("word1 number {n}"), &patch);
    }
    for flags in [&[][..], &["--lead", "lead_01"]] {
        let output = verify(&world, flags);
        assert_eq!(output.number("drifted"), 24, "{}", output.stderr);
        assert!(!output.stderr.contains("Close's form"), "{}", output.stderr);
    }
    let repair = ["verify", "--repair", "--lead", "lead_01", "--yes", "--json"];
    world.run(&repair).exits(0);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 30)]);
}
