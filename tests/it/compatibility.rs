//! The formats that chatferry reads and writes: each older one is read, each newer one is refused with status 2, and what
//! this version does not know is kept.
//!
//! | file           | formats                               | newer           | unknown columns           |
//! |----------------|---------------------------------------|-----------------|---------------------------|
//! | checkpoint     | 1 to the last of `src/checkpoint`     | refused         | none: the schema is fixed |
//! | plan file      | 1                                     | refused         | sealed: refused           |
//! | failures.csv   | its columns                           | left as it is   | left as they are          |
//! | verify.csv     | its columns                           | refused (--out) | left as they are          |
//! | verify.csv     | `--repair --from`                     | unknown finding | ignored                   |
//!
//! Checkpoints that versions left, with their archives: `old_checkpoints`.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use crate::kit::{World, scenes};

/// The migrations, in order: the file of format n makes it of format n - 1.
fn migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checkpoint");
    (1..)
        .map(|format| folder.join(format!("v{format}.sql")))
        .take_while(|file| file.exists())
        .map(|file| fs::read_to_string(file).expect("a migration"))
        .collect()
}

/// The organisation of the sandbox, as a checkpoint of an import names it.
fn organization(world: &World) -> String {
    world.import().exits(0);
    let file = open(&path(world));
    let organization = file.query_row("SELECT organization_id FROM meta", [], |row| row.get(0));
    drop(file);
    world.forget();
    organization.expect("an organisation")
}

fn path(world: &World) -> PathBuf {
    world.path().join("chatferry.db")
}

fn open(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    Connection::open_with_flags(path, flags).expect("a database")
}

/// An empty checkpoint of this format.
fn write(world: &World, migrations: &[String], organization: &str) {
    let file = open(&path(world));
    for migration in migrations {
        file.execute_batch(migration).expect("migrated");
    }
    file.pragma_update(None, "application_id", 0x6366_7279)
        .expect("set");
    file.pragma_update(None, "user_version", number(migrations.len()))
        .expect("set");
    file.execute(
        "INSERT INTO meta (id, identity_version, organization_id, base_url, hash_key, created_at, created_by) \
         VALUES (1, 1, ?1, ?2, ?3, 1700000000000, '0.0.1')",
        params![organization, world.server.base_url, [7u8; 32]],
    )
    .expect("a description");
}

fn number(number: usize) -> i64 {
    i64::try_from(number).expect("a format")
}

fn format(world: &World) -> i64 {
    world.recorded("PRAGMA user_version")
}

/// Everything is in Close already, so that an import over any format only records it.
#[test]
fn every_older_checkpoint_is_read_and_migrated() {
    let world = World::new(vec![scenes::ben()]);
    let organization = organization(&world);
    let migrations = migrations();
    assert!(migrations.len() >= 9);
    for newest in 1..=migrations.len() {
        write(&world, &migrations[..newest], &organization);
        let before = fs::read(path(&world)).expect("a checkpoint");
        for command in [
            &["plan"][..],
            &["status"],
            &["verify"],
            &["checkpoint", "info"],
            &["checkpoint", "check"],
        ] {
            world.run(command).exits(0);
            assert!(
                fs::read(path(&world)).expect("a checkpoint") == before,
                "{newest}: {command:?}"
            );
        }
        let import = world.import().exits(0);
        assert_eq!(
            (import.number("created"), import.number("unchanged")),
            (0, 6),
            "{newest}"
        );
        assert_eq!(
            usize::try_from(format(&world)),
            Ok(migrations.len()),
            "{newest}"
        );
        world.run(&["checkpoint", "check"]).exits(0);
        world.forget();
    }
}

