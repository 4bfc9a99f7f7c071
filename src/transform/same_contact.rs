//! Joins archives of one conversation under two names and two numbers of one contact.
//!
//! Concerns a contact who was renamed in the address book and has a new number, and whose older export has
//! a row with the former number. Two conversations of a contact with two numbers are never joined: those
//! share nothing.

use std::collections::BTreeMap;

use super::desired::Decision;
use super::resolved::Resolved;
use crate::ids::ContactId;
use crate::intake::texts_of;
use crate::matching::overlap::{Overlap, Texts, overlap};
use crate::matching::tolerance::TEXTS;

/// Gives archives of one device and contact that contain one conversation the numbers of the newest.
pub(super) fn join(all: &mut [Resolved<'_>]) {
    let mut of_contact: BTreeMap<(String, ContactId), Vec<usize>> = BTreeMap::new();
    for (index, resolved) in all.iter().enumerate() {
        let is_pair = resolved.numbers.as_ref().is_some_and(|n| n.group.is_none());
        if let (true, Decision::Ready(to)) = (is_pair, &resolved.standing) {
            let device = resolved.source.device.name.clone();
            let contact = (device, to.contact_id.clone());
            of_contact.entry(contact).or_default().push(index);
        }
    }
    for mut indexes in of_contact.into_values() {
        let number = |index: usize| all[index].numbers.as_ref().map(|n| n.other.clone());
        if indexes
            .iter()
            .all(|index| number(*index) == number(indexes[0]))
        {
            continue;
        }
        // The newest first: names and numbers follow the address book.
        indexes.sort_by_cached_key(|index| {
            let source = &all[*index].source;
            std::cmp::Reverse((source.last_time(), source.opened.label.clone()))
        });
        let texts: Vec<Texts> = (indexes.iter())
            .map(|index| all[*index].source.with_messages(texts_of))
            .collect();
        for (at, index) in indexes.iter().enumerate() {
            let newer = (0..at).find(|newer| is_one(&texts[*newer], &texts[at]));
            if let Some(newer) = newer {
                let (numbers, standing) = {
                    let newer = &all[indexes[newer]];
                    (newer.numbers.clone(), newer.standing.clone())
                };
                all[*index].numbers = numbers;
                all[*index].standing = standing;
            }
        }
    }
}

fn is_one(one: &Texts, other: &Texts) -> bool {
    match overlap(one, other) {
        Overlap::Same { shared, of, .. } => shared >= TEXTS || (shared == of && shared > 1),
        _ => false,
    }
}
