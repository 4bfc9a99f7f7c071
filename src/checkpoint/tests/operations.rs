//! Operations of several steps: killed anywhere, the next run knows how far each has come.

use super::*;

const OTHER: &str = "lead_b";

fn operation(kind: OperationKind) -> OperationKey {
    let subject = match kind {
        OperationKind::CreateLead => Subject::Number([9; 16]),
        _ => Subject::Message(key(1)),
    };
    OperationKey { kind, subject }
}

fn begun(kind: OperationKind) -> Begun {
    let of_chat = kind != OperationKind::CreateLead;
    Begun {
        operation: operation(kind),
        chat: of_chat.then_some(CHAT),
        source_activity: of_chat.then(|| activity(1)),
        target_id: None,
        target_lead: (kind == OperationKind::Replace).then(|| OTHER.into()),
        target_activity: (kind == OperationKind::Relink).then(|| activity(2)),
    }
}

fn begin(kind: OperationKind) -> Change {
    Change::OperationBegun(Box::new(begun(kind)))
}

fn step(kind: OperationKind, step: Step) -> Change {
    Change::OperationStep {
        operation: operation(kind),
        step,
        target: match step {
            Step::Posted => Some(Reached::Activity(activity(3))),
            Step::Created => Some(Reached::Lead {
                lead_id: OTHER.into(),
                contact_id: "cont_b".into(),
            }),
            _ => None,
        },
    }
}

/// The way of each kind from its beginning to its end.
fn way(kind: OperationKind) -> &'static [Step] {
    match kind {
        OperationKind::Replace => &[Step::Posted, Step::Deleted],
        OperationKind::Restore => &[Step::Cleared, Step::Posted],
        OperationKind::Relink => &[Step::Linked],
        OperationKind::CreateLead => &[Step::Created, Step::Written],
        OperationKind::Undo | OperationKind::Remove => &[Step::Deleted],
    }
}

/// The one open operation.
fn open(checkpoint: &Checkpoint) -> Option<OperationRow> {
    let mut open = checkpoint.reader().open_operations().unwrap();
    assert!(open.len() <= 1);
    open.pop()
}

#[tokio::test]
async fn killed_at_any_step_the_next_run_finds_it_there() {
    for kind in OperationKind::ALL {
        let place = Place::new();
        let checkpoint = place.open().unwrap();
        let run = checkpoint.run();
        checkpoint.record(vec![chat(), begin(kind)]).await.unwrap();
        let chat = checkpoint.reader().chat(&CHAT).unwrap().unwrap().id;
        let mut expected = OperationRow {
            operation: operation(kind),
            step: Step::Planned,
            chat: begun(kind).chat.map(|_| chat),
            source_activity: begun(kind).source_activity,
            target_id: None,
            target_lead: begun(kind).target_lead,
            target_activity: begun(kind).target_activity,
            target_contact: None,
            created_run: run,
            updated_run: run,
        };
        for next in way(kind) {
            let after = place.killed();
            let later = after.open().unwrap();
            assert_eq!(open(&later).as_ref(), Some(&expected));
            // That run can finish it, and there it is over.
            let steps = way(kind)
                .iter()
                .skip_while(|step| *step != next)
                .map(|to| step(kind, *to));
            later.record(steps.collect()).await.unwrap();
            assert_eq!(open(&later), None);

            checkpoint.record(vec![step(kind, *next)]).await.unwrap();
            expected.step = *next;
            match next {
                Step::Posted => expected.target_activity = Some(activity(3)),
                Step::Created => {
                    expected.target_lead = Some(OTHER.into());
                    expected.target_contact = Some("cont_b".into());
                }
                _ => {}
            }
        }
        assert_eq!(open(&checkpoint), None, "{kind:?}");
        // It may be necessary again, much later.
        checkpoint.record(vec![begin(kind)]).await.unwrap();
        assert_eq!(open(&checkpoint).unwrap().step, Step::Planned);
    }
}

#[tokio::test]
async fn step_records_the_run_that_took_it() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let first = checkpoint.run();
    let kind = OperationKind::Replace;
    checkpoint.record(vec![chat(), begin(kind)]).await.unwrap();
    drop(checkpoint);
    let checkpoint = place.open().unwrap();
    let posted = step(kind, Step::Posted);
    checkpoint.record(vec![posted]).await.unwrap();
    let row = open(&checkpoint).unwrap();
    assert_eq!(
        (row.created_run, row.updated_run),
        (first, checkpoint.run())
    );
}

