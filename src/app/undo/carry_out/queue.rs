//! The messages that are left to delete, in the order in which they may be: replies before what they reply to.
//!
//! Never here: a request to Close, and what became of a message.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::app::error::Result;
use crate::app::undo::lookup::Settled;
use crate::app::undo::prepare::{Prepared, Verdict};
use crate::checkpoint::{Checkpoint, MessageKey, State};
use crate::ids::{ActivityId, LeadId};

/// What is left to delete.
#[derive(Default)]
pub(super) struct Work {
    /// Messages that are not in Close any more.
    pub(super) gone: Vec<usize>,
    /// Leads that are not read yet, with their messages.
    pub(super) leads: VecDeque<(LeadId, Vec<(usize, ActivityId)>)>,
    pub(super) ready: VecDeque<(usize, ActivityId)>,
    pub(super) running: HashSet<usize>,
    /// Messages with replies that are not deleted yet: their number.
    pub(super) waiting: BTreeMap<usize, (usize, ActivityId)>,
    /// The messages that a message replies to.
    targets: HashMap<usize, Vec<usize>>,
    pub(super) activities: HashMap<usize, ActivityId>,
    /// Messages that were in progress when the run stopped, or are recorded otherwise than when it was prepared.
    pub(super) unreached: usize,
}

impl Work {
    /// The messages that are still recorded as they were when the undo was prepared.
    pub(super) fn of(
        prepared: &Prepared<'_>,
        checkpoint: &Checkpoint,
        settled: &HashMap<usize, Settled>,
        begun: &HashSet<MessageKey>,
    ) -> Result<Work> {
        let mut work = Work::default();
        let mut leads: Vec<(LeadId, Vec<(usize, ActivityId)>)> = Vec::new();
        for index in prepared.order() {
            let message = &prepared.selected.messages[index];
            let key = &message.key;
            if begun.contains(key) {
                continue;
            }
            let row = checkpoint.reader().lookup(&key.external_id, &key.lead_id)?;
            let Some(row) = row else {
                work.unreached += 1;
                continue;
            };
            let known = match settled.get(&index) {
                Some(Settled::Found(activity)) => Some(activity.clone()),
                Some(Settled::NotCarriedOut | Settled::Unread(_)) => continue,
                None => match &prepared.verdicts[index] {
                    Verdict::Delete(activity) | Verdict::Unread(activity) => Some(activity.clone()),
                    Verdict::Gone => message.activity_id.clone(),
                    Verdict::Unsettled
                    | Verdict::BeyondLimit
                    | Verdict::OfOther
                    | Verdict::Keep(..) => continue,
                },
            };
            match (row.state, row.activity_id, known) {
                (State::Gone, ..) => work.gone.push(index),
                (State::Done, Some(recorded), Some(known)) if recorded == known => {
                    work.activities.insert(index, known.clone());
                    match leads.last_mut() {
                        Some((lead, messages)) if *lead == message.lead => {
                            messages.push((index, known));
                        }
                        _ => leads.push((message.lead.clone(), vec![(index, known)])),
                    }
                }
                // Its record changed meanwhile: the next undo reads it again.
                _ => work.unreached += 1,
            }
        }
        work.leads = leads.into();
        Ok(work)
    }

    /// The number of messages that have not ended.
    pub(super) fn left(&self) -> usize {
        let unread: usize = self.leads.iter().map(|(_, messages)| messages.len()).sum();
        unread + self.ready.len() + self.waiting.len() + self.running.len() + self.unreached
    }

    /// Adds the messages of a lead; one with replies among them waits for these.
    pub(super) fn add(
        &mut self,
        messages: Vec<(usize, ActivityId)>,
        links: &HashMap<ActivityId, Vec<ActivityId>>,
    ) {
        let by_activity: HashMap<&ActivityId, usize> = (messages.iter())
            .map(|(index, activity)| (activity, *index))
            .collect();
        let mut replies: HashMap<usize, usize> = HashMap::new();
        for (index, activity) in &messages {
            for target in links.get(activity).into_iter().flatten() {
                if let Some(target) = by_activity.get(target) {
                    *replies.entry(*target).or_default() += 1;
                    self.targets.entry(*index).or_default().push(*target);
                }
            }
        }
        for (index, activity) in &messages {
            match replies.get(index) {
                Some(number) => drop(self.waiting.insert(*index, (*number, activity.clone()))),
                None => self.ready.push_back((*index, activity.clone())),
            }
        }
    }

    /// A message ended. What it replies to is ready once all its replies are deleted; if the message stays, so does that,
    /// and it is returned.
    pub(super) fn release(&mut self, index: usize, stays: bool) -> Vec<(usize, ActivityId)> {
        let mut kept = Vec::new();
        let mut ended = vec![index];
        while let Some(index) = ended.pop() {
            for target in self.targets.remove(&index).unwrap_or_default() {
                if stays {
                    if let Some((_, activity)) = self.waiting.remove(&target) {
                        kept.push((target, activity));
                        ended.push(target);
                    }
                    continue;
                }
                let Some((number, _)) = self.waiting.get_mut(&target) else {
                    continue;
                };
                *number -= 1;
                if *number == 0
                    && let Some((_, activity)) = self.waiting.remove(&target)
                {
                    self.ready.push_back((target, activity));
                }
            }
        }
        kept
    }
}
