//! The decision about an archive, from settings, contacts.csv, never.txt and the facts about all archives.
//!
//! Here belongs the order of the rules for one-to-one chats. The rules of groups are in `group`.

use std::collections::{BTreeMap, BTreeSet};

use super::colleague::{self, Colleague};
use super::decision::{Decision, Destination};
use super::held::Held;
use super::numbers::Numbers;
use super::owner::Owner;
use super::rule::Rule;
use super::subject::Subject;
use super::writers::{OtherArchives, Writers};
use crate::chat::Evidence;
use crate::name::name_key;
use crate::people::contacts::{Contacts, ImportChoice, Mapping, OwnerMapping, Row};
use crate::phone::Phone;
use crate::policy::Groups;
use crate::settings::Device;

/// The inputs of routing: the policy for groups, contacts.csv, the devices, and facts about all archives.
pub struct Rules<'s> {
    pub(super) groups: Groups,
    pub(super) contacts: &'s Contacts,
    /// Every number of every device, former ones included.
    own_numbers: BTreeSet<Phone>,
    pub(super) owners: BTreeMap<&'s str, Owner>,
    pub(super) colleagues: Vec<Colleague>,
    pub(super) writers: Writers<'s>,
    /// Device and name key of names that several chats of a device have and that contacts.csv does not
    /// distinguish.
    undistinguished: BTreeSet<(&'s str, String)>,
    /// The name keys of the groups. The number in a group's row is its anchor's and does not identify a
    /// one-to-one chat.
    group_names: BTreeSet<String>,
}

/// An archive with its decision.
#[derive(Debug, Clone)]
pub struct Routed {
    /// Whether the chat is ready, left out or held.
    pub decision: Decision,
    /// Whether output must not name the chat.
    pub is_private: bool,
    /// The numbers from which the external ids are derived; `None` if they are not known.
    pub numbers: Option<Numbers>,
    /// For a chat that a row or never.txt leaves out: the numbers under which it may have been
    /// imported before; else `None`.
    pub imported_as: Option<Numbers>,
    /// The owner in this archive.
    pub owner: Owner,
}

