//! Whole migrations: groups, two phones, replies across them, files and placeholders.

use std::fs;
use std::path::Path;

use chatferry::sandbox::Seed;

use super::{assert_counts, imported, plain, verify};
use crate::kit::{World, scenes};

/// The samples, imported.
fn samples() -> World {
    let folder = crate::kit::folder();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    crate::samples::copy(&samples, folder.path());
    let contacts = fs::read_to_string(folder.path().join("contacts.csv")).expect("contacts");
    let seed = Seed::from_contacts_csv(&contacts).expect("a seed");
    let world = World::of_folder(folder, seed);
    world.import().exits(0);
    world
}

#[test]
fn samples_are_verified_with_their_archives() {
    assert_counts(&verify(&samples(), &[]).exits(0), &[("same", 74)]);
}

#[test]
fn samples_are_verified_without_their_archives() {
    let world = samples();
    for device in ["anna", "ben"] {
        fs::remove_dir_all(world.path().join(device)).expect("removed");
    }
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 74)]);
}

#[test]
fn samples_are_verified_without_their_checkpoint() {
    let world = samples();
    world.forget();
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 74)]);
    assert!(!world.path().join("chatferry.db").exists());
}

#[test]
fn chats_of_one_lead_are_read_from_one_list() {
    let other = crate::kit::Chat {
        lead: "lead_01".to_owned(),
        ..scenes::plain("Cleo Marsh", 2, 6)
    };
    let world = imported(vec![plain(), other]);
    let before = world.server.count("GET", "/activity/whatsapp_message/");
    let output = verify(&world, &[]).exits(0);
    assert_counts(&output, &[("same", 12)]);
    let lists = world.server.count("GET", "/activity/whatsapp_message/") - before;
    assert_eq!(lists, 1);
    // The other chat's activities are neither compared nor foreign.
    let output = verify(&world, &["--chat", "Ben Cooper"]).exits(0);
    assert_counts(&output, &[("same", 6)]);
    assert_eq!(output.number("not_selected"), 6);
}

#[test]
fn group_that_a_rule_leaves_out_now_has_not_drifted() {
    let world = samples();
    let read = |name: &str| fs::read_to_string(world.path().join(name)).expect("read");
    let (contacts, config) = (read("contacts.csv"), read("chatferry.toml"));
    let skipped = config.replace("groups = \"anchor\"", "groups = \"skip\"");
    assert_ne!(skipped, config);
    world.write("chatferry.toml", &skipped);
    assert_counts(&verify(&world, &[]).exits(0), &[("same", 74)]);
    world.write("chatferry.toml", &config);
    for choice in ["no", "private"] {
        let row = |line: &str| match line.contains("Harbour Walks") {
            true => format!("{}{choice}\n", line.trim_end()),
            false => format!("{line}\n"),
        };
        world.write(
            "contacts.csv",
            &contacts.lines().map(row).collect::<String>(),
        );
        assert_counts(&verify(&world, &[]).exits(0), &[("same", 74)]);
    }
}
