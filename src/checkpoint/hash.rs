//! The keyed hash that represents personal data in the file.
//!
//! It identifies a chat, a pair of numbers or a text without storing it. Nothing is hashed without the
//! key: phone numbers are few enough for an exhaustive search.

use std::fmt;

use rustls::crypto::ring::default_provider;

/// A keyed BLAKE3 hash, truncated to its first 16 bytes.
pub type Hash = [u8; 16];

/// The 32 random bytes of one checkpoint file; its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct HashKey([u8; 32]);

impl HashKey {
    /// A new key from the operating system's secure random source; `None` when that fails. The injected
    /// clock's random numbers are not used, since they may be predictable.
    pub(crate) fn random() -> Option<HashKey> {
        let mut bytes = [0; 32];
        default_provider().secure_random.fill(&mut bytes).ok()?;
        Some(HashKey(bytes))
    }

    /// The key whose bytes a file stores.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> HashKey {
        HashKey(bytes)
    }

    /// The bytes to store in the file; for no other use.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of `bytes` under this key: deterministic for one key, unrelated under another. Callers that
    /// hash different kinds of values (chat key, number pair, body) prefix the kind, so that no hash of one
    /// kind equals one of another.
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
    fn random_key_is_random_and_has_no_debug_output() {
        let (one, two) = (HashKey::random().unwrap(), HashKey::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "HashKey");
    }
}
