//! An undo that is killed, loses an answer or is refused, and what comes after it.

use chatferry::sandbox::Fault;

use super::{all, assert_counts, change, deletions, imported, stored, undo};
use crate::kit::{Running, When, World, is_post, scenes};
use serde_json::{Value, json};

const UNDO: &[&str] = &["undo", "--yes", "--json"];

/// Kills the undo at its n-th deletion, before or after Close carried it out.
pub(super) fn kill_at(world: &World, number: usize, after: bool) {
    let seen_before = deletions(world);
    let count = std::sync::Mutex::new(0);
    let killed = world.run_under(UNDO, move |seen, when, running: &Running| {
        let is_moment = match when {
            When::Received => !after,
            When::Processed(_) => after,
        };
        if seen.method != "DELETE" || !is_moment {
            return Fault::None;
        }
        let mut count = count.lock().expect("a number");
        *count += 1;
        if *count != number {
            return Fault::None;
        }
        running.kill();
        Fault::Drop
    });
    assert_eq!(killed.code, None, "{seen_before}: {}", killed.stderr);
}

#[test]
fn undo_continues_after_a_kill_at_every_deletion() {
    for after in [false, true] {
        for number in 1..=6 {
            let world = imported(vec![scenes::ben()]);
            kill_at(&world, number, after);
            let output = undo(&world, &[]).exits(0);
            assert_eq!(
                all(&world),
                Vec::<String>::new(),
                "{number} {after}: {}",
                output.stderr
            );
            let open = world.recorded("SELECT count(*) FROM operation WHERE open = 1");
            assert_eq!(open, 0);
            undo(&world, &[]).exits(0).says("Nothing to do");
        }
    }
}

#[test]
fn import_finishes_an_undo_that_was_killed() {
    for after in [false, true] {
        let world = imported(vec![scenes::ben()]);
        kill_at(&world, 3, after);
        let output = world.import().exits(0);
        output.says("an interrupted undo was finished first");
        world.assert_whole("import after a killed undo");
        assert_eq!(
            world.recorded("SELECT count(*) FROM operation WHERE open = 1"),
            0
        );
    }
}

#[test]
fn message_changed_after_a_killed_undo_stays() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 1)]);
    kill_at(&world, 1, false);
    let message = change(
        &world,
        "word1 number 0",
        &json!({"message_markdown": "mine"}),
    );
    undo(&world, &[]).exits(3);
    assert_eq!(stored(&world, "mine").id, message.id);
}

#[test]
fn killed_import_is_undone_with_its_unknown_requests() {
    for after in [false, true] {
        let world = World::new(scenes::rich());
        let killed = world.import_until(
            move |seen, when| {
                is_post(seen) && seen.number > 12 && matches!(when, When::Processed(_)) == after
            },
            |running| {
                running.kill();
                Fault::Drop
            },
        );
        assert_eq!(killed.code, None);
        let output = undo(&world, &[]).exits(0);
        assert_eq!(all(&world), Vec::<String>::new(), "{}", output.stderr);
        world.import().exits(0);
        world.assert_whole("import after undo");
    }
}

#[test]
fn lost_answer_is_sent_again() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let lost = std::sync::Mutex::new(0);
    world.server.rule(move |seen, when| {
        let mut lost = lost.lock().expect("a number");
        match seen.method == "DELETE" && matches!(when, When::Processed(_)) && *lost < 3 {
            true => {
                *lost += 1;
                Fault::Drop
            }
            false => Fault::None,
        }
    });
    let output = undo(&world, &[]).exits(0);
    let numbers = output.number("deleted") + output.number("already_gone");
    assert_eq!(numbers, 6, "{}", output.stderr);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn missing_right_stops_an_undo() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let before = all(&world);
    world.server.rule(|seen, _| match seen.method == "DELETE" {
        true => Fault::Status(403, json!({"error": "Forbidden"}).to_string()),
        false => Fault::None,
    });
    undo(&world, &[]).exits(5);
    world.server.calm();
    assert_eq!(all(&world), before);
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn rejected_deletion_is_listed_and_stays() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let message = stored(&world, "word1 number 3");
    let id = message.id.clone();
    world.server.rule(
        move |seen, _| match seen.method == "DELETE" && seen.path.contains(&id) {
            true => Fault::Status(400, json!({"error": "No"}).to_string()),
            false => Fault::None,
        },
    );
    let output = undo(&world, &[]).exits(3);
    assert_counts(&output, &[("deleted", 5), ("failed", 1)]);
    output.says(&message.id);
    world.server.calm();
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn outage_stops_an_undo_that_can_be_resumed() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let count = std::sync::Mutex::new(0);
    world.server.rule(move |seen, when| {
        if when != When::Received || seen.method != "DELETE" {
            let is_over = *count.lock().expect("a number") >= 3;
            return if is_over { Fault::Drop } else { Fault::None };
        }
        let mut count = count.lock().expect("a number");
        *count += 1;
        if *count > 2 { Fault::Drop } else { Fault::None }
    });
    undo(&world, &[]).exits(4).says("Next: `chatferry undo ");

    world.server.calm();
    assert!(!all(&world).is_empty());
    undo(&world, &[]).exits(0);
    assert_eq!(all(&world), Vec::<String>::new());
}

#[test]
fn dry_run_after_a_kill_writes_nothing() {
    let world = imported(vec![scenes::ben()]);
    kill_at(&world, 2, true);
    let before = (
        world.listing(),
        world.server.call("GET", "/me/", &Value::Null),
    );
    world
        .run(&["undo", "--dry-run"])
        .exits(0)
        .says("an interrupted undo began");
    let mut after = world.listing();
    after.retain(|path, _| path.extension().is_none_or(|ending| ending != "lock"));
    let mut expected = before.0;
    expected.retain(|path, _| path.extension().is_none_or(|ending| ending != "lock"));
    assert!(after == expected, "a dry run changed a file");
}

#[test]
fn status_names_the_undo_that_was_killed() {
    let world = imported(vec![scenes::ben()]);
    let status = world.run(&["status"]).exits(0);
    assert!(!status.stdout.contains("undo"), "{}", status.stdout);
    kill_at(&world, 3, true);
    let status = world.run(&["status"]).exits(0);
    let next = status.stdout.lines().find(|line| line.starts_with("Next"));
    let next = next.expect("what to do next");
    assert!(next.contains("the last `undo` did not finish"), "{next}");
    let json = world.run(&["status", "--json"]).exits(0);
    let json: Value = serde_json::from_str(json.stdout.trim()).expect("JSON");
    assert!(json["unfinished_undo"].is_string(), "{json}");
    undo(&world, &[]).exits(0);
    let json = world.run(&["status", "--json"]).exits(0);
    let json: Value = serde_json::from_str(json.stdout.trim()).expect("JSON");
    assert!(json["unfinished_undo"].is_null(), "{json}");
}
