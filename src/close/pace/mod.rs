//! Pace: one gate per endpoint group, fed by what the server says about its budget.
//!
//! Close counts per endpoint group, which it does not publish; method and path template stand in
//! for it (`close-api.md` 4.1, 4.5). [`header`] reads what an answer says, [`gate`] decides when
//! the next request may go. Nothing here sends anything or knows what an endpoint is for.

mod gate;
mod header;

pub use gate::Allowance;
pub(crate) use gate::{Answer, Gate, Pass};
pub(crate) use header::{Budget, Signals};
