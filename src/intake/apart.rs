//! Archives of one name that are of different chats: two contacts who are called the same.
//!
//! Exports say nothing but a name. Where two of one device and one name tell of the same time and
//! hardly share a message, they are two chats (an "ok" in the same minute is said in every chat);
//! they are called `NAME` and `NAME #2` from then
//! on, in the order of their first messages. Pure; it decides nothing about where they go.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;

use chrono::NaiveDateTime;

use super::Opened;
use crate::chat::{Chat, Kind};

/// So many messages of each have to lie in the time that both tell of: one or two may have been
/// edited, or deleted.
const SAID: usize = 3;

/// So many different texts, all later by one time, make one chat of two archives whose times do not
/// agree: one of them may have been made in another zone.
const TEXTS: usize = 3;

/// A text that is said more often than this tells nothing about zones.
const OFTEN: usize = 4;

/// Zones differ by quarters of an hour, in minutes, and by 26 hours at most.
const QUARTER: i64 = 15;
const FAR: i64 = 26 * 60;

/// What two archives of different names have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// A text, at one time or at one difference of zones: one name may be the older one.
    Something,
    /// Nothing of the time that both tell of: neither a text nor, where there is little to compare,
    /// a stamp, which an edited text keeps.
    Nothing,
    /// They tell of different times, or too little.
    Unknown,
}

/// True where two archives, whatever they are called, have half of what both tell in common: one of
/// them knows the other side under another name.
pub fn is_one_chat(one: &Chat<'_>, other: &Chat<'_>) -> bool {
    let hasher = RandomState::new();
    let (told, others) = (Told::of(one, &hasher), Told::of(other, &hasher));
    matches!(told.with(&others), With::Same)
}

/// What two archives have in common, whatever they are called.
pub fn common(one: &Chat<'_>, other: &Chat<'_>) -> Common {
    let hasher = RandomState::new();
    let (told, others) = (Told::of(one, &hasher), Told::of(other, &hasher));
    match told.common(&others) {
        (Common::Nothing, little) if little && is_stamp_shared(one, other) => Common::Unknown,
        (common, _) => common,
    }
}

/// True where somebody says something in both within the same minute, or the next.
fn is_stamp_shared(one: &Chat<'_>, other: &Chat<'_>) -> bool {
    is_near(&minutes(one), &minutes(other))
}

/// The minutes in which somebody says or sends something.
fn minutes(chat: &Chat<'_>) -> HashSet<i64> {
    let said = chat.messages.iter().filter(|m| m.sender.is_some());
    said.map(|m| m.local_time.and_utc().timestamp().div_euclid(60))
        .collect()
}

/// True where one minute is in both, or the next.
fn is_near(mine: &HashSet<i64>, its: &HashSet<i64>) -> bool {
    let (few, many) = match mine.len() <= its.len() {
        true => (mine, its),
        false => (its, mine),
    };
    few.iter()
        .any(|minute| (minute - 1..=minute + 1).any(|near| many.contains(&near)))
}

