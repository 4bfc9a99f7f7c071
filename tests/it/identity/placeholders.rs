//! An album that was imported from an export without media: each file comes to the activity that stood
//! in its place.

use std::fs;

use super::albums::{FIRST, album, photo};
use super::conversation::{Body, line, they, without};
use super::outcome::{
    clear, created, first, import, only, settled, settled_exactly, updated, world,
};
use super::sources::{Phone, android, export, photo_bytes};
use crate::kit::Side::{Me, They};
use crate::kit::World;
use crate::truth::conversation::{Event, MINUTE};
use crate::truth::sources::Program;
use crate::truth::{Conversation, Export, archive, msgstore};

/// First without media, then the files from an export that is cut within the album, then all.
fn placeholders_first(phone: Phone, size: u8, cut: usize) {
    let album = album(They, size, photo);
    let bare = Body::Omitted;
    let world = world("");
    let placeholders = self::album(They, size, |_| bare.clone());
    only(&world, |folder| export(phone, &placeholders).put(folder));
    first(&world, &placeholders);
    let before = activities(&world);
    let part = &album[FIRST + cut..];
    only(&world, |folder| export(phone, part).put(folder));
    let mut truth = album.clone();
    truth[FIRST..FIRST + cut].clone_from_slice(&placeholders[FIRST..FIRST + cut]);
    let run = import(&world);
    settled(&world, &run, updated(u64::from(size) - cut as u64), &truth);
    assert_in_order(&world, &before, cut..usize::from(size));
    only(&world, |folder| export(phone, &album).put(folder));
    settled(&world, &import(&world), updated(cut as u64), &album);
    assert_in_order(&world, &before, 0..usize::from(size));
}

/// The activities by time.
fn activities(world: &World) -> Vec<String> {
    let mut messages = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    messages.into_iter().map(|message| message.id).collect()
}

/// These pictures are each on the activity that stood in their place.
#[track_caller]
fn assert_in_order(world: &World, before: &[String], album: std::ops::Range<usize>) {
    let messages = world.server.state.messages();
    for number in album {
        let id = &before[FIRST + number];
        let message = messages.iter().find(|message| message.id == *id);
        let files = &message.expect("kept").attachments;
        let found: Vec<&str> = files.iter().map(|file| file.blake3.as_str()).collect();
        let own = blake3::hash(&photo_bytes(number as u8)).to_hex();
        assert_eq!(
            found,
            [own.as_str()],
            "the file in place of picture {number}"
        );
    }
}

#[test]
fn files_from_a_cut_export() {
    placeholders_first(Phone::Android, 4, 2);
}

#[test]
fn files_from_a_cut_export_on_iphone() {
    placeholders_first(Phone::Iphone, 4, 2);
}

#[test]
fn files_from_an_export_cut_in_an_album_of_nine() {
    placeholders_first(Phone::Android, 9, 7);
}

#[test]
fn files_from_a_whole_export() {
    placeholders_first(Phone::Android, 4, 0);
}

/// Placeholders of a phone without seconds, files of one with seconds: the activity keeps the minute, so
/// that a deletion within that minute is of its message.
#[test]
fn picture_from_another_phone_is_deleted() {
    let album = album(They, 5, photo);
    let placeholders = self::album(They, 5, |_| Body::Omitted);
    for deleted in FIRST..FIRST + 5 {
        let world = world("deleted_since = \"delete\"");
        only(&world, |folder| {
            export(Phone::Android, &placeholders).put(folder);
        });
        first(&world, &placeholders);
        only(&world, |folder| export(Phone::Iphone, &album).put(folder));
        settled(&world, &import(&world), updated(5), &album);
        let mut newer = album.clone();
        newer[deleted].body = Body::Deleted;
        let mut truth = album.clone();
        truth.remove(deleted);
        only(&world, |folder| export(Phone::Iphone, &newer).put(folder));
        settled(&world, &import(&world), super::outcome::deleted(1), &truth);
    }
}

