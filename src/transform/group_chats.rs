//! Assigns archives of groups to chats.
//!
//! Concerns a group whose subject changed, whose archives are one chat under two names, and two groups of
//! one subject on two devices. Never here: two groups of one subject on one device, which have names of
//! their own ([`crate::intake`]), and a group with a `chat_key`, which the table decides.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::people::timeline;
use super::resolved::Resolved;
use crate::chat::{Chat, Kind};
use crate::ids::{ContactId, LeadId};
use crate::matching::overlap::{Common, Overlap, Texts, common, overlap};
use crate::matching::people::align;
use crate::matching::sequence::Key;
use crate::matching::tolerance::{MINUTE, TEXTS};
use crate::matching::{Person, Timeline};
use crate::name::name_key;
use crate::people::contacts::Contacts;

/// A text that more than this number of groups have is no evidence that two of them are one.
const MAX_GROUPS: usize = 8;

/// Gives archives of one group one key, and those of two groups two keys.
pub(super) fn settle(all: &mut [Resolved<'_>], contacts: &Contacts) {
    let mut units = units(all, contacts);
    if units.len() < 2 {
        return;
    }
    split(&mut units);
    join(&mut units);
    for unit in units {
        for index in unit.indexes {
            if let Some(numbers) = &mut all[index].numbers {
                numbers.group = Some(unit.key.clone());
            }
        }
    }
}

/// The archives of one device and one subject or `chat_key`.
struct Unit {
    indexes: Vec<usize>,
    device: String,
    key: String,
    /// Whether the key is a `chat_key`.
    is_explicit: bool,
    /// Number, lead and contact of its anchor.
    anchor: (String, Option<(LeadId, ContactId)>),
    /// The keys of the subjects.
    subjects: BTreeSet<String>,
    /// The messages, each author as a number of the unit.
    timeline: Timeline,
    texts: Texts,
    /// The number of authors.
    authors: usize,
    /// The last instant, in Unix milliseconds.
    end: i64,
    /// Notices.
    notices: Vec<String>,
}

/// Hashes of the texts of a chat, each with its minute: cheap enough for every group of a run.
pub(super) fn texts_by_minute(chat: &Chat<'_>) -> impl Iterator<Item = u64> {
    (chat.messages.iter())
        .filter(|message| message.kind == Kind::Text && message.sender.is_some())
        .map(|message| {
            let mut hasher = DefaultHasher::new();
            let minute = message.local_time.and_utc().timestamp().div_euclid(60);
            (minute, message.text.trim()).hash(&mut hasher);
            hasher.finish()
        })
}

/// The archives of one device and key.
type ArchivesOfUnit<'r> = ((&'r str, &'r str), Vec<usize>);

/// Keeps the units that may be one group with another: of one key, of one anchor, or with texts in common
/// on one device.
fn may_be_one<'r>(all: &[Resolved<'_>], units: Vec<ArchivesOfUnit<'r>>) -> Vec<ArchivesOfUnit<'r>> {
    let mut texts: Vec<(&str, u64, usize)> = Vec::new();
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    let mut anchors: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let anchor = |indexes: &[usize]| {
        let numbers = indexes
            .first()
            .and_then(|index| all[*index].numbers.as_ref());
        numbers.map(|numbers| numbers.other.e164())
    };
    for (unit, ((key, device), indexes)) in units.iter().enumerate() {
        *keys.entry(key).or_default() += 1;
        *anchors.entry(anchor(indexes)).or_default() += 1;
        for index in indexes {
            let hashes = texts_by_minute(all[*index].source.chat);
            texts.extend(hashes.map(|hash| (*device, hash, unit)));
        }
    }
    texts.sort_unstable();
    texts.dedup();
    let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
    for run in texts.chunk_by(|(device, hash, _), other| (device, hash) == (&other.0, &other.1)) {
        for (_, _, unit) in run.iter().filter(|_| run.len() > 1) {
            *shared.entry(*unit).or_default() += 1;
        }
    }
    (units.into_iter().enumerate())
        .filter(|(unit, ((key, _), indexes))| {
            keys[key] > 1
                || anchors[&anchor(indexes)] > 1
                || shared.get(unit).is_some_and(|count| *count > 1)
        })
        .map(|(_, unit)| unit)
        .collect()
}

