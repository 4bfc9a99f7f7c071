//! `import --retry-failed`: what was refused is taken up again, whatever it was, and nothing else;
//! and the table of failures tells of nothing but that.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use chatferry::sandbox::{Fault, Seen};

use crate::kit::Side::{Me, They};
use crate::kit::{Built, Chat, Output, When, World, archive, scenes};
use crate::{moves, updates};

const REFUSED: &str =
    r#"{"errors": [], "field-errors": {"message_markdown": "Not allowed here."}}"#;

fn refuse(world: &World, which: impl Fn(&Seen) -> bool + Send + Sync + 'static) {
    world.server.rule(move |seen, when| {
        if when == When::Received && which(seen) {
            return Fault::Status(400, REFUSED.to_owned());
        }
        Fault::None
    });
}

fn retry(world: &World) -> Output {
    world.run(&[
        "import",
        "--yes",
        "--json",
        "--retry-failed",
        "--allow-deletes",
        "100",
    ])
}

fn table(world: &World) -> PathBuf {
    world.path().join("failures.csv")
}

/// The lines of the table without its head.
fn rows(world: &World) -> Vec<String> {
    let text = fs::read_to_string(table(world)).unwrap_or_default();
    text.lines().skip(1).map(str::to_owned).collect()
}

fn is_message(seen: &Seen, method: &str) -> bool {
    seen.method == method && seen.path.contains("/activity/whatsapp_message/")
}

/// What was refused stays in the table and is refused again, until it is not.
fn refused_then_mended(world: &World, done: &str, count: u64) {
    assert_eq!(rows(world).len() as u64, count);
    let before = rows(world);
    for row in &before {
        assert!(row.contains(",cf1-"), "{row}");
    }
    // A run of something else forgets nothing.
    world.server.calm();
    world
        .run(&[
            "import", "--yes", "--json", "--device", "default", "--limit", "0",
        ])
        .exits(0);
    assert_eq!(rows(world), before);
    let again = retry(world).exits(0);
    assert_eq!((again.number(done), again.number("failed")), (count, 0));
    assert_eq!(again.number("created"), 0);
    assert!(!table(world).exists());
    assert_eq!(retry(world).exits(0).number(done), 0);
}

#[test]
fn retry_of_an_update_whose_file_was_rejected() {
    let world = World::new(vec![updates::with_photo(false)]);
    world.import().exits(0);
    updates::export_again(&world, &updates::with_photo(true));
    let run = world.import_under(|seen, when, _| {
        match when == When::Received && seen.path.starts_with("/_storage/") {
            true => Fault::Status(400, "<Error><Code>EntityTooLarge</Code></Error>".to_owned()),
            false => Fault::None,
        }
    });
    let run = run.exits(3);
    assert_eq!(run.number("failed"), 1);
    run.says("close_storage_EntityTooLarge: the file storage did not take");
    assert!(rows(&world)[0].contains("close_storage_EntityTooLarge"));
    assert!(
        !rows(&world)[0].contains("close_storage:"),
        "the code twice"
    );
    refused_then_mended(&world, "updated", 1);
}

#[test]
fn retry_of_a_deletion() {
    let told = |last: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:10", They, "before")
            .say("2024-03-13 10:20", They, last)
            .say("2024-03-13 10:30", Me, "after")
    };
    let mut built = Built::new(vec![told("oh")]);
    built.import = "deleted_since = \"delete\"\n".to_owned();
    let world = built.world();
    world.import().exits(0);
    archive::put_zip(&told("This message was deleted"), &world.exports());
    refuse(&world, |seen| is_message(seen, "DELETE"));
    let run = moves::import_allowing(&world, 1).exits(3);
    assert_eq!(run.number("failed"), 1);
    refused_then_mended(&world, "deleted", 1);
    assert_eq!(world.server.state.message_count(), 2);
}

