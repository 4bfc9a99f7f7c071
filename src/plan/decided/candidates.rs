//! The candidates that a plan offers for each undecided message.

use std::collections::HashMap;

use super::is_undecided;
use super::records::{is_near, records};
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::plan::reconciled::Reconciled;
use crate::plan::{Candidate, Known, RecordFacts};
use crate::transform::desired::{DesiredMessage, Direction};

/// The maximum number of candidates per message.
const MAX_CANDIDATES: usize = 3;

/// The records that each undecided message may be, nearest in time first. If only archives disagree, the
/// messages of other archives.
pub(in crate::plan) fn candidates(
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
