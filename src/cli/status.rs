//! `chatferry status`: shows the progress of a migration.

use std::path::Path;

use super::out::Out;
use super::{args, environment};
use crate::app::{self, Chats, Exit, Status};
use crate::quantity::count;

pub(super) fn run(arguments: &args::Status, out: &mut Out) -> anyhow::Result<Exit> {
    let (settings, contacts) = environment::settings_and_contacts(&arguments.configured)?;
    let status = app::status(&settings, &contacts)?;
    match arguments.json {
        true => out.json(&serde_json::to_string(&status)?)?,
        false => print(&status, &settings.import.checkpoint, out)?,
    }
    Ok(Exit::Done)
}

fn print(status: &Status, path: &Path, out: &mut Out) -> anyhow::Result<()> {
    let Chats {
        ready,
        held,
        waiting,
        to_decide,
        excluded,
        private,
        done,
    } = status.chats;
    let waiting = match waiting {
        0 => String::new(),
        waiting => format!("; {waiting} of the ready ones not started"),
    };
    let held = match held {
        0 => String::new(),
        held => format!(", {held} held"),
    };
    out.line(&format!(
        "Chats                 {ready} ready{held}, {to_decide} to decide, {excluded} excluded, {private} private, {done} done{waiting}"
    ))?;
    out.line(&format!(
        "In Close              {} of {} ({})",
        count(status.in_close, "message"),
        count(status.chats_recorded, "chat"),
        path.display()
    ))?;
    let open = [
        (status.failed, "failed"),
        (status.refused, "with a rejected update"),
        (status.unknown, "whose outcome is unknown"),
        (status.removed, "removed in Close"),
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
            "{} to {}, {}, {} created{}",
            run.started_at,
            run.ended.as_deref().unwrap_or("?"),
            run.outcome,
            run.created,
            match run.held {
                0 => String::new(),
                held => format!(", {held} held"),
            }
        ),
    };
    out.line(&format!("Last run              {last}"))?;
    out.line(&format!("Next                  {}", status.next))?;
    Ok(())
}
