//! Carries a repair out, stage after stage, and records the run.
//!
//! Never here: the comparison before and after.

use std::sync::Arc;
use std::time::Duration;

use super::planned::PlannedRepair;
use super::recheck::Rechecker;
use super::shown::{Blocked, RepairResult};
use crate::app::account::Account;
use crate::app::error::{Error, Result};
use crate::app::observer::Start;
use crate::app::verify::lead::Changed;
use crate::app::{Migration, Observer, failure_table};
use crate::checkpoint::{Change, Checkpoint, Counts, OperationKind, RunFacts, RunOutcome, Subject};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::{
    self, Checks, Event, Events, Executor, Found, Limits, Recheck, Stop, Summary,
};
use crate::plan::repair::{Repair, Stage};
use crate::plan::{Locations, Plan, UnfinishedLink};
use crate::policy::Policy;
use crate::stop_reason::StopReason;

/// What a repair is carried out with.
pub(super) struct CarryOut<'c> {
    pub(super) client: &'c Client,
    pub(super) clock: &'c SharedClock,
    pub(super) checkpoint: &'c Checkpoint,
    pub(super) account: &'c Account,
    pub(super) stop: &'c Stop,
}

/// The result of a repair.
#[derive(Default)]
pub(super) struct Done {
    pub(super) result: RepairResult,
    /// What it changed in Close.
    pub(super) changed: Changed,
    /// Why it ended early.
    pub(super) stopped: Option<Error>,
    totals: Totals,
}

/// The counts of the run.
#[derive(Default)]
struct Totals {
    created: u64,
    updated: u64,
    replaced: u64,
    deleted: u64,
    uploads: u64,
}

impl CarryOut<'_> {
    /// Carries the stages out, and links the replies to what was posted again.
    pub(super) async fn run(
        &self,
        migration: &Migration,
        (repair, policy): (&Repair, &Policy),
        (planned, recheck): (&PlannedRepair, Arc<Rechecker>),
        observer: &mut dyn Observer,
    ) -> Result<Done> {
        let facts = RunFacts {
            command: Some("verify".into()),
            user_id: Some(self.account.user_id.clone()),
            ..RunFacts::default()
        };
        self.checkpoint
            .recorder()
            .record(Change::RunIs(facts))
            .await?;
        let mut done = Done::default();
        let start = Start {
            operations: planned.operations.len() as u64,
            // Each stage has a plan of its own.
            chats: Vec::new(),
            client: self.client,
            stop: self.stop.clone(),
        };
        let mut events = Tracked {
            inner: observer.start(start),
            of_stage: Vec::new(),
        };
        for stage in Stage::ALL {
            let reader = self.checkpoint.reader();
            let Some(plan) = repair.stage(stage) else {
                continue;
            };
            if done.stopped.is_some() {
                done.result.not_reached += repair.of_stage(stage).count() as u64;
                continue;
            }
            let locations = Locations::of(&plan.chats);
            let run = (plan, policy, Some(Arc::clone(&recheck) as Arc<dyn Recheck>));
            let (summary, stopped) = self.execute(migration, run, &mut events).await;
            note(&mut done, (repair, stage, planned), &events.of_stage);
            events.of_stage.clear();
            done.add(&summary, repair, stage)?;
            done.block(&summary, &locations);
            failure_table::write(migration, &summary, &locations, reader, observer);
            done.stopped = stopped.map(Error::from);
        }
        if done.stopped.is_none() {
            self.link(migration, policy, &mut done, &mut events).await?;
        }
        drop(events);
        done.result.not_posted = recheck.not_posted();
        self.end(&done).await?;
        Ok(done)
    }

    async fn execute(
        &self,
        migration: &Migration,
        (plan, policy, recheck): (Plan, &Policy, Option<Arc<dyn Recheck>>),
        events: &mut Tracked,
    ) -> (Summary, Option<StopReason>) {
        let limits = &migration.settings.limits;
        let executor = Executor {
            client: self.client.clone(),
            checkpoint: self.checkpoint,
            clock: SharedClock::clone(self.clock),
            limits: Limits {
                concurrency: limits.concurrency,
                upload_concurrency: limits.upload_concurrency,
                settle: Duration::from_secs_f64(limits.settle_seconds),
                drain: Limits::DRAIN,
                refusals: Limits::REFUSALS,
            },
            policy,
            checks: Checks::new(policy),
        };
        execute::run_checked(executor, plan, events, self.stop.clone(), recheck).await
    }

    /// Links the recorded replies to messages that have another activity now.
    async fn link(
        &self,
        migration: &Migration,
        policy: &Policy,
        done: &mut Done,
        events: &mut Tracked,
    ) -> Result<()> {
        let open = self.checkpoint.reader().open_operations()?.into_iter();
        let links = open.filter_map(|row| match (row.operation.kind, row.operation.subject) {
            (OperationKind::Relink, Subject::Message(key)) => Some(UnfinishedLink {
                external_id: key.external_id,
                lead_id: key.lead_id,
                activity_id: row.source_activity?,
            }),
            _ => None,
        });
        let plan = Plan {
            unfinished_links: links.collect(),
            ..Plan::default()
        };
        if plan.unfinished_links.is_empty() {
            return Ok(());
        }
        let (summary, stopped) = self.execute(migration, (plan, policy, None), events).await;
        done.result.relinked = summary.updated;
        done.stopped = stopped.map(Error::from);
        Ok(())
    }

    /// Records the end of the run.
    async fn end(&self, done: &Done) -> Result<()> {
        let stats = self.client.stats();
        let (result, totals) = (&done.result, &done.totals);
        let counts = [
            ("created", totals.created),
            ("updated", totals.updated + result.relinked),
            ("replaced", totals.replaced),
            ("deleted", totals.deleted),
            ("uploads", totals.uploads),
            ("failed", result.failed.len() as u64),
            ("unknown", result.unknown),
            ("not_reached", result.not_reached),
            ("requests", stats.requests),
            ("retries", stats.retries),
        ];
        let outcome = match (
            &done.stopped,
            result.failed.is_empty() && result.unknown == 0,
        ) {
            (Some(_), _) => RunOutcome::Stopped,
            (None, true) => RunOutcome::Complete,
            (None, false) => RunOutcome::Partial,
        };
        let counts = counts
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count));
        let ended = Change::RunEnded {
            outcome,
            counts: counts.collect::<Counts>(),
        };
        match self.checkpoint.recorder().record(ended).await {
            // A checkpoint that cannot be written has stopped the run already and is reported.
            Err(_) if done.stopped.is_some() => Ok(()),
            result => Ok(result?),
        }
    }
}