#[tokio::test]
async fn illegal_step_refuses_the_whole_transaction() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let kind = OperationKind::Replace;
    checkpoint
        .record(vec![chat(), intent(1), done(1), begin(kind)])
        .await
        .unwrap();
    let withdrawn = Change::Withdrawn { key: key(1) };
    // The message would be on no lead: it is deleted before it is posted.
    let refused = checkpoint
        .record(vec![withdrawn, step(kind, Step::Deleted)])
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "checkpoint.illegal_step");
    let text = refused.to_string();
    assert!(text.contains("Deleted of Replace"), "{text}");
    assert_eq!(state(checkpoint.reader(), 1), Some(State::Done));
    assert_eq!(open(&checkpoint).unwrap().step, Step::Planned);

    for changes in [
        // A second one of the same kind and message.
        vec![begin(kind)],
        // None is open.
        vec![step(OperationKind::Undo, Step::Deleted)],
        vec![step(OperationKind::CreateLead, Step::Created)],
        // After its message is posted it is not given up.
        vec![step(kind, Step::Posted), step(kind, Step::GivenUp)],
        // After its end there is nothing.
        vec![step(kind, Step::GivenUp), step(kind, Step::GivenUp)],
    ] {
        let text = format!("{changes:?}");
        let refused = checkpoint.record(changes).await.unwrap_err();
        assert_eq!(refused.code(), "checkpoint.illegal_step", "{text}");
        assert_eq!(open(&checkpoint).unwrap().step, Step::Planned, "{text}");
    }
    // Another kind of the same message is another operation.
    let relink = begin(OperationKind::Relink);
    checkpoint.record(vec![relink]).await.unwrap();
    assert_eq!(checkpoint.reader().open_operations().unwrap().len(), 2);
}

#[tokio::test]
async fn given_up_operation_is_finished() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat()]).await.unwrap();
    for kind in OperationKind::ALL {
        let given_up = step(kind, Step::GivenUp);
        checkpoint
            .record(vec![begin(kind), given_up])
            .await
            .unwrap();
        assert_eq!(open(&checkpoint), None, "{kind:?}");
    }
    let restore = OperationKind::Restore;
    let changes = [
        begin(restore),
        step(restore, Step::Cleared),
        step(restore, Step::GivenUp),
    ];
    checkpoint.record(changes.to_vec()).await.unwrap();
    assert_eq!(open(&checkpoint), None);
}

#[tokio::test]
async fn merged_target_is_read_as_its_new_lead() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let merged = Change::Merged {
        from: OTHER.into(),
        into: "lead_c".into(),
    };
    let changes = vec![chat(), begin(OperationKind::Replace), merged];
    checkpoint.record(changes).await.unwrap();
    let row = open(&checkpoint).unwrap();
    assert_eq!(row.target_lead, Some("lead_c".into()));
    // Its key stays, since its steps are recorded under it.
    assert_eq!(row.operation, operation(OperationKind::Replace));
    let posted = step(OperationKind::Replace, Step::Posted);
    checkpoint.record(vec![posted]).await.unwrap();
}

#[tokio::test]
async fn shapes_that_no_operation_has_are_refused() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    let replace = || begun(OperationKind::Replace);
    let number = OperationKey {
        kind: OperationKind::Replace,
        subject: Subject::Number([9; 16]),
    };
    let message = OperationKey {
        kind: OperationKind::CreateLead,
        subject: Subject::Message(key(1)),
    };
    let wrong = [
        Begun {
            operation: number,
            ..replace()
        },
        Begun {
            operation: message,
            ..replace()
        },
        Begun {
            target_lead: None,
            ..replace()
        },
        Begun {
            target_lead: Some("+4915112345678".into()),
            ..replace()
        },
        Begun {
            target_id: Some("false_4915112345678@c.us_3EB0".into()),
            ..replace()
        },
        Begun {
            source_activity: Some("See you at nine".into()),
            ..replace()
        },
    ];
    checkpoint.record(vec![chat()]).await.unwrap();
    for begun in wrong {
        let change = Change::OperationBegun(Box::new(begun));
        let error = checkpoint.record(vec![change]).await.unwrap_err();
        assert_eq!(error.code(), "checkpoint.malformed");
    }
    let to = |step, target: Option<&str>| Change::OperationStep {
        operation: operation(OperationKind::Replace),
        step,
        target: target.map(|activity| Reached::Activity(activity.into())),
    };
    let begin = begin(OperationKind::Replace);
    checkpoint.record(vec![begin]).await.unwrap();
    for change in [
        to(Step::Posted, None),
        to(Step::Posted, Some("+4915112345678")),
        to(Step::GivenUp, Some("acti_3")),
    ] {
        let error = checkpoint.record(vec![change]).await.unwrap_err();
        assert_eq!(error.code(), "checkpoint.malformed");
    }
}
