//! The English phrases that stand in a text for what Close cannot hold.
//!
//! [`super::markdown`] writes them and [`super::split`] reads them back. Activities of earlier runs
//! hold them as they are here: a phrase is never changed, only added, and then `split` has to read
//! the old one too. No phrase of WhatsApp's own belongs here; those are the parser's.

use crate::chat::MediaKind;

/// A photo, video or voice message that could be opened once.
pub(super) const VIEW_ONCE: &str = "[view once message, not included in the export]";
/// A message that its sender deleted.
pub(super) const DELETED: &str = "[message deleted by its sender]";
/// A place shared for a time.
pub(super) const LIVE_LOCATION: &str = "[live location shared]";
/// A message that the phone had not yet decrypted.
pub(super) const WAITING: &str = "[message not yet received when the phone exported]";
/// A message that the export cannot show; with `: ` and its words where the export has some.
pub(super) const NOT_SHOWN: &str = "message that the export does not show";

/// Behind the kind of a file that the export left out.
pub(super) const NOT_INCLUDED: &str = " not included in the export";
/// The word for a file of a kind that the export does not name.
pub(super) const FILE: &str = "file";
/// Behind the kind of a file that the archive does not hold; with `: ` and its name.
pub(super) const MISSING: &str = " missing in the export";
/// Behind the kind of a file over the limit; with its size in megabytes and its name.
pub(super) const TOO_LARGE: &str = " too large for Close";
/// Behind the kind of a file that the configuration leaves out; with its name.
pub(super) const NOT_IMPORTED: &str = " not imported";
/// Behind the kind of a file whose bytes are damaged; with its name.
pub(super) const DAMAGED: &str = " damaged in the archive";

/// What a contact card begins with; its name and `]` follow.
pub(super) const CARD: &str = "[contact card: ";
/// What a poll begins with; its question and `*` follow.
pub(super) const POLL: &str = "*Poll: ";
/// What an event begins with; its title and `*` follow.
pub(super) const EVENT: &str = "*Event: ";
/// What an option of a poll begins with.
pub(super) const OPTION: &str = "- ";

/// Every kind of file.
pub(super) const KINDS: [MediaKind; 8] = [
    MediaKind::Image,
    MediaKind::Video,
    MediaKind::Voice,
    MediaKind::Audio,
    MediaKind::Document,
    MediaKind::Sticker,
    MediaKind::Gif,
    MediaKind::Contact,
];

/// What people call a kind of file.
pub(super) fn spoken(media: MediaKind) -> &'static str {
    match media {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Voice => "voice message",
        MediaKind::Audio => "audio file",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
        MediaKind::Gif => "GIF",
        MediaKind::Contact => "contact card",
    }
}
