//! A person removed messages in Close, and then the checkpoint is lost or an older copy is put back:
//! Close's event log has deletions on the lead, and nothing in them shows of which messages.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chatferry::sandbox::Fault;
use serde_json::json;

use crate::kit::Side::{Me, They};
use crate::kit::{Built, Chat, Output, When, World, archive, scenes};

fn chat() -> Chat {
    scenes::plain("Ben Cooper", 1, 30)
}

/// A Close whose events of deletions lack the data of the message.
fn unnamed(chats: Vec<Chat>) -> Built {
    let mut built = Built::new(chats);
    built.options = Box::new(|options| options.events_name_deleted = false);
    built
}

fn imported() -> World {
    let world = unnamed(vec![chat()]).world();
    assert_eq!(world.import().exits(0).number("created"), 30);
    world
}

fn remove(world: &World, number: u32) {
    let text = format!("word1 number {number}");
    let messages = world.server.state.messages();
    let message = messages.iter().find(|m| m.markdown == text);
    let id = &message.expect("a message").id;
    let path = format!("/activity/whatsapp_message/{id}/");
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
}

fn numbers(run: &Output) -> [u64; 3] {
    ["created", "undecided", "failed"].map(|name| run.number(name))
}

fn count(world: &World) -> usize {
    world.server.state.message_count()
}

/// The same import again does nothing, and waits for the same decision.
#[track_caller]
fn stays_undecided(world: &World, undecided: u64, left: usize) {
    for _ in 0..2 {
        let run = world.import().exits(3);
        assert_eq!(numbers(&run), [0, undecided, 0], "{}", run.stderr);
        run.says("missing in Close, cause unknown");
        assert_eq!(count(world), left);
    }
}

#[test]
fn removed_message_is_undecided_after_a_lost_checkpoint() {
    let world = imported();
    remove(&world, 7);
    world.forget();
    stays_undecided(&world, 1, 29);
}

/// As many deletions as missing messages explain more than one in twenty.
#[test]
fn several_removed_messages_are_undecided_after_a_lost_checkpoint() {
    let world = imported();
    for number in [5, 7, 9, 11] {
        remove(&world, number);
    }
    world.forget();
    stays_undecided(&world, 4, 26);
}

#[test]
fn removed_message_is_undecided_with_an_older_checkpoint() {
    let world = unnamed(vec![scenes::plain("Ben Cooper", 1, 12)]).world();
    assert_eq!(world.import().exits(0).number("created"), 12);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    archive::put_zip(&chat(), &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 18);
    remove(&world, 20);
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    stays_undecided(&world, 1, 29);
}

#[test]
fn decision_about_a_removed_message_lasts() {
    for (decision, created, left) in [("new", 1, 30), ("leave", 0, 29)] {
        let world = imported();
        remove(&world, 7);
        world.forget();
        let plan = world.run(&["plan"]).exits(3);
        let mut rows = plan.stdout.lines().map(str::trim);
        let row = rows.rfind(|line| line.ends_with(&format!(",{decision},")));
        let table = format!("message,decision,of\n{}\n", row.expect("a row"));
        world.write("decisions.csv", &table);
        for created in [created, 0] {
            let run = world.import().exits(0);
            assert_eq!(numbers(&run), [created, 0, 0], "{decision}: {}", run.stderr);
            assert_eq!(count(&world), left, "{decision}");
        }
    }
}

/// `--gone respect` is recorded; a row `new` takes it back, once.
#[test]
fn row_new_posts_a_message_again_that_was_left_removed() {
    for is_lost in [true, false] {
        for by_id in [true, false] {
            let world = imported();
            let messages = world.server.state.messages();
            let message = messages.iter().find(|m| m.markdown == "word1 number 7");
            let id = message.expect("a message").external_id.clone();
            remove(&world, 7);
            if is_lost {
                world.forget();
            }
            let respect = ["import", "--yes", "--json", "--gone", "respect"];
            assert_eq!(numbers(&world.run(&respect).exits(0)), [0, 0, 0]);
            assert_eq!(numbers(&world.import().exits(0)), [0, 0, 0]);
            let line = match by_id {
                true => id,
                false => "WhatsApp Chat with Ben Cooper.zip:8".to_owned(),
            };
            world.write(
                "decisions.csv",
                &format!("message,decision,of\n{line},new,\n"),
            );
            for created in [1, 0, 0] {
                let run = world.import().exits(0);
                assert_eq!(numbers(&run), [created, 0, 0], "{is_lost}: {}", run.stderr);
                assert_eq!(count(&world), 30);
            }
            world.assert_whole("the row applies");
        }
    }
}

