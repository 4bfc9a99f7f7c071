//! The checkpoint as a whole: what survives, what is refused, what is left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::lock::beside;
use super::schema::STEPS;
use super::*;
use crate::clock::{SharedClock, System};

const URL: &str = "https://api.close.com/api/v1";
const LEAD: &str = "lead_a";

/// A folder with a checkpoint in it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Place {
        Place {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("chatferry.db")
    }

    fn open(&self) -> Result<Checkpoint, Error> {
        Checkpoint::open(&self.path(), &binding(), clock())
    }

    fn peek(&self) -> Result<Option<Snapshot>, Error> {
        Checkpoint::peek(&self.path(), Some("orga_a"), URL)
    }

    /// What a `kill -9` at this moment would leave: the files as they are, in another folder.
    fn killed(&self) -> Place {
        let after = Place::new();
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let from = beside(&self.path(), suffix);
            if from.exists() {
                fs::copy(from, beside(&after.path(), suffix)).unwrap();
            }
        }
        after
    }

    /// Every file and its bytes, by name.
    fn listing(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

fn clock() -> SharedClock {
    System::shared()
}

fn binding() -> Binding {
    Binding::new("orga_a", URL)
}

fn key(n: usize) -> MessageKey {
    MessageKey::new(format!("cf1-{n:026}"), LEAD)
}

fn activity(n: usize) -> Box<str> {
    format!("acti_{n}").into()
}

const CHAT: Hash = [7; 16];

fn chat() -> Change {
    Change::Chat(ChatFacts {
        chat: CHAT,
        pairs: vec![[8; 16]],
        lead_id: LEAD.into(),
        contact_id: Some("cont_a".into()),
    })
}

fn facts(n: usize) -> Facts {
    Facts {
        chat: CHAT,
        activity_at: 1_600_000_000_000 + n as i64,
        body_hash: [n as u8; 16],
        media_count: 2,
        media_bytes: 5_000_000_000,
        response_to: Some("3EB0".into()),
        identity: 1,
    }
}

fn intent(n: usize) -> Change {
    Change::Intent {
        key: key(n),
        facts: facts(n),
    }
}

fn done(n: usize) -> Change {
    Change::Done {
        key: key(n),
        activity_id: activity(n),
        linked: true,
    }
}

fn state(snapshot: &Snapshot, n: usize) -> Option<State> {
    snapshot
        .lookup(&key(n).external_id, LEAD)
        .unwrap()
        .map(|row| row.state)
}

#[tokio::test]
async fn what_was_recorded_is_read_back() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let recorder = checkpoint.recorder();
    recorder.record_all(vec![chat(), intent(1)]).await.unwrap();
    recorder.record(done(1)).await.unwrap();

    let row = checkpoint
        .lookup(&key(1).external_id, LEAD)
        .unwrap()
        .unwrap();
    let chat_row = Store::chat(&checkpoint, &CHAT).unwrap().unwrap();
    let expected = MessageRow {
        id: row.id,
        external_id: key(1).external_id,
        lead_id: LEAD.into(),
        chat: chat_row.id,
        state: State::Done,
        origin: Origin::Created,
        activity_id: Some(activity(1)),
        activity_at: facts(1).activity_at,
        body_hash: [1; 16],
        media_count: 2,
        media_bytes: 5_000_000_000,
        response_to: Some("3EB0".into()),
        linked: true,
        failure: None,
        attempts: 1,
        identity: 1,
        run: checkpoint.run(),
    };
    assert_eq!(row, expected);
    assert_eq!(checkpoint.messages_of(chat_row.id).unwrap(), [expected]);
    assert_eq!(chat_row.pairs, [[8; 16]]);
    assert_eq!(chat_row.contact_id.as_deref(), Some("cont_a"));
    let reader = checkpoint.reader();
    assert_eq!(
        reader.chats_by_pair(&[8; 16]).unwrap(),
        std::slice::from_ref(&chat_row)
    );
    assert_eq!(reader.chats_by_contact("cont_a").unwrap(), [chat_row]);
    assert_eq!(reader.chat(&[9; 16]).unwrap(), None);
    // The same external id on another lead is another message.
    assert_eq!(reader.lookup(&key(1).external_id, "lead_b").unwrap(), None);
    checkpoint.close().unwrap();
}

