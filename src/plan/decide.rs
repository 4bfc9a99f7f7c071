//! What is to be done with each message of a chat: one decision after the other, each from what is
//! known of the message alone.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;

use super::aliases;
use super::build::{idle, is_ours};
use super::edit::{Comparison, differs_in_time};
use super::missing::{Fate, Missing};
use super::reconcile::Reconciled;
use super::{
    Action, Fingerprint, Known, Planned, Record, Recorded, Replacement, Trace, Undecided,
    Unfinished,
};
use crate::chat::Kind;
use crate::ids::{ActivityId, ExternalId};
use crate::matching::Precision;
use crate::transform::decision_table::Decision;
use crate::transform::desired::{DesiredMessage, Rule};
use crate::transform::identity;
use crate::transform::settings::{DeletedSince, Gone, ImportSettings};

/// What is decided about each message of a chat.
pub(super) struct Decider<'d> {
    pub(super) known: &'d Known,
    pub(super) found: &'d Reconciled,
    pub(super) comparison: Option<&'d Comparison<'d>>,
    pub(super) missing: Missing,
    pub(super) settings: &'d ImportSettings,
    /// The external ids of the desired messages that have no record under them.
    pub(super) wanted: &'d HashSet<ExternalId>,
    /// Moves to this lead that an earlier run began, by their external id here.
    pub(super) unfinished: HashMap<&'d ExternalId, &'d Unfinished>,
    /// The external ids of what is, or may be, on other leads.
    pub(super) elsewhere: HashSet<&'d ExternalId>,
    /// Activities on this lead that moves to other leads are about to delete.
    pub(super) leaving: HashSet<&'d str>,
    /// How many may still be sent.
    pub(super) budget: &'d mut u64,
    /// Only what failed before is wanted.
    pub(super) failed: bool,
}

