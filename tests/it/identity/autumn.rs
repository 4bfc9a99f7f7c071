//! The hour that comes twice (Berlin, 2024-10-27: 02:00 to 03:00 in summer time and again in winter
//! time). A database has instants; a text export has the hands of the clock, and never moves an instant.

use super::conversation::{Body, Line, instant};
use super::outcome::{
    NOTHING, clear, corrected, created, first, import, only, settled, settled_exactly, updated,
    world,
};
use super::sources::{Phone, android, database, export};
use crate::kit::Side::{Me, They};

/// A night: one message before the hour, ten in its second coming, two after it.
fn second_hour() -> Vec<Line> {
    vec![
        instant("2024-10-26T23:48:11Z", They, "are you still awake?"),
        instant("2024-10-27T01:04:07Z", Me, "yes, the server is down"),
        instant("2024-10-27T01:09:31Z", They, "since when?"),
        instant("2024-10-27T01:13:02Z", Me, "since the clock went back"),
        instant("2024-10-27T01:17:45Z", They, "of course"),
        instant("2024-10-27T01:22:20Z", Me, "I restart the first one"),
        instant("2024-10-27T01:28:54Z", They, "it answers"),
        instant("2024-10-27T01:35:16Z", Me, "and now the second"),
        instant("2024-10-27T01:41:39Z", They, "slow, but it answers"),
        instant("2024-10-27T01:47:03Z", Me, "the queue is empty again"),
        instant("2024-10-27T01:55:28Z", They, "well done"),
        instant("2024-10-27T02:12:50Z", Me, "good night"),
        instant("2024-10-27T02:14:09Z", They, "good morning rather"),
    ]
}

/// A night with both comings of the hour, and equal hands of the clock in both.
fn both_hours() -> Vec<Line> {
    vec![
        instant("2024-10-26T23:50:05Z", They, "shall we wait for the hour?"),
        instant("2024-10-27T00:10:12Z", Me, "it is summer still"),
        instant("2024-10-27T00:31:40Z", They, "ok"),
        instant("2024-10-27T00:52:33Z", Me, "in eight minutes"),
        instant("2024-10-27T01:02:18Z", They, "now it is winter"),
        instant("2024-10-27T01:10:26Z", Me, "nothing broke"),
        instant("2024-10-27T01:31:44Z", They, "ok"),
        instant("2024-10-27T02:05:59Z", Me, "go to bed"),
    ]
}

/// What was written days later.
fn after(lines: &[Line]) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.push(instant(
        "2024-10-29T08:15:00Z",
        They,
        "how long did it take?",
    ));
    lines
}

/// The database first; the text export, cut to begin within the hour, alone later.
fn database_then_text(phone: Phone, night: &[Line], cut: usize) {
    let world = world("");
    only(&world, |folder| database(folder, night));
    let run = import(&world);
    settled_exactly(&world, &run, created(night.len() as u64), night);
    let newer = after(night);
    only(&world, |folder| export(phone, &newer[cut..]).put(folder));
    settled_exactly(&world, &import(&world), created(1), &newer);
}

#[test]
fn database_then_text_from_the_second_hour() {
    database_then_text(Phone::Android, &second_hour(), 1);
}

#[test]
fn database_then_iphone_text_from_the_second_hour() {
    database_then_text(Phone::Iphone, &second_hour(), 1);
}

#[test]
fn database_then_text_with_the_evening() {
    database_then_text(Phone::Android, &second_hour(), 0);
}

#[test]
fn database_then_text_with_both_hours() {
    for phone in [Phone::Android, Phone::Iphone] {
        database_then_text(phone, &both_hours(), 0);
    }
}

#[test]
fn database_then_text_from_between_both_hours() {
    database_then_text(Phone::Android, &both_hours(), 4);
}

/// Both lie in one folder from the start: the instants are those of the database.
fn together(phone: Phone, night: &[Line], cut: usize) {
    let world = world("");
    clear(&world);
    let newer = after(night);
    database(&world.exports().join("store"), night);
    export(phone, &newer[cut..]).put(&world.exports().join("text"));
    let run = import(&world);
    settled_exactly(&world, &run, created(newer.len() as u64), &newer);
}

#[test]
fn database_together_with_text_from_the_second_hour() {
    together(Phone::Android, &second_hour(), 1);
}

#[test]
fn database_together_with_iphone_text_from_the_second_hour() {
    together(Phone::Iphone, &second_hour(), 1);
}

#[test]
fn database_together_with_text_with_both_hours() {
    together(Phone::Android, &both_hours(), 0);
}

#[test]
fn database_together_with_text_from_between_both_hours() {
    together(Phone::Android, &both_hours(), 4);
}

