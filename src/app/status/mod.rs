//! The progress of a migration: the decisions of a plan without Close, compared with the checkpoint. Sends
//! no request, writes nothing.

mod chats;
mod next;

use std::path::Path;

pub(crate) use chats::{Chats, Messages};

use super::desired::ReadChats;
use super::error::Result;
use super::migration::{Migration, settings_and_contacts};
use super::planning::{self, Known};
use super::runs::command;
use super::{Unattended, output_time, tables};
use crate::checkpoint::{CREATED, Checkpoint, RecordedRun, RunOutcome, RunRow, Snapshot, Standing};
use crate::checkpoint_location::CheckpointLocation;
use crate::config::Overrides;
use crate::native::Keys;
use crate::plan::{Plan, Selection, Totals};
use crate::policy::{Policy, RunFlags};
use crate::settings::Settings;

/// The progress of a migration. The fields are the keys of `status --json`.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Status {
    /// The chats of the archives; where none can be read, those of the checkpoint.
    pub chats: Chats,
    /// The messages of the archives; `None` where none can be read.
    pub messages: Option<Messages>,
    /// The number of archives that cannot be read; `None`: all of them.
    pub unreadable: Option<u64>,
    /// The number of archives that no device has, next to archives that a device names one by one.
    pub unnamed: u64,
    /// The number of chats that the checkpoint records.
    pub chats_recorded: u64,
    /// The number of messages that are recorded as in Close.
    pub in_close: u64,
    /// The number of messages whose creation Close rejected.
    pub failed: u64,
    /// The number of messages in Close whose change or deletion Close rejected.
    pub refused: u64,
    /// The number of messages whose request has no known outcome.
    pub unknown: u64,
    /// The number of messages that were removed in Close.
    pub removed: u64,
    /// The number of messages in Close that are left out now.
    pub left_behind: u64,
    /// The base URL that the checkpoint belongs to; `None` without a checkpoint.
    pub base_url: Option<String>,
    /// The last import; `None` without a checkpoint, or before the first one.
    pub last_run: Option<LastRun>,
    /// The number of messages that the last undo deleted, if no import followed: an import posts
    /// them again.
    pub undone: u64,
    /// When the last undo or erasure began that did not finish and that no import followed, in UTC,
    /// RFC 3339; `None` if there is none.
    pub unfinished_undo: Option<String>,
    /// The command of that run, `undo` or `forget`; `None` if there is none.
    #[serde(skip)]
    pub unfinished_command: Option<String>,
    /// What to do next, in words with the command.
    pub next: String,
    /// Whether there is a checkpoint: without one, nothing is known of earlier imports.
    pub has_checkpoint: bool,
    /// The path of the checkpoint; in the text only.
    #[serde(skip)]
    pub checkpoint: CheckpointLocation,
}

/// Reads how far a migration is; sends no request and writes nothing. `keys` open encrypted
/// backups.
///
/// # Errors
///
/// Mistakes in the files of the migration; a checkpoint that cannot be read. Archives that cannot
/// be read are part of the result.
pub(crate) async fn status(file: &Path, overrides: &Overrides, keys: &dyn Keys) -> Result<Status> {
    let (settings, _) = settings_and_contacts(file, overrides)?;
    tables::of_messages(&settings.dir)?;
    let (status, _) = compare(&settings, read(file, overrides, keys)).await?;
    Ok(status)
}

/// Compares what was read with the checkpoint. The totals are those of the plan; `None` without one.
///
/// # Errors
///
/// A checkpoint that cannot be read.
pub(in crate::app) async fn compare(
    settings: &Settings,
    local: Option<Local>,
) -> Result<(Status, Option<Totals>)> {
    let path = &settings.import.checkpoint;
    let snapshot = Checkpoint::peek_at_any(path)?;
    let snapshot = snapshot.as_ref();
    let (standing, last) = match snapshot {
        Some(snapshot) => (snapshot.standing()?, snapshot.last_run()?),
        None => (Standing::default(), None),
    };
    let base_url = snapshot.map(Snapshot::binding).transpose()?;
    // Of a folder that was emptied, the checkpoint still has the chats.
    let read = match local {
        Some(local) => plan(settings, local, snapshot).await,
        None => None,
    };
    let read = read.filter(|read| !read.plan.chats.is_empty() || standing.chats == 0);
    let mut chats = match (&read, snapshot) {
        (Some(Read { plan, .. }), _) => Chats::of(plan, snapshot)?,
        (None, Some(snapshot)) => Chats::recorded(snapshot)?,
        (None, None) => Chats::default(),
    };
    if let Some(last) = &last {
        chats.hold(last);
    }
    let is_running = snapshot.is_some() && Checkpoint::is_in_use(path)?;
    let last_run = (last.as_ref().zip(snapshot))
        .map(|(last, snapshot)| LastRun::of(last, is_running, snapshot));
    let undone = snapshot.map(undone).transpose()?.flatten();
    let unfinished = match snapshot {
        Some(snapshot) if !is_running => unfinished_undo(snapshot)?,
        _ => None,
    };
    let mut status = Status {
        chats,
        messages: read.as_ref().map(|read| Messages::of(&read.plan)),
        unreadable: read.as_ref().map(|read| read.unreadable),
        unnamed: read.as_ref().map_or(0, |read| read.unnamed),
        chats_recorded: standing.chats,
        in_close: standing.done,
        failed: standing.failed,
        refused: standing.refused,
        unknown: standing.unknown,
        removed: standing.gone,
        left_behind: (read.iter())
            .flat_map(|read| &read.plan.left_behind)
            .map(|left| left.messages)
            .sum(),
        base_url: base_url.map(|binding| binding.base_url().to_owned()),
        last_run: last_run.transpose()?,
        undone: undone.unwrap_or_default(),
        unfinished_undo: (unfinished.as_ref()).map(|run| output_time(run.row.started_at)),
        unfinished_command: unfinished.and_then(|run| run.facts.command.map(String::from)),
        next: String::new(),
        has_checkpoint: snapshot.is_some(),
        checkpoint: path.clone(),
    };
    status.next = match is_running {
        true => "wait: a run is using the checkpoint now".to_owned(),
        false => next::step(&status, last.as_ref()),
    };
    let totals = read.map(|read| Totals::of_plan(&read.plan));
    Ok((status, totals))
}

