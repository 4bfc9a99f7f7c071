//! `chatferry doctor` and `chatferry status`: problems before an import, and progress after it.

mod exchanged;
mod lines;
mod unnamed;
mod zones;

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
fn doctor_confirms_a_valid_migration_and_writes_nothing() {
    let world = World::new(scenes::rich());
    let before = world.listing();
    let output = doctor(&world).exits(0);
    for says in [
        "of 3 chats are consistent",
        "3 archives read",
        "no webhook is notified of messages",
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
fn doctor_names_contradictions() {
    let world = World::new(scenes::rich());
    correct(&world, &scenes::cleo().contact, "cont_nobody");
    doctor(&world).exits(3).says("Cleo Marsh: ");
    let world = World::new(scenes::rich());
    correct(&world, "user_anna", "user_nobody");
    doctor(&world)
        .exits(3)
        .says("user_nobody is not a user of this organisation");
    let world = World::new(scenes::rich());
    fs::write(world.exports().join("WhatsApp Chat with Eve.zip"), "PK").expect("written");
    doctor(&world).exits(3).says("3 archives read, 1 failed");
}

/// Somebody listens; the address itself may hold a secret.
#[test]
fn doctor_names_webhook_hosts() {
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
                hook("https://other.example.org/", "active", "completed"),
                hook("https://late.example.org/", "active", "deleted"),
            ];
            let body = format!(r#"{{"data": [{}], "has_more": false}}"#, hooks.join(","));
            return Fault::Status(200, body);
        }
        Fault::None
    });
    let output = doctor(&world).exits(0);
    output.says("hooks.example.org, late.example.org will be notified");
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

/// Zapier and others may have 500 subscriptions, and Close answers 100 at a time.
#[test]
fn doctor_reads_all_webhooks() {
    let world = World::new(scenes::rich());
    world.proxy().webhooks(121);
    doctor(&world)
        .exits(0)
        .says("listener120.example will be notified");
}