impl Decider<'_> {
    /// The message as it is planned, and its record if it is in Close. A message that is recorded
    /// under another id has that one from here on: an id is fixed when it is first imported.
    /// `decision` is what decisions.csv says of it.
    pub(super) fn decide(
        &mut self,
        mut message: DesiredMessage,
        decision: Option<&Decision>,
    ) -> (Planned, Option<Trace>) {
        let mut adoption = self.listed(&message);
        let (action, trace) = self.action(&mut message, adoption.as_deref(), decision);
        let action = match action {
            action if !action.is_sent() => action,
            action if *self.budget > 0 && self.is_wanted(&message, &action, trace) => action,
            // It stays as it is in this run.
            Action::Update(edit) => Action::Unchanged(edit.activity_id),
            Action::Replace(replacement) => match replacement.there {
                Some(there) => Action::Unchanged(there),
                None => Action::LeftOut(Rule::NotSelected),
            },
            _ => Action::LeftOut(Rule::NotSelected),
        };
        *self.budget -= u64::from(action.is_sent());
        let action = match action {
            Action::Unchanged(activity) if adoption.is_some() => Action::Adopt(activity),
            action => action,
        };
        adoption = adoption.filter(|_| action != Action::LeftOut(Rule::NotSelected));
        let planned = match action {
            // What is adopted is recorded with a hash of its text.
            Action::Adopt(_) | Action::Moved(..) => Planned {
                linked: self.known.linked.contains(&message.external_id),
                foreign: self.known.foreign.contains(&message.external_id),
                message,
                action,
                adoption: None,
            },
            action if action.is_sent() => Planned::new(message, action),
            action => idle(message, action),
        };
        (
            Planned {
                adoption,
                ..planned
            },
            trace,
        )
    }

    /// The activity that Close lists of a message and that is not recorded, as it is there.
    fn listed(&self, message: &DesiredMessage) -> Option<Box<Record>> {
        let record = self.found.matched.get(&message.external_id)?;
        let listed = record.listed.as_ref()?;
        let mut record = record.clone();
        record.trace.people = self.comparison.map(|c| c.listed_people(message, listed));
        record.trace.linked = listed.is_linked;
        Some(Box::new(record))
    }

    /// True unless only what failed before is wanted, and this did not.
    fn is_wanted(&self, message: &DesiredMessage, action: &Action, trace: Option<Trace>) -> bool {
        if !self.failed {
            return true;
        }
        let recorded = || self.known.recorded.get(&message.external_id);
        match action {
            // Whether it is there has to be known before anything else.
            Action::Settle => true,
            Action::Update(_) => trace.is_some_and(|trace| trace.changing || trace.refused),
            Action::Restore(_) => trace.is_some_and(|trace| trace.refused),
            Action::Replace(replacement) => {
                replacement.begun || replacement.refused || recorded().is_some()
            }
            _ => matches!(recorded(), Some(Recorded::NotThere)),
        }
    }

    /// What is to be done, where a decision settles what else would be undecided or restored.
    fn action(
        &self,
        message: &mut DesiredMessage,
        listed: Option<&Record>,
        decision: Option<&Decision>,
    ) -> (Action, Option<Trace>) {
        let elsewhere = (self.found.matched.get(&message.external_id))
            .filter(|record| record.lead_id.is_some());
        let (action, trace) = self.found_action(message, listed, decision);
        let action = match (action, decision, elsewhere) {
            (
                Action::Undecided(Undecided::NotOurs | Undecided::NotRebuildable),
                Some(Decision::Same(_)),
                Some(record),
            ) => Action::Unchanged(record.activity_id.clone()),
            (Action::Undecided(_), Some(Decision::Leave), _) => Action::LeftOut(Rule::Decided),
            (action, ..) => action,
        };
        (action, trace)
    }

    fn found_action(
        &self,
        message: &mut DesiredMessage,
        listed: Option<&Record>,
        decision: Option<&Decision>,
    ) -> (Action, Option<Trace>) {
        let (known, id) = (self.known, &message.external_id);
        if let Some(record) = listed.or_else(|| self.found.matched.get(id)) {
            let own = std::mem::replace(&mut message.external_id, record.external_id.clone());
            if record.lead_id.is_none() {
                aliases::note(message, own, known);
            }
            // Its sender deleted it: it stays as it was, or is one of the removals.
            if message.kind == Kind::Deleted && !self.is_tombstone(message, record) {
                if record.trace.unsettled {
                    return (Action::Undecided(Undecided::Unsettled), None);
                }
                let deletes = self.settings.deleted_since == DeletedSince::Delete;
                let action = match record.trace.gone {
                    true => Action::Gone,
                    false if deletes && is_ours(record) => Action::LeftOut(Rule::Deleted),
                    false => Action::Unchanged(record.activity_id.clone()),
                };
                return (action, None);
            }
            if record.trace.gone {
                return (self.gone(&record.external_id, decision), None);
            }
            if record.lead_id.is_none() {
                if self.leaving.contains(record.activity_id.as_str()) {
                    return (Action::Undecided(Undecided::Unsettled), None);
                }
                if let Some(action) = self.finish(&record.external_id) {
                    keep_instant(message, &record.trace);
                    return (action, (!record.trace.unsettled).then_some(record.trace));
                }
            }
            return match &record.lead_id {
                // Asked about under the id that it was sent with.
                None if record.trace.unsettled => (Action::Settle, None),
                Some(_) if record.trace.unsettled => {
                    (Action::Undecided(Undecided::Unsettled), None)
                }
                None => self.there(message, record.activity_id.clone(), &record.trace, decision),
                Some(lead) if self.is_listed(record) => {
                    let activity = record.activity_id.clone();
                    (Action::Moved(activity, lead.clone()), None)
                }
                Some(lead) => {
                    let replacement = Replacement {
                        lead_id: lead.clone(),
                        activity_id: record.activity_id.clone(),
                        there: self.copy(&record.external_id),
                        begun: false,
                        refused: record.trace.refused,
                    };
                    keep_instant(message, &record.trace);
                    (replace(message, replacement, &record.trace), None)
                }
            };
        }
        let undecided = self.found.undecided.get(id).copied();
        if self.found.known_deleted.contains(id) {
            return (Action::LeftOut(Rule::Deleted), None);
        }
        // The record of this id is of another message: this one gets the next free id.
        if self.found.reused_ids.contains(id) || known.taken.contains(id) {
            self.rename(message);
        }
        let id = &message.external_id;
        if let Some(why) = undecided {
            return (Action::Undecided(why), None);
        }
        if message.undecided && !known.recorded.contains(id) && !known.listed.contains_key(id) {
            let why = if message.edited {
                Undecided::Edited
            } else {
                Undecided::Omitted
            };
            return (Action::Undecided(why), None);
        }
        if message.pasted && !known.recorded.contains(id) && !known.listed.contains_key(id) {
            return (Action::Undecided(Undecided::Pasted), None);
        }
        if self.unfinished.contains_key(id)
            && let Some(Recorded::Done { trace, .. } | Recorded::Unsettled { trace }) =
                known.recorded.get(id)
        {
            keep_instant(message, &trace);
        }
        let id = &message.external_id;
        let action = match known.recorded.get(id) {
            Some(Recorded::Done { activity_id, .. }) if self.leaving.contains(activity_id) => {
                Action::Undecided(Undecided::Unsettled)
            }
            Some(Recorded::Done { activity_id, trace }) => match self.finish(id) {
                Some(action) => return (action, Some(trace)),
                None => return self.there(message, activity_id.into(), &trace, decision),
            },
            Some(Recorded::Unsettled { .. }) => self.finish(id).unwrap_or(Action::Settle),
            recorded => match (known.listed.get(id), recorded) {
                (Some(activity), _) => Action::Adopt(activity.clone()),
                (None, Some(Recorded::Gone { .. })) => self.gone(id, decision),
                (None, None) => self.create(message, decision),
                (None, Some(_)) => Action::Create,
            },
        };
        (action, None)
    }

    /// The rest of a move to this lead that an earlier run began.
    fn finish(&self, id: &ExternalId) -> Option<Action> {
        let open = self.unfinished.get(id)?;
        Some(Action::Replace(Box::new(Replacement {
            lead_id: open.from.clone(),
            activity_id: open.activity_id.clone(),
            there: open.there.clone(),
            begun: true,
            refused: open.refused,
        })))
    }

    /// The activity that this lead has of a message which is recorded on another lead, or under an
    /// activity that Close lacks: a run that this checkpoint does not know of has posted it.
    fn copy(&self, id: &ExternalId) -> Option<ActivityId> {
        let listed = self.known.listed.get(id)?;
        (!self.known.foreign.contains(id)).then(|| listed.clone())
    }

    /// Gives a message the next id that no message has.
    fn rename(&self, message: &mut DesiredMessage) {
        let mut id = identity::again(&message.external_id);
        while self
            .known
            .recorded
            .get(&id)
            .is_some_and(Recorded::may_be_there)
            || self.known.listed.contains_key(&id)
            || self.elsewhere.contains(&id)
            || self.known.taken.contains(&id)
            || self.found.moving_ids.contains(&id)
            || self.wanted.contains(&id)
        {
            id = identity::again(&id);
        }
        message.link = message
            .link
            .take()
            .map(|link| link.replace(message.external_id.as_str(), id.as_str()));
        message.external_id = id;
    }

    /// True when what was imported is the line about the deletion itself.
    fn is_tombstone(&self, message: &DesiredMessage, record: &Record) -> bool {
        let fingerprint = self.known.fingerprint.as_ref();
        fingerprint.is_some_and(|fingerprint| is_tombstone(message, record, fingerprint))
    }

    /// True when the list of this lead has the very activity.
    fn is_listed(&self, record: &Record) -> bool {
        let activities = self.known.activities.as_ref();
        activities.is_some_and(|ids| ids.contains(&record.activity_id))
    }

    /// What somebody removed in Close.
    fn gone(&self, id: &ExternalId, decision: Option<&Decision>) -> Action {
        let is_restoring = self.known.restoring.contains(id);
        match (decision, self.settings.gone) {
            (Some(Decision::Leave), _) => Action::Gone,
            (_, Gone::Respect) if !is_restoring => Action::Gone,
            _ => Action::Create,
        }
    }

    /// What becomes of a message that Close's list lacks; `None`: nobody has decided that.
    fn missing_action(&self, fate: Fate, decision: Option<&Decision>) -> Option<Gone> {
        match (decision, fate, self.settings.gone_in_run) {
            (Some(Decision::Leave), ..) => Some(Gone::Respect),
            (Some(Decision::New), ..) => Some(Gone::Restore),
            (_, _, Some(gone)) => Some(gone),
            (_, Fate::Removed, None) => Some(self.settings.gone),
            (_, Fate::NeverPosted, None) => Some(Gone::Restore),
            (_, Fate::Unknown, None) => None,
        }
    }

    /// What becomes of a message without a record: it may have been imported and removed since.
    fn create(&self, message: &DesiredMessage, decision: Option<&Decision>) -> Action {
        match self.missing.unrecorded(message, self.known) {
            None => Action::Create,
            Some(fate) => match self.missing_action(fate, decision) {
                Some(Gone::Restore) => Action::Create,
                Some(Gone::Respect) => Action::Gone,
                None => Action::Undecided(Undecided::Missing),
            },
        }
    }

    /// What Close holds: changed where the archives have more of it.
    fn there(
        &self,
        message: &DesiredMessage,
        activity: ActivityId,
        trace: &Trace,
        decision: Option<&Decision>,
    ) -> (Action, Option<Trace>) {
        if trace.foreign {
            return (Action::Unchanged(activity), None);
        }
        let fate = self.missing.fate(&activity, self.known);
        let activity = match (fate, self.copy(&message.external_id)) {
            (None, _) => activity,
            (Some(_), Some(copy)) => copy,
            (Some(fate), None) => {
                return match self.missing_action(fate, decision) {
                    Some(Gone::Restore) => (Action::Restore(activity), Some(*trace)),
                    Some(Gone::Respect) => (Action::Gone, None),
                    None => (Action::Undecided(Undecided::Missing), None),
                };
            }
        };
        let edit = self
            .comparison
            .and_then(|c| c.edit(message, &activity, trace));
        let action = match edit {
            Some(edit) => Action::Update(Box::new(edit)),
            None => Action::Unchanged(activity),
        };
        (action, Some(*trace))
    }
}

/// True when what was imported says what `message` says: the line about a deletion, where that is
/// imported as text.
pub(super) fn is_tombstone(
    message: &DesiredMessage,
    record: &Record,
    fingerprint: &Fingerprint,
) -> bool {
    (fingerprint.0)("body", message.said(message.markdown.reveal())) == record.trace.body
}

/// Keeps the recorded instant of a message that is posted again, where the archive has a rounded
/// time.
fn keep_instant(message: &mut DesiredMessage, trace: &Trace) {
    if trace.exact == Some(true)
        && !differs_in_time(message, trace)
        && let Some(at) = DateTime::from_timestamp_millis(trace.at)
    {
        message.activity_at = at;
        message.evidence.precision = Precision::Exact;
    }
}

/// Only what the archives have all of can be posted anew, and only what is ours is taken away.
fn replace(message: &DesiredMessage, replacement: Replacement, trace: &Trace) -> Action {
    if trace.adopted {
        Action::Undecided(Undecided::NotOurs)
    } else if replacement.there.is_none() && trace.files as usize > message.files.len() {
        Action::Undecided(Undecided::NotRebuildable)
    } else {
        Action::Replace(Box::new(replacement))
    }
}
