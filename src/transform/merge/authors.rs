//! Authors of the archives of a chat, numbered across all archives, and whether two are one person.

use std::collections::{HashMap, HashSet};

use crate::matching::Person;
use crate::name::name_key;
use crate::transform::message::Item;
use crate::transform::people::Persons;
use crate::transform::resolved::Resolved;
use crate::transform::senders::Sender;

/// The authors of the archives, each with a number across all archives.
pub(super) struct Authors<'u> {
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
    pub(super) fn new(
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
    pub(super) fn number(&self, item: &Item<'_>) -> Option<u32> {
        let (archive, participant) = item.said_by.filter(|_| self.is_group)?;
        Some(self.first.get(archive as usize)? + participant)
    }

    pub(super) fn compare(&self, one: u32, other: u32) -> Person {
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
