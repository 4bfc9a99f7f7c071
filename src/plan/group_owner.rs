//! Identifies the owner of a group's archive under a new name, by the records of the group.
//!
//! Here belongs which name of an archive is the owner's, and what follows for the messages of that name.
//! Archives of one run are compared in `transform/people.rs`; this is for runs in which no archive has the
//! known name. Never here: pairing.

use std::collections::{HashMap, HashSet};

use super::edit::people_text;
use super::evidence::{RecordedMessage, Records, desired, recorded};
use super::{Fingerprint, Known};
use crate::matching::Person;
use crate::matching::people::align_in_any_zone;
use crate::phone::Phone;
use crate::transform::desired::{Content, DesiredMessage, Destination, Direction};

/// The author of all messages that are recorded as incoming; the owners of devices follow.
const MEMBERS: u32 = 0;

/// Makes the messages of each name outgoing under which the owner wrote recorded texts. False if such a
/// name may be that of another device's owner: a person has to name the owner.
pub(super) fn identify(wanted: &mut [DesiredMessage], to: &Destination, known: &Known) -> bool {
    let Some(fingerprint) = &known.fingerprint else {
        return true;
    };
    let records = Records::of(known);
    // An owner is identified by contact, user and numbers, as far as they are recorded.
    let mut owners: Vec<Option<[u8; 16]>> = Vec::new();
    let owner_of = |record: &RecordedMessage<'_>| {
        let listed = || Some((fingerprint.0)("people", &record.listed?.text(to)));
        record.facts.people.or_else(listed)
    };
    for record in records.iter().filter(|r| r.facts.outgoing == Some(true)) {
        let owner = owner_of(record);
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    let owners_present = owners_present(wanted, to, fingerprint);
    let names = names(wanted);
    let is_absent =
        |owner: &Option<[u8; 16]>| !owners_present.values().any(|people| people == owner);
    if names.is_empty() || !owners.iter().any(is_absent) {
        return true;
    }
    let mut new = desired(wanted, &[], known, &records);
    for (observation, message) in new.observations.iter_mut().zip(wanted.iter()) {
        observation.author = match name_line(message) {
            Some(name) => names.get(name).copied(),
            None => Some(number(names.len())),
        };
    }
    let (mut old, _) = recorded(&records, known);
    for (observation, record) in old.observations.iter_mut().zip(records.iter()) {
        let owner = |people| owners.iter().position(|owner| *owner == people);
        observation.author = match record.facts.outgoing {
            Some(true) => owner(owner_of(record)).map(|index| number(index + 1)),
            Some(false) => Some(MEMBERS),
            None => None,
        };
    }
    let own = people(fingerprint, to);
    let is_only_one = owners.len() == 1 && owners_present.keys().all(Option::is_none);
    let mut of_owner: HashSet<u32> = HashSet::new();
    let unknown = |_: u32, _: u32| Person::Unknown;
    for same in align_in_any_zone(&new, &old, &unknown) {
        let is_of_archive_owner = same.new as usize >= names.len();
        // The archive's owner is recorded as a member: its owner is another one.
        if same.old == MEMBERS && is_of_archive_owner {
            return false;
        }
        if same.old == MEMBERS || is_of_archive_owner {
            continue;
        }
        let is_owner = owners[same.old as usize - 1] == Some(own) || is_only_one;
        if !is_owner {
            return false;
        }
        of_owner.insert(same.new);
    }
    let of_owner: HashSet<String> = (names.into_iter())
        .filter(|(_, name)| of_owner.contains(name))
        .map(|(name, _)| name.to_owned())
        .collect();
    for message in wanted {
        if name_line(message).is_some_and(|name| of_owner.contains(name)) {
            make_outgoing(message);
        }
    }
    true
}

/// The owners who write in the archives: the number of each, and the recorded values of such messages.
fn owners_present<'w>(
    wanted: &'w [DesiredMessage],
    to: &Destination,
    fingerprint: &Fingerprint,
) -> HashMap<Option<&'w Phone>, Option<[u8; 16]>> {
    let mut owners_present = HashMap::new();
    for message in wanted {
        if message.direction == Direction::Outgoing {
            let between = message.between.as_deref();
            let phone = between.and_then(|between| between.local_phone.as_ref());
            owners_present
                .entry(phone)
                .or_insert_with(|| Some(people(fingerprint, &to.between(between))));
        }
    }
    owners_present
}

fn people(fingerprint: &Fingerprint, to: &Destination) -> [u8; 16] {
    (fingerprint.0)("people", &people_text(to))
}

/// The line with the name before a member's text.
fn name_line(message: &DesiredMessage) -> Option<&str> {
    if message.direction == Direction::Outgoing {
        return None;
    }
    let shown = message
        .markdown
        .reveal()
        .get(..message.prefix_len as usize)?;
    let end = shown.find('\n')?;
    Some(&shown[..=end]).filter(|line| line.starts_with('*'))
}

/// The names of members, each with a number.
fn names(wanted: &[DesiredMessage]) -> HashMap<&str, u32> {
    let mut names = HashMap::new();
    for name in wanted.iter().filter_map(name_line) {
        let next = number(names.len());
        names.entry(name).or_insert(next);
    }
    names
}

/// The owner's messages have no name before them, and are between the owner and the group.
fn make_outgoing(message: &mut DesiredMessage) {
    let line = name_line(message).map_or(0, str::len);
    let markdown = message.markdown.reveal();
    message.markdown = Content::new(markdown.get(line..).unwrap_or(markdown).to_owned());
    message.prefix_len = message.prefix_len.saturating_sub(number(line));
    message.direction = Direction::Outgoing;
    message.between = None;
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
