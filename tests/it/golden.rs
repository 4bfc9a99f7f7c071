//! Golden hashes: what the program plans, does and leaves in Close for seeded series of exports
//! stays the same, so that a change that is meant to change nothing proves it.
//!
//! `tests/data/golden.txt` has one line for each series, its name and the BLAKE3 of its record.
//! A record holds, for each import, what `plan --payloads` prints before it, the summary without
//! the fields that differ from run to run, and what Close holds afterwards, sorted by content and
//! with activities numbered in order of first appearance.
//!
//! | variable                 | effect                                                          |
//! |--------------------------|-----------------------------------------------------------------|
//! | `CHATFERRY_GOLDEN`       | so many histories, at most those in the file, instead of [`FEW`] |
//! | `CHATFERRY_WRITE_GOLDEN` | `1`: writes the file anew, as many histories as it has or more   |
//! | `CHATFERRY_GOLDEN_DIR`   | keeps each record in this folder, to compare those of two trees  |
//!
//! To compare more histories than the file has, a checkout of the earlier version writes a file
//! with `CHATFERRY_WRITE_GOLDEN=1 CHATFERRY_GOLDEN=2000`, and the later version reads it with
//! `CHATFERRY_GOLDEN=2000`.
//!
//! Here belongs the comparison with an earlier version alone, never what is right: that is in
//! `sequences`, `native`, `groups` and `samples`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chatferry::sandbox::{Seed, StoredMessage};
use serde_json::Value;

use crate::kit::pool::at_once;
use crate::kit::setting::{is_thorough, setting};
use crate::kit::{Output, World};
use crate::samples;
use crate::scenarios::{Databases, Group, Scenario};
use crate::sequences::History;

/// How many histories every test run compares.
const FEW: u64 = 8;
/// How many a thorough run compares.
const MORE: u64 = 24;
/// How often the exports of each are imported.
const IMPORTS: usize = 4;
/// Of the groups.
const GROUPS: u64 = 8;
/// The fields of a summary that differ from run to run.
const FLEETING: [&str; 3] = ["seconds", "requests", "retries"];

/// The samples, which are imported twice and never change.
struct Samples;

impl Scenario for Samples {
    fn world(&mut self) -> World {
        let folder = crate::kit::folder();
        samples::copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"),
            folder.path(),
        );
        let contacts = fs::read_to_string(folder.path().join("contacts.csv")).expect("contacts");
        let seed = Seed::from_contacts_csv(&contacts).expect("a seed");
        let world = World::of_folder(folder, seed);
        let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
        let fast = "[limits]\nrequests_per_second = 1000.0\n";
        world.write("chatferry.toml", &format!("{config}\n{fast}"));
        world
    }

    fn advance(&mut self, _world: &World) -> Vec<&'static str> {
        Vec::new()
    }
}

/// The names of all series, with this many histories.
fn names(histories: u64) -> Vec<String> {
    let histories = (0..histories).map(|seed| format!("history-{seed}"));
    let databases = (0..Databases::SERIES).map(|seed| format!("database-{seed}"));
    let groups = (0..GROUPS).map(|seed| format!("group-{seed}"));
    std::iter::once("samples".to_owned())
        .chain(databases)
        .chain(groups)
        .chain(histories)
        .collect()
}

/// The record of a series.
fn record(name: &str) -> String {
    let (kind, seed) = name.split_once('-').unwrap_or((name, "0"));
    let seed = seed.parse().expect("a seed");
    let (scenario, imports): (Box<dyn Scenario>, usize) = match kind {
        "samples" => (Box::new(Samples), 2),
        "database" => (Box::new(Databases::new(seed)), IMPORTS),
        "group" => (Box::new(Group::new(seed)), IMPORTS),
        "history" => (Box::new(History::new(seed)), IMPORTS),
        _ => panic!("no series {name}"),
    };
    series(scenario, imports)
}

fn series(mut scenario: Box<dyn Scenario>, imports: usize) -> String {
    let world = scenario.world();
    let mut numbers = Numbers::default();
    let mut record = String::new();
    for import in 0..imports {
        let changes = match import {
            0 => Vec::new(),
            _ => scenario.advance(&world),
        };
        writeln!(record, "import {import}: {}", changes.join(", ")).expect("a string");
        let plan = world.run(&["plan", "--payloads"]);
        writeln!(record, "plan {:?}\n{}", plan.code, plan.stdout.trim_end()).expect("a string");
        let run = world.import();
        writeln!(record, "run {:?} {}", run.code, summary(&run)).expect("a string");
        for line in numbers.lines(world.server.state.messages()) {
            writeln!(record, "{line}").expect("a string");
        }
    }
    record
}

/// The summary object without what changes from run to run.
fn summary(run: &Output) -> Value {
    let line = run.stdout.lines().last().unwrap_or_default();
    let mut summary: Value = serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("{error}: {line}\n{}", run.stderr));
    if let Some(fields) = summary.as_object_mut() {
        fields.retain(|name, _| !FLEETING.contains(&name.as_str()));
    }
    summary
}

/// Numbers for the ids of activities, which are others in every sandbox.
#[derive(Default)]
struct Numbers(HashMap<String, usize>);

