//! `chatferry sandbox`: a local Close to rehearse a migration with.

use std::sync::Arc;
use std::time::Duration;

use super::out::Out;
use super::{args, signals};
use crate::app::Error;
use crate::app::Exit;
use crate::clock;
use crate::regular_file;
use crate::sandbox::{HeaderStyle, Options, Sandbox, Schedule, Seed};

pub(super) fn run(arguments: &args::Sandbox, out: &mut Out) -> anyhow::Result<Exit> {
    let seed = match &arguments.contacts {
        Some(path) => {
            let text = regular_file::read_to_string(path).map_err(|error| {
                Error::usage(format!("{}: cannot be read: {error}", path.display()))
            })?;
            Seed::from_contacts_csv(&text)
                .map_err(|error| Error::usage(format!("{}: {error}", path.display())))?
        }
        None => Seed::default(),
    };
    let seconds = |value: f64| {
        Duration::try_from_secs_f64(value)
            .map_err(|_| Error::usage("--lag must be a number of seconds, 0 or more".to_owned()))
    };
    if !arguments.rate.is_finite() || arguments.rate < 0.0 {
        anyhow::bail!(Error::usage(
            "--rate must be a number of requests per second, 0 or more".to_owned(),
        ));
    }
    let schedule = Schedule::new(arguments.fault_seed, arguments.faults);
    let options = Options {
        port: arguments.port,
        requests_per_second: arguments.rate,
        limits_off: arguments.rate == 0.0,
        window_seconds: arguments.window,
        rate_header: match arguments.rate_header {
            args::RateHeader::Comma => HeaderStyle::Comma,
            args::RateHeader::Semicolon => HeaderStyle::Semicolon,
            args::RateHeader::None => HeaderStyle::None,
        },
        rate_decimals: !arguments.rate_integers,
        list_lag: seconds(arguments.lag)?,
        // A pilot downloads its files.
        keep_bytes: true,
        discard: arguments.discard,
        observer: (arguments.faults > 0).then(|| Arc::new(schedule) as _),
        ..Options::new(clock::System::shared())
    };
    let key = options.key.clone();
    let runtime = signals::server_runtime()?;
    let result = runtime.block_on(async {
        let mut stop = signals::listen();
        let sandbox = Sandbox::start(options, seed).await.map_err(|error| {
            Error::usage(format!(
                "the sandbox cannot listen on port {}: {error}; choose another `--port`",
                arguments.port
            ))
        })?;
        out.line(&sandbox.base_url())?;
        out.flush()?;
        out.note(&format!(
            "A local Close that accepts the key {key}; Ctrl-C stops it and discards its contents."
        ));
        out.note(&format!(
            "Rehearse an import: `CLOSE_API_KEY={key} chatferry import --base-url {} --config F`",
            sandbox.base_url()
        ));
        out.note(&format!(
            "See what arrives, lead by lead: {}",
            sandbox.page_url()
        ));
        stop.requested(1).await;
        let state = sandbox.state();
        sandbox.shutdown().await;
        anyhow::Ok(state)
    });
    signals::end(runtime);
    let state = result?;
    if arguments.json {
        let held = serde_json::json!({
            "messages": state.message_count(),
            "duplicates": state.duplicates(),
            "requests": state.request_count(),
            "files": state.files().len(),
        });
        out.line(&held.to_string())?;
    }
    Ok(Exit::Done)
}
