//! Deletion notices of a timestamp at which Close lacks a message, without a checkpoint that shows which.
//!
//! Here belongs which deletions are undecided because of that; never pairing, or records whose state the
//! checkpoint has.

use super::evidence::Records;
use crate::matching::tolerance::{MINUTE, SECOND};
use crate::matching::{Match, Observation, Pairing, Precision, State, Timeline};

/// Leaves each deletion of a listed message undecided if Close lacks one of its timestamp: the notice may
/// be of that one, which was deleted before. The milliseconds of an import number the messages of a
/// timestamp, so that a deletion leaves a gap.
pub(super) fn undecide(
    pairing: &mut Pairing,
    new: &Timeline,
    old: &Timeline,
    records: &Records<'_>,
) {
    let mut instants: Vec<i64> = Vec::new();
    for (answer, notice) in pairing.of.iter_mut().zip(&new.observations) {
        let Match::Known(index) = *answer else {
            continue;
        };
        let recorded = &old.observations[index as usize];
        let is_listed = (records.get(index)).is_some_and(|record| record.listed.is_some());
        let is_by_id = notice.is_named && recorded.is_named;
        let is_deletion = notice.state == State::Deleted && recorded.state != State::Deleted;
        if !is_deletion || !is_listed || is_by_id {
            continue;
        }
        if instants.is_empty() {
            instants = old.observations.iter().map(|record| record.at).collect();
            instants.sort_unstable();
        }
        if lacks_one(&instants, recorded) {
            *answer = Match::Ambiguous;
            pairing.contested.push(index);
        }
    }
}

/// Whether a number below the highest one of the timestamp of a record is missing.
fn lacks_one(instants: &[i64], record: &Observation) -> bool {
    let stamp = match record.precision {
        Precision::Minute => MINUTE,
        Precision::Second => SECOND,
        Precision::Exact => return false,
    };
    let begin = record.at - record.at.rem_euclid(stamp);
    let from = instants.partition_point(|at| *at < begin);
    // Numbers are milliseconds: later instants have seconds of their own.
    let to = instants.partition_point(|at| *at < begin + SECOND);
    let mut numbers: Vec<i64> = instants[from..to].to_vec();
    numbers.dedup();
    let highest = numbers.last().map_or(0, |at| at - begin);
    usize::try_from(highest).is_ok_and(|highest| highest >= numbers.len())
}
