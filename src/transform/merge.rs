//! Merges the archives of one chat.
//!
//! Here belongs the result for a message that several archives contain; never which messages are the same
//! ([`crate::matching`]), nor what is in Close or in the checkpoint.
//!
//! State needs no age: deleted outweighs edited, edited outweighs plain, bytes outweigh a placeholder, an
//! exact instant outweighs a rounded one. External ids are assigned last, when every message is in the list
//! once.

mod authors;
mod copies;
mod union;

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::doubts::Doubt;
use super::handover::Devices;
use super::identity::{self, Identity};
use super::message::{self, Item};
use super::pasted::{self, RunningBack};
use super::people::{self, Persons};
use super::resolved::Resolved;
use super::rules::Rules;
use super::senders::{self, Sender};
use super::trace::Pair;
use crate::canonical;
use crate::people::exclude::ExcludedPeriods;
use crate::routing::{Numbers, Rule};
use crate::settings::Device;
use union::Union;

/// The distinct messages of a chat, in order of time if there are several archives, else in file order.
pub(super) struct Merged<'s> {
    /// The distinct messages.
    pub(super) list: Vec<Item<'s>>,
    /// The participants of each archive.
    pub(super) senders: Vec<Vec<Sender>>,
    /// The number of messages read whose copy from another archive is in the list.
    pub(super) seen_again: u32,
    /// Messages whose local time occurs twice, read as the first for lack of evidence.
    pub(super) ambiguous_times: u32,
    /// Doubts about archives, with the archive's number.
    pub(super) doubts: Vec<(u32, Doubt)>,
    /// The number of messages that two archives seem to have at times that differ by a zone, if that may be chance.
    pub(super) doubtful_shift: Option<u32>,
    /// Messages that are lines of others ([`pasted`]): archive, line.
    pub(super) joined: Vec<(u32, u32)>,
    /// Texts that are followed by messages which may be their lines.
    pub(super) running_back: Vec<RunningBack>,
    /// The pairs of copies, if messages are traced.
    pub(super) copies: Vec<Pair>,
}

/// Merges `archives` of one chat, given oldest first.
pub(super) fn merge<'s>(
    archives: &[Resolved<'s>],
    numbers: &Numbers,
    rules: &Rules<'s>,
) -> Merged<'s> {
    let mut senders: Vec<Vec<Sender>> = archives
        .iter()
        .map(|resolved| senders::of(resolved, numbers, rules))
        .collect();
    let is_group = numbers.group.is_some();
    let persons = match is_group && archives.len() > 1 {
        true => people::identify(archives, &mut senders),
        false => Persons::new(),
    };
    let mut merged = Merged {
        list: Vec::new(),
        senders: Vec::new(),
        seen_again: 0,
        ambiguous_times: 0,
        doubts: Vec::new(),
        doubtful_shift: None,
        joined: Vec::new(),
        running_back: Vec::new(),
        copies: Vec::new(),
    };
    let chat = identity::chat(numbers);
    let devices = Devices::of(archives);
    let is_single = archives.len() == 1;
    let mut union = Union::new(archives, &senders, persons, is_group);
    union.copies = rules.trace.map(|_| Vec::new());
    for batch in batches(archives) {
        if let [_, _, ..] = batch.as_slice() {
            let mut items: Vec<Item<'_>> = Vec::new();
            for number in batch {
                let resolved = &archives[number];
                let days = devices.whose_days(resolved);
                let archive = u32::try_from(number).unwrap_or(u32::MAX);
                let of_chat = (rules, days.as_slice());
                let read = message::items(resolved, &senders[number], archive, &[], None, of_chat);
                merged.ambiguous_times += read.ambiguous_times;
                items.extend(read.list);
            }
            items.sort_by_key(|item| item.activity_at);
            merged.seen_again += merge_copies(&mut items);
            let pairing = union.pair(&items);
            merged.doubtful_shift = merged.doubtful_shift.max(pairing.doubtful_shift);
            merged.seen_again += union.add(items, &pairing);
            continue;
        }
        let Some(number) = batch.first().copied() else {
            continue;
        };
        let resolved = &archives[number];
        let days = devices.whose_days(resolved);
        let archive = u32::try_from(number).unwrap_or(u32::MAX);
        let read = |shifts: &[TimeDelta]| {
            let ids = is_single.then(|| Identity::new(&chat));
            let of_chat = (rules, days.as_slice());
            message::items(resolved, &senders[number], archive, shifts, ids, of_chat)
        };
        let mut items = read(&[]);
        let mut pairing = union.pair(&items.list);
        // Exported in another time zone.
        if let Some(shift) = pairing.shift().filter(|_| !is_exact(resolved)) {
            let shifts: Vec<TimeDelta> = (pairing.shifts.iter())
                .map(|shift| TimeDelta::milliseconds(*shift))
                .collect();
            let minutes = TimeDelta::milliseconds(shift).num_minutes();
            // After a clock change alone the zone is right at the end.
            let doubt = (minutes != 0).then_some((archive, Doubt::OtherZone(minutes)));
            merged.doubts.extend(doubt);
            items = read(&shifts);
        }
        if !is_exact(resolved) {
            let joined = pasted::join(&mut items.list, &union.list, resolved);
            if !joined.is_empty() {
                pairing = union.pair(&items.list);
            }
            merged
                .joined
                .extend(joined.into_iter().map(|line| (archive, line)));
            let running_back = pasted::running_back(&items.list, resolved, archive);
            merged.running_back.extend(running_back);
        }
        merged.doubtful_shift = merged.doubtful_shift.max(pairing.doubtful_shift);
        merged.ambiguous_times += items.ambiguous_times;
        merged.seen_again += union.add(items.list, &pairing);
    }
    let (list, ignored, shared) = (union.list, union.ignored, union.shared);
    merged.list = list;
    merged.copies = union.copies.unwrap_or_default();
    for item in &mut merged.list {
        if item.rule.is_none() && item.said_by.is_some_and(|by| ignored.contains(&by)) {
            item.rule = Some(Rule::Ignored);
        }
    }
    // It is known only now whether another device with the message covers its day.
    for item in merged.list.iter_mut().filter(|item| item.is_outside_dates) {
        item.rule = Some(Rule::Dates);
    }
    if archives.len() > 1 {
        apply_excluded_periods(&mut merged.list, archives, rules);
        // Each archive keeps its own order; across archives only time gives one.
        merged.list.sort_by_key(|item| item.activity_at);
    }
    if !is_single {
        settle_shared_ids(&mut merged.list, &shared);
        assign_ids(&mut merged.list, &chat, &senders);
    }
    merged.senders = senders;
    merged
}

