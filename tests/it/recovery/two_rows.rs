//! One contact under two rows with two numbers: an old number and a new one, or a private and an
//! office phone.

use chatferry::sandbox::Seed;

use super::history::{
    BEN, NUMBER, Said, TALK, android, assert_clear, assert_holds, assert_idle, assert_recovers,
    clear, put_android, put_database, row, rows, said,
};
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::Row;
use crate::kit::world::{HEADER, IMPORT};
use crate::kit::{Built, World};

const OFFICE: &str = "Ben Office";
const OFFICE_NUMBER: &str = "+353861230777";

/// What Ben writes from his office number, some of it in the same minute and the same words.
const OFFICE_TALK: [Said; 5] = [
    said(30, BEN, "Good morning Anna"),
    said(185, BEN, "ok"),
    said(245, OWNER, "Which number is this?"),
    said(310, BEN, "The one of the office"),
    said(670, OWNER, "See you on Friday"),
];

fn table(ben: &str, office: &str) -> String {
    format!(
        "{HEADER}*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},\n\
         {BEN},{BEN},contact,{ben},lead_01,cont_01,,\n\
         {OFFICE},{OFFICE},contact,{office},lead_01,cont_01,,\n"
    )
}

fn world() -> World {
    world_of(table(NUMBER, OFFICE_NUMBER))
}

fn world_of(table: String) -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(table);
    built.world()
}

fn put(world: &World, chat: &str, talk: &[Said]) {
    let text = android(talk, &[]).replace(BEN, chat);
    put_android(&world.exports(), chat, &text);
}

fn with_number(talk: &[Said], number: &str) -> Vec<Row> {
    let mut rows = rows(talk);
    for row in &mut rows {
        number.clone_into(&mut row.remote);
    }
    rows
}

/// Both conversations, each under its own number.
fn both() -> Vec<Row> {
    let mut all = rows(&TALK);
    all.extend(with_number(&OFFICE_TALK, OFFICE_NUMBER));
    all
}

#[test]
fn two_conversations_stay_two() {
    let world = world();
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    assert_recovers(&world, IMPORT, &both(), "two conversations");
}

#[test]
fn second_conversation_comes_later() {
    let world = world();
    put(&world, BEN, &TALK);
    world.import().exits(0);
    put(&world, OFFICE, &OFFICE_TALK);
    assert_recovers(&world, IMPORT, &both(), "the office later");
}

#[test]
fn checkpoint_of_two_conversations_is_lost() {
    let world = world();
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    world.import().exits(0);
    world.forget();
    assert_recovers(&world, IMPORT, &both(), "two conversations, lost");
}

/// The contact has the first number in Close: the second row names the wrong contact, or a number that
/// nobody added in Close.
#[test]
fn number_that_the_contact_lacks_in_close_is_an_error_of_the_table() {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(table(NUMBER, OFFICE_NUMBER));
    built.seed = Seed::from_contacts_csv(&table(NUMBER, NUMBER)).ok();
    let world = built.world();
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    let repair: &[&str] = &["verify", "--repair", "--yes", "--allow-deletes", "99"];
    for args in [&["plan"], IMPORT, &["verify"], repair] {
        let done = world.run(args).exits(2);
        assert!(done.stderr.contains("contacts.csv:4: "), "{}", done.stderr);
        assert!(done.stderr.contains("than line 3"), "{}", done.stderr);
    }
    assert_holds(&world, &[], "nothing was posted");
    let doctor = world.run(&["doctor"]).exits(3);
    doctor.says("contacts.csv:4: gives cont_01 another number than line 3");
}

/// A row that imports nothing contradicts none, and Close may write numbers without +.
#[test]
fn number_that_only_a_private_chat_has_is_no_error() {
    for word in ["private", "no"] {
        let mut built = Built::new(Vec::new());
        let office = format!("{OFFICE},{OFFICE},contact,{OFFICE_NUMBER},lead_01,cont_01,,");
        let all = table(NUMBER, OFFICE_NUMBER);
        built.contacts = Some(all.replace(&format!("{office}\n"), &format!("{office}{word}\n")));
        built.seed = Seed::from_contacts_csv(&table(NUMBER, NUMBER)).ok();
        let world = built.world();
        put(&world, BEN, &TALK);
        put(&world, OFFICE, &OFFICE_TALK);
        assert_recovers(&world, IMPORT, &rows(&TALK), word);
    }
    let world = world();
    world.proxy().plain_numbers();
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    assert_eq!(
        world.import().exits(0).number("created"),
        both().len() as u64
    );
}

