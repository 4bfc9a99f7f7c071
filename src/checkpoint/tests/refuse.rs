//! What is refused, and that a refusal changes nothing.

use super::super::schema::STEPS;
use super::*;

#[test]
fn closing_leaves_one_plain_file_and_the_empty_lock() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let listing = place.listing();
    let names: Vec<_> = listing
        .iter()
        .map(|(path, _)| path.file_name().unwrap())
        .collect();
    assert_eq!(names, ["chatferry.db", "chatferry.db.lock"]);
    assert!(listing[1].1.is_empty());
}

#[test]
fn second_import_is_refused_with_the_process_of_the_first() {
    let place = Place::new();
    let first = place.open().unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, Error::Locked { pid: Some(pid), .. } if pid == std::process::id()));
    drop(first);
    place.open().unwrap();
}

#[cfg(unix)]
#[test]
fn two_names_of_one_folder_are_one_checkpoint() {
    let place = Place::new();
    let first = place.open().unwrap();
    let other = place.dir.path().join("other");
    std::os::unix::fs::symlink(place.dir.path(), &other).unwrap();
    let path = other.join(place.path().file_name().unwrap());
    let error = Checkpoint::open(&path, &binding(), clock()).unwrap_err();
    assert_eq!(error.code(), "checkpoint.locked");
    drop(first);
}

#[cfg(unix)]
#[test]
fn links_in_the_place_of_its_files_are_refused_and_nothing_changes() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let linked = Place::new();
    for suffix in ["", ".lock", "-wal", "-journal"] {
        let link = side_path(&linked.path(), suffix);
        // Also one to a file that does not exist yet.
        for target in [place.path(), place.dir.path().join("new")] {
            symlink(&target, &link).unwrap();
            let before = place.listing();
            for error in [
                linked.open().map(drop).unwrap_err(),
                linked.peek().map(drop).unwrap_err(),
                Checkpoint::try_out(&linked.path()).unwrap_err(),
            ] {
                assert_eq!(error.code(), "checkpoint.symbolic_link", "{suffix}");
            }
            assert_eq!(place.listing(), before);
            fs::remove_file(&link).unwrap();
        }
    }
    fs::hard_link(place.path(), linked.path()).unwrap();
    let before = place.listing();
    assert_eq!(linked.open().unwrap_err().code(), "checkpoint.hard_links");
    assert_eq!(place.peek().unwrap_err().code(), "checkpoint.hard_links");
    assert_eq!(place.listing(), before);
}

