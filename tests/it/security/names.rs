//! Names of people in the names of folders and files: in output that is kept, nobody is named.

use std::fs;

use crate::kit::world::contacts;
use crate::kit::{Built, Output, World, archive, scenes};

const NAMES: [&str; 6] = ["Zora", "Quill", "Olaf", "Berg", "Cleo", "Marsh"];

#[track_caller]
fn assert_names_nobody(output: &Output) {
    for name in NAMES {
        for text in [&output.stdout, &output.stderr] {
            assert!(!text.contains(name), "{name} in {text}");
        }
    }
}

/// A folder with a transcript that is none.
fn put_damaged(world: &World, folder: &str) {
    let folder = world.exports().join(folder);
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("_chat.txt"), "no transcript").expect("written");
}

#[test]
fn folders_named_after_chats_are_not_named_in_a_log() {
    let world = World::new(vec![scenes::ben()]);
    put_damaged(&world, "WhatsApp Chat - Zora Quill");
    put_damaged(&world, "phone/Olaf Berg");
    // One that can be read, and that no row knows.
    archive::put_folder(&scenes::cleo(), &world.exports());
    let output = world.run(&["import", "--yes", "--json", "-vv", "--log-file", "log.txt"]);
    assert_names_nobody(&output);
    for file in ["log.txt", "failures.csv"] {
        let text = fs::read_to_string(world.path().join(file)).unwrap_or_default();
        for name in NAMES {
            assert!(!text.contains(name), "{name} in {file}: {text}");
        }
    }
    assert_names_nobody(&world.run(&["bug-report"]).exits(0));
    // They are reported, and a plan names them.
    let folder = "exports/WhatsApp Chat - [name]";
    output.says(folder);
    world.run(&["plan"]).says("Zora Quill");
}

/// A configuration that names files one by one.
fn with_archives(archives: &str) -> World {
    let world = World::new(vec![scenes::ben(), scenes::cleo()]);
    let file = world.path().join("chatferry.toml");
    let config = fs::read_to_string(file).expect("a configuration");
    world.write("chatferry.toml", &config.replace("[\"exports\"]", archives));
    world
}

#[test]
fn pattern_without_a_file_is_not_named_in_a_log() {
    for name in [
        "WhatsApp Chat with Zora Quill.zip",
        "Zora_Quill.zip",
        "Cleo Marsh.zip",
    ] {
        let world = with_archives(&format!("[\"exports/{name}\"]"));
        for arguments in [&["import", "--yes", "--json"][..], &["bug-report"]] {
            let output = world.run(arguments).exits(2);
            output.says("no file matches archives = ");
            output.says("[name]");
            assert_names_nobody(&output);
        }
        let shown = world.run(&["import", "--yes", "--show-content"]).exits(2);
        shown.says(name);
        world.run(&["plan"]).exits(2).says(name);
    }
}

/// Not even a plan names a private chat.
#[test]
fn pattern_without_a_file_does_not_name_a_private_chat() {
    let world = with_archives("[\"exports/WhatsApp Chat with Zora Quill.zip\"]");
    world.write("never.txt", "Zora Quill\n");
    for arguments in [
        &["plan", "--json"][..],
        &["import", "--yes", "--show-content"],
    ] {
        let output = world.run(arguments).exits(2);
        output.says("no file matches a pattern of its archives that names a private chat");
        assert_names_nobody(&output);
    }
}

#[test]
fn archive_of_two_devices_is_not_named_in_a_log() {
    let world = with_archives("[\"exports\"]");
    let file = world.path().join("chatferry.toml");
    let config = fs::read_to_string(file).expect("a configuration");
    let devices = "[[device]]\nname = \"anna\"\narchives = [\"exports/*Cleo*\"]\n\
                   [[device]]\nname = \"ben\"\narchives = [\"exports/*Marsh*\"]\n";
    world.write(
        "chatferry.toml",
        &format!(
            "{}{devices}",
            config.replace("archives = [\"exports\"]\n", "")
        ),
    );
    for arguments in [&["import", "--yes", "--json"][..], &["bug-report"]] {
        let output = world.run(arguments).exits(2);
        output.says("[name].zip: belongs to the devices \"anna\" and \"ben\"");
        assert_names_nobody(&output);
    }
    world
        .run(&["plan"])
        .exits(2)
        .says("Cleo Marsh.zip: belongs to the devices");
}

/// A name of one character is also a count or a letter: it is redacted where names are printed, and nothing else is.
#[test]
fn names_of_one_character_are_not_in_a_log() {
    let names = ["x", "1", "Ω"];
    for is_held in [false, true] {
        let chats = names
            .into_iter()
            .zip(1..)
            .map(|(name, number)| scenes::plain(name, number, 2));
        let mut built = Built::new(chats.collect());
        if is_held {
            built.contacts = Some(contacts(&[]));
        }
        let world = built.world();
        let output = world
            .run(&["import", "--yes", "-vv", "--log-file", "log.txt"])
            .exits(0);
        let log = fs::read_to_string(world.path().join("log.txt")).expect("a log");
        for name in names {
            for after in ["  ", " (", ":"] {
                let shown = format!("default: {name}{after}");
                for text in [&output.stdout, &output.stderr, &log] {
                    assert!(!text.contains(&shown), "{shown} in {text}");
                }
            }
        }
        for number in 1..=3 {
            output.says(&format!("default: [chat {number}]"));
        }
        let counts = if is_held {
            "6 messages are held until you decide"
        } else {
            "6 to post"
        };
        output.says(counts);
        let shown = world.run(&["plan", "--details"]).exits(0);
        shown.says("default: Ω");
    }
}
