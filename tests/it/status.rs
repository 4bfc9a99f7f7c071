//! `chatferry status`: what a run leaves to a person, and numbers of chats that add up.

use serde_json::Value;

use chatferry::sandbox::Fault;

use crate::kit::Side::{Me, They};
use crate::kit::server::is_post;
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, Output, Running, When, World, archive, scenes};

fn status(world: &World) -> (Output, Value) {
    let json = world.run(&["status", "--json"]).exits(0);
    let value = serde_json::from_str(json.stdout.trim()).expect("JSON");
    (world.run(&["status"]).exits(0), value)
}

/// Every chat is in one of these.
#[track_caller]
fn assert_chats(value: &Value, chats: u64) {
    let names = ["ready", "held", "to_decide", "excluded", "private"];
    let sum: u64 = names
        .iter()
        .map(|name| value["chats"][name].as_u64().expect("a number"))
        .sum();
    assert_eq!(sum, chats, "{value}");
}

fn next(output: &Output) -> String {
    let line = output.stdout.lines().find(|line| line.starts_with("Next"));
    line.expect("what to do next").to_owned()
}

#[test]
fn unreadable_archive_is_the_next_step() {
    let world = World::new(vec![scenes::ben()]);
    let broken = world.exports().join("WhatsApp Chat with Finn Lowe.zip");
    std::fs::write(broken, b"no zip").expect("written");
    world.import().exits(3);
    let (text, _) = status(&world);
    let next = next(&text);
    assert!(next.contains("could not read 1 archive"), "{next}");
    assert!(next.contains("chatferry import"), "{next}");
}

#[test]
fn undecided_messages_are_the_next_step() {
    let chat = |texts: [&str; 2]| {
        texts.iter().fold(
            Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before"),
            |chat, text| chat.say("2024-03-13 10:20", They, text),
        )
    };
    let world = World::new(vec![chat(["one", "two"]).say(
        "2024-03-13 10:30",
        Me,
        "after",
    )]);
    world.import().exits(0);
    let edited = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "quite different <This message was edited>",
        )
        .say("2024-03-13 10:30", Me, "after");
    archive::put_zip(&edited, &world.exports());
    assert_eq!(world.import().exits(0).number("undecided"), 1);
    let (text, _) = status(&world);
    let next = next(&text);
    assert!(next.contains("1 message undecided"), "{next}");
    assert!(next.contains("decisions.csv"), "{next}");
}

/// A chat in which another program has put messages is held although its row is complete.
#[test]
fn held_chat_is_counted_once() {
    let world = World::new(vec![scenes::ben(), scenes::plain("Edda Vale", 4, 3)]);
    let body = serde_json::json!({
        "lead_id": world.chats[0].lead, "contact_id": world.chats[0].contact,
        "direction": "incoming", "activity_at": "2024-03-13T09:20:31Z",
        "external_whatsapp_message_id": "3EB0AAAA", "local_phone": "+4915112345678",
        "remote_phone": world.chats[0].phone, "message_markdown": "ok",
    });
    let path = "/activity/whatsapp_message/";
    assert_eq!(world.server.call("POST", path, &body), 200);
    assert_eq!(world.import().exits(0).number("held"), 7);
    let (text, value) = status(&world);
    assert_chats(&value, 2);
    let chats = &value["chats"];
    assert_eq!(
        (&chats["ready"], &chats["held"]),
        (&1.into(), &1.into()),
        "{value}"
    );
    assert_eq!(chats["waiting"], 0, "{value}");
    text.says("1 ready, 1 held");
    assert!(
        next(&text).contains("the last run held 7 messages"),
        "{}",
        text.stdout
    );
}

/// A chat of which some messages are in Close is not done.
#[test]
fn chat_is_done_when_all_of_it_is_in_close() {
    let world = World::new(vec![
        scenes::plain("Edda Vale", 4, 5),
        scenes::plain("Finn Lowe", 5, 5),
    ]);
    let limited = ["import", "--yes", "--json", "--limit", "7"];
    assert_eq!(world.run(&limited).exits(0).number("created"), 7);
    let (text, value) = status(&world);
    assert_chats(&value, 2);
    assert_eq!(value["chats"]["done"], 1, "{value}");
    let messages = &value["messages"];
    let numbers = ["desired", "unchanged", "create"].map(|name| messages[name].as_u64());
    assert_eq!(numbers, [Some(10), Some(7), Some(3)], "{value}");
    text.says("10 to be in Close: 7 there, 3 to post");
    assert!(next(&text).contains("imports the rest"), "{}", text.stdout);
    world.import().exits(0);
    let (text, value) = status(&world);
    assert_eq!(value["chats"]["done"], 2, "{value}");
    assert!(next(&text).contains("nothing"), "{}", text.stdout);
}

