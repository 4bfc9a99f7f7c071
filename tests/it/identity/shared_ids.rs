//! Backups that have one id for several different texts: each text is one message, whatever backup is read first.

use std::collections::BTreeMap;
use std::fs;

use crate::kit::databases::Android;
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, World};

const BEN: &str = "353861234501@s.whatsapp.net";
const SHARED: &str = "3A00000000000000AA01";

/// A row of a backup: minute, id, text.
type Row = (i64, &'static str, &'static str);

/// The first backup: two texts under one id.
const OLDER: &[Row] = &[
    (0, "3A00000000000000CC00", "good morning"),
    (1, SHARED, "the first offer"),
    (3, "3A00000000000000CC03", "thank you"),
    (5, SHARED, "the second offer"),
    (7, "3A00000000000000CC07", "fine"),
];

/// The second one lacks the first of them, and has a third one.
const NEWER: &[Row] = &[
    (3, "3A00000000000000CC03", "thank you"),
    (5, SHARED, "the second offer"),
    (7, "3A00000000000000CC07", "fine"),
    (9, SHARED, "the third offer"),
    (11, "3A00000000000000CC11", "good night"),
];

const TEXTS: [(&str, i64); 7] = [
    ("fine", 7),
    ("good morning", 0),
    ("good night", 11),
    ("thank you", 3),
    ("the first offer", 1),
    ("the second offer", 5),
    ("the third offer", 9),
];

fn world() -> World {
    let mut built = Built::new(Vec::new());
    let row = "+353861234501,+353861234501,contact,+353861234501,lead_1,cont_1,,\n";
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    built.world()
}

fn put(world: &World, folder: &str, rows: &[Row]) {
    let folder = world.exports().join(folder);
    fs::create_dir_all(&folder).expect("made");
    let mut store = Android::new(&folder);
    let chat = store.chat(BEN, None);
    for (minute, id, text) in rows {
        let row = store.row(chat, 0, Some(text));
        let at = (crate::kit::databases::BEGIN + minute * 60) * 1000;
        store.sql(&format!(
            "UPDATE message SET key_id = '{id}', timestamp = {at} WHERE _id = {row}"
        ));
    }
}

fn remove(world: &World, folder: &str) {
    fs::remove_dir_all(world.exports().join(folder)).expect("removed");
}

/// The minute of each text in Close.
fn in_close(world: &World) -> Vec<(String, i64)> {
    let mut texts: Vec<(String, i64)> = (world.server.state.messages().into_iter())
        .map(|message| {
            let seconds = message.activity_at.timestamp() - crate::kit::databases::BEGIN;
            (message.markdown, seconds / 60)
        })
        .collect();
    texts.sort();
    texts
}

/// The text of each activity.
fn by_activity(world: &World) -> BTreeMap<String, String> {
    let messages = world.server.state.messages().into_iter();
    messages
        .map(|message| (message.id, message.markdown))
        .collect()
}

fn assert_whole(world: &World) {
    let expected = TEXTS.map(|(text, minute)| (text.to_owned(), minute));
    assert_eq!(in_close(world), expected);
}

/// Imports, and expects that no activity that was there gets another text.
fn imported(world: &World, created: u64) {
    let before = by_activity(world);
    let run = world.import().exits(0);
    let numbers = ["created", "updated", "replaced", "undecided"].map(|name| run.number(name));
    assert_eq!(numbers, [created, 0, 0, 0], "{}", run.stderr);
    let after = by_activity(world);
    for (activity, text) in before {
        assert_eq!(after.get(&activity), Some(&text));
    }
    let plan = world.run(&["plan", "--json"]).exits(0);
    let planned = ["created", "updated", "undecided"].map(|name| plan.number(name));
    assert_eq!(planned, [0, 0, 0], "{}", plan.stderr);
}

#[test]
fn backups_with_a_shared_id_give_one_result_in_either_order() {
    for (first, second) in [(OLDER, NEWER), (NEWER, OLDER)] {
        let world = world();
        put(&world, "a", first);
        put(&world, "b", second);
        imported(&world, 7);
        assert_whole(&world);
        imported(&world, 0);
    }
}

#[test]
fn backups_with_a_shared_id_in_two_runs_give_one_result() {
    for (first, second) in [(OLDER, NEWER), (NEWER, OLDER)] {
        for keeps_first in [true, false] {
            let world = world();
            put(&world, "a", first);
            imported(&world, 5);
            if !keeps_first {
                remove(&world, "a");
            }
            put(&world, "b", second);
            imported(&world, 2);
            assert_whole(&world);
            imported(&world, 0);
            assert_whole(&world);
        }
    }
}

/// Two backups that have the rows in another order.
#[test]
fn rows_of_a_shared_id_in_another_order_are_the_same_messages() {
    const ONE: &[Row] = &[(1, SHARED, "yes, gladly"), (1, SHARED, "no, not at all")];
    const OTHER: &[Row] = &[(1, SHARED, "no, not at all"), (1, SHARED, "yes, gladly")];
    for is_together in [true, false] {
        let world = world();
        put(&world, "a", ONE);
        if !is_together {
            imported(&world, 2);
        }
        put(&world, "b", OTHER);
        imported(&world, if is_together { 2 } else { 0 });
        remove(&world, "a");
        imported(&world, 0);
        assert_eq!(in_close(&world).len(), 2);
    }
}

/// A later backup has one of the two texts only, under the id of both.
#[test]
fn later_backup_with_one_text_of_a_shared_id_updates_no_other_message() {
    const LATER: &[Row] = &[
        (3, "3A00000000000000CC03", "thank you"),
        (5, SHARED, "the second offer"),
        (7, "3A00000000000000CC07", "fine"),
    ];
    for is_together in [true, false] {
        let world = world();
        put(&world, "a", OLDER);
        if !is_together {
            imported(&world, 5);
            remove(&world, "a");
        }
        put(&world, "b", LATER);
        imported(&world, if is_together { 5 } else { 0 });
        assert_eq!(in_close(&world).len(), 5);
    }
}

#[test]
fn lost_checkpoint_with_a_shared_id_creates_nothing() {
    for (first, second) in [(OLDER, NEWER), (NEWER, OLDER)] {
        let world = world();
        put(&world, "a", first);
        imported(&world, 5);
        put(&world, "b", second);
        imported(&world, 2);
        world.forget();
        imported(&world, 0);
        assert_whole(&world);
    }
}
