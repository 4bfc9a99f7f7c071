//! Rows of contacts.csv that give one contact several numbers.
//!
//! That is a mistake in a row, unless the contact has these numbers in Close: somebody may have a private
//! and an office phone. A mistake would file one person's conversation under another person. Never here:
//! rows that contradict each other without Close ([`crate::people`]).

use std::collections::BTreeMap;

use super::Migration;
use super::error::Result;
use crate::close::Client;
use crate::ids::ContactId;
use crate::people::contacts::{ImportChoice, Role, Row};
use crate::phone::Phone;
use crate::settings::Problem;

/// Checks the numbers of each contact that rows give more than one.
///
/// Costs one request a contact with several numbers.
///
/// # Errors
///
/// A contact lacks one of these numbers in Close: a usage error that names the lines of the rows. Close
/// cannot be read.
pub(super) async fn check(migration: &Migration, client: &Client) -> Result<()> {
    let file = migration.settings.import.contacts.display().to_string();
    let mut problems = Vec::new();
    for (contact, rows) in with_several_numbers(migration.contacts.rows()) {
        // A contact that is not there is reported with its chat.
        let Some(there) = client.contact(contact).await? else {
            continue;
        };
        let known: Vec<Phone> = (there.phones.iter())
            .filter_map(|phone| Phone::parse(phone))
            .collect();
        let lacking = rows.iter().find(|row| !is_among(row, &known));
        if let Some(lacking) = lacking {
            problems.push(contradiction(&file, contact, lacking, &rows));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.into()),
    }
}

/// The rows of each contact that have more than one number, in the order of the file: one row a number.
fn with_several_numbers(rows: &[Row]) -> BTreeMap<&ContactId, Vec<&Row>> {
    let mut of_contact: BTreeMap<&ContactId, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let is_left_out = matches!(
            row.import,
            Some(ImportChoice::No | ImportChoice::Private | ImportChoice::Create)
        );
        let (Some(contact), Some(phone)) = (&row.contact_id, &row.phone) else {
            continue;
        };
        // The number of a group's anchor is the group's, not a person's chat.
        if is_left_out || row.role != Role::Contact || row.participant.is_any() {
            continue;
        }
        let numbers = of_contact.entry(contact).or_default();
        if !numbers.iter().any(|other| has(other, phone)) {
            numbers.push(row);
        }
    }
    of_contact.retain(|_, rows| rows.len() > 1);
    of_contact
}

/// Whether the row's number is `phone`, in either form that WhatsApp has for it.
fn has(row: &Row, phone: &Phone) -> bool {
    let own = row.phone.as_ref();
    own.is_some_and(|own| own == phone || own.twin().as_ref() == Some(phone))
}

fn is_among(row: &Row, known: &[Phone]) -> bool {
    known.iter().any(|phone| has(row, phone))
}

fn contradiction(file: &str, contact: &ContactId, lacking: &Row, rows: &[&Row]) -> Problem {
    let others = rows.iter().filter(|row| row.line != lacking.line);
    let lines: Vec<String> = others.map(|row| row.line.to_string()).collect();
    let noun = if lines.len() == 1 { "line" } else { "lines" };
    Problem {
        file: file.to_owned(),
        line: Some(lacking.line),
        text: format!(
            "gives {contact} another number than {noun} {}, and the contact does not have it in Close; correct the row, or add the number to the contact in Close",
            lines.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::contacts::Contacts;

    fn lines(table: &str) -> Vec<Vec<u32>> {
        let header = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n";
        let contacts = Contacts::parse(&format!("{header}{table}"), "contacts.csv").unwrap();
        with_several_numbers(contacts.rows())
            .into_values()
            .map(|rows| rows.iter().map(|row| row.line).collect())
            .collect()
    }

    #[test]
    fn contact_with_one_number_in_several_rows_is_fine() {
        let table = "Rui,Rui,contact,+5511998765432,lead_a,cont_a,,\n\
             Rui P,Rui P,contact,+551198765432,lead_a,cont_a,,\n";
        assert_eq!(lines(table), Vec::<Vec<u32>>::new());
    }

    #[test]
    fn contact_with_two_numbers_is_found_once_a_number() {
        let table = "Ben,Ben,contact,+353861230001,lead_a,cont_a,,\n\
             Ben O,Ben O,contact,+353861230002,lead_a,cont_a,,\n\
             Ben B,Ben B,contact,+353861230002,lead_a,cont_a,,\n\
             Eva,Eva,contact,+353861230003,lead_a,cont_b,,\n";
        assert_eq!(lines(table), [[2, 3]]);
    }

    #[test]
    fn rows_of_groups_and_rows_that_import_nothing_are_not_compared() {
        let table = "Ben,Ben,contact,+353861230001,lead_a,cont_a,,\n\
             Ben O,Ben O,contact,+353861230002,lead_a,cont_a,,no\n\
             Ben P,Ben P,contact,+353861230003,lead_a,cont_a,,private\n\
             Roof,*,contact,+353861230004,lead_a,cont_a,,\n";
        assert_eq!(lines(table), Vec::<Vec<u32>>::new());
    }
}
