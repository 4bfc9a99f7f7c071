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
