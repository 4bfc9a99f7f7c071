//! Routing of one archive: its owner, its chat and the decision about it.
//!
//! In scope: the rules that need contacts.csv, never.txt and the configuration. Out of scope: merging
//! archives (`merge`), and comparing archives of several chats.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;

use super::contacts::{Contacts, ImportChoice, Mapping, Role, Row};
use super::desired::{Content, Destination, Held, Rule, Standing};
use super::doubts::Extent;
use super::identity;
use super::owner::Owner;
use super::policy::{Groups, Policy};
use super::senders::Colleague;
use super::settings::Device;
use super::titles;
use crate::chat::{Chat, Evidence, Kind, Platform};
use crate::ids::{ContactId, LeadId};
use crate::intake::{Opened, Outline, Reread};
use crate::name::name_key;
use crate::parser::text::Decoded;
use crate::phone::Phone;

/// An archive with the chat that was read from it and the device it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// The device.
    pub device: &'s Device,
    /// The archive.
    pub opened: &'s Opened,
    /// Its chat; without messages if there is an outline.
    pub chat: &'s Chat<'s>,
    /// The text that `chat` was read from.
    pub transcript: &'s Decoded,
    /// The summary of an archive whose transcript was released from memory.
    pub outline: Option<&'s Outline>,
}

impl<'s> Source<'s> {
    /// An archive whose transcript is in memory.
    pub fn new(device: &'s Device, opened: &'s Opened, chat: &'s Chat<'s>) -> Self {
        Source {
            device,
            opened,
            chat,
            transcript: &opened.transcript,
            outline: None,
        }
    }

    /// The number of its messages.
    pub(super) fn count(&self) -> u32 {
        match self.outline {
            Some(outline) => outline.messages,
            None => u32::try_from(self.chat.messages.len()).unwrap_or(u32::MAX),
        }
    }

    /// What doubts are judged by.
    pub(super) fn extent(&self) -> Extent {
        match self.outline {
            Some(outline) => Extent {
                messages: outline.messages as usize,
                notices: outline.kinds.get(&Kind::System).map_or(0, |n| *n as usize),
                ends_a_line: outline.ends_a_line,
            },
            None => Extent::of(self.chat, self.transcript),
        }
    }

    /// The latest local time of a message.
    pub(super) fn last_time(&self) -> Option<NaiveDateTime> {
        match self.outline {
            Some(outline) => outline.last_time,
            None => self.chat.messages.iter().map(|m| m.local_time).max(),
        }
    }

    /// Calls `f` with the chat and its messages, which are read again if they were released. A chat that
    /// cannot be read again has none, and nothing is done with the result ([`Opened::lost`]).
    pub fn with_messages<R>(&self, f: impl FnOnce(&Chat<'_>) -> R) -> R {
        let text = self.reread();
        let chat = text.as_ref().and_then(|text| self.parse_again(text));
        f(chat.as_ref().unwrap_or(self.chat))
    }

    /// Reads the transcript of a released archive again; `None` if it was not released or cannot be read.
    pub(super) fn reread(&self) -> Option<Reread> {
        self.outline.and_then(|_| self.opened.reread())
    }

    /// The chat in a transcript that was read again.
    pub(super) fn parse_again<'r>(&self, text: &'r Reread) -> Option<Chat<'r>>
    where
        's: 'r,
    {
        text.parse(self.opened, self.outline?)
    }
}

impl Source<'_> {
    /// The name of the chat in outputs and in contacts.csv.
    pub(super) fn name(&self) -> &str {
        self.opened.chat_name()
    }

    /// The name in the archive: of the contact, or of the group. Several chats may have it.
    pub(super) fn title(&self) -> &str {
        self.opened.title()
    }
}

/// An archive with its routing.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'s> {
    pub(super) source: Source<'s>,
    pub(super) standing: Standing,
    pub(super) private: bool,
    /// The numbers for the external ids, of a ready chat.
    pub(super) numbers: Option<Numbers>,
    pub(super) owner: Owner,
}

