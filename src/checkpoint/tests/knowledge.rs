//! What is known of messages, archives, runs and persons: how it gets in, what stays, what goes.

use super::*;
use crate::organization::{Fact, OpenProbe, TextLimit};

const DIGEST: Hash = [40; 16];

/// Facts with everything known.
fn known(n: usize) -> Facts {
    Facts {
        content: Some([21; 16]),
        class: Some(Class::Text),
        edited: Some(false),
        deleted: Some(false),
        exact: Some(true),
        seconds: Some(true),
        author: Some([22; 16]),
        source: Some(DIGEST),
        files: vec![file(1), file(2)],
        ..facts(n)
    }
}

fn file(n: u8) -> FileFact {
    FileFact {
        hash: [n; 16],
        size: u64::from(n) * 5_000_000_000,
    }
}

fn archive(shift_ms: Option<i64>, dated_at: Option<i64>) -> Change {
    Change::Archive {
        chat: CHAT,
        archive: ArchiveFacts {
            digest: DIGEST,
            shift_ms,
            dated_at,
            last_at: None,
        },
    }
}

fn row(checkpoint: &Checkpoint, n: usize) -> MessageRow {
    let row = checkpoint
        .reader()
        .lookup(&key(n).external_id, &LEAD.into())
        .unwrap();
    row.unwrap()
}

fn files(checkpoint: &Checkpoint, n: usize) -> Vec<Hash> {
    let row = row(checkpoint, n);
    let mut files = checkpoint.reader().files_of(row.chat).unwrap();
    files.remove(&row.id).unwrap_or_default()
}

fn learned(facts: Facts) -> Change {
    Change::Learned { key: key(1), facts }
}

fn updated(facts: Facts, text: bool, files: bool) -> Change {
    Change::Updated {
        key: key(1),
        facts,
        sent: SentParts {
            text,
            files,
            people: false,
            link: false,
        },
    }
}

fn adopt(facts: Facts, creator: Creator) -> Change {
    Change::Adopt {
        key: key(1),
        facts,
        activity_id: activity(1),
        linked: false,
        creator,
    }
}

fn gone() -> Change {
    Change::Gone { key: key(1) }
}

/// A checkpoint with the message 1 in Close, with these facts.
async fn with(place: &Place, facts: Facts) -> Checkpoint {
    let checkpoint = place.open().unwrap();
    let intent = Change::Intent { key: key(1), facts };
    let changes = vec![chat(), archive(None, None), intent, done(1)];
    checkpoint.record(changes).await.unwrap();
    checkpoint
}

#[tokio::test]
async fn everything_known_is_read_back() {
    let place = Place::new();
    let checkpoint = with(&place, known(1)).await;
    let row = row(&checkpoint, 1);
    assert_eq!(row.content, Some([21; 16]));
    assert_eq!(row.class, Some(Class::Text));
    assert_eq!((row.edited, row.deleted), (Some(false), Some(false)));
    assert_eq!((row.exact, row.seconds), (Some(true), Some(true)));
    assert_eq!(row.author, Some([22; 16]));
    assert_eq!(row.created_run, Some(checkpoint.run()));
    let archives = checkpoint.reader().archives_of(row.chat).unwrap();
    assert_eq!(row.source, Some(archives[0].id));
    assert_eq!(files(&checkpoint, 1), [[1; 16], [2; 16]]);
    let mut sizes = Vec::new();
    let reader = checkpoint.reader();
    reader
        .each_file_of(row.chat, |message, file| sizes.push((message, file.size)))
        .unwrap();
    assert_eq!(sizes, [(row.id, 5_000_000_000), (row.id, 10_000_000_000)]);
}

