//! What an undo shows before it deletes.

use serde_json::json;

use super::{MESSAGES, imported, preview};
use crate::kit::{World, scenes};

/// An imported migration of 18 chats, one of which has a message that a person changed.
fn of_many_chats() -> World {
    let chats = (1..=18).map(|number| scenes::plain(&format!("Contact {number}"), number, 3));
    let world = imported(chats.collect());
    let path = format!("{MESSAGES}{}/", world.server.state.messages()[0].id);
    let patch = json!({"message_markdown": "changed by hand"});
    assert_eq!(world.server.call("PUT", &path, &patch), 200);
    world
}

/// The cells of the row that begins with this.
fn cells(text: &str, begin: &str) -> Vec<String> {
    let row = text
        .lines()
        .find(|line| line.trim_start().starts_with(begin));
    let row = row.unwrap_or_else(|| panic!("no row of {begin} in {text}"));
    let cells = row
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty());
    cells.map(str::to_owned).collect()
}

#[test]
fn chats_to_which_the_same_happens_are_one_row() {
    let world = of_many_chats();
    let output = preview(&world, &[]).exits(3);
    assert_eq!(cells(&output.stderr, "17 chats"), ["17 chats", "51"]);
    let kept = cells(&output.stderr, "[chat ");
    assert_eq!(kept[1..], ["2", "1 kept, changed in Close since"]);
}

#[test]
fn details_of_an_undo_have_each_chat_and_its_lead() {
    let world = of_many_chats();
    let output = preview(&world, &["--details"]).exits(3);
    let chats = output.stderr.lines();
    let chats = chats.filter(|line| line.contains(" on lead_") && line.contains(" to delete"));
    assert_eq!(chats.count(), 18, "{}", output.stderr);
    for number in 1..=18 {
        output.says(&format!("[chat {number}]"));
    }
    assert!(!output.stderr.contains("[name]"), "{}", output.stderr);
    assert!(!output.stderr.contains("17 chats"));
}
