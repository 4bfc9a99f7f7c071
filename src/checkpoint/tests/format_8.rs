//! Leads that `match` creates, as operations; and the step from format 7 to 8, which makes operations
//! of what older formats recorded of them.

use rusqlite::OptionalExtension as _;

use super::super::schema::{STEPS, migrate};
use super::*;
use crate::ids::{ContactId, LeadId};

const NUMBER: Hash = [9; 16];

fn operation() -> OperationKey {
    OperationKey {
        kind: OperationKind::CreateLead,
        subject: Subject::Number(NUMBER),
    }
}

fn begin() -> Change {
    Change::OperationBegun(Box::new(Begun {
        operation: operation(),
        chat: None,
        source_activity: None,
        target_id: None,
        target_lead: None,
        target_activity: None,
    }))
}

fn step(step: Step) -> Change {
    let created = (step == Step::Created).then(|| Reached::Lead {
        lead_id: "lead_c".into(),
        contact_id: "cont_c".into(),
    });
    Change::OperationStep {
        operation: operation(),
        step,
        target: created,
    }
}

/// Step, lead and contact.
type Created = (Step, Option<LeadId>, Option<ContactId>);

fn known(snapshot: &Snapshot) -> Option<Created> {
    let row = snapshot.lead_created_for(&NUMBER).unwrap();
    row.map(|row| (row.step, row.target_lead, row.target_contact))
}

#[tokio::test]
async fn lead_is_created_once_despite_interruptions() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    assert_eq!(known(checkpoint.reader()), None);
    checkpoint.record(vec![begin()]).await.unwrap();
    // Killed: whether it was created is looked up.
    let after = place.killed();
    let next = after.open().unwrap();
    assert_eq!(known(next.reader()), Some((Step::Planned, None, None)));
    let again = next.record(vec![begin()]).await.unwrap_err();
    assert_eq!(again.code(), "checkpoint.illegal_step");
    // It was not: it may begin again.
    next.record(vec![step(Step::GivenUp)]).await.unwrap();
    assert_eq!(known(next.reader()), None);
    next.record(vec![begin()]).await.unwrap();

    for to in [Step::Created, Step::Written] {
        checkpoint.record(vec![step(to)]).await.unwrap();
        let ids = (Some("lead_c".into()), Some("cont_c".into()));
        assert_eq!(known(checkpoint.reader()), Some((to, ids.0, ids.1)));
    }
    assert!(checkpoint.reader().open_operations().unwrap().is_empty());
}

/// A plan file stays valid when `match` creates a lead.
#[tokio::test]
async fn creating_a_lead_leaves_the_stamp_as_it_is() {
    let place = Place::new();
    let checkpoint = place.open().unwrap();
    checkpoint.record(vec![chat(), intent(1)]).await.unwrap();
    let before = checkpoint.reader().stamp().unwrap();
    checkpoint.record(vec![begin()]).await.unwrap();
    assert_eq!(checkpoint.reader().stamp().unwrap(), before);
}

#[test]
fn leads_of_older_formats_become_operations() {
    for (state, lead, expected) in [
        (1, None, Some((1, 1))),
        (2, None, Some((1, 1))),
        (3, Some("lead_c"), Some((6, 1))),
        (4, None, None),
        (5, None, None),
    ] {
        let mut connection = Connection::open_in_memory().unwrap();
        let transaction = connection.transaction().unwrap();
        migrate(&transaction, 0, &STEPS[..7]).unwrap();
        transaction
            .execute_batch(
                "INSERT INTO run VALUES (1, 10, '0.1.0', 11, 'complete', NULL, NULL, NULL, NULL)",
            )
            .unwrap();
        transaction
            .execute(
                "INSERT INTO made_lead VALUES (?1, ?2, ?3, ?4, ?5, 1)",
                rusqlite::params![
                    NUMBER,
                    state,
                    lead,
                    lead.map(|_| "cont_c"),
                    (state == 4).then_some("close.http_400"),
                ],
            )
            .unwrap();
        migrate(&transaction, 7, STEPS).unwrap();
        let row: Option<(i64, i64, Option<String>, Option<String>)> = transaction
            .query_row(
                "SELECT o.step, o.open, l.lead_id, o.target_contact FROM operation o \
                 LEFT JOIN lead l ON l.id = o.target_lead WHERE o.kind = 4 AND o.number_hash = ?1",
                [NUMBER],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()
            .unwrap();
        let expected = expected.map(|(step, open)| {
            (
                step,
                open,
                lead.map(str::to_owned),
                lead.map(|_| "cont_c".to_owned()),
            )
        });
        assert_eq!(row, expected, "state {state}");
    }
}
