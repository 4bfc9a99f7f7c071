//! The decision about a group, whose destination is the contact of its row with participant `*`.

use super::decision::{Decision, Destination};
use super::held::{AnchorGap, Held};
use super::numbers::Numbers;
use super::owner::Owner;
use super::rules::{Rules, undated};
use super::subject::Subject;
use crate::name::name_key;
use crate::people::contacts::Row;
use crate::phone::Phone;

/// The key of a group without a `chat_key`: its subject.
pub(crate) fn key_by_subject(subject: &str) -> String {
    format!("group:{}", name_key(subject))
}

impl<'s> Rules<'s> {
    /// The decision about a group with `groups = "anchor"`.
    pub(super) fn group(
        &self,
        subject: &Subject<'s>,
        owner: &Owner,
    ) -> (Decision, Option<Numbers>) {
        let (device, chat) = (subject.device.name.as_str(), subject.name);
        let held = |held: Held| (Decision::Held(held), None);
        let line = self.contacts.anchor_rows(device, chat).map(|row| row.line);
        let line = line.min();
        let unfilled = || Held::Anchor(line.map_or(AnchorGap::NoRow, AnchorGap::Unfilled));
        let Some(anchor) = self.contacts.anchor_for(device, chat) else {
            return held(unfilled());
        };
        let own = self.own_side(subject);
        if let Some(reason) = undated(subject.evidence) {
            return held(reason);
        }
        if let Some(reason) = self.writers.held_group(subject) {
            return held(reason);
        }
        let (Some(lead_id), Some(contact_id), Some(remote_phone)) =
            (anchor.lead_id, anchor.contact_id, anchor.phone)
        else {
            return held(unfilled());
        };
        // Nothing goes to the lead of a person on never.txt, and the group is not that person's.
        if self.contacts.is_never_number(Some(&remote_phone)) {
            let line = anchor.lines.first().copied().unwrap_or_default();
            return held(Held::Anchor(AnchorGap::LeftOut(line)));
        }
        let Some(local_phone) = own.phone else {
            return held(Held::LocalPhone);
        };
        if owner.is_unknown() {
            return held(Held::Owner);
        }
        let key = self.contacts.chat_key(device, chat);
        let key = key.map_or_else(|| key_by_subject(chat), str::to_owned);
        let numbers = Numbers::new(subject.device, &local_phone, &remote_phone, Some(key));
        let destination = Destination {
            lead_id,
            contact_id,
            user_id: own.user_id,
            local_phone,
            remote_phone,
        };
        (Decision::Ready(destination), Some(numbers))
    }

    /// Whether the chat has at most two senders, its name is neither a sender's nor a number, and its row has
    /// `*` as participant.
    pub(super) fn is_mapped_as_group(&self, subject: &Subject<'_>, owner: &Owner) -> bool {
        let is_for_this_chat = |row: &Row| row.chat.key().is_some() && row.participant.is_any();
        Phone::parse(subject.title).is_none()
            && subject.has_certain_title
            && !owner.is_unknown()
            // If only the owner wrote, the name may be the other participant's.
            && subject.others(owner).next().is_some()
            && !subject.has_title_as_sender()
            && (self.contacts)
                .anchor_rows(&subject.device.name, subject.name)
                .any(is_for_this_chat)
    }

    /// Whether the chat is, by its row, a group in which only the owner and one other participant have written.
    /// With `groups = "skip"` it is left out like every other group.
    pub(super) fn is_group_of_two_senders(&self, subject: &Subject<'_>, owner: &Owner) -> bool {
        subject.has_owner(owner) && self.is_mapped_as_group(subject, owner)
    }
}
