//! Multi-step operations, as rows.
//!
//! In scope: everything needed to finish an interrupted operation from its row alone: source, target and
//! the last completed step. Every step goes through [`next_step`]. Out of scope: requests, and the states
//! of the messages themselves (`states`).

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::error::{Error, Fault};
use super::hash::Hash;
use super::ids::{ChatId, RunId};
use super::key::{MessageKey, check_key, close_id, external_id};
use super::snapshot::Snapshot;
use super::steps::{OperationKind, Step, next_step};
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId};

/// The subject of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A message, under the lead on which it was recorded when the operation began.
    Message(MessageKey),
    /// The keyed hash of a phone number, for [`OperationKind::CreateLead`].
    Number(Hash),
}

/// The key of an open operation: a subject has at most one of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OperationKey {
    /// What the operation does.
    pub kind: OperationKind,
    /// The message or number that the operation concerns.
    pub subject: Subject,
}

impl OperationKey {
    pub(super) fn check(&self) -> Result<(), Error> {
        let of_number = self.kind == OperationKind::CreateLead;
        match &self.subject {
            Subject::Message(key) if !of_number => check_key(key),
            Subject::Number(_) if of_number => Ok(()),
            _ => Err(Error::Malformed {
                what: "the subject of an operation",
            }),
        }
    }

    /// External id, lead and number as column values.
    fn columns(&self) -> (Option<&ExternalId>, Option<&LeadId>, Option<&Hash>) {
        match &self.subject {
            Subject::Message(key) => (Some(&key.external_id), Some(&key.lead_id), None),
            Subject::Number(number) => (None, None, Some(number)),
        }
    }
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reached {
    /// The activity of the message at its target, with [`Step::Posted`].
    Activity(ActivityId),
    /// A lead with its contact, with [`Step::Created`].
    Lead {
        /// The id of the lead, `lead_…`.
        lead_id: LeadId,
        /// The id of its contact, `cont_…`.
        contact_id: ContactId,
    },
}

impl Reached {
    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            Reached::Activity(id) => close_id("target of an operation", id.as_str()),
            Reached::Lead {
                lead_id,
                contact_id,
            } => {
                close_id("lead_id", lead_id.as_str())?;
                close_id("contact_id", contact_id.as_str())
            }
        }
    }
}

/// The target of an operation after a step; `None` keeps the recorded value.
#[derive(Default)]
pub(super) struct StepTarget<'p> {
    pub(super) activity: Option<&'p ActivityId>,
    /// The row of the lead.
    pub(super) lead: Option<i64>,
    pub(super) contact: Option<&'p str>,
}

/// A new operation, with everything needed to finish it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The key of the operation: its kind and subject.
    pub operation: OperationKey,
    /// The keyed hash of the chat's key; `None` if it concerns no single chat.
    pub chat: Option<Hash>,
    /// The activity that is replaced, restored, relinked or deleted; `None` for a lead that is
    /// created.
    pub source_activity: Option<ActivityId>,
    /// The external id at the target; `None` if it is that of the source.
    pub target_id: Option<ExternalId>,
    /// The lead of the target, always set for [`OperationKind::Replace`]; `None` if it is that of
    /// the source.
    pub target_lead: Option<LeadId>,
    /// The activity to which a reply is to be linked, or that the message has at its target
    /// already; `None` before it is known.
    pub target_activity: Option<ActivityId>,
}

impl Begun {
    pub(super) fn check(&self) -> Result<(), Error> {
        self.operation.check()?;
        for (what, id) in [
            (
                "source_activity",
                self.source_activity.as_ref().map(ActivityId::as_str),
            ),
            ("target_lead", self.target_lead.as_ref().map(LeadId::as_str)),
            (
                "target_activity",
                self.target_activity.as_ref().map(ActivityId::as_str),
            ),
        ] {
            id.map_or(Ok(()), |id| close_id(what, id))?;
        }
        if let Some(id) = &self.target_id {
            external_id("target_id", id)?;
        }
        if self.operation.kind == OperationKind::Replace && self.target_lead.is_none() {
            return Err(Error::Malformed {
                what: "target_lead",
            });
        }
        Ok(())
    }
}