#[tokio::test]
async fn a_chat_recorded_again_gains_and_never_loses() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let again = Change::Chat(ChatFacts {
        chat: CHAT,
        pairs: vec![[3; 16], [8; 16]],
        lead_id: "lead_b".into(),
        contact_id: None,
    });
    checkpoint.record(vec![chat(), again]).await.unwrap();
    let row = checkpoint.reader().chat(&CHAT).unwrap().unwrap();
    assert_eq!(row.pairs, [[3; 16], [8; 16]]);
    assert_eq!(&*row.lead_id, "lead_b");
    assert_eq!(row.contact_id.as_deref(), Some("cont_a"));
}

#[tokio::test]
async fn a_failed_message_is_tried_again_and_then_adopted() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let failed = Change::Failed {
        key: key(1),
        code: "close.http_400".into(),
    };
    checkpoint
        .record(vec![chat(), intent(1), failed.clone()])
        .await
        .unwrap();
    let row = checkpoint
        .lookup(&key(1).external_id, LEAD)
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.failure.as_deref()),
        (State::Failed, Some("close.http_400"))
    );

    checkpoint
        .record(vec![Change::Intent {
            key: key(1),
            facts: facts(9),
        }])
        .await
        .unwrap();
    let row = checkpoint
        .lookup(&key(1).external_id, LEAD)
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.failure, row.attempts),
        (State::Intent, None, 2)
    );
    assert_eq!(row.activity_at, facts(9).activity_at);

    let adopt = Change::Adopt {
        key: key(1),
        facts: facts(1),
        activity_id: activity(1),
        linked: false,
    };
    checkpoint.record(vec![failed, adopt]).await.unwrap();
    let row = checkpoint
        .lookup(&key(1).external_id, LEAD)
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.origin, row.failure),
        (State::Done, Origin::Adopted, None)
    );
    assert_eq!((row.attempts, row.activity_id), (2, Some(activity(1))));
}

#[tokio::test]
async fn dropped_without_close_keeps_every_change_and_the_run_unended() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let first = checkpoint.run();
    checkpoint
        .record(vec![chat(), intent(1), done(1), intent(2)])
        .await
        .unwrap();
    drop(checkpoint);

    let checkpoint = place.open().unwrap();
    assert_eq!(state(checkpoint.reader(), 1), Some(State::Done));
    assert_eq!(state(checkpoint.reader(), 2), Some(State::Unknown));
    let last = checkpoint.reader().last_run().unwrap().unwrap();
    assert_eq!((last.id, last.ended), (first, None));
}

#[tokio::test]
async fn killed_at_any_change_the_next_run_knows_all_before_it() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let steps = [
        vec![chat()],
        vec![intent(1)],
        vec![done(1)],
        vec![intent(2)],
        vec![Change::Unknown { key: key(2) }],
        vec![Change::NotCarriedOut { key: key(2) }],
        vec![intent(2), intent(3)],
        vec![Change::NotSent { key: key(3) }],
    ];
    use State::{Absent, Done, Unknown};
    // After each step: what a run that begins then knows of messages 1, 2 and 3.
    let expected = [
        [None, None, None],
        [Some(Unknown), None, None],
        [Some(Done), None, None],
        [Some(Done), Some(Unknown), None],
        [Some(Done), Some(Unknown), None],
        [Some(Done), Some(Absent), None],
        [Some(Done), Some(Unknown), Some(Unknown)],
        [Some(Done), Some(Unknown), Some(Absent)],
    ];
    for (changes, expected) in steps.into_iter().zip(expected) {
        checkpoint.record(changes).await.unwrap();
        let after = place.killed();
        let next = after.open().unwrap();
        assert_eq!([1, 2, 3].map(|n| state(next.reader(), n)), expected);
        let unsettled = next.unsettled().unwrap();
        assert_eq!(
            unsettled.len(),
            expected
                .iter()
                .filter(|state| **state == Some(Unknown))
                .count()
        );
        assert!(unsettled.iter().all(|message| !message.since_this_run));
        next.close().unwrap();
    }
}

