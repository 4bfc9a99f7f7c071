//! `chatferry status`: what a run leaves to a person, and numbers of chats that add up.

use serde_json::Value;

use crate::kit::Side::{Me, They};
use crate::kit::{Chat, Output, World, archive, scenes};

fn status(world: &World) -> (Output, Value) {
    let json = world.run(&["status", "--json"]).exits(0);
    let value = serde_json::from_str(json.stdout.trim()).expect("JSON");
    (world.run(&["status"]).exits(0), value)
}

/// Every row is in one of these.
#[track_caller]
fn assert_chats(value: &Value, rows: u64) {
    let names = ["ready", "held", "to_decide", "excluded", "private"];
    let sum: u64 = names
        .iter()
        .map(|name| value["chats"][name].as_u64().expect("a number"))
        .sum();
    assert_eq!(sum, rows, "{value}");
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
    let plan = world.run(&["plan"]).exits(0);
    plan.says(": 2024-03-13T09:20:00Z, incoming\n");
    assert!(!plan.stdout.contains("two"), "{}", plan.stdout);
    let folder = world.exports().join("older");
    std::fs::create_dir(&folder).expect("made");
    archive::put_zip(&older, &folder);
    world.forget();
    let plan = world.run(&["plan"]).exits(0);
    let is_placed = |line: &str| line.contains("incoming, ") && line.ends_with(".zip:2");
    assert!(plan.stdout.lines().any(is_placed), "{}", plan.stdout);
}
