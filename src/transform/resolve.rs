//! One archive: whose it is, which chat, where it goes.

use std::collections::{BTreeMap, BTreeSet};

use super::contacts::{Contacts, ImportChoice, Mapping};
use super::desired::{Destination, Held, Rule, Standing};
use super::identity;
use super::names::name_key;
use super::owner::Owner;
use super::phone::Phone;
use super::settings::{Device, Groups, ImportSettings};
use crate::chat::{Chat, Evidence, Platform};
use crate::intake::Opened;

/// An archive with the chat that was read from it and the device it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// The device.
    pub device: &'s Device,
    /// The archive.
    pub opened: &'s Opened,
    /// What it holds.
    pub chat: &'s Chat<'s>,
}

impl Source<'_> {
    /// The chat's name, from the archive's.
    pub(super) fn name(&self) -> &str {
        &self.opened.name.chat
    }
}

/// What is known of one archive.
#[derive(Debug)]
pub(super) struct Resolved<'s> {
    pub(super) source: Source<'s>,
    pub(super) standing: Standing,
    pub(super) private: bool,
    /// Numbers for the external ids, for a ready chat.
    pub(super) numbers: Option<Numbers>,
    pub(super) owner: Owner,
}

/// The numbers that external ids are made of. The owner's is the earliest that the device ever
/// had, so that a new number changes no id (contract.md, `former_phones`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) owner: Phone,
    pub(super) other: Phone,
}

impl Numbers {
    /// The second field of the external ids.
    pub(super) fn chat(&self) -> String {
        identity::chat_of_pair(self.owner.e164(), self.other.e164())
    }
}

/// Everything that the rules of one run are made of.
pub(super) struct Rules<'s> {
    pub(super) settings: &'s ImportSettings,
    pub(super) contacts: &'s Contacts,
    /// Every number of every device, former ones included.
    own_numbers: BTreeSet<Phone>,
    owners: BTreeMap<&'s str, Owner>,
}

