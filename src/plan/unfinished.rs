//! Interrupted moves and relinks in a plan: each is finished once, a move with its message or on its own.
//!
//! Here belongs which of them a chat's messages stand for; never how one is finished, and what is recorded
//! of it.

use std::collections::{HashMap, HashSet};

use super::{Action, Known, Plan, Planned, Relink, Unfinished, UnfinishedLink};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::transform::desired::{DesiredChat, Destination};

/// The interrupted moves to the lead of a chat, or to one that was merged into it, by their external id there.
pub(super) fn to_finish<'k>(
    chat: &DesiredChat,
    known: &'k Known,
    to: Option<&Destination>,
) -> HashMap<&'k ExternalId, &'k Unfinished> {
    (known.unfinished.iter())
        .filter(|open| is_lead_of(chat, to, &open.to))
        .map(|open| (&open.target_id, open))
        .collect()
}

/// The activities on the lead of a chat that interrupted moves to other leads will delete. The mapping was
/// corrected back: the next run moves the messages back.
pub(super) fn leaving<'k>(
    chat: &DesiredChat,
    known: &'k Known,
    to: Option<&Destination>,
) -> HashSet<&'k str> {
    (known.unfinished.iter())
        .filter(|open| is_lead_of(chat, to, &open.from) && !is_lead_of(chat, to, &open.to))
        .map(|open| open.activity_id.as_str())
        .collect()
}

fn is_lead_of(chat: &DesiredChat, to: Option<&Destination>, lead: &LeadId) -> bool {
    to.is_some_and(|to| to.lead_id == *lead) || chat.merged_from.contains(lead)
}

/// The external ids of messages that are, or may be, on other leads: no message of another content gets
/// one.
pub(super) fn elsewhere(known: &Known) -> HashSet<&ExternalId> {
    let recorded = known.elsewhere.iter().map(|record| &record.external_id);
    let open = known.unfinished.iter().map(|open| &open.external_id);
    recorded.chain(open).collect()
}

/// The interrupted moves without a message in the plan: no archive has it any more, or it goes to yet
/// another lead. Each counts towards the limit.
pub(super) fn beyond(messages: &[Planned], known: &Known, budget: &mut u64) -> Vec<Unfinished> {
    if known.unfinished.is_empty() {
        return Vec::new();
    }
    let planned: HashSet<(&LeadId, &str)> = (messages.iter())
        .filter_map(|planned| match &planned.action {
            Action::Replace(replacement) if replacement.begun => {
                Some((&replacement.lead_id, replacement.activity_id.as_str()))
            }
            _ => None,
        })
        .collect();
    let open = (known.unfinished.iter())
        .filter(|open| !planned.contains(&(&open.from, open.activity_id.as_str())));
    let taken: Vec<Unfinished> = open
        .take(usize::try_from(*budget).unwrap_or(usize::MAX))
        .cloned()
        .collect();
    *budget -= taken.len() as u64;
    taken
}

/// Keeps each interrupted move once, and none that a message of the plan finishes: where chats exchanged their rows, two
/// chats may know of it.
pub(super) fn keep_beyond(plan: &mut Plan) {
    if plan.unfinished.is_empty() {
        return;
    }
    let mut seen: HashSet<(LeadId, ActivityId)> = HashSet::new();
    for chat in plan.chats.iter().filter(|chat| chat.counts().begun > 0) {
        chat.messages.with(|messages| {
            seen.extend(messages.iter().filter_map(|planned| match &planned.action {
                Action::Replace(replacement) if replacement.begun => {
                    let from = replacement.lead_id.clone();
                    Some((from, replacement.activity_id.clone()))
                }
                _ => None,
            }));
        });
    }
    let mut is_new = |one: &Unfinished| seen.insert((one.from.clone(), one.activity_id.clone()));
    plan.unfinished.retain(&mut is_new);
}

/// The interrupted relinks, except for those of messages that this plan replaces, which are created with
/// their links, or updates together with their links. Each counts towards the limit.
pub(super) fn links(
    messages: &[Planned],
    relinks: &[Relink],
    known: &Known,
    budget: &mut u64,
) -> Vec<UnfinishedLink> {
    if known.unfinished_links.is_empty() {
        return Vec::new();
    }
    let linked: HashSet<&str> = (messages.iter())
        .filter_map(|planned| match &planned.action {
            Action::Replace(replacement) => Some(replacement.activity_id.as_str()),
            Action::Update(edit) if edit.link => Some(edit.activity_id.as_str()),
            _ => None,
        })
        .chain(
            relinks
                .iter()
                .map(|relink| relink.answer.activity_id.as_str()),
        )
        .collect();
    let open =
        (known.unfinished_links.iter()).filter(|link| !linked.contains(link.activity_id.as_str()));
    let taken: Vec<UnfinishedLink> = open
        .take(usize::try_from(*budget).unwrap_or(usize::MAX))
        .cloned()
        .collect();
    *budget -= taken.len() as u64;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(activity: &str) -> Unfinished {
        Unfinished {
            external_id: format!("id-of-{activity}").into(),
            from: "lead_a".into(),
            activity_id: activity.into(),
            target_id: format!("id-of-{activity}").into(),
            to: "lead_b".into(),
            on_new_lead: Some("acti_9".into()),
            is_clearing: false,
            refused: false,
            source: None,
        }
    }

    #[test]
    fn moves_without_message_are_finished_within_the_limit() {
        let known = Known {
            unfinished: ["acti_1", "acti_2", "acti_3"].map(open).to_vec(),
            ..Known::default()
        };
        let mut budget = 2;
        let taken = beyond(&[], &known, &mut budget);
        assert_eq!(taken, known.unfinished[..2]);
        assert_eq!(budget, 0);
        assert_eq!(beyond(&[], &known, &mut budget), []);
    }
}
