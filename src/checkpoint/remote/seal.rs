//! Sealing of the hash key: AES-256-GCM with the key of the environment.
//!
//! A store has the keyed hashes of phone numbers, of which there are few enough for an exhaustive search: their key must
//! not be readable in the same place.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};

use super::super::hash::HashKey;
use crate::checkpoint_location::StoreKey;

/// The random bytes before the ciphertext.
const NONCE: usize = 12;
/// The beginning of the data that is authenticated with the key; the organisation follows.
const CONTEXT: &str = "chatferry hash key 1 ";

/// The sealed hash key of an organisation; `None` if the system has no random numbers.
pub(super) fn seal(key: &StoreKey, organization_id: &str, hash_key: &HashKey) -> Option<Vec<u8>> {
    // A key has one use per organisation and organisations are few: a random nonce does not repeat.
    let random = HashKey::random()?;
    let nonce = &random.bytes()[..NONCE];
    let aad = format!("{CONTEXT}{organization_id}");
    let payload = Payload {
        msg: hash_key.bytes(),
        aad: aad.as_bytes(),
    };
    let cipher = Aes256Gcm::new_from_slice(key.bytes()).ok()?;
    let sealed = cipher
        .encrypt(&Nonce::try_from(nonce).ok()?, payload)
        .ok()?;
    Some([nonce, &sealed].concat())
}

/// The hash key; `None` if it was sealed with another key, or for another organisation.
pub(super) fn open(key: &StoreKey, organization_id: &str, sealed: &[u8]) -> Option<HashKey> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let aad = format!("{CONTEXT}{organization_id}");
    let payload = Payload {
        msg: sealed,
        aad: aad.as_bytes(),
    };
    let cipher = Aes256Gcm::new_from_slice(key.bytes()).ok()?;
    let opened = cipher
        .decrypt(&Nonce::try_from(nonce).ok()?, payload)
        .ok()?;
    Some(HashKey::from_bytes(opened.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digits: &str) -> StoreKey {
        StoreKey::of_hex(&digits.repeat(32)).unwrap()
    }

    #[test]
    fn sealed_key_opens_with_its_key_and_organization_alone() {
        let hash_key = HashKey::from_bytes([5; 32]);
        let sealed = seal(&key("0a"), "orga_a", &hash_key).unwrap();
        assert_eq!(open(&key("0a"), "orga_a", &sealed), Some(hash_key.clone()));
        assert_eq!(open(&key("0b"), "orga_a", &sealed), None);
        assert_eq!(open(&key("0a"), "orga_b", &sealed), None);
        assert_eq!(open(&key("0a"), "orga_a", &sealed[1..]), None);
        assert_eq!(open(&key("0a"), "orga_a", &[]), None);
        assert!(!sealed.windows(32).any(|bytes| bytes == hash_key.bytes()));
        let again = seal(&key("0a"), "orga_a", &hash_key).unwrap();
        assert_ne!(sealed, again);
    }
}
