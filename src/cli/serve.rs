//! `chatferry serve`: a worker of a fleet, until it is stopped.

use super::args;
use super::out::Out;
use crate::app::Exit;

#[cfg(feature = "cloud")]
pub(super) fn run(arguments: args::Serve, out: &mut Out) -> anyhow::Result<Exit> {
    use std::io::Write as _;
    use std::sync::Mutex;
    use std::time::Duration;

    use super::{environment, signals};
    use crate::app::Error;
    use crate::clock;
    use crate::fleet::{self, Keys, Worker};

    let (store, key) = environment::store(arguments.store.store)?;
    let poll = Duration::try_from_secs_f64(arguments.poll).ok();
    let poll = poll.filter(|poll| !poll.is_zero()).ok_or_else(|| {
        Error::usage("--poll must be a number of seconds, more than 0".to_owned())
    })?;
    if let Some(folder) = arguments.keys.as_ref().filter(|folder| !folder.is_dir()) {
        anyhow::bail!(Error::usage(format!(
            "{}: no folder; --keys names one with a file for each organisation",
            folder.display()
        )));
    }
    out.flush()?;
    let worker = Worker {
        key: key.ok_or_else(environment::no_store_key)?,
        store,
        keys: Keys {
            folder: arguments.keys,
            variable: environment::variable,
        },
        program: std::env::current_exe()?,
        name: arguments.name.unwrap_or_else(environment::worker_name),
        poll,
        health: arguments.health_port,
        clock: clock::System::shared(),
        sink: Mutex::new(Box::new(|line| {
            let mut out = std::io::stdout().lock();
            // Without a reader the worker goes on.
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        })),
    };
    let runtime = signals::server_runtime()?;
    let result = runtime.block_on(async {
        let stop = signals::listen();
        fleet::serve(&worker, stop).await
    });
    signals::end(runtime);
    result?;
    Ok(Exit::Done)
}

#[cfg(not(feature = "cloud"))]
pub(super) fn run(_: args::Serve, _: &mut Out) -> anyhow::Result<Exit> {
    Err(super::fleet::not_built().into())
}
