//! Exports of an iPhone and of an Android phone in turn: of two neighbours, Close has one to the second and the other
//! to the minute, which is no evidence of their order.

use super::conversation::{Body, Line, edited, line, me, they, with, without};
use super::outcome::{
    NOTHING, clear, created, deleted, first, import, import_allowing, only, settled, updated, world,
};
use super::sources::{android, iphone};
use crate::kit::Side::Me;
use crate::kit::World;
use crate::kit::setting::some_of;

/// The place of the last message of the first export. Two are before it in its minute, and one follows.
const IT: usize = 4;

fn all() -> Vec<Line> {
    vec![
        they("2024-03-13 10:02:14", "do you have a table for four?"),
        me("2024-03-13 10:05:40", "when would that be?"),
        they("2024-03-13 10:11:01", "soon"),
        they("2024-03-13 10:11:04", "or a little later"),
        they("2024-03-13 10:11:18", "tomorrow evening"),
        line("2024-03-13 10:11:51", Me, Body::Place(4)),
        me("2024-03-13 10:12:36", "at seven?"),
        they("2024-03-13 10:24:51", "that is near"),
    ]
}

/// The first messages from an iPhone, the others from Android.
fn imported(import_keys: &str) -> World {
    let world = world(import_keys);
    let all = all();
    only(&world, |folder| iphone(&all[..=IT]).put(folder));
    first(&world, &all[..=IT]);
    only(&world, |folder| android(&all).put(folder));
    settled(&world, &import(&world), created(3), &all);
    world
}

#[test]
fn deletion_next_to_a_message_of_the_other_phone_is_carried_out() {
    for is_iphone in [false, true] {
        let world = imported("deleted_since = \"delete\"");
        let noticed = with(&all(), IT, Body::Deleted);
        only(&world, |folder| match is_iphone {
            true => iphone(&noticed).put(folder),
            false => android(&noticed).put(folder),
        });
        let truth = without(&all(), IT);
        settled(&world, &import_allowing(&world, 1), deleted(1), &truth);
    }
}

/// The older export is still there.
#[test]
fn deletion_is_carried_out_with_the_older_export_in_the_folder() {
    let world = imported("deleted_since = \"delete\"");
    clear(&world);
    iphone(&all()[..=IT]).put(&world.exports().join("older"));
    let noticed = with(&all(), IT, Body::Deleted);
    android(&noticed).put(&world.exports().join("newer"));
    let truth = without(&all(), IT);
    settled(&world, &import_allowing(&world, 1), deleted(1), &truth);
}

#[test]
fn edit_next_to_a_message_of_the_other_phone_is_found() {
    for is_iphone in [false, true] {
        let world = imported("");
        let truth = with(&all(), IT, edited("on Friday evening"));
        only(&world, |folder| match is_iphone {
            true => iphone(&truth).put(folder),
            false => android(&truth).put(folder),
        });
        settled(&world, &import(&world), updated(1), &truth);
    }
}

/// A later export is cut within the minute: what it lacks of that minute is before all that it has.
#[test]
fn messages_of_a_cut_export_are_found_next_to_those_of_the_other_phone() {
    for is_iphone in [false, true] {
        for cut in some_of(2, 1..=all().len() - 1) {
            let world = imported("");
            let all = all();
            only(&world, |folder| match is_iphone {
                true => iphone(&all[cut..]).put(folder),
                false => android(&all[cut..]).put(folder),
            });
            settled(&world, &import(&world), NOTHING, &all);
        }
    }
}
