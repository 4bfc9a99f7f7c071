//! `chatferry report`: writes the report of a migration, or of one conversation. Sends no request.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::environment;
use super::out::Out;
use super::terminal::Terminal;
use super::{args, signals};
use crate::app::{self, Error, Exit, Migration, ReportOrder};
use crate::clock;
use crate::quantity::count;
use crate::report::html;

/// The file that is written by default, and that of one conversation, which must not replace it.
const DEFAULT: &str = "chatferry-report.html";
const CONVERSATION: &str = "chatferry-conversation.html";

pub(super) fn run(arguments: &args::Report, out: &mut Out) -> anyhow::Result<Exit> {
    let clock = clock::System::shared();
    let mut migration = environment::migration(&arguments.configured, &clock, out)?;
    let file = match (&arguments.out, &arguments.csv) {
        (Some(file), _) => Some(file.clone()),
        (None, Some(_)) => None,
        (None, None) if arguments.selected.selection().chat.is_some() => {
            Some(PathBuf::from(CONVERSATION))
        }
        (None, None) => Some(PathBuf::from(DEFAULT)),
    };
    if file.is_some() && file == arguments.csv {
        return Err(app::Error::usage("--out and --csv name one file; choose two names").into());
    }
    if let Some(file) = &file {
        app::check_report_target(file, &migration)?;
    }
    if let Some(file) = &arguments.csv {
        app::check_report_table_target(file, &migration)?;
    }
    let order = ReportOrder {
        selection: arguments.selected.selection(),
        seed: arguments.seed,
        now: clock.now(),
    };
    let mut terminal = Terminal::new(out, &clock, false);
    migration.report_failures(&mut terminal);
    match (&arguments.selected.chat, &file) {
        (Some(_), Some(file)) => conversation(&mut migration, &order, file, out),
        _ => whole(
            &mut migration,
            &order,
            (file.as_deref(), arguments.csv.as_deref()),
            out,
        ),
    }
}

fn whole(
    migration: &mut Migration,
    order: &ReportOrder,
    (file, table): (Option<&Path>, Option<&Path>),
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let clock = clock::System::shared();
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, false);
    let made = runtime.block_on(app::migration_report(migration, order, &mut terminal));
    signals::end(runtime);
    let report = made?;
    if let Some(table) = table {
        let bytes = app::report_table(&report)?;
        write(table, |to| to.write_all(&bytes))?;
    }
    if let Some(file) = file {
        write(file, |to| html::write_migration(&report, to))?;
    }
    out.line(&html::verdict(&report))?;
    for (file, what) in [
        (table, "the table of chats, with names"),
        (file, "the report, with names and first words of messages"),
    ] {
        if let Some(file) = file {
            out.line(&format!("{}: {what}", file.display()))?;
        }
    }
    out.line(match file {
        Some(_) => {
            "Next: open the report in a browser, and compare its messages to check with the phone"
        }
        None => "Next: `chatferry report` writes the report for people",
    })?;
    Ok(report.exit)
}

fn conversation(
    migration: &mut Migration,
    order: &ReportOrder,
    file: &Path,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let clock = clock::System::shared();
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, false);
    let made = runtime.block_on(app::conversation(migration, order, &mut terminal));
    signals::end(runtime);
    let conversation = made?;
    write(file, |to| html::write_conversation(&conversation, to))?;
    let omitted = conversation.entries.len() as u64 - conversation.bubbles();
    out.line(&format!(
        "{}: the conversation, with texts: {}, {omitted} omitted with the reason",
        file.display(),
        count(conversation.bubbles(), "message"),
    ))?;
    out.line("Next: open it in a browser, next to the chat on the phone")?;
    Ok(conversation.exit)
}

fn write(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> app::Result<()> {
    app::atomic_write::stream(file, write)
        .map_err(|error| Error::usage(format!("{}: cannot be written: {error}", file.display())))
}
