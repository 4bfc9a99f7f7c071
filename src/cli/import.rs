//! `chatferry import`: shows the plan, asks, carries out exactly that plan.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use super::connect::{self, Account};
use super::exit::{self, Ended as EndedError, Exit};
use super::out::Out;
use super::plan_file::PlanFile;
use super::redact::Redactor;
use super::setup::Setup;
use super::steady::Complete;
use super::{args, failures, pilot, plan as plan_command, selection, signals, strict};
use crate::checkpoint::{Binding, Change, Checkpoint, Counts, RunFacts, RunOutcome};
use crate::clock::{self, SharedClock};
use crate::close::Client;
use crate::execute::{self, Ended, Executor, Limits, Stop, Summary};
use crate::parser::text::archive_name;
use crate::plan::{self, Estimate, Plan, Selection, Totals};
use crate::report;
use crate::report::numbers::Numbers;
use crate::report::progress::{Progress, Shown};
use crate::report::run::Places;
use crate::stop_reason::StopReason;
use crate::survey;
use crate::transform::contacts::{Contacts, Name};
use crate::transform::desired::{Content, Desired, Standing};
use crate::transform::settings::{Gone, OnMerged};

/// What an import is asked to do, beside its configuration.
pub(super) struct Order {
    pub(super) selection: Selection,
    /// Do not ask.
    pub(super) yes: bool,
    /// The plan that is to be run, and no other.
    pub(super) plan: Option<PlanFile>,
    /// So many messages may be taken away in Close.
    pub(super) allow_deletes: u64,
    /// Send nothing where a line may have been misread.
    pub(super) strict: bool,
    /// Show names also where nobody looks on.
    pub(super) show_content: bool,
    /// A few messages of each device alone, which are read back.
    pub(super) pilot: bool,
    /// Neither the plan nor progress: only what is wrong, and how it ended.
    pub(super) quiet: bool,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) exit: Exit,
    pub(super) numbers: Option<Numbers>,
}

pub(super) fn run(arguments: &args::Import, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let mut setup = Setup::configured(configured, out)?;
    let clock = clock::System::shared();
    setup.settings.limits.max_rate = arguments.max_rate;
    let client = setup.client(configured.api_key_file.as_deref(), &clock, out)?;
    if !arguments.yes {
        require_terminal("import")?;
    }
    let plan = match &arguments.plan {
        Some(file) => Some(PlanFile::read(file)?),
        None => None,
    };
    let gone = match &plan {
        Some(plan) => plan.gone(),
        None => arguments.gone.map(Into::into),
    };
    setup.set_gone(gone);
    let of_plan = plan.as_ref().is_some_and(PlanFile::accepts_unsteady);
    setup.settings.import.accepts_unsteady = arguments.accept_unsteady || of_plan;
    let order = Order {
        plan,
        selection: Selection {
            failed: arguments.retry_failed,
            ..arguments.selected.selection()
        },
        yes: arguments.yes,
        allow_deletes: arguments.allow_deletes,
        strict: arguments.strict,
        show_content: arguments.show_content,
        quiet: arguments.quiet,
        pilot: arguments.pilot,
    };
    let runtime = signals::runtime()?;
    let result = runtime.block_on(async {
        let stop = signals::listen();
        import(&mut setup, &client, &clock, &order, stop, out).await
    });
    signals::end(runtime);
    let outcome = result?;
    if let (true, Some(numbers)) = (arguments.json, &outcome.numbers) {
        out.json(&serde_json::to_string(numbers)?)?;
    }
    Ok(outcome.exit)
}

