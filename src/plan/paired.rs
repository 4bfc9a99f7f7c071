//! A chat of the plan with its records: pairing, people's decisions, and what other integrations created.
//!
//! Belongs here: the order of these steps, each of which reads the result of the one before. Never here: the pairing itself
//! ([`super::reconcile`]), or the action for a message ([`super::decide`]).

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::decided::{Rows, candidates, settle};
use super::existing::existing_ids;
use super::known::Known;
use super::planned::Candidate;
use super::reconcile::reconcile;
use super::reconciled::Reconciled;
use super::{contested, former_member, group_owner, repeated, repeated_hour, unmarked_edits};
use crate::ids::{ActivityId, ExternalId};
use crate::transform::decision_table::{Decision, Decisions};
use crate::transform::desired::{DesiredChat, DesiredMessage, Destination, Held};

/// The messages of a chat after pairing, at the recorded times.
pub(super) struct Paired {
    pub(super) wanted: Vec<DesiredMessage>,
    pub(super) found: Reconciled,
    /// The decisions about messages, by index.
    pub(super) decided: HashMap<usize, Decision>,
    /// The candidates of undecided messages, by index.
    pub(super) offered: HashMap<usize, Vec<Candidate>>,
    /// Messages that another integration created in Close.
    pub(super) existing: HashSet<ExternalId>,
}

/// What the chats of a plan share while they are paired.
pub(super) struct PairingState<'p> {
    /// The decisions of decisions.csv.
    pub(super) decisions: &'p Decisions,
    /// Their outcome so far.
    pub(super) rows: Rows,
    /// Unrecorded activities that are paired with messages of earlier chats.
    pub(super) claimed: HashSet<ActivityId>,
}

/// Pairs the messages of a chat with its records. `number` is the index of the chat among the desired ones.
///
/// # Errors
///
/// The reason to hold the chat.
pub(super) fn pair(
    (number, chat): (usize, &DesiredChat),
    mut wanted: Vec<DesiredMessage>,
    destination: Option<&Destination>,
    known: &Known,
    shared: &mut PairingState<'_>,
) -> Result<Paired, Held> {
    if let Some(to) = destination.filter(|_| chat.is_group)
        && !group_owner::identify(&mut wanted, to, known)
    {
        return Err(Held::OwnerName);
    }
    if chat.is_group {
        former_member::open_sides(&mut wanted, chat, known);
    }
    let mut found = reconcile(&wanted, chat, known);
    if let Some(why) = found.held.take() {
        return Err(why);
    }
    contested::undecide(&wanted, &mut found, known);
    repeated::undecide(&wanted, &mut found, known);
    unmarked_edits::note(&mut wanted, &found, known, &chat.sources);
    unmarked_edits::undecide(&wanted, &mut found, known, &chat.sources);
    let matched = found.matched.values();
    let deleted = found.deleted.iter().map(|(_, record)| record);
    shared.claimed.extend(
        (matched.chain(deleted))
            .filter(|record| record.listed.is_some())
            .map(|record| record.activity_id.clone()),
    );
    // The archives were made in another zone than the imported ones.
    for (message, shift) in wanted.iter_mut().zip(&found.shifts) {
        message.activity_at -= TimeDelta::milliseconds(*shift);
    }
    repeated_hour::follow_records(&mut wanted, |message| found.facts(message, known));
    let decided = settle(
        number,
        &mut wanted,
        &mut found,
        known,
        shared.decisions,
        &mut shared.rows,
    );
    // A message that decisions.csv pairs with a record may also be edited.
    unmarked_edits::note(&mut wanted, &found, known, &chat.sources);
    Ok(Paired {
        offered: candidates(&wanted, &found, known),
        existing: existing_ids(&wanted, known, &found),
        wanted,
        found,
        decided,
    })
}
