//! The archives of one chat, put together: each message once, under one id.
//!
//! For: what several exports say of one message (the newest one's text and state, the bytes of
//! whoever has them). It must never look at what is in Close or in the checkpoint: that is the
//! plan's.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::message::{self, Item};
use super::resolve::{Numbers, Resolved, Rules};
use crate::chat::Kind;

/// The messages of a chat, in order of time where there are several archives, else in that of the
/// file.
pub(super) struct Merged<'s> {
    /// Each message once.
    pub(super) list: Vec<Item<'s>>,
    /// How many were read of which another archive has a copy that is in the list.
    pub(super) seen_again: u32,
    /// Messages of a time that occurs twice, read as the first for want of evidence.
    pub(super) ambiguous_times: u32,
}

/// Puts `archives` together, which are of one chat, the oldest first.
pub(super) fn merge<'s>(
    archives: &[Resolved<'s>],
    numbers: &Numbers,
    rules: &Rules<'s>,
) -> Merged<'s> {
    let mut seen_again = 0;
    let mut ambiguous_times = 0;
    let mut merged: Vec<Option<Item<'_>>> = Vec::new();
    // Places of messages that two archives or more hold.
    let mut again: HashSet<usize> = HashSet::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let missing = message::missing(archives, numbers);
    for ((archive, resolved), missing) in (0u32..).zip(archives).zip(&missing) {
        let items = message::items(resolved, numbers, archive, missing, rules);
        ambiguous_times += items.ambiguous_times;
        for mut item in items.list {
            if let Some(place) = places.get(&item.external_id) {
                seen_again += 1;
                if let Some(older) = merged[*place].take() {
                    item = item.over(older);
                }
                again.insert(merged.len());
            }
            places.insert(item.external_id.clone(), merged.len());
            merged.push(Some(item));
        }
    }
    if archives.len() > 1 {
        seen_again += changed(&mut merged, &again);
    }
    let mut list: Vec<Item<'_>> = merged.into_iter().flatten().collect();
    if archives.len() > 1 {
        // Each archive keeps its own order; together only time gives one.
        list.sort_by_key(|item| item.activity_at);
    }
    Merged {
        list,
        seen_again,
        ambiguous_times,
    }
}

/// A stamp differs between two exports by a minute at most, with the milliseconds that keep equal
/// stamps in order.
const NEAR: TimeDelta = TimeDelta::milliseconds(61_000);

/// Puts messages together that a newer archive shows edited or deleted, and so under another id:
/// the newer state stays, under the id of the older one, which may be recorded. Only where one
/// message of the older archive is missing from the newer at that time and on that side; where
/// several are, nothing is decided. Returns how many were put together.
fn changed(merged: &mut [Option<Item<'_>>], again: &HashSet<usize>) -> u32 {
    let mut begins: HashMap<u32, DateTime<Utc>> = HashMap::new();
    let mut alone: Vec<(DateTime<Utc>, usize)> = Vec::new();
    for (place, item) in merged.iter().enumerate() {
        let Some(item) = item else { continue };
        let begin = begins.entry(item.archive).or_insert(item.activity_at);
        *begin = item.activity_at.min(*begin);
        if !again.contains(&place) && item.message.sender.is_some() {
            alone.push((item.activity_at, place));
        }
    }
    alone.sort_unstable();
    let mut count = 0;
    for (at, place) in &alone {
        let Some(newer) = &merged[*place] else {
            continue;
        };
        let is_text = newer.message.kind == Kind::Text;
        if !newer.message.edited && newer.message.kind != Kind::Deleted {
            continue;
        }
        let Some(begin) = begins.get(&newer.archive) else {
            continue;
        };
        let from = alone.partition_point(|(time, _)| *time < *at - NEAR);
        let mut fitting = alone[from..]
            .iter()
            .take_while(|(time, _)| *time <= *at + NEAR)
            .filter(|(time, other)| {
                merged[*other].as_ref().is_some_and(|older| {
                    older.archive < newer.archive
                        && older.direction == newer.direction
                        && time >= begin
                        && (older.message.kind == Kind::Text || !is_text)
                })
            });
        let (Some((_, older)), None) = (fitting.next(), fitting.next()) else {
            continue;
        };
        let older = merged[*older].take();
        if let (Some(newer), Some(older)) = (&mut merged[*place], older) {
            newer.external_id = older.external_id;
            newer.quoted = newer.quoted.or(older.quoted);
            count += 1;
        }
    }
    count
}
