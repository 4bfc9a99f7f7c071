//! Identifies the participants of a group across its archives, whatever name a phone has for them.
//!
//! Here belongs which participants of several archives are one person, and the direction, number and name
//! that follow. Never here: a comparison of texts ([`crate::matching::people`]), and the properties of a
//! sender of one archive ([`super::senders`]).
//!
//! Names and numbers are priors; the texts of whole archives decide, before messages are paired.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::resolved::Resolved;
use super::senders::Sender;
use super::source::Source;
use super::time;
use crate::canonical;
use crate::chat::Kind;
use crate::matching::people::align_in_any_zone;
use crate::matching::{Class, Observation, Person, Precision, Timeline};
use crate::name::name_key;
use crate::phone::Phone;

/// The number of the person of each participant of each archive.
pub(super) type Persons = Vec<Vec<u32>>;

/// Identifies the participants of the archives of a group with each other, and gives those of one person
/// the same direction, number and name.
pub(super) fn identify(archives: &[Resolved<'_>], senders: &mut [Vec<Sender>]) -> Persons {
    let members = members(archives, senders);
    let mut known = KnownPersons::default();
    let mut persons: Persons = vec![Vec::new(); archives.len()];
    for (archive, own) in members.iter().enumerate() {
        persons[archive] = known.add(&archives[archive], own);
    }
    let joined = join(&mut known.persons);
    for person in persons.iter_mut().flatten() {
        *person = joined[*person as usize];
    }
    for person in &known.persons {
        share(person, senders);
    }
    persons
}

/// Joins persons of one number. Their texts may not have shown that: where two members write one word in one minute, it
/// identifies neither. Returns the person that each has become.
fn join(persons: &mut [Vec<Member>]) -> Vec<u32> {
    let mut became: Vec<u32> = (0..number(persons.len())).collect();
    let mut by_number: HashMap<String, usize> = HashMap::new();
    for person in 0..persons.len() {
        let numbers = persons[person].iter().map(|member| &member.field);
        let numbers: Vec<String> = numbers.filter(|field| is_number(field)).cloned().collect();
        let first = numbers.iter().find_map(|number| by_number.get(number));
        let into = first
            .copied()
            .filter(|first| can_be_one(&persons[*first], &persons[person]));
        let into = into.unwrap_or(person);
        if into != person {
            let members = std::mem::take(&mut persons[person]);
            persons[into].extend(members);
            became[person] = number(into);
        }
        for field in numbers {
            by_number.entry(field).or_insert(into);
        }
    }
    became
}

/// Whether nothing shows two persons of one number to be two: two participants of one archive, or two numbers that are facts.
fn can_be_one(one: &[Member], other: &[Member]) -> bool {
    (one.iter()).all(|member| {
        (other.iter()).all(|known| {
            let is_same = member.field == known.field;
            is_same
                || (member.archive != known.archive && known.compare(member) != Person::Different)
        })
    })
}

/// Whether the field of a sender is a number.
fn is_number(field: &str) -> bool {
    field.starts_with('+')
}

/// A participant of one archive.
#[derive(Debug, Clone)]
struct Member {
    archive: usize,
    participant: usize,
    /// The key of the name.
    name: String,
    field: String,
    outgoing: bool,
    /// Whether the archive itself contains the number.
    has_own_number: bool,
    device: String,
}

impl Member {
    fn on_device(&self) -> (String, String) {
        (self.device.clone(), self.name.clone())
    }

    /// Compares two participants by names and numbers.
    fn compare(&self, other: &Member) -> Person {
        if self.field == other.field {
            return Person::Same;
        }
        // The number of a device's owner and one in an archive are facts; a row gives a number to a name,
        // and a name may be another person's.
        let is_fact = |member: &Member| member.outgoing || member.has_own_number;
        if is_fact(self) && is_fact(other) {
            return Person::Different;
        }
        match self.name == other.name {
            true => Person::Same,
            false => Person::Unknown,
        }
    }
}

fn members(archives: &[Resolved<'_>], senders: &[Vec<Sender>]) -> Vec<Vec<Member>> {
    let each = archives.iter().zip(senders).enumerate();
    each.map(|(archive, (resolved, senders))| {
        let Source { device, chat, .. } = resolved.source;
        let participants = chat.participants.iter().zip(senders).enumerate();
        participants
            .map(|(participant, (shown, sender))| Member {
                archive,
                participant,
                name: name_key(&shown.name),
                field: sender.field.clone(),
                outgoing: sender.outgoing,
                has_own_number: shown.number.as_deref().and_then(Phone::parse).is_some(),
                device: device.name.clone(),
            })
            .collect()
    })
    .collect()
}

/// The persons of the archives so far.
#[derive(Default)]
struct KnownPersons {
    /// The participants of each person.
    persons: Vec<Vec<Member>>,
    /// By device and name: one phone has the same name for a person in all its exports.
    by_device: HashMap<(String, String), u32>,
    by_field: HashMap<String, u32>,
    by_name: HashMap<String, u32>,
    /// Their messages.
    timeline: Timeline,
}

impl KnownPersons {
    /// Adds an archive. Returns the person of each of its participants.
    fn add(&mut self, resolved: &Resolved<'_>, own: &[Member]) -> Vec<u32> {
        let mut of: Vec<Option<u32>> = vec![None; own.len()];
        let mut taken: HashMap<u32, &str> = HashMap::new();
        let mut timeline = timeline(resolved);
        if self.is_open(own) {
            for (participant, person) in self.align(own, &timeline) {
                of[participant as usize] = Some(person);
                taken.insert(person, own[participant as usize].field.as_str());
            }
        }
        for (member, of) in own.iter().zip(&mut of) {
            // A person who is another participant of this archive is not available.
            let is_free = |person: &&u32| {
                taken
                    .get(*person)
                    .is_none_or(|field| *field == member.field)
            };
            let person = of
                .or_else(|| {
                    self.by_device
                        .get(&member.on_device())
                        .filter(is_free)
                        .copied()
                })
                .or_else(|| self.by_field.get(&member.field).filter(is_free).copied())
                .or_else(|| {
                    let namesake = self.by_name.get(&member.name).filter(is_free).copied()?;
                    let is_one = (self.persons[namesake as usize].iter())
                        .all(|known| known.compare(member) != Person::Different);
                    is_one.then_some(namesake)
                });
            let person = person.unwrap_or_else(|| {
                self.persons.push(Vec::new());
                number(self.persons.len() - 1)
            });
            *of = Some(person);
            taken.entry(person).or_insert(member.field.as_str());
        }
        let of: Vec<u32> = of.into_iter().flatten().collect();
        for (member, person) in own.iter().zip(&of) {
            self.persons[*person as usize].push(member.clone());
            self.by_device.insert(member.on_device(), *person);
            self.by_field.entry(member.field.clone()).or_insert(*person);
            self.by_name.entry(member.name.clone()).or_insert(*person);
        }
        for observation in &mut timeline.observations {
            let author = observation
                .author
                .and_then(|author| of.get(author as usize));
            observation.author = author.copied();
        }
        self.timeline
            .observations
            .append(&mut timeline.observations);
        of
    }

    /// Whether names and numbers leave anything to decide: an archive of another device, or a participant
    /// without a namesake.
    fn is_open(&self, own: &[Member]) -> bool {
        let devices = || self.persons.iter().flatten().map(|member| &member.device);
        !self.persons.is_empty()
            && own.iter().any(|member| {
                !self.by_field.contains_key(&member.field)
                    || devices()
                        .next()
                        .is_some_and(|device| *device != member.device)
            })
    }

    /// Pairs the participants of an archive with the persons by their messages.
    fn align(&self, own: &[Member], timeline: &Timeline) -> Vec<(u32, u32)> {
        let prior = |participant: u32, person: u32| {
            let (Some(member), Some(known)) = (
                own.get(participant as usize),
                self.persons.get(person as usize),
            ) else {
                return Person::Different;
            };
            let found: Vec<Person> = known.iter().map(|known| known.compare(member)).collect();
            match () {
                () if found.contains(&Person::Different) => Person::Different,
                () if found.contains(&Person::Same) => Person::Same,
                () => Person::Unknown,
            }
        };
        let same = align_in_any_zone(timeline, &self.timeline, &prior);
        same.iter().map(|same| (same.new, same.old)).collect()
    }
}

/// Gives all participants of one person the values of the best known one: an owner before a member with a
/// number, and that before one with a name. Of equals, the newest archive of the first device, so that the
/// result does not depend on which device exported last. A phone that has not saved the person shows the number: there the
/// displayed name is that of a phone that has.
fn share(person: &[Member], senders: &mut [Vec<Sender>]) {
    let is_unsaved = |member: &&Member| Phone::parse(&member.name).is_some();
    let is_equal = |member: &Member| {
        (&member.field, member.outgoing) == (&person[0].field, person[0].outgoing)
    };
    let is_shared = !person.iter().all(is_equal);
    let rank = |member: &&Member| {
        let sender = &senders[member.archive][member.participant];
        (
            !sender.outgoing,
            sender.outgoing && sender.between.is_some(),
            !is_number(&sender.field),
            !member.has_own_number,
            member.device.clone(),
            Reverse(member.archive),
        )
    };
    let named = person
        .iter()
        .filter(|member| !is_unsaved(member))
        .min_by_key(rank);
    let name = named.and_then(|named| senders[named.archive][named.participant].shown.clone());
    let Some(best) = person.iter().min_by_key(rank).filter(|_| is_shared) else {
        for member in person.iter().filter(is_unsaved) {
            let shown = &mut senders[member.archive][member.participant].shown;
            *shown = shown.take().map(|number| name.clone().unwrap_or(number));
        }
        return;
    };
    let mut shared = senders[best.archive][best.participant].clone();
    if is_unsaved(&best) {
        shared.shown = shared.shown.map(|number| name.unwrap_or(number));
    }
    shared.ignored =
        (person.iter()).any(|member| senders[member.archive][member.participant].ignored);
    shared.is_erased =
        (person.iter()).any(|member| senders[member.archive][member.participant].is_erased);
    shared.is_two_sided = person
        .iter()
        .any(|member| member.outgoing != shared.outgoing);
    for member in person {
        senders[member.archive][member.participant] = shared.clone();
    }
}

/// The texts of an archive with their authors, at their instants.
pub(super) fn timeline(resolved: &Resolved<'_>) -> Timeline {
    let Source { device, chat, .. } = resolved.source;
    let instants = time::instants(chat, device.timezone);
    let precision = match () {
        () if chat.platform.is_native() => Precision::Exact,
        () if chat.format.seconds => Precision::Second,
        () => Precision::Minute,
    };
    let observations = chat.messages.iter().zip(&instants.times);
    let observations = observations.filter_map(|(message, at)| {
        let author = message.sender?;
        (message.kind == Kind::Text).then(|| Observation {
            author: Some(author),
            class: Some(Class::Text),
            body: Some(canonical::key(&canonical::body(message))),
            ..Observation::of_instant(
                message.instant().unwrap_or(*at).timestamp_millis(),
                precision,
            )
        })
    });
    Timeline {
        observations: observations.collect(),
        ..Timeline::default()
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
