//! `chatferry import`: shows the plan, asks, and carries out exactly that plan.

use super::environment;
use super::exit;
use super::out::Out;
use super::terminal::{Terminal, require_terminal};
use super::{args, signals};
use crate::app::{self, Exit, Import, Numbers, Order, PlanFile};
use crate::clock;
use crate::plan::Selection;
use crate::policy::RunFlags;

pub(super) fn run(arguments: &args::Import, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    if !arguments.show_content {
        out.hide_names();
    }
    let mut migration = environment::migration(configured, &clock, out)?;
    migration.settings.limits.max_rate = arguments.max_rate;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    if !arguments.yes {
        require_terminal("import")?;
    }
    let plan = arguments.plan.as_deref().map(PlanFile::read).transpose()?;
    let order = Order {
        flags: RunFlags {
            gone: arguments.gone.map(Into::into),
            accepts_unsteady: arguments.accept_unsteady,
        },
        plan,
        selection: Selection {
            failed: arguments.retry_failed,
            ..arguments.selected.selection()
        },
        yes: arguments.yes,
        allow_deletes: arguments.allow_deletes,
        strict: arguments.strict,
        show_content: arguments.show_content,
        pilot: arguments.pilot,
        probe: arguments.probe,
    };
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, arguments.quiet);
    let result = runtime.block_on(async {
        let import = Import {
            migration: &mut migration,
            client: &client,
            clock: &clock,
            order: &order,
            stop: signals::listen(),
        };
        app::import(import, &mut terminal).await
    });
    signals::end(runtime);
    let outcome = result?;
    let is_stopped = outcome.stopped.is_some();
    if let Some(stopped) = outcome.stopped {
        exit::report(&stopped.into(), out);
    }
    if !arguments.quiet && (is_stopped || outcome.exit != Exit::Usage) {
        let typed = |without: &[&str]| out.typed(without);
        let next = next(arguments, &outcome.numbers, is_stopped, &typed);
        out.note(&format!("Next: {next}"));
    }
    if arguments.json {
        out.json(&serde_json::to_string(&outcome.numbers)?)?;
    }
    Ok(outcome.exit)
}

/// The step after a run. `typed`: the running command.
fn next(
    arguments: &args::Import,
    numbers: &Numbers,
    is_stopped: bool,
    typed: &dyn Fn(&[&str]) -> String,
) -> String {
    let is_unchanged = numbers.created + numbers.updated + numbers.replaced + numbers.failed == 0;
    let is_rest_left = is_stopped || numbers.unknown + numbers.not_reached > 0;
    let step = if arguments.plan.is_some() && is_rest_left && !is_unchanged {
        // The plan was of the checkpoint before this run.
        "`chatferry plan --out F.json`, then `chatferry import --plan F.json` for the rest"
    } else if is_stopped {
        return format!("`{}` carries out the rest", typed(&[]));
    } else if arguments.strict && is_unchanged && numbers.not_reached > 0 {
        return format!(
            "`chatferry inspect --details` lists the lines; `{}` imports them as they were read",
            typed(&["--strict"])
        );
    } else if numbers.failed > 0 {
        "correct the causes above, then `chatferry import --retry-failed`"
    } else if is_unchanged && numbers.unknown == 0 && numbers.not_reached > 0 {
        return format!("`{}` shows the plan and asks again", typed(&[]));
    } else if numbers.unknown + numbers.not_reached > 0 {
        return format!("`{}` carries out the rest", typed(&[]));
    } else if arguments.pilot && numbers.created > 0 {
        "look at these messages in Close, then `chatferry import`"
    } else if numbers.held + numbers.undecided > 0 {
        "`chatferry plan --details` shows what waits for you, and why"
    } else {
        "`chatferry verify` compares Close with the archives"
    };
    step.to_owned()
}
