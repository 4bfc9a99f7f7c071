//! Holds archives of one device that contain one conversation and would go to two leads, or to one although the other is
//! left out.
//!
//! A copy of an export has a name of its own, as `WhatsApp Chat with NAME 2.zip`, and so a row of its own, which may have
//! another number and lead: every message would be posted twice, and what a row or list leaves out would be posted once.
//! Archives in which a contact of one name writes are compared by content; two customers of one name have a few common
//! greetings at most. Never here: archives of one number, which are one chat; numbers that rows give one contact
//! ([`super::same_contact`]); and native archives, which have the number ([`super::contradicted_number`],
//! [`super::private_aliases`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desired::{Decision, Held};
use super::resolved::Resolved;
use super::same_phone::contents;
use crate::matching::agreement::ChatContent;
use crate::matching::sequence::Key;
use crate::matching::tolerance::TEXTS;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::routing::{Rule, SameConversation};

/// The number of archives with the most texts in common that an archive is compared with.
const FEW: usize = 4;

/// Holds archives of one conversation under several numbers; of an archive without a complete row and a ready one, the
/// former; and archives whose conversation `import = no` leaves out under another name. What is private or erased under one
/// name is so under the other.
pub(super) fn settle(all: &mut [Resolved<'_>], contacts: &Contacts) {
    let groups = of_one_name(all);
    let pairs = of_one_conversation(all, &groups, contacts);
    hide(all, &groups, &pairs);
    let mut held: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, with) in both_ways(&pairs) {
        let is_due = match &all[with].standing {
            Decision::LeftOut(Rule::ImportNo) => true,
            Decision::LeftOut(_) => false,
            _ => !is_ready(&all[index]) || is_ready(&all[with]),
        };
        if is_open(&all[index]) && is_due {
            held.entry(index).or_insert(with);
        }
    }
    let reasons: Vec<(usize, Held)> = (held.into_iter())
        .map(|(index, with)| {
            let [own, other] = [index, with].map(|index| &all[index]);
            let same = SameConversation {
                archives: [own, other].map(|one| one.source.opened.label.clone()),
                lines: [own, other].map(|one| line_of(one, contacts)),
                is_left_out: is_left_out(other),
            };
            (index, Held::SameConversation(Box::new(same)))
        })
        .collect();
    for (index, held) in reasons {
        all[index].standing = Decision::Held(held);
    }
}

/// Makes archives private or erased whose conversation is so under another name, also by way of a third archive, and with
/// each of them those of its name and number.
fn hide(all: &mut [Resolved<'_>], groups: &[Vec<usize>], pairs: &[[usize; 2]]) {
    let is_hidden =
        |r: &Resolved<'_>| matches!(r.standing, Decision::LeftOut(Rule::Private | Rule::Erased));
    let mut copies: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, with) in both_ways(pairs) {
        copies.entry(with).or_default().push(index);
    }
    let mut of_name: HashMap<usize, Vec<&Vec<usize>>> = HashMap::new();
    for group in groups {
        for index in group {
            of_name.entry(*index).or_default().push(group);
        }
    }
    let hidden = copies
        .keys()
        .copied()
        .filter(|index| is_hidden(&all[*index]));
    let mut hidden: Vec<usize> = hidden.collect();
    hidden.sort_unstable();
    while let Some(with) = hidden.pop() {
        let standing = all[with].standing.clone();
        for index in copies.get(&with).into_iter().flatten().copied() {
            if !is_open(&all[index]) {
                continue;
            }
            let has_number =
                |other: &Resolved<'_>| other.numbers.is_some() && is_one_chat(&all[index], other);
            let namesakes = of_name.get(&index).into_iter().flatten();
            let mut of_chat: BTreeSet<usize> = (namesakes.copied().flatten().copied())
                .filter(|other| is_open(&all[*other]) && has_number(&all[*other]))
                .collect();
            of_chat.insert(index);
            for one in of_chat {
                let copy = &mut all[one];
                copy.standing = standing.clone();
                copy.private = true;
                copy.imported_as = copy.numbers.take();
                hidden.push(one);
            }
        }
    }
}

