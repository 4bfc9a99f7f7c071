//! The runs of a checkpoint, and the name under which a command means one of them.
//!
//! A run is named by its number, by `latest`, or by the unambiguous beginning of the digest of its plan.
//! Sends no request, writes nothing.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::error::{Error, Result};
use super::migration::settings_and_contacts;
use crate::checkpoint::{CREATED, Checkpoint, LEADS_MADE, RECOVERED, RecordedRun, RunId, Snapshot};
use crate::config::Overrides;
use crate::name::nearest;

/// The name of the last import that got as far as sending: one that a person declined has done nothing.
pub(crate) const LATEST: &str = "latest";

/// The command whose runs `latest` means.
const IMPORT: &str = "import";

/// The command that makes a checkpoint without the runs of the former one.
const RECOVER: &str = "recover";

/// In place of the command of a run that was killed before it recorded it.
const UNKNOWN: &str = "unknown";

/// The shortest beginning of a plan digest that names a run, in hex digits: shorter ones are numbers of runs.
const SHORTEST_DIGEST: usize = 4;

/// A run in the table of `runs`. The fields are the keys of its `--json`.
#[derive(Debug, serde::Serialize)]
pub(crate) struct RunLine {
    /// The run's number in the checkpoint, from 1.
    pub id: u32,
    /// The start of the run, in UTC, RFC 3339.
    pub started_at: String,
    /// The end of the run, in UTC, RFC 3339; `None` if it was interrupted or is running.
    pub ended_at: Option<String>,
    /// The command that made the run, such as `import`.
    pub command: String,
    /// How the run ended: `complete`, `partial`, `stopped`, `aborted`, `interrupted` or `running`.
    pub outcome: &'static str,
    /// Messages that it created, as in its summary. Of a killed run: those of its last commit.
    pub created: u64,
    /// Whether `created` is an estimate: the number of its messages that are in Close now. A killed run of a version that
    /// counted at the end of a run has no other figures.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_estimate: bool,
    /// The messages that it posted and that are in Close now, as far as is recorded: those that it created or replaced, and
    /// those of requests without an answer that a later run found.
    pub in_close: u64,
    /// Messages in Close that it found there and recorded, as `recover` does, as far as no later run changed them.
    pub found: u64,
    /// Messages that it updated; `None`: not recorded.
    pub updated: Option<u64>,
    /// Messages that it replaced: posted on another lead, and deleted on the former one; `None`: not recorded.
    pub replaced: Option<u64>,
    /// Messages that it deleted; `None`: not recorded.
    pub deleted: Option<u64>,
    /// Messages that it failed to create, update or delete; `None`: not recorded.
    pub failed: Option<u64>,
    /// The number of leads that it created.
    pub leads: u64,
    /// The digest of its plan, equal for runs with equal plans; `None`: not recorded.
    pub plan: Option<String>,
    /// The version of the program that made the run.
    pub program: String,
}

/// The number of leads in Close that `match` created, as far as is recorded; 0 without a checkpoint.
///
/// # Errors
///
/// As [`runs`].
pub(crate) fn created_leads(file: &Path, overrides: &Overrides) -> Result<u64> {
    let (settings, _) = settings_and_contacts(file, overrides)?;
    let snapshot = Checkpoint::peek_at_any(&settings.import.checkpoint)?;
    let leads = snapshot.map(|snapshot| snapshot.created_leads());
    Ok(leads.transpose()?.map_or(0, |leads| leads.len() as u64))
}

