//! Desired chats and what is known of them become a plan.

use std::collections::{HashMap, HashSet};

use super::drift::drift;
use super::edit::Comparison;
use super::{Action, Known, Plan, Planned, PlannedChat, Present, Record, Recorded, Trace};
use crate::transform::desired::{
    Content, Desired, DesiredChat, DesiredMessage, Held, Rule, Standing,
};
use crate::transform::identity;
use crate::transform::names::name_key;
use crate::transform::settings::Existing;

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
    existing: Existing,
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
        let drift = drift(&wanted, &known);
        if let Some(why) = drift.held {
            hold(chat, why, &mut plan);
            continue;
        }
        let there = foreign(&wanted, &known, &drift.found);
        if existing == Existing::Hold && !there.is_empty() {
            hold(
                chat,
                Held::Existing(u32::try_from(there.len()).unwrap_or(u32::MAX)),
                &mut plan,
            );
            continue;
        }
        let left_out = if existing == Existing::Skip {
            there
        } else {
            HashSet::new()
        };
        let kept = kept(&wanted, &known, &drift.found);
        let comparison = match (&known.fingerprint, &destination) {
            (Some(fingerprint), Some(to)) => Some(Comparison::new(fingerprint, to)),
            _ => None,
        };
        let messages = wanted
            .into_iter()
            .map(|message| {
                if left_out.contains(&message.external_id) {
                    return idle(message, Action::LeftOut(Rule::Existing));
                }
                let comparison = comparison.as_ref();
                plan_message(message, &known, &drift.found, comparison, &mut budget)
            })
            .collect();
        plan.chats.push(PlannedChat {
            chat,
            destination,
            messages,
            kept,
            zone_corrected: known.zone_corrected,
        });
    }
    plan
}

/// Recorded messages that nothing desired stands for any more.
fn kept(wanted: &[DesiredMessage], known: &Known, found: &HashMap<String, Record>) -> u32 {
    let mut ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    ids.extend(found.values().map(|record| record.external_id.as_str()));
    let kept = known.recorded.iter().filter(|(id, recorded)| {
        matches!(recorded, Recorded::Done { .. }) && !ids.contains(id.as_str())
    });
    u32::try_from(kept.count()).unwrap_or(u32::MAX)
}

fn plan_message(
    message: DesiredMessage,
    known: &Known,
    found: &HashMap<String, Record>,
    comparison: Option<&Comparison<'_>>,
    budget: &mut u64,
) -> Planned {
    // What Close holds: changed where the archives have more of it.
    let there = |id: &str, activity: &str, trace: &Trace| match comparison
        .and_then(|c| c.edit(&message, id, activity, trace))
    {
        Some(edit) => Action::Update(Box::new(edit)),
        None => Action::Unchanged(activity.to_owned()),
    };
    let id = &message.external_id;
    let action = match (found.get(id), known.recorded.get(id)) {
        (Some(found), _) => there(&found.external_id, &found.activity_id, &found.trace),
        (None, Some(Recorded::Done { activity_id, trace })) => there(id, activity_id, trace),
        (None, Some(Recorded::Unsettled)) => Action::Settle,
        (None, Some(Recorded::NotThere) | None) => match known.listed.get(id) {
            Some(activity) => Action::Adopt(activity.clone()),
            None => Action::Create,
        },
    };
    let action = match action {
        Action::Create | Action::Settle if *budget == 0 => Action::LeftOut(Rule::NotSelected),
        // It stays as it is in this run.
        Action::Update(edit) if *budget == 0 => Action::Unchanged(edit.activity_id),
        action => action,
    };
    if matches!(action, Action::Create | Action::Settle | Action::Update(_)) {
        *budget -= 1;
    }
    // What is adopted is recorded with a hash of its text.
    match action {
        Action::Unchanged(_) | Action::LeftOut(_) => idle(message, action),
        _ => Planned { message, action },
    }
}

/// A message that nothing is sent of: its text and files are dropped to save memory.
fn idle(mut message: DesiredMessage, action: Action) -> Planned {
    message.markdown = Content::default();
    message.files = Vec::new();
    message.link = None;
    Planned { message, action }
}

/// A chat that turns out to be held: nothing of it is planned, and what rules left out is held
/// with the rest.
fn hold(mut chat: DesiredChat, why: Held, plan: &mut Plan) {
    chat.standing = Standing::Held(why);
    chat.left_out.clear();
    chat.notes.clear();
    plan.chats.push(PlannedChat {
        chat,
        destination: None,
        messages: Vec::new(),
        kept: 0,
        zone_corrected: false,
    });
}

/// The messages that are to be posted and that Close holds from elsewhere: the same side, minute
/// and text under an external id that is none of ours.
fn foreign(
    wanted: &[DesiredMessage],
    known: &Known,
    found: &HashMap<String, Record>,
) -> HashSet<String> {
    if known.present.is_empty() {
        return HashSet::new();
    }
    let ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    // Another chat of ours with the same person may be on the same lead.
    let ours = |id: &String| {
        id.starts_with(identity::PREFIX)
            || ids.contains(id.as_str())
            || known.recorded.contains_key(id)
    };
    let to_post = |m: &&DesiredMessage| {
        !known.listed.contains_key(&m.external_id)
            && !found.contains_key(&m.external_id)
            && matches!(
                known.recorded.get(&m.external_id),
                None | Some(Recorded::NotThere)
            )
    };
    let is_there = |m: &&DesiredMessage| {
        let present = Present {
            direction: m.direction,
            minute: m.activity_at.timestamp().div_euclid(60),
            text: m.markdown.reveal().trim().to_owned(),
        };
        known
            .present
            .get(&present)
            .is_some_and(|there| there.iter().any(|id| !ours(id)))
    };
    wanted
        .iter()
        .filter(to_post)
        .filter(is_there)
        .map(|m| m.external_id.clone())
        .collect()
}

fn leave_out(chat: &mut DesiredChat) {
    chat.standing = Standing::LeftOut(Rule::NotSelected);
    chat.left_out.clear();
    chat.left_out.insert(Rule::NotSelected, chat.distinct());
    chat.messages = Vec::new();
    chat.notes = Vec::new();
}
