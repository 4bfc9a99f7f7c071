//! Views, text and JSON of plans, runs, archives and results of use cases.
//!
//! Besides `cli`, the only module whose output people read. It decides nothing and sends nothing, and `app`
//! knows nothing of it. Its output contains message text only in `parse`, `plan --payloads` and `html`, where the user requests it.

#![deny(clippy::too_many_lines, clippy::too_many_arguments)]

pub(crate) mod bug_report;
pub(crate) mod checklist;
pub(crate) mod checkpoint;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
#[cfg(feature = "cloud")]
pub(crate) mod fleet;
pub(crate) mod forget;
pub(crate) mod html;
pub mod inspect;
pub(crate) mod lookup;
pub mod parse;
pub mod payloads;
pub(crate) mod pilot;
mod places;
pub mod plan;
pub mod progress;
pub(crate) mod questions;
pub(crate) mod recover;
pub mod run;
pub(crate) mod runs;
pub(crate) mod screen;
pub(crate) mod status;
pub(crate) mod undo;
pub(crate) mod verify;
mod without_file;
