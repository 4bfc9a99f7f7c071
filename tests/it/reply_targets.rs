//! The cost of replies to messages that are in no archive, in requests.

use serde_json::json;

use crate::kit::store::{Row, msgstore};
use crate::kit::{Built, World, scenes};

const BEN: &str = "353861234501@s.whatsapp.net";
const LIST: &str = "/activity/whatsapp_message/";

/// The bound of look-ups on any lead.
const BOUND: usize = 200;

fn target(number: usize) -> &'static str {
    format!("3A0000000000000C{number:04X}").leak()
}

/// A world with a database of replies to messages that it does not contain.
fn replies(count: usize, import: &str) -> World {
    let contacts = [scenes::ben(), scenes::cleo()].map(|chat| chat.contact_row());
    let mut built = Built::new(Vec::new());
    built.contacts = Some(format!(
        "{}{}{}",
        crate::kit::world::HEADER,
        crate::kit::world::me(),
        contacts.concat()
    ));
    built.import = import.to_owned();
    let world = built.world();
    let rows: Vec<Row> = (0..count)
        .map(|number| Row {
            quotes: Some((target(number), "the ladder", BEN)),
            ..Row::i(
                BEN,
                format!("AC0000000000000A{number:04X}").leak(),
                i64::try_from(number).expect("small") * 61,
                format!("reply {number}").leak(),
            )
        })
        .collect();
    msgstore(&world.exports(), &rows, &[(BEN, "Ben Cooper")]);
    world
}

/// Puts the targets into Close on a lead, as another program does.
fn put(world: &World, count: usize, lead: &str, contact: &str) {
    for number in 0..count {
        let body = json!({
            "lead_id": lead, "contact_id": contact, "direction": "incoming",
            "external_whatsapp_message_id": target(number), "local_phone": "+4915112345678",
            "remote_phone": "+353861234501", "activity_at": "2024-12-31T08:00:00Z",
            "message_markdown": "the ladder",
        });
        let status = world.server.call("POST", LIST, &body);
        assert!((200..300).contains(&status), "{status}");
    }
}

fn linked(world: &World) -> usize {
    let payloads = world.run(&["plan", "--payloads"]).exits(0);
    payloads
        .stdout
        .matches("\"response_to_external_id\":\"")
        .count()
}

/// The pages that list all of Close, for a chat of which nothing is recorded, and its lead: both are
/// empty.
const LISTS: usize = 2;

#[test]
fn look_ups_of_unknown_reply_targets_are_bounded() {
    let world = replies(1_500, "");
    assert_eq!(linked(&world), 0);
    assert_eq!(world.server.count("GET", LIST), BOUND + LISTS);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 1_500, "{}", run.stderr);
    let held = world.server.state.messages();
    assert!(
        held.iter()
            .all(|m| m.markdown.starts_with("> the ladder\n"))
    );
}

/// Below the bound, every target is looked up.
#[test]
fn few_unknown_reply_targets_are_each_looked_up() {
    let world = replies(20, "");
    assert_eq!(linked(&world), 0);
    assert_eq!(world.server.count("GET", LIST), 20 + LISTS);
}

/// Pages overlap by what was created in one millisecond, so that 300 messages are four. They are listed
/// once with all of Close and once with their lead.
#[test]
fn reply_targets_on_the_own_lead_cost_its_pages() {
    let world = replies(300, "existing = \"ignore\"");
    let ben = scenes::ben();
    put(&world, 300, &ben.lead, &ben.contact);
    assert_eq!(linked(&world), 300);
    assert_eq!(world.server.count("GET", LIST), 4 + 4);
}

/// The first eight look-ups find the lead; its four pages contain the rest. All of Close is four pages
/// too, and the own lead an empty one.
#[test]
fn reply_targets_on_another_lead_cost_its_pages() {
    let world = replies(310, "existing = \"ignore\"");
    let cleo = scenes::cleo();
    put(&world, 310, &cleo.lead, &cleo.contact);
    assert_eq!(linked(&world), 310);
    assert_eq!(world.server.count("GET", LIST), 4 + 1 + 8 + 4);
}
