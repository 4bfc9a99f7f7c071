//! Who and what of an archive may be shown before its chat is decided about: nothing that the rules leave out.
//!
//! Chats that are not ready have no desired messages, so that the rules are applied to the archive itself.

use chrono::TimeDelta;

use super::exclusion::Exclusion;
use super::senders;
use super::source::Source;
use crate::chat::Message;
use crate::people::contacts::Contacts;
use crate::policy::Policy;
use crate::routing::Rule;
use crate::settings::Device;

/// Decides which messages and senders of one archive may be shown: those that no rule leaves out.
pub(crate) struct Showable<'r> {
    exclusion: Exclusion<'r>,
    /// The rule of each participant.
    senders: Vec<Option<Rule>>,
}

impl<'r> Showable<'r> {
    /// Prepares the decisions for an archive. `devices`: those of its chat.
    pub(crate) fn of(
        source: Source<'r>,
        is_group: bool,
        (policy, contacts): (&'r Policy, &'r Contacts),
        devices: &'r [&'r Device],
    ) -> Showable<'r> {
        let participants = source.chat.participants.iter();
        let rules = participants.map(|one| senders::left_out(&source, one, is_group, contacts));
        Showable {
            senders: rules.collect(),
            exclusion: Exclusion::new(source, (policy, contacts), devices),
        }
    }

    /// Whether the participant at this index may be named.
    pub(crate) fn has_sender(&self, index: usize) -> bool {
        matches!(self.senders.get(index), Some(None))
    }

    /// Whether a message may be shown.
    pub(crate) fn has(&self, message: &Message<'_>) -> bool {
        let sender = message.sender.map(|sender| sender as usize);
        let of_sender = sender.and_then(|sender| self.senders.get(sender).copied().flatten());
        let shift = TimeDelta::zero();
        if self.exclusion.is_outside_dates(message, shift) {
            return false;
        }
        let rule = self.exclusion.rule(message, shift, of_sender);
        rule.is_none()
    }
}
