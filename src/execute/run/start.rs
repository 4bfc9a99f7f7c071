//! Starting work: checks of chats, messages, and look-ups of unknown requests, as many as the limits allow.
//!
//! Never here: what a result leads to (`results`).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Finished, Run, UnknownRequest};
use crate::checkpoint::MessageKey;
use crate::execute::Event;
use crate::execute::check;
use crate::execute::job::{Job, Task};
use crate::execute::post::post;
use crate::execute::queue::MessageIndex;
use crate::execute::settle::settle;
use crate::ids::ActivityId;
use crate::plan::{Action, reply_target_id, target_of};
use crate::stop_reason::StopReason;
use crate::transform::desired::{Answers, DesiredMessage};
use crate::transform::id_form::written;

impl Run<'_> {
    /// Starts as many tasks as the limits allow; operations of earlier runs come first.
    pub(super) fn start_work(&mut self) {
        if !self.finish_begun() {
            return;
        }
        while let Some(chat) = self.queue.next_check() {
            self.fill(chat);
            let Some(to) = self.chats[chat].destination.clone() else {
                continue;
            };
            let Some(changes) = self.records[chat].as_ref().map(|record| record.changes()) else {
                continue;
            };
            let tools = Arc::clone(&self.tools);
            let is_checked = self.checks.has_passed(&to, tools.clock.elapsed());
            self.spawn(async move {
                let held = match is_checked {
                    true => Ok(None),
                    false => check::held_by(&tools.client, &tools.users, &to, &tools.policy)
                        .await
                        .map(Result::err),
                };
                let result = match held {
                    // The row of the chat precedes that of its first message.
                    Ok(None) => match tools.recorder.record_all(changes).await {
                        Ok(()) => Ok(None),
                        Err(error) => Err(StopReason::Checkpoint(error)),
                    },
                    // A chat with a merged lead is held too; the next run follows the merge.
                    held => held,
                };
                Finished::Checked { chat, result }
            });
        }
        // More tasks than permits, so that a message whose files wait for their upload, or whose response waits for
        // the disk, does not delay a post.
        let room = 2 * self.limits.concurrency + 2 * self.limits.upload_concurrency;
        while self.working < room {
            let Some(at) = self.queue.next() else { return };
            self.start(at);
        }
    }

    pub(super) fn start(&mut self, at: MessageIndex) {
        if at.1 >= self.chats[at.0].messages.len() {
            return self.start_follow_up(at);
        }
        let Some(job) = self.job(at) else { return };
        let target = target_of(at.0, &job.message).map(|(chat, _)| chat);
        self.unpacked.extend(target.filter(|chat| *chat != at.0));
        let begun = self.starts.entry(at).or_insert(0);
        *begun += 1;
        let is_posted = !matches!(job.task, Task::Change(_));
        if *begun == 1 && is_posted && job.answers.is_some() && job.response_to.is_none() {
            let (chat, message) = at;
            self.emit(Event::Unlinked { chat, message });
        }
        self.started.insert(at, Arc::clone(&job.sent));
        let tools = Arc::clone(&self.tools);
        self.spawn(async move {
            let report = post(&tools, &job).await;
            Finished::Posted { at, report }
        });
    }

    pub(super) fn spawn(&mut self, work: impl Future<Output = Finished> + Send + 'static) {
        self.working += 1;
        self.tasks.spawn(work);
    }

    /// Looks up the outcome of a request. The wait does not count as work: other messages continue.
    pub(super) fn ask(&mut self, request: UnknownRequest, until: Duration) {
        if let Some(at) = request.at {
            self.settling.insert(at);
        }
        self.asked += 1;
        self.settled_at = self.settled_at.max(until);
        let tools = Arc::clone(&self.tools);
        self.tasks.spawn(async move {
            let result = settle(&tools, &request.request, until).await;
            Finished::Settled { request, result }
        });
    }

    /// Reports the number of messages for which a look-up is waited for, whenever their number changes.
    pub(super) fn announce_wait(&mut self) {
        let wait = (self.settled_at).saturating_sub(self.tools.clock.elapsed());
        let count = if wait.is_zero() { 0 } else { self.asked };
        let is_alone = count > 0 && self.working == 0;
        if self.announced != (count, is_alone) && self.stopping.is_none() {
            self.announced = (count, is_alone);
            self.emit(Event::Settling {
                count,
                wait,
                is_alone,
            });
        }
    }

    pub(super) fn job(&self, (chat, message): MessageIndex) -> Option<Job> {
        let planned = &self.chats[chat];
        let desired = &planned.messages[message].message;
        let answers = reply_target_id(&self.chats, chat, desired).cloned();
        let to = planned
            .destination
            .as_ref()?
            .between(desired.between.as_deref());
        let (form, id) = (self.tools.policy.id_form, &desired.external_id);
        let written_id = written(form, id, desired.direction, &to, planned.chat.is_group);
        Some(Job {
            written_id,
            is_restored: self
                .unfinished
                .is_restored(&desired.external_id, &to.lead_id),
            message: desired.clone(),
            to,
            chat: self.records[chat].clone()?,
            target: target_of(chat, desired).and_then(|target| self.recorded_key(target)),
            answers,
            response_to: self.response_to(chat, desired),
            task: match &planned.messages[message].action {
                Action::Update(edit) => Task::Change((**edit).clone()),
                Action::Restore(activity) => Task::Restore(activity.clone()),
                Action::Replace(_) if self.cleared.contains(&(chat, message)) => Task::Post,
                Action::Replace(replacement) => Task::Replace((**replacement).clone()),
                _ => Task::Post,
            },
            refusals: Arc::clone(&self.refusals[chat]),
            sent: Arc::default(),
            is_source_deleted: AtomicBool::new(self.cleared.contains(&(chat, message))),
            clearing: self.unfinished.clearing_of((chat, message)),
        })
    }

    /// The key of a message that is in Close.
    pub(super) fn recorded_key(&self, (chat, index): MessageIndex) -> Option<MessageKey> {
        self.id_in_close((chat, index))?;
        let chat = self.chats.get(chat)?;
        let planned = chat.messages.get(index)?;
        let lead = &chat.destination.as_ref()?.lead_id;
        let id = &planned.message.external_id;
        Some(MessageKey::new(id, lead.as_str()))
    }

    /// Close's id of the message that this one replies to, where it is in Close already.
    pub(super) fn response_to(&self, chat: usize, message: &DesiredMessage) -> Option<ActivityId> {
        if let Some(Answers::InClose { activity_id, .. }) = message.answers.as_deref() {
            return Some(activity_id.clone());
        }
        let (chat, index) = target_of(chat, message)?;
        self.id_in_close((chat, index))
    }

    /// Close's id of a message of the plan; `None` for one that is not in Close, or not yet.
    pub(super) fn id_in_close(&self, at: MessageIndex) -> Option<ActivityId> {
        let posted = self.posted.get(at).cloned();
        posted.or_else(|| planned_id(&self.chats.get(at.0)?.messages.get(at.1)?.action).cloned())
    }
}

/// The activity of a message that is in Close before this run does anything about it.
fn planned_id(action: &Action) -> Option<&ActivityId> {
    match action {
        Action::Unchanged(activity) | Action::Adopt(activity) | Action::Moved(activity, _) => {
            Some(activity)
        }
        Action::Update(edit) => Some(&edit.activity_id),
        // Its previous activity is not a link target any more.
        Action::Replace(replacement) => replacement.on_new_lead.as_ref(),
        Action::Create
        | Action::Settle
        | Action::Restore(_)
        | Action::Gone
        | Action::Undecided(_)
        | Action::LeftOut(_) => None,
    }
}
