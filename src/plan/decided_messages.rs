//! The messages of a chat with their actions, and what is noted on the way: questions, removals, facts to record.
//!
//! Belongs here: one pass over the messages, in which each is moved, not copied. Never here: which action a message gets
//! ([`Decider`]).

use std::collections::{HashMap, HashSet};

use super::action::Action;
use super::counts::count;
use super::coverage::is_recorded_in_close;
use super::decide::Decider;
use super::deletions::deletions_learned;
use super::links::Link;
use super::planned::{Candidate, Learned, Planned, Question};
use super::record::{Followed, Record, RecordFacts};
use super::removed::{follow, follow_deletions};
use crate::ids::{ExternalId, LeadId};
use crate::matching::Class;
use crate::routing::Rule;
use crate::transform::decision_table::Decision;
use crate::transform::desired::{DesiredChat, DesiredMessage};
use crate::transform::observe::Evidence;

/// The number of messages after which freed memory is released.
const RELEASE_INTERVAL: usize = 1 << 16;

/// The messages of a chat with their actions.
pub(super) struct DecidedMessages {
    pub(super) messages: Vec<Planned>,
    /// For each message, the state of its recorded link to its reply target.
    pub(super) links: Vec<Option<Link>>,
    /// The undecided messages.
    pub(super) questions: Vec<Question>,
    /// External ids of recorded messages that were removed from Close and are not restored.
    pub(super) removed: Vec<ExternalId>,
    /// Facts that records lack.
    pub(super) learned: Vec<Learned>,
    /// Records of removed messages that get the lead, the key or the time that their chat has now.
    pub(super) followed: Vec<Followed>,
}

/// What determines the actions of a chat's messages, apart from the [`Decider`].
pub(super) struct Pass<'p> {
    pub(super) chat: &'p DesiredChat,
    /// The lead of the chat.
    pub(super) lead: Option<&'p LeadId>,
    /// The decisions of decisions.csv, by index.
    pub(super) decided: HashMap<usize, Decision>,
    /// The candidates of undecided messages, by index.
    pub(super) offered: HashMap<usize, Vec<Candidate>>,
    /// Messages that exist from another integration and are left out.
    pub(super) left_out: HashSet<ExternalId>,
}

impl Pass<'_> {
    /// Decides about the messages of the chat.
    pub(super) fn run(
        mut self,
        mut wanted: Vec<DesiredMessage>,
        decider: &mut Decider<'_>,
    ) -> DecidedMessages {
        let (known, found) = (decider.known, decider.found);
        let mut all = DecidedMessages {
            messages: Vec::with_capacity(wanted.len()),
            links: Vec::with_capacity(wanted.len()),
            questions: Vec::new(),
            removed: Vec::new(),
            learned: deletions_learned(self.chat, found),
            followed: match self.lead {
                Some(lead) => follow_deletions(&self.chat.deleted, found, lead, known),
                None => Vec::new(),
            },
        };
        // Reversed and popped, so that a million messages are not in memory twice.
        wanted.reverse();
        while let Some(message) = wanted.pop() {
            if wanted.len().is_multiple_of(RELEASE_INTERVAL) {
                wanted.shrink_to_fit();
            }
            let index = all.messages.len();
            let record = found.matched.get(&message.external_id);
            let is_reused = found.reused_ids.contains(&message.external_id);
            let (planned, facts) = match self.rule(index, &message, decider) {
                Some(rule) => (Planned::idle(message, Action::LeftOut(rule)), None),
                None => decider.decide(message, self.decided.get(&index)),
            };
            if matches!(planned.action, Action::Undecided(_)) {
                let offered = self.offered.remove(&index);
                let question = question(index, &planned.message, offered, record, is_reused);
                all.questions.push(question);
            }
            if planned.action == Action::Gone
                && is_recorded_in_close(&planned.message, record, known)
            {
                all.removed.push(planned.message.external_id.clone());
            }
            all.links.push(facts.map(Link::of));
            if let (Action::Gone, Some(lead)) = (&planned.action, self.lead) {
                let followed = follow(&planned.message, record, lead, known);
                all.followed.extend(followed);
            }
            let lead_id = record.and_then(|record| record.lead_id.clone());
            if self.is_learned(&planned, facts, lead_id.as_ref(), decider) {
                let message = &planned.message;
                all.learned.push(Learned {
                    external_id: message.external_id.clone(),
                    lead_id,
                    kind: message.kind,
                    edited: message.edited,
                    evidence: message.evidence,
                });
            }
            all.messages.push(planned);
        }
        all
    }

    /// The rule that leaves a message out before any comparison with its record.
    fn rule(&self, index: usize, message: &DesiredMessage, decider: &Decider<'_>) -> Option<Rule> {
        if decider.found.superseded.contains_key(&index) {
            Some(Rule::Decided)
        } else if decider.known.parts.contains(&count(index)) {
            Some(Rule::Pasted)
        } else if self.left_out.contains(&message.external_id) {
            Some(Rule::Existing)
        } else {
            None
        }
    }

    /// Whether the record of a message lacks facts that the archives have. `lead`: its lead, if that is not the lead of the
    /// chat.
    fn is_learned(
        &self,
        planned: &Planned,
        facts: Option<RecordFacts>,
        lead: Option<&LeadId>,
        decider: &Decider<'_>,
    ) -> bool {
        let known = decider.known;
        let is_of_former_key = || {
            let lead = lead.or(self.lead);
            lead.is_some_and(|lead| known.is_of_former_key(&planned.message.external_id, lead))
        };
        match &planned.action {
            Action::Unchanged(_) => {
                facts.is_some_and(|facts| {
                    known.learns_content || lacks_class_or_body(&facts, &planned.message.evidence)
                }) || is_of_former_key()
            }
            _ => false,
        }
    }
}

/// An undecided message with the values for its row in decisions.csv.
fn question(
    index: usize,
    message: &DesiredMessage,
    offered: Option<Vec<Candidate>>,
    record: Option<&Record>,
    is_reused: bool,
) -> Question {
    // Without a canonical body, the same derived id may mean another message in the next archive; an id
    // under which another message is recorded does not identify this one.
    let is_lasting = !is_reused && (message.evidence.is_known_by_id() || record.is_some());
    let of_record = || {
        record.map(|record| Candidate {
            id: record.activity_id.to_string(),
            at: record.facts.at,
            outgoing: record.facts.outgoing,
            source: None,
        })
    };
    Question {
        index: count(index),
        id: is_lasting.then(|| message.external_id.clone()),
        candidates: offered.unwrap_or_else(|| of_record().into_iter().collect()),
    }
}

/// Whether a record, written by an older version, lacks the class of the message or the canonical body of
/// a text or card.
fn lacks_class_or_body(facts: &RecordFacts, evidence: &Evidence) -> bool {
    let has_body = match facts.class {
        Some(Class::Text) => true,
        Some(Class::Card) => evidence.content.is_some(),
        _ => false,
    };
    let lacks_body = has_body && facts.content.is_none();
    (facts.class.is_none() || lacks_body) && !facts.deleted
}
