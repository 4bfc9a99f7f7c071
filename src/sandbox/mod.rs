//! A local server that imitates the part of Close's API that a WhatsApp import uses, with strict schemas
//! and injected faults.
//!
//! It exists so that the whole program can be rehearsed and tested without a key and without a network. It
//! follows the public documentation (developer.close.com). Where that is silent, comments mark a behaviour
//! as observed (in public reports of responses) or as an assumption, which docs/reference/close-api.md,
//! "Assumptions", lists ([`Options`] has a switch where the client must cope with both).
//!
//! It never listens on anything but loopback, opens a connection of its own, touches a file, prints, or
//! shares code with `close/`: a mistake in one of the two would otherwise be repeated in the other and
//! found by no test.
//!
//! ```text
//! server (accept, faults) -> guard (key, rate limit) -> messages, lists, files, leads, … -> store
//!                         -> page (for a browser), inspect (JSON) ----------------------------^
//! ```

mod activities;
mod attachments;
mod auth;
mod contacts;
mod dates;
mod event_log;
mod events;
mod files;
mod guard;
mod idle;
mod ids;
mod inspect;
mod lead_items;
mod leads;
mod limiter;
mod lists;
mod markdown;
mod messages;
mod options;
mod organization;
mod page;
mod params;
mod phones;
mod query;
mod refusal;
mod replant;
mod request_log;
mod schedule;
mod schema;
mod search;
mod seed;
mod server;
mod shared;
mod storage;
mod store;
mod stored;
mod table;
mod uploads;
mod walk;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;

pub use inspect::{
    RequestLine, State, StoredAttachment, StoredContact, StoredFile, StoredLead, StoredMessage,
};
pub use options::{Fault, HeaderStyle, Observer, Options, Role, Scope, Seen, Sequence};
pub use schedule::Schedule;
pub use seed::{Seed, SeedContact, SeedLead, SeedUser};

/// A running sandbox. Dropping it stops it; [`Sandbox::shutdown`] also waits.
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
    /// Binds 127.0.0.1 on [`Options::port`], loads the seed and starts to serve.
    ///
    /// # Errors
    /// The port cannot be bound, or the seed contradicts itself (`InvalidInput`).
    pub async fn start(options: Options, seed: Seed) -> std::io::Result<Sandbox> {
        let (shared, server) = server::start(options, seed).await?;
        Ok(Sandbox { shared, server })
    }

    /// The base URL for clients: `http://127.0.0.1:PORT/api/v1`, no trailing slash.
    pub fn base_url(&self) -> String {
        format!("{}/api/v1", self.shared.base)
    }

    /// The address of the page that shows what has arrived.
    pub fn page_url(&self) -> String {
        format!("{}/", self.shared.base)
    }

    /// A handle on the contents; it stays valid after the sandbox has stopped.
    pub fn state(&self) -> State {
        State::new(Arc::clone(&self.shared))
    }

    /// Stops accepting, closes every connection and waits until both are done. A request whose
    /// handling had begun may still be carried out, as it would be at Close.
    pub async fn shutdown(self) {
        self.server.stop().await;
    }
}

/// Runs a sandbox until `stop` resolves. `ready` is called once, with the base URL, when the first request
/// can be served.
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
