//! What an archive may make the program do, before anything of it is believed.
//!
//! Every bound holds without reading the archive to its end: the number of entries is known from
//! the end record, the sizes from the directory, and an entry that gives more than its declared
//! size fails while it is read.

/// Bounds on what an archive may make the program do; `[limits]` in `chatferry.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of one zip, `archive_entries`. A phone puts 10,000 files into an export
    /// at most (`whatsapp-export-format.md` 1.5).
    pub entries: u64,
    /// Bytes of all entries of one zip after inflating, `archive_bytes`.
    pub bytes: u64,
    /// Bytes of one transcript after inflating, `transcript_bytes`; never more than
    /// [`crate::chat::MAX_TRANSCRIPT_BYTES`]. It is the only thing of an archive that is held in
    /// memory whole.
    pub transcript: u64,
    /// How many times larger a transcript may be than its packed form, `inflate_ratio`; talk
    /// packs to a fifth or a tenth, and zip's own method ends at about 1030. Counted from
    /// [`Limits::RATIO_FROM`] on.
    pub ratio: u64,
}

/// The least and the most that each bound may be set to.
pub mod ranges {
    use std::ops::RangeInclusive;

    use crate::chat::MAX_TRANSCRIPT_BYTES;

    /// Of [`super::Limits::entries`].
    pub const ENTRIES: RangeInclusive<u64> = 1..=100_000_000;
    /// Of [`super::Limits::bytes`].
    pub const BYTES: RangeInclusive<u64> = 1..=1_000_000_000_000_000;
    /// Of [`super::Limits::transcript`]; places in a transcript are numbers of 31 bits.
    pub const TRANSCRIPT: RangeInclusive<u64> = 1..=MAX_TRANSCRIPT_BYTES as u64;
    /// Of [`super::Limits::ratio`].
    pub const RATIO: RangeInclusive<u64> = 1..=1_000_000;
}

impl Limits {
    /// Bytes up to which a transcript may inflate as it likes: it does no harm.
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
