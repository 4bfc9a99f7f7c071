//! Matching: which messages of two sources are the same, whether two sources are one conversation, and
//! which zone shift is between them.
//!
//! Pure: knows no archive, no checkpoint, no Close and does no I/O. One engine compares archives with each
//! other, with the checkpoint and with Close's lists, and folders with each other.
//!
//! ```text
//! source -> Timeline of Observations --+-> overlap:  one conversation? at which zone shift?
//!                                                                           +-> pairing:  Known(index) |
//!                                      New | Ambiguous, per message
//! ```
//!
//! A derived external id names a message. It is never evidence by itself here.

pub mod agreement;
mod by_content;
mod by_position;
pub mod candidates;
mod chosen;
mod clock_change;
mod components;
mod corrected;
mod crossing;
mod histories;
mod least;
mod local_times;
mod missing;
mod names;
mod order;
pub mod overlap;
mod pairing;
mod pairs;
pub mod people;
mod plausible;
mod record_order;
pub mod sequence;
mod surroundings;
#[cfg(test)]
mod tests;
mod timeline;
pub mod tolerance;
mod whole_shift;
mod zone_shift;

pub use crossing::{Arrival, Arrived, undo_crossing};
pub use pairing::{Match, Pairing, Settings, pair};
pub use pairs::{Authors, Person};
pub use timeline::{
    Class, Closeness, FileKind, Files, Id, Observation, Precision, Program, Repeat, State,
    Timeline, Wording, closeness,
};
