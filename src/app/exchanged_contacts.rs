//! Rows of contacts.csv with each other's contact: each contact has in Close the number of the other row.
//!
//! Such rows are complete and consistent, since lead and contact belong together, and would put two people's
//! conversations on each other's lead. Never here: one contact in several rows ([`super::contact_numbers`]).

use std::collections::{BTreeSet, HashMap};

use super::{Migration, Notice, Observer, contact_numbers};
use crate::close::Contact;
use crate::execute::Checks;
use crate::ids::ContactId;
use crate::people::contacts::{Role, Row};
use crate::phone::Phone;
use crate::plan::{Plan, Totals};

/// Reports rows whose contacts seem to be exchanged, among the contacts of chats of which nothing is in Close yet.
/// `checks`: those of the plan, which read these contacts.
pub(super) fn report(
    migration: &Migration,
    plan: &Plan,
    checks: &Checks,
    observer: &mut dyn Observer,
) {
    let new: BTreeSet<&ContactId> = (plan.chats.iter())
        .filter(|planned| {
            let totals = Totals::of_chat(planned);
            !planned.chat.is_group && totals.create > 0 && totals.unchanged == 0
        })
        .filter_map(|planned| Some(&planned.destination.as_ref()?.contact_id))
        .collect();
    let rows: Vec<(&Row, Contact)> =
        (contact_numbers::imported(&migration.settings, &migration.contacts))
            .filter(|row| row.role == Role::Contact && !row.participant.is_any())
            .filter_map(|row| {
                let contact = row.contact_id.as_ref().filter(|id| new.contains(id))?;
                Some((row, checks.contact(contact)?))
            })
            .collect();
    let assigned = rows.iter().filter_map(|(row, contact)| {
        let number = row.phone.as_ref()?;
        Some((number, contact, row.line))
    });
    let file = migration.settings.import.contacts.display();
    for (one, other) in exchanged(assigned) {
        observer.notice(Notice::Row(format!(
            "{file}:{one}: seems to be exchanged with line {other}: the contact of each has in Close the number of the other; exchange lead_id and contact_id of the two rows, or their phones"
        )));
    }
}

/// The pairs among numbers with the contacts that contacts.csv assigns to them, each with a name, whose contacts have in
/// Close each other's number and lack their own.
pub(super) fn exchanged<'c, N: Copy + Ord>(
    assigned: impl Iterator<Item = (&'c Phone, &'c Contact, N)>,
) -> BTreeSet<(N, N)> {
    let wrong: Vec<(Phone, BTreeSet<Phone>, N)> = assigned
        .map(|(number, contact, name)| {
            let own = contact.numbers().map(|own| own.canonical());
            (number.canonical(), own.collect(), name)
        })
        .filter(|(number, own, _): &(_, BTreeSet<_>, _)| !own.contains(number))
        .collect();
    // By the number of the row, and one of its contact.
    let mut by_numbers = HashMap::new();
    for (number, own, name) in &wrong {
        for one in own {
            by_numbers.entry((number, one)).or_insert(*name);
        }
    }
    let pairs = wrong.iter().filter_map(|(number, own, name)| {
        let other = *own.iter().find_map(|own| by_numbers.get(&(own, number)))?;
        Some((other.min(*name), other.max(*name)))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEN: &str = "+353861230001";
    const DORA: &str = "+353861230002";
    const EVA: &str = "+353861230003";

    /// The pairs among rows: the number of each, and the numbers of its contact in Close.
    fn pairs(rows: &[(&str, &[&str])]) -> Vec<(usize, usize)> {
        let of = |(number, own): &(&str, &[&str])| {
            let contact = Contact {
                id: "cont_1".into(),
                lead_id: None,
                name: String::new(),
                phones: own.iter().map(|&own| own.to_owned()).collect(),
            };
            (Phone::parse(number).unwrap(), contact)
        };
        let rows: Vec<(Phone, Contact)> = rows.iter().map(of).collect();
        let assigned = rows.iter().enumerate();
        let assigned = assigned.map(|(index, (number, contact))| (number, contact, index));
        exchanged(assigned).into_iter().collect()
    }

    #[test]
    fn every_row_of_an_exchanged_person_is_named() {
        // Ben has a row for each of two phones.
        assert_eq!(pairs(&[(BEN, &[DORA]), (DORA, &[BEN])]), [(0, 1)]);
        let phones: [(&str, &[&str]); 3] = [(BEN, &[DORA]), (DORA, &[EVA, BEN]), (BEN, &[DORA])];
        assert_eq!(pairs(&phones), [(0, 1), (1, 2)]);
    }

    #[test]
    fn rows_whose_contacts_have_their_numbers_are_not_exchanged() {
        // Two contacts with both numbers, a wrong row, and three rows in a circle.
        assert_eq!(pairs(&[(BEN, &[BEN, DORA]), (DORA, &[DORA, BEN])]), []);
        assert_eq!(pairs(&[(BEN, &[DORA]), (DORA, &[DORA])]), []);
        assert_eq!(pairs(&[(BEN, &[DORA]), (DORA, &[EVA]), (EVA, &[BEN])]), []);
    }

    #[test]
    fn numbers_of_exchanged_rows_are_compared_in_either_form() {
        let (rui, old_form) = ("+5511998765432", "+55 11 9876-5432");
        assert_eq!(pairs(&[(rui, &[BEN]), (BEN, &[old_form])]), [(0, 1)]);
    }
}
