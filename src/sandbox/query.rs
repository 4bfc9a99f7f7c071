//! The search language of `GET /lead/?query=`, as far as an importer uses it: `phone:"…"`, `name:"…"`,
//! words, `id:…`; `sort:` is accepted and ignored.

use std::collections::HashSet;

use super::phones;
use super::store::Store;

/// A query: every term must match.
#[derive(Debug)]
pub(super) struct Query(Vec<Term>);

#[derive(Debug)]
enum Term {
    Phone(String),
    Name(String),
    Id(String),
    Word(String),
}

impl Query {
    pub(super) fn read(text: &str) -> Query {
        let mut terms = Vec::new();
        for (field, value) in tokens(text) {
            match field.to_ascii_lowercase().as_str() {
                "sort" => {}
                // Assumed: normalised before it is compared.
                "phone" | "phone_number" | "contact_phone" => {
                    terms.push(Term::Phone(phones::of_search(&value)))
                }
                "name" | "lead_name" | "company" | "contact_name" | "contact" => {
                    terms.push(Term::Name(value.to_lowercase()))
                }
                "id" | "lead_id" => terms.push(Term::Id(value)),
                _ => terms.push(Term::Word(value.to_lowercase())),
            }
        }
        Query(terms)
    }

    /// The ids of the leads that match. Contacts are scanned once per term, not once per lead.
    pub(super) fn leads<'s>(&self, store: &'s Store) -> HashSet<&'s str> {
        let mut matching_ids: HashSet<&str> =
            store.leads.iter().map(|lead| lead.id.as_str()).collect();
        for term in &self.0 {
            let held = term.leads(store);
            matching_ids.retain(|id| held.contains(id));
        }
        matching_ids
    }
}

impl Term {
    fn leads<'s>(&self, store: &'s Store) -> HashSet<&'s str> {
        let of_lead = store.leads.iter().filter(|lead| match self {
            Term::Phone(_) => false,
            Term::Name(words) | Term::Word(words) => {
                lead.name.to_lowercase().contains(words.as_str())
            }
            Term::Id(id) => lead.id == *id,
        });
        let of_contact = store.contacts.iter().filter(|contact| match self {
            Term::Phone(number) => contact
                .phones
                .iter()
                .any(|(phone, _)| phone.e164 == *number),
            Term::Name(words) | Term::Word(words) => contact
                .name
                .as_ref()
                .is_some_and(|name| name.to_lowercase().contains(words.as_str())),
            Term::Id(_) => false,
        });
        of_lead
            .map(|lead| lead.id.as_str())
            .chain(of_contact.map(|contact| contact.lead_id.as_str()))
            .collect()
    }
}

/// Splits at spaces outside of quotes into (field, value); the field may be empty.
fn tokens(text: &str) -> Vec<(String, String)> {
    let (mut tokens, mut field, mut value) = (Vec::new(), None::<String>, String::new());
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ':' if !quoted && field.is_none() => field = Some(std::mem::take(&mut value)),
            c if c.is_whitespace() && !quoted => {
                if field.is_some() || !value.is_empty() {
                    tokens.push((field.take().unwrap_or_default(), std::mem::take(&mut value)));
                }
            }
            c => value.push(c),
        }
    }
    if field.is_some() || !value.is_empty() {
        tokens.push((field.unwrap_or_default(), value));
    }
    tokens
}
