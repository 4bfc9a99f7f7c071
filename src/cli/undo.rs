//! `chatferry undo`: shows what would be deleted, asks for the organisation's name, and deletes exactly that.

use super::next_command::word;
use super::out::Out;
use super::terminal::{Terminal, named, require_terminal};
use super::{args, environment, exit, signals};
use crate::app::{self, Exit, UndoOrder, unless_stopped};
use crate::clock;
use crate::report;
use crate::report::undo::{Commands, UndoView};

pub(super) fn run(arguments: &args::Undo, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    out.hide_names();
    if !arguments.yes && !arguments.dry_run {
        require_terminal("undo")?;
    }
    let (settings, contacts) = environment::settings_and_contacts(configured)?;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&settings, key_file, &clock, out)?;
    let order = UndoOrder {
        run: arguments.run.as_deref(),
        selection: arguments.selection(),
        leads: arguments.leads,
        person: None,
    };
    let runtime = signals::runtime()?;
    let result = runtime.block_on(async {
        let stop = signals::listen();
        let mut terminal = Terminal::new(out, &clock, false);
        let tables = (&settings, &contacts);
        let prepared = app::prepare_undo(&order, tables, (&client, &clock), &mut terminal);
        let prepared = unless_stopped(&stop, prepared).await??;
        let (typed, deletes) = (out.typed(&[]), out.typed(&["--dry-run"]));
        let flags = arguments.flags(&word);
        let commands = match arguments.dry_run {
            true => Commands::Trial {
                typed: &typed,
                deletes: &deletes,
            },
            false => Commands::Run {
                typed: &typed,
                flags: &flags,
            },
        };
        let details = out.details();
        let view = UndoView::of(&prepared, report::undo::CHANGED);
        out.note_page(&report::undo::preview(&view, &commands, details));
        if arguments.dry_run || prepared.nothing().is_some() {
            return anyhow::Ok((prepared.numbers.clone(), prepared.exit(), None));
        }
        if !arguments.yes {
            let what = report::undo::question(&prepared);
            let asked = named(&what, prepared.organization(), out);
            if !unless_stopped(&stop, asked).await?? {
                out.note("That is not the name of the organisation; nothing was deleted.");
                return Ok((prepared.numbers.clone(), Exit::Usage, None));
            }
        }
        let mut terminal = Terminal::new(out, &clock, false);
        let outcome = app::carry_out_undo(prepared, &clock, stop, &mut terminal).await?;
        out.note(&report::undo::text(&outcome, &typed, details));
        Ok((outcome.numbers, outcome.exit, outcome.stopped))
    });
    signals::end(runtime);
    let (numbers, exit, stopped) = result?;
    if let Some(stopped) = stopped {
        exit::report(&stopped.into(), out);
    }
    if arguments.json {
        out.json(&serde_json::to_string(&numbers)?)?;
    }
    Ok(exit)
}
