//! The keyed hash under which people's data stands in the file.
//!
//! For: finding a chat, a pair of numbers or a text again without holding it (design.md invariant
//! 6). It must never hash without the key: phone numbers are few enough to try them all.

use std::fmt;

use rustls::crypto::ring::default_provider;

/// A keyed BLAKE3 hash, cut to its first 16 bytes.
pub type Hash = [u8; 16];

/// The 32 random bytes that belong to one checkpoint file; prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct HashKey([u8; 32]);

impl HashKey {
    /// A new key from the operating system's secure random numbers; `None` when it has none to
    /// give. Not from the passed-in clock's dice (design.md invariant 8): those may be guessed.
    pub(crate) fn random() -> Option<HashKey> {
        let mut bytes = [0; 32];
        default_provider().secure_random.fill(&mut bytes).ok()?;
        Some(HashKey(bytes))
    }

    /// The key that a file holds.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> HashKey {
        HashKey(bytes)
    }

    /// The bytes for the file; nobody else needs them.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of `bytes` under this key. Same key and bytes, same hash; under another key it
    /// has nothing in common. Callers that hash different kinds of things (chat key, number pair,
    /// body) put a word for the kind in front, so that no hash of one kind equals one of another.
    pub fn hash(&self, bytes: &[u8]) -> Hash {
        let digest = blake3::keyed_hash(&self.0, bytes);
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest.as_bytes()[..16]);
        hash
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_key_and_bytes() {
        let (one, two) = (HashKey::from_bytes([1; 32]), HashKey::from_bytes([2; 32]));
        assert_eq!(one.hash(b"a"), one.hash(b"a"));
        assert_ne!(one.hash(b"a"), one.hash(b"b"));
        assert_ne!(one.hash(b"a"), two.hash(b"a"));
    }

    #[test]
    fn a_random_key_is_random_and_prints_nothing() {
        let (one, two) = (HashKey::random().unwrap(), HashKey::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "HashKey");
    }
}
