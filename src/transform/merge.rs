//! The archives of one chat, put together: each message once, under one id.
//!
//! For: what several exports say of one message. What they are known to differ in is told in
//! `whatsapp-export-format.md` section 7, so a message is found again by this evidence, in this
//! order: its external id; its files by sizes and CRCs; its words, both on the same side within a
//! minute; then what is marked (edited, deleted, a file that is left out) by its place between
//! neighbours that are known ([`super::markers`]). The id of the older archive stays, since it may
//! be recorded; what the newer one says wins ([`Item::over`]). It must never look at what is in
//! Close or in the checkpoint: that is the plan's.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::canonical;
use super::desired::{Direction, OtherIds, Rule};
use super::doubts::Doubt;
use super::exclude::Passages;
use super::markers::{self, Marked, NEAR, Open};
use super::message::{self, Item};
use super::moved;
use super::resolve::{Numbers, Resolved, Rules};
use super::senders::{self, Sender};
use super::settings::Device;
use crate::chat::Kind;
use crate::ids;
use crate::matching::sequence::Key;
use crate::name::name_key;

/// The messages of a chat, in order of time where there are several archives, else in that of the
/// file.
pub(super) struct Merged<'s> {
    /// Each message once.
    pub(super) list: Vec<Item<'s>>,
    /// The participants of each archive.
    pub(super) senders: Vec<Vec<Sender>>,
    /// How many were read of which another archive has a copy that is in the list.
    pub(super) seen_again: u32,
    /// Messages of a time that occurs twice, read as the first for want of evidence.
    pub(super) ambiguous_times: u32,
    /// What turned out about archives: number, what.
    pub(super) doubts: Vec<(u32, Doubt)>,
}

/// Puts `archives` together, which are of one chat, the oldest first.
pub(super) fn merge<'s>(
    archives: &[Resolved<'s>],
    numbers: &Numbers,
    rules: &Rules<'s>,
) -> Merged<'s> {
    let mut merged = Merged {
        list: Vec::new(),
        senders: Vec::new(),
        seen_again: 0,
        ambiguous_times: 0,
        doubts: Vec::new(),
    };
    let senders: Vec<Vec<Sender>> = archives
        .iter()
        .map(|resolved| senders::of(resolved, numbers, rules))
        .collect();
    let missing = message::missing(archives, &senders);
    let mut union = Union::new(archives, &senders);
    // Those that hold instants first: the others are read as they are, and not they as the others.
    let mut order: Vec<usize> = (0..archives.len()).collect();
    order.sort_by_key(|archive| !is_exact(&archives[*archive]));
    for number in order {
        let (resolved, missing) = (&archives[number], &missing[number]);
        let archive = u32::try_from(number).unwrap_or(u32::MAX);
        let read = |shifts: &[TimeDelta]| {
            let senders = &senders[archive as usize];
            message::items(resolved, numbers, senders, archive, missing, shifts, rules)
        };
        let mut items = read(&[]);
        // Made while the phone was in another zone: then all of it is read as the older ones are.
        if !is_exact(resolved)
            && let Some(shifts) = moved::shifts(&union.slots, &union.by_id, &items.list)
        {
            let last = shifts.last().map_or(0, TimeDelta::num_minutes);
            merged.doubts.push((archive, Doubt::OtherZone(last)));
            items = read(&shifts);
        }
        merged.ambiguous_times += items.ambiguous_times;
        merged.seen_again += union.add(items.list);
    }
    let (slots, ignored) = (union.slots, union.ignored);
    merged.senders = senders;
    merged.list = slots.into_iter().flatten().collect();
    for item in &mut merged.list {
        if item.rule.is_none() && item.said_by.is_some_and(|by| ignored.contains(&by)) {
            item.rule = Some(Rule::Ignored);
        }
    }
    if archives.len() > 1 {
        leave_out(&mut merged.list, archives, rules);
        // Each archive keeps its own order; together only time gives one.
        merged.list.sort_by_key(|item| item.activity_at);
    }
    merged
}