fn units(all: &[Resolved<'_>], contacts: &Contacts) -> Vec<Unit> {
    let mut indexes: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, resolved) in all.iter().enumerate() {
        let key = resolved.numbers.as_ref().and_then(|n| n.group.as_deref());
        if let Some(key) = key {
            let device = resolved.source.device.name.as_str();
            indexes.entry((key, device)).or_default().push(index);
        }
    }
    if indexes.len() < 2 {
        return Vec::new();
    }
    let indexes = may_be_one(all, indexes.into_iter().collect());
    let unit = |((key, device), indexes): ((&str, &str), Vec<usize>)| {
        let mut authors: HashMap<String, u32> = HashMap::new();
        let mut observations = Vec::new();
        let mut subjects = BTreeSet::new();
        let mut notices = Vec::new();
        let mut is_explicit = false;
        for index in &indexes {
            let resolved = &all[*index];
            let source = resolved.source;
            is_explicit |= contacts.chat_key(device, source.name()).is_some();
            subjects.insert(name_key(source.title()));
            let own: Vec<u32> = (source.chat.participants.iter())
                .map(|participant| {
                    let next = u32::try_from(authors.len()).unwrap_or(u32::MAX);
                    *authors.entry(name_key(&participant.name)).or_insert(next)
                })
                .collect();
            observations.extend(timeline(resolved).observations.into_iter().map(
                |mut observation| {
                    let author = observation.author.and_then(|at| own.get(at as usize));
                    observation.author = author.copied();
                    observation
                },
            ));
            notices.extend(
                (source.chat.messages.iter())
                    .filter(|message| message.sender.is_none() && message.kind == Kind::System)
                    .map(|message| name_key(&message.text)),
            );
        }
        let timeline = Timeline {
            observations,
            ..Timeline::default()
        };
        let first = indexes.first().map(|index| &all[*index]);
        let anchor = first.map(|resolved| {
            let number = resolved.numbers.as_ref().map(|n| n.other.e164().to_owned());
            (number.unwrap_or_default(), resolved.destination())
        });
        Unit {
            device: device.to_owned(),
            key: key.to_owned(),
            is_explicit,
            anchor: anchor.unwrap_or_default(),
            subjects,
            texts: Texts::of(&timeline),
            authors: authors.len(),
            end: timeline.span().map_or(i64::MIN, |(_, end)| end),
            timeline,
            notices,
            indexes,
        }
    };
    indexes.into_iter().map(unit).collect()
}

/// Separates two groups of one subject on two devices: they cover the same time and share nothing. Each key
/// then includes the anchor, so that neither depends on which archives are read.
fn split(units: &mut [Unit]) {
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, unit) in units
        .iter()
        .enumerate()
        .filter(|(_, unit)| !unit.is_explicit)
    {
        by_key.entry(&unit.key).or_default().push(index);
    }
    let mut keys: Vec<(usize, String)> = Vec::new();
    for indexes in by_key.into_values().filter(|indexes| indexes.len() > 1) {
        let mut different: BTreeSet<(usize, usize)> = BTreeSet::new();
        let mut chats = Chats::new(units.len());
        let pairs = || {
            let each = indexes.iter().enumerate();
            each.flat_map(|(at, one)| indexes[at + 1..].iter().map(move |other| (*one, *other)))
        };
        for (one, other) in pairs() {
            let (own, others) = (&units[one].texts, &units[other].texts);
            match overlap(own, others) {
                Overlap::Same { .. } => chats.unite(one, other),
                Overlap::Different if common(own, others) == Common::Nothing => {
                    different.insert((one, other));
                }
                _ => {}
            }
        }
        // Exports of successive periods belong to one group.
        for (one, other) in pairs() {
            let is_between = |(a, b): &(usize, usize)| {
                let (a, b) = (chats.of(*a), chats.of(*b));
                let (one, other) = (chats.of(one), chats.of(other));
                (a, b) == (one, other) || (b, a) == (one, other)
            };
            if !different.iter().any(is_between) {
                chats.unite(one, other);
            }
        }
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in &indexes {
            parts.entry(chats.of(*index)).or_default().push(*index);
        }
        if parts.len() < 2 {
            continue;
        }
        let anchors: Vec<&str> = (parts.values())
            .map(|part| units[part[0]].anchor.0.as_str())
            .collect();
        for part in parts.values() {
            let first = &units[part[0]];
            let is_alone = anchors.iter().filter(|a| **a == first.anchor.0).count() == 1;
            let key = match is_alone {
                true => format!("{}|{}", first.key, first.anchor.0),
                false => format!("{}|{}|{}", first.key, first.anchor.0, first.device),
            };
            keys.extend(part.iter().map(|index| (*index, key.clone())));
        }
    }
    for (index, key) in keys {
        units[index].key = key;
    }
}

