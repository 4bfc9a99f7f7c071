//! The main loop of a run: starts work, processes results, stops on request.
//!
//! One task takes every decision; all others only execute. The order of events is therefore defined in
//! one place and needs no lock.

mod adopt;
mod begin;
mod end;
mod follow_ups;
mod results;
mod start;
mod unfinished;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::chat::ChatRecord;
use super::check::Checks;
use super::job::{Outcome, Report, Tools};
use super::long_text::TextLimit;
use super::posted::PostedIds;
use super::queue::{MessageIndex, Queue};
use super::reason::Recheck;
use super::refusals::Refusals;
use super::settle::{Settled, Unanswered};
use super::trial::Trial;
use super::uploaded::UploadedFiles;
use super::{Event, Events, Limits, Stop, Summary};
use crate::checkpoint::{Creator, Store};
use crate::clock::SharedClock;
use crate::close::{Client, Failure};
use crate::organization::{Facts, UniqueIds};
use crate::plan::{Plan, PlannedChat};
use crate::policy::Policy;
use crate::stop_reason::StopReason;
use crate::transform::desired::Held;
use unfinished::{PendingStep, Unfinished};

/// The dependencies and settings of a run.
pub struct Executor<'e> {
    /// The client of Close.
    pub client: Client,
    /// The checkpoint, opened for this run.
    pub checkpoint: &'e dyn Store,
    /// The source of time, waits and randomness.
    pub clock: SharedClock,
    /// Concurrency and time limits.
    pub limits: Limits,
    /// The policy that the plan was made with.
    pub policy: &'e Policy,
    /// The leads, contacts and users that were checked when the plan was made.
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
}
