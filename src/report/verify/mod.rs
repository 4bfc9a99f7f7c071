//! Verifications and repairs, as views and their text.

mod causes;
mod next;
mod repair;
mod sections;
mod text;
mod verdict;
mod view;

pub(crate) use next::Commands;
pub(crate) use repair::{RepairPlanView, RepairSummary, plan_text, result_text};
pub(crate) use sections::{repair_sections, sections};
pub(crate) use text::page;
pub(crate) use verdict::verdict;
pub(crate) use view::VerifyView;
