//! `chatferry status`: where a migration stands, from the checkpoint and the two files alone. Reads
//! no archive, asks nobody, writes nothing.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::exit::Exit;
use super::out::Out;
use super::{args, connect, setup};
use crate::checkpoint::{Checkpoint, RunOutcome, RunRow, Standing};
use crate::report::count;
use crate::transform::contacts::{Contacts, ImportChoice, Role, Row};

/// The rows of contacts.csv, by what becomes of their chats.
#[derive(Debug, Default, serde::Serialize)]
struct Rows {
    /// Lead, contact and number are there.
    ready: u64,
    /// Something of them is missing.
    to_decide: u64,
    /// `import` is `no` or `private`, or never.txt names them.
    excluded: u64,
}

#[derive(Debug, serde::Serialize)]
struct Status {
    rows: Rows,
    chats_recorded: u64,
    in_close: u64,
    failed: u64,
    refused: u64,
    unknown: u64,
    removed: u64,
    last_run: Option<LastRun>,
    next: String,
}

#[derive(Debug, serde::Serialize)]
struct LastRun {
    started_at: String,
    ended: Option<String>,
    outcome: &'static str,
    created: u64,
}

pub(super) fn run(arguments: &args::Status, out: &mut Out) -> anyhow::Result<Exit> {
    let (settings, contacts) = setup::files(&arguments.configured)?;
    let names: Vec<&str> = settings.devices.iter().map(|d| d.name.as_str()).collect();
    let path = &settings.import.checkpoint;
    let organization = settings.close.organization_id.as_deref();
    let snapshot = Checkpoint::peek(path, organization, &settings.close.base_url)
        .map_err(|error| connect::checkpoint_error(&error))?;
    let (standing, last) = match &snapshot {
        Some(snapshot) => {
            let standing = snapshot
                .standing()
                .map_err(|error| connect::checkpoint_error(&error))?;
            let last = snapshot
                .last_run()
                .map_err(|error| connect::checkpoint_error(&error))?;
            (standing, last)
        }
        None => (Standing::default(), None),
    };
    let rows = rows(&contacts, &names);
    let status = Status {
        next: next(&rows, &standing, last.as_ref(), path),
        rows,
        chats_recorded: standing.chats,
        in_close: standing.done,
        failed: standing.failed,
        refused: standing.refused,
        unknown: standing.unknown,
        removed: standing.gone,
        last_run: last.as_ref().map(LastRun::of),
    };
    if arguments.json {
        out.json(&serde_json::to_string(&status)?)?;
        return Ok(Exit::Done);
    }
    say(&status, path, out)?;
    Ok(Exit::Done)
}

fn rows(contacts: &Contacts, devices: &[&str]) -> Rows {
    let mut rows = Rows::default();
    let is_excluded = |row: &Row, chat: &str| {
        let of = |device: &&&str| row.device.as_deref().is_none_or(|own| own == **device);
        matches!(row.import, Some(ImportChoice::No | ImportChoice::Private))
            || devices.iter().filter(of).any(|device| {
                let choice = contacts.choice(device, chat);
                matches!(choice, Some(ImportChoice::No | ImportChoice::Private))
            })
    };
    for row in contacts
        .rows()
        .iter()
        .filter(|row| row.role == Role::Contact)
    {
        let Some(chat) = row.chat.key() else { continue };
        let is_whole = row.lead_id.is_some()
            && row.contact_id.is_some()
            && (row.phone.is_some() || crate::transform::phone::Phone::parse(chat).is_some());
        if is_excluded(row, chat) {
            rows.excluded += 1;
        } else if is_whole {
            rows.ready += 1;
        } else {
            rows.to_decide += 1;
        }
    }
    rows
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
        }
    }
}

fn time(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}

/// The one thing to do next.
fn next(rows: &Rows, standing: &Standing, last: Option<&RunRow>, checkpoint: &Path) -> String {
    let outcome = last.map(|run| run.ended.map(|(_, outcome)| outcome));
    match outcome {
        None if rows.ready == 0 => {
            "fill in contacts.csv (`chatferry match` does what it can), then `chatferry plan`"
                .to_owned()
        }
        None => "`chatferry plan`, and then `chatferry import`".to_owned(),
        Some(None | Some(RunOutcome::Stopped | RunOutcome::Aborted)) => {
            "the last run did not get to its end: `chatferry import` goes on".to_owned()
        }
        Some(Some(_)) if standing.unknown > 0 => {
            "`chatferry import`, which asks what became of the messages whose outcome is unknown"
                .to_owned()
        }
        Some(Some(_)) if standing.failed + standing.refused > 0 => format!(
            "mend what {} tells, then `chatferry import --retry-failed`",
            super::failures::beside(checkpoint).display()
        ),
        Some(Some(_))
            if last.is_some_and(|run| run.counts.get("not_selected").is_some_and(|n| *n > 0)) =>
        {
            "the last run took a part of what there is: `chatferry import` takes the rest"
                .to_owned()
        }
        Some(Some(_)) if rows.to_decide > 0 => {
            "decide about the rest of contacts.csv, then `chatferry import`".to_owned()
        }
        Some(Some(_)) => {
            "nothing; `chatferry import` again when there are newer exports".to_owned()
        }
    }
}

fn say(status: &Status, path: &Path, out: &mut Out) -> anyhow::Result<()> {
    let Rows {
        ready,
        to_decide,
        excluded,
    } = status.rows;
    out.line(&format!(
        "Rows of contacts.csv  {ready} ready, {to_decide} to decide, {excluded} excluded"
    ))?;
    out.line(&format!(
        "In Close              {} of {} ({})",
        count(status.in_close, "message"),
        count(status.chats_recorded, "chat"),
        path.display()
    ))?;
    let open = [
        (status.failed, "failed"),
        (status.refused, "not as they should be"),
        (status.unknown, "whose outcome is unknown"),
        (status.removed, "removed in Close since"),
    ];
    let open: Vec<String> = (open.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !open.is_empty() {
        out.line(&format!("Open                  {}", open.join(", ")))?;
    }
    let last = match &status.last_run {
        None => "none yet".to_owned(),
        Some(run) => format!(
            "{} to {}, {}, {} created",
            run.started_at,
            run.ended.as_deref().unwrap_or("?"),
            run.outcome,
            run.created
        ),
    };
    out.line(&format!("Last run              {last}"))?;
    out.line(&format!("Next                  {}", status.next))?;
    Ok(())
}
