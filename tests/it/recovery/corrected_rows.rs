//! Several columns of a row in contacts.csv are corrected at once, so that no number and no id links
//! the chat with what is recorded of it: its archives, its name and its content do.

use std::sync::atomic::{AtomicUsize, Ordering};

use chatferry::sandbox::{Fault, Seed};

use super::history::{
    BEN, NUMBER, Said, TALK, android, assert_clear, assert_recovers, clear, edited, iphone,
    put_android, put_database, put_iphone, row, rows, said,
};
use super::lost_checkpoint::ALLOWED;
use super::migration::replace;
use super::moves::{Interruption, interrupt};
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::Row;
use crate::kit::world::{HEADER, IMPORT};
use crate::kit::{Built, When, World, is_post};

pub(super) const DORA: &str = "Dora Quist";
const DORAS_NUMBER: &str = "+447700900102";
const WRONG_NUMBER: &str = "+353861239999";

/// What Dora writes, some of it in the same minute and the same words as Ben.
pub(super) const DORAS_TALK: [Said; 5] = [
    said(30, DORA, "Good morning Anna"),
    said(185, DORA, "ok"),
    said(245, OWNER, "Is the gate still open?"),
    said(310, DORA, "I close it now"),
    said(670, OWNER, "See you on Friday"),
];

