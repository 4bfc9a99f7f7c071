//! `chatferry forget`: erases one person, and prints a receipt.

use super::out::Out;
use super::terminal::{Terminal, named, require_terminal};
use super::{args, environment, exit, signals};
use crate::app::{self, Error, Exit, Notice, Person, Receipt, UndoOrder, unless_stopped};
use crate::clock;
use crate::phone::Phone;
use crate::plan::Selection;
use crate::report;

pub(super) fn run(arguments: &args::Forget, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    out.hide_names();
    let Some(number) = Phone::parse(&arguments.phone) else {
        let text = "--phone needs a number in international form, such as +4915112345678";
        return Err(Error::usage(text.to_owned()).into());
    };
    if !arguments.yes && !arguments.dry_run {
        require_terminal("forget")?;
    }
    let (mut migration, missing) = environment::migration_or_empty(configured, &clock, out)?;
    if let Some(missing) = missing {
        out.notice(&Notice::NoArchives(missing.message));
    }
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let mut terminal = Terminal::new(out, &clock, false);
    let mut held = app::held_by_archives(&mut migration, &number, &mut terminal)?;
    let person = Person::new(number.clone(), std::mem::take(&mut held.ids));
    let runtime = signals::runtime()?;
    let result = runtime.block_on(async {
        let stop = signals::listen();
        let order = UndoOrder {
            run: None,
            selection: Selection::default(),
            leads: false,
            person: Some(&person),
        };
        let tables = (&migration.settings, &migration.contacts);
        let mut terminal = Terminal::new(out, &clock, false);
        let prepared = app::prepare_undo(&order, tables, (&client, &clock), &mut terminal);
        let prepared = unless_stopped(&stop, prepared).await??;
        let mut receipt = Receipt::new(&prepared, held, (&migration.contacts, &number));
        out.note(&report::forget::preview(&prepared));
        if arguments.dry_run || prepared.nothing().is_some() {
            return anyhow::Ok((receipt, prepared.exit(), None));
        }
        if !arguments.yes {
            let what = report::undo::question(&prepared);
            let asked = named(&what, prepared.organization(), out);
            if !unless_stopped(&stop, asked).await?? {
                out.notice(&Notice::Declined);
                return Ok((receipt, Exit::Done, None));
            }
        }
        let mut terminal = Terminal::new(out, &clock, false);
        let outcome = app::carry_out_undo(prepared, &clock, stop, &mut terminal).await?;
        receipt.add(&outcome);
        out.note(&report::forget::text(&outcome));
        Ok((receipt, outcome.exit, outcome.stopped))
    });
    signals::end(runtime);
    let (receipt, exit, stopped) = result?;
    if let Some(stopped) = stopped {
        exit::report(&stopped.into(), out);
    }
    if !receipt.in_never_txt {
        out.note(report::forget::ADD);
        out.line(number.e164())?;
    }
    match arguments.json {
        true => out.json(&serde_json::to_string(&receipt)?)?,
        false => out.line(&report::forget::receipt(&receipt))?,
    }
    Ok(receipt.exit(exit))
}