/// The runs of a migration's checkpoint, the oldest first; none without a checkpoint.
///
/// # Errors
///
/// Mistakes in the configuration; a checkpoint that cannot be read.
pub(crate) fn runs(file: &Path, overrides: &Overrides) -> Result<Vec<RunLine>> {
    let (settings, _) = settings_and_contacts(file, overrides)?;
    let path = &settings.import.checkpoint;
    let Some(snapshot) = Checkpoint::peek_at_any(path)? else {
        return Ok(Vec::new());
    };
    let is_running = Checkpoint::is_in_use(path)?;
    let created = snapshot.posted_by_runs()?;
    let found = snapshot.found_by_runs()?;
    let all = snapshot.all_runs()?;
    let last = all.last().map(|run| run.row.id);
    let lines = all.iter().map(|run| {
        let counts = &run.row.counts;
        let is_estimate = run.row.ended.is_none() && !counts.contains_key(CREATED);
        let number = |name: &str| counts.get(name).copied().unwrap_or(0);
        let known = |name: &str| (!is_estimate).then(|| number(name));
        let own = created.iter().find(|(id, _)| *id == run.row.id);
        let in_close = own.map_or(0, |(_, number)| *number);
        RunLine {
            id: run.row.id.number(),
            started_at: time(run.row.started_at),
            ended_at: run.row.ended.map(|(at, _)| time(at)),
            command: command(run).to_owned(),
            outcome: match run.row.ended {
                Some((_, outcome)) => outcome.as_str(),
                None if is_running && Some(run.row.id) == last => "running",
                None => "interrupted",
            },
            created: match is_estimate {
                true => in_close,
                false => number(CREATED),
            },
            is_estimate,
            in_close,
            found: (found.iter())
                .find(|(id, _)| *id == run.row.id)
                .map_or(0, |(_, number)| *number),
            updated: known("updated"),
            replaced: known("replaced"),
            deleted: known("deleted"),
            failed: known("failed"),
            leads: number(LEADS_MADE),
            plan: run.facts.plan.as_ref().map(digest),
            program: run.row.program.to_string(),
        }
    });
    Ok(lines.collect())
}

/// The command of a run. Version 0.1 recorded none; a run of a later version without one was killed before it did anything.
pub(super) fn command(run: &RecordedRun) -> &str {
    match &run.facts.command {
        Some(command) => command,
        None if run.row.counts.contains_key(LEADS_MADE) => "match",
        None if run.row.counts.contains_key(RECOVERED) => RECOVER,
        None if run.row.program.starts_with("0.1.") => IMPORT,
        None => UNKNOWN,
    }
}

/// The run that a person names: by [`LATEST`], its number or the beginning of its plan's digest.
///
/// # Errors
///
/// A usage error: no run has this name, or several do.
pub(crate) fn find(snapshot: &Snapshot, name: &str) -> Result<RunId> {
    named(&snapshot.all_runs()?, name)
}

fn named(runs: &[RecordedRun], name: &str) -> Result<RunId> {
    let name = name.trim();
    if name.eq_ignore_ascii_case(LATEST) {
        let is_import = |run: &&RecordedRun| command(run) == IMPORT && !run.row.sent_nothing();
        let is_recovered = runs.iter().any(|run| command(run) == RECOVER);
        return match runs.iter().rev().find(is_import) {
            Some(last) => Ok(last.row.id),
            None if is_recovered => Err(Error::usage(
                "the runs before the recovery are not known; without `--run`, `chatferry undo` concerns everything that \
                 chatferry created",
            )),
            None => Err(Error::usage(
                "no import is recorded; `chatferry import` makes the first one",
            )),
        };
    }
    let number = |run: &RecordedRun| run.row.id.number().to_string();
    if let Some(exact) = runs.iter().find(|run| number(run) == name) {
        return Ok(exact.row.id);
    }
    let is_meant = |run: &&RecordedRun| {
        let plan = run.facts.plan.as_ref().map(digest).unwrap_or_default();
        name.len() >= SHORTEST_DIGEST && plan.starts_with(&name.to_lowercase())
    };
    let mut meant = runs.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one.row.id),
        (Some(one), Some(other)) => Err(Error::usage(format!(
            "several runs are named \"{name}\", such as {} and {}; `chatferry runs` lists them",
            number(one),
            number(other)
        ))),
        (None, _) => Err(unknown(runs, name)),
    }
}

fn unknown(runs: &[RecordedRun], name: &str) -> Error {
    let numbers: Vec<String> = (runs.iter())
        .flat_map(|run| {
            let plan = run.facts.plan.as_ref().map(digest);
            std::iter::once(run.row.id.number().to_string()).chain(plan)
        })
        .chain([LATEST.to_owned()])
        .collect();
    let by_number = name.parse::<u32>().ok().and_then(|wanted| {
        let near = runs.iter().map(|run| run.row.id.number());
        near.min_by_key(|number| number.abs_diff(wanted))
    });
    let hint = match (by_number, nearest(name, numbers.iter().map(String::as_str))) {
        (Some(number), _) => format!("; the nearest is {number}"),
        (None, Some(near)) => format!("; did you mean {near}?"),
        (None, None) => String::new(),
    };
    Error::coded(
        super::Exit::Usage,
        "unknown_run",
        format!("no run is named \"{name}\"{hint}; `chatferry runs` lists them"),
    )
}

fn digest(hash: &[u8; 16]) -> String {
    data_encoding::HEXLOWER.encode(&hash[..8])
}

fn time(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}
