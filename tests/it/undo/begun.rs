//! Deletions that an interrupted undo began, and the commands that finish them.

use chatferry::sandbox::Fault;
use serde_json::json;

use super::interrupted::kill_at;
use super::{DELETE, all, assert_counts, deletions, imported, undo};
use crate::kit::{When, World, scenes};

/// Close answers 503 to each deletion, and carries none out.
fn refuse_deletions(world: &World, status: u16) {
    world.server.rule(
        move |seen, when| match seen.method == "DELETE" && when == When::Received {
            true => Fault::Status(status, json!({"error": "No"}).to_string()),
            false => Fault::None,
        },
    );
}

/// The key sees no lead and none of its messages.
fn hide_everything(world: &World) {
    world.server.rule(|seen, when| {
        let is_message = seen.path.contains("/activity/whatsapp_message/acti_");
        let is_hidden = is_message || seen.path.contains("/lead/lead_");
        match is_hidden && when == When::Received {
            true => Fault::Status(404, json!({"error": "Not found"}).to_string()),
            false => Fault::None,
        }
    });
}

fn open(world: &World) -> i64 {
    world.recorded("SELECT count(*) FROM operation WHERE open = 1")
}

/// One message, whose deletion was killed before or after Close carried it out.
fn killed(after: bool) -> World {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 1)]);
    kill_at(&world, 1, after);
    assert_eq!(open(&world), 1);
    world
}

#[test]
fn deletion_that_was_carried_out_is_recorded_without_a_request() {
    let world = killed(true);
    let before = deletions(&world);
    refuse_deletions(&world, 503);
    world.import().exits(0);
    assert_eq!(deletions(&world), before);
    assert_eq!(open(&world), 0);
    world.assert_whole("import after a deletion without its answer");
}

#[test]
fn import_stops_where_a_deletion_stays_open() {
    let world = killed(false);
    refuse_deletions(&world, 503);
    world.import().exits(4);
    assert_eq!(open(&world), 1);
    assert_eq!(
        world.recorded("SELECT count(*) FROM run WHERE ended_at IS NULL"),
        1,
        "the killed undo"
    );
    world.server.calm();
    world.import().exits(0);
    assert_eq!(open(&world), 0);
    world.assert_whole("import after a deletion that had stayed open");
}

#[test]
fn message_recorded_as_removed_is_posted_after_its_deletion() {
    let world = killed(true);
    // An import of an earlier version recorded that a person had removed it.
    assert_eq!(
        world.recorded(
            "UPDATE message SET state = 6, activity_id = NULL, linked = 0 RETURNING state"
        ),
        6
    );
    world.import().exits(0);
    assert_eq!(open(&world), 0);
    world.assert_whole("import after a message was recorded as removed");
}

#[test]
fn message_posted_again_by_a_repair_is_deleted_by_the_next_undo() {
    let world = killed(true);
    world.run(&["verify", "--repair", "--yes"]);
    assert_eq!(all(&world).len(), 1, "the repair posted the message");
    let output = undo(&world, &[]).exits(0);
    assert_counts(&output, &[("deleted", 1)]);
    assert_eq!(all(&world), Vec::<String>::new());
    assert_eq!(open(&world), 0);
    world.import().exits(0);
    world.assert_whole("import after the undo");
}

