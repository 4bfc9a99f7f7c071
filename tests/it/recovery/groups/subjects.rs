//! Archives of one subject: two groups that cover the same time and share nothing, or one group
//! whose exports follow each other.

use std::fs;

use serde_json::Value;

use super::{
    ANNAS, BOTH, COLLEAGUE, COLLEAGUES_PHONE, OTHER, TEAM, anchor, group_rows, on_his_phone,
    owners, put, world,
};
use crate::kit::World;
use crate::kit::chat::OWNER;
use crate::kit::world::IMPORT;
use crate::recovery::history::{Said, android, assert_clear, assert_idle, assert_recovers, said};

/// The members of a group that only Anna's phone exports.
fn annas_part(talk: &[Said]) -> Vec<Said> {
    let is_hers = |one: &&Said| one.by != COLLEAGUE;
    talk.iter().filter(is_hers).copied().collect()
}

/// Both cover the same minutes and share nothing. Each phone has one of them.
#[test]
fn two_groups_of_one_subject_on_two_phones_are_two() {
    let anchors = anchor("anna", "Team", 1, "") + &anchor("ben", "Team", 2, "");
    let world = world("anchor", BOTH, &format!("{}{anchors}", owners()));
    put(&world, "anna", "Team", &android(&OTHER, &[]));
    let his = [(OWNER, "Ida Lund")];
    put(&world, "ben", "Team", &on_his_phone(&TEAM, &his));
    let with_ida: Vec<Said> = (TEAM.iter())
        .map(|one| match one.by {
            OWNER => said(one.at, "Ida Lund", one.text),
            _ => *one,
        })
        .collect();
    let mut expected = group_rows(&OTHER, 1);
    expected.extend(group_rows(&with_ida, 2).into_iter().map(|mut row| {
        "user_ben".clone_into(&mut row.user);
        COLLEAGUES_PHONE.clone_into(&mut row.local);
        row
    }));
    assert_recovers(&world, IMPORT, &expected, "one subject, two phones");
}

/// One row is the anchor's on both phones; the groups are two all the same.
#[test]
fn two_groups_of_one_subject_and_anchor_on_two_phones_are_two() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, ""));
    let world = world("anchor", BOTH, &table);
    put(&world, "anna", "Team", &android(&OTHER, &[]));
    put(
        &world,
        "ben",
        "Team",
        &on_his_phone(&TEAM, &[(OWNER, "Ida Lund")]),
    );
    let run = world.import().exits(0);
    let count = world.server.state.message_count();
    assert_eq!(count, TEAM.len() + OTHER.len(), "{}", run.stderr);
    assert_clear(&run, "one subject and anchor");
    assert!(run.stderr.contains("ben: [chat 1]"), "{}", run.stderr);
    assert_idle(&world.import().exits(0), "one subject and anchor, again");
}

/// At most `count` messages of each.
fn two_of_one_subject(table: &str, count: usize) -> World {
    let world = world("anchor", ANNAS, &format!("{}{table}", owners()));
    put(
        &world,
        "anna",
        "Team",
        &android(&first(&annas_part(&TEAM), count), &[]),
    );
    let path = world.path().join("anna");
    let name = "WhatsApp Chat with Team";
    fs::rename(
        path.join(format!("{name}.zip")),
        path.join(format!("{name} (1).zip")),
    )
    .expect("renamed");
    put(&world, "anna", "Team", &android(&first(&OTHER, count), &[]));
    world
}

fn first(talk: &[Said], count: usize) -> Vec<Said> {
    talk.iter().take(count).copied().collect()
}

/// How many archives each chat of the folder is made of.
fn archives_of_chats(world: &World) -> Vec<u64> {
    let output = world.run(&["inspect", "anna", "--json"]).exits(0);
    let line = output.stdout.lines().last().expect("a line");
    let json: Value = serde_json::from_str(line).expect("JSON");
    let archives = json["archives"].as_array().expect("archives").iter();
    let count = |archive: &Value| archive["archives_of_chat"].as_u64().expect("a number");
    archives.map(count).collect()
}

/// One row does not say which of the two it is for: both wait, and are named one by one.
#[test]
fn two_groups_of_one_subject_on_one_phone_are_held_without_rows() {
    for count in [8, 4] {
        let world = two_of_one_subject(&anchor("", "Team", 1, ""), count);
        assert_eq!(
            archives_of_chats(&world),
            [1, 1],
            "{count} messages of each"
        );
        let run = world.import().exits(0);
        assert_eq!(run.number("created"), 0, "{}", run.stderr);
        assert_eq!(run.number("held"), 2 * count as u64, "{}", run.stderr);
        world.run(&["plan"]).exits(0).says("Team #2");
    }
}

#[test]
fn two_groups_of_one_subject_on_one_phone_go_to_their_leads() {
    for count in [8, 4] {
        let table = anchor("", "Team", 1, "first") + &anchor("", "Team #2", 2, "second");
        let world = two_of_one_subject(&table, count);
        let mut expected = group_rows(&first(&annas_part(&TEAM), count), 1);
        expected.extend(group_rows(&first(&OTHER, count), 2));
        let when = format!("one subject, one phone, {count} messages of each");
        assert_recovers(&world, IMPORT, &expected, &when);
    }
}

/// They share nothing, and the second begins where the first has ended.
#[test]
fn successive_exports_of_one_group_are_one_chat() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, ""));
    let world = world("anchor", ANNAS, &table);
    let talk = annas_part(&TEAM);
    put(&world, "anna", "Team", &android(&talk[..5], &[]));
    let path = world.path().join("anna");
    fs::rename(
        path.join("WhatsApp Chat with Team.zip"),
        path.join("WhatsApp Chat with Team (1).zip"),
    )
    .expect("renamed");
    put(&world, "anna", "Team", &android(&talk[5..], &[]));
    assert_eq!(archives_of_chats(&world), [2, 2]);
    assert_recovers(&world, IMPORT, &group_rows(&talk, 1), "one after the other");
}

#[test]
fn successive_exports_of_one_group_from_two_phones_are_one_chat() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, ""));
    let world = world("anchor", BOTH, &table);
    put(&world, "anna", "Team", &android(&TEAM[..6], &[]));
    put(&world, "ben", "Team", &on_his_phone(&TEAM[6..], &[]));
    let run = world.import().exits(0);
    let count = world.server.state.message_count();
    assert_eq!(count, TEAM.len(), "{}", run.stderr);
    assert_clear(&run, "two phones, one after the other");
    assert_idle(&world.import().exits(0), "two phones, second run");
}