/// An older export without files and a newer one with files, which lacks the second of three: of the
/// placeholders in Close two are these files, and no source shows which. None is posted again.
#[test]
fn files_that_may_be_placeholders_in_close_are_not_posted_again() {
    let album = |body: &dyn Fn(u8) -> Body| {
        vec![
            they("2024-05-20 18:16:15", "show me the roof"),
            line("2024-05-20 18:17:06", Me, body(0)),
            line("2024-05-20 18:17:11", Me, body(1)),
            line("2024-05-20 18:17:14", Me, body(2)),
            they("2024-05-20 18:18:27", "that is a lot of work"),
        ]
    };
    let files = without(&album(&photo), 2);
    let placeholders = album(&|_| Body::Omitted);
    let world = world("");
    only(&world, |folder| android(&placeholders).put(folder));
    first(&world, &placeholders);
    clear(&world);
    android(&placeholders).put(&world.exports().join("1"));
    android(&files).put(&world.exports().join("2"));
    for _ in 0..2 {
        let run = import(&world).exits(0);
        assert_eq!(run.number("created"), 0, "{}", run.stderr);
        assert_eq!(activities(&world).len(), placeholders.len());
    }
}

/// A picture that follows a deleted one arrives without its file at first: with its file it is posted,
/// whatever was recorded of the notice.
#[test]
fn file_near_a_notice_is_posted_after_its_placeholder_was_left_out() {
    let album = |first: Body, second: Body, third: Body| {
        vec![
            line("2024-05-20 18:17:01", Me, first),
            line("2024-05-20 18:17:04", Me, second),
            line("2024-05-20 18:17:08", Me, third),
        ]
    };
    let world = world("");
    let before = album(photo(0), photo(1), photo(2));
    only(&world, |folder| android(&before[..2]).put(folder));
    first(&world, &before[..2]);
    let placeholders = album(Body::Omitted, Body::Deleted, Body::Omitted);
    only(&world, |folder| android(&placeholders).put(folder));
    import(&world).exits(0);
    let newer = album(photo(0), Body::Deleted, photo(2));
    only(&world, |folder| android(&newer).put(folder));
    settled(&world, &import(&world), created(1), &before);
}

/// The `timezone` of the configuration.
fn set_zone(world: &World, from: &str, to: &str) {
    let text = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    assert!(text.contains(from), "{text}");
    world.write("chatferry.toml", &text.replace(from, to));
}

/// What has no content to be aligned by: the zone is corrected, and the file arrives with it.
#[test]
fn placeholder_of_a_corrected_zone_is_found_again() {
    let world = world("");
    let picture = |body: Body| vec![line("2024-03-15 01:22:25", They, body)];
    set_zone(&world, "Europe/Berlin", "Europe/London");
    only(&world, |folder| {
        export(Phone::Iphone, &picture(Body::Omitted)).put(folder);
    });
    assert_eq!(import(&world).exits(0).number("created"), 1);
    set_zone(&world, "Europe/London", "Europe/Berlin");
    only(&world, |folder| {
        export(Phone::Iphone, &picture(photo(0))).put(folder);
    });
    settled(&world, &import(&world), updated(1), &picture(photo(0)));
}

/// The owner deleted the first of two pictures before the zone was corrected, so that its placeholder
/// keeps the wrong time. The second one has its file when a placeholder of it comes again.
#[test]
fn placeholder_is_the_picture_of_its_time_and_not_a_placeholder_of_the_wrong_zone() {
    let world = world("");
    let talk = |first: Body, second: Body| {
        vec![
            line("2024-03-15 06:15:20", Me, first),
            line("2024-03-15 06:15:25", Me, second),
            they("2024-03-16 15:15:28", "yes"),
        ]
    };
    set_zone(&world, "Europe/Berlin", "Europe/London");
    let placeholders = talk(Body::Omitted, Body::Omitted);
    only(&world, |folder| {
        export(Phone::Iphone, &placeholders).put(folder);
    });
    assert_eq!(import(&world).exits(0).number("created"), 3);
    set_zone(&world, "Europe/London", "Europe/Berlin");
    let files = talk(photo(0), photo(1));
    for (newer, count) in [(&files, 2), (&placeholders, 0)] {
        only(&world, |folder| {
            export(Phone::Iphone, &newer[1..]).put(folder);
        });
        let run = import(&world).exits(0);
        assert_eq!(run.number("updated"), count, "{}", run.stderr);
        assert_eq!(run.number("created"), 0, "{}", run.stderr);
    }
}