#[cfg(unix)]
#[test]
fn opened_checkpoint_becomes_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let first = place.open().unwrap();
    assert_eq!(first.former_mode(), None);
    first.close().unwrap();
    let set = |mode| fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
    let mode = || fs::metadata(place.path()).unwrap().permissions().mode() & 0o777;
    set(0o644);
    place.peek().unwrap().unwrap();
    let other = Binding::new("orga_other", URL);
    Checkpoint::open(&place.path(), &other, clock()).unwrap_err();
    assert_eq!(mode(), 0o644);
    let open = place.open().unwrap();
    let former = open.former_mode().unwrap();
    assert_eq!((former.mode, former.is_changed), (0o644, true));
    for (path, _) in place.listing() {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    open.close().unwrap();
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[test]
fn only_this_user_can_read_any_of_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _open = place.open().unwrap();
    for (path, _) in place.listing() {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn another_organisation_or_base_url_is_refused_and_nothing_changes() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let before = place.listing();
    let refused = |organization: &str, url: &str| {
        let binding = Binding::new(organization, url);
        let open = Checkpoint::open(&place.path(), &binding, clock()).unwrap_err();
        let peek = Checkpoint::peek(&place.path(), Some(organization), url).unwrap_err();
        assert_eq!(open.code(), peek.code());
        open
    };
    assert!(matches!(
        refused("orga_b", URL),
        Error::OtherOrganization { found, wanted, .. } if found == "orga_a" && wanted == "orga_b"
    ));
    let local = "http://127.0.0.1:8080/api/v1";
    assert!(matches!(
        refused("orga_a", local),
        Error::OtherBaseUrl { found, wanted, .. } if found == URL && wanted == local
    ));
    assert_eq!(place.listing(), before);
    Checkpoint::open(
        &place.path(),
        &Binding::new("orga_a", &format!("{URL}/")),
        clock(),
    )
    .unwrap();
    assert!(
        Checkpoint::peek(&place.path(), None, URL)
            .unwrap()
            .is_some()
    );
}

#[test]
fn newer_file_is_refused_unchanged() {
    for (sql, word, newest) in [
        ("PRAGMA user_version = 99", "format", 9),
        ("UPDATE meta SET identity_version = 99", "identity", 1),
    ] {
        let place = Place::new();
        place.open().unwrap().close().unwrap();
        meddle(&place.path(), sql);
        let before = place.listing();
        for error in [place.open().unwrap_err(), place.peek().unwrap_err()] {
            assert!(matches!(
                error,
                Error::Newer { what, found: 99, known, .. } if what == word && known == newest
            ));
        }
        assert_eq!(place.listing(), before);
    }
}

/// A next format as it might come, to test the way there.
const NEXT: &str = "ALTER TABLE message ADD COLUMN note INTEGER NOT NULL DEFAULT 5;";

#[tokio::test]
async fn older_file_is_copied_by_plan_and_migrated_by_import() {
    let steps = [STEPS, &[NEXT]].concat();
    let place = Place::new();
    // The format that this program writes; its SQL is frozen by a test in schema.rs.
    let checkpoint = Checkpoint::open_with(&place.path(), &binding(), clock(), STEPS).unwrap();
    checkpoint
        .record(vec![chat(), intent(1), done(1)])
        .await
        .unwrap();
    checkpoint.close().unwrap();

    let before = place.listing();
    let snapshot = Checkpoint::peek_with(&place.path(), None, URL, &steps)
        .unwrap()
        .unwrap();
    assert_eq!(state(&snapshot, 1), Some(State::Done));
    assert_eq!(place.listing(), before);

    let key_before = snapshot.key();
    let checkpoint = Checkpoint::open_with(&place.path(), &binding(), clock(), &steps).unwrap();
    assert_eq!(state(checkpoint.reader(), 1), Some(State::Done));
    assert_eq!(checkpoint.reader().key(), key_before);
    checkpoint.close().unwrap();
    let connection =
        Connection::open_with_flags(place.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let (version, note): (i64, i64) = connection
        .query_row(
            "SELECT user_version, note FROM pragma_user_version, message",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((version, note), (10, 5));
    // And the program before refuses what the later one wrote.
    assert_eq!(place.open().unwrap_err().code(), "checkpoint.newer");
}

/// Files of older formats: what the first two did not record is not known.
#[tokio::test]
async fn older_formats_are_read_and_brought_up() {
    for format in 1..STEPS.len() {
        let place = Place::new();
        let steps = &STEPS[..format];
        let older = Checkpoint::open_with(&place.path(), &binding(), clock(), steps).unwrap();
        older.close().unwrap();
        let id = key(1).external_id;
        meddle(
            &place.path(),
            &format!(
                "INSERT INTO lead (lead_id) VALUES ('{LEAD}'); \
                 INSERT INTO chat (chat_hash, lead) VALUES (zeroblob(16), 1); \
                 INSERT INTO message (external_id, lead, chat, state, origin, activity_id, \
                 activity_at, body_hash, media_count, media_bytes, response_to, linked, failure, \
                 attempts, identity, run) VALUES ('{id}', 1, 1, 3, 1, 'acti_1', 7, zeroblob(16), \
                 2, 9, NULL, 0, NULL, 1, 1, 1);"
            ),
        );
        let row = |snapshot: &Snapshot| snapshot.lookup(&id, &LEAD.into()).unwrap().unwrap();
        let peeked = row(&place.peek().unwrap().unwrap());
        assert_eq!((peeked.media_hash, peeked.people_hash), (None, None));
        assert_eq!((peeked.outgoing, peeked.media), (None, None));
        assert_eq!((peeked.first_at, peeked.changing), (7, false));
        let checkpoint = place.open().unwrap();
        assert_eq!(row(checkpoint.reader()), peeked);
        checkpoint.close().unwrap();
    }
}

#[test]
fn failed_migration_leaves_the_older_file() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let before = fs::read(place.path()).unwrap();
    let steps = [
        STEPS,
        &["CREATE TABLE extra (id INTEGER); SELECT nonsense FROM nowhere;"],
    ]
    .concat();
    Checkpoint::open_with(&place.path(), &binding(), clock(), &steps).unwrap_err();
    assert_eq!(fs::read(place.path()).unwrap(), before);
    place.open().unwrap();
}

#[test]
fn files_of_others_are_refused_and_left_alone() {
    type Make = fn(&Path);
    let make: [(&str, Make); 3] = [
        ("text", |path| {
            fs::write(path, "not a database, just some notes").unwrap()
        }),
        ("long text", |path| {
            fs::write(path, "notes ".repeat(5000)).unwrap()
        }),
        ("database", |path| {
            fs::write(path, "").unwrap();
            meddle(path, "CREATE TABLE theirs (id INTEGER)");
        }),
    ];
    for (name, make) in make {
        let place = Place::new();
        make(&place.path());
        let before = fs::read(place.path()).unwrap();
        assert_eq!(
            place.open().unwrap_err().code(),
            "checkpoint.not_ours",
            "{name}"
        );
        assert_eq!(
            place.peek().unwrap_err().code(),
            "checkpoint.not_ours",
            "{name}"
        );
        assert_eq!(fs::read(place.path()).unwrap(), before, "{name}");
    }
}

#[tokio::test]
async fn truncated_file_is_damaged() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let changes = std::iter::once(chat())
        .chain((0..500).map(intent))
        .collect();
    checkpoint.record(changes).await.unwrap();
    checkpoint.close().unwrap();
    let whole = fs::read(place.path()).unwrap();
    for length in [whole.len() / 2, whole.len() - 4096, 4096] {
        fs::write(place.path(), &whole[..length]).unwrap();
        let error = place.open().unwrap_err();
        assert_eq!(error.code(), "checkpoint.damaged", "{length}");
        assert!(error.to_string().contains("chatferry.db"));
        assert_eq!(
            place.peek().unwrap_err().code(),
            "checkpoint.damaged",
            "{length}"
        );
    }
}

#[tokio::test]
async fn overwritten_page_is_detected_before_the_run_begins() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let changes = std::iter::once(chat())
        .chain((0..2000).map(intent))
        .collect();
    checkpoint.record(changes).await.unwrap();
    checkpoint.close().unwrap();
    let mut bytes = fs::read(place.path()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(place.path(), bytes).unwrap();
    assert_eq!(place.open().unwrap_err().code(), "checkpoint.damaged");
}

#[test]
fn unknown_state_number_is_damage() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    meddle(
        &place.path(),
        "PRAGMA ignore_check_constraints = ON; INSERT INTO lead (id, lead_id) VALUES (1, 'lead_a'); \
         INSERT INTO chat VALUES (1, zeroblob(16), 1, NULL, NULL); \
         INSERT INTO message VALUES (1, 'x', 1, 1, 77, 1, NULL, 0, zeroblob(16), 0, 0, NULL, 0, \
         NULL, 0, 0, 1, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
         NULL, NULL, NULL, NULL)",
    );
    let snapshot = place.peek().unwrap().unwrap();
    assert_eq!(
        snapshot
            .lookup(&"x".into(), &LEAD.into())
            .unwrap_err()
            .code(),
        "checkpoint.damaged"
    );
}