/// Groups, chats without a row and rows without a chat: by the decisions of the plan.
#[test]
fn chats_are_counted_by_the_decisions_of_a_plan() {
    let mut built = Built::new(vec![scenes::ben(), scenes::cleo(), scenes::dora()]);
    let (ben, dora) = (scenes::ben().contact_row(), scenes::dora().contact_row());
    let nowhere = scenes::plain("Nowhere Near", 9, 1).contact_row();
    let dora = dora.replace(",\n", ",private\n");
    built.contacts = Some(format!("{HEADER}{}{ben}{dora}{nowhere}", me()));
    let world = built.world();
    let group = "[13.03.24, 10:00:00] Roof repair: \u{200e}Messages and calls are end-to-end encrypted.\n\
                 [13.03.24, 10:01:00] Ann: one\n[13.03.24, 10:02:00] Bob: two\n[13.03.24, 10:03:00] Cid: three\n";
    let group = [("_chat.txt".to_owned(), group.to_owned())];
    let path = world.exports().join("WhatsApp Chat - Roof repair.zip");
    std::fs::write(path, archive::zip_of(&group)).expect("written");
    let (text, value) = status(&world);
    assert_chats(&value, 4);
    let chats = &value["chats"];
    let numbers =
        ["ready", "held", "to_decide", "excluded", "private"].map(|name| chats[name].as_u64());
    assert_eq!(numbers, [1, 0, 1, 1, 1].map(Some), "{value}");
    for name in ["Dora", "Quist"] {
        assert!(!text.stdout.contains(name) && !text.stderr.contains(name));
    }
}

/// The counts of a run are recorded at its end; those of a killed one are in its messages.
#[test]
fn killed_run_is_counted_by_its_messages() {
    let world = World::new(vec![scenes::plain("Edda Vale", 4, 12)]);
    let limited = ["import", "--yes", "--json", "--limit", "2"];
    assert_eq!(world.run(&limited).exits(0).number("created"), 2);
    let posted = std::sync::atomic::AtomicU32::new(0);
    world.import_until(
        move |seen, when| {
            is_post(seen)
                && when == When::Received
                && posted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 6
        },
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    let (text, value) = status(&world);
    let created = value["last_run"]["created"].as_u64().expect("a number");
    let recorded = value["in_close"].as_u64().expect("a number");
    assert!(created > 0, "{value}");
    assert_eq!(created, recorded - 2, "{value}");
    text.says(&format!("interrupted, {created} created"));
}

/// A second import would be refused while one is running.
#[test]
fn running_import_is_not_broken_off() {
    let world = World::new(vec![scenes::plain("Edda Vale", 4, 12)]);
    let shown: std::sync::Arc<std::sync::Mutex<String>> = std::sync::Arc::default();
    let (folder, text) = (world.path().to_owned(), std::sync::Arc::clone(&shown));
    world.import_until(
        |seen, when| is_post(seen) && when == When::Received,
        move |_| {
            let status = std::process::Command::new(env!("CARGO_BIN_EXE_chatferry"))
                .arg("status")
                .current_dir(&folder)
                .output()
                .expect("run");
            *text.lock().expect("a lock") = String::from_utf8_lossy(&status.stdout).into_owned();
            Fault::None
        },
    );
    let shown = shown.lock().expect("a lock");
    assert!(shown.contains("to ?, running,"), "{shown}");
    assert!(
        shown.contains("wait: a run is using the checkpoint"),
        "{shown}"
    );
    world.assert_whole("after the import");
}

/// A newer export of a chat that is in Close, and one that brings nothing new.
#[test]
fn newer_archives_make_an_import_the_next_step() {
    let ben = scenes::ben();
    let world = World::new(vec![ben.clone()]);
    world.import().exits(0);
    let newer = ben.say("2024-04-02 10:00", They, "one more");
    archive::put_zip(&newer, &world.exports());
    let (text, value) = status(&world);
    assert_eq!(value["chats"]["done"], 0, "{value}");
    let step = next(&text);
    assert!(
        step.contains("1 chat with new or changed messages"),
        "{step}"
    );
    assert!(step.contains("`chatferry import`"), "{step}");
    world.import().exits(0);
    assert!(next(&status(&world).0).contains("nothing"));
    let again = world.exports().join("again");
    std::fs::create_dir(&again).expect("made");
    archive::put_zip(&newer, &again);
    let step = next(&status(&world).0);
    assert!(
        step.contains("changed since the last complete import"),
        "{step}"
    );
    world.import().exits(0);
    assert!(next(&status(&world).0).contains("nothing"));
}

/// The checkpoint of a rehearsal, seen without its base URL.
#[test]
fn checkpoint_of_any_base_url_is_shown_and_named() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let elsewhere = [
        "status",
        "--json",
        "--base-url",
        "https://api.close.com/api/v1",
    ];
    let json = world.run(&elsewhere).exits(0);
    let value: Value = serde_json::from_str(json.stdout.trim()).expect("JSON");
    assert_eq!(value["in_close"], 6, "{value}");
    let url = value["base_url"].as_str().expect("a URL");
    assert!(url.starts_with("http://127.0.0.1:"), "{value}");
    world.run(&elsewhere[..1]).exits(0).says(url);
}

