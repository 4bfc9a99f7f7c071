//! Chats of a plan that are held: nothing of them is planned.
//!
//! Belongs here: what a plan keeps of such a chat, and what holding one changes in the rest of a finished plan. Never here:
//! why a chat is held.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::known::Unfinished;
use super::planned::{Planned, PlannedChat};
use super::{Action, Plan};
use crate::packed_vec::PackedVec;
use crate::transform::desired::{Answers, Decision, DesiredChat, Destination, Held};

/// A held chat; its messages are elsewhere.
pub(super) fn held((mut chat, inputs): (DesiredChat, Option<[u8; 32]>), why: Held) -> PlannedChat {
    chat.standing = Decision::Held(why);
    chat.notes.clear();
    chat.deleted.clear();
    PlannedChat {
        chat,
        inputs,
        destination: None,
        messages: PackedVec::default(),
        counts: Counts::default(),
        kept: 0,
        removals: Vec::new(),
        relinks: Vec::new(),
        copies: Vec::new(),
        resolved: Vec::new(),
        tombstones: Vec::new(),
        learned: Vec::new(),
        followed: Vec::new(),
        adopted_deletions: Vec::new(),
        duplicates: 0,
        repeated_elsewhere: 0,
        removed: Vec::new(),
        read_differently: 0,
        questions: Vec::new(),
        undecided_deletions: 0,
        deleted_on_other_leads: Vec::new(),
        existing: 0,
        shift: None,
        zone_corrected: false,
    }
}

impl Plan {
    /// The chats for which something is sent, by index, with their destinations.
    pub fn with_operations(&self) -> Vec<(usize, Destination)> {
        let chats = self.chats.iter().enumerate();
        let chats = chats.filter(|(_, chat)| chat.has_operations());
        chats
            .filter_map(|(index, chat)| Some((index, chat.destination.clone()?)))
            .collect()
    }

    /// Holds chats of a finished plan, by index. What rules leave out of them stays left out. Their interrupted moves are
    /// finished nevertheless, and no link to one of their messages is set.
    pub fn hold(&mut self, chats: BTreeMap<usize, Held>) {
        if chats.is_empty() {
            return;
        }
        let is_held = |chat: usize| chats.contains_key(&chat);
        for (number, chat) in self.chats.iter_mut().enumerate() {
            if !is_held(number) && chat.counts().update > 0 && chat.chat.answers_by_id {
                unlink(chat, &is_held);
            }
        }
        for (index, why) in chats {
            if let Some(planned) = self.chats.get_mut(index) {
                self.unfinished.extend(begun(planned));
                *planned = held((planned.chat.clone(), planned.inputs), why);
            }
        }
    }
}

/// The moves of a chat that an earlier run began.
fn begun(planned: &PlannedChat) -> Vec<Unfinished> {
    let Some(to) = planned.destination.as_ref() else {
        return Vec::new();
    };
    if planned.counts().begun == 0 {
        return Vec::new();
    }
    planned.messages.with(|messages| {
        let moves = messages.iter().filter_map(|message| {
            let id = &message.message.external_id;
            match &message.action {
                Action::Replace(replacement) if replacement.begun => Some(Unfinished {
                    external_id: id.clone(),
                    from: replacement.lead_id.clone(),
                    activity_id: replacement.activity_id.clone(),
                    target_id: id.clone(),
                    to: to.lead_id.clone(),
                    on_new_lead: replacement.on_new_lead.clone(),
                    is_clearing: false,
                    refused: replacement.refused,
                    source: None,
                }),
                _ => None,
            }
        });
        moves.collect()
    })
}

/// Plans no link from messages of a chat to those of others, which are held.
fn unlink(chat: &mut PlannedChat, is_held: &impl Fn(usize) -> bool) {
    let is_to_held = |planned: &Planned| {
        let answers = planned.message.answers.as_deref();
        matches!(answers, Some(Answers::Planned { chat, .. }) if is_held(*chat as usize))
    };
    for planned in chat.messages.open().iter_mut() {
        if !is_to_held(planned) {
            continue;
        }
        if let Action::Update(edit) = &mut planned.action
            && edit.link
        {
            edit.link = false;
            if edit.reasons().is_empty() {
                let activity = edit.activity_id.clone();
                planned.action = match planned.adoption.is_some() {
                    true => Action::Adopt(activity),
                    false => Action::Unchanged(activity),
                };
            }
        }
    }
    chat.recount();
    chat.messages.close();
}
