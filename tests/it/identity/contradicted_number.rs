//! A row of contacts.csv that gives a chat another number than its database has: the whole chat is held.

use std::fs;

use crate::kit::Side::{Me, They};
use crate::kit::archive::put_zip;
use crate::kit::store::{Row, msgstore};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Chat, Output, World};

const BEN: &str = "353861234501@s.whatsapp.net";
const RIGHT: &str = "+353861234501";
const WRONG: &str = "+353861239999";

/// Minutes from 13:00 in Berlin on 2025-01-01, id, text, whether the owner wrote it.
const TOLD: [(i64, &str, &str, bool); 5] = [
    (0, "3A000000000000000A01", "can you come on Friday?", false),
    (2, "3A000000000000000A02", "yes, at nine", true),
    (5, "3A000000000000000A03", "bring the long ladder", false),
    (8, "3A000000000000000A04", "it is in the van", true),
    (9, "3A000000000000000A05", "perfect", false),
];

fn table(number: &str) -> String {
    let row = format!("Ben Cooper,Ben Cooper,contact,{number},lead_01,cont_01,,\n");
    format!("{HEADER}{}{row}", me())
}

fn world() -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(table(RIGHT));
    built.world()
}

/// A database with these messages; without `wa.db` it knows its contacts by number alone.
fn put_database(
    world: &World,
    messages: &[(i64, &'static str, &'static str, bool)],
    is_named: bool,
) {
    let rows: Vec<Row> = (messages.iter())
        .map(|(minute, id, text, mine)| Row {
            mine: *mine,
            ..Row::they(BEN, id, minute * 60, text)
        })
        .collect();
    let names: &[(&str, &str)] = if is_named {
        &[(BEN, "Ben Cooper")]
    } else {
        &[]
    };
    msgstore(&world.exports(), &rows, names);
}

fn export(messages: &[(i64, &str, &str, bool)]) -> Chat {
    (messages.iter()).fold(
        Chat::android("Ben Cooper", 1),
        |chat, (minute, _, text, mine)| {
            let side = if *mine { Me } else { They };
            chat.say(&format!("2025-01-01 13:{minute:02}"), side, text)
        },
    )
}

fn counts(run: &Output) -> [u64; 4] {
    ["created", "updated", "replaced", "deleted"].map(|name| run.number(name))
}

/// Number and text of everything in Close.
fn in_close(world: &World) -> Vec<(String, String)> {
    let messages = world.server.state.messages().into_iter();
    let mut all: Vec<_> = messages.map(|m| (m.remote_phone, m.markdown)).collect();
    all.sort();
    all
}

#[test]
fn row_that_contradicts_the_database_holds_the_export_too() {
    for is_named in [true, false] {
        for recorded_by in ["nothing", "database", "export", "both"] {
            let world = world();
            if matches!(recorded_by, "database" | "both") {
                let row = format!("{RIGHT},{RIGHT},contact,{RIGHT},lead_01,cont_01,,\n");
                world.write("contacts.csv", &(table(RIGHT) + &row));
                put_database(&world, &TOLD, is_named);
            }
            if matches!(recorded_by, "export" | "both") {
                put_zip(&export(&TOLD), &world.exports());
            }
            if recorded_by != "nothing" {
                let run = world.import().exits(0);
                assert_eq!(counts(&run), [5, 0, 0, 0], "{recorded_by}: {}", run.stderr);
            }
            let before = in_close(&world);
            put_database(&world, &TOLD, is_named);
            put_zip(&export(&TOLD), &world.exports());
            world.write("contacts.csv", &table(WRONG));
            let plan = world.run(&["plan"]).exits(0);
            plan.says("contacts.csv line 3 gives it the phone +353…99, but its archive has the number +353…01");
            plan.says("correct the phone in that line");
            let run = world.import().exits(0);
            let when = format!("{recorded_by}, {is_named}: {}", run.stderr);
            assert_eq!(counts(&run), [0; 4], "{when}");
            assert_eq!(run.number("held"), 10, "{when}");
            assert_eq!(in_close(&world), before, "{when}");
            // The correction of the row settles it.
            let row = format!("{RIGHT},{RIGHT},contact,{RIGHT},lead_01,cont_01,,\n");
            world.write("contacts.csv", &(table(RIGHT) + &row));
            let run = world.import().exits(0);
            let created = if recorded_by == "nothing" { 5 } else { 0 };
            assert_eq!(counts(&run)[0], created, "{when}\n{}", run.stderr);
            assert_eq!(in_close(&world).len(), 5);
            assert!(in_close(&world).iter().all(|(number, _)| number == RIGHT));
            assert_eq!(counts(&world.import().exits(0)), [0; 4]);
        }
    }
}

/// The export and the database have no message in common time: the name is all that is known.
#[test]
fn row_that_contradicts_a_database_of_another_time_holds_the_export() {
    let world = world();
    put_database(&world, &TOLD[3..], true);
    put_zip(&export(&TOLD[..3]), &world.exports());
    world.write("contacts.csv", &table(WRONG));
    let run = world.import().exits(0);
    assert_eq!(
        (counts(&run), run.number("held")),
        ([0; 4], 5),
        "{}",
        run.stderr
    );
}

/// A database of another person of this name says nothing about the export.
#[test]
fn database_of_a_namesake_does_not_hold_the_export() {
    const OTHER: [(i64, &str, &str, bool); 4] = [
        (1, "3A000000000000000B01", "the invoice is wrong", false),
        (3, "3A000000000000000B02", "I send a new one", true),
        (6, "3A000000000000000B03", "with the old address?", false),
        (9, "3A000000000000000B04", "no, the new one", true),
    ];
    let world = world();
    put_database(&world, &OTHER, true);
    put_zip(&export(&TOLD), &world.exports());
    world.write("contacts.csv", &table(WRONG));
    let run = world.import().exits(0);
    assert_eq!(
        (counts(&run), run.number("held")),
        ([5, 0, 0, 0], 4),
        "{}",
        run.stderr
    );
    assert!(in_close(&world).iter().all(|(number, _)| number == WRONG));
    let rows = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    assert_eq!(rows, table(WRONG));
}