impl Resolved<'_> {
    /// The same archive with a chat that was read again.
    pub(super) fn with_text<'t>(
        &'t self,
        transcript: &'t Decoded,
        chat: &'t Chat<'t>,
    ) -> Resolved<'t> {
        Resolved {
            source: Source {
                transcript,
                outline: None,
                ..Source::new(self.source.device, self.source.opened, chat)
            },
            standing: self.standing.clone(),
            private: self.private,
            numbers: self.numbers.clone(),
            owner: self.owner.clone(),
        }
    }

    /// Whether it is imported as a group.
    pub(super) fn is_group(&self) -> bool {
        (self.numbers.as_ref()).is_some_and(|numbers| numbers.group.is_some())
    }

    /// The lead and contact of a ready chat.
    pub(super) fn destination(&self) -> Option<(LeadId, ContactId)> {
        match &self.standing {
            Standing::Ready(to) => Some((to.lead_id.clone(), to.contact_id.clone())),
            _ => None,
        }
    }
}

/// The numbers from which external ids are derived. The owner's number is the earliest one of the device
/// (`former_phones` in the configuration), so that a new number changes no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) owner: Phone,
    /// The contact's number; for a group, its anchor's.
    pub(super) other: Phone,
    /// The key of a group, used instead of the two numbers.
    pub(super) group: Option<String>,
}

impl Numbers {
    /// The chat's part of the external ids.
    pub(super) fn chat(&self) -> String {
        match &self.group {
            Some(key) => key.clone(),
            None => identity::chat_of_pair(self.owner.e164(), self.other.e164()),
        }
    }
}

/// The inputs of routing: policy, contacts.csv, and facts about all archives.
pub(super) struct Rules<'s> {
    pub(super) policy: &'s Policy,
    pub(super) contacts: &'s Contacts,
    /// Every number of every device, former ones included.
    own_numbers: BTreeSet<Phone>,
    owners: BTreeMap<&'s str, Owner>,
    colleagues: Vec<Colleague>,
    /// Device and name key of names that several chats of a device have and that contacts.csv does not
    /// distinguish.
    undistinguished: BTreeSet<(&'s str, String)>,
    /// The name keys of the groups. The number in a group's row is its anchor's and does not identify a
    /// one-to-one chat.
    groups: BTreeSet<String>,
}

