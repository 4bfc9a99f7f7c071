//! What a source records about one message, in a form that belongs to no program: plain data, to
//! be turned into whatever a test feeds. How a source comes to it belongs into the sources' files.

use chrono::NaiveDateTime;

use super::conversation::FileKind;

/// One message as one source records it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    /// The place of the true message. Only a test's verdict may read it.
    pub(crate) truth: usize,
    /// The ids that the source knows it by: WhatsApp's own, or derived ones (`cf1-…`).
    pub(crate) ids: Vec<String>,
    /// The instant in milliseconds. Of a stamp without a zone: read in the home zone, the earlier
    /// reading where there are two, the offset before the gap where there is none.
    pub(crate) at: i64,
    /// The stamp as written, cut to the precision; `None` where the source holds instants.
    pub(crate) local: Option<NaiveDateTime>,
    /// How exact the instant is.
    pub(crate) precision: Precision,
    /// `at` may be an hour off: its wall-clock time happened twice in the home zone, and the
    /// source does not show which of the two is meant.
    pub(crate) in_repeated_hour: bool,
    /// Which side sent it, seen from the phone that the source comes from.
    pub(crate) side: Side,
    /// Its author as the source shows him: a name, or a number; `None` where it does not.
    pub(crate) author: Option<String>,
    /// What it is.
    pub(crate) class: Class,
    /// The kind of its file, where the source shows it.
    pub(crate) kind: Option<FileKind>,
    /// The text, the caption, the question; `latitude,longitude` of a place; the name on a card.
    /// `None` where there are no words, or the source left them out.
    pub(crate) body: Option<String>,
    /// Its files, where the source has them.
    pub(crate) files: Vec<RecordedFile>,
    /// What became of it.
    pub(crate) state: State,
    /// True if the source marks messages whose text was edited.
    pub(crate) marks_edits: bool,
    /// True if an import wrote it: such a source lacks what was deleted before.
    pub(crate) imported: bool,
    /// Its place in the source.
    pub(crate) place: usize,
}

/// A file of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedFile {
    /// The name in this source; another export of the chat may give another one.
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: u64,
    /// `None` where only the size is known: in Close's list, and in a database without its files.
    pub(crate) crc: Option<u32>,
}

/// How exact an instant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// Cut to the minute.
    Minute,
    /// Cut to the second; a re-export may show the next second.
    Second,
    /// To the millisecond.
    Exact,
}

/// The side that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The owner of the phone.
    Outgoing,
    /// Somebody else.
    Incoming,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Text,
    File,
    Place,
    Card,
    Poll,
    /// A notice of a deletion hides what the message was.
    Unknown,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Plain,
    Edited,
    /// Deleted for everyone: a notice.
    Deleted,
    /// A placeholder stands for its content.
    Omitted,
}
