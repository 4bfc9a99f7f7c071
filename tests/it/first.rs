//! A first import equals the model, a second does nothing, and the numbers add up.

use std::collections::BTreeMap;
use std::fs;

use zip::CompressionMethod;

use crate::kit::{Built, Output, World, archive, scenes};

/// The numbers of a run add up to the messages that `parse` prints, and to what Close holds.
#[track_caller]
fn accounts(world: &World, output: &Output) {
    let parsed = world.run(&["parse", "exports"]).exits(0);
    let read = parsed.stdout.lines().count() as u64;
    let names = [
        "created",
        "unchanged",
        "skipped",
        "held",
        "undecided",
        "failed",
        "unknown",
        "not_reached",
    ];
    let sum: u64 = names.iter().map(|name| output.number(name)).sum();
    assert_eq!(sum, read, "{}", output.stdout);
    let there = output.number("created") + output.number("unchanged");
    assert_eq!(there, world.server.state.message_count() as u64);
}

#[test]
fn first_import_equals_the_model() {
    let world = World::new(scenes::rich());
    let output = world.import().exits(0);
    world.assert_whole("first");
    accounts(&world, &output);
    assert_eq!(output.number("uploads"), 4);
    assert_eq!(
        output.number("requests"),
        world.server.state.requests().len() as u64
    );
}

#[test]
fn second_import_sends_nothing() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let (before, writes) = (ids(&world), world.server.writes());
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0);
    assert_eq!(world.server.writes(), writes, "a rerun writes nothing");
    assert_eq!(ids(&world), before);
    accounts(&world, &output);
}

#[test]
fn import_without_checkpoint_adopts() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    let (before, writes) = (ids(&world), world.server.writes());
    world.forget();
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 0);
    assert_eq!(
        output.number("unchanged"),
        world.server.state.message_count() as u64
    );
    assert_eq!(world.server.writes(), writes, "adopting writes nothing");
    assert_eq!(ids(&world), before);
    accounts(&world, &output);
    // And once adopted they are known without a list.
    let lists = world.server.count("GET", "/activity/whatsapp_message/");
    world.import().exits(0);
    let after = world.server.count("GET", "/activity/whatsapp_message/");
    assert_eq!(after, lists);
}

#[test]
fn lost_checkpoint_after_a_partial_import_adopts_and_links() {
    let world = World::new(scenes::rich());
    world
        .run(&["import", "--yes", "--json", "--limit", "7"])
        .exits(0);
    assert_eq!(world.server.state.message_count(), 7);
    world.forget();
    let output = world.import().exits(0);
    assert_eq!(output.number("unchanged"), 7);
    world.assert_whole("adopted and completed");
    accounts(&world, &output);
}

#[test]
fn newer_export_adds_new_messages() {
    let whole = scenes::rich();
    let mut older = whole.clone();
    for chat in &mut older {
        chat.lines.truncate(3);
    }
    let mut world = World::new(older);
    world.import().exits(0);
    world.assert_whole("the older export");
    let before = ids(&world);
    for chat in &whole {
        archive::put_zip(chat, &world.exports());
    }
    world.chats = whole;
    world.import().exits(0);
    world.assert_whole("the newer export");
    let after = ids(&world);
    for (external, id) in before {
        assert_eq!(after.get(&external), Some(&id), "what was there stays");
    }
}

#[test]
fn same_export_as_zip_folder_and_zip64_is_one_chat() {
    let chat = scenes::cleo();
    let world = World::new(vec![chat.clone()]);
    archive::put_folder(&chat, &world.exports());
    let large = archive::zip_with(&chat, CompressionMethod::Stored, true);
    let again = format!("{} (1).zip", archive::name(&chat));
    fs::write(world.exports().join(again), large).expect("written");
    let output = world.import().exits(0);
    world.assert_whole("three archives of one chat");
    assert_eq!(output.number("created"), 4);
}

#[test]
fn groups_are_left_out_and_counted() {
    let world = Built::new(vec![scenes::ben()]).world();
    let group = "13/03/2024, 10:15 - Anna Example created group \"Garden\"\n\
                 13/03/2024, 10:16 - Ben Cooper: one\n\
                 13/03/2024, 10:17 - Dora Quist: two\n\
                 13/03/2024, 10:18 - Anna Example: three\n";
    let name = "exports/WhatsApp Chat with Garden.txt";
    world.write(name, group);
    let output = world.import().exits(0);
    world.assert_whole("the one-to-one chat alone");
    accounts(&world, &output);
}

fn ids(world: &World) -> BTreeMap<String, String> {
    let messages = world.server.state.messages();
    messages
        .into_iter()
        .map(|message| (message.external_id, message.id))
        .collect()
}
