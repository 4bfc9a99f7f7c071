//! A plan for people and scripts: a serializable view ([`PlanView`]) and its text.
//!
//! Belongs here: which facts of a plan are shown, and their layout. It contains labels, names and counts,
//! never message text, and no name of a private chat.

mod chat_text;
mod counts;
mod overview;
mod questions;
mod remarks;
mod screen;
mod sections;
mod text;
mod totals_text;
mod view;

pub(crate) use questions::{OpenCandidate, OpenQuestionView, open_questions};
pub(crate) use screen::{Commands, before_question, page};
pub(crate) use sections::sections;
pub(crate) use view::PlanView;

#[cfg(test)]
mod tests;
