//! Changes between two runs: corrected settings, new exports, a checkpoint that is older than Close. None
//! of them duplicates a message.

use std::fs;
use std::sync::Mutex;

use chatferry::sandbox::Fault;
use chrono::TimeDelta;

use crate::kit::Side::{Me, They};
use crate::kit::model::Row;
use crate::kit::world::IMPORT;
use crate::kit::{Chat, When, World, archive, scenes};

/// The world after a first import, with one chat in it.
fn imported() -> World {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    world.assert_whole("first");
    world
}

fn replace(world: &World, file: &str, from: &str, to: &str) {
    let path = world.path().join(file);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{file} does not hold {from}");
    world.write(file, &text.replace(from, to));
}

/// The rows that Close should hold, all moved by so many hours.
fn moved(world: &World, hours: i64) -> Vec<Row> {
    let mut rows = world.expected();
    for row in &mut rows {
        row.at += TimeDelta::hours(hours);
        row.answers = row.answers.map(|at| at + TimeDelta::hours(hours));
    }
    rows
}

#[test]
fn corrected_zone_updates_every_time() {
    let world = imported();
    let count = world.expected().len() as u64;
    replace(&world, "chatferry.toml", "Europe/Berlin", "Europe/London");
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("created")), (count, 0));
    world.assert_rows(&moved(&world, 1), "in London");
    let again = world.import().exits(0);
    assert_eq!(
        (again.number("updated"), again.number("unchanged")),
        (0, count)
    );
    replace(&world, "chatferry.toml", "Europe/London", "Europe/Berlin");
    assert_eq!(world.import().exits(0).number("updated"), count);
    world.assert_whole("with the old zone again");
}

/// A run that corrects times is killed at every third change, and the next one goes on.
#[test]
fn killed_zone_correction_is_resumed() {
    let world = imported();
    replace(
        &world,
        "chatferry.toml",
        "Europe/Berlin",
        "America/New_York",
    );
    for _ in 0..4 {
        let puts = Mutex::new(0);
        world.import_until(
            move |seen, when| {
                let mut puts = puts.lock().expect("count");
                *puts += u32::from(seen.method == "PUT" && when == When::Processed(200));
                *puts == 3
            },
            |running| {
                running.kill();
                Fault::Drop
            },
        );
    }
    world.import().exits(0);
    // In America summer time had begun already.
    world.assert_rows(&moved(&world, 5), "in New York");
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// Broken off after three messages, and then the zone is put back: those three go back too.
#[test]
fn interrupted_correction_can_be_reverted() {
    let world = imported();
    replace(&world, "chatferry.toml", "Europe/Berlin", "Europe/London");
    let puts = Mutex::new(0);
    world.import_until(
        move |seen, when| {
            let mut puts = puts.lock().expect("count");
            *puts += u32::from(seen.method == "PUT" && when == When::Processed(200));
            *puts == 4
        },
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    replace(&world, "chatferry.toml", "Europe/London", "Europe/Berlin");
    let run = world.import().exits(0);
    assert!(run.number("updated") > 0);
    world.assert_whole("as before");
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// The hour before in winter and the hour after: equal words stand where the other ones stood.
#[test]
fn equal_texts_an_hour_apart_keep_their_activities() {
    let mut chat = Chat::android("Ben Cooper", 1);
    for hour in 8..18 {
        chat = chat.say(&format!("2024-03-13 {hour:02}:15"), They, "ok");
    }
    let world = World::new(vec![chat]);
    world.import().exits(0);
    let ids = |world: &World| -> Vec<String> {
        let mut messages = world.server.state.messages();
        messages.sort_by_key(|m| m.activity_at);
        messages.into_iter().map(|m| m.id).collect()
    };
    let before = ids(&world);
    replace(&world, "chatferry.toml", "Europe/Berlin", "Europe/London");
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("created")), (10, 0));
    world.assert_rows(&moved(&world, 1), "in London");
    assert_eq!(ids(&world), before);
    // The ids that the messages have now are recorded, each of another one.
    let again = world.import().exits(0);
    assert_eq!(
        (again.number("updated"), again.number("unchanged")),
        (0, 10)
    );
    // And a new one that says the same is a message of its own.
    let mut newer = world.chats[0].clone();
    for (day, hour) in [(13, 18), (13, 19), (14, 8)] {
        newer = newer.say(&format!("2024-03-{day} {hour:02}:15"), They, "ok");
    }
    archive::put_zip(&newer, &world.exports());
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (3, 10));
    assert_eq!(world.import().exits(0).number("unchanged"), 13);
    replace(&world, "chatferry.toml", "Europe/London", "Europe/Berlin");
    assert_eq!(world.import().exits(0).number("updated"), 13);
    let mut rows = newer.rows();
    rows.sort();
    world.assert_rows(&rows, "in Berlin again");
    assert_eq!(ids(&world)[..10], before);
}

