//! The main loop of a run: starts work, processes results, stops on request.
//!
//! One task takes every decision; all others only execute. The order of events is therefore defined in
//! one place and needs no lock.

mod adopt;
mod begin;
mod follow_ups;
mod results;
mod unfinished;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::chat::ChatRecord;
use super::check::{self, Checks};
use super::job::{Job, Outcome, Report, Task, Tools};
use super::long_text::TextLimit;
use super::post::post;
use super::posted::PostedIds;
use super::queue::{Entry, MessageIndex, Queue};
use super::reason::Recheck;
use super::refusals::Refusals;
use super::settle::{Settled, Unanswered, settle};
use super::trial::Trial;
use super::uploaded::UploadedFiles;
use super::{Event, Events, Limits, Stop, Summary};
use crate::checkpoint::{Creator, MessageKey, Store};
use crate::clock::SharedClock;
use crate::close::{Client, Failure};
use crate::ids::ActivityId;
use crate::organization::{Facts, UniqueIds};
use crate::plan::{Action, Plan, PlannedChat, answered_id, target_of};
use crate::policy::Policy;
use crate::stop_reason::StopReason;
use crate::transform::desired::{Answers, DesiredMessage, Held};
use crate::transform::id_form::written;
use unfinished::{PendingStep, Unfinished};

/// The dependencies and settings of a run.
pub struct Executor<'e> {
    /// Close.
    pub client: Client,
    /// The checkpoint, opened for this run.
    pub checkpoint: &'e dyn Store,
    /// Time.
    pub clock: SharedClock,
    /// Concurrency and time limits.
    pub limits: Limits,
    /// The policy that the plan was made with.
    pub policy: &'e Policy,
    /// What was checked when the plan was made.
    pub checks: Checks,
}

/// The maximum number of starts of one message in a run. Each further start follows an unknown outcome
/// that a look-up showed as not carried out.
const MAX_STARTS: u32 = 5;

/// Carries out a plan. Returns when every operation has ended, or with the reason why the run stopped. The summary,
/// folded from the events, adds up either way.
pub async fn run(
    executor: Executor<'_>,
    plan: Plan,
    events: &mut dyn Events,
    stop: Stop,
) -> (Summary, Option<StopReason>) {
    run_checked(executor, plan, events, stop, None).await
}

/// As [`run`]; `recheck` determines right before the first request of each operation whether its reason still holds.
pub async fn run_checked(
    executor: Executor<'_>,
    plan: Plan,
    events: &mut dyn Events,
    mut stop: Stop,
    recheck: Option<Arc<dyn Recheck>>,
) -> (Summary, Option<StopReason>) {
    let facts = executor.checkpoint.reader().facts();
    let known = facts.as_ref().cloned().unwrap_or_default();
    let mut run = Run::new(&executor, plan, &known, recheck, events);
    if let Err(error) = facts {
        run.stop_for(StopReason::Checkpoint(error));
    } else if let Err(reason) = run.begin(&executor).await {
        run.stop_for(reason);
    }
    let mut stop_requested = false;
    loop {
        if run.stopping.is_none() {
            run.start_work();
        }
        let waiting = run.tasks.len();
        if waiting == 0 && run.stopping.is_none() && run.queue.not_started() > 0 {
            // A plan in which messages wait for each other in a cycle is a bug.
            run.stop_for(StopReason::Internal(
                "messages of the plan wait for each other in a cycle".to_owned(),
            ));
        }
        if waiting == 0 || (run.stopping.is_some() && run.working == 0) {
            break;
        }
        run.announce_wait();
        let deadline = run
            .drain_until
            .map(|until| until.saturating_sub(run.tools.clock.elapsed()));
        let clock = Arc::clone(&run.tools.clock);
        let client = run.tools.client.clone();
        tokio::select! {
            biased;
            () = stop.requested(if stop_requested { 2 } else { 1 }) => {
                if stop_requested {
                    break;
                }
                stop_requested = true;
                run.stop_for(StopReason::Interrupted);
            }
            out = client.outage_changed() => {
                run.emit(if out { Event::Outage } else { Event::Back });
            }
            () = async { clock.sleep(deadline.unwrap_or_default()).await }, if deadline.is_some() => break,
            Some(result) = run.tasks.join_next() => match result {
                Ok(result) => run.take(result),
                // A task panicked: a bug. Its message stays an intent or unknown.
                Err(error) if error.is_panic() => {
                    run.working = run.working.saturating_sub(1);
                    run.stop_for(StopReason::Internal("a task of the executor failed".to_owned()));
                }
                Err(_) => {}
            },
        }
    }
    let is_idle = run.tasks.is_empty();
    // Tasks still running are cancelled: intents stay on disk, and the next run looks them up. Waiting
    // tasks must not get a permit that a cancelled task releases here.
    run.tools.posts.close();
    run.tools.uploads.close();
    run.tasks.shutdown().await;
    if let Err(reason) = run.record_found_merges().await {
        run.stop_for(reason);
    }
    run.finish(is_idle)
}

