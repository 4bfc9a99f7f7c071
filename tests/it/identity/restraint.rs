//! Restraint: a message that was never posted is not treated as removed, and a repacked or renamed zip is
//! the same archive.

use chatferry::internals::clock::System;
use chrono::NaiveDateTime;

use super::conversation::{Body, Line, and, edited, line, me, they, with, without};
use super::outcome::{NOTHING, created, empty, first, import, only, settled, world};
use super::sources::{BEN, Phone, android, export};
use crate::kit::Side::They;
use crate::kit::chat::at;
use crate::kit::{World, scenes};

pub(super) fn talk() -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:05:40", "when would that be?"),
        they("2024-03-13 10:11:32", "tomorrow evening"),
        they("2024-03-13 10:20:09", "at seven"),
        me("2024-03-13 10:24:51", "I write it down"),
        they("2024-03-13 10:30:40", "thank you"),
    ]
}

/// A few of each kind were posted; the checkpoint is lost; the rest was never posted.
fn part_then_lost(arguments: &[&str]) {
    let world = World::new(scenes::rich());
    let arguments = [&["import", "--yes", "--json"], arguments].concat();
    let part = world.run(&arguments).exits(0).number("created");
    let all = world.expected().len() as u64;
    assert!((1..all).contains(&part), "{part} of {all}");
    world.forget();
    let run = world.import().exits(0);
    let counts = ["created", "held", "undecided", "failed"].map(|name| run.number(name));
    assert_eq!(counts, [all - part, 0, 0, 0], "{}", run.stderr);
    world.assert_whole("after the part and the rest");
    empty(&world);
    world.assert_whole("and again");
}

#[test]
fn pilot_then_lost_checkpoint_then_all() {
    part_then_lost(&["--pilot"]);
}

#[test]
fn limit_then_lost_checkpoint_then_all() {
    part_then_lost(&["--limit", "5"]);
}

/// The pilot took one picture of an album; only its bytes identify it.
#[test]
fn pilot_of_an_album_then_lost_checkpoint_then_all() {
    for phone in [Phone::Android, Phone::Iphone] {
        let mut lines = talk();
        for number in 0..4u8 {
            let when = format!("2024-03-13 10:25:{:02}", 10 + number);
            lines.insert(
                5 + usize::from(number),
                line(&when, They, Body::Photo(number)),
            );
        }
        let world = world("");
        only(&world, |folder| export(phone, &lines).put(folder));
        let pilot = world
            .run(&["import", "--yes", "--json", "--pilot"])
            .exits(0);
        let part = pilot.number("created");
        assert!(part > 1, "{}", pilot.stderr);
        world.forget();
        let rest = created(lines.len() as u64 - part);
        settled(&world, &import(&world), rest, &lines);
    }
}

fn today() -> NaiveDateTime {
    System::shared().now().naive_utc()
}

/// Entry dates unrelated to the export: zipped again today, without a date, with a wrong clock.
fn dates() -> [NaiveDateTime; 3] {
    [today(), at("1980-01-01 00:00"), at("2099-05-05 05:05")]
}

#[test]
fn rezipped_archive_is_the_same_archive() {
    for (phone, when) in [Phone::Android, Phone::Iphone]
        .into_iter()
        .flat_map(|phone| dates().map(|when| (phone, when)))
    {
        let world = world("");
        let made = at("2024-03-13 18:30");
        only(&world, |folder| {
            export(phone, &talk()).zipped(made).put(folder)
        });
        first(&world, &talk());
        only(&world, |folder| {
            export(phone, &talk()).zipped(when).put(folder)
        });
        settled(&world, &import(&world), NOTHING, &talk());
    }
}

/// The export as first sent was zipped again; the one with the change has the date of its making.
fn rezipped(change: Body, truth: &[Line]) {
    for when in dates() {
        let newer = with(&talk(), 3, change.clone());
        let newer = android(&newer).zipped(at("2024-03-14 18:30"));
        let older = talk();
        let older = android(&older).zipped(when);
        let world = world("");
        newer.put(&world.exports().join("a"));
        older.put(&world.exports().join("b"));
        first(&world, truth);
        only(&world, |folder| older.put(folder));
        settled(&world, &import(&world), NOTHING, truth);
    }
}

#[test]
fn rezipped_older_export_undoes_no_edit() {
    let change = edited("at eight");
    rezipped(change.clone(), &with(&talk(), 3, change));
}

#[test]
fn rezipped_older_export_restores_no_deleted_message() {
    rezipped(Body::Deleted, &without(&talk(), 3));
}

/// The newer export was zipped without a date and goes on; the older one was zipped again today.
#[test]
fn newer_export_of_1980_with_an_older_one_of_today() {
    let newer = with(&talk(), 3, edited("at eight"));
    let newer = and(&newer, me("2024-03-14 09:41:07", "is eight still right?"));
    let world = world("");
    android(&newer).put(&world.exports().join("a"));
    android(&talk())
        .zipped(today())
        .put(&world.exports().join("b"));
    first(&world, &newer);
}

/// First under the name that the phone gives, then alone under another one.
fn renamed(phone: Phone, name: &str) {
    let world = world("");
    only(&world, |folder| export(phone, &talk()).put(folder));
    first(&world, &talk());
    let newer = and(&talk(), me("2024-03-14 09:41:07", "is seven still right?"));
    only(&world, |folder| {
        export(phone, &newer).put_as(&folder.join(name))
    });
    settled(&world, &import(&world), created(1), &newer);
}

#[test]
fn zip_saved_twice() {
    renamed(Phone::Android, &format!("WhatsApp Chat with {BEN} (1).zip"));
    renamed(Phone::Iphone, &format!("WhatsApp Chat - {BEN} (2).zip"));
}

#[test]
fn zip_renamed_by_a_mail_program() {
    renamed(Phone::Android, "WhatsApp_Chat_with_Ben_Cooper.zip");
    renamed(Phone::Iphone, "WhatsApp_Chat_-_Ben_Cooper.zip");
}

#[test]
fn android_zip_under_another_name() {
    renamed(Phone::Android, "backup of march.zip");
}

#[test]
fn iphone_zip_under_another_name() {
    renamed(Phone::Iphone, "backup of march.zip");
}
