//! Checkpoints that older versions wrote, and what they recorded about archives that are still
//! there: a newer version plans nothing, and its import writes nothing.
//!
//! `tests/data/checkpoints/VERSION/NAME.zip` is what one version left after one series of imports
//! (`scenarios`): archives, tables and configuration as of the last import, the checkpoint, and
//! what the sandbox held, ids of activities included. These files are never changed; a version
//! whose checkpoints differ adds a folder of its own:
//!
//! ```text
//! CHATFERRY_WRITE_CHECKPOINTS=tests/data/checkpoints cargo test --test it old_checkpoints
//! ```
//!
//! writes the folder of the version that runs it. A format that no version was released with has the folder
//! `format-N`. The series, and with it all but random ids, keys
//! and dates of runs, are the same each time.
//!
//! | file      | holds                                                      |
//! |-----------|------------------------------------------------------------|
//! | `fixture` | one file: how a world is packed into it and comes out again |
//! | `writer`  | which series are imported, and what is written of them      |

mod fixture;
mod writer;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::World;
use crate::kit::setting::{setting, some_of};
use crate::kit::world::IMPORT;
use fixture::Fixture;

/// What a plan that is empty has none of.
const NONE: [&str; 7] = [
    "created",
    "updated",
    "replaced",
    "deleted",
    "held",
    "undecided",
    "failed",
];

/// The files of one version, by name.
fn files(version: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = (fs::read_dir(version).expect("a folder"))
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    files
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/checkpoints")
}

/// Every file of every version.
fn all() -> Vec<PathBuf> {
    (files(&data()).iter())
        .flat_map(|version| files(version))
        .collect()
}

/// The version that runs has nothing to do for what this file holds.
fn check(file: &Path) {
    let Fixture { world, story } = Fixture::read(file);
    let what = format!("{}: {story}", file.display());
    let before = world.server.state.messages();
    let plan = world.run(&["plan", "--json"]);
    assert_eq!(plan.code, Some(0), "{what}\n{}", plan.stderr);
    assert!(plan.number("unchanged") > 0, "{what}: nothing is compared");
    for name in NONE {
        assert_eq!(plan.number(name), 0, "{what}: {name}\n{}", plan.stderr);
    }
    assert_sound(&world, &what);
    let import = world.run(IMPORT);
    assert_eq!(import.code, Some(0), "{what}\n{}", import.stderr);
    for name in NONE {
        assert_eq!(import.number(name), 0, "{what}: {name}\n{}", import.stderr);
    }
    assert_eq!(world.server.writes(), 0, "{what}");
    assert_eq!(world.server.state.messages(), before, "{what}");
    assert_sound(&world, &what);
}

/// `checkpoint check` finds nothing, whatever format the file has.
fn assert_sound(world: &World, what: &str) {
    let check = world.run(&["checkpoint", "check"]);
    assert_eq!(
        check.code,
        Some(0),
        "{what}\n{}{}",
        check.stdout,
        check.stderr
    );
}

/// Checks every second file; a third of these unless the run is thorough.
fn part(number: usize) {
    for file in some_of(3, all().iter().skip(number).step_by(2)) {
        check(file);
    }
}

#[test]
fn plan_over_an_old_checkpoint_is_empty() {
    part(0);
}

#[test]
fn plan_over_another_old_checkpoint_is_empty() {
    part(1);
}

/// The net is as wide as it was made: thirty files of 0.1.0 in its format, with every kind of
/// change in them and no address of the machine that wrote them, in a megabyte.
#[test]
fn checkpoints_of_0_1_0_are_intact_and_small() {
    let files = files(&data().join("0.1.0"));
    assert_eq!(files.len(), 30);
    let mut changes = BTreeSet::new();
    let mut size = 0;
    for file in &files {
        size += fs::metadata(file).expect("a file").len();
        let unpacked = fixture::unpack(&fs::read(file).expect("a file"));
        fixture::assert_portable(&unpacked);
        assert_eq!(fixture::format(&unpacked["chatferry.db"]), 6);
        let story = String::from_utf8(unpacked[fixture::STORY].clone()).expect("UTF-8");
        changes.extend(
            story
                .split([',', ';'])
                .map(|change| change.trim().to_owned()),
        );
    }
    assert!(size < 1_000_000, "{size}");
    for change in writer::CHANGES {
        assert!(changes.contains(*change), "no file has: {change}");
    }
}

/// One file of each kind in a format that no version was released with.
fn assert_intact(format: i64) {
    let files = files(&data().join(format!("format-{format}")));
    assert_eq!(files.len(), 4);
    for file in &files {
        let unpacked = fixture::unpack(&fs::read(file).expect("a file"));
        fixture::assert_portable(&unpacked);
        assert_eq!(
            i64::from(fixture::format(&unpacked["chatferry.db"])),
            format
        );
    }
}

/// The format before the one with the facts about an organisation.
#[test]
fn checkpoints_of_format_8_are_intact() {
    assert_intact(8);
}

/// The first format with those facts.
#[test]
fn checkpoints_of_format_9_are_intact() {
    assert_intact(9);
}

/// Whoever only looks changes nothing; the import brings the file up.
#[test]
fn older_format_is_read_unchanged_and_migrated_by_import() {
    let file = data().join("format-8/history-0000.zip");
    let Fixture { world, .. } = Fixture::read(&file);
    let checkpoint = || fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    let before = checkpoint();
    assert_eq!(fixture::format(&before), 8);
    for command in ["plan", "status", "doctor"] {
        world.run(&[command]).exits(0);
        assert!(checkpoint() == before, "{command} changed the checkpoint");
    }
    world.run(IMPORT).exits(0);
    assert_eq!(fixture::format(&checkpoint()), 9);
    assert_eq!(world.recorded("SELECT count(*) FROM facts"), 0);
}

/// What the version that runs leaves is what it reads: one series of each kind, or all of them
/// into the folder that is asked for.
#[test]
fn written_fixture_round_trips() {
    let own = crate::kit::folder();
    let asked = setting("CHATFERRY_WRITE_CHECKPOINTS");
    let folder = asked.as_deref().map_or(own.path(), Path::new);
    let folder = folder.join(env!("CARGO_PKG_VERSION"));
    fs::create_dir_all(&folder).expect("made");
    for series in writer::series() {
        if asked.is_some() || series.stands_for_its_kind {
            let file = folder.join(format!("{}.zip", series.name));
            fs::write(&file, series.run()).expect("written");
            check(&file);
        }
    }
}
