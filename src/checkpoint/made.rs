//! Leads that `match --create-missing` makes: what is known of each, by its number.
//!
//! For: making a lead once. Close has no idempotency key for leads either, so the intent is written
//! down before the request leaves, and an answer that did not come is asked for and never sent
//! again (design.md invariant 4). The states and their transitions are those of messages. It must
//! never hold a number: a keyed hash of it stands for it.

use rusqlite::{Connection, OptionalExtension, params};

use super::change::close_id;
use super::error::{Error, Fault};
use super::hash::Hash;
use super::rows::{RunId, Snapshot};
use super::states::{Event, State, next};

/// The format that has them first.
pub(super) const SINCE: usize = 6;

/// The count by which a run says at its end that it was one of `match`, which makes leads and
/// brings no messages.
pub const LEADS_MADE: &str = "leads_made";

/// Something that happened to a lead that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeLead {
    /// The request is about to leave.
    Intent,
    /// Close answered: it is there.
    Done {
        /// `lead_…`.
        lead_id: Box<str>,
        /// Its contact, `cont_…`.
        contact_id: Box<str>,
    },
    /// Close refused it for good, with a stable code.
    Failed(Box<str>),
    /// No answer came, or none that says anything.
    Unknown,
    /// The request never left, or was not carried out.
    NotSent,
    /// A look-up found what the request had made.
    Found {
        /// `lead_…`.
        lead_id: Box<str>,
        /// Its contact, `cont_…`.
        contact_id: Box<str>,
    },
    /// A look-up, late enough, found nothing.
    NotCarriedOut,
}

impl MadeLead {
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some((lead, contact)) = self.ids() {
            close_id("lead_id", lead)?;
            close_id("contact_id", contact)?;
        }
        (self.failure()).map_or(Ok(()), |code| super::change::word("failure code", code))
    }

    /// Lead and contact, once they are there.
    fn ids(&self) -> Option<(&str, &str)> {
        match self {
            MadeLead::Done {
                lead_id,
                contact_id,
            }
            | MadeLead::Found {
                lead_id,
                contact_id,
            } => Some((lead_id, contact_id)),
            _ => None,
        }
    }

    fn failure(&self) -> Option<&str> {
        match self {
            MadeLead::Failed(code) => Some(code),
            _ => None,
        }
    }

    fn event(&self) -> Event {
        match self {
            MadeLead::Intent => Event::Intend,
            MadeLead::Done { .. } => Event::Succeed,
            MadeLead::Failed(_) => Event::Fail,
            MadeLead::Unknown => Event::LoseAnswer,
            MadeLead::NotSent => Event::NotSend,
            MadeLead::Found { .. } => Event::Find,
            MadeLead::NotCarriedOut => Event::Miss,
        }
    }
}

/// What is known of a lead that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeLeadRow {
    /// Where it stands; never [`State::Gone`].
    pub state: State,
    /// Lead and contact, when and only when the state is [`State::Done`].
    pub ids: Option<(Box<str>, Box<str>)>,
    /// The request left in the run at work, so a look-up may still miss it.
    pub in_this_run: bool,
}

/// Applies a change inside the caller's savepoint.
pub(super) fn apply(
    connection: &Connection,
    run: RunId,
    number: &Hash,
    change: &MadeLead,
) -> Result<(), Fault> {
    let from: Option<State> = connection
        .prepare_cached("SELECT state FROM made_lead WHERE number_hash = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let to = next(from, change.event()).map_err(|illegal| Error::IllegalTransition {
        from: illegal.from,
        event: illegal.event,
        external_id: "a lead to be made".into(),
        lead_id: "".into(),
    })?;
    let ids = change.ids();
    connection
        .prepare_cached(
            "INSERT INTO made_lead (number_hash, state, lead_id, contact_id, failure, run) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (number_hash) DO UPDATE SET \
             state = excluded.state, lead_id = excluded.lead_id, \
             contact_id = excluded.contact_id, failure = excluded.failure, run = excluded.run",
        )?
        .execute(params![
            number,
            to.number(),
            ids.map(|(lead, _)| lead),
            ids.map(|(_, contact)| contact),
            change.failure(),
            run.0
        ])?;
    Ok(())
}

impl Snapshot {
    /// What is known of the lead that was to be made for this number, by its keyed hash.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn made_lead(&self, number: &Hash) -> Result<Option<MadeLeadRow>, Error> {
        let run = self.run().map(|run| run.0);
        self.read(|inner| {
            inner
                .connection
                .prepare_cached(
                    "SELECT state, lead_id, contact_id, run IS ?2 FROM made_lead \
                     WHERE number_hash = ?1",
                )?
                .query_row(params![number, run], |row| {
                    let (lead, contact): (Option<Box<str>>, Option<Box<str>>) =
                        (row.get(1)?, row.get(2)?);
                    Ok(MadeLeadRow {
                        state: row.get(0)?,
                        ids: lead.zip(contact),
                        in_this_run: row.get(3)?,
                    })
                })
                .optional()
        })
    }
}
