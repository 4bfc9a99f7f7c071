//! Cache of senders who wrote before, found without hashing their complete names, since nearly every message is from
//! one of them.

/// A sender who wrote before.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecentSender<'t> {
    /// The name as written: everything before the first `: ` of a line, so that no other sender's name begins with it
    /// and a colon.
    pub(super) name: &'t str,
    /// Number of the participant.
    pub(super) number: u32,
    /// Whether the name may be the beginning of a longer one.
    pub(super) watched: bool,
}

/// One sender per slot. A sender replaces another one in the same slot, since this is only a cache.
#[derive(Debug)]
pub(super) struct RecentSenders<'t> {
    slots: [Option<RecentSender<'t>>; RecentSenders::SLOTS],
}

impl Default for RecentSenders<'_> {
    fn default() -> Self {
        RecentSenders {
            slots: [None; RecentSenders::SLOTS],
        }
    }
}

impl<'t> RecentSenders<'t> {
    const SLOTS: usize = 128;

    /// The sender of a line, given the text after its timestamp, if it is in its slot. The body begins two bytes after
    /// the name.
    pub(super) fn find(&mut self, rest: &str) -> Option<&mut RecentSender<'t>> {
        let bytes = rest.as_bytes();
        let colon = memchr::memchr(b':', bytes)?;
        if bytes.get(colon + 1) != Some(&b' ') {
            return None;
        }
        let name = &bytes[..colon];
        self.slots[slot(name)]
            .as_mut()
            .filter(|known| known.name.as_bytes() == name)
    }

    /// Adds a sender. A name with a colon in it is never found.
    pub(super) fn add(&mut self, known: RecentSender<'t>) {
        self.slots[slot(known.name.as_bytes())] = Some(known);
    }
}

/// The slot of a name, by its ends and its length, since many numbers begin alike and many names end alike.
fn slot(name: &[u8]) -> usize {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let (head, tail) = if name.len() < 8 {
        let short = name
            .iter()
            .fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        (short, 0)
    } else {
        (word(name.first_chunk()), word(name.last_chunk()))
    };
    let mixed =
        (head ^ tail.rotate_left(29) ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 57) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_earlier_senders_are_found() {
        let mut recent = RecentSenders::default();
        for (number, name) in (0..).zip(["Ann", "Anna Example", "+44 7700 900123", ""]) {
            recent.add(RecentSender {
                name,
                number,
                watched: false,
            });
        }
        let mut found = |rest: &str| recent.find(rest).map(|known| known.number);
        assert_eq!(found("Ann: hi: there"), Some(0));
        assert_eq!(found("Anna Example: hi"), Some(1));
        assert_eq!(found("+44 7700 900123: hi"), Some(2));
        assert_eq!(found(": hi"), Some(3));
        for other in [
            "Anna: hi",
            "Ann:hi",
            "Ann",
            "Ann\n: hi",
            "+44 7700 900124: hi",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
