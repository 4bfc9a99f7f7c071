//! An edited text in a source that marks no edits: an iPhone's `ChatStorage.sqlite` has the last wording
//! of each message alone. What phones mark is in [`super::edits`].

use super::conversation::{Line, and, edited, me, they, with};
use super::edits::first_sent;
use super::outcome::{NOTHING, created, first, import, only, settled, updated, world};
use super::sources::{Phone, chat_storage, export};

const PHONES: [Phone; 2] = [Phone::Android, Phone::Iphone];

fn as_edited() -> Vec<Line> {
    with(&first_sent(), 3, edited("make it nine, please"))
}

/// The older export alone brings nothing back, nor does the database again.
fn nothing_returns(phone: Phone) {
    let world = world("");
    only(&world, |folder| export(phone, &first_sent()).put(folder));
    first(&world, &first_sent());
    only(&world, |folder| chat_storage(folder, &as_edited()));
    settled(&world, &import(&world), updated(1), &as_edited());
    only(&world, |folder| export(phone, &first_sent()).put(folder));
    settled(&world, &import(&world), NOTHING, &as_edited());
    only(&world, |folder| chat_storage(folder, &as_edited()));
    settled(&world, &import(&world), NOTHING, &as_edited());
}

#[test]
fn edit_in_an_iphone_database_after_an_android_export() {
    nothing_returns(Phone::Android);
}

#[test]
fn edit_in_an_iphone_database_after_an_iphone_export() {
    nothing_returns(Phone::Iphone);
}

#[test]
fn export_as_first_sent_after_an_iphone_database() {
    for phone in PHONES {
        let world = world("");
        only(&world, |folder| chat_storage(folder, &as_edited()));
        first(&world, &as_edited());
        for _ in 0..2 {
            only(&world, |folder| export(phone, &first_sent()).put(folder));
            settled(&world, &import(&world), NOTHING, &as_edited());
        }
        // What the export shows of the others is learned; the edit is not forgotten.
        only(&world, |folder| chat_storage(folder, &as_edited()));
        settled(&world, &import(&world), NOTHING, &as_edited());
    }
}

#[test]
fn edit_in_an_iphone_database_together_with_an_export() {
    for phone in PHONES {
        for newer in [false, true] {
            let world = world("");
            let last = me("2024-03-15 09:14:27", "everything is ready");
            let (database, text) = match newer {
                true => (and(&as_edited(), last.clone()), first_sent()),
                false => (as_edited(), and(&first_sent(), last.clone())),
            };
            only(&world, |folder| {
                chat_storage(&folder.join("store"), &database);
                export(phone, &text).put(&folder.join("text"));
            });
            let truth = and(&as_edited(), last);
            let run = import(&world);
            settled(&world, &run, created(truth.len() as u64), &truth);
        }
    }
}

/// Two databases without marks: the one that was made later has the last wording.
#[test]
fn edit_between_two_iphone_databases() {
    let world = world("");
    only(&world, |folder| chat_storage(folder, &first_sent()));
    first(&world, &first_sent());
    let newer = and(
        &as_edited(),
        me("2024-03-15 09:14:27", "everything is ready"),
    );
    only(&world, |folder| chat_storage(folder, &newer));
    let one_of_each = super::outcome::Expected {
        updated: Some(1),
        ..created(1)
    };
    settled(&world, &import(&world), one_of_each, &newer);
    only(&world, |folder| chat_storage(folder, &first_sent()));
    settled(&world, &import(&world), NOTHING, &newer);
}

/// A text was deleted on the phone alone, and its author wrote another one in that minute: where both sources
/// have seconds, these show that it is no edit.
#[test]
fn another_text_of_the_minute_is_no_edit() {
    let early = &first_sent()[..4];
    for seconds in [11, 40] {
        let another = they(&format!("2024-03-13 10:20:{seconds}"), "for five people");
        let rest = &first_sent()[4..];
        let all = [early, std::slice::from_ref(&another), rest].concat();
        let without_it = [&early[..3], &[another], rest].concat();
        for is_iphone in [true, false] {
            let world = world("");
            only(&world, |folder| match is_iphone {
                true => export(Phone::Iphone, early).put(folder),
                false => chat_storage(folder, early),
            });
            first(&world, early);
            only(&world, |folder| match is_iphone {
                true => chat_storage(folder, &without_it),
                false => export(Phone::Iphone, &without_it).put(folder),
            });
            settled(&world, &import(&world), created(3), &all);
        }
    }
}
