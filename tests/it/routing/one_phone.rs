//! Different archives of one chat of one phone in the folders of two phones whose owners have one name, or a format
//! that names no owner: held, since nothing shows whose they are.

use super::{ANNA, BEN, Phone, in_close, migration, transcript};
use crate::kit::World;
use crate::kit::store::{Row, msgstore};

const NINA: &str = ",Nina Vogt,Nina Vogt,contact,+12025550148,lead_nina,cont_nina,,,\n";
const JID: &str = "12025550148@s.whatsapp.net";

/// Both phones show the company's name.
const COMPANY: &str = "Roofs & Sons";

fn phones() -> [Phone; 2] {
    [ANNA, BEN].map(|phone| Phone {
        owner: COMPANY,
        ..phone
    })
}

fn older() -> String {
    let lines = [
        ("Nina Vogt", "is Friday possible?"),
        (COMPANY, "yes, at nine"),
        ("Nina Vogt", "see you then"),
    ];
    transcript("13/03/2023", &lines)
}

fn newer() -> String {
    let lines = [("Nina Vogt", "thank you"), (COMPANY, "any time")];
    format!("{}{}", older(), transcript("20/03/2023", &lines))
}

#[track_caller]
fn assert_held(world: &World, count: u64) {
    let output = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| output.number(name));
    assert_eq!(numbers, [0, count], "{}", output.stderr);
    assert_eq!(in_close(world), []);
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("its messages are also in the archives of");
}

#[test]
fn older_and_newer_export_on_two_devices_are_held() {
    let (older, newer) = (older(), newer());
    let exports = [
        ("anna", "Nina Vogt", newer.as_str()),
        ("ben", "Nina Vogt", &older),
    ];
    let world = migration(&phones(), "", &exports, NINA);
    assert_held(&world, 8);
    // Once the older one is with the newer one, they are one chat.
    let name = "WhatsApp Chat with Nina Vogt.txt";
    let from = world.path().join("ben").join(name);
    let to = world.path().join("anna/old");
    std::fs::create_dir(&to).expect("made");
    std::fs::rename(from, to.join(name)).expect("moved");
    assert_eq!(world.import().exits(0).number("created"), 5);
    assert!(in_close(&world).iter().all(|(user, _)| user == "user_anna"));
}

/// The contact's name in the address book was changed between the exports; the rows have one number.
#[test]
fn exports_of_one_chat_under_two_names_are_held() {
    let (older, newer) = (older().replace("Nina Vogt", "Nina"), newer());
    let exports = [
        ("anna", "Nina Vogt", newer.as_str()),
        ("ben", "Nina", &older),
    ];
    let row = ",Nina,Nina,contact,+12025550148,lead_nina,cont_nina,,,\n";
    let world = migration(&phones(), "", &exports, &format!("{NINA}{row}"));
    assert_held(&world, 8);
}

fn database(world: &World, device: &str, texts: &[(&'static str, &'static str, bool)]) {
    let rows: Vec<Row> = (0i64..)
        .zip(texts)
        .map(|(number, (id, text, is_own))| Row {
            mine: *is_own,
            ..Row::they(JID, id, number * 60, text)
        })
        .collect();
    msgstore(&world.path().join(device), &rows, &[(JID, "Nina Vogt")]);
}

const TEXTS: [(&str, &str, bool); 4] = [
    ("3EB0A1", "is Friday possible?", false),
    ("3EB0A2", "yes, at nine", true),
    ("3EB0A3", "see you then", false),
    ("3EB0A4", "fine", true),
];

#[test]
fn older_and_newer_database_on_two_devices_are_held() {
    let world = migration(&[ANNA, BEN], "", &[], NINA);
    database(&world, "anna", &TEXTS);
    database(&world, "ben", &TEXTS[..3]);
    assert_held(&world, 7);
}