#[test]
fn deletion_without_an_answer_stays_open_in_every_undo() {
    let world = killed(false);
    for number in 0..2 {
        refuse_deletions(&world, 503);
        let output = undo(&world, &[]).exits(3);
        assert_counts(&output, &[("unknown", 1)]);
        assert_eq!(open(&world), 1, "{number}");
        world.server.calm();
    }
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn deletion_that_close_rejects_is_counted_once() {
    let world = killed(false);
    refuse_deletions(&world, 400);
    let output = undo(&world, &[]).exits(3);
    assert_counts(&output, &[("failed", 1)]);
    assert_eq!(open(&world), 0);
    assert_eq!(all(&world).len(), 1);
}

#[test]
fn declined_import_deletes_nothing() {
    let world = killed(false);
    let before = world.server.writes();
    let output = world.run_at_terminal(&["import"], "n\n").exits(0);
    output.says("an interrupted undo began to delete 1 message");
    assert_eq!(world.server.writes(), before);
    assert_eq!(open(&world), 1);
    assert_eq!(
        world.recorded("SELECT count(*) FROM run WHERE ended_at IS NULL"),
        1,
        "the killed undo"
    );
}

#[test]
fn plan_shows_unfinished_deletions_of_an_undo() {
    let world = killed(false);
    let output = world.run(&["plan"]).exits(0);
    output.says("an interrupted undo began to delete 1 message");
    assert_eq!(open(&world), 1);
}

#[test]
fn import_counts_the_deletions_that_it_finishes() {
    let world = killed(false);
    let output = world.import().exits(0);
    assert_eq!(output.number("deleted"), 1, "{}", output.stderr);
    assert_eq!(output.number("created"), 1, "{}", output.stderr);
    let recorded = "SELECT value FROM run_count WHERE name = 'deleted' ORDER BY run DESC LIMIT 1";
    assert_eq!(world.recorded(recorded), 1);
}

#[test]
fn saved_plan_deletes_nothing_that_an_undo_left() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 1)]);
    kill_at(&world, 1, false);
    world.run(&["plan", "--out", "plan.json"]).exits(0);
    let before = world.server.writes();
    let output = world.run(&["import", "--yes", "--plan", "plan.json"]);
    let output = output.exits(2);
    output.says("interrupted undo");
    assert_eq!(world.server.writes(), before);
    assert_eq!(open(&world), 1);
}

#[test]
fn hidden_message_is_no_proof_of_its_deletion() {
    let world = killed(false);
    hide_everything(&world);
    undo(&world, &[]).exits(3);
    assert_eq!(open(&world), 1);
    world.server.calm();
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
    assert_eq!(open(&world), 0);
}

#[test]
fn equal_rejections_stop_a_chat_of_an_undo() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 60)]);
    refuse_deletions(&world, 400);
    let output = undo(&world, &[]).exits(3);
    output.says("not tried, since Close did not carry out the deletions before it in this chat");
    let sent = world.server.count("DELETE", DELETE);
    assert!((20..60).contains(&sent), "{sent}");
    assert_eq!(
        output.number("failed") + output.number("not_reached"),
        60,
        "{}",
        output.stderr
    );
    assert_eq!(all(&world).len(), 60);
}

/// Close rejects the deletions on Ben's lead only.
fn refuse_on_lead_01(world: &World) {
    let messages = world.server.state.messages().into_iter();
    let of_ben: Vec<String> = (messages.filter(|one| one.lead_id == "lead_01"))
        .map(|one| one.id)
        .collect();
    world.server.rule(move |seen, when| {
        let is_refused = seen.method == "DELETE" && of_ben.iter().any(|id| seen.path.contains(id));
        match is_refused && when == When::Received {
            true => Fault::Status(400, "{\"errors\": [\"no\"]}".to_owned()),
            false => Fault::None,
        }
    });
}

#[test]
fn chat_whose_deletions_are_rejected_stops_no_other_chat() {
    let world = imported(vec![
        scenes::plain("Ben Cooper", 1, 60),
        scenes::plain("Cleo Marsh", 2, 40),
    ]);
    refuse_on_lead_01(&world);
    let output = undo(&world, &[]).exits(3);
    assert_eq!(output.number("deleted"), 40, "{}", output.stderr);
    assert_eq!(output.number("failed") + output.number("not_reached"), 60);
    world.server.calm();
    assert_eq!(undo(&world, &[]).exits(0).number("deleted"), 60);
    assert_eq!(all(&world), Vec::<String>::new());
}
