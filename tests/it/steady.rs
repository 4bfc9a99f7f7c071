//! A chat that was imported completely has an empty plan over the same inputs, or is held.

use chatferry::sandbox::{Fault, Seed};
use rusqlite::Connection;
use serde_json::json;

use crate::kit::Side::{Me, They};
use crate::kit::world::contacts;
use crate::kit::{Built, Chat, When, World, archive, is_post, scenes};

const ACCEPT: &[&str] = &["import", "--yes", "--json", "--accept-unsteady"];

fn imported() -> World {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    world
}

#[allow(clippy::disallowed_methods)] // What a person with a tool of their own does.
fn tamper(world: &World, statement: &str) {
    let checkpoint = Connection::open(world.path().join("chatferry.db")).expect("a checkpoint");
    let rows = checkpoint.execute(statement, []).expect("a statement");
    assert!(rows > 0, "{statement}");
}

/// The records claim other people than the activities have: a plan would update them.
const OTHER_PEOPLE: &str = "UPDATE message SET people_hash = zeroblob(16)";

const OTHER_VERSION: &str = "UPDATE chat_digest SET parser = 0";

fn updates(world: &World) -> usize {
    world
        .server
        .count("PUT", "/activity/whatsapp_message/{id}/")
}

#[test]
fn chat_that_would_change_without_a_reason_is_held() {
    let world = imported();
    tamper(&world, OTHER_PEOPLE);
    let plan = world.run(&["plan"]).exits(3);
    plan.says("unsteady");
    for line in [2, 3, 5] {
        plan.says(&format!("WhatsApp Chat with Ben Cooper.zip:{line}"));
    }
    let run = world.import().exits(3);
    assert_eq!((run.number("updated"), run.number("held")), (0, 7));
    assert_eq!(updates(&world), 0);
}

#[test]
fn offline_plan_holds_the_chat_too() {
    let world = imported();
    tamper(&world, OTHER_PEOPLE);
    world.run(&["plan", "--offline"]).exits(3).says("unsteady");
}

#[test]
fn accepted_chat_is_changed_and_steady_again() {
    let world = imported();
    tamper(&world, OTHER_PEOPLE);
    assert_eq!(world.run(ACCEPT).exits(0).number("updated"), 6);
    assert_eq!(world.import().exits(0).number("unchanged"), 6);
}

#[test]
fn other_chats_of_the_run_continue() {
    let world = World::new(vec![scenes::ben(), scenes::plain("Carl Dale", 2, 5)]);
    world.import().exits(0);
    tamper(
        &world,
        "UPDATE message SET people_hash = zeroblob(16) WHERE lead = \
         (SELECT id FROM lead WHERE lead_id = 'lead_01')",
    );
    archive::put_zip(&scenes::plain("Carl Dale", 2, 7), &world.exports());
    let run = world.import().exits(3);
    assert_eq!((run.number("created"), run.number("held")), (2, 7));
}

#[test]
fn accepted_plan_file_is_carried_out() {
    let world = imported();
    tamper(&world, OTHER_PEOPLE);
    let plan = ["plan", "--accept-unsteady", "--out", "plan.jsonl"];
    world.run(&plan).exits(0);
    let run = world.run(&["import", "--yes", "--json", "--plan", "plan.jsonl"]);
    assert_eq!(run.exits(0).number("updated"), 6);
}

#[test]
fn new_version_states_how_many_messages_it_reads_differently() {
    let world = imported();
    tamper(&world, OTHER_PEOPLE);
    tamper(&world, OTHER_VERSION);
    let plan = world.run(&["plan"]).exits(0);
    plan.says("This version reads 6 messages differently");
    assert_eq!(world.import().exits(0).number("updated"), 6);
    let again = world.run(&["plan"]).exits(0);
    assert!(!again.stdout.contains("differently"), "{}", again.stdout);
}

#[test]
fn new_version_without_differences_is_not_mentioned() {
    let world = imported();
    tamper(&world, OTHER_VERSION);
    let plan = world.run(&["plan"]).exits(0);
    assert!(!plan.stdout.contains("differently"), "{}", plan.stdout);
}

#[test]
fn filtered_run_is_no_complete_import() {
    for filter in [
        &["--limit", "99"][..],
        &["--chat", "Ben Cooper"],
        &["--device", "default"],
        &["--lead", "lead_01"],
    ] {
        let world = World::new(vec![scenes::ben()]);
        world
            .run(&[&["import", "--yes", "--json"], filter].concat())
            .exits(0);
        tamper(&world, OTHER_PEOPLE);
        world
            .run(&["plan", "--details"])
            .exits(0)
            .says("6 to update");
    }
}

#[test]
fn changed_inputs_explain_changes() {
    type Change = fn(&World);
    let changes: [Change; 4] = [
        |world| {
            let newer = scenes::ben().say("2024-03-14 10:00", Me, "more");
            archive::put_zip(&newer, &world.exports());
        },
        |world| {
            let path = world.path().join("contacts.csv");
            let table = std::fs::read_to_string(path).expect("a table");
            world.write("contacts.csv", &table.replace("user_anna", "user_ben"));
        },
        |world| {
            let path = world.path().join("chatferry.toml");
            let file = std::fs::read_to_string(path).expect("a file");
            world.write(
                "chatferry.toml",
                &file.replace("[limits]", "system = \"text\"\n[limits]"),
            );
        },
        |world| world.write("exclude.csv", "chat,from,until\n*,2031-01-01,2031-01-02\n"),
    ];
    for change in changes {
        let mut built = Built::new(vec![scenes::ben()]);
        // The user of the changed row exists in Close.
        let mut seed = Seed::from_contacts_csv(&contacts(&built.chats)).expect("a seed");
        seed.add_user("user_ben");
        built.seed = Some(seed);
        let world = built.world();
        world.import().exits(0);
        tamper(&world, OTHER_PEOPLE);
        change(&world);
        let plan = world.run(&["plan", "--details"]).exits(0);
        plan.says("6 to update");
    }
}

