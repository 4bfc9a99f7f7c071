//! A checkpoint in a store: the log of its changes in PostgreSQL.
//!
//! SQLite stays the only place with the rules. A store has, for each organisation, the changes in their order (the log),
//! and from time to time the whole file (a snapshot). A run loads both into a private file, reads and writes that, and
//! commits each batch to the log before it commits it to the file. This folder has all SQL of checkpoints in PostgreSQL.
//!
//! | invariant | kept by |
//! |---|---|
//! | one run of an organisation at a time | an advisory lock, held by the session of the run |
//! | a run that lost its session records nothing | the epoch, which each insert compares |
//! | a run that lost its session sends nothing | the [`Fence`](crate::fence::Fence), which the session confirms |
//! | the log has no gaps | its primary key, checked again while it is replayed |
//!
//! Never here: what a change means (`apply`). Connections need the feature `cloud`.

mod problem;

#[cfg(feature = "cloud")]
mod beginning;
#[cfg(feature = "cloud")]
mod cache;
#[cfg(feature = "cloud")]
mod connect;
#[cfg(feature = "cloud")]
pub(crate) mod database;
#[cfg(feature = "cloud")]
mod entry;
#[cfg(feature = "cloud")]
mod lock;
#[cfg(feature = "cloud")]
mod reading;
#[cfg(feature = "cloud")]
mod replay;
#[cfg(feature = "cloud")]
mod runtime;
#[cfg(feature = "cloud")]
mod seal;
#[cfg(feature = "cloud")]
mod session;
#[cfg(feature = "cloud")]
mod snapshot;
#[cfg(feature = "cloud")]
mod tables;
#[cfg(not(feature = "cloud"))]
mod without;

pub use problem::StoreProblem;
#[cfg(feature = "cloud")]
pub(super) use reading::{is_in_use, load, try_out};
#[cfg(feature = "cloud")]
pub(super) use session::Session;
#[cfg(not(feature = "cloud"))]
pub(super) use without::{Session, is_in_use, load, try_out};