#[tokio::test]
async fn update_replaces_only_the_sent_parts() {
    let place = Place::new();
    let checkpoint = with(&place, known(1)).await;
    let other = || Facts {
        body_hash: [99; 16],
        content: Some([31; 16]),
        edited: Some(true),
        author: None,
        source: None,
        files: vec![file(3)],
        ..known(1)
    };
    let sent = updated(other(), false, false);
    checkpoint.record(vec![sent]).await.unwrap();
    let before = row(&checkpoint, 1);
    assert_eq!(
        (before.content, before.edited),
        (Some([21; 16]), Some(false))
    );
    assert!(before.source.is_some());
    assert_eq!(files(&checkpoint, 1), [[1; 16], [2; 16]]);

    let sent = updated(other(), true, true);
    checkpoint.record(vec![sent]).await.unwrap();
    let after = row(&checkpoint, 1);
    assert_eq!((after.content, after.edited), (Some([31; 16]), Some(true)));
    assert_eq!(after.author, Some([22; 16]));
    // The archive of the new text is not given.
    assert_eq!(after.source, None);
    assert_eq!(files(&checkpoint, 1), [[3; 16]]);

    // The same text again, without files.
    let again = Facts {
        content: None,
        edited: None,
        files: Vec::new(),
        ..other()
    };
    let sent = updated(again.clone(), true, true);
    checkpoint.record(vec![sent]).await.unwrap();
    let same = row(&checkpoint, 1);
    assert_eq!((same.content, same.edited), (Some([31; 16]), Some(true)));
    assert_eq!(files(&checkpoint, 1), [[3; 16]]);
    // Another text: the content that is recorded is not its content.
    let another = Facts {
        body_hash: [98; 16],
        ..again
    };
    let sent = updated(another, true, false);
    checkpoint.record(vec![sent]).await.unwrap();
    assert_eq!(row(&checkpoint, 1).content, None);
}

#[tokio::test]
async fn exact_instant_is_never_replaced_by_a_rounded_one() {
    let rounded = |exact| Facts {
        activity_at: 1_600_000_020_000,
        exact,
        seconds: Some(false),
        class: None,
        deleted: None,
        ..known(1)
    };
    let intent = |exact| Change::Intent {
        key: key(1),
        facts: rounded(exact),
    };
    for exact in [None, Some(false)] {
        for changes in [
            vec![updated(rounded(exact), true, true)],
            vec![learned(rounded(exact))],
            vec![gone(), adopt(rounded(exact), Creator::Unknown)],
            vec![gone(), intent(exact)],
        ] {
            let place = Place::new();
            let checkpoint = with(&place, known(1)).await;
            checkpoint.record(changes).await.unwrap();
            let row = row(&checkpoint, 1);
            assert_eq!(row.activity_at, facts(1).activity_at);
            assert_eq!(row.first_at, facts(1).activity_at);
            assert_eq!((row.exact, row.seconds), (Some(true), Some(true)));
            assert_eq!((row.class, row.deleted), (Some(Class::Text), Some(false)));
        }
    }
    // Another exact one is a correction, and a rounded one gives way to it.
    for before in [known(1), rounded(Some(false)), rounded(None)] {
        let place = Place::new();
        let checkpoint = with(&place, before).await;
        let exact = Facts {
            activity_at: 1_600_000_041_500,
            ..known(1)
        };
        let sent = updated(exact, false, false);
        checkpoint.record(vec![sent]).await.unwrap();
        let row = row(&checkpoint, 1);
        assert_eq!(row.activity_at, 1_600_000_041_500);
        assert_eq!((row.exact, row.seconds), (Some(true), Some(true)));
    }
}

#[tokio::test]
async fn removed_message_follows_its_chat() {
    let place = Place::new();
    let checkpoint = with(&place, known(1)).await;
    let before = row(&checkpoint, 1);
    let followed = |to: &str, activity_at| Change::Followed {
        key: key(1),
        to: to.into(),
        chat: CHAT,
        activity_at,
    };
    let early = checkpoint.record(vec![followed(LEAD, 7)]).await;
    assert_eq!(
        early.unwrap_err().code(),
        "checkpoint.illegal_transition",
        "it is in Close"
    );
    let at_another_time = followed(LEAD, before.activity_at + 3_600_000);
    checkpoint
        .record(vec![gone(), at_another_time])
        .await
        .unwrap();
    let after = row(&checkpoint, 1);
    assert_eq!(after.state, State::Gone);
    assert_eq!(after.first_at, before.activity_at);
    assert_eq!(after.activity_at, before.activity_at + 3_600_000);
    let moved = followed("lead_b", 7);
    checkpoint.record(vec![moved]).await.unwrap();
    let reader = checkpoint.reader();
    let moved = reader.lookup(&key(1).external_id, &"lead_b".into());
    let moved = moved.unwrap().unwrap();
    assert_eq!((moved.state, moved.id), (State::Gone, before.id));
    assert_eq!((moved.activity_at, moved.first_at), (7, 7));
}