/// The sender deleted the first of four pictures before the zone was corrected, so that its placeholder
/// keeps the wrong time, and the others have their files. Placeholders without seconds that come again
/// have nothing but their time.
#[test]
fn placeholders_are_the_pictures_whose_times_were_corrected() {
    let world = world("");
    let album = |first: Body, body: &dyn Fn(u8) -> Body| {
        let others = (1..4).map(|number| {
            let stamp = format!("2024-03-13 10:17:{:02}", 7 * number);
            line(&stamp, They, body(number))
        });
        let mut album = vec![line("2024-03-13 10:17:02", They, first)];
        album.extend(others);
        album
    };
    set_zone(&world, "Europe/Berlin", "Europe/London");
    let placeholders = album(Body::Omitted, &|_| Body::Omitted);
    only(&world, |folder| android(&placeholders).put(folder));
    assert_eq!(import(&world).exits(0).number("created"), 4);
    set_zone(&world, "Europe/London", "Europe/Berlin");
    let files = album(Body::Deleted, &photo);
    only(&world, |folder| {
        export(Phone::Iphone, &files).put(folder);
    });
    assert_eq!(import(&world).exits(0).number("updated"), 3);
    let bare = album(Body::Deleted, &|_| Body::Omitted);
    only(&world, |folder| android(&bare).put(folder));
    let run = import(&world).exits(0);
    assert_eq!(run.number("created"), 0, "{}", run.stderr);
    assert_eq!(run.number("undecided"), 0, "{}", run.stderr);
    assert_eq!(activities(&world).len(), 4);
}

/// The checkpoint of before the zone was corrected is put back: it has the placeholders at the wrong
/// times, and Close lists the texts that were imported later at the right ones.
#[test]
fn placeholders_of_an_older_checkpoint_stay_in_order() {
    let world = world("");
    let album = album(They, 4, photo);
    let bare = self::album(They, 4, |_| Body::Omitted);
    set_zone(&world, "Europe/Berlin", "Europe/London");
    only(&world, |folder| {
        android(&bare[FIRST..FIRST + 4]).put(folder)
    });
    assert_eq!(import(&world).exits(0).number("created"), 4);
    let older = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    set_zone(&world, "Europe/London", "Europe/Berlin");
    only(&world, |folder| android(&album).put(folder));
    import(&world).exits(0);
    let before = activities(&world);
    world.forget();
    fs::write(world.path().join("chatferry.db"), older).expect("written");
    import(&world).exits(0);
    assert_eq!(activities(&world), before);
    assert_in_order(&world, &before, 0..4);
}

/// The pictures of one export are in Close. Next to it comes an export without files that begins with
/// them and lacks one, since its owner deleted that one: no source shows which of the placeholders is
/// which picture. No picture is posted again.
#[test]
fn placeholders_of_which_one_is_missing_leave_the_pictures_known() {
    let world = world("");
    let album = album(They, 5, photo);
    let album = &album[..FIRST + 5];
    export(Phone::Iphone, album).put(&world.exports().join("iphone"));
    first(&world, album);
    let bare = without(&self::album(They, 5, |_| Body::Omitted), FIRST + 3);
    android(&bare[FIRST..FIRST + 4]).put(&world.exports().join("android"));
    for _ in 0..2 {
        let run = import(&world).exits(0);
        assert_eq!(run.number("created"), 0, "{}", run.stderr);
        assert_eq!(activities(&world).len(), album.len());
    }
}

