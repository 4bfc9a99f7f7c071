//! Reply targets that are in no chat of the run.
//!
//! A target is searched in the list of the lead, the checkpoint, the other lists of the run, then in Close
//! by its id ([`super::look_ups`], bounded). The same lead is preferred; of several other leads none is
//! chosen. The plan quotes a target that is not found. Writes nothing.

use std::collections::{HashMap, HashSet};

use super::lead_list::List;
use super::listed::key_of;
use super::look_ups::{self, Hit, Target};
use crate::checkpoint::ReadStore;
use crate::close::Client;
use crate::ids::{ExternalId, LeadId};
use crate::plan::{Draft, Known, Recorded, ReplyTarget, ReplyTargets, Selection};
use crate::policy::{IdForm, Policy};
use crate::stop_reason::StopReason;
use crate::transform::desired::{Answers, Decision, DesiredChat, DesiredMessage, Direction};
use crate::transform::id_form::written;

/// The places where reply targets are searched, in addition to Close.
pub(super) struct Replies<'r> {
    /// All chats of the run.
    pub(super) chats: &'r [Draft],
    pub(super) selection: &'r Selection,
    /// What is known of each chat.
    pub(super) known: &'r HashMap<(String, LeadId), Known>,
    /// The lists that were read.
    pub(super) lists: &'r HashMap<LeadId, List>,
    pub(super) checkpoint: Option<&'r dyn ReadStore>,
    pub(super) policy: &'r Policy,
}

impl Replies<'_> {
    /// Searches the reply targets of chats that are ready and selected. A target in a chat of this run that is not
    /// imported is one of the checkpoint or of Close.
    ///
    /// # Errors
    ///
    /// The reason to stop.
    pub(super) async fn search(&self, client: Option<&Client>) -> Result<ReplyTargets, StopReason> {
        let mut replies = self.open()?;
        in_lists(&mut replies, self.lists);
        let asked = match client {
            Some(client) => {
                let targets = targets(&replies, self.chats, self.policy.id_form);
                look_ups::on_any_lead(client, targets, self.lists.keys()).await?
            }
            None => HashMap::new(),
        };
        let mut targets = ReplyTargets::default();
        for one in replies {
            let hits = match (one.hits.is_empty(), asked.get(&one.id)) {
                (true, Some(found)) => found,
                _ => &one.hits,
            };
            let target = match choose(hits, &one.lead) {
                Some((_, external_id, activity_id)) => ReplyTarget::InClose {
                    external_id: external_id.clone(),
                    activity_id: activity_id.clone(),
                },
                None => ReplyTarget::NotFound,
            };
            targets.add(one.at.0, one.at.1, target);
        }
        Ok(targets)
    }

    /// The replies to messages in no chat of the run, with what list and checkpoint have of their targets.
    fn open(&self) -> Result<Vec<OpenReply>, StopReason> {
        let is_taken: Vec<bool> = (self.chats.iter())
            .map(|chat| self.selection.includes(chat) && key_of(chat).is_some())
            .collect();
        let mut replies = Vec::new();
        for number in (0..self.chats.len()).filter(|number| is_taken[*number]) {
            let chat = &self.chats[number];
            let known = key_of(chat).and_then(|key| self.known.get(&key));
            let Some((_, lead)) = key_of(chat) else {
                continue;
            };
            if !chat.answers_by_id {
                continue;
            }
            chat.messages.with(|messages| {
                for (index, message) in messages.iter().enumerate() {
                    let Some(id) = open(message, &is_taken) else {
                        continue;
                    };
                    let mut hits = listed(known, &id, &lead);
                    if hits.is_empty() {
                        hits = recorded(self.checkpoint, &id)?;
                    }
                    // A message that stays unchanged in Close needs no look-up.
                    let is_new = known.is_none_or(|known| {
                        let own = known.recorded.get(&message.external_id);
                        !matches!(own, Some(Recorded::Done { .. } | Recorded::Gone { .. }))
                    });
                    replies.push(OpenReply {
                        at: (number, index),
                        lead: lead.clone(),
                        is_open: hits.is_empty() && is_new,
                        id,
                        hits,
                    });
                }
                Ok(())
            })?;
        }
        Ok(replies)
    }
}

/// A reply whose target is searched.
struct OpenReply {
    /// The indexes of its chat and of the message in the chat.
    at: (usize, usize),
    /// The lead that the reply goes to.
    lead: LeadId,
    id: ExternalId,
    /// The candidates found so far.
    hits: Vec<Hit>,
    /// Whether a target without candidates is looked up in Close.
    is_open: bool,
}