#[test]
fn reruns_and_newer_exports_are_steady() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    world.import().exits(0);
    let newer = scenes::ben().say("2024-03-14 10:00", Me, "more");
    archive::put_zip(&newer, &world.exports());
    assert_eq!(world.import().exits(0).number("created"), 1);
    archive::put_zip(&scenes::ben(), &world.exports());
    assert_eq!(world.import().exits(0).number("held"), 0);
    archive::put_zip(&newer, &world.exports());
    assert_eq!(world.import().exits(0).number("held"), 0);
}

#[test]
#[allow(clippy::disallowed_methods)] // The digest shows in no output.
fn run_over_the_same_inputs_writes_no_digest_again() {
    let world = imported();
    let run_of = || {
        let checkpoint = Connection::open(world.path().join("chatferry.db")).expect("a checkpoint");
        let query = "SELECT run FROM chat_digest";
        let run: i64 = checkpoint
            .query_row(query, [], |row| row.get(0))
            .expect("a digest");
        run
    };
    let first = run_of();
    world.import().exits(0);
    assert_eq!(run_of(), first);
}

fn remove(world: &World, text: &str) {
    let messages = world.server.state.messages();
    let message = messages.iter().find(|m| m.markdown.ends_with(text));
    let path = format!("/activity/whatsapp_message/{}/", message.expect("one").id);
    assert_eq!(world.server.call("DELETE", &path, &json!({})), 200);
}

#[test]
fn removed_activity_is_restored_by_policy_and_flag() {
    for flag in [None, Some("--gone")] {
        let mut built = Built::new(vec![scenes::ben()]);
        if flag.is_none() {
            built.import = "gone = \"restore\"\n".to_owned();
        }
        let world = built.world();
        world.import().exits(0);
        remove(&world, "Which day suits you?\nAny is fine.");
        let run = match flag {
            Some(flag) => world.run(&["import", "--yes", "--json", flag, "restore"]),
            None => world.import(),
        };
        assert_eq!(run.exits(0).number("created"), 1, "{flag:?}");
        assert_eq!(world.import().exits(0).number("held"), 0);
        world.assert_whole("restored");
    }
}

#[test]
fn removal_that_is_recorded_explains_a_restoration() {
    let world = imported();
    remove(&world, "Agreed");
    let respect = ["import", "--yes", "--json", "--gone", "respect"];
    world.run(&respect).exits(0);
    let restore = ["import", "--yes", "--json", "--gone", "restore"];
    assert_eq!(world.run(&restore).exits(0).number("created"), 1);
    world.import().exits(0);
}

#[test]
fn retry_of_a_failed_message_is_steady() {
    let world = World::new(vec![scenes::ben()]);
    let refused = std::sync::atomic::AtomicBool::new(false);
    world
        .import_under(move |seen, when, _| {
            let is_first = is_post(seen) && when == When::Received;
            match is_first && !refused.swap(true, std::sync::atomic::Ordering::SeqCst) {
                true => Fault::Status(400, "{\"errors\":[\"no\"]}".to_owned()),
                false => Fault::None,
            }
        })
        .exits(3);
    assert_eq!(world.import().exits(0).number("created"), 1);
    assert_eq!(world.import().exits(0).number("held"), 0);
}

#[test]
fn interrupted_change_is_resumed() {
    let chat = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let world = World::new(vec![chat("Tuesday")]);
    world.import().exits(0);
    tamper(&world, OTHER_PEOPLE);
    // Accepted once, and killed at the first change.
    world.run_under(ACCEPT, |seen, when, running| {
        if seen.method == "PUT" && when == When::Received {
            running.kill();
            return Fault::Drop;
        }
        Fault::None
    });
    assert_eq!(world.import().exits(0).number("updated"), 2);
}

#[test]
fn corrected_lead_is_steady() {
    let (ben, carl) = (scenes::ben(), scenes::plain("Carl Dale", 2, 5));
    let chats = [ben.clone(), carl.clone()];
    // The contact of the other lead has this number too.
    let right = ben
        .contact_row()
        .replace("lead_01,cont_01", "lead_02,cont_02");
    let mut built = Built::new(chats.to_vec());
    let seed = format!("{}{right}", contacts(&chats));
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    let world = built.world();
    world.import().exits(0);
    let path = world.path().join("contacts.csv");
    let table = std::fs::read_to_string(path).expect("a table");
    let corrected = table.replace("lead_01,cont_01", "lead_02,cont_02");
    assert_ne!(table, corrected);
    world.write("contacts.csv", &corrected);
    let run = world.run(&["import", "--yes", "--json", "--allow-deletes", "9"]);
    assert_eq!(run.exits(0).number("replaced"), 6);
    assert_eq!(world.import().exits(0).number("held"), 0);
}

/// The inputs that were recorded before the correction are no longer those of what Close holds.
#[test]
fn number_that_is_corrected_and_corrected_back_is_steady() {
    let world = imported();
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let number = world.chats[0].phone.clone();
    for text in [table.replace(&number, "+447700900199"), table] {
        world.write("contacts.csv", &text);
        let run = world.import().exits(0);
        assert_eq!((run.number("updated"), run.number("held")), (6, 0));
        assert_eq!(world.import().exits(0).number("unchanged"), 6);
    }
}
