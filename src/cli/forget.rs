//! `chatferry forget`: erases one person, and prints a receipt.

use super::out::Out;
use super::terminal::{Terminal, named, require_terminal};
use super::{args, environment, exit, keys, signals};
use crate::app::{
    self, Error, Exit, HeldByArchives, Migration, Notice, Person, Receipt, Unattended, UndoOrder,
    unless_stopped,
};
use crate::clock::{self, SharedClock};
use crate::phone::Phone;
use crate::plan::Selection;
use crate::report;

/// The number of the person.
fn number(arguments: &args::Forget) -> Result<Phone, Error> {
    let text = "--phone needs a number in international form, such as +4915112345678";
    Phone::parse(&arguments.phone).ok_or_else(|| Error::usage(text.to_owned()))
}

pub(super) fn run(arguments: &args::Forget, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    out.hide_names();
    let number = number(arguments)?;
    if !arguments.yes && !arguments.dry_run {
        require_terminal("forget")?;
    }
    let (mut migration, missing) = environment::migration_or_empty(configured, &clock, out)?;
    let missing = missing.map(|missing| Notice::NoArchives(missing.message));
    missing.iter().for_each(|notice| out.notice(notice));
    app::refuse_own_number(&migration, &number)?;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let mut held = held_by_archives(configured, &mut migration, (&number, &clock), out)?;
    let rewrites = std::mem::take(&mut held.rewrites);
    let ids = (
        std::mem::take(&mut held.ids),
        std::mem::take(&mut held.ids_of_others),
    );
    let person = Person::new(number.clone(), ids);
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
        let quoting = app::find_quoting(&rewrites, &migration.settings, &client);
        let quoting = unless_stopped(&stop, quoting).await??;
        let preview = report::forget::preview(&prepared, quoting.len(), out.details());
        out.note(&preview);
        let is_nothing = prepared.nothing().is_some() && quoting.is_empty();
        if arguments.dry_run || is_nothing {
            return anyhow::Ok(Some((receipt, prepared.exit(), None, false)));
        }
        if !arguments.yes {
            let what = report::undo::question(&prepared);
            let asked = named(&what, prepared.organization(), out);
            if !unless_stopped(&stop, asked).await?? {
                out.notice(&Notice::Declined);
                return Ok(None);
            }
        }
        let mut terminal = Terminal::new(out, &clock, false);
        let outcome = app::carry_out_undo(prepared, &clock, stop.clone(), &mut terminal).await?;
        receipt.add(&outcome);
        if outcome.stopped.is_none() {
            let rewritten = app::rewrite(&quoting, &client);
            let rejected = unless_stopped(&stop, rewritten).await??;
            receipt.add_rewritten(&quoting, rejected);
        }
        out.note(&report::forget::text(&outcome, out.details()));
        let is_left = report::forget::is_left(&outcome);
        Ok(Some((receipt, outcome.exit, outcome.stopped, is_left)))
    });
    signals::end(runtime);
    // Declined: nothing changed, and there is nothing to prove.
    let Some((receipt, exit, stopped, is_left)) = result? else {
        return Ok(Exit::Done);
    };
    if let Some(stopped) = stopped {
        exit::report(&stopped.into(), out);
    }
    // With --json the object is the only line on stdout, and says so itself.
    if !receipt.in_never_txt && !arguments.json {
        out.note(report::forget::ADD);
        out.line(number.e164())?;
    }
    let next = report::forget::next(
        &receipt,
        &out.typed(&["--dry-run"]),
        (arguments.dry_run, is_left),
    );
    print(&receipt, arguments.json, &next, out)?;
    Ok(receipt.exit(exit))
}

/// What the archives hold of the person.
fn held_by_archives(
    configured: &args::Configured,
    migration: &mut Migration,
    (number, clock): (&Phone, &SharedClock),
    out: &mut Out,
) -> anyhow::Result<HeldByArchives> {
    let mut terminal = Terminal::new(out, clock, false);
    let (file, overrides) = environment::configuration(configured);
    let mut unattended = Unattended::default();
    let again = Migration::open_or_empty(&file, &overrides, &keys::terminal(), &mut unattended)?;
    Ok(app::held_by_archives(
        (migration, again.0),
        number,
        &mut terminal,
    )?)
}

/// Prints the receipt and the next step.
fn print(receipt: &Receipt, is_json: bool, next: &str, out: &mut Out) -> anyhow::Result<()> {
    match is_json {
        true => out.json(&serde_json::to_string(receipt)?)?,
        false => out.line(&report::forget::receipt(receipt))?,
    }
    out.flush()?;
    out.note(&format!("Next: {next}"));
    Ok(())
}
