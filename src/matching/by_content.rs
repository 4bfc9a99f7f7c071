//! Pairs messages by their content: WhatsApp ids, files by size and CRC, canonical body.
//!
//! Here belongs evidence that needs no neighbours; never messages whose content changed
//! ([`super::by_position`]).
//!
//! Equal contents are paired in order, those of the closest timestamps first. Surplus messages of one
//! source stay free at the end that the other does not cover.

use std::collections::HashMap;

use super::pairs::Pairs;
use super::sequence::Key;
use super::timeline::{Closeness, Observation, Precision, Program, State, Timeline};
use super::tolerance::{JITTER, LOOKAHEAD, MAX_DIFFERENCE, MINUTE};

/// Pairs messages with the same WhatsApp id, at any time. Ids that are unique within one source only also
/// require agreeing timestamps. An id that two messages of one source have pairs neither.
pub(super) fn by_id(pairs: &mut Pairs<'_>) {
    if pairs.new.ids.is_empty() || pairs.old.ids.is_empty() {
        return;
    }
    let mut old: HashMap<Key, Option<(u32, bool)>> = HashMap::with_capacity(pairs.old.ids.len());
    for id in &pairs.old.ids {
        old.entry(id.key)
            .and_modify(|known| {
                if known.is_some_and(|(index, _)| index != id.index) {
                    *known = None;
                }
            })
            .or_insert(Some((id.index, id.is_own)));
    }
    for id in &pairs.new.ids {
        let Some((index, is_own)) = old.get(&id.key).copied().flatten() else {
            continue;
        };
        let is_sure = id.is_own && is_own;
        if pairs.is_free(id.index, index)
            && (is_sure || pairs.closeness(id.index, index).is_some())
            && (is_sure || pairs.may_be_of_one_author(id.index, index))
        {
            pairs.link(id.index, index);
        }
    }
}

/// Pairs files by their sizes and CRCs.
pub(super) fn by_files(pairs: &mut Pairs<'_>) {
    let files = |pairs: &Pairs<'_>, index: u32, is_new: bool| at(pairs, index, is_new).files;
    by_key(pairs, files, true, true);
}

/// Pairs files of the same sizes, where one source has no checksums.
pub(super) fn by_sizes(pairs: &mut Pairs<'_>) {
    let sizes = |pairs: &Pairs<'_>, index: u32, is_new: bool| {
        let files = match is_new {
            true => pairs.files_of_new(index),
            false => pairs.files_of_old(index),
        };
        files?.sizes
    };
    by_key(pairs, sizes, true, true);
}

fn at<'t>(pairs: &Pairs<'t>, index: u32, is_new: bool) -> &'t Observation {
    match is_new {
        true => pairs.new_at(index),
        false => pairs.old_at(index),
    }
}

/// Pairs files of the same name, if one source is a database and the other an export. Two exports number
/// their files independently.
pub(super) fn by_name(pairs: &mut Pairs<'_>) {
    for program in [Program::Database, Program::Export] {
        let name = |pairs: &Pairs<'_>, index: u32, is_new: bool| {
            let observation = at(pairs, index, is_new);
            let is_own = (observation.program == Some(program)) == is_new;
            observation
                .name
                .filter(|_| is_own && observation.program.is_some())
        };
        by_key(pairs, name, true, false);
    }
}

/// The key of all deletion notices.
const DELETED: Key = *b"deleted messages";

/// Pairs messages of the same canonical body. A body counts only if both sources cover its time: the last
/// "ok" of an older export is not the first one of a newer export.
pub(super) fn by_body(pairs: &mut Pairs<'_>) {
    let body = |pairs: &Pairs<'_>, index: u32, is_new: bool| {
        let observation = at(pairs, index, is_new);
        match observation.state {
            State::Deleted => observation.body.or(Some(DELETED)),
            State::Plain | State::Unmarked | State::Edited => observation.body,
        }
    };
    by_key(pairs, body, true, true);
}

/// A message with a key, in order of key, then of time.
type Keyed = (Key, i64, u32);