#[test]
fn status_reports_progress_and_next_step() {
    let world = World::new(scenes::rich());
    let status = || world.run(&["status"]).exits(0);
    status().says("3 ready, 0 to decide, 0 excluded");
    status().says("`chatferry plan`, then `chatferry import`");
    world.import_until(
        |seen, when| is_post(seen) && when == When::Processed(200),
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    status().says("interrupted");
    status().says("`chatferry import` resumes it");
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
    last.says("all there; `chatferry verify` compares them; run `chatferry import` when");
    world.write("never.txt", "Cleo Marsh\n");
    correct(&world, &scenes::dora().contact, "");
    let output = world.run(&["status", "--json"]).exits(0);
    let numbers: serde_json::Value = serde_json::from_str(output.stdout.trim()).expect("JSON");
    assert_eq!(numbers["chats"]["ready"], 1);
    assert_eq!(numbers["chats"]["to_decide"], 1);
    assert_eq!(numbers["chats"]["excluded"], 0);
    assert_eq!(numbers["chats"]["private"], 1);
    assert_eq!(numbers["chats"]["done"], 1);
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

/// As the import sees it: by chats and not by rows, with every rule that holds a chat, and never
/// "nothing" while something waits.
#[test]
fn status_applies_the_rules_of_the_import() {
    let me = crate::kit::world::me();
    let table = |rows: &str| format!("{}{me}{rows}", crate::kit::world::HEADER);
    let (ben, cleo) = (scenes::ben().contact_row(), scenes::cleo().contact_row());
    let mut built = crate::kit::Built::new(vec![scenes::ben(), scenes::cleo()]);
    built.seed = Some(
        chatferry::sandbox::Seed::from_contacts_csv(&table(&format!("{ben}{cleo}")))
            .expect("a seed"),
    );
    built.contacts = Some(table(&ben));
    let world = built.world();
    let status = || world.run(&["status"]).exits(0);
    // The chat without a row is held, and the checkpoint knows it.
    world.import().exits(0);
    status().says("1 ready, 1 to decide, 0 excluded, 0 private, 1 done");
    status()
        .says("5 held")
        .says("fill in contacts.csv for 1 chat");
    // A row that was filled in since.
    world.write("contacts.csv", &table(&format!("{ben}{cleo}")));
    status().says("1 chat ready and not in Close yet: `chatferry plan`");
    world.import().exits(0);
    status()
        .says("2 done")
        .says("all there; `chatferry verify` compares them; run `chatferry import` when");
    // Two rows are one chat; a row for everybody and a group's member are none.
    let parts = cleo.replace(
        "Cleo Marsh,Cleo Marsh,contact,+353861234502",
        "Cleo Marsh,*,contact,",
    );
    let more = "Cleo Marsh,Cleo Marsh,contact,+353861234502,,,,\n*,Somebody,contact,+353861234577,,,,\nRoof,*,contact,,,,,\nRoof,Theo,contact,+447700900101,,,,\nRoof,Rita,contact,,,,,\n";
    world.write("contacts.csv", &table(&format!("{ben}{parts}{more}")));
    status().says("2 ready, 0 to decide, 0 excluded, 0 private, 2 done");
    // What is left out and what is private are two things.
    let out = cleo.replace(",\n", ",no\n");
    world.write("contacts.csv", &table(&format!("{ben}{out}")));
    status().says("1 ready, 0 to decide, 1 excluded, 0 private");
    let hidden = cleo.replace(",\n", ",private\n");
    world.write("contacts.csv", &table(&format!("{ben}{hidden}")));
    status().says("1 ready, 0 to decide, 0 excluded, 1 private");
    // Without the phone's own number every chat is held.
    let nobody = table(&ben).replace("+4915112345678", "");
    world.write("contacts.csv", &nobody);
    status()
        .says("0 ready, 2 to decide")
        .says("fill in contacts.csv for 2 chats");
}

/// A row with its neighbour's lead and contact: they go together, and are somebody else's.
#[test]
fn doctor_reports_contact_without_the_number() {
    let world = World::new(scenes::rich());
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let ids = |chat: &crate::kit::Chat| format!("{},{}", chat.lead, chat.contact);
    correct(&world, &ids(&ben), &ids(&cleo));
    let output = doctor(&world).exits(3);
    output
        .says("Ben Cooper: goes to")
        .says("who has the number of Cleo Marsh in Close, while cont_01");
    // Alone it may be right: numbers are missing in Close too.
    correct(&world, &cleo.contact_row(), "");
    let output = doctor(&world).exits(0);
    output.says(
        "does not have this number in Close, but cont_01 does; check that the contact is right",
    );
    output.says("of 2 chats are consistent");
    correct(&world, "+353861234501", "+353861234577");
    let output = doctor(&world).exits(0);
    output.says("does not have this number in Close; check that the contact is right");
}

/// An import takes it for the number of the contact, and so does doctor.
#[test]
fn number_that_close_writes_without_plus_is_known_to_doctor() {
    let world = World::new(scenes::rich());
    world.proxy().plain_numbers();
    let output = doctor(&world).exits(0);
    output.says("of 3 chats are consistent");
    let shown = format!("{}{}", output.stdout, output.stderr);
    assert!(!shown.contains("does not have this number"), "{shown}");
}

/// Where an import cannot begin, doctor does not call the checkpoint well, and leaves nothing.
#[test]
fn unavailable_checkpoint_is_an_error() {
    let mut built = crate::kit::Built::new(vec![scenes::ben()]);
    built.import = "checkpoint = \"nowhere/chatferry.db\"\n".to_owned();
    let world = built.world();
    let before = world.listing();
    doctor(&world).exits(3).says("BAD  checkpoint");
    assert_eq!(world.listing(), before);
    world.import().exits(4);

    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let path = world.path().join("chatferry.db.lock");
    let lock = fs::File::options().write(true).open(&path).expect("a lock");
    lock.try_lock().expect("free");
    doctor(&world)
        .exits(3)
        .says("another chatferry is using the checkpoint");
    lock.unlock().expect("let go");
    let before = world.listing();
    doctor(&world).exits(0);
    assert_eq!(world.listing(), before);
}

/// `/user/` may list those who left; memberships say who is active.
#[test]
fn memberships_determine_active_users() {
    let mut seed =
        chatferry::sandbox::Seed::from_contacts_csv(&crate::kit::world::contacts(&scenes::rich()))
            .expect("a seed");
    seed.add_user("user_bella");
    let mut built = crate::kit::Built::new(scenes::rich());
    built.seed = Some(seed);
    built.import = "inactive_user = \"user_bella\"\n".to_owned();
    let world = built.world();
    world.server.state.deactivate_user("user_anna");
    let everybody = |seen: &chatferry::sandbox::Seen, when| {
        let body = r#"{"data": [{"id": "user_anna"}, {"id": "user_bella"}], "has_more": false}"#;
        match seen.path.ends_with("/user/") && when == When::Received {
            true => Fault::Status(200, body.to_owned()),
            false => Fault::None,
        }
    };
    world.server.rule(everybody);
    doctor(&world)
        .exits(0)
        .says("user_bella will own the messages");
    let run = world.import().exits(0);
    assert!(run.number("created") > 0);
    for message in world.server.state.messages() {
        assert_eq!(message.user_id.as_deref(), Some("user_bella"));
    }
    // Whoever stands in for them has left too.
    world.server.state.deactivate_user("user_bella");
    doctor(&world).exits(3).says("and neither is user_bella");
    // A key that may not see memberships takes what it can see.
    world.server.rule(move |seen, when| {
        match seen.path.contains("/organization/") && when == When::Received {
            true => Fault::Status(403, "{\"error\": \"no\"}".to_owned()),
            false => everybody(seen, when),
        }
    });
    doctor(&world).exits(0).says("user_anna");
}
