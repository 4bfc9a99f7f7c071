//! Desired chats and what is known of them become a plan.

use std::collections::{HashMap, HashSet};

use super::drift::drift;
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
        let mut wanted = std::mem::take(&mut chat.messages);
        let drift = drift(&wanted, &known);
        if let Some(why) = drift.held {
            // Nothing of it is planned; what rules left out is held with the rest.
            chat.standing = Standing::Held(why);
            chat.left_out.clear();
            chat.notes.clear();
            wanted.clear();
            plan.chats.push(PlannedChat {
                chat,
                destination: None,
                messages: Vec::new(),
                kept: 0,
            });
            continue;
        }
        let kept = kept(&wanted, &known, &drift.found);
        let messages = wanted
            .into_iter()
            .map(|message| plan_message(message, &known, &drift.found, &mut budget))
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

/// Recorded messages that nothing desired stands for any more.
fn kept(
    wanted: &[DesiredMessage],
    known: &Known,
    found: &HashMap<String, (String, String)>,
) -> u32 {
    let mut ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    ids.extend(found.values().map(|(id, _)| id.as_str()));
    let kept = known.recorded.iter().filter(|(id, recorded)| {
        matches!(recorded, Recorded::Done { .. }) && !ids.contains(id.as_str())
    });
    u32::try_from(kept.count()).unwrap_or(u32::MAX)
}

fn plan_message(
    mut message: DesiredMessage,
    known: &Known,
    found: &HashMap<String, (String, String)>,
    budget: &mut u64,
) -> Planned {
    let mut send = |action: Action| {
        if *budget == 0 {
            return Action::NotSelected;
        }
        *budget -= 1;
        action
    };
    let action = match known.recorded.get(&message.external_id) {
        Some(Recorded::Done { activity_id, .. }) => Action::Unchanged(activity_id.clone()),
        Some(Recorded::Unsettled) => send(Action::Settle),
        Some(Recorded::NotThere) | None => match known.listed.get(&message.external_id) {
            Some(activity) => Action::Adopt(activity.clone()),
            None => match found.get(&message.external_id) {
                Some((_, activity)) => Action::Unchanged(activity.clone()),
                None => send(Action::Create),
            },
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
