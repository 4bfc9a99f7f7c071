//! `chatferry doctor` and `chatferry status`: what is wrong before, and where it stands after.

use std::fs;

use chatferry::sandbox::Fault;

use crate::kit::{Output, When, World, is_post, scenes};

fn doctor(world: &World) -> Output {
    world.run(&["doctor"])
}

fn correct(world: &World, from: &str, to: &str) {
    let path = world.path().join("contacts.csv");
    let text = fs::read_to_string(&path).expect("a table");
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn a_sound_migration_is_told_to_be_one_and_nothing_is_written() {
    let world = World::new(scenes::rich());
    let before = world.listing();
    let output = doctor(&world).exits(0);
    for says in [
        "of 3 chats lead, contact and user go together",
        "3 archives read",
        "none is told of new messages",
        "this is a first import",
        "user_anna",
    ] {
        output.says(says);
    }
    assert!(!output.stdout.contains("BAD"), "{}", output.stdout);
    assert_eq!(world.server.writes(), 0);
    assert_eq!(world.listing(), before);
    let lines = world.run(&["doctor", "--json"]).exits(0).stdout;
    for line in lines.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(finding["what"].is_string() && finding["grade"].is_string());
    }
}

#[test]
fn what_does_not_go_together_is_named() {
    let world = World::new(scenes::rich());
    correct(&world, &scenes::cleo().contact, "cont_nobody");
    doctor(&world).exits(3).says("Cleo Marsh: ");
    let world = World::new(scenes::rich());
    correct(&world, "user_anna", "user_nobody");
    doctor(&world)
        .exits(3)
        .says("user_nobody is no user of this organisation");
    let world = World::new(scenes::rich());
    fs::write(world.exports().join("WhatsApp Chat with Eve.zip"), "PK").expect("written");
    doctor(&world).exits(3).says("3 archives read, 1 not");
}

/// Somebody listens; the address itself may hold a secret.
#[test]
fn who_is_told_of_every_message_is_named_by_host() {
    let world = World::new(scenes::rich());
    world.server.rule(|seen, when| {
        if seen.path.ends_with("/webhook/") && when == When::Received {
            let hook = |url: &str, status: &str, action: &str| {
                format!(
                    r#"{{"id": "whsub_1", "url": "{url}", "status": "{status}", "events": [{{"object_type": "activity.whatsapp_message", "action": "{action}"}}]}}"#
                )
            };
            let hooks = [
                hook("https://hooks.example.org/s3cret/1", "active", "created"),
                hook("https://paused.example.org/", "paused", "created"),
                hook("https://other.example.org/", "active", "deleted"),
            ];
            let body = format!(r#"{{"data": [{}], "has_more": false}}"#, hooks.join(","));
            return Fault::Status(200, body);
        }
        Fault::None
    });
    let output = doctor(&world).exits(0);
    output.says("hooks.example.org will be told");
    for hidden in ["s3cret", "paused.", "other."] {
        assert!(!output.stdout.contains(hidden), "{}", output.stdout);
    }
    // A key that may not see them is no reason to stop.
    world.server.rule(|seen, when| {
        match seen.path.ends_with("/webhook/") && when == When::Received {
            true => Fault::Status(403, "{\"error\": \"no\"}".to_owned()),
            false => Fault::None,
        }
    });
    doctor(&world).exits(0).says("ask an administrator");
}

#[test]
fn status_says_where_it_stands_and_what_is_next() {
    let world = World::new(scenes::rich());
    let status = || world.run(&["status"]).exits(0);
    status().says("3 ready, 0 to decide, 0 excluded");
    status().says("`chatferry plan`, and then `chatferry import`");
    world.import_until(
        |seen, when| is_post(seen) && when == When::Processed(200),
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    status().says("broken off");
    status().says("`chatferry import` goes on");
    world
        .server
        .rule(|seen, when| match is_post(seen) && when == When::Received {
            true => Fault::Status(400, "{\"error\": \"no\"}".to_owned()),
            false => Fault::None,
        });
    world.import().exits(3);
    status().says("failures.csv");
    status().says("--retry-failed");
    world.server.calm();
    world.import().exits(0);
    let requests = world.server.state.requests().len();
    let last = status();
    last.says("14 messages of 3 chats");
    last.says("complete");
    last.says("nothing; `chatferry import` again");
    world.write("never.txt", "Cleo Marsh\n");
    correct(&world, &scenes::dora().contact, "");
    let output = world.run(&["status", "--json"]).exits(0);
    let numbers: serde_json::Value = serde_json::from_str(output.stdout.trim()).expect("JSON");
    assert_eq!(numbers["rows"]["ready"], 1);
    assert_eq!(numbers["rows"]["to_decide"], 1);
    assert_eq!(numbers["rows"]["excluded"], 1);
    assert_eq!(numbers["in_close"], 14);
    assert_eq!(
        world.server.state.requests().len(),
        requests,
        "nobody is asked"
    );
    for name in ["Ben", "Cleo", "Dora"] {
        assert!(!output.stdout.contains(name) && !output.stderr.contains(name));
    }
}
