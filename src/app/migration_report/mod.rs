//! The report of a migration, and of one conversation of it, as values.
//!
//! Made from archives and checkpoint alone: no request is sent, nothing is written. Private chats and chats that a rule
//! leaves out are counted, and nothing of them is named. Never here: layout ([`crate::report`]).
//!
//! | file           | contains                                                     |
//! |----------------|--------------------------------------------------------------|
//! | `address`      | links to leads                                               |
//! | `archives`     | dates, lines and senders of the archives                     |
//! | `chats`        | the chats by device                                          |
//! | `conversation` | one conversation, message by message                         |
//! | `failed`       | what failed, by cause                                        |
//! | `image`        | the files of a conversation that are shown                   |
//! | `left_out`     | messages left out and files, by reason                       |
//! | `months`       | the messages by month                                        |
//! | `sample`       | messages to check by eye                                     |
//! | `sums`         | the numbers of a chat, which add up                          |
//! | `table`        | the table of chats as CSV                                    |

mod address;
mod archives;
mod chats;
mod conversation;
mod failed;
mod image;
mod left_out;
mod months;
mod sample;
mod sums;
mod table;

use std::path::Path;

use chrono::{DateTime, Utc};

pub(crate) use chats::{ChatReport, DeviceReport};
pub(crate) use conversation::{Bubble, BubbleState, Conversation, Entry, Omitted};
pub(crate) use failed::FailureGroup;
pub(crate) use left_out::{ByReason, Files};
pub(crate) use months::Month;
pub(crate) use sample::SampledMessage;
pub(crate) use sums::Sums;
pub(crate) use table::csv as report_table;

use self::archives::Archives;
use self::failed::Failures;
use super::error::Result;
use super::planning::{self, Known, exit_of, is_open};
use super::{Exit, Migration, Observer, absent_checkpoint_sentence, output_file, selection};
use crate::checkpoint::{CREATED, Checkpoint, RunRow, Snapshot};
use crate::config;
use crate::plan::{Plan, Selection};
use crate::policy::RunFlags;

/// What begins every report, so that a report is never written over another file.
const GENERATOR: &str = "<meta name=\"generator\" content=\"chatferry report\">";

/// The options of a report.
pub(crate) struct ReportOrder {
    /// The chats to report; the default is all.
    pub(crate) selection: Selection,
    /// The seed that chooses the messages of the sample; equal seeds choose equal messages.
    pub(crate) seed: u64,
    /// The time of the report, in UTC.
    pub(crate) now: DateTime<Utc>,
}

/// The state of a migration.
#[derive(Debug)]
pub(crate) struct MigrationReport {
    /// The time at which the report was made, in UTC.
    pub(crate) made_at: DateTime<Utc>,
    /// The base URL of the server, if it is not Close; `None` for Close.
    pub(crate) other_server: Option<String>,
    /// A sentence about the absence of the checkpoint, with the name of its file; `None` if there
    /// is one.
    pub(crate) absent_checkpoint: Option<String>,
    /// The last import; `None` if there was none.
    pub(crate) last_run: Option<Run>,
    /// The last import that posted messages, if that is another one: its rate is the last that was measured.
    pub(crate) last_posting: Option<Run>,
    /// The devices with their chats.
    pub(crate) devices: Vec<DeviceReport>,
    /// The sums over all chats.
    pub(crate) total: Sums,
    /// The number of chats outside the selection.
    pub(crate) not_selected: u64,
    /// The messages by month, in order.
    pub(crate) months: Vec<Month>,
    /// The messages that are left out, by reason.
    pub(crate) left_out: Vec<ByReason>,
    /// The files of messages that belong in Close.
    pub(crate) files: Files,
    /// The failed messages, by cause.
    pub(crate) failures: Vec<FailureGroup>,
    /// The number of messages in Close without a file that is damaged in its archive.
    pub(crate) without_file: u64,
    /// Archives that cannot be read, each with its reason.
    pub(crate) unreadable: Vec<String>,
    /// The number of archives that no device has.
    pub(crate) unnamed: u64,
    /// The number of messages in Close of chats that are left out now.
    pub(crate) left_behind: u64,
    /// Messages to check, in order of chat and time.
    pub(crate) sample: Vec<SampledMessage>,
    /// The seed of `sample`.
    pub(crate) seed: u64,
    /// The exit status of the command that makes the report.
    pub(crate) exit: Exit,
}

/// The last import, as the report shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// The start of the run, in UTC.
    pub(crate) started_at: DateTime<Utc>,
    /// The end of the run, in UTC; `None` if it was interrupted.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// The number of messages that it created.
    pub(crate) created: u64,
}

/// Refuses to write a report over another file.
///
/// # Errors
///
/// A usage error: the file exists and is no report, or is a file of the migration.
pub(crate) fn check_report_target(file: &Path, migration: &Migration) -> Result<()> {
    // A report of a long conversation is large: its beginning is enough.
    let is_report = |text: &str| text.get(..512).unwrap_or(text).contains(GENERATOR);
    output_file::check(file, migration, "a report", is_report)
}

/// Refuses to write the table over another file.
///
/// # Errors
///
/// A usage error.
pub(crate) fn check_report_table_target(file: &Path, migration: &Migration) -> Result<()> {
    let is_table = |text: &str| text.starts_with(table::HEADER);
    output_file::check(file, migration, "a table of a report", is_table)
}

/// The server of a migration, if it is not Close.
fn other_server(migration: &Migration) -> Option<String> {
    let close = &migration.settings.close;
    (!config::is_close(close)).then(|| close.base_url.clone())
}

