//! Settings of a sandbox, and the observer with which a test watches it and injects faults.

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
    /// The accepted API key: HTTP Basic, key as user name, empty password.
    pub key: String,
    /// The accepted Bearer token; `None` rejects all tokens.
    pub token: Option<String>,
    /// The id of the organisation, `orga_…`. The default is the same in every run.
    pub organization_id: String,
    /// The name of the organisation.
    pub organization_name: String,
    /// The user of the key and the token.
    pub user: SeedUser,
    /// What `/me/` and `/role/` show of the user's permissions.
    pub role: Role,
    /// The workflows of the organisation. They never start.
    pub sequences: Vec<Sequence>,
    /// Requests per second that one endpoint group allows to one key; the organisation gets three times as
    /// many. Grouping is assumption A40.
    pub requests_per_second: f64,
    /// Length of a rate window in seconds: the whole allowance is restored at its end (assumption A40).
    pub window_seconds: u64,
    /// How the `RateLimit` header is written; [`HeaderStyle::None`] omits it.
    pub rate_header: HeaderStyle,
    /// Whether `reset` is written with six decimals of a second, as the documented limiter does; if
    /// false, whole seconds rounded up, as in the documented sample.
    pub rate_decimals: bool,
    /// Whether there is no rate limit and no header, as observed for some organisations.
    pub limits_off: bool,
    /// How long a new message is missing from lists, and a new contact or lead from searches (assumption A42). A
    /// GET by id finds it at once.
    pub list_lag: Duration,
    /// How long an upload ticket is valid, in seconds.
    pub ticket_seconds: u64,
    /// The maximum `_skip` of an activity list (assumption A30).
    pub max_skip: usize,
    /// Where a second message with the same external id is rejected; `None`: nowhere (assumptions
    /// A1 and A2 in docs/reference/close-api.md).
    pub strict_unique: Option<Scope>,
    /// The maximum length of a text, in characters (assumption A12).
    pub max_text: usize,
    /// The maximum sum of the attachments of one message, in bytes.
    pub max_message_bytes: u64,
    /// Whether unknown keys in message bodies are accepted (assumption A3); if false, they are
    /// rejected.
    pub extra_keys_allowed: bool,
    /// Whether an empty `message_markdown` without attachments is accepted (assumption A11).
    pub empty_markdown_allowed: bool,
    /// Whether the bytes of uploads are kept, so that they can be downloaded again. If false, only
    /// size and hash are kept.
    pub keep_bytes: bool,
    /// The maximum total size of kept bytes, in memory: an upload that exceeds it is kept without its
    /// bytes.
    pub most_bytes: u64,
    /// Forgets what an import of millions would fill the memory with: texts and integration links of
    /// messages once they are answered, bytes of uploads, the lines of [`super::State::requests`], and events
    /// of created messages. Lists and a GET return an empty text and no link.
    pub discard: bool,
    /// Whether an event of a deletion has the data of the deleted message, as Close's do (documented).
    pub events_name_deleted: bool,
    /// Whether the storage's `ETag` is the MD5 of the file; if false, it is another value of the same form.
    pub etag_is_md5: bool,
    /// The clock: dates from `now`, waits and ages from `elapsed`.
    pub clock: SharedClock,
    /// Called for every request, and may inject a fault; `None`: no fault is injected.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Options {
    /// The defaults, on this clock: any port, `api_sandbox.key`, `sandbox_token`, 20 requests a second over
    /// 8 seconds, no lag, 60-second tickets, 25 MiB a message.
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
            role: Role::All,
            sequences: Vec::new(),
            requests_per_second: 20.0,
            window_seconds: 8,
            rate_header: HeaderStyle::Comma,
            rate_decimals: true,
            limits_off: false,
            list_lag: Duration::ZERO,
            ticket_seconds: 60,
            max_skip: 10_000,
            strict_unique: None,
            max_text: 65_536,
            max_message_bytes: 25 * 1024 * 1024,
            extra_keys_allowed: false,
            empty_markdown_allowed: false,
            keep_bytes: false,
            most_bytes: 256 * 1024 * 1024,
            discard: false,
            events_name_deleted: true,
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

/// A workflow, which Close's API calls a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// The workflow's name.
    pub name: String,
    /// The workflow's status: `active`, `paused` or `archived` (observed).
    pub status: String,
}

/// What the sandbox shows of the permissions of the key's user. It does not change what the user sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A role with every permission.
    All,
    /// As in Close's published example of `/me/`: permissions without `view_all_leads`, and a role that the
    /// key may not read.
    Unknown,
    /// A role whose list of permissions lacks `view_all_leads`.
    SomeLeads,
}

/// How the `RateLimit` header separates its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderStyle {
    /// `limit=160, remaining=159, reset=8`, as documented.
    Comma,
    /// `limit=160; remaining=159; reset=8`, as observed.
    Semicolon,
    /// No header, though the limit holds; a 429 then carries `retry-after` alone.
    None,
}

/// The scope in which an external id is unique, where uniqueness is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A second message with the id of another one in the organisation is rejected.
    Organization,
    /// A second message with the id of another one on its lead is rejected.
    Lead,
}

/// Called for every request to `/api/v1`, the storage host and `go/file`; may inject a fault.
///
/// The callbacks run on a thread where blocking is allowed, and the request waits for them. A client that
/// disconnects in the meantime changes nothing: a request to `/api/v1` has been read in full before
/// [`Observer::received`] is called, and is carried out even if no client waits for the response.
pub trait Observer: Send + Sync {
    /// Before the request is carried out. Any fault but [`Fault::Delay`] means that it is not.
    fn received(&self, request: &Seen) -> Fault {
        let _ = request;
        Fault::None
    }

    /// After the request was carried out (or rejected, see `status`), before the response is sent. A fault
    /// replaces the response; what was done stays done.
    fn processed(&self, request: &Seen, status: u16) -> Fault {
        let _ = (request, status);
        Fault::None
    }
}

/// A request as passed to an [`Observer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The sequence number of the observed request, from 1, in order of arrival.
    pub number: u64,
    /// The effective method: GET for a POST with `x-http-method-override: GET`.
    pub method: String,
    /// The path, such as `/api/v1/lead/`.
    pub path: String,
    /// The query string, as sent; empty if absent.
    pub query: String,
}

/// What an [`Observer`] does to a request in place of, or before, its normal response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request is processed normally.
    None,
    /// The connection is closed without a response.
    Drop,
    /// The response is this status with this body: JSON if the body begins with `{`, else HTML as a proxy
    /// in front of Close would send it.
    Status(u16, String),
    /// The head of the response and the first half of its body are sent, then the connection is closed.
    /// Before the request is carried out: as [`Fault::Drop`].
    Cut,
    /// As [`Fault::Cut`], but nothing is sent between the half and the end for this long, by the sandbox's
    /// clock.
    Stall(Duration),
    /// 429, with a `RateLimit` header of which requests remain and whose allowance is restored after this
    /// time (assumed to be possible). Only before a request is carried out; after it as [`Fault::Drop`].
    Limited(Duration),
    /// Processing continues after this time, by the sandbox's clock.
    Delay(Duration),
}
