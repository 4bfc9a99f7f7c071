//! Edited and deleted messages in an archive that looks older than one with the text as first sent.
//! Deleted beats edited beats as first sent, whichever archive was made or read last.

use chrono::TimeDelta;

use super::outcome::{
    NOTHING, clear, created, deleted, first, import, import_allowing, only, set, settled, updated,
    world,
};
use super::sources::{
    Body, Line, Phone, and, android, database, edited, export, iphone, me, they, with, without,
};
use crate::kit::World;
use crate::kit::chat::at;

/// The place of the message that is edited or deleted.
const IT: usize = 3;

fn first_sent() -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:05:40", "when would that be?"),
        they("2024-03-13 10:11:32", "tomorrow evening"),
        they("2024-03-13 10:20:09", "at seven"),
        me("2024-03-13 10:24:51", "I write it down"),
        they("2024-03-13 10:30:40", "thank you"),
    ]
}

fn as_edited() -> Vec<Line> {
    with(&first_sent(), IT, edited("at eight"))
}

fn as_deleted() -> Vec<Line> {
    with(&first_sent(), IT, Body::Deleted)
}

fn without_it() -> Vec<Line> {
    without(&first_sent(), IT)
}

/// Why the newer of two exports looks older.
#[derive(Debug, Clone, Copy)]
enum Looks {
    /// An iPhone wrote the older one; Android cuts the seconds of the last message.
    Cut,
    /// Equal but for their folders, `new` and `old`.
    Named,
    /// The last stamp of the newer one is a second earlier.
    Earlier,
}

const ALL: [Looks; 3] = [Looks::Cut, Looks::Named, Looks::Earlier];

impl Looks {
    /// The export with the message as first sent.
    fn put_older(self, world: &World) {
        let phone = match self {
            Looks::Cut | Looks::Earlier => Phone::Iphone,
            Looks::Named => Phone::Android,
        };
        export(phone, &first_sent()).put(&world.exports().join("old"));
    }

    /// The export with the edit or the deletion.
    fn put_newer(self, world: &World, lines: &[Line]) {
        let mut lines = lines.to_vec();
        let phone = match self {
            Looks::Cut | Looks::Named => Phone::Android,
            Looks::Earlier => Phone::Iphone,
        };
        if let Looks::Earlier = self {
            lines.last_mut().expect("a line").at -= TimeDelta::seconds(1);
        }
        export(phone, &lines).put(&world.exports().join("new"));
    }
}

fn edit_side_by_side(looks: Looks) {
    let world = world("");
    looks.put_older(&world);
    looks.put_newer(&world, &as_edited());
    first(&world, &as_edited());
}

#[test]
fn an_edit_in_an_android_export_beside_an_iphone_export_of_before() {
    edit_side_by_side(Looks::Cut);
}

#[test]
fn an_edit_in_the_folder_new_beside_the_folder_old() {
    edit_side_by_side(Looks::Named);
}

#[test]
fn an_edit_in_an_export_that_ends_a_second_earlier() {
    edit_side_by_side(Looks::Earlier);
}

#[test]
fn an_edit_that_comes_beside_what_was_imported() {
    for looks in ALL {
        let world = world("");
        looks.put_older(&world);
        first(&world, &first_sent());
        looks.put_newer(&world, &as_edited());
        settled(&world, &import(&world), updated(1), &as_edited());
    }
}

#[test]
fn an_export_of_before_that_comes_beside_an_edit() {
    for looks in ALL {
        let world = world("");
        looks.put_newer(&world, &as_edited());
        first(&world, &as_edited());
        looks.put_older(&world);
        settled(&world, &import(&world), NOTHING, &as_edited());
    }
}

/// The unedited text comes alone, after the edited one is in Close.
fn older_alone(phone: Phone, world: &World) {
    first(world, &as_edited());
    only(world, |folder| export(phone, &first_sent()).put(folder));
    settled(world, &import(world), NOTHING, &as_edited());
}

#[test]
fn an_export_of_before_an_edit_comes_alone_after_a_database() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| database(folder, &as_edited()));
        older_alone(phone, &world);
    }
}

#[test]
fn an_export_of_before_an_edit_comes_alone_after_an_android_export() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| android(&as_edited()).put(folder));
        older_alone(phone, &world);
    }
}

#[test]
fn an_export_of_before_an_edit_comes_alone_after_an_iphone_export() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| iphone(&as_edited()).put(folder));
        older_alone(phone, &world);
    }
}

/// Both are edits: the one of the export that was made later counts, by its last message.
#[test]
fn the_later_of_two_edits_stays() {
    let early = as_edited();
    let late = with(&first_sent(), IT, edited("at nine, five people"));
    let late = and(&late, me("2024-03-15 09:14:27", "everything is ready"));
    let world = world("");
    android(&early).put(&world.exports().join("z"));
    android(&late).put(&world.exports().join("a"));
    first(&world, &late);
    only(&world, |folder| android(&early).put(folder));
    settled(&world, &import(&world), NOTHING, &late);
}

