//! `chatferry doctor`: checks what an import needs.

use super::out::Out;
use super::terminal::{FindingFormat, Terminal};
use super::{args, environment, exit, signals};
use crate::app::{self, Exit};
use crate::clock;
use crate::report;

pub(super) fn run(arguments: &args::Doctor, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    let (mut migration, unopened) = environment::migration_or_empty(configured, &clock, out)?;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client_for_checks(&migration.settings, key_file, &clock, out);
    let format = match arguments.json {
        true => FindingFormat::Json,
        false => FindingFormat::Text,
    };
    let mut terminal = Terminal::new(out, &clock, false).with_findings(format);
    migration.report_failures(&mut terminal);
    let runtime = signals::runtime()?;
    let result = runtime.block_on(app::check(&mut migration, unopened, client, &mut terminal));
    signals::end(runtime);
    let checkup = result?;
    let status = checkup.exit();
    if !arguments.json {
        out.line(&report::doctor::ending(&checkup.findings, checkup.progress))?;
    } else if let Some(stopped) = checkup.stopped {
        exit::report_json(&stopped.into(), out);
    }
    Ok(status)
}
