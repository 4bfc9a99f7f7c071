//! Archives of one phone under two names: a second copy of one chat is held, and two customers of one name are not.

use std::fs;

use super::{ANNA, Phone, in_close, migration, transcript};
use crate::kit::World;

pub(super) const ONE: &str = "Bernd Huber";
const TWO: &str = "Bernd Huber 2";
pub(super) const ME: &str = ANNA.owner;
pub(super) const DAY: &str = "13/03/2023";

pub(super) const ROW_ONE: &str =
    ",Bernd Huber,Bernd Huber,contact,+12025550148,lead_one,cont_one,,,\n";
pub(super) const ROW_TWO: &str =
    ",Bernd Huber 2,Bernd Huber,contact,+12025550149,lead_two,cont_two,,,\n";
pub(super) const NO_NUMBER: &str = ",Bernd Huber 2,Bernd Huber,contact,,lead_two,cont_two,,,\n";

pub(super) const TALK: [(&str, &str); 6] = [
    (ONE, "is Friday possible?"),
    (ME, "yes, at nine"),
    (ONE, "see you then"),
    (ONE, "bring the long ladder"),
    (ME, "it is rented out"),
    (ONE, "then the short one"),
];

fn world(one: &str, two: &str, row_two: &str) -> World {
    let exports = [("anna", ONE, one), ("anna", TWO, two)];
    migration(&[ANNA], "", &exports, &format!("{ROW_ONE}{row_two}"))
}

fn longer() -> String {
    let more = [(ONE, "thank you"), (ME, "any time")];
    format!(
        "{}{}",
        transcript(DAY, &TALK),
        transcript("20/03/2023", &more)
    )
}

#[track_caller]
fn assert_held(world: &World, [created, held]: [u64; 2]) {
    let run = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| run.number(name));
    assert_eq!(numbers, [created, held], "{}", run.stderr);
    assert_eq!(in_close(world).len() as u64, created);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("the same conversation as anna/WhatsApp Chat with Bernd Huber");
    plan.says("WhatsApp Chat with Bernd Huber 2.txt");
}

#[test]
fn two_copies_on_two_leads_are_held() {
    let copy = transcript(DAY, &TALK);
    assert_held(&world(&copy, &copy, ROW_TWO), [0, 12]);
}

#[test]
fn older_and_newer_copy_on_two_leads_are_held() {
    let world = world(&transcript(DAY, &TALK), &longer(), ROW_TWO);
    assert_held(&world, [0, 14]);
    // The older one is moved away: nothing is held, and everything is posted once.
    let name = "WhatsApp Chat with Bernd Huber.txt";
    fs::remove_file(world.path().join("anna").join(name)).expect("removed");
    assert_eq!(world.import().exits(0).number("created"), 8);
}

/// Both rows are corrected to one number and lead: both archives are one chat.
#[test]
fn two_copies_with_one_number_are_one_chat() {
    let world = world(&transcript(DAY, &TALK), &longer(), ROW_TWO);
    assert_held(&world, [0, 14]);
    let path = world.path().join("contacts.csv");
    let rows = fs::read_to_string(&path).expect("a file");
    let rows = rows.replace(
        "+12025550149,lead_two,cont_two",
        "+12025550148,lead_one,cont_one",
    );
    fs::write(path, rows).expect("written");
    assert_eq!(world.import().exits(0).number("created"), 8);
}

/// The copy's row waits for a number: the other archive is imported, and the reason is not that the number is missing.
#[test]
fn copy_without_a_number_is_held_as_a_copy() {
    let world = world(&transcript(DAY, &TALK), &longer(), NO_NUMBER);
    assert_held(&world, [6, 8]);
}

/// One message was deleted on the phone between the two exports, and another one was edited.
#[test]
fn copy_with_a_deleted_and_an_edited_message_is_held() {
    let text = transcript(DAY, &TALK);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.ends_with("see you then"))
        .collect();
    let other = format!("{}\n", lines.join("\n"))
        .replace("is rented out", "is gone <This message was edited>");
    let other = format!(
        "{other}{}",
        transcript("20/03/2023", &[(ONE, "thank you"), (ME, "any time")])
    );
    assert_held(&world(&text, &other, ROW_TWO), [0, 13]);
}

#[track_caller]
fn assert_imported(one: &[(&str, &str)], two: &[(&str, &str)]) {
    let (count, world) = (
        one.len() + two.len(),
        world(&transcript(DAY, one), &transcript(DAY, two), ROW_TWO),
    );
    let run = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| run.number(name));
    assert_eq!(numbers, [count as u64, 0], "{}", run.stderr);
}

/// Two customers of one name: a broadcast and greetings of the same minute.
#[test]
fn common_greetings_are_no_copy() {
    let greetings = [
        (ME, "A happy new year to all of you"),
        (ONE, "Thank you"),
        (ONE, "The same to you"),
    ];
    let one = [&greetings[..], &TALK[..]].concat();
    let own = [
        (ONE, "the gate is broken"),
        (ME, "since when?"),
        (ONE, "since Monday"),
        (ME, "I call the smith"),
        (ONE, "good"),
        (ME, "he comes at two"),
    ];
    assert_imported(&one, &[&greetings[..], &own[..]].concat());
}

#[test]
fn young_chats_with_two_equal_messages_are_no_copies() {
    let equal = [(ONE, "Good morning"), (ME, "Good morning")];
    assert_imported(&equal, &equal);
    assert_imported(
        &equal,
        &[&equal[..], &[(ONE, "is Friday possible?")]].concat(),
    );
}

/// Both customers got the same broadcasts, and each thanked once.
#[test]
fn equal_broadcasts_are_no_copy() {
    let broadcasts = [
        (ME, "A happy new year to all of you"),
        (ONE, "Thank you"),
        (ME, "We are closed on Monday"),
        (ME, "The new catalogue is here"),
    ];
    assert_imported(&broadcasts, &broadcasts);
}

/// Two customers who were sent the same messages, and answered with the same words: each row has a `chat_key` of its own.
#[test]
fn rows_with_a_key_of_their_own_are_two_customers() {
    let talk = transcript(DAY, &TALK);
    let world = world(&talk, &talk, ROW_TWO);
    let run = world.import().exits(0);
    assert_eq!(run.number("held"), 12, "{}", run.stderr);
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("a chat_key of their own");
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let table = table
        .replace("cont_one,,,", "cont_one,,,one")
        .replace("cont_two,,,", "cont_two,,,two");
    world.write("contacts.csv", &table);
    assert_eq!(world.import().exits(0).number("created"), 12);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// Two phones of two owners, each with its own conversation with one contact, are no matter of copies.
#[test]
fn customer_of_two_phones_is_no_copy() {
    let ben = Phone { ..super::BEN };
    let of = |owner: &'static str| -> Vec<(&str, &str)> {
        let by = |name| if name == ME { owner } else { name };
        TALK.iter().map(|(name, text)| (by(*name), *text)).collect()
    };
    let [one, two] = [
        transcript(DAY, &of(ME)),
        transcript("14/03/2023", &of(ben.owner)),
    ];
    let exports = [("anna", ONE, one.as_str()), ("ben", ONE, &two)];
    let world = migration(&[ANNA, ben], "", &exports, ROW_ONE);
    assert_eq!(world.import().exits(0).number("created"), 12);
}
