//! Activities of a chat that are in Close without a record: on its lead, and on leads that it went to
//! before the mapping was corrected.
//!
//! Here belongs which listed activities a chat may consider, and where else Close is searched; never which
//! message an activity is. Writes nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::content;
use super::lead_list::{self, List};
use super::listed::{SurveyContext, key_of};
use super::unrecorded::Reader;
use crate::canonical;
use crate::checkpoint::DoneAs;
use crate::close::{Client, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::matching::sequence::Key;
use crate::phone::Phone;
use crate::plan::{Draft, Fingerprint, Known, Record, Recorded, unmatched};
use crate::stop_reason::{StopReason, stop_for, stop_unless_rejected};
use crate::transform::desired::{
    Content, Decision, DesiredChat, DesiredMessage, Destination, Held,
};
use crate::transform::identity;

/// The chats of a run by the lead that they go to; an activity of one of them belongs to no other.
#[derive(Default)]
pub(super) struct Neighbours {
    by_lead: HashMap<LeadId, Vec<Neighbour>>,
    /// The owners' numbers of all chats.
    owners: HashSet<Phone>,
}

/// A chat of the run on a lead.
struct Neighbour {
    key: String,
    /// The contact's number; `None` for a group, whose members have their own.
    phone: Option<Phone>,
    /// The hashed external ids of its messages; only where several chats go to the lead.
    ids: HashSet<Key>,
}

impl Neighbours {
    pub(super) fn of(chats: &[Draft]) -> Self {
        let mut by_lead: HashMap<LeadId, Vec<Neighbour>> = HashMap::new();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let leads = chats.iter().filter_map(|chat| ready(chat));
        for to in leads {
            *counts.entry(to.lead_id.as_str()).or_insert(0) += 1;
        }
        for chat in chats {
            let (Some((key, lead)), Some(to)) = (key_of(chat), ready(chat)) else {
                continue;
            };
            let is_shared = counts.get(lead.as_str()).is_some_and(|count| *count > 1);
            let ids = match is_shared {
                true => ids_of(chat),
                false => HashSet::new(),
            };
            by_lead.entry(lead).or_default().push(Neighbour {
                key,
                phone: (!chat.is_group).then(|| to.remote_phone.clone()),
                ids,
            });
        }
        let owners = chats.iter().filter_map(|chat| ready(chat));
        Neighbours {
            by_lead,
            owners: owners.map(|to| to.local_phone.clone()).collect(),
        }
    }

    fn has_lead(&self, lead: &LeadId) -> bool {
        self.by_lead.contains_key(lead)
    }

    /// Whether an activity shows that it belongs to another chat of its lead.
    fn is_of_another(&self, activity: &Listed, chat: &DesiredChat, own: &HashSet<Key>) -> bool {
        if is_of_other_number(activity, chat)
            && !own.contains(&canonical::key(activity.external_id.as_str()))
        {
            return true;
        }
        let Some((key, lead)) = key_of(chat) else {
            return false;
        };
        let Some(all) = self.by_lead.get(&lead).filter(|all| all.len() > 1) else {
            return false;
        };
        let id = canonical::key(activity.external_id.as_str());
        if own.contains(&id) {
            return false;
        }
        let phone = activity.remote_phone.as_deref().and_then(Phone::parse);
        let is_own_phone = |phone: &Phone| ready(chat).is_some_and(|to| to.remote_phone == *phone);
        let others = all.iter().filter(|other| other.key != key);
        let mut others = others.filter(|other| {
            let has_phone = (other.phone.as_ref().zip(phone.as_ref()))
                .is_some_and(|(one, other)| one == other && !is_own_phone(other));
            other.ids.contains(&id) || has_phone
        });
        others.next().is_some()
    }
}

/// Whether an activity is between the numbers of another chat of the contact.
fn is_of_other_number(activity: &Listed, chat: &DesiredChat) -> bool {
    let phone = |text: &Option<String>| text.as_deref().and_then(Phone::parse);
    if chat.is_group || chat.keys_of_other_numbers.is_empty() {
        return false;
    }
    let pair = phone(&activity.local_phone).zip(phone(&activity.remote_phone));
    pair.is_some_and(|(local, remote)| {
        let key = Content::new(identity::chat_of_pair(local.e164(), remote.e164()));
        chat.keys_of_other_numbers.contains(&key)
    })
}

fn ids_of(chat: &DesiredChat) -> HashSet<Key> {
    let key = |message: &DesiredMessage| canonical::key(message.external_id.as_str());
    (chat.messages).with(|messages| messages.iter().map(key).collect())
}

fn ready(chat: &DesiredChat) -> Option<&Destination> {
    match &chat.standing {
        Decision::Ready(to) => Some(to),
        _ => None,
    }
}

/// The number of messages that are looked up on any lead, for a chat without records.
const MAX_LOOK_UPS: usize = 2;

impl SurveyContext<'_> {
    /// Adds the activities of ours that the chat's lead has and the checkpoint does not record.
    pub(super) fn unrecorded(
        &self,
        chat: &DesiredChat,
        list: &List,
        known: &mut Known,
    ) -> Result<(), StopReason> {
        if list.ours.is_empty() {
            return Ok(());
        }
        let fingerprint = fingerprint(known);
        let reader = Reader::new(chat, &fingerprint, &self.users);
        let (own, lead) = (ids_of(chat), key_of(chat).map(|(_, lead)| lead));
        let own_key = chat.key.as_ref().map(Content::reveal);
        let of_others = self.numbers_of_others(chat, list, known)?;
        // Close may have several activities with one id; the first one on a lead counts.
        let mut seen: HashSet<&str> = HashSet::new();
        for activity in &list.ours {
            let id = activity.external_id.as_str();
            let records = self.records(activity)?;
            let is_recorded = records.iter().any(|(_, _, id)| *id == activity.id);
            let owner = (lead.as_ref()).and_then(|lead| self.listed_chats.owner(lead, activity));
            let is_of_another = match owner.zip(own_key) {
                Some((owner, key)) => owner != key,
                None => {
                    self.neighbours.is_of_another(activity, chat, &own)
                        || (of_others.contains(&numbers(activity))
                            && !own.contains(&canonical::key(id)))
                }
            };
            if is_of_another && owner.is_some() {
                known.taken.insert(activity.external_id.clone());
            }
            if is_recorded || is_of_another {
                continue;
            }
            let has_record = (records.iter())
                .any(|(id, on, _)| *id == activity.external_id && lead.as_ref() == Some(on));
            let Some(record) = reader.record(activity, None) else {
                continue;
            };
            let recorded = known.recorded.get(id);
            // An activity made by an unanswered request is the message itself. The run settles it.
            if matches!(recorded, Some(Recorded::Unsettled { .. })) && seen.insert(id) {
                continue;
            }
            let is_taken = matches!(
                recorded,
                Some(Recorded::Done { .. } | Recorded::Unsettled { .. })
            );
            match is_taken || has_record || !seen.insert(id) {
                true => known.copies.push(record),
                false => known.unrecorded.push(record),
            }
        }
        known.fingerprint = Some(fingerprint);
        Ok(())
    }

    /// The number pairs whose records on the lead belong to other chats only, by content: what a later run
    /// posted there under these numbers belongs to those chats as well.
    fn numbers_of_others(
        &self,
        chat: &DesiredChat,
        list: &List,
        known: &Known,
    ) -> Result<HashSet<Numbers>, StopReason> {
        let mut others = HashSet::new();
        if chat.is_group || known.taken.is_empty() {
            return Ok(others);
        }
        let mut own = HashSet::new();
        for activity in &list.ours {
            let id = &activity.external_id;
            let mut records = self.records(activity)?.into_iter();
            if !records.any(|(_, _, recorded)| recorded == activity.id) {
                continue;
            }
            match known.taken.contains(id) {
                true => others.insert(numbers(activity)),
                false => own.insert(numbers(activity)),
            };
        }
        Ok(&others - &own)
    }

    /// Adds activities of ours on former leads of the chat, where one of its messages would be created or
    /// is on both leads. The inner error is the reason to hold the chat.
    pub(super) async fn former_leads(
        &self,
        client: &Client,
        chat: &DesiredChat,
        known: &mut Known,
        lists: &mut HashMap<LeadId, List>,
        listed_leads: &mut u64,
    ) -> Result<Result<(), Held>, StopReason> {
        let Some((_, own)) = key_of(chat) else {
            return Ok(Ok(()));
        };
        let open = unmatched(chat, known);
        let is_double = |record: &&Record| {
            let id = &record.external_id;
            known.listed.contains_key(id) && !known.recorded.contains(id)
        };
        let mut leads: Vec<LeadId> = (known.elsewhere.iter())
            .filter(|record| !open.is_empty() || is_double(record))
            .filter_map(|record| record.lead_id.clone())
            .collect();
        let is_new = known.recorded.is_empty() && known.former.is_empty();
        if let Some(key) = &chat.key {
            leads.extend(self.listed_chats.leads_of(key.reveal()).cloned());
        }
        // If all of Close's activities were read, a look-up finds no more.
        let is_looked_up = !open.is_empty() && is_new && !self.listed_chats.is_complete;
        if leads.is_empty() && is_looked_up {
            leads = self.look_up(client, chat, &open).await?;
        }
        leads.sort_unstable();
        leads.dedup();
        leads.retain(|lead| *lead != own && !chat.merged_from.contains(lead));
        for lead in leads {
            if !lists.contains_key(&lead) {
                *listed_leads += 1;
                let list = match lead_list::read(client, &lead, &self.users).await {
                    Ok(list) => list,
                    // A lead that does not exist has no messages.
                    Err(failure) if matches!(failure.status(), Some(400 | 404)) => List::default(),
                    Err(failure) => {
                        return Ok(Err(Held::Unlisted(stop_for(failure)?.to_string())));
                    }
                };
                lists.insert(lead.clone(), list);
            }
            if let Some(list) = lists.get(&lead) {
                content::complete(chat, (list, Some(&lead)), &self.users, known);
                self.note_duplicates(chat, &lead, list, known)?;
                if !open.is_empty() {
                    self.unrecorded_elsewhere(chat, &lead, list, known)?;
                }
            }
        }
        Ok(Ok(()))
    }

    /// Records what is on a former lead and on the chat's lead: a move was interrupted before its
    /// deletions, and the checkpoint is lost or older.
    fn note_duplicates(
        &self,
        chat: &DesiredChat,
        lead: &LeadId,
        list: &List,
        known: &mut Known,
    ) -> Result<(), StopReason> {
        let recorded: HashSet<&ActivityId> = (known.elsewhere.iter())
            .map(|record| &record.activity_id)
            .collect();
        let own_key = chat.key.as_ref().map(Content::reveal);
        let mut left_behind = HashSet::new();
        for activity in &list.ours {
            let id = &activity.external_id;
            if !known.listed.contains_key(id) || known.foreign.contains(id) {
                continue;
            }
            if recorded.contains(&activity.id) {
                if !known.recorded.contains(id) {
                    left_behind.insert(activity.id.clone());
                }
            } else if self.listed_chats.owner(lead, activity) == own_key
                && own_key.is_some()
                && self.records(activity)?.is_empty()
            {
                known.repeated_elsewhere += 1;
            }
        }
        known.left_behind.extend(left_behind);
        Ok(())
    }

    /// Adds the chat's activities on a former lead. Another chat may go to that lead: only activities with
    /// the chat's number, or with the id of one of its messages, are considered.
    fn unrecorded_elsewhere(
        &self,
        chat: &DesiredChat,
        lead: &LeadId,
        list: &List,
        known: &mut Known,
    ) -> Result<(), StopReason> {
        let Some(to) = ready(chat) else {
            return Ok(());
        };
        let fingerprint = fingerprint(known);
        let reader = Reader::new(chat, &fingerprint, &self.users);
        let own = ids_of(chat);
        let here: HashSet<ExternalId> = (known.unrecorded.iter())
            .map(|record| record.external_id.clone())
            .collect();
        let former_numbers = former_numbers(chat, list, known);
        for activity in &list.ours {
            let phone = activity.remote_phone.as_deref().and_then(Phone::parse);
            // A colleague's chat with the contact may correctly be on this lead.
            let local = activity.local_phone.as_deref().and_then(Phone::parse);
            let is_colleagues = local
                .is_some_and(|own| own != to.local_phone && self.neighbours.owners.contains(&own));
            let is_own_phone =
                !chat.is_group && phone.as_ref() == Some(&to.remote_phone) && !is_colleagues;
            let owner = self.listed_chats.owner(lead, activity);
            let is_own = match owner.zip(chat.key.as_ref()) {
                Some((owner, key)) => owner == key.reveal(),
                None => {
                    is_own_phone
                        || own.contains(&canonical::key(activity.external_id.as_str()))
                        || former_numbers.contains(&numbers(activity))
                }
            };
            let is_here = known.recorded.contains(&activity.external_id)
                || here.contains(&activity.external_id);
            if !is_own || is_here || !self.records(activity)?.is_empty() {
                continue;
            }
            known
                .unrecorded
                .extend(reader.record(activity, Some(lead.clone())));
        }
        known.fingerprint = Some(fingerprint);
        Ok(())
    }

    /// The leads on which Close has one of the first or last of these messages.
    async fn look_up(
        &self,
        client: &Client,
        chat: &DesiredChat,
        open: &[ExternalId],
    ) -> Result<Vec<LeadId>, StopReason> {
        // In the members' own archives of a group its messages have the same ids.
        let ids = open.iter().filter(|id| !(chat.is_group && id.is_native()));
        let ids: Vec<&ExternalId> = ids.collect();
        let ends = (ids.first().into_iter()).chain(ids.last().filter(|_| ids.len() > 1));
        for id in ends.take(MAX_LOOK_UPS) {
            let found = match client.find_anywhere(id).await {
                Ok(found) => found,
                Err(failure) => stop_unless_rejected(failure).map(|_: Failure| Vec::new())?,
            };
            let leads = found.into_iter().map(|found| found.lead_id);
            // A lead that another chat goes to may contain these messages correctly.
            let leads: Vec<LeadId> = leads
                .filter(|lead| !self.neighbours.has_lead(lead))
                .collect();
            if !leads.is_empty() {
                return Ok(leads);
            }
        }
        Ok(Vec::new())
    }

    /// The records under the external id of an activity, in any chat.
    fn records(&self, activity: &Listed) -> Result<Vec<DoneAs>, StopReason> {
        match self.checkpoint {
            Some(snapshot) => {
                let found = snapshot.done_as(&activity.external_id);
                found.map_err(StopReason::Checkpoint)
            }
            None => Ok(Vec::new()),
        }
    }
}

/// The owner's and the contact's number, as Close shows them.
type Numbers = (Option<String>, Option<String>);

fn numbers(activity: &Listed) -> Numbers {
    (activity.local_phone.clone(), activity.remote_phone.clone())
}

/// The number pairs of the chat's messages that are recorded on the lead of `list`; messages posted by a
/// later run have them too. Empty for groups, whose messages have the numbers of members or the anchor, as
/// one-to-one chats have.
fn former_numbers(chat: &DesiredChat, list: &List, known: &Known) -> HashSet<Numbers> {
    if chat.is_group {
        return HashSet::new();
    }
    let recorded: HashSet<&ActivityId> = (known.elsewhere.iter())
        .map(|record| &record.activity_id)
        .collect();
    let of_chat = (list.ours.iter()).filter(|activity| recorded.contains(&activity.id));
    of_chat.map(numbers).collect()
}

/// The keyed hash to compare with; without a checkpoint, one with a temporary key.
fn fingerprint(known: &Known) -> Fingerprint {
    known.fingerprint.clone().unwrap_or_else(|| {
        Fingerprint(Arc::new(|kind, text| {
            canonical::key(&format!("{kind}\0{text}"))
        }))
    })
}
