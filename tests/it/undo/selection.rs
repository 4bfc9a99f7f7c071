//! Which messages an undo concerns: runs, chats, leads, a number of messages.

use super::{assert_counts, imported, preview, undo};
use crate::kit::{World, archive, scenes};
use crate::missing::{CREATE, ben_is_missing};

/// Two imports, each of a chat of its own.
fn two_runs() -> World {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Cleo Marsh", 2, 4),
    ]);
    world
        .run(&["import", "--yes", "--chat", "Ben Cooper"])
        .exits(0);
    world.import().exits(0);
    world
}

fn leads(world: &World) -> (usize, usize) {
    let messages = world.server.state.messages();
    let on = |lead: &str| messages.iter().filter(|one| one.lead_id == lead).count();
    (on("lead_01"), on("lead_02"))
}

#[test]
fn run_selects_what_it_created() {
    let world = two_runs();
    let output = undo(&world, &["--run", "latest"]).exits(0);
    assert_counts(&output, &[("deleted", 4)]);
    assert_eq!(leads(&world), (6, 0));
    // The last import is the same run, and its messages are gone.
    let again = undo(&world, &["--run", "latest"]).exits(0);
    again.says("what run 2 created is not in Close any more");
    assert_eq!(leads(&world), (6, 0));
    undo(&world, &["--run", "1"]).exits(0);
    assert_eq!(leads(&world), (0, 0));
}

#[test]
fn unknown_run_names_the_nearest() {
    let world = two_runs();
    let before = world.server.writes();
    undo(&world, &["--run", "7"])
        .exits(2)
        .says("no run is named \"7\"; the nearest is 2");
    undo(&world, &["--run", "latst"])
        .exits(2)
        .says("did you mean latest?");
    assert_eq!(world.server.writes(), before);
}

/// The record of a run is removed once nothing refers to it.
#[test]
fn beginning_of_the_number_of_a_run_names_none() {
    let world = two_runs();
    for change in [
        "INSERT INTO run (id, started_at, program, command) \
         SELECT 30, started_at, program, command FROM run WHERE id = 2 RETURNING 1",
        "UPDATE message SET created_run = 30 WHERE created_run = 2 RETURNING 1",
    ] {
        assert_eq!(world.recorded(change), 1);
    }
    let output = undo(&world, &["--run", "3"]).exits(2);
    output.says("no run is named \"3\"");
    assert_eq!(leads(&world), (6, 4));
    assert_counts(&undo(&world, &["--run", "30"]).exits(0), &[("deleted", 4)]);
}

#[test]
fn latest_run_is_the_last_import() {
    for command in ["match", "recover", "verify", "undo"] {
        let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
        let run = format!(
            "INSERT INTO run (id, started_at, program, command) \
             SELECT 2, started_at, program, '{command}' FROM run WHERE id = 1 RETURNING 1"
        );
        assert_eq!(world.recorded(&run), 1);
        let output = undo(&world, &["--run", "latest"]).exits(0);
        assert_counts(&output, &[("deleted", 6)]);
    }
}

#[test]
fn interrupted_match_is_no_import() {
    let world = ben_is_missing();
    world.run(CREATE).exits(0);
    let messages = world.import().exits(0).number("created");
    let killed = "INSERT INTO run (id, started_at, program, command) \
                  SELECT 9, started_at, program, command FROM run WHERE id = 1 RETURNING 1";
    assert_eq!(world.recorded(killed), 1);
    let output = undo(&world, &["--run", "latest"]).exits(0);
    assert_counts(&output, &[("deleted", messages)]);
}

#[test]
fn chat_and_lead_select() {
    let world = two_runs();
    assert_counts(
        &preview(&world, &["--chat", "Ben Cooper"]).exits(0),
        &[("deleted", 6)],
    );
    assert_counts(
        &preview(&world, &["--lead", "lead_02"]).exits(0),
        &[("deleted", 4)],
    );
    undo(&world, &["--chat", "Cleo Marsh"]).exits(0);
    assert_eq!(leads(&world), (6, 0));
    undo(&world, &["--chat", "Ben Coper"])
        .exits(2)
        .says("did you mean");
    undo(&world, &["--lead", "lead_99"])
        .exits(2)
        .says("no message is recorded on the lead");
    undo(&world, &["--device", "ana"])
        .exits(2)
        .says("no device \"ana\"");
    undo(&world, &["--lead", "lead_01"]).exits(0);
    assert_eq!(leads(&world), (0, 0));
}

#[test]
fn limit_deletes_replies_before_what_they_reply_to() {
    let world = imported(vec![scenes::ben()]);
    let output = undo(&world, &["--limit", "4"]).exits(0);
    assert_counts(&output, &[("deleted", 4), ("not_reached", 2)]);
    let left = world.server.state.messages();
    assert!(
        left.iter().all(|one| one.response_to_id.is_none()),
        "{left:?}"
    );
    undo(&world, &[]).exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn group_is_selected_by_its_subject() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 6)]);
    world.import().exits(0);
    undo(&world, &["--chat", "No such group"]).exits(2);
    assert_eq!(world.server.state.message_count(), 6);
}

#[test]
fn messages_of_an_older_format_have_no_run() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let rows = world.recorded("UPDATE message SET created_run = NULL RETURNING 1");
    assert_eq!(rows, 1);
    let output = undo(&world, &["--run", "1"]).exits(0);
    output
        .says("Nothing to do")
        .says("select by `--chat` or `--lead`");
    assert_eq!(world.server.state.message_count(), 6);
    undo(&world, &["--chat", "Ben Cooper"]).exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn newer_export_of_a_chat_is_a_run_of_its_own() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let newer = scenes::plain("Ben Cooper", 1, 9);
    archive::put_zip(&newer, &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 3);
    assert_counts(&undo(&world, &["--run", "2"]).exits(0), &[("deleted", 3)]);
    assert_eq!(world.server.state.message_count(), 6);
}
