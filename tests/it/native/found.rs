//! What is taken for an archive with WhatsApp's own ids, what is not, and what is said of either.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::build::{self, messages};
use super::{only, put, world};
use crate::kit::{Running, World, archive};

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

/// A zip with the export of somebody's chat.
fn export_of(name: &str) -> Vec<u8> {
    let text =
        format!("01/01/2025, 13:00 - {name}: words\n01/01/2025, 13:01 - Anna Example: yes\n");
    archive::zip_of(&[(format!("WhatsApp Chat with {name}.txt"), text)])
}

fn inspected(world: &World) -> Value {
    let output = world.run(&["inspect", "exports", "--json"]).exits(0);
    serde_json::from_str(&output.stdout).expect("JSON")
}

/// One exporter file with one message of somebody.
fn exported(jid: &str, name: &str, key: &str) -> String {
    json!({jid: {"name": name, "type": "android", "messages": {"2": {
        "from_me": false, "timestamp": 1_735_732_805, "key_id": key, "data": "hello"}}}})
    .to_string()
}

/// Numbers, what ids are worth, and what is left out: all that a person decides by.
#[test]
fn inspect_shows_content_of_native_archives() {
    let world = world();
    only(&world, "msgstore.db", &messages());
    build::react(&world.exports().join("msgstore.db"), 2);
    let text = world.run(&["inspect", "exports", "--details"]).exits(0);
    for says in [
        "phone         +353861234501",
        "of msgstore.db, exact times",
        "reactions     2, left out unless reactions = \"text\"",
        "left out      1 of chats that are gone from the database, 1 of status and broadcast lists",
        "; left out: ",
    ] {
        text.says(says);
    }
    for wrong in ["local time", "date order", "header"] {
        assert!(!text.stdout.contains(wrong), "{wrong}: {}", text.stdout);
    }
    let seen = inspected(&world);
    let (chat, store) = (&seen["archives"][0], &seen["stores"][0]);
    let count = messages().len();
    assert_eq!(chat["phone"], "+353861234501");
    assert_eq!(chat["date_order"], Value::Null);
    assert_eq!(chat["reactions"], 2);
    assert_eq!(chat["ids"]["native"], count);
    assert_eq!(store["left_out"]["of status and broadcast lists"], 1);
    // A plan says so as well, and --strict has nothing against it.
    let plan = world
        .run(&["plan", "--offline", "--strict", "--details"])
        .exits(0);
    plan.says("left out of native archives: 1 of chats that are gone from the database");

    only(&world, "ios.json", &messages());
    assert_eq!(inspected(&world)["stores"][0]["ids"]["cut"], count);
    let plan = world.run(&["plan", "--offline", "--strict"]).exits(0);
    plan.says("For complete ids, use ChatStorage.sqlite");
    assert_eq!(plan.stderr.matches("ChatStorage.sqlite").count(), 1);
}

/// A list of calls, people who never wrote, reports of delivery: understood, counted, no failure.
#[test]
fn database_without_importable_messages_is_not_a_failure() {
    let world = world();
    let exports = world.exports();
    write(
        &exports.join("Ben-Cooper.json"),
        exported(
            "353861234501@s.whatsapp.net",
            "Ben Cooper",
            "3A00000000000000AA01",
        ),
    );
    let nobody = json!({"15550001002@s.whatsapp.net": {"name": "Zed", "messages": {}}});
    write(&exports.join("Zed.json"), nobody.to_string());
    let calls = json!({"000000000000000": {"name": "WhatsApp Calls", "messages": {"1": {
        "from_me": true, "timestamp": 1_735_732_805, "key_id": "call:A", "meta": true,
        "data": "A voice call to Zed"}}}});
    write(&exports.join("WhatsApp-Calls.json"), calls.to_string());
    let statuses = json!({"messaging_product": "whatsapp", "statuses": [{"id": "wamid.A"}]});
    write(&exports.join("delivered.log"), statuses.to_string());
    assert_eq!(inspected(&world)["failures"], json!([]));
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("1 of status, channels and the list of calls, 1 reports of delivery");
    plan.says("1 read = 1 distinct");
}

