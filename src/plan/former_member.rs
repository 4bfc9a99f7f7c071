//! Messages of a device's owner that are recorded as a member's of the group.
//!
//! Here belongs which messages may have a record of the other direction because their author was an ordinary member when they were
//! imported: his `[[device]]` was added later. Never here: pairing, or the opposite, an owner who is no longer known as one
//! ([`super::group_owner`]).

use std::collections::{HashMap, HashSet};

use super::Known;
use super::evidence::{Records, desired, recorded};
use crate::matching::Observation;
use crate::matching::sequence::Key;
use crate::matching::tolerance::MINUTE;
use crate::transform::desired::{DesiredMessage, Direction};

/// Leaves the direction of all messages of an owner open if one of them is recorded as incoming: the record is corrected. A
/// record of the same content and minute that is outgoing is his own, and the incoming one is a member's.
pub(super) fn open_sides(wanted: &mut [DesiredMessage], known: &Known) {
    let is_of_owner = |message: &DesiredMessage| {
        message.direction == Direction::Outgoing && !message.evidence.two_sided
    };
    if !wanted.iter().any(is_of_owner) {
        return;
    }
    let records = Records::of(known);
    let sides = Sides::of(&recorded(&records, known).0.observations);
    if sides.incoming.is_empty() {
        return;
    }
    let new = desired(wanted, &[], known, &records);
    let former: HashSet<_> = (wanted.iter().zip(&new.observations))
        .filter(|(message, observation)| {
            is_of_owner(message) && sides.has_only_incoming(observation)
        })
        .map(|(message, _)| owner(message))
        .collect();
    for message in wanted.iter_mut() {
        if is_of_owner(message) && former.contains(&owner(message)) {
            message.evidence.two_sided = true;
        }
    }
}

/// The number of the device; `None` is the one of the archive.
fn owner(message: &DesiredMessage) -> Option<String> {
    let between = message.between.as_deref()?;
    Some(between.local_phone.as_ref()?.e164().to_owned())
}

/// The times of recorded contents, by direction.
struct Sides {
    incoming: HashMap<Key, Vec<i64>>,
    outgoing: HashMap<Key, Vec<i64>>,
}

impl Sides {
    fn of(observations: &[Observation]) -> Sides {
        let mut sides = Sides {
            incoming: HashMap::new(),
            outgoing: HashMap::new(),
        };
        for observation in observations {
            let of_side = match observation.outgoing {
                Some(true) => &mut sides.outgoing,
                Some(false) => &mut sides.incoming,
                None => continue,
            };
            if let Some(content) = content(observation) {
                of_side.entry(content).or_default().push(observation.at);
            }
        }
        for times in (sides.incoming.values_mut()).chain(sides.outgoing.values_mut()) {
            times.sort_unstable();
        }
        sides
    }

    fn has_only_incoming(&self, observation: &Observation) -> bool {
        let Some(content) = content(observation) else {
            return false;
        };
        let is_in = |of_side: &HashMap<Key, Vec<i64>>| {
            let times = of_side.get(&content).map_or(&[][..], Vec::as_slice);
            let first = times.partition_point(|at| *at <= observation.at - MINUTE);
            times
                .get(first)
                .is_some_and(|at| *at < observation.at + MINUTE)
        };
        is_in(&self.incoming) && !is_in(&self.outgoing)
    }
}

/// What identifies a message without its author.
fn content(observation: &Observation) -> Option<Key> {
    observation.files.or(observation.body)
}
