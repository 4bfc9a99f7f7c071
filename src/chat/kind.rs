//! The kinds of messages and of files, with their words in output. What is done with each kind belongs to
//! `transform`.

use serde::{Deserialize, Serialize};

/// The kind of a message. Each has a word in the output of `chatferry parse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Ordinary text.
    Text,
    /// A file that the transcript names, in the archive or missing.
    Media,
    /// A file that the export left out, such as `<Media omitted>`.
    MediaOmitted,
    /// A photo, video or voice message that can be opened once; never in an export.
    ViewOnce,
    /// A message that its sender deleted for everyone.
    Deleted,
    /// A location, with its URL.
    Location,
    /// A live location, which changes while it is shared.
    LiveLocation,
    /// A contact card.
    Contact,
    /// A poll: its question and its options.
    Poll,
    /// An event: its title and its other fields.
    Event,
    /// A call, missed or answered.
    Call,
    /// A message that the phone had not yet decrypted; a later export may contain it.
    Waiting,
    /// A notice by WhatsApp, without a sender.
    System,
    /// A message that the export has no content of (an empty body or `null`).
    Unsupported,
}

impl Kind {
    /// Every kind, in the order of totals in output.
    pub const ALL: [Kind; 14] = [
        Kind::Text,
        Kind::Media,
        Kind::MediaOmitted,
        Kind::ViewOnce,
        Kind::Deleted,
        Kind::Location,
        Kind::LiveLocation,
        Kind::Contact,
        Kind::Poll,
        Kind::Event,
        Kind::Call,
        Kind::Waiting,
        Kind::System,
        Kind::Unsupported,
    ];

    /// The kind's word in every output, such as `text`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Media => "media",
            Kind::MediaOmitted => "media_omitted",
            Kind::ViewOnce => "view_once",
            Kind::Deleted => "deleted",
            Kind::Location => "location",
            Kind::LiveLocation => "live_location",
            Kind::Contact => "contact",
            Kind::Poll => "poll",
            Kind::Event => "event",
            Kind::Call => "call",
            Kind::Waiting => "waiting",
            Kind::System => "system",
            Kind::Unsupported => "unsupported",
        }
    }
}

/// The kind of an attachment. Each has a word for `media` in `chatferry.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video, including video notes.
    Video,
    /// A voice message.
    Voice,
    /// An audio file that is not a voice message.
    Audio,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
    /// A GIF.
    Gif,
    /// A contact card (`.vcf`).
    Contact,
}

impl MediaKind {
    /// The kind's word in the configuration and in texts, such as `image`.
    pub fn word(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Voice => "voice",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
            MediaKind::Gif => "gif",
            MediaKind::Contact => "contact",
        }
    }
}