/// The import itself, also for `demo`.
pub(super) async fn import(
    setup: &mut Setup,
    client: &Client,
    clock: &SharedClock,
    order: &Order,
    stop: Stop,
    out: &mut Out,
) -> anyhow::Result<Outcome> {
    // From here on it is a log. Which chats there are is not known yet, but whom archives are
    // named after is.
    if !order.show_content {
        let people = known_people(&setup.contacts).into_iter();
        out.redact(Redactor::new(people.chain(named_after(setup))));
    }
    setup.tell_failures(out);
    plan_command::warn_inbox(setup, out);
    // First of all: a bad key or the wrong organisation, before minutes of reading.
    let account = unless_stopped(&stop, connect::account(client, &setup.settings)).await??;
    let binding = Binding::new(
        account.organization_id.clone(),
        &setup.settings.close.base_url,
    );
    if let Some(plan) = &order.plan {
        // Before the checkpoint is opened, which would begin a run.
        let (path, base_url) = (
            &setup.settings.import.checkpoint,
            &setup.settings.close.base_url,
        );
        let peeked = Checkpoint::peek(path, Some(&account.organization_id), base_url)
            .map_err(|error| connect::checkpoint_error(&error))?;
        let inputs = plan.inputs(setup, peeked.as_ref())?;
        plan.check(&inputs, &account.organization_id, base_url)?;
    }
    let checkpoint = Checkpoint::open(
        &setup.settings.import.checkpoint,
        &binding,
        SharedClock::clone(clock),
    )
    .map_err(|error| connect::checkpoint_error(&error))?;
    let result = with_checkpoint(
        setup,
        client,
        clock,
        order,
        stop,
        &account,
        &checkpoint,
        out,
    )
    .await;
    let closed = checkpoint
        .close()
        .map_err(|error| connect::checkpoint_error(&error));
    let outcome = result?;
    closed?;
    Ok(outcome)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call; a struct would only rename them"
)]
async fn with_checkpoint(
    setup: &mut Setup,
    client: &Client,
    clock: &SharedClock,
    order: &Order,
    stop: Stop,
    account: &Account,
    checkpoint: &Checkpoint,
    out: &mut Out,
) -> anyhow::Result<Outcome> {
    let run = RunFacts {
        command: Some("import".into()),
        user_id: Some(account.user_id.as_str().into()),
        ..RunFacts::default()
    };
    (checkpoint.recorder().record(Change::RunIs(run)).await)
        .map_err(|error| connect::checkpoint_error(&error))?;
    let mut desired = setup.desired(out);
    if let Err(refused) = setup.require_excluded() {
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new()).await?;
        return Err(refused);
    }
    let selection = match &order.plan {
        Some(plan) => plan.selection(&desired, &setup.settings, checkpoint.reader())?,
        None => order.selection.clone(),
    };
    if let Err(mistake) = selection::check(&selection, &desired, &setup.settings, &setup.contacts) {
        // What is wrong about a name that was given can only be said with names.
        out.redact(None);
        return Err(mistake);
    }
    if !order.show_content {
        let people = people(&desired, &setup.contacts).into_iter();
        out.redact(Redactor::new(people.chain(named_after(setup))));
    }
    let asked = survey::survey(
        &mut desired,
        &selection,
        &setup.settings.import,
        Some(checkpoint.reader()),
        Some((client, &account.user_id)),
    );
    let asked = telling(client, out, asked);
    let mut survey = unless_stopped(&stop, asked)
        .await?
        .map_err(connect::stopped)?;
    let mut plan = plan::build(desired, &selection, &setup.settings.import, |chat| {
        survey.take(chat)
    });
    plan.unfinished.append(&mut survey.unfinished);
    plan.unfinished_links.append(&mut survey.unfinished_links);
    let piloted = match order.pilot {
        true => plan::pilot::pilot(&mut plan),
        false => plan::pilot::Pilot::default(),
    };
    let expected = pilot::expected(&plan, &piloted.chosen);
    plan.check()?;
    if let Err(refused) = setup.require_decided(&plan, Some(checkpoint.reader()), out) {
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new()).await?;
        return Err(refused);
    }
    if let Some(file) = &order.plan
        && let Err(differs) = file.compare(&plan, checkpoint.reader())
    {
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new()).await?;
        return Err(differs);
    }
    let is_open = plan.has_missing() || plan.has_unsteady();
    let read_differently = plan.read_differently();
    let complete = Complete::of(&plan, &selection, checkpoint);
    let totals = Totals::of_plan(&plan);
    let pace = setup.settings.limits.requests_per_second;
    let estimate = Estimate::of(&plan, pace);
    let shown = report::plan::text(&plan, &totals, &estimate, pace);
    let into = format!("Into {}", account.label());
    let nothing = totals.operations() + totals.adopt == 0;
    // What the last line says counts: whom the question is about, or that there is nothing to do.
    // A question is never asked about a plan that was not shown.
    let is_shown = !order.quiet || (!order.yes && !nothing);
    if is_shown && nothing {
        out.note(&into);
        out.note(&shown);
    } else if is_shown {
        out.note(&shown);
        out.note(&into);
    }
    let odd = strict::Found::of_plan(&plan);
    let judged = odd.judge(order.strict, Exit::Done, "; nothing was sent", out);
    if judged != Exit::Done {
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new()).await?;
        return Ok(Outcome {
            exit: judged,
            numbers: Some(Numbers::of_declined(&totals, &estimate, client.stats())),
        });
    }
    if totals.deletes() > order.allow_deletes {
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new()).await?;
        return Err(EndedError::usage(format!(
            "the plan takes {} away in Close ({} to replace, {} to delete); if that is right, say --allow-deletes {}; nothing was sent",
            report::count(totals.deletes(), "message"),
            totals.replace - totals.begun,
            totals.delete,
            totals.deletes()
        )));
    }
    if totals.operations() > 0
        && !order.yes
        && !unless_stopped(&stop, confirmed(&totals, read_differently, out)).await??
    {
        out.note("Nothing was sent.");
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new()).await?;
        return Ok(Outcome {
            exit: exit_of(setup, None, is_open),
            numbers: Some(Numbers::of_declined(&totals, &estimate, client.stats())),
        });
    }
    if let Err(full) = checkpoint.require_room(totals.operations() + totals.adopt) {
        record_end(checkpoint, RunOutcome::Stopped, None, Counts::new())
            .await
            .ok();
        return Err(connect::checkpoint_error(&full));
    }
    complete.begin(checkpoint).await?;
    let places = Places::of(&plan.chats);
    let mut left = left_over(&plan, &totals, setup, checkpoint)?;
    let (summary, seconds) = carry_out(
        setup,
        client,
        clock,
        checkpoint,
        plan,
        &totals,
        stop,
        order.quiet,
        out,
    )
    .await;
    // Where the plan was not shown, this is all that is said.
    if !is_shown || totals.undecided > 0 || !(nothing && is_quiet(&summary)) {
        out.note(&report::run::text(&totals, &summary, &places, seconds));
    }
    failures::record(setup, &summary, &places, checkpoint.reader(), out);
    let as_expected = match expected.as_slice() {
        [] => true,
        expected => {
            let base_url = &setup.settings.close.base_url;
            let against = pilot::Against {
                client,
                reader: checkpoint.reader(),
                base_url,
                inactive: &setup.settings.import.inactive_user,
            };
            pilot::compare(expected, &against, out).await?
        }
    };
    for lacks in &piloted.lacks {
        out.note(&pilot::untested(lacks));
    }
    let numbers = Numbers::of_run(&totals, &summary, client.stats(), seconds);
    if !summary.adds_up() || !numbers.add_up(totals.distinct()) {
        return Err(EndedError::with(
            Exit::Internal,
            "the numbers of this run do not add up; this is a bug in chatferry: please report it with the lines above",
        ));
    }
    record_end(
        checkpoint,
        run_outcome(&summary),
        Some(&numbers),
        std::mem::take(&mut left),
    )
    .await?;
    let exit = match exit_of(setup, Some(&summary), is_open) {
        Exit::Done if !as_expected => Exit::Partial,
        exit => exit,
    };
    if exit == Exit::Done && matches!(summary.ended, Ended::Complete) {
        complete.end(checkpoint, &summary).await?;
    }
    match summary.ended {
        Ended::Complete => Ok(Outcome {
            exit,
            numbers: Some(numbers),
        }),
        Ended::Stopped(reason) => {
            let exit = exit::report(&connect::stopped(reason), out);
            Ok(Outcome {
                exit,
                numbers: Some(numbers),
            })
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call; a struct would only rename them"
)]
async fn carry_out(
    setup: &Setup,
    client: &Client,
    clock: &SharedClock,
    checkpoint: &Checkpoint,
    plan: Plan,
    totals: &Totals,
    stop: Stop,
    quiet: bool,
    out: &Out,
) -> (Summary, f64) {
    let limits = &setup.settings.limits;
    let executor = Executor {
        client: client.clone(),
        checkpoint,
        clock: SharedClock::clone(clock),
        limits: Limits {
            concurrency: limits.concurrency,
            upload_concurrency: limits.upload_concurrency,
            settle: std::time::Duration::from_secs_f64(limits.settle_seconds),
            drain: Limits::DRAIN,
            refusals: Limits::REFUSALS,
        },
        send_to_inbox: setup.settings.import.send_to_inbox,
        id_form: setup.settings.import.id_form,
        inactive_user: setup.settings.import.inactive_user.clone(),
        follows_merges: setup.settings.import.on_merged == OnMerged::Follow,
        restores: setup.settings.import.gone == Gone::Restore,
    };
    let shown = match (quiet, out.is_terminal()) {
        (true, _) => Shown::Nothing,
        (false, true) => Shown::Bar,
        (false, false) => Shown::Lines,
    };
    let asked = client.clone();
    let heard = stop.clone();
    let mut progress = Progress::new(totals.operations(), shown, clock, heard, move || {
        asked.posting_allowance()
    });
    let started = clock.elapsed();
    let summary = execute::run(executor, plan, &mut progress, stop).await;
    progress.finish();
    (summary, (clock.elapsed() - started).as_secs_f64())
}