/// Leaves each shared id to the first message that has it.
fn settle_shared_ids<'s>(items: &mut [Item<'s>], shared: &HashSet<&'s str>) {
    if shared.is_empty() {
        return;
    }
    let mut taken: HashSet<&str> = HashSet::new();
    for item in items {
        let id = item.native_id.filter(|id| shared.contains(id));
        item.shared_id = item.shared_id.or(id);
        if let Some(id) = id
            && !taken.insert(id)
        {
            item.native_id = None;
        }
        let own = item.native_id;
        (item.ids).retain(|id| own == Some(*id) || !shared.contains(id));
    }
}

/// Assigns external ids: a WhatsApp id if an archive has it, else the derived id of the oldest archive's
/// copy. A message that is recorded under another id keeps that id later.
fn assign_ids(items: &mut [Item<'_>], chat: &str, senders: &[Vec<Sender>]) {
    let mut ids = Identity::new(chat);
    for item in items {
        if let Some(native) = item.native_id {
            item.external_id = native.into();
            continue;
        }
        let origin = item.origin();
        let sender = (origin.message.sender)
            .and_then(|number| senders.get(origin.archive as usize)?.get(number as usize));
        let field = sender.map_or("", |sender| sender.field.as_str());
        let minute = origin.at.timestamp().div_euclid(60);
        item.external_id = ids.id(field, minute, &canonical::body(origin.message));
    }
}

/// Applies excluded periods: one that is excluded under the name of one archive is excluded in all.
fn apply_excluded_periods(items: &mut [Item<'_>], archives: &[Resolved<'_>], rules: &Rules<'_>) {
    let exclude = rules.contacts.exclude();
    if exclude.is_empty() {
        return;
    }
    let periods: Vec<(&Device, ExcludedPeriods)> = (archives.iter())
        .map(|archive| {
            let device = archive.source.device;
            (device, exclude.of(&device.name, archive.source.name()))
        })
        .collect();
    for item in items.iter_mut().filter(|item| item.rule.is_none()) {
        let is_left_out = periods.iter().any(|(device, periods)| {
            periods.contains(
                item.activity_at
                    .with_timezone(&device.timezone)
                    .naive_local(),
            )
        });
        if is_left_out {
            item.rule = Some(Rule::Excluded);
        }
    }
}

/// The archives in the order in which they are merged; parts of one chat that a device split are merged together, since
/// there may be thousands. Those with instants come first: the times of the others are compared with theirs.
fn batches(archives: &[Resolved<'_>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..archives.len()).collect();
    order.sort_by_key(|archive| !is_exact(&archives[*archive]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut of_device: HashMap<&str, usize> = HashMap::new();
    for number in order {
        let archive = &archives[number];
        if !archive.source.chat.platform.splits_chats() {
            batches.push(vec![number]);
            continue;
        }
        let next = batches.len();
        let place = *(of_device.entry(&archive.source.device.name)).or_insert(next);
        match batches.get_mut(place) {
            Some(batch) => batch.push(number),
            None => batches.push(vec![number]),
        }
    }
    batches
}

/// Merges the messages that the reader found in several archives of a device. Returns the number of further copies.
fn merge_copies(items: &mut Vec<Item<'_>>) -> u32 {
    let mut first: HashMap<u32, usize> = HashMap::new();
    let mut list: Vec<Item<'_>> = Vec::with_capacity(items.len());
    let mut again = 0;
    for item in items.drain(..) {
        let number = item.message.copies().number;
        let known = number.map(|number| *first.entry(number).or_insert(list.len()));
        match known.and_then(|index| list.get_mut(index)) {
            Some(known) => {
                again += 1;
                let is_undecided = known.is_undecided || item.is_undecided;
                known.merge(item);
                known.is_undecided = is_undecided;
            }
            None => list.push(item),
        }
    }
    *items = list;
    again
}

/// Whether an archive contains instants.
fn is_exact(archive: &Resolved<'_>) -> bool {
    let first = archive.source.chat.messages.first();
    first.is_some_and(|message| message.instant().is_some())
}
