//! Rows of contacts.csv that give one contact several numbers, and whether the contact has them in Close.
//!
//! Several numbers are a mistake in a row, unless the contact has these numbers in Close: a person may have a private
//! and an office phone. A mistake would file one person's conversation under another person. Never here:
//! rows that contradict each other without Close ([`crate::people`]).

use std::collections::{BTreeMap, BTreeSet};

use super::Migration;
use super::error::Result;
use crate::close::Client;
use crate::ids::ContactId;
use crate::people::contacts::{Contacts, ImportChoice, Role, Row};
use crate::routing::Privacy;
use crate::settings::{Problem, Settings};

/// Checks the numbers of each contact that rows give more than one.
///
/// # Errors
///
/// As [`problems`], and a usage error that names the lines of the rows.
pub(super) async fn check(migration: &Migration, client: &Client) -> Result<()> {
    let problems = problems(migration, client).await?;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.into()),
    }
}

/// The rows that give a contact a number that it lacks in Close, and that another row does not give it.
///
/// Costs one request a contact with several numbers. A contact that Close rejects is reported with its chat.
///
/// # Errors
///
/// Close cannot be reached, or does not answer for one of the contacts.
pub(super) async fn problems(migration: &Migration, client: &Client) -> Result<Vec<Problem>> {
    let file = migration.settings.import.contacts.display().to_string();
    let mut problems = Vec::new();
    let rows = imported(&migration.settings, &migration.contacts);
    for (contact, rows) in with_several_numbers(rows) {
        let there = match client.contact(contact).await {
            Ok(Some(there)) => there,
            // A number that could not be looked up may be another person's.
            Err(failure) if failure.is_network() => return Err(failure.into()),
            Ok(None) | Err(_) => continue,
        };
        let lacks = |row: &&&Row| {
            let number = row.phone.as_ref();
            number.is_some_and(|number| !there.has_number(number))
        };
        if let Some(lacking) = rows.iter().find(lacks) {
            problems.push(contradiction(&file, contact, lacking, &rows));
        }
    }
    Ok(problems)
}

/// The rows that give one contact several numbers, for a plan without Close: whether the contact has them is not known.
pub(super) fn unchecked(migration: &Migration) -> Vec<String> {
    let file = migration.settings.import.contacts.display().to_string();
    let rows = imported(&migration.settings, &migration.contacts);
    let several = with_several_numbers(rows).into_values();
    let sentences = several.map(|rows| {
        let lines: Vec<String> = rows.iter().map(|row| row.line.to_string()).collect();
        format!(
            "{file}: lines {} give one contact_id several numbers; an import refuses them unless the contact has these numbers in Close",
            lines.join(" and ")
        )
    });
    sentences.collect()
}

/// The rows whose chats are imported.
pub(super) fn imported<'c>(
    settings: &'c Settings,
    contacts: &'c Contacts,
) -> impl Iterator<Item = &'c Row> {
    let privacy = Privacy::new(contacts);
    contacts.rows().iter().filter(move |row| {
        let devices = settings.devices.iter().map(|device| device.name.as_str());
        let devices =
            devices.filter(|device| row.device.as_deref().is_none_or(|own| own == *device));
        !privacy.leaves_out(row, devices)
    })
}

/// The rows of each contact that have more than one number, in the order of the file: one row a number.
pub(super) fn with_several_numbers<'r>(
    rows: impl Iterator<Item = &'r Row>,
) -> BTreeMap<&'r ContactId, Vec<&'r Row>> {
    let mut of_contact: BTreeMap<&ContactId, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let (Some(contact), Some(phone)) = (&row.contact_id, &row.phone) else {
            continue;
        };
        // The number of a group's anchor is the group's, not a person's chat.
        if row.role != Role::Contact || row.participant.is_any() {
            continue;
        }
        let numbers = of_contact.entry(contact).or_default();
        let is_it = |other: &&Row| {
            other
                .phone
                .as_ref()
                .is_some_and(|other| other.is_same_as(phone))
        };
        if !numbers.iter().any(is_it) {
            numbers.push(row);
        }
    }
    of_contact.retain(|_, rows| rows.len() > 1);
    of_contact
}

/// Rows marked `create` with one number, or one id of Close, and different names: they get one lead. In the order of
/// the file, without names.
pub(super) fn shared_by_creations(file: &str, contacts: &Contacts) -> Vec<String> {
    let is_marked = |row: &&Row| {
        row.import == Some(ImportChoice::Create)
            && row.role == Role::Contact
            && !row.participant.is_any()
    };
    let mut shared: BTreeMap<(&str, String), Vec<&Row>> = BTreeMap::new();
    for row in contacts.rows().iter().filter(is_marked) {
        let number = row.phone.as_ref();
        let number = number.map(|phone| ("number", phone.canonical().e164().to_owned()));
        let contact = row
            .contact_id
            .as_ref()
            .map(|id| ("contact_id", id.to_string()));
        for key in number.into_iter().chain(contact) {
            shared.entry(key).or_default().push(row);
        }
    }
    let mut found: Vec<(u32, String)> = (shared.into_iter())
        .filter(|(_, rows)| {
            let names: BTreeSet<_> = rows.iter().map(|row| row.participant.key()).collect();
            names.len() > 1
        })
        .filter_map(|((what, _), rows)| {
            let (first, others) = rows.split_first()?;
            let lines: Vec<String> = others.iter().map(|row| row.line.to_string()).collect();
            let noun = if lines.len() == 1 { "line" } else { "lines" };
            let text = format!(
                "{file}:{}: marked `create` with the same {what} as {noun} {}, under another name: all get one lead; if they are several people, correct the {what}",
                first.line,
                lines.join(", ")
            );
            Some((first.line, text))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
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

    fn lines(table: &str) -> Vec<Vec<u32>> {
        let header = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n";
        let contacts = Contacts::parse(&format!("{header}{table}"), "contacts.csv").unwrap();
        with_several_numbers(contacts.rows().iter())
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
    fn rows_of_groups_are_not_compared() {
        let table = "Ben,Ben,contact,+353861230001,lead_a,cont_a,,\n\
             Roof,*,contact,+353861230004,lead_a,cont_a,,\n";
        assert_eq!(lines(table), Vec::<Vec<u32>>::new());
    }
}