/// Each archive of a pair with the other one.
fn both_ways(pairs: &[[usize; 2]]) -> impl Iterator<Item = (usize, usize)> {
    (pairs.iter()).flat_map(|[one, other]| [(*one, *other), (*other, *one)])
}

/// The pairs of archives of one conversation of which at most one is left out, without those that are one chat.
fn of_one_conversation(
    all: &[Resolved<'_>],
    groups: &[Vec<usize>],
    contacts: &Contacts,
) -> Vec<[usize; 2]> {
    let mut pairs = Vec::new();
    for indexes in groups {
        let contents: Vec<ChatContent> = (indexes.iter())
            .map(|index| {
                let resolved = &all[*index];
                ChatContent::new(contents(&resolved.source, &resolved.owner))
            })
            .collect();
        for [one, other] in candidates(&contents) {
            let (a, b) = (indexes[one], indexes[other]);
            let is_compared =
                !is_one_chat(&all[a], &all[b]) && !are_two(&all[a], &all[b], contacts);
            if is_compared && contents[one].is_of_one_chat(&contents[other]) {
                pairs.push([a, b]);
            }
        }
    }
    pairs
}

fn is_ready(resolved: &Resolved<'_>) -> bool {
    matches!(resolved.standing, Decision::Ready(_))
}

/// Whether it is ready, or waits for its row.
fn is_open(resolved: &Resolved<'_>) -> bool {
    matches!(
        resolved.standing,
        Decision::Ready(_) | Decision::Held(Held::Mapping(_))
    )
}

/// Whether a row or list leaves it out.
fn is_left_out(resolved: &Resolved<'_>) -> bool {
    matches!(
        resolved.standing,
        Decision::LeftOut(Rule::ImportNo | Rule::Private | Rule::Erased)
    )
}

/// Whether both are grouped into one chat, since they have one number, or are left out.
fn is_one_chat(one: &Resolved<'_>, other: &Resolved<'_>) -> bool {
    match [one, other].map(is_left_out) {
        [true, true] => return true,
        [false, false] => {}
        _ => return false,
    }
    match (&one.numbers, &other.numbers) {
        (Some(one), Some(other)) => one.other == other.other,
        (None, None) => true,
        _ => false,
    }
}

/// Whether their rows say that they are two chats, by a `chat_key` of its own for each.
fn are_two(one: &Resolved<'_>, other: &Resolved<'_>, contacts: &Contacts) -> bool {
    let [one, other] = [one, other].map(|resolved| {
        let source = &resolved.source;
        contacts.chat_key(&source.device.name, source.name())
    });
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// The one-to-one exports of each device in which a contact of one name writes, if they have several numbers and one of
/// them is ready, or if some of them are left out. Those that are left out come first.
fn of_one_name(all: &[Resolved<'_>]) -> Vec<Vec<usize>> {
    let mut of_name: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for (index, resolved) in all.iter().enumerate() {
        let source = &resolved.source;
        let is_compared = is_open(resolved) || is_left_out(resolved);
        if !is_compared || source.opened.native.is_some() || source.chat.is_group() {
            continue;
        }
        for name in source.subject().others(&resolved.owner) {
            let key = (source.device.name.as_str(), name_key(name));
            of_name.entry(key).or_default().push(index);
        }
    }
    for indexes in of_name.values_mut() {
        indexes.sort_by_key(|index| (!is_left_out(&all[*index]), *index));
    }
    let is_of_several = |indexes: &Vec<usize>| {
        let has = |is: &dyn Fn(&Resolved<'_>) -> bool| indexes.iter().any(|index| is(&all[*index]));
        (has(&is_ready) || has(&is_left_out))
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