/// The number of messages that the last undo deleted, if no import followed.
fn undone(snapshot: &Snapshot) -> Result<Option<u64>> {
    let mut runs = snapshot.all_runs()?;
    runs.retain(|run| matches!(command(run), "import" | "undo") && !run.row.sent_nothing());
    let last = runs.pop().filter(|run| command(run) == "undo");
    Ok(last.and_then(|run| run.row.counts.get("deleted").copied()))
}

/// The last undo or erasure, if it did not finish and no import followed.
fn unfinished_undo(snapshot: &Snapshot) -> Result<Option<RecordedRun>> {
    let mut runs = snapshot.all_runs()?;
    runs.retain(|run| matches!(command(run), "import" | "undo" | "forget"));
    let last = runs.pop().filter(|run| command(run) != "import");
    let is_open = |run: &RecordedRun| match run.row.ended {
        None => true,
        Some((_, outcome)) => matches!(outcome, RunOutcome::Stopped | RunOutcome::Aborted),
    };
    Ok(last.filter(is_open))
}

/// What the archives of a migration determine.
pub(in crate::app) struct Local {
    chats: ReadChats,
    policy: Policy,
    unreadable: u64,
    unnamed: u64,
}

impl Local {
    /// What was read from the archives of this migration.
    pub(in crate::app) fn of(migration: &Migration, chats: ReadChats) -> Local {
        Local {
            chats,
            policy: migration.policy(RunFlags::default()),
            unreadable: migration.failures().len() as u64,
            unnamed: migration.intake.unnamed.len() as u64,
        }
    }
}

/// What the archives contain.
struct Read {
    /// The plan without Close.
    plan: Plan,
    unreadable: u64,
    unnamed: u64,
}

/// `None` if the archives cannot be opened, as after they were moved away.
fn read(file: &Path, overrides: &Overrides, keys: &dyn Keys) -> Option<Local> {
    // What a plan reports about archives and tables, `chatferry plan` shows.
    let mut observer = Unattended::default();
    let mut migration = Migration::open(file, overrides, keys, &mut observer).ok()?;
    let policy = migration.policy(RunFlags::default());
    let chats = migration.desired(&policy, &mut observer).ok()?;
    Some(Local::of(&migration, chats))
}

/// The plan without Close; `None` if there cannot be one.
async fn plan(settings: &Settings, local: Local, snapshot: Option<&Snapshot>) -> Option<Read> {
    let known = Known {
        checkpoint: snapshot,
        close: None,
        settle: settings.limits.settle(),
    };
    let plan = planning::build(local.chats, &Selection::default(), &local.policy, known).await;
    Some(Read {
        plan: plan.ok()?,
        unreadable: local.unreadable,
        unnamed: local.unnamed,
    })
}

impl Status {
    /// Whether at least one archive could be read.
    pub(crate) fn is_read(&self) -> bool {
        self.unreadable.is_some()
    }
}

/// The last run of a checkpoint, as `status` shows it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct LastRun {
    /// The start of the run, in UTC, RFC 3339.
    pub started_at: String,
    /// The end of the run, in UTC, RFC 3339; `None` if it was interrupted or is running.
    pub ended: Option<String>,
    /// How the run ended: `complete`, `partial`, `stopped`, `aborted`, `interrupted` or `running`.
    pub outcome: &'static str,
    /// The number of messages that the run created.
    pub created: u64,
    /// The number of messages in chats that the run held.
    pub held: u64,
}

impl LastRun {
    fn of(row: &RunRow, is_running: bool, snapshot: &Snapshot) -> Result<LastRun> {
        let created = match row.counts.get(CREATED) {
            Some(created) => *created,
            // A killed run of a version that counted at the end only.
            None => snapshot.created_by(row.id)?,
        };
        Ok(LastRun {
            started_at: output_time(row.started_at),
            ended: row.ended.map(|(at, _)| output_time(at)),
            outcome: match row.ended {
                Some((_, outcome)) => outcome.as_str(),
                None if is_running => "running",
                None => "interrupted",
            },
            created,
            held: row.counts.get("held").copied().unwrap_or(0),
        })
    }
}