#[test]
fn corrected_number_updates_every_message() {
    let world = imported();
    let count = world.expected().len() as u64;
    let phone = world.chats[0].phone.clone();
    replace(&world, "contacts.csv", &phone, "+353861239999");
    let run = world.import().exits(0);
    assert_eq!((run.number("updated"), run.number("created")), (count, 0));
    let mut rows = world.expected();
    for row in &mut rows {
        row.remote = "+353861239999".to_owned();
    }
    world.assert_rows(&rows, "with the right number");
    let again = world.import().exits(0);
    assert_eq!(
        (again.number("updated"), again.number("unchanged")),
        (0, count)
    );
}

/// An iPhone export made again: one stamp has moved by a second, across a minute.
#[test]
fn timestamp_across_a_minute_is_the_same_message() {
    let chat = |second: &str| {
        Chat::ios("Cleo Marsh", 2)
            .say("2024-05-20 18:00:02", They, "one")
            .say(second, Me, "two")
            .say("2024-05-20 18:05:00", They, "three")
    };
    let world = World::new(vec![chat("2024-05-20 18:01:59")]);
    world.import().exits(0);
    let moved = archive::zip(&chat("2024-05-20 18:02:00"));
    fs::write(
        world.exports().join("WhatsApp Chat - Cleo Marsh.zip"),
        moved,
    )
    .expect("written");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("unchanged")), (0, 3));
    world.assert_whole("made again");
}

#[test]
fn text_that_was_edited_later_is_the_same_message() {
    let chat = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let world = World::new(vec![chat("Tuesday")]);
    world.import().exits(0);
    let edited = archive::zip(&chat("Tuesday at eight <This message was edited>"));
    fs::write(
        world.exports().join("WhatsApp Chat with Ben Cooper.zip"),
        edited,
    )
    .expect("written");
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("updated")), (0, 1));
    assert_eq!(world.server.state.messages().len(), 2);
}

/// Old and new exports lie in one folder, and one message was edited, another deleted since.
#[test]
fn edit_and_deletion_between_two_exports_duplicate_nothing() {
    let older = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "before")
        .say("2024-03-13 10:20", They, "Tuesday")
        .say("2024-03-13 10:25", Me, "a secret that was taken back")
        .say("2024-03-13 10:30", They, "after");
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "Tuesday at eight <This message was edited>",
        )
        .say("2024-03-13 10:25", Me, "You deleted this message")
        .say("2024-03-13 10:30", They, "after")
        .say("2024-03-14 09:00", They, "and more");
    let put_newer = |world: &World| {
        let path = world
            .exports()
            .join("WhatsApp Chat with Ben Cooper (1).zip");
        fs::write(path, archive::zip(&newer)).expect("written");
    };
    let texts = |world: &World| -> Vec<String> {
        let mut messages = world.server.state.messages();
        messages.sort_by_key(|m| m.activity_at);
        messages.into_iter().map(|m| m.markdown).collect()
    };
    // Both at once: the newer state, once.
    let world = World::new(vec![older.clone()]);
    put_newer(&world);
    world.import().exits(0);
    assert_eq!(
        texts(&world),
        ["before", "Tuesday at eight", "after", "and more"]
    );
    // One after the other: an edit is put, what was deleted stays, and nothing comes twice.
    let world = World::new(vec![older]);
    world.import().exits(0);
    put_newer(&world);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 1);
    assert_eq!(
        texts(&world),
        [
            "before",
            "Tuesday at eight",
            "a secret that was taken back",
            "after",
            "and more"
        ]
    );
}

/// A copy of the checkpoint that was put back, or the checkpoint of a second machine.
#[test]
fn stale_checkpoint_duplicates_nothing() {
    let world = World::new(vec![scenes::ben()]);
    world.run(&["import", "--yes", "--limit", "2"]).exits(0);
    let path = world.path().join("chatferry.db");
    let old = fs::read(&path).expect("a checkpoint");
    world.import().exits(0);
    fs::write(&path, old).expect("put back");
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 0);
    world.assert_whole("with the old checkpoint");
}

#[test]
fn two_chats_in_two_folders_of_one_zip_are_two() {
    let world = World::new(vec![
        scenes::plain("Edda Vale", 4, 3),
        scenes::plain("Finn Lowe", 5, 4),
    ]);
    let mut entries = Vec::new();
    for chat in &world.chats {
        entries.push((
            format!("WhatsApp Chat - {}/_chat.txt", chat.name),
            archive::transcript(chat),
        ));
        fs::remove_file(world.exports().join(format!("{}.zip", archive::name(chat))))
            .expect("removed");
    }
    fs::write(world.exports().join("all.zip"), archive::zip_of(&entries)).expect("written");
    world.import().exits(0);
    world.assert_whole("out of one zip");
}

