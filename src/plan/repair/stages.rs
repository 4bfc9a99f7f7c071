//! The plans that a repair gives to the executor: one for each stage, since a stage begins when the one before has
//! ended.

use std::collections::HashSet;

use super::{Repair, Stage};
use crate::packed_vec::PackedVec;
use crate::plan::{Action, Plan, Planned, PlannedChat};
use crate::routing::Rule;
use crate::transform::desired::Content;

impl Repair {
    /// The plan of the operations of a stage; `None` if it has none.
    pub fn stage(&self, stage: Stage) -> Option<Plan> {
        if !self.has(stage) {
            return None;
        }
        let is_first = Stage::ALL.into_iter().find(|one| self.has(*one)) == Some(stage);
        let changed = self.changed.get(&stage);
        let mut plan = Plan {
            containers: self.base.containers.clone(),
            ..Plan::default()
        };
        for (number, chat) in self.base.chats.iter().enumerate() {
            let mut chat = chat.clone();
            if let Some(changed) = changed.and_then(|changed| changed.get(&number)) {
                let messages = chat.messages.open();
                for (index, message) in changed {
                    if let Some(place) = messages.get_mut(*index) {
                        *place = message.clone();
                    }
                }
            }
            if stage == Stage::Delete
                && let Some(copies) = self.copies.get(&number)
            {
                chat.copies.clone_from(copies);
            }
            // Merges of leads are recorded by the first stage.
            if !is_first {
                chat.chat.merged_from.clear();
            }
            chat.recount();
            chat.messages.close();
            plan.chats.push(chat);
        }
        Some(plan)
    }
}

impl Repair {
    fn has(&self, stage: Stage) -> bool {
        self.fixes.iter().any(|fix| fix.stage == stage) || self.changed.contains_key(&stage)
    }
}

/// Removes every operation from a plan, and the messages of chats that are not needed.
pub(super) fn strip(plan: &mut Plan, needed: &HashSet<usize>) {
    for (number, chat) in plan.chats.iter_mut().enumerate() {
        strip_chat(chat);
        if !needed.contains(&number) {
            chat.messages = PackedVec::default();
            chat.destination = None;
        } else {
            let messages = chat.messages.open();
            messages.iter_mut().for_each(rest);
            chat.messages.close();
        }
        chat.recount();
    }
    plan.unfinished.clear();
    plan.unfinished_links.clear();
}

fn strip_chat(chat: &mut PlannedChat) {
    chat.removals.clear();
    chat.relinks.clear();
    chat.resolved.clear();
    chat.tombstones.clear();
    chat.learned.clear();
    chat.followed.clear();
    chat.adopted_deletions.clear();
    chat.removed.clear();
    chat.zone_corrected = false;
}

/// Leaves a message as it is in Close.
fn rest(planned: &mut Planned) {
    planned.action = match &planned.action {
        Action::Unchanged(activity) | Action::Adopt(activity) | Action::Moved(activity, _) => {
            Action::Unchanged(activity.clone())
        }
        Action::Update(edit) => Action::Unchanged(edit.activity_id.clone()),
        Action::Replace(replacement) => match &replacement.on_new_lead {
            Some(there) => Action::Unchanged(there.clone()),
            None => Action::LeftOut(Rule::NotSelected),
        },
        _ => Action::LeftOut(Rule::NotSelected),
    };
    let message = &mut planned.message;
    message.markdown = Content::default();
    message.files = Vec::new();
    message.link = None;
    message.ids = None;
    planned.adoption = None;
    planned.is_unrecorded = false;
}
