//! `chatferry runs`: lists the runs of the checkpoint.

use super::out::Out;
use super::{args, environment};
use crate::app::{self, Exit};
use crate::report;

pub(super) fn run(arguments: &args::Runs, out: &mut Out) -> anyhow::Result<Exit> {
    let (file, overrides) = environment::configuration(&arguments.configured);
    let runs = app::runs(&file, &overrides)?;
    environment::name_recorded_address(&file, &overrides, out)?;
    if arguments.json {
        for run in &runs {
            out.json(&serde_json::to_string(run)?)?;
        }
        return Ok(Exit::Done);
    }
    let absence = match runs.is_empty() {
        true => app::absence_of_checkpoint(&file, &overrides)?,
        false => None,
    };
    match absence {
        Some(absence) => out.line(&absence)?,
        None => out.page(&report::runs::page(&runs, out.details()))?,
    }
    Ok(Exit::Done)
}
