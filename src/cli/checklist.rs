//! `chatferry checklist`: the chats that the owner of a phone should export, as a table.

use std::io::Write as _;

use super::out::Out;
use super::terminal::Terminal;
use super::{args, environment, signals};
use crate::app::{self, Book, Exit};
use crate::clock;
use crate::policy::RunFlags;
use crate::report;

pub(super) fn run(arguments: &args::Checklist, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    let mut migration = environment::migration(configured, &clock, out)?;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let device = arguments.device.as_deref();
    let mut terminal = Terminal::new(out, &clock, false);
    let settings = &migration.settings;
    let book = Book::read(&arguments.address_book, device, settings, &mut terminal)?;
    migration.report_failures(&mut terminal);
    let policy = migration.policy(RunFlags::default());
    let desired = migration.desired(&policy, &mut terminal)?.desired;
    let runtime = signals::runtime()?;
    let lines = app::checklist(&migration, &desired, &book, &client, clock.now());
    let result = runtime.block_on(lines);
    signals::end(runtime);
    let lines = result?;
    out.data().write_all(&report::checklist::csv(&lines)?)?;
    out.flush()?;
    out.note(&report::checklist::totals(&lines));
    out.note(&format!("Next: {}", report::checklist::next(&lines)));
    Ok(Exit::Done)
}
