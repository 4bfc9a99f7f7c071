//! `chatferry verify`: compares Close with the plan and the checkpoint, message by message, and with `--repair` corrects
//! what differs. Without it, nothing is written but the output.

use super::environment;
use super::out::Out;
use super::terminal::{Terminal, require_terminal};
use super::{args, signals};
use crate::app::{self, Exit, FilesToRead, RepairOrder, VerifyOrder};
use crate::clock;
use crate::execute::Stop;
use crate::report;
use crate::report::verify::{Commands, RepairSummary, VerifyView};

pub(super) fn run(arguments: &args::Verify, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    if arguments.repair && !arguments.yes && !arguments.dry_run {
        require_terminal("repair")?;
    }
    let clock = clock::System::shared();
    let (mut migration, unopened) = environment::migration_or_empty(configured, &clock, out)?;
    if let Some(file) = &arguments.out {
        app::check_table_target(file, &migration)?;
    }
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let order = VerifyOrder {
        selection: arguments.selected.selection(),
        files: match (arguments.files, arguments.files_sample) {
            (true, _) => FilesToRead::All,
            (false, Some(percent)) => FilesToRead::Sample(percent),
            (false, None) => FilesToRead::None,
        },
        out: arguments.out.as_deref(),
        show_content: arguments.show_content,
    };
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, false);
    let exit = match arguments.repair {
        true => {
            let result = runtime.block_on(async {
                let repair = repair_order(arguments, signals::listen());
                let orders = (&order, &repair);
                let close = (&client, &clock);
                app::repair(&mut migration, unopened, orders, close, &mut terminal).await
            });
            signals::end(runtime);
            let repaired = result?;
            let mut view = VerifyView::of(&repaired.verification);
            view.summary.repair = RepairSummary::of(&repaired);
            let done = report::verify::result_text(&repaired);
            if !done.is_empty() {
                out.note(&done);
            }
            print(&view, arguments, out)?;
            repaired.exit
        }
        false => {
            let close = (&client, &clock);
            let verified = app::verify(&mut migration, unopened, &order, close, &mut terminal);
            let result = runtime.block_on(verified);
            signals::end(runtime);
            let result = result?;
            print(&VerifyView::of(&result), arguments, out)?;
            result.exit
        }
    };
    Ok(exit)
}

fn repair_order(arguments: &args::Verify, stop: Stop) -> RepairOrder<'_> {
    RepairOrder {
        from: arguments.from.as_deref(),
        yes: arguments.yes,
        dry_run: arguments.dry_run,
        allow_deletes: Some(arguments.allow_deletes),
        gone: arguments.gone.map(Into::into),
        stop,
    }
}

/// Prints the comparison. Names are in it only at a terminal, or with `--show-content`.
fn print(view: &VerifyView, arguments: &args::Verify, out: &mut Out) -> anyhow::Result<()> {
    let commands = Commands {
        typed: out.typed(&[]),
        real: out.typed(&["--dry-run"]),
        allowed_deletes: arguments.allow_deletes,
    };
    let page = report::verify::page(view, &commands, out.details());
    if let Some(file) = &arguments.out {
        out.note(&format!("{}: the table of findings", file.display()));
    }
    if arguments.json {
        out.note_page(&page);
        out.json(&serde_json::to_string(&view.summary)?)?;
        return Ok(());
    }
    Ok(out.kept_page(&page)?)
}
