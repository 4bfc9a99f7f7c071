//! Applies people's decisions about undecided messages to the result of pairing.
//!
//! Here belongs which row of decisions.csv is about which message of a chat, its effect on the pairing, and
//! the candidates that a plan offers; never a comparison of messages, or a decision about a message that
//! pairing has settled.

use std::collections::{HashMap, HashSet};

use super::reconciled::Reconciled;
use super::{Candidate, Known, Record, RecordFacts, Recorded};
use crate::ids::{ExternalId, LeadId};
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::settings::Problem;
use crate::transform::decision_table::{Decision, Decisions, Target};
use crate::transform::desired::{DesiredMessage, Direction};

/// The maximum number of candidates per message.
const MAX_CANDIDATES: usize = 3;

/// The outcome of the rows of decisions.csv.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Lines whose message is in a chat of the plan.
    pub(super) used: HashSet<u32>,
    pub(super) problems: Vec<Problem>,
}

/// The decisions about the messages of one chat, by index. Those about undecided messages have changed
/// `found`: the message is known, new, or has the decision [`Decision::Leave`].
pub(super) fn settle(
    chat: usize,
    wanted: &mut [DesiredMessage],
    found: &mut Reconciled,
    known: &Known,
    decisions: &Decisions,
    rows: &mut Rows,
) -> HashMap<usize, Decision> {
    let mut decided = HashMap::new();
    supersede_recorded(wanted, found, known);
    let chosen = of_chat(chat, wanted, found, known, decisions, rows);
    let mut claimed: HashSet<ExternalId> = match chosen.is_empty() {
        true => {
            redirect_replies(wanted, found);
            return decided;
        }
        false => found
            .stand(wanted)
            .into_iter()
            .map(ExternalId::from)
            .collect(),
    };
    // The line of the row that names each message in Close.
    let mut named: HashMap<ExternalId, u32> = HashMap::new();
    for (index, row) in chosen {
        let row = &decisions.rows[row];
        let mut decision = row.decision.clone();
        if let Decision::Same(of) = &decision
            && let Some(other) = named.insert(record_named(of, known), row.line)
        {
            let text =
                format!("line {other} names the same message in Close; remove one of the two rows");
            rows.problems.push(decisions.problem(row.line, text));
            continue;
        }
        if is_undecided(&wanted[index], found, known) {
            let settled = Settling {
                wanted,
                index,
                found,
                known,
                claimed: &mut claimed,
            }
            .settle(&decision);
            match settled {
                RowEffect::Applied => {}
                RowEffect::LeftOut => decision = Decision::Leave,
                RowEffect::Open => continue,
                RowEffect::Wrong(text) => {
                    rows.problems.push(decisions.problem(row.line, text));
                    continue;
                }
            }
        } else if decision == Decision::New {
            stay_elsewhere(&wanted[index], found);
        }
        decided.insert(index, decision);
    }
    redirect_replies(wanted, found);
    decided
}

/// The external id of the record that `of` names by activity id or external id; else `of`.
fn record_named(of: &str, known: &Known) -> ExternalId {
    let record = records(known).find(|r| r.external_id == of || r.activity_id == of);
    let listed = || {
        let mut listed = known.listed.iter();
        listed
            .find(|(_, activity)| *activity == of)
            .map(|(id, _)| id.as_str())
    };
    let id = record.map(|record| record.external_id).or_else(listed);
    id.unwrap_or(of).into()
}

/// Finds texts of older archives as they were before an edit, where the archives alone do not show which
/// message was edited and a record does: a person settled the edit, or it was imported without the older
/// archive.
fn supersede_recorded(wanted: &[DesiredMessage], found: &mut Reconciled, known: &Known) {
    let is_free = |found: &Reconciled, message: &DesiredMessage| {
        let id = message.external_id.as_str();
        !found.matched.contains_key(id)
            && (!known.recorded.contains(id) || found.reused_ids.contains(id))
    };
    for (index, message) in wanted.iter().enumerate() {
        if !message.undecided || !message.edited {
            continue;
        }
        let Some(record) = found.matched.get(&message.external_id) else {
            continue;
        };
        let older: Vec<usize> = near_indexes(wanted, index)
            .filter(|other| is_earlier_state(&wanted[*other], message))
            .filter(|other| is_free(found, &wanted[*other]))
            .collect();
        // The record has the id that is derived from the text as first sent.
        let by_id = (older.iter()).find(|other| wanted[**other].external_id == record.external_id);
        let only = || match older.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        if let Some(other) = by_id.or_else(only) {
            found.superseded.insert(*other, index);
        }
    }
}

