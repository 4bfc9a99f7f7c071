//! Routing of one archive: the decision about its chat, and the numbers of its external ids.
//!
//! In scope: one-to-one chats, and every rule that needs contacts.csv, never.txt or the policy. Out of scope: groups
//! (`group_routing`), merging archives (`merge`), and comparing archives of several chats.

use super::desired::{Destination, Held, Rule, Standing};
use super::directions::{directions_are_known, is_group, owner_in_archive};
use super::owner::Owner;
use super::resolved::{Numbers, Resolved};
use super::rules::Rules;
use super::source::Source;
use crate::chat::Evidence;
use crate::name::name_key;
use crate::people::contacts::ImportChoice;
use crate::phone::Phone;
use crate::policy::Groups;

impl<'s> Rules<'s> {
    pub(super) fn resolve(&self, source: Source<'s>) -> Resolved<'s> {
        let device = source.device.name.as_str();
        let owner = match owner_in_archive(source) {
            Some(name) => Owner::from_names([name]),
            None => self.owners.get(device).cloned().unwrap_or_default(),
        };
        let choice = self.choice(source);
        let mut numbers = None;
        let standing = self.standing(source, &owner, choice, &mut numbers);
        Resolved {
            source,
            private: choice == Some(ImportChoice::Private)
                || standing == Standing::LeftOut(Rule::Private),
            standing,
            numbers,
            owner,
        }
    }

    /// The choice for the chat in contacts.csv and never.txt. A choice of `private` for a name that several
    /// chats have, and that contacts.csv does not distinguish, applies to all of them.
    fn choice(&self, source: Source<'_>) -> Option<ImportChoice> {
        let device = source.device.name.as_str();
        let private = Some(ImportChoice::Private);
        let applies_to_all = || {
            self.is_undistinguished(source)
                && self.contacts.choice(device, source.title()) == private
        };
        if self.contacts.is_listed(device, source.title()) || applies_to_all() {
            return private;
        }
        self.contacts.choice(device, source.name())
    }

    /// Whether other chats have the same name and contacts.csv does not distinguish them.
    fn is_undistinguished(&self, source: Source<'_>) -> bool {
        source.opened.has_shared_title()
            && (self.undistinguished)
                .contains(&(source.device.name.as_str(), name_key(source.title())))
    }

    fn standing(
        &self,
        source: Source<'s>,
        owner: &Owner,
        choice: Option<ImportChoice>,
        numbers: &mut Option<Numbers>,
    ) -> Standing {
        match choice {
            Some(ImportChoice::No) => return Standing::LeftOut(Rule::ImportNo),
            Some(ImportChoice::Private) => return Standing::LeftOut(Rule::Private),
            Some(ImportChoice::Yes | ImportChoice::Create) | None => {}
        }
        if self.is_undistinguished(source) {
            // A participant may be listed in never.txt; then the chat must not be named in outputs.
            let device = source.device.name.as_str();
            let is_never =
                |name: &str| (self.contacts).is_never_participant(device, source.name(), name);
            let mut others = source
                .chat
                .participants
                .iter()
                .filter(|p| !owner.is(&p.name));
            if !is_group(source) && others.any(|p| is_never(&p.name)) {
                return Standing::LeftOut(Rule::Private);
            }
            return Standing::Held(Held::SameName(source.title().to_owned()));
        }
        match self.policy.groups {
            Groups::Skip if is_group(source) || self.is_group_of_two_senders(source, owner) => {
                return Standing::LeftOut(Rule::Groups);
            }
            Groups::Anchor if is_group(source) || self.is_mapped_as_group(source, owner) => {
                return self.group(source, owner, numbers);
            }
            _ => {}
        }
        let (device, chat) = (source.device.name.as_str(), source.name());
        let others: Vec<&str> = source
            .chat
            .participants
            .iter()
            .map(|p| p.name.as_ref())
            .filter(|name| !owner.is(name))
            .collect();
        let mut mapping = self
            .contacts
            .contact_for(device, chat, &others)
            .unwrap_or_default();
        let me = self.contacts.me_for(device, chat).unwrap_or_default();
        // A native archive contains the number, independently of the name.
        let native = source.opened.native.as_ref();
        let named_number = (native.and_then(|native| native.phone.as_deref()))
            .and_then(Phone::parse)
            .or_else(|| Phone::parse(source.title()));
        // The number in the archive takes precedence over contacts.csv, since two contacts may have one
        // name.
        let remote = named_number.clone().or_else(|| mapping.phone.clone());
        if let Some(number) = &named_number {
            if !matches!(choice, Some(ImportChoice::Yes | ImportChoice::Create)) {
                match self.contacts.choice_of_number(device, number) {
                    Some(ImportChoice::Private) => return Standing::LeftOut(Rule::Private),
                    Some(ImportChoice::No) => return Standing::LeftOut(Rule::ImportNo),
                    Some(ImportChoice::Yes | ImportChoice::Create) | None => {}
                }
            }
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
        let is_never = |name: &&str| self.contacts.is_never_participant(device, chat, name);
        if self.contacts.is_never_number(remote.as_ref()) || others.iter().any(is_never) {
            return Standing::LeftOut(Rule::Private);
        }
        if remote
            .as_ref()
            .is_some_and(|number| self.own_numbers.contains(number))
        {
            return Standing::LeftOut(Rule::Internal);
        }
        let local = me.phone.or_else(|| source.device.local_phone.clone());
        let may_be_a_group = self.may_be_a_group(source, &mapping);
        // A group must not be merged with the one-to-one chat of its only other sender.
        if let (Some(local), Some(remote), false) = (&local, &remote, may_be_a_group) {
            // Set even if the archive is held, so that held and ready archives of one chat are grouped. The
            // owner's earliest number keeps ids stable when the number changes.
            *numbers = Some(Numbers {
                owner: source.device.former_phones.first().unwrap_or(local).clone(),
                other: remote.clone(),
                group: None,
            });
        }
        match source.chat.format.evidence {
            Evidence::Open => return Standing::Held(Held::DateOrder),
            Evidence::NoYear => return Standing::Held(Held::NoYear),
            _ => {}
        }
        if let Some((one, other)) = mapping.conflict {
            return Standing::Held(Held::Contradiction(one, other));
        }
        let (Some(lead_id), Some(contact_id), Some(remote_phone)) =
            (&mapping.lead_id, &mapping.contact_id, &remote)
        else {
            let columns = [
                ("lead_id", mapping.lead_id.is_none()),
                ("contact_id", mapping.contact_id.is_none()),
                ("phone", remote.is_none()),
            ];
            return Standing::Held(Held::Mapping(
                columns
                    .iter()
                    .filter(|(_, lacks)| *lacks)
                    .map(|(name, _)| *name)
                    .collect(),
            ));
        };
        if mapping
            .phone
            .as_ref()
            .is_some_and(|phone| phone != remote_phone)
        {
            return Standing::Held(Held::OtherNumber);
        }
        let Some(local_phone) = local else {
            return Standing::Held(Held::LocalPhone);
        };
        if !directions_are_known(source, owner) {
            return Standing::Held(Held::Owner);
        }
        if may_be_a_group {
            return Standing::Held(Held::Strangers);
        }
        Standing::Ready(Destination {
            lead_id: lead_id.clone(),
            contact_id: contact_id.clone(),
            user_id: me.user_id.or_else(|| source.device.user_id.clone()),
            local_phone,
            remote_phone: remote_phone.clone(),
        })
    }
}
