//! `--ask`: what Close holds, compared.

use serde_json::{Value, json};

use super::{id_of, json as object};
use crate::kit::{World, scenes};

fn imported() -> World {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    world
}

#[track_caller]
fn ask(world: &World, target: &str) -> Value {
    let writes = world.server.writes();
    let output = world.run(&["explain", target, "--json", "--ask"]).exits(0);
    assert_eq!(world.server.writes(), writes);
    object(&output)["close"].clone()
}

fn path(world: &World, id: &str) -> String {
    let messages = world.server.state.messages();
    let message = messages
        .iter()
        .find(|one| one.external_id == id)
        .expect("a message");
    format!("/activity/whatsapp_message/{}/", message.id)
}

#[test]
fn message_as_sent_has_no_difference() {
    let world = imported();
    for message in world.server.state.messages() {
        let close = ask(&world, &message.external_id);
        assert_eq!(
            (&close["found"], &close["differs"]),
            (&true.into(), &json!([])),
            "{close}"
        );
        assert_eq!(close["activity_id"], message.id);
        assert_eq!(close["lead_id"], message.lead_id);
    }
}

#[test]
fn each_changed_field_is_named() {
    let world = imported();
    let id = id_of(&world, "Agreed");
    let patch =
        json!({"message_markdown": "another text", "activity_at": "2024-02-14T11:00:00.000Z"});
    assert_eq!(world.server.call("PUT", &path(&world, &id), &patch), 200);
    let close = ask(&world, &id);
    assert_eq!(close["differs"], json!(["text", "time"]));
    // The text of Close is shown nowhere.
    let output = world
        .run(&["explain", &id, "--ask", "--show-content"])
        .exits(0);
    output.says("differs in: text, time");
    assert!(!output.stdout.contains("another text"));
}

#[test]
fn removed_activity_is_not_found() {
    let world = imported();
    let id = id_of(&world, "Agreed");
    assert_eq!(
        world
            .server
            .call("DELETE", &path(&world, &id), &Value::Null),
        200
    );
    let close = ask(&world, &id);
    assert_eq!(close["found"], false);
    assert_eq!(close["not_compared"], "Close does not have this activity");
}

#[test]
fn activity_that_is_not_recorded_is_found_by_its_id() {
    let world = imported();
    let messages = world.server.state.messages();
    let message = messages
        .iter()
        .find(|one| one.markdown.ends_with("Agreed"))
        .expect("a message");
    world.forget();
    world.run(&["explain", &message.id, "--json"]).exits(2);
    let output = world
        .run(&["explain", &message.id, "--json", "--ask"])
        .exits(0);
    let value = object(&output);
    assert_eq!(value["external_id"], message.external_id);
    assert_eq!(value["next"]["action"], "adopt");
    assert_eq!(value["paired"]["with"], "listed");
    assert_eq!(value["close"]["differs"], json!([]));
}

#[test]
fn question_without_a_key_is_refused() {
    let world = imported();
    let id = id_of(&world, "Agreed");
    let running = crate::kit::Running::start(
        &["explain", &id, "--ask"],
        world.path(),
        &[("CLOSE_BASE_URL", &world.server.base_url)],
    );
    running.wait().exits(2);
}

#[test]
fn next_step_agrees_with_what_close_holds() {
    let world = imported();
    let id = id_of(&world, "Agreed");
    let next = |flags: &[&str]| {
        let all = [&["explain", id.as_str(), "--json"], flags].concat();
        let value = object(&world.run(&all).exits(0));
        value["next"]["what"].as_str().expect("a text").to_owned()
    };
    assert_eq!(
        next(&["--ask"]),
        "does nothing: it is in Close as the archives have it"
    );
    assert_eq!(
        next(&[]),
        "does nothing: it is recorded as in Close, as the archives have it"
    );
    let patch = json!({"message_markdown": "another text"});
    assert_eq!(world.server.call("PUT", &path(&world, &id), &patch), 200);
    let repairs = "does nothing: it is recorded as posted; `chatferry verify --repair --lead lead_01` corrects it";
    assert_eq!(next(&["--ask"]), repairs);
    world
        .run(&["verify", "--repair", "--lead", "lead_01", "--yes"])
        .exits(0);
    assert_eq!(
        next(&["--ask"]),
        "does nothing: it is in Close as the archives have it"
    );
    let deleted = world
        .server
        .call("DELETE", &path(&world, &id), &Value::Null);
    assert_eq!(deleted, 200);
    assert_eq!(next(&["--ask"]), repairs);
}

#[test]
fn unknown_id_names_the_flag_that_asks_close() {
    let world = imported();
    let output = world.run(&["explain", "cf1-zzzz"]).exits(2);
    output.says("`--ask` asks Close too [explain.unknown]");
    let output = world.run(&["explain", "cf1-zzzz", "--ask"]).exits(2);
    assert!(
        !output.stderr.contains("asks Close too"),
        "{}",
        output.stderr
    );
}

#[test]
fn query_of_close_is_not_denied_without_a_checkpoint() {
    let world = imported();
    let id = id_of(&world, "Agreed");
    world.forget();
    let output = world.run(&["explain", &id, "--ask"]).exits(0);
    assert!(!output.stdout.contains("not queried"), "{}", output.stdout);
    output.says("it was lost. If you imported before");
    let output = world.run(&["explain", &id]).exits(0);
    output.says("Close was not queried");
}