#[tokio::test]
async fn a_run_tells_its_own_unknowns_from_those_before_it() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat(), intent(1)]).await.unwrap();
    drop(checkpoint);
    let checkpoint = place.open().unwrap();
    checkpoint
        .record(vec![intent(2), Change::Unknown { key: key(2) }])
        .await
        .unwrap();
    let unsettled = checkpoint.unsettled().unwrap();
    let mine: Vec<bool> = unsettled
        .iter()
        .map(|message| message.since_this_run)
        .collect();
    assert_eq!(mine, [false, true]);
    checkpoint
        .record(vec![
            Change::Found {
                key: key(1),
                activity_id: activity(1),
                linked: false,
            },
            Change::NotCarriedOut { key: key(2) },
        ])
        .await
        .unwrap();
    assert_eq!(checkpoint.unsettled().unwrap(), []);
    let row = checkpoint
        .lookup(&key(1).external_id, LEAD)
        .unwrap()
        .unwrap();
    assert_eq!((row.state, row.origin), (State::Done, Origin::Created));
}

#[tokio::test]
async fn a_run_ends_as_it_says_or_as_stopped() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let counts = Counts::from([("created".to_owned(), 3), ("failed".to_owned(), 1)]);
    let ended = Change::RunEnded {
        outcome: RunOutcome::Partial,
        counts: counts.clone(),
    };
    checkpoint.record(vec![ended]).await.unwrap();
    checkpoint.close().unwrap();
    let last = place.peek().unwrap().unwrap().last_run().unwrap().unwrap();
    assert_eq!(
        last.ended.map(|(_, outcome)| outcome),
        Some(RunOutcome::Partial)
    );
    assert_eq!(last.counts, counts);
    assert_eq!(&*last.program, env!("CARGO_PKG_VERSION"));

    place.open().unwrap().close().unwrap();
    let last = place.peek().unwrap().unwrap().last_run().unwrap().unwrap();
    assert_eq!(
        last.ended.map(|(_, outcome)| outcome),
        Some(RunOutcome::Stopped)
    );
    assert!(last.counts.is_empty());
}

#[tokio::test]
async fn an_illegal_change_is_refused_whole_and_alone() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let recorder = checkpoint.recorder();
    recorder.record(chat()).await.unwrap();
    let (good, bad, also_good) = tokio::join!(
        recorder.record_all(vec![intent(1), done(1)]),
        recorder.record_all(vec![intent(2), done(2), done(2)]),
        recorder.record(intent(3)),
    );
    good.unwrap();
    also_good.unwrap();
    match bad {
        Err(Error::IllegalTransition {
            from,
            event,
            external_id,
            ..
        }) => {
            assert_eq!((from, event), (Some(State::Done), Event::Succeed));
            assert_eq!(external_id, key(2).external_id);
        }
        other => panic!("{other:?}"),
    }
    let reader = checkpoint.reader();
    assert_eq!(
        [1, 2, 3].map(|n| state(reader, n)),
        [Some(State::Done), None, Some(State::Intent)]
    );
    let unknown = recorder
        .record(Change::Unknown { key: key(4) })
        .await
        .unwrap_err();
    assert!(matches!(
        unknown,
        Error::IllegalTransition { from: None, .. }
    ));
}

#[tokio::test]
async fn a_message_needs_its_chat() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let error = checkpoint.record(vec![intent(1)]).await.unwrap_err();
    assert_eq!(error.code(), "checkpoint.no_chat");
    assert_eq!(state(checkpoint.reader(), 1), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_workers_at_once_all_become_durable() {
    const WORKERS: usize = 16;
    const EACH: usize = 20;
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat()]).await.unwrap();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let recorder = checkpoint.recorder();
            tokio::spawn(async move {
                for n in (0..EACH).map(|n| worker * EACH + n) {
                    recorder.record(intent(n)).await.unwrap();
                    recorder.record(done(n)).await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let after = place.killed();
    let snapshot = after.peek().unwrap().unwrap();
    for n in 0..WORKERS * EACH {
        let row = snapshot.lookup(&key(n).external_id, LEAD).unwrap().unwrap();
        assert_eq!(
            (row.state, row.activity_id),
            (State::Done, Some(activity(n)))
        );
    }
}

#[tokio::test]
async fn twenty_thousand_messages_come_back_in_order() {
    const MESSAGES: usize = 20_000;
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat()]).await.unwrap();
    for from in (0..MESSAGES).step_by(1000) {
        let changes = (from..from + 1000)
            .flat_map(|n| [intent(n), done(n)])
            .collect();
        checkpoint.record(changes).await.unwrap();
    }
    checkpoint.close().unwrap();
    let snapshot = place.peek().unwrap().unwrap();
    let chat = snapshot.chat(&CHAT).unwrap().unwrap();
    let rows = snapshot.messages_of(chat.id).unwrap();
    assert_eq!(rows.len(), MESSAGES);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row.external_id, key(n).external_id);
        assert_eq!(row.activity_id, Some(activity(n)));
        assert_eq!(row.activity_at, facts(n).activity_at);
        // One allocation for the lead, however many messages.
        assert!(Arc::ptr_eq(&row.lead_id, &rows[0].lead_id));
    }
    let mut streamed = Vec::new();
    snapshot.each_message(|row| streamed.push(row)).unwrap();
    assert_eq!(streamed, rows);
}

