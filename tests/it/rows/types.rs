//! Which rows are messages.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{RITA, exported, exporter, left_out, parsed, posted, world};
use crate::kit::databases::{Android, Iphone, OldAndroid};
use crate::kit::folder;

/// Type numbers that no message has, with the kind that `parse` shows.
const ANDROID: [(i64, &str); 11] = [
    (7, "system"),
    (8, "call"),
    (10, "call"),
    (11, "waiting"),
    (36, "system"),
    (56, "system"),
    (90, "call"),
    (99, "system"),
    (112, "system"),
    (116, "system"),
    (64, "deleted"),
];
const IPHONE: [(i64, &str); 8] = [
    (6, "system"),
    (10, "system"),
    (12, "waiting"),
    (28, "system"),
    (55, "system"),
    (59, "call"),
    (66, "system"),
    (14, "deleted"),
];
/// A number of no platform.
const UNKNOWN: i64 = 177;

/// Writes a row of each number between two texts, and returns the path.
fn written(folder: &Path, source: &str, numbers: &[i64]) -> PathBuf {
    let rows: Vec<(i64, Option<&str>)> = [(0, Some("hello"))]
        .into_iter()
        .chain(numbers.iter().map(|number| (*number, None)))
        .chain([(0, Some("after all"))])
        .collect();
    match source {
        "android" => {
            let mut store = Android::new(folder);
            let chat = store.chat(RITA, None);
            for (number, text) in rows {
                store.row(chat, number, text);
            }
            folder.join("msgstore.db")
        }
        "old android" => {
            let mut store = OldAndroid::new(folder);
            for (number, text) in rows {
                store.row(RITA, number, text);
            }
            folder.join("msgstore.db")
        }
        "iphone" => {
            let mut store = Iphone::new(folder);
            let chat = store.chat(RITA, "+44 7700 900101", 0);
            for (number, text) in rows {
                store.row(chat, number, text);
            }
            folder.join("ChatStorage.sqlite")
        }
        platform => {
            let path = folder.join("result.json");
            let rows = rows.into_iter();
            let rows = rows.map(|(number, text)| exported(number, text)).collect();
            exporter(&path, platform.trim_end_matches(" json"), rows);
            path
        }
    }
}

fn numbers(source: &str) -> (Vec<i64>, Vec<&'static str>) {
    let table: &[(i64, &str)] = match source {
        "iphone" | "ios json" => &IPHONE,
        _ => &ANDROID,
    };
    table.iter().copied().unzip()
}

const SOURCES: [&str; 5] = [
    "android",
    "old android",
    "iphone",
    "android json",
    "ios json",
];

/// A call, a notice, an album, a vote, a deletion or a waiting message is none that a contact wrote.
#[test]
fn rows_that_are_no_messages_are_not_posted() {
    for source in SOURCES {
        let (numbers, kinds) = numbers(source);
        let name = match source.contains("json") {
            true => "Rita Sol",
            false => "+447700900101",
        };
        let world = world(name);
        let path = written(&world.exports(), source, &numbers);
        let read: Vec<_> = parsed(&path)
            .iter()
            .map(|line| line["kind"].clone())
            .collect();
        let mut expected = vec!["text"];
        expected.extend(kinds);
        expected.push("text");
        assert_eq!(read, expected, "{source}");
        assert_eq!(posted(&world), ["hello", "after all"], "{source}");
    }
}

/// The settings `calls` and `system` apply to every such row; an album and a vote are never posted.
#[test]
fn settings_apply_to_rows_of_every_source() {
    for source in ["android", "iphone", "android json"] {
        let (numbers, kinds) = numbers(source);
        let name = match source.contains("json") {
            true => "Rita Sol",
            false => "+447700900101",
        };
        let world = world(name);
        let settings = std::fs::read_to_string(world.path().join("chatferry.toml")).expect("text");
        let settings = settings.replace(
            "[import]\n",
            "[import]\ncalls = \"text\"\nsystem = \"text\"\n",
        );
        world.write("chatferry.toml", &settings);
        written(&world.exports(), source, &numbers);
        let of = |kind: &str| kinds.iter().filter(|of| **of == kind).count();
        // One system row is an album or a vote.
        let expected = 2 + of("call") + of("system") - 1;
        assert_eq!(posted(&world).len(), expected, "{source}");
    }
}

