//! Newer exports that have more of a message than Close: it is changed where it is, once.

use std::sync::Mutex;

use chatferry::sandbox::{Fault, Seed, Seen};

use crate::kit::Side::{Me, They};
use crate::kit::{Built, Chat, When, World, archive, world};

const PUT: &str = "PUT";

fn is_put(seen: &Seen) -> bool {
    seen.method == PUT
}

fn puts(world: &World) -> usize {
    world.server.count(PUT, "/activity/whatsapp_message/{id}/")
}

/// Puts a newer export of the chat in the place of the older one.
pub(crate) fn export_again(world: &World, chat: &Chat) {
    archive::put_zip(chat, &world.exports());
}

fn texts(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages.into_iter().map(|m| m.markdown).collect()
}

/// The activity ids by time.
fn activities(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages.into_iter().map(|m| m.id).collect()
}

fn talk(second: &str) -> Chat {
    Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "before")
        .say("2024-03-13 10:20", They, second)
        .say("2024-03-13 10:30", Me, "after")
}

#[test]
fn edited_text_is_updated_once() {
    let world = World::new(vec![talk("Tuesday")]);
    world.import().exits(0);
    let before = activities(&world);
    export_again(&world, &talk("Tuesday at eight <This message was edited>"));
    let plan = world.run(&["plan", "--json"]).exits(0);
    assert_eq!((plan.number("updated"), plan.number("created")), (1, 0));
    let run = world.import().exits(0);
    assert_eq!(
        (
            run.number("updated"),
            run.number("created"),
            run.number("unchanged")
        ),
        (1, 0, 2)
    );
    assert_eq!(texts(&world), ["before", "Tuesday at eight", "after"]);
    assert_eq!(activities(&world), before);
    assert_eq!(puts(&world), 1);
    let again = world.import().exits(0);
    assert_eq!((again.number("updated"), again.number("unchanged")), (0, 3));
    assert_eq!(puts(&world), 1);
    // Edited once more.
    export_again(&world, &talk("Wednesday <This message was edited>"));
    assert_eq!(world.import().exits(0).number("updated"), 1);
    assert_eq!(texts(&world), ["before", "Wednesday", "after"]);
    assert_eq!(activities(&world), before);
}

pub(crate) fn with_photo(photo: bool) -> Chat {
    let chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:15", They, "before");
    let chat = if photo {
        chat.send(
            "2024-03-13 10:20",
            They,
            "IMG-20240313-WA0001.jpg",
            archive::jpeg(5_000, 1),
        )
    } else {
        chat.say("2024-03-13 10:20", They, "<Media omitted>")
    };
    chat.say("2024-03-13 10:30", Me, "after")
}

#[test]
fn photo_of_a_newer_export_is_added_to_its_message() {
    let world = World::new(vec![with_photo(false)]);
    world.import().exits(0);
    let before = activities(&world);
    export_again(&world, &with_photo(true));
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("uploads")), (1, 1));
    let expected = World::new(vec![with_photo(true)]);
    assert_eq!(expected.import().exits(0).number("created"), 3);
    world.assert_rows(
        &expected.expected(),
        "as if it had been there from the start",
    );
    assert_eq!(activities(&world), before);
    // An export without media again takes nothing away, and the one with them changes nothing.
    for photo in [false, true] {
        export_again(&world, &with_photo(photo));
        let run = world.import().exits(0);
        assert_eq!((run.number("updated"), run.number("unchanged")), (0, 3));
    }
    world.assert_rows(&expected.expected(), "after all of them");
}

#[test]
fn photo_rejected_by_storage_leaves_its_message_unchanged() {
    let world = World::new(vec![with_photo(false)]);
    world.import().exits(0);
    let before = activities(&world);
    export_again(&world, &with_photo(true));
    let run = world.import_under(|seen, when, _| {
        let refused = when == When::Received && seen.path.starts_with("/_storage/");
        match refused {
            true => Fault::Status(400, "<Error><Code>EntityTooLarge</Code></Error>".to_owned()),
            false => Fault::None,
        }
    });
    let run = run.exits(3);
    assert_eq!((run.number("failed"), run.number("updated")), (1, 0));
    assert_eq!(activities(&world), before, "nothing was posted again");
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("created")), (1, 0));
    assert_eq!(activities(&world), before);
}

/// A world with two users, and contacts.csv with the other one.
fn two_users(chat: Chat) -> (World, String) {
    let chats = vec![chat];
    let corrected = world::contacts(&chats).replace("user_anna", "user_theo");
    let mut built = Built::new(chats);
    let both = corrected.replacen("*,", "Nobody,", 1) + &world::me();
    built.seed = Some(Seed::from_contacts_csv(&both).expect("a seed"));
    (built.world(), corrected)
}

