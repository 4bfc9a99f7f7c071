//! Merges the archives of one chat.
//!
//! Here belongs the result for a message that several archives contain; never which messages are the same
//! ([`crate::matching`]), nor what is in Close or in the checkpoint.
//!
//! State needs no age: deleted outweighs edited, edited outweighs plain, bytes outweigh a placeholder, an
//! exact instant outweighs a rounded one. External ids are assigned last, when every message is in the list
//! once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::desired::Rule;
use super::doubts::Doubt;
use super::handover::Devices;
use super::identity::{self, Identity};
use super::message::{self, Item};
use super::observe::{marks_edits, observation, sizes, wording};
use super::pasted::{self, RunningBack};
use super::people::{self, Persons};
use super::resolved::Resolved;
use super::rules::Rules;
use super::senders::{self, Sender};
use super::trace::{CopyPairing, Pair, PairedBy};
use crate::canonical;
use crate::chat::{Kind, Message};
use crate::matching::tolerance::{MINUTE, NEAR};
use crate::matching::{
    Arrival, Arrived, Id, Match, Observation, Pairing, Person, Repeat, Settings, Timeline, Wording,
    pair, undo_crossing,
};
use crate::name::name_key;
use crate::people::exclude::ExcludedPeriods;
use crate::routing::Numbers;
use crate::settings::Device;

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
            merged.doubts.push((archive, Doubt::OtherZone(minutes)));
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

/// The union of the archives so far.
struct Union<'u, 's> {
    archives: &'u [Resolved<'s>],
    people: Authors<'u>,
    /// Participants who are left out by number: native archives have other names for them.
    ignored: HashSet<(u32, u32)>,
    list: Vec<Item<'s>>,
    /// Indexes of messages by WhatsApp id: one archive may contain a message twice. A shared id is one of its archive.
    by_native: HashMap<(&'s str, Option<u32>), usize>,
    /// WhatsApp ids that an archive has for several messages: they identify none.
    shared: HashSet<&'s str>,
    /// Pairs of copies, if messages are traced.
    copies: Option<Vec<Pair>>,
}

