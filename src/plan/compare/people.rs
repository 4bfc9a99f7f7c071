//! Contact, user and numbers of a message in Close.
//!
//! The checkpoint has one keyed hash of all four, so that a difference is attributed to a field by the archives, or by
//! another message of the chat. Numbers are compared as numbers: Close may return them without `+` or with blanks.

use super::super::people_text;
use super::field::{Comparison, Expected, Field};
use crate::ids::{ContactId, LeadId, UserId};
use crate::phone::Phone;
use crate::transform::desired::Destination;

/// Contact, user and numbers as Close returns them; `None` if it does not.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PeopleInClose {
    /// The contact's id; absent also after the contact's deletion.
    pub contact_id: Option<ContactId>,
    /// The id of the user who owns the message.
    pub user_id: Option<UserId>,
    /// The user's own number as Close has it.
    pub local_phone: Option<String>,
    /// The contact's number as Close has it.
    pub remote_phone: Option<String>,
}

/// The numbers of an answer of Close, as text for a keyed hash.
pub fn numbers_answered(local: Option<&str>, remote: Option<&str>) -> String {
    format!(
        "{}|{}",
        local.unwrap_or_default(),
        remote.unwrap_or_default()
    )
}

/// The fields that differ.
pub(super) fn differences(
    expected: &Expected<'_>,
    people: &PeopleInClose,
    comparison: &Comparison<'_>,
) -> Vec<Field> {
    let wanted = expected.wanted.map(|wanted| wanted.to);
    let reference = wanted.or(comparison.reference);
    let mut fields = reference.map_or_else(Vec::new, |to| fields_of(to, people, comparison));
    if wanted.is_some() && fields.is_empty() {
        return fields;
    }
    let sent = expected.sent.as_ref();
    match sent.and_then(|sent| sent.people) {
        // The mapping was corrected, and Close has what was sent before that.
        Some(hash) if is_as_sent(hash, people, reference, comparison) => return Vec::new(),
        Some(hash) if wanted.is_none() => {
            let is_of_reference =
                reference.is_some_and(|to| comparison.is_hash_of(hash, "people", &people_text(to)));
            if !is_of_reference {
                fields = match people.user_id.as_ref() == comparison.instead {
                    true if people.user_id.is_some() => Vec::new(),
                    _ => vec![Field::People],
                };
            }
        }
        None if wanted.is_none() => return Vec::new(),
        _ => {}
    }
    let (local, remote) = (
        people.local_phone.as_deref(),
        people.remote_phone.as_deref(),
    );
    let numbers = numbers_answered(local, remote);
    let is_answered = (expected.answered.numbers)
        .is_some_and(|hash| comparison.is_hash_of(hash, "answer-numbers", &numbers));
    fields
        .retain(|field| !(is_answered && matches!(field, Field::LocalPhone | Field::RemotePhone)));
    fields
}

/// The fields in which people differ from a destination.
fn fields_of(to: &Destination, people: &PeopleInClose, comparison: &Comparison<'_>) -> Vec<Field> {
    let is_user = (to.user_id.as_ref()).is_none_or(|user| {
        let user_id = people.user_id.as_ref();
        user_id == Some(user) || (user_id.is_some() && user_id == comparison.instead)
    });
    let checks = [
        (
            Field::Contact,
            people.contact_id.as_ref() == Some(&to.contact_id),
        ),
        (Field::User, is_user),
        (
            Field::LocalPhone,
            is_number(people.local_phone.as_deref(), &to.local_phone),
        ),
        (
            Field::RemotePhone,
            is_number(people.remote_phone.as_deref(), &to.remote_phone),
        ),
    ];
    let differing = checks.into_iter().filter(|(_, is_equal)| !is_equal);
    differing.map(|(field, _)| field).collect()
}

/// Whether Close's number is this one; a number that Close does not return is not compared.
fn is_number(in_close: Option<&str>, number: &Phone) -> bool {
    in_close.is_none_or(|text| parsed(text).is_some_and(|phone| phone == *number))
}

fn parsed(text: &str) -> Option<Phone> {
    Phone::parse(text).or_else(|| Phone::parse(&format!("+{text}")))
}

/// Whether people have the recorded hash of those that were sent. What Close does not return is taken from `reference`.
fn is_as_sent(
    hash: [u8; 16],
    people: &PeopleInClose,
    reference: Option<&Destination>,
    comparison: &Comparison<'_>,
) -> bool {
    let phone = |text: &Option<String>, own: Option<&Phone>| match text {
        Some(text) => parsed(text),
        None => own.cloned(),
    };
    let (Some(contact_id), Some(local_phone), Some(remote_phone)) = (
        people.contact_id.clone(),
        phone(&people.local_phone, reference.map(|to| &to.local_phone)),
        phone(&people.remote_phone, reference.map(|to| &to.remote_phone)),
    ) else {
        return false;
    };
    let mut to = Destination {
        lead_id: LeadId::from(""),
        contact_id,
        user_id: people.user_id.clone(),
        local_phone,
        remote_phone,
    };
    let is_hash = |to: &Destination| comparison.is_hash_of(hash, "people", &people_text(to));
    if is_hash(&to) {
        return true;
    }
    // Without a user in the request, Close sets that of the key.
    to.user_id = None;
    if is_hash(&to) {
        return true;
    }
    let stands_in = people.user_id.is_some() && people.user_id.as_ref() == comparison.instead;
    to.user_id = reference.and_then(|to| to.user_id.clone());
    stands_in && is_hash(&to)
}
