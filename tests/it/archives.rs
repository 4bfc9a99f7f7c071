//! Several exports of one chat in one folder: each message once, whatever the exports differ in.

use std::fs;

use crate::kit::Side::{Me, They};
use crate::kit::world::IMPORT;
use crate::kit::{Chat, World, archive};

/// A world with these exports of one chat, the oldest first.
fn world(exports: &[Chat]) -> World {
    let world = World::new(vec![exports[0].clone()]);
    for (n, chat) in exports.iter().enumerate().skip(1) {
        put(&world, chat, n);
    }
    world
}

fn put(world: &World, chat: &Chat, n: usize) {
    let name = format!("{} ({n}).zip", archive::name(chat));
    fs::write(world.exports().join(name), archive::zip(chat)).expect("written");
}

fn texts(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|m| m.activity_at);
    messages.into_iter().map(|m| m.markdown).collect()
}

/// A second of jitter moves a stamp into the next minute, and so to another id.
#[test]
fn timestamp_across_a_minute_is_one_message() {
    let chat = |second: &str| {
        Chat::ios("Cleo Marsh", 2)
            .say("2024-05-20 18:00:02", They, "one")
            .say(second, Me, "two")
            .say("2024-05-20 18:05:00", They, "three")
    };
    let world = world(&[chat("2024-05-20 18:01:59"), chat("2024-05-20 18:02:00")]);
    let run = world.run(&[IMPORT, &["--details"]].concat()).exits(0);
    assert_eq!(run.number("created"), 3, "{}", run.stderr);
    run.says("3 seen again");
}

/// With media in one, without in the other, and renumbered; one stamp has moved too.
#[test]
fn photo_comes_from_any_archive_that_has_it() {
    let photo = |n: u8| archive::jpeg(900 + usize::from(n), n);
    let with = |number: u32, second: &str| {
        Chat::ios("Cleo Marsh", 2)
            .say("2024-05-20 18:00:02", They, "look")
            .send(
                second,
                They,
                &format!("{number:08}-PHOTO-2024-05-20-18-01-59.jpg"),
                photo(1),
            )
            .say("2024-05-20 18:05:00", Me, "nice")
    };
    let without = Chat::ios("Cleo Marsh", 2)
        .say("2024-05-20 18:00:02", They, "look")
        .say("2024-05-20 18:02:00", They, "\u{200e}image omitted")
        .say("2024-05-20 18:05:00", Me, "nice")
        .say("2024-05-21 18:05:00", Me, "and more");
    for exports in [
        vec![with(2, "2024-05-20 18:01:59"), without.clone()],
        vec![without.clone(), with(2, "2024-05-20 18:01:59")],
        vec![
            with(2, "2024-05-20 18:01:59"),
            with(7, "2024-05-20 18:02:00"),
            without,
        ],
    ] {
        let world = world(&exports);
        world.import().exits(0);
        assert_eq!(texts(&world), ["look", "[image]", "nice", "and more"]);
        let files = world.server.state.messages();
        let files: usize = files.iter().map(|m| m.attachments.len()).sum();
        assert_eq!(files, 1);
    }
}

/// Two of one minute were edited, one was deleted.
#[test]
fn several_changes_of_one_minute_are_merged_in_order() {
    let chat = |texts: [&str; 4]| {
        let mut chat = Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before");
        for text in texts {
            chat = chat.say("2024-03-13 10:20", They, text);
        }
        chat.say("2024-03-13 10:30", Me, "after")
    };
    let older = chat(["one", "two", "three", "four"]);
    let newer = chat([
        "ONE <This message was edited>",
        "This message was deleted",
        "three",
        "FOUR <This message was edited>",
    ]);
    let world = world(&[older, newer.say("2024-03-14 10:30", Me, "more")]);
    world.import().exits(0);
    assert_eq!(
        texts(&world),
        ["before", "ONE", "three", "FOUR", "after", "more"]
    );
}

/// Parts that follow each other: the last "ok" of one is not the first "ok" of the other.
#[test]
fn equal_texts_at_the_border_of_two_parts_are_two_messages() {
    let first = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "shall we?")
        .say("2024-03-13 10:20", Me, "ok");
    let second = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:21", Me, "ok")
        .say("2024-03-13 10:30", They, "good");
    let both = world(&[first.clone(), second.clone()]);
    both.import().exits(0);
    assert_eq!(texts(&both), ["shall we?", "ok", "ok", "good"]);
    // And so when the second part is all that there is in the next run.
    let one = world(&[first]);
    one.import().exits(0);
    archive::put_zip(&second, &one.exports());
    one.import().exits(0);
    assert_eq!(texts(&one), ["shall we?", "ok", "ok", "good"]);
}

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

#[test]
fn export_from_another_zone_gets_the_times_of_the_older_one() {
    for minutes in [60, -420, 330] {
        let world = world(&[abroad(0, 0), abroad(minutes, 3)]);
        let run = world.import().exits(0);
        run.says("it was exported in another time zone");
        assert_eq!(run.number("created"), 8, "{minutes}: {}", run.stderr);
        let mut expected = abroad(0, 3).rows();
        expected.sort();
        world.assert_rows(&expected, &format!("{minutes} minutes"));
        assert_eq!(world.import().exits(0).number("unchanged"), 8);
    }
}

/// Edited in the newer export, and in its place the older one has two that are gone: nobody knows
/// which it was, so nothing is posted twice and nothing is lost.
#[test]
fn ambiguous_edit_is_undecided() {
    let older = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say("2024-03-13 10:20", They, "one")
        .say("2024-03-13 10:20", They, "two")
        .say("2024-03-13 10:30", Me, "after");
    let newer = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:10", They, "before")
        .say(
            "2024-03-13 10:20",
            They,
            "neither <This message was edited>",
        )
        .say("2024-03-13 10:30", Me, "after")
        .say("2024-03-13 10:31", Me, "more");
    let world = world(&[older, newer]);
    let run = world.import().exits(0);
    assert_eq!((run.number("created"), run.number("undecided")), (5, 1));
    assert_eq!(texts(&world), ["before", "one", "two", "after", "more"]);
}

