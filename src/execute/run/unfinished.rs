//! Multi-step operations that an earlier run began: resumed from their rows, and finished before
//! anything else begins.
//!
//! In scope: which rows a run resumes, in which order, and their outcomes. Out of scope: archives and
//! the content of messages.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::{Executor, Finished, MessageIndex, Run, UnknownRequest};
use crate::checkpoint::{
    self, Begun, Change, Creator, MessageKey, OperationKey, OperationKind, OperationRow, ReadStore,
    State, Step, Subject,
};
use crate::coded::Explanation;
use crate::execute::delete_first;
use crate::execute::follow_ups::{self, FollowUp, FollowUpAction};
use crate::execute::job::{Outcome, Report};
use crate::execute::leftover::{Leftover, Source};
use crate::execute::refusals::Refusals;
use crate::execute::replace::{self, step};
use crate::execute::{Event, FailedMessage, FollowUpEnd};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::{self, Action};
use crate::stop_reason::StopReason;

/// The last step of an operation.
pub(super) struct PendingStep {
    /// The message of the plan that represents the operation.
    at: Option<MessageIndex>,
    step_left: FinalStep,
    refusals: Arc<Refusals>,
    /// An earlier run began the operation, so the operations of the plan wait for it.
    is_first: bool,
}

impl PendingStep {
    pub(super) fn at(&self) -> Option<MessageIndex> {
        self.at
    }
}

/// The step that remains.
#[derive(Clone)]
enum FinalStep {
    /// Delete the message of a move at its previous location.
    Delete(Arc<Leftover>),
    /// Give up the deletion of a message that nothing in the plan posts again.
    Abandon(Arc<Leftover>),
    /// Link a reply.
    Link(Arc<FollowUp>),
}

impl FinalStep {
    fn message(&self) -> Option<&MessageKey> {
        match self {
            FinalStep::Delete(leftover) | FinalStep::Abandon(leftover) => {
                match &leftover.operation.subject {
                    Subject::Message(key) => Some(key),
                    Subject::Number(_) => None,
                }
            }
            FinalStep::Link(link) => Some(&link.key),
        }
    }
}

/// Operations of earlier runs, as far as this run is to finish them.
pub(super) struct Unfinished {
    /// Moves that no message of the plan represents.
    planned: Vec<plan::Unfinished>,
    /// Links to set.
    links: Vec<plan::UnfinishedLink>,
    /// Operations with only the last step left.
    waiting: VecDeque<PendingStep>,
    under_way: usize,
    /// The number of waiting and running operations that earlier runs began.
    first: usize,
    /// Moves whose requests got no response; the new activity is still to be looked up.
    open: HashMap<OperationKey, Leftover>,
    /// Operations by the message that is, or may be, posted.
    by_target: HashMap<MessageKey, OperationKey>,
    /// Messages that are known to be removed and that an earlier run began to restore.
    restored: HashSet<MessageKey>,
    /// Moves whose message is to be deleted before it is posted, by the message of the plan that posts it.
    clearing: HashMap<MessageIndex, Arc<Leftover>>,
    /// The refusal counter of moves that no message of the plan represents.
    refusals: Arc<Refusals>,
}

impl Unfinished {
    /// `refusals` consecutive refusals of one kind stop them.
    pub(super) fn new(
        planned: Vec<plan::Unfinished>,
        links: Vec<plan::UnfinishedLink>,
        refusals: u32,
    ) -> Self {
        Unfinished {
            planned,
            links,
            waiting: VecDeque::new(),
            under_way: 0,
            first: 0,
            open: HashMap::new(),
            by_target: HashMap::new(),
            restored: HashSet::new(),
            clearing: HashMap::new(),
            refusals: Arc::new(Refusals::new(refusals)),
        }
    }

    /// The number of operations that have not ended.
    pub(super) fn left(&self) -> u64 {
        (self.waiting.len() + self.under_way) as u64
    }

    /// True for a message that an earlier run began to restore.
    pub(super) fn is_restored(&self, external_id: &ExternalId, lead_id: &LeadId) -> bool {
        !self.restored.is_empty()
            && (self.restored).contains(&MessageKey::new(external_id, lead_id))
    }

    /// The message on its previous lead, where an earlier run was about to delete it before its post.
    pub(super) fn clearing_of(&self, at: MessageIndex) -> Option<Arc<Leftover>> {
        self.clearing.get(&at).cloned()
    }

    /// Whether an earlier run was about to delete the message before its post.
    pub(super) fn is_clearing(&self, at: MessageIndex) -> bool {
        self.clearing.contains_key(&at)
    }

    /// The operation that an unanswered request of an earlier run is part of.
    pub(super) fn operation_of(&self, message: &MessageKey) -> Option<OperationKey> {
        self.by_target.get(message).cloned()
    }
}

