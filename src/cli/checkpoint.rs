//! `chatferry checkpoint`: the checkpoint by itself. Only `prune` changes it.

use std::path::Path;

use super::out::Out;
use super::terminal::{Terminal, require_terminal};
use super::{args, environment, signals};
use crate::app::{self, Exit, Observer as _, Question};
use crate::clock;
use crate::config::Overrides;
use crate::report;

pub(super) fn run(command: &args::Checkpoint, out: &mut Out) -> anyhow::Result<Exit> {
    match command {
        args::Checkpoint::Info(arguments) => info(arguments, out),
        args::Checkpoint::Check(arguments) => check(arguments, out),
        args::Checkpoint::Export(arguments) => export(arguments, out),
        args::Checkpoint::Prune(arguments) => prune(arguments, out),
    }
}

fn info(arguments: &args::CheckpointRead, out: &mut Out) -> anyhow::Result<Exit> {
    let (file, overrides) = environment::configuration(&arguments.configured);
    let info = app::checkpoint_info(&file, &overrides)?;
    environment::name_recorded_address(&file, &overrides, out)?;
    match arguments.json {
        true => out.json(&serde_json::to_string(&info)?)?,
        false => out.line(&report::checkpoint::info(&info))?,
    }
    Ok(Exit::Done)
}

fn check(arguments: &args::CheckpointRead, out: &mut Out) -> anyhow::Result<Exit> {
    let (file, overrides) = environment::configuration(&arguments.configured);
    let mut check = app::check_checkpoint(&file, &overrides)?;
    // A damaged checkpoint may not have it.
    environment::name_recorded_address(&file, &overrides, out).ok();
    for finding in &mut check.findings {
        finding.next = out.completed(&finding.next).into_owned();
    }
    match arguments.json {
        true => out.json(&serde_json::to_string(&check)?)?,
        false => out.line(&report::checkpoint::check(&check))?,
    }
    Ok(check.exit())
}

fn export(arguments: &args::CheckpointExport, out: &mut Out) -> anyhow::Result<Exit> {
    let (file, overrides) = environment::configuration(&arguments.configured);
    if let Some(place) = &arguments.to {
        return copy((&file, &overrides), place, arguments.json, out);
    }
    let target = arguments.out.as_deref();
    let exported = app::export_checkpoint(&file, &overrides, target, &mut |line| out.json(line))?;
    if let Some(file) = &exported.file {
        let rows = crate::quantity::count(exported.rows, "row");
        out.note(&format!("{rows} written to {file}"));
        out.note(report::checkpoint::AFTER_EXPORT);
    }
    if arguments.json {
        out.json(&serde_json::to_string(&exported)?)?;
    }
    Ok(Exit::Done)
}

/// Copies the checkpoint to another place.
fn copy(
    (file, overrides): (&Path, &Overrides),
    place: &str,
    json: bool,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let copied = app::copy_checkpoint(file, overrides, place, &clock::System::shared())?;
    let rows = crate::quantity::count(copied.rows, "row");
    out.note(&format!(
        "{rows} copied to {}, and each compared. Run nothing with the former one.",
        copied.to
    ));
    out.note(&format!(
        "Next: set `checkpoint` in {} to it, then `chatferry checkpoint check`",
        file.display()
    ));
    if json {
        out.json(&serde_json::to_string(&copied)?)?;
    }
    Ok(Exit::Done)
}

fn prune(arguments: &args::CheckpointPrune, out: &mut Out) -> anyhow::Result<Exit> {
    let (file, overrides) = environment::configuration(&arguments.configured);
    if !arguments.yes && !arguments.dry_run {
        require_terminal("remove history")?;
    }
    let kept = arguments.keep_runs;
    let mut is_declined = false;
    let mut result = app::prune_checkpoint(&file, &overrides, (kept, true))?;
    if !arguments.dry_run && result.rows() > 0 {
        out.note(&report::checkpoint::prune(&result));
        is_declined = !arguments.yes && !is_confirmed(result.rows(), out)?;
        if !is_declined {
            result = app::prune_checkpoint(&file, &overrides, (kept, false))?;
        }
    }
    let real = (arguments.dry_run || is_declined).then(|| out.typed(&["--dry-run"]));
    let next = report::checkpoint::after_prune(&result, real.as_deref());
    let text = match is_declined {
        true => format!("Nothing was changed.\n{next}"),
        false => format!("{}\n{next}", report::checkpoint::prune(&result)),
    };
    if arguments.json {
        out.note(&text);
        out.json(&serde_json::to_string(&result)?)?;
    } else {
        out.line(&text)?;
    }
    Ok(Exit::Done)
}

/// Asks whether to remove rows.
fn is_confirmed(rows: u64, out: &mut Out) -> anyhow::Result<bool> {
    let runtime = signals::runtime()?;
    let clock = clock::System::shared();
    let mut terminal = Terminal::new(out, &clock, false);
    let confirmed = runtime.block_on(terminal.confirm(&Question::Prune(rows)));
    signals::end(runtime);
    Ok(confirmed?)
}