#[test]
fn changed_user_updates_every_message() {
    let (world, corrected) = two_users(talk("Tuesday"));
    world.import().exits(0);
    world.write("contacts.csv", &corrected);
    // The plan had "3 to change", and no cause.
    let plan = world.run(&["plan"]).exits(0);
    plan.says("Another contact, owner or number in contacts.csv: 3 messages of default: ");
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("created")), (3, 0));
    let messages = world.server.state.messages();
    assert!(
        messages
            .iter()
            .all(|m| m.user_id.as_deref() == Some("user_theo"))
    );
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// What a change does not send stays recorded as it is: the photo is in Close, though the export
/// at hand lacks it, and is not sent again by one that has it.
#[test]
fn corrected_mapping_keeps_files() {
    let (world, corrected) = two_users(with_photo(true));
    world.import().exits(0);
    export_again(&world, &with_photo(false));
    world.write("contacts.csv", &corrected);
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("uploads")), (3, 0));
    export_again(&world, &with_photo(true));
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("unchanged")), (0, 3));
    let files: usize = (world.server.state.messages().iter())
        .map(|m| m.attachments.len())
        .sum();
    assert_eq!(files, 1);
}

/// Somebody removed the message in Close: it is not brought back, and nothing fails.
#[test]
fn removed_activity_stays_removed() {
    let world = World::new(vec![talk("Tuesday")]);
    world.import().exits(0);
    export_again(&world, &talk("Tuesday at eight <This message was edited>"));
    world.server.rule(|seen, when| {
        if is_put(seen) && when == When::Received {
            Fault::Status(404, "{\"error\": \"not found\"}".to_owned())
        } else {
            Fault::None
        }
    });
    let run = world.import().exits(0);
    run.says("1 no longer in Close and left alone");
    assert_eq!(
        (
            run.number("updated"),
            run.number("created"),
            run.number("failed")
        ),
        (0, 0, 0)
    );
}

/// A change may be sent again: an answer that was lost costs nothing but a second request.
#[test]
fn update_with_lost_response_is_sent_again() {
    let world = World::new(vec![talk("Tuesday")]);
    world.import().exits(0);
    export_again(&world, &talk("Tuesday at eight <This message was edited>"));
    let broken = Mutex::new(0u32);
    world.server.rule(move |seen, when| {
        let mut broken = broken.lock().expect("count");
        if is_put(seen) && when == When::Processed(200) && *broken < 2 {
            *broken += 1;
            Fault::Drop
        } else {
            Fault::None
        }
    });
    let run = world.import().exits(0);
    assert_eq!(run.number("updated"), 1);
    assert_eq!(texts(&world), ["before", "Tuesday at eight", "after"]);
}

#[test]
fn killed_update_is_made_by_the_next_run() {
    let world = World::new(vec![with_photo(false)]);
    world.import().exits(0);
    export_again(&world, &with_photo(true));
    for moment in [When::Received, When::Processed(200)] {
        world.import_until(
            move |seen, when| is_put(seen) && when == moment,
            |running| {
                running.kill();
                Fault::Drop
            },
        );
    }
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("updated")), (0, 1));
    assert_eq!(world.server.state.messages().len(), 3);
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// Another user's key has put the messages there, under the same ids: they are known, and never
/// changed or taken away.
#[test]
fn activity_of_another_key_is_never_changed() {
    let chat = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let mut built = Built::new(vec![chat("Tuesday")]);
    built.import = "deleted_since = \"delete\"\ngone = \"restore\"\n".to_owned();
    let world = built.world();
    world.import().exits(0);
    world.forget();
    let state = world.server.state.clone();
    world.server.rule(move |seen, when| {
        let is_list = seen.method == "GET" && seen.path.ends_with("/activity/whatsapp_message/");
        if !is_list || when != When::Received {
            return Fault::None;
        }
        let mut messages = state.messages();
        messages.sort_by_key(|m| std::cmp::Reverse(m.date_created));
        let data: Vec<serde_json::Value> = (messages.iter())
            .map(|m| {
                serde_json::json!({
                    "id": m.id, "external_whatsapp_message_id": m.external_id,
                    "activity_at": m.activity_at, "direction": m.direction,
                    "date_created": m.date_created, "message_markdown": m.markdown,
                    "lead_id": m.lead_id, "created_by": "user_somebodyelse",
                })
            })
            .collect();
        let page = serde_json::json!({ "data": data, "has_more": false });
        Fault::Status(200, page.to_string())
    });
    assert_eq!(world.import().exits(0).number("unchanged"), 2);
    let writes = world.server.writes();
    for text in [
        "Tuesday at eight <This message was edited>",
        "This message was deleted",
    ] {
        archive::put_zip(&chat(text), &world.exports());
        world
            .run(&["import", "--yes", "--json", "--allow-deletes", "9"])
            .exits(0);
    }
    assert_eq!(world.server.writes(), writes);
}
