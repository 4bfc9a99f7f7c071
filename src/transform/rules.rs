//! The inputs of a transformation: policy, contacts.csv, and the routing of all archives.
//!
//! Belongs here: taking the facts for [`crate::routing`] from archives, and keys of other chats. Never here: a decision
//! about an archive.

use std::collections::BTreeSet;

use super::desired::Content;
use super::identity;
use super::resolved::Resolved;
use super::same_phone::other_archives;
use super::source::Source;
use super::titles;
use super::trace::Trace;
use crate::chat::Chat;
use crate::people::contacts::{Contacts, Role, Row};
use crate::phone::Phone;
use crate::policy::Policy;
use crate::routing::{self, Colleague, Destination, Numbers, Owner, Subject};
use crate::settings::Device;

/// The inputs of a transformation, with the routing of its archives.
pub(super) struct Rules<'s> {
    pub(super) policy: &'s Policy,
    pub(super) contacts: &'s Contacts,
    /// Records single messages.
    pub(super) trace: Option<&'s Trace>,
    routes: routing::Rules<'s>,
}

impl<'s> Rules<'s> {
    pub(super) fn new(
        policy: &'s Policy,
        contacts: &'s Contacts,
        devices: &'s [Device],
        sources: &[Source<'s>],
    ) -> Self {
        let subjects = || -> Vec<Subject<'s>> { sources.iter().map(Source::subject).collect() };
        let owners = routing::owners(contacts, &subjects(), |device| {
            let of_device = sources.iter().filter(|source| source.device.name == device);
            let chats: Vec<(&str, &Chat<'_>)> = of_device
                .map(|source| (source.title(), source.chat))
                .collect();
            Owner::infer(&chats)
        });
        titles::settle(sources, contacts, |source| match source.subject().owner {
            Some(name) => Owner::from_names([name]),
            None => {
                let owner = owners.get(source.device.name.as_str());
                owner.cloned().unwrap_or_default()
            }
        });
        let others = other_archives(sources, contacts, &owners);
        let routes = routing::Rules::new(policy.groups, contacts, devices, &subjects(), owners);
        Rules {
            policy,
            contacts,
            trace: None,
            routes: routes.with_other_archives(others),
        }
    }

    /// The same rules, with what records single messages.
    pub(super) fn traced(self, trace: Option<&'s Trace>) -> Self {
        Rules { trace, ..self }
    }

    /// The archive with its decision.
    pub(super) fn resolve(&self, source: Source<'s>) -> Resolved<'s> {
        let routed = self.routes.decide(&source.subject());
        Resolved {
            source,
            standing: routed.decision,
            private: routed.is_private,
            numbers: routed.numbers,
            imported_as: routed.imported_as,
            owner: routed.owner,
        }
    }

    /// See [`routing::Rules::number_of`].
    pub(super) fn number_of(&self, device: &str, chat: &str, name: &str) -> Option<Phone> {
        self.routes.number_of(device, chat, name)
    }

    /// See [`routing::Rules::colleague`].
    pub(super) fn colleague(
        &self,
        device: &str,
        name: &str,
        number: Option<&Phone>,
    ) -> Option<&Colleague> {
        self.routes.colleague(device, name, number)
    }

    /// See [`routing::Rules::had_same_owner`].
    pub(super) fn had_same_owner(&self, device: &str, first: &Phone, name: &str) -> bool {
        self.routes.had_same_owner(device, first, name)
    }

    /// See [`routing::Rules::is_of_group`].
    pub(super) fn is_of_group(&self, row: &Row) -> bool {
        self.routes.is_of_group(row)
    }

    /// The keys of the chats of other devices with `contact`, for all present and former numbers of these
    /// devices.
    pub(super) fn keys_of_colleagues(&self, device: &str, contact: &Phone) -> Vec<Content> {
        let numbers = (self.routes.colleagues().iter())
            .filter(|colleague| colleague.device != device)
            .flat_map(|colleague| &colleague.numbers);
        // A colleague may have another number in one chat.
        let rows = (self.contacts.rows().iter())
            .filter(|row| {
                row.role == Role::Me && row.device.as_deref().is_some_and(|d| d != device)
            })
            .filter_map(|row| row.phone.as_ref());
        let keys: BTreeSet<String> = numbers
            .chain(rows)
            .map(|number| identity::chat_of_pair(number.e164(), contact.e164()))
            .collect();
        keys.into_iter().map(Content::new).collect()
    }

    /// The keys of the chats of the contact or lead of `to` under other numbers, from rows with names other
    /// than `names`.
    pub(super) fn keys_of_other_numbers(
        &self,
        numbers: &Numbers,
        to: &Destination,
        names: &BTreeSet<String>,
    ) -> Vec<Content> {
        let keys: BTreeSet<String> = (self.contacts.rows().iter())
            .filter(|row| row.role == Role::Contact)
            .filter(|row| {
                row.contact_id.as_ref() == Some(&to.contact_id)
                    || row.lead_id.as_ref() == Some(&to.lead_id)
            })
            .filter(|row| !row.chat.keys().any(|key| names.contains(key)))
            .filter(|row| !self.is_of_group(row))
            .filter_map(|row| row.phone.as_ref())
            .filter(|phone| **phone != numbers.other)
            .map(|phone| identity::chat_of_pair(numbers.owner.e164(), phone.e164()))
            .collect();
        keys.into_iter().map(Content::new).collect()
    }
}
