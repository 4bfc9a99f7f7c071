//! What survives: drops, kills, many at once, many messages; and what never gets in.

use super::*;

#[tokio::test]
async fn dropped_without_close_keeps_every_change_and_the_run_unended() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let first = checkpoint.run();
    checkpoint
        .record(vec![import(), chat(), intent(1), done(1), intent(2)])
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
        let unsettled = next.reader().unsettled().unwrap();
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
async fn run_distinguishes_its_own_unknowns_from_earlier_ones() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat(), intent(1)]).await.unwrap();
    drop(checkpoint);
    let checkpoint = place.open().unwrap();
    checkpoint
        .record(vec![intent(2), Change::Unknown { key: key(2) }])
        .await
        .unwrap();
    let unsettled = checkpoint.reader().unsettled().unwrap();
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
    assert_eq!(checkpoint.reader().unsettled().unwrap(), []);
    let row = checkpoint
        .reader()
        .lookup(&key(1).external_id, &LEAD.into())
        .unwrap()
        .unwrap();
    assert_eq!((row.state, row.origin), (State::Done, Origin::Created));
}

#[tokio::test]
async fn run_without_an_outcome_ends_as_stopped() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let counts = Counts::from([("created".to_owned(), 3), ("failed".to_owned(), 1)]);
    let ended = Change::RunEnded {
        outcome: RunOutcome::Partial,
        counts: counts.clone(),
    };
    checkpoint.record(vec![import(), ended]).await.unwrap();
    checkpoint.close().unwrap();
    let last = place.peek().unwrap().unwrap().last_run().unwrap().unwrap();
    assert_eq!(
        last.ended.map(|(_, outcome)| outcome),
        Some(RunOutcome::Partial)
    );
    assert_eq!(last.counts, counts);
    assert_eq!(&*last.program, env!("CARGO_PKG_VERSION"));

    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![import()]).await.unwrap();
    checkpoint.close().unwrap();
    let last = place.peek().unwrap().unwrap().last_run().unwrap().unwrap();
    assert_eq!(
        last.ended.map(|(_, outcome)| outcome),
        Some(RunOutcome::Stopped)
    );
    assert_eq!(last.counts, Counts::from([(CREATED.to_owned(), 0)]));
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
        let row = snapshot
            .lookup(&key(n).external_id, &LEAD.into())
            .unwrap()
            .unwrap();
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
        let (own, first) = (row.lead_id.as_str(), rows[0].lead_id.as_str());
        assert!(std::ptr::eq(own, first));
    }
    let mut streamed = Vec::new();
    snapshot.each_message(|row| streamed.push(row)).unwrap();
    assert_eq!(streamed, rows);
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
    let hash_key = checkpoint.reader().key();
    let hashed = |text: &str| hash_key.hash(text.as_bytes());
    let chat = hashed(SECRETS[2]);
    let facts = Facts {
        chat,
        body_hash: hashed(SECRETS[3]),
        content: Some(hashed(SECRETS[3])),
        author: Some(hashed(SECRETS[2])),
        ..facts(1)
    };
    checkpoint
        .record(vec![
            Change::Chat(ChatFacts {
                chat,
                pairs: vec![hashed(SECRETS[0]), hashed(SECRETS[1])],
                lead_id: LEAD.into(),
                contact_id: None,
                zone: None,
            }),
            Change::Intent { key: key(1), facts },
            done(1),
            Change::Erased {
                number: hashed(SECRETS[0]),
            },
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
