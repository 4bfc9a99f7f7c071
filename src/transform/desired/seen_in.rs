//! The archives of a chat that have a message.
//!
//! Belongs here: the set. Never here: which messages are the same.

use serde::{Deserialize, Serialize};

/// A set of archives of one chat, by their indexes in [`super::DesiredChat::archives`]. Archives from the 64th on are
/// never in it: what follows from them is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenIn(u64);

impl SeenIn {
    /// The set with one archive.
    pub fn only(archive: u32) -> SeenIn {
        SeenIn(1_u64.checked_shl(archive).unwrap_or(0))
    }

    /// The archives of both sets.
    pub fn and(self, other: SeenIn) -> SeenIn {
        SeenIn(self.0 | other.0)
    }

    /// Whether the archive is known to have the message.
    pub fn has(self, archive: u32) -> bool {
        self.0 & SeenIn::only(archive).0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::SeenIn;

    #[test]
    fn archive_beyond_the_set_is_not_known() {
        let both = SeenIn::only(2).and(SeenIn::only(63)).and(SeenIn::only(64));
        let known: Vec<u32> = (0..200).filter(|archive| both.has(*archive)).collect();
        assert_eq!(known, [2, 63]);
    }
}