/// An open operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRow {
    /// The key of the operation, under which its steps are recorded.
    pub operation: OperationKey,
    /// The last completed step.
    pub step: Step,
    /// The number of the chat; `None` if it concerns no single chat.
    pub chat: Option<ChatId>,
    /// The activity that is replaced, restored, relinked or deleted; `None` for a lead that is
    /// created.
    pub source_activity: Option<ActivityId>,
    /// The external id at the target; `None` if it is that of the source.
    pub target_id: Option<ExternalId>,
    /// The lead of the target, or the lead that it was merged into since; `None` if it is that of
    /// the source, or no lead is created yet.
    pub target_lead: Option<LeadId>,
    /// The activity id of the message at its target; `None` before it is known.
    pub target_activity: Option<ActivityId>,
    /// The contact of a created lead; `None` before it is created, and for other kinds.
    pub target_contact: Option<ContactId>,
    /// The run that began it.
    pub created_run: RunId,
    /// The run that recorded its last step.
    pub updated_run: RunId,
}

/// The open operation of this key: its row and its last step.
fn find(connection: &Connection, key: &OperationKey) -> Result<Option<(i64, Step)>, Fault> {
    let (external_id, lead, number) = key.columns();
    let ask = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection
            .prepare_cached(sql)?
            .query_row(params, |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    };
    let kind = key.kind.number();
    let found = match number {
        None => ask(
            "SELECT id, step FROM operation WHERE open = 1 AND external_id IS NOT NULL \
             AND kind = ?1 AND external_id = ?2 \
             AND source_lead = (SELECT id FROM lead WHERE lead_id = ?3)",
            &[&kind, &external_id, &lead],
        ),
        Some(number) => ask(
            "SELECT id, step FROM operation WHERE open = 1 AND number_hash IS NOT NULL \
             AND kind = ?1 AND number_hash = ?2",
            &[&kind, number],
        ),
    };
    Ok(found?)
}

/// The row of the open operation, if one is open and `to` is a legal next step.
fn at(connection: &Connection, key: &OperationKey, to: Step) -> Result<Option<i64>, Fault> {
    let known = find(connection, key)?;
    let from = known.map(|(_, step)| step);
    next_step(key.kind, from, to).map_err(|illegal| Error::IllegalStep {
        kind: illegal.kind,
        from: illegal.from,
        to: illegal.to,
        subject: (key.columns().0)
            .map_or("a number", ExternalId::as_str)
            .into(),
    })?;
    Ok(known.map(|(id, _)| id))
}

/// Whether an operation of this key is open.
pub(super) fn is_open(connection: &Connection, key: &OperationKey) -> Result<bool, Fault> {
    Ok(find(connection, key)?.is_some())
}

/// Gives an open operation another target before its next step; false where none is open.
pub(super) fn retarget(
    connection: &Connection,
    run: RunId,
    key: &OperationKey,
    activity: &ActivityId,
    lead: i64,
) -> Result<bool, Fault> {
    let Some((id, _)) = find(connection, key)? else {
        return Ok(false);
    };
    connection
        .prepare_cached(
            "UPDATE operation SET target_activity = ?2, target_lead = ?3, updated_run = ?4 \
             WHERE id = ?1",
        )?
        .execute(params![id, activity, lead, run.0])?;
    Ok(true)
}

/// The lead of the target of an open operation: its row, with the key of the message there; `None` where
/// it has none.
pub(super) fn target(
    connection: &Connection,
    key: &OperationKey,
) -> Result<Option<(i64, MessageKey)>, Fault> {
    let Some((id, _)) = find(connection, key)? else {
        return Ok(None);
    };
    let found = connection
        .prepare_cached(
            "SELECT l.id, coalesce(o.target_id, o.external_id), l.lead_id FROM operation o \
             JOIN lead t ON t.id = o.target_lead \
             JOIN lead l ON l.id = coalesce(t.merged_into, t.id) WHERE o.id = ?1",
        )?
        .query_row([id], |row| {
            let key = MessageKey {
                external_id: row.get(1)?,
                lead_id: row.get(2)?,
            };
            Ok((row.get(0)?, key))
        })
        .optional()?;
    Ok(found)
}