/// Makes sure that there is somebody to ask before `verb`.
///
/// # Errors
///
/// A usage error: there is no terminal.
pub(super) fn require_terminal(verb: &str) -> anyhow::Result<()> {
    match io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(EndedError::usage(format!(
            "there is no terminal to ask on; say --yes to {verb} without a question"
        ))),
    }
}

/// Waits for `work` as long as nobody says stop. Before a run begins nothing is in flight, so
/// that there is nothing to finish.
pub(super) async fn unless_stopped<T>(
    stop: &Stop,
    work: impl Future<Output = T>,
) -> anyhow::Result<T> {
    let mut stop = stop.clone();
    tokio::select! {
        biased;
        () = stop.said(1) => Err(connect::stopped(StopReason::Interrupted)),
        result = work => Ok(result),
    }
}

/// Waits for `work`, and says when Close is out of reach, or back.
async fn telling<T>(client: &Client, out: &mut Out, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            is_out = client.outage_changed() => out.note(report::progress::of_outage(is_out)),
        }
    }
}

async fn confirmed(totals: &Totals, read_differently: u64, out: &mut Out) -> anyhow::Result<bool> {
    let mut what = Vec::new();
    if totals.create > 0 {
        what.push(format!("post {}", report::count(totals.create, "message")));
    }
    for (number, verb) in [
        (
            totals.update + totals.relink + totals.unfinished_links,
            "change",
        ),
        (totals.replace + totals.unfinished, "move to another lead"),
        (totals.delete, "delete"),
    ] {
        if number > 0 {
            what.push(format!("{verb} {}", report::count(number, "message")));
        }
    }
    let last = what.pop().unwrap_or_default();
    let mut what = match what.as_slice() {
        [] => last,
        before => format!("{} and {last}", before.join(", ")),
    };
    if read_differently > 0 {
        what.push_str(&format!(
            " ({} read differently by this version)",
            report::count(read_differently, "message")
        ));
    }
    if let Some(first) = what.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    agreed(&what, out).await
}

