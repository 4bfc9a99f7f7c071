//! What is to become of each message: its record compared with the list of its lead.
//!
//! Belongs here: reading leads, looking up what their lists lack, and the verdict that follows from that. Never here: messages
//! that stay because of other messages (`constraints`), and what an erasure decides otherwise (`erasure`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Prepared, UndoOrder};
use crate::app::error::Result;
use crate::app::undo::examine::{List, Seen};
use crate::app::undo::result::KeptWhy;
use crate::app::undo::unrecorded::Unrecorded;
use crate::checkpoint::State;
use crate::clock::SharedClock;
use crate::close::Failure;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::compare::Forms;
use crate::stop_reason::StopReason;
use crate::transform::id_form::read as read_id;

/// The number of activities of a lead that are looked up one by one where its list lacks them. Nothing is concluded about
/// others: each is read before its deletion.
const MAX_LOOK_UPS: usize = 20;

/// What is to become of a message.
#[derive(Debug, Clone)]
pub(in crate::app::undo) enum Verdict {
    /// Deleted: its activity.
    Delete(ActivityId),
    /// It is no longer in Close; recorded as absent.
    Gone,
    /// The list of its lead lacks it, and it was not read: decided before its deletion.
    Unread(ActivityId),
    /// Its outcome is unknown, and Close does not list it: looked up.
    Unsettled,
    /// It stays.
    Keep(Option<ActivityId>, KeptWhy),
    /// It is beyond the limit.
    BeyondLimit,
    /// In a group, by another sender than the person who is erased.
    OfOther,
}

