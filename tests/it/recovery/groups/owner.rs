//! The owner under another name in an export that comes alone, after the group is in Close.

use std::fs;

use super::{ANNAS, BOTH, COLLEAGUE, RITA, TEAM, THEO, anchor, group_rows, on_his_phone};
use super::{owners, put, world};
use crate::kit::World;
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model;
use crate::recovery::history::{Said, android, assert_clear, assert_holds, assert_idle, said};

const NEW_NAME: &str = "Anna E.";

/// What was written after the first import.
const LATER: [Said; 4] = [
    said(100_005, THEO, "The roof is tight"),
    said(100_064, OWNER, "Then I write the invoice"),
    said(100_119, RITA, "Thank you both"),
    said(100_185, OWNER, "See you in spring"),
];

fn all() -> Vec<Said> {
    [TEAM.as_slice(), LATER.as_slice()].concat()
}

/// The colleague's phone is not read, so that he is a member like the others.
fn imported(table: &str) -> World {
    let world = world("anchor", ANNAS, table);
    put(&world, "anna", "Team", &android(&TEAM, &[]));
    assert_eq!(world.import().exits(0).number("created"), 12);
    world
}

fn annas(more: &str) -> String {
    let owner = owners();
    let owner: Vec<&str> = owner.lines().take(2).collect();
    format!(
        "{}\n{more}{}",
        owner.join("\n"),
        anchor("", "Team", 1, "team")
    )
}

/// Every message of the owner is outgoing and none is there twice.
#[track_caller]
fn settles(world: &World, when: &str) {
    let run = world.import().exits(0);
    assert_clear(&run, when);
    assert_eq!(run.number("created"), 4, "{when}: {}", run.stderr);
    let found = model::found(&world.server.state);
    assert_eq!(found.len(), all().len(), "{when}");
    for one in all().iter().filter(|one| one.by == OWNER) {
        let row = found.iter().find(|row| row.text == one.text);
        let direction = row.map(|row| row.direction.as_str());
        assert_eq!(direction, Some("outgoing"), "{when}: {}", one.text);
    }
    assert_idle(&world.import().exits(0), when);
}

#[test]
fn newer_export_alone_with_a_new_name_of_the_owner() {
    let world = imported(&annas(""));
    let text = on_his_phone(&all(), &[(OWNER, NEW_NAME)]);
    put(&world, "anna", "Team", &text);
    settles(&world, "new name");
    put(&world, "anna", "Team", &android(&all(), &[]));
    assert_idle(&world.import().exits(0), "the former name again");
}

#[test]
fn newer_export_alone_with_a_new_name_of_the_owner_that_a_row_has() {
    let row = format!("anna,*,{NEW_NAME},me,{OWNER_PHONE},,,{OWNER_USER},\n");
    let world = imported(&annas(""));
    world.write("contacts.csv", &annas(&row));
    let text = on_his_phone(&all(), &[(OWNER, NEW_NAME)]);
    put(&world, "anna", "Team", &text);
    settles(&world, "new name with a row");
}

#[test]
fn new_name_of_the_owner_after_a_lost_checkpoint() {
    let world = imported(&annas(""));
    world.forget();
    let text = on_his_phone(&all(), &[(OWNER, NEW_NAME)]);
    put(&world, "anna", "Team", &text);
    settles(&world, "new name, lost checkpoint");
}

/// The colleague's phone calls the owner otherwise, and hers is not at hand any more: which owner it is
/// is for the tables.
#[test]
fn another_name_of_the_owner_on_the_only_phone_at_hand() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, "team"));
    let world = world("anchor", BOTH, &table);
    put(&world, "anna", "Team", &android(&TEAM, &[]));
    assert_eq!(world.import().exits(0).number("created"), 12);
    fs::remove_file(world.path().join("anna/WhatsApp Chat with Team.zip")).expect("removed");
    let names = [(OWNER, "Anna (office)"), (RITA, "Rita (roofer)")];
    put(&world, "ben", "Team", &on_his_phone(&TEAM, &names));
    for _ in 0..2 {
        let run = world.import().exits(0);
        assert_eq!((run.number("held"), run.number("created")), (12, 0));
        assert!(
            run.stderr.contains("under a name that is not configured"),
            "{}",
            run.stderr
        );
        assert_holds(&world, &group_rows(&TEAM, 1), "held");
    }
}

/// A member under a new name stays a member.
#[test]
fn new_name_of_a_member_without_a_text_of_the_owner() {
    let world = imported(&annas(""));
    let talk: Vec<Said> = (TEAM.into_iter())
        .filter(|one| ![OWNER, COLLEAGUE].contains(&one.by))
        .collect();
    let text = on_his_phone(&talk, &[(RITA, "Rita (roofer)")]);
    put(&world, "anna", "Team", &text);
    assert_idle(&world.import().exits(0), "a member's new name");
}