/// Asks whether to do this, and waits for the answer.
pub(super) async fn agreed(what: &str, out: &mut Out) -> anyhow::Result<bool> {
    out.ask(&format!("{what}? [y/N] "));
    // On a thread of its own, so that Ctrl-C is heard while the question stands.
    let read = || {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    };
    let answer = tokio::task::spawn_blocking(read).await??;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Whom a log must not name: the chats by their place among those of the plan, with what their
/// archives are called, and everybody in contacts.csv.
fn people(desired: &Desired, contacts: &Contacts) -> Vec<(String, String)> {
    let chats = desired.chats.iter().enumerate();
    let mut people: Vec<(String, String)> = chats
        .flat_map(|(place, chat)| {
            let named = chat.archives.iter().filter_map(|label| named(label));
            let names = std::iter::once(chat.name.clone()).chain(named);
            names.map(move |name| (name, format!("[chat {}]", place + 1)))
        })
        .collect();
    people.extend(known_people(contacts));
    people
}

/// The chat that an archive's name says it is of, which may be another spelling of its name.
fn named(label: &str) -> Option<String> {
    if let Some(json) = named_json(label) {
        return Some(json);
    }
    let stem = Path::new(label).file_stem()?.to_string_lossy();
    let name = archive_name(&stem);
    name.certain.then_some(name.chat)
}

/// The name of a JSON file, which may be that of a person; an error adds the line.
fn named_json(label: &str) -> Option<String> {
    let name = Path::new(label).file_name()?.to_string_lossy();
    let (stem, _) = name.rsplit_once(".json")?;
    (stem != "result").then(|| format!("{stem}.json"))
}

/// Whom the archives are named after, also those that cannot be read.
fn named_after(setup: &Setup) -> Vec<(String, String)> {
    let read = setup
        .intake
        .archives
        .iter()
        .map(|archive| &archive.opened.path);
    // The error names the file; the label may be that of its folder.
    let errors = setup
        .failures()
        .iter()
        .map(|failure| failure.error.to_string());
    let failed = errors.filter_map(|error| Some(PathBuf::from(error.split_once(": ")?.0)));
    let stores = setup.intake.stores.iter().map(|store| &store.path);
    let paths = read.chain(stores).cloned().chain(failed);
    let names = paths.filter_map(|path| named(&path.to_string_lossy()));
    let instead = |name: &str| match name.ends_with(".json") {
        true => "[name].json",
        false => "[name]",
    };
    names
        .map(|name| {
            let instead = instead(&name).to_owned();
            (name, instead)
        })
        .collect()
}

/// Everybody in contacts.csv.
fn known_people(contacts: &Contacts) -> Vec<(String, String)> {
    let mut people = Vec::new();
    for row in contacts.rows() {
        for name in [&row.chat, &row.participant] {
            if let Name::Is { text, .. } = name {
                people.push((text.clone(), "[name]".to_owned()));
            }
        }
        if let Some(phone) = &row.phone {
            people.push((phone.e164().to_owned(), "[number]".to_owned()));
        }
    }
    people
}

/// What a run leaves to be done, beyond the numbers of its messages: for `status`.
fn left_over(
    plan: &Plan,
    totals: &Totals,
    setup: &Setup,
    checkpoint: &Checkpoint,
) -> anyhow::Result<Counts> {
    let mut counts = Counts::new();
    counts.insert(
        "not_selected".to_owned(),
        report::plan::not_selected(totals),
    );
    counts.insert("unreadable".to_owned(), setup.failures().len() as u64);
    let mut held = [0u64; 2];
    for chat in &plan.chats {
        // The rows of contacts.csv show the others.
        let Standing::Held(why) = &chat.chat.standing else {
            continue;
        };
        if why.is_of_contacts() {
            continue;
        }
        let key = chat.chat.key.as_ref().map(Content::reveal);
        let is_recorded = key
            .map(|key| survey::is_recorded(checkpoint.reader(), key, None))
            .transpose()
            .map_err(|error| connect::checkpoint_error(&error))?;
        held[usize::from(is_recorded == Some(true))] += 1;
    }
    counts.insert("held_chats_waiting".to_owned(), held[0]);
    counts.insert("held_chats_recorded".to_owned(), held[1]);
    Ok(counts)
}

async fn record_end(
    checkpoint: &Checkpoint,
    outcome: RunOutcome,
    numbers: Option<&Numbers>,
    mut counts: Counts,
) -> anyhow::Result<()> {
    if let Some(numbers) = numbers {
        for (name, value) in [
            ("created", numbers.created),
            ("updated", numbers.updated),
            ("replaced", numbers.replaced),
            ("deleted", numbers.deleted),
            ("undecided", numbers.undecided),
            ("unchanged", numbers.unchanged),
            ("skipped", numbers.skipped),
            ("held", numbers.held),
            ("failed", numbers.failed),
            ("unknown", numbers.unknown),
            ("not_reached", numbers.not_reached),
            ("uploads", numbers.uploads),
            ("requests", numbers.requests),
            ("retries", numbers.retries),
        ] {
            counts.insert(name.to_owned(), value);
        }
    }
    let ended = Change::RunEnded { outcome, counts };
    // A checkpoint that cannot be written has stopped the run already and has been reported.
    match checkpoint.recorder().record(ended).await {
        Ok(()) => Ok(()),
        Err(_) if numbers.is_some() && outcome == RunOutcome::Stopped => Ok(()),
        Err(error) => Err(connect::checkpoint_error(&error)),
    }
}

/// True when a run with nothing to do has met nothing worth a word either.
fn is_quiet(summary: &Summary) -> bool {
    matches!(summary.ended, Ended::Complete)
        && summary.planned == 0
        && summary.held.is_empty()
        && summary.copies.is_empty()
        && summary.stopped_chats.is_empty()
}

fn run_outcome(summary: &Summary) -> RunOutcome {
    match &summary.ended {
        Ended::Stopped(_) => RunOutcome::Stopped,
        Ended::Complete if summary.failed.is_empty() && summary.unknown == 0 => {
            RunOutcome::Complete
        }
        Ended::Complete => RunOutcome::Partial,
    }
}

/// `is_open`: a person has to decide about something that cannot stay as it is.
fn exit_of(setup: &Setup, summary: Option<&Summary>, is_open: bool) -> Exit {
    let incomplete =
        summary.is_some_and(|s| !s.failed.is_empty() || s.unknown > 0 || s.not_reached > 0);
    if incomplete || is_open || !setup.failures().is_empty() {
        Exit::Partial
    } else {
        Exit::Done
    }
}