impl Done {
    /// Adds the chats that a stage held or stopped.
    fn block(&mut self, summary: &Summary, locations: &Locations) {
        let held = summary.held.iter().map(|held| Blocked {
            chat: locations.chat(held.chat),
            messages: held.messages,
            code: held.why.code().to_owned(),
            why: held.why.to_string(),
        });
        self.result.held.extend(held);
        let stopped = summary.stopped_chats.iter().map(|(chat, code)| Blocked {
            chat: locations.chat(*chat),
            messages: 0,
            code: code.clone(),
            why: format!(
                "Close rejected {} messages in a row for the same reason ({code}); correct it and run again",
                Limits::REFUSALS
            ),
        });
        self.result.stopped_chats.extend(stopped);
    }

    /// Adds the summary of a stage.
    fn add(&mut self, summary: &Summary, repair: &Repair, stage: Stage) -> Result<()> {
        if !summary.adds_up() {
            return Err(Error::with(
                crate::app::Exit::Internal,
                "the totals of this run do not add up; this is a bug in chatferry",
            ));
        }
        let sent = summary.created + summary.updated + summary.replaced + summary.deleted;
        self.result.done += sent + repair.records(stage);
        self.result.unknown += summary.unknown;
        self.result.not_reached += summary.not_reached + summary.held_messages();
        let failed = summary.failed.iter().map(|failed| {
            let why = failed.text.to_string();
            (failed.external_id.clone(), failed.lead_id.clone(), why)
        });
        self.result.failed.extend(failed);
        self.totals.created += summary.created;
        self.totals.updated += summary.updated;
        self.totals.replaced += summary.replaced;
        self.totals.deleted += summary.deleted;
        self.totals.uploads += summary.uploads;
        Ok(())
    }
}

/// What became of an operation of a stage.
#[derive(Clone, Copy)]
enum End {
    Changed,
    Skipped,
}

/// Passes the events of a run on, and keeps which operations ended how.
struct Tracked {
    inner: Box<dyn Events>,
    of_stage: Vec<(usize, usize, End)>,
}

impl Events for Tracked {
    fn event(&mut self, event: Event) {
        let end = match &event {
            Event::Updated { chat, message } | Event::Deleted { chat, message } => {
                Some((*chat, *message, End::Changed))
            }
            Event::Gone { chat, message } => Some((*chat, *message, End::Skipped)),
            Event::Found {
                chat,
                message,
                found: Found::Earlier,
                ..
            } => Some((*chat, *message, End::Skipped)),
            _ => None,
        };
        self.of_stage.extend(end);
        self.inner.event(event);
    }
}

/// Notes which activities a stage changed, and which operations were not necessary any more.
fn note(
    done: &mut Done,
    (repair, stage, planned): (&Repair, Stage, &PlannedRepair),
    ends: &[(usize, usize, End)],
) {
    for (chat, number, end) in ends {
        let Some(index) = repair.index_of(stage, (*chat, *number)) else {
            continue;
        };
        let operation = &planned.operations[index];
        match (end, &operation.activity_id) {
            (End::Skipped, _) => done.result.skipped.push(operation.clone()),
            (End::Changed, Some(activity)) if stage == Stage::Delete => {
                done.changed.deleted.insert(activity.clone());
            }
            (End::Changed, Some(activity)) => {
                done.changed.updated.insert(activity.clone());
            }
            (End::Changed, None) => {}
        }
    }
}