/// Indexes of desired messages near enough in time to be states of the one at `index`.
fn near_indexes(wanted: &[DesiredMessage], index: usize) -> impl Iterator<Item = usize> {
    let at = wanted[index].activity_at;
    let is_near = move |other: &usize| {
        (wanted[*other].activity_at - at).num_milliseconds().abs() <= MAX_DIFFERENCE + MINUTE
    };
    let before = (0..index).rev().take_while(is_near);
    before.chain((index + 1..wanted.len()).take_while(is_near))
}

/// Whether `other` may be `message` before it was edited.
fn is_earlier_state(other: &DesiredMessage, message: &DesiredMessage) -> bool {
    other.archive != message.archive
        && other.direction == message.direction
        && other.kind == message.kind
        && !other.edited
}

/// A reply to an older state of a message is a reply to the message.
fn redirect_replies(wanted: &mut [DesiredMessage], found: &Reconciled) {
    if found.superseded.is_empty() {
        return;
    }
    for index in 0..wanted.len() {
        let target = wanted[index].reply_to.map(|target| target as usize);
        let Some(newer) = target.and_then(|target| found.superseded.get(&target)) else {
            continue;
        };
        // A message without a reply target can be waited for.
        let is_end = wanted[*newer].reply_to.is_none() && *newer != index;
        wanted[index].reply_to = u32::try_from(*newer).ok().filter(|_| is_end);
    }
}

