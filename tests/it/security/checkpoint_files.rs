//! Links in the place of the checkpoint, and its mode.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::kit::world::IMPORT;
use crate::kit::{World, scenes};

/// The commands that read or write the checkpoint, without their output.
const COMMANDS: [&[&str]; 5] = [
    &["plan", "--json"],
    &["plan", "--offline", "--json"],
    &["status", "--json"],
    &["import", "--yes", "--json"],
    &["import", "--yes", "--json", "--retry-failed"],
];

#[track_caller]
fn assert_refused(world: &World, code: &str, file: &str) {
    for arguments in COMMANDS {
        let output = world.run(arguments).exits(2);
        output.says(&format!("\"code\":\"{code}\""));
        output.says(file);
        output.says("; remove the");
    }
    assert_eq!(world.server.writes(), 0);
}

#[test]
fn symbolic_link_in_place_of_the_checkpoint_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    let elsewhere = world.path().join("elsewhere.db");
    symlink(&elsewhere, world.path().join("chatferry.db")).expect("a link");
    assert_refused(
        &world,
        "checkpoint.symbolic_link",
        "chatferry.db is a symbolic link",
    );
    assert!(!elsewhere.exists());
}

#[test]
fn symbolic_link_in_place_of_the_lock_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    world.write("other.txt", "mine");
    let other = world.path().join("other.txt");
    symlink(&other, world.path().join("chatferry.db.lock")).expect("a link");
    assert_refused(
        &world,
        "checkpoint.symbolic_link",
        "chatferry.db.lock is a symbolic link",
    );
    // A lock is emptied when it is taken.
    assert_eq!(fs::read_to_string(other).expect("a file"), "mine");
    assert!(!world.path().join("chatferry.db").exists());
}

#[test]
fn checkpoint_with_a_second_name_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let (writes, checkpoint) = (world.server.writes(), world.path().join("chatferry.db"));
    let name = world.path().join("second.db");
    fs::hard_link(&checkpoint, &name).expect("a link");
    for arguments in COMMANDS {
        let output = world.run(arguments).exits(2);
        output.says("checkpoint.hard_links");
        output.says("remove the other names");
    }
    assert_eq!(world.server.writes(), writes);
    fs::remove_file(name).expect("removed");
    world.import().exits(0);
    world.assert_whole("with one name");
}

/// A lock is emptied by the run that takes it: under another name it is another file.
#[test]
fn lock_with_another_name_is_refused_and_not_emptied() {
    let world = World::new(vec![scenes::ben()]);
    let other = world.path().join("other.txt");
    fs::write(&other, "eight by").expect("written");
    fs::hard_link(&other, world.path().join("chatferry.db.lock")).expect("a link");
    for arguments in [&["doctor"][..], IMPORT] {
        let output = world.run(arguments);
        assert_ne!(output.code, Some(0), "{arguments:?}");
        output.says("chatferry.db.lock has more than one name (hard links)");
    }
    assert_eq!(fs::read(&other).expect("read"), b"eight by");
}

/// A folder cannot be opened, and a pipe would be waited for.
#[test]
fn checkpoint_that_is_no_file_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    let checkpoint = world.path().join("chatferry.db");
    fs::create_dir(&checkpoint).expect("made");
    world.import().exits(2).says("checkpoint.not_ours");
    fs::remove_dir(&checkpoint).expect("removed");
    let made = std::process::Command::new("mkfifo")
        .arg(&checkpoint)
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    for arguments in [&["plan"][..], &["status"], IMPORT] {
        world.run(arguments).exits(2).says("checkpoint.not_ours");
    }
}

#[test]
fn import_makes_its_checkpoint_readable_by_its_owner_alone() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let checkpoint = world.path().join("chatferry.db");
    let mode = || {
        fs::metadata(&checkpoint)
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&checkpoint, fs::Permissions::from_mode(0o664)).expect("set");
    for arguments in [
        &["plan"][..],
        &["plan", "--offline"],
        &["status"],
        &["doctor"],
    ] {
        let output = world.run(arguments);
        assert!(!output.stderr.contains("The mode of"), "{output:?}");
        assert_eq!(mode(), 0o664, "{arguments:?}");
    }
    let line = "chatferry.db was 664 and is now 600: only you can read it.\n";
    let output = world.import().exits(0);
    assert_eq!(output.stderr.matches(line).count(), 1, "{}", output.stderr);
    assert_eq!(mode(), 0o600);
    assert!(!world.import().exits(0).stderr.contains("The mode of"));
}

/// What is in its place may belong to another program.
#[test]
fn mode_of_a_foreign_file_stays() {
    let world = World::new(vec![scenes::ben()]);
    world.write(
        "chatferry.db",
        "a file of another program, which is no database at all",
    );
    let file = world.path().join("chatferry.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
    world
        .import()
        .exits(2)
        .says("is not a chatferry checkpoint");
    let mode = fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}
