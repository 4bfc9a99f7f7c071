//! A checkpoint of an older format, which does not record the canonical body: texts are compared as
//! they stand in Close, and exports of one message differ in blanks, marks and line ends.

use rusqlite::{Connection, OpenFlags};

use super::conversation::{Line, and, me, they};
use super::outcome::{corrected, created, first, import, only, settled, updated, world};
use super::sources::android;
use crate::kit::World;

fn recorded() -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "do you have  a table"),
        me("2024-03-13 10:05:40", "when would that be?"),
        they("2024-03-13 10:11:32", "tomorrow\u{a0}evening"),
        they("2024-03-13 10:20:09", "at seven"),
    ]
}

/// The same in other blanks, without the last message, which was deleted on the phone.
fn exported() -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "do you have a table"),
        me("2024-03-13 10:05:40", "when would that be?"),
        they("2024-03-13 10:11:32", "tomorrow evening"),
    ]
}

/// The checkpoint knows what one of format 6 does.
fn forget(world: &World) {
    let path = world.path().join("chatferry.db");
    let opened = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
    let checkpoint = opened.expect("opened");
    checkpoint
        .execute_batch(
            "UPDATE message SET content_hash = NULL, class = NULL, edited = NULL, deleted = NULL, \
             exact = NULL, seconds = NULL, source = NULL; DELETE FROM message_file;",
        )
        .expect("forgotten");
}

#[test]
fn text_with_other_blanks_after_an_update_of_the_program() {
    let world = world("");
    only(&world, |folder| android(&recorded()).put(folder));
    first(&world, &recorded());
    forget(&world);
    let last = they("2024-03-13 10:31:00", "or at nine");
    let exported = and(&exported(), last.clone());
    only(&world, |folder| android(&exported).put(folder));
    let run = import(&world);
    settled(&world, &run, created(1), &and(&recorded(), last));
}

fn number_corrected(world: &World) {
    let path = world.path().join("contacts.csv");
    let table = std::fs::read_to_string(path).expect("a table");
    let phone = crate::kit::scenes::ben().phone;
    world.write("contacts.csv", &table.replace(&phone, "+353861230099"));
}

/// The run after the update corrects the number of every message; the next export has other blanks.
#[test]
fn text_with_other_blanks_after_an_update_and_a_corrected_number() {
    let world = world("");
    only(&world, |folder| android(&recorded()).put(folder));
    first(&world, &recorded());
    forget(&world);
    number_corrected(&world);
    settled(&world, &import(&world), updated(4), &recorded());
    let last = they("2024-03-13 10:31:00", "or at nine");
    let exported = and(&exported(), last.clone());
    only(&world, |folder| android(&exported).put(folder));
    let run = import(&world);
    settled(&world, &run, created(1), &and(&recorded(), last));
}

/// The number was corrected and the next export is there when the new version runs first.
#[test]
fn text_with_other_blanks_and_a_corrected_number_at_the_update() {
    let world = world("");
    only(&world, |folder| android(&recorded()).put(folder));
    first(&world, &recorded());
    forget(&world);
    number_corrected(&world);
    let last = they("2024-03-13 10:31:00", "or at nine");
    let exported = and(&exported(), last.clone());
    only(&world, |folder| android(&exported).put(folder));
    let run = import(&world);
    settled(&world, &run, corrected(1), &and(&recorded(), last));
}
