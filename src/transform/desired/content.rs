//! Content: text of a message that no log, error or checkpoint may show.
//!
//! Belongs here: the wrapper that hides it. Never here: what a text means.

use std::fmt;

use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Text of a message for Close. `Debug` and text formats do not reveal it, so that no content gets into logs,
/// errors or checkpoints by accident.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Content(String);

impl Content {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Content(text.into())
    }

    /// The text, for the request and for `plan --payloads`.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// For [`crate::packed_vec::PackedVec`] only: human-readable formats are refused.
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => Err(S::Error::custom("content is not written as text")),
            false => self.0.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Content)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}
