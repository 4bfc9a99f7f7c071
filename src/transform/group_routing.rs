//! Routing of groups: whether a chat is one, and its destination by the row with participant `*`.

use super::desired::{Destination, Held, Standing};
use super::owner::Owner;
use super::resolved::Numbers;
use super::rules::Rules;
use super::source::Source;
use crate::chat::Evidence;
use crate::name::name_key;
use crate::people::contacts::{Mapping, Row};
use crate::phone::Phone;

impl Rules<'_> {
    /// The decision about a group, whose destination is the contact of its row with participant `*`.
    pub(super) fn group(
        &self,
        source: Source<'_>,
        owner: &Owner,
        numbers: &mut Option<Numbers>,
    ) -> Standing {
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
    pub(super) fn is_mapped_as_group(&self, source: Source<'_>, owner: &Owner) -> bool {
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
    pub(super) fn is_group_of_two_senders(&self, source: Source<'_>, owner: &Owner) -> bool {
        let participants = &source.chat.participants;
        participants.iter().any(|p| owner.is(&p.name)) && self.is_mapped_as_group(source, owner)
    }

    /// Whether the chat has two senders and a name by WhatsApp that is neither sender's: it may be a group in
    /// which one other participant has written so far. A row for this chat with lead and contact shows that it
    /// is not a group.
    pub(super) fn may_be_a_group(&self, source: Source<'_>, mapping: &Mapping) -> bool {
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
