//! The inputs of the checkpoint's keyed hashes: a kind and a text.
//!
//! Neither the text nor the chat's key reaches the file.

use super::{Hash, HashKey};
use crate::name::name_key;

/// The keyed hash of a text of this kind, as the checkpoint records it.
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

/// The keyed hash of device and name key of a one-to-one chat.
pub fn name(key: &HashKey, device: &str, name: &str) -> Hash {
    keyed(key, "name", &format!("{device}\0{}", name_key(name)))
}

/// The keyed hash of the number of an erased person.
pub fn number(key: &HashKey, e164: &str) -> Hash {
    keyed(key, "number", e164)
}

/// The keyed hash that is recorded as the text of a message that its sender deleted before it could
/// be imported.
pub fn tombstone(key: &HashKey) -> Hash {
    keyed(key, "tombstone", "")
}
