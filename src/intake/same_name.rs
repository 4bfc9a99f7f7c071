//! Archives of one name that contain different conversations: two contacts with the same name.
//!
//! Belongs here: numbering the chats of one name on one device (`NAME`, `NAME #2`), in the order
//! of their first messages. Never here: where the chats are posted, and how conversations are compared
//! ([`crate::matching::overlap`]).

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::Opened;
use crate::canonical;
use crate::chat::{Chat, Kind, Message};
use crate::matching::overlap::{Overlap, Texts, overlap};
use crate::matching::{Class, Observation, Precision, Timeline};

/// The texts of a chat at their local times, as [`crate::matching::overlap`] compares them.
pub fn texts_of(chat: &Chat<'_>) -> Texts {
    let observations = chat.messages.iter().map(local).collect();
    Texts::of(&Timeline {
        observations,
        ..Timeline::default()
    })
}

/// The observation of a message at its local time; the zone is not known here.
fn local(message: &Message<'_>) -> Observation {
    let class = match message.kind {
        _ if message.sender.is_none() => Class::Notice,
        Kind::Text => Class::Text,
        _ => Class::Other,
    };
    Observation {
        class: Some(class),
        body: (class == Class::Text).then(|| canonical::key(&canonical::body(message))),
        ..Observation::of_instant(
            message.local_time.and_utc().timestamp_millis(),
            Precision::Minute,
        )
    }
}

/// The number of each archive among those of its name, from 1; `None` if all of them contain one chat, as
/// far as can be determined. `texts` returns the texts of an archive, where it can be read.
pub(super) fn numbers(
    opened: &[Opened],
    has_messages: impl Fn(usize) -> bool,
    texts: impl Fn(usize) -> Option<Texts> + Sync,
    device: impl Fn(usize) -> usize,
) -> Vec<Option<u32>> {
    let mut numbers = vec![None; opened.len()];
    let mut by_name: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (place, archive) in opened.iter().enumerate() {
        if has_messages(place) {
            let name = (device(place), archive.name.chat.as_str());
            by_name.entry(name).or_default().push(place);
        }
    }
    for places in by_name.into_values().filter(|places| places.len() > 1) {
        let texts: Vec<(usize, Texts)> = (places.into_par_iter())
            .filter_map(|place| Some((place, texts(place)?)))
            .collect();
        let (places, texts): (Vec<usize>, Vec<Texts>) = texts.into_iter().unzip();
        for (place, number) in places.into_iter().zip(number(&texts)) {
            numbers[place] = number;
        }
    }
    numbers
}

/// The number of each of the archives of one name.
fn number(texts: &[Texts]) -> Vec<Option<u32>> {
    let mut of: Vec<usize> = (0..texts.len()).collect();
    let mut contradict = false;
    for one in 0..texts.len() {
        for other in 0..one {
            match overlap(&texts[one], &texts[other]) {
                Overlap::Same { .. } => {
                    let (from, to) = (of[one], of[other]);
                    for chat in &mut of {
                        if *chat == from {
                            *chat = to;
                        }
                    }
                }
                Overlap::Different => contradict = true,
                Overlap::Inconclusive => {}
            }
        }
    }
    let distinct: HashSet<usize> = of.iter().copied().collect();
    if !contradict || distinct.len() < 2 {
        return vec![None; texts.len()];
    }
    let mut first: Vec<(i64, usize)> = (distinct.into_iter())
        .map(|chat| {
            let of_chat = (0..texts.len()).filter(|place| of[*place] == chat);
            let begin = of_chat.map(|place| texts[place].begin()).min();
            (begin.unwrap_or_default(), chat)
        })
        .collect();
    first.sort_unstable();
    let number = |chat: &usize| first.iter().position(|(_, known)| known == chat);
    (of.iter())
        .map(|chat| number(chat).and_then(|at| u32::try_from(at + 1).ok()))
        .collect()
}