/// The row about each message of a chat, in the order of the messages.
fn of_chat(
    chat: usize,
    wanted: &[DesiredMessage],
    found: &Reconciled,
    known: &Known,
    decisions: &Decisions,
    rows: &mut Rows,
) -> Vec<(usize, usize)> {
    let mut by_id: HashMap<&ExternalId, usize> = HashMap::new();
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (number, row) in decisions.rows.iter().enumerate() {
        match &row.target {
            Target::Place(of, index) if *of == chat => chosen.push((*index, number)),
            Target::Place(..) => {}
            Target::Id(id) => {
                if known.recorded.contains(id) || known.aliases.contains_key(id) {
                    rows.used.insert(row.line);
                }
                by_id.insert(id, number);
            }
        }
    }
    if !by_id.is_empty() {
        for (index, message) in wanted.iter().enumerate() {
            let record = found.matched.get(&message.external_id);
            let ids = std::iter::once(&message.external_id)
                .chain(message.alternate_ids())
                .chain(record.map(|record| &record.external_id));
            chosen.extend(
                ids.filter_map(|id| by_id.get(id))
                    .map(|number| (index, *number)),
            );
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    for (_, number) in &chosen {
        rows.used.insert(decisions.rows[*number].line);
    }
    // An id may be one message's desired id and another one's recorded id: the undecided message is meant.
    let named: HashSet<&str> = (chosen.iter())
        .map(|(index, _)| wanted[*index].external_id.as_str())
        .filter(|id| found.undecided.contains_key(*id))
        .collect();
    chosen.retain(|(index, number)| match &decisions.rows[*number].target {
        Target::Id(id) => *id == wanted[*index].external_id || !named.contains(id.as_str()),
        Target::Place(..) => true,
    });
    let mut single: Vec<(usize, usize)> = Vec::with_capacity(chosen.len());
    for (index, number) in chosen {
        match single.last() {
            Some((last, other)) if *last == index => {
                let (one, row) = (&decisions.rows[*other], &decisions.rows[number]);
                if one.decision != row.decision {
                    let text = format!("line {} has another decision for this message", one.line);
                    rows.problems.push(decisions.problem(row.line, text));
                }
            }
            _ => single.push((index, number)),
        }
    }
    single
}

/// Whether pairing leaves a message undecided.
pub(super) fn is_undecided(message: &DesiredMessage, found: &Reconciled, known: &Known) -> bool {
    let id = message.external_id.as_str();
    found.undecided.contains_key(id)
        || message.undecided
            && !found.matched.contains_key(id)
            && !found.known_deleted.contains(id)
            && !known.recorded.contains(id)
            && !known.listed.contains_key(id)
}

/// A message that is on another lead and was not created there by chatferry stays there; it is created on
/// its own lead.
fn stay_elsewhere(message: &DesiredMessage, found: &mut Reconciled) {
    let is_foreign = |record: &Record| record.lead_id.is_some() && record.facts.adopted;
    if found
        .matched
        .get(&message.external_id)
        .is_some_and(is_foreign)
    {
        found.matched.remove(&message.external_id);
    }
}

/// The effect of a row on its message.
enum RowEffect {
    /// `found` was changed according to the row.
    Applied,
    /// It is another message of the chat, or is left out.
    LeftOut,
    /// Depends on Close's list, which was not read.
    Open,
    /// The row contradicts the evidence.
    Wrong(&'static str),
}

struct Settling<'s> {
    wanted: &'s mut [DesiredMessage],
    index: usize,
    found: &'s mut Reconciled,
    known: &'s Known,
    /// External ids of records that a message of the chat stands for.
    claimed: &'s mut HashSet<ExternalId>,
}

impl Settling<'_> {
    fn settle(&mut self, decision: &Decision) -> RowEffect {
        match decision {
            Decision::Leave => RowEffect::LeftOut,
            Decision::Same(of) => self.same(of),
            Decision::New => {
                // The row stays in the table after its message was created.
                if let Some(record) = self.posted_before() {
                    return self.pair(record);
                }
                self.decided();
                RowEffect::Applied
            }
        }
    }

    fn same(&mut self, of: &str) -> RowEffect {
        let record = records(self.known).find(|r| r.external_id == of || r.activity_id == of);
        if let Some(record) = record {
            return self.pair(record.owned());
        }
        let id = self.wanted[self.index].external_id.clone();
        if (self.known.tombstones.iter()).any(|tombstone| tombstone.external_id == of) {
            self.found.known_deleted.insert(id);
            self.decided();
            return RowEffect::Applied;
        }
        let listed = (self.known.listed.iter())
            .find(|(external_id, activity)| *external_id == of || *activity == of)
            .map(|(external_id, _)| external_id.clone());
        if let Some(listed) = listed {
            if let Some(other) = self.other(listed.as_str()) {
                return self.supersede(other);
            }
            self.decided();
            let message = &mut self.wanted[self.index];
            message.link = (message.link.take())
                .map(|link| link.replace(message.external_id.as_str(), listed.as_str()));
            message.external_id = listed;
            return RowEffect::Applied;
        }
        if let Some(other) = self.other(of) {
            return self.supersede(other);
        }
        match self.known.activities {
            None => RowEffect::Open,
            Some(_) => RowEffect::Wrong(
                "`of` matches no message that is recorded or listed on the chat's lead; correct it, or remove the row",
            ),
        }
    }

    /// The index of another desired message with this id.
    fn other(&self, id: &str) -> Option<usize> {
        let mut indexes = 0..self.wanted.len();
        indexes.find(|index| *index != self.index && self.wanted[*index].external_id == id)
    }

    /// The message is another desired one: that of an older archive before this one was edited.
    fn supersede(&mut self, other: usize) -> RowEffect {
        if !is_earlier_state(&self.wanted[other], &self.wanted[self.index]) {
            return self.is_another(other);
        }
        self.decided();
        let (at, precision) = {
            let other = &self.wanted[other];
            (other.activity_at, other.evidence.precision)
        };
        // It keeps the position that the text had among messages of one timestamp when it was first sent.
        let message = &mut self.wanted[self.index];
        if precision >= message.evidence.precision {
            message.activity_at = at;
        }
        // It continues under the id of that text.
        let own = self.wanted[self.index].external_id.clone();
        let id = self.wanted[other].external_id.clone();
        for (index, from, to) in [(self.index, &own, &id), (other, &id, &own)] {
            let message = &mut self.wanted[index];
            message.link = message
                .link
                .take()
                .map(|link| link.replace(from.as_str(), to.as_str()));
            message.external_id.clone_from(to);
        }
        self.found.superseded.insert(other, self.index);
        RowEffect::Applied
    }

    /// Archives of one chat may both have a message; one archive has each of its messages once.
    fn is_another(&self, other: usize) -> RowEffect {
        match self.wanted[other].archive == self.wanted[self.index].archive {
            true => RowEffect::Wrong(
                "another message of the same archive has that record; correct of, or remove the row",
            ),
            false => RowEffect::LeftOut,
        }
    }

    fn pair(&mut self, record: Record) -> RowEffect {
        if self.claimed.contains(&record.external_id) {
            let claims = |m: &DesiredMessage| {
                let matched = self.found.matched.get(&m.external_id);
                matched.map_or(&m.external_id, |r| &r.external_id) == &record.external_id
            };
            let mut indexes = 0..self.wanted.len();
            let other = indexes.find(|index| *index != self.index && claims(&self.wanted[*index]));
            return match other {
                Some(other) => self.supersede(other),
                None => RowEffect::LeftOut,
            };
        }
        self.claimed.insert(record.external_id.clone());
        self.decided();
        let id = self.wanted[self.index].external_id.clone();
        if record.lead_id.is_none() && record.external_id == id {
            self.found.reused_ids.remove(&id);
        } else {
            self.found.matched.insert(id, record);
        }
        RowEffect::Applied
    }

    /// Marks the message as no longer undecided.
    fn decided(&mut self) {
        let message = &mut self.wanted[self.index];
        message.undecided = false;
        self.found.undecided.remove(&message.external_id);
    }

    /// A record of this very text that no message stands for: the result of this row in an earlier run.
    fn posted_before(&self) -> Option<Record> {
        let message = &self.wanted[self.index];
        let fingerprint = self.known.fingerprint.as_ref()?;
        let body = (fingerprint.0)("body", message.body(message.markdown.reveal()));
        let record = records(self.known).find(|record| {
            is_near(message, &record.facts)
                && record.facts.body == body
                && record.facts.files as usize == message.files.len()
                && !self.claimed.contains(record.external_id)
        });
        record.map(|record| record.owned())
    }
}

/// A borrowed record.
struct RecordRef<'k> {
    external_id: &'k str,
    activity_id: &'k str,
    lead_id: Option<&'k LeadId>,
    facts: RecordFacts,
}