/// Collects the state of a migration for a report; the archives are consumed.
///
/// # Errors
///
/// Mistakes in the files of the migration or in the selection; the checkpoint cannot be read; the
/// numbers do not add up.
pub(crate) async fn migration_report(
    migration: &mut Migration,
    order: &ReportOrder,
    observer: &mut dyn Observer,
) -> Result<MigrationReport> {
    let checkpoint = peek(migration)?;
    let read = read(migration, order, checkpoint.as_ref(), false, observer).await?;
    let (plan, archives) = (&read.plan, &read.archives);
    let failures = Failures::of(migration, checkpoint.as_ref(), plan)?;
    let chats = chats::of(migration, plan, archives, &failures)?;
    let (last_run, last_posting) = match &checkpoint {
        Some(checkpoint) => last_runs(checkpoint)?,
        None => (None, None),
    };
    Ok(MigrationReport {
        made_at: order.now,
        other_server: other_server(migration),
        absent_checkpoint: checkpoint.is_none().then(|| absence(migration)),
        last_run,
        last_posting,
        devices: chats.devices,
        total: chats.total,
        not_selected: chats.not_selected,
        months: months::of(plan),
        left_out: left_out::left_out(plan, chats.total.left_out)?,
        files: left_out::files(plan, &failures),
        unreadable: (migration.failures().iter())
            .map(|failure| migration.describe(failure))
            .collect(),
        unnamed: migration.intake.unnamed.len() as u64,
        left_behind: plan.left_behind.iter().map(|left| left.messages).sum(),
        sample: sample::of(
            plan,
            order.seed,
            config::is_close(&migration.settings.close),
        ),
        seed: order.seed,
        without_file: (plan.chats.iter())
            .map(|chat| failures.without_file(chat))
            .sum(),
        failures: failures.groups(),
        exit: exit_of(migration, is_open(plan)),
    })
}

/// Collects one conversation for a report; the archives are consumed.
///
/// # Errors
///
/// As [`migration_report`]; the selection is not exactly one chat, or one that may not be shown.
pub(crate) async fn conversation(
    migration: &mut Migration,
    order: &ReportOrder,
    observer: &mut dyn Observer,
) -> Result<Conversation> {
    let checkpoint = peek(migration)?;
    let read = read(migration, order, checkpoint.as_ref(), true, observer).await?;
    let failures = Failures::of(migration, checkpoint.as_ref(), &read.plan)?;
    let exit = exit_of(migration, is_open(&read.plan));
    let mut conversation = Conversation::of(
        migration,
        (read.plan, read.archives),
        &failures,
        order.selection.chat.as_deref(),
    )?;
    conversation.check()?;
    conversation.made_at = order.now;
    conversation.exit = exit;
    Ok(conversation)
}

/// What archives and checkpoint contain.
struct Read {
    plan: Plan,
    archives: Archives,
}

async fn read(
    migration: &mut Migration,
    order: &ReportOrder,
    checkpoint: Option<&Snapshot>,
    with_senders: bool,
    observer: &mut dyn Observer,
) -> Result<Read> {
    planning::report_unnamed(migration, observer);
    let policy = migration.policy(RunFlags::default());
    let chosen = &order.selection;
    let mut archives = Archives::default();
    let read = migration.desired_traced(&policy, observer, None, &mut |sources, desired| {
        archives = Archives::of(sources, desired, chosen, with_senders);
    })?;
    let (settings, contacts) = (&migration.settings, &migration.contacts);
    selection::check(chosen, &read.desired, settings, contacts)?;
    let known = Known {
        checkpoint,
        close: None,
        settle: migration.settings.limits.settle(),
    };
    let plan = planning::build_with_content(read, chosen, &policy, known).await?;
    Ok(Read { plan, archives })
}

fn peek(migration: &Migration) -> Result<Option<Snapshot>> {
    let settings = &migration.settings;
    Ok(Checkpoint::peek(
        &settings.import.checkpoint,
        settings.close.organization_id.as_deref(),
        &settings.close.base_url,
    )?)
}

/// A report is given to others, so it has the name of the checkpoint and not its path.
fn absence(migration: &Migration) -> String {
    let path = &migration.settings.import.checkpoint;
    absent_checkpoint_sentence(&path.name())
}

/// The last import, and the last one that posted messages where that is another one.
fn last_runs(snapshot: &Snapshot) -> Result<(Option<Run>, Option<Run>)> {
    let Some(row) = snapshot.last_run()? else {
        return Ok((None, None));
    };
    let last = run(snapshot, &row)?;
    if last.is_none_or(|last| last.created > 0) {
        return Ok((last, None));
    }
    for earlier in snapshot.all_runs()?.iter().rev() {
        // A run without an end has no duration, and so no rate.
        if earlier.row.ended.is_none() || earlier.row.id == row.id {
            continue;
        }
        let earlier = run(snapshot, &earlier.row)?;
        if earlier.is_some_and(|earlier| earlier.created > 0) {
            return Ok((last, earlier));
        }
    }
    Ok((last, None))
}

/// A recorded run; `None` if its start is no time.
fn run(snapshot: &Snapshot, row: &RunRow) -> Result<Option<Run>> {
    let Some(started_at) = DateTime::from_timestamp_millis(row.started_at) else {
        return Ok(None);
    };
    let ended = row.ended.map(|(at, _)| at);
    let created = match row.counts.get(CREATED) {
        Some(created) => *created,
        // A killed run of a version that counted at the end only.
        None => snapshot.created_by(row.id)?,
    };
    Ok(Some(Run {
        started_at,
        ended_at: ended.and_then(DateTime::from_timestamp_millis),
        created,
    }))
}
