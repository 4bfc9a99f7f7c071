//! Desired chats and what is known of them become a plan.

use std::collections::HashSet;

use super::{Action, Known, Plan, Planned, PlannedChat, Recorded};
use crate::transform::desired::{Content, Desired, DesiredChat, DesiredMessage, Rule, Standing};
use crate::transform::names::name_key;

/// What of the plan is wanted in this run (`--device`, `--chat`, `--lead`, `--limit`). Everything
/// else is counted under the rule `not_selected`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only this device.
    pub device: Option<String>,
    /// Only chats of this name.
    pub chat: Option<String>,
    /// Only chats that go to this lead.
    pub lead: Option<String>,
    /// At most this many messages are posted.
    pub limit: Option<u64>,
}

impl Selection {
    /// True when the chat is wanted.
    pub fn takes(&self, chat: &DesiredChat) -> bool {
        let lead = match &chat.standing {
            Standing::Ready(destination) => Some(destination.lead_id.as_str()),
            _ => None,
        };
        self.device
            .as_ref()
            .is_none_or(|device| *device == chat.device)
            && self
                .chat
                .as_ref()
                .is_none_or(|name| name_key(name) == name_key(&chat.name))
            && self.lead.as_ref().is_none_or(|wanted| lead == Some(wanted))
    }
}

/// Makes the plan. `known` is asked once for every chat that is ready and selected.
pub fn build(
    desired: Desired,
    selection: &Selection,
    mut known: impl FnMut(&DesiredChat) -> Known,
) -> Plan {
    let mut budget = selection.limit.unwrap_or(u64::MAX);
    let mut plan = Plan {
        chats: Vec::with_capacity(desired.chats.len()),
        containers: desired.containers,
    };
    for mut chat in desired.chats {
        if !selection.takes(&chat) {
            leave_out(&mut chat);
        }
        let destination = match &chat.standing {
            Standing::Ready(destination) => Some(destination.clone()),
            _ => None,
        };
        let known = if destination.is_some() {
            known(&chat)
        } else {
            Known::default()
        };
        let wanted = std::mem::take(&mut chat.messages);
        let ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
        let done = |(id, recorded): &(&String, &Recorded)| {
            matches!(recorded, Recorded::Done(_)) && !ids.contains(id.as_str())
        };
        let kept = u32::try_from(known.recorded.iter().filter(done).count()).unwrap_or(u32::MAX);
        let messages = wanted
            .into_iter()
            .map(|message| plan_message(message, &known, &mut budget))
            .collect();
        plan.chats.push(PlannedChat {
            chat,
            destination,
            messages,
            kept,
        });
    }
    plan
}

fn plan_message(mut message: DesiredMessage, known: &Known, budget: &mut u64) -> Planned {
    let mut send = |action: Action| {
        if *budget == 0 {
            return Action::NotSelected;
        }
        *budget -= 1;
        action
    };
    let action = match known.recorded.get(&message.external_id) {
        Some(Recorded::Done(activity)) => Action::Unchanged(activity.clone()),
        Some(Recorded::Unsettled) => send(Action::Settle),
        Some(Recorded::NotThere) | None => match known.listed.get(&message.external_id) {
            Some(activity) => Action::Adopt(activity.clone()),
            None => send(Action::Create),
        },
    };
    // What is adopted is recorded with a hash of its text.
    if matches!(action, Action::Unchanged(_) | Action::NotSelected) {
        message.markdown = Content::default();
        message.files = Vec::new();
        message.link = None;
    }
    Planned { message, action }
}

fn leave_out(chat: &mut DesiredChat) {
    chat.standing = Standing::LeftOut(Rule::NotSelected);
    chat.left_out.clear();
    chat.left_out.insert(Rule::NotSelected, chat.distinct());
    chat.messages = Vec::new();
    chat.notes = Vec::new();
}
