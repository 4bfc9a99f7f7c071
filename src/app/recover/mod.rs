//! Recovers a checkpoint that is lost, damaged or outdated, from Close and the archives. Writes nothing in Close.
//!
//! Belongs here: the order of the steps, and when the new checkpoint may take the place of the former one: every activity
//! of ours on the leads is recorded once, and an import with it would update, move and delete nothing. Never here: how an
//! activity is paired with a message ([`crate::survey`], [`mod@crate::plan`]), or how a file is replaced
//! ([`crate::checkpoint::Rebuild`]).
//!
//! | file      | contains                                                     |
//! |-----------|--------------------------------------------------------------|
//! | `build`   | the new checkpoint                                           |
//! | `leads`   | the leads, and how records cover what Close lists on them    |
//! | `alone`   | activities that no archive has                               |
//! | `carried` | records of the former checkpoint that are valid              |
//! | `result`  | the result                                                   |

mod alone;
mod build;
mod carried;
mod late;
mod leads;
mod result;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use result::{Ending, Lines, Lost, Nothing, Recovery, number};

use self::build::{Built, Sources};
use self::leads::Coverage;
use self::result::NextImport;
use super::account::{Account, account};
use super::error::{Error, Exit, Result};
use super::import::unless_stopped;
use super::observer::Question;
use super::planning::{self, Known, Settling};
use super::redact::Redactor;
use super::{Migration, Notice, Observer, contact_numbers, failure_rows, people};
use crate::app::failure_table::table_of;
use crate::checkpoint::{Binding, Former, OperationKind, Rebuild, Snapshot};
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::Stop;
use crate::plan::{Plan, Selection, Totals};
use crate::policy::{Policy, RunFlags};
use crate::survey::Users;
use crate::transform::desired::{Content, Decision, Held};

/// The options of a recovery.
pub(crate) struct RecoverOrder {
    /// Record activities with an id of WhatsApp's as created, if their creator is a user of this migration.
    pub(crate) claims: bool,
    /// Whether to build the new checkpoint in a temporary folder, and to replace nothing.
    pub(crate) is_trial: bool,
    /// Whether output that is kept may contain names.
    pub(crate) show_content: bool,
}

/// A recovery of a checkpoint: the migration and what it is carried out with.
pub(crate) struct Recover<'r> {
    /// Opens the migration. Each plan consumes its archives.
    pub(crate) open: &'r dyn Fn(&mut dyn Observer) -> Result<Migration>,
    /// The client of Close.
    pub(crate) client: &'r Client,
    /// The source of time and waits.
    pub(crate) clock: &'r SharedClock,
    /// The options of the recovery.
    pub(crate) order: &'r RecoverOrder,
    /// Is set when a person asks to stop.
    pub(crate) stop: Stop,
}

/// Recovers the checkpoint of `migration`.
///
/// # Errors
///
/// Mistakes in the files of the migration; Close denied access, or could not be read to the end of every list: then
/// nothing is replaced.
pub(crate) async fn recover(
    recover: Recover<'_>,
    migration: Migration,
    observer: &mut dyn Observer,
) -> Result<Recovered> {
    let order = recover.order;
    if !order.show_content {
        let people = people::of_contacts(&migration.contacts).into_iter();
        redact(people.chain(people::of_archives(&migration)), observer);
    }
    migration.report_failures(observer);
    let account = account(recover.client, &migration.settings);
    let account = unless_stopped(&recover.stop, account).await??;
    let path = migration.settings.import.checkpoint.clone();
    let binding = Binding::new(
        account.organization_id.clone(),
        &migration.settings.close.base_url,
    );
    let rebuild = Rebuild::begin(&path, order.is_trial, (&binding, recover.clock))?;
    let former = rebuild.former(&account.organization_id, &migration.settings.close.base_url)?;
    let policy = migration.policy(RunFlags::default());
    let mut users = Users::from([account.user_id.clone()]);
    if let Former::Readable(former) = &former {
        users.extend(former.users_of_runs()?);
    }
    let mut recovery = Recovery {
        account: account.clone(),
        checkpoint: path,
        unreadable: match &former {
            Former::Unreadable(error, _) => Some(error.code().to_owned()),
            _ => None,
        },
        has_former: matches!(former, Former::Readable(_)),
        leads: 0,
        activities: 0,
        unrecorded_before: 0,
        origins: Default::default(),
        unlisted: 0,
        removed: 0,
        erased: 0,
        next: NextImport::default(),
        lost: Vec::new(),
        ending: None,
    };
    let session = Session {
        recover,
        account,
        policy,
        users,
    };
    let rebuild = session
        .run((migration, rebuild, former), &mut recovery, observer)
        .await?;
    Ok(Recovered { recovery, rebuild })
}

/// A recovery before the former checkpoint is replaced.
pub(crate) struct Recovered {
    /// What was recovered and what was lost, as a person sees it before the question.
    pub(crate) recovery: Recovery,
    /// The new checkpoint, if it may replace the former one.
    rebuild: Option<Rebuild>,
}

