//! When nothing is replaced: missing rights, lists that cannot be read, changes since the last import, no terminal.

use chatferry::sandbox::{Fault, Role};

use super::{RECOVER, recover, word};
use crate::kit::{Answer, Built, When, World, archive, scenes};

fn lost() -> World {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.import().exits(0);
    world.forget();
    world
}

#[test]
fn key_that_sees_some_leads_is_refused() {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    built.options = Box::new(|options| options.role = Role::SomeLeads);
    let world = built.world();
    let before = world.listing();
    recover(&world, &[]).exits(5).says("view_all_leads");
    assert!(world.listing() == before, "a file changed");
}

#[test]
fn without_terminal_it_needs_yes() {
    let world = lost();
    let before = world.listing();
    world.run(&["recover"]).exits(2).says("--yes");
    assert!(world.listing() == before, "a file changed");
}

/// Only the lock is left.
#[track_caller]
fn assert_nothing_replaced(world: &World) {
    for name in [
        "chatferry.db",
        "chatferry.recovered.db",
        "chatferry.former.db",
    ] {
        assert!(!world.path().join(name).exists(), "{name}");
    }
}

#[test]
fn list_that_cannot_be_read_stops_recovery() {
    let world = lost();
    world.server.rule(|seen, when| {
        let is_list = seen.method == "GET" && seen.path.contains("/activity/whatsapp_message/");
        match is_list && when == When::Received {
            true => Fault::Status(503, "{}".to_owned()),
            false => Fault::None,
        }
    });
    world.run(RECOVER).exits(4);
    assert_nothing_replaced(&world);
}

#[test]
fn denied_list_stops_recovery() {
    let world = lost();
    world.server.rule(|seen, when| {
        let is_list = seen.method == "GET" && seen.path.contains("/activity/whatsapp_message/");
        match is_list && when == When::Received {
            true => Fault::Status(403, "{}".to_owned()),
            false => Fault::None,
        }
    });
    world.run(RECOVER).exits(5);
    assert_nothing_replaced(&world);
}

#[test]
fn lead_that_close_does_not_show_stops_recovery() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.proxy();
    world.import().exits(0);
    world.forget();
    world.proxy().change(|asked, close| {
        if asked.is_list() {
            return Answer::new(200, serde_json::json!({"data": [], "has_more": false}));
        }
        match asked.path.starts_with("/lead/lead_01/") {
            true => Answer::new(404, serde_json::json!({"error": "Not found"})),
            false => close(asked),
        }
    });
    world.run(RECOVER).exits(4).says("does not show lead_01");
    assert_nothing_replaced(&world);
}

/// Also where the checkpoint records everything: that it is in Close is not known.
#[test]
fn lead_that_close_does_not_show_is_no_proof_of_a_whole_checkpoint() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.proxy();
    world.import().exits(0);
    let messages = world.server.state.messages();
    let activities = messages.iter().map(|message| message.id.clone());
    world.proxy().hide_lead("lead_01", activities);
    world.run(RECOVER).exits(4).says("does not show lead_01");
    world.proxy().calm();
    assert_eq!(word(&recover(&world, &[]).exits(0), "ending"), "nothing");
}

/// A list that lacks what the former checkpoint recorded and Close has.
#[test]
fn list_that_lacks_recorded_activities_stops_recovery() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.proxy();
    world.import().exits(0);
    let before = world.listing();
    let messages = world.server.state.messages();
    let hidden = messages.iter().take(2).map(|message| message.id.clone());
    world.proxy().hide_from_lists(hidden);
    world.run(RECOVER).exits(4);
    let mut after = world.listing();
    after.retain(|path, _| before.contains_key(path));
    assert!(after == before, "the checkpoint changed");
}

#[test]
fn change_since_the_last_import_is_shown_and_nothing_is_replaced() {
    let world = lost();
    let mut edited = scenes::plain("Ben Cooper", 1, 5);
    edited.lines[2].text = "corrected <This message was edited>".to_owned();
    archive::put_zip(&edited, &world.exports());
    let output = recover(&world, &[]).exits(3);
    assert_eq!(word(&output, "ending"), "refused");
    assert_eq!(output.number("would_update"), 1);
    output.says("chatferry.db was not replaced");
    assert_nothing_replaced(&world);
}

#[test]
fn messages_that_the_next_import_posts_are_shown_with_archive_and_line() {
    let world = lost();
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 7), &world.exports());
    let output = recover(&world, &["--show-content"]).exits(0);
    assert_eq!(output.number("would_create"), 2);
    output.says("An import would post 2 messages:");
    output.says("WhatsApp Chat with Ben Cooper.zip:");
    output.says(":6-7");
}

#[test]
fn other_file_with_the_name_of_the_new_checkpoint_is_not_deleted() {
    let world = lost();
    world.write("chatferry.recovered.db", "mine");
    world.run(RECOVER).exits(2);
    let kept = std::fs::read(world.path().join("chatferry.recovered.db"));
    assert_eq!(kept.expect("a file"), b"mine");
}
