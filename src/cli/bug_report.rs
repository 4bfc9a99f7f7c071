//! `chatferry bug-report`: information for the maintainers, without names and numbers.

use super::out::Out;
use super::{args, environment, keys, signals};
use crate::app::{self, Exit, Migration, Unattended};
use crate::clock;
use crate::native::Keys;
use crate::report;

pub(super) fn run(configured: &args::Configured, out: &mut Out) -> anyhow::Result<Exit> {
    let clock = clock::System::shared();
    out.hide_names();
    let (file, overrides) = environment::configuration(configured);
    // Notices contain names and paths, and are not printed.
    let mut unattended = Unattended::default();
    let keys = keys::terminal();
    let mut migration = Migration::open(&file, &overrides, &keys, &mut unattended)?;
    let key_file = configured.api_key_file.as_deref();
    // Without a key the report has no findings about Close.
    let client = environment::client(&migration.settings, key_file, &clock, out).ok();
    let runtime = signals::runtime()?;
    let opened_with = (&overrides, &keys as &dyn Keys);
    let report = app::bug_report(
        &mut migration,
        opened_with,
        client.as_ref(),
        &mut unattended,
    );
    let result = runtime.block_on(report);
    signals::end(runtime);
    out.json(&report::bug_report::json(&result?)?)?;
    out.note(report::bug_report::NOTE);
    Ok(Exit::Done)
}
