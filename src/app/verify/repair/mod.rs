//! Corrects in Close what a verification found: a plan of these corrections, shown, confirmed and carried out by the
//! executor, and a second comparison of the leads that it touched.
//!
//! Belongs here: the order of the steps and what refuses to continue. Never here: which operation corrects a finding
//! ([`crate::plan::repair`]), requests ([`crate::execute`]), or what a person sees.
//!
//! | file        | contains                                                        |
//! |-------------|-----------------------------------------------------------------|
//! | `findings`  | verify.csv as the findings to repair (`--from`)                  |
//! | `wishes`    | what is to be corrected about each message                       |
//! | `recheck`   | the comparison of one message right before its first request     |
//! | `carry_out` | the stages of a repair, one after another                        |
//! | `planned`   | the plan as it is shown                                          |
//! | `shown`     | how it is made, and the result of a repair, as plain data               |

mod carry_out;
mod findings;
mod planned;
mod recheck;
mod shown;
mod wishes;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

pub use planned::{MessagePlace, PlannedRepair, RepairOperation, Unrepaired};
pub(crate) use shown::{RepairResult, Repaired};

use self::carry_out::CarryOut;
use self::findings::Table;
use self::recheck::Rechecker;
use self::wishes::{Begun, Wishes};
use super::lead::Changed;
use super::left_out::LeftOut;
use super::result::exit_of;
use super::run::{OfLeads, Run};
use super::{Compared, Sources, Verification, VerifyOrder, begin, compare, peek, verifier};
use crate::app::account::account;
use crate::app::desired::ReadChats;
use crate::app::error::{Error, Exit, Result};
use crate::app::import::unless_stopped;
use crate::app::planning::{self, Known, Settling};
use crate::app::{Migration, Notice, Observer, Question, run_checkpoint};
use crate::checkpoint::{Binding, Checkpoint, Snapshot};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::Stop;
use crate::ids::LeadId;
use crate::plan::repair::Repair;
use crate::plan::{Plan, Selection};
use crate::policy::{Gone, Policy, RunFlags};
use crate::quantity::count;

/// The options of a repair beyond those of its comparison.
pub(crate) struct RepairOrder<'o> {
    /// The table with the findings to repair; `None`: all findings of this run.
    pub(crate) from: Option<&'o Path>,
    /// Whether to begin without asking the observer.
    pub(crate) yes: bool,
    /// Whether to show the plan and to send nothing.
    pub(crate) dry_run: bool,
    /// The number of deletions in Close that are permitted; `None`: the observer confirms their
    /// number with the question.
    pub(crate) allow_deletes: Option<u64>,
    /// What happens to messages that are recorded as removed in Close; `None`: as configured.
    pub(crate) gone: Option<Gone>,
    /// Is set when a person asks to stop.
    pub(crate) stop: Stop,
}

/// Verifies a migration, and corrects what is found.
///
/// # Errors
///
/// As [`super::verify`]; mistakes in the table of findings; more deletions than are allowed. A repair that ends early is
/// a [`Repaired`].
pub(crate) async fn repair(
    migration: &mut Migration,
    unopened: Option<Error>,
    orders: (&VerifyOrder<'_>, &RepairOrder<'_>),
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<Repaired> {
    let (order, repair_order) = orders;
    let began = clock.elapsed();
    let table = repair_order.from.map(Table::read).transpose()?;
    begin(migration, order, observer);
    planning::report_settings(migration, observer);
    let account = account(client, &migration.settings);
    let account = unless_stopped(&repair_order.stop, account).await??;
    let snapshot = peek(migration, &account)?;
    let last_run = (snapshot.as_ref()).map_or(Ok(0), Snapshot::runs_before)?;
    let only = table.as_ref().and_then(Table::leads);
    let bytes_of = table.as_ref().map(Table::bytes_of);
    let sources = Sources {
        client,
        clock,
        snapshot: snapshot.as_ref(),
        account: &account,
        only: only.as_ref(),
        bytes_of: bytes_of.as_ref(),
        keeps: true,
    };
    let compared = compare(migration, unopened, order, &sources, observer);
    let compared = unless_stopped(&repair_order.stop, compared).await??;
    let job = Job {
        order,
        repair: repair_order,
        sources,
        table,
        last_run,
    };
    let mut repaired = job.run(migration, compared, observer).await?;
    repaired.verification.requests = client.stats().requests;
    repaired.verification.seconds = (clock.elapsed() - began).as_secs_f64();
    super::write_table(order.out, &repaired.verification, observer)?;
    Ok(repaired)
}

/// A plan, the results for leads, and what both were made with.
type ComparedWith = (Plan, OfLeads, (Policy, LeftOut));

/// A repair after its comparison.
struct Job<'j> {
    order: &'j VerifyOrder<'j>,
    repair: &'j RepairOrder<'j>,
    sources: Sources<'j>,
    table: Option<Table>,
    /// The last run before the comparison.
    last_run: i64,
}