#[cfg(unix)]
#[test]
fn read_only_folder_has_its_own_error() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let set = |mode| fs::set_permissions(place.dir.path(), fs::Permissions::from_mode(mode));
    set(0o500).unwrap();
    // The superuser writes anywhere; then only the sorting of the answer can be tested.
    let code = if fs::write(place.dir.path().join("probe"), "").is_ok() {
        Error::io(&place.path(), std::io::ErrorKind::PermissionDenied.into()).code()
    } else {
        place.open().unwrap_err().code()
    };
    set(0o700).unwrap();
    assert_eq!(code, "checkpoint.read_only");
}

#[test]
fn read_only_and_full_databases_are_told_apart() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let path = place.path();
    let write = "INSERT INTO lead (lead_id) SELECT hex(randomblob(2000)) FROM \
                 (SELECT 1 UNION ALL SELECT 2), meta, sqlite_schema";
    let readonly = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let error = Error::sqlite(&path, readonly.execute_batch(write).unwrap_err());
    assert_eq!(error.code(), "checkpoint.read_only");
    let full = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    full.query_row("PRAGMA max_page_count = 1", [], |_| Ok(()))
        .unwrap();
    let error = Error::sqlite(&path, full.execute_batch(write).unwrap_err());
    assert_eq!(error.code(), "checkpoint.full");
    assert!(error.to_string().contains("chatferry.db"));
}

#[test]
fn full_disk_is_reported_before_anything_is_sent() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.require_space(1).unwrap();
    let error = checkpoint.require_space(u64::MAX).unwrap_err();
    assert_eq!(error.code(), "checkpoint.full");
}
