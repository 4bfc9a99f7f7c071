//! Control characters of names: none reaches a terminal or a table, and JSON escapes them.

#![cfg(unix)]

use std::fs;

use serde_json::Value;

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, Side, World};

/// An escape sequence, a C1 control, a change of direction, a carriage return, and Hebrew letters, which stay.
const NAME: &str = "Mia\u{1b}[2J\u{202e} Hart\u{9b}5m\u{2066}\r \u{5d3}\u{5e0}\u{5d4}";
/// The same, as a person sees it: with a blank for the carriage return.
const SHOWN: &str = "Mia[2J Hart5m  \u{5d3}\u{5e0}\u{5d4}";

fn chat() -> Chat {
    Chat::android(NAME, 1)
        .say("2024-03-13 10:15", Side::They, "Good morning")
        .say("2024-03-13 10:16", Side::Me, "Which day?")
}

/// Whether a character may be neither on a terminal nor in a table.
fn is_control(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn assert_clean(text: &str, what: &str) {
    let found: Vec<char> = text.chars().filter(|c| is_control(*c)).collect();
    assert!(found.is_empty(), "{found:?} in {what}: {text:?}");
}

/// A world with that chat; its row has the name as it is in the archive.
fn world() -> World {
    // A name in the seed would be a cell of a table.
    let row = |name: &str| format!("{name},{name},contact,+353861234501,lead_01,cont_01,,\n");
    let mut built = Built::new(vec![chat()]);
    let seed = format!("{HEADER}{}{}", me(), row("Mia Hart"));
    built.seed = Some(chatferry::sandbox::Seed::from_contacts_csv(&seed).expect("a seed"));
    built.contacts = Some(format!(
        "{HEADER}{}{}",
        me(),
        row(&format!("\"{NAME}\"")).replace('\u{1b}', "")
    ));
    built.world()
}

#[test]
fn no_command_prints_a_control_character() {
    let world = world();
    // An error, a warning and a failure with such a name.
    let damaged = "WhatsApp Chat with Zoe\u{1b}[31m\u{202e}.zip";
    fs::write(world.exports().join(damaged), "PK\u{3}\u{4}").expect("written");
    let zip = "exports/WhatsApp Chat with Mia\u{1b}[2J.zip";
    for arguments in [
        &["inspect", "exports"][..],
        &["inspect", "exports", "--json"],
        &["parse", "exports"],
        &["parse", zip],
        &["init", "exports", "--dir", "new"],
        &["plan"],
        &["plan", "--offline", "--json"],
        &["plan", "--payloads"],
        &["plan", "--chat", "Mia\u{1b}"],
        &["plan", "--no-such-flag\u{1b}[2J"],
        &["doctor"],
        &["doctor", "--json"],
        &["match", "--dry-run"],
        &["checklist"],
        &["import", "--yes", "--json", "--show-content"],
        &["status"],
        &["status", "--json"],
        &["bug-report"],
    ] {
        let output = world.run(arguments);
        assert_clean(&output.stdout, &format!("stdout of {arguments:?}"));
        assert_clean(&output.stderr, &format!("stderr of {arguments:?}"));
    }
    let failures = fs::read_to_string(world.path().join("failures.csv")).expect("a table");
    assert!(failures.contains("Zoe[31m.zip"), "{failures}");
    assert_clean(&failures, "failures.csv");
}

#[test]
fn names_keep_their_letters_and_json_keeps_the_name() {
    let world = world();
    world.run(&["inspect", "exports"]).exits(0).says(SHOWN);
    let json = world.run(&["inspect", "exports", "--json"]).exits(0).stdout;
    assert!(
        json.contains("\\u001b[2J\\u202e") && json.contains("\\u009b5m\\u2066"),
        "{json}"
    );
    let parsed = world.run(&["parse", "exports"]).exits(0).stdout;
    let first: Value = serde_json::from_str(parsed.lines().next().expect("a line")).expect("JSON");
    let chat = first["chat"].as_str().expect("a name");
    assert!(
        chat.contains("Mia\u{1b}[2J") && chat.contains("Hart\u{9b}5m"),
        "{first}"
    );
    assert!(parsed.contains("\\u001b[2J"), "{parsed}");
}

/// The table that `init` writes has no controls, and its rows still find their chats.
#[test]
fn cleaned_name_in_a_table_finds_its_chat() {
    let world = world();
    world.run(&["init", "exports", "--dir", "new"]).exits(0);
    let table = fs::read_to_string(world.path().join("new/contacts.csv")).expect("a table");
    assert_clean(&table, "contacts.csv");
    assert!(
        table.contains(&format!("{SHOWN},{SHOWN},contact,")),
        "{table}"
    );
    let row = format!("{SHOWN},{SHOWN},contact,+353861234501,lead_01,cont_01,,\n");
    world.write("contacts.csv", &format!("{HEADER}{}{row}", me()));
    let output = world.import().exits(0);
    assert_eq!((output.number("created"), output.number("held")), (2, 0));
    world
        .run(&["plan", "--chat", SHOWN, "--details"])
        .exits(0)
        .says("2 unchanged");
}
