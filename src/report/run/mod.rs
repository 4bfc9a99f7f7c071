//! The result of a run for people and scripts: a serializable view ([`RunView`]) and its text.
//!
//! Belongs here: which facts of a run are shown, and their layout. The summary object of `--json` is
//! [`Numbers`](crate::app::Numbers), which also counts the requests.

mod text;
mod view;

pub(crate) use text::page;
pub(crate) use view::RunView;

#[cfg(test)]
mod tests;
