//! Multi-step operations, with the rows of their leads, and links of replies that a step makes possible.
//!
//! Never here: the statements that write an operation (`operations`) or a link (`relinks`).

use rusqlite::Connection;

use super::row::lead;
use crate::checkpoint::error::{Error, Fault};
use crate::checkpoint::ids::RunId;
use crate::checkpoint::key::MessageKey;
use crate::checkpoint::operations::{self, Begun, OperationKey, Reached, StepTarget, Subject};
use crate::checkpoint::relinks;
use crate::checkpoint::steps::{OperationKind, Step};
use crate::ids::{ActivityId, LeadId};

/// A message is in Close: replies without a link can be linked to it.
pub(super) fn linkable(
    connection: &Connection,
    run: RunId,
    key: &MessageKey,
    activity: &ActivityId,
) -> Result<(), Fault> {
    let target = relinks::Target {
        key,
        lead: lead(connection, &key.lead_id)?,
        activity,
        from: None,
    };
    relinks::begin(connection, run, &target)
}

/// Begins an operation, and inserts the rows of its leads.
pub(super) fn begin(
    connection: &Connection,
    run: RunId,
    begun: &Begun,
    chat: Option<i64>,
) -> Result<(), Fault> {
    let row_of = |id: &LeadId| lead(connection, id);
    let source = match &begun.operation.subject {
        Subject::Message(key) => Some(row_of(&key.lead_id)?),
        Subject::Number(_) => None,
    };
    let target = begun.target_lead.as_ref().map(row_of).transpose()?;
    operations::begun(connection, run, begun, chat, source, target)
}

/// Records a step of an operation; two of the steps also set its target.
pub(super) fn take_step(
    connection: &Connection,
    run: RunId,
    operation: &OperationKey,
    step: Step,
    target: Option<&Reached>,
) -> Result<(), Fault> {
    let at = match (step, target) {
        (Step::Posted, Some(Reached::Activity(activity))) => StepTarget {
            activity: Some(activity),
            ..StepTarget::default()
        },
        (
            Step::Created,
            Some(Reached::Lead {
                lead_id,
                contact_id,
            }),
        ) => StepTarget {
            lead: Some(lead(connection, lead_id)?),
            contact: Some(contact_id.as_str()),
            ..StepTarget::default()
        },
        (Step::Posted | Step::Created, _) | (_, Some(_)) => {
            let what = "the target of a step";
            return Err(Error::Malformed { what }.into());
        }
        (_, None) => StepTarget::default(),
    };
    let reached = match (operation.kind, &operation.subject, at.activity) {
        (OperationKind::Replace, Subject::Message(source), Some(activity)) => {
            operations::target(connection, operation)?.map(|target| (source, activity, target))
        }
        _ => None,
    };
    operations::step(connection, run, operation, step, &at)?;
    if let Some((source, activity, (to, key))) = reached {
        let target = relinks::Target {
            key: &key,
            lead: to,
            activity,
            from: Some(lead(connection, &source.lead_id)?),
        };
        relinks::begin(connection, run, &target)?;
    }
    Ok(())
}