/// Logs have many names.
#[test]
fn webhook_log_is_recognized_under_any_name() {
    let world = world();
    only(&world, "webhooks.jsonl", &messages());
    let log = fs::read(world.exports().join("webhooks.jsonl")).expect("a log");
    fs::remove_file(world.exports().join("webhooks.jsonl")).expect("removed");
    write(&world.exports().join("webhooks.log"), &log);
    assert_eq!(inspected(&world)["archives"][0]["platform"], "cloud");
    for name in ["log.txt", "log.log", "log"] {
        write(&world.path().join(name), &log);
        let output = world.run(&["inspect", name, "--json"]).exits(0);
        output.says("\"platform\":\"cloud\"");
    }
}

/// A row names a file, and the file is sent: so nothing but media can be meant.
#[test]
fn database_row_cannot_exfiltrate_files() {
    let world = world();
    only(&world, "msgstore.db", &messages());
    let exports = world.exports();
    let store = exports.join("msgstore.db");
    for (name, path) in [
        (
            "msgstore.db.crypt15.key",
            exports.join("msgstore.db.crypt15.key"),
        ),
        ("wa.db", exports.join("wa.db")),
        ("letter.txt2", exports.join("letter.txt2")),
        ("beside.txt2", world.path().join("beside.txt2")),
    ] {
        write(&path, "a secret");
        build::name_file(&store, name);
        let plan = world.run(&["plan", "--offline", "--payloads"]).exits(0);
        assert!(
            !plan.stdout.contains("\"attachments\":[\""),
            "{name}: {}",
            plan.stdout
        );
    }
    build::name_file(&store, "Media/WhatsApp Images/IMG-20250101-WA0001.jpg");
    let plan = world.run(&["plan", "--offline", "--payloads"]).exits(0);
    plan.says("\"attachments\":[\"");
}

/// What is wrong with a backup of an iPhone has its own words, and one that is right is called by its
/// folder and read without being taken for a folder of exports.
#[test]
fn iphone_backup_is_one_archive() {
    let world = world();
    let folder = world.exports().join("00008030-ABC");
    write(&folder.join("Manifest.db"), [9; 600]);
    write(&folder.join("Manifest.plist"), "x");
    write(&folder.join("ab/abcdef"), export_of("Secret Friend"));
    let refused = world.run(&["inspect", "exports"]).exits(3);
    refused.says("00008030-ABC: encrypted iPhone backups are not supported");
    fs::remove_file(folder.join("Manifest.db")).expect("removed");
    build::manifest(&folder.join("Manifest.db"), "HomeDomain");
    world
        .run(&["inspect", "exports"])
        .exits(3)
        .says("this iPhone backup does not contain WhatsApp");
    build::manifest(
        &folder.join("Manifest.db"),
        "AppDomainGroup-group.net.whatsapp.WhatsApp.shared",
    );
    let hashed = "7c/7c7fba66680ef796b916b067077cc246adacf01d";
    world.run(&["inspect", "exports"]).exits(3).says(hashed);
    put(&world, "00008030-ABC/7c/ChatStorage.sqlite", &messages());
    fs::rename(folder.join("7c/ChatStorage.sqlite"), folder.join(hashed)).expect("renamed");
    for named in [
        "exports",
        "exports/00008030-ABC",
        "exports/00008030-ABC/Manifest.db",
    ] {
        let output = world.run(&["inspect", named, "--details"]).exits(0);
        output.says("00008030-ABC/Ben Cooper");
        assert!(
            !output.stdout.contains("Secret Friend"),
            "{}",
            output.stdout
        );
    }
}

