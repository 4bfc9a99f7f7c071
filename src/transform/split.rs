//! Splits the text of a listed activity into its parts: the inverse of [`super::markdown`] and
//! [`super::render`].
//!
//! A text may have several readings: a person can type what chatferry writes. [`split`] returns all of
//! them, and callers that compare a listed activity with an archive's message use the one that agrees.
//! Bodies are rendered without escapes, so they are returned unchanged. Nothing here knows Close, a
//! checkpoint or an archive, or decides whether an activity is ours.
//!
//! Two things cannot be restored. A location from a database without URL and coordinates is read as text.
//! The name of a mention cannot be distinguished from the text around it: for a message with mentions,
//! [`canonical::listed_body`] is what agrees with [`canonical_body`].

mod around;
mod body;
mod files;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use crate::canonical;
use crate::chat::{Kind, MediaKind};

pub use files::{Absent, Why};

/// The maximum number of readings of one text. A text that was made to be ambiguous has more; the least
/// probable ones are omitted.
pub const MAX_READINGS: usize = 512;

/// Known properties of an activity besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context {
    /// Whether it belongs to a group.
    pub is_group: bool,
    /// The number of its attachments.
    pub files: usize,
}

/// One way to read a text that may be ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'t> {
    /// The displayed name of the sender before the body; `None` without one.
    pub sender: Option<&'t str>,
    /// The quotation before the body, with its `> ` and without its last line break.
    pub quotation: Option<&'t str>,
    /// What the body is, with its parts.
    pub body: Body<'t>,
    /// The reactions after the body, without the line breaks before them.
    pub reactions: Option<&'t str>,
    /// The files that proved to be damaged while they were read.
    pub damaged: Vec<Absent<'t>>,
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'t> {
    /// Ordinary text.
    Text(&'t str),
    /// Files that are attached, or have a placeholder.
    Files {
        /// The caption, without the placeholders; empty without one.
        caption: &'t str,
        /// The files that are not attached.
        absent: Vec<Absent<'t>>,
    },
    /// A file that the export omits.
    Omitted {
        /// The kind of the file; `None` if the export does not name it.
        media: Option<MediaKind>,
        /// The caption; empty without one.
        caption: &'t str,
    },
    /// A file that could be opened once.
    ViewOnce {
        /// The caption; empty without one.
        caption: &'t str,
    },
    /// Deleted by its sender.
    Deleted,
    /// A location: its whole text.
    Location(&'t str),
    /// A live location.
    LiveLocation,
    /// Contact cards: the whole text, with caption and numbers.
    Card(&'t str),
    /// A poll.
    Poll {
        /// The question of the poll.
        question: &'t str,
        /// The options, one per line, each after `- `.
        options: &'t str,
    },
    /// An event: its title and its other fields.
    Event {
        /// The title of the event.
        title: &'t str,
        /// The fields, one per line.
        fields: &'t str,
    },
    /// A call: its notice.
    Call(&'t str),
    /// A notice by WhatsApp.
    Notice(&'t str),
    /// Not yet decrypted.
    Waiting,
    /// A message that the export does not contain; its text, if there is any.
    Unsupported(Option<&'t str>),
}

impl Body<'_> {
    /// The kind of the message. View-once and omitted files have their own kind, as in an archive.
    pub fn kind(&self) -> Kind {
        match self {
            Body::Text(_) => Kind::Text,
            Body::Files { .. } => Kind::Media,
            Body::Omitted { .. } => Kind::MediaOmitted,
            Body::ViewOnce { .. } => Kind::ViewOnce,
            Body::Deleted => Kind::Deleted,
            Body::Location(_) => Kind::Location,
            Body::LiveLocation => Kind::LiveLocation,
            Body::Card(_) => Kind::Contact,
            Body::Poll { .. } => Kind::Poll,
            Body::Event { .. } => Kind::Event,
            Body::Call(_) => Kind::Call,
            Body::Notice(_) => Kind::System,
            Body::Waiting => Kind::Waiting,
            Body::Unsupported(_) => Kind::Unsupported,
        }
    }
}

/// All readings of a text, the most probable first: at least one, and at most [`MAX_READINGS`].
pub fn split(text: &str, context: Context) -> Vec<Reading<'_>> {
    let mut ranked: Vec<(usize, Reading<'_>)> = Vec::new();
    let senders = match context.is_group {
        true => around::senders(text),
        false => vec![(None, text)],
    };
    for (of_sender, (sender, rest)) in senders.into_iter().enumerate() {
        for (of_quotation, (quotation, rest)) in around::quotations(rest).into_iter().enumerate() {
            for (of_damaged, (rest, damaged)) in files::damaged(rest).into_iter().enumerate() {
                let files = context.files + damaged.len();
                for (of_reactions, (rest, reactions)) in
                    around::reactions(rest).into_iter().enumerate()
                {
                    for (of_body, body) in body::bodies(rest, files).into_iter().enumerate() {
                        let reading = Reading {
                            sender,
                            quotation,
                            body,
                            reactions,
                            damaged: damaged.clone(),
                        };
                        let rank = of_sender + of_quotation + of_damaged + of_reactions + of_body;
                        ranked.push((rank, reading));
                    }
                }
            }
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.truncate(MAX_READINGS);
    ranked.into_iter().map(|(_, reading)| reading).collect()
}

/// The value of [`canonical::body`] for the message that was rendered, if the reading is right.
pub fn canonical_body(reading: &Reading<'_>) -> String {
    match &reading.body {
        Body::Text(text) => canonical::of_text(text),
        Body::Poll { question, .. } => canonical::of_poll(question),
        Body::Notice(notice) => canonical::of_notice(notice),
        other => canonical::without_content(other.kind()).to_owned(),
    }
}