/// Where a chat goes: number, lead and contact.
pub(super) type To = [&'static str; 3];

pub(super) const BENS_WRONG: To = [WRONG_NUMBER, "lead_01", "cont_01"];
pub(super) const BENS: To = [NUMBER, "lead_77", "cont_77"];
pub(super) const DORAS: To = [DORAS_NUMBER, "lead_78", "cont_78"];

pub(super) fn table(rows: &[(&str, To)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(name, [number, lead, contact])| {
            format!("{name},{name},contact,{number},{lead},{contact},,\n")
        })
        .collect();
    format!("{HEADER}*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},\n{rows}")
}

/// Close has three leads, the first one with two contacts.
pub(super) fn world(rows: &[(&str, To)]) -> World {
    let mut built = Built::new(Vec::new());
    let all = table(&[
        ("One", [NUMBER, "lead_01", "cont_01"]),
        ("Two", [NUMBER, "lead_01", "cont_02"]),
        ("Three", [NUMBER, "lead_77", "cont_77"]),
        ("Four", [NUMBER, "lead_78", "cont_78"]),
    ]);
    built.seed = Some(Seed::from_contacts_csv(&all).expect("a seed"));
    built.contacts = Some(table(rows));
    built.world()
}

pub(super) fn put(world: &World, name: &str, talk: &[Said]) {
    put_android(&world.exports(), name, &android(talk, &[]));
}

pub(super) fn expected(talk: &[Said], [number, lead, contact]: To) -> Vec<Row> {
    let mut rows = rows(talk);
    for row in &mut rows {
        number.clone_into(&mut row.remote);
        lead.clone_into(&mut row.lead);
        contact.clone_into(&mut row.contact);
    }
    rows
}

/// Ben's chat is imported with one row, and again after the row was corrected and `change` was made.
#[track_caller]
pub(super) fn recovers(
    before: To,
    after: To,
    change: impl Fn(&World),
    expected: &[Row],
    when: &str,
) {
    let world = world(&[(BEN, before)]);
    put(&world, BEN, &TALK);
    assert_eq!(world.import().exits(0).number("created"), 12, "{when}");
    world.write("contacts.csv", &table(&[(BEN, after)]));
    change(&world);
    assert_recovers(&world, ALLOWED, expected, when);
}

fn nothing(_: &World) {}

#[test]
fn lead_contact_and_phone() {
    recovers(
        BENS_WRONG,
        BENS,
        nothing,
        &expected(&TALK, BENS),
        "three columns",
    );
}

#[test]
fn contact_and_phone_of_one_lead() {
    let after = [NUMBER, "lead_01", "cont_02"];
    recovers(
        BENS_WRONG,
        after,
        nothing,
        &expected(&TALK, after),
        "contact and phone",
    );
}

/// The owner's number too: nothing of the chat's key is as it was.
#[test]
fn lead_contact_and_both_phones() {
    let own = "+4915112340000";
    let change = |world: &World| replace(world, "contacts.csv", OWNER_PHONE, own);
    let mut rows = expected(&TALK, BENS);
    for row in &mut rows {
        own.clone_into(&mut row.local);
    }
    recovers(BENS_WRONG, BENS, change, &rows, "both phones");
}

#[track_caller]
fn with_zone(before: To) {
    let world = world(&[(BEN, before)]);
    replace(&world, "chatferry.toml", "Europe/Berlin", "Europe/London");
    put(&world, BEN, &TALK);
    assert_eq!(world.import().exits(0).number("created"), 12);
    replace(&world, "chatferry.toml", "Europe/London", "Europe/Berlin");
    world.write("contacts.csv", &table(&[(BEN, BENS)]));
    assert_recovers(&world, ALLOWED, &expected(&TALK, BENS), "with the zone");
}

#[test]
fn lead_contact_and_zone() {
    with_zone([NUMBER, "lead_01", "cont_01"]);
}

#[test]
fn lead_contact_phone_and_zone() {
    with_zone(BENS_WRONG);
}

/// The export is another one than that which is recorded.
#[test]
fn lead_contact_and_phone_with_a_newer_export() {
    let more = said(1300, BEN, "The ladder is here");
    let newer = [&TALK[..], &[more]].concat();
    let change = |world: &World| put(world, BEN, &newer);
    recovers(
        BENS_WRONG,
        BENS,
        change,
        &expected(&newer, BENS),
        "newer export",
    );
}

#[test]
fn lead_contact_and_phone_with_an_edited_message() {
    let talk = edited(&TALK, 7, "Then Friday at ten");
    let marks = [(7, " <This message was edited>")];
    let change = |world: &World| put_android(&world.exports(), BEN, &android(&talk, &marks));
    recovers(BENS_WRONG, BENS, change, &expected(&talk, BENS), "edited");
}

#[test]
fn lead_contact_and_phone_with_an_iphone_export() {
    let change = |world: &World| {
        clear(&world.exports());
        put_iphone(&world.exports(), BEN, &iphone(&TALK, 0));
    };
    recovers(BENS_WRONG, BENS, change, &expected(&TALK, BENS), "iPhone");
}

#[test]
fn lead_contact_and_phone_with_a_database() {
    let change = |world: &World| {
        clear(&world.exports());
        put_database(&world.exports(), &TALK);
    };
    recovers(BENS_WRONG, BENS, change, &expected(&TALK, BENS), "database");
}

/// Two messages: too few to be recognised by their texts alone.
#[test]
fn lead_contact_and_phone_of_a_short_chat() {
    for count in [1, 2, 3] {
        let world = world(&[(BEN, BENS_WRONG)]);
        put(&world, BEN, &TALK[..count]);
        world.import().exits(0);
        world.write("contacts.csv", &table(&[(BEN, BENS)]));
        put(&world, BEN, &TALK[..=count]);
        let truth = expected(&TALK[..=count], BENS);
        assert_recovers(&world, ALLOWED, &truth, &format!("{count} messages"));
    }
}

/// The checkpoint is one of a version that did not record names and archives.
#[test]
fn lead_contact_and_phone_with_an_older_checkpoint() {
    let forget = |world: &World| {
        let opened = rusqlite::Connection::open_with_flags(
            world.path().join("chatferry.db"),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE,
        );
        opened
            .expect("opened")
            .execute_batch(
                "UPDATE message SET content_hash = NULL, class = NULL, edited = NULL, \
                 deleted = NULL, exact = NULL, seconds = NULL, source = NULL; \
                 DELETE FROM message_file; DELETE FROM archive; DELETE FROM chat_digest; \
                 DELETE FROM chat_pair WHERE pair_hash NOT IN (SELECT chat_hash FROM chat);",
            )
            .expect("forgotten");
    };
    recovers(
        BENS_WRONG,
        BENS,
        forget,
        &expected(&TALK, BENS),
        "older checkpoint",
    );
}

/// Two chats whose rows had each other's values in these columns, and what the runs leave in Close.
#[track_caller]
pub(super) fn two(before: [To; 2], after: [To; 2], change: impl Fn(&World), when: &str) {
    let world = world(&[(BEN, before[0]), (DORA, before[1])]);
    put(&world, BEN, &TALK);
    put(&world, DORA, &DORAS_TALK);
    assert_eq!(world.import().exits(0).number("created"), 17, "{when}");
    world.write("contacts.csv", &table(&[(BEN, after[0]), (DORA, after[1])]));
    change(&world);
    let mut truth = expected(&TALK, after[0]);
    truth.extend(expected(&DORAS_TALK, after[1]));
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    assert_recovers(&world, &allowed, &truth, when);
}

/// Every row of the two has what the other had.
pub(super) fn exchanged() -> [[To; 2]; 2] {
    let (ben, dora) = (BENS, DORAS);
    [[dora, ben], [ben, dora]]
}

/// Both have another lead and contact, and exchange their numbers.
pub(super) fn numbers_exchanged() -> [[To; 2]; 2] {
    let ben = [DORAS_NUMBER, "lead_01", "cont_01"];
    let dora = [NUMBER, "lead_01", "cont_02"];
    [[ben, dora], [BENS, DORAS]]
}

#[test]
fn two_rows_that_exchange_everything() {
    let [before, after] = exchanged();
    two(before, after, nothing, "everything exchanged");
}

#[test]
fn two_rows_that_exchange_their_numbers_and_get_other_leads() {
    let [before, after] = numbers_exchanged();
    two(before, after, nothing, "numbers exchanged");
}

#[test]
fn two_rows_that_exchange_their_numbers_alone() {
    let [_, after] = exchanged();
    let number = |to: To, number| [number, to[1], to[2]];
    let before = [number(after[0], DORAS_NUMBER), number(after[1], NUMBER)];
    two(before, after, nothing, "numbers alone");
}

#[test]
fn two_rows_that_exchange_everything_with_newer_exports() {
    let [before, after] = exchanged();
    let world = world(&[(BEN, before[0]), (DORA, before[1])]);
    put(&world, BEN, &TALK[..9]);
    put(&world, DORA, &DORAS_TALK[..4]);
    assert_eq!(world.import().exits(0).number("created"), 13);
    world.write("contacts.csv", &table(&[(BEN, after[0]), (DORA, after[1])]));
    put(&world, BEN, &TALK);
    put(&world, DORA, &DORAS_TALK);
    let mut truth = expected(&TALK, after[0]);
    truth.extend(expected(&DORAS_TALK, after[1]));
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    assert_recovers(&world, &allowed, &truth, "everything exchanged, newer");
}

/// The run that moves the messages is killed, and the next one goes on.
#[test]
fn interrupted_moves_of_exchanged_rows_are_finished() {
    for (method, from) in [("POST", 3), ("POST", 9), ("DELETE", 1), ("DELETE", 7)] {
        let [before, after] = exchanged();
        let world = world(&[(BEN, before[0]), (DORA, before[1])]);
        put(&world, BEN, &TALK);
        put(&world, DORA, &DORAS_TALK);
        world.import().exits(0);
        world.write("contacts.csv", &table(&[(BEN, after[0]), (DORA, after[1])]));
        interrupt(&world, method, from, Interruption::KilledAfter);
        let mut truth = expected(&TALK, after[0]);
        truth.extend(expected(&DORAS_TALK, after[1]));
        let allowed = [&ALLOWED[..4], &["99"]].concat();
        let when = format!("killed at {method} {from}");
        assert_recovers(&world, &allowed, &truth, &when);
    }
}

/// Two rows exchange everything, once or there and back. No post of the last exchange reaches Close, and its run is killed;
/// with `second_kill`, the next run is killed too, at its request of this number.
#[track_caller]
fn exchange_whose_posts_are_lost(is_back: bool, second_kill: Option<usize>) {
    let [wrong, right] = exchanged();
    let allowed = [&ALLOWED[..4], &["99"]].concat();
    let world = world(&[(BEN, wrong[0]), (DORA, wrong[1])]);
    let correct = |to: [To; 2]| world.write("contacts.csv", &table(&[(BEN, to[0]), (DORA, to[1])]));
    put(&world, BEN, &TALK);
    put(&world, DORA, &DORAS_TALK);
    world.import().exits(0);
    correct(right);
    let mut goal = right;
    if is_back {
        world.run(&allowed).exits(0);
        correct(wrong);
        goal = wrong;
    }
    let posts = AtomicUsize::new(0);
    world.run_under(&allowed, move |seen, when, running| {
        if when != When::Received || !is_post(seen) {
            return Fault::None;
        }
        if posts.fetch_add(1, Ordering::SeqCst) == 5 {
            running.kill();
        }
        Fault::Drop
    });
    let requests = AtomicUsize::new(0);
    if let Some(last) = second_kill {
        world.run_under(&allowed, move |_, when, running| {
            let is_received = when == When::Received;
            match requests.fetch_add(usize::from(is_received), Ordering::SeqCst) {
                number if is_received && number + 1 >= last => {
                    running.kill();
                    Fault::Drop
                }
                _ => Fault::None,
            }
        });
    }
    let mut truth = expected(&TALK, goal[0]);
    truth.extend(expected(&DORAS_TALK, goal[1]));
    let when = format!("there and back: {is_back}, killed again at {second_kill:?}");
    assert_recovers(&world, &allowed, &truth, &when);
    world.run(&["checkpoint", "check"]).exits(0);
    world.run(&["verify"]).exits(0);
}

#[test]
fn exchanged_rows_whose_posts_were_lost_are_moved() {
    exchange_whose_posts_are_lost(false, None);
}

#[test]
fn exchanged_rows_whose_posts_were_lost_are_moved_by_a_third_run() {
    for second_kill in [8, 16, 30] {
        exchange_whose_posts_are_lost(false, Some(second_kill));
    }
}

#[test]
fn rows_exchanged_there_and_back_whose_posts_were_lost_are_moved() {
    for second_kill in [None, Some(12)] {
        exchange_whose_posts_are_lost(true, second_kill);
    }
}

/// Somebody whose row was removed and a new customer got the same greeting in the same minute.
#[test]
fn one_equal_greeting_links_no_chats() {
    let greeting = [said(5, OWNER, "A happy new year to all of you")];
    let reply = said(125, DORA, "The same to you Anna");
    let world = world(&[(BEN, BENS_WRONG)]);
    put(&world, BEN, &greeting);
    assert_eq!(world.import().exits(0).number("created"), 1);
    clear(&world.exports());
    let talk = [greeting[0], reply];
    put(&world, DORA, &talk);
    world.write("contacts.csv", &table(&[(DORA, DORAS)]));
    let mut truth = expected(&greeting, BENS_WRONG);
    truth.extend(expected(&talk, DORAS));
    let run = world.run(IMPORT).exits(0);
    assert_clear(&run, "a greeting");
    super::history::assert_holds(&world, &truth, "a greeting");
}

/// Somebody whose row was removed and a new customer got the same broadcasts and never answered.
#[test]
fn equal_broadcasts_link_no_chats() {
    let broadcasts = [
        said(5, OWNER, "A happy new year to all of you"),
        said(1205, OWNER, "We are closed on Monday"),
        said(2405, OWNER, "The new catalogue is here"),
        said(3605, OWNER, "A happy Easter to all of you"),
    ];
    let world = world(&[(BEN, BENS_WRONG)]);
    put(&world, BEN, &broadcasts);
    assert_eq!(world.import().exits(0).number("created"), 4);
    clear(&world.exports());
    put(&world, DORA, &broadcasts);
    world.write("contacts.csv", &table(&[(DORA, DORAS)]));
    let mut truth = expected(&broadcasts, BENS_WRONG);
    truth.extend(expected(&broadcasts, DORAS));
    let run = world.run(IMPORT).exits(0);
    assert_clear(&run, "broadcasts");
    super::history::assert_holds(&world, &truth, "broadcasts");
}

/// The same, and the second one got them an hour later: nothing is a zone shift.
#[test]
fn equal_broadcasts_of_another_hour_link_no_chats() {
    let broadcasts = |later: i64| {
        [
            said(5 + later, OWNER, "A happy new year to all of you"),
            said(1205 + later, OWNER, "We are closed on Monday"),
            said(2405 + later, OWNER, "The new catalogue is here"),
            said(3605 + later, OWNER, "A happy Easter to all of you"),
        ]
    };
    let (early, late) = (broadcasts(0), broadcasts(60));
    let world = world(&[(BEN, BENS_WRONG)]);
    put(&world, BEN, &early);
    assert_eq!(world.import().exits(0).number("created"), 4);
    clear(&world.exports());
    put(&world, DORA, &late);
    world.write("contacts.csv", &table(&[(DORA, DORAS)]));
    let mut truth = expected(&early, BENS_WRONG);
    truth.extend(expected(&late, DORAS));
    let run = world.run(IMPORT).exits(0);
    assert_clear(&run, "broadcasts");
    super::history::assert_holds(&world, &truth, "broadcasts");
}

/// The row has another number and another person's chat of the same name: nothing is theirs in common.
#[test]
fn another_person_of_one_name_gets_no_records() {
    let other: Vec<Said> = DORAS_TALK
        .iter()
        .map(|one| {
            said(
                one.at + 20,
                if one.by == DORA { BEN } else { one.by },
                one.text,
            )
        })
        .filter(|one| one.text.len() > 10)
        .collect();
    let world = world(&[(BEN, BENS_WRONG)]);
    put(&world, BEN, &TALK[1..8]);
    assert_eq!(world.import().exits(0).number("created"), 7);
    clear(&world.exports());
    put(&world, BEN, &other);
    world.write("contacts.csv", &table(&[(BEN, DORAS)]));
    let mut truth = expected(&TALK[1..8], BENS_WRONG);
    truth.extend(expected(&other, DORAS));
    let run = world.run(IMPORT).exits(0);
    assert_clear(&run, "one name");
    super::history::assert_holds(&world, &truth, "one name");
    assert_eq!(row(&TALK[0]).remote, NUMBER);
}
