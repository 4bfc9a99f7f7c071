//! The union of the archives of a chat so far: pairs the messages of the next archive with it and adds them.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;

use super::authors::Authors;
use super::copies::{is_changed, note_edit, pair_of};
use crate::canonical;
use crate::chat::{Kind, Message};
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::matching::{
    Arrival, Arrived, Id, Match, Observation, Pairing, Settings, Timeline, pair, undo_crossing,
};
use crate::routing::Rule;
use crate::transform::message::Item;
use crate::transform::observe::{observation, sizes};
use crate::transform::people::Persons;
use crate::transform::resolved::Resolved;
use crate::transform::senders::Sender;
use crate::transform::trace::Pair;

/// The minimum length of WhatsApp ids; shorter ones are row numbers.
const MIN_NATIVE_ID: usize = 16;

/// The union of the archives so far.
pub(super) struct Union<'u, 's> {
    archives: &'u [Resolved<'s>],
    people: Authors<'u>,
    /// Participants who are left out by number: native archives have other names for them.
    pub(super) ignored: HashSet<(u32, u32)>,
    pub(super) list: Vec<Item<'s>>,
    /// Indexes of messages by WhatsApp id: one archive may contain a message twice. A shared id is one of its archive.
    by_native: HashMap<(&'s str, Option<u32>), usize>,
    /// WhatsApp ids that an archive has for several messages: they identify none.
    pub(super) shared: HashSet<&'s str>,
    /// Pairs of copies, if messages are traced.
    pub(super) copies: Option<Vec<Pair>>,
}

impl<'u, 's> Union<'u, 's> {
    pub(super) fn new(
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
    pub(super) fn pair(&self, items: &[Item<'s>]) -> Pairing {
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

    /// The zone in which the times of all these messages were read.
    fn zone_of(&self, items: &[Item<'s>]) -> Option<Tz> {
        let zone = |item: &Item<'s>| {
            let archive = self.archives.get(item.archive as usize)?;
            Some(archive.source.device.timezone)
        };
        let first = zone(items.first()?);
        first.filter(|_| items.iter().all(|item| zone(item) == first))
    }

    fn timeline(&self, items: &[Item<'s>]) -> Timeline {
        let mut timeline = Timeline {
            zone: self.zone_of(items),
            ..Timeline::default()
        };
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
    pub(super) fn add(&mut self, items: Vec<Item<'s>>, pairing: &Pairing) -> u32 {
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

/// The WhatsApp ids that an archive has for several messages.
fn shared_ids<'s>(archives: &[Resolved<'s>]) -> HashSet<&'s str> {
    let messages = archives
        .iter()
        .flat_map(|archive| &archive.source.chat.messages);
    messages.filter_map(Message::shared_id).collect()
}

/// Those of `all`, which are in order of time, within the tolerance of `item`.
fn near<'a>(item: &Item<'_>, all: &'a [(i64, u32)]) -> impl Iterator<Item = &'a (i64, u32)> {
    let at = item.activity_at.timestamp_millis();
    let first = all.partition_point(|(time, _)| *time < at - MAX_DIFFERENCE - MINUTE);
    (all[first..].iter()).take_while(move |(time, _)| *time <= at + MAX_DIFFERENCE + MINUTE)
}

/// The position of an item in its archive.
fn arrival(items: &[Item<'_>], index: u32) -> Option<Arrival> {
    items.get(index as usize).map(|item| Arrival {
        archive: item.archive,
        line: item.message.line,
    })
}
