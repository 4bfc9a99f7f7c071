//! Whether the storage has what was sent: its entity tag beside our own MD5.
//!
//! The tag of an object that was posted in one piece is the MD5 of its bytes, unless the storage
//! encrypts with keys of its own (S3's documentation of `ETag`); which it is, nobody says. So it
//! is learned: a tag that is the MD5 once proves that they are, and from then on another tag is a
//! damaged transfer. Until then a tag that disagrees costs one transfer more: if the same bytes
//! disagree again, the tags are something else.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The MD5 of what was sent.
pub(super) type Md5 = [u8; 16];

/// What is known of a storage's tags.
#[derive(Debug)]
pub(super) struct Etags(Mutex<Known>);

#[derive(Debug)]
enum Known {
    /// No tag has agreed yet; these bytes had a tag that did not.
    Nothing(HashSet<Md5>),
    /// They are MD5s.
    Md5,
    /// They are something else.
    Other,
}

impl Etags {
    pub(super) fn new() -> Etags {
        Etags(Mutex::new(Known::Nothing(HashSet::new())))
    }

    /// False where the tag says that other bytes arrived than were sent, and it is worth sending
    /// them again.
    pub(super) fn agrees(&self, tag: Option<&str>, sent: Md5) -> bool {
        let Some(tag) = tag.and_then(md5) else {
            return true;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *known {
            Known::Other => true,
            _ if tag == sent => {
                *known = Known::Md5;
                true
            }
            Known::Md5 => false,
            Known::Nothing(seen) => {
                let first = seen.insert(sent);
                if !first {
                    *known = Known::Other;
                }
                !first
            }
        }
    }
}

/// A tag that looks like an MD5; one of an object in several parts has a `-`.
fn md5(tag: &str) -> Option<Md5> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(tag.as_bytes());
    bytes.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: (&str, Md5) = ("00000000000000000000000000000001", [0; 16]);
    const OTHER: &str = "ffffffffffffffffffffffffffffffff";

    #[test]
    fn what_is_no_md5_says_nothing() {
        let etags = Etags::new();
        for tag in [
            None,
            Some("abc"),
            Some("00000000000000000000000000000000-2"),
        ] {
            assert!(etags.agrees(tag, A.1));
        }
    }

    #[test]
    fn once_a_tag_was_the_md5_another_one_is_a_damaged_transfer() {
        let etags = Etags::new();
        assert!(etags.agrees(Some("00000000000000000000000000000000"), A.1));
        for _ in 0..3 {
            assert!(!etags.agrees(Some(OTHER), A.1));
        }
    }

    #[test]
    fn a_damaged_first_transfer_is_found_too() {
        let etags = Etags::new();
        assert!(!etags.agrees(Some(OTHER), A.1));
        assert!(etags.agrees(Some("00000000000000000000000000000000"), A.1));
        assert!(!etags.agrees(Some(OTHER), A.1));
    }

    #[test]
    fn tags_that_are_something_else_cost_one_transfer() {
        let etags = Etags::new();
        assert!(!etags.agrees(Some(OTHER), A.1));
        assert!(etags.agrees(Some(OTHER), A.1));
        assert!(etags.agrees(Some(A.0), [7; 16]));
    }
}
