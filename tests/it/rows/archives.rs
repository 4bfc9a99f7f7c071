//! Which files are read: backups of earlier days, databases under other names, JSON of other programs, archives without
//! messages; and rows of one archive that share an id.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{RITA, exported, exporter, parsed, posted, world};
use crate::kit::databases::{Android, Iphone};
use crate::kit::{Output, Running, folder};
use crate::native::build;

fn run(command: &str, path: &Path) -> Output {
    let scratch = folder();
    let arguments = [command, path.to_str().expect("text")];
    Running::start(&arguments, scratch.path(), &[]).wait()
}

/// A backup of an earlier day is read where the newest is absent, with the key of either name.
#[test]
fn backup_of_an_earlier_day_is_found_in_a_folder() {
    let written = build::messages();
    for key in [
        "msgstore.db.crypt15.key",
        "msgstore-2025-01-03.1.db.crypt15.key",
    ] {
        let folder = folder();
        let newest = folder.path().join("msgstore.db.crypt15");
        build::store(&newest, &written);
        let older = folder.path().join("msgstore-2025-01-03.1.db.crypt15");
        fs::rename(&newest, &older).expect("renamed");
        let own = folder.path().join("msgstore.db.crypt15.key");
        fs::rename(own, folder.path().join(key)).expect("renamed");
        fs::write(
            folder
                .path()
                .join("msgstore-increment-1-2025-01-03.1.db.crypt15"),
            "x",
        )
        .expect("written");
        assert_eq!(parsed(folder.path()).len(), written.len(), "{key}");
        // The newest contains what older ones do.
        fs::copy(&older, &newest).expect("copied");
        fs::rename(
            folder.path().join(key),
            folder.path().join("encrypted_backup.key"),
        )
        .expect("renamed");
        assert_eq!(parsed(folder.path()).len(), written.len(), "{key}");
    }
}

/// A database that was decrypted under its name of a backup is read.
#[test]
fn plain_database_under_the_name_of_a_backup_is_read() {
    for name in [
        "msgstore.db.crypt15",
        "msgstore.db.crypt14",
        "msgstore-2025-01-03.1.db.crypt12",
    ] {
        let folder = folder();
        let mut store = Android::new(folder.path());
        let chat = store.chat(RITA, None);
        store.row(chat, 0, Some("hello"));
        drop(store);
        let path = folder.path().join(name);
        fs::rename(folder.path().join("msgstore.db"), &path).expect("renamed");
        for path in [path.as_path(), folder.path()] {
            assert_eq!(parsed(path).len(), 1, "{name}");
        }
    }
}

/// A folder of JSON of other programs is named as such.
#[test]
fn folder_of_foreign_json_is_reported() {
    let folder = folder();
    fs::create_dir(folder.path().join("more")).expect("made");
    let tickets = json!({"tickets": [{"id": 1, "channel": "whatsapp"}]}).to_string();
    fs::write(folder.path().join("a.json"), &tickets).expect("written");
    fs::write(folder.path().join("more/b.jsonl"), &tickets).expect("written");
    for command in ["parse", "inspect"] {
        let output = run(command, folder.path()).exits(3);
        output.says(
            "2 JSON files in this folder, and none is of WhatsApp-Chat-Exporter or a webhook log",
        );
    }
    // Settings of another program among good archives are none.
    let mut store = Android::new(folder.path());
    let chat = store.chat(RITA, None);
    store.row(chat, 0, Some("hello"));
    assert_eq!(parsed(folder.path()).len(), 1);
}

/// JSON of other programs next to archives is named, whatever it contains, and does not change the exit status.
#[test]
fn foreign_json_next_to_archives_is_named() {
    let folder = folder();
    let mut store = Android::new(folder.path());
    let chat = store.chat(RITA, None);
    store.row(chat, 0, Some("hello"));
    drop(store);
    let foreign = [
        (
            "tickets.json",
            json!({"tickets": [{"messages": []}]}).to_string(),
        ),
        (
            "list.json",
            json!([1, "words", null, {"from_me": true}]).to_string(),
        ),
        ("number.ndjson", "7\n8\n".to_owned()),
        ("cut.jsonl", "{\"messages\": ".to_owned()),
        ("nothing.json", String::new()),
    ];
    for (name, text) in &foreign {
        fs::write(folder.path().join(name), text).expect("written");
    }
    for command in ["parse", "inspect"] {
        let output = run(command, folder.path()).exits(0);
        for (name, _) in &foreign {
            output.says(&format!("{name}: JSON of another program, left alone"));
        }
    }
}

