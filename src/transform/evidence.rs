//! Evidence of a message's content and time, for matching.
//!
//! Belongs here: the value. Never here: how it is made of a message (`observe`), and what it proves
//! ([`matching`](crate::matching)).

use serde::{Deserialize, Serialize};

use crate::matching::sequence::Key;
use crate::matching::{Class, Precision, Program, Repeat};

/// Evidence of a message's content and time, without files and people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The hash of the canonical body; `None` for content without one.
    pub content: Option<Key>,
    /// The coarse kind that matching compares; `None` for a deletion.
    pub class: Option<Class>,
    /// How precise its time is.
    pub precision: Precision,
    /// By how much the message may be later, since its local time occurs twice and nothing shows
    /// which it is.
    pub repeats: Repeat,
    /// Whether programs render the message in different words.
    pub varies: bool,
    /// The kind of program that rendered the message.
    pub program: Program,
    /// Whether the program marks edited messages.
    pub marks_edits: bool,
    /// Whether archives differ in its direction, so that a record may have either.
    pub two_sided: bool,
}

impl Evidence {
    /// Whether the content may be part of the derived id. The id of a card is that of any other one of its minute.
    pub fn is_known_by_id(&self) -> bool {
        self.content.is_some() && self.class != Some(Class::Card)
    }
}