/// The text export was read first, an hour too early; the database corrects it, and the text export
/// alone does not turn it back.
#[test]
fn database_corrects_a_text_read_an_hour_early() {
    let night = second_hour();
    let world = world("");
    only(&world, |folder| android(&night[1..]).put(folder));
    assert_eq!(import(&world).exits(0).number("created"), 12);
    only(&world, |folder| database(folder, &night));
    settled(&world, &import(&world), corrected(1), &night);
    only(&world, |folder| android(&night[1..]).put(folder));
    settled(&world, &import(&world), NOTHING, &night);
}

/// No database at all: the order of the lines separates both hours, in every run alike.
#[test]
fn text_with_both_hours_then_a_newer_one() {
    for phone in [Phone::Android, Phone::Iphone] {
        let night = both_hours();
        let world = world("");
        only(&world, |folder| export(phone, &night).put(folder));
        first(&world, &night);
        let newer = after(&night);
        only(&world, |folder| export(phone, &newer).put(folder));
        settled(&world, &import(&world), created(1), &newer);
    }
}

/// Both hours, with four pictures of one minute in the second one, exported without files.
fn album_in_the_second_hour() -> Vec<Line> {
    let mut night = both_hours();
    let album = ["20", "23", "26", "28"].map(|second| Line {
        body: Body::Omitted,
        ..instant(&format!("2024-10-27T01:16:{second}Z"), Me, "")
    });
    night.splice(6..6, album);
    night
}

/// The cut export shows only the second hour and is read as the first one; the whole export shows
/// both, and corrects the times of what has no content to be found by.
#[test]
fn placeholders_read_an_hour_early_are_found_by_the_whole_export() {
    for phone in [Phone::Android, Phone::Iphone] {
        let night = album_in_the_second_hour();
        let world = world("");
        only(&world, |folder| export(phone, &night[6..10]).put(folder));
        assert_eq!(import(&world).exits(0).number("created"), 4);
        only(&world, |folder| export(phone, &night).put(folder));
        settled(&world, &import(&world), corrected(8), &night);
    }
}

/// The first messages of the second hour are in Close, and the placeholders are not corrected yet.
#[test]
fn interrupted_correction_of_the_hour_is_finished() {
    for phone in [Phone::Android, Phone::Iphone] {
        let night = album_in_the_second_hour();
        let world = world("");
        only(&world, |folder| export(phone, &night[6..10]).put(folder));
        import(&world).exits(0);
        only(&world, |folder| export(phone, &night).put(folder));
        let limited = world.run(&["import", "--yes", "--json", "--limit", "6"]);
        assert!(limited.number("created") > 0);
        import(&world).exits(0);
        settled(&world, &import(&world), NOTHING, &night);
    }
}

/// An export that shows only the second hour does not move what the whole one has settled.
#[test]
fn cut_export_does_not_move_the_settled_hour() {
    for phone in [Phone::Android, Phone::Iphone] {
        let night = album_in_the_second_hour();
        let world = world("");
        only(&world, |folder| export(phone, &night).put(folder));
        first(&world, &night);
        only(&world, |folder| export(phone, &night[6..]).put(folder));
        settled(&world, &import(&world), NOTHING, &night);
    }
}

/// An export of the second hour alone has one more message: what is recorded before it shows the hour.
#[test]
fn new_message_follows_records_of_the_second_hour() {
    for phone in [Phone::Android, Phone::Iphone] {
        let mut night = both_hours();
        let before = night.pop();
        let world = world("");
        only(&world, |folder| export(phone, &night).put(folder));
        first(&world, &night);
        night.push(Line {
            body: Body::Place(1),
            ..instant("2024-10-27T01:41:34Z", They, "")
        });
        only(&world, |folder| export(phone, &night[4..]).put(folder));
        settled(&world, &import(&world), created(1), &night);
        night.extend(before);
        only(&world, |folder| export(phone, &night[4..]).put(folder));
        settled(&world, &import(&world), created(1), &night);
    }
}

/// The whole export settles the hour and has placeholders; one that was cut within the hour has the files.
/// Together they are one album in the second hour, whether Close has it already or not.
#[test]
fn files_of_a_cut_export_stay_in_the_settled_hour() {
    for phone in [Phone::Android, Phone::Iphone] {
        for is_imported in [true, false] {
            let night = album_in_the_second_hour();
            let mut with_files = night.clone();
            for (number, line) in (1..).zip(&mut with_files[6..10]) {
                line.body = Body::Photo(number);
            }
            let world = world("");
            only(&world, |folder| export(phone, &night).put(folder));
            if is_imported {
                first(&world, &night);
            }
            export(phone, &with_files[6..]).put(&world.exports().join("newer"));
            let expected = match is_imported {
                true => updated(4),
                false => created(night.len() as u64),
            };
            settled(&world, &import(&world), expected, &with_files);
        }
    }
}