impl<'s> Rules<'s> {
    pub(super) fn new(
        policy: &'s Policy,
        contacts: &'s Contacts,
        devices: &[Device],
        sources: &[Source<'s>],
    ) -> Self {
        let mut by_device: BTreeMap<&'s str, Vec<Source<'s>>> = BTreeMap::new();
        for source in sources {
            by_device
                .entry(&source.device.name)
                .or_default()
                .push(*source);
        }
        let owners: BTreeMap<&'s str, Owner> = by_device
            .into_iter()
            .map(|(name, sources)| (name, owner_of(&sources, contacts)))
            .collect();
        titles::settle(sources, contacts, |source| match owner_in_archive(source) {
            Some(name) => Owner::from_names([name]),
            None => {
                let owner = owners.get(source.device.name.as_str());
                owner.cloned().unwrap_or_default()
            }
        });
        let mut own_numbers = BTreeSet::new();
        for source in sources {
            own_numbers.extend(source.device.local_phone.clone());
            own_numbers.extend(source.device.former_phones.iter().cloned());
            own_numbers.extend(
                contacts
                    .me_for(&source.device.name, source.name())
                    .and_then(|me| me.phone),
            );
        }
        Rules {
            policy,
            contacts,
            own_numbers,
            owners,
            colleagues: colleagues(contacts, devices),
            groups: (sources.iter())
                .filter(|source| is_group(**source))
                .map(|source| name_key(source.name()))
                .collect(),
            undistinguished: sources
                .iter()
                .filter(|source| {
                    let key = contacts.chat_key(&source.device.name, source.opened.chat_name());
                    source.opened.has_shared_title() && key.is_none()
                })
                .map(|source| {
                    let name = name_key(source.title());
                    (source.device.name.as_str(), name)
                })
                .collect(),
        }
    }

    /// The number of a group participant, if known: from a row of this chat, from the name itself, or from
    /// rows of other chats of the device if they agree.
    pub(super) fn number_of(&self, device: &str, chat: &str, name: &str) -> Option<Phone> {
        let row = self.contacts.participant_phone(device, chat, name).cloned();
        row.or_else(|| Phone::parse(name))
            .or_else(|| self.contacts.phone_by_name(device, name).cloned())
    }

    /// The colleague that a participant on `device` is, by number or by the name of the owner of another
    /// device.
    pub(super) fn colleague(
        &self,
        device: &str,
        name: &str,
        number: Option<&Phone>,
    ) -> Option<&Colleague> {
        let by_number = |colleague: &&Colleague| {
            number.is_some_and(|number| colleague.numbers.contains(number))
        };
        let key = name_key(name);
        let by_name = |colleague: &&Colleague| {
            let inferred = self.owners.get(colleague.device.as_str());
            colleague.device != device
                && number.is_none()
                && (colleague.names.contains(&key) || inferred.is_some_and(|owner| owner.is(name)))
        };
        let all = || self.colleagues.iter();
        all().find(by_number).or_else(|| all().find(by_name))
    }

    /// The keys of the chats of other devices with `contact`, for all present and former numbers of these
    /// devices.
    pub(super) fn keys_of_colleagues(&self, device: &str, contact: &Phone) -> Vec<Content> {
        let numbers = (self.colleagues.iter())
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
            .filter(|row| row.chat.key().is_none_or(|key| !names.contains(key)))
            .filter(|row| !self.is_of_group(row))
            .filter_map(|row| row.phone.as_ref())
            .filter(|phone| **phone != numbers.other)
            .map(|phone| identity::chat_of_pair(numbers.owner.e164(), phone.e164()))
            .collect();
        keys.into_iter().map(Content::new).collect()
    }

    /// Whether the row maps a group of this run.
    pub(super) fn is_of_group(&self, row: &Row) -> bool {
        row.chat.key().is_some_and(|key| self.groups.contains(key))
    }

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

impl Rules<'_> {
    /// The decision about a group, whose destination is the contact of its row with participant `*`.
    fn group(&self, source: Source<'_>, owner: &Owner, numbers: &mut Option<Numbers>) -> Standing {
        let (device, chat) = (source.device.name.as_str(), source.name());
        let Some(anchor) = self.contacts.anchor_for(device, chat) else {
            return Standing::Held(Held::Anchor);
        };
        let me = self.contacts.me_for(device, chat).unwrap_or_default();
        let local = me.phone.or_else(|| source.device.local_phone.clone());
        match source.chat.format.evidence {
            Evidence::Open => return Standing::Held(Held::DateOrder),
            Evidence::NoYear => return Standing::Held(Held::NoYear),
            _ => {}
        }
        let (Some(lead_id), Some(contact_id), Some(remote_phone)) =
            (anchor.lead_id, anchor.contact_id, anchor.phone)
        else {
            return Standing::Held(Held::Anchor);
        };
        let Some(local_phone) = local else {
            return Standing::Held(Held::LocalPhone);
        };
        if owner.is_unknown() {
            return Standing::Held(Held::Owner);
        }
        // A group without a chat key is identified by its subject.
        let key = (self.contacts.chat_key(device, chat))
            .map_or_else(|| format!("group:{}", name_key(chat)), str::to_owned);
        let first = source.device.former_phones.first();
        *numbers = Some(Numbers {
            owner: first.unwrap_or(&local_phone).clone(),
            other: remote_phone.clone(),
            group: Some(key),
        });
        Standing::Ready(Destination {
            lead_id,
            contact_id,
            user_id: me.user_id.or_else(|| source.device.user_id.clone()),
            local_phone,
            remote_phone,
        })
    }

    /// Whether the chat has at most two senders, its name is neither a sender's nor a number, and its row has
    /// `*` as participant.
    fn is_mapped_as_group(&self, source: Source<'_>, owner: &Owner) -> bool {
        let chat = name_key(source.title());
        let named = |row: &Row| row.chat.key().is_some() && row.participant.is_any();
        // If only the owner wrote, the name may be the other participant's.
        let others = || {
            source
                .chat
                .participants
                .iter()
                .filter(|p| !owner.is(&p.name))
        };
        Phone::parse(source.title()).is_none()
            && source.opened.name.certain
            && !owner.is_unknown()
            && others().next().is_some()
            && source
                .chat
                .participants
                .iter()
                .all(|p| name_key(&p.name) != chat)
            && (self
                .contacts
                .anchor_rows(&source.device.name, source.name()))
            .any(named)
    }

    /// Whether the chat is, by its row, a group in which only the owner and one other participant have written.
    /// With `groups = "skip"` it is left out like every other group.
    fn is_group_of_two_senders(&self, source: Source<'_>, owner: &Owner) -> bool {
        let participants = &source.chat.participants;
        participants.iter().any(|p| owner.is(&p.name)) && self.is_mapped_as_group(source, owner)
    }

    /// Whether the chat has two senders and a name by WhatsApp that is neither sender's: it may be a group in
    /// which one other participant has written so far. A row for this chat with lead and contact shows that it
    /// is not a group.
    fn may_be_a_group(&self, source: Source<'_>, mapping: &Mapping) -> bool {
        let participants = &source.chat.participants;
        let chat = name_key(source.title());
        let is_settled =
            |row: &Row| !row.chat.is_any() && row.lead_id.is_some() && row.contact_id.is_some();
        participants.len() == 2
            && source.opened.name.certain
            && Phone::parse(source.title()).is_none()
            && participants.iter().all(|p| name_key(&p.name) != chat)
            && !mapping.lines.iter().any(|line| {
                self.contacts
                    .rows()
                    .iter()
                    .any(|row| row.line == *line && is_settled(row))
            })
    }
}

/// The name of the owner in this archive, if the format determines it: an export of WhatsApp Web calls the owner
/// "You" in the language of the browser (observed), and a native archive marks the owner's messages.
fn owner_in_archive<'s>(source: Source<'s>) -> Option<&'s str> {
    let at = source.chat.owner? as usize;
    (source.chat.platform == Platform::Web || source.chat.platform.is_native())
        .then(|| source.chat.participants.get(at).map(|p| p.name.as_ref()))
        .flatten()
}