/// A file next to a transcript may be an attachment: it is listed with the chat.
#[test]
fn files_that_no_message_names_are_listed_by_name() {
    let folder = folder();
    let text = "13/03/2024, 10:15 - Rita Sol: hello\n";
    fs::write(folder.path().join("WhatsApp Chat with Rita Sol.txt"), text).expect("written");
    fs::write(folder.path().join("settings.json"), "{}").expect("written");
    let arguments = [
        "inspect",
        "--details",
        folder.path().to_str().expect("text"),
    ];
    let output = Running::start(&arguments, folder.path(), &[])
        .wait()
        .exits(0);
    output.says("1 that no message names");
    output.says("  unused        settings.json");
}

/// An archive that yields nothing is reported, with the count of what it contains.
#[test]
fn archive_without_messages_is_reported() {
    let (status, empty, file) = (folder(), folder(), folder());
    let mut store = Android::new(status.path());
    let chat = store.chat("status@broadcast", None);
    store.row(chat, 0, Some("a status"));
    Iphone::new(empty.path());
    exporter(&file.path().join("result.json"), "android", Vec::new());
    for folder in [&status, &empty, &file] {
        let output = run("parse", folder.path()).exits(3);
        output.says("contains no messages of chats");
    }
    run("parse", status.path()).says("1 of status and broadcast lists");
}

/// Two texts under one id are two messages; the second has a derived id, and a person is informed. The same id in two
/// archives is one message.
#[test]
fn two_texts_under_one_id_are_both_kept() {
    for source in ["iphone", "android", "android json"] {
        let name = if source.ends_with("json") {
            "Rita Sol"
        } else {
            "+447700900101"
        };
        let world = world(name);
        let exports = world.exports();
        match source {
            "iphone" => {
                let mut store = Iphone::new(&exports);
                let chat = store.chat(RITA, "+44 7700 900101", 0);
                for text in ["first", "second", "third"] {
                    store.row(chat, 0, Some(text));
                }
                store.sql("UPDATE ZWAMESSAGE SET ZSTANZAID = '3A00000000000000AA01' WHERE ZTEXT <> 'third'");
            }
            "android" => {
                let mut store = Android::new(&exports);
                let chat = store.chat(RITA, None);
                for text in ["first", "second", "third"] {
                    store.row(chat, 0, Some(text));
                }
                store.sql("UPDATE message SET key_id = '3A00000000000000AA01' WHERE text_data IN ('first', 'second')");
            }
            _ => {
                let rows = ["first", "second", "third"].map(|text| exported(0, Some(text)));
                let path = exports.join("result.json");
                exporter(&path, "android", rows.to_vec());
                let text = fs::read_to_string(&path).expect("text");
                let same = text.replace("3A0000000000000C0003", "3A0000000000000C0002");
                fs::write(&path, same).expect("written");
            }
        }
        let plan = world.run(&["plan", "--offline"]).exits(0);
        plan.says("several messages have one id and different texts");
        assert_eq!(posted(&world), ["first", "second", "third"], "{source}");
        let ids: Vec<String> = (world.server.state.messages().into_iter())
            .map(|message| message.external_id)
            .collect();
        assert_eq!(
            ids.iter().filter(|id| id.starts_with("cf1-")).count(),
            1,
            "{ids:?}"
        );
        // A copy of the archive contains the same messages.
        let copy = exports.join("copy");
        fs::create_dir(&copy).expect("made");
        for item in fs::read_dir(&exports).expect("a folder").flatten() {
            if item.path().is_file() {
                fs::copy(item.path(), copy.join(item.file_name())).expect("copied");
            }
        }
        let again = world.import().exits(0);
        assert_eq!(again.number("created"), 0, "{source}");
    }
}