#[tokio::test]
async fn learning_fills_in_what_is_not_known_and_moves_nothing() {
    let place = Place::new();
    drop(with(&place, facts(1)).await);
    let checkpoint = place.open().unwrap();
    let before = row(&checkpoint, 1);
    checkpoint.record(vec![learned(known(1))]).await.unwrap();
    let after = row(&checkpoint, 1);
    let archives = checkpoint.reader().archives_of(after.chat).unwrap();
    let expected = MessageRow {
        content: Some([21; 16]),
        class: Some(Class::Text),
        edited: Some(false),
        deleted: Some(false),
        exact: Some(true),
        seconds: Some(true),
        author: Some([22; 16]),
        source: Some(archives[0].id),
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(files(&checkpoint, 1), [[1; 16], [2; 16]]);

    // What is known stays; that its sender edited or deleted it is news.
    let other = Facts {
        content: Some([31; 16]),
        class: Some(Class::Other),
        edited: Some(true),
        deleted: Some(true),
        author: Some([32; 16]),
        files: vec![file(3)],
        ..known(1)
    };
    let expected = MessageRow {
        edited: Some(true),
        deleted: Some(true),
        ..expected
    };
    for facts in [other, known(1)] {
        checkpoint.record(vec![learned(facts)]).await.unwrap();
        assert_eq!(row(&checkpoint, 1), expected);
        assert_eq!(files(&checkpoint, 1), [[1; 16], [2; 16]]);
    }
}

#[tokio::test]
async fn exactness_belongs_to_the_recorded_instant() {
    let place = Place::new();
    let checkpoint = with(&place, facts(1)).await;
    let elsewhere = Facts {
        activity_at: facts(1).activity_at + 300,
        ..known(1)
    };
    checkpoint.record(vec![learned(elsewhere)]).await.unwrap();
    let row = row(&checkpoint, 1);
    assert_eq!((row.exact, row.seconds), (None, None));
    assert_eq!(row.content, Some([21; 16]));
}

#[tokio::test]
async fn creating_run_is_kept_through_later_changes() {
    let place = Place::new();
    let first = with(&place, known(1)).await;
    let created = first.run();
    drop(first);
    let second = place.open().unwrap();
    let sent = updated(known(1), true, false);
    second.record(vec![sent]).await.unwrap();
    let row_2 = row(&second, 1);
    assert_eq!(row_2.created_run, Some(created));
    assert_eq!(row_2.run, second.run());
    // Posted again, it is created again.
    let intent = Change::Intent {
        key: key(1),
        facts: known(1),
    };
    second.record(vec![gone(), intent]).await.unwrap();
    assert_eq!(row(&second, 1).created_run, Some(second.run()));
    let again = second.run();
    drop(second);
    // The answer was lost; the list of a later run holds it.
    let third = place.open().unwrap();
    third
        .record(vec![adopt(known(1), Creator::Unknown)])
        .await
        .unwrap();
    assert_eq!(row(&third, 1).created_run, Some(again));
    // A message created by another user has no creating run.
    third
        .record(vec![gone(), adopt(known(1), Creator::Unknown)])
        .await
        .unwrap();
    assert_eq!(row(&third, 1).created_run, None);
}

#[tokio::test]
async fn answer_is_deleted_with_its_message() {
    let place = Place::new();
    let checkpoint = with(&place, known(1)).await;
    let answered = |answer| Change::Answered {
        key: key(1),
        answer,
    };
    let answer = Answered {
        text: Some([1; 16]),
        people: Some([2; 16]),
        files: Some([3; 16]),
        at: Some(5),
    };
    let later = Answered {
        text: Some([9; 16]),
        ..Answered::default()
    };
    let changes = vec![answered(answer), answered(later)];
    checkpoint.record(changes).await.unwrap();
    let MessageRow { id, chat, .. } = row(&checkpoint, 1);
    let expected = Answered {
        text: Some([9; 16]),
        ..answer
    };
    let answers = || checkpoint.reader().answers_of(chat).unwrap();
    assert_eq!(answers().get(&id), Some(&expected));
    let withdrawn = Change::Withdrawn { key: key(1) };
    checkpoint.record(vec![withdrawn]).await.unwrap();
    assert!(answers().is_empty());
    let refused = checkpoint.record(vec![answered(answer)]).await;
    assert_eq!(refused.unwrap_err().code(), "checkpoint.illegal_transition");
}

#[tokio::test]
async fn deleted_message_keeps_its_neighbours() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let noted = Change::Noted {
        key: key(1),
        facts: Facts {
            class: Some(Class::Deleted),
            deleted: Some(true),
            ..facts(1)
        },
    };
    let between = |n, before, after| Change::Deletion {
        key: key(n),
        neighbours: Neighbours { before, after },
    };
    let changes = vec![
        chat(),
        noted,
        between(1, None, Some([6; 16])),
        between(1, Some([5; 16]), None),
    ];
    checkpoint.record(changes).await.unwrap();
    let row = row(&checkpoint, 1);
    assert_eq!((row.deleted, row.created_run), (Some(true), None));
    let deletions = checkpoint.reader().deletions_of(row.chat).unwrap();
    let expected = Neighbours {
        before: Some([5; 16]),
        after: None,
    };
    assert_eq!(deletions.len(), 1);
    assert_eq!(deletions.get(&row.id), Some(&expected));
    let unknown = checkpoint.record(vec![between(2, None, None)]).await;
    assert_eq!(unknown.unwrap_err().code(), "checkpoint.no_message");
}

