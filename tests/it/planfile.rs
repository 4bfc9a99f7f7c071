//! A plan that is written to a file, looked at, and run later as it is.

use std::fs;

use serde_json::json;

use crate::kit::{Built, Output, Side, World, archive, scenes};

const RUN: &[&str] = &["import", "--yes", "--json", "--plan", "plan.jsonl"];

fn planned(chats: Vec<crate::kit::Chat>) -> World {
    let world = World::new(chats);
    plan(&world, &[]).exits(0);
    world
}

fn plan(world: &World, more: &[&str]) -> Output {
    world.run(&[&["plan", "--out", "plan.jsonl"], more].concat())
}

fn text(world: &World) -> String {
    fs::read_to_string(world.path().join("plan.jsonl")).expect("a plan")
}

/// What is said to run the plan means the same migration and the same Close.
#[test]
fn command_that_runs_a_plan_names_the_configuration() {
    let world = World::new(vec![scenes::ben()]);
    fs::copy(
        world.path().join("chatferry.toml"),
        world.path().join("a b.toml"),
    )
    .expect("copied");
    let output = plan(&world, &["--config", "a b.toml"]).exits(0);
    output.says("chatferry import --plan plan.jsonl --config \"a b.toml\"");
}

/// The plan is refused, nothing is sent, and nothing is recorded.
fn refused(world: &World, words: &str) {
    let (writes, before) = (world.server.writes(), world.listing());
    world.run(RUN).exits(2).says(words);
    assert_eq!(world.server.writes(), writes);
    let lock = |path: &std::path::Path| path.to_string_lossy().contains("lock");
    let after = world.listing();
    let changed: Vec<_> = (after.iter())
        .filter(|(path, bytes)| before.get(*path) != Some(bytes) && !lock(path))
        .map(|(path, _)| path)
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn plan_file_is_carried_out_unchanged() {
    let world = planned(scenes::rich());
    let run = world.run(RUN).exits(0);
    assert_eq!(run.number("created"), world.expected().len() as u64);
    world.assert_whole("as planned");
    // It was carried out, so the checkpoint is another one.
    refused(&world, "the checkpoint changed");
    // Made again it has nothing in it, and running that is no mistake.
    plan(&world, &[]).exits(0);
    assert_eq!(world.run(RUN).exits(0).number("created"), 0);
}

#[test]
fn plan_file_has_no_text_name_or_number() {
    let world = planned(scenes::rich());
    let text = text(&world);
    assert_eq!(text.lines().count(), world.expected().len() + 2);
    for secret in [
        "secret-",
        "Ben",
        "Cooper",
        "Anna",
        "4915112345678",
        "38612345",
        "Which day",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::metadata(world.path().join("plan.jsonl")).expect("a plan");
        assert_eq!(metadata.permissions().mode() & 0o077, 0);
    }
}

#[test]
fn plan_file_is_refused_after_inputs_changed() {
    type Change = fn(&World);
    let changes: [(&str, Change); 4] = [
        ("the archives changed", |world| {
            let newer = scenes::ben().say("2024-03-14 10:00", Side::Me, "more");
            archive::put_zip(&newer, &world.exports());
        }),
        ("contacts.csv changed", |world| {
            let path = world.path().join("contacts.csv");
            let text = fs::read_to_string(path).expect("a file");
            world.write("contacts.csv", &format!("{text}X,X,ignore,,,,,\n"));
        }),
        ("the configuration changed", |world| {
            let path = world.path().join("chatferry.toml");
            let text = fs::read_to_string(path).expect("a file");
            world.write("chatferry.toml", &text.replace("Berlin", "Vienna"));
        }),
        ("the checkpoint changed", |world| {
            world.run(&["import", "--yes", "--limit", "1"]).exits(0);
        }),
    ];
    for (words, change) in changes {
        let world = planned(vec![scenes::ben()]);
        change(&world);
        refused(&world, words);
    }
}

/// A run that is only begun, or declined, changes nothing that matters.
#[test]
fn declined_import_keeps_a_plan_file_valid() {
    let world = World::new(vec![scenes::ben()]);
    world.run(&["import", "--yes", "--limit", "1"]).exits(0);
    plan(&world, &[]).exits(0);
    world
        .run(&["import", "--yes", "--strict", "--limit", "0"])
        .exits(0);
    world.run(RUN).exits(0);
    world.assert_whole("as planned");
}

/// The inputs are the same and Close is not: somebody removed a message, another machine posted
/// one.
#[test]
fn plan_file_is_refused_after_close_changed() {
    let mut built = Built::new(vec![scenes::ben()]);
    built.import = "gone = \"restore\"\n".to_owned();
    let world = built.world();
    world.run(&["import", "--yes", "--limit", "2"]).exits(0);
    plan(&world, &[]).exits(0);
    let gone = world.server.state.messages()[0].id.clone();
    let path = format!("/activity/whatsapp_message/{gone}/");
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
    let writes = world.server.writes();
    world.run(RUN).exits(2).says("Close has changed");
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn edited_plan_file_is_refused() {
    let world = planned(vec![scenes::ben()]);
    let whole = text(&world);
    let cut = whole.len() - 30;
    for (broken, words) in [
        (
            whole.replacen("\"create\"", "\"delete\"", 1),
            "modified or damaged",
        ),
        (whole[..cut].to_owned(), "modified or damaged"),
        (
            whole.replacen("\"version\":1", "\"version\":9", 1),
            "newer chatferry",
        ),
        ("just a note\n".to_owned(), "is not a plan"),
        (String::new(), "is not a plan"),
    ] {
        world.write("plan.jsonl", &broken);
        refused(&world, words);
    }
    fs::remove_file(world.path().join("plan.jsonl")).expect("removed");
    refused(&world, "cannot be read");
}

#[test]
fn plan_file_keeps_the_selection() {
    let world = World::new(scenes::rich());
    plan(&world, &["--chat", "Ben Cooper", "--limit", "3"]).exits(0);
    let run = world.run(RUN).exits(0);
    assert_eq!(run.number("created"), 3);
    let leads: Vec<String> = (world.server.state.messages().into_iter())
        .map(|m| m.lead_id)
        .collect();
    assert_eq!(leads, ["lead_01"; 3]);
    world.run(&[RUN, &["--limit", "1"]].concat()).exits(2);
}

#[test]
fn foreign_file_is_not_overwritten() {
    let world = World::new(vec![scenes::ben()]);
    world.write("plan.jsonl", "a shopping list\n");
    plan(&world, &[]).exits(2).says("is not a plan");
    assert_eq!(text(&world), "a shopping list\n");
    // Nor what is still to come: a plan in its place would be no checkpoint.
    for (name, words) in [
        ("chatferry.db", "a file of the migration"),
        ("contacts.csv", "a file of the migration"),
        ("-", "requires the name of a file"),
        ("exports", "is not a regular file"),
    ] {
        world
            .run(&["plan", "--offline", "--out", name])
            .exits(2)
            .says(words);
    }
    assert!(!world.path().join("chatferry.db").exists());
}

/// A run that sends nothing makes a checkpoint with nothing in it: the plan is still the same.
#[test]
fn run_without_operations_keeps_a_first_plan_file_valid() {
    let world = planned(vec![scenes::ben()]);
    world.run(&["import", "--yes", "--limit", "0"]).exits(0);
    world.run(RUN).exits(0);
    world.assert_whole("as planned");
}

/// Bare transcripts lie in one folder with everything else: the plan and the checkpoint are no part
/// of them.
#[test]
fn all_files_may_be_in_one_folder() {
    let world = World::new(vec![scenes::ben()]);
    let text = archive::transcript(&world.chats[0]);
    fs::remove_file(world.exports().join("WhatsApp Chat with Ben Cooper.zip")).expect("removed");
    world.write("WhatsApp Chat with Ben Cooper.txt", &text);
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    world.write(
        "chatferry.toml",
        &config.replace("[\"exports\"]", "[\".\"]"),
    );
    world.run(&["import", "--yes", "--limit", "1"]).exits(0);
    plan(&world, &[]).exits(0);
    world.run(RUN).exits(0);
    world.assert_whole("as planned");
}
