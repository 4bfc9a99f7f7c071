//! `chatferry plan`: what an import would do. Writes nothing anywhere but its output.

use super::connect;
use super::exit::Exit;
use super::out::Out;
use super::plan_file::{self, Inputs, Key, Made};
use super::setup::Setup;
use super::{args, selection, signals, strict};
use crate::checkpoint::Checkpoint;
use crate::clock;
use crate::close::Client;
use crate::plan::{self, Estimate, Totals};
use crate::report;
use crate::survey;

pub(super) fn run(arguments: &args::Plan, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let mut setup = Setup::configured(configured, out)?;
    setup.set_gone(arguments.gone.map(Into::into));
    setup.settings.import.accepts_unsteady = arguments.accept_unsteady;
    if let Some(file) = &arguments.out {
        plan_file::check_target(file, &setup)?;
    }
    setup.tell_failures(out);
    warn_inbox(&setup, out);
    let client = if arguments.offline {
        None
    } else {
        Some(setup.client(
            configured.api_key_file.as_deref(),
            &clock::System::shared(),
            out,
        )?)
    };
    let runtime = signals::runtime()?;
    let result = runtime.block_on(make(&mut setup, arguments, client.as_ref(), out));
    signals::end(runtime);
    let mut plan = result?;
    let odd = strict::Found::of_plan(&plan);
    if arguments.payloads {
        for line in report::payloads::lines(&plan, setup.settings.import.id_form) {
            out.json(&line?)?;
        }
    } else {
        let totals = Totals::of_plan(&plan);
        let pace = setup.settings.limits.requests_per_second;
        let estimate = Estimate::of(&plan, pace);
        let text = report::plan::text(&plan, &totals, &estimate, pace);
        if arguments.json {
            out.note(&text);
            out.json(&serde_json::to_string(&report::numbers::Numbers::of_plan(
                &totals, &estimate,
            ))?)?;
        } else {
            out.line(&text)?;
        }
    }
    let is_open = plan.has_missing() || plan.has_unsteady();
    let exit = if setup.failures().is_empty() && !is_open {
        Exit::Done
    } else {
        Exit::Partial
    };
    // A million messages need not be given back one by one when the program ends.
    std::mem::forget(std::mem::take(&mut plan.chats));
    let outcome = ", and an import with --strict would send nothing";
    Ok(odd.judge(arguments.strict, exit, outcome, out))
}

async fn make(
    setup: &mut Setup,
    arguments: &args::Plan,
    client: Option<&Client>,
    out: &mut Out,
) -> anyhow::Result<plan::Plan> {
    let account = match client {
        Some(client) => Some(connect::account(client, &setup.settings).await?),
        None => None,
    };
    let organization = match &account {
        Some(account) => Some(account.organization_id.clone()),
        None => setup.settings.close.organization_id.clone(),
    };
    let checkpoint = Checkpoint::peek(
        &setup.settings.import.checkpoint,
        organization.as_deref(),
        &setup.settings.close.base_url,
    )
    .map_err(|error| connect::checkpoint_error(&error))?;
    let inputs = match arguments.out {
        Some(ref file) => {
            let key = Key::of(checkpoint.as_ref())?;
            let inputs = Inputs::of(setup, checkpoint.as_ref(), file, key.hash())?;
            Some((inputs, key))
        }
        None => None,
    };
    let mut desired = setup.desired(out);
    let selection = arguments.selected.selection();
    selection::check(&selection, &desired, &setup.settings, &setup.contacts)?;
    let mut survey = survey::survey(
        &mut desired,
        &selection,
        &setup.settings.import,
        checkpoint.as_ref(),
        client.zip(account.as_ref().map(|account| &account.user_id)),
    )
    .await
    .map_err(connect::stopped)?;
    let mut plan = plan::build(desired, &selection, &setup.settings.import, |chat| {
        survey.take(chat)
    });
    plan.unfinished.append(&mut survey.unfinished);
    plan.unfinished_links.append(&mut survey.unfinished_links);
    plan.check()?;
    setup.require_decided(&plan, checkpoint.as_ref(), out)?;
    if let (Some(file), Some((inputs, key))) = (&arguments.out, inputs) {
        let made = Made {
            organization_id: organization,
            offline: arguments.offline,
            selection: &selection,
            gone: setup.settings.import.gone_in_run,
            accepts_unsteady: arguments.accept_unsteady,
            inputs,
        };
        let base_url = &setup.settings.close.base_url;
        let count = plan_file::write(file, &plan, made, &key, base_url)?;
        let deletes = Totals::of_plan(&plan).deletes();
        let allowed = match deletes {
            0 => String::new(),
            deletes => format!(" --allow-deletes {deletes}"),
        };
        out.note(&format!(
            "{} written to {}; run it with `chatferry import --plan {}{allowed}{}`",
            report::count(count as u64, "operation"),
            file.display(),
            word(&file.display().to_string()),
            of_configured(&arguments.configured),
        ));
    }
    Ok(plan)
}

/// An Inbox notification for every message of a history is hardly ever wanted.
pub(super) fn warn_inbox(setup: &Setup, out: &mut Out) {
    if setup.settings.import.send_to_inbox {
        out.alarm(
            "send_to_inbox = true: every incoming message will make an Inbox notification in Close",
        );
    }
}

/// What another command needs to mean the same migration and the same Close.
fn of_configured(configured: &args::Configured) -> String {
    let mut flags = String::new();
    let paths = [
        ("--config", &configured.config),
        ("--api-key-file", &configured.api_key_file),
    ];
    for (flag, path) in paths {
        if let Some(path) = path {
            flags.push_str(&format!(" {flag} {}", word(&path.display().to_string())));
        }
    }
    if let Some(url) = &configured.base_url {
        flags.push_str(&format!(" --base-url {}", word(url)));
    }
    flags
}

/// A word of a command, between double quotes where it holds a blank.
fn word(text: &str) -> String {
    match text.contains(char::is_whitespace) {
        true => format!("\"{text}\""),
        false => text.to_owned(),
    }
}
