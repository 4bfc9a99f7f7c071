//! The progress of a migration, from the checkpoint, the configuration and the tables only. Reads no
//! archive, sends no request, writes nothing.

mod chats;
mod next;

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};

pub(crate) use chats::Chats;

use super::error::Result;
use crate::checkpoint::{Checkpoint, RunRow, Standing};
use crate::people::contacts::Contacts;
use crate::settings::Settings;

/// The progress of a migration.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Status {
    /// The chats of contacts.csv.
    pub chats: Chats,
    /// The chats of the checkpoint.
    pub chats_recorded: u64,
    /// Messages in Close.
    pub in_close: u64,
    /// Messages whose creation Close rejected.
    pub failed: u64,
    /// Messages whose update Close rejected.
    pub refused: u64,
    /// Messages whose request has no known outcome.
    pub unknown: u64,
    /// Messages that were removed in Close.
    pub removed: u64,
    /// The last run.
    pub last_run: Option<LastRun>,
    /// What to do next.
    pub next: String,
    /// The path of the checkpoint; in the text only.
    #[serde(skip)]
    pub checkpoint: PathBuf,
}

/// A run.
#[derive(Debug, serde::Serialize)]
pub(crate) struct LastRun {
    /// Its start, RFC 3339.
    pub started_at: String,
    /// Its end; `None` if it was interrupted.
    pub ended: Option<String>,
    /// How it ended.
    pub outcome: &'static str,
    /// Messages that it created.
    pub created: u64,
    /// Messages that it held.
    pub held: u64,
}

/// Reads where a migration is.
///
/// # Errors
///
/// A checkpoint that cannot be read.
pub(crate) fn status(settings: &Settings, contacts: &Contacts) -> Result<Status> {
    let path = &settings.import.checkpoint;
    let organization = settings.close.organization_id.as_deref();
    let snapshot = Checkpoint::peek(path, organization, &settings.close.base_url)?;
    let (standing, last) = match &snapshot {
        Some(snapshot) => (snapshot.standing()?, snapshot.last_run()?),
        None => (Standing::default(), None),
    };
    let mut chats = chats::count(settings, contacts, snapshot.as_ref(), standing.chats)?;
    if let Some(last) = &last {
        chats.hold(last);
    }
    Ok(Status {
        next: next::step(&chats, &standing, last.as_ref(), path),
        chats,
        chats_recorded: standing.chats,
        in_close: standing.done,
        failed: standing.failed,
        refused: standing.refused,
        unknown: standing.unknown,
        removed: standing.gone,
        last_run: last.as_ref().map(LastRun::of),
        checkpoint: path.clone(),
    })
}

impl LastRun {
    fn of(row: &RunRow) -> LastRun {
        LastRun {
            started_at: time(row.started_at),
            ended: row.ended.map(|(at, _)| time(at)),
            outcome: row
                .ended
                .map_or("broken off", |(_, outcome)| outcome.as_str()),
            created: row.counts.get("created").copied().unwrap_or(0),
            held: row.counts.get("held").copied().unwrap_or(0),
        }
    }
}

fn time(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}
