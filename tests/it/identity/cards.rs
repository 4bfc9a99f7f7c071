//! Contact cards of one minute in an Android export and in a `msgstore.db`: names and numbers show which is which.
//! The export has them as files, the database as columns, so that sizes and checksums do not.

use std::path::Path;

use super::albums::{FIRST, album, later};
use super::conversation::{Body, Line, without};
use super::outcome::{corrected, first, import, only, settled, world};
use super::sources::{android, database};
use crate::kit::Side::They;

#[derive(Debug, Clone, Copy)]
enum Source {
    Export,
    Database,
    /// A database that has lost the cards and has their names as text.
    Names,
}

impl Source {
    fn put(self, folder: &Path, lines: &[Line]) {
        match self {
            Source::Export => android(lines).put(folder),
            Source::Database => database(folder, lines),
            Source::Names => {
                database(folder, lines);
                let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
                let path = folder.join("msgstore.db");
                let file = rusqlite::Connection::open_with_flags(path, flags).expect("opened");
                file.execute_batch(NAMES_ONLY).expect("changed");
            }
        }
    }
}

/// What stands after `FN:` becomes the text.
const NAMES_ONLY: &str = "UPDATE message SET text_data = (
    SELECT rtrim(substr(name, 1, instr(name || char(10), char(10)) - 1), char(13))
    FROM (SELECT substr(vcard, instr(vcard, 'FN:') + 3) AS name FROM message_vcard WHERE message_row_id = message._id)
) WHERE _id IN (SELECT message_row_id FROM message_vcard);
DELETE FROM message_vcard;";

const PAIRS: [(Source, Source); 2] = [
    (Source::Export, Source::Database),
    (Source::Database, Source::Export),
];

/// The older source is in Close; the other one is imported next, without a card that was deleted on this phone.
#[track_caller]
fn next((one, other): (Source, Source), older: &[Line], newer: &[Line], truth: &[Line], new: u64) {
    let world = world("");
    only(&world, |folder| one.put(folder, older));
    first(&world, older);
    only(&world, |folder| other.put(folder, newer));
    settled(&world, &import(&world), corrected(new), truth);
}

/// A name alone was taken for the whole card, which differs from the card with its number: posted twice.
#[test]
fn cards_of_a_database_with_names_alone_are_those_of_the_export() {
    let all = album(They, 3, Body::Card);
    for pair in [
        (Source::Export, Source::Names),
        (Source::Names, Source::Export),
        (Source::Database, Source::Names),
        (Source::Names, Source::Database),
    ] {
        let world = world("");
        only(&world, |folder| pair.0.put(folder, &all));
        first(&world, &all);
        only(&world, |folder| pair.1.put(folder, &all));
        let output = import(&world).exits(0);
        assert_eq!(output.number("created"), 0, "{pair:?} {}", output.stderr);
    }
}

#[test]
fn card_deleted_locally_and_a_new_one_in_its_minute_in_another_source() {
    let all = album(They, 4, Body::Card);
    let older = &all[..FIRST + 3];
    for pair in PAIRS {
        for gone in 0..3 {
            next(pair, older, &without(&all, FIRST + gone), &all, 3);
        }
    }
}

#[test]
fn card_deleted_locally_in_another_source() {
    let all = album(They, 4, Body::Card);
    for pair in PAIRS {
        for gone in 0..4 {
            let newer = later(&without(&all, FIRST + gone));
            next(pair, &all, &newer, &later(&all), 1);
        }
    }
}
