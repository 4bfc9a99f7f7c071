//! `chatferry recover`: rebuilds the checkpoint from Close and the archives.

use super::environment;
use super::out::Out;
use super::terminal::{Terminal, require_terminal};
use super::{args, keys, signals};
use crate::app::{self, Exit, Migration, Notice, Observer, Recover, RecoverOrder};
use crate::clock;
use crate::report;

pub(super) fn run(arguments: &args::Recover, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let clock = clock::System::shared();
    if !arguments.show_content {
        out.hide_names();
    }
    if !arguments.yes && !arguments.dry_run {
        require_terminal("recover")?;
    }
    let (file, overrides) = environment::configuration(configured);
    let open = |observer: &mut dyn Observer| {
        let opened = Migration::open_or_empty(&file, &overrides, &keys::terminal(), observer)?;
        if let (_, Some(missing)) = &opened {
            observer.notice(Notice::NoArchives(missing.message.clone()));
        }
        Ok(opened.0)
    };
    let mut terminal = Terminal::new(out, &clock, false);
    let migration = open(&mut terminal)?;
    let key_file = configured.api_key_file.as_deref();
    let client = environment::client(&migration.settings, key_file, &clock, out)?;
    let order = RecoverOrder {
        claims: arguments.claim,
        is_trial: arguments.dry_run,
        show_content: arguments.show_content,
    };
    let details = out.details();
    let runtime = signals::runtime()?;
    let mut terminal = Terminal::new(out, &clock, false);
    let result = runtime.block_on(async {
        let stop = signals::listen();
        let recover = Recover {
            open: &open,
            client: &client,
            clock: &clock,
            order: &order,
            stop: stop.clone(),
        };
        let recovered = app::recover(recover, migration, &mut terminal).await?;
        terminal.print_text(&report::recover::found(&recovered.recovery, details));
        let is_confirmed = match recovered.question().filter(|_| !arguments.yes) {
            Some(question) => {
                let answer = terminal.confirm(&question);
                app::unless_stopped(&stop, answer).await??
            }
            None => true,
        };
        anyhow::Ok(recovered.end(is_confirmed)?)
    });
    signals::end(runtime);
    let recovery = result?;
    out.note(&report::recover::ending(
        &recovery,
        &out.typed(&["--dry-run"]),
    ));
    if arguments.json {
        out.json(&serde_json::to_string(&report::recover::summary(
            &recovery,
        ))?)?;
    }
    Ok(recovery.exit())
}
