//! Relinks: links to messages that get a new activity.
//!
//! A reply that was created while its target was not in Close, or whose target is created again on another
//! lead, has no link, or a dead one. It is updated once its target is in Close; so are replies that are in
//! no archive any more.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Action, Edit, Known, Planned, PlannedChat, RecordFacts, Relink, target_of};
use crate::ids::ExternalId;
use crate::transform::desired::Answers;

/// The properties of a recorded reply that matter for its link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    at: i64,
    is_set: bool,
    /// Whether Close rejected an earlier update of the message.
    pub(super) refused: bool,
    /// Whether that update was of the link.
    is_rejected: bool,
}

impl Link {
    pub(super) fn of(facts: RecordFacts) -> Self {
        Link {
            at: facts.at,
            is_set: facts.linked,
            // A file that was omitted as damaged is not a rejected update.
            refused: facts.refused && !facts.damaged,
            is_rejected: facts.link_refused,
        }
    }

    /// Whether Close rejected an update that is no longer needed. A rejected link is, until Close has it.
    pub(super) fn is_resolved(self) -> bool {
        self.refused && (self.is_set || !self.is_rejected)
    }

    /// Whether the link to a target that is in Close is asked for: what Close rejected for good only with `failed`.
    fn is_asked_for(self, failed: bool) -> bool {
        match failed {
            true => self.refused,
            false => !self.is_rejected,
        }
    }
}

/// Plans the updates of links among `messages`, and returns the links of other messages to be set. `links`
/// are of those of `messages` that are in Close. With `failed`, only links to messages that get to Close in
/// this run, and those that Close rejected before.
pub(super) fn link(
    messages: &mut [Planned],
    links: &[Option<Link>],
    known: &Known,
    budget: &mut u64,
    failed: bool,
) -> Vec<Relink> {
    let recorded = recorded(known);
    for index in 0..messages.len() {
        let own = &messages[index].message;
        let (Some(target), Some(link)) = (own.reply_to, links[index]) else {
            continue;
        };
        let Some(target) = messages.get(target as usize) else {
            continue;
        };
        let to = recorded.get(&own.external_id).copied();
        let wanted = is_new(&target.action)
            || is_there(&target.action)
                && is_open(link, to, &target.message.external_id)
                && link.is_asked_for(failed);
        if !wanted {
            continue;
        }
        set(&mut messages[index], link, budget);
    }
    beyond(messages, known)
}

/// The same for replies to messages of another chat, or to those that are only in Close. `links` are of
/// replies that are in Close: chat, index, and what is recorded.
pub(super) fn link_across(
    chats: &mut [PlannedChat],
    links: &[(usize, usize, Link, Option<ExternalId>)],
    budget: &mut u64,
    failed: bool,
) {
    let mut changed = BTreeSet::new();
    for (chat, index, link, to) in links {
        let message = &chats[*chat].messages[*index].message;
        let is_wanted =
            |id: &ExternalId| is_open(*link, to.as_ref(), id) && link.is_asked_for(failed);
        let wanted = match (target_of(*chat, message), message.answers.as_deref()) {
            (Some((other, target)), _) => {
                let target = chats.get(other).and_then(|chat| chat.messages.get(target));
                target.is_some_and(|target| {
                    is_new(&target.action)
                        || is_there(&target.action) && is_wanted(&target.message.external_id)
                })
            }
            (None, Some(Answers::InClose { external_id, .. })) => is_wanted(external_id),
            _ => false,
        };
        if wanted {
            set(&mut chats[*chat].messages.open()[*index], *link, budget);
            changed.insert(*chat);
        }
    }
    for chat in changed {
        chats[chat].recount();
        chats[chat].messages.close();
    }
}

/// The recorded target of each recorded reply, by external ids, if Close links it.
pub(super) fn recorded(known: &Known) -> HashMap<&ExternalId, &ExternalId> {
    let linked = known.answers.iter().filter(|answer| answer.linked);
    linked
        .map(|answer| (&answer.external_id, &answer.to))
        .collect()
}

/// Whether the link is not set, or is set to another message than in the archives or replies.csv.
fn is_open(link: Link, to: Option<&ExternalId>, target: &ExternalId) -> bool {
    !link.is_set || to.is_some_and(|to| to != target)
}

/// Plans an update that sets the link.
fn set(planned: &mut Planned, link: Link, budget: &mut u64) {
    let is_adopted = planned.adoption.is_some();
    let action = &mut planned.action;
    match action {
        Action::Update(edit) => edit.link = true,
        Action::Adopt(activity) if is_adopted && *budget > 0 => {
            *budget -= 1;
            let edit = Edit::of_link(activity.clone(), link.at);
            *action = Action::Update(Box::new(edit));
        }
        Action::Unchanged(activity) if *budget > 0 => {
            *budget -= 1;
            let edit = Edit::of_link(activity.clone(), link.at);
            *action = Action::Update(Box::new(edit));
        }
        _ => {}
    }
}

/// Whether an action gives the message another activity.
fn is_new(action: &Action) -> bool {
    match action {
        Action::Create | Action::Settle | Action::Restore(_) => true,
        // If an earlier run was interrupted in between, the old one is deleted only now.
        Action::Replace(_) => true,
        _ => false,
    }
}

/// Whether an action leaves a message in Close as it is.
fn is_there(action: &Action) -> bool {
    matches!(
        action,
        Action::Unchanged(_) | Action::Adopt(_) | Action::Moved(..) | Action::Update(_)
    )
}

/// Messages outside the plan that reply to one of it which gets a new activity.
fn beyond(messages: &[Planned], known: &Known) -> Vec<Relink> {
    if known.answers.is_empty() {
        return Vec::new();
    }
    let new: HashMap<&str, u32> = (0u32..)
        .zip(messages)
        .filter(|(_, planned)| is_new(&planned.action))
        .map(|(index, planned)| (planned.message.external_id.as_str(), index))
        .collect();
    let own: HashSet<&str> = (messages.iter())
        .map(|planned| planned.message.external_id.as_str())
        .collect();
    (known.answers.iter())
        .filter(|answer| !own.contains(answer.external_id.as_str()))
        .filter_map(|answer| {
            Some(Relink {
                answer: answer.clone(),
                target: *new.get(answer.to.as_str())?,
            })
        })
        .collect()
}
