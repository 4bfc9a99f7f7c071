//! `chatferry review`: serves the local page of a migration until it is stopped.

use super::out::Out;
use super::{args, environment, signals};
use crate::app::{Error, Exit};
use crate::clock;
use crate::web::{Place, Server};

pub(super) fn run(arguments: &args::Review, out: &mut Out) -> anyhow::Result<Exit> {
    let configured = &arguments.configured;
    let (file, overrides) = environment::configuration(configured);
    let place = Place {
        file,
        overrides,
        zone: environment::zone(),
    };
    let auth = environment::optional_credential(configured.api_key_file.as_deref(), out)?;
    let clock = clock::System::shared();
    let runtime = signals::server_runtime()?;
    let result = runtime.block_on(async {
        let stop = signals::listen();
        let server = Server::bind(place, auth, arguments.port, &clock).await;
        let server = server.map_err(|error| {
            Error::usage(format!(
                "the page cannot be served on port {}: {error}; choose another `--port`",
                arguments.port
            ))
        })?;
        out.line(&server.address())?;
        out.flush()?;
        out.note(
            "Open this address in a browser on this computer; it works once. Ctrl-C ends the page.",
        );
        let ended = server.run(stop).await?;
        if ended.is_idle {
            out.note("The page was not used for 30 minutes and has ended; `chatferry review` opens it again.");
        }
        anyhow::Ok(())
    });
    signals::end(runtime);
    result?;
    Ok(Exit::Done)
}
