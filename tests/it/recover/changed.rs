//! Somebody changed messages in Close before the checkpoint was lost: they stay changed.

use serde_json::{Value, json};

use super::{assert_plans, recover};
use crate::kit::{World, scenes};

const COUNT: u32 = 6;

/// Six messages in Close, of which somebody changed one; the checkpoint is lost. With the external id of that one.
fn changed(patch: &Value) -> (World, String) {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, COUNT)]);
    world.import().exits(0);
    let messages = world.server.state.messages();
    let message = messages.iter().find(|m| m.markdown == "word1 number 2");
    let message = message.expect("a message");
    let path = format!("/activity/whatsapp_message/{}/", message.id);
    assert_eq!(world.server.call("PUT", &path, patch), 200);
    world.forget();
    (world, message.external_id.clone())
}

/// The message is reported as changed, and an undo keeps it.
#[track_caller]
fn assert_is_changed(world: &World, id: &str, fields: &[&str]) {
    assert_plans(world, 0);
    let verified = world.run(&["verify", "--json"]).exits(3);
    let numbers = ["drifted", "same", "foreign"].map(|name| verified.number(name));
    assert_eq!(numbers, [1, u64::from(COUNT) - 1, 0], "{}", verified.stderr);
    let explained = world.run(&["explain", id, "--ask", "--json"]).exits(0);
    let line = explained.stdout.lines().last().expect("an explanation");
    let explained: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(explained["close"]["differs"], json!(fields), "{line}");
    let undo = world.run(&["undo", "--dry-run", "--json"]).exits(3);
    let numbers = ["deleted", "kept_changed"].map(|name| undo.number(name));
    assert_eq!(numbers, [u64::from(COUNT) - 1, 1], "{}", undo.stderr);
}

fn patches() -> [(Value, &'static [&'static str]); 4] {
    [
        (
            json!({"message_markdown": "a colleague's words"}),
            &["text"],
        ),
        (
            json!({"activity_at": "2024-02-14T17:37:00.000Z"}),
            &["time"],
        ),
        (json!({"direction": "outgoing"}), &["direction"]),
        (
            json!({"message_markdown": "a colleague's words", "direction": "outgoing"}),
            &["text", "direction"],
        ),
    ]
}

#[test]
fn changed_message_is_still_changed_after_recovery() {
    for (patch, fields) in patches() {
        let (world, id) = changed(&patch);
        recover(&world, &[]).exits(0);
        assert_is_changed(&world, &id, fields);
    }
}

#[test]
fn changed_message_is_still_changed_after_an_import_without_the_checkpoint() {
    for (patch, fields) in patches() {
        let (world, id) = changed(&patch);
        let writes = world.server.writes();
        assert_eq!(world.import().exits(0).number("created"), 0);
        assert_eq!(world.server.writes(), writes, "{patch}");
        assert_is_changed(&world, &id, fields);
    }
}

/// A Close that stores every text in another form than it gets.
#[test]
fn form_of_close_is_no_change() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 24)]);
    world.proxy().change(|asked, close| {
        let mut answer = close(asked);
        put_stars(&mut answer.body);
        answer
    });
    world.import().exits(0);
    world.forget();
    recover(&world, &[]).exits(0);
    assert_eq!(world.run(&["verify", "--json"]).exits(0).number("same"), 24);
    let undo = world.run(&["undo", "--dry-run", "--json"]).exits(0);
    assert_eq!(undo.number("deleted"), 24);
}

fn put_stars(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(put_stars),
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("message_markdown") {
                *text = format!("**{text}**");
            }
            object.get_mut("data").into_iter().for_each(put_stars);
        }
        _ => {}
    }
}
