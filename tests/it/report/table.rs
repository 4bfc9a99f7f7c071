//! `report --csv`: the table of chats.

use std::collections::BTreeMap;
use std::fs;

use crate::kit::Side::They;
use crate::kit::{Built, Chat, World, scenes};

type Row = BTreeMap<String, String>;

fn rows(world: &World, flags: &[&str]) -> Vec<Row> {
    let flags: Vec<&str> = [&["report", "--csv", "t.csv"], flags].concat();
    world.run(&flags).exits(0);
    let bytes = fs::read(world.path().join("t.csv")).expect("t.csv");
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows = reader.deserialize().collect::<Result<Vec<Row>, _>>();
    rows.expect("CSV")
}

#[track_caller]
fn number(row: &Row, column: &str) -> u64 {
    row[column].parse().expect("a number")
}

/// Every message is in exactly one column.
#[track_caller]
fn assert_adds_up(rows: &[Row]) {
    for row in rows {
        let of = |column: &str| number(row, column);
        assert_eq!(of("messages"), of("read") - of("seen_again"), "{row:?}");
        let columns = [
            "left_out",
            "held",
            "in_close",
            "removed",
            "failed",
            "unknown",
            "to_post",
            "undecided",
        ];
        let sum: u64 = columns.iter().map(|column| of(column)).sum();
        assert_eq!(of("messages"), sum, "{row:?}");
    }
}

#[test]
fn columns_add_up_before_and_after_an_import() {
    let mut built = Built::new(scenes::rich());
    let rows_of = [scenes::ben(), scenes::dora()];
    built.contacts = Some(crate::kit::world::contacts(&rows_of));
    let world = built.world();
    let before = rows(&world, &[]);
    assert_adds_up(&before);
    let sum = |rows: &[Row], column: &str| rows.iter().map(|row| number(row, column)).sum::<u64>();
    assert_eq!(before.len(), 3);
    assert_eq!((sum(&before, "to_post"), sum(&before, "in_close")), (10, 0));
    // Cleo has no row in contacts.csv.
    let cleo = before.iter().find(|row| row["chat"] == "Cleo Marsh");
    let cleo = cleo.expect("a row");
    assert_eq!((number(cleo, "held"), number(cleo, "lines")), (5, 6));
    assert!(cleo["held_because"].contains("contacts.csv"), "{cleo:?}");
    world.import().exits(0);
    let after = rows(&world, &[]);
    assert_adds_up(&after);
    assert_eq!((sum(&after, "to_post"), sum(&after, "in_close")), (0, 10));
    let ben = &after[0];
    assert_eq!(ben["chat"], "Ben Cooper");
    // A lead of a rehearsal has no page in Close.
    assert_eq!(ben["lead"], "lead_01");
    assert_eq!(
        (ben["first"].as_str(), ben["last"].as_str()),
        ("2024-03-13", "2024-03-13")
    );
    assert_eq!((number(ben, "lines"), number(ben, "left_out")), (13, 1));
}

#[test]
fn table_alone_writes_no_page() {
    let world = World::new(vec![scenes::ben()]);
    rows(&world, &[]);
    assert!(!world.path().join("chatferry-report.html").exists());
    rows(&world, &["--out", "r.html"]);
    assert!(world.path().join("r.html").exists());
}

#[test]
fn name_of_a_chat_is_no_formula() {
    let world = World::new(vec![scenes::plain("=1+1", 1, 3)]);
    world.run(&["report", "--csv", "t.csv"]);
    let table = fs::read_to_string(world.path().join("t.csv")).expect("t.csv");
    assert!(table.contains(",'=1+1,"), "{table}");
    assert!(!table.contains(",=1+1"), "{table}");
}

#[test]
fn limit_counts_the_rest_as_left_out() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 9)]);
    let rows = rows(&world, &["--limit", "4"]);
    assert_adds_up(&rows);
    assert_eq!(
        (number(&rows[0], "to_post"), number(&rows[0], "left_out")),
        (4, 5)
    );
}

/// Names of files that the program reads or writes, whether they are there or not: what it writes under such a name would
/// be read as a table, or removed as the log of the checkpoint.
#[test]
fn names_of_the_migrations_files_are_refused() {
    let world = Built::new(vec![Chat::android("Ben Cooper", 1).say(
        "2024-03-13 10:15",
        They,
        "Good morning",
    )])
    .world();
    for name in [
        "never.txt",
        "exclude.csv",
        "replies.csv",
        "decisions.csv",
        "failures.csv",
        "candidates.csv",
        "contacts.csv",
        "contacts.csv.1",
        "chatferry.db-wal",
        "chatferry.db.lock",
    ] {
        for command in [
            &["report", "--out", name][..],
            &["report", "--csv", name],
            &["plan", "--out", name],
            &["verify", "--out", name],
        ] {
            let refused = world.run(command).exits(2);
            refused.says("is a file of the migration; choose another name");
        }
        assert!(
            name == "contacts.csv" || !world.path().join(name).exists(),
            "{name}"
        );
    }
    world
        .run(&["report", "--out", "same", "--csv", "same"])
        .exits(2)
        .says("name one file");
    assert!(!world.path().join("same").exists());
}
