//! An entry of the log: what one row of `change_log` means, as JSON.
//!
//! The names of variants and fields are part of the stored form: a released one keeps its meaning, and a new field has a
//! default.

use serde::{Deserialize, Serialize};

use super::super::change::Change;

/// An entry that is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) enum Entry {
    /// A run began: intents of the runs before it are unknown from here on. The first one creates the file.
    Begun {
        /// The version of the program.
        program: String,
    },
    /// Changes that the run recorded together.
    Changes(Vec<Change>),
    /// The run ended without an outcome of its own.
    Stopped,
}

/// The same, to be written.
#[derive(Debug, Serialize)]
pub(super) enum NewEntry<'e> {
    /// As [`Entry::Begun`].
    Begun {
        /// The version of the program.
        program: &'e str,
    },
    /// As [`Entry::Changes`].
    Changes(&'e [&'e Change]),
    /// As [`Entry::Stopped`].
    Stopped,
}

#[cfg(test)]
mod tests;
