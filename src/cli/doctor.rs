//! `chatferry doctor`: checks what an import needs.

use super::out::Out;
use super::terminal::Terminal;
use super::{args, environment, signals};
use crate::app::{self, Exit};
use crate::clock;
use crate::report;

pub(super) fn run(arguments: &args::Doctor, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    let mut migration = environment::migration(configured, &clock, out)?;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let mut terminal = Terminal::new(out, &clock, false);
    migration.report_failures(&mut terminal);
    let runtime = signals::runtime()?;
    let result = runtime.block_on(app::check(&mut migration, &client, &mut terminal));
    signals::end(runtime);
    let findings = result?;
    match arguments.json {
        true => out.json(&report::doctor::json(&findings)?)?,
        false => out.line(&report::doctor::text(&findings))?,
    }
    Ok(findings.exit())
}
