//! Before the plan: messages that answer one which is in none of the chats of this run.
//!
//! It is looked for in the list of the lead, in the checkpoint, in the other lists of the run, then
//! in Close by its id ([`super::look_ups`], bounded); the same lead comes first, and of several
//! others none is chosen. What is not found is quoted at the head of the answer, as people do it by
//! hand. Writes nothing.

use std::collections::{HashMap, HashSet};

use super::lead_list::List;
use super::listed::{Survey, key_of};
use super::look_ups::{self, Hit, Wanted};
use crate::checkpoint::ReadStore;
use crate::close::Client;
use crate::ids::{ExternalId, LeadId};
use crate::plan::{Known, Recorded, Selection};
use crate::stop_reason::StopReason;
use crate::transform::desired::{
    Answers, Content, Desired, DesiredChat, Direction, Note, Standing,
};
use crate::transform::id_form::written;
use crate::transform::settings::IdForm;

/// Finds what messages of the chats that are ready and selected answer by id, or quotes it. A
/// target in a chat of this run that is not taken is one of the checkpoint or of Close.
pub(super) async fn find(
    desired: &mut Desired,
    selection: &Selection,
    (survey, lists): (&Survey, &HashMap<LeadId, List>),
    checkpoint: Option<&dyn ReadStore>,
    client: Option<&Client>,
    id_form: IdForm,
) -> Result<(), StopReason> {
    let is_taken: Vec<bool> = (desired.chats.iter())
        .map(|chat| selection.takes(chat) && key_of(chat).is_some())
        .collect();
    let mut sought = Vec::new();
    for number in (0..desired.chats.len()).filter(|number| is_taken[*number]) {
        let chat = &desired.chats[number];
        let known = key_of(chat).and_then(|key| survey.known.get(&key));
        let Some((_, lead)) = key_of(chat) else {
            continue;
        };
        if !chat.answers_by_id {
            continue;
        }
        for place in 0..chat.messages.len() {
            let Some((id, quote)) = open(chat, place, &is_taken) else {
                continue;
            };
            let mut hits = listed(known, &id, &lead);
            if hits.is_empty() {
                hits = recorded(checkpoint, &id)?;
            }
            // What Close has and stays as it is there needs no look-up.
            let is_new = known.is_none_or(|known| {
                let own = known.recorded.get(&chat.messages[place].external_id);
                !matches!(own, Some(Recorded::Done { .. } | Recorded::Gone { .. }))
            });
            sought.push(Sought {
                at: (number, place),
                lead: lead.clone(),
                is_open: hits.is_empty() && is_new,
                id,
                quote,
                hits,
            });
        }
    }
    in_lists(&mut sought, lists);
    let asked = match client {
        Some(client) => {
            let wanted = wanted(&sought, &desired.chats, id_form);
            look_ups::on_any_lead(client, wanted, lists.keys()).await?
        }
        None => HashMap::new(),
    };
    for one in sought {
        let hits = match (one.hits.is_empty(), asked.get(&one.id)) {
            (true, Some(found)) => found,
            _ => &one.hits,
        };
        let found = choose(hits, &one.lead);
        let chat = &mut desired.chats[one.at.0];
        let message = &mut chat.messages.open()[one.at.1];
        match found {
            Some((_, external_id, activity_id)) => {
                message.answers = Some(Box::new(Answers::There {
                    external_id: external_id.clone(),
                    activity_id: activity_id.clone(),
                }));
            }
            None => {
                message.answers = None;
                message.quote(one.quote.reveal());
                let note = (message.archive, message.line, Note::ReplyOpen);
                chat.notes.push(note);
            }
        }
    }
    Ok(())
}

/// An answer whose target is looked for.
struct Sought {
    /// Its chat, and its place there.
    at: (usize, usize),
    /// The lead that it goes to.
    lead: LeadId,
    id: ExternalId,
    quote: Content,
    /// What is known of the target so far.
    hits: Vec<Hit>,
    /// Whether a target that is still unknown is looked for in Close.
    is_open: bool,
}

/// The id that a message answers, where that is not in a chat that is taken, and its quotation.
fn open(chat: &DesiredChat, place: usize, is_taken: &[bool]) -> Option<(ExternalId, Content)> {
    match chat.messages[place].answers.as_deref()? {
        Answers::Named { id, quote } => Some((id.clone(), quote.clone())),
        Answers::Planned {
            chat, external_id, ..
        } if !is_taken.get(*chat as usize).is_some_and(|taken| *taken) => {
            Some((external_id.clone(), Content::default()))
        }
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

/// Looks for open targets in every list that was read in this run.
fn in_lists(sought: &mut [Sought], lists: &HashMap<LeadId, List>) {
    let open = sought.iter().filter(|one| one.is_open);
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
    for one in sought.iter_mut().filter(|one| one.is_open) {
        if let Some(hits) = found.get(&one.id) {
            one.hits.clone_from(hits);
            one.is_open = false;
        }
    }
}

/// What is looked up by id, each id once: the leads take turns, so that the bound of the look-ups
/// leaves none of them out, and the newest answers of a lead come first.
fn wanted(sought: &[Sought], chats: &[DesiredChat], form: IdForm) -> Vec<Wanted> {
    let mut turns: HashMap<&LeadId, usize> = HashMap::new();
    let mut places: HashMap<&ExternalId, usize> = HashMap::new();
    let mut wanted: Vec<(usize, Wanted)> = Vec::new();
    for one in sought.iter().rev().filter(|one| one.is_open) {
        let forms = written_as(&chats[one.at.0], &one.id, form);
        if let Some(place) = places.get(&one.id) {
            wanted[*place].1.forms.extend(forms);
            continue;
        }
        places.insert(&one.id, wanted.len());
        let turn = turns.entry(&one.lead).or_default();
        let forms = forms.into_iter().collect();
        let id = one.id.clone();
        wanted.push((*turn, Wanted { id, forms }));
        *turn += 1;
    }
    wanted.sort_by_key(|(turn, _)| *turn);
    wanted.into_iter().map(|(_, one)| one).collect()
}

/// The forms in which another integration may have written an id.
fn written_as(chat: &DesiredChat, id: &ExternalId, form: IdForm) -> Vec<ExternalId> {
    let mut ids = vec![id.clone()];
    if let (IdForm::Wamid, Standing::Ready(to)) = (form, &chat.standing) {
        let sides = [Direction::Incoming, Direction::Outgoing];
        ids.extend(sides.map(|side| written(form, id, side, to, chat.is_group)));
    }
    ids
}

/// The one on this lead, else the only one that there is.
fn choose<'h>(hits: &'h [Hit], lead: &LeadId) -> Option<&'h Hit> {
    let own = hits.iter().filter(|(on, ..)| on == lead);
    // Copies on one lead: always the same one.
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
