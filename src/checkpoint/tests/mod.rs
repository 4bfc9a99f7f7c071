//! The checkpoint as a whole: what survives, what is refused, what is left behind.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::lock::side_path;
use super::*;
use crate::clock::{SharedClock, System};
use crate::ids::ActivityId;

mod aside;
mod format_6;
mod format_7;
mod format_8;
mod knowledge;
mod model;
mod operations;
mod rebuild;
mod refuse;
mod relinks;
mod survive;

const URL: &str = "https://api.close.com/api/v1";
const LEAD: &str = "lead_a";

impl Checkpoint {
    /// Records changes, all or none.
    async fn record(&self, changes: Vec<Change>) -> Result<(), Error> {
        self.recorder().record_all(changes).await
    }
}

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
            let from = side_path(&self.path(), suffix);
            if from.exists() {
                fs::copy(from, side_path(&after.path(), suffix)).unwrap();
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

fn activity(n: usize) -> ActivityId {
    format!("acti_{n}").into()
}

const CHAT: Hash = [7; 16];

/// The current run is an import.
fn import() -> Change {
    Change::RunIs(RunFacts {
        command: Some("import".into()),
        ..RunFacts::default()
    })
}

fn chat() -> Change {
    Change::Chat(ChatFacts {
        chat: CHAT,
        pairs: vec![[8; 16]],
        lead_id: LEAD.into(),
        contact_id: Some("cont_a".into()),
        zone: Some("Europe/Berlin".into()),
    })
}

fn facts(n: usize) -> Facts {
    Facts {
        chat: CHAT,
        activity_at: 1_600_000_000_000 + n as i64,
        body_hash: [n as u8; 16],
        media_count: 2,
        media_bytes: 5_000_000_000,
        media_hash: Some([5; 16]),
        people_hash: Some([6; 16]),
        outgoing: false,
        media: false,
        response_to: Some("3EB0".into()),
        identity: 1,
        content: None,
        class: None,
        edited: None,
        deleted: None,
        exact: None,
        seconds: None,
        author: None,
        source: None,
        files: Vec::new(),
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
        .lookup(&key(n).external_id, &LEAD.into())
        .unwrap()
        .map(|row| row.state)
}

/// Changes the file from outside.
fn meddle(path: &Path, sql: &str) {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn recorded_changes_are_read_back() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let recorder = checkpoint.recorder();
    recorder.record_all(vec![chat(), intent(1)]).await.unwrap();
    recorder.record(done(1)).await.unwrap();

    let row = checkpoint
        .reader()
        .lookup(&key(1).external_id, &LEAD.into())
        .unwrap()
        .unwrap();
    let chat_row = checkpoint.reader().chat(&CHAT).unwrap().unwrap();
    let expected = MessageRow {
        id: row.id,
        external_id: key(1).external_id,
        lead_id: LEAD.into(),
        chat: chat_row.id,
        state: State::Done,
        origin: Origin::Created,
        activity_id: Some(activity(1)),
        activity_at: facts(1).activity_at,
        first_at: facts(1).activity_at,
        body_hash: [1; 16],
        media_count: 2,
        media_bytes: 5_000_000_000,
        media_hash: Some([5; 16]),
        people_hash: Some([6; 16]),
        outgoing: Some(false),
        media: Some(false),
        changing: false,
        response_to: Some("3EB0".into()),
        linked: true,
        failure: None,
        refused: None,
        attempts: 1,
        identity: 1,
        run: checkpoint.run(),
        content: None,
        class: None,
        edited: None,
        deleted: None,
        exact: None,
        seconds: None,
        author: None,
        source: None,
        created_run: Some(checkpoint.run()),
    };
    assert_eq!(row, expected);
    assert_eq!(
        checkpoint.reader().messages_of(chat_row.id).unwrap(),
        [expected]
    );
    assert_eq!(chat_row.pairs, [[8; 16]]);
    assert_eq!(
        chat_row.contact_id.as_ref().map(|id| id.as_str()),
        Some("cont_a")
    );
    let reader = checkpoint.reader();
    assert_eq!(
        reader.chats_by_pair(&[8; 16]).unwrap(),
        std::slice::from_ref(&chat_row)
    );
    assert_eq!(
        reader.chats_by_contact(&"cont_a".into()).unwrap(),
        [chat_row]
    );
    assert_eq!(reader.chat(&[9; 16]).unwrap(), None);
    // The same external id on another lead is another message.
    assert_eq!(
        reader
            .lookup(&key(1).external_id, &"lead_b".into())
            .unwrap(),
        None
    );
    checkpoint.close().unwrap();
}

#[tokio::test]
async fn chat_recorded_again_loses_no_facts() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let again = Change::Chat(ChatFacts {
        chat: CHAT,
        pairs: vec![[3; 16], [8; 16]],
        lead_id: "lead_b".into(),
        contact_id: None,
        zone: None,
    });
    checkpoint.record(vec![chat(), again]).await.unwrap();
    let row = checkpoint.reader().chat(&CHAT).unwrap().unwrap();
    assert_eq!(row.pairs, [[3; 16], [8; 16]]);
    assert_eq!(row.lead_id, "lead_b");
    assert_eq!(
        row.contact_id.as_ref().map(|id| id.as_str()),
        Some("cont_a")
    );
    assert_eq!(row.zone.as_deref(), Some("Europe/Berlin"));
}

#[tokio::test]
async fn failed_message_is_retried_and_then_adopted() {
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
        .reader()
        .lookup(&key(1).external_id, &LEAD.into())
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
        .reader()
        .lookup(&key(1).external_id, &LEAD.into())
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
        creator: Creator::Unknown,
    };
    checkpoint.record(vec![failed, adopt]).await.unwrap();
    let row = checkpoint
        .reader()
        .lookup(&key(1).external_id, &LEAD.into())
        .unwrap()
        .unwrap();
    // A derived id is one that only we give.
    assert_eq!(
        (row.state, row.origin, row.failure),
        (State::Done, Origin::Created, None)
    );
    assert_eq!((row.attempts, row.activity_id), (2, Some(activity(1))));
    let adopt = |n, identity, creator| Change::Adopt {
        key: key(n),
        facts: Facts {
            identity,
            ..facts(n)
        },
        activity_id: activity(n),
        linked: false,
        creator,
    };
    let changes = vec![
        adopt(2, 0, Creator::Unknown),
        adopt(3, 1, Creator::Other),
        adopt(4, 0, Creator::Own),
    ];
    checkpoint.record(changes).await.unwrap();
    let origin = |n| {
        let row = checkpoint
            .reader()
            .lookup(&key(n).external_id, &LEAD.into())
            .unwrap();
        row.unwrap().origin
    };
    assert_eq!(
        [origin(2), origin(3), origin(4)],
        [Origin::Adopted, Origin::Foreign, Origin::Created]
    );
}

#[tokio::test]
async fn illegal_change_is_refused_without_affecting_others() {
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
async fn message_requires_its_chat() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let error = checkpoint.record(vec![intent(1)]).await.unwrap_err();
    assert_eq!(error.code(), "checkpoint.no_chat");
    assert_eq!(state(checkpoint.reader(), 1), None);
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
