//! `chatferry verify`: compares Close with the plan and the checkpoint, message by message. Writes nothing but its output.

use super::environment;
use super::out::Out;
use super::terminal::Terminal;
use super::{args, next_command, signals};
use crate::app::{self, Exit, FilesToRead, VerifyOrder};
use crate::clock;
use crate::report;
use crate::report::verify::VerifyView;

pub(super) fn run(arguments: &args::Verify, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    let (mut migration, unopened) = environment::migration_or_empty(configured, &clock, out)?;
    if let Some(file) = &arguments.out {
        app::check_table_target(file, &migration)?;
    }
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let flags = next_command::flags(configured);
    let order = VerifyOrder {
        selection: arguments.selected.selection(),
        files: match (arguments.files, arguments.files_sample) {
            (true, _) => FilesToRead::All,
            (false, Some(percent)) => FilesToRead::Sample(percent),
            (false, None) => FilesToRead::None,
        },
        out: arguments.out.as_deref(),
        show_content: arguments.show_content,
        flags: &flags,
    };
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, false);
    let verified = app::verify(
        &mut migration,
        unopened,
        &order,
        (&client, &clock),
        &mut terminal,
    );
    let result = runtime.block_on(verified);
    signals::end(runtime);
    let result = result?;
    let view = VerifyView::of(&result);
    let text = report::verify::text(&view);
    if arguments.json {
        out.note(&text);
        out.json(&serde_json::to_string(&view.summary)?)?;
    } else {
        out.line(&text)?;
    }
    Ok(result.exit)
}
