//! Bytes in, [`Chat`](crate::chat::Chat) out.
//!
//! The parser opens no file, knows no time zone, no contact and nothing of Close. It never fails
//! because of one line: what it cannot understand stays part of the message before it or becomes
//! an oddity with its line. Same bytes, same result, on every machine and thread count
//! (design.md, invariant 1).

mod media_index;
pub mod text;

pub use media_index::MediaIndex;

use chrono::NaiveDate;

use crate::chat::{DateOrder, Evidence};

/// What is known about a transcript from outside its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The chat's name, from the archive's or the transcript's name: the other side of a
    /// one-to-one chat, or the group's subject. Tells notices of a group from messages.
    pub chat_name: Option<&'a str>,
    /// The files beside the transcript.
    pub media: &'a MediaIndex,
    /// What the user said about the order of day and month; wins over every evidence but proof:
    /// where lines would lose their dates by it, it is not taken.
    pub date_order: Option<DateOrder>,
    /// What else is known of its dates.
    pub hints: Hints,
    /// The transcript's own file name, without folders.
    pub file_name: Option<&'a str>,
    /// The text of the `chat.md` beside a `chat.txt` of WhatsApp Web.
    pub markdown: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// Nothing is known but the files beside the transcript.
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

/// What is known of a transcript's dates from outside its text. Weaker than everything in the
/// text and than the user's word: it counts only where those settle nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints {
    /// The day on which the transcript was written, as the zip's directory says. No message can
    /// be of a later day (`whatsapp-export-format.md` 2.7, rule 3).
    pub exported: Option<NaiveDate>,
    /// The order that other archives tell, and how.
    pub elsewhere: Option<(DateOrder, Evidence)>,
}

/// Why bytes are not a transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATranscript {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// No line has the form of a message.
    #[error("holds no line in the form of a WhatsApp message; it seems to be {seems}")]
    NoMessages {
        /// What it looks like instead, for people.
        seems: &'static str,
    },
    /// More than [`crate::chat::MAX_TRANSCRIPT_BYTES`].
    #[error("is larger than 2 GiB, which no phone writes")]
    TooLarge,
}
