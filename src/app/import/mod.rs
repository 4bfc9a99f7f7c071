//! Imports a migration: makes the plan, checks it, asks, carries out exactly that plan, and records the
//! run.
//!
//! Belongs here: the order of these steps and what refuses to continue. Never here: how a message is sent
//! ([`crate::execute`]), or what a person sees.

mod listeners;
mod record;
mod token;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use listeners::Listeners;
use record::Left;

use super::account::{Account, account};
use super::completed::Completed;
use super::error::{Error, Exit, Result};
use super::observer::{Finished, Question, Start};
use super::planned::Planned;
use super::planning::{self, Known, Settling, reporting_outages};
use super::probe::{Places, Probe};
use super::redact::Redactor;
use super::strict::Misread;
use super::{
    Migration, Notice, Observer, PlanFile, checked_pairs, contact_numbers, failure_table, people,
    pilot, run_checkpoint, selection,
};
use crate::app::Numbers;
use crate::checkpoint::{Binding, Change, Checkpoint, RunFacts};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::{
    self, Checks, Event, Events, Executor, FollowUpEnd, HeldChat, Limits, Stop, Summary,
};
use crate::organization::Fact;
use crate::plan::Locations;
use crate::plan::{Plan, Selection, Totals};
use crate::policy::{Policy, RunFlags};
use crate::quantity::{count, number};
use crate::stop_reason::StopReason;
use crate::transform::desired::Held;

/// The options of an import beyond its configuration.
pub struct Order {
    /// The flags that decide about messages; a plan has its own.
    pub flags: RunFlags,
    /// Which chats.
    pub selection: Selection,
    /// Do not ask.
    pub yes: bool,
    /// The plan that is carried out, and no other.
    pub plan: Option<PlanFile>,
    /// The number of deletions in Close that are allowed.
    pub allow_deletes: u64,
    /// Send nothing if something may have been misread.
    pub strict: bool,
    /// Show names also in output that is kept.
    pub show_content: bool,
    /// Post only a few messages of each device, and read them back.
    pub pilot: bool,
    /// With `pilot`: find out where external ids are unique, on messages of its own.
    pub probe: bool,
}

impl Order {
    /// The flags of the run: those of the plan, and `--accept-unsteady`.
    fn flags(&self) -> RunFlags {
        let Some(plan) = &self.plan else {
            return self.flags;
        };
        let made_with = plan.flags();
        RunFlags {
            accepts_unsteady: self.flags.accepts_unsteady || made_with.accepts_unsteady,
            ..made_with
        }
    }
}

/// The result of an import.
pub struct Outcome {
    /// The exit status.
    pub exit: Exit,
    /// The numbers of the run.
    pub numbers: Numbers,
    /// Why the run ended before its plan.
    pub stopped: Option<Error>,
}

impl Outcome {
    /// The outcome of a run with this status, unless it `stopped`.
    fn of(exit: Exit, numbers: Numbers, stopped: Option<Error>) -> Outcome {
        Outcome {
            exit: stopped.as_ref().map_or(exit, |error| error.exit),
            numbers,
            stopped,
        }
    }
}

/// An import: the migration and what it runs with.
pub struct Import<'i> {
    /// The migration.
    pub migration: &'i mut Migration,
    /// Close.
    pub client: &'i Client,
    /// Time.
    pub clock: &'i SharedClock,
    /// What to do.
    pub order: &'i Order,
    /// Set when a person asks to stop.
    pub stop: Stop,
}

