//! Commands that only read, and every `--dry-run`: the checkpoint's bytes stay, and nothing is written in Close.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chatferry::sandbox::Fault;

use super::delete;
use crate::kit::{World, is_post, scenes};

/// Every command that must not write anything in the migration's folder or in Close.
const COMMANDS: &[&[&str]] = &[
    &["inspect", "exports"],
    &["parse", "exports"],
    &["plan"],
    &["plan", "--json"],
    &["plan", "--offline"],
    &["plan", "--payloads"],
    &["plan", "--gone", "restore"],
    &["verify"],
    &["verify", "--json"],
    &["verify", "--files"],
    &["verify", "--files-sample", "50%"],
    &["verify", "--limit", "3"],
    &["recover", "--dry-run"],
    &["recover", "--dry-run", "--json"],
    &["verify", "--repair", "--dry-run"],
    &["status"],
    &["status", "--json"],
    &["doctor"],
    &["checklist", "--address-book", "book.vcf"],
    &["match", "--dry-run"],
    &["match", "--create-missing", "--dry-run"],
    &["bug-report"],
    &["explain", "WhatsApp Chat with Ben Cooper.zip:2"],
    &[
        "explain",
        "WhatsApp Chat with Ben Cooper.zip:2",
        "--ask",
        "--json",
    ],
    &["checkpoint", "info"],
    &["checkpoint", "check"],
    &["checkpoint", "export"],
    &["checkpoint", "prune", "--dry-run", "--keep-runs", "1"],
    &["runs"],
    &["runs", "--json"],
    &["undo", "--dry-run"],
    &["undo", "--dry-run", "--run", "latest"],
    &["undo", "--dry-run", "--leads", "--json"],
    &["forget", "--phone", "+353861234501", "--dry-run"],
    &["forget", "--phone", "+353861234501", "--dry-run", "--json"],
];

/// Requests that write in Close; a search is a POST.
fn writes(world: &World) -> usize {
    let requests = world.server.state.requests();
    let writes = requests.iter().filter(|line| line.method != "GET");
    writes
        .filter(|line| line.template != "/data/search/")
        .count()
}

/// All files of the folder but the lock, which names the last run.
fn files(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = world.listing();
    files.retain(|path, _| path.extension().is_none_or(|ending| ending != "lock"));
    files
}

#[track_caller]
fn assert_unchanged(world: &World) {
    let book = "BEGIN:VCARD\nVERSION:3.0\nFN:Ben Cooper\nTEL:+353 86 123 4501\nEND:VCARD\n";
    world.write("book.vcf", book);
    let before = (files(world), writes(world));
    for command in COMMANDS {
        let output = world.run(command);
        assert!(
            matches!(output.code, Some(0 | 3)),
            "{command:?}: {:?}\n{}\n{}",
            output.code,
            output.stdout,
            output.stderr
        );
        assert_eq!(writes(world), before.1, "{command:?} wrote in Close");
        assert!(files(world) == before.0, "{command:?} changed a file");
    }
}

#[test]
fn reading_commands_change_nothing_after_an_import() {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    delete(&world, "ok");
    assert_unchanged(&world);
}

#[test]
fn reading_commands_change_nothing_after_a_killed_import() {
    let world = World::new(scenes::rich());
    let killed = world.import_until(
        |seen, _| is_post(seen) && seen.number > 12,
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    assert_eq!(killed.code, None);
    assert_unchanged(&world);
}