impl RecordRef<'_> {
    fn owned(&self) -> Record {
        Record {
            external_id: self.external_id.into(),
            activity_id: self.activity_id.into(),
            lead_id: self.lead_id.cloned(),
            facts: self.facts,
            listed: None,
        }
    }
}

/// All records that a message can be the same as.
fn records(known: &Known) -> impl Iterator<Item = RecordRef<'_>> {
    let here = known.recorded.iter().filter_map(|(external_id, recorded)| {
        let (activity_id, facts) = match recorded {
            Recorded::Done { activity_id, facts } => (activity_id, facts),
            Recorded::Gone { facts } | Recorded::Unsettled { facts } => ("", facts),
            Recorded::NotThere => return None,
        };
        Some(RecordRef {
            external_id,
            activity_id,
            lead_id: None,
            facts,
        })
    });
    let others = known.former.iter().chain(&known.elsewhere);
    here.chain(others.map(|record| RecordRef {
        external_id: record.external_id.as_str(),
        activity_id: record.activity_id.as_str(),
        lead_id: record.lead_id.as_ref(),
        facts: record.facts,
    }))
}

/// Whether a message can be a recorded one by direction and time.
fn is_near(message: &DesiredMessage, facts: &RecordFacts) -> bool {
    let outgoing = message.direction == Direction::Outgoing;
    facts.outgoing.is_none_or(|known| known == outgoing)
        && (message.activity_at.timestamp_millis() - facts.at).abs() <= MAX_DIFFERENCE + MINUTE
}

/// The records that each undecided message may be, nearest in time first. If only archives disagree, the
/// messages of other archives.
pub(super) fn candidates(
    wanted: &[DesiredMessage],
    found: &Reconciled,
    known: &Known,
) -> HashMap<usize, Vec<Candidate>> {
    let mut offered = HashMap::new();
    let open: Vec<usize> = (0..wanted.len())
        .filter(|index| is_undecided(&wanted[*index], found, known))
        .collect();
    if open.is_empty() {
        return offered;
    }
    let claimed = found.stand(wanted);
    let mut free: Vec<(i64, RecordFacts, &str)> = records(known)
        .filter(|record| !record.activity_id.is_empty())
        .filter(|record| !claimed.contains(record.external_id))
        .map(|record| (record.facts.at, record.facts, record.activity_id))
        .collect();
    free.sort_by_key(|(at, ..)| *at);
    for index in open {
        let message = &wanted[index];
        let at = message.activity_at.timestamp_millis();
        let from = free.partition_point(|(time, ..)| *time < at - MAX_DIFFERENCE - MINUTE);
        let mut near: Vec<(i64, Candidate)> = (free[from..].iter())
            .take_while(|(time, ..)| *time <= at + MAX_DIFFERENCE + MINUTE)
            .filter(|(_, facts, _)| is_near(message, facts))
            .map(|(time, facts, activity)| {
                let candidate = Candidate {
                    id: (*activity).to_owned(),
                    at: *time,
                    outgoing: facts.outgoing,
                    source: None,
                };
                ((time - at).abs(), candidate)
            })
            .collect();
        if message.undecided {
            let from = index.saturating_sub(MAX_CANDIDATES);
            let others = wanted.iter().skip(from).take(2 * MAX_CANDIDATES + 1);
            near.extend(
                others
                    .filter(|m| m.archive != message.archive && m.direction == message.direction)
                    .map(|m| {
                        let candidate = Candidate {
                            id: m.external_id.to_string(),
                            at: m.activity_at.timestamp_millis(),
                            outgoing: Some(m.direction == Direction::Outgoing),
                            source: Some((m.archive, m.line)),
                        };
                        ((candidate.at - at).abs(), candidate)
                    })
                    .filter(|(far, _)| *far <= MAX_DIFFERENCE + MINUTE),
            );
        }
        near.sort_unstable();
        let near = near.into_iter().take(MAX_CANDIDATES).map(|(_, one)| one);
        offered.insert(index, near.collect());
    }
    offered
}
