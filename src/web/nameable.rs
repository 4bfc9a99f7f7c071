//! The chats that a result may name, kept with the result ([`super::showing`] compares them with those of now).

use std::collections::HashSet;

use crate::app::Stamp;

/// The chats that a result may name: those that were not private when it was made.
#[derive(Debug)]
pub(super) struct Nameable {
    /// The files at that time.
    pub(super) stamp: Stamp,
    /// The ids of the chats; `None` if the files could not be read.
    pub(super) chats: Option<HashSet<String>>,
}
