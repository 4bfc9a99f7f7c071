//! Imports a migration: makes the plan, checks it, asks, carries out exactly that plan, and records the
//! run.
//!
//! Belongs here: the order of these steps and what refuses to continue. Never here: how a message is sent
//! ([`crate::execute`]), or what a person sees.

mod confirm;
mod listeners;
mod log;
mod order;
mod plan;
mod read_back;
mod record;
mod token;

pub use order::{Order, Outcome};

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use log::Logged;
use record::Left;

use super::account::{Account, account};
use super::completed::Completed;
use super::error::{Error, Exit, Result};
use super::observer::{Finished, Start};
use super::planned::Planned;
use super::planning;
use super::probe::Places;
use super::redact::Redactor;
use super::{
    Migration, Notice, Observer, contact_numbers, exchanged_contacts, failure_table, keys_user,
    people, pilot, run_checkpoint,
};
use crate::app::Numbers;
use crate::checkpoint::{Binding, Change, Checkpoint, RunFacts};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::{self, Checks, Executor, HeldChat, Limits, Stop, Summary};
use crate::plan::Locations;
use crate::plan::{Plan, Totals};
use crate::policy::Policy;
use crate::quantity::{count, number};
use crate::stop_reason::StopReason;
use crate::transform::desired::Held;

/// An import: the migration and what it is carried out with.
pub struct Import<'i> {
    /// The migration; its archives are consumed.
    pub migration: &'i mut Migration,
    /// The client of Close.
    pub client: &'i Client,
    /// The source of time, waits and randomness.
    pub clock: &'i SharedClock,
    /// The options of the import.
    pub order: &'i Order,
    /// Is set when a person asks to stop.
    pub stop: Stop,
}

/// Carries out an import.
///
/// # Errors
///
/// Mistakes in the files of the migration; Close denied access; the plan must not be carried out. A
/// run that stops before its end is an [`Outcome`].
pub async fn import(import: Import<'_>, observer: &mut dyn Observer) -> Result<Outcome> {
    let Import {
        migration,
        client,
        order,
        ..
    } = &import;
    // The chats are not known yet, but the names of the archives are.
    if !order.show_content {
        let people = people::of_contacts(&migration.contacts).into_iter();
        redact(people.chain(people::of_archives(migration)), observer);
    }
    migration.report_failures(observer);
    planning::report_unnamed(migration, observer);
    planning::report_settings(migration, observer);
    // A wrong key or organisation is found before minutes of reading.
    let account = account(client, &migration.settings);
    let account = unless_stopped(&import.stop, account).await??;
    if client.is_unpaced() {
        observer.notice(Notice::Unpaced);
    }
    let numbers = contact_numbers::check(migration, client);
    unless_stopped(&import.stop, numbers).await??;
    let close = &migration.settings.close;
    let path = &migration.settings.import.checkpoint;
    if let Some(plan) = &order.plan {
        // Before the checkpoint is opened, which begins a run.
        let peeked = Checkpoint::peek(path, Some(&account.organization_id), &close.base_url)?;
        let inputs = plan.inputs(migration, peeked.as_ref())?;
        plan.check(&inputs, &account.organization_id, &close.base_url)?;
    }
    let policy = migration.policy(order.flags());
    let binding = Binding::new(account.organization_id.clone(), &close.base_url);
    let contacts = &migration.contacts;
    let with = (import.client, import.clock);
    let checkpoint = run_checkpoint::open_for_tables(contacts, path, &binding, with, observer)?;
    let run = Run {
        import,
        policy: &policy,
        account,
        checkpoint: &checkpoint,
        checks: Checks::new(&policy),
        undone: 0,
    };
    let result = run.run(observer).await;
    let closed = checkpoint.close();
    let outcome = result?;
    closed?;
    Ok(outcome)
}

/// An import whose checkpoint is open.
struct Run<'i, 'c> {
    import: Import<'i>,
    policy: &'c Policy,
    account: Account,
    checkpoint: &'c Checkpoint,
    /// The checks of the plan, on which its run relies.
    checks: Checks,
    /// Messages whose deletion an undo began and this run finished.
    undone: u64,
}

