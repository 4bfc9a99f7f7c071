//! `chatferry status`: shows the progress of a migration.

use super::out::Out;
use super::{args, environment, keys, signals};
use crate::app::{self, Exit};
use crate::config::Overrides;
use crate::report;

pub(super) fn run(arguments: &args::Status, out: &mut Out) -> anyhow::Result<Exit> {
    let (file, overrides) = environment::configuration(&arguments.configured);
    let overrides = Overrides {
        sends_nothing: true,
        ..overrides
    };
    let runtime = signals::runtime()?;
    let keys = keys::terminal();
    let result = runtime.block_on(app::status(&file, &overrides, &keys));
    signals::end(runtime);
    let status = result?;
    environment::name_recorded_address(&file, &overrides, out)?;
    match arguments.json {
        true => out.json(&serde_json::to_string(&status)?)?,
        false => out.line(&report::status::text(&status))?,
    }
    Ok(Exit::Done)
}