fn other_ben() -> Chat {
    Chat::android("Ben Cooper", 2)
        .say("2024-03-13 10:05", They, "The invoice is wrong")
        .say("2024-03-13 10:40", Me, "I will look at it")
        .say("2024-03-13 11:10", They, "Thank you")
        .say("2024-03-13 12:30", Me, "Corrected")
        .say("2024-03-13 12:40", They, "ok")
}

/// Two people who are called the same: the chats are told apart, and nothing goes anywhere before
/// contacts.csv says which is which.
#[test]
fn two_chats_of_one_name_are_held_until_distinguished() {
    let world = world(&[abroad(0, 0), other_ben()]);
    let row = world.chats[0].contact_row();
    let (me, header) = (
        crate::kit::world::me(),
        crate::kit::world::HEADER.trim_end(),
    );
    let run = world.import().exits(0);
    run.says("several chats are called \"[chat 1]\"");
    assert_eq!((run.number("created"), run.number("held")), (0, 10));
    let paths: Vec<String> = fs::read_dir(world.exports())
        .expect("listed")
        .map(|file| file.expect("a file").path().to_string_lossy().into_owned())
        .collect();
    let inspect = [
        &["inspect"],
        &*paths.iter().map(String::as_str).collect::<Vec<_>>(),
    ]
    .concat();
    world.run(&inspect).exits(0).says("Ben Cooper #2");
    // The one that wrote first is the first one.
    let told = |name: &str, chat: &Chat, key: &str| {
        format!(
            "{name},Ben Cooper,contact,{},{},{},,,{key}\n",
            chat.phone, chat.lead, chat.contact
        )
    };
    let table = format!(
        "{header},chat_key\n{me}{}{}",
        told("Ben Cooper", &other_ben(), "invoice"),
        told("Ben Cooper #2", &abroad(0, 0), "lunch"),
    );
    drop(row);
    // The sandbox knows the first lead only.
    let seed = chatferry::sandbox::Seed::from_contacts_csv(&table).expect("a seed");
    let mut built = crate::kit::Built::new(vec![abroad(0, 0)]);
    built.seed = Some(seed);
    built.contacts = Some(table);
    let told_apart = built.world();
    put(&told_apart, &other_ben(), 1);
    let run = told_apart.import().exits(0);
    assert_eq!(run.number("created"), 10, "{}", run.stderr);
    let mut expected: Vec<_> = abroad(0, 0).rows();
    expected.extend(other_ben().rows());
    expected.sort();
    told_apart.assert_rows(&expected, "each on its own lead");
    // A newer export of one of them joins it.
    let newer = other_ben().say("2024-03-15 09:00", They, "And the next one?");
    put(&told_apart, &newer, 2);
    assert_eq!(told_apart.import().exits(0).number("created"), 1);
}

/// Parts that follow each other have no message in common, and are one chat all the same.
#[test]
fn parts_of_one_chat_are_one_chat() {
    let first = Chat::android("Ben Cooper", 1).chatter("2024-03-13 10:00", 5, "old");
    let second = Chat::android("Ben Cooper", 1).chatter("2024-04-13 10:00", 5, "new");
    let world = world(&[first, second]);
    assert_eq!(world.import().exits(0).number("created"), 10);
}

/// Two devices talk to one customer: what one of them has is not what the other had before, though
/// its archives are not there today, and though the same words were said in the same minute.
#[test]
fn colleagues_chat_is_separate() {
    let rows = "device,chat,participant,role,phone,lead_id,contact_id,user_id\n\
                anna,*,Anna Example,me,+4915112345678,,,user_anna\n\
                ben,*,Ben Ortiz,me,+12025550123,,,user_ben\n\
                ,Rita Sol,,contact,+447700900101,lead_01,cont_01,\n";
    let mut built = crate::kit::Built::new(Vec::new());
    built.contacts = Some(rows.to_owned());
    let world = built.world();
    fs::create_dir(world.path().join("ben")).expect("made");
    world.write(
        "chatferry.toml",
        "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n\
         [[device]]\nname = \"anna\"\narchives = [\"exports\"]\nowner = [\"Anna Example\"]\n\
         [[device]]\nname = \"ben\"\narchives = [\"ben\"]\nowner = [\"Ben Ortiz\"]\n\
         timezone = \"Europe/Lisbon\"\n\
         [import]\ncontacts = \"contacts.csv\"\n\
         [limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n",
    );
    let put = |folder: &str, owner: &str, hour: u32| {
        let name = "WhatsApp Chat with Rita Sol";
        let text = format!(
            "13/03/2024, {hour}:00 - Rita Sol: Good morning!\n13/03/2024, {hour}:01 - {owner}: Morning\n"
        );
        let zip = archive::zip_of(&[(format!("{name}.txt"), text)]);
        fs::write(world.path().join(folder).join(format!("{name}.zip")), zip).expect("written");
    };
    put("exports", "Anna Example", 10);
    let first = world.import().exits(0);
    assert_eq!(first.number("created"), 2, "{}", first.stderr);
    fs::remove_file(world.exports().join("WhatsApp Chat with Rita Sol.zip")).expect("removed");
    put("ben", "Ben Ortiz", 9);
    let run = world.import();
    assert_eq!(
        (run.number("created"), run.number("updated")),
        (2, 0),
        "{}",
        run.stderr
    );
    assert_eq!(world.server.state.messages().len(), 4);
}
