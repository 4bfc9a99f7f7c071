//! The effect of a row of decisions.csv on its undecided message.

use std::collections::HashSet;

use super::older_states::is_earlier_state;
use super::records::{is_near, records};
use crate::ids::ExternalId;
use crate::plan::reconciled::Reconciled;
use crate::plan::{Known, Record};
use crate::transform::decision_table::Decision;
use crate::transform::desired::DesiredMessage;

/// The effect of a row on its message.
pub(super) enum RowEffect {
    /// `found` was changed according to the row.
    Applied,
    /// It is another message of the chat, or is left out.
    LeftOut,
    /// Depends on Close's list, which was not read.
    Open,
    /// The row contradicts the evidence.
    Wrong(&'static str),
}

/// An undecided message with a row.
pub(super) struct Settling<'s> {
    pub(super) wanted: &'s mut [DesiredMessage],
    pub(super) index: usize,
    pub(super) found: &'s mut Reconciled,
    pub(super) known: &'s Known,
    /// External ids of records that a message of the chat stands for.
    pub(super) claimed: &'s mut HashSet<ExternalId>,
}

impl Settling<'_> {
    /// Applies a decision.
    pub(super) fn settle(&mut self, decision: &Decision) -> RowEffect {
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