/// The database names no owner; the export was written by the owner of its device.
#[test]
fn database_of_another_phone_is_held_beside_the_owners_export() {
    let lines = TEXTS.map(|(_, text, is_own)| {
        let by = if is_own { "Ben Ortiz" } else { "Nina Vogt" };
        (by, text)
    });
    let export = transcript("01/01/2025", &lines).replace(", 09:", ", 13:");
    let exports = [("ben", "Nina Vogt", export.as_str())];
    let world = migration(&[ANNA, BEN], "", &exports, NINA);
    database(&world, "anna", &TEXTS);
    let output = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| output.number(name));
    assert_eq!(numbers, [4, 4], "{}", output.stderr);
    assert!(in_close(&world).iter().all(|(user, _)| user == "user_ben"));
}

/// Two colleagues write with one customer, who sends the same news to both; each answers.
#[test]
fn chats_of_two_owners_with_one_contact_are_imported() {
    let export = |answers: [&str; 2]| {
        let lines = [
            ("Nina Vogt", "we move to Green Lane"),
            (COMPANY, answers[0]),
            ("Nina Vogt", "the office is closed on Monday"),
            ("Nina Vogt", "happy new year"),
            (COMPANY, answers[1]),
            ("Nina Vogt", "thank you"),
        ];
        transcript("13/03/2023", &lines)
    };
    let of_anna = export(["thank you for the address", "happy new year"]);
    let of_ben = export(["noted", "the same to you"]);
    let exports = [
        ("anna", "Nina Vogt", of_anna.as_str()),
        ("ben", "Nina Vogt", &of_ben),
    ];
    let world = migration(&phones(), "", &exports, NINA);
    let output = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| output.number(name));
    assert_eq!(numbers, [12, 0], "{}", output.stderr);
}

/// A phone and its successor have one number: one chat, and nothing is held.
#[test]
fn archives_of_a_phone_and_its_successor_are_one_chat() {
    let (older, newer) = (older(), newer());
    let exports = [
        ("anna", "Nina Vogt", newer.as_str()),
        ("ben", "Nina Vogt", &older),
    ];
    let phones = phones().map(|phone| Phone {
        number: ANNA.number,
        user: ANNA.user,
        ..phone
    });
    let world = migration(&phones, "", &exports, NINA);
    let output = world.import().exits(0);
    let numbers = ["created", "held"].map(|name| output.number(name));
    assert_eq!(numbers, [5, 0], "{}", output.stderr);
}

/// `doctor` says it before anything is imported.
#[test]
fn doctor_says_that_one_phone_is_on_two_devices() {
    let (older, newer) = (older(), newer());
    let exports = [
        ("anna", "Nina Vogt", newer.as_str()),
        ("ben", "Nina Vogt", &older),
    ];
    let world = migration(&phones(), "", &exports, NINA);
    let doctor = world.run(&["doctor"]);
    doctor.says("its messages are also in the archives of");
}

/// The archive of a row moved to the folder of another phone.
#[test]
fn row_of_a_chat_that_another_device_has_names_that_device() {
    let talk = transcript("13/03/2023", &[("Omar Diaz", "hello"), (BEN.owner, "hi")]);
    let row = "anna,Omar Diaz,Omar Diaz,contact,+12025550142,lead_2,cont_2,,,\n";
    let world = migration(&[ANNA, BEN], "", &[("ben", "Omar Diaz", &talk)], row);
    let says = "contacts.csv:2: no chat \"Omar Diaz\" on the device \"anna\"; the device \"ben\" has one of this name: correct `device` in this row, or add rows with `chatferry init --update`";
    world.run(&["plan", "--offline"]).says(says);
    // Not a chat that is private there.
    let rows = format!("{row}ben,Omar Diaz,Omar Diaz,contact,,,,,private,\n");
    let world = migration(&[ANNA, BEN], "", &[("ben", "Omar Diaz", &talk)], &rows);
    let plan = world.run(&["plan", "--offline"]);
    assert!(
        !plan.stderr.contains("Omar") && !plan.stderr.contains("the device \"ben\""),
        "{}",
        plan.stderr
    );
}