/// The rows had each other's number, which is corrected.
#[test]
fn two_numbers_were_swapped() {
    let world = world();
    world.write("contacts.csv", &table(OFFICE_NUMBER, NUMBER));
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    world.import().exits(0);
    world.write("contacts.csv", &table(NUMBER, OFFICE_NUMBER));
    assert_recovers(&world, IMPORT, &both(), "swapped numbers");
}

/// The first row had the office number until the office had a row of its own.
#[test]
fn number_of_the_first_row_belongs_to_the_second() {
    let world = world();
    world.write("contacts.csv", &table(OFFICE_NUMBER, ""));
    put(&world, BEN, &TALK);
    world.import().exits(0);
    world.write("contacts.csv", &table(NUMBER, OFFICE_NUMBER));
    put(&world, OFFICE, &OFFICE_TALK);
    assert_recovers(&world, IMPORT, &both(), "the number of the first row");
}

/// As before, and an import with the corrected first row lies between the two.
#[test]
fn first_rows_number_is_corrected_before_the_second_row_has_it() {
    let world = world();
    world.write("contacts.csv", &table(OFFICE_NUMBER, ""));
    put(&world, BEN, &TALK);
    world.import().exits(0);
    world.write("contacts.csv", &table(NUMBER, ""));
    world.import().exits(0);
    assert_holds(&world, &rows(&TALK), "the first row is corrected");
    world.write("contacts.csv", &table(NUMBER, OFFICE_NUMBER));
    put(&world, OFFICE, &OFFICE_TALK);
    assert_recovers(&world, IMPORT, &both(), "corrected before");
}

/// Ben was renamed in the address book and has a new number: the older export has his old name, the
/// newer one has the same conversation under the new name.
#[track_caller]
fn one_conversation_under_two_names(is_first_alone: bool, numbers: [&str; 2]) {
    let world = world();
    world.write("contacts.csv", &table(numbers[0], numbers[1]));
    put(&world, BEN, &TALK[..8]);
    if is_first_alone {
        world.import().exits(0);
    }
    put(&world, OFFICE, &TALK);
    let when = format!("one conversation, first alone: {is_first_alone}, {numbers:?}");
    let run = world.run(IMPORT).exits(0);
    let count = world.server.state.message_count();
    assert_eq!(count, TALK.len(), "{when}\n{}", run.stderr);
    let mut texts: Vec<String> = (world.server.state.messages().into_iter())
        .map(|message| message.markdown)
        .collect();
    let mut expected: Vec<&str> = TALK.iter().map(|said| said.text).collect();
    texts.sort();
    expected.sort_unstable();
    assert_eq!(texts, expected, "{when}");
    assert_clear(&run, &when);
    let second = world.run(IMPORT).exits(0);
    assert_idle(&second, &when);
}

#[test]
fn one_conversation_under_two_names_at_once() {
    one_conversation_under_two_names(false, [NUMBER, OFFICE_NUMBER]);
}

#[test]
fn one_conversation_under_two_names_one_after_the_other() {
    one_conversation_under_two_names(true, [NUMBER, OFFICE_NUMBER]);
}

/// As before, and the number under which the messages were posted is by now that of the other row.
#[test]
fn one_conversation_whose_rows_changed_their_numbers() {
    let world = world();
    world.write("contacts.csv", &table(NUMBER, ""));
    put(&world, BEN, &TALK);
    world.import().exits(0);
    world.write("contacts.csv", &table(OFFICE_NUMBER, NUMBER));
    put(&world, OFFICE, &TALK);
    for turn in 1..=2 {
        let run = world.run(IMPORT).exits(0);
        let count = world.server.state.message_count();
        assert_eq!(count, TALK.len(), "run {turn}: {}", run.stderr);
        assert_clear(&run, "changed rows");
    }
    assert_idle(&world.run(IMPORT).exits(0), "changed rows");
}

/// As before, and an import with the changed first row lies between the two.
#[test]
fn one_conversation_whose_first_row_changed_its_number_first() {
    let world = world();
    world.write("contacts.csv", &table(NUMBER, ""));
    put(&world, BEN, &TALK);
    world.import().exits(0);
    world.write("contacts.csv", &table(OFFICE_NUMBER, ""));
    world.import().exits(0);
    world.write("contacts.csv", &table(OFFICE_NUMBER, NUMBER));
    put(&world, OFFICE, &TALK);
    for turn in 1..=2 {
        let run = world.run(IMPORT).exits(0);
        let count = world.server.state.message_count();
        assert_eq!(count, TALK.len(), "run {turn}: {}", run.stderr);
        assert_clear(&run, "changed first row");
    }
    assert_idle(&world.run(IMPORT).exits(0), "changed first row");
}

