//! Decides the action for each message of a chat, from its record and the list of the lead.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;

use super::aliases;
use super::changed_in_close::{self, Corrections};
use super::deletions::{is_ours, is_tombstone};
use super::edit::{Comparison, differs_in_time};
use super::missing::{Fate, Missing};
use super::reconciled::Reconciled;
use super::{
    Action, Adoption, Known, Planned, Record, RecordFacts, Recorded, Replacement, Undecided,
    Unfinished,
};
use crate::chat::Kind;
use crate::ids::{ActivityId, ExternalId};
use crate::matching::Precision;
use crate::policy::{DeletedSince, Gone, Policy};
use crate::routing::Rule;
use crate::transform::decision_table::Decision;
use crate::transform::desired::DesiredMessage;
use crate::transform::identity;

/// Decides the action of each message of a chat.
pub(super) struct Decider<'d> {
    pub(super) known: &'d Known,
    pub(super) found: &'d Reconciled,
    pub(super) comparison: Option<&'d Comparison<'d>>,
    pub(super) missing: Missing,
    pub(super) policy: &'d Policy,
    /// The external ids of the desired messages without a record under their id.
    pub(super) wanted: &'d HashSet<ExternalId>,
    /// Interrupted moves to this lead, by their external id here.
    pub(super) unfinished: HashMap<&'d ExternalId, &'d Unfinished>,
    /// The external ids of messages that are, or may be, on other leads.
    pub(super) elsewhere: HashSet<&'d ExternalId>,
    /// Activities on this lead that interrupted moves to other leads will delete.
    pub(super) leaving: HashSet<&'d str>,
    /// The number of operations left.
    pub(super) budget: &'d mut u64,
    /// Whether only operations that failed before are selected.
    pub(super) failed: bool,
    /// The differences of time that a corrected zone explains.
    pub(super) corrections: Corrections,
    /// As [`super::Drafts::keeps_content`].
    pub(super) keeps_content: bool,
}

