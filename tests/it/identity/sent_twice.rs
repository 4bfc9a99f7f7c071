//! One file that is sent twice across the cut of two exports is two messages: the older export ends
//! with the first sending, the newer one has both, or begins with the second.

use super::conversation::Body::Photo;
use super::conversation::{Line, line, me, they};
use super::outcome::{created, first, import, only, settled, settled_exactly, world};
use super::sources::{Phone, export, iphone};
use crate::kit::Side::They;

const PHONES: [Phone; 2] = [Phone::Android, Phone::Iphone];

/// The times of the second sending, the first being at 10:30:10.
const SECOND: [&str; 5] = [
    "2024-03-13 10:30:14",
    "2024-03-13 10:30:50",
    "2024-03-13 10:31:05",
    "2024-03-13 10:31:30",
    "2024-03-13 10:45:00",
];

fn talk(second: &str) -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:05:40", "when would that be?"),
        they("2024-03-13 10:11:32", "tomorrow evening"),
        line("2024-03-13 10:30:10", They, Photo(1)),
        line(second, They, Photo(1)),
        me("2024-03-13 10:50:12", "thank you"),
    ]
}

#[track_caller]
fn across(from: usize, is_beside: bool) {
    for phone in PHONES {
        for second in SECOND {
            let all = talk(second);
            // Both stamps are those of one minute: one message, as far as the exports show.
            let is_one = phone == Phone::Android && second < "2024-03-13 10:31" && from > 3;
            if is_one {
                continue;
            }
            let world = world("");
            only(&world, |folder| {
                export(phone, &all[..4]).put(&folder.join("older"));
            });
            first(&world, &all[..4]);
            only(&world, |folder| {
                if is_beside {
                    export(phone, &all[..4]).put(&folder.join("older"));
                }
                export(phone, &all[from..]).put(&folder.join("newer"));
            });
            settled(&world, &import(&world), created(2), &all);
        }
    }
}

#[test]
fn newer_export_alone_has_both_sendings() {
    across(0, false);
}

#[test]
fn newer_export_next_to_the_older_one_has_both_sendings() {
    across(0, true);
}

#[test]
fn newer_export_alone_begins_with_the_first_sending() {
    across(3, false);
}

#[test]
fn newer_export_alone_begins_with_the_second_sending() {
    across(4, false);
}

#[test]
fn newer_export_next_to_the_older_one_begins_with_the_second_sending() {
    across(4, true);
}

#[test]
fn first_import_of_two_exports_of_which_the_newer_begins_with_the_second_sending() {
    for phone in PHONES {
        for second in &SECOND[2..] {
            let all = talk(second);
            let world = world("");
            only(&world, |folder| {
                export(phone, &all[..4]).put(&folder.join("older"));
                export(phone, &all[4..]).put(&folder.join("newer"));
            });
            first(&world, &all);
        }
    }
}

/// The older export is cut within equal texts of one minute: the text that it lacks is the first one.
#[test]
fn first_of_equal_texts_is_created_at_its_own_time() {
    let mut talk: Vec<Line> = ["03", "06", "10", "15"]
        .iter()
        .map(|second| me(&format!("2024-03-13 10:17:{second}"), "ok"))
        .collect();
    talk.push(they("2024-03-13 11:02:14", "see you then"));
    let world = world("");
    only(&world, |folder| iphone(&talk[1..]).put(folder));
    first(&world, &talk[1..]);
    only(&world, |folder| iphone(&talk).put(folder));
    settled_exactly(&world, &import(&world), created(1), &talk);
}
