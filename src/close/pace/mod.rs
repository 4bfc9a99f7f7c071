//! Rate limiting: one rate limiter per endpoint group, controlled by the server's budget.
//!
//! Close counts per endpoint group and does not publish the groups; method and path template are used instead.
//! [`header`] parses rate limit information, [`gate`] decides when the next request may be sent. Nothing here sends
//! requests or knows the purpose of an endpoint.
//!
//! See docs/reference/close-api.md, "Rate limits".

mod gate;
mod header;

pub use gate::Allowance;
pub(crate) use gate::{Answer, Gate, Pass};
pub(crate) use header::{Budget, Signals};
