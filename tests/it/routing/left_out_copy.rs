//! A second copy of a chat that is left out: it is left out as well or held, whatever its own row has.

use std::fs;

use super::second_copy::{DAY, ME, NO_NUMBER, ONE, ROW_ONE, ROW_TWO, TALK};
use super::{ANNA, migration, transcript};
use crate::kit::World;

const NUMBER: &str = "+12025550148";

const PRIVATE: &str = ",Bernd Huber,Bernd Huber,contact,+12025550148,lead_one,cont_one,,private,\n";
const NO: &str = ",Bernd Huber,Bernd Huber,contact,+12025550148,lead_one,cont_one,,no,\n";
const ROW_THREE: &str =
    ",Bernd Huber 3,Bernd Huber,contact,+12025550150,lead_three,cont_three,,,\n";

const LATER: [(&str, &str); 4] = [
    (ONE, "the gate is broken"),
    (ME, "since when?"),
    (ONE, "since Monday"),
    (ONE, "and the fence too"),
];

fn early() -> String {
    transcript(DAY, &TALK)
}

fn late() -> String {
    transcript("20/03/2023", &LATER)
}

/// These texts, each under a name of its own.
fn world(texts: &[&str], rows: &[&str]) -> World {
    let names = ["Bernd Huber", "Bernd Huber 2", "Bernd Huber 3"];
    let exports: Vec<(&str, &str, &str)> = (names.iter().zip(texts))
        .map(|(name, text)| ("anna", *name, *text))
        .collect();
    migration(&[ANNA], "", &exports, &rows.concat())
}

/// Nothing is posted, and no output names the person.
#[track_caller]
fn assert_private(world: &World, skipped: u64) {
    let run = world.import().exits(0);
    let numbers = ["created", "held", "skipped"].map(|name| run.number(name));
    assert_eq!(numbers, [0, 0, skipped], "{}", run.stderr);
    assert_eq!(world.server.state.message_count(), 0);
    for arguments in [
        &["plan", "--offline"][..],
        &["plan", "--details"],
        &["plan", "--json"],
        &["plan", "--payloads"],
        &["status"],
    ] {
        let output = world.run(arguments).exits(0);
        for secret in [
            "Bernd", "Huber", "ladder", "25550148", "25550149", "lead_two",
        ] {
            let is_shown = output.stdout.contains(secret) || output.stderr.contains(secret);
            assert!(
                !is_shown,
                "{secret} in {arguments:?}:\n{}\n{}",
                output.stdout, output.stderr
            );
        }
    }
}

#[test]
fn copy_of_a_private_chat_is_private() {
    assert_private(&world(&[&early(), &early()], &[PRIVATE, ROW_TWO]), 12);
}

#[test]
fn newer_copy_of_a_private_chat_is_private() {
    let newer = early() + &late();
    assert_private(&world(&[&early(), &newer], &[PRIVATE, ROW_TWO]), 16);
}

#[test]
fn copy_of_a_private_chat_without_a_number_is_private() {
    assert_private(&world(&[&early(), &early()], &[PRIVATE, NO_NUMBER]), 12);
}

/// The private archive and the last one have no message in common; the second has messages of both.
#[test]
fn copy_of_a_copy_of_a_private_chat_is_private() {
    let rows = [PRIVATE, ROW_TWO, ROW_THREE];
    let middle = early() + &late();
    assert_private(&world(&[&early(), &middle, &late()], &rows), 20);
}

/// The last one has no message in common with the private archive, and the name and number of its copy.
#[test]
fn archive_with_the_number_of_a_copy_of_a_private_chat_is_private() {
    let of_two = ROW_TWO.replace(",Bernd Huber 2,", ",Bernd Huber 3,");
    let rows = [PRIVATE, ROW_TWO, &of_two];
    assert_private(&world(&[&early(), &early(), &late()], &rows), 16);
}

#[test]
fn copy_of_a_chat_on_never_txt_is_private() {
    let world = world(&[&early(), &early()], &[ROW_ONE, ROW_TWO]);
    world.write("never.txt", &format!("{NUMBER}\n"));
    assert_private(&world, 12);
}

#[test]
fn copy_of_an_erased_chat_is_erased() {
    let world = world(&[&early()], &[ROW_ONE, ROW_TWO]);
    assert_eq!(world.import().exits(0).number("created"), 6);
    // Status 3: the number is not on never.txt.
    let forget = ["forget", "--phone", NUMBER, "--yes", "--json"];
    assert_eq!(world.run(&forget).exits(3).number("deleted"), 6);
    let copy = world
        .path()
        .join("anna/WhatsApp Chat with Bernd Huber 2.txt");
    fs::write(copy, early() + &late()).expect("written");
    assert_private(&world, 16);
}

#[test]
fn copy_of_a_chat_with_import_no_is_held() {
    let world = world(&[&early(), &early()], &[NO, ROW_TWO]);
    let run = world.import().exits(0);
    let numbers = ["created", "held", "skipped"].map(|name| run.number(name));
    assert_eq!(numbers, [0, 6, 6], "{}", run.stderr);
    assert_eq!(world.server.state.message_count(), 0);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("the same conversation as anna/WhatsApp Chat with Bernd Huber.txt");
    plan.says("`import = no` in contacts.csv leaves out");
    // The archive that is left out is moved away: the other one is imported.
    let path = world.path().join("anna/WhatsApp Chat with Bernd Huber.txt");
    fs::remove_file(path).expect("removed");
    assert_eq!(world.import().exits(0).number("created"), 6);
}

/// Two customers of one name, of which one is private: a broadcast and greetings of the same minute.
#[test]
fn another_customer_of_a_private_name_is_imported() {
    let greetings = [
        (ME, "A happy new year to all of you"),
        (ONE, "Thank you"),
        (ONE, "The same to you"),
    ];
    let one = transcript("13/03/2023", &[&greetings[..], &TALK[..]].concat());
    let two = transcript("13/03/2023", &[&greetings[..], &LATER[..]].concat());
    let run = world(&[&one, &two], &[PRIVATE, ROW_TWO]).import().exits(0);
    assert_eq!(run.number("created"), 7, "{}", run.stderr);
}
