//! Conversations with archives on several devices that one phone recorded.
//!
//! Copies of one export have one digest; an older and a newer export, or an export and a database, have only their
//! messages in common. Two owners who write with one contact have no messages of both sides in common. Belongs
//! here: which archives are compared, and their contents. Never here: what follows for an archive
//! ([`crate::routing`]), and groups, which several phones record.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;
use crate::canonical;
use crate::chat::{Chat, Kind};
use crate::matching::agreement::{ChatContent, Content};
use crate::matching::tolerance::MINUTE;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::routing::{OtherArchives, Owner};

/// Finds, by the digest of each archive that its writers do not show to be of its device, the other devices with
/// archives of the same phone's conversation.
pub fn other_archives<'s>(
    sources: &[Source<'s>],
    contacts: &Contacts,
    owners: &BTreeMap<&'s str, Owner>,
) -> OtherArchives<'s> {
    let mut found = OtherArchives::new();
    let has_several = (sources.windows(2)).any(|pair| pair[0].device.name != pair[1].device.name);
    if !has_several {
        return found;
    }
    let is_open: Vec<bool> = (sources.iter())
        .map(|source| !is_shown(source, owners))
        .collect();
    for group in of_one_contact(sources, contacts) {
        let mut devices: BTreeMap<&'s str, Vec<usize>> = BTreeMap::new();
        for index in &group {
            let name = sources[*index].device.name.as_str();
            devices.entry(name).or_default().push(*index);
        }
        if devices.len() > 1 && group.iter().any(|index| is_open[*index]) {
            compare(
                sources,
                (contacts, owners),
                (&devices, &is_open),
                &mut found,
            );
        }
    }
    found
}

/// Whether the owner of its device writes in the archive, and no owner of another device does.
fn is_shown(source: &Source<'_>, owners: &BTreeMap<&str, Owner>) -> bool {
    let writes = |owner: &Owner| source.chat.participants.iter().any(|p| owner.is(&p.name));
    let own = source.device.name.as_str();
    source.subject().owner.is_none()
        && owners.get(own).is_some_and(writes)
        && !owners
            .iter()
            .any(|(device, owner)| *device != own && writes(owner))
}

/// The one-to-one archives of each contact, by name and by number: a contact may have another name on each device.
fn of_one_contact(sources: &[Source<'_>], contacts: &Contacts) -> Vec<Vec<usize>> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut by_number: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        if source.chat.is_group() {
            continue;
        }
        by_name
            .entry(name_key(source.title()))
            .or_default()
            .push(index);
        if let Some(number) = number(source, contacts) {
            let of_number = by_number.entry(number.e164().to_owned());
            of_number.or_default().push(index);
        }
    }
    let mut groups: Vec<Vec<usize>> = (by_name.into_values().chain(by_number.into_values()))
        .filter(|group| group.len() > 1)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The contact's number by the archive, else by its row.
fn number(source: &Source<'_>, contacts: &Contacts) -> Option<Phone> {
    let native = source
        .opened
        .native
        .as_ref()
        .and_then(|native| native.phone.as_deref());
    let named = native
        .and_then(Phone::parse)
        .or_else(|| Phone::parse(source.title()));
    named.or_else(|| {
        let names = source.chat.participants.iter().map(|p| p.name.as_ref());
        let names: Vec<&str> = names.collect();
        let row = contacts.contact_for(&source.device.name, source.name(), &names);
        row.and_then(|row| row.phone)
    })
}

/// Compares what each two devices have of one contact, and notes the open archives with messages of both.
fn compare<'s>(
    sources: &[Source<'s>],
    (contacts, owners): (&Contacts, &BTreeMap<&'s str, Owner>),
    (devices, is_open): (&BTreeMap<&'s str, Vec<usize>>, &[bool]),
    found: &mut OtherArchives<'s>,
) {
    let contents_of = |index: usize| {
        let source = &sources[index];
        let owner = match source.subject().owner {
            Some(name) => Owner::from_names([name]),
            None => {
                let owner = owners.get(source.device.name.as_str());
                owner.cloned().unwrap_or_default()
            }
        };
        contents(source, &owner)
    };
    let all: Vec<(&'s str, &Vec<usize>, ChatContent)> = (devices.iter())
        .map(|(device, indexes)| {
            let messages = indexes.iter().flat_map(|index| contents_of(*index));
            (*device, indexes, ChatContent::new(messages.collect()))
        })
        .collect();
    let mut note = |indexes: &[usize], (device, content): (&'s str, &ChatContent), shift: i64| {
        for index in indexes.iter().filter(|index| is_open[**index]) {
            let is_there = |message: &Content| {
                let at = message.at + shift;
                content.contains(&Content { at, ..*message })
            };
            if contents_of(*index).iter().any(is_there) {
                let others: &mut BTreeSet<_> =
                    found.entry(sources[*index].export_id()).or_default();
                others.insert(device);
            }
        }
    };
    for (number, (one, of_one, content)) in all.iter().enumerate() {
        for (other, of_other, others_content) in &all[..number] {
            let (a, b) = (&sources[of_one[0]], &sources[of_other[0]]);
            if a.device.is_separated_from(b.device) || have_one_number(a, b, contacts) {
                continue;
            }
            if let Some(later) = content.of_one_phone(others_content) {
                note(of_one, (other, others_content), -later * MINUTE);
                note(of_other, (one, content), later * MINUTE);
            }
        }
    }
}

/// Whether both devices have one number: a phone and its successor, whose archives are one chat.
fn have_one_number(one: &Source<'_>, other: &Source<'_>, contacts: &Contacts) -> bool {
    let number = |source: &Source<'_>| {
        let me = contacts.me_for(&source.device.name, source.name());
        let of_row = me.and_then(|me| me.phone);
        of_row.or_else(|| source.device.local_phone.clone())
    };
    let number_of_one = number(one);
    number_of_one.is_some() && number_of_one == number(other)
}

/// The texts of an archive with their sides, at local times.
pub(super) fn contents(source: &Source<'_>, owner: &Owner) -> Vec<Content> {
    let subject = source.subject();
    let of = |chat: &Chat<'_>| {
        let is_own: Vec<bool> = (chat.participants.iter())
            .map(|participant| subject.is_owner(owner, &participant.name))
            .collect();
        let texts = chat.messages.iter().filter(|m| m.kind == Kind::Text);
        let content = texts.filter_map(|message| {
            let is_incoming = !is_own.get(message.sender? as usize)?;
            let side = if is_incoming { "in" } else { "out" };
            Some(Content {
                key: canonical::key(&format!("{side}:{}", canonical::body(message))),
                at: message.local_time.and_utc().timestamp_millis(),
                is_incoming,
            })
        });
        content.collect()
    };
    source.with_messages(of)
}
