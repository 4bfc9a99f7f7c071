//! Native archives: one chat through every source, and the result in Close. The databases are built here,
//! table by table, from their observed schemas.

pub(crate) mod build;
mod delivered_again;
mod found;
mod logs_without_ids;
mod webhooks;
mod webhooks_people;

use std::fs;
use std::path::Path;

use crate::kit::world::{HEADER, me};
use crate::kit::{Built, Output, World, scenes};
use build::{Told, messages};

/// What each source lacks of the chat, by the field of `parse`; everything else is the same.
const LACKS: [(&str, &[&str]); 7] = [
    ("msgstore.db", &[]),
    ("msgstore.db.crypt15", &[]),
    ("legacy/msgstore.db", &["edited"]),
    ("ChatStorage.sqlite", &["edited"]),
    ("android.json", &["edited"]),
    // Ids are cut to 17 characters by the program.
    ("ios.json", &["edited", "native_id", "quoted"]),
    ("webhooks.jsonl", &["quoted text", "attachments"]),
];

fn world() -> World {
    let mut built = Built::new(Vec::new());
    let table = format!("{HEADER}{}{}", me(), scenes::ben().contact_row());
    built.contacts = Some(table);
    built.world()
}

/// Puts one source of the chat into the exports.
fn put(world: &World, name: &str, told: &[Told]) {
    let path = world.exports().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    build::store(&path, told);
}

fn only(world: &World, name: &str, told: &[Told]) {
    fs::remove_dir_all(world.exports()).expect("removed");
    fs::create_dir(world.exports()).expect("made");
    put(world, name, told);
}

