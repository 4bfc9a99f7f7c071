//! `chatferry explain`: shows everything that is known of one message. Writes nothing.

use std::io::{self, IsTerminal};

use super::out::Out;
use super::terminal::Terminal;
use super::{args, environment, keys, signals};
use crate::app::{self, Exit, ExplainOrder, Migration, Unattended};
use crate::clock;
use crate::report;

pub(super) fn run(arguments: &args::Explain, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    if !arguments.show_content {
        out.hide_names();
    }
    let (file, overrides) = environment::configuration(configured);
    let open = |observer: &mut dyn app::Observer| {
        Migration::open_or_empty(&file, &overrides, &keys::terminal(), observer)
    };
    let (migration, unopened) = open(&mut Terminal::new(out, &clock, false))?;
    let key_file = configured.api_key_file.as_deref();
    let client = match arguments.ask {
        true => Some(environment::client(
            &migration.settings,
            key_file,
            &clock,
            out,
        )?),
        false => None,
    };
    let is_shown = io::stdout().is_terminal() && !arguments.json;
    let order = ExplainOrder {
        target: &arguments.target,
        shows_content: is_shown || arguments.show_content,
        reopen: &|| open(&mut Unattended::default()).map(|(migration, _)| migration),
    };
    let runtime = signals::runtime()?;
    let explained = app::explain(migration, unopened, &order, client.as_ref());
    let result = runtime.block_on(explained);
    signals::end(runtime);
    let explanation = result?;
    match arguments.json {
        true => out.json(&serde_json::to_string(&explanation)?)?,
        false => out.line(&report::explain::text(&explanation))?,
    }
    Ok(Exit::Done)
}