/// Records the beginning of an operation; `chat` and the leads are row ids.
pub(super) fn begun(
    connection: &Connection,
    run: RunId,
    begun: &Begun,
    chat: Option<i64>,
    source_lead: Option<i64>,
    target_lead: Option<i64>,
) -> Result<(), Fault> {
    at(connection, &begun.operation, Step::Planned)?;
    let (external_id, _, number) = begun.operation.columns();
    connection
        .prepare_cached(
            "INSERT INTO operation (kind, step, open, external_id, source_lead, number_hash, \
             source_activity, chat, target_id, target_lead, target_activity, created_run, \
             updated_run) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        )?
        .execute(params![
            begun.operation.kind.number(),
            Step::Planned.number(),
            external_id,
            source_lead,
            number,
            begun.source_activity,
            chat,
            begun.target_id,
            target_lead,
            begun.target_activity,
            run.0
        ])?;
    Ok(())
}

/// Records a step and the target after it.
pub(super) fn step(
    connection: &Connection,
    run: RunId,
    key: &OperationKey,
    to: Step,
    target: &StepTarget<'_>,
) -> Result<(), Fault> {
    // For an operation that is not open, the table has no other step.
    let Some(id) = at(connection, key, to)? else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "UPDATE operation SET step = ?2, open = ?3, \
             target_activity = coalesce(?4, target_activity), \
             target_lead = coalesce(?5, target_lead), \
             target_contact = coalesce(?6, target_contact), updated_run = ?7 WHERE id = ?1",
        )?
        .execute(params![
            id,
            to.number(),
            !to.finishes(key.kind),
            target.activity,
            target.lead,
            target.contact,
            run.0
        ])?;
    Ok(())
}

/// The columns that [`operation_row`] reads.
pub(super) const COLUMNS: &str = "SELECT o.kind, o.step, o.external_id, s.lead_id, o.number_hash, o.chat, \
    o.source_activity, o.target_id, coalesce(i.lead_id, t.lead_id), o.target_activity, \
    o.target_contact, o.created_run, o.updated_run FROM operation o \
    LEFT JOIN lead s ON s.id = o.source_lead \
    LEFT JOIN lead t ON t.id = o.target_lead \
    LEFT JOIN lead i ON i.id = t.merged_into";

impl Snapshot {
    /// The last operation that created, or may have created, a lead for a phone number (given by its keyed
    /// hash), finished or not.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn lead_created_for(&self, number: &Hash) -> Result<Option<OperationRow>, Error> {
        let last = self.read(|inner| {
            let sql = format!("{COLUMNS} WHERE o.number_hash = ?1 ORDER BY o.id DESC LIMIT 1");
            let mut statement = inner.connection.prepare_cached(&sql)?;
            statement.query_row([number], operation_row).optional()
        })?;
        Ok(last.filter(|row| row.step != Step::GivenUp))
    }

    /// The unfinished operations, oldest first.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn open_operations(&self) -> Result<Vec<OperationRow>, Error> {
        self.read(|inner| {
            let sql = format!("{COLUMNS} WHERE o.open = 1 ORDER BY o.id");
            let mut statement = inner.connection.prepare_cached(&sql)?;
            statement.query_map([], operation_row)?.collect()
        })
    }
}

pub(super) fn operation_row(row: &Row<'_>) -> Result<OperationRow, rusqlite::Error> {
    let (id, lead): (Option<ExternalId>, Option<LeadId>) = (row.get(2)?, row.get(3)?);
    let subject = match id.zip(lead) {
        Some((external_id, lead_id)) => Subject::Message(MessageKey {
            external_id,
            lead_id,
        }),
        None => Subject::Number(row.get(4)?),
    };
    Ok(OperationRow {
        operation: OperationKey {
            kind: row.get(0)?,
            subject,
        },
        step: row.get(1)?,
        chat: row.get::<_, Option<i64>>(5)?.map(ChatId),
        source_activity: row.get(6)?,
        target_id: row.get(7)?,
        target_lead: row.get(8)?,
        target_activity: row.get(9)?,
        target_contact: row.get(10)?,
        created_run: RunId(row.get(11)?),
        updated_run: RunId(row.get(12)?),
    })
}

impl FromSql for OperationKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<OperationKind> {
        let number = value.as_i64()?;
        OperationKind::from_number(number).ok_or(FromSqlError::OutOfRange(number))
    }
}

impl FromSql for Step {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Step> {
        let number = value.as_i64()?;
        Step::from_number(number).ok_or(FromSqlError::OutOfRange(number))
    }
}
