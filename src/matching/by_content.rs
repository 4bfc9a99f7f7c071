//! Pairs messages by what they contain: WhatsApp's own id, files by size and CRC, canonical body.
//!
//! Belongs here: evidence that stands without its neighbours. Never here: messages whose content
//! changed ([`super::by_position`]).
//!
//! Equal contents are paired in order, those of the closest stamps first. What one source has more
//! often than the other stays free at the end that the other does not cover.

use std::collections::HashMap;

use super::pairs::Pairs;
use super::sequence::Key;
use super::timeline::{Closeness, Observation, Precision, Program, State, Timeline};
use super::tolerance::{HOUR, JITTER, LOOKAHEAD, MINUTE, NEAR};

/// Pairs what bears the same id of WhatsApp's own, at whatever time. Ids that are unique in one
/// source alone count where the stamps agree too. An id that two messages of one source bear is
/// nobody's.
pub(super) fn by_id(pairs: &mut Pairs<'_>) {
    if pairs.new.ids.is_empty() || pairs.old.ids.is_empty() {
        return;
    }
    let mut old: HashMap<Key, Option<(u32, bool)>> = HashMap::with_capacity(pairs.old.ids.len());
    for id in &pairs.old.ids {
        old.entry(id.key)
            .and_modify(|known| {
                if known.is_some_and(|(place, _)| place != id.place) {
                    *known = None;
                }
            })
            .or_insert(Some((id.place, id.is_own)));
    }
    for id in &pairs.new.ids {
        let Some((place, is_own)) = old.get(&id.key).copied().flatten() else {
            continue;
        };
        let is_sure = id.is_own && is_own;
        if pairs.is_free(id.place, place)
            && (is_sure || pairs.closeness(id.place, place).is_some())
            && (is_sure || pairs.may_be_of_one_author(id.place, place))
        {
            pairs.link(id.place, place);
        }
    }
}

/// Pairs files by their sizes and CRCs.
pub(super) fn by_files(pairs: &mut Pairs<'_>) {
    by_key(pairs, |observation, _| observation.files, false);
}

/// Pairs files of the same name, where a database and an export name them. Two exports number
/// their files anew.
pub(super) fn by_name(pairs: &mut Pairs<'_>) {
    for program in [Program::Database, Program::Export] {
        let name = |observation: &Observation, is_new: bool| {
            let is_own = (observation.program == Some(program)) == is_new;
            observation
                .name
                .filter(|_| is_own && observation.program.is_some())
        };
        by_key(pairs, name, true);
    }
}

/// Pairs messages of the same canonical body. A body counts only where both sources cover its
/// time: the last "ok" of an older export is none of those that a newer one begins with.
pub(super) fn by_body(pairs: &mut Pairs<'_>) {
    by_key(pairs, |observation, _| observation.body, true);
}

/// Pairs deletions with deletions: a message that was deleted before is none of those that
/// vanished since.
pub(super) fn by_deletion(pairs: &mut Pairs<'_>) {
    let deleted = |o: &Observation, _| (o.state == State::Deleted).then_some(Key::default());
    by_key(pairs, deleted, false);
}

/// A message with a key, in order of key, then of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Keyed {
    key: Key,
    at: i64,
    place: u32,
    /// The other source covers its time.
    is_covered: bool,
}

