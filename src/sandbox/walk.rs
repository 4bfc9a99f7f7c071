//! The rest of a search that was begun, as a cursor stands for it.

use std::time::Duration;

/// The remaining results of a search.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    pub(super) rest: Vec<(Type, String)>,
    pub(super) at: Duration,
}

/// The object types that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Contact,
    Lead,
    ContactPhone,
    ContactEmail,
}