impl Recovered {
    /// The question before the replacement; `None` if nothing is replaced.
    pub(crate) fn question(&self) -> Option<Question<'static>> {
        let posts = self.recovery.next.posts();
        (self.rebuild.as_ref()).map(|_| Question::ReplaceCheckpoint { posts })
    }

    /// Replaces the former checkpoint, unless a person declined or nothing is to be replaced.
    ///
    /// # Errors
    ///
    /// The files cannot be written.
    pub(crate) fn end(self, is_confirmed: bool) -> Result<Recovery> {
        let Recovered {
            mut recovery,
            rebuild,
        } = self;
        if let Some(rebuild) = rebuild {
            recovery.ending = Some(match is_confirmed {
                true => Ending::Swapped(rebuild.swap()?),
                false => Ending::Declined,
            });
        }
        Ok(recovery)
    }
}

/// A recovery whose account is known.
struct Session<'r> {
    recover: Recover<'r>,
    account: Account,
    policy: Policy,
    users: Users,
}

impl Session<'_> {
    /// Builds the new checkpoint and judges it; `Some` if it may replace the former one.
    async fn run(
        &self,
        (migration, rebuild, former): (Migration, Rebuild, Former),
        recovery: &mut Recovery,
        observer: &mut dyn Observer,
    ) -> Result<Option<Rebuild>> {
        let is_unreadable = matches!(former, Former::Unreadable(..));
        let (former, erasures) = match former {
            Former::Readable(snapshot) => (Some(*snapshot), None),
            Former::Absent => (None, None),
            Former::Unreadable(_, erasures) => (None, erasures),
        };
        let mut first = Some(migration);
        if let Some(former) = &former
            && let Some(nothing) = self
                .is_intact((former, &rebuild), &mut first, recovery, observer)
                .await?
        {
            if let Nothing::AllRecorded { .. } = nothing {
                rebuild.keep_former()?;
            }
            recovery.ending = Some(Ending::Nothing(nothing));
            return Ok(None);
        }
        let former_operations = recovery.next.clone();
        let former_adopted = recovery.origins.adopted;
        let was_covered = former.is_some() && recovery.unrecorded_before == 0;
        let migration = self.take(&mut first, observer)?;
        let mut losses = failures_of(&migration, former.is_none());
        losses.extend((is_unreadable && erasures.is_none()).then_some(Lost::Erasures));
        let sources = Sources {
            former: former.as_ref(),
            erasures: erasures.as_ref(),
        };
        let built = Built::of(self, migration, (&rebuild, sources), observer).await?;
        recovery.leads = built.lists.len() as u64;
        recovery.activities = built.activities();
        if recovery.leads == 0 {
            recovery.ending = Some(Ending::Nothing(Nothing::NoLead));
            return Ok(None);
        }
        if recovery.activities == 0 && former.is_none() && !is_unreadable {
            recovery.ending = Some(Ending::Nothing(Nothing::NoneInClose));
            return Ok(None);
        }
        if former.is_none() {
            recovery.unrecorded_before = recovery.activities;
        }
        let new = rebuild.read()?;
        let mut migration = (self.recover.open)(&mut super::Unattended::default())?;
        // What this plan would report was reported for the first one.
        let mut reading = OnlyReading(observer);
        let plan = self.plan(&mut migration, Some(&new), &mut reading).await?;
        let totals = Totals::of_plan(&plan);
        let coverage = Coverage::of(&new, &built.lists)?;
        recovery.next = NextImport::of(&plan, &totals);
        recovery.count(&new, coverage)?;
        recovery.lost = built.lost(coverage, &totals, losses);
        let holds = coverage.is_complete() && recovery.next.is_clean();
        drop(new);
        let claims_none = !self.recover.order.claims || recovery.origins.adopted >= former_adopted;
        let is_no_better = !holds || (former_operations.is_clean() && claims_none);
        if was_covered && is_no_better {
            let operations = totals.operations();
            rebuild.keep_former()?;
            recovery.ending = Some(Ending::Nothing(Nothing::AllRecorded { operations }));
            return Ok(None);
        }
        let is_trial = self.recover.order.is_trial;
        recovery.ending = match holds {
            false => Some(Ending::Refused),
            true => is_trial.then_some(Ending::Trial),
        };
        Ok((holds && !is_trial).then_some(rebuild))
    }

    /// Whether the former checkpoint records every activity of ours once, an import with it would change nothing that is in
    /// Close, and there is nothing to claim. Notes in `recovery` what it lacks and what an import would do.
    async fn is_intact(
        &self,
        (former, rebuild): (&Snapshot, &Rebuild),
        first: &mut Option<Migration>,
        recovery: &mut Recovery,
        observer: &mut dyn Observer,
    ) -> Result<Option<Nothing>> {
        // What a run began is finished from its row, which only this checkpoint has. No run begins before a store that
        // failed over was compared with Close.
        let begun = begun(former)?;
        if begun > 0 && !rebuild.has_failed_over() {
            return Ok(Some(Nothing::Begun(begun)));
        }
        let mut migration = self.take(first, observer)?;
        let mut leads = BTreeSet::new();
        let plan = self.plan(&mut migration, Some(former), observer).await?;
        leads.extend(leads::of_migration(&plan, &migration.contacts));
        leads::add_recorded(former, &mut leads)?;
        let settle = migration.settings.limits.settle();
        let lists = self
            .settled_lists(
                (&leads, &leads::labels(&plan)),
                (Some(former), settle),
                observer,
            )
            .await?;
        let destinations = (plan.chats.iter()).filter_map(|chat| chat.destination.as_ref());
        let of_chats = destinations.map(|to| to.lead_id.clone()).collect();
        leads::require_visible(&lists, &of_chats)?;
        let coverage = Coverage::of(former, &lists)?;
        recovery.unrecorded_before = coverage.wrong + coverage.stale;
        let totals = Totals::of_plan(&plan);
        recovery.next = NextImport::of(&plan, &totals);
        recovery.leads = lists.len() as u64;
        recovery.activities = lists.iter().map(|list| list.activities.len() as u64).sum();
        let is_intact = recovery.unrecorded_before == 0 && recovery.next.is_clean();
        if is_intact {
            recovery.count(former, coverage)?;
            if self.recover.order.claims && recovery.origins.adopted > 0 {
                return Ok(None);
            }
            let copies = Lost::Copies(coverage.copies);
            recovery
                .lost
                .extend((coverage.copies > 0).then_some(copies));
        }
        Ok(is_intact.then(|| Nothing::AllRecorded {
            operations: totals.operations(),
        }))
    }

    /// A migration whose archives were not consumed.
    fn take(
        &self,
        first: &mut Option<Migration>,
        observer: &mut dyn Observer,
    ) -> Result<Migration> {
        match first.take() {
            Some(migration) => Ok(migration),
            None => (self.recover.open)(observer),
        }
    }

    /// The plan of an import. A chat whose lead could not be read ends the recovery.
    async fn plan(
        &self,
        migration: &mut Migration,
        snapshot: Option<&Snapshot>,
        observer: &mut dyn Observer,
    ) -> Result<Plan> {
        let stop = &self.recover.stop;
        let numbers = contact_numbers::check(migration, self.recover.client);
        unless_stopped(stop, numbers).await??;
        let read = migration.desired(&self.policy, observer)?;
        if !self.recover.order.show_content {
            let people = people::of_chats(&read.desired).into_iter();
            let people = people.chain(people::of_contacts(&migration.contacts));
            redact(people.chain(people::of_archives(migration)), observer);
        }
        let known = Known {
            checkpoint: snapshot,
            close: Some((self.recover.client, &self.account.user_id)),
            settle: migration.settings.limits.settle(),
        };
        let selection = Selection::default();
        let settling = Settling {
            clock: Some(self.recover.clock),
            observer: &mut *observer,
        };
        let built = (read, false);
        let built = planning::build_settled(built, &selection, &self.policy, known, settling);
        let plan = unless_stopped(stop, built).await??;
        let unlisted = plan
            .chats
            .iter()
            .find_map(|chat| match &chat.chat.standing {
                Decision::Held(Held::Unlisted(why)) => Some(why),
                _ => None,
            });
        match unlisted {
            None => Ok(plan),
            Some(why) => Err(Error::coded(
                Exit::Stopped,
                "close_unlisted",
                format!(
                    "the activities of a lead could not be listed: {why}; nothing was replaced: run the command again"
                ),
            )),
        }
    }
}