impl Prepared<'_> {
    /// Compares every message with Close, and decides.
    pub(super) async fn examine(
        &mut self,
        order: &UndoOrder<'_>,
        clock: &SharedClock,
        unrecorded: &Unrecorded<'_>,
    ) -> Result<()> {
        let mut links = std::mem::take(&mut self.selected.links);
        let mut by_lead: BTreeMap<LeadId, Vec<usize>> = BTreeMap::new();
        for (index, message) in self.selected.messages.iter().enumerate() {
            by_lead.entry(message.lead.clone()).or_default().push(index);
        }
        // What was deleted before may have left something that is not recorded.
        if order.run.is_none() {
            for lead in std::mem::take(&mut self.selected.leads) {
                by_lead.entry(lead).or_default();
            }
        }
        self.verdicts = (self.selected.messages.iter())
            .map(
                |message| match message.is_of_group && !self.is_by_archives(message) {
                    true => Verdict::OfOther,
                    false => Verdict::Gone,
                },
            )
            .collect();
        let mut seen: HashMap<usize, Seen> = HashMap::new();
        let mut listed_ids: HashSet<ActivityId> = HashSet::new();
        let mut forms = Forms::default();
        let (began, before) = (clock.elapsed(), self.examiner.client.stats().requests);
        for (lead, indexes) in &by_lead {
            let listed = self.examiner.list(lead).await.map_err(StopReason::of)?;
            let list = match listed {
                Ok(list) => list,
                Err(failure) => {
                    self.skip(indexes, &failure);
                    continue;
                }
            };
            add_links(&list, &mut links, &mut listed_ids);
            // Before any verdict: an anchor's number is no evidence of who wrote.
            self.note_anchor(lead, &list);
            let (mut of_lead, mut unlisted) = self.of_lead(indexes, &list);
            let messages = &self.selected.messages;
            let missing = (unlisted.iter()).map(|at| (*at, &messages[*at].key.external_id));
            let stand_ins = unrecorded.stand_ins(missing, &list)?;
            // These first, since few are looked up.
            unlisted.sort_by_key(|index| !stand_ins.contains_key(index));
            let elsewhere = self.look_up(lead, unlisted, &mut of_lead).await?;
            self.use_stand_ins(&stand_ins, &list, &mut of_lead);
            self.keep_hidden((lead, &list), (indexes, &of_lead), &elsewhere)
                .await?;
            for (_, list) in &elsewhere {
                add_links(list, &mut links, &mut listed_ids);
            }
            let without_record = unrecorded.on(lead, &list)?;
            self.note_not_ours(lead, (indexes, &without_record), &list);
            if !without_record.is_empty() {
                let number = without_record.len() as u64;
                self.unrecorded.push((lead.clone(), number));
            }
            for (index, one) in of_lead {
                forms.add(&one.fields, &one.shown);
                seen.insert(index, one);
            }
        }
        let is_whole =
            order.run.is_none() && order.person.is_none() && order.selection.is_everything();
        let forms = forms.of_all(is_whole).into_iter();
        self.examiner.forms = forms.map(|(field, _)| field).collect();
        for (index, one) in seen {
            self.verdicts[index] = self.verdict(index, one);
            self.note_changed(index);
        }
        self.drop_absent_replies(&mut links, &listed_ids).await?;
        if self.person.is_none() {
            self.keep_moving();
            self.keep_replied(&links);
        }
        self.limit(order.selection.limit, &links);
        self.selected.links = links;
        let requests = self.examiner.client.stats().requests - before;
        let took = clock.elapsed() - began;
        self.estimate(by_lead.len() as u64, requests, took).await;
        Ok(())
    }

    /// The messages of a lead as its list has them, and those that it lacks.
    fn of_lead(&mut self, indexes: &[usize], list: &List) -> (Vec<(usize, Seen)>, Vec<usize>) {
        let by_activity: HashMap<&ActivityId, usize> = (list.activities.iter().enumerate())
            .map(|(at, activity)| (&activity.id, at))
            .collect();
        let mut by_id: HashMap<ExternalId, Vec<usize>> = HashMap::new();
        for (at, activity) in list.activities.iter().enumerate() {
            by_id
                .entry(read_id(&activity.external_id))
                .or_default()
                .push(at);
        }
        let mut found = Vec::new();
        let mut open = Vec::new();
        for index in indexes {
            let message = &self.selected.messages[*index];
            if self.is_of_other(message, &by_activity, list) {
                continue;
            }
            let at = match (message.state, &message.activity_id) {
                (State::Done, Some(activity)) => {
                    let at = by_activity.get(activity).copied();
                    if at.is_none() {
                        open.push(*index);
                    }
                    at
                }
                (State::Intent | State::Unknown, _) => {
                    self.verdicts[*index] = Verdict::Unsettled;
                    let same = by_id.get(&message.key.external_id).into_iter().flatten();
                    // Always the same one of several copies.
                    same.copied().min_by_key(|at| &list.activities[*at].id)
                }
                _ => None,
            };
            if let Some(at) = at {
                let activity = &list.activities[at];
                found.push((*index, self.examiner.compare(message, activity, list)));
            }
        }
        (found, open)
    }

    /// Takes the activities that stand for messages whose own is in Close no more.
    fn use_stand_ins(
        &self,
        stand_ins: &HashMap<usize, usize>,
        list: &List,
        found: &mut Vec<(usize, Seen)>,
    ) {
        let known: HashSet<usize> = found.iter().map(|(index, _)| *index).collect();
        for (index, at) in stand_ins {
            let is_gone = matches!(self.verdicts[*index], Verdict::Gone);
            if is_gone && !known.contains(index) {
                let message = &self.selected.messages[*index];
                let seen = self.examiner.compare(message, &list.activities[*at], list);
                found.push((*index, seen));
            }
        }
    }

    /// Looks up messages that the list of their lead lacks, and adds them to `found`. Those on another lead, as after a merge,
    /// are of that lead from now on; it is returned with its list.
    async fn look_up(
        &mut self,
        lead: &LeadId,
        mut open: Vec<usize>,
        found: &mut Vec<(usize, Seen)>,
    ) -> Result<Vec<(LeadId, List)>> {
        let unread = open.split_off(open.len().min(MAX_LOOK_UPS));
        let mut moved: BTreeMap<LeadId, Vec<(usize, Seen)>> = BTreeMap::new();
        for (index, seen) in self.read(&open).await? {
            match seen.lead.clone().filter(|on| on != lead) {
                Some(on) => moved.entry(on).or_default().push((index, seen)),
                None => found.push((index, seen)),
            }
        }
        for index in &unread {
            if let Some(activity) = &self.selected.messages[*index].activity_id {
                self.verdicts[*index] = Verdict::Unread(activity.clone());
            }
        }
        let mut lists = Vec::new();
        for (on, read) in moved {
            let listed = self.examiner.list(&on).await.map_err(StopReason::of)?;
            let list = match listed {
                Ok(list) => list,
                Err(failure) => {
                    let read: Vec<usize> = read.into_iter().map(|(index, _)| index).collect();
                    self.skip(&read, &failure);
                    continue;
                }
            };
            let (of_list, _) = self.of_lead(&unread, &list);
            for (index, seen) in read.into_iter().chain(of_list) {
                // Nothing else holds the messages before they are deleted.
                if let Some(message) = Arc::get_mut(&mut self.selected.messages[index]) {
                    message.lead = on.clone();
                }
                found.push((index, seen));
            }
            lists.push((on, list));
        }
        Ok(lists)
    }

    /// Reads messages one by one; those that Close does not have are left out.
    async fn read(&self, indexes: &[usize]) -> Result<Vec<(usize, Seen)>> {
        let read = stream::iter(indexes)
            .map(|index| async move {
                let message = &self.selected.messages[*index];
                let Some(activity) = &message.activity_id else {
                    return Ok(None);
                };
                let seen = self.examiner.read(message, activity).await;
                Ok::<_, Failure>(seen?.map(|seen| (*index, seen)))
            })
            .buffer_unordered(self.settings.limits.concurrency.max(1))
            .try_collect::<Vec<_>>()
            .await
            .map_err(StopReason::of)?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Removes recorded replies that are no longer in Close. One that a list lacks may be younger than the list.
    async fn drop_absent_replies(
        &self,
        links: &mut HashMap<ActivityId, Vec<ActivityId>>,
        listed: &HashSet<ActivityId>,
    ) -> Result<()> {
        let gone = self.selected.messages.iter().zip(&self.verdicts);
        for (message, verdict) in gone {
            if let (Verdict::Gone, Some(activity)) = (verdict, &message.activity_id) {
                links.remove(activity);
            }
        }
        let deleted = self.to_delete();
        let open: Vec<ActivityId> = (links.iter())
            .filter(|(reply, targets)| {
                let is_known = listed.contains(*reply) || deleted.contains(*reply);
                !is_known && targets.iter().any(|target| deleted.contains(target))
            })
            .map(|(reply, _)| reply.clone())
            .collect();
        for reply in open.into_iter().take(MAX_LOOK_UPS) {
            let found = self.examiner.client.get_message(&reply).await;
            if found.map_err(StopReason::of)?.is_none() {
                links.remove(&reply);
            }
        }
        Ok(())
    }

    /// Keeps the messages of a lead that cannot be read.
    fn skip(&mut self, indexes: &[usize], failure: &Failure) {
        for index in indexes {
            let activity = self.selected.messages[*index].activity_id.clone();
            let why = KeptWhy::NotRead(failure.reason());
            self.verdicts[*index] = Verdict::Keep(activity, why);
        }
    }

    fn verdict(&self, index: usize, seen: Seen) -> Verdict {
        let message = &self.selected.messages[index];
        let mut fields = seen.fields;
        fields.retain(|field| !self.examiner.forms.contains(field));
        let activity = seen.activity_id;
        match (fields.is_empty(), message.changing) {
            (true, _) => Verdict::Delete(activity),
            (false, true) => Verdict::Keep(Some(activity), KeptWhy::UpdateUnfinished),
            (false, false) => Verdict::Keep(Some(activity), KeptWhy::Changed(fields)),
        }
    }
}

/// Adds what a list shows: which activities are in it, and what they reply to. Close knows better than the checkpoint.
fn add_links(
    list: &List,
    links: &mut HashMap<ActivityId, Vec<ActivityId>>,
    listed: &mut HashSet<ActivityId>,
) {
    for activity in &list.activities {
        listed.insert(activity.id.clone());
        if let Some(target) = &activity.response_to_id {
            links.insert(activity.id.clone(), vec![target.clone()]);
        }
    }
}
