//! An edited text in an archive that looks older than one with the text as first sent: edited beats as
//! first sent, whichever archive was made or read last. Deletions are in [`super::deletions`].

use chrono::TimeDelta;

use super::conversation::{Line, and, edited, me, they, with};
use super::outcome::{NOTHING, first, import, only, settled, updated, world};
use super::sources::{Phone, android, database, export, iphone};
use crate::kit::World;
use crate::kit::chat::at;

/// The place of the message that is edited.
const IT: usize = 3;

pub(super) fn first_sent() -> Vec<Line> {
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

/// Why the newer of two exports looks older.
#[derive(Debug, Clone, Copy)]
pub(super) enum Looks {
    /// An iPhone wrote the older one; Android cuts the seconds of the last message.
    Cut,
    /// Equal but for their folders, `new` and `old`.
    Named,
    /// The last stamp of the newer one is a second earlier.
    Earlier,
}

pub(super) const ALL: [Looks; 3] = [Looks::Cut, Looks::Named, Looks::Earlier];

impl Looks {
    /// The export with the message as first sent.
    pub(super) fn put_older(self, world: &World) {
        let phone = match self {
            Looks::Cut | Looks::Earlier => Phone::Iphone,
            Looks::Named => Phone::Android,
        };
        export(phone, &first_sent()).put(&world.exports().join("old"));
    }

    /// The export with the edit or the deletion.
    pub(super) fn put_newer(self, world: &World, lines: &[Line]) {
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

fn edit_together(looks: Looks) {
    let world = world("");
    looks.put_older(&world);
    looks.put_newer(&world, &as_edited());
    first(&world, &as_edited());
}

#[test]
fn edit_in_an_android_export_with_an_older_iphone_export() {
    edit_together(Looks::Cut);
}

#[test]
fn edit_in_folder_new_with_folder_old() {
    edit_together(Looks::Named);
}

#[test]
fn edit_in_an_export_that_ends_a_second_earlier() {
    edit_together(Looks::Earlier);
}

#[test]
fn edited_export_added_to_the_imported_one() {
    for looks in ALL {
        let world = world("");
        looks.put_older(&world);
        first(&world, &first_sent());
        looks.put_newer(&world, &as_edited());
        settled(&world, &import(&world), updated(1), &as_edited());
    }
}

#[test]
fn unedited_export_added_to_the_imported_one() {
    for looks in ALL {
        let world = world("");
        looks.put_newer(&world, &as_edited());
        first(&world, &as_edited());
        looks.put_older(&world);
        settled(&world, &import(&world), NOTHING, &as_edited());
    }
}

/// The unedited text comes alone, after the edited one is in Close.
fn unedited_alone(phone: Phone, world: &World) {
    first(world, &as_edited());
    only(world, |folder| export(phone, &first_sent()).put(folder));
    settled(world, &import(world), NOTHING, &as_edited());
}

#[test]
fn unedited_export_alone_after_a_database() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| database(folder, &as_edited()));
        unedited_alone(phone, &world);
    }
}

#[test]
fn unedited_export_alone_after_an_android_export() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| android(&as_edited()).put(folder));
        unedited_alone(phone, &world);
    }
}

#[test]
fn unedited_export_alone_after_an_iphone_export() {
    for phone in [Phone::Android, Phone::Iphone] {
        let world = world("");
        only(&world, |folder| iphone(&as_edited()).put(folder));
        unedited_alone(phone, &world);
    }
}

/// Both are edits: the one of the export that was made later counts, by its last message.
#[test]
fn last_messages_decide_between_two_edits() {
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

/// Both end with the same message: the dates of their entries decide which was made later.
#[test]
fn entry_dates_decide_between_two_edits() {
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

/// Both end with the same message and were made on one day: the times of their entries decide.
#[test]
fn entry_times_of_one_day_decide_between_two_edits() {
    let early = as_edited();
    let early = android(&early).zipped(at("2024-03-16 08:30"));
    let late = with(&first_sent(), IT, edited("at nine, five people"));
    let made = android(&late).zipped(at("2024-03-16 09:10"));
    for (early_folder, late_folder) in [("a", "z"), ("z", "a")] {
        let world = world("");
        let folder = world.exports();
        early.put(&folder.join(early_folder));
        made.put(&folder.join(late_folder));
        first(&world, &late);
    }
    let world = world("");
    only(&world, |folder| made.put(folder));
    first(&world, &late);
    only(&world, |folder| early.put(folder));
    settled(&world, &import(&world), NOTHING, &late);
}
