//! Commands that only read, and every `--dry-run`: the checkpoint's bytes stay, and nothing is written in Close.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chatferry::sandbox::Fault;

use super::{delete, with_bytes};
use crate::kit::{Running, World, folder, is_post, scenes};

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
    &["completions", "bash"],
    &["man"],
];

/// `report` writes one file, where its flags name it: here in another folder.
const REPORTS: &[&[&str]] = &[
    &["report", "--out", "REPORT.html"],
    &["report", "--csv", "REPORT.csv"],
    &["report", "--chat", "Ben Cooper", "--out", "CHAT.html"],
];

/// The commands that write, in the folder or in Close, unless `--dry-run` is among [`COMMANDS`]: `review` runs the others,
/// `demo` and `sandbox` have a Close of their own, and those of a fleet create its tables.
const WRITERS: &[&str] = &[
    "fleet add",
    "fleet approve",
    "fleet remove",
    "fleet status",
    "serve",
    "init",
    "match",
    "import",
    "recover",
    "undo",
    "forget",
    "checkpoint prune",
    "review",
    "demo",
    "sandbox",
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
    let elsewhere = folder();
    let reports = REPORTS.iter().map(|command| {
        let words = command.iter().map(|word| match word.contains(".") {
            true => elsewhere.path().join(word).display().to_string(),
            false => (*word).to_owned(),
        });
        words.collect::<Vec<String>>()
    });
    let commands = COMMANDS.iter().map(|command| {
        let words = command.iter().map(|word| (*word).to_owned());
        words.collect::<Vec<String>>()
    });
    for command in commands.chain(reports) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let output = world.run(&words);
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
    let world = with_bytes(scenes::rich());
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

/// The output of `--help`, of the program or of a command.
fn help(command: &[&str]) -> String {
    let dir = folder();
    let arguments = [command, &["--help"]].concat();
    Running::start(&arguments, dir.path(), &[])
        .wait()
        .exits(0)
        .stdout
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command of the program, those below another one with its name.
fn all_commands() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for command in listed(&help(&[])) {
        match listed(&help(&[&command])).as_slice() {
            [] => drop(all.insert(command)),
            inner => all.extend(inner.iter().map(|name| format!("{command} {name}"))),
        }
    }
    all
}

/// Whether these words are a call of a command.
fn calls(words: &[&str], command: &str) -> bool {
    command
        .split(' ')
        .enumerate()
        .all(|(index, name)| words.get(index) == Some(&name))
}

#[test]
fn every_command_is_a_reader_or_a_writer() {
    let all = all_commands();
    assert!(all.len() > 20, "{all:?}");
    for command in &all {
        let is_writer = WRITERS.contains(&command.as_str());
        let mut calls = (COMMANDS.iter().chain(REPORTS)).filter(|words| calls(words, command));
        let is_reader = calls.any(|words| !is_writer || words.contains(&"--dry-run"));
        assert!(is_reader || is_writer, "{command} is in neither list");
    }
    for command in WRITERS {
        assert!(all.contains(*command), "no command {command}");
    }
}

#[test]
fn every_dry_run_is_tested() {
    for command in all_commands() {
        let names: Vec<&str> = command.split(' ').collect();
        let has_trial = help(&names).contains("--dry-run");
        let is_tested =
            (COMMANDS.iter()).any(|words| calls(words, &command) && words.contains(&"--dry-run"));
        assert_eq!(has_trial, is_tested, "{command} --dry-run");
    }
}