/// Documents that were sent are no archives; folders that are only called like those of media may
/// hold some.
#[test]
fn media_folders_are_skipped_and_other_folders_searched() {
    let world = world();
    only(&world, "WhatsApp/Databases/msgstore.db", &messages());
    let documents = world.exports().join("WhatsApp/Media/WhatsApp Documents");
    write(
        &documents.join("WhatsApp Chat with Secret Friend.zip"),
        export_of("Secret Friend"),
    );
    write(&documents.join("plans.zip"), "PK\u{3}\u{4}");
    write(&documents.join("notes.txt"), "a note\n");
    for (at, folder) in ["ios", "result", "WhatsApp", "Media", "Message"]
        .iter()
        .enumerate()
    {
        let name = format!("Zoe {at}");
        let zip = world
            .exports()
            .join(folder)
            .join(format!("WhatsApp Chat with {name}.zip"));
        write(&zip, export_of(&name));
    }
    let seen = inspected(&world);
    let mut chats: Vec<&str> = (seen["archives"].as_array().expect("a list").iter())
        .filter_map(|archive| archive["chat"].as_str())
        .collect();
    chats.sort_unstable();
    assert_eq!(
        chats,
        ["Ben Cooper", "Zoe 0", "Zoe 1", "Zoe 2", "Zoe 3", "Zoe 4"]
    );
    assert_eq!(seen["failures"], json!([]));
}

/// A file with the name of a native archive that is not one is reported.
#[test]
fn file_named_like_native_archive_is_reported() {
    let world = world();
    write(&world.exports().join("msgstore.db"), "just a text\n");
    world
        .run(&["inspect", "exports"])
        .exits(3)
        .says("(found a text)");
    fs::remove_file(world.exports().join("msgstore.db")).expect("removed");
    let telegram = json!({"name": "X", "type": "personal_chat", "id": 1, "messages": [{"id": 1,
        "date_unixtime": "1735732800", "from": "X", "from_id": "user1", "text": "hi",
        "text_entities": []}]});
    write(&world.exports().join("result.json"), telegram.to_string());
    world
        .run(&["plan", "--offline"])
        .exits(3)
        .says("1 JSON file in this folder");
    let named = world.run(&["inspect", "exports/result.json"]).exits(3);
    named.says("an export of Telegram, not of WhatsApp");
    #[cfg(unix)]
    {
        let real = world.path().join("real");
        put(&world, "../real/msgstore.db", &messages());
        let link = world.exports().join("msgstore.db");
        std::os::unix::fs::symlink(real.join("msgstore.db"), link).expect("a link");
        world
            .run(&["inspect", "exports"])
            .exits(0)
            .says("msgstore.db: symbolic links in folders are not followed");
    }
}

/// The files of the exporter are called like people; a log in a pipe names nobody.
#[test]
fn log_does_not_contain_names_from_file_names() {
    let world = world();
    let exports = world.exports();
    write(
        &exports.join("Ben-C..json"),
        exported(
            "353861234501@s.whatsapp.net",
            "Ben Cooper",
            "3A00000000000000AA01",
        ),
    );
    let whole = exported(
        "15550001002@s.whatsapp.net",
        "Bobby",
        "3A00000000000000AA02",
    );
    write(&exports.join("Bobby.json"), &whole[..whole.len() - 20]);
    let output = world.import().exits(3);
    output.says("[name].json:1: the file ends inside a JSON value");
    let table = fs::read_to_string(world.path().join("failures.csv")).expect("a table");
    for text in [&output.stderr, &table] {
        assert!(!text.contains("Bobby") && !text.contains("Ben-C"), "{text}");
    }
    // Nor is a private one named anywhere.
    let contacts = fs::read_to_string(world.path().join("contacts.csv")).expect("rows");
    world.write(
        "contacts.csv",
        &format!("{contacts}Bobby,Bobby,contact,,,,,private\n"),
    );
    let plan = world.run(&["plan", "--offline"]).exits(3);
    plan.says("an archive of a private chat cannot be read");
    assert!(!plan.stderr.contains("Bobby"), "{}", plan.stderr);
}