/// A database has the conversation under the first number; the rows are those of two text exports.
#[test]
fn database_knows_one_of_the_two_numbers() {
    let world = world();
    put(&world, BEN, &TALK[..8]);
    put(&world, OFFICE, &OFFICE_TALK);
    world.import().exits(0);
    clear(&world.exports());
    put_database(&world.exports(), &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    assert_recovers(&world, IMPORT, &both(), "database and office");
}

/// The rows name the contact on two leads at first, and on one lead after a correction.
#[test]
fn second_row_moves_to_the_first_rows_lead() {
    let on_two_leads = table(NUMBER, OFFICE_NUMBER).replace(
        &format!("{OFFICE_NUMBER},lead_01,cont_01"),
        &format!("{OFFICE_NUMBER},lead_02,cont_02"),
    );
    let mut built = Built::new(Vec::new());
    let right = table(NUMBER, OFFICE_NUMBER).replace(HEADER, "");
    built.seed = Seed::from_contacts_csv(&format!("{on_two_leads}{right}")).ok();
    built.contacts = Some(on_two_leads);
    let world = built.world();
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    world.import().exits(0);
    let mut before = rows(&TALK);
    for said in &OFFICE_TALK {
        let mut row = row(said);
        "lead_02".clone_into(&mut row.lead);
        "cont_02".clone_into(&mut row.contact);
        OFFICE_NUMBER.clone_into(&mut row.remote);
        before.push(row);
    }
    assert_holds(&world, &before, "on two leads");
    world.write("contacts.csv", &table(NUMBER, OFFICE_NUMBER));
    let allowed = ["import", "--yes", "--json", "--allow-deletes", "5"];
    assert_recovers(&world, &allowed, &both(), "on one lead");
}

/// The office is another contact of the same lead.
fn colleagues(ben: &str, office: &str) -> String {
    table(ben, office).replace(
        &format!("{office},lead_01,cont_01"),
        &format!("{office},lead_01,cont_02"),
    )
}

fn of_colleagues() -> Vec<Row> {
    let mut all = both();
    for row in &mut all {
        if row.remote == OFFICE_NUMBER {
            "cont_02".clone_into(&mut row.contact);
        }
    }
    all
}

/// Two contacts of one lead say the same in one minute, and the checkpoint is lost.
#[test]
fn checkpoint_of_two_contacts_of_one_lead_is_lost() {
    let world = world_of(colleagues(NUMBER, OFFICE_NUMBER));
    put(&world, BEN, &TALK);
    put(&world, OFFICE, &OFFICE_TALK);
    world.import().exits(0);
    world.forget();
    assert_recovers(&world, IMPORT, &of_colleagues(), "two contacts, lost");
}

/// As before, and the numbers, the contacts or one number were wrong.
#[test]
fn rows_of_two_contacts_of_one_lead_are_corrected_after_the_checkpoint_was_lost() {
    let right = colleagues(NUMBER, OFFICE_NUMBER);
    let wrong = [
        ("numbers", colleagues(OFFICE_NUMBER, NUMBER)),
        (
            "contacts",
            right
                .replace("cont_01", "cont_00")
                .replace("cont_02", "cont_01")
                .replace("cont_00", "cont_02"),
        ),
        ("one number", colleagues("+353861239999", OFFICE_NUMBER)),
        ("other number", colleagues(NUMBER, "+353861239999")),
    ];
    for (when, table) in wrong {
        let world = world_of(right.clone());
        world.write("contacts.csv", &table);
        put(&world, BEN, &TALK);
        put(&world, OFFICE, &OFFICE_TALK);
        world.import().exits(0);
        world.forget();
        world.write("contacts.csv", &right);
        assert_recovers(
            &world,
            IMPORT,
            &of_colleagues(),
            &format!("lost, {when} were wrong"),
        );
    }
}

/// As before, with one archive at hand after the loss, and then with both.
#[test]
fn one_of_two_contacts_of_one_lead_comes_first_after_the_checkpoint_was_lost() {
    for is_office_first in [false, true] {
        let world = world_of(colleagues(NUMBER, OFFICE_NUMBER));
        put(&world, BEN, &TALK);
        put(&world, OFFICE, &OFFICE_TALK);
        world.import().exits(0);
        world.forget();
        clear(&world.exports());
        match is_office_first {
            true => put(&world, OFFICE, &OFFICE_TALK),
            false => put(&world, BEN, &TALK),
        }
        let when = format!("office first: {is_office_first}");
        assert_recovers(&world, IMPORT, &of_colleagues(), &when);
        put(&world, BEN, &TALK);
        put(&world, OFFICE, &OFFICE_TALK);
        assert_recovers(
            &world,
            IMPORT,
            &of_colleagues(),
            &format!("{when}, then both"),
        );
    }
}
