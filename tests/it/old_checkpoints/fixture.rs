//! One file: a world after its last import, packed as a zip, and the world that comes out again.
//!
//! Here belongs what a file holds and how it is made independent of the machine; never which series
//! are written (`writer`) or what a version should make of them.
//!
//! A file holds every file of the migration's folder under its own name, and two more: the
//! sandbox's [`Seed`] as `sandbox.json`, and the changes between the imports as `story.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use chatferry::sandbox::Seed;
use rusqlite::{Connection, OpenFlags};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::kit::World;

const SANDBOX: &str = "sandbox.json";
pub(super) const STORY: &str = "story.txt";
const CHECKPOINT: &str = "chatferry.db";
/// What the checkpoint in a file is bound to, in place of the sandbox's address of the moment.
const NOWHERE: &str = "http://127.0.0.1/api/v1";

/// The files by name; a name that ends with `/` is a folder's.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A world out of a file.
pub(super) struct Fixture {
    pub(super) world: World,
    /// What happened before each import.
    pub(super) story: String,
}

impl Fixture {
    /// The world in a folder of its own, its sandbox started, and the checkpoint bound to it.
    pub(super) fn read(file: &Path) -> Fixture {
        let mut files = unpack(&fs::read(file).expect("a file"));
        let seed = files.remove(SANDBOX).expect("a seed");
        let seed: Seed = serde_json::from_slice(&seed).expect("a seed");
        let story = files.remove(STORY).expect("a story");
        let dir = crate::kit::folder();
        for (name, bytes) in &files {
            let path = dir.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(path).expect("made");
            } else {
                fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                fs::write(path, bytes).expect("written");
            }
        }
        let world = World::of_folder(dir, seed);
        bind(&world.path().join(CHECKPOINT), &world.server.base_url);
        Fixture {
            world,
            story: String::from_utf8(story).expect("UTF-8"),
        }
    }
}

/// The bytes of a file that holds this world, after its last run.
pub(super) fn pack(world: &World, story: &str) -> Vec<u8> {
    let checkpoint = world.path().join(CHECKPOINT);
    bind(&checkpoint, NOWHERE);
    open(&checkpoint)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;")
        .expect("compacted");
    let mut files = folders(world.path());
    for (path, bytes) in world.listing() {
        let below = path.strip_prefix(world.path()).expect("a file of it");
        let parts: Vec<&str> = (below.iter())
            .map(|part| part.to_str().expect("UTF-8"))
            .collect();
        let name = parts.join("/");
        match name.strip_prefix(CHECKPOINT) {
            // The lock, which holds a process id.
            Some(".lock") => {}
            Some(ending) if !ending.is_empty() => panic!("{name} is left by the run"),
            _ => {
                files.insert(name, bytes);
            }
        }
    }
    let contacts = fs::read_to_string(world.path().join("contacts.csv")).expect("contacts");
    let mut seed = Seed::from_state(&world.server.state);
    seed.users = Seed::from_contacts_csv(&contacts).expect("a seed").users;
    let seed = serde_json::to_vec(&seed).expect("JSON");
    files.insert(SANDBOX.to_owned(), seed);
    files.insert(STORY.to_owned(), story.into());
    assert_portable(&files);
    zipped(&files)
}

/// The folders of a world, which may be empty.
fn folders(world: &Path) -> Files {
    (fs::read_dir(world).expect("a folder"))
        .map(|item| item.expect("an item"))
        .filter(|item| item.path().is_dir())
        .map(|item| {
            (
                format!("{}/", item.file_name().to_str().expect("UTF-8")),
                Vec::new(),
            )
        })
        .collect()
}

fn zipped(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // No date: the same files are the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(zip::DateTime::default());
    for (name, bytes) in files {
        if name.ends_with('/') {
            zip.add_directory(name.as_str(), options).expect("entry");
        } else {
            zip.start_file(name.as_str(), options).expect("entry");
            zip.write_all(bytes).expect("bytes");
        }
    }
    zip.finish().expect("a zip").into_inner()
}

/// The files in a file.
#[expect(
    clippy::disallowed_methods,
    reason = "a file of these tests, and no archive"
)]
pub(super) fn unpack(bytes: &[u8]) -> Files {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    (0..zip.len())
        .map(|place| {
            let mut entry = zip.by_index(place).expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("bytes");
            (entry.name().expect("UTF-8").into_owned(), bytes)
        })
        .collect()
}

/// Nothing names a folder or a port of the machine on which it was written.
pub(super) fn assert_portable(files: &Files) {
    let temporary = std::env::temp_dir();
    let temporary = temporary.to_str().expect("UTF-8");
    let own = env!("CARGO_MANIFEST_DIR");
    for (name, bytes) in files {
        for trace in ["127.0.0.1:", "localhost", "/tmp/", "/home/", temporary, own] {
            let found = holds(bytes, trace.as_bytes());
            assert!(!found, "{name} holds {trace}");
        }
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The format of a checkpoint: `user_version`, at byte 60 of an SQLite file.
pub(super) fn format(checkpoint: &[u8]) -> u32 {
    u32::from_be_bytes(checkpoint[60..64].try_into().expect("four bytes"))
}

/// Binds a checkpoint to another address of the API. A run binds it to the one that it is made
/// under and refuses any other; a sandbox has a new port each time.
fn bind(checkpoint: &Path, base_url: &str) {
    open(checkpoint)
        .execute("UPDATE meta SET base_url = ?1", [base_url])
        .expect("bound");
}

fn open(checkpoint: &Path) -> Connection {
    Connection::open_with_flags(checkpoint, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("opened")
}