impl Run<'_, '_> {
    async fn run(mut self, observer: &mut dyn Observer) -> Result<Outcome> {
        let facts = RunFacts {
            command: Some("import".into()),
            user_id: Some(self.account.user_id.as_str().into()),
            ..RunFacts::default()
        };
        let begun = Change::RunIs(facts);
        self.checkpoint.recorder().record(begun).await?;
        if let ControlFlow::Break(numbers) = self.finish_undo(observer).await? {
            return Ok(Outcome::of(Exit::Done, numbers, None));
        }
        unless_stopped(&self.import.stop.clone(), self.probe().clear(observer)).await??;
        let (mut plan, selection) = self.plan(observer).await?;
        self.learn_list_order().await?;
        planning::report_unrecorded(&plan, observer);
        self.report_destinations(&plan, observer);
        let piloted = match self.import.order.pilot {
            true => crate::plan::pilot::pilot(&mut plan),
            false => crate::plan::pilot::Pilot::default(),
        };
        let expected = pilot::expected(&plan, &piloted.chosen);
        let places = Places::of(expected.iter().map(pilot::Expected::destination))
            .filter(|_| self.import.order.probe);
        self.require_plan(&plan, observer).await?;
        let is_open = planning::is_open(&plan);
        let planned = Planned::of(&plan, &self.import.migration.settings, Some(&self.account));
        let totals = planned.totals.clone();
        if let Some(places) = &places {
            observer.notice(Notice::ProbePlanned(places.leads()));
        }
        let listeners = match self.ask(&planned, is_open, observer).await? {
            ControlFlow::Continue(listeners) => listeners,
            ControlFlow::Break(exit) => {
                let stats = self.import.client.stats();
                let mut numbers = Numbers::of_declined(&totals, &planned.estimate, stats);
                numbers.deleted = self.undone;
                return Ok(Outcome::of(exit, numbers, None));
            }
        };
        if let Some(listeners) = &listeners {
            listeners.record(self.checkpoint).await?;
        }
        let completed = Completed::of(&plan, &selection, self.checkpoint);
        completed.begin(self.checkpoint).await?;
        self.record_plan(&plan).await?;
        let locations = Locations::of(&plan.chats);
        let left = Left::of(&plan, &totals, self.import.migration, self.checkpoint)?;
        let (summary, stopped, seconds) =
            (self.carry_out(plan, &totals, &locations, observer)).await;
        observer.finished(&Finished {
            totals: &totals,
            summary: &summary,
            locations: &locations,
            seconds,
        });
        let reader = self.checkpoint.reader();
        failure_table::write(
            self.import.migration,
            &summary,
            &locations,
            reader,
            observer,
        );
        let is_as_expected = self.compare(&expected, observer).await?
            & (self.try_ids(places.filter(|_| stopped.is_none()), observer)).await?;
        let lacks = piloted.lacks.into_iter().map(Notice::PilotLacks);
        lacks.for_each(|notice| observer.notice(notice));
        let mut numbers = Numbers::of_run(&totals, &summary, self.import.client.stats(), seconds);
        numbers.deleted += self.undone;
        self.end(&numbers, &totals, &summary, left).await?;
        self.name_undo(numbers.created, observer);
        let exit = self.exit(&summary, is_open, is_as_expected);
        completed.note_lacking(self.checkpoint).await?;
        if exit == Exit::Done && stopped.is_none() {
            completed.end(self.checkpoint, &summary).await?;
        }
        let has_plan = self.import.order.plan.is_some();
        let error = |reason| stopped_error(reason, &summary, has_plan);
        Ok(Outcome::of(exit, numbers, stopped.map(error)))
    }

    /// Reports users and contacts that may be mistaken, before anything is written.
    fn report_destinations(&self, plan: &Plan, observer: &mut dyn Observer) {
        let migration = &self.import.migration;
        keys_user::report(migration, plan, Some(&self.account), observer);
        exchanged_contacts::report(migration, plan, &self.checks, observer);
    }

    async fn carry_out(
        &self,
        plan: Plan,
        totals: &Totals,
        locations: &Locations,
        observer: &mut dyn Observer,
    ) -> (Summary, Option<StopReason>, f64) {
        let limits = &self.import.migration.settings.limits;
        let clock = self.import.clock;
        let executor = Executor {
            client: self.import.client.clone(),
            checkpoint: self.checkpoint,
            clock: SharedClock::clone(clock),
            limits: Limits {
                concurrency: limits.concurrency,
                upload_concurrency: limits.upload_concurrency,
                settle: Duration::from_secs_f64(limits.settle_seconds),
                drain: Limits::DRAIN,
                refusals: Limits::REFUSALS,
            },
            policy: self.policy,
            checks: self.checks.clone(),
        };
        let stop = self.import.stop.clone();
        let mut events = Logged(observer.start(Start {
            operations: totals.operations(),
            chats: locations.chats(),
            client: self.import.client,
            stop: stop.clone(),
        }));
        let started = clock.elapsed();
        tracing::info!(operations = totals.operations(), "the run starts");
        let (summary, stopped) = execute::run(executor, plan, &mut events, stop).await;
        tracing::info!(
            created = summary.created,
            failed = summary.failed.len(),
            unknown = summary.unknown,
            not_reached = summary.not_reached,
            "the run ended"
        );
        let seconds = (clock.elapsed() - started).as_secs_f64();
        (summary, stopped, seconds)
    }

    fn exit(&self, summary: &Summary, is_open: bool, is_as_expected: bool) -> Exit {
        let is_unread = |held: &HeldChat| matches!(held.why, Held::Unlisted(_));
        let is_incomplete = !summary.failed.is_empty()
            || summary.unknown > 0
            || summary.not_reached > 0
            || summary.held.iter().any(is_unread);
        match is_incomplete || !is_as_expected {
            true => Exit::Partial,
            false => planning::exit_of(self.import.migration, is_open),
        }
    }
}

/// Why a run ended before its plan; to a person who stopped it, how far it came.
fn stopped_error(reason: StopReason, summary: &Summary, has_plan: bool) -> Error {
    let is_interruption = matches!(reason, StopReason::Interrupted);
    let error = Error::from(reason);
    if !is_interruption {
        return error;
    }
    // A plan file is of the checkpoint before this run.
    let resume = match has_plan {
        true => "make a new plan of the rest",
        false => "run the same command again to resume",
    };
    let message = format!(
        "Stopped. {} done, {} left; {resume}",
        count(summary.done(), "message"),
        number(summary.unknown + summary.not_reached)
    );
    Error { message, ..error }
}

fn redact(people: impl Iterator<Item = (String, String)>, observer: &mut dyn Observer) {
    observer.redact(Redactor::new(people).map(Arc::new));
}

/// Does `work`, unless a person stops it first. Only for work that leaves nothing to finish.
///
/// # Errors
///
/// [`StopReason::Interrupted`].
pub(crate) async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = T>) -> Result<T> {
    let mut stop = stop.clone();
    tokio::select! {
        biased;
        () = stop.requested(1) => Err(StopReason::Interrupted.into()),
        result = work => Ok(result),
    }
}
