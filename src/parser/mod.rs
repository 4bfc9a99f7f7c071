//! Parser for transcripts: bytes to a [`Chat`](crate::chat::Chat).
//!
//! It does no I/O and knows no time zone, no contacts and nothing of Close. It never fails because of a
//! single line: a line that it does not recognise stays part of the message above it or becomes an oddity.
//! The same bytes give the same result on every machine and with any number of threads.

mod media_index;
pub mod text;

pub use media_index::MediaIndex;

use chrono::{Days, NaiveDate};

use crate::chat::{DateOrder, Evidence};

/// What is known about a transcript from other sources than its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The chat's name, from the name of the archive or transcript: the other participant of a
    /// one-to-one chat, or the subject of a group; `None` if it is not known. Distinguishes notices
    /// of a group from messages.
    pub chat_name: Option<&'a str>,
    /// The files in the transcript's folder.
    pub media: &'a MediaIndex,
    /// The user's date order; `None` for `auto`. It takes precedence over all evidence except
    /// proof: it is not used if lines would then have impossible dates.
    pub date_order: Option<DateOrder>,
    /// Other information about its dates.
    pub hints: Hints,
    /// The transcript's file name, without folders; `None` if it has none.
    pub file_name: Option<&'a str>,
    /// The text of the `chat.md` next to a `chat.txt` of WhatsApp Web; `None` if there is none.
    pub markdown: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// A context with nothing but the files in the transcript's folder.
    pub fn new(media: &'a MediaIndex) -> Self {
        Context {
            chat_name: None,
            media,
            date_order: None,
            hints: Hints::default(),
            file_name: None,
            markdown: None,
        }
    }
}

/// Information about a transcript's dates from other sources than its text. Weaker than proof in the text and than the
/// user's date order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints {
    /// The date of the transcript in the zip's directory; `None` if it has none. See
    /// [`Hints::latest`].
    pub exported: Option<NaiveDate>,
    /// The day on which the archive is read, in UTC; `None` if it does not matter. See
    /// [`Hints::latest`].
    pub today: Option<NaiveDate>,
    /// The date order that other archives determine, and the evidence; `None` if they determine
    /// none.
    pub other_archives: Option<(DateOrder, Evidence)>,
}

impl Hints {
    /// The last day on which a message can be: two days after the earlier of the two dates, since a
    /// zip's directory has no time zone and a clock may be fast; `None` without a date.
    pub fn latest(&self) -> Option<NaiveDate> {
        let days = [self.exported, self.today].into_iter().flatten();
        days.min()?.checked_add_days(Days::new(2))
    }
}

/// Why bytes are not a transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATranscript {
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// No line is a header.
    #[error("contains no WhatsApp message (found {looks_like})")]
    NoMessages {
        /// What the text looks like instead, for people.
        looks_like: &'static str,
    },
    /// More than [`crate::chat::MAX_TRANSCRIPT_BYTES`].
    #[error("larger than 2 GiB, the limit for a transcript")]
    TooLarge,
}
