//! Holds archives of one device that contain one conversation and would go to two leads.
//!
//! A copy of an export has a name of its own, as `WhatsApp Chat with NAME 2.zip`, and so a row of its own, which may have
//! another number and lead: every message would be posted twice. Archives in which a contact of one name writes are
//! compared by content; two customers of one name have a few common greetings at most. Never here: archives of one number,
//! which are one chat; numbers that rows give one contact ([`super::same_contact`]); and native archives, which have the
//! number ([`super::contradicted_number`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::desired::{Decision, Held};
use super::resolved::Resolved;
use super::same_phone::contents;
use crate::matching::agreement::ChatContent;
use crate::matching::sequence::Key;
use crate::matching::tolerance::TEXTS;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::routing::SameConversation;

/// The number of archives with the most texts in common that an archive is compared with.
const FEW: usize = 4;

/// Holds archives of one conversation under several numbers; of an archive without a complete row and a ready one, the
/// former.
pub(super) fn hold(all: &mut [Resolved<'_>], contacts: &Contacts) {
    let mut held: BTreeMap<usize, usize> = BTreeMap::new();
    for indexes in of_one_name(all) {
        let contents: Vec<ChatContent> = (indexes.iter())
            .map(|index| {
                let resolved = &all[*index];
                ChatContent::new(contents(&resolved.source, &resolved.owner))
            })
            .collect();
        for [one, other] in candidates(&contents) {
            let (a, b) = (indexes[one], indexes[other]);
            if is_one_chat(&all[a], &all[b]) || !contents[one].is_of_one_chat(&contents[other]) {
                continue;
            }
            for (index, with) in [(a, b), (b, a)] {
                if !is_ready(&all[index]) || is_ready(&all[with]) {
                    held.entry(index).or_insert(with);
                }
            }
        }
    }
    let reasons: Vec<(usize, Held)> = (held.into_iter())
        .map(|(index, with)| {
            let [own, other] = [index, with].map(|index| &all[index]);
            let same = SameConversation {
                archives: [own, other].map(|one| one.source.opened.label.clone()),
                lines: [own, other].map(|one| line_of(one, contacts)),
            };
            (index, Held::SameConversation(Box::new(same)))
        })
        .collect();
    for (index, held) in reasons {
        all[index].standing = Decision::Held(held);
    }
}

fn is_ready(resolved: &Resolved<'_>) -> bool {
    matches!(resolved.standing, Decision::Ready(_))
}

/// Whether both are grouped into one chat, since they have one number.
fn is_one_chat(one: &Resolved<'_>, other: &Resolved<'_>) -> bool {
    match (&one.numbers, &other.numbers) {
        (Some(one), Some(other)) => one.other == other.other,
        (None, None) => true,
        _ => false,
    }
}

/// The one-to-one exports of each device in which a contact of one name writes, if they have several numbers and one of
/// them is ready.
fn of_one_name(all: &[Resolved<'_>]) -> Vec<Vec<usize>> {
    let mut of_name: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for (index, resolved) in all.iter().enumerate() {
        let source = &resolved.source;
        let is_open = matches!(
            resolved.standing,
            Decision::Ready(_) | Decision::Held(Held::Mapping(_))
        );
        if !is_open || source.opened.native.is_some() || source.chat.is_group() {
            continue;
        }
        for name in source.subject().others(&resolved.owner) {
            let key = (source.device.name.as_str(), name_key(name));
            of_name.entry(key).or_default().push(index);
        }
    }
    let is_of_several = |indexes: &Vec<usize>| {
        indexes.iter().any(|index| is_ready(&all[*index]))
            && (indexes.iter()).any(|index| !is_one_chat(&all[indexes[0]], &all[*index]))
    };
    of_name.into_values().filter(is_of_several).collect()
}

/// Pairs of chats that may be one conversation: those with the most texts in common. Each text pairs a chat with the first
/// one that has it, so that thousands of chats are not compared with each other.
fn candidates(contents: &[ChatContent]) -> Vec<[usize; 2]> {
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut pairs = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for text in content.texts() {
            let other = *first.entry(text).or_insert(index);
            if other != index {
                *shared.entry(other).or_default() += 1;
            }
        }
        let mut shared: Vec<(usize, usize)> = shared.into_iter().collect();
        shared.retain(|(_, count)| *count >= TEXTS);
        shared.sort_unstable_by_key(|(other, count)| (Reverse(*count), *other));
        pairs.extend(shared.iter().take(FEW).map(|(other, _)| [*other, index]));
    }
    pairs
}

/// The line of the row that gives an archive its number.
fn line_of(resolved: &Resolved<'_>, contacts: &Contacts) -> Option<u32> {
    let number = &resolved.numbers.as_ref()?.other;
    let source = &resolved.source;
    contacts.line_of_number(&source.device.name, source.name(), number)
}