/// An id that cannot be one is none: it stopped the whole import.
#[test]
fn unusual_id_is_accepted() {
    let world = world();
    let mut told = messages();
    for (told, id) in told
        .iter_mut()
        .zip(["a b@c", "\u{fc}n\u{ef}code-id-123", "3A\n00"])
    {
        told.id = id;
    }
    only(&world, "msgstore.db", &told);
    let first = world.import().exits(0);
    assert_eq!(first.number("created"), 8, "{}", first.stderr);
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// Moments of a run that reads a database with a log, in the order in which they come.
#[cfg(unix)]
#[derive(Debug, Clone, Copy)]
enum Moment {
    Started,
    /// There is a folder for the copy.
    Folder,
    /// There is none any more.
    NoFolder,
    /// The copy, which has no name, has this part of the size of the database, in percent. Seen on Linux alone.
    Copied(u64),
    /// Chats are written out, so that the database is read.
    Output,
}

#[cfg(unix)]
impl Moment {
    fn is_now(self, running: &Running, temporary: &Path, size: u64) -> bool {
        let is_empty = || fs::read_dir(temporary).expect("a folder").next().is_none();
        match self {
            Moment::Started => true,
            Moment::Folder => !is_empty(),
            Moment::NoFolder => is_empty(),
            Moment::Copied(percent) => unnamed(running.pid(), temporary) * 100 >= size * percent,
            Moment::Output => running.has_written(),
        }
    }
}

/// Bytes of the largest open file of a process that had its name below `folder`.
#[cfg(unix)]
fn unnamed(pid: u32, folder: &Path) -> u64 {
    let open = fs::read_dir(format!("/proc/{pid}/fd"));
    let open = open.into_iter().flatten().flatten();
    let ours =
        open.filter(|file| fs::read_link(file.path()).is_ok_and(|to| to.starts_with(folder)));
    let sizes = ours.filter_map(|file| Some(fs::metadata(file.path()).ok()?.len()));
    sizes.max().unwrap_or_default()
}

/// Whatever ends the program at whichever moment, no file with a byte of a database stays behind, and none is there
/// while the program runs.
#[cfg(unix)]
#[test]
fn killed_program_leaves_no_copy() {
    let world = world();
    let told: Vec<_> = (0..400).flat_map(|_| messages()).collect();
    only(&world, "msgstore.db", &told);
    let copy = world.path().join("copy");
    fs::create_dir(&copy).expect("made");
    build::touch(&world.exports().join("msgstore.db"), &copy);
    let size = fs::metadata(copy.join("msgstore.db"))
        .expect("a file")
        .len();
    for (moments, signal) in [
        (&[Moment::Started][..], "KILL"),
        (&[Moment::Folder], "KILL"),
        (&[Moment::Folder, Moment::NoFolder], "KILL"),
        (&[Moment::Folder], "INT"),
        (&[Moment::Copied(1)], "KILL"),
        (&[Moment::Copied(50)], "KILL"),
        (&[Moment::Copied(100)], "KILL"),
        (&[Moment::Copied(50)], "TERM"),
        (&[Moment::Output], "KILL"),
    ] {
        let temporary = world.path().join("temporary");
        fs::create_dir(&temporary).expect("made");
        let environment = [("TMPDIR", temporary.to_str().expect("text"))];
        let running = Running::start(&["parse", "copy"], world.path(), &environment);
        for moment in moments {
            while running.is_alive() && !moment.is_now(&running, &temporary, size) {
                assert_eq!(named(&temporary), 0, "before {moment:?}");
                std::thread::yield_now();
            }
        }
        running.signal(signal);
        while running.is_alive() {
            std::thread::yield_now();
        }
        assert_eq!(named(&temporary), 0, "{moments:?}, {signal}");
        fs::remove_dir_all(&temporary).expect("removed");
    }
}

/// Bytes in all files of the folders in `folder`.
#[cfg(unix)]
fn named(folder: &Path) -> u64 {
    let folders = fs::read_dir(folder).expect("a folder").flatten();
    let files =
        folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    // One that has gone meanwhile has no bytes.
    files
        .map(|file| file.metadata().map_or(0, |data| data.len()))
        .sum()
}
