//! Operations of several steps that an earlier run began: taken up from their rows, and finished
//! before anything else is begun (design.md, invariant 5).
//!
//! Belongs here: which rows a run takes up, in which order, and what became of them. Never here:
//! archives, and what a message says.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::{Asked, At, Executor, Finished, Run};
use crate::checkpoint::{
    self, Begun, Change, Creator, MessageKey, OperationKey, OperationKind, OperationRow, ReadStore,
    State, Step, Subject,
};
use crate::execute::follow_ups::{self, FollowUp, What};
use crate::execute::job::{Outcome, Report};
use crate::execute::refusals::Refusals;
use crate::execute::replace::{self, Leftover, Source, step};
use crate::execute::{Event, FailedMessage, FollowUpEnd};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::{self, Action};
use crate::stop_reason::StopReason;

/// The last step of an operation.
pub(super) struct Rest {
    /// The message in the plan, where it stands for the operation.
    at: Option<At>,
    last: Last,
    refusals: Arc<Refusals>,
    /// An earlier run began it, so that the plan's own work waits for it.
    is_first: bool,
}

/// What is left to do.
#[derive(Clone)]
enum Last {
    /// The message of a move is deleted where it was.
    Delete(Arc<Leftover>),
    /// An answer is linked.
    Link(Arc<FollowUp>),
}

impl Last {
    fn message(&self) -> Option<&MessageKey> {
        match self {
            Last::Delete(leftover) => match &leftover.operation.subject {
                Subject::Message(key) => Some(key),
                Subject::Number(_) => None,
            },
            Last::Link(link) => Some(&link.key),
        }
    }
}

/// What earlier runs began, as far as this run is to finish it.
pub(super) struct Unfinished {
    /// Moves that no message of the plan stands for.
    planned: Vec<plan::Unfinished>,
    /// Links that are to be set.
    links: Vec<plan::UnfinishedLink>,
    /// Operations of which the last step is left.
    waiting: VecDeque<Rest>,
    under_way: usize,
    /// Of both, those that earlier runs began.
    first: usize,
    /// Moves whose requests were not answered, without the activity that Close is asked for.
    open: HashMap<OperationKey, Leftover>,
    /// Operations by the message that is, or may be, posted.
    by_target: HashMap<MessageKey, OperationKey>,
    /// Messages that are known to be gone and that an earlier run began to post again.
    restored: HashSet<MessageKey>,
    /// Of moves that no message of the plan stands for.
    refusals: Arc<Refusals>,
}

impl Unfinished {
    /// `refusals` of one kind in a row stop them.
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
            refusals: Arc::new(Refusals::new(refusals)),
        }
    }

    /// How many have not ended.
    pub(super) fn left(&self) -> u64 {
        (self.waiting.len() + self.under_way) as u64
    }

    /// True for a message that an earlier run began to post again.
    pub(super) fn is_restored(&self, external_id: &ExternalId, lead_id: &LeadId) -> bool {
        !self.restored.is_empty()
            && (self.restored).contains(&MessageKey::new(external_id, lead_id))
    }

    /// The operation that an unanswered request of an earlier run was a part of.
    pub(super) fn operation_of(&self, message: &MessageKey) -> Option<OperationKey> {
        self.by_target.get(message).cloned()
    }
}

