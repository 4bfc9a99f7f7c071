//! Before the plan: messages that answer one which is in none of the chats of this run.
//!
//! It is looked for in the list of the lead, in the checkpoint, then in Close by its id, on whatever
//! lead; the same lead comes first, and of several others nobody is taken. What is found nowhere is
//! quoted at the head of the answer, as people do it by hand. Writes nothing.

use std::collections::HashMap;

use super::StopReason;
use super::survey::{Survey, key_of, stop_for};
use crate::checkpoint::Snapshot;
use crate::close::Client;
use crate::plan::{Known, Recorded, Selection};
use crate::transform::desired::{
    Answers, Content, Desired, DesiredChat, Direction, Note, Standing,
};
use crate::transform::id_form::written;
use crate::transform::settings::IdForm;

/// What is known under an id: lead, external id, activity id.
type Hit = (String, String, String);

/// Finds what messages of the chats that are ready and selected answer by id, or quotes it. A
/// target in a chat of this run that is not taken is one of the checkpoint or of Close.
pub(super) async fn find(
    desired: &mut Desired,
    selection: &Selection,
    survey: &Survey,
    checkpoint: Option<&Snapshot>,
    client: Option<&Client>,
    id_form: IdForm,
) -> Result<(), StopReason> {
    let is_taken: Vec<bool> = (desired.chats.iter())
        .map(|chat| selection.takes(chat) && key_of(chat).is_some())
        .collect();
    let mut asked: HashMap<String, Vec<Hit>> = HashMap::new();
    for number in (0..desired.chats.len()).filter(|number| is_taken[*number]) {
        let chat = &mut desired.chats[number];
        let known = key_of(chat).and_then(|key| survey.known.get(&key));
        let lead = key_of(chat).map(|(_, lead)| lead).unwrap_or_default();
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
            if let (true, true, Some(client)) = (hits.is_empty(), is_new, client) {
                if !asked.contains_key(&id) {
                    asked.insert(id.clone(), in_close(client, chat, &id, id_form).await?);
                }
                hits.clone_from(&asked[&id]);
            }
            let found = choose(&hits, &lead);
            let message = &mut chat.messages[place];
            match found {
                Some((_, external_id, activity_id)) => {
                    message.answers = Some(Box::new(Answers::There {
                        external_id: external_id.clone(),
                        activity_id: activity_id.clone(),
                    }));
                }
                None => {
                    message.answers = None;
                    message.quote(quote.reveal());
                    let note = (message.archive, message.line, Note::ReplyOpen);
                    chat.notes.push(note);
                }
            }
        }
    }
    Ok(())
}

/// The id that a message answers, where that is not in a chat that is taken, and its quotation.
fn open(chat: &DesiredChat, place: usize, is_taken: &[bool]) -> Option<(String, Content)> {
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

fn listed(known: Option<&Known>, id: &str, lead: &str) -> Vec<Hit> {
    let activity = known.and_then(|known| known.listed.get(id));
    let hit = activity.map(|activity| (lead.to_owned(), id.to_owned(), activity.clone()));
    hit.into_iter().collect()
}

fn recorded(checkpoint: Option<&Snapshot>, id: &str) -> Result<Vec<Hit>, StopReason> {
    let Some(snapshot) = checkpoint else {
        return Ok(Vec::new());
    };
    let found = snapshot.done_as(id).map_err(StopReason::Checkpoint)?;
    let hits = found.into_iter();
    Ok(hits
        .map(|(id, lead, activity)| (lead.into(), id.into(), activity.into()))
        .collect())
}

/// Other integrations may have brought it, on any lead, in either form. A look-up that Close refuses
/// decides nothing.
async fn in_close(
    client: &Client,
    chat: &DesiredChat,
    id: &str,
    form: IdForm,
) -> Result<Vec<Hit>, StopReason> {
    let mut ids = vec![id.to_owned()];
    if let (IdForm::Wamid, Standing::Ready(to)) = (form, &chat.standing) {
        let sides = [Direction::Incoming, Direction::Outgoing];
        ids.extend(sides.map(|side| written(form, id, side, to, chat.is_group).into_owned()));
        ids.dedup();
    }
    for written in ids {
        let found = match client.find_anywhere(&written).await {
            Ok(found) => found,
            Err(failure) => stop_for(failure).map(|_| Vec::new())?,
        };
        if !found.is_empty() {
            let hits = found.into_iter();
            return Ok(hits
                .map(|found| (found.lead_id, id.to_owned(), found.id))
                .collect());
        }
    }
    Ok(Vec::new())
}

/// The one on this lead, else the only one that there is.
fn choose<'h>(hits: &'h [Hit], lead: &str) -> Option<&'h Hit> {
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
        let hit =
            |lead: &str, activity: &str| (lead.to_owned(), "3A".to_owned(), activity.to_owned());
        let two = [hit("lead_a", "acti_2"), hit("lead_b", "acti_1")];
        assert_eq!(choose(&two, "lead_a"), Some(&two[0]));
        assert_eq!(choose(&two, "lead_c"), None);
        assert_eq!(choose(&two[1..], "lead_c"), Some(&two[1]));
        let copies = [hit("lead_a", "acti_9"), hit("lead_a", "acti_3")];
        assert_eq!(choose(&copies, "lead_a"), Some(&copies[1]));
    }
}
