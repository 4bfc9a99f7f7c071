//! The rows of operations that an earlier run began: how far each came, and its last step, queued.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::FinalStep;
use crate::checkpoint::{
    self, Begun, Change, Creator, MessageKey, OperationKind, OperationRow, ReadStore, State, Step,
    Subject,
};
use crate::execute::follow_ups::{FollowUp, FollowUpAction};
use crate::execute::leftover::{Leftover, Source};
use crate::execute::replace::{self, step};
use crate::execute::run::{Executor, MessageIndex, Run};
use crate::ids::{ActivityId, LeadId};
use crate::plan::Action;
use crate::stop_reason::StopReason;

impl Run<'_> {
    /// Resumes operations of earlier runs: brings their rows in line with the records of their messages,
    /// and queues the steps that remain. Returns the messages of the plan that represent a move whose
    /// message is posted.
    pub(in crate::execute::run) async fn resume_operations(
        &mut self,
        executor: &Executor<'_>,
    ) -> Result<HashSet<MessageIndex>, StopReason> {
        let reader = executor.checkpoint.reader();
        let planned_moves = self.planned_moves();
        let mut links: HashSet<MessageKey> = (self.unfinished.links.drain(..))
            .map(|link| MessageKey::new(link.external_id, link.lead_id))
            .collect();
        let mut changes = Vec::new();
        for row in reader.open_operations().map_err(StopReason::Checkpoint)? {
            let Subject::Message(key) = &row.operation.subject else {
                continue;
            };
            if row.operation.kind == OperationKind::Relink {
                if links.remove(key)
                    && let Some(link) = self.link(key, &row)
                {
                    self.enqueue(None, FinalStep::Link(Arc::new(link)), true);
                }
                continue;
            }
            let (change, progress) =
                progress_of(reader, key, &row).map_err(StopReason::Checkpoint)?;
            changes.extend(change);
            let activity_id = (row.source_activity.clone()).unwrap_or_else(|| ActivityId::from(""));
            let at = planned_moves.get(&(key.lead_id.clone(), activity_id.clone()));
            let begun = Leftover {
                operation: row.operation.clone(),
                source: source(reader, key).map_err(StopReason::Checkpoint)?,
                activity_id,
                posted_id: ActivityId::from(""),
            };
            match (row.operation.kind, progress) {
                (OperationKind::Replace, Progress::Posted(posted_id)) => {
                    if let Some(at) = at {
                        let step_left =
                            FinalStep::Delete(Arc::new(Leftover { posted_id, ..begun }));
                        self.enqueue(*at, step_left, true);
                    }
                }
                (_, Progress::Clearing) => match at {
                    // Its message deletes it, after the checks.
                    Some(Some(at)) => {
                        self.unfinished.clearing.insert(*at, Arc::new(begun));
                    }
                    Some(None) => {
                        self.enqueue(None, FinalStep::Abandon(Arc::new(begun)), true);
                    }
                    None => {}
                },
                (kind, Progress::Unknown(target)) => {
                    if kind == OperationKind::Replace && at.is_some() {
                        self.unfinished.open.insert(row.operation.clone(), begun);
                    }
                    self.unfinished.by_target.insert(target, row.operation);
                }
                (_, Progress::Cleared(message)) => {
                    self.unfinished.restored.insert(message);
                }
                (_, Progress::Posted(_) | Progress::Finished) => {}
            }
        }
        let recorder = &self.tools.recorder;
        let recorded = recorder.record_all(changes).await;
        recorded.map_err(StopReason::Checkpoint)?;
        self.begin_with_copies().await?;
        let ends = self.unfinished.waiting.iter();
        let beyond = ends.clone().filter(|rest| rest.at.is_none()).count() as u64;
        let ends = ends.filter_map(|rest| rest.at).collect();
        self.plan_follow_ups(beyond);
        Ok(ends)
    }

    /// The moves that the plan finishes, by lead and activity of their source, with the messages that
    /// represent them.
    fn planned_moves(&mut self) -> HashMap<(LeadId, ActivityId), Option<MessageIndex>> {
        let mut planned_moves: HashMap<_, Option<MessageIndex>> =
            (std::mem::take(&mut self.unfinished.planned).into_iter())
                .map(|open| ((open.from, open.activity_id), None))
                .collect();
        for (chat, planned) in self.chats.iter().enumerate() {
            if planned.counts().begun == 0 {
                continue;
            }
            for (index, message) in planned.messages.iter().enumerate() {
                if let Action::Replace(replacement) = &message.action
                    && replacement.begun
                {
                    let from = replacement.lead_id.clone();
                    let key = (from, replacement.activity_id.clone());
                    planned_moves.insert(key, Some((chat, index)));
                }
            }
        }
        planned_moves
    }

    /// Moves whose message is listed on the new lead already: recorded as begun and posted in one
    /// transaction.
    async fn begin_with_copies(&mut self) -> Result<(), StopReason> {
        for chat in 0..self.chats.len() {
            if self.chats[chat].counts().replace == 0 {
                continue;
            }
            let mut changes = Vec::new();
            let mut leftovers = Vec::new();
            for index in 0..self.chats[chat].messages.len() {
                let replacement = match &self.chats[chat].messages[index].action {
                    Action::Replace(replacement) if !replacement.begun => replacement.clone(),
                    _ => continue,
                };
                let (Some(posted_id), Some(job)) =
                    (&replacement.on_new_lead, self.job((chat, index)))
                else {
                    continue;
                };
                let leftover = replace::leftover(&job, &replacement, posted_id.clone());
                changes.push(Change::Adopt {
                    key: job.key(),
                    facts: job.facts(&self.tools.key),
                    activity_id: posted_id.clone(),
                    linked: self.chats[chat].messages[index].linked,
                    creator: Creator::Unknown,
                });
                changes.push(Change::OperationBegun(Box::new(Begun {
                    operation: leftover.operation.clone(),
                    chat: Some(job.chat.handle()),
                    source_activity: Some(replacement.activity_id.clone()),
                    target_id: None,
                    target_lead: Some(job.to.lead_id.clone()),
                    target_activity: None,
                })));
                changes.push(step(&leftover.operation, Step::Posted, Some(posted_id)));
                leftovers.push(((chat, index), leftover));
            }
            if changes.is_empty() {
                continue;
            }
            if let Some(record) = &self.records[chat] {
                changes.insert(0, Change::Chat(record.facts()));
            }
            let recorded = self.tools.recorder.record_all(changes).await;
            recorded.map_err(StopReason::Checkpoint)?;
            for (at, leftover) in leftovers {
                self.enqueue(Some(at), FinalStep::Delete(Arc::new(leftover)), true);
            }
        }
        Ok(())
    }

    /// The link that an operation sets.
    fn link(&self, key: &MessageKey, row: &OperationRow) -> Option<FollowUp> {
        let target_id = row.target_id.as_ref()?;
        Some(FollowUp {
            key: key.clone(),
            activity_id: row.source_activity.clone()?,
            action: FollowUpAction::Relink {
                to: row.target_activity.clone()?,
                target: MessageKey::new(target_id, row.target_lead.as_ref()?),
            },
            refusals: Arc::clone(&self.unfinished.refusals),
        })
    }
}