/// Records what survey and plan found in Close, and sends nothing. `creator_of_ours`: the recorded creator of activities
/// that look like chatferry's.
///
/// # Errors
///
/// The checkpoint cannot be written.
pub async fn record(
    executor: &Executor<'_>,
    plan: Plan,
    creator_of_ours: Creator,
) -> Result<(), StopReason> {
    let mut events: Vec<Event> = Vec::new();
    let mut run = Run::new(executor, plan, &Facts::default(), None, &mut events);
    run.creator_of_ours = creator_of_ours;
    run.record_known().await
}

/// The result of a task.
enum Finished {
    Checked {
        chat: usize,
        result: Result<Option<Held>, StopReason>,
    },
    Posted {
        at: MessageIndex,
        report: Report,
    },
    Settled {
        request: UnknownRequest,
        result: Result<Settled, StopReason>,
    },
    Moved {
        pending: PendingStep,
        outcome: Outcome,
    },
}

/// A request whose outcome is being looked up.
struct UnknownRequest {
    /// The index of its message in the plan, where it has one.
    at: Option<MessageIndex>,
    request: Unanswered,
    /// Why its message fails if Close does not have it: this was the last attempt.
    last: Option<Failure>,
}

impl UnknownRequest {
    /// A request after which further attempts may follow.
    fn of(at: Option<MessageIndex>, request: Unanswered) -> Self {
        UnknownRequest {
            at,
            request,
            last: None,
        }
    }
}

struct Run<'e> {
    tools: Arc<Tools>,
    limits: Limits,
    checks: &'e Checks,
    chats: Vec<PlannedChat>,
    posted: PostedIds,
    /// Chats whose messages were unpacked for a message of another chat that answers them.
    unpacked: HashSet<usize>,
    queue: Queue,
    tasks: JoinSet<Finished>,
    /// The number of tasks that do more than wait for a look-up.
    working: usize,
    /// Messages whose outcome is being looked up.
    settling: HashSet<MessageIndex>,
    /// The number of look-ups that have not ended; some are of messages that the plan does not have.
    asked: usize,
    /// When the last look-up is conclusive.
    settled_at: Duration,
    /// The last [`Event::Settling`]: the number of messages, and whether nothing else is left to do.
    announced: (usize, bool),
    /// Messages whose attempts lacked a damaged file.
    damaged: HashSet<MessageIndex>,
    /// Messages that were sent without their link, since its target is gone.
    unlinked: HashSet<MessageIndex>,
    /// Messages in progress, and whether their requests may have been sent.
    started: HashMap<MessageIndex, Arc<AtomicBool>>,
    /// How often messages that have not ended were started.
    starts: HashMap<MessageIndex, u32>,
    /// The refusal counters, by chat.
    refusals: Vec<Arc<Refusals>>,
    /// The checkpoint records of the chats; `None` for chats without a destination.
    records: Vec<Option<Arc<ChatRecord>>>,
    closed: HashSet<usize>,
    /// Messages that were deleted on their previous lead and are to be posted.
    cleared: HashSet<MessageIndex>,
    /// Operations that earlier runs began and did not finish.
    unfinished: Unfinished,
    summary: Summary,
    /// The creator of adopted activities that look like ours.
    creator_of_ours: Creator,
    stopping: Option<StopReason>,
    drain_until: Option<Duration>,
    events: &'e mut dyn Events,
}

impl<'e> Run<'e> {
    fn new(
        executor: &'e Executor<'_>,
        plan: Plan,
        known: &Facts,
        recheck: Option<Arc<dyn Recheck>>,
        events: &'e mut dyn Events,
    ) -> Self {
        let Limits {
            concurrency,
            upload_concurrency,
            ..
        } = executor.limits;
        let tools = Tools {
            client: executor.client.clone(),
            recorder: executor.checkpoint.recorder(),
            key: executor.checkpoint.reader().key(),
            clock: Arc::clone(&executor.clock),
            containers: plan.containers,
            policy: executor.policy.clone(),
            users: executor.checks.users(),
            uploads: Semaphore::new(upload_concurrency.max(1)),
            uploaded: UploadedFiles::default(),
            text_limit: TextLimit::new(known.text_limit()),
            ids_are_unique: AtomicBool::new(known.unique_ids() == Some(UniqueIds::InOrganization)),
            posts: Semaphore::new(concurrency.max(1)),
            trial: Trial::default(),
            recheck,
        };
        let planned: u64 = plan.chats.iter().map(|chat| chat.counts().sent()).sum();
        let follow_ups: usize = plan.chats.iter().map(PlannedChat::follow_ups).sum();
        let refusals = plan
            .chats
            .iter()
            .map(|_| Arc::new(Refusals::new(executor.limits.refusals)))
            .collect();
        let records = plan
            .chats
            .iter()
            .map(|chat| ChatRecord::new(&tools.key, chat).map(Arc::new))
            .collect();
        let mut run = Run {
            records,
            tools: Arc::new(tools),
            limits: executor.limits,
            checks: &executor.checks,
            chats: plan.chats,
            posted: PostedIds::default(),
            unpacked: HashSet::new(),
            queue: Queue::new(concurrency),
            tasks: JoinSet::new(),
            working: 0,
            settling: HashSet::new(),
            asked: 0,
            settled_at: Duration::ZERO,
            announced: (0, false),
            damaged: HashSet::new(),
            unlinked: HashSet::new(),
            started: HashMap::new(),
            starts: HashMap::new(),
            refusals,
            closed: HashSet::new(),
            cleared: HashSet::new(),
            unfinished: Unfinished::new(
                plan.unfinished,
                plan.unfinished_links,
                executor.limits.refusals,
            ),
            summary: Summary::default(),
            creator_of_ours: Creator::Own,
            stopping: None,
            drain_until: None,
            events,
        };
        run.emit(Event::Planned {
            operations: planned + follow_ups as u64,
            follow_ups: follow_ups as u64,
        });
        run
    }

