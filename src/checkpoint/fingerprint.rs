//! What the keyed hashes of a checkpoint are of: the kind of a text and the text.
//!
//! The text itself, or the chat's key, never gets into the file.

use super::{Hash, HashKey};
use crate::name::name_key;

/// The keyed hash of a text of some kind, as it is recorded.
pub fn keyed(key: &HashKey, kind: &'static str, text: &str) -> Hash {
    key.hash(format!("{kind}:{text}").as_bytes())
}

/// The digest of an archive, from the hash of its content.
pub fn archive(key: &HashKey, content: &[u8; 16]) -> Hash {
    keyed(key, "archive", &data_encoding::HEXLOWER.encode(content))
}

/// The handle of a chat in the checkpoint: the keyed hash of the chat's key.
pub fn handle(key: &HashKey, chat: &str) -> Hash {
    keyed(key, "chat", chat)
}

/// The name of a one-to-one chat on its device, as it is recorded.
pub fn name(key: &HashKey, device: &str, name: &str) -> Hash {
    keyed(key, "name", &format!("{device}\0{}", name_key(name)))
}

/// A message that its sender had deleted before it could be imported is recorded with this for its
/// text.
pub fn tombstone(key: &HashKey) -> Hash {
    keyed(key, "tombstone", "")
}