impl<'u, 's> Union<'u, 's> {
    fn new(
        archives: &'u [Resolved<'s>],
        senders: &'u [Vec<Sender>],
        persons: Persons,
        is_group: bool,
    ) -> Self {
        Union {
            archives,
            people: Authors::new(archives, senders, persons, is_group),
            ignored: HashSet::new(),
            list: Vec::new(),
            by_native: HashMap::new(),
            shared: shared_ids(archives),
            copies: None,
        }
    }

    /// Pairs the messages of an archive with the union.
    fn pair(&self, items: &[Item<'s>]) -> Pairing {
        if self.list.is_empty() {
            return Pairing {
                of: vec![Match::New; items.len()],
                shifts: Vec::new(),
                doubtful_shift: None,
                contested: Vec::new(),
            };
        }
        let authors = |one: u32, other: u32| self.people.compare(one, other);
        let (new, old) = (self.timeline(items), self.timeline(&self.list));
        let settings = Settings {
            authors: &authors,
            corrected: None,
        };
        let mut pairing = pair(&new, &old, &settings);
        undo_crossing(
            &mut pairing,
            Arrived {
                timeline: &new,
                arrival: &|index| arrival(items, index),
            },
            Arrived {
                timeline: &old,
                arrival: &|index| arrival(&self.list, index),
            },
        );
        pairing
    }

    fn timeline(&self, items: &[Item<'s>]) -> Timeline {
        let mut timeline = Timeline::default();
        for (index, item) in (0u32..).zip(items) {
            let author = self.people.number(item);
            let observation = observation(item, self.archives, author);
            timeline
                .observations
                .extend(observation.map(|observation| Observation {
                    is_named: observation.is_named && !self.has_shared_id(item),
                    ..observation
                }));
            timeline.files.extend(sizes(index, item, self.archives));
            let ids = item.ids.iter().filter(|id| !self.shared.contains(**id));
            timeline.ids.extend(ids.map(|id| Id {
                key: canonical::key(id),
                index,
                is_own: item.native_id == Some(*id)
                    || item.is_exact_time && id.len() >= MIN_NATIVE_ID,
            }));
        }
        timeline
    }

    /// Adds the messages of an archive. Returns the number of those that were known.
    fn add(&mut self, items: Vec<Item<'s>>, pairing: &Pairing) -> u32 {
        let is_plain = items.iter().all(|item| item.native_id.is_none());
        if self.list.is_empty() && is_plain {
            self.list = items;
            return 0;
        }
        self.list.reserve(items.len());
        let contested = self.near_ambiguous(&pairing.contested, is_changed);
        let as_sent = self.near_ambiguous(&pairing.contested, |item| !is_changed(item));
        let mut again = 0;
        for (mut item, found) in items.into_iter().zip(&pairing.of) {
            let is_ambiguous = *found == Match::Ambiguous;
            item.is_contested = is_ambiguous && self.contest(&item, &contested);
            if is_ambiguous && !item.is_contested {
                item.is_undecided = true;
                self.note_contested(&item, &as_sent);
            }
            let known = match found {
                Match::Known(index) => Some(*index as usize),
                // A native id twice in one archive.
                _ => (self.key_of(&item))
                    .and_then(|key| self.by_native.get(&key).copied())
                    .filter(|index| self.may_repeat(&item, &self.list[*index])),
            };
            let key = self.key_of(&item);
            let index = match known {
                Some(index) => {
                    again += 1;
                    let known = &mut self.list[index];
                    if let Some(copies) = &mut self.copies {
                        copies.push(pair_of(known, &item));
                    }
                    note_edit(known, &mut item, self.archives);
                    let is_ignored =
                        |item: &Item<'_>| matches!(item.rule, Some(Rule::Ignored | Rule::Erased));
                    if is_ignored(&item) || is_ignored(known) {
                        self.ignored.extend(item.said_by);
                        self.ignored.extend(known.said_by);
                    }
                    known.merge(item);
                    index
                }
                None => {
                    self.list.push(item);
                    self.list.len() - 1
                }
            };
            let merged = self.key_of(&self.list[index]);
            for key in [key, merged].into_iter().flatten() {
                self.by_native.insert(key, index);
            }
        }
        again
    }

    fn has_shared_id(&self, item: &Item<'_>) -> bool {
        item.native_id.is_some_and(|id| self.shared.contains(id))
    }

    /// The key of an item in [`Union::by_native`].
    fn key_of(&self, item: &Item<'s>) -> Option<(&'s str, Option<u32>)> {
        let scope = self.has_shared_id(item).then_some(item.archive);
        Some((item.native_id?, scope))
    }

    /// Whether an item may be another row of a message with its id. A deletion under a shared id may be of any of its
    /// messages.
    fn may_repeat(&self, item: &Item<'_>, known: &Item<'_>) -> bool {
        let is_deletion = [item, known].map(|item| item.message.kind == Kind::Deleted);
        !self.has_shared_id(item)
            || is_deletion[0] == is_deletion[1]
            || item.activity_at.timestamp() == known.activity_at.timestamp()
    }
}

/// The WhatsApp ids that an archive has for several messages.
fn shared_ids<'s>(archives: &[Resolved<'s>]) -> HashSet<&'s str> {
    let messages = archives
        .iter()
        .flat_map(|archive| &archive.source.chat.messages);
    messages.filter_map(Message::shared_id).collect()
}

impl Union<'_, '_> {
    /// Leaves messages undecided that `item` may be, if they were changed and `item` is unchanged: the
    /// order of archives makes no difference. False if there are none.
    fn contest(&mut self, item: &Item<'_>, contested: &[(i64, u32)]) -> bool {
        if is_changed(item) {
            return false;
        }
        let mut is_any = false;
        for (_, index) in near(item, contested) {
            let other = &mut self.list[*index as usize];
            if other.direction == item.direction {
                other.is_undecided = true;
                is_any = true;
            }
        }
        is_any
    }

    /// Records the messages that `item`, which is undecided, may be.
    fn note_contested(&mut self, item: &Item<'_>, as_sent: &[(i64, u32)]) {
        for (_, index) in near(item, as_sent) {
            let other = &mut self.list[*index as usize];
            other.is_contested |= other.direction == item.direction;
        }
    }

