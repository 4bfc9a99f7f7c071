//! Plan and import name the command where Close has messages of ours without a record.

use std::fs;

use crate::kit::{World, archive, scenes};

const NOTICE: &str = "`chatferry recover`";

#[test]
fn plan_and_import_without_a_checkpoint_name_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    let first = world.import().exits(0);
    assert!(!first.stderr.contains(NOTICE), "{}", first.stderr);
    world.forget();
    let plan = world.run(&["plan"]).exits(0);
    plan.says(NOTICE);
    plan.says("5 messages of ours are in Close without a record");
    world.import().exits(0).says(NOTICE);
    let again = world.import().exits(0);
    assert!(!again.stderr.contains(NOTICE), "{}", again.stderr);
}

#[test]
fn import_with_an_outdated_checkpoint_names_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    world.import().exits(0);
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    let import = world.import().exits(0);
    import.says("2 messages of ours are in Close without a record");
    import.says(NOTICE);
    assert_eq!(import.number("created"), 0);
}

/// No offline command claims that nothing was imported: the checkpoint may be lost.
#[test]
fn offline_commands_without_a_checkpoint_name_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.import().exits(0);
    let place = "WhatsApp Chat with Ben Cooper.zip:2";
    let status = world.run(&["status"]).exits(0);
    assert!(!status.stdout.contains("recover"), "{}", status.stdout);
    world.forget();
    let sent = world.server.state.request_count();
    for (command, exit) in [
        (["status"].as_slice(), 0),
        (&["runs"], 0),
        (&["explain", place], 0),
        (&["explain", "cf1-zzzz"], 2),
        (&["checkpoint", "info"], 2),
        (&["checkpoint", "check"], 2),
        (&["checkpoint", "export"], 2),
        (&["checkpoint", "prune", "--yes"], 2),
    ] {
        let output = world.run(command).exits(exit);
        output.says("here is no checkpoint (");
        output.says("either nothing was imported yet, or it was lost; Close was not queried.");
        output.says(NOTICE);
        for claim in ["none yet", "No run is recorded", "Recorded   no\n"] {
            assert!(!output.stdout.contains(claim), "{}", output.stdout);
        }
    }
    assert_eq!(world.server.state.request_count(), sent);
}

#[test]
fn verify_and_doctor_with_an_outdated_checkpoint_name_recover() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    let copy = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    world.import().exits(0);
    for command in ["verify", "doctor"] {
        let output = world.run(&[command]);
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains("without a record"), "{command}: {all}");
    }
    world.forget();
    fs::write(world.path().join("chatferry.db"), copy).expect("put back");
    for command in ["verify", "doctor"] {
        let output = world.run(&[command]);
        output.says("2 messages of ours are in Close without a record");
        output.says(NOTICE);
    }
}

#[test]
fn one_message_without_a_record_is_in_close() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 1)]);
    world.import().exits(0);
    world.forget();
    let plan = world.run(&["plan"]).exits(0);
    plan.says("1 message of ours is in Close without a record");
    plan.says("An import records it and posts none again");
}