#[test]
fn newer_checkpoint_is_refused_by_every_command() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    open(&path(&world))
        .pragma_update(None, "user_version", number(migrations().len() + 1))
        .expect("set");
    let before = fs::read(path(&world)).expect("a checkpoint");
    for command in [
        &["plan"][..],
        &["import", "--yes"],
        &["verify"],
        &["status"],
        &["explain", "cf1-x"],
        &["checkpoint", "info"],
        &["checkpoint", "check"],
        &["checkpoint", "export"],
        &["checkpoint", "prune", "--yes"],
    ] {
        let output = world.run(command).exits(2);
        output
            .says("[checkpoint.newer]")
            .says("use the newer chatferry");
        assert!(
            fs::read(path(&world)).expect("a checkpoint") == before,
            "{command:?}"
        );
    }
}

#[test]
fn plan_file_of_a_newer_version_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    world.run(&["plan", "--out", "plan.jsonl"]).exits(0);
    let text = fs::read_to_string(world.path().join("plan.jsonl")).expect("a plan");
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    assert_ne!(newer, text);
    world.write("newer.jsonl", &newer);
    let output = world
        .run(&["import", "--plan", "newer.jsonl", "--yes"])
        .exits(2);
    output.says("was created by a newer chatferry");
    let unknown = text.replacen("\"version\":1", "\"version\":1,\"colour\":\"red\"", 1);
    world.write("unknown.jsonl", &unknown);
    world
        .run(&["import", "--plan", "unknown.jsonl", "--yes"])
        .exits(2)
        .says("was modified");
    assert_eq!(world.server.writes(), 0);
    world
        .run(&["import", "--plan", "plan.jsonl", "--yes"])
        .exits(0);
}

#[test]
fn failure_table_with_unknown_columns_is_left_as_it_is() {
    let world = World::new(vec![scenes::ben()]);
    fs::write(
        world.exports().join("WhatsApp Chat with Finn Lowe.zip"),
        b"no zip",
    )
    .expect("written");
    world.import().exits(3);
    let table = || fs::read_to_string(world.path().join("failures.csv")).expect("a table");
    let mut lines = table().lines().map(str::to_owned).collect::<Vec<_>>();
    lines[0].push_str(",owner");
    lines[1].push_str(",Anna");
    let mine = lines.join("\n");
    world.write("failures.csv", &mine);
    let output = world.import().exits(3);
    assert_eq!(table(), mine);
    output.says("failures.csv");
}

#[test]
fn verify_table_with_unknown_columns_is_refused_as_output() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    world.run(&["verify", "--out", "verify.csv"]).exits(0);
    let table = || fs::read_to_string(world.path().join("verify.csv")).expect("a table");
    let mine = table().replacen("finding,", "owner,finding,", 1);
    world.write("verify.csv", &mine);
    world
        .run(&["verify", "--out", "verify.csv"])
        .exits(2)
        .says("already exists");
    assert_eq!(table(), mine);
}

/// A newer version may add columns in any place, and findings; a finding that this version does not know is refused, since
/// nothing is known of its fix.
#[test]
fn verify_table_of_a_newer_version_is_read_for_a_repair() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let messages = world.server.state.messages();
    let gone = messages.last().expect("a message");
    let path = format!("/activity/whatsapp_message/{}/", gone.id);
    assert_eq!(
        world.server.call("DELETE", &path, &serde_json::Value::Null),
        200
    );
    world.run(&["verify", "--out", "verify.csv"]).exits(3);
    let table = fs::read_to_string(world.path().join("verify.csv")).expect("a table");
    let wider: Vec<String> = (table.lines().enumerate())
        .map(|(number, line)| match number {
            0 => format!("colour,{line},size"),
            number => format!("red,{line},{number}"),
        })
        .collect();
    world.write("wider.csv", &wider.join("\n"));
    let unknown = wider.join("\n").replace("missing", "lost on the way");
    assert_ne!(unknown, wider.join("\n"));
    world.write("unknown.csv", &unknown);
    let writes = world.server.writes();
    let repair = |table: &str| world.run(&["verify", "--repair", "--yes", "--from", table]);
    repair("unknown.csv")
        .exits(2)
        .says("unknown.csv:2: `lost on the way` is no finding");
    assert_eq!(world.server.writes(), writes);
    repair("wider.csv").exits(0);
    world.assert_whole("repaired");
}