/// The progress of an open operation.
enum Progress {
    /// Its message is posted, with this activity id.
    Posted(ActivityId),
    /// Whether this message is posted is unknown.
    Unknown(MessageKey),
    /// This message is not in Close and is to be posted again.
    Cleared(MessageKey),
    /// Its message is to be deleted before it is posted.
    Clearing,
    /// Finished: nothing was posted, or everything is done.
    Finished,
}

/// The progress of an operation according to the record of its message, and the step that its row lacks.
fn progress_of(
    reader: &dyn ReadStore,
    key: &MessageKey,
    row: &OperationRow,
) -> Result<(Option<Change>, Progress), checkpoint::Error> {
    let kind = row.operation.kind;
    let is_message = matches!(kind, OperationKind::Replace | OperationKind::Restore);
    if !is_message {
        return Ok((None, Progress::Finished));
    }
    if let (Step::Posted, Some(posted_id)) = (row.step, &row.target_activity) {
        return Ok((None, Progress::Posted(posted_id.clone())));
    }
    if (kind, row.step) == (OperationKind::Replace, Step::Cleared) {
        return Ok((None, Progress::Clearing));
    }
    let given_up = || Some(step(&row.operation, Step::GivenUp, None));
    // It was only looked up.
    if (kind, row.step) == (OperationKind::Restore, Step::Planned) {
        return Ok((given_up(), Progress::Finished));
    }
    let target = MessageKey {
        external_id: (row.target_id.clone()).unwrap_or_else(|| key.external_id.clone()),
        lead_id: (row.target_lead.clone()).unwrap_or_else(|| key.lead_id.clone()),
    };
    let found = reader.lookup(&target.external_id, &target.lead_id)?;
    Ok(match found.map(|row| (row.state, row.activity_id)) {
        Some((State::Done, Some(posted_id))) => {
            let posted = step(&row.operation, Step::Posted, Some(&posted_id));
            (Some(posted), Progress::Posted(posted_id))
        }
        Some((State::Intent | State::Unknown, _)) => (None, Progress::Unknown(target)),
        Some((State::Gone, _)) if kind == OperationKind::Restore => {
            (None, Progress::Cleared(target))
        }
        _ => (given_up(), Progress::Finished),
    })
}

/// Where a move began, as far as it is recorded: a merge may have taken the record elsewhere.
fn source(reader: &dyn ReadStore, key: &MessageKey) -> Result<Option<Source>, checkpoint::Error> {
    let found = reader.lookup(&key.external_id, &key.lead_id)?;
    Ok(match found.map(|row| row.state) {
        Some(state @ (State::Done | State::Absent | State::Gone)) => Some(Source {
            key: key.clone(),
            is_done: state == State::Done,
        }),
        _ => None,
    })
}
