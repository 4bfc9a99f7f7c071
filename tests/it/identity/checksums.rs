//! Pictures of a source with checksums (a zip) and of one without (a database, a folder), one after
//! the other: each is in Close once.

use std::fs;
use std::path::Path;

use super::outcome::{import, only, world};
use crate::kit::World;
use crate::truth::conversation::{Event, MINUTE};
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive, msgstore};

/// 2024-03-13T09:15:20Z.
const BEGIN: i64 = 1_710_321_320_000;

/// Three pictures within a minute, and a text.
fn conversation() -> Conversation {
    Conversation::private()
        .picture(BEGIN, 1, 11)
        .picture(BEGIN + 2_000, 1, 12)
        .picture(BEGIN + 4_000, 1, 13)
        .text(BEGIN + MINUTE, 0, "Thanks for the pictures")
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Zip,
    /// A zip without the pictures.
    Bare,
    Unpacked,
    Database,
}

fn put(form: Form, folder: &Path) {
    put_at(form, &conversation(), BEGIN + 2 * MINUTE, folder);
}

/// What the source shows at this instant.
fn put_at(form: Form, of: &Conversation, at: i64, folder: &Path) {
    let program = match form {
        Form::Database => Program::Msgstore,
        Form::Zip | Form::Bare | Form::Unpacked => Program::Android,
    };
    let export = Export {
        media: form != Form::Bare,
        ..Export::new(program, at)
    };
    let name = archive::name(&export, of);
    match form {
        Form::Database => msgstore::put(&export, of, folder),
        Form::Zip | Form::Bare => {
            fs::write(folder.join(name), archive::zip(&export, of)).expect("written");
        }
        Form::Unpacked => {
            let stem = name.trim_end_matches(".zip");
            let directory = folder.join(stem);
            fs::create_dir(&directory).expect("made");
            let transcript = archive::transcript(&export, of);
            fs::write(directory.join(format!("{stem}.txt")), transcript).expect("written");
            for (name, bytes) in archive::files(&export, of) {
                fs::write(directory.join(name), bytes).expect("written");
            }
        }
    }
}

#[track_caller]
fn assert_four(world: &World, form: Form) {
    only(world, |folder| put(form, folder));
    let run = import(world).exits(0);
    assert_eq!(run.number("undecided"), 0, "{}", run.stderr);
    assert_eq!(world.server.state.message_count(), 4, "{}", run.stderr);
}

#[track_caller]
fn assert_once(first: Form, second: Form) {
    let world = world("");
    assert_four(&world, first);
    let writes = world.server.writes();
    assert_four(&world, second);
    assert_four(&world, first);
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn picture_of_zip_is_known_in_database() {
    assert_once(Form::Zip, Form::Database);
}

#[test]
fn picture_of_database_is_known_in_zip() {
    assert_once(Form::Database, Form::Zip);
}

#[test]
fn picture_of_zip_is_known_in_folder() {
    assert_once(Form::Zip, Form::Unpacked);
}

#[test]
fn picture_of_folder_is_known_in_zip() {
    assert_once(Form::Unpacked, Form::Zip);
}

/// The placeholders find the pictures in Close's list, which has sizes alone.
#[track_caller]
fn assert_known_after_placeholders(form: Form) {
    let world = world("");
    assert_four(&world, Form::Zip);
    world.forget();
    assert_four(&world, Form::Bare);
    let writes = world.server.writes();
    assert_four(&world, form);
    assert_eq!(world.server.writes(), writes);
}

#[test]
fn picture_found_for_placeholder_without_checkpoint_is_known_in_zip() {
    assert_known_after_placeholders(Form::Zip);
}

#[test]
fn picture_found_for_placeholder_without_checkpoint_is_known_in_folder() {
    assert_known_after_placeholders(Form::Unpacked);
}

#[test]
fn picture_found_for_placeholder_without_checkpoint_is_known_in_database() {
    assert_known_after_placeholders(Form::Database);
}

/// The owner deleted the second picture on the phone after the zip was made: the database has the other
/// two, and no checksum of them.
#[test]
fn picture_that_a_database_lacks_leaves_the_others_known() {
    let mut of = conversation();
    of.messages[1].history.push(Event::DeletedLocally {
        at: BEGIN + 2 * MINUTE,
        on: 0,
    });
    let world = world("");
    only(&world, |folder| {
        put_at(Form::Zip, &of, BEGIN + MINUTE, folder)
    });
    assert_eq!(import(&world).exits(0).number("created"), 4);
    let writes = world.server.writes();
    let both = world.exports().join("database");
    fs::create_dir(&both).expect("made");
    put_at(Form::Database, &of, BEGIN + 3 * MINUTE, &both);
    let run = import(&world).exits(0);
    assert_eq!(run.number("undecided"), 0, "{}", run.stderr);
    assert_eq!(world.server.writes(), writes, "{}", run.stderr);
}

/// A record keeps the time of the wrong zone: its message was deleted before the zone was corrected. The
/// database that follows knows the picture next to it by its size.
#[test]
fn picture_next_to_a_record_of_the_wrong_zone_is_known_in_database() {
    let mut of = conversation();
    of.messages[1].history.push(Event::DeletedForEveryone {
        at: BEGIN + 2 * MINUTE,
    });
    let world = world("");
    let set_zone = |from: &str, to: &str| {
        let text = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
        assert!(text.contains(from), "{text}");
        world.write("chatferry.toml", &text.replace(from, to));
    };
    set_zone("Europe/Berlin", "Europe/London");
    only(&world, |folder| {
        put_at(Form::Bare, &of, BEGIN + MINUTE, folder)
    });
    assert_eq!(import(&world).exits(0).number("created"), 4);
    set_zone("Europe/London", "Europe/Berlin");
    for form in [Form::Zip, Form::Database] {
        only(&world, |folder| {
            put_at(form, &of, BEGIN + 3 * MINUTE, folder)
        });
        let run = import(&world).exits(0);
        assert_eq!(run.number("created"), 0, "{}", run.stderr);
    }
}
