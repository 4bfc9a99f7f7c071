//! The sizes from which on a migration is not held in memory as a whole.
//!
//! Below them nothing is packed and nothing is read twice, so that most migrations have no overhead. Never
//! here: what is released and when.

/// From this number of messages on, chats are packed while they wait ([`crate::packed_vec`]): 200,000
/// messages take about 100 MB unpacked.
const MESSAGES: usize = 200_000;

/// A larger chat is not packed: it would be in memory twice while it is unpacked.
const CHAT: usize = 100_000;

/// Contents of more messages than these are made again where chats are compared: those of a million messages
/// take 1 GB.
const CONTENTS: usize = 100_000;

/// From this number of bytes on, transcripts are read again when they are needed.
const TRANSCRIPTS: u64 = 64_000_000;

/// Whether the chats of a migration with this number of messages are packed while they wait.
pub(crate) fn packs_chats(messages: usize) -> bool {
    messages >= MESSAGES || is_forced()
}

/// Whether a chat with this number of messages is packed, where chats are.
pub(crate) fn packs_chat(messages: usize) -> bool {
    messages <= CHAT
}

/// Whether the contents of this number of messages are kept while chats are compared with records.
pub(crate) fn keeps_contents(messages: usize) -> bool {
    messages <= CONTENTS && !is_forced()
}

/// Whether transcripts of this number of bytes in total are released after a first reading.
pub(crate) fn releases_transcripts(bytes: u64) -> bool {
    bytes >= TRANSCRIPTS || is_forced()
}

/// In a build for tests, `CHATFERRY_SMALL_MEMORY` makes every migration count as above all sizes.
#[cfg(feature = "fault-points")]
#[expect(
    clippy::disallowed_methods,
    reason = "not part of a build for users, so no module of theirs reads it"
)]
fn is_forced() -> bool {
    std::env::var_os("CHATFERRY_SMALL_MEMORY").is_some()
}

#[cfg(not(feature = "fault-points"))]
fn is_forced() -> bool {
    false
}