impl<'s> Rules<'s> {
    /// Prepares the decisions about these archives. `owners`: those of all devices with archives
    /// ([`owners`](super::owners())).
    pub fn new(
        groups: Groups,
        contacts: &'s Contacts,
        devices: &'s [Device],
        subjects: &[Subject<'s>],
        owners: BTreeMap<&'s str, Owner>,
    ) -> Self {
        let mut own_numbers = BTreeSet::new();
        for subject in subjects {
            own_numbers.extend(subject.device.local_phone.clone());
            own_numbers.extend(subject.device.former_phones.iter().cloned());
            let me = contacts.me_for(&subject.device.name, subject.name);
            own_numbers.extend(me.and_then(|me| me.phone));
        }
        let undistinguished = (subjects.iter())
            .filter(|subject| {
                let key = contacts.chat_key(&subject.device.name, subject.name);
                subject.has_shared_title && key.is_none()
            })
            .map(|subject| (subject.device.name.as_str(), name_key(subject.title)));
        Rules {
            groups,
            contacts,
            own_numbers,
            colleagues: colleague::of_devices(contacts, devices),
            writers: Writers::new(contacts, devices, subjects, &owners),
            group_names: (subjects.iter())
                .filter(|subject| subject.is_group)
                .map(|subject| name_key(subject.name))
                .collect(),
            undistinguished: undistinguished.collect(),
            owners,
        }
    }

    /// These rules, with the other archives of the same conversations.
    #[must_use]
    pub fn with_other_archives(mut self, others: OtherArchives<'s>) -> Self {
        self.writers.others = others;
        self
    }

    /// The owner in one archive: by its format, else the owner of its device, with the names of the owner of a
    /// device that had the phone at another time.
    fn owner_in(&self, subject: &Subject<'s>) -> Owner {
        match subject.owner {
            Some(name) => Owner::from_names([name]),
            None => self.writers.owner_in(subject),
        }
    }

    /// The decision about an archive.
    pub fn decide(&self, subject: &Subject<'s>) -> Routed {
        let owner = self.owner_in(subject);
        let choice = self.choice(subject, &owner);
        let (decision, numbers) = self.decision(subject, &owner, choice);
        let is_private =
            choice == Some(ImportChoice::Private) || decision == Decision::LeftOut(Rule::Private);
        let is_by_choice = matches!(
            decision,
            Decision::LeftOut(Rule::ImportNo | Rule::Private | Rule::Groups)
        );
        Routed {
            imported_as: match is_by_choice {
                true => self.imported_as(subject, &owner),
                false => None,
            },
            decision: match is_private && self.is_erased(subject, &owner) {
                true => Decision::LeftOut(Rule::Erased),
                false => decision,
            },
            is_private,
            numbers,
            owner,
        }
    }

    /// Whether the chat is left out since its contact was erased.
    fn is_erased(&self, subject: &Subject<'s>, owner: &Owner) -> bool {
        let (contacts, device) = (self.contacts, subject.device.name.as_str());
        if contacts.erased().is_empty() {
            return false;
        }
        if subject.is_group || self.is_mapped_as_group(subject, owner) {
            return false;
        }
        if contacts.is_erased_chat(device, subject.name)
            || contacts.is_erased_chat(device, subject.title)
        {
            return true;
        }
        let others: Vec<&str> = subject.others(owner).collect();
        let is_one = |name: &&str| contacts.is_erased_participant(device, subject.name, name);
        contacts.is_erased_number(self.contact(subject, &others).1.as_ref())
            || others.iter().any(is_one)
    }

    /// The numbers that an import of a chat which is left out now would have had.
    fn imported_as(&self, subject: &Subject<'s>, owner: &Owner) -> Option<Numbers> {
        if subject.is_group || self.is_mapped_as_group(subject, owner) {
            return self.group(subject, owner).1;
        }
        let others: Vec<&str> = subject.others(owner).collect();
        let remote = self.contact(subject, &others).1?;
        let local = self.own_side(subject).phone?;
        Some(Numbers::new(subject.device, &local, &remote, None))
    }

    /// The owner's number and user in this chat: of a row, else of the device.
    pub(super) fn own_side(&self, subject: &Subject<'_>) -> OwnerMapping {
        let device = subject.device;
        let me = self.contacts.me_for(&device.name, subject.name);
        let me = me.unwrap_or_default();
        OwnerMapping {
            phone: me.phone.or_else(|| device.local_phone.clone()),
            user_id: me.user_id.or_else(|| device.user_id.clone()),
        }
    }

    /// Why an archive is not of its device, by its writers alone: no choice about the chat matters.
    /// `None` if it may be. Otherwise as [`decide`](Rules::decide).
    pub fn of_another_phone(&self, subject: &Subject<'s>) -> Option<Held> {
        match subject.is_group {
            true => self.writers.held_group(subject),
            false => self.writers.held(subject, &self.owner_in(subject)),
        }
    }

    /// The choice for the chat in contacts.csv and never.txt. A choice of `private` for a name that several
    /// chats have, and that contacts.csv does not distinguish, applies to all of them.
    fn choice(&self, subject: &Subject<'_>, owner: &Owner) -> Option<ImportChoice> {
        let device = subject.device.name.as_str();
        let private = Some(ImportChoice::Private);
        let is_group = subject.is_group || self.is_mapped_as_group(subject, owner);
        let choice = |name: &str| match is_group {
            true => self.contacts.choice_of_group(device, name),
            false => self.contacts.choice(device, name),
        };
        let applies_to_all =
            || self.is_undistinguished(subject) && choice(subject.title) == private;
        if self.contacts.is_listed(device, subject.title) || applies_to_all() {
            return private;
        }
        choice(subject.name)
    }

    /// Whether other chats have the same name and contacts.csv does not distinguish them.
    fn is_undistinguished(&self, subject: &Subject<'_>) -> bool {
        subject.has_shared_title
            && (self.undistinguished)
                .contains(&(subject.device.name.as_str(), name_key(subject.title)))
    }

    fn decision(
        &self,
        subject: &Subject<'s>,
        owner: &Owner,
        choice: Option<ImportChoice>,
    ) -> (Decision, Option<Numbers>) {
        match choice {
            Some(ImportChoice::No) => return (Decision::LeftOut(Rule::ImportNo), None),
            Some(ImportChoice::Private) => return (Decision::LeftOut(Rule::Private), None),
            Some(ImportChoice::Yes | ImportChoice::Create) | None => {}
        }
        if self.is_undistinguished(subject) {
            // A participant may be listed in never.txt; then the chat must not be named in outputs.
            let device = subject.device.name.as_str();
            let is_never =
                |name: &str| (self.contacts).is_never_participant(device, subject.name, name);
            if !subject.is_group && subject.others(owner).any(is_never) {
                return (Decision::LeftOut(Rule::Private), None);
            }
            // An archive of another phone explains why two chats have one name.
            let of_another_phone = self.writers.held(subject, owner);
            let of_another_phone = of_another_phone.filter(|_| !subject.is_group);
            let same_name = || Held::SameName(subject.title.to_owned());
            let held = of_another_phone.unwrap_or_else(same_name);
            return (Decision::Held(held), None);
        }
        match self.groups {
            Groups::Skip if subject.is_group || self.is_group_of_two_senders(subject, owner) => {
                (Decision::LeftOut(Rule::Groups), None)
            }
            Groups::Anchor if subject.is_group || self.is_mapped_as_group(subject, owner) => {
                self.group(subject, owner)
            }
            _ => self.pair(subject, owner, choice),
        }
    }

    /// The contact of a one-to-one chat by the rows, and the number that identifies it.
    fn contact(&self, subject: &Subject<'_>, others: &[&str]) -> (Mapping, Option<Phone>) {
        let device = subject.device.name.as_str();
        let mapping = self.contacts.contact_for(device, subject.name, others);
        let mut mapping = mapping.unwrap_or_default();
        // The number in the archive takes precedence over contacts.csv, since two contacts may have one name.
        let named = subject.named_number();
        let remote = named.clone().or_else(|| mapping.phone.clone());
        if let Some(number) = &named {
            // The row for this number may have another name, or none.
            let is_complete = mapping.lead_id.is_some() && mapping.contact_id.is_some();
            let has_number = mapping.phone.as_ref().is_none_or(|phone| phone == number);
            if !(is_complete && has_number)
                && let Some((lead_id, contact_id)) = self.contacts.destination_of(device, number)
            {
                mapping.phone = Some(number.clone());
                mapping.lead_id = Some(lead_id);
                mapping.contact_id = Some(contact_id);
                mapping.conflict = None;
            }
        }
        (mapping, remote)
    }

    /// The rule that leaves out a one-to-one chat because of its contact.
    fn rule_of_contact(
        &self,
        subject: &Subject<'_>,
        choice: Option<ImportChoice>,
        others: &[&str],
        (mapping, remote): (&Mapping, Option<&Phone>),
    ) -> Option<Rule> {
        let device = subject.device.name.as_str();
        // A number that a row makes private is private whatever the chat is called, and whatever its own row contains.
        let mut numbers = remote.into_iter().chain(&mapping.phone);
        let is_private = |number: &Phone| {
            (self.contacts)
                .row_that_makes_private(device, subject.name, number)
                .is_some()
        };
        if numbers.any(is_private) {
            return Some(Rule::Private);
        }
        if let Some(number) = subject.named_number()
            && !matches!(choice, Some(ImportChoice::Yes | ImportChoice::Create))
        {
            match self.contacts.choice_of_number(device, &number) {
                Some(ImportChoice::Private) => return Some(Rule::Private),
                Some(ImportChoice::No) => return Some(Rule::ImportNo),
                Some(ImportChoice::Yes | ImportChoice::Create) | None => {}
            }
        }
        let is_never =
            |name: &&str| (self.contacts).is_never_participant(device, subject.name, name);
        if self.contacts.is_never_number(remote) || others.iter().any(is_never) {
            return Some(Rule::Private);
        }
        let is_own = remote.is_some_and(|number| self.own_numbers.contains(number));
        is_own.then_some(Rule::Internal)
    }

    /// The decision about a one-to-one chat.
    fn pair(
        &self,
        subject: &Subject<'s>,
        owner: &Owner,
        choice: Option<ImportChoice>,
    ) -> (Decision, Option<Numbers>) {
        let others: Vec<&str> = subject.others(owner).collect();
        let (mapping, remote) = self.contact(subject, &others);
        if let Some(rule) =
            self.rule_of_contact(subject, choice, &others, (&mapping, remote.as_ref()))
        {
            return (Decision::LeftOut(rule), None);
        }
        let own = self.own_side(subject);
        let may_be_a_group = self.may_be_a_group(subject, &mapping);
        // A group must not be merged with the one-to-one chat of its only other sender.
        let numbers = match (&own.phone, &remote) {
            // Known even if the archive is held, so that held and ready archives of one chat are grouped.
            (Some(local), Some(remote)) if !may_be_a_group => {
                Some(Numbers::new(subject.device, local, remote, None))
            }
            _ => None,
        };
        let held = |held: Held| (Decision::Held(held), numbers.clone());
        if let Some(reason) = undated(subject.evidence) {
            return held(reason);
        }
        if let Some(reason) = self.writers.held(subject, owner) {
            return (Decision::Held(reason), None);
        }
        if let Some((one, other)) = mapping.conflict {
            return held(Held::Contradiction(one, other));
        }
        let (Some(lead_id), Some(contact_id), Some(remote_phone)) =
            (&mapping.lead_id, &mapping.contact_id, &remote)
        else {
            if choice.is_none()
                && remote.is_none()
                && let Some((name, of)) = self.named_as_colleague(subject, &others)
            {
                return held(Held::NameOfColleague { name, device: of });
            }
            let columns = [
                ("lead_id", mapping.lead_id.is_none()),
                ("contact_id", mapping.contact_id.is_none()),
                ("phone", remote.is_none()),
            ];
            let missing = columns.iter().filter(|(_, is_missing)| *is_missing);
            return held(Held::Mapping(missing.map(|(name, _)| *name).collect()));
        };
        let of_row = mapping
            .phone
            .as_ref()
            .filter(|phone| *phone != remote_phone);
        if let Some(row) = of_row {
            let device = subject.device.name.as_str();
            return held(Held::OtherNumber {
                line: self.contacts.line_of_number(device, subject.name, row),
                row: row.to_string(),
                archive: remote_phone.to_string(),
            });
        }
        let Some(local_phone) = own.phone else {
            return held(Held::LocalPhone);
        };
        if !subject.has_known_directions(owner) {
            return held(Held::Owner);
        }
        if may_be_a_group {
            return held(Held::Strangers);
        }
        let destination = Destination {
            lead_id: lead_id.clone(),
            contact_id: contact_id.clone(),
            user_id: own.user_id,
            local_phone,
            remote_phone: remote_phone.clone(),
        };
        (Decision::Ready(destination), numbers)
    }

    /// The other side's name and the device of the colleague of that name, if it is a colleague's.
    fn named_as_colleague(
        &self,
        subject: &Subject<'_>,
        others: &[&str],
    ) -> Option<(String, String)> {
        others.iter().find_map(|name| {
            let colleague = self.colleague(&subject.device.name, name, None)?;
            Some(((*name).to_owned(), colleague.device.clone()))
        })
    }

    /// Whether the chat has two senders and a name by WhatsApp that is neither sender's: it may be a group in
    /// which one other participant has written so far. A row for this chat with lead and contact shows that it
    /// is not a group.
    fn may_be_a_group(&self, subject: &Subject<'_>, mapping: &Mapping) -> bool {
        let is_settled =
            |row: &Row| !row.chat.is_any() && row.lead_id.is_some() && row.contact_id.is_some();
        let rows = || self.contacts.rows().iter();
        subject.participants.len() == 2
            && subject.has_certain_title
            && Phone::parse(subject.title).is_none()
            && !subject.has_title_as_sender()
            && !(mapping.lines.iter())
                .any(|line| rows().any(|row| row.line == *line && is_settled(row)))
    }

    /// Whether the row maps a group of this run.
    pub fn is_of_group(&self, row: &Row) -> bool {
        (row.chat.keys()).any(|key| self.group_names.contains(key))
    }
}

/// Why the dates of an archive are not certain.
pub(super) fn undated(evidence: Evidence) -> Option<Held> {
    match evidence {
        Evidence::Open => Some(Held::DateOrder),
        Evidence::NoYear => Some(Held::NoYear),
        _ => None,
    }
}