/// The message is in Close again, and the checkpoint does not record it.
#[test]
fn row_new_posts_nothing_that_is_in_close_again() {
    let world = imported();
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    remove(&world, 7);
    let gone = |flag| ["import", "--yes", "--json", "--gone", flag];
    assert_eq!(numbers(&world.run(&gone("respect")).exits(0)), [0, 0, 0]);
    let respected = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    let put_back = |copy: &[u8]| {
        world.forget();
        fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    };
    put_back(&copy);
    assert_eq!(numbers(&world.run(&gone("restore")).exits(0)), [1, 0, 0]);
    put_back(&respected);
    let row = "message,decision,of\nWhatsApp Chat with Ben Cooper.zip:8,new,\n";
    world.write("decisions.csv", row);
    for _ in 0..2 {
        assert_eq!(numbers(&world.import().exits(0)), [0, 0, 0]);
        assert_eq!(count(&world), 30);
    }
}

#[test]
fn flags_settle_a_removed_message() {
    for (flag, created, left) in [("restore", 1, 30), ("respect", 0, 29)] {
        let world = imported();
        remove(&world, 7);
        world.forget();
        let run = world.run(&["import", "--yes", "--json", "--gone", flag]);
        assert_eq!(numbers(&run.exits(0)), [created, 0, 0], "{flag}");
        assert_eq!(count(&world), left, "{flag}");
        assert_eq!(numbers(&world.import().exits(0)), [0, 0, 0], "{flag}");
        assert_eq!(count(&world), left, "{flag}");
    }
}

/// Close's log has the deletion of a message with its data, as long as `remembers` says so.
fn remove_with_data(world: &World, number: u32, remembers: &Arc<AtomicBool>) {
    let text = format!("word1 number {number}");
    let messages = world.server.state.messages();
    let removed = messages.iter().find(|m| m.markdown == text);
    let removed = removed.expect("a message").clone();
    remove(world, number);
    let remembers = Arc::clone(remembers);
    world.server.rule(move |seen, when| {
        let is_log = seen.path.ends_with("/event/") && when == When::Received;
        let event = json!({
            "object_id": removed.id, "action": "deleted", "lead_id": removed.lead_id,
            "previous_data": {"external_whatsapp_message_id": removed.external_id},
        });
        let events = match remembers.load(Ordering::SeqCst) {
            true => vec![event],
            false => Vec::new(),
        };
        match is_log {
            true => Fault::Status(
                200,
                json!({"data": events, "cursor_next": null}).to_string(),
            ),
            false => Fault::None,
        }
    });
}

/// The event of a deletion has the data of the message: that is proof. What is respected is recorded, since
/// the log forgets it after 30 days.
#[test]
fn deletion_with_its_data_is_proof_and_is_recorded() {
    let world = imported();
    let remembers = Arc::new(AtomicBool::new(true));
    remove_with_data(&world, 7, &remembers);
    world.forget();
    for remembered in [true, true, false, false] {
        remembers.store(remembered, Ordering::SeqCst);
        assert_eq!(numbers(&world.import().exits(0)), [0, 0, 0], "{remembered}");
        assert_eq!(count(&world), 29);
    }
    let run = world.run(&["import", "--yes", "--json", "--gone", "restore"]);
    assert_eq!(numbers(&run.exits(0)), [1, 0, 0]);
    assert_eq!(count(&world), 30);
}