/// The number of each archive among those of its name, from 1; `None` where the name is of one
/// chat, as far as the archives tell.
pub(super) fn numbers(
    opened: &[Opened],
    chats: &[Option<&Chat<'_>>],
    device: impl Fn(usize) -> usize,
) -> Vec<Option<u32>> {
    let mut numbers = vec![None; opened.len()];
    let mut by_name: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (place, (archive, chat)) in opened.iter().zip(chats).enumerate() {
        if chat.is_some_and(|chat| !chat.messages.is_empty()) {
            let name = (device(place), archive.name.chat.as_str());
            by_name.entry(name).or_default().push(place);
        }
    }
    let hasher = RandomState::new();
    for places in by_name.into_values().filter(|places| places.len() > 1) {
        let told: Vec<Told> = (places.iter())
            .filter_map(|place| chats[*place])
            .map(|chat| Told::of(chat, &hasher))
            .collect();
        for (place, number) in places.into_iter().zip(apart(&told)) {
            numbers[place] = number;
        }
    }
    numbers
}

/// The same for the archives of one name.
fn apart(told: &[Told]) -> Vec<Option<u32>> {
    let mut of: Vec<usize> = (0..told.len()).collect();
    let mut contradict = false;
    for one in 0..told.len() {
        for other in 0..one {
            match told[one].with(&told[other]) {
                With::Same => {
                    let (from, to) = (of[one], of[other]);
                    for chat in &mut of {
                        if *chat == from {
                            *chat = to;
                        }
                    }
                }
                With::Other => contradict = true,
                With::Unknown => {}
            }
        }
    }
    let distinct: HashSet<usize> = of.iter().copied().collect();
    if !contradict || distinct.len() < 2 {
        return vec![None; told.len()];
    }
    let mut first: Vec<(NaiveDateTime, usize)> = (distinct.into_iter())
        .map(|chat| {
            let of_chat = (0..told.len()).filter(|place| of[*place] == chat);
            let begin = of_chat.map(|place| told[place].begin).min();
            (begin.unwrap_or_default(), chat)
        })
        .collect();
    first.sort_unstable();
    let number = |chat: &usize| first.iter().position(|(_, known)| known == chat);
    (of.iter())
        .map(|chat| number(chat).and_then(|at| u32::try_from(at + 1).ok()))
        .collect()
}

/// Minute and hash of texts.
type Said = Vec<(i64, u64)>;

/// What an archive tells, as far as it matters here.
struct Told {
    begin: NaiveDateTime,
    end: NaiveDateTime,
    said: Said,
    /// The minutes of each text.
    texts: HashMap<u64, Vec<i64>>,
    /// The minutes of everything that somebody said or sent.
    minutes: HashSet<i64>,
}

/// How two archives of one name are to each other.
enum With {
    /// They have half of what both tell in common.
    Same,
    /// They tell of one time, and have next to nothing in common.
    Other,
    /// They tell of different times.
    Unknown,
}

impl Told {
    fn of(chat: &Chat<'_>, hasher: &RandomState) -> Told {
        let times = || chat.messages.iter().map(|message| message.local_time);
        let said: Said = (chat.messages.iter())
            .filter(|message| message.sender.is_some() && message.kind == Kind::Text)
            .map(|message| {
                let minute = message.local_time.and_utc().timestamp().div_euclid(60);
                (minute, hasher.hash_one(message.text.trim()))
            })
            .collect();
        Told {
            begin: times().min().unwrap_or_default(),
            end: times().max().unwrap_or_default(),
            texts: (said.iter()).fold(HashMap::new(), |mut texts, (minute, text)| {
                texts.entry(*text).or_insert_with(Vec::new).push(*minute);
                texts
            }),
            said,
            minutes: minutes(chat),
        }
    }

    fn with(&self, other: &Told) -> With {
        let (mine, its) = self.both(other, 0);
        let smaller = mine.len().min(its.len());
        let shared = self.shared(&mine, other, 0).len();
        if shared > 0 && shared * 2 >= smaller {
            return With::Same;
        }
        if let Some(later) = self.later(other) {
            let (mine, its) = self.both(other, later);
            let shared = self.shared(&mine, other, later);
            let texts: HashSet<u64> = shared.iter().copied().collect();
            if texts.len() >= TEXTS && shared.len() * 2 >= mine.len().min(its.len()) {
                return With::Same;
            }
        }
        if smaller >= SAID {
            return With::Other;
        }
        // Of little, not even a stamp, which an edited text keeps: what one has of that time the other
        // would have too.
        let is_little_but_telling = smaller >= 1 || mine.len().max(its.len()) >= SAID;
        let may_be_moved = || {
            (self.later(other)).is_some_and(|later| {
                let (mine, _) = self.both(other, later);
                !self.shared(&mine, other, later).is_empty()
            })
        };
        let is_other = shared == 0
            && is_little_but_telling
            && !is_near(&self.minutes, &other.minutes)
            && !may_be_moved();
        match is_other {
            true => With::Other,
            false => With::Unknown,
        }
    }

    /// What both say in the time that both tell of has in common, and whether that is little.
    fn common(&self, other: &Told) -> (Common, bool) {
        let is_shared = |later: i64| {
            let (mine, _) = self.both(other, later);
            !self.shared(&mine, other, later).is_empty()
        };
        let (mine, its) = self.both(other, 0);
        let common = if is_shared(0) || self.later(other).is_some_and(is_shared) {
            Common::Something
        } else if mine.is_empty() || its.is_empty() {
            Common::Unknown
        } else {
            Common::Nothing
        };
        (common, mine.len().min(its.len()) < SAID)
    }

    /// What of both is said in the time that both tell of, if `self` is so many minutes later.
    fn both(&self, other: &Told, later: i64) -> (Said, Said) {
        let minute = |time: NaiveDateTime| time.and_utc().timestamp().div_euclid(60);
        let begin = minute(self.begin).max(minute(other.begin) + later);
        let end = minute(self.end).min(minute(other.end) + later);
        let within = |told: &Told, later: i64| {
            (told.said.iter().copied())
                .filter(|(minute, _)| (begin..=end).contains(&(minute + later)))
                .collect()
        };
        (within(self, 0), within(other, later))
    }

    /// The texts of `mine` that `other` has, so many minutes earlier; a stamp may have moved into
    /// the next minute.
    fn shared(&self, mine: &[(i64, u64)], other: &Told, later: i64) -> Vec<u64> {
        let is_there = |minute: i64, text: &u64| {
            let said = other.texts.get(text).map_or(&[][..], Vec::as_slice);
            said.iter().any(|then| (then + later - minute).abs() <= 1)
        };
        (mine.iter())
            .filter(|(minute, text)| is_there(*minute, text))
            .map(|(_, text)| *text)
            .collect()
    }

    /// By how many minutes most of what is seldom said is later here than there, as zones differ.
    fn later(&self, other: &Told) -> Option<i64> {
        let mut votes: BTreeMap<i64, usize> = BTreeMap::new();
        for (text, minutes) in &self.texts {
            let Some(then) = other.texts.get(text) else {
                continue;
            };
            if minutes.len() > OFTEN || then.len() > OFTEN {
                continue;
            }
            let mut quarters: Vec<i64> = (minutes.iter())
                .flat_map(|minute| then.iter().map(move |then| minute - then))
                .filter(|later| later.abs() <= FAR)
                .filter(|later| (later + 1).rem_euclid(QUARTER) <= 2)
                .map(|later| (later + 1).div_euclid(QUARTER) * QUARTER)
                .collect();
            quarters.sort_unstable();
            quarters.dedup();
            for later in quarters {
                *votes.entry(later).or_default() += 1;
            }
        }
        let most = votes
            .into_iter()
            .max_by_key(|(later, votes)| (*votes, -later.abs()));
        most.map(|(later, _)| later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(said: &[(i64, &str)]) -> Told {
        let hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
        let time = |minute: i64| {
            let time = chrono::DateTime::from_timestamp(minute * 60, 0).unwrap();
            time.naive_utc()
        };
        let mut texts: HashMap<u64, Vec<i64>> = HashMap::new();
        let said: Vec<(i64, u64)> = (said.iter())
            .map(|(minute, text)| (*minute, hasher.hash_one(text)))
            .collect();
        for (minute, text) in &said {
            texts.entry(*text).or_default().push(*minute);
        }
        Told {
            begin: time(said.iter().map(|(minute, _)| *minute).min().unwrap()),
            end: time(said.iter().map(|(minute, _)| *minute).max().unwrap()),
            minutes: said.iter().map(|(minute, _)| *minute).collect(),
            said,
            texts,
        }
    }

    /// Two customers of one name: what every chat says does not make them one.
    #[test]
    fn small_words_are_said_in_every_chat() {
        let one = told(&[
            (0, "ok"),
            (3, "danke"),
            (100, "lunch?"),
            (200, "thumbs"),
            (300, "no"),
            (400, "bye"),
        ]);
        let other = told(&[
            (0, "ok"),
            (90, "danke"),
            (110, "dinner?"),
            (250, "thumbs"),
            (320, "yes"),
            (390, "so"),
        ]);
        assert!(matches!(one.with(&other), With::Other));
        assert!(matches!(other.with(&one), With::Other));
    }

    #[test]
    fn half_of_what_both_tell_makes_one_chat() {
        let one = told(&[(0, "a"), (10, "b"), (20, "c"), (30, "d"), (40, "e")]);
        // One edited, one deleted, one a minute later.
        let other = told(&[(10, "b"), (21, "c"), (30, "edited"), (40, "e"), (50, "f")]);
        assert!(matches!(one.with(&other), With::Same));
        // Another zone.
        let abroad = told(&[(310, "b"), (320, "c"), (331, "d"), (340, "e"), (350, "f")]);
        assert!(matches!(abroad.with(&one), With::Same));
        assert!(matches!(one.with(&abroad), With::Same));
    }

    /// Two names with one number: two people only where not one word is the same.
    #[test]
    fn one_text_in_common_is_enough_for_one_person() {
        let one = told(&[(0, "a"), (10, "b"), (20, "c"), (30, "d")]);
        for (other, common, is_little) in [
            (
                &[(0, "x"), (15, "y"), (30, "z")][..],
                Common::Nothing,
                false,
            ),
            (&[(5, "x"), (25, "z")], Common::Nothing, true),
            (&[(5, "x"), (10, "b"), (25, "z")], Common::Something, true),
            // Another zone.
            (
                &[(-55, "x"), (-50, "b"), (25, "z")],
                Common::Something,
                true,
            ),
            // Of another time.
            (&[(100, "x"), (110, "y")], Common::Unknown, true),
        ] {
            assert_eq!(one.common(&told(other)), (common, is_little), "{other:?}");
        }
    }

    #[test]
    fn of_little_a_stamp_tells() {
        let one = told(&[(0, "a"), (10, "b")]);
        // Each lacks what the other has of the time that both tell of.
        for other in [&[(5, "x"), (20, "y")][..], &[(3, "x"), (5, "z"), (7, "y")]] {
            assert!(matches!(one.with(&told(other)), With::Other), "{other:?}");
            assert!(matches!(told(other).with(&one), With::Other), "{other:?}");
        }
        // One may have been edited; they may be of other times, or of another zone.
        for other in [
            &[(10, "x"), (20, "y")][..],
            &[(100, "x"), (120, "y")],
            &[(-60, "a"), (5, "y")],
        ] {
            assert!(matches!(one.with(&told(other)), With::Unknown), "{other:?}");
        }
    }
}
