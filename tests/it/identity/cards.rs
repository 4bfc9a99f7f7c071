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
}

impl Source {
    fn put(self, folder: &Path, lines: &[Line]) {
        match self {
            Source::Export => android(lines).put(folder),
            Source::Database => database(folder, lines),
        }
    }
}

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