/// A passage that is left out under the name of one archive is left out of all of them.
fn leave_out(items: &mut [Item<'_>], archives: &[Resolved<'_>], rules: &Rules<'_>) {
    let exclude = rules.contacts.exclude();
    if exclude.is_empty() {
        return;
    }
    let passages: Vec<(&Device, Passages)> = (archives.iter())
        .map(|archive| {
            let device = archive.source.device;
            (device, exclude.of(&device.name, archive.source.name()))
        })
        .collect();
    for item in items.iter_mut().filter(|item| item.rule.is_none()) {
        let is_left_out = passages.iter().any(|(device, passages)| {
            passages.hold(
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

/// True for an archive that holds instants.
fn is_exact(archive: &Resolved<'_>) -> bool {
    let first = archive.source.chat.messages.first();
    first.is_some_and(|message| message.instant().is_some())
}

/// What is known so far.
struct Union<'u, 's> {
    archives: &'u [Resolved<'s>],
    senders: &'u [Vec<Sender>],
    names: Names,
    /// Participants of archives who turned out to be somebody who is left out: an archive that has
    /// numbers names them otherwise.
    ignored: HashSet<(u32, u32)>,
    /// Each message; `None` where a newer archive has said it anew, further back in the list.
    slots: Vec<Option<Item<'s>>>,
    /// Places by external id; only where there are several archives, or native ids.
    by_id: HashMap<String, usize>,
}

impl<'u, 's> Union<'u, 's> {
    fn new(archives: &'u [Resolved<'s>], senders: &'u [Vec<Sender>]) -> Self {
        Union {
            archives,
            senders,
            names: Names::new(archives),
            ignored: HashSet::new(),
            slots: Vec::new(),
            by_id: HashMap::new(),
        }
    }

    /// Adds the messages of an archive. Returns how many of them were known.
    fn add(&mut self, items: Vec<Item<'s>>) -> u32 {
        let is_plain = items.iter().all(|item| item.message.native_id().is_none());
        if self.archives.len() == 1 && is_plain {
            // One transcript gives each of its messages an id of its own.
            self.slots = items.into_iter().map(Some).collect();
            return 0;
        }
        let mut found: Vec<Option<usize>> = items.iter().map(|item| self.same_id(item)).collect();
        let mut undecided = HashSet::new();
        if !self.slots.is_empty() && found.iter().any(Option::is_none) {
            let mut taken: HashSet<usize> = found.iter().flatten().copied().collect();
            self.near(&items, &mut found, &mut taken);
            undecided = self.marked(&items, &mut found);
        }
        let mut again = 0;
        for ((place, mut item), found) in items.into_iter().enumerate().zip(found) {
            item.is_undecided = undecided.contains(&place);
            // A native id twice in one archive is found here.
            let known = found.or_else(|| self.same_id(&item));
            if let Some(other) = known.and_then(|known| self.slots[known].take()) {
                again += 1;
                if [&item, &other]
                    .iter()
                    .any(|one| one.rule == Some(Rule::Ignored))
                {
                    self.ignored.extend(item.said_by);
                    self.ignored.extend(other.said_by);
                }
                item = together(item, other);
            }
            let slot = self.slots.len();
            let also = item.other_ids.iter().flat_map(|ids| &ids.also);
            let also = also.map(String::as_str);
            for id in item.ids.iter().copied().chain(also) {
                self.by_id.insert(id.to_owned(), slot);
            }
            if !item.ids.contains(&item.external_id.as_str()) {
                self.by_id.insert(item.external_id.clone(), slot);
            }
            self.slots.push(Some(item));
        }
        again
    }

    /// The message of the same id; whatever an archive knows it by.
    fn same_id(&self, item: &Item<'_>) -> Option<usize> {
        let own = self.by_id.get(&item.external_id).copied();
        let known_as = item
            .ids
            .iter()
            .filter_map(|id| self.by_id.get(*id).copied());
        own.into_iter().chain(known_as).find(|place| {
            let other = self.slots[*place].as_ref();
            other.is_some_and(|other| {
                // Numbers of rows are ids too, of one database.
                let is_near = (other.activity_at - item.activity_at).abs() <= near();
                (other.external_id == item.external_id || is_near)
                    && self.may_be_said_by_one(item, other)
            })
        })
    }

    /// False where two archives of a group name different people.
    fn may_be_said_by_one(&self, one: &Item<'_>, other: &Item<'_>) -> bool {
        self.likeness(one, other).is_some()
    }

    /// 0 where one person says both, as far as archives tell, 1 where that may be, `None` where two
    /// people do.
    fn likeness(&self, one: &Item<'_>, other: &Item<'_>) -> Option<u8> {
        let (Some(own), Some(others)) = (self.sender(one), self.sender(other)) else {
            return Some(0);
        };
        let is_number = |sender: &Sender| sender.field.starts_with('+');
        if own.field == others.field {
            return Some(0);
        }
        if is_number(own) && is_number(others) {
            return None;
        }
        let (name, other_name) = (self.names.of(one)?, self.names.of(other)?);
        if name == other_name {
            return Some(0);
        }
        // Somebody else of that archive bears the name.
        let is_another =
            self.names.bears(other.archive, name) || self.names.bears(one.archive, other_name);
        (!is_another).then_some(1)
    }

    fn sender(&self, item: &Item<'_>) -> Option<&'u Sender> {
        let (archive, number) = item.said_by?;
        self.senders.get(archive as usize)?.get(number as usize)
    }

    /// True for an archive that tells seconds.
    fn has_seconds(&self, item: &Item<'_>) -> bool {
        (self.archives.get(item.archive as usize))
            .is_none_or(|archive| archive.source.chat.format.seconds)
    }

    /// Whether the times of two may be those of one message. `pass` is how closely they are looked
    /// at: what agrees better is taken first.
    fn fits(&self, pass: u8, one: &Item<'_>, other: &Item<'_>) -> bool {
        let away = (one.activity_at - other.activity_at).abs();
        let minute = |at: DateTime<Utc>| at.timestamp().div_euclid(60);
        let seconds = (self.has_seconds(one), self.has_seconds(other));
        if let (true, true) = seconds {
            return away <= if pass == 0 { SECONDS } else { near() };
        }
        let exact = match (one.is_exact(), other.is_exact()) {
            (true, false) => Some((one, other)),
            (false, true) => Some((other, one)),
            _ => None,
        };
        match exact {
            // An export cuts the seconds off: it says the very minute of the instant.
            Some((exact, export)) => {
                let from = minute(exact.activity_at - SECONDS);
                let to = minute(exact.activity_at + SECONDS);
                let own = minute(export.activity_at);
                own == minute(exact.activity_at) || (pass > 0 && (from..=to).contains(&own))
            }
            None if pass == 0 => minute(one.activity_at) == minute(other.activity_at),
            None => away <= near(),
        }
    }

    /// By their files or their words within a minute. Words count only where both tell: the last
    /// "ok" of an older export is none of those that a newer one begins with.
    fn near(&self, items: &[Item<'s>], found: &mut [Option<usize>], taken: &mut HashSet<usize>) {
        let times = || items.iter().map(|item| item.activity_at);
        let (Some(begin), Some(last)) = (times().min(), times().max()) else {
            return;
        };
        // Another platform may have written no seconds.
        let from = begin - TimeDelta::seconds(begin.timestamp().rem_euclid(60)) - SECONDS;
        let mut known = Evidence::default();
        let mut end = DateTime::<Utc>::MIN_UTC;
        for (place, item) in self.known() {
            // One that writes no seconds may mean any of its minute.
            let rest = if self.has_seconds(item) { 0 } else { 59 };
            end = end.max(item.activity_at + TimeDelta::seconds(rest));
            let within = item.activity_at >= begin - near() && item.activity_at <= last + near();
            if taken.contains(&place) || !within {
                continue;
            }
            known.add(place, item, self.media(item), item.activity_at >= from);
        }
        known.sort();
        for pass in 0..2 {
            for (item, found) in items.iter().zip(found.iter_mut()) {
                if found.is_some() {
                    continue;
                }
                let is_late = item.activity_at > end + SECONDS;
                let rank = |place: usize| {
                    let other = self.slots[place].as_ref()?;
                    let away = (other.activity_at - item.activity_at).abs();
                    let likeness = self.likeness(item, other)?;
                    let named = u8::from(!bears_one_name(item, other));
                    self.fits(pass, item, other)
                        .then_some((named, likeness, away, place))
                };
                let fitting = known.like(item, self.media(item), is_late, |place| {
                    // A database and a text export of one chat: their files have no sums in
                    // common, and often no names.
                    let other = self.slots[place].as_ref();
                    other.is_some_and(|other| other.is_exact() != item.is_exact())
                });
                let best = fitting
                    .into_iter()
                    .filter(|place| !taken.contains(place))
                    .filter_map(rank)
                    .min();
                *found = best.map(|(.., place)| place);
                taken.extend(*found);
            }
        }
    }

    /// By their places between neighbours. Returns the places of `items` of which nobody can tell
    /// whether they are known.
    fn marked(&self, items: &[Item<'s>], found: &mut [Option<usize>]) -> HashSet<usize> {
        let is_marked = |item: &Item<'_>| {
            item.message.sender.is_some()
                && (item.message.edited || is_file(item) || item.message.kind == Kind::Deleted)
        };
        let is_told = |item: &Item<'_>| {
            item.message.sender.is_some()
                && markers::is_told_differently(item.message.kind, item.message.text.as_ref())
        };
        let is_changed = |item: &Item<'_>| item.edited || item.message.kind == Kind::Deleted;
        // A database may have by now as edited or deleted what an export of before has as it was.
        let changed = self
            .known()
            .any(|(_, item)| item.is_exact() && is_changed(item));
        let why = |item: &Item<'_>| {
            let is_said = item.message.sender.is_some();
            if is_marked(item) {
                Some(Open::Marked)
            } else if is_told(item) {
                Some(Open::Kind)
            } else {
                (changed && is_said && !item.is_exact()).then_some(Open::Plain)
            }
        };
        let is_open =
            |(item, found): (&Item<'s>, &Option<usize>)| found.is_none() && why(item).is_some();
        let alike = |item: &Item<'_>| Some(markers::told_alike(item.message.kind, &caption(item)));
        if !items.iter().zip(found.iter()).any(is_open) {
            return HashSet::new();
        }
        let (places, known): (Vec<usize>, Vec<markers::Known<'_>>) = self
            .known()
            .filter(|(_, item)| item.message.sender.is_some())
            .map(|(place, item)| {
                let media = self.media(item);
                let known = markers::Known {
                    id: &item.external_id,
                    at: item.activity_at.timestamp_millis(),
                    outgoing: Some(item.direction == Direction::Outgoing),
                    is_file: Some(is_file(item)),
                    has_files: media.is_some(),
                    media,
                    native: ids::is_native(&item.external_id),
                    is_changed: item.is_exact() && is_changed(item),
                    alike: alike(item),
                };
                (place, known)
            })
            .unzip();
        let told: Vec<Marked<'_>> = (items.iter().zip(found.iter()))
            .map(|(item, found)| {
                let record = found.and_then(|known| self.slots[known].as_ref());
                Marked {
                    at: item.activity_at.timestamp_millis(),
                    outgoing: item.direction == Direction::Outgoing,
                    is_file: is_file(item),
                    is_deleted: item.message.kind == Kind::Deleted,
                    media: self.media(item),
                    record: record.map(|record| record.external_id.as_str()),
                    open: why(item).filter(|_| found.is_none()),
                    native: ids::is_native(&item.external_id),
                    alike: alike(item).filter(|_| why(item) == Some(Open::Kind)),
                }
            })
            .collect();
        let outcome = markers::pair(&told, &known);
        for (item, known) in outcome.pairs {
            found[item] = Some(places[known]);
        }
        outcome.undecided.into_iter().collect()
    }

    fn known(&self) -> impl Iterator<Item = (usize, &Item<'s>)> {
        let each = self.slots.iter().enumerate();
        each.filter_map(|(place, item)| Some((place, item.as_ref()?)))
    }

    /// What its files are known by; `None` where its archive has not all of them.
    fn media(&self, item: &Item<'_>) -> Option<Key> {
        if !item.has_bytes {
            return None;
        }
        let source = self.archives.get(item.archive as usize)?.source;
        let mut hasher = blake3::Hasher::new();
        for attachment in item.message.attachments() {
            let (size, crc) = message::size_and_crc(attachment, source)?;
            hasher.update(&size.to_le_bytes());
            hasher.update(&crc?.to_le_bytes());
        }
        let mut key = Key::default();
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Some(key)
    }
}

/// What the participants of the archives are called, each spelling a number, made once: pairs of
/// messages are looked at by the hundred thousand, and a group may have a thousand people.
struct Names {
    /// By archive, then by participant.
    by_participant: Vec<Vec<usize>>,
    /// Archive and name, of all who are there.
    borne: HashSet<(usize, usize)>,
}

impl Names {
    fn new(archives: &[Resolved<'_>]) -> Self {
        let mut numbers = HashMap::new();
        let mut borne = HashSet::new();
        let by_participant = (archives.iter().enumerate())
            .map(|(archive, resolved)| {
                let all = resolved.source.chat.participants.iter();
                all.map(|participant| {
                    let next = numbers.len();
                    let key = name_key(&participant.name);
                    let name = *numbers.entry(key).or_insert(next);
                    borne.insert((archive, name));
                    name
                })
                .collect()
            })
            .collect();
        Names {
            by_participant,
            borne,
        }
    }

    /// The name of whoever says it.
    fn of(&self, item: &Item<'_>) -> Option<usize> {
        let (archive, number) = item.said_by?;
        let names = self.by_participant.get(archive as usize)?;
        names.get(number as usize).copied()
    }

    /// Whether anybody of an archive is called so.
    fn bears(&self, archive: u32, name: usize) -> bool {
        self.borne.contains(&(archive as usize, name))
    }
}

/// Places of messages in order of time.
type Timed = Vec<(DateTime<Utc>, usize)>;

/// What known messages are found by. Of one short word there may be tens of thousands, so only
/// those near in time are looked at.
#[derive(Default)]
struct Evidence {
    by_media: HashMap<(Direction, Key), Timed>,
    by_words: HashMap<(Direction, String), Timed>,
    by_caption: HashMap<(Direction, String), Timed>,
}

impl Evidence {
    /// Adds a known message; its words only where both archives tell of its time.
    fn add(&mut self, place: usize, item: &Item<'_>, media: Option<Key>, is_shared: bool) {
        let (side, timed) = (item.direction, (item.activity_at, place));
        if is_file(item) {
            let places = self.by_caption.entry((side, caption(item))).or_default();
            places.push(timed);
        }
        if let Some(media) = media {
            self.by_media.entry((side, media)).or_default().push(timed);
        } else if let Some(words) = words(item).filter(|_| is_shared) {
            self.by_words.entry((side, words)).or_default().push(timed);
        }
    }

    /// Everything is added.
    fn sort(&mut self) {
        let words = self
            .by_words
            .values_mut()
            .chain(self.by_caption.values_mut());
        for places in words.chain(self.by_media.values_mut()) {
            places.sort_unstable();
        }
    }

    /// The places of those near that say the same. Captions count only for those that
    /// `is_other_kind` takes.
    fn like(
        &self,
        item: &Item<'_>,
        media: Option<Key>,
        is_late: bool,
        is_other_kind: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let side = item.direction;
        let places = match media {
            Some(media) => self.by_media.get(&(side, media)),
            None if is_late => None,
            None => words(item).and_then(|words| self.by_words.get(&(side, words))),
        };
        let captioned = (is_file(item) && places.is_none())
            .then(|| self.by_caption.get(&(side, caption(item))))
            .flatten();
        let captioned = captioned
            .into_iter()
            .flat_map(|places| around(places, item));
        let places = places.into_iter().flat_map(|places| around(places, item));
        places
            .chain(captioned.filter(|place| is_other_kind(*place)))
            .collect()
    }
}

/// Those within two minutes of a message.
fn around<'t>(places: &'t Timed, item: &Item<'_>) -> impl Iterator<Item = usize> + 't {
    let (from, to) = (item.activity_at - near() * 2, item.activity_at + near() * 2);
    let first = places.partition_point(|(at, _)| *at < from);
    let near = places[first..].iter().take_while(move |(at, _)| *at <= to);
    near.map(|(_, place)| *place)
}

/// True where both have a file of one name.
fn bears_one_name(one: &Item<'_>, other: &Item<'_>) -> bool {
    match (one.message.attachments(), other.message.attachments()) {
        ([one, ..], [other, ..]) => one.name == other.name,
        _ => false,
    }
}

/// What two archives say of one message: the newer one's state, the older one's id.
fn together<'s>(one: Item<'s>, other: Item<'s>) -> Item<'s> {
    let (mut newer, mut older) = match one.archive >= other.archive {
        true => (one, other),
        false => (other, one),
    };
    let is_native = |item: &Item<'_>| ids::is_native(&item.external_id);
    // WhatsApp's own id, where one of the two has it; of two of them the first, which one that was
    // edited knows too; else that of the older one.
    let newer_knows = newer.ids.contains(&older.external_id.as_str());
    let takes_newer = is_native(&newer) && (!is_native(&older) || newer_knows);
    let (id, lost) = match takes_newer {
        true => (newer.external_id.clone(), older.external_id.clone()),
        false => (older.external_id.clone(), newer.external_id.clone()),
    };
    let also = [older.other_ids.take(), newer.other_ids.take()];
    let mut also: Vec<String> = also
        .into_iter()
        .flatten()
        .flat_map(|ids| ids.also)
        .collect();
    also.push(lost);
    also.retain(|other| *other != id);
    also.sort_unstable();
    also.dedup();
    let is_deleted = |item: &Item<'_>| item.message.kind == Kind::Deleted;
    let mut item = if is_deleted(&newer) {
        let ids = std::mem::take(&mut older.ids);
        newer.ids.extend(ids);
        newer
    } else if is_deleted(&older) && older.is_exact() {
        // What is deleted stays so, and an archive that has it was made before.
        let ids = std::mem::take(&mut newer.ids);
        older.ids.extend(ids);
        older
    } else {
        newer.over(older)
    };
    item.external_id = id;
    item.other_ids = (!also.is_empty()).then(|| Box::new(OtherIds { also, alias: None }));
    item.is_undecided = false;
    item
}

/// How far apart two times of one message may be.
fn near() -> TimeDelta {
    TimeDelta::milliseconds(NEAR)
}

/// Stamps of one message differ by a second between exports.
const SECONDS: TimeDelta = TimeDelta::seconds(2);

fn is_file(item: &Item<'_>) -> bool {
    matches!(
        item.message.kind,
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce
    )
}

/// What is written under a file.
fn caption(item: &Item<'_>) -> String {
    canonical::text(item.text.unwrap_or(item.message.text.as_ref()))
}

/// The words of a message that somebody wrote, as they stand in its id.
fn words(item: &Item<'_>) -> Option<String> {
    let is_said =
        item.message.sender.is_some() && item.message.kind != Kind::Deleted && !is_file(item);
    is_said.then(|| canonical::body(item.message))
}
