//! `chatferry status`: shows the progress of a migration.

use super::out::Out;
use super::{args, environment};
use crate::app::{self, Exit};
use crate::report;

pub(super) fn run(arguments: &args::Status, out: &mut Out) -> anyhow::Result<Exit> {
    let (settings, contacts) = environment::settings_and_contacts(&arguments.configured)?;
    let status = app::status(&settings, &contacts)?;
    match arguments.json {
        true => out.json(&serde_json::to_string(&status)?)?,
        false => out.line(&report::status::text(&status))?,
    }
    Ok(Exit::Done)
}
