//! Verifications and repairs, as views and their text.

mod repair;
mod text;
mod view;

pub(crate) use repair::{RepairSummary, plan_text, result_text};
pub(crate) use text::page;
pub(crate) use view::{VerifyView, verdict};