impl Run<'_> {
    /// Resumes operations of earlier runs: brings their rows in line with the records of their messages,
    /// and queues the steps that remain. Returns the messages of the plan that represent a move whose
    /// message is posted.
    pub(super) async fn resume_operations(
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

    fn enqueue(&mut self, at: Option<MessageIndex>, step_left: FinalStep, is_first: bool) {
        let refusals = match at {
            Some((chat, _)) => &self.refusals[chat],
            None => &self.unfinished.refusals,
        };
        self.unfinished.waiting.push_back(PendingStep {
            at,
            refusals: Arc::clone(refusals),
            step_left,
            is_first,
        });
        self.unfinished.first += usize::from(is_first);
    }

    /// Handles a look-up that found the message of a move: its last step is next. False for any other
    /// operation.
    pub(super) fn found(&mut self, request: &UnknownRequest, posted_id: &ActivityId) -> bool {
        let Some(operation) = &request.request.operation else {
            return false;
        };
        let (OperationKind::Replace, Subject::Message(key)) = (operation.kind, &operation.subject)
        else {
            return false;
        };
        let planned = (request.at).map(|(chat, index)| &self.chats[chat].messages[index].action);
        let begun = match (self.unfinished.open.remove(operation), planned) {
            (Some(begun), _) => begun,
            (None, Some(Action::Replace(replacement))) => Leftover {
                operation: operation.clone(),
                source: Some(Source::done(key.clone())),
                activity_id: replacement.activity_id.clone(),
                posted_id: ActivityId::from(""),
            },
            (None, _) => return false,
        };
        if request.at.is_none() {
            self.plan_follow_ups(1);
        }
        let posted_id = posted_id.clone();
        let step_left = FinalStep::Delete(Arc::new(Leftover { posted_id, ..begun }));
        self.enqueue(request.at, step_left, false);
        true
    }

    /// Handles a look-up that found nothing: the operation is given up, and a further post is a new one.
    pub(super) fn not_found(&mut self, request: &UnknownRequest) {
        self.unfinished.restored.remove(&request.request.key);
        self.unfinished.by_target.remove(&request.request.key);
        if let Some(operation) = &request.request.operation {
            self.unfinished.open.remove(operation);
        }
    }

    /// Whether a request that Close has not carried out was part of a move that the plan does not continue: its message is
    /// in Close on its previous lead, and a post would double it. The next plan moves it.
    pub(super) fn stays_on_previous_lead(&self, request: &UnknownRequest) -> bool {
        let operation = request.request.operation.as_ref();
        let is_move = operation.is_some_and(|one| one.kind == OperationKind::Replace);
        let planned = (request.at).map(|(chat, index)| &self.chats[chat].messages[index].action);
        is_move && !matches!(planned, Some(Action::Replace(_)))
    }

    /// Starts as many last steps as the limits allow. False until every operation of an earlier run has
    /// ended.
    pub(super) fn finish_begun(&mut self) -> bool {
        while self.unfinished.under_way < 2 * self.limits.concurrency {
            let Some(pending) = self.unfinished.waiting.pop_front() else {
                break;
            };
            self.unfinished.under_way += 1;
            let tools = Arc::clone(&self.tools);
            self.spawn(async move {
                let outcome = match &pending.step_left {
                    FinalStep::Link(link) => follow_ups::carry_out(&tools, link).await.outcome,
                    FinalStep::Delete(leftover) => match tools.posts.acquire().await {
                        Err(_) => Outcome::Stop(StopReason::Interrupted),
                        Ok(_) if pending.refusals.is_stopped() => Outcome::ChatClosed,
                        Ok(_permit) => replace::delete(&tools, leftover, &pending.refusals).await,
                    },
                    FinalStep::Abandon(leftover) => delete_first::abandon(&tools, leftover).await,
                };
                Finished::Moved { pending, outcome }
            });
        }
        self.unfinished.first == 0
    }

    /// Processes the outcome of the last step of a move.
    pub(super) fn moved(&mut self, pending: &PendingStep, outcome: Outcome) {
        self.unfinished.under_way = self.unfinished.under_way.saturating_sub(1);
        self.unfinished.first -= usize::from(pending.is_first);
        if let Some(at) = pending.at {
            let mut report = Report::of(outcome);
            if let FinalStep::Delete(leftover) = &pending.step_left {
                report.posted_id = Some(leftover.posted_id.clone());
            }
            return self.posted(at, report);
        }
        if let (FinalStep::Abandon(leftover), Outcome::Found(_) | Outcome::Gone) =
            (&pending.step_left, &outcome)
        {
            return self.abandoned(leftover, matches!(outcome, Outcome::Gone));
        }
        let end = match outcome {
            Outcome::Replaced(_) | Outcome::Deleted => FollowUpEnd::Replaced,
            Outcome::Found(_) => FollowUpEnd::Found,
            Outcome::Updated => FollowUpEnd::Updated,
            Outcome::Gone => FollowUpEnd::Gone,
            Outcome::Failed(failure) => {
                let Some(key) = pending.step_left.message().cloned() else {
                    return;
                };
                FollowUpEnd::Failed(FailedMessage {
                    // In no archive of this run.
                    chat: usize::MAX,
                    message: 0,
                    external_id: key.external_id,
                    lead_id: key.lead_id,
                    code: failure.code(),
                    text: Explanation::new(failure.reason(), failure.remedy()),
                })
            }
            Outcome::Stop(reason) => {
                self.not_reached(1);
                return self.stop_for(reason);
            }
            _ => return self.not_reached(1),
        };
        self.emit(Event::FollowUpEnded(end));
    }

    /// Reports a move that was given up before its deletion.
    fn abandoned(&mut self, leftover: &Leftover, is_gone: bool) {
        let Subject::Message(key) = &leftover.operation.subject else {
            return;
        };
        let reason = match is_gone {
            true => {
                "an interrupted import was replacing the message on another lead and deleted it here; this plan does not post it there"
            }
            false => {
                "an interrupted import was replacing the message on another lead; this plan does not, so it stays here"
            }
        };
        self.emit(Event::FollowUpEnded(FollowUpEnd::Failed(FailedMessage {
            // In no archive of this run.
            chat: usize::MAX,
            message: 0,
            external_id: key.external_id.clone(),
            lead_id: key.lead_id.clone(),
            code: "move_given_up".to_owned(),
            text: Explanation::new(
                reason,
                "import its chat again, with an archive that has the message",
            ),
        })));
    }

    /// Operations that earlier runs began and this one finishes; their messages are in no archive of the plan.
    fn plan_follow_ups(&mut self, count: u64) {
        if count > 0 {
            self.emit(Event::Planned {
                operations: count,
                follow_ups: count,
            });
        }
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
