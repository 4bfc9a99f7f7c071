//! `chatferry match`: fills in contacts.csv from Close.

use super::out::Out;
use super::terminal::{Terminal, require_terminal};
use super::{args, environment, exit, signals};
use crate::app::{self, Book, Exit, LeadOrder, Lookup, LookupNumbers, LookupResult};
use crate::clock;
use crate::quantity::count;

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
    if arguments.create_missing && !arguments.dry_run && !arguments.yes {
        require_terminal("create leads")?;
    }
    let runtime = signals::runtime()?;
    let result = runtime.block_on(async {
        let lookup = Lookup {
            client: &client,
            settings: &settings,
            contacts: &contacts,
            book: &book,
            clock: &clock,
            dry_run: arguments.dry_run,
            leads: arguments.create_missing.then(|| LeadOrder {
                dry_run: arguments.dry_run,
                yes: arguments.yes,
                stop: signals::listen(),
            }),
        };
        app::look_up(&lookup, &mut terminal).await
    });
    signals::end(runtime);
    let result = result?;
    if result.not_written.is_none() {
        print(
            arguments,
            &result,
            &settings.import.contacts.display().to_string(),
            out,
        )?;
    }
    if result.marked > 0 {
        out.note(&format!(
            "{} marked `create` and not in Close: `chatferry match --create-missing` creates their leads",
            count(result.marked, "row"),
        ));
    }
    end(arguments, result, out)
}

/// Reports why it stopped or could not write, and returns the exit status.
fn end(arguments: &args::Match, result: LookupResult, out: &mut Out) -> anyhow::Result<Exit> {
    // The reason of the stop comes first: the same command resumes, and fills in what is missing.
    let errors = result.stopped.into_iter().chain(result.not_written);
    let mut errors = errors.chain(result.not_finished);
    let status = match errors.next() {
        None => match result.numbers.failed {
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

/// Prints the changed rows, the totals, and what is left to do.
fn print(
    arguments: &args::Match,
    result: &LookupResult,
    table: &str,
    out: &mut Out,
) -> anyhow::Result<()> {
    for row in &result.rows {
        let (line, name) = (row.line, &row.name);
        out.line(&format!(
            "{table}:{line}: {name}: {}",
            row.values.join(", ")
        ))?;
    }
    out.flush()?;
    numbers(&result.numbers, arguments.dry_run, out);
    if let Some(candidates) = &result.candidates {
        out.note(&format!(
            "{} lists the candidates; copy the ids of the right one into {table}",
            candidates.display()
        ));
    }
    if result.numbers.not_found > 0 {
        out.note("For contacts that are not found, correct `phone`, or create the lead and contact in Close, and run it again; or set `import` to `create`, and `chatferry match --create-missing` creates both.");
    }
    if result.numbers.open > 0 {
        out.note(&format!(
            "{} of owners and groups to fill in by hand: the owner's `user_id`, and a group's lead and contact",
            count(result.numbers.open, "row")
        ));
    }
    Ok(())
}

fn numbers(numbers: &LookupNumbers, dry_run: bool, out: &mut Out) {
    let LookupNumbers {
        filled,
        phones,
        questions,
        not_found,
        open: _,
        complete,
        left_out,
        created,
        failed,
    } = numbers;
    let (filled_in, made) = match dry_run {
        true => ("would be filled in", "would be created"),
        false => ("filled in", "made"),
    };
    out.note(&format!(
        "{} {filled_in}, {phones} with a number of the address book, {complete} filled in before, {questions} to decide, {not_found} not found in Close, {left_out} not looked up",
        count(*filled, "row"),
    ));
    if *created > 0 || *failed > 0 {
        out.note(&format!(
            "{} {made}, {} whose lead could not be created",
            count(*created, "lead"),
            count(*failed, "row"),
        ));
    }
}