/// Carries out an import.
///
/// # Errors
///
/// Mistakes in the files of the migration; Close refused the account; the plan must not be carried out. A
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
    let checkpoint = run_checkpoint::open(path, &binding, import.clock, observer)?;
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
        for lacks in piloted.lacks {
            observer.notice(Notice::PilotLacks(lacks));
        }
        let mut numbers = Numbers::of_run(&totals, &summary, self.import.client.stats(), seconds);
        numbers.deleted += self.undone;
        self.end(&numbers, &totals, &summary, left).await?;
        self.name_undo(numbers.created, observer);
        let exit = self.exit(&summary, is_open, is_as_expected);
        if exit == Exit::Done && stopped.is_none() {
            completed.end(self.checkpoint, &summary).await?;
        }
        let stopped = stopped.map(|reason| stopped_error(reason, &summary));
        Ok(Outcome::of(exit, numbers, stopped))
    }

    /// Records the order of lists that the survey met.
    async fn learn_list_order(&self) -> Result<()> {
        let Some(order) = self.import.client.list_order() else {
            return Ok(());
        };
        let fact = Fact::ListOrder(order);
        if !self.checkpoint.reader().facts()?.contains(&fact) {
            let change = Change::Fact(fact);
            self.checkpoint.recorder().record(change).await?;
        }
        Ok(())
    }

    /// Reads the archives, surveys Close, and plans.
    async fn plan(&mut self, observer: &mut dyn Observer) -> Result<(Plan, Selection)> {
        let read = match self.import.migration.desired(self.policy, observer) {
            Ok(read) => read,
            Err(lost) => return Err(self.stopped(lost).await?),
        };
        let migration = &*self.import.migration;
        if let Err(refused) = migration.require_excluded() {
            return Err(self.stopped(refused).await?);
        }
        let order = self.import.order;
        let selection = match &order.plan {
            Some(plan) => {
                plan.selection(&read.desired, &migration.settings, self.checkpoint.reader())?
            }
            None => order.selection.clone(),
        };
        let (settings, contacts) = (&migration.settings, &migration.contacts);
        if let Err(mistake) = selection::check(&selection, &read.desired, settings, contacts) {
            // A mistyped name can only be explained with names.
            observer.redact(None);
            return Err(mistake);
        }
        selection::report_devices(&selection, &read.desired, observer);
        if !order.show_content {
            let people = people::of_chats(&read.desired).into_iter();
            let people = people.chain(people::of_contacts(contacts));
            redact(people.chain(people::of_archives(migration)), observer);
        }
        let known = Known {
            checkpoint: Some(self.checkpoint.reader()),
            close: Some((self.import.client, &self.account.user_id)),
            settle: migration.settings.limits.settle(),
        };
        let settling = Settling {
            clock: Some(self.import.clock),
            observer: &mut *observer,
        };
        let built =
            planning::build_settled((read, false), &selection, self.policy, known, settling);
        let mut plan = unless_stopped(&self.import.stop, built).await??;
        let (client, clock) = (self.import.client, self.import.clock);
        let of_run = (client, self.policy);
        let checked = checked_pairs::hold(&mut plan, &self.checks, of_run, Some(clock));
        let checked = reporting_outages(client, observer, checked);
        unless_stopped(&self.import.stop, checked).await??;
        Ok((plan, selection))
    }

    /// Refuses a plan that contradicts decisions.csv, or is not the ordered one.
    async fn require_plan(&self, plan: &Plan, observer: &mut dyn Observer) -> Result<()> {
        plan.check()?;
        let reader = self.checkpoint.reader();
        let decided = (self.import.migration).require_decided(plan, Some(reader), observer);
        let refused = decided.and_then(|()| match &self.import.order.plan {
            Some(file) => file.compare(plan, reader),
            None => Ok(()),
        });
        match refused {
            Ok(()) => Ok(()),
            Err(refused) => Err(self.stopped(refused).await?),
        }
    }

    /// Shows the plan and what it leads to beyond its messages, and asks whether to carry it out. `Break`: it is not
    /// carried out, and the command ends with this status.
    async fn ask(
        &self,
        planned: &Planned<'_>,
        is_open: bool,
        observer: &mut dyn Observer,
    ) -> Result<ControlFlow<Exit, Option<Listeners>>> {
        let (order, totals) = (self.import.order, &planned.totals);
        let asks = !order.yes && totals.operations() > 0;
        tracing::info!(
            create = totals.create,
            update = totals.update,
            replace = totals.replace,
            delete = totals.delete,
            unchanged = totals.unchanged,
            undecided = totals.undecided,
            held = totals.held,
            skipped = totals.skipped(),
            "planned"
        );
        observer.planned(planned, !order.yes && !planned.is_empty());
        let misread = Misread::of_plan(planned.plan);
        if order.strict && !misread.is_none() {
            let outcome = "; nothing was sent";
            observer.notice(Notice::Misread { misread, outcome });
            self.end_early().await?;
            return Ok(ControlFlow::Break(misread.exit(Exit::Done)));
        }
        if totals.deletes() > order.allow_deletes {
            self.end_early().await?;
            return Err(too_many_deletes(totals));
        }
        let listeners = self.warn(planned, observer).await?;
        if asks {
            let question = Question::CarryOut {
                totals,
                read_differently: planned.plan.read_differently(),
            };
            let answer = observer.confirm(&question);
            let is_confirmed = unless_stopped(&self.import.stop, answer).await?;
            if !is_confirmed.map_err(|error| Error::with(Exit::Internal, error.to_string()))? {
                observer.notice(Notice::Declined);
                self.end_early().await?;
                let exit = planning::exit_of(self.import.migration, is_open);
                return Ok(ControlFlow::Break(exit));
            }
        }
        let room = self
            .checkpoint
            .require_room(totals.operations() + totals.adopt);
        if let Err(full) = room {
            self.end_early().await.ok();
            return Err(full.into());
        }
        Ok(ControlFlow::Continue(listeners))
    }

    /// Reports, before the first write, who is notified of it, and a token that expires too early.
    async fn warn(
        &self,
        planned: &Planned<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Option<Listeners>> {
        if planned.totals.operations() == 0 {
            return Ok(None);
        }
        let client = self.import.client;
        let now = self.import.clock.now();
        let expiry = client.expiry();
        let expires =
            expiry.and_then(|expiry| token::notice(expiry, now, planned.estimate.seconds));
        expires
            .into_iter()
            .for_each(|notice| observer.notice(notice));
        let found = Listeners::of(client, &planned.totals);
        let found = reporting_outages(client, observer, found);
        let found = match unless_stopped(&self.import.stop, found).await? {
            Ok(found) => found,
            Err(failure) => return Err(self.stopped(failure.into()).await?),
        };
        if let Some(notice) = found.notice(self.checkpoint)? {
            observer.notice(notice);
            return Ok(Some(found));
        }
        Ok(None)
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

    /// Finds out where ids are unique, if that is ordered. False if it could not be found out.
    async fn try_ids(&self, places: Option<Places>, observer: &mut dyn Observer) -> Result<bool> {
        match places {
            Some(places) => self.probe().run(&places, observer).await,
            None => Ok(true),
        }
    }

    fn probe(&self) -> Probe<'_> {
        Probe {
            client: self.import.client,
            checkpoint: self.checkpoint,
            clock: self.import.clock,
            settle: self.import.migration.settings.limits.settle(),
        }
    }

    /// Reads back the messages of a pilot, and records how Close returned them. Whether all of them are correct.
    async fn compare(
        &self,
        expected: &[pilot::Expected],
        observer: &mut dyn Observer,
    ) -> Result<bool> {
        if expected.is_empty() {
            return Ok(true);
        }
        let against = pilot::Comparison {
            client: self.import.client,
            reader: self.checkpoint.reader(),
            base_url: &self.import.migration.settings.close.base_url,
            policy: self.policy,
            shows_words: self.import.order.show_content || observer.is_private(),
        };
        let compared = pilot::compare(expected, &against, observer).await?;
        let mut facts = compared.facts;
        let client = self.import.client;
        // What cannot be read is not known; it is no fault of the messages.
        if let Some(lead) = pilot::main_lead(expected) {
            let order = client.observe_list_order(lead).await.ok().flatten();
            facts.extend(order.map(Fact::ListOrder));
        }
        let fields = client.membership_fields().await.ok().flatten();
        facts.extend(fields.map(Fact::Memberships));
        let changes = facts.into_iter().map(Change::Fact).collect();
        self.checkpoint.recorder().record_all(changes).await?;
        Ok(compared.is_same)
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

/// Logs the events of a run, which have no content, and passes them on.
struct Logged(Box<dyn Events>);

impl Events for Logged {
    fn event(&mut self, event: Event) {
        log(&event);
        self.0.event(event);
    }
}

/// Logs an event: indexes in the plan, counts and codes.
fn log(event: &Event) {
    match event {
        Event::ChatHeld { chat, why, .. } => tracing::info!(chat, why = why.code(), "chat held"),
        Event::ChatStopped { chat, code } => tracing::info!(chat, code, "chat stopped"),
        Event::Failed(failed) | Event::FollowUpEnded(FollowUpEnd::Failed(failed)) => {
            let (chat, code) = (failed.chat, &failed.code);
            tracing::info!(chat, place = failed.message, code, "message failed")
        }
        Event::Outage => tracing::info!("Close is unreachable"),
        Event::Back => tracing::info!("Close responds again"),
        Event::Stopping => tracing::info!("stopping"),
        Event::Settling {
            count,
            is_alone: true,
            ..
        } => tracing::info!(count, "settling"),
        Event::Settling { count, .. } => tracing::debug!(count, "looked up"),
        Event::ChatChecked { chat } => tracing::debug!(chat, "chat checked"),
        Event::Adopted { chat, count } => tracing::debug!(chat, count, "adopted"),
        Event::Uploaded { bytes, .. } => tracing::debug!(bytes, "file uploaded"),
        Event::Unlinked { chat, message } => {
            tracing::debug!(chat, place = message, "posted without its link")
        }
        Event::Replaced { chat, message } => tracing::debug!(chat, place = message, "replaced"),
        Event::Deleted { chat, message } => tracing::debug!(chat, place = message, "deleted"),
        Event::Created { chat, message } => tracing::debug!(chat, place = message, "created"),
        Event::Updated { chat, message } => tracing::debug!(chat, place = message, "updated"),
        Event::Gone { chat, message } => {
            tracing::debug!(chat, place = message, "no longer in Close")
        }
        Event::Found { chat, message, .. } => {
            tracing::debug!(chat, place = message, "found in Close")
        }
        Event::Unknown { chat, message } => {
            tracing::debug!(chat, place = message, "outcome unknown")
        }
        Event::FollowUpEnded(_) => tracing::debug!("operation of an earlier run ended"),
        Event::Planned { operations, .. } => tracing::debug!(operations, "planned"),
        Event::NotReached { count } => tracing::debug!(count, "not reached"),
        // The summary is logged.
        Event::Ended { .. } => {}
    }
}

/// Why a run ended before its plan; to a person who stopped it, how far it came.
fn stopped_error(reason: StopReason, summary: &Summary) -> Error {
    let is_interruption = matches!(reason, StopReason::Interrupted);
    let error = Error::from(reason);
    if !is_interruption {
        return error;
    }
    let message = format!(
        "Stopped. {} done, {} left; run the same command again to resume",
        count(summary.done(), "message"),
        number(summary.unknown + summary.not_reached)
    );
    Error { message, ..error }
}

fn too_many_deletes(totals: &Totals) -> Error {
    Error::usage(format!(
        "the plan deletes {} in Close ({} to replace, {} to delete); to permit it, pass --allow-deletes {}; nothing was sent",
        count(totals.deletes(), "message"),
        totals.replace - totals.begun,
        totals.delete,
        totals.deletes()
    ))
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