    /// The candidates of an ambiguous pairing that meet a condition, in order of time.
    fn near_ambiguous(&self, contested: &[u32], is: impl Fn(&Item<'_>) -> bool) -> Vec<(i64, u32)> {
        let mut found: Vec<(i64, u32)> = (contested.iter())
            .map(|index| (&self.list[*index as usize], *index))
            .filter(|(item, _)| is(item))
            .map(|(item, index)| (item.activity_at.timestamp_millis(), index))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Marks the text of a program without edit marks as edited if it differs from the one that a program with
/// edit marks shows as first sent.
fn note_edit(one: &mut Item<'_>, other: &mut Item<'_>, archives: &[Resolved<'_>]) {
    let is_text = |item: &Item<'_>| {
        item.message.kind == Kind::Text && wording(item.message, item.text) == Wording::Fixed
    };
    if one.content == other.content || !is_text(one) || !is_text(other) {
        return;
    }
    let marks = |item: &Item<'_>| archives.get(item.archive as usize).is_some_and(marks_edits);
    match (marks(one), marks(other)) {
        (true, false) if !one.edited => other.edited = true,
        (false, true) if !other.edited => one.edited = true,
        _ => {}
    }
}

/// The pair of a known message and a further copy of it, for a trace.
fn pair_of(known: &Item<'_>, copy: &Item<'_>) -> Pair {
    let has_common_id = copy.ids.iter().any(|id| known.ids.contains(id));
    let by = if has_common_id {
        PairedBy::Id
    } else if known.content.is_some() && known.content == copy.content {
        PairedBy::Content
    } else {
        PairedBy::Position
    };
    let place = |item: &Item<'_>| (item.archive, item.message.line);
    Pair {
        one: place(known),
        other: place(copy),
        pairing: CopyPairing {
            by,
            difference_ms: (copy.activity_at - known.activity_at).num_milliseconds(),
        },
    }
}

/// Those of `all`, which are in order of time, within the tolerance of `item`.
fn near<'a>(item: &Item<'_>, all: &'a [(i64, u32)]) -> impl Iterator<Item = &'a (i64, u32)> {
    let at = item.activity_at.timestamp_millis();
    let first = all.partition_point(|(time, _)| *time < at - NEAR - MINUTE);
    (all[first..].iter()).take_while(move |(time, _)| *time <= at + NEAR + MINUTE)
}

/// The position of an item in its archive.
fn arrival(items: &[Item<'_>], index: u32) -> Option<Arrival> {
    items.get(index as usize).map(|item| Arrival {
        archive: item.archive,
        line: item.message.line,
    })
}

/// Whether an item is an edited text, or a file that its export omits.
fn is_changed(item: &Item<'_>) -> bool {
    let is_file = matches!(
        item.message.kind,
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce
    );
    item.edited || (is_file && !item.has_bytes)
}

/// The minimum length of WhatsApp ids; shorter ones are row numbers.
const MIN_NATIVE_ID: usize = 16;

/// The authors of the archives, each with a number across all archives.
struct Authors<'u> {
    senders: &'u [Vec<Sender>],
    /// The person of each participant, where there are several archives of a group.
    persons: Persons,
    /// The number of the first participant of each archive.
    first: Vec<u32>,
    /// Archive, participant and the number of the name of each; each spelling has a number.
    all: Vec<(usize, usize, usize)>,
    /// Archive and name of every participant.
    bearers: HashSet<(usize, usize)>,
    is_group: bool,
}

impl<'u> Authors<'u> {
    fn new(
        archives: &[Resolved<'_>],
        senders: &'u [Vec<Sender>],
        persons: Persons,
        is_group: bool,
    ) -> Self {
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut people = Authors {
            senders,
            persons,
            first: Vec::new(),
            all: Vec::new(),
            bearers: HashSet::new(),
            is_group,
        };
        for (archive, resolved) in archives.iter().enumerate() {
            people
                .first
                .push(u32::try_from(people.all.len()).unwrap_or(u32::MAX));
            for (index, participant) in resolved.source.chat.participants.iter().enumerate() {
                let next = names.len();
                let name = *names.entry(name_key(&participant.name)).or_insert(next);
                people.all.push((archive, index, name));
                people.bearers.insert((archive, name));
            }
        }
        people
    }

    /// The number of an item's author; in a one-to-one chat the direction is enough.
    fn number(&self, item: &Item<'_>) -> Option<u32> {
        let (archive, participant) = item.said_by.filter(|_| self.is_group)?;
        Some(self.first.get(archive as usize)? + participant)
    }

    fn compare(&self, one: u32, other: u32) -> Person {
        let (Some(one), Some(other)) = (
            self.all.get(one as usize).copied(),
            self.all.get(other as usize).copied(),
        ) else {
            return Person::Unknown;
        };
        let (own, others) = (&self.senders[one.0][one.1], &self.senders[other.0][other.1]);
        let is_number = |sender: &Sender| sender.field.starts_with('+');
        let person = |(archive, participant, _): (usize, usize, usize)| {
            self.persons.get(archive)?.get(participant)
        };
        let is_one = (person(one).zip(person(other))).map(|(one, other)| one == other);
        if is_one == Some(true) {
            return Person::Same;
        }
        if own.field == others.field {
            return match is_one {
                Some(_) => Person::Different,
                None => Person::Same,
            };
        }
        if is_number(own) && is_number(others) {
            return Person::Different;
        }
        if one.2 == other.2 && is_one.is_none() {
            return Person::Same;
        }
        // Another participant of that archive has the name.
        let is_another =
            self.bearers.contains(&(other.0, one.2)) || self.bearers.contains(&(one.0, other.2));
        match is_another {
            true => Person::Different,
            false => Person::Unknown,
        }
    }
}

impl<'s> Item<'s> {
    /// Merges two copies of one message.
    fn merge(&mut self, other: Item<'s>) {
        let mut ids = std::mem::take(&mut self.ids);
        ids.extend(
            other
                .ids
                .iter()
                .copied()
                .filter(|id| !self.ids.contains(id)),
        );
        // The id of the older archive, unless the newer one has both: it was edited since.
        let native_id = match (self.native_id, other.native_id) {
            (Some(own), Some(others)) if other.ids.contains(&own) => Some(others),
            (own, others) => own.or(others),
        };
        let shared_id = self.shared_id.or(other.shared_id);
        let origin = match (self.origin(), other.origin()) {
            (own, others) if own.archive <= others.archive => own,
            (_, others) => others,
        };
        let other_archive = other.archive;
        let is_pasted = self.is_pasted && other.is_pasted;
        let is_contested = self.is_contested || other.is_contested;
        let own = self.clone();
        let (mut newer, mut older) = match own.archive >= other_archive {
            true => (own, other),
            false => (other, own),
        };
        settle_repeated_time(&mut newer, &older);
        settle_repeated_time(&mut older, &newer);
        let is_deleted = |item: &Item<'_>| item.message.kind == Kind::Deleted;
        let mut merged = match (is_deleted(&newer), is_deleted(&older)) {
            // A deletion stays, whichever archive is the older one.
            (true, _) => newer.with_instant_of(&older),
            (false, true) => older.with_instant_of(&newer),
            (false, false) => newer.with_older(older),
        };
        ids.dedup();
        merged.ids = ids;
        merged.native_id = native_id;
        merged.shared_id = shared_id;
        merged.origin = Some(Box::new(origin));
        merged.is_undecided = false;
        merged.is_pasted = is_pasted;
        merged.is_contested = is_contested;
        *self = merged;
    }
}

/// Gives a copy whose local time occurs twice the reading that a settled copy has: the order of an archive
/// that was cut within such an hour settles nothing.
fn settle_repeated_time(item: &mut Item<'_>, settled: &Item<'_>) {
    if !item.repeats.is_some() || settled.repeats.is_some() {
        return;
    }
    let later = item.activity_at + TimeDelta::milliseconds(item.repeats.millis());
    let distance = |at: DateTime<Utc>| (at - settled.activity_at).abs();
    if distance(later) < distance(item.activity_at) {
        item.activity_at = later;
    }
    item.repeats = Repeat::NEVER;
}
