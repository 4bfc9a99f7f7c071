//! Archives for people and scripts (`inspect`): serializable views and their text.
//!
//! Belongs here: which facts of an archive are shown, and their layout. Names of participants and counts
//! are shown, message text is not.

mod contents;
mod date_order;
mod screen;
mod text;
mod view;

pub(crate) use screen::page;
pub use view::{InspectView, View, count_together};

#[cfg(test)]
mod tests;
