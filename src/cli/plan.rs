//! `chatferry plan`: shows what an import would do. Writes nothing but its output.

use super::environment;
use super::next_command::word;
use super::out::Out;
use super::terminal::Terminal;
use super::{args, signals};
use crate::app::{self, Exit, Notice, PlanOrder, PlanOutcome, Planned};
use crate::clock;
use crate::policy::{IdForm, RunFlags};
use crate::quantity::count;
use crate::report;
use crate::report::plan::{Commands, PlanView};

pub(super) fn run(arguments: &args::Plan, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    let mut migration = environment::migration(configured, &clock, out)?;
    if let Some(file) = &arguments.out {
        app::check_target(file, &migration)?;
    }
    let mut terminal = Terminal::new(out, &clock, false);
    migration.report_failures(&mut terminal);
    app::report_settings(&migration, &mut terminal);
    let client = match arguments.offline {
        true => None,
        false => Some(environment::client(
            &migration.settings,
            configured.api_key_file.as_deref(),
            &clock,
            out,
        )?),
    };
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, false);
    let order = PlanOrder {
        flags: RunFlags {
            gone: arguments.gone.map(Into::into),
            accepts_unsteady: arguments.accept_unsteady,
        },
        selection: arguments.selected.selection(),
        out: arguments.out.as_deref(),
        offline: arguments.offline,
    };
    let planned = app::plan(&mut migration, order, client.as_ref(), &mut terminal);
    let result = runtime.block_on(planned);
    signals::end(runtime);
    let mut outcome = result?;
    let planned = Planned::of(&outcome.plan, &migration.settings, outcome.account.as_ref());
    written(arguments, &outcome, planned.totals.deletes(), out);
    let id_form = migration.settings.import.policy.id_form;
    print(arguments, &planned, id_form, out)?;
    let misread = app::Misread::of_plan(&outcome.plan);
    // A million messages need not be freed one by one when the program ends.
    std::mem::forget(std::mem::take(&mut outcome.plan.chats));
    if !arguments.strict || misread.is_none() {
        return Ok(outcome.exit);
    }
    out.notice(&Notice::Misread {
        misread,
        outcome: "; an import with `--strict` would send nothing",
    });
    Ok(misread.exit(outcome.exit))
}

/// Prints the plan in the requested form.
fn print(
    arguments: &args::Plan,
    planned: &Planned<'_>,
    id_form: IdForm,
    out: &mut Out,
) -> anyhow::Result<()> {
    if arguments.payloads {
        for line in report::payloads::lines(planned.plan, id_form) {
            out.json(&line?)?;
        }
        return Ok(());
    }
    let view = PlanView::of(planned);
    let mut page = report::plan::page(&view, out.details());
    page.next(&next(arguments, &view, out.details()));
    if arguments.json {
        out.note_page(&page);
        out.json(&serde_json::to_string(&view.summary)?)?;
    } else {
        out.page(&page)?;
    }
    Ok(())
}

/// The step after this plan, with the flags that select the same messages.
fn next(arguments: &args::Plan, view: &PlanView, has_details: bool) -> String {
    let again = arguments.selected.flags(&word);
    let import = match &arguments.out {
        Some(file) => format!(" --plan {}", word(&file.display().to_string())),
        None => again.clone(),
    };
    view.next(&Commands {
        import: format!("chatferry import{import}"),
        is_offline: arguments.offline,
        has_details,
        is_selected: !again.is_empty(),
        plan: format!("chatferry plan{again}"),
    })
}

/// Prints the command that carries out the written plan.
fn written(arguments: &args::Plan, outcome: &PlanOutcome, deletes: u64, out: &mut Out) {
    let (Some(file), Some(operations)) = (&arguments.out, outcome.written) else {
        return;
    };
    let allowed = match deletes {
        0 => String::new(),
        deletes => format!(" --allow-deletes {deletes}"),
    };
    let file = file.display().to_string();
    out.note(&format!(
        "{} written to {file}; run it with `chatferry import --plan {}{allowed}`",
        count(operations, "operation"),
        word(&file),
    ));
}
