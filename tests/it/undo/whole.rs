//! Undo of everything: Close is as it was before.

use serde_json::Value;

use super::{all, assert_counts, deletions, imported, post_beside, preview, stored, undo};
use crate::kit::{World, scenes};

#[test]
fn undo_of_an_import_leaves_what_was_there_before() {
    let world = World::new(scenes::rich());
    let before = all(&world);
    world.import().exits(0);
    let output = undo(&world, &[]).exits(0);
    assert_counts(&output, &[("deleted", 14)]);
    assert_eq!(all(&world), before);
    assert_eq!(deletions(&world), 14);
}

#[test]
fn messages_of_others_are_not_touched() {
    let world = imported(scenes::rich());
    post_beside(&world, "ok", "from the help desk", false);
    let foreign = format!("{:?}", stored(&world, "from the help desk"));
    undo(&world, &["--run", "latest"]).exits(0);
    assert_eq!(all(&world), [foreign]);
}

#[test]
fn undo_of_a_run_is_named_at_the_end_of_an_import() {
    let world = World::new(scenes::rich());
    let output = world.import().exits(0);
    output.says("`chatferry undo --run 1` deletes the messages that this run created; `chatferry verify` compares them with the archives");
    let again = world.import().exits(0);
    assert!(!again.stderr.contains("chatferry undo"), "{}", again.stderr);
}

#[test]
fn second_undo_has_nothing_to_do_and_says_why() {
    let world = imported(scenes::rich());
    undo(&world, &["--run", "latest"]).exits(0);
    let before = world.server.writes();
    let output = undo(&world, &["--run", "latest"]).exits(0);
    output.says("Nothing to do: what run 1 created is not in Close any more");
    assert_counts(&output, &[]);
    let whole = undo(&world, &[]).exits(0);
    whole.says("Nothing to do: no message that an import created is in Close any more");
    assert_eq!(world.server.writes(), before);
}

#[test]
fn undo_without_a_checkpoint_says_so() {
    let world = World::new(scenes::rich());
    undo(&world, &[])
        .exits(0)
        .says("there is no checkpoint (")
        .says("`chatferry recover`");
}

#[test]
fn import_after_an_undo_equals_a_fresh_import() {
    let world = imported(scenes::rich());
    undo(&world, &[]).exits(0);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 14);
    world.assert_whole("import after undo");
    let again = world.import().exits(0);
    assert_eq!(again.number("created") + again.number("updated"), 0);
}

#[test]
fn corrected_import_after_an_undo_equals_a_fresh_import() {
    let mut world = imported(scenes::rich());
    undo(&world, &[]).exits(0);
    // The wrong lead: the correction sends the chat to another one.
    let contacts = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let swapped = swap(&contacts, "lead_01,cont_01", "lead_02,cont_02");
    world.write("contacts.csv", &swapped);
    for chat in &mut world.chats {
        let (lead, contact) = match chat.lead.as_str() {
            "lead_01" => ("lead_02", "cont_02"),
            "lead_02" => ("lead_01", "cont_01"),
            _ => continue,
        };
        chat.lead = lead.to_owned();
        chat.contact = contact.to_owned();
    }
    world.import().exits(0);
    world.assert_whole("corrected import after undo");
}

fn swap(text: &str, one: &str, other: &str) -> String {
    assert!(text.contains(one) && text.contains(other), "{text}");
    text.replace(one, "\0")
        .replace(other, one)
        .replace('\0', other)
}

#[test]
fn undo_works_without_archives() {
    let world = imported(scenes::rich());
    std::fs::remove_dir_all(world.exports()).expect("removed");
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn preview_counts_what_the_undo_does() {
    let world = imported(scenes::rich());
    let output = preview(&world, &[]).exits(0);
    assert_counts(&output, &[("deleted", 14)]);
    output.says("14 to delete");
    let line = output.stdout.lines().last().expect("a summary");
    let summary: Value = serde_json::from_str(line).expect("JSON");
    let expected = summary["estimated_requests"].as_u64().expect("a number");
    let before = world.server.state.request_count();
    undo(&world, &[]).exits(0);
    let took = world.server.state.request_count() - before;
    // The undo reads the account and the lists once more before it asks.
    assert!(
        (expected..=expected + 6).contains(&took),
        "{expected} expected, {took} sent"
    );
}

#[test]
fn undo_without_a_terminal_needs_yes() {
    let world = imported(scenes::rich());
    let before = all(&world);
    world.run(&["undo"]).exits(2).says("pass `--yes`");
    assert_eq!(all(&world), before);
}

/// The hint is the same command with a further flag; a dry run needs none.
#[cfg(target_os = "linux")]
#[test]
fn preview_names_the_dry_run_of_the_same_selection() {
    let world = imported(scenes::rich());
    let arguments = ["undo", "--run", "1", "--lead", "lead_01", "--limit", "3"];
    let output = world.run_at_terminal(&arguments, "no\n").exits(2);
    output.says("`chatferry undo --dry-run --run 1 --lead lead_01 --limit 3` shows this");
    let dry = [&arguments[..], &["--dry-run"]].concat();
    let output = world.run(&dry).exits(0);
    assert!(
        !output.stderr.contains("shows this without"),
        "{}",
        output.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn organisation_name_confirms_an_undo() {
    let world = imported(scenes::rich());
    let before = all(&world);
    let declined = world.run_at_terminal(&["undo"], "yes\n").exits(2);
    declined.says("Type the organisation's name, chatferry sandbox");
    declined.says("That is not the name of the organisation; nothing was deleted.");
    assert_eq!(all(&world), before);
    world
        .run_at_terminal(&["undo"], "chatferry sandbox\n")
        .exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}
