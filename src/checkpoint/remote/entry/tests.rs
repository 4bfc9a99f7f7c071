//! The stored form of entries: a released one is read for ever.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::*;
use crate::checkpoint::{
    Answered, ArchiveFacts, Begun, ChatFacts, Class, Counted, Creator, Facts, FileFact,
    InputDigest, MessageKey, Neighbours, OperationKey, OperationKind, Reached, RunFacts,
    RunOutcome, SentParts, Step, Subject,
};
use crate::organization::{
    Fact, ListOrder, MembershipFields, NameForm, NamedListeners, NumberForm, OpenProbe, TextForm,
    TextLimit, TimeForm, UniqueIds,
};

fn key() -> MessageKey {
    MessageKey::new("3EB0", "lead_a")
}

fn facts() -> Facts {
    Facts {
        chat: [1; 16],
        activity_at: 1_600_000_000_000,
        body_hash: [2; 16],
        media_count: 1,
        media_bytes: 5_000_000_000,
        media_hash: Some([3; 16]),
        people_hash: None,
        response_to: Some("3EAF".into()),
        identity: 1,
        outgoing: true,
        media: true,
        content: Some([4; 16]),
        class: Some(Class::File),
        edited: Some(false),
        deleted: None,
        exact: Some(true),
        seconds: None,
        author: None,
        source: Some([5; 16]),
        files: vec![FileFact {
            hash: [6; 16],
            size: 7,
        }],
    }
}

fn of_messages() -> Vec<Change> {
    let (activity_id, linked) = (|| "acti_a".into(), true);
    let sent = SentParts {
        text: true,
        files: false,
        people: false,
        link: true,
    };
    vec![
        Change::Intent {
            key: key(),
            facts: facts(),
        },
        Change::Done {
            key: key(),
            activity_id: activity_id(),
            linked,
        },
        Change::Failed {
            key: key(),
            code: "close_400".into(),
        },
        Change::Unknown { key: key() },
        Change::NotSent { key: key() },
        Change::Found {
            key: key(),
            activity_id: activity_id(),
            linked,
        },
        Change::NotCarriedOut { key: key() },
        Change::Adopt {
            key: key(),
            facts: facts(),
            activity_id: activity_id(),
            linked,
            creator: Creator::Claimed,
        },
        Change::Updating { key: key() },
        Change::Updated {
            key: key(),
            facts: facts(),
            sent,
        },
        Change::Gone { key: key() },
        Change::Withdrawn { key: key() },
        Change::Moved {
            key: key(),
            to: "lead_b".into(),
        },
        Change::Followed {
            key: key(),
            to: "lead_b".into(),
            chat: [1; 16],
            activity_at: 8,
        },
        Change::Linked { key: key() },
        Change::Refused {
            key: key(),
            code: "close_400".into(),
        },
        Change::Mended { key: key() },
        Change::Noted {
            key: key(),
            facts: facts(),
        },
        Change::Alias {
            key: key(),
            native_id: "3EB1".into(),
        },
        Change::Learned {
            key: key(),
            facts: facts(),
        },
        Change::Answered {
            key: key(),
            answer: Answered {
                text: Some([9; 16]),
                people: None,
                files: None,
                at: Some(10),
            },
        },
        Change::Deletion {
            key: key(),
            neighbours: Neighbours {
                before: Some([11; 16]),
                after: None,
            },
        },
        Change::Purged { key: key() },
    ]
}

fn of_operations() -> Vec<Change> {
    let operation = |kind, subject| OperationKey { kind, subject };
    vec![
        Change::OperationBegun(Box::new(Begun {
            operation: operation(OperationKind::Replace, Subject::Message(key())),
            chat: Some([1; 16]),
            source_activity: Some("acti_a".into()),
            target_id: None,
            target_lead: Some("lead_b".into()),
            target_activity: None,
        })),
        Change::OperationStep {
            operation: operation(OperationKind::Replace, Subject::Message(key())),
            step: Step::Posted,
            target: Some(Reached::Activity("acti_b".into())),
        },
        Change::OperationStep {
            operation: operation(OperationKind::CreateLead, Subject::Number([12; 16])),
            step: Step::Created,
            target: Some(Reached::Lead {
                lead_id: "lead_c".into(),
                contact_id: "cont_c".into(),
            }),
        },
    ]
}

