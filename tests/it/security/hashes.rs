//! Hashes of what people wrote, of their names and numbers: each is made with a key of its own file.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::kit::{World, scenes};

/// Every hash in the checkpoint: the binary values of 16 bytes.
fn hashes(world: &World) -> BTreeSet<Vec<u8>> {
    let path = world.path().join("chatferry.db");
    let file =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
    let tables: Vec<String> = (file.prepare("SELECT name FROM sqlite_master WHERE type = 'table'"))
        .and_then(|mut all| all.query_map([], |row| row.get(0))?.collect())
        .expect("tables");
    let mut hashes = BTreeSet::new();
    for table in tables {
        let mut all = file
            .prepare(&format!("SELECT * FROM {table}"))
            .expect("a table");
        let columns = all.column_count();
        let mut rows = all.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                if let ValueRef::Blob(bytes) = row.get_ref(column).expect("a value")
                    && bytes.len() == 16
                {
                    hashes.insert(bytes.to_owned());
                }
            }
        }
    }
    hashes
}

/// The hashes in a plan file.
fn planned(world: &World) -> BTreeSet<String> {
    world.run(&["plan", "--out", "plan.jsonl"]).exits(0);
    let text = fs::read_to_string(world.path().join("plan.jsonl")).expect("a plan");
    let hash = Regex::new(r#""([0-9a-f]{32})""#).expect("a pattern");
    hash.captures_iter(&text)
        .map(|found| found[1].to_owned())
        .collect()
}

/// The same chats, numbers and texts in two migrations: no hash is the same, so none can be looked up in a list of the
/// hashes of all numbers.
#[test]
fn two_checkpoints_of_the_same_chats_have_no_hash_in_common() {
    let (one, other) = (World::new(scenes::rich()), World::new(scenes::rich()));
    let plans = [planned(&one), planned(&other)];
    assert!(!plans[0].is_empty());
    assert!(plans[0].is_disjoint(&plans[1]), "{plans:?}");
    for world in [&one, &other] {
        world.import().exits(0);
    }
    let (one, other) = (hashes(&one), hashes(&other));
    assert!(one.len() > 6, "{one:?}");
    assert!(one.is_disjoint(&other), "{:?}", one.intersection(&other));
}
