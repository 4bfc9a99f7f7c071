//! Answers whose target gets another activity: which operations begin, and when they are over.

use super::super::schema::{STEPS, migrate};
use super::*;
use crate::ids::{ActivityId, ExternalId, LeadId};

const NEW_LEAD: &str = "lead_b";

fn on(n: usize, lead: &str) -> MessageKey {
    MessageKey::new(key(n).external_id, lead)
}

/// A message in Close; `to` is the external id that it answers.
fn posted(key: MessageKey, n: usize, to: Option<usize>, linked: bool) -> Vec<Change> {
    let facts = Facts {
        response_to: to.map(|to| super::key(to).external_id),
        ..facts(n)
    };
    let (intent, done) = (key.clone(), key);
    vec![
        Change::Intent { key: intent, facts },
        Change::Done {
            key: done,
            activity_id: activity(n),
            linked,
        },
    ]
}

/// An answer, its lead, and the activity that it is to be linked to.
type Open = (ExternalId, LeadId, Option<ActivityId>);

fn open(checkpoint: &Checkpoint) -> Vec<Open> {
    let rows = checkpoint.reader().open_operations().unwrap();
    let links = (rows.into_iter()).filter(|row| row.operation.kind == OperationKind::Relink);
    links
        .map(|row| match row.operation.subject {
            Subject::Message(key) => (key.external_id, key.lead_id, row.target_activity),
            Subject::Number(_) => panic!("a number"),
        })
        .collect()
}

fn waits(answer: MessageKey, activity: ActivityId) -> Open {
    (answer.external_id, answer.lead_id, Some(activity))
}

fn replace(step: Option<Step>, activity: ActivityId) -> Change {
    let operation = OperationKey {
        kind: OperationKind::Replace,
        subject: Subject::Message(key(1)),
    };
    match step {
        None => Change::OperationBegun(Box::new(Begun {
            operation,
            chat: Some(CHAT),
            source_activity: Some(super::activity(1)),
            target_id: None,
            target_lead: Some(NEW_LEAD.into()),
            target_activity: None,
        })),
        Some(step) => Change::OperationStep {
            operation,
            step,
            target: (step == Step::Posted).then_some(Reached::Activity(activity)),
        },
    }
}

/// Message 1 is on its lead, and 2 answers it there.
async fn with_answer(linked: bool) -> (Place, Checkpoint) {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let mut changes = vec![chat()];
    changes.extend(posted(key(1), 1, None, false));
    changes.extend(posted(key(2), 2, Some(1), linked));
    checkpoint.record(changes).await.unwrap();
    (place, checkpoint)
}

/// Message 1 is posted on the other lead as activity 9.
fn moves() -> Vec<Change> {
    let mut changes = vec![replace(None, activity(9))];
    let there = on(1, NEW_LEAD);
    changes.push(Change::Intent {
        key: there.clone(),
        facts: facts(9),
    });
    changes.push(Change::Done {
        key: there,
        activity_id: activity(9),
        linked: false,
    });
    changes.push(replace(Some(Step::Posted), activity(9)));
    changes
}

#[tokio::test]
async fn moved_target_begins_the_relink_of_its_reply() {
    let (_place, checkpoint) = with_answer(true).await;
    assert_eq!(open(&checkpoint), []);
    checkpoint.record(moves()).await.unwrap();
    assert_eq!(open(&checkpoint), [waits(key(2), activity(9))]);
    let answer = |checkpoint: &Checkpoint| {
        let row = checkpoint
            .reader()
            .lookup(&key(2).external_id, &LEAD.into());
        row.unwrap().unwrap().linked
    };
    assert!(!answer(&checkpoint));
    // Deleting the old one changes nothing about that, before or after the link is set.
    let deleted = [
        Change::Withdrawn { key: key(1) },
        replace(Some(Step::Deleted), activity(9)),
    ];
    checkpoint.record(deleted.to_vec()).await.unwrap();
    assert_eq!(open(&checkpoint), [waits(key(2), activity(9))]);
    let linked = Change::Linked { key: key(2) };
    checkpoint.record(vec![linked]).await.unwrap();
    assert_eq!(open(&checkpoint), []);
    assert!(answer(&checkpoint));
}

#[tokio::test]
async fn reply_posted_before_its_target_is_relinked() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let mut changes = vec![chat()];
    changes.extend(posted(key(2), 2, Some(1), false));
    checkpoint.record(changes).await.unwrap();
    assert_eq!(open(&checkpoint), []);
    checkpoint
        .record(posted(key(1), 1, None, false))
        .await
        .unwrap();
    assert_eq!(open(&checkpoint), [waits(key(2), activity(1))]);
}