fn of_facts() -> Vec<Change> {
    let facts = [
        Fact::ListOrder(ListOrder::NewestFirst),
        Fact::Text(TextForm::Trimmed),
        Fact::Numbers(NumberForm::OtherForm),
        Fact::Names(NameForm::AsSent),
        Fact::Times(TimeForm::WholeSeconds),
        Fact::Memberships(MembershipFields::of(["id", "user_id"].into_iter())),
        Fact::UniqueIds(UniqueIds::OnLead),
        Fact::TextLimit(TextLimit(4096)),
        Fact::OpenProbe(OpenProbe(Some("cf1-a".into()))),
        Fact::OpenProbe(OpenProbe(None)),
        Fact::NamedListeners(NamedListeners {
            events: 1,
            subscriptions: 2,
        }),
    ];
    facts.map(Change::Fact).into()
}

fn of_runs() -> Vec<Change> {
    vec![
        Change::Chat(ChatFacts {
            chat: [1; 16],
            pairs: vec![[2; 16]],
            lead_id: "lead_a".into(),
            contact_id: None,
            zone: Some("Europe/Berlin".into()),
        }),
        Change::Merged {
            from: "lead_a".into(),
            into: "lead_b".into(),
        },
        Change::Archive {
            chat: [1; 16],
            archive: ArchiveFacts {
                digest: [2; 16],
                shift_ms: Some(-3_600_000),
                dated_at: None,
                last_at: Some(1),
            },
        },
        Change::ArchiveFiles {
            seen: vec![[3; 16]],
        },
        Change::ChatDigest {
            chat: [1; 16],
            digest: Some(InputDigest {
                digest: [4; 16],
                parser: 1,
                matching: 2,
            }),
        },
        Change::Erased { number: [5; 16] },
        Change::ChatPurged { chat: [1; 16] },
        Change::RunIs(RunFacts {
            command: Some("import".into()),
            user_id: Some("user_a".into()),
            plan: Some([6; 16]),
            folder: None,
        }),
        Change::Counted(Counted::Replaced),
        Change::RunEnded {
            outcome: RunOutcome::Complete,
            counts: [("created".to_owned(), 7)].into(),
        },
    ]
}

/// Every variant.
fn every_change() -> Vec<Change> {
    let changes = [of_messages(), of_operations(), of_facts(), of_runs()].concat();
    let numbers: BTreeSet<usize> = changes.iter().map(number).collect();
    assert!(numbers.into_iter().eq(0..36), "a variant is missing");
    changes
}

/// The number of a variant: a new one is added here and above.
fn number(change: &Change) -> usize {
    match change {
        Change::Chat(_) => 0,
        Change::Intent { .. } => 1,
        Change::Done { .. } => 2,
        Change::Failed { .. } => 3,
        Change::Unknown { .. } => 4,
        Change::NotSent { .. } => 5,
        Change::Found { .. } => 6,
        Change::NotCarriedOut { .. } => 7,
        Change::Adopt { .. } => 8,
        Change::Updating { .. } => 9,
        Change::Updated { .. } => 10,
        Change::Gone { .. } => 11,
        Change::Withdrawn { .. } => 12,
        Change::Moved { .. } => 13,
        Change::Followed { .. } => 14,
        Change::Linked { .. } => 15,
        Change::Refused { .. } => 16,
        Change::Mended { .. } => 17,
        Change::Noted { .. } => 18,
        Change::Merged { .. } => 19,
        Change::Alias { .. } => 20,
        Change::Learned { .. } => 21,
        Change::Answered { .. } => 22,
        Change::Deletion { .. } => 23,
        Change::Archive { .. } => 24,
        Change::ArchiveFiles { .. } => 25,
        Change::ChatDigest { .. } => 26,
        Change::OperationBegun(_) => 27,
        Change::OperationStep { .. } => 28,
        Change::Erased { .. } => 29,
        Change::Purged { .. } => 30,
        Change::ChatPurged { .. } => 31,
        Change::Fact(_) => 32,
        Change::RunIs(_) => 33,
        Change::Counted(_) => 34,
        Change::RunEnded { .. } => 35,
    }
}

/// A difference means that released logs can no longer be read: a new field has a default, and a name stays.
#[test]
fn stored_form_of_every_change_is_released_one() {
    let lines: Vec<String> = (every_change().iter())
        .map(|change| serde_json::to_string(change).unwrap())
        .collect();
    assert_snapshot!("entries", lines.join("\n"));
}

#[test]
fn entry_that_is_read_equals_entry_that_was_written() {
    let changes = every_change();
    let written: Vec<&Change> = changes.iter().collect();
    let body = serde_json::to_string(&NewEntry::Changes(&written)).unwrap();
    let read: Entry = serde_json::from_str(&body).unwrap();
    assert_eq!(read, Entry::Changes(changes));
    let begun = || Entry::Begun {
        program: "1".to_owned(),
    };
    for (new, entry) in [
        (NewEntry::Stopped, Entry::Stopped),
        (NewEntry::Begun { program: "1" }, begun()),
    ] {
        let body = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&body).unwrap(), entry);
    }
}
