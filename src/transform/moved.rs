//! An export that was made while the phone was in another zone: all that it shares with the older
//! ones lies earlier or later by one and the same time.
//!
//! Exports have wall-clock times and no zone, and a phone that travels writes those of where it is
//! (`whatsapp-export-format.md` section 7). Only what is beyond doubt is said here; the rest is two
//! chats, or a question for a person.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::canonical;
use super::desired::Direction;
use super::markers::NEAR;
use super::message::Item;
use crate::chat::Kind;
use crate::matching::sequence::{Key, align};

/// Zones differ by quarters of an hour, in milliseconds.
const QUARTER: i64 = 15 * 60_000;

/// Less than a day: who says good morning and good night at the same times every day was not
/// abroad.
const FAR: i64 = 23 * 3_600_000;

/// So many different texts have to agree.
const TEXTS: usize = 3;

/// True for a difference as there is between two zones, to the minute.
fn is_zone(shift: i64) -> bool {
    let rest = shift.rem_euclid(QUARTER);
    rest.min(QUARTER - rest) <= NEAR
}

/// By how much each of `items` is later than it should be, if all of them are. `by_id` are the
/// places of `known`.
pub(super) fn shifts(
    known: &[Option<Item<'_>>],
    by_id: &HashMap<String, usize>,
    items: &[Item<'_>],
) -> Option<Vec<TimeDelta>> {
    let times = || known.iter().flatten().map(at);
    let (begin, end) = (times().min()?, times().max()?);
    let overlap = |item: &&Item<'_>| (begin..=end).contains(&at(item)) && is_said(item);
    let shared = items.iter().filter(overlap);
    let same = shared
        .clone()
        .filter(|item| by_id.contains_key(&item.external_id));
    // The ordinary case, told without looking at a word.
    if same.count() * 5 > shared.count() {
        return None;
    }
    let said = |items: &[&Item<'_>]| -> Vec<Key> { items.iter().map(|item| key(item)).collect() };
    let mut old: Vec<&Item<'_>> = known.iter().flatten().filter(|i| is_said(i)).collect();
    let mut new: Vec<&Item<'_>> = items.iter().filter(|item| is_said(item)).collect();
    old.sort_by_key(|item| item.activity_at);
    new.sort_by_key(|item| item.activity_at);
    let keys = said(&new);
    let mut by_shift: HashMap<i64, Vec<(usize, i64)>> = HashMap::new();
    for (place, other) in align(&keys, &said(&old)) {
        let shift = at(new[place]) - at(old[other]);
        if is_zone(shift) && shift.abs() <= FAR {
            let quarters = (shift + QUARTER / 2).div_euclid(QUARTER);
            by_shift.entry(quarters).or_default().push((place, shift));
        }
    }
    let (quarters, pairs) = by_shift
        .iter()
        .max_by_key(|(quarters, pairs)| (pairs.len(), **quarters))?;
    if *quarters == 0 {
        return None;
    }
    let shift = quarters * QUARTER;
    let texts: HashSet<&Key> = pairs.iter().map(|(place, _)| &keys[*place]).collect();
    let both = (new.iter())
        .filter(|item| (begin - NEAR..=end + NEAR).contains(&(at(item) - shift)))
        .count();
    // With summer time in one of the zones a part of them is off by another hour.
    let near = |other: &&i64| (**other - *quarters).abs() <= 4 && **other != 0;
    let agree: usize = by_shift
        .keys()
        .filter(near)
        .map(|q| by_shift[q].len())
        .sum();
    if texts.len() < TEXTS || agree * 5 < both * 4 {
        return None;
    }
    let places: HashMap<&str, i64> = (by_shift.iter())
        .filter(|(quarters, _)| near(quarters))
        .flat_map(|(quarters, pairs)| pairs.iter().map(move |(place, _)| (*place, *quarters)))
        .map(|(place, quarters)| (new[place].external_id.as_str(), quarters * QUARTER))
        .collect();
    // Each is as late as the last one before it that both tell.
    let mut last = shift;
    let each = items.iter().map(|item| {
        last = places
            .get(item.external_id.as_str())
            .copied()
            .unwrap_or(last);
        TimeDelta::milliseconds(last)
    });
    Some(each.collect())
}

fn at(item: &Item<'_>) -> i64 {
    item.activity_at.timestamp_millis()
}

fn is_said(item: &Item<'_>) -> bool {
    item.message.sender.is_some() && item.message.kind == Kind::Text
}

fn key(item: &Item<'_>) -> Key {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(item.direction == Direction::Outgoing)]);
    hasher.update(canonical::body(item.message).as_bytes());
    let mut key = Key::default();
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    key
}