#[test]
fn retry_of_a_move_rejected_at_each_step() {
    for method in ["GET", "DELETE"] {
        let world = moves::world(scenes::dora(), "");
        world.import().exits(0);
        moves::correct_lead(&world);
        refuse(&world, move |seen| {
            is_message(seen, method) && !seen.path.ends_with("/whatsapp_message/")
        });
        let count = world.expected().len() as u64;
        let run = moves::import_allowing(&world, count).exits(3);
        assert_eq!(run.number("failed"), count, "{method}");
        refused_then_mended(&world, "replaced", count);
        world.assert_rows(&moves::on_new_lead(&world), method);
    }
}

/// The target of a reply arrives with a later export, and the link is refused.
#[test]
fn retry_of_a_link_of_a_message_in_the_archives() {
    let told = |has_target: bool| {
        let chat = Chat::android("Ben Cooper", 1);
        let chat = match has_target {
            true => chat.say("2024-03-13 10:10", They, "Which day?"),
            false => chat,
        };
        chat.say("2024-03-13 10:20", Me, "Monday")
    };
    let world = World::new(vec![told(false)]);
    world.import().exits(0);
    archive::put_zip(&told(true), &world.exports());
    refuse(&world, |seen| is_message(seen, "POST"));
    assert_eq!(world.import().exits(3).number("failed"), 1);
    world.server.calm();
    let again = retry(&world).exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (1, 0));
}

/// Replies whose links are open, and of which nothing failed, are not written to.
#[test]
fn open_link_is_not_a_failure() {
    let chat = Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", They, "Which day?")
        .answer("2024-03-13 10:16", Me, 0, "Monday")
        .say("2024-03-13 10:17", They, "Good");
    let mut built = Built::new(vec![chat]);
    built.limits = format!("concurrency = 1\n{}", built.limits);
    let world = built.world();
    let posts = Mutex::new(0);
    world.server.rule(move |seen, when| {
        if !is_message(seen, "POST") || when != When::Received {
            return Fault::None;
        }
        let mut posts = posts.lock().expect("count");
        *posts += 1;
        match *posts {
            1 => Fault::Status(400, REFUSED.to_owned()),
            _ => Fault::None,
        }
    });
    // The question is refused, and its answer comes without a link.
    assert_eq!(world.import().exits(3).number("failed"), 1);
    world.server.calm();
    refuse(&world, |seen| is_message(seen, "PUT"));
    world.import().exits(3);
    world.server.calm();
    let writes = world.server.writes();
    // The link was refused: that alone is taken up.
    let again = retry(&world).exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 1));
    assert_eq!(world.server.writes(), writes + 1);
    world.assert_whole("linked in the end");
}

/// A box on the way rewrites one file: its message fails alone.
#[test]
fn file_that_is_never_stored_intact_fails() {
    let mut built = Built::new(vec![scenes::cleo(), scenes::dora()]);
    built.limits = format!("upload_concurrency = 1\n{}", built.limits);
    let world = built.world();
    let uploads = Mutex::new(0);
    world.server.rule(move |seen, when| {
        if !seen.path.starts_with("/_storage/") || when != When::Received {
            return Fault::None;
        }
        let mut uploads = uploads.lock().expect("count");
        *uploads += 1;
        // The second file, each time that it is sent; from the first it is known what tags are.
        if (2..=6).contains(&*uploads) {
            let tag = "ffffffffffffffffffffffffffffffff";
            let xml = format!("<PostResponse><ETag>&quot;{tag}&quot;</ETag></PostResponse>");
            return Fault::Status(201, xml);
        }
        Fault::None
    });
    let run = world.import().exits(3);
    assert_eq!((run.number("failed"), run.number("not_reached")), (1, 0));
    assert_eq!(rows(&world).len(), 1);
    world.server.calm();
    assert_eq!(retry(&world).exits(0).number("created"), 1);
    assert_eq!(world.server.state.message_count(), world.expected().len());
    assert!(!table(&world).exists());
}

