//! Records of messages whose deletion is known, which an archive shows as notices.
//!
//! Here belongs when such a record is a notice and no longer its text or file, so that an equal text or
//! another file of the same minute is not mistaken for it; never pairing.

use super::evidence::Records;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::matching::{Class, State, Timeline};

/// Makes the record of each message whose deletion is known a notice, also of one that was deleted before
/// the import, if `new` has at least as many notices near it as there are such records. Otherwise the
/// archive may be older than the deletion and contain the message.
pub(super) fn align(new: &Timeline, old: &mut Timeline, records: &Records<'_>) {
    let is_notice = |state: State| state == State::Deleted;
    let mut notices: Vec<i64> = (new.observations.iter())
        .filter(|observation| is_notice(observation.state))
        .map(|observation| observation.at)
        .collect();
    if notices.is_empty() {
        return;
    }
    notices.sort_unstable();
    let mut deleted: Vec<i64> = (old.observations.iter().zip(records.iter()))
        .filter(|(observation, record)| record.facts.deleted || is_notice(observation.state))
        .map(|(observation, _)| observation.at)
        .collect();
    deleted.sort_unstable();
    for (observation, record) in old.observations.iter_mut().zip(records.iter()) {
        let at = observation.at;
        let is_known = record.is_tombstone || !is_notice(observation.state);
        if record.facts.deleted && is_known && near(&notices, at) >= near(&deleted, at) {
            observation.state = State::Deleted;
            observation.class = Some(Class::Notice);
            (observation.body, observation.files) = (None, None);
        }
    }
}

/// The number of these sorted instants near `at`.
fn near(all: &[i64], at: i64) -> usize {
    let from = all.partition_point(|one| *one < at - MAX_DIFFERENCE - MINUTE);
    let to = all.partition_point(|one| *one <= at + MAX_DIFFERENCE + MINUTE);
    to - from
}