impl Job<'_> {
    async fn run(
        &self,
        migration: &mut Migration,
        compared: Compared,
        observer: &mut dyn Observer,
    ) -> Result<Repaired> {
        let Compared {
            mut result,
            plan,
            read,
            policy,
            left_out,
        } = compared;
        result.exit = exit_of(&result);
        let (Some((plan, of_leads)), Some(read), None) = (plan, read, &result.stopped) else {
            return Ok(Repaired::unplanned(result));
        };
        if let Some(table) = &self.table {
            let known = (&plan, self.sources.snapshot, &migration.contacts);
            table.require_known(&result, known)?;
        }
        let wishes = self.wishes(migration, &result, (&plan, &of_leads))?;
        let begun = match self.table {
            Some(_) => Begun::default(),
            None => wishes::begun(self.sources.snapshot)?,
        };
        if wishes.of.is_empty() && begun.is_empty() {
            let planned = PlannedRepair::without(wishes);
            observer.repair_planned(&planned);
            return Ok(Repaired::planned(result, planned, self.repair.dry_run));
        }
        migration.require_excluded()?;
        let (repair_policy, repair) = self
            .plan(migration, (read, &result), (&wishes, &begun), observer)
            .await?;
        let mut planned = PlannedRepair::of(&repair, &wishes, &result);
        planned.open_links = begun.links.len() as u64;
        observer.repair_planned(&planned);
        if planned.is_empty() || self.repair.dry_run {
            return Ok(Repaired::planned(result, planned, self.repair.dry_run));
        }
        let allowed = self.repair.allow_deletes;
        if allowed.is_some_and(|allowed| planned.deletions > allowed) {
            return Err(too_many_deletes(&planned));
        }
        if !self.ask(&planned, observer).await? {
            observer.notice(Notice::Declined);
            return Ok(Repaired::planned(result, planned, false));
        }
        let touched = touched(&repair).chain(begun.links).collect();
        let recheck = Rechecker::of((&plan, &policy), &self.sources, &wishes)?;
        let parts = (plan, of_leads, (policy, left_out));
        self.carry_out(
            migration,
            (repair, repair_policy),
            (planned, recheck),
            (parts, touched, result),
            observer,
        )
        .await
    }

    /// What is to be corrected.
    fn wishes(
        &self,
        migration: &Migration,
        result: &Verification,
        (plan, of_leads): (&Plan, &OfLeads),
    ) -> Result<Wishes> {
        let gone = self
            .repair
            .gone
            .unwrap_or(migration.settings.import.policy.gone);
        let mut wishes = Wishes::of(
            result,
            of_leads,
            (
                self.table.as_ref(),
                gone == Gone::Restore,
                self.repair.gone == Some(Gone::Restore),
            ),
        );
        if let Some(table) = &self.table {
            let selection = (&self.order.selection, plan);
            let over = table.over(result, selection, self.sources.snapshot)?;
            wishes.unfixed.extend(over);
        }
        Ok(wishes)
    }

    /// Plans as an import with `gone = "restore"`, and selects what the wishes need.
    async fn plan(
        &self,
        migration: &Migration,
        (read, result): (ReadChats, &Verification),
        (wishes, begun): (&Wishes, &Begun),
        observer: &mut dyn Observer,
    ) -> Result<(Policy, Repair)> {
        let policy = migration.policy(RunFlags {
            gone: Some(Gone::Restore),
            ..RunFlags::default()
        });
        let mut leads = begun.leads.clone();
        leads.extend(begun.links.iter().cloned());
        leads.extend(wishes.of.keys().map(|(lead, _)| lead.clone()));
        // Tables name the leads from before a merge.
        for (from, into) in result.merged.iter().rev() {
            if leads.contains(into) {
                leads.insert(from.clone());
            }
        }
        let selection = Selection {
            limit: None,
            leads,
            ..self.order.selection.clone()
        };
        let known = Known {
            checkpoint: self.sources.snapshot,
            close: Some((self.sources.client, &self.sources.account.user_id)),
            settle: migration.settings.limits.settle(),
        };
        let settling = Settling {
            clock: Some(self.sources.clock),
            observer: &mut *observer,
        };
        let built = planning::build_settled((read, true), &selection, &policy, known, settling);
        let plan = unless_stopped(&self.repair.stop, built).await??;
        migration.require_decided(&plan, self.sources.snapshot, observer)?;
        Ok((policy, Repair::of(plan, &wishes.of, self.table.is_none())))
    }

    async fn ask(&self, planned: &PlannedRepair, observer: &mut dyn Observer) -> Result<bool> {
        if self.repair.yes {
            return Ok(true);
        }
        let question = Question::Repair {
            operations: planned.operations.len() as u64 + planned.open_links,
            deletions: planned.deletions,
        };
        let answer = observer.confirm(&question);
        let answer = unless_stopped(&self.repair.stop, answer).await?;
        answer.map_err(|error| Error::with(Exit::Internal, error.to_string()))
    }

    /// Carries the repair out, and compares the leads that it touched again.
    async fn carry_out(
        &self,
        migration: &mut Migration,
        (repair, policy): (Repair, Policy),
        (planned, recheck): (PlannedRepair, Rechecker),
        ((plan, of_leads, (plan_policy, left_out)), touched, before): (
            ComparedWith,
            HashSet<LeadId>,
            Verification,
        ),
        observer: &mut dyn Observer,
    ) -> Result<Repaired> {
        let checkpoint = self.open(migration, observer)?;
        checkpoint.require_space(planned.operations.len() as u64)?;
        let carry_out = CarryOut {
            client: self.sources.client,
            clock: self.sources.clock,
            checkpoint: &checkpoint,
            account: self.sources.account,
            stop: &self.repair.stop,
        };
        let recheck = Arc::new(recheck);
        let done = carry_out
            .run(migration, (&repair, &policy), (&planned, recheck), observer)
            .await;
        let mut done = match done {
            Ok(done) => done,
            Err(error) => {
                checkpoint.close()?;
                return Err(error);
            }
        };
        let mut repaired = match done.stopped.take() {
            Some(stopped) => Repaired::stopped(&before, planned, done.result, stopped),
            None => {
                let sources = Sources {
                    snapshot: Some(checkpoint.reader()),
                    keeps: false,
                    ..self.sources
                };
                let earlier = of_leads.into_iter();
                let earlier = earlier
                    .filter(|(lead, _)| !touched.contains(lead))
                    .collect();
                let basis = ((&plan, &plan_policy, &left_out), done.changed);
                let after =
                    self.compare_again(migration, &sources, basis, (earlier, &before), observer);
                Repaired::done(after.await?, planned, done.result)
            }
        };
        checkpoint.close()?;
        repaired.verification.account = before.account;
        repaired.verification.account_name = before.account_name;
        Ok(repaired)
    }

    /// Opens the checkpoint, unless another run changed it since it was read.
    fn open(&self, migration: &Migration, observer: &mut dyn Observer) -> Result<Checkpoint> {
        let settings = &migration.settings;
        let binding = Binding::new(
            self.sources.account.organization_id.clone(),
            &settings.close.base_url,
        );
        let path = &settings.import.checkpoint;
        let checkpoint = run_checkpoint::open_for_tables(
            &migration.contacts,
            path,
            &binding,
            (self.sources.client, self.sources.clock),
            observer,
        )?;
        if checkpoint.reader().runs_before()? != self.last_run {
            checkpoint.close()?;
            return Err(Error::with(
                Exit::Stopped,
                "another run has used the checkpoint since the comparison; nothing was sent; run the command again",
            ));
        }
        Ok(checkpoint)
    }

    /// Compares the leads without an earlier result.
    async fn compare_again(
        &self,
        migration: &Migration,
        sources: &Sources<'_>,
        (basis, changed): ((&Plan, &Policy, &LeftOut), Changed),
        (earlier, before): (OfLeads, &Verification),
        observer: &mut dyn Observer,
    ) -> Result<Verification> {
        let mut result = Verification {
            is_sandbox: before.is_sandbox,
            lead_names: before.lead_names.clone(),
            unreadable: before.unreadable,
            reads_files: before.reads_files,
            ..Verification::default()
        };
        let verifier = verifier(migration, sources, basis, (changed, self.order.files))?;
        let run = Run {
            verifier: &verifier,
            clock: sources.clock,
            order: self.order,
            only: sources.only,
        };
        let compared = run.run(earlier, &mut result, observer);
        unless_stopped(&self.repair.stop, compared).await??;
        result.tally.check()?;
        result.exit = exit_of(&result);
        Ok(result)
    }
}

/// The leads that a repair changes something on.
fn touched(repair: &Repair) -> impl Iterator<Item = LeadId> {
    let of_fixes = repair.fixes.iter().map(|fix| fix.on_lead.0.clone());
    of_fixes.chain(repair.leads())
}

fn too_many_deletes(planned: &PlannedRepair) -> Error {
    Error::usage(format!(
        "the repair deletes {} in Close; to permit it, pass `--allow-deletes {}`; nothing was sent",
        count(planned.deletions, "message"),
        planned.deletions
    ))
}