/// A row of an unknown type is kept if it has a text, else counted under its number.
#[test]
fn unknown_type_is_kept_with_a_text_and_counted_without() {
    for source in SOURCES {
        let folder = folder();
        let path = written(folder.path(), source, &[UNKNOWN, UNKNOWN, 178]);
        assert_eq!(parsed(&path).len(), 2, "{source}");
        let expected = json!({"of unknown type 177": 2, "of unknown type 178": 1});
        assert_eq!(left_out(&path), expected, "{source}");
    }
    let world = world("+447700900101");
    let mut store = Android::new(&world.exports());
    let chat = store.chat(RITA, None);
    store.row(chat, 0, Some("hello"));
    store.row(chat, UNKNOWN, Some("words of a new kind"));
    store.row(chat, UNKNOWN, None);
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says("not read: 1 row of native archives: 1 of unknown type 177");
    let short = world.run(&["plan", "--offline"]).exits(0);
    short.says("Not read: 1 row of native archives: 1 of unknown type 177");
    let plan = world.run(&["plan", "--offline", "--json"]).exits(0);
    assert_eq!((plan.number("rows_left_out"), plan.number("read")), (1, 2));
    assert_eq!(posted(&world), ["hello", "words of a new kind"]);
}

/// Rows of no chat are counted on every platform.
#[test]
fn rows_of_a_missing_chat_are_counted() {
    let android = folder();
    let mut store = Android::new(android.path());
    let chat = store.chat(RITA, None);
    store.row(chat, 0, Some("hello"));
    store.row(77, 0, Some("of a chat that is gone"));
    let iphone = folder();
    let mut store = Iphone::new(iphone.path());
    let chat = store.chat(RITA, "Rita Sol", 0);
    store.row(chat, 0, Some("hello"));
    store.row(77, 0, Some("of a chat that is gone"));
    store.row(chat, 0, Some("of no chat"));
    store.sql("UPDATE ZWAMESSAGE SET ZCHATSESSION = NULL WHERE ZTEXT = 'of no chat'");
    for (folder, rows) in [(&android, 1), (&iphone, 2)] {
        let expected = json!({"of chats that are gone from the database": rows});
        assert_eq!(left_out(folder.path()), expected);
        assert_eq!(parsed(folder.path()).len(), 1);
    }
}

/// A file that can be opened once is not attached, whatever the source.
#[test]
fn view_once_files_are_not_attached() {
    for (source, numbers) in [("android json", [42, 43, 82]), ("ios json", [38, 39, 53])] {
        let world = world("Rita Sol");
        let mut rows = vec![exported(0, Some("hello"))];
        for number in numbers {
            let name = format!("Media/once{number}.jpg");
            let path = world.exports().join(&name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "bytes").expect("written");
            let mut row = exported(number, Some(&name));
            row["media"] = true.into();
            row["mime"] = "image/jpeg".into();
            rows.push(row);
        }
        let path = world.exports().join("result.json");
        exporter(&path, source.trim_end_matches(" json"), rows);
        let read = parsed(&path);
        for line in &read[1..] {
            assert_eq!(
                (line["kind"].as_str(), line["text"].as_str()),
                (Some("view_once"), Some(""))
            );
        }
        assert_eq!(posted(&world).len(), 4);
        let files: usize = (world.server.state.messages().iter())
            .map(|message| message.attachments.len())
            .sum();
        assert_eq!(files, 0, "{source}");
    }
    let folder = folder();
    let mut store = Iphone::new(folder.path());
    let chat = store.chat(RITA, "Rita Sol", 0);
    for number in [38, 39, 53] {
        let row = store.row(chat, number, None);
        store.item(row, "ZMEDIALOCALPATH", "'Media/x/once.opus'");
    }
    let path = folder.path().join("Message/Media/x/once.opus");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, "bytes").expect("written");
    for line in parsed(folder.path()) {
        assert_eq!(line["kind"], "view_once");
        assert!(
            line["attachments"].as_array().is_none_or(Vec::is_empty),
            "{line}"
        );
    }
}

/// Every row is a message, or counted under a name.
#[test]
fn every_row_is_a_message_or_counted() {
    let numbers: Vec<i64> = (-1..200).collect();
    for source in SOURCES {
        let folder = folder();
        let path = written(folder.path(), source, &numbers);
        let counted: u64 = (left_out(&path).as_object().expect("counts").values())
            .filter_map(serde_json::Value::as_u64)
            .sum();
        let read = parsed(&path).len() as u64;
        assert!(counted > 100, "{source}");
        assert_eq!(read + counted, numbers.len() as u64 + 2, "{source}");
    }
}
