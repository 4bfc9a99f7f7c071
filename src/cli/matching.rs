//! `chatferry match`: fills in contacts.csv from Close.

use super::out::Out;
use super::terminal::{Terminal, require_terminal};
use super::{args, environment, exit, signals};
use crate::app::{self, Book, Exit, Lookup, LookupResult, WriteOrder};
use crate::clock;
use crate::report;

pub(super) fn run(arguments: &args::Match, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let (settings, contacts) = environment::settings_and_contacts(configured)?;
    for warning in contacts.warnings() {
        out.warn(&warning.to_string());
    }
    let clock = clock::System::shared();
    let client = environment::client(&settings, configured.api_key_file.as_deref(), &clock, out)?;
    let mut terminal = Terminal::new(out, &clock, false);
    let device = arguments.device.as_deref();
    let book = Book::read(&arguments.address_book, device, &settings, &mut terminal)?;
    if !arguments.dry_run && !arguments.yes {
        match (arguments.create_missing, arguments.add_numbers) {
            (true, _) => require_terminal("create leads")?,
            (false, true) => require_terminal("add numbers")?,
            (false, false) => {}
        }
    }
    let runtime = signals::runtime()?;
    let result = runtime.block_on(async {
        let writes = arguments.create_missing || arguments.add_numbers;
        let order = writes.then(|| WriteOrder {
            dry_run: arguments.dry_run,
            yes: arguments.yes,
            stop: signals::listen(),
        });
        let lookup = Lookup {
            client: &client,
            settings: &settings,
            contacts: &contacts,
            book: &book,
            clock: &clock,
            dry_run: arguments.dry_run,
            leads: order.clone().filter(|_| arguments.create_missing),
            numbers: order.filter(|_| arguments.add_numbers),
        };
        app::look_up(&lookup, &mut terminal).await
    });
    signals::end(runtime);
    let result = result?;
    let table = settings.import.contacts.display().to_string();
    let page = report::lookup::page(&result, &table, out.details());
    match arguments.json {
        _ if page.is_empty() => {}
        // With --json the object is the only line on stdout.
        true => out.note_page(&page),
        false => out.page(&page)?,
    }
    out.flush()?;
    for note in report::lookup::notes(&result, &table, arguments.dry_run) {
        out.note(&note);
    }
    let real = (arguments.dry_run).then(|| out.typed(&["--dry-run"]));
    let is_ended = result.stopped.is_none() && result.not_written.is_none();
    let next = report::lookup::next(&result, &table, real.as_deref());
    let exit = end(arguments, result, out)?;
    if is_ended {
        out.note(&format!("Next: {next}"));
    }
    Ok(exit)
}

/// Reports why it stopped or could not write, and returns the exit status.
fn end(arguments: &args::Match, result: LookupResult, out: &mut Out) -> anyhow::Result<Exit> {
    // The reason of the stop comes first: the same command resumes, and fills in what is missing.
    let errors = result.stopped.into_iter().chain(result.not_written);
    let mut errors = errors.chain(result.not_finished);
    let status = match errors.next() {
        None => match result.numbers.failed + result.numbers.not_added {
            0 => Exit::Done,
            _ => Exit::Partial,
        },
        Some(stopped) => {
            if let Some(also) = errors.next() {
                out.error(&also.to_string());
            }
            if !arguments.json {
                return Err(stopped.into());
            }
            exit::report(&stopped.into(), out)
        }
    };
    if arguments.json {
        out.json(&serde_json::to_string(&result.numbers)?)?;
    }
    Ok(status)
}
