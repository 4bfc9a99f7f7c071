//! A checkpoint moves from a file to a store and back: the plan after it is as empty as before.

use std::fs;

use super::setting::{Fleet, SECRET};
use crate::kit::world::IMPORT;
use crate::kit::{Output, scenes};

/// The lines of an export.
fn rows(output: Output) -> Vec<String> {
    output.exits(0).stdout.lines().map(str::to_owned).collect()
}

/// The configuration of the fleet's first machine, with this value of `checkpoint`.
fn set_checkpoint(fleet: &Fleet, value: &str) {
    let file = fleet.world.path().join("chatferry.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let lines = text
        .lines()
        .map(|line| match line.starts_with("checkpoint = ") {
            true => format!("checkpoint = \"{value}\"\n"),
            false => format!("{line}\n"),
        });
    fs::write(&file, lines.collect::<String>()).expect("written");
}

#[test]
fn checkpoint_moves_to_store_and_back() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    let address = fleet.database.address(SECRET);
    set_checkpoint(&fleet, "chatferry.db");
    fleet.import().exits(0);
    let writes = fleet.world.server.writes();
    let export = &["checkpoint", "export"];
    let before = rows(fleet.run(export));
    fleet
        .run(&["checkpoint", "export", "--to", &address])
        .exits(0)
        .says("each compared");
    set_checkpoint(&fleet, &address);
    assert_eq!(rows(fleet.run(export)), before);
    fleet.import().exits(0);
    let back = ["checkpoint", "export", "--to", "back.db", "--json"];
    let copied = fleet.run(&back).exits(0);
    let after = rows(fleet.run(export));
    assert_eq!(copied.number("rows"), after.len() as u64);
    set_checkpoint(&fleet, "back.db");
    assert_eq!(rows(fleet.run(export)), after);
    assert_eq!(fleet.import().exits(0).number("created"), 0);
    assert_eq!(fleet.world.server.writes(), writes);
    fleet.world.assert_whole("after both moves");
}

#[test]
fn copy_does_not_replace_checkpoint() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    fleet.import().exits(0);
    let before = rows(fleet.run(&["checkpoint", "export"]));
    let machine = fleet.machine();
    fs::write(machine.path().join("own.db"), "").expect("written");
    let to = |place: &str| {
        ["checkpoint", "export", "--to"]
            .into_iter()
            .chain([place])
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let address = fleet.database.address(SECRET);
    for place in ["own.db", address.as_str()] {
        let arguments = to(place);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let refused = fleet.run_in(machine.path(), &arguments);
        assert!(matches!(refused.code, Some(2 | 4)), "{refused:?}");
    }
    assert_eq!(
        fs::read(machine.path().join("own.db")).expect("a file"),
        b""
    );
    assert_eq!(rows(fleet.run(&["checkpoint", "export"])), before);
    fleet.run_in(machine.path(), IMPORT).exits(0);
}

/// A person who has the database and not the store key finds neither the hash key nor a number.
#[test]
fn hash_key_is_not_in_database() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    let address = fleet.database.address(SECRET);
    set_checkpoint(&fleet, "chatferry.db");
    fleet.import().exits(0);
    fleet
        .run(&["checkpoint", "export", "--to", &address])
        .exits(0);
    let file = fleet.world.path().join("chatferry.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(file, flags).expect("a database");
    let key: Vec<u8> = connection
        .query_row("SELECT hash_key FROM meta", [], |row| row.get(0))
        .expect("a key");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let places = "SELECT (SELECT count(*) FROM chatferry.snapshot WHERE position('\\x@'::bytea IN body) > 0) \
         + (SELECT count(*) FROM chatferry.organization WHERE position('\\x@'::bytea IN hash_key) > 0)";
    assert_eq!(fleet.database.number(&places.replace('@', &hex)), 0);
    assert!(
        fleet
            .database
            .number("SELECT count(*) FROM chatferry.snapshot")
            > 0
    );
}
