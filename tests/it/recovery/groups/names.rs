//! Participants, the owners included, with other names on the other phone.

use super::{BOTH, RITA, TEAM, THEO, anchor, group_rows, on_his_phone, owners, put, world};
use crate::kit::World;
use crate::kit::chat::OWNER;
use crate::kit::model::{self, Row};
use crate::kit::world::IMPORT;
use crate::recovery::history::{android, assert_clear, assert_idle, assert_recovers};

fn two_phones(names: &[(&'static str, &'static str)], is_one_alone: bool) -> World {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, "team"));
    let world = world("anchor", BOTH, &table);
    put(&world, "anna", "Team", &android(&TEAM, &[]));
    if is_one_alone {
        assert_eq!(world.import().exits(0).number("created"), 12);
    }
    put(&world, "ben", "Team", &on_his_phone(&TEAM, names));
    world
}

#[test]
fn owner_with_another_name_on_the_other_phone_is_one_person() {
    let world = two_phones(&[(OWNER, "Anna (office)")], false);
    let expected = group_rows(&TEAM, 1);
    assert_recovers(&world, IMPORT, &expected, "another name, at once");
}

#[test]
fn owner_with_another_name_on_a_later_phone_is_one_person() {
    let world = two_phones(&[(OWNER, "Anna (office)")], true);
    let expected = group_rows(&TEAM, 1);
    assert_recovers(&world, IMPORT, &expected, "another name, later");
}

/// The other phone comes first: there she is a member like the others.
#[test]
fn owner_who_was_a_member_on_an_earlier_phone_is_one_person() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, "team"));
    let world = world("anchor", BOTH, &table);
    let names = [(OWNER, "Anna (office)")];
    put(&world, "ben", "Team", &on_his_phone(&TEAM, &names));
    assert_eq!(world.import().exits(0).number("created"), 12);
    put(&world, "anna", "Team", &android(&TEAM, &[]));
    let expected = group_rows(&TEAM, 1);
    assert_recovers(&world, IMPORT, &expected, "the other phone first");
}

/// Direction and text without the sender's name, which two phones may give differently.
fn without_names(rows: Vec<Row>) -> Vec<(String, String)> {
    let pair = |row: Row| {
        let text = row.text.lines().last().unwrap_or_default().to_owned();
        (row.direction, text)
    };
    let mut pairs: Vec<_> = rows.into_iter().map(pair).collect();
    pairs.sort();
    pairs
}

/// Which of two names a member gets is for the tables; that each message is there once is not.
#[track_caller]
fn doubles_nothing(world: &World, when: &str) {
    let run = world.import().exits(0);
    let found = model::found(&world.server.state);
    assert_eq!(found.len(), TEAM.len(), "{when}: {}", run.stderr);
    assert_eq!(
        without_names(found),
        without_names(group_rows(&TEAM, 1)),
        "{when}"
    );
    assert_clear(&run, when);
    assert_idle(&world.import().exits(0), when);
}

/// Both owners know each other, and a colleague of theirs, by other names.
#[test]
fn all_participants_with_other_names_are_identified() {
    let names = [
        (OWNER, "Boss"),
        (RITA, "Rita (roofer)"),
        (THEO, "Uncle Theo"),
    ];
    doubles_nothing(&two_phones(&names, false), "other names, at once");
    doubles_nothing(&two_phones(&names, true), "other names, later");
}

#[test]
fn swapped_names_on_two_phones_duplicate_nothing() {
    let names = [(RITA, THEO), (THEO, RITA)];
    doubles_nothing(&two_phones(&names, false), "swapped names, at once");
}

#[test]
fn swapped_names_on_a_later_phone_duplicate_nothing() {
    let names = [(RITA, THEO), (THEO, RITA)];
    doubles_nothing(&two_phones(&names, true), "swapped names, later");
}
