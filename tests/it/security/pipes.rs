//! A pipe or device in the place of a file that people write: refused, and never waited for.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::kit::{World, scenes};

/// The files of a migration, next to its configuration.
const FILES: [&str; 6] = [
    "never.txt",
    "exclude.csv",
    "replies.csv",
    "decisions.csv",
    "contacts.csv",
    "chatferry.toml",
];

const COMMANDS: [&[&str]; 5] = [
    &["plan", "--offline"],
    &["import", "--yes"],
    &["doctor"],
    &["status"],
    &["match", "--dry-run"],
];

fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn pipe_in_place_of_a_file_of_the_migration_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    for name in FILES {
        let path = world.path().join(name);
        let before = fs::read(&path).ok();
        fs::remove_file(&path).ok();
        make_pipe(&path);
        // `match` reads no table about messages.
        let of_messages = ["replies.csv", "decisions.csv"].contains(&name);
        for arguments in &COMMANDS[..COMMANDS.len() - usize::from(of_messages)] {
            let output = world.run(arguments).exits(2);
            output.says(name).says("it is a pipe, a socket or a device");
        }
        fs::remove_file(&path).expect("removed");
        if let Some(bytes) = before {
            fs::write(&path, bytes).expect("written");
        }
    }
    assert_eq!(world.server.writes(), 0);
}

#[test]
fn device_and_pipe_as_address_book_are_refused() {
    let world = World::new(vec![scenes::ben()]);
    make_pipe(&world.path().join("book.vcf"));
    symlink("/dev/zero", world.path().join("zero.vcf")).expect("a link");
    for name in ["book.vcf", "zero.vcf"] {
        for command in ["match", "init exports --dir new"] {
            let mut arguments: Vec<&str> = command.split(' ').collect();
            arguments.extend(["--address-book", name]);
            let output = world.run(&arguments).exits(2);
            output.says(name).says("it is a pipe, a socket or a device");
        }
    }
}

#[test]
fn pipe_in_place_of_a_file_stops_init() {
    let world = World::new(vec![scenes::ben()]);
    for name in ["chatferry.toml", "contacts.csv", "never.txt"] {
        let path = world.path().join(name);
        let before = fs::read(&path).ok();
        fs::remove_file(&path).ok();
        make_pipe(&path);
        (world.run(&["init", "--update", "exports"]).exits(2)).says(name);
        fs::remove_file(&path).expect("removed");
        if let Some(bytes) = before {
            fs::write(&path, bytes).expect("written");
        }
    }
}
