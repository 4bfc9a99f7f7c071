//! Reads the text of an activity that Close lists back into its parts: the inverse of
//! [`super::markdown`] and [`super::render`].
//!
//! A text may have several readings: a person can type what this program writes. [`split`] gives
//! all of them, and whoever compares a listed activity with an archive's message takes the one that
//! agrees. A body passes into an activity as it is written, without escapes, so it comes back as it
//! stands. Nothing here knows Close, a checkpoint or an archive, or decides whether an activity is
//! one of ours.
//!
//! Two things cannot be read back. A place that a database holds without a URL and coordinates is
//! read as text. The name of a mention cannot be told from the text around it: of a message with
//! mentions, [`canonical::listed_body`] is what agrees with [`canonical_body`].

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

/// The most readings of one text. A text that was made to be ambiguous has more; of that one the
/// least probable are missing.
pub const MOST: usize = 512;

/// What is known of an activity beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context {
    /// It is of a group.
    pub is_group: bool,
    /// How many attachments it has.
    pub files: usize,
}

/// One way to read a text that Close lists as one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'t> {
    /// The sender's name in front of the body, as it is shown.
    pub sender: Option<&'t str>,
    /// The quotation in front of the body, with its `> ` and without its last line break.
    pub quotation: Option<&'t str>,
    /// What the message consists of.
    pub body: Body<'t>,
    /// The reactions behind the body, without the line breaks in front of them.
    pub reactions: Option<&'t str>,
    /// The files that turned out to be damaged while they were read.
    pub damaged: Vec<Absent<'t>>,
}

/// What a message consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'t> {
    /// Ordinary text.
    Text(&'t str),
    /// Files that are attached, or for which a line stands.
    Files {
        /// Empty without one.
        caption: &'t str,
        /// The files that are not attached.
        absent: Vec<Absent<'t>>,
    },
    /// A file that the export left out.
    Omitted {
        /// Its kind, where the export names it.
        media: Option<MediaKind>,
        /// Empty without one.
        caption: &'t str,
    },
    /// A file that could be opened once.
    ViewOnce,
    /// Deleted by its sender.
    Deleted,
    /// A place: its whole text.
    Place(&'t str),
    /// A place shared for a time.
    LivePlace,
    /// Contact cards: the whole text, with caption and numbers.
    Card(&'t str),
    /// A poll.
    Poll {
        /// What it asks.
        question: &'t str,
        /// Its options, one a line, each behind `- `.
        options: &'t str,
    },
    /// An event.
    Event {
        /// What it is called.
        title: &'t str,
        /// Its fields, one a line.
        fields: &'t str,
    },
    /// A call: its notice.
    Call(&'t str),
    /// A notice by WhatsApp.
    Notice(&'t str),
    /// Not yet decrypted.
    Waiting,
    /// A message that the export cannot show; its words, where it has some.
    Unsupported(Option<&'t str>),
}

impl Body<'_> {
    /// The kind of message that it is. View-once and omitted files have their own kind, as in an
    /// archive.
    pub fn kind(&self) -> Kind {
        match self {
            Body::Text(_) => Kind::Text,
            Body::Files { .. } => Kind::Media,
            Body::Omitted { .. } => Kind::MediaOmitted,
            Body::ViewOnce => Kind::ViewOnce,
            Body::Deleted => Kind::Deleted,
            Body::Place(_) => Kind::Location,
            Body::LivePlace => Kind::LiveLocation,
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

/// Every reading of a text, the most probable first: at least one, and at most [`MOST`].
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
    ranked.truncate(MOST);
    ranked.into_iter().map(|(_, reading)| reading).collect()
}

/// What [`canonical::body`] gives for the message that was rendered, if the reading is right.
pub fn canonical_body(reading: &Reading<'_>) -> String {
    match &reading.body {
        Body::Text(text) => canonical::of_text(text),
        Body::Poll { question, .. } => canonical::of_poll(question),
        Body::Notice(notice) => canonical::of_notice(notice),
        other => canonical::without_content(other.kind()).to_owned(),
    }
}