/// What was refused and is correct in Close by now is no failure any more.
#[test]
fn failure_that_is_resolved_is_removed() {
    let told = |text: &str| {
        Chat::android("Ben Cooper", 1)
            .say("2024-03-13 10:15", They, "before")
            .say("2024-03-13 10:20", They, text)
    };
    let world = World::new(vec![told("Tuesday")]);
    world.import().exits(0);
    archive::put_zip(
        &told("Tuesday at eight <This message was edited>"),
        &world.exports(),
    );
    // Nothing was changed in Close, and the newer export goes away again.
    let run = world.import_under(|seen, when, _| {
        match when == When::Received && is_message(seen, "PUT") {
            true => Fault::Status(400, REFUSED.to_owned()),
            false => Fault::None,
        }
    });
    assert_eq!(run.exits(3).number("failed"), 1);
    assert_eq!(rows(&world).len(), 1);
    assert_eq!(retry(&world).exits(0).number("updated"), 1);
    assert!(!table(&world).exists());
}

#[test]
fn foreign_file_is_left_alone() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    world.write("failures.csv", "what went wrong\nthe coffee\n");
    refuse(&world, |seen| is_message(seen, "POST"));
    world
        .import()
        .exits(3)
        .says("is not a failure table of chatferry");
    world.server.calm();
    world.import().exits(0);
    let text = fs::read_to_string(table(&world)).expect("it is there");
    assert_eq!(text, "what went wrong\nthe coffee\n");
}

/// README lets a rehearsal lie beside the real thing.
#[test]
fn rehearsal_keeps_the_failure_table_of_the_real_run() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 3)]);
    refuse(&world, |seen| is_message(seen, "POST"));
    world.import().exits(3);
    let text = fs::read_to_string(table(&world)).expect("a table");
    let path = world.path().join("chatferry.toml");
    let settings = fs::read_to_string(&path).expect("a file");
    assert!(settings.contains("[import]"), "{settings}");
    let rehearsal = settings.replace("[import]", "[import]\ncheckpoint = \"rehearsal.db\"");
    world.write("chatferry.toml", &rehearsal);
    world.import().exits(3);
    assert!(world.path().join("rehearsal.failures.csv").exists());
    world.server.calm();
    world.import().exits(0);
    assert!(!world.path().join("rehearsal.failures.csv").exists());
    assert_eq!(fs::read_to_string(table(&world)).expect("kept"), text);
}

/// A photo was damaged in its zip, and a whole copy of the zip lies there by now.
#[test]
fn retry_of_a_file_damaged_in_its_archive() {
    let world = World::new(vec![scenes::cleo()]);
    let name = fs::read_dir(world.exports()).expect("a folder").next();
    let zip = name.expect("an archive").expect("an entry").path();
    let whole = fs::read(&zip).expect("a zip");
    // The second photo's bytes, behind its name in the zip.
    let photo = b"00000003-PHOTO-2024-05-20-18-01-00.jpg";
    let at = whole.windows(photo.len()).position(|part| part == photo);
    let at = at.expect("the photo") + photo.len() + 2_000;
    let mut damaged = whole.clone();
    damaged[at] ^= 0x55;
    fs::write(&zip, &damaged).expect("written");
    let run = world.import().exits(3);
    run.says("failed: 1 message: archive_damaged_file");
    let created = world.expected().len() as u64 - 1;
    assert_eq!((run.number("created"), run.number("failed")), (created, 1));
    // It is in Close nevertheless, under an activity id that is recorded.
    assert_eq!(world.server.state.message_count(), world.expected().len());
    assert_eq!(
        world.recorded("SELECT count(activity_id) FROM message"),
        created as i64 + 1
    );
    assert_eq!(rows(&world).len(), 1);
    assert!(
        rows(&world)[0].contains(",archive_damaged_file,"),
        "{:?}",
        rows(&world)
    );
    // Tried again too early, it is as before.
    let plain = world.import().exits(3);
    assert_eq!((plain.number("updated"), plain.number("created")), (0, 0));
    retry(&world).exits(3).says("archive_damaged_file");
    assert_eq!(rows(&world).len(), 1);
    fs::write(&zip, &whole).expect("written");
    let again = retry(&world).exits(0);
    assert_eq!((again.number("updated"), again.number("created")), (1, 0));
    world.assert_whole("with the whole photo");
    assert!(!table(&world).exists());
    let writes = world.server.writes();
    world.import().exits(0);
    retry(&world).exits(0);
    assert_eq!(world.server.writes(), writes);
}