/// A record that makes room takes along what stands in other tables, or nothing could be written.
#[tokio::test]
async fn replaced_record_is_deleted_with_its_evidence() {
    let place = Place::new();
    let checkpoint = with(&place, known(1)).await;
    let there = MessageKey::new(key(1).external_id, "lead_b");
    let intent = Change::Intent {
        key: there.clone(),
        facts: Facts {
            files: vec![file(7)],
            ..known(1)
        },
    };
    let changes = vec![
        intent,
        Change::NotSent { key: there.clone() },
        Change::Deletion {
            key: there,
            neighbours: Neighbours {
                before: None,
                after: None,
            },
        },
        Change::Moved {
            key: key(1),
            to: "lead_b".into(),
        },
    ];
    checkpoint.record(changes).await.unwrap();
    let reader = checkpoint.reader();
    let chat = checkpoint.reader().chat(&CHAT).unwrap().unwrap().id;
    let rows = reader.messages_of(chat).unwrap();
    assert_eq!(rows.len(), 1);
    let expected = std::collections::HashMap::from([(rows[0].id, vec![[1; 16], [2; 16]])]);
    assert_eq!(reader.files_of(chat).unwrap(), expected);
    assert!(reader.deletions_of(chat).unwrap().is_empty());
}

#[tokio::test]
async fn archive_is_identified_by_its_digest() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let hour = Some(3_600_000);
    let changes = vec![
        chat(),
        archive(hour, None),
        archive(None, Some(7)),
        archive(None, None),
    ];
    checkpoint.record(changes).await.unwrap();
    let reader = checkpoint.reader();
    let chat_id = reader.chat(&CHAT).unwrap().unwrap().id;
    let archives = reader.archives_of(chat_id).unwrap();
    assert_eq!(archives.len(), 1);
    assert_eq!(archives[0].facts.shift_ms, hour);
    assert_eq!(archives[0].facts.dated_at, Some(7));
    assert_eq!(archives[0].facts.last_at, None);
    assert_eq!(archives[0].first_run, checkpoint.run());
    assert_eq!(reader.archives_by_digest(&DIGEST).unwrap(), archives);
    assert!(reader.archives_by_digest(&[1; 16]).unwrap().is_empty());
    let corrected = archive(Some(0), None);
    checkpoint.record(vec![corrected]).await.unwrap();
    let archives = checkpoint.reader().archives_of(chat_id).unwrap();
    assert_eq!(archives[0].facts.shift_ms, Some(0));

    let too_far = checkpoint
        .record(vec![archive(Some(93_600_001), None)])
        .await;
    assert_eq!(too_far.unwrap_err().code(), "checkpoint.malformed");
    let unknown = Change::Intent {
        key: key(1),
        facts: Facts {
            source: Some([41; 16]),
            ..facts(1)
        },
    };
    let unknown = checkpoint.record(vec![unknown]).await;
    assert_eq!(unknown.unwrap_err().code(), "checkpoint.no_archive");
}