/// Pairs observations by key. The last argument of `key` selects the timeline.
fn by_key(
    pairs: &mut Pairs<'_>,
    key: impl Fn(&Pairs<'_>, u32, bool) -> Option<Key>,
    only_covered: bool,
    is_position_left: bool,
) {
    let spans = (pairs.new.span(), pairs.old.span());
    let (Some((begin, end)), Some((old_begin, old_end))) = spans else {
        return;
    };
    let (earliest, latest) = pairs
        .shifts
        .iter()
        .fold((i64::MAX, i64::MIN), |(least, most), shift| {
            (least.min(*shift), most.max(*shift))
        });
    // If two sources truncate seconds, timestamps have no jitter.
    let jitter = match (cuts_seconds(pairs.new), cuts_seconds(pairs.old)) {
        (true, true) => 0,
        _ => JITTER,
    };
    let repeats = (pairs.new.observations.iter())
        .chain(&pairs.old.observations)
        .map(|observation| observation.repeats);
    let room = repeats.max().unwrap_or_default().millis();
    let is_covered = |observation: &Observation, shift: i64, from: i64, to: i64| {
        let (first, last) = observation.span();
        !only_covered
            || (last - shift + room >= from - jitter && first - shift - room <= to + jitter)
    };
    let covered = Covered {
        new: (pairs.new.observations.iter().zip(&pairs.shifts))
            .map(|(observation, shift)| is_covered(observation, *shift, old_begin, old_end))
            .collect(),
        old: (pairs.old.observations.iter())
            .map(|observation| is_covered(observation, 0, begin - latest, end - earliest))
            .collect(),
    };
    let mut new: Vec<Keyed> = (0u32..)
        .zip(&pairs.new.observations)
        .filter(|(index, _)| pairs.of_new[*index as usize].is_none())
        .filter_map(|(index, _)| Some((key(pairs, index, true)?, pairs.order_of_new(index), index)))
        .collect();
    let mut old: Vec<Keyed> = (0u32..)
        .zip(&pairs.old.observations)
        .filter(|(index, _)| pairs.of_old[*index as usize].is_none())
        .filter_map(|(index, _)| {
            Some((key(pairs, index, false)?, pairs.order_of_old(index), index))
        })
        .collect();
    new.sort_unstable();
    old.sort_unstable();
    let (mut from_new, mut from_old) = (0, 0);
    while from_new < new.len() && from_old < old.len() {
        let (one, other) = (new[from_new].0, old[from_old].0);
        if one < other {
            from_new += run(&new[from_new..]);
        } else if other < one {
            from_old += run(&old[from_old..]);
        } else {
            let (to_new, to_old) = (
                from_new + run(&new[from_new..]),
                from_old + run(&old[from_old..]),
            );
            equal(
                pairs,
                &new[from_new..to_new],
                &old[from_old..to_old],
                &covered,
                is_position_left,
            );
            (from_new, from_old) = (to_new, to_old);
        }
    }
}

/// Which observations are within the span of the other source. The last "ok" of one part of a chat is not
/// the first one of the next part.
struct Covered {
    new: Vec<bool>,
    old: Vec<bool>,
}

impl Covered {
    fn has_one(&self, new: u32, old: u32) -> bool {
        self.new[new as usize] || self.old[old as usize]
    }
}

/// Whether a source truncates the seconds of all timestamps.
fn cuts_seconds(timeline: &Timeline) -> bool {
    let mut all = timeline.observations.iter();
    all.all(|observation| observation.precision == Precision::Minute)
}

/// The number of items at the start with the same key.
fn run(keyed: &[Keyed]) -> usize {
    let key = keyed[0].0;
    keyed.iter().take_while(|(other, ..)| *other == key).count()
}

/// Pairs messages of one content: equal numbers of both sources at about one time, in source order, then in
/// order of time. If one source has more of them, position decides which one the other lacks
/// ([`super::by_position`]), unless there are too many to be aligned.
fn equal(
    pairs: &mut Pairs<'_>,
    new: &[Keyed],
    old: &[Keyed],
    covered: &Covered,
    is_position_left: bool,
) {
    let is_only = new.len() == 1 && old.len() == 1;
    by_bursts(pairs, new, old, |pairs, new, old| {
        in_order(pairs, new, old, covered);
    });
    let mut new: Vec<Keyed> = (new.iter())
        .filter(|(.., index)| pairs.of_new[*index as usize].is_none())
        .map(|(key, _, index)| (*key, pairs.time_of(*index), *index))
        .collect();
    let mut old: Vec<Keyed> = (old.iter())
        .filter(|(.., index)| pairs.of_old[*index as usize].is_none())
        .map(|(key, _, index)| (*key, pairs.old_at(*index).at, *index))
        .collect();
    new.sort_unstable();
    old.sort_unstable();
    by_bursts(pairs, &new, &old, |pairs, new, old| {
        if in_order(pairs, new, old, covered) {
            return;
        }
        let is_only = is_only && new.len() == 1 && old.len() == 1;
        if is_only || !is_position_left || new.len().max(old.len()) > LOOKAHEAD {
            // A minute of difference is too much if there are several.
            let loose = is_only.then_some(Closeness::Loose);
            for closest in [Closeness::Same, Closeness::Tight].into_iter().chain(loose) {
                for is_sure in [true, false] {
                    pass(pairs, (new, old), covered, closest, is_sure);
                }
            }
        }
    });
}

/// Calls `each` with the messages that both sources have at about one time.
fn by_bursts(
    pairs: &mut Pairs<'_>,
    new: &[Keyed],
    old: &[Keyed],
    mut each: impl FnMut(&mut Pairs<'_>, &[Keyed], &[Keyed]),
) {
    let (mut new, mut old) = (new, old);
    while !new.is_empty() && !old.is_empty() {
        let (to_new, to_old) = burst(pairs, new, old);
        each(pairs, &new[..to_new], &old[..to_old]);
        (new, old) = (&new[to_new..], &old[to_old..]);
    }
}

/// Pairs the first with the first and so on, if the numbers are equal and each pair agrees.
fn in_order(pairs: &mut Pairs<'_>, new: &[Keyed], old: &[Keyed], covered: &Covered) -> bool {
    let agree = |((.., one), (.., other)): (&Keyed, &Keyed)| {
        let closeness = pairs.closeness(*one, *other);
        closeness.is_some_and(|closeness| closeness <= Closeness::Tight)
            && pairs.is_of_one_author(*one, *other)
            && !pairs.contradicts(*one, *other)
            && covered.has_one(*one, *other)
    };
    if new.len() != old.len() || !new.iter().zip(old).all(agree) {
        return false;
    }
    for ((.., one), (.., other)) in new.iter().zip(old) {
        pairs.link(*one, *other);
    }
    true
}

/// The number of new and of old messages at the start, each within the tolerance of the one before.
fn burst(pairs: &Pairs<'_>, new: &[Keyed], old: &[Keyed]) -> (usize, usize) {
    let (mut to_new, mut to_old) = (0, 0);
    let mut last: Option<i64> = None;
    loop {
        let next = match (new.get(to_new), old.get(to_old)) {
            (Some(one), Some(other)) if one.1 <= other.1 => (one.1, true, one.2),
            (_, Some(other)) => (other.1, false, other.2),
            (Some(one), None) => (one.1, true, one.2),
            (None, None) => return (to_new, to_old),
        };
        let (at, is_new, index) = next;
        let repeats = match is_new {
            true => pairs.new_at(index).repeats,
            false => pairs.old_at(index).repeats,
        };
        let reach = MINUTE + MAX_DIFFERENCE + repeats.millis();
        if last.is_some_and(|last| at - last > reach) {
            return (to_new, to_old);
        }
        let end = at + repeats.millis();
        last = Some(last.map_or(end, |last| last.max(end)));
        match is_new {
            true => to_new += 1,
            false => to_old += 1,
        }
    }
}

fn pass(
    pairs: &mut Pairs<'_>,
    (new, old): (&[Keyed], &[Keyed]),
    covered: &Covered,
    closest: Closeness,
    is_sure: bool,
) {
    // Every partner of a message is within this distance.
    let reach = |observation: &Observation| {
        let later = observation.repeats.millis();
        let apart = match closest {
            Closeness::Loose => MAX_DIFFERENCE,
            Closeness::Same | Closeness::Tight => 2 * JITTER,
        };
        MINUTE + apart + later
    };
    let mut from = 0;
    for (_, at, index) in new {
        if pairs.of_new[*index as usize].is_some() {
            continue;
        }
        let own = reach(pairs.new_at(*index));
        let is_past = |(_, then, other): &Keyed| {
            pairs.of_old[*other as usize].is_some()
                || then + own.max(reach(pairs.old_at(*other))) < *at
        };
        from += old[from..]
            .iter()
            .take_while(|keyed| is_past(keyed))
            .count();
        let fits = |other: u32| {
            (pairs.closeness(*index, other)).is_some_and(|close| close <= closest)
                && !pairs.contradicts(*index, other)
                && covered.has_one(*index, other)
                && match is_sure {
                    true => pairs.is_of_one_author(*index, other),
                    false => pairs.may_be_of_one_author(*index, other),
                }
        };
        let partner = old[from..]
            .iter()
            .take_while(|(_, then, other)| *then <= at + own.max(reach(pairs.old_at(*other))))
            .filter(|(.., other)| pairs.of_old[*other as usize].is_none())
            .take(LOOKAHEAD)
            .find(|(.., other)| fits(*other));
        if let Some((.., other)) = partner {
            pairs.link(*index, *other);
        }
    }
}
