//! Views, text and JSON of plans, runs, archives and results of use cases.
//!
//! Besides `cli`, the only module whose output people read. It decides nothing and sends nothing, and `app`
//! knows nothing of it. Its output contains message text only in `parse` and `plan --payloads`, where the user requests it.

#![deny(clippy::too_many_lines, clippy::too_many_arguments)]

pub mod inspect;
pub mod parse;
pub mod payloads;
mod places;
pub mod plan;
pub mod progress;
pub mod run;
