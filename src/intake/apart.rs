//! Archives of one name that are of different chats: two contacts who are called the same.
//!
//! Exports say nothing but a name. Where two of one device and one name tell of the same time and
//! have no message in common, they are two chats; they are called `NAME` and `NAME #2` from then
//! on, in the order of their first messages. Pure; it decides nothing about where they go.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;

use chrono::NaiveDateTime;

use super::Opened;
use crate::chat::{Chat, Kind};

/// So many messages of each have to lie in the time that both tell of: one or two may have been
/// edited, or deleted.
const SAID: usize = 3;

/// So many different texts in common make one chat of two archives whose times do not agree: one
/// of them may have been made in another zone.
const TEXTS: usize = 3;

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

/// What an archive tells, as far as it matters here.
struct Told {
    begin: NaiveDateTime,
    end: NaiveDateTime,
    /// Minute and hash of each text.
    said: Vec<(i64, u64)>,
    texts: HashSet<u64>,
    minutes: HashSet<(i64, u64)>,
}

/// How two archives of one name are to each other.
enum With {
    /// They have a message in common.
    Same,
    /// They tell of one time, and have none in common.
    Other,
    /// They tell of different times.
    Unknown,
}

impl Told {
    fn of(chat: &Chat<'_>, hasher: &RandomState) -> Told {
        let times = || chat.messages.iter().map(|message| message.local_time);
        let said: Vec<(i64, u64)> = (chat.messages.iter())
            .filter(|message| message.sender.is_some() && message.kind == Kind::Text)
            .map(|message| {
                let minute = message.local_time.and_utc().timestamp().div_euclid(60);
                (minute, hasher.hash_one(message.text.trim()))
            })
            .collect();
        Told {
            begin: times().min().unwrap_or_default(),
            end: times().max().unwrap_or_default(),
            texts: said.iter().map(|(_, text)| *text).collect(),
            minutes: said.iter().copied().collect(),
            said,
        }
    }

    fn with(&self, other: &Told) -> With {
        // A stamp may have moved into the next minute.
        let is_there = |(minute, text): &(i64, u64)| {
            (minute - 1..=minute + 1).any(|minute| other.minutes.contains(&(minute, *text)))
        };
        if self.said.iter().any(is_there) || self.texts.intersection(&other.texts).count() >= TEXTS
        {
            return With::Same;
        }
        let (begin, end) = (self.begin.max(other.begin), self.end.min(other.end));
        let within = |told: &Told| {
            let span = begin.and_utc().timestamp().div_euclid(60)
                ..=end.and_utc().timestamp().div_euclid(60);
            told.said
                .iter()
                .filter(|(minute, _)| span.contains(minute))
                .count()
        };
        if begin <= end && within(self) >= SAID && within(other) >= SAID {
            With::Other
        } else {
            With::Unknown
        }
    }
}
