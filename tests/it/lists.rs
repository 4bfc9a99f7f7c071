//! Lists of Close that come in another order, end too early or lack what is there, and rights to see them.

use std::fs;
use std::sync::{Arc, Mutex};

use chatferry::sandbox::Role;
use serde_json::{Value, json};

use crate::kit::Side::Me;
use crate::kit::proxy::Answer;
use crate::kit::{Built, World, archive, scenes};

/// A chat whose list has three pages.
fn long() -> World {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 230)]);
    world.proxy();
    world.import().exits(0);
    world
}

#[track_caller]
fn assert_adopted(world: &World) {
    let count = world.expected().len() as u64;
    let run = world.import().exits(0);
    let numbers = ["created", "unchanged", "held"].map(|name| run.number(name));
    assert_eq!(numbers, [0, count, 0]);
    world.assert_whole("everything was found");
}

#[test]
fn single_page_needs_no_order() {
    let world = World::new(scenes::rich());
    world.proxy().list_oldest_first();
    world.import().exits(0);
    world.forget();
    assert_adopted(&world);
}

#[test]
fn list_that_comes_oldest_first_is_read_to_its_end() {
    let world = long();
    world.forget();
    world.proxy().list_oldest_first();
    assert_adopted(&world);
}

/// No message is recorded, but the facts are.
const FORGET_MESSAGES: &str = "DELETE FROM message_file; DELETE FROM answer; DELETE FROM message; \
                               DELETE FROM chat_digest; DELETE FROM archive; DELETE FROM archive_file";

fn change_checkpoint(world: &World, sql: &str) {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let path = world.path().join("chatferry.db");
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    file.execute_batch(sql).expect("changed");
}

/// The direction in which a list comes is asked for from the first request on, once it is known.
#[test]
fn known_order_of_lists_is_requested() {
    let world = long();
    let orders: Arc<Mutex<Vec<String>>> = Arc::default();
    let asked_for = Arc::clone(&orders);
    world.proxy().change(move |asked, close| {
        if asked.is_list() && asked.parameter("lead_id").is_some() {
            let order = asked.parameter("_order_by").unwrap_or_default();
            asked_for.lock().expect("orders").push(order.to_owned());
            return close(asked.with("_order_by", "date_created"));
        }
        close(asked)
    });
    let fact = "SELECT value = 'oldest_first' FROM facts WHERE name = 'list_order'";
    world.forget();
    assert_adopted(&world);
    assert_eq!(world.recorded(fact), 1);
    let first = std::mem::take(&mut *orders.lock().expect("orders"));
    assert_eq!(first.first().map(String::as_str), Some("-date_created"));
    // A chat that nothing is recorded of makes the next run read the list again.
    change_checkpoint(&world, FORGET_MESSAGES);
    assert_adopted(&world);
    let next = orders.lock().expect("orders");
    assert!(
        !next.is_empty() && next.iter().all(|order| order == "date_created"),
        "{next:?}"
    );
    world
        .run(&["doctor"])
        .says("lists of messages come oldest first");
}

/// Close changed since: what a list shows wins, and is recorded.
#[test]
fn order_of_lists_that_changed_is_learned_again() {
    let world = long();
    change_checkpoint(&world, FORGET_MESSAGES);
    let other = "INSERT INTO facts VALUES ('list_order', 'oldest_first', 1) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    change_checkpoint(&world, other);
    world.proxy().change(|asked, close| match asked.is_list() {
        true => close(asked.with("_order_by", "-date_created")),
        false => close(asked),
    });
    assert_adopted(&world);
    let fact = "SELECT value = 'newest_first' FROM facts WHERE name = 'list_order'";
    assert_eq!(world.recorded(fact), 1);
}

#[test]
fn list_without_order_holds_its_chat() {
    let world = long();
    world.forget();
    world.proxy().change(|asked, close| {
        let is_list = asked.is_list();
        let mut answer = close(asked);
        if let (true, Some(rows)) = (is_list, answer.body["data"].as_array_mut()) {
            let middle = rows.len() / 2;
            rows.rotate_left(middle);
        }
        answer
    });
    let run = world.import().exits(3);
    assert_eq!((run.number("created"), run.number("held")), (0, 230));
    world.assert_whole("nothing was posted twice");
    world.proxy().calm();
    assert_adopted(&world);
}