#[tokio::test]
async fn inputs_and_files_are_those_of_the_last_run() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let inputs = |n| InputDigest {
        digest: [n; 16],
        parser: 3,
        matching: 1,
    };
    let digest = |digest| Change::ChatDigest { chat: CHAT, digest };
    let seen = |seen: &[u8]| Change::ArchiveFiles {
        seen: seen.iter().map(|n| [*n; 16]).collect(),
    };
    let unknown = checkpoint.record(vec![digest(None)]).await;
    assert_eq!(unknown.unwrap_err().code(), "checkpoint.no_chat");
    let changes = vec![
        chat(),
        digest(Some(inputs(1))),
        digest(Some(inputs(2))),
        seen(&[1, 2]),
        seen(&[2, 3, 3]),
    ];
    checkpoint.record(changes).await.unwrap();
    let reader = checkpoint.reader();
    let chat_id = reader.chat(&CHAT).unwrap().unwrap().id;
    let expected = Some((inputs(2), checkpoint.run()));
    assert_eq!(reader.digest_of(chat_id).unwrap(), expected);
    let files = reader.archive_files().unwrap();
    assert_eq!(files, [[2; 16], [3; 16]].into());
    checkpoint.record(vec![digest(None)]).await.unwrap();
    assert_eq!(checkpoint.reader().digest_of(chat_id).unwrap(), None);
}

#[tokio::test]
async fn runs_persons_and_facts_are_remembered() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let run_is = |facts| Change::RunIs(facts);
    let user = RunFacts {
        user_id: Some("user_a".into()),
        command: Some("import".into()),
        ..RunFacts::default()
    };
    let plan = RunFacts {
        plan: Some([4; 16]),
        folder: Some([5; 16]),
        ..RunFacts::default()
    };
    let fact = |limit| Change::Fact(Fact::TextLimit(TextLimit(limit)));
    let erased = Change::Erased { number: [9; 16] };
    let changes = vec![
        run_is(user.clone()),
        run_is(plan.clone()),
        fact(65_536),
        fact(32_000),
        erased.clone(),
        erased,
    ];
    checkpoint.record(changes).await.unwrap();
    let reader = checkpoint.reader();
    let expected = RunFacts {
        plan: plan.plan,
        folder: plan.folder,
        ..user
    };
    assert_eq!(reader.run_facts(checkpoint.run()).unwrap(), Some(expected));
    assert_eq!(reader.users_of_runs().unwrap(), ["user_a".into()].into());
    let known = reader.facts().unwrap();
    assert_eq!(known.text_limit(), Some(TextLimit(32_000)));
    assert_eq!((known.iter().count(), known.list_order()), (1, None));
    assert!(reader.erased(&[9; 16]).unwrap());
    assert!(!reader.erased(&[8; 16]).unwrap());
    for change in [
        run_is(RunFacts {
            command: Some("Import of Anna's phone".into()),
            ..RunFacts::default()
        }),
        run_is(RunFacts {
            user_id: Some("+4915112345678".into()),
            ..RunFacts::default()
        }),
        Change::Fact(Fact::OpenProbe(OpenProbe(Some("Anna Example".into())))),
    ] {
        let error = checkpoint.record(vec![change]).await.unwrap_err();
        assert_eq!(error.code(), "checkpoint.malformed");
    }
}

#[tokio::test]
async fn stamp_covers_everything_a_plan_reads() {
    let place = Place::new();
    let checkpoint = with(&place, facts(1)).await;
    let mut stamp = checkpoint.reader().stamp().unwrap();
    let begun = Change::OperationBegun(Box::new(Begun {
        operation: OperationKey {
            kind: OperationKind::Undo,
            subject: Subject::Message(key(1)),
        },
        chat: None,
        source_activity: None,
        target_id: None,
        target_lead: None,
        target_activity: None,
    }));
    let neighbours = Neighbours {
        before: None,
        after: None,
    };
    for change in [
        learned(known(1)),
        archive(Some(1), None),
        Change::Deletion {
            key: key(1),
            neighbours,
        },
        begun,
        Change::Erased { number: [1; 16] },
    ] {
        let text = format!("{change:?}");
        checkpoint.record(vec![change]).await.unwrap();
        let after = checkpoint.reader().stamp().unwrap();
        assert_ne!(after, stamp, "{text}");
        stamp = after;
    }
    let answered = Change::Answered {
        key: key(1),
        answer: Answered::default(),
    };
    checkpoint.record(vec![answered]).await.unwrap();
    assert_eq!(checkpoint.reader().stamp().unwrap(), stamp);
}
