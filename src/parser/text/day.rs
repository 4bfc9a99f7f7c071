//! A date as a transcript writes it, before its order is known.

/// A date as written, shared by consecutive candidates of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    /// The three numbers, as written.
    pub(super) numbers: [u16; 3],
    /// The era of the year, if written.
    pub(super) era: Option<super::calendar::Era>,
}