impl Run<'_> {
    /// Takes up what earlier runs began: brings the rows in step with what is recorded of their
    /// messages, and lines up what is to be finished. Gives the messages of the plan that stand for
    /// a move whose message is posted.
    pub(super) async fn take_up(
        &mut self,
        executor: &Executor<'_>,
    ) -> Result<HashSet<At>, StopReason> {
        let reader = executor.checkpoint.reader();
        let wanted = self.wanted();
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
                    self.line_up(None, Last::Link(Arc::new(link)), true);
                }
                continue;
            }
            let (change, stands) = stand(reader, key, &row).map_err(StopReason::Checkpoint)?;
            changes.extend(change);
            let activity_id = (row.source_activity.clone()).unwrap_or_else(|| ActivityId::from(""));
            let at = wanted.get(&(key.lead_id.clone(), activity_id.clone()));
            let begun = Leftover {
                operation: row.operation.clone(),
                source: source(reader, key).map_err(StopReason::Checkpoint)?,
                activity_id,
                there: ActivityId::from(""),
            };
            match (row.operation.kind, stands) {
                (OperationKind::Replace, Stands::Posted(there)) => {
                    if let Some(at) = at {
                        let last = Last::Delete(Arc::new(Leftover { there, ..begun }));
                        self.line_up(*at, last, true);
                    }
                }
                (kind, Stands::Asked(target)) => {
                    if kind == OperationKind::Replace && at.is_some() {
                        self.unfinished.open.insert(row.operation.clone(), begun);
                    }
                    self.unfinished.by_target.insert(target, row.operation);
                }
                (_, Stands::Cleared(message)) => {
                    self.unfinished.restored.insert(message);
                }
                (_, Stands::Posted(_) | Stands::Over) => {}
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

    /// The moves that the plan wants finished, by where they began, and the messages that stand for
    /// them.
    fn wanted(&mut self) -> HashMap<(LeadId, ActivityId), Option<At>> {
        let mut wanted: HashMap<_, Option<At>> = (std::mem::take(&mut self.unfinished.planned)
            .into_iter())
        .map(|open| ((open.from, open.activity_id), None))
        .collect();
        for (chat, planned) in self.chats.iter().enumerate() {
            if planned.counts().begun == 0 {
                continue;
            }
            for (place, message) in planned.messages.iter().enumerate() {
                if let Action::Replace(replacement) = &message.action
                    && replacement.begun
                {
                    let from = replacement.lead_id.clone();
                    let key = (from, replacement.activity_id.clone());
                    wanted.insert(key, Some((chat, place)));
                }
            }
        }
        wanted
    }

    /// Moves whose message is on the new lead already, as its list shows: begun, and posted, at
    /// once.
    async fn begin_with_copies(&mut self) -> Result<(), StopReason> {
        for chat in 0..self.chats.len() {
            if self.chats[chat].counts().replace == 0 {
                continue;
            }
            let mut changes = Vec::new();
            let mut leftovers = Vec::new();
            for place in 0..self.chats[chat].messages.len() {
                let replacement = match &self.chats[chat].messages[place].action {
                    Action::Replace(replacement) if !replacement.begun => replacement.clone(),
                    _ => continue,
                };
                let (Some(there), Some(job)) = (&replacement.there, self.job((chat, place))) else {
                    continue;
                };
                let leftover = replace::leftover(&job, &replacement, there.clone());
                changes.push(Change::Adopt {
                    key: job.key(),
                    facts: job.facts(&self.tools.key),
                    activity_id: there.clone(),
                    linked: self.chats[chat].messages[place].linked,
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
                changes.push(step(&leftover.operation, Step::Posted, Some(there)));
                leftovers.push(((chat, place), leftover));
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
                self.line_up(Some(at), Last::Delete(Arc::new(leftover)), true);
            }
        }
        Ok(())
    }

    /// The link that an operation is to set.
    fn link(&self, key: &MessageKey, row: &OperationRow) -> Option<FollowUp> {
        let target_id = row.target_id.as_ref()?;
        Some(FollowUp {
            key: key.clone(),
            activity_id: row.source_activity.clone()?,
            what: What::Relink {
                to: row.target_activity.clone()?,
                target: MessageKey::new(target_id, row.target_lead.as_ref()?),
            },
            refusals: Arc::clone(&self.unfinished.refusals),
        })
    }

    fn line_up(&mut self, at: Option<At>, last: Last, is_first: bool) {
        let refusals = match at {
            Some((chat, _)) => &self.refusals[chat],
            None => &self.unfinished.refusals,
        };
        self.unfinished.waiting.push_back(Rest {
            at,
            refusals: Arc::clone(refusals),
            last,
            is_first,
        });
        self.unfinished.first += usize::from(is_first);
    }

    /// A look-up found what a move has posted: its last step is next. False for anything else.
    pub(super) fn found(&mut self, asked: &Asked, there: &ActivityId) -> bool {
        let Some(operation) = &asked.operation else {
            return false;
        };
        let (OperationKind::Replace, Subject::Message(key)) = (operation.kind, &operation.subject)
        else {
            return false;
        };
        let planned = (asked.at).map(|(chat, place)| &self.chats[chat].messages[place].action);
        let begun = match (self.unfinished.open.remove(operation), planned) {
            (Some(begun), _) => begun,
            (None, Some(Action::Replace(replacement))) => Leftover {
                operation: operation.clone(),
                source: Some(Source::done(key.clone())),
                activity_id: replacement.activity_id.clone(),
                there: ActivityId::from(""),
            },
            (None, _) => return false,
        };
        if asked.at.is_none() {
            self.plan_follow_ups(1);
        }
        let there = there.clone();
        let last = Last::Delete(Arc::new(Leftover { there, ..begun }));
        self.line_up(asked.at, last, false);
        true
    }

    /// A look-up found that nothing was posted: the operation is given up, and what is posted now
    /// is a new one.
    pub(super) fn not_found(&mut self, asked: &Asked) {
        self.unfinished.restored.remove(&asked.key);
        self.unfinished.by_target.remove(&asked.key);
        if let Some(operation) = &asked.operation {
            self.unfinished.open.remove(operation);
        }
    }

    /// Starts the last steps that there is room for. False as long as one that an earlier run began
    /// has not ended.
    pub(super) fn finish_begun(&mut self) -> bool {
        while self.unfinished.under_way < 2 * self.limits.concurrency {
            let Some(rest) = self.unfinished.waiting.pop_front() else {
                break;
            };
            self.unfinished.under_way += 1;
            let tools = Arc::clone(&self.tools);
            self.spawn(async move {
                let outcome = match &rest.last {
                    Last::Link(link) => follow_ups::carry_out(&tools, link).await.outcome,
                    Last::Delete(leftover) => match tools.posts.acquire().await {
                        Err(_) => Outcome::Stop(StopReason::Interrupted),
                        Ok(_) if rest.refusals.closed() => Outcome::ChatClosed,
                        Ok(_leave) => replace::delete(&tools, leftover, &rest.refusals).await,
                    },
                };
                Finished::Moved { rest, outcome }
            });
        }
        self.unfinished.first == 0
    }

    /// The last step of a move was taken, or was not.
    pub(super) fn moved(&mut self, rest: &Rest, outcome: Outcome) {
        self.unfinished.under_way = self.unfinished.under_way.saturating_sub(1);
        self.unfinished.first -= usize::from(rest.is_first);
        if let Some(at) = rest.at {
            let mut report = Report::of(outcome);
            if let Last::Delete(leftover) = &rest.last {
                report.there = Some(leftover.there.clone());
            }
            return self.posted(at, report);
        }
        let end = match outcome {
            Outcome::Replaced(_) => FollowUpEnd::Replaced,
            Outcome::There(_) => FollowUpEnd::Found,
            Outcome::Updated => FollowUpEnd::Updated,
            Outcome::Gone => FollowUpEnd::Gone,
            Outcome::Failed(failure) => {
                let Some(key) = rest.last.message().cloned() else {
                    return;
                };
                FollowUpEnd::Failed(FailedMessage {
                    // In no archive of this run.
                    chat: usize::MAX,
                    message: 0,
                    external_id: key.external_id,
                    lead_id: key.lead_id,
                    code: failure.code(),
                    text: failure.to_string(),
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

/// Where an open operation stands.
enum Stands {
    /// Its message is posted, under this activity.
    Posted(ActivityId),
    /// Whether this message is posted is not known.
    Asked(MessageKey),
    /// This message is not in Close and is to be posted again.
    Cleared(MessageKey),
    /// It is over: nothing was posted, or all is done.
    Over,
}

/// Where an operation stands by what is recorded of its message, and the step that it lacks.
fn stand(
    reader: &dyn ReadStore,
    key: &MessageKey,
    row: &OperationRow,
) -> Result<(Option<Change>, Stands), checkpoint::Error> {
    let kind = row.operation.kind;
    let is_message = matches!(kind, OperationKind::Replace | OperationKind::Restore);
    if !is_message {
        return Ok((None, Stands::Over));
    }
    if let (Step::Posted, Some(there)) = (row.step, &row.target_activity) {
        return Ok((None, Stands::Posted(there.clone())));
    }
    let given_up = || Some(step(&row.operation, Step::GivenUp, None));
    // It was only looked at.
    if (kind, row.step) == (OperationKind::Restore, Step::Planned) {
        return Ok((given_up(), Stands::Over));
    }
    let target = MessageKey {
        external_id: (row.target_id.clone()).unwrap_or_else(|| key.external_id.clone()),
        lead_id: (row.target_lead.clone()).unwrap_or_else(|| key.lead_id.clone()),
    };
    let found = reader.lookup(&target.external_id, &target.lead_id)?;
    Ok(match found.map(|row| (row.state, row.activity_id)) {
        Some((State::Done, Some(there))) => {
            let posted = step(&row.operation, Step::Posted, Some(&there));
            (Some(posted), Stands::Posted(there))
        }
        Some((State::Intent | State::Unknown, _)) => (None, Stands::Asked(target)),
        Some((State::Gone, _)) if kind == OperationKind::Restore => (None, Stands::Cleared(target)),
        _ => (given_up(), Stands::Over),
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