/// Passes on which chat is read, and nothing else.
struct OnlyReading<'o>(&'o mut dyn Observer);

impl Observer for OnlyReading<'_> {
    fn notice(&mut self, _: Notice) {}

    fn reading(&mut self, chat: Option<&Content>) {
        self.0.reading(chat);
    }

    fn redact(&mut self, _: Option<Arc<Redactor>>) {}

    fn redacted(&self, text: &str) -> String {
        self.0.redacted(text)
    }
}

/// The operations of several steps that a run began and did not finish, other than links and leads that are created.
fn begun(former: &Snapshot) -> Result<u64> {
    let open = former.open_operations()?.into_iter();
    let begun = open.filter(|row| {
        let kind = row.operation.kind;
        !matches!(kind, OperationKind::Relink | OperationKind::CreateLead)
    });
    Ok(begun.count() as u64)
}

/// What is lost of earlier runs besides records: archives that cannot be read and, without the former checkpoint, the
/// refusals that failures.csv lists.
fn failures_of(migration: &Migration, is_former_lost: bool) -> Vec<Lost> {
    let table = table_of(&migration.settings.import.checkpoint);
    let rows = match std::fs::read(table) {
        Ok(bytes) if is_former_lost && failure_rows::is_table(&bytes) => failure_rows::read(&bytes),
        _ => Vec::new(),
    };
    let messages = rows.iter().filter(|row| !row.external_id.is_empty());
    vec![
        Lost::Refusals(messages.count() as u64),
        Lost::Archives(migration.failures().len() as u64),
    ]
}

fn redact(people: impl Iterator<Item = (String, String)>, observer: &mut dyn Observer) {
    observer.redact(Redactor::new(people).map(Arc::new));
}
