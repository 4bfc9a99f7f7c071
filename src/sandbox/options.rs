//! How a sandbox can be set, and how a test watches it and breaks it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::SharedClock;

use super::seed::SeedUser;

/// The settings of a sandbox. [`Options::new`] gives the documented defaults.
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The API key that is accepted: Basic, key as user name, empty password (section 3.1).
    pub key: String,
    /// The access token that is accepted as Bearer (section 3.2); `None` refuses every token.
    pub token: Option<String>,
    /// The id of the organisation, `orga_…`. The default is the same in every run.
    pub organization_id: String,
    /// The name of the organisation.
    pub organization_name: String,
    /// The user that the key and the token belong to.
    pub user: SeedUser,
    /// Requests per second that one endpoint group allows to one key; the organisation gets three
    /// times as many (A40).
    pub requests_per_second: f64,
    /// Length of a rate window in seconds: the whole allowance comes back at its end (A40).
    pub window_seconds: u64,
    /// How the `RateLimit` header is written, or that it is not (section 4.1, 4.3).
    pub rate_header: HeaderStyle,
    /// Writes `reset` with six decimals as the documented limiter does (section 4.4); without,
    /// whole seconds rounded up, as in the sample of section 4.1.
    pub rate_decimals: bool,
    /// No limit and no header at all, as somebody observed it (section 4.3).
    pub limits_off: bool,
    /// How long a new message stays out of the lists, and a new contact or lead out of searches
    /// (A42). A GET by id sees it at once.
    pub list_lag: Duration,
    /// How long an upload ticket is valid, in seconds (section 2.2).
    pub ticket_seconds: u64,
    /// The largest `_skip` of an activity list (A30).
    pub max_skip: usize,
    /// Refuses a second message with the same external id (A1), in this scope (A2).
    pub strict_unique: Option<Scope>,
    /// The largest sum of the attachments of one message, in bytes (A19, A20).
    pub max_message_bytes: u64,
    /// Takes unknown keys in message bodies instead of refusing them (the other side of A3).
    pub extra_keys_allowed: bool,
    /// Takes an empty `message_markdown` without attachments (the other side of A11).
    pub empty_markdown_allowed: bool,
    /// Keeps the bytes of uploads, so that they can be downloaded again. Without, only their
    /// size and hash are kept.
    pub keep_bytes: bool,
    /// The most bytes that are kept in all, in memory: an upload that would be more is kept without
    /// its bytes.
    pub most_bytes: u64,
    /// The storage's `ETag` is the MD5 of the file; else it only looks like one.
    pub etag_is_md5: bool,
    /// What time it is: dates from `now`, waits and ages from `elapsed`.
    pub clock: SharedClock,
    /// Who is told of every request and may break it.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Options {
    /// The defaults, on this clock: any port, `api_sandbox.key`, `sandbox_token`, 20 requests a
    /// second over 8 seconds (A40), no lag, 60-second tickets, 25 MiB a message (A20).
    pub fn new(clock: SharedClock) -> Options {
        Options {
            port: 0,
            key: "api_sandbox.key".to_owned(),
            token: Some("sandbox_token".to_owned()),
            organization_id: "orga_sandbox0000000000000000000000000000000000001".to_owned(),
            organization_name: "chatferry sandbox".to_owned(),
            user: SeedUser {
                id: "user_sandbox0000000000000000000000000000000000001".to_owned(),
                first_name: "Sandbox".to_owned(),
                last_name: "User".to_owned(),
                email: "sandbox@example.org".to_owned(),
                phones: Vec::new(),
            },
            requests_per_second: 20.0,
            window_seconds: 8,
            rate_header: HeaderStyle::Comma,
            rate_decimals: true,
            limits_off: false,
            list_lag: Duration::ZERO,
            ticket_seconds: 60,
            max_skip: 10_000,
            strict_unique: None,
            max_message_bytes: 25 * 1024 * 1024,
            extra_keys_allowed: false,
            empty_markdown_allowed: false,
            keep_bytes: false,
            most_bytes: 256 * 1024 * 1024,
            etag_is_md5: true,
            clock,
            observer: None,
        }
    }
}

impl fmt::Debug for Options {
    // Neither key nor token: an `Options` may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("requests_per_second", &self.requests_per_second)
            .field("list_lag", &self.list_lag)
            .field("observed", &self.observer.is_some())
            .finish_non_exhaustive()
    }
}

/// How the `RateLimit` header separates its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderStyle {
    /// `limit=160, remaining=159, reset=8` (section 4.1).
    Comma,
    /// `limit=160; remaining=159; reset=8` (section 4.3).
    Semicolon,
    /// No header, though the limit holds; a 429 then carries `retry-after` alone.
    None,
}

/// Where an external id may stand only once, when uniqueness is switched on (A2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Once in the organisation.
    Organization,
    /// Once on a lead.
    Lead,
}

/// Sees every request to `/api/v1`, the storage host and `go/file`, and may break it.
///
/// The callbacks run on a thread where blocking is allowed, and the request waits for them. That
/// the client goes away in the meantime changes nothing: a request to `/api/v1` has been read in
/// full before [`Observer::received`] is called, and is carried out even if nobody waits for the
/// answer.
pub trait Observer: Send + Sync {
    /// Before the request is carried out. Any fault but [`Fault::Delay`] means that it is not.
    fn received(&self, request: &Seen) -> Fault {
        let _ = request;
        Fault::None
    }

    /// After the request was carried out (or refused, see `status`), before the answer leaves.
    /// A fault takes the place of the answer; what was done stays done.
    fn processed(&self, request: &Seen, status: u16) -> Fault {
        let _ = (request, status);
        Fault::None
    }
}

/// A request as an [`Observer`] sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Counts the observed requests of this sandbox from 1, in order of arrival.
    pub number: u64,
    /// The method that counts: GET for a POST with `x-http-method-override: GET`.
    pub method: String,
    /// The path, such as `/api/v1/lead/`.
    pub path: String,
    /// What stood behind the `?`, as sent; empty if nothing did.
    pub query: String,
}

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection is closed without an answer.
    Drop,
    /// This status with this body is the answer: JSON if the body begins with `{`, else HTML as
    /// a proxy in front of Close would send it.
    Status(u16, String),
    /// The answer's head and the first half of its body leave, then the connection is closed.
    /// Before the request is carried out: as [`Fault::Drop`].
    Cut,
    /// As [`Fault::Cut`], but between the half and the end nothing comes for this long, by the
    /// sandbox's clock.
    Stall(Duration),
    /// 429, with a `RateLimit` header that says that something is left, and that all of it comes
    /// back after this time (A41). Only before a request is carried out; after it as
    /// [`Fault::Drop`].
    Limited(Duration),
    /// It goes on after this time, by the sandbox's clock.
    Delay(Duration),
}
