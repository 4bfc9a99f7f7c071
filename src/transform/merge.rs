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

use super::align::Key;
use super::canonical;
use super::desired::Direction;
use super::doubts::Doubt;
use super::markers::{self, Marked, NEAR};
use super::message::{self, Item};
use super::moved;
use super::resolve::{Numbers, Resolved, Rules};
use super::senders::{self, Sender};
use crate::chat::Kind;

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
    let mut union = Union::new(archives);
    for ((archive, resolved), missing) in (0u32..).zip(archives).zip(&missing) {
        let read = |shifts: &[TimeDelta]| {
            let senders = &senders[archive as usize];
            message::items(resolved, numbers, senders, archive, missing, shifts, rules)
        };
        let mut items = read(&[]);
        // Made while the phone was in another zone: then all of it is read as the older ones are.
        if let Some(shifts) = moved::shifts(&union.slots, &union.by_id, &items.list) {
            let last = shifts.last().map_or(0, TimeDelta::num_minutes);
            merged.doubts.push((archive, Doubt::OtherZone(last)));
            items = read(&shifts);
        }
        merged.ambiguous_times += items.ambiguous_times;
        merged.seen_again += union.add(items.list);
    }
    merged.senders = senders;
    merged.list = union.slots.into_iter().flatten().collect();
    if archives.len() > 1 {
        // Each archive keeps its own order; together only time gives one.
        merged.list.sort_by_key(|item| item.activity_at);
    }
    merged
}

/// What is known so far.
struct Union<'u, 's> {
    archives: &'u [Resolved<'s>],
    /// Each message; `None` where a newer archive has said it anew, further back in the list.
    slots: Vec<Option<Item<'s>>>,
    /// Places by external id; only where there are several archives, or native ids.
    by_id: HashMap<String, usize>,
}

impl<'u, 's> Union<'u, 's> {
    fn new(archives: &'u [Resolved<'s>]) -> Self {
        Union {
            archives,
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
        let mut found: Vec<Option<usize>> = items
            .iter()
            .map(|item| self.by_id.get(&item.external_id).copied())
            .collect();
        let mut undecided = HashSet::new();
        if !self.slots.is_empty() && found.iter().any(Option::is_none) {
            let mut taken: HashSet<usize> = found.iter().flatten().copied().collect();
            self.near(&items, &mut found, &mut taken);
            undecided = self.marked(&items, &mut found);
        }
        let mut again = 0;
        for ((place, mut item), found) in items.into_iter().enumerate().zip(found) {
            item.is_undecided = undecided.contains(&place);
            let known = match found {
                // A native id twice in one archive is found here.
                None => self.by_id.get(&item.external_id).copied(),
                found => found,
            };
            if let Some(older) = known.and_then(|known| self.slots[known].take()) {
                again += 1;
                // WhatsApp's own id, where one of the two has it; else that of the older one.
                let is_native = |item: &Item<'_>| item.message.native_id().is_some();
                let id = match is_native(&item) && !is_native(&older) {
                    true => item.external_id.clone(),
                    false => older.external_id.clone(),
                };
                item = match item.message.kind {
                    Kind::Deleted => item,
                    _ => item.over(older),
                };
                item.external_id = id;
            }
            self.by_id
                .insert(item.external_id.clone(), self.slots.len());
            self.slots.push(Some(item));
        }
        again
    }

    /// By their files or their words within a minute. Words count only where both tell: the last
    /// "ok" of an older export is none of those that a newer one begins with.
    fn near(&self, items: &[Item<'s>], found: &mut [Option<usize>], taken: &mut HashSet<usize>) {
        let times = || items.iter().map(|item| item.activity_at);
        let (Some(begin), Some(last)) = (times().min(), times().max()) else {
            return;
        };
        let near = TimeDelta::milliseconds(NEAR);
        // Another platform may have written no seconds.
        let from = begin - TimeDelta::seconds(begin.timestamp().rem_euclid(60)) - SECONDS;
        let mut by_media: HashMap<(Direction, Key), Vec<usize>> = HashMap::new();
        let mut by_words: HashMap<(Direction, String), Vec<usize>> = HashMap::new();
        let mut by_caption: HashMap<(Direction, String), Vec<usize>> = HashMap::new();
        let mut end = DateTime::<Utc>::MIN_UTC;
        for (place, item) in self.known() {
            // One that writes no seconds may mean any of its minute.
            let has_seconds = (self.archives.get(item.archive as usize))
                .is_none_or(|archive| archive.source.chat.format.seconds);
            let rest = if has_seconds { 0 } else { 59 };
            end = end.max(item.activity_at + TimeDelta::seconds(rest));
            let within = item.activity_at >= begin - near && item.activity_at <= last + near;
            if taken.contains(&place) || !within {
                continue;
            }
            if is_file(item) {
                let places = by_caption
                    .entry((item.direction, caption(item)))
                    .or_default();
                places.push(place);
            }
            if let Some(media) = self.media(item) {
                let places = by_media.entry((item.direction, media)).or_default();
                places.push(place);
            } else if let Some(words) = words(item).filter(|_| item.activity_at >= from) {
                let places = by_words.entry((item.direction, words)).or_default();
                places.push(place);
            }
        }
        for (item, found) in items.iter().zip(found.iter_mut()) {
            if found.is_some() {
                continue;
            }
            let media = self.media(item);
            let places = match media {
                Some(media) => by_media.get(&(item.direction, media)),
                None if item.activity_at > end + SECONDS => None,
                None => words(item).and_then(|words| by_words.get(&(item.direction, words))),
            };
            // A database and a text export of one chat: their files have no sums in common, and
            // often no names.
            let captioned = (is_file(item) && places.is_none())
                .then(|| by_caption.get(&(item.direction, caption(item))))
                .flatten();
            let captioned = captioned.into_iter().flatten().copied().filter(|place| {
                let known = self.slots[*place].as_ref();
                known.is_some_and(|known| is_native(known) != is_native(item))
            });
            let away = |place: usize| {
                let known = self.slots[place].as_ref();
                known.map(|known| (known.activity_at - item.activity_at).abs())
            };
            *found = (places.into_iter().flatten().copied())
                .chain(captioned)
                .filter(|place| !taken.contains(place))
                .filter(|place| away(*place).is_some_and(|away| away <= near))
                .min_by_key(|place| away(*place));
            taken.extend(*found);
        }
    }

    /// By their places between neighbours. Returns the places of `items` of which nobody can tell
    /// whether they are known.
    fn marked(&self, items: &[Item<'s>], found: &mut [Option<usize>]) -> HashSet<usize> {
        let is_marked = |item: &Item<'_>| {
            item.message.sender.is_some()
                && (item.message.edited || is_file(item) || item.message.kind == Kind::Deleted)
        };
        let is_open =
            |(item, found): (&Item<'s>, &Option<usize>)| found.is_none() && is_marked(item);
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
                    is_open: is_open((item, found)),
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

/// Stamps of one message differ by a second between exports.
const SECONDS: TimeDelta = TimeDelta::seconds(2);

fn is_file(item: &Item<'_>) -> bool {
    matches!(
        item.message.kind,
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce
    )
}

/// True for what comes from an archive that holds instants.
fn is_native(item: &Item<'_>) -> bool {
    item.message.instant().is_some()
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
