//! Placeholders that the archives of a run leave undecided: each is a file of another archive, or one that
//! it lacks.
//!
//! Here belongs pairing with records if such placeholders are among the messages; never which of them are
//! undecided ([`crate::transform`]), or the action for one without a record.

use super::evidence::is_file;
use crate::matching::{Match, Pairing, Settings, Timeline, pair};
use crate::transform::desired::DesiredMessage;

/// Pairs all other messages first, then these with the remaining records: paired as messages of their own,
/// they would take the records of their files. `wanted` are the messages of `new`; deletions follow them.
pub(super) fn pair_last(
    new: &Timeline,
    wanted: &[DesiredMessage],
    old: &Timeline,
    settings: &Settings<'_>,
) -> Pairing {
    let mut is_last = vec![false; new.observations.len()];
    for (is_last, message) in is_last.iter_mut().zip(wanted) {
        *is_last = message.undecided && is_file(message.kind) && message.files.is_empty();
    }
    let all = pair(new, old, settings);
    if !is_last.contains(&true) {
        return all;
    }
    let rest = pair(&without(new, &is_last), old, settings);
    let mut is_free = vec![true; old.observations.len()];
    for answer in &rest.of {
        if let Match::Known(index) = answer {
            is_free[*index as usize] = false;
        }
    }
    let mut answers = rest.of.iter();
    let of = (all.of.iter().zip(&is_last)).map(|(answer, is_last)| match (answer, is_last) {
        (Match::Known(index), true) if !is_free[*index as usize] => Match::New,
        (answer, true) => *answer,
        (_, false) => answers.next().copied().unwrap_or(Match::New),
    });
    let of = of.collect();
    let mut shifts = Vec::new();
    if let Some(first) = rest.shifts.first() {
        let mut others = rest.shifts.iter();
        let mut shift = *first;
        for is_last in &is_last {
            if !is_last {
                shift = others.next().copied().unwrap_or(shift);
            }
            shifts.push(shift);
        }
    }
    Pairing { of, shifts, ..rest }
}

/// The timeline without some of its observations.
fn without(timeline: &Timeline, is_left_out: &[bool]) -> Timeline {
    let mut indexes: Vec<Option<u32>> = Vec::with_capacity(is_left_out.len());
    let mut next = 0;
    for is_left_out in is_left_out {
        indexes.push((!is_left_out).then_some(next));
        next += u32::from(!is_left_out);
    }
    let mut rest = timeline.clone();
    let mut kept = indexes.iter().map(Option::is_some);
    rest.observations
        .retain(|_| kept.next().unwrap_or_default());
    rest.files
        .retain_mut(|files| move_to(&mut files.index, &indexes));
    rest.ids.retain_mut(|id| move_to(&mut id.index, &indexes));
    rest
}

/// Gives an observation its index among the remaining ones; false if it is left out.
fn move_to(index: &mut u32, indexes: &[Option<u32>]) -> bool {
    let moved = indexes.get(*index as usize).copied().flatten();
    *index = moved.unwrap_or(*index);
    moved.is_some()
}
