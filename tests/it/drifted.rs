//! Messages that are recorded under other ids than the newest export gives them.

use std::sync::atomic::{AtomicU32, Ordering};

use chatferry::sandbox::Fault;
use rusqlite::Connection;

use crate::kit::Side::{Me, They};
use crate::kit::world::IMPORT;
use crate::kit::{Chat, When, World, archive, is_post, scenes};

fn ids(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages.into_iter().map(|m| m.id).collect()
}

/// What an export says that was made `minutes` further east, with more in it at the end.
fn abroad(minutes: i64, more: u32) -> Chat {
    let mut chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Good morning")
        .say("2024-03-13 10:16", Me, "Which day suits you?")
        .say("2024-03-13 11:40", They, "Monday")
        .say("2024-03-13 12:05", Me, "ok")
        .say("2024-03-13 13:05", They, "ok");
    for n in 0..more {
        let time = format!("2024-03-14 09:{:02}", 10 + n);
        chat = chat.say(&time, Me, &format!("news number {n}"));
    }
    for line in &mut chat.lines {
        line.at += chrono::TimeDelta::minutes(minutes);
    }
    chat
}

/// The phone was in another zone when it exported again: its times are read as those before.
#[test]
fn export_from_another_zone_duplicates_nothing() {
    for minutes in [60, -420, 330] {
        let world = World::new(vec![abroad(0, 2)]);
        archive::put_zip(&abroad(0, 0), &world.exports());
        world.import().exits(0);
        let before = ids(&world);
        archive::put_zip(&abroad(minutes, 2), &world.exports());
        let run = world.run(&[IMPORT, &["--details"]].concat()).exits(0);
        run.says("exported in another time zone");
        assert_eq!((run.number("created"), run.number("updated")), (2, 0));
        world.assert_whole(&format!("{minutes} minutes"));
        assert_eq!(ids(&world)[..before.len()], before);
        // And then one from home again.
        archive::put_zip(&abroad(0, 2), &world.exports());
        assert_eq!(world.import().exits(0).number("unchanged"), 7);
    }
}

/// Two messages that look so are not enough: a person decides.
#[test]
fn export_possibly_from_another_zone_is_held() {
    let chat = |hour: u32| {
        Chat::android("Ben Cooper", 1)
            .say(&format!("2024-03-13 {hour}:15"), They, "Good morning")
            .say(&format!("2024-03-13 {hour}:16"), Me, "Good morning to you")
    };
    let world = World::new(vec![chat(10)]);
    world.import().exits(0);
    archive::put_zip(&chat(15), &world.exports());
    let run = world.import().exits(0);
    run.says("was the phone in another time zone");
    assert_eq!((run.number("created"), run.number("held")), (0, 2));
}

/// Every day the same at the same time: not the day before, seen from another zone.
#[test]
fn daily_routine_is_not_a_zone_shift() {
    let day = |day: u32| {
        Chat::android("Ben Cooper", 1)
            .say(&format!("2024-03-{day} 07:00"), They, "Good morning")
            .say(&format!("2024-03-{day} 12:00"), They, "Lunch?")
            .say(&format!("2024-03-{day} 12:01"), Me, "Yes")
            .say(&format!("2024-03-{day} 22:00"), They, "Good night")
    };
    let world = World::new(vec![day(13)]);
    world.import().exits(0);
    archive::put_zip(&day(14), &world.exports());
    let run = world.import().exits(0);
    assert_eq!(run.number("unchanged"), 0);
    run.says("was the phone in another time zone");
}

/// A checkpoint whose ids another derivation made: they are kept, and nothing is posted.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a checkpoint of a program that there is not yet"
)]
fn ids_of_another_derivation_are_kept() {
    for chat in [scenes::ben(), scenes::cleo(), scenes::dora()] {
        let world = World::new(vec![chat]);
        world.import().exits(0);
        let count = world.expected().len() as u64;
        let path = world.path().join("chatferry.db");
        let connection = Connection::open(path).expect("a checkpoint");
        connection
            .execute_batch(
                "UPDATE message SET external_id = 'cf0-' || substr(external_id, 5), \
                 response_to = 'cf0-' || substr(response_to, 5)",
            )
            .expect("changed");
        drop(connection);
        let run = world.import().exits(0);
        assert_eq!(run.number("unchanged"), count, "{}", run.stderr);
        world.assert_whole("as before");
    }
}

/// What is answered was refused at first: the answer is linked when it is there.
#[test]
fn reply_is_linked_when_its_target_arrives_later() {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Which day suits you?")
        .answer("2024-03-13 10:16", Me, 0, "Monday");
    let world = World::new(vec![chat]);
    let posts = AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        // The answer waits for the question, so that is the first one.
        if is_post(seen) && when == When::Received && posts.fetch_add(1, Ordering::SeqCst) == 0 {
            let body = r#"{"errors": [], "field-errors": {"message_markdown": "Not now."}}"#;
            return Fault::Status(400, body.to_owned());
        }
        Fault::None
    });
    world.import().exits(3).says("without a link");
    world.server.calm();
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("updated")), (1, 1));
    world.assert_whole("linked");
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// The export begins behind a photo, and a minute later there is another one, left out: it is not
/// the one that was cut off.
#[test]
fn new_photo_is_not_the_truncated_one() {
    let photo = archive::jpeg(900, 1);
    let first = Chat::android("Ben Cooper", 1)
        .send("2024-03-13 11:22", Me, "IMG-20240313-WA0001.jpg", photo)
        .say("2024-03-13 11:22", Me, "a longer text")
        .say("2024-03-13 11:22", They, "yes");
    let second = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 11:22", Me, "a longer text")
        .say("2024-03-13 11:22", They, "yes")
        .say("2024-03-13 11:23", Me, "<Media omitted>");
    let world = World::new(vec![first]);
    world.import().exits(0);
    archive::put_zip(&second, &world.exports());
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (1, 2));
    assert_eq!(world.server.state.message_count(), 4);
}