/// The first or the last messages of a chat, which the log names.
#[test]
fn messages_removed_at_an_end_are_not_posted_after_a_lost_checkpoint() {
    for removed in [&[0][..], &[29], &[0, 1, 29], &[15, 29]] {
        let world = Built::new(vec![chat()]).world();
        assert_eq!(world.import().exits(0).number("created"), 30);
        removed.iter().for_each(|number| remove(&world, *number));
        world.forget();
        for _ in 0..2 {
            assert_eq!(numbers(&world.import().exits(0)), [0, 0, 0], "{removed:?}");
            assert_eq!(count(&world), 30 - removed.len());
        }
    }
}

#[test]
fn deletion_with_its_data_at_an_end_is_proof() {
    for number in [0, 29] {
        let world = imported();
        let remembers = Arc::new(AtomicBool::new(true));
        remove_with_data(&world, number, &remembers);
        world.forget();
        for remembered in [true, true, false] {
            remembers.store(remembered, Ordering::SeqCst);
            assert_eq!(numbers(&world.import().exits(0)), [0, 0, 0], "{number}");
            assert_eq!(count(&world), 29);
        }
    }
}

/// What follows a removed last message is new.
#[test]
fn newer_messages_are_created_where_the_last_one_was_removed() {
    let world = Built::new(vec![chat()]).world();
    assert_eq!(world.import().exits(0).number("created"), 30);
    remove(&world, 29);
    world.forget();
    let newer =
        chat()
            .say("2024-05-01 10:00", Me, "more")
            .say("2024-05-01 10:05", They, "and more");
    archive::put_zip(&newer, &world.exports());
    assert_eq!(numbers(&world.import().exits(0)), [2, 0, 0]);
    assert_eq!(count(&world), 31);
}

/// What is later than everything in Close is new, and so is what came late where nothing was deleted.
#[test]
fn new_messages_are_created_after_a_lost_checkpoint() {
    let world = imported();
    remove(&world, 7);
    world.forget();
    let newer = chat().say("2024-05-01 10:00", Me, "more");
    archive::put_zip(&newer, &world.exports());
    assert_eq!(numbers(&world.import().exits(3)), [1, 1, 0]);
    assert_eq!(count(&world), 30);

    let world = imported();
    world.forget();
    archive::put_zip(&with_a_late_message(), &world.exports());
    assert_eq!(numbers(&world.import().exits(0)), [1, 0, 0]);
    assert_eq!(count(&world), 31);
}

/// The checkpoint that posted everything knows that a message without a record is new.
#[test]
fn late_message_is_created_where_another_one_was_removed() {
    let world = imported();
    remove(&world, 7);
    archive::put_zip(&with_a_late_message(), &world.exports());
    for created in [1, 0] {
        assert_eq!(numbers(&world.import().exits(0)), [created, 0, 0]);
        assert_eq!(count(&world), 30);
    }
}

/// A message of the other side among those that were there, which arrived late.
fn with_a_late_message() -> Chat {
    let mut late = chat().say("2024-03-13 10:00", They, "it was on its way");
    let mut message = late.lines.pop().expect("a message");
    let place = late.lines.len() / 2;
    message.at = late.lines[place - 1].at;
    late.lines.insert(place, message);
    late
}

/// A removal that is recorded, under the ids of the number that the row had then: it stays a record, and
/// other messages are imported as ever.
#[test]
fn recorded_removal_survives_a_corrected_number() {
    let world = imported();
    let remembers = Arc::new(AtomicBool::new(true));
    remove_with_data(&world, 7, &remembers);
    let run = world.run(&["import", "--yes", "--json", "--gone", "respect"]);
    assert_eq!(numbers(&run.exits(0)), [0, 0, 0]);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let number = chat().phone;
    assert!(table.contains(&number), "{table}");
    world.write("contacts.csv", &table.replace(&number, "+353861234555"));
    let later = chat().say("2024-03-15 10:15", They, "one more");
    archive::put_zip(&later, &world.exports());
    let run = world.run(&["import", "--yes", "--json", "--gone", "respect"]);
    assert_eq!(numbers(&run.exits(0)), [1, 0, 0]);
    let run = world.run(&["import", "--yes", "--json", "--gone", "respect"]);
    assert_eq!(numbers(&run.exits(0)), [0, 0, 0]);
    assert_eq!(count(&world), 30);
}