    /// Starts as many tasks as the limits allow; operations of earlier runs come first.
    fn start_work(&mut self) {
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
                    false => check::held_by(&tools.client, &tools.users, &to, &tools.policy).await,
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
        // More tasks than permits, so that a message whose files wait for their upload, or whose answer
        // waits
        // for the disk, does not delay a post.
        let room = 2 * self.limits.concurrency + 2 * self.limits.upload_concurrency;
        while self.working < room {
            let Some(at) = self.queue.next() else { return };
            self.start(at);
        }
    }

    fn start(&mut self, at: MessageIndex) {
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

    fn spawn(&mut self, work: impl Future<Output = Finished> + Send + 'static) {
        self.working += 1;
        self.tasks.spawn(work);
    }

    /// Looks up the outcome of a request. The wait does not count as work: other messages continue.
    fn ask(&mut self, request: UnknownRequest, until: Duration) {
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

    /// Reports for how many messages a look-up is waited for, whenever their number changes.
    fn announce_wait(&mut self) {
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

    fn job(&self, (chat, message): MessageIndex) -> Option<Job> {
        let planned = &self.chats[chat];
        let desired = &planned.messages[message].message;
        let answers = answered_id(&self.chats, chat, desired).cloned();
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
    fn recorded_key(&self, (chat, index): MessageIndex) -> Option<MessageKey> {
        self.id_in_close((chat, index))?;
        let chat = self.chats.get(chat)?;
        let planned = chat.messages.get(index)?;
        let lead = &chat.destination.as_ref()?.lead_id;
        let id = &planned.message.external_id;
        Some(MessageKey::new(id, lead.as_str()))
    }

    /// Close's id of the message that this one replies to, where it is in Close by now.
    fn response_to(&self, chat: usize, message: &DesiredMessage) -> Option<ActivityId> {
        if let Some(Answers::InClose { activity_id, .. }) = message.answers.as_deref() {
            return Some(activity_id.clone());
        }
        let (chat, index) = target_of(chat, message)?;
        self.id_in_close((chat, index))
    }

    /// Close's id of a message of the plan; `None` for one that is not in Close, or not yet.
    fn id_in_close(&self, at: MessageIndex) -> Option<ActivityId> {
        let posted = self.posted.get(at).cloned();
        posted.or_else(|| planned_id(&self.chats.get(at.0)?.messages.get(at.1)?.action).cloned())
    }

    /// Records that no request for a message remains.
    fn ended(&mut self, at: MessageIndex) {
        self.starts.remove(&at);
        self.queue.ended(at);
    }

    fn stop_for(&mut self, reason: StopReason) {
        if self.stopping.is_none() {
            self.emit(Event::Stopping);
            self.stopping = Some(reason);
            self.drain_until = Some(self.tools.clock.elapsed() + self.limits.drain);
        }
    }

    /// Applies an event to the summary and passes it on.
    fn emit(&mut self, event: Event) {
        self.summary.apply(&event);
        self.events.event(event);
    }

    fn not_reached(&mut self, count: u64) {
        if count > 0 {
            self.emit(Event::NotReached { count });
        }
    }

    /// The summary, and why the run stopped. `is_idle`: no task was cancelled. A request to stop that arrived
    /// while the last requests were in progress has stopped nothing.
    fn finish(mut self, is_idle: bool) -> (Summary, Option<StopReason>) {
        let mut unknown = std::mem::take(&mut self.settling);
        let mut not_reached = self.queue.not_started() + self.unfinished.left();
        for (at, sent) in std::mem::take(&mut self.started) {
            if sent.load(Ordering::SeqCst) {
                unknown.insert(at);
            } else if !unknown.contains(&at) {
                // Its files were on their way, or it waited for its turn: Close has nothing of it.
                not_reached += 1;
            }
        }
        self.not_reached(not_reached);
        let unknown = unknown.len() as u64;
        let is_complete = is_idle && unknown + self.summary.not_reached == 0;
        if is_complete && matches!(self.stopping, Some(StopReason::Interrupted)) {
            self.stopping = None;
        }
        self.emit(Event::Ended {
            unknown,
            is_stopped: self.stopping.is_some(),
        });
        (self.summary, self.stopping)
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
