//! Typed client of Close's API, and the only module that sends HTTP requests.
//!
//! It turns a typed request into a response or a [`Failure`] that determines what the caller may do next. It knows
//! nothing of plans, transcripts or the checkpoint, writes no files, prints nothing, and never concludes that a
//! message is *absent*: a create whose response was lost is [`Failure::Unknown`], to be looked up and not resent.
//!
//! ```text
//! me leads contacts users messages files     one file per resource: types and paths
//!              |
//!           client      one request: rate limit, exchange, classification, retries
//!        /     |     \
//!     pace  outcome  error        rate limits · meaning of a response · errors
//!        \     |
//!     retry  auth
//! ```
//!
//! Invariants of every request: a body of known length; no redirect followed; credentials to the base host only;
//! plain http to loopback only; at most [`Settings::max_attempts`] attempts; no content of messages, names, numbers
//! or queries in any error, `Debug` or `Display`.
//!
//! See docs/reference/close-api.md, "Conventions".

mod auth;
mod circuit_breaker;
mod client;
mod contacts;
mod deleted;
mod download;
mod error;
mod etag;
mod events;
mod expiry;
mod field_error;
mod files;
mod in_flight;
mod last_activity;
mod lead_contents;
mod leads;
mod me;
mod merges;
mod messages;
mod outcome;
mod pace;
mod paging;
mod retry;
mod roles;
mod search;
mod sequences;
mod statuses;
mod users;
mod wait;
mod walk;
mod webhooks;
mod wire;
mod wording;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use auth::Auth;
pub use client::{Client, Permit, Settings, Stats};
pub use contacts::{Contact, ContactNumbers};
pub use download::{FileChecksum, Unread};
pub use error::{EXTERNAL_ID, Error, Failure, Trouble};
pub use events::{Creation, Deletion};
pub use expiry::Expiry;
pub use field_error::FieldError;
pub use files::Ticket;
pub use in_flight::SlowRequest;
pub use leads::{CreatedLead, Lead, NewLead};
pub use me::{Me, Organization};
pub use messages::{
    Created, Direction, FileLink, FoundMessage, Message, NewMessage, Patch, Removal, StoredFile,
};
pub use pace::Allowance;
pub(crate) use retry::backoff;
pub use roles::VIEW_ALL_LEADS;
pub use sequences::Sequence;
pub use statuses::LeadStatus;
pub use users::User;
pub use wait::Wait;
pub use walk::Listed;
pub use webhooks::Webhook;