impl Numbers {
    /// One line a message. The order of creation does not count: requests are sent at once.
    fn lines(&mut self, messages: Vec<StoredMessage>) -> Vec<String> {
        let mut rows: Vec<(String, StoredMessage)> = (messages.into_iter())
            .map(|message| (content(&message), message))
            .collect();
        // Where two are equal in all else, the one that was there before comes first.
        let known = |id: &str| self.0.get(id).copied().unwrap_or(usize::MAX);
        rows.sort_by_cached_key(|(content, message)| (content.clone(), known(&message.id)));
        for (_, message) in &rows {
            self.number(&message.id);
        }
        (rows.iter())
            .map(|(content, message)| {
                let number = self.number(&message.id);
                let answers = message.response_to_id.as_deref().map(|id| self.number(id));
                format!("{content} {number} answers {answers:?}")
            })
            .collect()
    }

    fn number(&mut self, id: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(id.to_owned()).or_insert(next)
    }
}

/// All of a message but ids of activities, addresses of files and the date of its creation.
fn content(message: &StoredMessage) -> String {
    let text = blake3::hash(message.markdown.as_bytes()).to_hex();
    let files: Vec<String> = (message.attachments.iter())
        .map(|file| {
            format!(
                "{} {} {} {}",
                file.filename, file.content_type, file.size, file.blake3
            )
        })
        .collect();
    format!(
        "{} {} {} {} {:?} {:?} {} {} {} {files:?} {:?} {}",
        message.external_id,
        message.lead_id,
        message.activity_at.to_rfc3339(),
        text,
        message.contact_id,
        message.user_id,
        message.direction,
        message.local_phone,
        message.remote_phone,
        message.integration_link,
        message.inbox,
    )
}

/// The hash of each record, worked out on all cores.
fn hashes(names: &[String]) -> BTreeMap<String, String> {
    let kept = setting("CHATFERRY_GOLDEN_DIR").map(PathBuf::from);
    if let Some(folder) = &kept {
        fs::create_dir_all(folder).expect("made");
    }
    let hashes = at_once(names, |name| {
        let record = record(name);
        if let Some(folder) = &kept {
            fs::write(folder.join(format!("{name}.txt")), &record).expect("written");
        }
        blake3::hash(record.as_bytes()).to_hex().to_string()
    });
    names.iter().cloned().zip(hashes).collect()
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden.txt")
}

/// The hashes in the file, by name.
fn golden() -> BTreeMap<String, String> {
    let text = fs::read_to_string(file()).unwrap_or_default();
    (text.lines())
        .filter_map(|line| line.split_once(' '))
        .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
        .collect()
}

#[test]
fn series_of_exports_are_imported_as_before() {
    let golden = golden();
    let usual = if is_thorough() { MORE } else { FEW };
    let asked = setting("CHATFERRY_GOLDEN").map(|count| count.parse().expect("a number"));
    if setting("CHATFERRY_WRITE_GOLDEN").as_deref() == Some("1") {
        let there = golden.keys().filter(|name| name.starts_with("history-"));
        let names = names(asked.unwrap_or(usual).max(there.count() as u64));
        let hashes = hashes(&names);
        let lines: String = (names.iter())
            .map(|name| format!("{name} {}\n", hashes[name]))
            .collect();
        fs::write(file(), lines).expect("written");
        return;
    }
    let hashes = hashes(&names(asked.unwrap_or(usual)));
    let changed: Vec<&str> = (hashes.iter())
        .filter(|(name, hash)| golden.get(*name) != Some(hash))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        changed.is_empty(),
        "{} of {} series are imported in another way, or are not in the file: {}\n\
         CHATFERRY_GOLDEN_DIR=DIR keeps the records of a tree, to compare those of two",
        changed.len(),
        hashes.len(),
        changed.join(" ")
    );
}

/// The order in which activities were created, and their ids, do not count; all else does.
#[test]
fn hashes_ignore_ids_and_creation_order() {
    let message = |id: &str, external_id: &str, answers: Option<&str>| StoredMessage {
        id: id.to_owned(),
        external_id: external_id.to_owned(),
        lead_id: "lead_01".to_owned(),
        contact_id: None,
        user_id: None,
        direction: "incoming".to_owned(),
        activity_at: chrono::DateTime::UNIX_EPOCH,
        local_phone: String::new(),
        remote_phone: String::new(),
        markdown: "a text".to_owned(),
        attachments: Vec::new(),
        integration_link: None,
        response_to_id: answers.map(str::to_owned),
        inbox: false,
        date_created: chrono::DateTime::UNIX_EPOCH,
    };
    let lines = |messages| Numbers::default().lines(messages);
    let one = lines(vec![
        message("acti_1", "m1", None),
        message("acti_2", "m2", Some("acti_1")),
    ]);
    let other = lines(vec![
        message("acti_7", "m2", Some("acti_9")),
        message("acti_9", "m1", None),
    ]);
    assert_eq!(one, other);
    let unlinked = lines(vec![
        message("acti_1", "m1", None),
        message("acti_2", "m2", Some("acti_2")),
    ]);
    assert_ne!(one, unlinked);
    // An activity that takes the place of another one is seen.
    let mut numbers = Numbers::default();
    let before = numbers.lines(vec![message("acti_1", "m1", None)]);
    assert_ne!(numbers.lines(vec![message("acti_2", "m1", None)]), before);
}
