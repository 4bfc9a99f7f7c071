//! Which activities are recorded, and whether as created or as found.

use chatferry::sandbox::StoredMessage;
use serde_json::json;

use super::{assert_all_recorded, assert_idle, assert_plans, lost, of_origin, recover};
use crate::kit::store::{self, Row};
use crate::kit::{Built, World, scenes};

const MESSAGES: &str = "/activity/whatsapp_message/";
const BEN: &str = "353861234501@s.whatsapp.net";

/// An activity like `message` under this id and with this text.
fn post(world: &World, like: &StoredMessage, id: &str, text: &str) {
    let body = json!({
        "activity_at": "2024-03-01T10:00:00Z",
        "contact_id": like.contact_id, "lead_id": like.lead_id, "direction": "inbound",
        "local_phone": like.local_phone, "remote_phone": like.remote_phone,
        "message_markdown": text, "external_whatsapp_message_id": id,
        "direction": like.direction,
    });
    let status = world.server.call("POST", MESSAGES, &body);
    assert!(matches!(status, 200 | 201), "{status}");
}

#[test]
fn activities_of_another_integration_are_not_recorded() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.import().exits(0);
    let like = world.server.state.messages()[0].clone();
    post(&world, &like, "helpdesk-000017", "not ours");
    world.forget();
    recover(&world, &[]).exits(0);
    assert_all_recorded(&world, 5);
    let others = "SELECT count(*) FROM message WHERE external_id LIKE 'helpdesk%'";
    assert_eq!(world.recorded(others), 0);
    assert_plans(&world, 0);
    assert_idle(&world);
    assert_eq!(world.server.state.messages().len(), 6);
}

/// A migration of a database, whose messages have WhatsApp's own ids.
pub(crate) fn native() -> World {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 1)]);
    built.limits.push_str("");
    let world = built.world();
    std::fs::remove_dir_all(world.exports()).expect("removed");
    let rows = [
        Row::they(BEN, "3EB0C5A9D27F4E8B1001", 0, "good morning"),
        Row::i(BEN, "3EB0C5A9D27F4E8B1002", 60, "the roof is tight"),
        Row::they(BEN, "3EB0C5A9D27F4E8B1003", 120, "that is good"),
    ];
    store::msgstore(&world.exports(), &rows, &[(BEN, "Ben Cooper")]);
    assert_eq!(world.import().exits(0).number("created"), 3);
    world.forget();
    world
}

#[test]
fn messages_with_native_ids_are_adopted() {
    let world = native();
    let output = recover(&world, &[]).exits(0);
    assert_eq!(output.number("adopted"), 3);
    assert_eq!((of_origin(&world, 1), of_origin(&world, 2)), (0, 3));
    assert_plans(&world, 0);
    assert_idle(&world);
}

#[test]
fn claimed_messages_with_native_ids_are_recorded_as_created() {
    let world = native();
    let output = recover(&world, &["--claim"]).exits(0);
    assert_eq!(output.number("created"), 3);
    assert_eq!((of_origin(&world, 1), of_origin(&world, 2)), (3, 0));
    assert_plans(&world, 0);
    assert_idle(&world);
}

/// The recovered checkpoint recorded everything, so that `recover --claim` had nothing to do, and `undo` could delete nothing.
#[test]
fn messages_recorded_as_found_are_claimed_later() {
    let world = native();
    recover(&world, &[]).exits(0);
    let undo = world.run(&["undo", "--yes"]).exits(0);
    undo.says("`chatferry recover --claim`");
    let output = recover(&world, &["--claim"]).exits(0);
    assert_eq!((output.number("created"), output.number("adopted")), (3, 0));
    assert_eq!((of_origin(&world, 1), of_origin(&world, 2)), (3, 0));
    assert_plans(&world, 0);
    assert_idle(&world);
    world.run(&["undo", "--yes"]).exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn further_activity_with_one_id_is_listed() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 5)]);
    world.import().exits(0);
    let like = world.server.state.messages()[0].clone();
    post(&world, &like, &like.external_id, "word1 number 0");
    world.forget();
    let output = recover(&world, &[]).exits(3);
    assert_eq!(lost(&output, "copies"), 1);
    assert_all_recorded(&world, 5);
}

/// Another phone of the company was imported from another folder.
#[test]
fn messages_of_another_migration_on_the_lead_are_never_ours_to_delete() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    world.import().exits(0);
    let mut like = world.server.state.messages()[0].clone();
    like.local_phone = "+4915199999999".to_owned();
    post(
        &world,
        &like,
        "cf1-aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "from the other phone",
    );
    world.forget();
    let output = recover(&world, &[]).exits(3);
    assert_eq!(lost(&output, "from_list"), 1);
    assert_all_recorded(&world, 4);
    assert_eq!((of_origin(&world, 1), of_origin(&world, 3)), (3, 1));
    assert_plans(&world, 0);
}