/// The other party's export is on another lead, under the same external ids.
#[tokio::test]
async fn reply_refers_to_the_message_on_its_own_lead() {
    let (_place, checkpoint) = with_answer(true).await;
    let mut other = posted(on(1, "lead_c"), 3, None, false);
    other.extend(posted(on(2, "lead_c"), 4, Some(1), true));
    checkpoint.record(other).await.unwrap();
    assert_eq!(open(&checkpoint), []);
    checkpoint.record(moves()).await.unwrap();
    assert_eq!(open(&checkpoint), [waits(key(2), activity(9))]);
    let gone = Change::Gone {
        key: on(1, NEW_LEAD),
    };
    checkpoint.record(vec![gone]).await.unwrap();
    let other = checkpoint
        .reader()
        .lookup(&key(2).external_id, &"lead_c".into());
    assert!(other.unwrap().unwrap().linked);
}

#[tokio::test]
async fn relink_ends_when_either_message_is_removed() {
    for removed in [on(1, NEW_LEAD), key(2)] {
        let (_place, checkpoint) = with_answer(true).await;
        checkpoint.record(moves()).await.unwrap();
        let gone = Change::Gone {
            key: removed.clone(),
        };
        checkpoint.record(vec![gone]).await.unwrap();
        assert_eq!(open(&checkpoint), [], "{removed:?}");
    }
}

#[tokio::test]
async fn relink_follows_its_reply_to_another_lead() {
    let moved = Change::Moved {
        key: key(2),
        to: "lead_c".into(),
    };
    let merged = Change::Merged {
        from: LEAD.into(),
        into: "lead_c".into(),
    };
    for change in [moved, merged] {
        let (_place, checkpoint) = with_answer(true).await;
        checkpoint.record(moves()).await.unwrap();
        checkpoint.record(vec![change.clone()]).await.unwrap();
        let answer = on(2, "lead_c");
        let expected = [waits(answer.clone(), activity(9))];
        assert_eq!(open(&checkpoint), expected, "{change:?}");
        let linked = Change::Linked { key: answer };
        checkpoint.record(vec![linked]).await.unwrap();
        assert_eq!(open(&checkpoint), [], "{change:?}");
    }
}

/// The target moves twice before the link is set.
#[tokio::test]
async fn relink_uses_the_latest_activity() {
    let (_place, checkpoint) = with_answer(true).await;
    checkpoint.record(moves()).await.unwrap();
    let withdrawn = [key(1), on(1, NEW_LEAD)].map(|key| Change::Withdrawn { key });
    checkpoint.record(withdrawn.to_vec()).await.unwrap();
    let again = posted(on(1, "lead_c"), 5, None, false);
    checkpoint.record(again).await.unwrap();
    assert_eq!(open(&checkpoint), [waits(key(2), activity(5))]);
}

#[test]
fn missing_links_of_older_formats_become_operations() {
    let mut connection = Connection::open_in_memory().unwrap();
    let transaction = connection.transaction().unwrap();
    migrate(&transaction, 0, &STEPS[..7]).unwrap();
    transaction
        .execute_batch(
            "INSERT INTO run VALUES (1, 10, '0.1.0', 11, 'complete', NULL, NULL, NULL, NULL); \
             INSERT INTO lead VALUES (1, 'lead_a', NULL), (2, 'lead_b', NULL), (3, 'lead_c', NULL); \
             INSERT INTO chat VALUES (1, zeroblob(16), 1, 'cont_a', 'Europe/Berlin');",
        )
        .unwrap();
    // External id, lead, state, origin, what it answers, linked.
    for (id, lead, state, origin, to, linked) in [
        ("question", 1, 3, 1, None, 0),
        ("answer", 1, 3, 1, Some("question"), 0),
        ("linked", 1, 3, 1, Some("question"), 1),
        ("foreign", 1, 3, 3, Some("question"), 0),
        ("elsewhere", 2, 3, 1, Some("question"), 0),
        ("removed", 1, 6, 1, None, 0),
        ("of removed", 1, 3, 1, Some("removed"), 0),
        ("twice", 1, 3, 1, None, 0),
        ("twice", 2, 3, 1, None, 0),
        ("of one of two", 3, 3, 1, Some("twice"), 0),
        ("of the own", 2, 3, 1, Some("twice"), 0),
    ] {
        transaction
            .execute(
                "INSERT INTO message (external_id, lead, chat, state, origin, activity_id, \
                 activity_at, body_hash, media_count, media_bytes, response_to, linked, failure, \
                 attempts, identity, run) VALUES (?1, ?2, 1, ?3, ?4, iif(?3 = 3, ?1 || ?2, NULL), \
                 7, zeroblob(16), 0, 0, ?5, ?6, NULL, 1, 1, 1)",
                rusqlite::params![id, lead, state, origin, to, linked],
            )
            .unwrap();
    }
    migrate(&transaction, 7, STEPS).unwrap();
    let mut open = transaction
        .prepare(
            "SELECT source_activity, target_activity FROM operation \
             WHERE kind = 3 AND step = 1 AND open = 1 ORDER BY 1",
        )
        .unwrap();
    let open = open.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let open: Vec<(String, String)> = open.unwrap().collect::<Result<_, _>>().unwrap();
    let expected = [
        ("answer1", "question1"),
        ("elsewhere2", "question1"),
        ("of the own2", "twice2"),
    ];
    assert_eq!(open, expected.map(|(a, t)| (a.to_owned(), t.to_owned())));
}