/// The id of a message's reply target that is in no imported chat.
fn open(message: &DesiredMessage, is_taken: &[bool]) -> Option<ExternalId> {
    match message.answers.as_deref()? {
        Answers::Named { id, .. } => Some(id.clone()),
        Answers::Planned {
            chat, external_id, ..
        } if !is_taken.get(*chat as usize).is_some_and(|taken| *taken) => Some(external_id.clone()),
        _ => None,
    }
}

fn listed(known: Option<&Known>, id: &ExternalId, lead: &LeadId) -> Vec<Hit> {
    let activity = known.and_then(|known| known.listed.get(id));
    let hit = activity.map(|activity| (lead.to_owned(), id.clone(), activity.clone()));
    hit.into_iter().collect()
}

fn recorded(checkpoint: Option<&dyn ReadStore>, id: &ExternalId) -> Result<Vec<Hit>, StopReason> {
    let Some(snapshot) = checkpoint else {
        return Ok(Vec::new());
    };
    let found = snapshot.done_as(id).map_err(StopReason::Checkpoint)?;
    let hits = found.into_iter();
    Ok(hits
        .map(|(id, lead, activity)| (lead, id, activity))
        .collect())
}

/// Searches open targets in every list that was read in this run.
fn in_lists(replies: &mut [OpenReply], lists: &HashMap<LeadId, List>) {
    let open = replies.iter().filter(|one| one.is_open);
    let ids: HashSet<&ExternalId> = open.map(|one| &one.id).collect();
    if ids.is_empty() {
        return;
    }
    let mut found: HashMap<ExternalId, Vec<Hit>> = HashMap::new();
    for (lead, list) in lists {
        for (id, activity) in &list.ids {
            if ids.contains(id) {
                let hit = (lead.clone(), id.clone(), activity.clone());
                found.entry(id.clone()).or_default().push(hit);
            }
        }
    }
    for one in replies.iter_mut().filter(|one| one.is_open) {
        if let Some(hits) = found.get(&one.id) {
            one.hits.clone_from(hits);
            one.is_open = false;
        }
    }
}

/// The targets to look up, each id once. Leads take turns, so that the bound of look-ups omits none of
/// them, and the newest replies of a lead come first.
fn targets(replies: &[OpenReply], chats: &[Draft], form: IdForm) -> Vec<Target> {
    let mut turns: HashMap<&LeadId, usize> = HashMap::new();
    let mut indexes: HashMap<&ExternalId, usize> = HashMap::new();
    let mut targets: Vec<(usize, Target)> = Vec::new();
    for one in replies.iter().rev().filter(|one| one.is_open) {
        let forms = stored_forms(&chats[one.at.0], &one.id, form);
        if let Some(index) = indexes.get(&one.id) {
            targets[*index].1.forms.extend(forms);
            continue;
        }
        indexes.insert(&one.id, targets.len());
        let turn = turns.entry(&one.lead).or_default();
        let forms = forms.into_iter().collect();
        let id = one.id.clone();
        targets.push((*turn, Target { id, forms }));
        *turn += 1;
    }
    targets.sort_by_key(|(turn, _)| *turn);
    targets.into_iter().map(|(_, one)| one).collect()
}

/// The forms in which another integration may have stored an id.
fn stored_forms(chat: &DesiredChat, id: &ExternalId, form: IdForm) -> Vec<ExternalId> {
    let mut ids = vec![id.clone()];
    if let (IdForm::Wamid, Decision::Ready(to)) = (form, &chat.standing) {
        let sides = [Direction::Incoming, Direction::Outgoing];
        ids.extend(sides.map(|side| written(form, id, side, to, chat.is_group)));
    }
    ids
}

/// The candidate on this lead, else the only one.
fn choose<'h>(hits: &'h [Hit], lead: &LeadId) -> Option<&'h Hit> {
    let own = hits.iter().filter(|(on, ..)| on == lead);
    // Of several copies on one lead, the choice must be the same in every run.
    let own = own.min_by(|a, b| a.2.cmp(&b.2));
    own.or(match hits {
        [one] => Some(one),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_leads_the_own_one_or_none() {
        let hit = |lead: &str, activity: &str| (lead.into(), "3A".into(), activity.into());
        let two = [hit("lead_a", "acti_2"), hit("lead_b", "acti_1")];
        assert_eq!(choose(&two, &"lead_a".into()), Some(&two[0]));
        assert_eq!(choose(&two, &"lead_c".into()), None);
        assert_eq!(choose(&two[1..], &"lead_c".into()), Some(&two[1]));
        let copies = [hit("lead_a", "acti_9"), hit("lead_a", "acti_3")];
        assert_eq!(choose(&copies, &"lead_a".into()), Some(&copies[1]));
    }
}
