//! The number of an owner is in every chat of the phone and is refused.

use super::imported;
use crate::kit::World;
use crate::kit::chat::OWNER_PHONE;
use crate::routing::{ANNA, BEN, Phone, migration, transcript};

const ROW: &str = ",Rita Sol,Rita Sol,contact,+12025550148,lead_one,cont_one,,,\n";

/// The command ends with status 2, and Close and the checkpoint stay as they are.
#[track_caller]
fn assert_refused(world: &World, number: &str, place: &str) {
    let (before, writes) = (super::all(world), world.server.writes());
    assert!(!before.is_empty());
    for last in ["--yes", "--dry-run"] {
        let run = world
            .run(&["forget", "--phone", number, "--json", last])
            .exits(2);
        run.says(&format!("this is the number of an owner ({place})"));
    }
    assert_eq!(world.server.writes(), writes);
    assert_eq!(super::all(world), before);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 0, "{}", run.stderr);
}

/// A migration of two phones, imported.
fn two_phones(more: &'static str, rows: &str) -> World {
    let ben = Phone { more, ..BEN };
    let text = |owner| {
        transcript(
            "13/03/2023",
            &[("Rita Sol", "hello"), (owner, "good morning")],
        )
    };
    let (one, two) = (text(ANNA.owner), text(BEN.owner));
    let exports = [
        ("anna", "Rita Sol", one.as_str()),
        ("ben", "Rita Sol", &two),
    ];
    let world = migration(&[ANNA, ben], "", &exports, &format!("{ROW}{rows}"));
    assert_eq!(world.import().exits(0).number("created"), 4);
    world
}

#[test]
fn number_of_a_row_with_role_me_is_refused() {
    let place = "the row with role me in line 2 of contacts.csv";
    assert_refused(&imported(), OWNER_PHONE, place);
}

#[test]
fn number_of_a_row_for_one_chat_is_refused() {
    let world = two_phones(
        "",
        "anna,Rita Sol,Anna Keller,me,+4915111111119,,,user_anna,,\n",
    );
    let place = "the row with role me in line 3 of contacts.csv";
    assert_refused(&world, "+4915111111119", place);
}

#[test]
fn number_of_a_device_is_refused() {
    let place = "`local_phone` of the device ben";
    assert_refused(&two_phones("", ""), BEN.number, place);
}

#[test]
fn former_number_of_a_device_is_refused() {
    let world = two_phones("former_phones = [\"+4915111111118\"]\n", "");
    let place = "`former_phones` of the device ben";
    assert_refused(&world, "+4915111111118", place);
}