/// The owners of all devices with a known number.
fn colleagues(contacts: &Contacts, devices: &[Device]) -> Vec<Colleague> {
    let each = devices.iter().filter_map(|device| {
        // The row that applies to every chat: a row for one chat does not apply to groups.
        let me = contacts.me_for(&device.name, "").unwrap_or_default();
        let phone = me.phone.or_else(|| device.local_phone.clone())?;
        let mut numbers = device.former_phones.clone();
        numbers.push(phone.clone());
        let configured = device.owner.iter().map(String::as_str);
        let rows = contacts.me_names(&device.name, "");
        Some(Colleague {
            device: device.name.clone(),
            names: configured.chain(rows).map(name_key).collect(),
            first_phone: numbers.first().unwrap_or(&phone).clone(),
            phone,
            numbers,
            user_id: me.user_id.or_else(|| device.user_id.clone()),
        })
    });
    each.collect()
}

fn owner_of(sources: &[Source<'_>], contacts: &Contacts) -> Owner {
    let device = sources[0].device;
    if !device.owner.is_empty() {
        return Owner::from_names(device.owner.iter().map(String::as_str));
    }
    let mapped: Vec<&str> = sources
        .iter()
        .flat_map(|s| contacts.me_names(&device.name, s.name()))
        .collect();
    if !mapped.is_empty() {
        return Owner::from_names(mapped);
    }
    let chats: Vec<(&str, &Chat<'_>)> = sources.iter().map(|s| (s.title(), s.chat)).collect();
    Owner::infer(&chats)
}

/// Whether the chat is a group: it has notices that only groups have, or more senders than a one-to-one chat
/// can have.
///
/// A chat with two senders is not treated as a group, even if neither is the known owner: older exports show an
/// owner under a former profile name, and the chat would be left out silently. Such a chat is held unless
/// one sender has its name.
pub(super) fn is_group(source: Source<'_>) -> bool {
    source.chat.group_notices > 0 || source.chat.participants.len() > 2
}

/// Whether the direction of every message of a one-to-one chat is known: the owner is among the senders, or
/// one of them has the chat's name. If owner and contact have the same name, their messages cannot be
/// distinguished.
fn directions_are_known(source: Source<'_>, owner: &Owner) -> bool {
    let participants = &source.chat.participants;
    let chat = name_key(source.title());
    if owner.is(source.title()) {
        return participants.is_empty();
    }
    match participants.as_slice() {
        [] => true,
        // A sender with neither the owner's name nor the chat's is rejected if WhatsApp named the chat: it
        // may be the owner under a former name.
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

/// Whether the participant `name` of a one-to-one chat is the owner.
pub(super) fn is_owner(source: Source<'_>, owner: &Owner, name: &str) -> bool {
    if !owner.is_unknown() && source.chat.participants.iter().any(|p| owner.is(&p.name)) {
        return owner.is(name);
    }
    // The owner is not among the senders, or is not known: a participant without the chat's name is the
    // owner, provided that another participant has the chat's name.
    let chat = name_key(source.title());
    let other_writes = source
        .chat
        .participants
        .iter()
        .any(|p| name_key(&p.name) == chat);
    other_writes && name_key(name) != chat
}
