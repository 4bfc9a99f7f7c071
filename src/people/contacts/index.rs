//! Index of rows by chat, participant and number, so that look-ups need not scan all rows.
//!
//! Never here: the meaning of a row (`lookup`, `by_number`).

use std::collections::HashMap;

use super::Row;
use crate::phone::Phone;

/// Indexes of rows in the table, each list in the order of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Rows with `*` for the chat.
    any_chat: Vec<usize>,
    by_chat: HashMap<String, Vec<usize>>,
    by_participant: HashMap<String, Vec<usize>>,
    by_number: HashMap<Phone, Vec<usize>>,
}

impl Index {
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut index = Index::default();
        for (place, row) in rows.iter().enumerate() {
            if row.chat.is_any() {
                index.any_chat.push(place);
            }
            for key in row.chat.keys() {
                add(&mut index.by_chat, key, place);
            }
            for key in row.participant.keys() {
                add(&mut index.by_participant, key, place);
            }
            let number = row.phone.as_ref();
            for number in number.into_iter().flat_map(both_forms) {
                index.by_number.entry(number).or_default().push(place);
            }
        }
        index
    }

    /// Rows for this chat or for every chat.
    pub(super) fn of_chat<'i>(&'i self, key: &str) -> impl Iterator<Item = usize> + use<'i> {
        let (mut named, mut any) = (self.naming_chat(key), self.any_chat.as_slice());
        // Merged without a list, since each of thousands of archives is looked up many times.
        std::iter::from_fn(move || {
            let next = match (named.first(), any.first()) {
                (Some(one), Some(other)) if other < one => &mut any,
                (Some(_), _) => &mut named,
                (None, _) => &mut any,
            };
            let (first, rest) = next.split_first()?;
            *next = rest;
            Some(*first)
        })
    }

    /// Rows that name this chat.
    pub(super) fn naming_chat(&self, key: &str) -> &[usize] {
        self.by_chat.get(key).map_or(&[], Vec::as_slice)
    }

    /// Rows that name this participant.
    pub(super) fn naming_participant(&self, key: &str) -> &[usize] {
        self.by_participant.get(key).map_or(&[], Vec::as_slice)
    }

    /// Rows with this number, in both forms that WhatsApp has for some countries' numbers.
    pub(super) fn with_number(&self, number: &Phone) -> &[usize] {
        self.by_number.get(number).map_or(&[], Vec::as_slice)
    }
}

fn add(places: &mut HashMap<String, Vec<usize>>, key: &str, place: usize) {
    match places.get_mut(key) {
        Some(known) => known.push(place),
        None => {
            places.insert(key.to_owned(), vec![place]);
        }
    }
}

fn both_forms(number: &Phone) -> impl Iterator<Item = Phone> {
    [Some(number.clone()), number.twin()].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::contacts::Contacts;

    /// The index returns the same rows as a scan.
    #[test]
    fn index_returns_the_rows_of_a_scan() {
        let table = "device,chat,participant,role,phone,lead_id,contact_id,user_id\n\
             anna,Max,Max,contact,+4915100000002,,,\n\
             ,max,*,contact,,lead_a,cont_a,\n\
             ben,*,Max,me,+4915100000003,,,user_a\n\
             anna,Eva,Eva,contact,+551198765432,,,\n\
             ,*,*,me,,,,user_b\n\
             ,Rui,Rui,contact,+5511998765432,,,\n\
             ,Team,MAX,contact,+4915100000002,,,\n";
        let contacts = Contacts::parse(table, "contacts.csv").unwrap();
        let rows = contacts.rows();
        let index = Index::of(rows);
        let scan = |fits: &dyn Fn(&Row) -> bool| -> Vec<usize> {
            (0..rows.len())
                .filter(|place| fits(&rows[*place]))
                .collect()
        };
        for key in ["max", "eva", "rui", "team", "nobody"] {
            let names = |row: &Row| row.chat.key() == Some(key);
            assert_eq!(index.naming_chat(key), scan(&names), "{key}");
            assert_eq!(
                index.of_chat(key).collect::<Vec<_>>(),
                scan(&|row| row.chat.is_any() || names(row)),
                "{key}"
            );
            let participant = |row: &Row| row.participant.key() == Some(key);
            assert_eq!(index.naming_participant(key), scan(&participant), "{key}");
        }
        for number in [
            "+4915100000002",
            "+551198765432",
            "+5511998765432",
            "+4915100000009",
        ] {
            let number = Phone::parse(number).unwrap();
            let has = |row: &Row| {
                row.phone
                    .as_ref()
                    .is_some_and(|own| own.is_same_as(&number))
            };
            assert_eq!(index.with_number(&number), scan(&has), "{number:?}");
        }
    }
}
