//! Which message an argument names: ids, their beginnings, lines of archives.

use std::fs;

use serde_json::Value;

use super::{explain, id_of, line_of};
use crate::kit::Side::They;
use crate::kit::{Chat, World, archive, scenes};

const PLACE: &str = "WhatsApp Chat with Ben Cooper.zip";

fn imported() -> World {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    world
}

#[test]
fn id_activity_and_line_name_one_message() {
    let world = imported();
    let messages = world.server.state.messages();
    let message = messages
        .iter()
        .find(|one| one.markdown.ends_with("Agreed"))
        .expect("a message");
    let id = message.external_id.as_str();
    let beginning = &id[..14];
    let line = line_of(&scenes::ben(), "Agreed");
    let place = format!("{PLACE}:{line}");
    let path = format!("exports/{place}");
    for target in [
        id,
        beginning,
        message.id.as_str(),
        &message.id[..16],
        &place,
        &path,
    ] {
        assert_eq!(explain(&world, target)["external_id"], id, "{target}");
    }
}

#[test]
fn beginning_of_several_ids_is_refused_with_the_candidates() {
    let world = imported();
    let output = world.run(&["explain", "cf1-"]).exits(2);
    output
        .says("[explain.ambiguous]")
        .says(&id_of(&world, "Agreed"));
    assert_eq!(output.stdout, "");
}

#[test]
fn unknown_id_or_line_is_refused_with_where_they_are_printed() {
    let world = imported();
    for target in [
        "cf1-zzzz",
        "acti_zzzz",
        "3EB0",
        &format!("{PLACE}:99"),
        "other.zip:1",
    ] {
        let output = world.run(&["explain", target]).exits(2);
        output
            .says("[explain.unknown]")
            .says("`chatferry plan`")
            .says("failures.csv");
    }
    world
        .run(&["explain", "two words"])
        .exits(2)
        .says("neither an id nor ARCHIVE:LINE");
    world
        .run(&["explain", "zip:0"])
        .exits(2)
        .says("neither an id nor ARCHIVE:LINE");
}

#[test]
fn continuation_belongs_to_the_message_above() {
    let world = imported();
    let value = explain(&world, &format!("{PLACE}:4"));
    let line = &value["lines"][0];
    assert_eq!(
        (&line["role"], &line["line"]),
        (&"continuation".into(), &4.into())
    );
    assert_eq!(
        (&line["header_line"], &line["line_count"]),
        (&3.into(), &2.into())
    );
    assert_eq!(
        value["external_id"],
        explain(&world, &format!("{PLACE}:3"))["external_id"]
    );
    let text = world.run(&["explain", &format!("{PLACE}:4")]).exits(0);
    text.says("a continuation of the message at line 3");
}

#[test]
fn line_before_the_first_message_belongs_to_none() {
    let world = imported();
    let text = format!("a stray line\n{}", archive::transcript(&scenes::ben()));
    let zip = archive::zip_of(&[("WhatsApp Chat with Ben Cooper.txt".to_owned(), text)]);
    fs::write(world.exports().join(PLACE), zip).expect("written");
    let value = explain(&world, &format!("{PLACE}:1"));
    let line = &value["lines"][0];
    assert_eq!(
        (&line["role"], &line["header_line"]),
        (&"oddity".into(), &Value::Null)
    );
    assert_eq!(line["oddities"][0]["code"], "before_first_header");
    assert_eq!(
        (&value["next"]["action"], &value["external_id"]),
        (&"no_message".into(), &Value::Null)
    );
}

/// Two folders have an archive of one name.
#[test]
fn line_of_two_archives_is_refused_with_both() {
    let world = imported();
    let folder = world.exports().join("older");
    fs::create_dir(&folder).expect("made");
    let other = Chat::android("Ben Cooper", 1).say("2024-03-01 10:15", They, "Earlier");
    archive::put_zip(&other, &folder);
    let output = world
        .run(&["explain", &format!("{PLACE}:1"), "--show-content"])
        .exits(2);
    output
        .says("[explain.ambiguous]")
        .says(&format!("exports/older/{PLACE}:1"));
    explain(&world, &format!("older/{PLACE}:1"));
}

/// Without --ask no key is needed and no request is sent.
#[test]
fn explanation_is_offline() {
    let world = imported();
    let requests = world.server.state.requests().len();
    let arguments = ["explain", &format!("{PLACE}:2"), "--json"];
    let running = crate::kit::Running::start(
        &arguments,
        world.path(),
        &[("CLOSE_BASE_URL", &world.server.base_url)],
    );
    running.wait().exits(0);
    assert_eq!(world.server.state.requests().len(), requests);
}

#[test]
fn without_archives_and_checkpoint_it_is_a_usage_error() {
    let world = World::new(vec![scenes::ben()]);
    fs::remove_dir_all(world.exports()).expect("removed");
    world
        .run(&["explain", "cf1-x"])
        .exits(2)
        .says("no file matches archives");
}

#[test]
fn unknown_archive_names_the_nearest_one() {
    let world = imported();
    let output = world
        .run(&["explain", "WhatsApp Chat with Ben Coper.zip:2"])
        .exits(2);
    // Names are in no output that is kept.
    output.says("did you mean \"WhatsApp Chat with [name].zip\"?");
    let lines = archive::transcript(&scenes::ben()).lines().count();
    let output = world.run(&["explain", &format!("{PLACE}:99")]).exits(2);
    output.says(&format!("(that archive has {lines} lines)"));
}

#[test]
fn absolute_path_names_the_line_of_an_archive() {
    let chat = scenes::ben();
    let line = super::line_of(&chat, "Agreed");
    let world = World::new(vec![chat]);
    world.import().exits(0);
    let file = world.exports().join("WhatsApp Chat with Ben Cooper.zip");
    assert!(file.is_absolute() && file.exists());
    let explained = super::explain(&world, &format!("{}:{line}", file.display()));
    assert_eq!(explained["external_id"], super::id_of(&world, "Agreed"));
    let absent = format!("{}:{line}", file.with_file_name("another.zip").display());
    world.run(&["explain", &absent]).exits(2);
}
