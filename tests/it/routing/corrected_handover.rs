//! A phone that two owners with different numbers had one after the other, and a person who corrects the date on
//! which it was handed over: every message is in Close once, under the owner of its day.

use std::fs;

use super::{ANNA, BEN, Phone, migration, transcript};
use crate::kit::World;
use crate::kit::store::{Row, msgstore};
use crate::kit::world::IMPORT;

const NINA: &str = ",Nina Vogt,Nina Vogt,contact,+12025550148,lead_nina,cont_nina,,,\n";
const OTHER_LEAD: &str = ",Nina Vogt,Nina Vogt,contact,+12025550148,lead_other,cont_other,,,\n";

/// The days of the messages; each has one in each direction.
const DAYS: [u32; 6] = [2, 9, 16, 23, 29, 30];

/// Both devices name the folder `phone`; Anna had the phone until this day of March.
fn phones(day: u32) -> [(String, Phone); 2] {
    let archives = "archives = [\"phone\"]\n";
    [
        (format!("{archives}until = \"2023-03-{day:02}\"\n"), ANNA),
        (format!("{archives}from = \"2023-03-{day:02}\"\n"), BEN),
    ]
}

fn world(day: u32, export: Option<&str>) -> World {
    let [anna, ben] = phones(day).map(|(more, phone)| Phone {
        more: Box::leak(more.into_boxed_str()),
        ..phone
    });
    let exports: Vec<(&str, &str, &str)> = (export.iter())
        .map(|export| ("phone", "Nina Vogt", *export))
        .collect();
    let world = migration(&[anna, ben], "", &exports, NINA);
    fs::create_dir_all(world.path().join("phone")).expect("made");
    world
}

/// The export, with all messages of the owner under the name of the present one.
fn export() -> String {
    let days = DAYS.map(|day| {
        let lines = [
            ("Ben Ortiz", format!("from the office on day {day}")),
            ("Nina Vogt", format!("from Nina on day {day}")),
            ("Nina Vogt", "ok".to_owned()),
        ];
        let lines = lines.each_ref().map(|(name, text)| (*name, text.as_str()));
        transcript(&format!("{day:02}/03/2023"), &lines)
    });
    days.concat()
}

/// The date of the handover is corrected.
fn correct(world: &World, from: u32, to: u32) {
    let path = world.path().join("chatferry.toml");
    let text = fs::read_to_string(&path).expect("read");
    let date = |day: u32| format!("\"2023-03-{day:02}\"");
    assert_eq!(text.matches(&date(from)).count(), 2);
    fs::write(&path, text.replace(&date(from), &date(to))).expect("written");
}

/// Every message is in Close once, with user and number of the owner who had the phone.
#[track_caller]
fn assert_owners(world: &World, handover: u32, when: &str) {
    let mut found: Vec<(String, String, String)> = (world.server.state.messages().into_iter())
        .map(|message| {
            let day = message.activity_at.format("%d").to_string();
            let own = (message.user_id.unwrap_or_default(), message.local_phone);
            (format!("{day} {}", message.markdown), own.0, own.1)
        })
        .collect();
    let mut expected: Vec<(String, String, String)> = (DAYS.iter())
        .flat_map(|day| {
            let owner = if *day < handover { ANNA } else { BEN };
            let texts = [
                format!("from the office on day {day}"),
                format!("from Nina on day {day}"),
                "ok".to_owned(),
            ];
            texts.map(|text| {
                let text = format!("{day:02} {text}");
                (text, owner.user.to_owned(), owner.number.to_owned())
            })
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{when}");
}

/// The import after a correction changes what moved, and a second one nothing.
#[track_caller]
fn assert_corrected(world: &World, [from, to]: [u32; 2]) {
    let when = format!("{from} to {to}");
    correct(world, from, to);
    let run = world.run(IMPORT).exits(0);
    let moved = DAYS
        .iter()
        .filter(|day| (from.min(to)..from.max(to)).contains(*day));
    let numbers = ["created", "updated", "held", "undecided"].map(|name| run.number(name));
    assert_eq!(
        numbers,
        [0, 3 * moved.count() as u64, 0, 0],
        "{when}: {}",
        run.stderr
    );
    assert_owners(world, to, &when);
    let again = world.run(IMPORT).exits(0);
    let numbers = ["created", "updated", "replaced"].map(|name| again.number(name));
    assert_eq!(numbers, [0, 0, 0], "{when}: {}", again.stderr);
}

/// Later, earlier, back, and so that one of the owners never had the phone.
const CORRECTIONS: [[u32; 2]; 6] = [[20, 26], [26, 8], [8, 20], [20, 31], [31, 1], [1, 20]];

#[test]
fn messages_of_an_export_go_to_the_owner_of_the_corrected_day() {
    let world = world(20, Some(&export()));
    assert_eq!(world.import().exits(0).number("created"), 18);
    assert_owners(&world, 20, "first");
    for correction in CORRECTIONS {
        assert_corrected(&world, correction);
    }
}

#[test]
fn messages_of_a_database_go_to_the_owner_of_the_corrected_day() {
    let world = world(20, None);
    let chat = "12025550148@s.whatsapp.net";
    let rows: Vec<Row> = (DAYS.iter())
        .flat_map(|day| {
            // Noon of its day, in seconds from the beginning of such a store.
            let noon = 1_677_672_000 - 1_735_732_800 + i64::from(*day - 1) * 86_400;
            let at = |second: i64| noon + second;
            let text = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
            let id = |side: &str| text(format!("3EB0{side}{day:04}"));
            [
                Row::i(
                    chat,
                    id("AA"),
                    at(10),
                    text(format!("from the office on day {day}")),
                ),
                Row::they(
                    chat,
                    id("BB"),
                    at(20),
                    text(format!("from Nina on day {day}")),
                ),
                Row::they(chat, id("CC"), at(30), "ok"),
            ]
        })
        .collect();
    msgstore(&world.path().join("phone"), &rows, &[(chat, "Nina Vogt")]);
    assert_eq!(world.import().exits(0).number("created"), 18);
    assert_owners(&world, 20, "first");
    for correction in CORRECTIONS {
        assert_corrected(&world, correction);
    }
}

/// The person corrects the date and the lead at once, or finds out after a lost checkpoint.
#[test]
fn corrected_day_and_lead_or_lost_checkpoint_post_nothing_twice() {
    let world = world(20, Some(&export()));
    assert_eq!(world.import().exits(0).number("created"), 18);
    world.forget();
    correct(&world, 20, 26);
    assert_eq!(world.run(IMPORT).exits(0).number("created"), 0);
    assert_owners(&world, 26, "lost");
    correct(&world, 26, 8);
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("read");
    world.write("contacts.csv", &table.replace(NINA, OTHER_LEAD));
    let all = ["import", "--yes", "--json", "--allow-deletes", "99"];
    assert_eq!(world.run(&all).exits(0).number("created"), 0);
    assert_owners(&world, 8, "lead");
    let leads: Vec<String> = (world.server.state.messages().into_iter())
        .map(|message| message.lead_id)
        .collect();
    assert!(leads.iter().all(|lead| lead == "lead_other"), "{leads:?}");
    assert_eq!(world.run(&all).exits(0).number("replaced"), 0);
}
