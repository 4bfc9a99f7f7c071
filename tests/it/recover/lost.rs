//! The checkpoint is deleted, damaged, or never existed.

use std::fs;

use super::{assert_all_recorded, assert_idle, assert_plans, lost, of_origin, recover, word};
use crate::damaged;
use crate::kit::{Answer, World, scenes};

fn imported() -> World {
    let world = World::new(scenes::rich());
    world.import().exits(0);
    world
}

#[test]
fn deleted_checkpoint_is_rebuilt_from_close_and_archives() {
    let world = imported();
    let activities = world.server.state.messages().len();
    world.forget();
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "swapped");
    assert_eq!(output.number("activities"), activities as u64);
    assert_all_recorded(&world, activities);
    assert_eq!(of_origin(&world, 1), activities as i64);
    assert_plans(&world, 0);
    assert_idle(&world);
    world.assert_whole("after recover");
}

#[test]
fn second_recover_has_nothing_to_recover() {
    let world = imported();
    world.forget();
    recover(&world, &[]).exits(0);
    let before = world.listing();
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "nothing");
    output.says("Nothing to recover: chatferry.db records each");
    assert!(world.listing() == before, "a file changed");
}

#[test]
fn intact_checkpoint_needs_no_recovery() {
    let world = imported();
    let before = world.listing();
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "nothing");
    assert!(world.listing() == before, "a file changed");
}

#[test]
fn migration_that_was_never_imported_has_nothing_to_recover() {
    let world = World::new(vec![scenes::ben()]);
    let output = recover(&world, &[]).exits(0);
    assert_eq!(word(&output, "ending"), "nothing");
    output.says("Close has no message of ours");
    assert!(!world.path().join("chatferry.db").exists());
    assert!(!world.path().join("chatferry.recovered.db").exists());
}

#[test]
fn dry_run_writes_no_file() {
    let world = imported();
    world.forget();
    let before = world.listing();
    let output = recover(&world, &["--dry-run"]).exits(0);
    assert_eq!(word(&output, "ending"), "dry_run");
    assert_eq!(output.number("would_create"), 0);
    assert!(world.listing() == before, "a file changed");
}

#[test]
fn dry_run_leaves_a_damaged_checkpoint_as_it_is() {
    let world = imported();
    world.write("chatferry.db", "no database");
    let before = world.listing();
    let output = recover(&world, &["--dry-run"]).exits(3);
    output.says("chatferry.db cannot be read (checkpoint.not_ours)");
    assert!(world.listing() == before, "a file changed");
}

/// What is kept under the name that the summary names.
fn kept(world: &World, name: &str) -> Vec<u8> {
    fs::read(world.path().join(name)).expect("the former checkpoint")
}

#[test]
fn file_that_is_no_database_is_kept_under_another_name() {
    let world = imported();
    for (text, name) in [
        ("no database", "chatferry.former.db"),
        ("nor this", "chatferry.former-2.db"),
    ] {
        world.write("chatferry.db", text);
        let output = recover(&world, &[]).exits(3);
        output.says(&format!("the former one is kept as {name}"));
        assert_eq!(kept(&world, name), text.as_bytes());
        assert_plans(&world, 0);
    }
    assert_eq!(kept(&world, "chatferry.former.db"), b"no database");
}

#[test]
fn truncated_checkpoint_is_rebuilt() {
    let world = imported();
    let path = world.path().join("chatferry.db");
    let whole = fs::read(&path).expect("a checkpoint");
    for length in [0, 10, 100, 5_000, whole.len() / 2, whole.len() - 4_096] {
        world.forget();
        fs::write(&path, &whole[..length]).expect("written");
        let output = recover(&world, &[]);
        // An empty file is no checkpoint. Of another one it is not known whether it recorded erased persons.
        let output = output.exits(if length == 0 { 0 } else { 3 });
        assert_eq!(lost(&output, "erasures"), u64::from(length > 0), "{length}");
        assert_eq!(word(&output, "ending"), "swapped", "{length}");
        assert_all_recorded(&world, world.server.state.messages().len());
        assert_plans(&world, 0);
    }
    assert_idle(&world);
}

#[cfg(unix)]
#[test]
fn recovered_checkpoint_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = imported();
    world.write("chatferry.db", "no database");
    recover(&world, &[]).exits(3);
    for name in ["chatferry.db", "chatferry.former.db"] {
        let found = fs::metadata(world.path().join(name)).expect("a file");
        assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn newer_export_is_imported_after_recovery_as_before() {
    let mut built = crate::kit::Built::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    built.import = "deleted_since = \"delete\"\n".to_owned();
    let world = built.world();
    world.import().exits(0);
    world.forget();
    recover(&world, &[]).exits(0);
    let newer = scenes::plain("Ben Cooper", 1, 6);
    crate::kit::archive::put_zip(&newer, &world.exports());
    assert_plans(&world, 2);
    let import = world.import().exits(0);
    assert_eq!(import.number("created"), 2);
    assert_eq!(world.server.state.messages().len(), 6);
    assert_eq!(world.server.state.duplicates(), 0);
}

/// The next import adds the file, once it can be read: nothing in Close contradicts the new checkpoint.
#[test]
fn message_without_its_damaged_file_is_recorded_as_it_is() {
    let chat = damaged::with_photo();
    let (world, file) = damaged::with_damaged_photo(&chat);
    world.import().exits(3);
    world.forget();
    let recovered = recover(&world, &[]).exits(3);
    assert_eq!(word(&recovered, "ending"), "swapped");
    assert_eq!(recovered.number("would_update"), 1);
    recovered.says("An import would add a file or link to 1 message:");
    fs::write(&file, damaged::whole(&chat)).expect("written");
    let repaired = world.import().exits(0);
    assert_eq!(
        ["created", "updated"].map(|name| repaired.number(name)),
        [0, 1]
    );
    world.assert_whole("with the whole photo");
    assert_idle(&world);
}

/// Close rejected a link. The next import tries it again.
#[test]
fn reply_without_its_rejected_link_is_recorded_as_it_is() {
    let world = World::new(vec![scenes::dora()]);
    world.proxy().change(
        |asked, close| match asked.body["response_to_id"].is_string() {
            true => Answer::field("response_to_id", "This field is invalid."),
            false => close(asked),
        },
    );
    world.import().exits(0).says("without a link");
    world.proxy().calm();
    world.forget();
    let recovered = recover(&world, &[]).exits(3);
    assert_eq!(word(&recovered, "ending"), "swapped");
    world.import().exits(0);
    world.assert_whole("with its links");
    assert_idle(&world);
}

/// Rows of the checkpoint refer to rows that are gone: it is no source, and is rebuilt from Close and the archives.
#[test]
fn checkpoint_with_lost_rows_is_rebuilt() {
    for damage in [
        "UPDATE message SET lead = 99 WHERE id = 3",
        "DELETE FROM lead WHERE id = 1",
    ] {
        let world = imported();
        let activities = world.server.state.messages().len();
        let path = world.path().join("chatferry.db");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let file = rusqlite::Connection::open_with_flags(path, flags).expect("opened");
        file.execute_batch(&format!("PRAGMA foreign_keys = OFF; {damage}"))
            .expect("damaged");
        drop(file);
        let check = world.run(&["checkpoint", "check"]).exits(3);
        check.says("`chatferry recover`");
        let output = recover(&world, &[]).exits(0);
        assert_eq!(word(&output, "ending"), "swapped", "{damage}");
        assert_all_recorded(&world, activities);
        assert_idle(&world);
        world.assert_whole(damage);
    }
}