fn parsed(path: &Path, world: &World) -> Vec<serde_json::Value> {
    let path = path.to_str().expect("text");
    let output = world
        .run(&["parse", path, "--timezone", "Europe/Berlin"])
        .exits(0);
    output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn chat_is_equal_through_every_source() {
    let world = world();
    let told = messages();
    for (name, lacks) in LACKS {
        only(&world, name, &told);
        let lines = parsed(&world.exports().join(name), &world);
        assert_eq!(lines.len(), told.len(), "{name}");
        for (line, told) in lines.iter().zip(&told) {
            let has = |field: &str| !lacks.contains(&field);
            let what = format!("{name}: {line}");
            assert_eq!(line["chat"], "Ben Cooper", "{what}");
            assert_eq!(line["utc"], told.utc(), "{what}");
            assert_eq!(line["local_time"], told.local(), "{what}");
            assert_eq!(line["kind"], told.kind(), "{what}");
            assert_eq!(line["text"], told.says(), "{what}");
            let sender = if told.mine { "You" } else { "Ben Cooper" };
            assert_eq!(line["sender"], sender, "{what}");
            if has("native_id") {
                assert_eq!(line["native_id"], told.id, "{what}");
            } else {
                assert!(line["native_id"].is_null(), "{what}");
            }
            assert_eq!(
                line["edited"],
                has("edited") && told.was.is_some() && !told.deleted,
                "{what}"
            );
            if has("quoted") {
                let quoted = told.answers.map(|place| messages()[place].id);
                assert_eq!(line["quoted"]["id"].as_str(), quoted, "{what}");
            }
            if has("attachments") {
                let files = line["attachments"].as_array().map_or(0, Vec::len);
                assert_eq!(files, usize::from(told.file.is_some()), "{what}");
            }
        }
    }
}

fn by_time(world: &World) -> Vec<chatferry::sandbox::StoredMessage> {
    let mut held = world.server.state.messages();
    held.sort_by_key(|message| message.activity_at);
    held
}

/// Read, planned, imported: ids are WhatsApp's, replies are linked, a deletion is none; and with
/// every other source of the chat nothing is created again.
#[test]
fn no_source_imports_a_message_of_another_source_again() {
    let world = world();
    let told = messages();
    only(&world, "msgstore.db", &told);
    let first = world.import().exits(0);
    let there: Vec<&Told> = told.iter().filter(|told| !told.deleted).collect();
    assert_eq!(first.number("created"), there.len() as u64);
    let held = by_time(&world);
    for (held, told) in held.iter().zip(&there) {
        assert_eq!(held.external_id, told.id);
        assert_eq!(held.response_to_id.is_some(), told.answers.is_some());
        if let Some(place) = told.answers {
            let target = held.response_to_id.as_deref();
            let answered = by_time(&world)
                .into_iter()
                .find(|m| Some(m.id.as_str()) == target);
            let id = answered.map(|message| message.external_id);
            assert_eq!(id.as_deref(), Some(messages()[place].id));
        }
        assert_eq!(held.attachments.len(), usize::from(told.file.is_some()));
    }
    for (name, lacks) in LACKS {
        only(&world, name, &told);
        let again = world.import().exits(0);
        assert_eq!(again.number("created"), 0, "{name}: {}", again.stderr);
        assert_eq!(again.number("replaced"), 0, "{name}: {}", again.stderr);
        let _ = lacks;
    }
    assert_eq!(world.server.state.duplicates(), 0);
    assert_eq!(world.server.state.message_count(), there.len());
}

/// The text export has the files, the database has ids and quotations: together they are whole.
#[test]
fn text_export_and_a_database_complete_each_other() {
    let world = world();
    let told = messages();
    put(&world, "msgstore.db", &told);
    fs::remove_dir_all(world.exports().join("Media")).expect("the database's own files");
    build::text(&world.exports(), &told);
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("seen again in another archive");
    let there = told.iter().filter(|told| !told.deleted).count();
    let first = world.import().exits(0);
    assert_eq!(first.number("created"), there as u64, "{}", first.stderr);
    for (held, told) in by_time(&world)
        .iter()
        .zip(told.iter().filter(|t| !t.deleted))
    {
        assert_eq!(held.external_id, told.id, "{}", first.stderr);
        assert_eq!(held.attachments.len(), usize::from(told.file.is_some()));
        assert_eq!(held.response_to_id.is_some(), told.answers.is_some());
    }
    assert_eq!(world.import().exits(0).number("created"), 0);
}

/// What came from a text export first keeps the id that Close has, and is not posted again.
#[test]
fn database_after_a_text_export_creates_nothing() {
    let world = world();
    let told = messages();
    build::text(&world.exports(), &told);
    let there = told.iter().filter(|told| !told.deleted).count();
    assert_eq!(world.import().exits(0).number("created"), there as u64);
    let before: Vec<String> = by_time(&world)
        .into_iter()
        .map(|message| message.external_id)
        .collect();
    put(&world, "msgstore.db", &told);
    for _ in 0..2 {
        let again = world.import().exits(0);
        assert_eq!(
            (again.number("created"), again.number("replaced")),
            (0, 0),
            "{}",
            again.stderr
        );
    }
    let after: Vec<String> = by_time(&world)
        .into_iter()
        .map(|message| message.external_id)
        .collect();
    assert_eq!(before, after);
    // The database alone, from now on.
    only(&world, "msgstore.db", &told);
    let again = world.import().exits(0);
    assert_eq!(again.number("created"), 0, "{}", again.stderr);
}

fn refused(world: &World, name: &str) -> Output {
    let output = world.run(&["plan", "--offline"]);
    assert_eq!(output.code, Some(3), "{name}: {}", output.stderr);
    output
}

/// A page that is damaged, a key that is wrong or missing, a password: each says what it is, and
/// nothing of the file is imported.
#[test]
fn unreadable_native_archive_is_reported_and_not_imported() {
    let told: Vec<Told> = (0..40).flat_map(|_| messages()).collect();
    let world = world();
    only(&world, "msgstore.db", &told);
    let path = world.exports().join("msgstore.db");
    let mut bytes = fs::read(&path).expect("a database");
    for page in (8192..bytes.len()).step_by(4096) {
        bytes[page..page + 64].fill(0xAA);
    }
    fs::write(&path, bytes).expect("written");
    refused(&world, "damaged").says("copy the file again");
    assert_eq!(
        world
            .run(&["plan", "--offline", "--json"])
            .number("desired"),
        0
    );

    only(&world, "msgstore.db.crypt15", &messages());
    let key = world.exports().join("msgstore.db.crypt15.key");
    let right = fs::read_to_string(&key).expect("a key");
    fs::write(&key, right.replace("00", "01")).expect("written");
    let wrong = refused(&world, "wrong key");
    wrong.says("wrong key; the file is complete");
    assert!(!wrong.stderr.contains(right.trim()));
    fs::write(&key, "0011").expect("written");
    refused(&world, "no key").says("it must contain 64 digits");
    fs::remove_file(&key).expect("removed");
    refused(&world, "no key")
        .says("write the 64 digits of its key into the file msgstore.db.crypt15.key");

    only(&world, "password.crypt15", &messages());
    fs::rename(
        world.exports().join("password.crypt15"),
        world.exports().join("msgstore.db.crypt15"),
    )
    .expect("renamed");
    refused(&world, "password").says("protected by a password");
}

/// The database and its log are as they were, and nothing lies beside them afterwards.
#[test]
fn database_with_a_log_is_read_and_left_as_it_is() {
    let world = world();
    let told = messages();
    only(&world, "msgstore.db", &told[..2]);
    let path = world.exports().join("msgstore.db");
    let copy = world.path().join("copy");
    fs::create_dir(&copy).expect("made");
    // The rest is in the log only: the writer dies before it gets into the database.
    build::log(&path, &told[2..], &copy);
    let listing = || {
        let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(&copy)
            .expect("a folder")
            .flatten()
            .map(|item| {
                let name = item.file_name().to_string_lossy().into_owned();
                (name, fs::read(item.path()).expect("a file"))
            })
            .collect();
        all.sort();
        all
    };
    let before = listing();
    assert!(
        before
            .iter()
            .any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty())
    );
    let lines = parsed(&copy.join("msgstore.db"), &world);
    assert_eq!(lines.len(), told.len());
    assert_eq!(listing(), before);
}

/// Another integration has written the platform's form of an id: the message is there already.
#[test]
fn message_with_a_wamid_in_close_is_known() {
    let world = world();
    let told = messages();
    only(&world, "msgstore.db", &told);
    let ben = scenes::ben();
    let wamid = chatferry::internals::native::wamid_of("+353861234501", false, told[0].id);
    let body = serde_json::json!({
        "lead_id": ben.lead, "contact_id": ben.contact, "direction": "incoming",
        "external_whatsapp_message_id": wamid, "local_phone": "+4915112345678",
        "remote_phone": "+353861234501", "activity_at": told[0].utc(),
        "message_markdown": told[0].says(),
    });
    let status = world
        .server
        .call("POST", "/activity/whatsapp_message/", &body);
    assert!((200..300).contains(&status), "{status}");
    let run = world.import().exits(0);
    let there = told.iter().filter(|told| !told.deleted).count() as u64;
    // It is ours because of its creator, and lacks the user that every other message has.
    assert_eq!(
        (run.number("created"), run.number("updated")),
        (there - 1, 1)
    );
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
}