impl<'s> Rules<'s> {
    pub(super) fn new(
        settings: &'s ImportSettings,
        contacts: &'s Contacts,
        sources: &[Source<'s>],
    ) -> Self {
        let mut own_numbers = BTreeSet::new();
        let mut by_device: BTreeMap<&'s str, Vec<Source<'s>>> = BTreeMap::new();
        for source in sources {
            own_numbers.extend(source.device.local_phone.clone());
            own_numbers.extend(source.device.former_phones.iter().cloned());
            own_numbers.extend(
                contacts
                    .me_for(&source.device.name, source.name())
                    .and_then(|me| me.phone),
            );
            by_device
                .entry(&source.device.name)
                .or_default()
                .push(*source);
        }
        let owners = by_device
            .into_iter()
            .map(|(name, sources)| (name, owner_of(&sources, contacts)))
            .collect();
        Rules {
            settings,
            contacts,
            own_numbers,
            owners,
        }
    }

    pub(super) fn resolve(&self, source: Source<'s>) -> Resolved<'s> {
        let device = source.device.name.as_str();
        let owner = match you(source) {
            Some(you) => Owner::told([you]),
            None => self.owners.get(device).cloned().unwrap_or_default(),
        };
        let choice = self.contacts.choice(device, source.name());
        let mut numbers = None;
        let standing = self.standing(source, &owner, choice, &mut numbers);
        Resolved {
            source,
            standing,
            private: choice == Some(ImportChoice::Private),
            numbers,
            owner,
        }
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
            Some(ImportChoice::Yes) | None => {}
        }
        if is_group(source) && self.settings.groups == Groups::Skip {
            return Standing::LeftOut(Rule::Groups);
        }
        let (device, chat) = (source.device.name.as_str(), source.name());
        let others: Vec<&str> = source
            .chat
            .participants
            .iter()
            .map(|p| p.name.as_ref())
            .filter(|name| !owner.is(name))
            .collect();
        let mapping = self
            .contacts
            .contact_for(device, chat, &others)
            .unwrap_or_default();
        let me = self.contacts.me_for(device, chat).unwrap_or_default();
        let named_number = Phone::parse(chat);
        let remote = mapping.phone.clone().or_else(|| named_number.clone());
        if remote
            .as_ref()
            .is_some_and(|number| self.own_numbers.contains(number))
        {
            return Standing::LeftOut(Rule::Internal);
        }
        let local = me.phone.or_else(|| source.device.local_phone.clone());
        if let (Some(local), Some(remote)) = (&local, &remote) {
            // Known as soon as both numbers are, so that a held archive and a ready one of the
            // same chat meet. The earliest number of the owner: ids stay when it changes.
            *numbers = Some(Numbers {
                owner: source.device.former_phones.first().unwrap_or(local).clone(),
                other: remote.clone(),
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
        if named_number.is_some_and(|number| number != *remote_phone) {
            return Standing::Held(Held::OtherNumber);
        }
        let Some(local_phone) = local else {
            return Standing::Held(Held::LocalPhone);
        };
        if !sides_are_known(source, owner) {
            return Standing::Held(Held::Owner);
        }
        if self.may_be_a_group(source, &mapping) {
            // Not that person's chat, so it holds up nobody but itself.
            *numbers = None;
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

impl Rules<'_> {
    /// A chat of two writers that WhatsApp itself named, and after neither of them: a group in
    /// which only one other person wrote. A row for this very chat says that it is none.
    fn may_be_a_group(&self, source: Source<'_>, mapping: &Mapping) -> bool {
        let participants = &source.chat.participants;
        let chat = name_key(source.name());
        participants.len() == 2
            && source.opened.name.certain
            && Phone::parse(source.name()).is_none()
            && participants.iter().all(|p| name_key(&p.name) != chat)
            && !mapping.lines.iter().any(|line| {
                self.contacts
                    .rows()
                    .iter()
                    .any(|row| row.line == *line && !row.chat.is_any())
            })
    }
}

/// What the Web export calls its owner: "You" in the browser's language, whatever the names are
/// that phones show (`whatsapp-export-format.md` 2.8).
fn you<'s>(source: Source<'s>) -> Option<&'s str> {
    let at = source.chat.owner? as usize;
    (source.chat.platform == Platform::Web)
        .then(|| source.chat.participants.get(at).map(|p| p.name.as_ref()))
        .flatten()
}

fn owner_of(sources: &[Source<'_>], contacts: &Contacts) -> Owner {
    let device = sources[0].device;
    if !device.owner.is_empty() {
        return Owner::told(device.owner.iter().map(String::as_str));
    }
    let told: Vec<&str> = sources
        .iter()
        .flat_map(|s| contacts.me_names(&device.name, s.name()))
        .collect();
    if !told.is_empty() {
        return Owner::told(told);
    }
    let chats: Vec<(&str, &Chat<'_>)> = sources.iter().map(|s| (s.name(), s.chat)).collect();
    Owner::infer(&chats)
}

/// A group: by its notices, or by more writers than a one-to-one chat can have.
///
/// Two writers are never taken for a group, even where the known owner is none of them: an owner
/// who changed the profile name is shown under the old one in older exports, and the chat would
/// be left out without a word. Such a chat is held unless one of the two bears its name.
pub(super) fn is_group(source: Source<'_>) -> bool {
    source.chat.group_notices > 0 || source.chat.participants.len() > 2
}

/// True when every sender of a one-to-one chat is known to be on one side or the other: either
/// the owner is among them, or one of them bears the chat's name. Where owner and contact bear
/// one name, nothing tells their messages apart.
fn sides_are_known(source: Source<'_>, owner: &Owner) -> bool {
    let participants = &source.chat.participants;
    let chat = name_key(source.name());
    if owner.is(source.name()) {
        return participants.is_empty();
    }
    match participants.as_slice() {
        [] => true,
        // Neither the owner's name nor the chat's, where WhatsApp itself named the chat: the
        // owner may have had another name then.
        [one] => {
            owner.is(&one.name)
                || name_key(&one.name) == chat
                || (!owner.is_unknown() && !source.opened.name.certain)
        }
        _ => {
            participants.iter().any(|p| owner.is(&p.name))
                || participants.iter().any(|p| name_key(&p.name) == chat)
        }
    }
}

/// True when a participant of a one-to-one chat is the owner.
pub(super) fn is_owner(source: Source<'_>, owner: &Owner, name: &str) -> bool {
    if !owner.is_unknown() && source.chat.participants.iter().any(|p| owner.is(&p.name)) {
        return owner.is(name);
    }
    // The owner is not among the writers, or is not known: whoever does not bear the chat's name
    // is on our side, unless nobody bears it.
    let chat = name_key(source.name());
    let other_writes = source
        .chat
        .participants
        .iter()
        .any(|p| name_key(&p.name) == chat);
    other_writes && name_key(name) != chat
}
