//! A local Close: the part of its API that a WhatsApp import touches, strict and with faults.
//!
//! The room exists so that the whole program can be rehearsed and tested without a key and
//! without a network. It answers as `close-api.md` (the reference beside this project) says that
//! Close answers; where nobody knows, it follows that file's assumptions A1 to A60 and names them
//! where it does.
//!
//! It must never: listen on anything but loopback, open a connection of its own, touch a file,
//! print, or share code with `close/`. The two agree on words on the wire and on nothing else, so
//! that a mistake in one of them shows.
//!
//! ```text
//! server (accept, faults) -> guard (key, rate limit) -> messages, lists, files, leads, … -> store
//! ```

mod activities;
mod attachments;
mod auth;
mod contacts;
mod events;
mod files;
mod guard;
mod idle;
mod ids;
mod inspect;
mod leads;
mod limiter;
mod lists;
mod markdown;
mod messages;
mod options;
mod organization;
mod params;
mod phones;
mod query;
mod refusal;
mod replant;
mod schedule;
mod schema;
mod search;
mod seed;
mod server;
mod stamp;
mod storage;
mod store;
mod table;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;

pub use inspect::{
    RequestLine, State, StoredAttachment, StoredContact, StoredFile, StoredLead, StoredMessage,
};
pub use options::{Fault, HeaderStyle, Observer, Options, Scope, Seen};
pub use schedule::Schedule;
pub use seed::{Seed, SeedContact, SeedLead, SeedUser};

/// A running local Close. Dropping it stops it; [`Sandbox::shutdown`] also waits.
pub struct Sandbox {
    shared: Arc<server::Shared>,
    server: server::Running,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Binds 127.0.0.1 on [`Options::port`], puts the seed in and begins to answer.
    ///
    /// # Errors
    /// The port cannot be bound, or the seed contradicts itself (`InvalidInput`).
    pub async fn start(options: Options, seed: Seed) -> std::io::Result<Sandbox> {
        let (shared, server) = server::start(options, seed).await?;
        Ok(Sandbox { shared, server })
    }

    /// The address to give to a client: `http://127.0.0.1:PORT/api/v1`, no slash at the end.
    pub fn base_url(&self) -> String {
        format!("{}/api/v1", self.shared.base)
    }

    /// A handle on what the sandbox holds; it stays valid after the sandbox has stopped.
    pub fn state(&self) -> State {
        State::new(Arc::clone(&self.shared))
    }

    /// Stops accepting, closes every connection and waits until both are done. A request whose
    /// handling had begun may still be carried out, as it would be at Close.
    pub async fn shutdown(self) {
        self.server.stop().await;
    }
}

/// Runs a sandbox until `stop` resolves. `ready` is called once, with the base URL, when the
/// first request can be answered; the command prints it there.
///
/// # Errors
/// As [`Sandbox::start`].
pub async fn run(
    options: Options,
    seed: Seed,
    ready: impl FnOnce(&str),
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let sandbox = Sandbox::start(options, seed).await?;
    ready(&sandbox.base_url());
    stop.await;
    sandbox.shutdown().await;
    Ok(())
}
