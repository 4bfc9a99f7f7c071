//! Follow-up operations in a run: their numbers come after those of the messages of a chat.

use std::sync::Arc;

use super::{At, Entry, Finished, Run, Slot};
use crate::checkpoint::MessageKey;
use crate::execute::follow_ups::{self, FollowUp, What};
use crate::ids::LeadId;

impl Run<'_> {
    /// What is beyond the messages of a chat: behind them in the numbering of its operations.
    pub(super) fn follow_up_entries(&self, number: usize) -> Vec<Entry> {
        let chat = &self.chats[number];
        let targets = chat.removals.iter().map(|_| None);
        let targets = targets.chain(
            chat.relinks
                .iter()
                .map(|r| Some((number, r.target as usize))),
        );
        (chat.messages.len()..)
            .zip(targets)
            .map(|(message, reply_to)| Entry { message, reply_to })
            .collect()
    }

    /// The message that an operation is about, and the lead that this is on or goes to.
    pub(super) fn key(&self, (chat, number): At) -> MessageKey {
        let planned = &self.chats[chat];
        let to = (planned.destination.as_ref()).map_or("", |to| to.lead_id.as_str());
        if let Some(own) = planned.messages.get(number) {
            return MessageKey::new(&own.message.external_id, to);
        }
        let place = number - planned.messages.len();
        if let Some(removal) = planned.removals.get(place) {
            let lead = removal.lead_id.as_ref().map_or(to, LeadId::as_str);
            return MessageKey::new(&removal.external_id, lead);
        }
        match planned.relinks.get(place - planned.removals.len()) {
            Some(relink) => MessageKey::new(&relink.answer.external_id, &relink.answer.lead_id),
            None => MessageKey::new("", ""),
        }
    }

    /// The operation at a number behind the messages; `None` when it has become pointless.
    fn follow_up(&self, (chat, number): At) -> Option<FollowUp> {
        let refusals = Arc::clone(&self.refusals[chat]);
        let planned = &self.chats[chat];
        let place = number.checked_sub(planned.messages.len())?;
        let key = self.key((chat, number));
        if let Some(removal) = planned.removals.get(place) {
            return Some(FollowUp {
                key,
                activity_id: removal.activity_id.clone(),
                what: What::Delete,
                refusals,
            });
        }
        let relink = planned.relinks.get(place - planned.removals.len())?;
        let Slot::There(target) = &self.slots[chat][relink.target as usize] else {
            return None;
        };
        Some(FollowUp {
            key,
            activity_id: relink.answer.activity_id.clone(),
            what: What::Relink {
                to: target.clone(),
                target: self.key((chat, relink.target as usize)),
            },
            refusals,
        })
    }

    pub(super) fn start_beside(&mut self, at: At) {
        let Some(follow_up) = self.follow_up(at) else {
            self.not_reached(1);
            self.queue.ended(at);
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