/// Pairs observations of one key. `key` is told which timeline an observation is of. With
/// `only_covered`, at least one of the two has to lie in the time that the other source covers.
fn by_key(
    pairs: &mut Pairs<'_>,
    key: impl Fn(&Observation, bool) -> Option<Key>,
    only_covered: bool,
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
    // Where two sources cut the seconds off, stamps have no jitter.
    let jitter = match (cuts_seconds(pairs.new), cuts_seconds(pairs.old)) {
        (true, true) => 0,
        _ => JITTER,
    };
    let is_covered = |observation: &Observation, shift: i64, from: i64, to: i64| {
        let (first, last) = observation.span();
        let room = jitter + if observation.repeats { HOUR } else { 0 };
        !only_covered || (last - shift >= from - room && first - shift <= to + room)
    };
    let mut new: Vec<Keyed> = (0u32..)
        .zip(&pairs.new.observations)
        .filter(|(place, _)| pairs.of_new[*place as usize].is_none())
        .filter_map(|(place, observation)| {
            let shift = pairs.shifts[place as usize];
            Some(Keyed {
                key: key(observation, true)?,
                at: pairs.time_of(place),
                place,
                is_covered: is_covered(observation, shift, old_begin, old_end),
            })
        })
        .collect();
    let mut old: Vec<Keyed> = (0u32..)
        .zip(&pairs.old.observations)
        .filter(|(place, _)| pairs.of_old[*place as usize].is_none())
        .filter_map(|(place, observation)| {
            Some(Keyed {
                key: key(observation, false)?,
                at: observation.at,
                place,
                is_covered: is_covered(observation, 0, begin - latest, end - earliest),
            })
        })
        .collect();
    new.sort_unstable();
    old.sort_unstable();
    let (mut from_new, mut from_old) = (0, 0);
    while from_new < new.len() && from_old < old.len() {
        let (one, other) = (new[from_new].key, old[from_old].key);
        if one < other {
            from_new += run(&new[from_new..]);
        } else if other < one {
            from_old += run(&old[from_old..]);
        } else {
            let (to_new, to_old) = (
                from_new + run(&new[from_new..]),
                from_old + run(&old[from_old..]),
            );
            equal(pairs, &new[from_new..to_new], &old[from_old..to_old]);
            (from_new, from_old) = (to_new, to_old);
        }
    }
}

/// True for a source that cuts the seconds of every stamp off.
fn cuts_seconds(timeline: &Timeline) -> bool {
    let mut all = timeline.observations.iter();
    all.all(|observation| observation.precision == Precision::Minute)
}

/// How many of the first have the same key.
fn run(keyed: &[Keyed]) -> usize {
    let key = keyed[0].key;
    keyed.iter().take_while(|other| other.key == key).count()
}

/// Pairs messages of one content, both in order of time: the closest stamps first, and of these
/// what surely is of one author before what may be.
fn equal(pairs: &mut Pairs<'_>, new: &[Keyed], old: &[Keyed]) {
    for closest in [Closeness::Same, Closeness::Tight, Closeness::Loose] {
        for is_sure in [true, false] {
            pass(pairs, new, old, closest, is_sure);
        }
    }
}

fn pass(pairs: &mut Pairs<'_>, new: &[Keyed], old: &[Keyed], closest: Closeness, is_sure: bool) {
    // Every partner of a message lies within this of its stamp.
    let reach = |observation: &Observation| {
        let hour = if observation.repeats { HOUR } else { 0 };
        let apart = match closest {
            Closeness::Loose => NEAR,
            Closeness::Same | Closeness::Tight => JITTER,
        };
        MINUTE + apart + hour
    };
    let mut from = 0;
    for message in new {
        let (at, place) = (message.at, message.place);
        if pairs.of_new[place as usize].is_some() {
            continue;
        }
        let own = reach(pairs.new_at(place));
        let is_past = |other: &Keyed| {
            pairs.of_old[other.place as usize].is_some()
                || other.at + own.max(reach(pairs.old_at(other.place))) < at
        };
        from += old[from..]
            .iter()
            .take_while(|other| is_past(other))
            .count();
        let fits = |other: u32| {
            (pairs.closeness(place, other)).is_some_and(|close| close <= closest)
                && !pairs.contradicts(place, other)
                && match is_sure {
                    true => pairs.is_of_one_author(place, other),
                    false => pairs.may_be_of_one_author(place, other),
                }
        };
        let partner = old[from..]
            .iter()
            .take_while(|other| other.at <= at + own.max(reach(pairs.old_at(other.place))))
            .filter(|other| pairs.of_old[other.place as usize].is_none())
            .take(LOOKAHEAD)
            // The last "ok" of one part is not the first one of the next.
            .filter(|other| message.is_covered || other.is_covered)
            .find(|other| fits(other.place));
        if let Some(other) = partner {
            pairs.link(place, other.place);
        }
    }
}
