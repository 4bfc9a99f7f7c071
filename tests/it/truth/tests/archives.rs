//! The archives as bytes: the real program reads what was recorded. Only what a reader cannot
//! mistake is compared; how messages are paired is another question.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Conversation, later};
use crate::kit::World;
use crate::truth::recorded::{Class, State};
use crate::truth::sources::{Export, Language, Program};
use crate::truth::{Profile, archive, msgstore};

/// Writes the archive into a folder of its own and returns what the program is to read.
fn written(export: &Export, of: &Conversation, folder: &Path) -> PathBuf {
    fs::create_dir(folder).expect("made");
    if export.program == Program::Msgstore {
        msgstore::put(export, of, folder);
        return folder.join("msgstore.db");
    }
    let path = folder.join(archive::name(export, of));
    fs::write(&path, archive::zip(export, of)).expect("written");
    path
}

#[track_caller]
fn assert_read(world: &World, export: &Export, of: &Conversation, name: &str) {
    let path = written(export, of, &world.path().join(name));
    let path = path.to_str().expect("text");
    let order = match export.program {
        Program::Web => "mdy",
        Program::Android | Program::Iphone | Program::Msgstore => "dmy",
    };
    let arguments = [
        "parse",
        path,
        "--timezone",
        "Europe/Berlin",
        "--date-order",
        order,
    ];
    let output = world.run(&arguments).exits(0);
    let lines = output.stdout.lines();
    let read: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["kind"] != "system")
        .collect();
    let recorded = export.recorded(of);
    assert_eq!(read.len(), recorded.len(), "{name}\n{}", output.stdout);
    for (line, record) in read.iter().zip(&recorded) {
        let what = format!("{name}: {line}\n{record:?}");
        let deleted = record.state == State::Deleted;
        assert_eq!(line["kind"] == "deleted", deleted, "{what}");
        assert_eq!(
            line["edited"] == true,
            record.state == State::Edited,
            "{what}"
        );
        if record.class == Class::Text {
            assert_eq!(line["text"].as_str(), record.body.as_deref(), "{what}");
        }
        if let Some(local) = record.local {
            let local = local.format("%Y-%m-%dT%H:%M:%S").to_string();
            assert_eq!(line["local_time"], local, "{what}");
        }
        let present = line["attachments"][0]["present"] == true;
        let there = record.files.iter().any(|file| file.crc.is_some());
        let card = record.class == Class::Card;
        assert!(present == there || card, "{what}");
    }
}

#[test]
fn every_archive_is_parsed() {
    let world = World::new(Vec::new());
    for seed in 0..6 {
        let profile = Profile {
            people: if seed % 3 == 2 { 3 } else { 2 },
            ..Profile::lively(40)
        };
        let of = profile.conversation(seed);
        for program in [
            Program::Android,
            Program::Iphone,
            Program::Web,
            Program::Msgstore,
        ] {
            let export = Export {
                media: seed % 2 == 0,
                language: match seed % 4 {
                    0 | 1 => Language::English,
                    _ => Language::German,
                },
                newest: (seed == 4).then_some(25),
                jitter: (program == Program::Iphone).then_some(seed),
                numbering: 3,
                ..Export::new(program, later())
            };
            assert_read(&world, &export, &of, &format!("{program:?}-{seed}"));
        }
    }
}
