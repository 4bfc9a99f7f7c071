//! A young group, or one whose export is cut, in which one other person has written so far. The
//! transcript's own name in its zip makes the title certain: it is never that person's private chat.

use super::{ANNAS, RITA, anchor, group_rows, owners, put, world};
use crate::kit::chat::OWNER;
use crate::kit::world::IMPORT;
use crate::recovery::history::{
    BEN, NUMBER, Said, TALK, android, assert_holds, assert_recovers, rows, said,
};
use crate::recovery::migration::replace;

/// A young group in which only the owner and Ben have written so far.
const YOUNG: [Said; 4] = [
    said(1005, BEN, "Welcome, all of you"),
    said(1064, OWNER, "Thank you Ben"),
    said(1119, BEN, "The plan is in the office"),
    said(1185, OWNER, "I will look at it"),
];

fn private_row(chat: &str, lead: &str) -> String {
    format!(",{chat},{BEN},contact,{NUMBER},{lead},,\n")
}

/// With `groups = "skip"` a group never arrives, whatever the tables have of the one who writes.
#[track_caller]
fn stays_out(table: &str, is_private_chat_there: bool) {
    let world = world("skip", ANNAS, &format!("{}{table}", owners()));
    let mut expected = Vec::new();
    if is_private_chat_there {
        put(&world, "anna", BEN, &android(&TALK, &[]));
        expected = rows(&TALK);
    }
    put(&world, "anna", "Team", &android(&YOUNG, &[]));
    for turn in 1..=2 {
        let run = world.import().exits(0);
        assert_holds(&world, &expected, &format!("run {turn}: {}", run.stderr));
        let waits = run.number("held") + run.number("skipped");
        assert_eq!(waits, YOUNG.len() as u64, "{}", run.stderr);
        assert_eq!(run.number("undecided"), 0, "{}", run.stderr);
    }
}

#[test]
fn young_group_is_not_the_private_chat_of_a_row_for_every_chat() {
    stays_out(&private_row("*", "lead_01,cont_01"), true);
    stays_out(&private_row("*", "lead_01,cont_01"), false);
}

#[test]
fn young_group_is_not_the_private_chat_of_its_member() {
    let own = private_row(BEN, "lead_01,cont_01");
    let member = private_row("Team", ",");
    let table = format!("{own}{}{member}", anchor("", "Team", 2, ""));
    stays_out(&table, true);
    stays_out(&table, false);
}

/// The member's row has the lead of the private chat, and the group's row makes it a group.
#[test]
fn young_group_is_not_the_private_chat_of_a_member_with_a_lead() {
    let member = private_row("Team", "lead_01,cont_01");
    stays_out(&format!("{}{member}", anchor("", "Team", 2, "")), false);
    let own = private_row(BEN, "lead_01,cont_01");
    stays_out(&format!("{own}{}{member}", anchor("", "Team", 2, "")), true);
}

/// Skipped at first, then anchored, with more of it: all of it on the anchor's lead, once.
#[test]
fn young_group_that_is_anchored_later_arrives_once() {
    let own = private_row(BEN, "lead_01,cont_01");
    let member = private_row("Team", ",");
    let table = format!("{}{own}{}{member}", owners(), anchor("", "Team", 2, ""));
    let world = world("skip", ANNAS, &table);
    put(&world, "anna", "Team", &android(&YOUNG, &[]));
    world.import().exits(0);
    replace(&world, "chatferry.toml", "\"skip\"", "\"anchor\"");
    let talk = [&YOUNG[..], &[said(1300, RITA, "So will I")]].concat();
    put(&world, "anna", "Team", &android(&talk, &[]));
    let mut expected = group_rows(&talk, 2);
    for row in expected
        .iter_mut()
        .filter(|row| row.text.starts_with("*Ben"))
    {
        NUMBER.clone_into(&mut row.remote);
    }
    assert_recovers(&world, IMPORT, &expected, "anchored later");
}
