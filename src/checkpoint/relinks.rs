//! Operations that link replies whose target gets another activity.
//!
//! In scope: which replies are to be linked to an activity, and when that ends. An operation begins in the
//! transaction that records the activity, so that no later run has to search for missing links. Out of
//! scope: requests, and links that a plan changes for another reason.

use rusqlite::{Connection, params};

use super::error::Fault;
use super::ids::RunId;
use super::key::MessageKey;
use super::operations::{self, Begun, OperationKey, StepTarget, Subject};
use super::rows::Origin;
use super::states::State;
use super::steps::{OperationKind, Step};
use crate::ids::ActivityId;

/// The target of replies, with its present activity.
pub(super) struct Target<'t> {
    pub(super) key: &'t MessageKey,
    /// The row of its lead.
    pub(super) lead: i64,
    pub(super) activity: &'t ActivityId,
    /// The row of its previous lead, where it had another activity: replies are linked to that one.
    pub(super) from: Option<i64>,
}

/// A reply in Close.
struct Reply {
    id: i64,
    key: MessageKey,
    lead: i64,
    activity: ActivityId,
    chat: i64,
}

/// Begins an operation for each reply that is not linked to this activity.
///
/// Equal external ids are on several leads where several parties exported a conversation: a reply refers
/// to the message on its own lead, if there is one.
pub(super) fn begin(connection: &Connection, run: RunId, target: &Target<'_>) -> Result<(), Fault> {
    let answers: Vec<Reply> = connection
        .prepare_cached(
            "SELECT a.id, a.external_id, l.lead_id, a.lead, a.activity_id, a.chat \
             FROM message a JOIN lead l ON l.id = a.lead \
             WHERE a.response_to = ?1 AND a.state = ?2 AND a.origin <> ?3 \
             AND (a.linked = 0 OR ?4 IS NOT NULL) AND (a.lead IN (?4, ?5) OR NOT EXISTS \
             (SELECT 1 FROM message t WHERE t.external_id = ?1 AND t.lead = a.lead AND t.state = ?2))",
        )?
        .query_map(
            params![
                target.key.external_id,
                State::Done.number(),
                Origin::Foreign.number(),
                target.from,
                target.lead
            ],
            |row| {
                Ok(Reply {
                    id: row.get(0)?,
                    key: MessageKey {
                        external_id: row.get(1)?,
                        lead_id: row.get(2)?,
                    },
                    lead: row.get(3)?,
                    activity: row.get(4)?,
                    chat: row.get(5)?,
                })
            },
        )?
        .collect::<Result<_, _>>()?;
    for answer in answers {
        connection
            .prepare_cached("UPDATE message SET linked = 0 WHERE id = ?1")?
            .execute([answer.id])?;
        let operation = relink(answer.key);
        if operations::retarget(connection, run, &operation, target.activity, target.lead)? {
            continue;
        }
        let begun = Begun {
            operation,
            chat: None,
            source_activity: Some(answer.activity),
            target_id: Some(target.key.external_id.clone()),
            target_lead: Some(target.key.lead_id.clone()),
            target_activity: Some(target.activity.clone()),
        };
        let rows = (Some(answer.chat), Some(answer.lead), Some(target.lead));
        operations::begun(connection, run, &begun, rows.0, rows.1, rows.2)?;
    }
    Ok(())
}

/// Ends the open operation of a reply, if any, with this step: its link is set, or the reply is no longer
/// in Close.
pub(super) fn end(
    connection: &Connection,
    run: RunId,
    answer: &MessageKey,
    step: Step,
) -> Result<(), Fault> {
    let operation = relink(answer.clone());
    match operations::is_open(connection, &operation)? {
        true => operations::step(connection, run, &operation, step, &StepTarget::default()),
        false => Ok(()),
    }
}

/// Handles a message that is no longer in Close: no reply is or will be linked to its activity.
/// `elsewhere`: it may be in Close on another lead, where replies are linked to it.
pub(super) fn lost(
    connection: &Connection,
    run: RunId,
    key: &MessageKey,
    id: i64,
    elsewhere: bool,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE message SET linked = 0 WHERE response_to = ?1 AND linked = 1 AND \
             ((NOT ?3 AND lead = (SELECT lead FROM message WHERE id = ?2)) OR NOT EXISTS \
             (SELECT 1 FROM message t WHERE t.external_id = ?1 AND t.state = ?4))",
        )?
        .execute(params![
            key.external_id,
            id,
            elsewhere,
            State::Done.number()
        ])?;
    if elsewhere {
        return Ok(());
    }
    let waiting: Vec<MessageKey> = connection
        .prepare_cached(
            "SELECT o.external_id, l.lead_id FROM operation o JOIN lead l ON l.id = o.source_lead \
             WHERE o.open = 1 AND o.kind = ?1 AND o.target_id = ?2 \
             AND o.target_lead = (SELECT lead FROM message WHERE id = ?3)",
        )?
        .query_map(
            params![OperationKind::Relink.number(), key.external_id, id],
            |row| {
                Ok(MessageKey {
                    external_id: row.get(0)?,
                    lead_id: row.get(1)?,
                })
            },
        )?
        .collect::<Result<_, _>>()?;
    for answer in waiting {
        end(connection, run, &answer, Step::GivenUp)?;
    }
    Ok(())
}

/// Moves the record of a reply, and its operation, to another lead.
pub(super) fn moved(connection: &Connection, id: i64, to: i64) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE OR IGNORE operation SET source_lead = ?2 WHERE open = 1 AND kind = ?3 \
             AND source_lead = (SELECT lead FROM message WHERE id = ?1) \
             AND external_id = (SELECT external_id FROM message WHERE id = ?1)",
        )?
        .execute(params![id, to, OperationKind::Relink.number()])?;
    Ok(())
}

/// Applies [`moved`] to everything on a lead.
pub(super) fn merged(connection: &Connection, from: i64, into: i64) -> Result<(), Fault> {
    connection.execute(
        "UPDATE OR IGNORE operation SET source_lead = ?2 WHERE open = 1 AND kind = ?3 \
         AND source_lead = ?1",
        params![from, into, OperationKind::Relink.number()],
    )?;
    Ok(())
}

fn relink(answer: MessageKey) -> OperationKey {
    OperationKey {
        kind: OperationKind::Relink,
        subject: Subject::Message(answer),
    }
}
