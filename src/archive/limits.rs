//! Resource limits for untrusted archives (`[limits]` in `chatferry.toml`).
//!
//! Every limit holds without reading the archive to its end: the number of entries is in the end
//! record, the sizes are in the directory, and reading an entry fails as soon as it exceeds its
//! declared size.

/// Limits of what is read from one archive, against damaged and hostile ones: the keys of
/// `[limits]` in `chatferry.toml` (docs/reference/configuration.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of entries of one zip, `archive_entries`. WhatsApp puts at most 10,000
    /// files into an export (observed).
    pub entries: u64,
    /// The maximum total uncompressed size of one zip, in bytes, `archive_bytes`.
    pub bytes: u64,
    /// Uncompressed size of one transcript, in bytes, `transcript_bytes`; at most
    /// [`crate::chat::MAX_TRANSCRIPT_BYTES`]. The transcript is the only part of an archive that is
    /// held in memory as a whole.
    pub transcript: u64,
    /// The maximum ratio of uncompressed to compressed size of a transcript, `inflate_ratio`; chats
    /// compress 5 to 10 times, and deflate at most about 1,030 times. Checked above
    /// [`Limits::RATIO_FROM`].
    pub ratio: u64,
}

/// The range that each limit may be set to.
pub mod ranges {
    use std::ops::RangeInclusive;

    use crate::chat::MAX_TRANSCRIPT_BYTES;

    /// Range of [`super::Limits::entries`].
    pub const ENTRIES: RangeInclusive<u64> = 1..=100_000_000;
    /// Range of [`super::Limits::bytes`].
    pub const BYTES: RangeInclusive<u64> = 1..=1_000_000_000_000_000;
    /// Range of [`super::Limits::transcript`]; offsets into a transcript have 31 bits.
    pub const TRANSCRIPT: RangeInclusive<u64> = 1..=MAX_TRANSCRIPT_BYTES as u64;
    /// Range of [`super::Limits::ratio`].
    pub const RATIO: RangeInclusive<u64> = 1..=1_000_000;
}

impl Limits {
    /// Uncompressed size up to which the compression ratio is not checked, in bytes: harmless at any ratio.
    pub const RATIO_FROM: u64 = 16 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            entries: 200_000,
            bytes: 100_000_000_000,
            transcript: 512 << 20,
            ratio: 500,
        }
    }
}