#[test]
fn archives_that_cannot_be_read_before_the_first_run_are_the_next_step() {
    let world = World::new(vec![scenes::ben()]);
    std::fs::rename(world.exports(), world.path().join("attic")).expect("moved");
    let (text, value) = status(&world);
    assert_eq!(value["unreadable"], Value::Null, "{value}");
    let step = next(&text);
    assert!(step.contains("correct `archives`"), "{step}");
}

/// Archives are often moved away after the migration.
#[test]
fn status_without_archives_counts_from_the_checkpoint() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    std::fs::rename(world.exports(), world.path().join("attic")).expect("moved");
    for _ in 0..2 {
        let (text, value) = status(&world);
        assert_eq!(value["in_close"], 14, "{value}");
        assert_eq!(value["chats"]["done"], 3, "{value}");
        assert_eq!(value["messages"], Value::Null, "{value}");
        text.says("none can be read");
        // The folder is there, and empty.
        std::fs::create_dir_all(world.exports()).expect("made");
    }
    let table = contacts(&scenes::rich()).replace(",contact,", ",customer,");
    world.write("contacts.csv", &table);
    world.run(&["status"]).exits(2).says("contacts.csv:3");
}

#[test]
fn plan_with_deletions_prints_the_flag() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let path = world.path().join("contacts.csv");
    let table = std::fs::read_to_string(path).expect("a table");
    world.write(
        "contacts.csv",
        &table.replace("lead_01,cont_01", "lead_09,cont_09"),
    );
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("import with `--allow-deletes 6`");
}

/// A candidate is described by time and direction, and by its line where an archive has it.
#[test]
fn candidates_of_an_undecided_message_are_described() {
    let older = ["one", "two"]
        .iter()
        .fold(Chat::android("Ben Cooper", 1), |chat, text| {
            chat.say("2024-03-13 10:20", They, text)
        });
    let newer = Chat::android("Ben Cooper", 1).say(
        "2024-03-13 10:20",
        They,
        "quite different <This message was edited>",
    );
    let world = World::new(vec![older.clone()]);
    world.import().exits(0);
    archive::put_zip(&newer, &world.exports());
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says(": 2024-03-13T09:20:00Z, incoming\n");
    assert!(!plan.stdout.contains("two"), "{}", plan.stdout);
    let folder = world.exports().join("older");
    std::fs::create_dir(&folder).expect("made");
    archive::put_zip(&older, &folder);
    world.forget();
    let plan = world.run(&["plan", "--details"]).exits(0);
    let is_placed = |line: &str| line.contains("incoming, ") && line.ends_with(".zip:2");
    assert!(plan.stdout.lines().any(is_placed), "{}", plan.stdout);
}

/// A message that was removed in Close is not there, and an import leaves it so.
#[test]
fn removed_message_is_not_counted_as_in_close() {
    let world = World::new(vec![scenes::plain("Edda Vale", 4, 5)]);
    world.import().exits(0);
    let message = world.server.state.messages().remove(0);
    let path = format!("/activity/whatsapp_message/{}/", message.id);
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    world
        .run(&["import", "--yes", "--gone", "respect"])
        .exits(0);
    let (text, value) = status(&world);
    let messages = &value["messages"];
    let numbers = ["desired", "unchanged", "removed"].map(|name| messages[name].as_u64());
    assert_eq!(numbers, [Some(5), Some(5), Some(1)], "{value}");
    text.says("5 to be in Close: 4 there, 0 to post, 1 removed there");
    let next = next(&text);
    let stays = "4 of 5 messages in Close; 1 was removed there and stays removed (`chatferry import --gone restore` posts it again)";
    assert!(next.contains(stays), "{next}");
    let plan = world.run(&["plan"]).exits(0);
    plan.says(
        "Nothing to do: 4 recorded as imported, 1 removed in Close (`--gone restore` posts them again)",
    );
    let report = world.run(&["report", "--out", "r.html"]).exits(0);
    report.says("4 of 5 messages that belong in Close are recorded there; 1 removed there");
    let page = std::fs::read_to_string(world.path().join("r.html")).expect("r.html");
    assert!(
        page.contains("4 of 5 messages that belong in Close"),
        "{page}"
    );
}

/// Everything waits for a person: that is not the same as nothing being meant for Close.
#[test]
fn status_of_held_chats_states_that_nothing_can_be_imported_yet() {
    let chats = vec![scenes::plain("Ada", 1, 2), scenes::plain("Bea", 2, 2)];
    let mut built = Built::new(chats);
    built.contacts = Some(contacts(&[]));
    let (text, _) = status(&built.world());
    text.says("Nothing can be imported yet; 2 chats wait for you");
}

/// The command sends no key, so that the file may name any host; one that sends it refuses the file.
#[test]
fn status_needs_no_base_url_of_close() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let file = world.path().join("chatferry.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let foreign = format!("[close]\nbase_url = \"https://crm.example/api/v1\"\n{text}");
    std::fs::write(&file, foreign).expect("written");
    let run = |arguments: &[&str]| {
        let environment = [("CLOSE_API_KEY", "api_sandbox.key")];
        Running::start(arguments, world.path(), &environment).wait()
    };
    run(&["status"]).exits(0).says("6 messages of 1 chat");
    run(&["plan"]).exits(2).says("crm.example");
}
