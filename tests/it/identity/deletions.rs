//! A deletion in an archive that looks older, and an older archive that comes later: a message known to
//! be deleted does not return, and its notice and its text are one message.

use std::fs;

use chatferry::sandbox::StoredMessage;

use super::conversation::{Body, Line, line, with, without};
use super::edits::{ALL, Looks, first_sent};
use super::outcome::{
    NOTHING, clear, created, deleted, first, import, import_allowing, only, set, settled, world,
};
use super::sources::{Phone, android, database, export, iphone};
use crate::kit::Side::{Me, They};
use crate::kit::World;
use crate::truth::conversation::{Event, MINUTE};
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive, msgstore};

/// The place of the message that is deleted.
const IT: usize = 3;

fn as_deleted() -> Vec<Line> {
    with(&first_sent(), IT, Body::Deleted)
}

fn without_it() -> Vec<Line> {
    without(&first_sent(), IT)
}

fn deletion_together(looks: Looks) {
    let world = world("");
    looks.put_older(&world);
    looks.put_newer(&world, &as_deleted());
    first(&world, &without_it());
}

#[test]
fn deletion_in_an_android_export_with_an_older_iphone_export() {
    deletion_together(Looks::Cut);
}

#[test]
fn deletion_in_folder_new_with_folder_old() {
    deletion_together(Looks::Named);
}

#[test]
fn deletion_in_an_export_that_ends_a_second_earlier() {
    deletion_together(Looks::Earlier);
}

/// `deleted_since = "delete"` is carried out though the archive with the deletion looks older.
#[test]
fn deletion_added_to_the_imported_export_is_carried_out() {
    for looks in ALL {
        let world = world("deleted_since = \"delete\"");
        looks.put_older(&world);
        first(&world, &first_sent());
        looks.put_newer(&world, &as_deleted());
        let run = import_allowing(&world, 1);
        settled(&world, &run, deleted(1), &without_it());
    }
}

/// A deletion is known; an older export, alone, still has the text.
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
fn deleted_message_does_not_return_through_an_older_export() {
    text_after_deletion("", &without_it(), |world| {
        android(&as_deleted()).put(&world.exports());
    });
}

#[test]
fn deletion_shown_as_text_gets_no_second_copy() {
    text_after_deletion(AS_TEXT, &as_deleted(), |world| {
        android(&as_deleted()).put(&world.exports());
    });
}

#[test]
fn message_deleted_in_a_database_does_not_return_through_an_older_export() {
    text_after_deletion("", &without_it(), |world| {
        database(&world.exports(), &as_deleted());
    });
}

#[test]
fn deletion_of_a_database_shown_as_text_gets_no_second_copy() {
    text_after_deletion(AS_TEXT, &as_deleted(), |world| {
        database(&world.exports(), &as_deleted());
    });
}

/// The deleted message is the last one of both exports.
#[test]
fn deleted_last_message_does_not_return_through_an_older_export() {
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
fn policy_text_with_both_exports_present() {
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

/// It was imported before it was deleted and is kept: its notice is no second message.
#[test]
fn policy_text_after_the_message_was_kept() {
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
fn policy_text_after_the_message_was_deleted_in_close() {
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

/// A conversation whose messages at places 2 and 3 are a second apart, each with its stamp of the
/// first export and that of the second one.
fn apart(sides: [crate::kit::Side; 2], seconds: [u32; 2]) -> Vec<Line> {
    let at = |second: u32| format!("2024-03-13 10:20:{second:02}");
    let text = |text: &str| Body::Text(text.to_owned());
    vec![
        line(
            "2024-03-13 10:02:14",
            They,
            text("do you have a table for four?"),
        ),
        line("2024-03-13 10:05:40", Me, text("when would that be?")),
        line(&at(seconds[0]), sides[0], text("tomorrow evening")),
        line(&at(seconds[1]), sides[1], text("at seven")),
        line("2024-03-13 10:40:00", Me, text("I write it down")),
    ]
}

/// An iPhone exports again: stamps are off by a second in both directions, so that the deleted
/// message and its neighbour have exchanged theirs.
#[track_caller]
fn deletion_with_exchanged_stamps(is_beside: bool) {
    for deleted_place in [2, 3] {
        for sides in [[They, They], [They, Me], [Me, Me]] {
            let world = world("deleted_since = \"delete\"");
            let older = apart(sides, [5, 6]);
            only(&world, |folder| iphone(&older).put(&folder.join("older")));
            first(&world, &older);
            let newer = with(&apart(sides, [6, 5]), deleted_place, Body::Deleted);
            only(&world, |folder| {
                if is_beside {
                    iphone(&older).put(&folder.join("older"));
                }
                iphone(&newer).put(&folder.join("newer"));
            });
            let run = import_allowing(&world, 1);
            settled(&world, &run, deleted(1), &without(&older, deleted_place));
        }
    }
}

#[test]
fn deletion_with_timestamp_exchanged_with_its_neighbour_is_carried_out() {
    deletion_with_exchanged_stamps(false);
}

#[test]
fn deletion_with_exchanged_timestamps_next_to_the_older_export_is_carried_out() {
    deletion_with_exchanged_stamps(true);
}

/// Four pictures of one minute are in Close as placeholders. The sender deleted the third one: the
/// database has the instant of its notice, and the newer export next to it only the minute.
#[test]
fn notice_has_the_instant_of_the_database_next_to_the_export() {
    // 2024-03-13T09:15:20Z.
    let begin = 1_710_321_320_000;
    let mut of = Conversation::private()
        .picture(begin, 1, 11)
        .picture(begin + 2_000, 1, 12)
        .picture(begin + 4_000, 1, 13)
        .picture(begin + 6_000, 1, 14)
        .text(begin + MINUTE, 0, "Thanks for the pictures")
        .text(begin + 4 * MINUTE, 0, "One of them is missing");
    of.messages[2].history.push(Event::DeletedForEveryone {
        at: begin + 2 * MINUTE,
    });
    let world = world("deleted_since = \"delete\"");
    let put = |at: i64| {
        let export = Export {
            media: false,
            ..Export::new(Program::Android, at)
        };
        let path = world.exports().join(archive::name(&export, &of));
        fs::write(path, archive::zip(&export, &of)).expect("written");
    };
    put(begin + MINUTE);
    assert_eq!(import(&world).exits(0).number("created"), 5);
    let mut kept = world.server.state.messages();
    kept.sort_by_key(|message| message.activity_at);
    kept.remove(2);
    clear(&world);
    put(begin + 5 * MINUTE);
    let database = world.exports().join("database");
    fs::create_dir(&database).expect("made");
    let taken = Export::new(Program::Msgstore, begin + 3 * MINUTE);
    msgstore::put(&taken, &of, &database);
    let run = import(&world).exits(0);
    assert_eq!(run.number("deleted"), 1, "{}", run.stderr);
    let mut left = world.server.state.messages();
    left.sort_by_key(|message| message.activity_at);
    let ids = |of: &[StoredMessage]| -> Vec<String> {
        of.iter().map(|message| message.id.clone()).collect()
    };
    assert_eq!(ids(&left[..4]), ids(&kept));
}