#[tokio::test]
async fn after_the_close_recorders_say_so() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let recorder = checkpoint.recorder();
    checkpoint.close().unwrap();
    assert_eq!(
        recorder.record(chat()).await.unwrap_err().code(),
        "checkpoint.closed"
    );
}

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
fn a_second_import_is_refused_with_the_first_ones_process() {
    let place = Place::new();
    let first = place.open().unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, Error::Locked { pid: Some(pid), .. } if pid == std::process::id()));
    drop(first);
    place.open().unwrap();
}

#[cfg(unix)]
#[test]
fn two_names_of_one_file_are_one_checkpoint() {
    let place = Place::new();
    let first = place.open().unwrap();
    let other = place.dir.path().join("other.db");
    std::os::unix::fs::symlink(place.path(), &other).unwrap();
    let error = Checkpoint::open(&other, &binding(), clock()).unwrap_err();
    assert_eq!(error.code(), "checkpoint.locked");
    drop(first);
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

/// Changes the file from outside.
fn meddle(path: &Path, sql: &str) {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_newer_file_is_refused_and_nothing_changes() {
    for (sql, word) in [
        ("PRAGMA user_version = 99", "format"),
        ("UPDATE meta SET identity_version = 99", "identity"),
    ] {
        let place = Place::new();
        place.open().unwrap().close().unwrap();
        meddle(&place.path(), sql);
        let before = place.listing();
        for error in [place.open().unwrap_err(), place.peek().unwrap_err()] {
            assert!(
                matches!(error, Error::Newer { what, found: 99, known: 1, .. } if what == word)
            );
        }
        assert_eq!(place.listing(), before);
    }
}

/// A next format as it might come, to test the way there.
const NEXT: &str = "ALTER TABLE message ADD COLUMN note INTEGER NOT NULL DEFAULT 5;";

#[tokio::test]
async fn an_older_file_is_read_aside_by_plan_and_brought_up_by_import() {
    let steps = [STEPS, &[NEXT]].concat();
    let place = Place::new();
    // Format 1 as this program writes it; its SQL is frozen by a test in schema.rs.
    let checkpoint =
        Checkpoint::open_with(&place.path(), &binding(), clock(), &STEPS[..1]).unwrap();
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
    assert_eq!(checkpoint.key(), key_before);
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
    assert_eq!((version, note), (2, 5));
    // And the program before refuses what the later one wrote.
    assert_eq!(place.open().unwrap_err().code(), "checkpoint.newer");
}

#[test]
fn a_step_that_fails_leaves_the_older_file() {
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
    let make: [(&str, fn(&Path)); 3] = [
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
async fn a_truncated_file_is_damaged() {
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
async fn a_page_overwritten_is_found_after_a_killed_run() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let changes = std::iter::once(chat())
        .chain((0..2000).map(intent))
        .collect();
    checkpoint.record(changes).await.unwrap();
    drop(checkpoint);
    let mut bytes = fs::read(place.path()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(place.path(), bytes).unwrap();
    assert_eq!(place.open().unwrap_err().code(), "checkpoint.damaged");
}

#[test]
fn a_number_of_no_state_is_damage_and_not_a_guess() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    meddle(
        &place.path(),
        "PRAGMA ignore_check_constraints = ON; INSERT INTO lead VALUES (1, 'lead_a'); \
         INSERT INTO chat VALUES (1, zeroblob(16), 1, NULL); \
         INSERT INTO message VALUES (1, 'x', 1, 1, 77, 1, NULL, 0, zeroblob(16), 0, 0, NULL, 0, \
         NULL, 0, 0, 1)",
    );
    let snapshot = place.peek().unwrap().unwrap();
    assert_eq!(
        snapshot.lookup("x", LEAD).unwrap_err().code(),
        "checkpoint.damaged"
    );
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_told_apart() {
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
fn peeking_at_nothing_makes_nothing() {
    let place = Place::new();
    assert!(place.peek().unwrap().is_none());
    let nowhere = place.dir.path().join("no folder").join("a.db");
    assert!(Checkpoint::peek(&nowhere, None, URL).unwrap().is_none());
    assert!(place.listing().is_empty());
    // As a run killed in its first moment leaves it.
    fs::write(place.path(), "").unwrap();
    assert!(place.peek().unwrap().is_none());
    place.open().unwrap().close().unwrap();
}

#[tokio::test]
async fn peeking_changes_no_byte_after_a_close_or_a_kill() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat(), intent(1)]).await.unwrap();
    let killed = place.killed();
    // The log alone, without the shared index, as after a restart of the machine.
    let restarted = place.killed();
    fs::remove_file(beside(&restarted.path(), "-shm")).unwrap();
    checkpoint.close().unwrap();
    for place in [place, killed, restarted] {
        let before = place.listing();
        let snapshot = place.peek().unwrap().unwrap();
        assert_eq!(state(&snapshot, 1), Some(State::Intent));
        assert_eq!(snapshot.unsettled().unwrap().len(), 1);
        assert_eq!(snapshot.path().file_name(), place.path().file_name());
        drop(snapshot);
        assert_eq!(place.listing(), before);
    }
}

#[tokio::test]
async fn plan_reads_while_an_import_begins_works_and_ends() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let early = place.peek().unwrap().unwrap();
    let checkpoint = place.open().unwrap();
    checkpoint
        .record(vec![chat(), intent(1), done(1)])
        .await
        .unwrap();
    let during = place.peek().unwrap().unwrap();
    assert_eq!(state(&during, 1), Some(State::Done));
    assert_eq!(state(&early, 1), Some(State::Done));
    checkpoint.close().unwrap();
    assert_eq!(state(&during, 1), Some(State::Done));
    drop((early, during));
    assert_eq!(state(&place.peek().unwrap().unwrap(), 1), Some(State::Done));
    place.open().unwrap().close().unwrap();
}

#[tokio::test]
async fn no_content_reaches_any_file() {
    const SECRETS: [&str; 4] = [
        "+4915112345678",
        "4915112345678",
        "Anna Example",
        "See you at the harbour at nine",
    ];
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let hash_key = checkpoint.key();
    let hashed = |text: &str| hash_key.hash(text.as_bytes());
    let chat = hashed(SECRETS[2]);
    let facts = Facts {
        chat,
        body_hash: hashed(SECRETS[3]),
        ..facts(1)
    };
    checkpoint
        .record(vec![
            Change::Chat(ChatFacts {
                chat,
                pairs: vec![hashed(SECRETS[0]), hashed(SECRETS[1])],
                lead_id: LEAD.into(),
                contact_id: None,
            }),
            Change::Intent { key: key(1), facts },
            done(1),
        ])
        .await
        .unwrap();
    // What has the shape of a number or a name is not even taken.
    for secret in SECRETS {
        let key = MessageKey::new("3EB0", LEAD);
        let failed = Change::Failed {
            key,
            code: secret.into(),
        };
        let error = checkpoint.record(vec![failed]).await.unwrap_err();
        assert_eq!(error.code(), "checkpoint.malformed");
        assert!(!format!("{error} {error:?}").contains(secret));
    }
    let mut files = place.listing();
    checkpoint.close().unwrap();
    files.extend(place.listing());
    for (path, bytes) in files {
        for secret in SECRETS {
            let unkeyed = blake3::hash(secret.as_bytes());
            for needle in [secret.as_bytes(), &unkeyed.as_bytes()[..16]] {
                assert!(
                    memchr::memmem::find(&bytes, needle).is_none(),
                    "{secret} in {}",
                    path.display()
                );
            }
        }
    }
}
