//! The meaning of a pairing for a plan: records, ids that are taken, deletions and shifts by the indexes of both sides.
//!
//! Never here: a comparison of messages.

use std::collections::HashSet;

use super::evidence::Records;
use super::reconciled::Reconciled;
use super::{Known, Recorded, Undecided};
use crate::chat::Kind;
use crate::ids::ExternalId;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::matching::{Match, Pairing, Precision};
use crate::transform::desired::{Deleted, DesiredMessage, Direction, Held};

/// The pairing with the meaning of its indexes.
pub(super) struct IndexedPairing<'a> {
    pub(super) wanted: &'a [DesiredMessage],
    pub(super) deleted: &'a [Deleted],
    pub(super) known: &'a Known,
    pub(super) records: &'a Records<'a>,
    pub(super) pairing: &'a Pairing,
    /// External ids that Close lists on this lead and that the checkpoint does not record.
    pub(super) listed: HashSet<&'a str>,
}

impl IndexedPairing<'_> {
    pub(super) fn read(&self) -> Reconciled {
        let mut found = Reconciled::default();
        if let Some(count) = self.pairing.doubtful_shift {
            found.held = Some(Held::Shifted(count));
            return found;
        }
        let (wanted, deleted) = self.pairing.of.split_at(self.wanted.len());
        found.moving_ids = self.moving_ids(wanted);
        for (message, answer) in self.wanted.iter().zip(wanted) {
            self.message(message, *answer, &mut found);
        }
        let former = self.former_deletions();
        for (index, answer) in deleted.iter().enumerate() {
            self.deletion(index, *answer, &former, &mut found);
        }
        if !self.pairing.shifts.is_empty() {
            let shifts = self.wanted.iter().zip(&self.pairing.shifts);
            found.shifts = shifts
                .map(|(message, shift)| match message.evidence.precision {
                    // An instant is exact.
                    Precision::Exact => 0,
                    _ => *shift,
                })
                .collect();
        }
        found
    }

    fn moving_ids(&self, wanted: &[Match]) -> HashSet<ExternalId> {
        let index = |answer: &Match| match answer {
            Match::Known(index) => self.records.get(*index),
            Match::New | Match::Ambiguous => None,
        };
        (wanted.iter().filter_map(index))
            .filter(|record| record.lead_id.is_some())
            .map(|record| record.external_id.into())
            .collect()
    }

    fn message(&self, message: &DesiredMessage, answer: Match, found: &mut Reconciled) {
        let id = &message.external_id;
        let is_here = |id: &ExternalId| {
            self.known
                .recorded
                .get(id)
                .is_some_and(Recorded::may_be_there)
                || self.listed.contains(id.as_str())
        };
        let record = match answer {
            Match::Known(index) => self.records.get(index),
            Match::New => None,
            Match::Ambiguous => {
                let is_file = super::evidence::is_file(message.kind);
                let why = match is_file && !message.edited {
                    true => Undecided::Omitted,
                    false => Undecided::Edited,
                };
                match message.kind {
                    Kind::Deleted => found.ambiguous_deletions += 1,
                    _ => {
                        found.undecided.insert(id.clone(), why);
                    }
                }
                None
            }
        };
        match record {
            Some(record) if record.is_tombstone => {
                let is_back = message.kind != Kind::Deleted;
                found.known_deleted.extend(is_back.then(|| id.clone()));
            }
            Some(record)
                if record.lead_id.is_none()
                    && *id == record.external_id
                    && record.listed.is_none() => {}
            Some(record) => {
                found.matched.insert(id.clone(), record.owned());
                if *id != record.external_id && is_here(id) {
                    found.reused_ids.insert(id.clone());
                }
            }
            None if is_here(id) || found.moving_ids.contains(id) => {
                found.reused_ids.insert(id.clone());
            }
            None => {}
        }
    }

    /// Instants of the deletions before the import without a message in the archives, ascending, with the
    /// direction if known.
    fn former_deletions(&self) -> Vec<(i64, Option<bool>)> {
        let paired: HashSet<u32> = (self.pairing.of.iter())
            .filter_map(|answer| match answer {
                Match::Known(index) => Some(*index),
                Match::New | Match::Ambiguous => None,
            })
            .collect();
        let mut former: Vec<(i64, Option<bool>)> = (0u32..)
            .zip(self.records.iter())
            .filter(|(index, record)| record.is_tombstone && !paired.contains(index))
            .map(|(_, record)| (record.facts.at, record.facts.outgoing))
            .collect();
        former.sort_unstable();
        former
    }

    /// A notice without an id may be of a deletion before the import whose timestamp has shifted, although
    /// its position suggests a missing message: nothing is deleted then. After a corrected zone, earlier
    /// instants are not comparable.
    fn may_be_former(&self, index: usize, former: &[(i64, Option<bool>)]) -> bool {
        let Some(notice) = self
            .deleted
            .get(index)
            .filter(|it| it.native_ids.is_empty())
        else {
            return false;
        };
        let shift = self.pairing.shifts.get(self.wanted.len() + index);
        let at = notice.activity_at.timestamp_millis() - shift.copied().unwrap_or_default();
        let outgoing = notice.direction == Direction::Outgoing;
        if self.known.zone_corrected {
            return former
                .iter()
                .any(|(_, side)| side.is_none_or(|side| side == outgoing));
        }
        let from = former.partition_point(|(time, _)| *time < at - MAX_DIFFERENCE - MINUTE);
        (former[from..].iter())
            .take_while(|(time, _)| *time <= at + MAX_DIFFERENCE + MINUTE)
            .any(|(_, side)| side.is_none_or(|side| side == outgoing))
    }

    fn deletion(
        &self,
        index: usize,
        answer: Match,
        former: &[(i64, Option<bool>)],
        found: &mut Reconciled,
    ) {
        match answer {
            Match::Known(record) => {
                let Some(record) = self.records.get(record) else {
                    return;
                };
                if record.is_tombstone {
                    found.known_tombstones.insert(index);
                    return;
                }
                found.maybe_imported.insert(index);
                if self.may_be_former(index, former) {
                    found.ambiguous_deletions += 1;
                    return;
                }
                found.deleted.push((index, record.owned()));
            }
            Match::Ambiguous => {
                found.maybe_imported.insert(index);
                found.ambiguous_deletions += 1;
            }
            Match::New => {}
        }
    }
}