/// The two pictures of one export are in Close. Next to it comes an export without files, which lacks one
/// of them: its placeholder takes the derived id of the other picture.
#[test]
fn placeholder_next_to_two_pictures_posts_none_again() {
    let talk = |bodies: &[Body]| {
        let mut lines = vec![they("2024-05-20 18:16:15", "show me the roof")];
        let stamps = ["2024-05-20 18:17:06", "2024-05-20 18:17:08"];
        let album = stamps.into_iter().zip(bodies);
        lines.extend(album.map(|(stamp, body)| line(stamp, Me, body.clone())));
        lines.push(they("2024-05-20 18:21:27", "that is a lot of work"));
        lines
    };
    for phone in [Phone::Android, Phone::Iphone] {
        let all = talk(&[photo(0), photo(1)]);
        let world = world("");
        export(phone, &all).put(&world.exports().join("1"));
        first(&world, &all);
        let bare = talk(&[Body::Omitted]);
        export(phone, &bare).put(&world.exports().join("2"));
        for _ in 0..2 {
            let run = import(&world).exits(0);
            let numbers = ["created", "updated", "deleted"].map(|name| run.number(name));
            assert_eq!(numbers, [0; 3], "{phone:?}: {}", run.stderr);
            assert_eq!(activities(&world).len(), all.len(), "{phone:?}");
        }
    }
}

/// A zip has the first of two pictures, whose second one its owner deleted; a database from before has
/// both, and no file. Each came alone and is in Close: together they post nothing.
#[test]
fn picture_and_the_placeholders_of_a_database_are_not_posted_again() {
    // 2024-03-13T09:15:20Z.
    let begin = 1_710_321_320_000;
    let mut of = Conversation::private()
        .text(begin, 0, "Here are the pictures")
        .picture(begin + MINUTE, 0, 11)
        .picture(begin + MINUTE + 5_000, 0, 12)
        .text(begin + 3 * MINUTE, 1, "Only one of them came");
    of.messages[2].history.push(Event::DeletedLocally {
        at: begin + 2 * MINUTE,
        on: 0,
    });
    let world = world("");
    let zip = |at: i64| {
        let export = Export::new(Program::Android, at);
        let path = world.exports().join(archive::name(&export, &of));
        fs::write(path, archive::zip(&export, &of)).expect("written");
    };
    zip(begin + 2 * MINUTE);
    assert_eq!(import(&world).exits(0).number("created"), 2);
    clear(&world);
    let database = world.exports().join("database");
    fs::create_dir(&database).expect("made");
    let bare = Export {
        media: false,
        ..Export::new(Program::Msgstore, begin + MINUTE + 10_000)
    };
    msgstore::put(&bare, &of, &database);
    assert_eq!(import(&world).exits(0).number("created"), 1);
    zip(begin + 4 * MINUTE);
    assert_eq!(import(&world).exits(0).number("created"), 1);
    assert_eq!(import(&world).exits(0).number("created"), 0);
    assert_eq!(activities(&world).len(), 4);
}

/// The first export was cut behind a placeholder: the one at its beginning has the derived id that the one
/// before has in the whole export.
#[test]
fn placeholder_before_the_beginning_of_a_cut_export() {
    for second in [22, 23] {
        let placeholder = |second: u32| {
            let when = format!("2024-03-13 10:16:{second}");
            line(&when, They, Body::Omitted)
        };
        let whole = [
            placeholder(second),
            placeholder(24),
            they("2024-03-13 10:17:08", "two of them"),
        ];
        let world = world("");
        only(&world, |folder| {
            export(Phone::Iphone, &whole[1..]).put(folder)
        });
        settled_exactly(&world, &import(&world), created(2), &whole[1..]);
        only(&world, |folder| export(Phone::Iphone, &whole).put(folder));
        settled_exactly(&world, &import(&world), created(1), &whole);
    }
}
