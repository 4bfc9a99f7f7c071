//! Follow-up operations in a run: their indices follow those of the messages of a chat.

use std::sync::Arc;

use super::{Finished, MessageIndex, Run};
use crate::checkpoint::MessageKey;
use crate::execute::follow_ups::{self, FollowUp, FollowUpAction};
use crate::execute::queue::Entry;
use crate::ids::LeadId;

impl Run<'_> {
    /// The entries of the follow-up operations of a chat, numbered after its messages.
    pub(super) fn follow_up_entries(&self, number: usize) -> Vec<Entry> {
        let chat = &self.chats[number];
        let targets = chat.removals.iter().map(|_| None);
        let targets = targets.chain(
            chat.relinks
                .iter()
                .map(|r| Some((number, r.target as usize))),
        );
        let targets = targets.chain(chat.copies.iter().map(|_| None));
        (chat.messages.len()..)
            .zip(targets)
            .map(|(message, reply_to)| Entry { message, reply_to })
            .collect()
    }

    /// The message that an operation concerns, and the lead that it is on or goes to.
    pub(super) fn key(&self, (chat, number): MessageIndex) -> MessageKey {
        let planned = &self.chats[chat];
        let to = (planned.destination.as_ref()).map_or("", |to| to.lead_id.as_str());
        if let Some(own) = planned.messages.get(number) {
            return MessageKey::new(&own.message.external_id, to);
        }
        let index = number - planned.messages.len();
        if let Some(removal) = planned.removals.get(index) {
            let lead = removal.lead_id.as_ref().map_or(to, LeadId::as_str);
            return MessageKey::new(&removal.external_id, lead);
        }
        let index = index - planned.removals.len();
        if let Some(relink) = planned.relinks.get(index) {
            return MessageKey::new(&relink.answer.external_id, &relink.answer.lead_id);
        }
        match planned.copies.get(index - planned.relinks.len()) {
            Some(copy) => MessageKey::new(&copy.external_id, to),
            None => MessageKey::new("", ""),
        }
    }

    /// The operation at an index after the messages; `None` when it has become pointless.
    fn follow_up(&self, (chat, number): MessageIndex) -> Option<FollowUp> {
        let refusals = Arc::clone(&self.refusals[chat]);
        let planned = &self.chats[chat];
        let index = number.checked_sub(planned.messages.len())?;
        let key = self.key((chat, number));
        if let Some(removal) = planned.removals.get(index) {
            return Some(FollowUp {
                key,
                activity_id: removal.activity_id.clone(),
                action: FollowUpAction::Delete,
                refusals,
            });
        }
        let index = index - planned.removals.len();
        if let Some(copy) =
            (index.checked_sub(planned.relinks.len())).and_then(|index| planned.copies.get(index))
        {
            return Some(FollowUp {
                key,
                activity_id: copy.activity_id.clone(),
                action: FollowUpAction::DeleteCopy {
                    kept: copy.kept.clone(),
                    record: copy.record,
                },
                refusals,
            });
        }
        let relink = planned.relinks.get(index)?;
        let target = self.id_in_close((chat, relink.target as usize))?;
        Some(FollowUp {
            key,
            activity_id: relink.answer.activity_id.clone(),
            action: FollowUpAction::Relink {
                to: target,
                target: self.key((chat, relink.target as usize)),
            },
            refusals,
        })
    }

    pub(super) fn start_follow_up(&mut self, at: MessageIndex) {
        let Some(follow_up) = self.follow_up(at) else {
            self.not_reached(1);
            self.ended(at);
            return;
        };
        self.started.insert(at, Arc::default());
        let tools = Arc::clone(&self.tools);
        self.spawn(async move {
            let report = follow_ups::carry_out(&tools, &follow_up).await;
            Finished::Posted { at, report }
        });
    }
}
