//! `chatferry checkpoint`: info, check, export and prune.

mod check;
mod export;
mod info;
mod prune;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::kit::{Output, World, scenes};

/// An imported migration.
fn imported() -> World {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    world
}

/// The checkpoint, opened with another program, which enforces nothing.
fn database(world: &World) -> Connection {
    let path = world.path().join("chatferry.db");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = Connection::open_with_flags(path, flags).expect("a database");
    file.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .expect("set");
    file
}

fn bytes(world: &World) -> Vec<u8> {
    std::fs::read(world.path().join("chatferry.db")).expect("a checkpoint")
}

/// The object of `--json`: the last line of stdout.
#[track_caller]
fn json(output: &Output) -> Value {
    let line = output.stdout.lines().last().expect("a line");
    serde_json::from_str(line).expect("JSON")
}

/// Every command with the flags that it needs without a terminal.
const COMMANDS: [&[&str]; 4] = [
    &["checkpoint", "info"],
    &["checkpoint", "check"],
    &["checkpoint", "export"],
    &["checkpoint", "prune", "--yes"],
];

#[test]
fn absent_checkpoint_is_a_usage_error_with_its_cause() {
    let world = World::new(vec![scenes::ben()]);
    for command in COMMANDS {
        let output = world.run(command).exits(2);
        output
            .says("there is no checkpoint (")
            .says("`chatferry recover`");
        output.says("[checkpoint.absent]");
        assert_eq!(output.stdout, "");
    }
    assert!(!world.path().join("chatferry.db").exists());
    std::fs::write(world.path().join("chatferry.db"), b"").expect("written");
    for command in COMMANDS {
        world.run(command).exits(2).says("is empty");
    }
}

#[test]
fn newer_checkpoint_is_refused() {
    let world = imported();
    let file = database(&world);
    file.pragma_update(None, "user_version", 1000).expect("set");
    drop(file);
    let before = bytes(&world);
    for command in COMMANDS {
        let output = world.run(command).exits(2);
        output.says("[checkpoint.newer]");
        assert!(bytes(&world) == before, "{command:?} changed the file");
    }
}

#[test]
fn commands_need_neither_key_nor_archives_nor_contacts() {
    let world = imported();
    std::fs::remove_dir_all(world.exports()).expect("removed");
    std::fs::remove_file(world.path().join("contacts.csv")).expect("removed");
    for command in COMMANDS {
        let running = crate::kit::Running::start(command, world.path(), &[]);
        running.wait().exits(0);
    }
}
