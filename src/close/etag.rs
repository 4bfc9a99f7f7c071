//! Verification of uploads by the storage's entity tag.
//!
//! The tag of an object that was uploaded in one part is the MD5 of its bytes, unless the storage encrypts with keys
//! of its own (S3's documentation of `ETag`). Which applies is not announced, so it is learned. One tag that equals
//! the MD5 proves that tags are MD5s; from then on a different tag means a damaged transfer. Before that, a different
//! tag costs one more transfer: if the same bytes get a different tag again, tags are not MD5s.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// MD5 of the sent bytes.
pub(super) type Md5 = [u8; 16];

/// What is known of a storage's tags.
#[derive(Debug)]
pub(super) struct Etags(Mutex<TagKind>);

#[derive(Debug)]
enum TagKind {
    /// No tag has been equal yet; these bytes had a different one.
    Unknown(HashSet<Md5>),
    /// Tags are MD5s.
    Md5,
    /// Tags are not MD5s.
    Other,
}

impl Etags {
    pub(super) fn new() -> Etags {
        Etags(Mutex::new(TagKind::Unknown(HashSet::new())))
    }

    /// False if the tag shows that other bytes arrived than were sent, so that they should be sent again.
    pub(super) fn agrees(&self, tag: Option<&str>, sent: Md5) -> bool {
        let Some(tag) = tag.and_then(md5) else {
            return true;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *known {
            TagKind::Other => true,
            _ if tag == sent => {
                *known = TagKind::Md5;
                true
            }
            TagKind::Md5 => false,
            TagKind::Unknown(seen) => {
                let first = seen.insert(sent);
                if !first {
                    *known = TagKind::Other;
                }
                !first
            }
        }
    }
}

/// A tag in the form of an MD5; that of an object in several parts contains a `-`.
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