/// Both end with the same message: the dates of their entries tell which was made later.
#[test]
fn the_later_of_two_edits_is_told_by_the_dates_of_the_entries() {
    let late = with(&first_sent(), IT, edited("at nine, five people"));
    for (early_folder, late_folder) in [("a", "z"), ("z", "a")] {
        let world = world("");
        let folder = world.exports();
        let early = as_edited();
        let early = android(&early).zipped(at("2024-03-13 21:00"));
        early.put(&folder.join(early_folder));
        let made = android(&late).zipped(at("2024-03-16 08:30"));
        made.put(&folder.join(late_folder));
        first(&world, &late);
    }
}

fn deletion_side_by_side(looks: Looks) {
    let world = world("");
    looks.put_older(&world);
    looks.put_newer(&world, &as_deleted());
    first(&world, &without_it());
}

#[test]
fn a_deletion_in_an_android_export_beside_an_iphone_export_of_before() {
    deletion_side_by_side(Looks::Cut);
}

#[test]
fn a_deletion_in_the_folder_new_beside_the_folder_old() {
    deletion_side_by_side(Looks::Named);
}

#[test]
fn a_deletion_in_an_export_that_ends_a_second_earlier() {
    deletion_side_by_side(Looks::Earlier);
}

/// `deleted_since = "delete"` is carried out though the archive with the deletion looks older.
#[test]
fn a_deletion_that_comes_beside_what_was_imported_is_carried_out() {
    for looks in ALL {
        let world = world("deleted_since = \"delete\"");
        looks.put_older(&world);
        first(&world, &first_sent());
        looks.put_newer(&world, &as_deleted());
        let run = import_allowing(&world, 1);
        settled(&world, &run, deleted(1), &without_it());
    }
}

/// A deletion is known; an export of before, alone, still has the text.
fn text_after_deletion(policy: &str, truth: &[Line], put: impl Fn(&World)) {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world(policy);
        put(&world);
        first(&world, truth);
        only(&world, |folder| export(phone, &first_sent()).put(folder));
        settled(&world, &import(&world), NOTHING, truth);
    }
}

const AS_TEXT: &str = "deleted_before_import = \"text\"";

#[test]
fn a_deleted_message_does_not_return_through_an_export_of_before() {
    text_after_deletion("", &without_it(), |world| {
        android(&as_deleted()).put(&world.exports());
    });
}

#[test]
fn a_deletion_that_is_shown_is_not_joined_by_its_message() {
    text_after_deletion(AS_TEXT, &as_deleted(), |world| {
        android(&as_deleted()).put(&world.exports());
    });
}

#[test]
fn a_message_deleted_in_a_database_does_not_return_through_an_export_of_before() {
    text_after_deletion("", &without_it(), |world| {
        database(&world.exports(), &as_deleted());
    });
}

#[test]
fn a_deletion_of_a_database_that_is_shown_is_not_joined_by_its_message() {
    text_after_deletion(AS_TEXT, &as_deleted(), |world| {
        database(&world.exports(), &as_deleted());
    });
}

/// The notice was the last line known; the export of before goes on after it no further.
#[test]
fn a_deleted_last_message_does_not_return_through_an_export_of_before() {
    for (policy, is_shown) in [("", false), (AS_TEXT, true)] {
        let all = first_sent();
        let last = all.len() - 1;
        let notice = with(&all, last, Body::Deleted);
        let truth = match is_shown {
            true => notice.clone(),
            false => without(&all, last),
        };
        let world = world(policy);
        only(&world, |folder| android(&notice).put(folder));
        first(&world, &truth);
        only(&world, |folder| android(&all).put(folder));
        settled(&world, &import(&world), NOTHING, &truth);
    }
}

/// Both exports are there from the first import on; then deletions are to be shown.
#[test]
fn deletions_are_to_be_shown_while_both_exports_are_there() {
    for looks in ALL {
        let world = world("");
        clear(&world);
        looks.put_older(&world);
        looks.put_newer(&world, &as_deleted());
        first(&world, &without_it());
        set(&world, AS_TEXT);
        settled(&world, &import(&world), created(1), &as_deleted());
    }
}

/// It was imported before it was deleted and is kept: its deletion is no message beside it.
#[test]
fn deletions_are_to_be_shown_and_the_message_was_kept() {
    for looks in ALL {
        let world = world("");
        looks.put_older(&world);
        first(&world, &first_sent());
        looks.put_newer(&world, &as_deleted());
        settled(&world, &import(&world), NOTHING, &first_sent());
        set(&world, AS_TEXT);
        settled(&world, &import(&world), NOTHING, &first_sent());
    }
}

/// It was imported, and deleted in Close as its sender did: no notice comes in its place.
#[test]
fn deletions_are_to_be_shown_and_the_message_was_deleted_in_close() {
    for looks in ALL {
        let world = world("deleted_since = \"delete\"");
        looks.put_older(&world);
        first(&world, &first_sent());
        looks.put_newer(&world, &as_deleted());
        let run = import_allowing(&world, 1);
        settled(&world, &run, deleted(1), &without_it());
        set(&world, AS_TEXT);
        settled(&world, &import(&world), NOTHING, &without_it());
    }
}