impl Decider<'_> {
    /// The planned message, and its record if it is in Close. A message that is recorded under another id
    /// gets that one: an id is fixed at the first import. `decision` is the row of decisions.csv.
    pub(super) fn decide(
        &mut self,
        mut message: DesiredMessage,
        decision: Option<&Decision>,
    ) -> (Planned, Option<RecordFacts>) {
        // Before the message gets the id of its record.
        let is_unrecorded = self.is_unrecorded(&message);
        let mut adoption = self.listed(&message);
        let listed = adoption.as_deref().map(|adoption| &adoption.record);
        let (action, facts) = self.action(&mut message, listed, decision);
        if let Some(adoption) = &mut adoption {
            adoption.sent_body = self.sent_body(&message, &adoption.record, &action);
        }
        let action = match action {
            action if !action.is_sent() => action,
            action if *self.budget > 0 && self.is_wanted(&message, &action, facts) => action,
            // It stays unchanged in this run.
            Action::Update(edit) => Action::Unchanged(edit.activity_id),
            Action::Replace(replacement) => match replacement.on_new_lead {
                Some(there) => Action::Unchanged(there),
                None => Action::LeftOut(Rule::NotSelected),
            },
            _ => Action::LeftOut(Rule::NotSelected),
        };
        *self.budget -= u64::from(action.is_sent());
        if matches!(
            action,
            Action::Create | Action::Adopt(_) | Action::Unchanged(_) | Action::Update(_)
        ) {
            aliases::note_shared(&mut message, self.known);
        }
        let action = match action {
            Action::Unchanged(activity) if adoption.is_some() => Action::Adopt(activity),
            action => action,
        };
        adoption = adoption.filter(|_| action != Action::LeftOut(Rule::NotSelected));
        let planned = match action {
            // An adopted activity is recorded with a hash of its text.
            Action::Adopt(_) | Action::Moved(..) => Planned {
                linked: self.known.linked.contains(&message.external_id),
                foreign: self.known.foreign.contains(&message.external_id),
                message,
                action,
                adoption: None,
                is_unrecorded: false,
            },
            Action::Gone if is_unrecorded => Planned {
                is_unrecorded: true,
                ..Planned::new(message, action)
            },
            action if action.is_sent() || self.keeps_content => Planned::new(message, action),
            action => Planned::idle(message, action),
        };
        (
            Planned {
                adoption,
                ..planned
            },
            facts,
        )
    }

    /// Whether the checkpoint has no record of a message.
    fn is_unrecorded(&self, message: &DesiredMessage) -> bool {
        let id = &message.external_id;
        !self.found.matched.contains_key(id) && self.known.recorded.get(id).is_none()
    }

    /// The listed activity of a message without a record.
    fn listed(&self, message: &DesiredMessage) -> Option<Box<Adoption>> {
        let record = self.found.matched.get(&message.external_id)?;
        let listed = record.listed.as_ref()?;
        let mut record = record.clone();
        record.facts.people = self.comparison.map(|c| c.listed_people(message, listed));
        record.facts.linked = listed.is_linked;
        if let Some(fingerprint) = &self.known.fingerprint {
            let of_close = (&record.external_id, record.facts);
            let own = &message.external_id;
            let corrections = &self.corrections;
            record.facts =
                changed_in_close::as_sent(message, own, of_close, corrections, fingerprint);
        }
        Some(Box::new(Adoption {
            record,
            sent_body: None,
        }))
    }

    /// The hash of the text that was sent, if an activity without a record has another one that the archives do not
    /// explain.
    fn sent_body(
        &self,
        message: &DesiredMessage,
        listed: &Record,
        action: &Action,
    ) -> Option<[u8; 16]> {
        let fingerprint = self.known.fingerprint.as_ref()?;
        let is_rewritten = matches!(action, Action::Update(edit) if edit.text);
        let is_changed =
            !is_rewritten && changed_in_close::is_text_changed(message, &listed.facts, fingerprint);
        is_changed.then(|| (fingerprint.0)("body", message.body(message.markdown.reveal())))
    }

    /// Whether the message is selected: always, unless only earlier failures are.
    fn is_wanted(
        &self,
        message: &DesiredMessage,
        action: &Action,
        facts: Option<RecordFacts>,
    ) -> bool {
        if !self.failed {
            return true;
        }
        let recorded = || self.known.recorded.get(&message.external_id);
        match action {
            // Its presence in Close has to be established first.
            Action::Settle => true,
            Action::Update(_) => facts.is_some_and(|facts| facts.changing || facts.refused),
            Action::Restore(_) => facts.is_some_and(|facts| facts.refused),
            Action::Replace(replacement) => {
                replacement.begun || replacement.refused || recorded().is_some()
            }
            _ => matches!(recorded(), Some(Recorded::NotThere)),
        }
    }

    /// The action, where a decision replaces undecided or removed.
    fn action(
        &self,
        message: &mut DesiredMessage,
        listed: Option<&Record>,
        decision: Option<&Decision>,
    ) -> (Action, Option<RecordFacts>) {
        let elsewhere = (self.found.matched.get(&message.external_id))
            .filter(|record| record.lead_id.is_some());
        let (action, facts) = self.found_action(message, listed, decision);
        let action = match (action, decision, elsewhere) {
            (
                Action::Undecided(Undecided::NotOurs | Undecided::NotRebuildable),
                Some(Decision::Same(_)),
                Some(record),
            ) => Action::Unchanged(record.activity_id.clone()),
            (Action::Undecided(_), Some(Decision::Leave), _) => Action::LeftOut(Rule::Decided),
            (action, ..) => action,
        };
        (action, facts)
    }

    fn found_action(
        &self,
        message: &mut DesiredMessage,
        listed: Option<&Record>,
        decision: Option<&Decision>,
    ) -> (Action, Option<RecordFacts>) {
        let (known, id) = (self.known, &message.external_id);
        if let Some(record) = listed.or_else(|| self.found.matched.get(id)) {
            let own = std::mem::replace(&mut message.external_id, record.external_id.clone());
            if record.lead_id.is_none() {
                aliases::add_alias(message, own, known);
            }
            // Deleted by its sender: it stays as it was, or is one of the removals.
            if message.kind == Kind::Deleted && !self.is_tombstone(message, record) {
                if record.facts.unsettled {
                    return (Action::Undecided(Undecided::Unsettled), None);
                }
                let deletes = self.policy.deleted_since == DeletedSince::Delete;
                let action = match record.facts.gone {
                    true => Action::Gone,
                    false if deletes && is_ours(record) => Action::LeftOut(Rule::Deleted),
                    false => Action::Unchanged(record.activity_id.clone()),
                };
                return (action, None);
            }
            if record.facts.gone {
                return (self.removed_action(&record.external_id, decision), None);
            }
            if record.lead_id.is_none() {
                if self.leaving.contains(record.activity_id.as_str()) {
                    return (Action::Undecided(Undecided::Unsettled), None);
                }
                if let Some(action) = self.rest_of_move(&record.external_id, message) {
                    keep_instant(message, &record.facts);
                    return (action, (!record.facts.unsettled).then_some(record.facts));
                }
            }
            return match &record.lead_id {
                // Looked up under the id that it was sent with.
                None if record.facts.unsettled => (Action::Settle, None),
                Some(_) if record.facts.unsettled => {
                    (Action::Undecided(Undecided::Unsettled), None)
                }
                None => self.in_close(message, record.activity_id.clone(), &record.facts, decision),
                Some(lead) if self.is_listed(record) => {
                    let activity = record.activity_id.clone();
                    (Action::Moved(activity, lead.clone()), None)
                }
                Some(lead) => {
                    let replacement = Replacement {
                        lead_id: lead.clone(),
                        activity_id: record.activity_id.clone(),
                        on_new_lead: self.copy(&record.external_id),
                        begun: false,
                        refused: record.facts.refused,
                        in_full: self.is_in_full(message, &record.facts),
                    };
                    keep_instant(message, &record.facts);
                    (replace(message, replacement, &record.facts), None)
                }
            };
        }
        let undecided = self.found.undecided.get(id).copied();
        if self.found.known_deleted.contains(id) {
            return (Action::LeftOut(Rule::Deleted), None);
        }
        // The record of this id is another message's: this one gets the next free id.
        if self.found.reused_ids.contains(id) || known.taken.contains(id) {
            self.rename(message);
        }
        let id = &message.external_id;
        if let Some(why) = undecided {
            return (Action::Undecided(why), None);
        }
        if message.undecided && !known.recorded.contains(id) && !known.listed.contains_key(id) {
            let why = if message.repeated {
                Undecided::Repeated
            } else if message.edited {
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
            && let Some(Recorded::Done { facts, .. } | Recorded::Unsettled { facts }) =
                known.recorded.get(id)
        {
            keep_instant(message, &facts);
        }
        let id = &message.external_id;
        let action = match known.recorded.get(id) {
            Some(Recorded::Done { activity_id, .. }) if self.leaving.contains(activity_id) => {
                Action::Undecided(Undecided::Unsettled)
            }
            Some(Recorded::Done { activity_id, facts }) => match self.rest_of_move(id, message) {
                Some(action) => return (action, Some(facts)),
                None => return self.in_close(message, activity_id.into(), &facts, decision),
            },
            Some(Recorded::Unsettled { .. }) => {
                self.rest_of_move(id, message).unwrap_or(Action::Settle)
            }
            recorded => match (known.listed.get(id), recorded) {
                (Some(activity), _) => Action::Adopt(activity.clone()),
                (None, Some(Recorded::Gone { .. })) => self.removed_action(id, decision),
                (None, None) => self.create(message, decision),
                (None, Some(_)) => match self.unfinished.get(id) {
                    Some(open) if open.is_clearing => {
                        let action = self.rest_of_move(id, message);
                        if let Some(facts) = &open.source {
                            keep_instant(message, facts);
                        }
                        return (action.unwrap_or(Action::Create), None);
                    }
                    _ => Action::Create,
                },
            },
        };
        (action, None)
    }

    /// The rest of an interrupted move to this lead.
    fn rest_of_move(&self, id: &ExternalId, message: &DesiredMessage) -> Option<Action> {
        let open = self.unfinished.get(id)?;
        Some(Action::Replace(Box::new(Replacement {
            lead_id: open.from.clone(),
            activity_id: open.activity_id.clone(),
            on_new_lead: open.on_new_lead.clone(),
            begun: true,
            refused: open.refused,
            in_full: (open.source).is_some_and(|facts| self.is_in_full(message, &facts)),
        })))
    }

    /// Whether the archives have the recorded text and files of a message, or a later text.
    fn is_in_full(&self, message: &DesiredMessage, facts: &RecordFacts) -> bool {
        let Some(fingerprint) = &self.known.fingerprint else {
            return false;
        };
        let text = message.body(message.markdown.reveal());
        let is_later = message.edited && facts.edited != Some(true);
        let has_text = is_later || (fingerprint.0)("body", text) == facts.body;
        has_text && facts.files as usize <= message.files.len() && !facts.damaged
    }

    /// The activity on this lead of a message that is recorded on another lead, or under an activity that
    /// Close lacks: it was created by a run that this checkpoint does not contain.
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

    /// Whether the imported message is the placeholder of the deletion.
    fn is_tombstone(&self, message: &DesiredMessage, record: &Record) -> bool {
        let fingerprint = self.known.fingerprint.as_ref();
        fingerprint.is_some_and(|fingerprint| is_tombstone(message, record, fingerprint))
    }

    /// Whether the list of this lead has the recorded activity.
    fn is_listed(&self, record: &Record) -> bool {
        let activities = self.known.activities.as_ref();
        activities.is_some_and(|ids| ids.contains(&record.activity_id))
    }

    /// The action for a message that was removed in Close.
    fn removed_action(&self, id: &ExternalId, decision: Option<&Decision>) -> Action {
        let is_restoring = self.known.restoring.contains(id);
        match (decision, self.policy.gone) {
            (Some(Decision::Leave), _) => Action::Gone,
            (Some(Decision::New), _) => Action::Create,
            (_, Gone::Respect) if !is_restoring => Action::Gone,
            _ => Action::Create,
        }
    }

    /// How to treat a message that Close's list lacks; `None` if a person has to decide.
    fn missing_action(&self, fate: Fate, decision: Option<&Decision>) -> Option<Gone> {
        match (decision, fate, self.policy.gone_in_run) {
            (Some(Decision::Leave), ..) => Some(Gone::Respect),
            (Some(Decision::New), ..) => Some(Gone::Restore),
            (_, _, Some(gone)) => Some(gone),
            (_, Fate::Removed, None) => Some(self.policy.gone),
            (_, Fate::NeverPosted, None) => Some(Gone::Restore),
            (_, Fate::Unknown, None) => None,
        }
    }

    /// The action for a message without a record: it may have been imported and removed.
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

    /// The action for a message in Close: an update if the archives have more of it.
    fn in_close(
        &self,
        message: &DesiredMessage,
        activity: ActivityId,
        facts: &RecordFacts,
        decision: Option<&Decision>,
    ) -> (Action, Option<RecordFacts>) {
        if facts.foreign {
            return (Action::Unchanged(activity), None);
        }
        let fate = self.missing.fate(&activity, self.known);
        let activity = match (fate, self.copy(&message.external_id)) {
            (None, _) => activity,
            (Some(_), Some(copy)) => copy,
            (Some(fate), None) => {
                return match self.missing_action(fate, decision) {
                    Some(Gone::Restore) => (Action::Restore(activity), Some(*facts)),
                    Some(Gone::Respect) => (Action::Gone, None),
                    None => (Action::Undecided(Undecided::Missing), None),
                };
            }
        };
        let edit = self
            .comparison
            .and_then(|c| c.edit(message, &activity, facts));
        let action = match edit {
            Some(edit) => Action::Update(Box::new(edit)),
            None => Action::Unchanged(activity),
        };
        (action, Some(*facts))
    }
}

/// Keeps the recorded instant of a message that is created again, if the archive has a rounded time.
fn keep_instant(message: &mut DesiredMessage, facts: &RecordFacts) {
    if facts.exact == Some(true)
        && !differs_in_time(message, facts)
        && let Some(at) = DateTime::from_timestamp_millis(facts.at)
    {
        message.activity_at = at;
        message.evidence.precision = Precision::Exact;
    }
}

/// Replaces only messages that the archives have in full and that are ours.
fn replace(message: &DesiredMessage, replacement: Replacement, facts: &RecordFacts) -> Action {
    if facts.adopted {
        Action::Undecided(Undecided::NotOurs)
    } else if replacement.on_new_lead.is_none() && facts.files as usize > message.files.len() {
        Action::Undecided(Undecided::NotRebuildable)
    } else {
        Action::Replace(Box::new(replacement))
    }
}