/// Joins the archives of a group whose subject changed: archives of one device, or with one anchor, that
/// contain the same conversation. It keeps the key of the archive that ends first, or its `chat_key`.
fn join(units: &mut [Unit]) {
    let mut chats = Chats::new(units.len());
    for (one, other) in candidates(units) {
        let (own, others) = (&units[one], &units[other]);
        let is_decided = own.is_explicit && others.is_explicit;
        let is_near = own.device == others.device || own.anchor == others.anchor;
        if own.key != others.key && !is_decided && is_near && is_one_group(own, others) {
            chats.unite(one, other);
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..units.len() {
        parts.entry(chats.of(index)).or_default().push(index);
    }
    for part in parts.into_values().filter(|part| part.len() > 1) {
        let first = part.iter().min_by_key(|index| {
            let unit = &units[**index];
            (!unit.is_explicit, unit.end, unit.key.clone())
        });
        let Some(key) = first.map(|index| units[*index].key.clone()) else {
            continue;
        };
        // The other archives with these keys are joined as well.
        let keys: BTreeSet<String> = (part.iter())
            .map(|index| units[*index].key.clone())
            .collect();
        for unit in units.iter_mut().filter(|unit| keys.contains(&unit.key)) {
            unit.key.clone_from(&key);
        }
    }
}

/// Pairs of units that share a text few groups have.
fn candidates(units: &[Unit]) -> BTreeSet<(usize, usize)> {
    let mut of_text: HashMap<Key, Vec<usize>> = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        for body in unit.timeline.observations.iter().filter_map(|o| o.body) {
            let indexes = of_text.entry(body).or_default();
            if indexes.last() != Some(&index) && indexes.len() <= MAX_GROUPS {
                indexes.push(index);
            }
        }
    }
    let mut pairs = BTreeSet::new();
    for indexes in of_text
        .into_values()
        .filter(|indexes| indexes.len() <= MAX_GROUPS)
    {
        for (at, one) in indexes.iter().enumerate() {
            pairs.extend(indexes[at + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs
}

/// Whether two archives contain the same conversation of the same people. One person may send the same
/// texts to two groups; two people do not.
fn is_one_group(one: &Unit, other: &Unit) -> bool {
    let Overlap::Same { shift, shared, of } = overlap(&one.texts, &other.texts) else {
        return false;
    };
    let is_enough = shared >= TEXTS || (shared == of && shared > 1);
    let names_other = |own: &Unit, other: &Unit| {
        let subjects = || other.subjects.iter().filter(|s| !own.subjects.contains(*s));
        (own.notices.iter()).any(|notice| subjects().any(|subject| notice.contains(subject)))
    };
    let same = || {
        let unknown = |_: u32, _: u32| Person::Unknown;
        align(&one.timeline, &other.timeline, shift * MINUTE, &unknown).len()
    };
    let is_of_one_author = one.authors.min(other.authors) < 2;
    is_enough
        && (names_other(one, other) || names_other(other, one) || (!is_of_one_author && same() > 1))
}

/// A partition of archives into chats.
struct Chats(Vec<usize>);

impl Chats {
    fn new(count: usize) -> Chats {
        Chats((0..count).collect())
    }

    fn of(&self, index: usize) -> usize {
        self.0[index]
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of(one), self.of(other));
        let (to, from) = (one.min(other), one.max(other));
        for chat in self.0.iter_mut().filter(|chat| **chat == from) {
            *chat = to;
        }
    }
}
