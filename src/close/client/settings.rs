//! Settings of a client.

use std::fmt;
use std::time::Duration;

use crate::clock::SharedClock;
use crate::close::auth::Auth;

/// Settings of a [`super::Client`].
pub struct Settings {
    /// Close's API, such as `https://api.close.com/api/v1`, with or without a final slash. Plain http is accepted for
    /// loopback hosts only.
    pub base_url: String,
    /// The credential.
    pub auth: Auth,
    /// Rate of one endpoint group while the server announces no budget, in requests per second: above 0, at most
    /// 100,000.
    pub requests_per_second: f64,
    /// Maximum rate up to which a group is probed while the server announces no budget, in the same range; `None`: no
    /// probing.
    pub max_rate: Option<f64>,
    /// Whether requests to chatferry's own sandbox are paced as well. If not, only its rate limit headers and its 429
    /// slow them down.
    pub paces_sandbox: bool,
    /// Maximum time to wait for a connection, 10 s by default.
    pub connect_timeout: Duration,
    /// Maximum time without data while a response is awaited or read, 60 s by default.
    pub read_timeout: Duration,
    /// Maximum duration of a whole exchange with the API, 5 minutes by default, so that a response
    /// that arrives byte by byte ends too.
    pub exchange_timeout: Duration,
    /// The source of time, waits and randomness.
    pub clock: SharedClock,
    /// Attempts per request, including the first; at least 1. Responses with status 429 do not count.
    pub max_attempts: u32,
    /// How long a list may still contain an activity after its deletion
    /// (docs/reference/close-api.md, "Delay of lists").
    pub settle: Duration,
    /// Maximum time to wait for the end of an outage; zero: the first request that runs out of attempts fails.
    pub outage: Duration,
}

impl Settings {
    /// Settings with the defaults: 10 requests per second, 10 s to connect, 60 s to read, 5 minutes for an exchange, 6 attempts, a minute until lists
    /// are current, 10 minutes of outage.
    pub fn new(base_url: impl Into<String>, auth: Auth, clock: SharedClock) -> Settings {
        Settings {
            base_url: base_url.into(),
            auth,
            requests_per_second: 10.0,
            max_rate: None,
            paces_sandbox: true,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            exchange_timeout: Duration::from_secs(300),
            clock,
            max_attempts: 6,
            settle: Duration::from_secs(60),
            outage: Duration::from_secs(600),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is omitted: before validation it may contain a password.
        f.debug_struct("Settings")
            .field("auth", &self.auth)
            .field("requests_per_second", &self.requests_per_second)
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("exchange_timeout", &self.exchange_timeout)
            .field("max_attempts", &self.max_attempts)
            .field("outage", &self.outage)
            .finish_non_exhaustive()
    }
}
