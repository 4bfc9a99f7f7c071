//! The typed client of Close's API, and the only room that speaks HTTP outward.
//!
//! It turns a typed request into an answer or a [`Failure`] that says what the caller may do
//! next. It knows nothing of plans, transcripts or the checkpoint, keeps nothing on disk, prints
//! nothing, and never decides that a message is *absent*: a create whose answer was lost comes
//! back as [`Failure::Unknown`], to be asked about and not resent (`close-api.md` 1.8, 5.5).
//!
//! ```text
//! me leads contacts users messages files     one file per resource: shapes and paths
//!              |
//!           client      one request: gate, exchange, classify, retry or give up
//!        /     |     \
//!     pace  outcome  error        wait one's turn · what an answer means · what went wrong
//!        \     |
//!     retry  auth
//! ```
//!
//! What every request keeps to: a body of known length; no redirect followed; credentials to the
//! base host only; plain http to loopback only; at most [`Settings::max_attempts`] attempts; no
//! content of messages, names, numbers or queries in any error, `Debug` or `Display`.

mod auth;
mod circuit_breaker;
mod client;
mod contacts;
mod download;
mod error;
mod etag;
mod events;
mod files;
mod leads;
mod me;
mod merges;
mod messages;
mod outcome;
mod pace;
mod retry;
mod search;
mod users;
mod walk;
mod webhooks;
mod wire;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use auth::Auth;
pub use client::{Client, Leave, Settings, Stats};
pub use contacts::Contact;
pub use download::Sum;
pub use error::{Error, Failure, Trouble};
pub use events::Deletion;
pub use files::Ticket;
pub use leads::{CreatedLead, Lead, NewLead};
pub use me::{Me, Organization};
pub use messages::{
    Created, Direction, FileLink, Found, Held, Message, NewMessage, Patch, Removal,
};
pub use pace::Allowance;
pub(crate) use retry::backoff;
pub use users::User;
pub use walk::Listed;
pub use webhooks::Webhook;
