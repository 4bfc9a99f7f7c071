//! `chatferry doctor`: checks what an import needs.

use super::out::Out;
use super::terminal::Terminal;
use super::{args, environment, signals};
use crate::app::{self, Exit, Finding, Grade};
use crate::clock;

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
    for finding in &findings.0 {
        match arguments.json {
            true => out.json(&serde_json::to_string(finding)?)?,
            false => out.line(&line(finding))?,
        }
    }
    Ok(match findings.is_bad() {
        true => Exit::Partial,
        false => Exit::Done,
    })
}

fn line(finding: &Finding) -> String {
    let mark = match finding.grade {
        Grade::Ok => "ok",
        Grade::Look => "look",
        Grade::Bad => "BAD",
    };
    format!("{mark:<5}{:<14}{}", finding.what, finding.says)
}