#[test]
fn transcript_of_two_devices_is_refused() {
    let world = World::new(vec![scenes::plain("Edda Vale", 4, 3)]);
    let folder = world.path().join("loose");
    fs::create_dir(&folder).expect("made");
    let text = archive::transcript(&world.chats[0]);
    fs::write(folder.join("WhatsApp Chat with Edda Vale.txt"), text).expect("written");
    world.write(
        "two.toml",
        "[source]\ntimezone = \"Europe/Berlin\"\n\
         [[device]]\nname = \"a\"\narchives = [\"loose/WhatsApp Chat with Edda Vale.txt\"]\n\
         [[device]]\nname = \"b\"\narchives = [\"loose\"]\n\
         [import]\ncontacts = \"contacts.csv\"\n",
    );
    world
        .run(&["plan", "--config", "two.toml", "--offline"])
        .exits(2)
        .says("belongs to the devices");
}

/// A group in which only one other person wrote looks like a chat of two.
#[test]
fn silent_group_is_not_a_one_to_one_chat() {
    let world = World::new(vec![scenes::ben()]);
    let group = "13/03/2024, 11:00 - Ben Cooper: who brings the ladder?\n13/03/2024, 11:01 - Anna Example: me\n";
    let zip = archive::zip_of(&[(
        "WhatsApp Chat with Project Roof.txt".to_owned(),
        group.to_owned(),
    )]);
    fs::write(
        world.exports().join("WhatsApp Chat with Project Roof.zip"),
        zip,
    )
    .expect("written");
    // The row is for Ben, in whatever chat.
    replace(&world, "contacts.csv", "\nBen Cooper,", "\n*,");
    let run = world.import().exits(0);
    run.says("it may be a group");
    world.assert_whole("Ben alone");
}

/// A drive that is pulled out is no damaged file.
#[test]
fn file_that_cannot_be_read_now_stops_the_run() {
    let world = World::new(vec![scenes::dora()]);
    let zip = world.exports().join("WhatsApp Chat with Dora Quist.zip");
    fs::remove_file(zip).expect("removed");
    archive::put_folder(&world.chats[0], &world.exports());
    let photo = world
        .exports()
        .join("WhatsApp Chat with Dora Quist")
        .join("IMG-20240621-WA0002.jpg");
    let away = world.path().join("away.jpg");
    let (from, to) = (photo.clone(), away.clone());
    world.server.rule(move |seen, _| {
        // After everything was read and planned, and before anything is written.
        if seen.path.contains("/lead/") && from.exists() {
            fs::rename(&from, &to).expect("moved");
        }
        chatferry::sandbox::Fault::None
    });
    world
        .import()
        .exits(4)
        .says("run the same command to resume");
    world.server.calm();
    fs::rename(&away, &photo).expect("back");
    world.import().exits(0);
    world.assert_whole("with the drive back");
}

/// Another integration has brought a part of the history already, under ids of its own.
#[test]
fn existing_message_is_held_left_out_or_ignored() {
    // Seven messages: a notice, which is left out, and six texts, two of them "ok" in one minute,
    // of which one is there: it stands for one of them, and not for both.
    for (policy, held, skipped, created) in
        [("hold", 7, 0, 0), ("skip", 0, 2, 5), ("ignore", 0, 1, 6)]
    {
        let mut built = crate::kit::Built::new(vec![scenes::ben()]);
        built.import = format!("existing = \"{policy}\"\n");
        let world = built.world();
        let body = serde_json::json!({
            "lead_id": world.chats[0].lead, "contact_id": world.chats[0].contact,
            "direction": "incoming", "activity_at": "2024-03-13T09:20:31Z",
            "external_whatsapp_message_id": "3EB0AAAA", "local_phone": "+4915112345678",
            "remote_phone": world.chats[0].phone, "message_markdown": "ok",
        });
        let path = "/activity/whatsapp_message/";
        assert_eq!(world.server.call("POST", path, &body), 200);
        let run = world.run(&[IMPORT, &["--details"]].concat()).exits(0);
        let said = if policy == "hold" {
            "1 of its messages are already in Close"
        } else {
            "1 message also in Close from another integration"
        };
        run.says(said);
        assert_eq!(run.number("held"), held, "{policy}");
        assert_eq!(run.number("skipped"), skipped, "{policy}");
        assert_eq!(run.number("created"), created, "{policy}");
    }
}