/// A list that lacks five of thirty: without a look-up they would count as never posted.
#[test]
fn list_that_lacks_recorded_activities_holds_its_chat() {
    let chat = scenes::plain("Ben Cooper", 1, 30);
    let world = World::new(vec![chat.clone()]);
    world.proxy();
    world.import().exits(0);
    archive::put_zip(&chat.say("2024-03-14 10:00", Me, "more"), &world.exports());
    let hidden = world.server.state.messages().into_iter().skip(10).take(5);
    world
        .proxy()
        .hide_from_lists(hidden.map(|message| message.id));
    let run = world.import().exits(3);
    assert_eq!((run.number("created"), run.number("held")), (0, 31));
    run.says("could not be listed: it lacks acti_");
    world.assert_whole("nothing was posted twice");
    let doctor = world.run(&["doctor"]).exits(3);
    assert!(doctor.stdout.contains("BAD  lists"), "{}", doctor.stdout);
    world.proxy().calm();
    assert_eq!(world.import().exits(0).number("created"), 1);
}

/// One lead's list always ends with 500 on its second page, while Close answers everything else.
#[test]
fn list_that_fails_on_every_attempt_holds_its_chat_alone() {
    let (long, short) = (scenes::plain("Ben Cooper", 1, 230), scenes::cleo());
    let world = World::new(vec![long.clone(), short]);
    world.proxy();
    world.import().exits(0);
    let all = world.expected().len();
    world.forget();
    let lead = long.lead.clone();
    world.proxy().change(move |asked, close| {
        let is_next = asked.query.contains("date_created__") || asked.parameter("_skip").is_some();
        let is_of_lead = asked.parameter("lead_id") == Some(lead.as_str());
        match asked.is_list() && is_of_lead && is_next {
            true => Answer::new(500, json!({"error": "Internal server error"})),
            false => close(asked),
        }
    });
    let plan = world.run(&["plan", "--json"]).exits(3);
    assert_eq!(plan.number("held"), 230, "{}", plan.stderr);
    let run = world.import().exits(3);
    let numbers = ["created", "held", "unchanged"].map(|name| run.number(name));
    assert_eq!(numbers, [0, 230, all as u64 - 230], "{}", run.stderr);
    assert_eq!(world.server.state.message_count(), all);
    world.proxy().calm();
    assert_adopted(&world);
}

fn world_with(role: Role) -> World {
    let mut built = Built::new(vec![scenes::ben()]);
    built.options = Box::new(move |options| options.role = role);
    built.world()
}

#[test]
fn role_that_lacks_view_all_leads_is_refused() {
    let world = world_with(Role::SomeLeads);
    let run = world.import().exits(5);
    let error: Value = serde_json::from_str(run.stdout.trim()).expect("JSON");
    assert_eq!(error["error"]["code"], "close_view_all_leads");
    assert_eq!(world.server.writes(), 0);
    let doctor = world.run(&["doctor"]).exits(5);
    assert!(doctor.stdout.contains("BAD  rights"), "{}", doctor.stdout);
}

/// Close's published example of `GET /me/` names two permissions, and `view_all_leads` is not among them.
#[test]
fn role_that_cannot_be_read_imports() {
    let world = world_with(Role::Unknown);
    world.import().exits(0);
    world.assert_whole("nothing is known of the role");
    let doctor = world.run(&["doctor"]).exits(0);
    assert!(!doctor.stdout.contains("BAD"), "{}", doctor.stdout);
}

#[test]
fn post_in_another_users_name_that_is_denied_names_the_user() {
    let world = World::new(vec![scenes::ben()]);
    world.proxy().deny_other_users("user_sandbox");
    let run = world.import().exits(5);
    for words in [
        "`user_id` user_anna",
        "manage_organization",
        "close_403_user_id",
    ] {
        run.says(words);
    }
    assert_eq!(run.number("created"), 0);
    assert_eq!(world.server.state.message_count(), 0);
    // Without the user it goes in under the key's own name.
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    world.write("contacts.csv", &table.replace("user_anna", ""));
    world.import().exits(0);
    assert_eq!(world.server.state.message_count(), world.expected().len());
}

/// Close may answer numbers without the plus sign: they are the same numbers.
#[test]
fn numbers_without_a_plus_sign_are_the_same_numbers() {
    let world = World::new(scenes::rich());
    world.proxy().plain_numbers();
    world.import().exits(0);
    world.assert_whole("numbers without a plus sign");
    world.forget();
    let again = world.import().exits(0);
    assert_eq!(
        ["created", "updated"].map(|name| again.number(name)),
        [0, 0]
    );
}
