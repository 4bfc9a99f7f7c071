//! `checkpoint export`: every row of every table, without the key of the hashes and without content.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::{bytes, database, imported, json};

fn lines(text: &str) -> Vec<Value> {
    (text.lines())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The number of rows by table.
fn counts(lines: &[Value]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for line in lines {
        let table = line["table"].as_str().expect("a table").to_owned();
        *counts.entry(table).or_default() += 1;
    }
    counts
}

#[test]
fn every_row_is_a_line() {
    let world = imported();
    let output = world.run(&["checkpoint", "export"]).exits(0);
    let exported = counts(&lines(&output.stdout));
    let file = database(&world);
    let mut tables = file
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .expect("tables");
    let tables = tables.query_map([], |row| row.get(0)).expect("names");
    let mut rows = BTreeMap::new();
    for table in tables {
        let table: String = table.expect("a name");
        let number = world.recorded(&format!("SELECT count(*) FROM {table}"));
        if number > 0 {
            rows.insert(table, number);
        }
    }
    assert_eq!(exported, rows);
}

#[test]
fn lines_have_words_and_no_key() {
    let world = imported();
    let before = bytes(&world);
    let output = world.run(&["checkpoint", "export"]).exits(0);
    assert!(bytes(&world) == before, "the export changed the file");
    let key: Vec<u8> = database(&world)
        .query_row("SELECT hash_key FROM meta", [], |row| row.get(0))
        .expect("a key");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!output.stdout.contains(&hex) && !output.stdout.contains("hash_key"));
    assert!(!output.stdout.contains("secret-") && !output.stdout.contains("+353"));
    let lines = lines(&output.stdout);
    assert_eq!(lines[0]["table"], "meta");
    let message = lines
        .iter()
        .find(|line| line["table"] == "message")
        .expect("a message");
    assert_eq!(
        (&message["state"], &message["origin"]),
        (&"done".into(), &"created".into())
    );
    assert_eq!(message["body_hash"].as_str().map(str::len), Some(32));
    assert!(
        message["activity_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("acti_"))
    );
}

#[test]
fn out_writes_a_file_that_may_be_replaced() {
    let world = imported();
    let arguments = ["checkpoint", "export", "--out", "rows.jsonl", "--json"];
    for _ in 0..2 {
        let output = world.run(&arguments).exits(0);
        let text = fs::read_to_string(world.path().join("rows.jsonl")).expect("a file");
        let value = json(&output);
        assert_eq!(value["rows"], text.lines().count());
        assert_eq!(value["file"], "rows.jsonl");
        assert_eq!(output.stdout.lines().count(), 1);
        let stdout = world.run(&["checkpoint", "export"]).exits(0).stdout;
        assert_eq!(stdout, text);
    }
}

#[test]
fn out_refuses_other_files() {
    let world = imported();
    world.write("notes.txt", "mine");
    for name in [
        "notes.txt",
        "chatferry.db",
        "chatferry.toml",
        "contacts.csv",
        "exports",
    ] {
        world.run(&["checkpoint", "export", "--out", name]).exits(2);
    }
    let kept = fs::read_to_string(world.path().join("notes.txt")).expect("a file");
    assert_eq!(kept, "mine");
}
