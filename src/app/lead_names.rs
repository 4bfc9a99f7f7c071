//! Leads by the name that contacts.csv has for them: of the contact whose lead it is, else of the group that goes there.
//!
//! Never here: names of people who are left out or private; requests.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use super::contact_numbers::imported;
use crate::ids::LeadId;
use crate::name::name_key;
use crate::people::contacts::{Contacts, Role, Row};
use crate::phone::Phone;
use crate::settings::Settings;

/// A lead, with its name if that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NamedLead {
    /// The lead's id, `lead_…`.
    pub(crate) id: LeadId,
    /// The lead's name; `None` if contacts.csv has none.
    pub(crate) name: Option<String>,
}

impl fmt::Display for NamedLead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            // With the id, which alone identifies the lead in a log without names.
            Some(name) => write!(f, "{name} ({})", self.id),
            None => self.id.fmt(f),
        }
    }
}

/// The names of leads.
#[derive(Clone, Default)]
pub(crate) struct LeadNames(HashMap<LeadId, String>);

impl LeadNames {
    /// The names of the leads of contacts.csv.
    pub(super) fn of(settings: &Settings, contacts: &Contacts) -> LeadNames {
        LeadNames::of_rows(imported(settings, contacts))
    }

    fn of_rows<'r>(rows: impl Iterator<Item = &'r Row>) -> LeadNames {
        let mut names: HashMap<&LeadId, Vec<(bool, &str)>> = HashMap::new();
        for row in rows.filter(|row| row.role == Role::Contact) {
            let texts = [row.participant.text(), row.chat.text()];
            let mut texts = texts.into_iter().flatten();
            let name = texts.find(|text| Phone::parse(text).is_none());
            if let (Some(lead), Some(name)) = (&row.lead_id, name) {
                let of_lead = names.entry(lead).or_default();
                of_lead.push((row.participant.is_any(), name));
            }
        }
        let names = names.into_iter().filter_map(|(lead, mut names)| {
            names.sort_by_key(|(is_group, _)| *is_group);
            let mut seen = Vec::new();
            names.retain(|(_, name)| {
                let key = name_key(name);
                let is_new = !seen.contains(&key);
                seen.push(key);
                is_new
            });
            let ((_, first), more) = names.split_first()?;
            let text = match more.len() {
                0 => (*first).to_owned(),
                more => format!("{first} and {more} more"),
            };
            Some((lead.clone(), text))
        });
        LeadNames(names.collect())
    }

    /// A lead with its name.
    pub(crate) fn named(&self, lead: &LeadId) -> NamedLead {
        NamedLead {
            id: lead.clone(),
            name: self.0.get(lead).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(table: &str) -> Vec<(String, String)> {
        let header = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n";
        let contacts = Contacts::parse(&format!("{header}{table}"), "contacts.csv").unwrap();
        let names = LeadNames::of_rows(contacts.rows().iter()).0.into_iter();
        let mut names: Vec<(String, String)> =
            names.map(|(lead, name)| (lead.to_string(), name)).collect();
        names.sort();
        names
    }

    fn of(lead: &str, name: &str) -> (String, String) {
        (lead.to_owned(), name.to_owned())
    }

    #[test]
    fn lead_has_the_name_of_its_contact() {
        let table = "Roof,*,contact,,lead_a,cont_a,,\n\
             Ben Cooper,Ben Cooper,contact,+353861230001,lead_a,cont_a,,\n\
             ben cooper,Ben Cooper,contact,+353861230002,lead_a,cont_a,,\n\
             Garden,*,contact,,lead_b,cont_b,,\n";
        assert_eq!(
            names(table),
            [
                of("lead_a", "Ben Cooper and 1 more"),
                of("lead_b", "Garden")
            ]
        );
    }

    #[test]
    fn number_is_no_name_of_a_lead() {
        let table = "+353861230001,+353861230001,contact,+353861230001,lead_a,cont_a,,\n";
        assert_eq!(names(table), []);
    }
}
