//! English phrases in texts for what Close cannot store.
//!
//! [`super::markdown`] writes them and [`super::split`] reads them. Activities of earlier runs contain
//! them: a phrase is never changed, only added, and then `split` has to read the old one too. Phrases of
//! WhatsApp belong to the parser.

use crate::chat::MediaKind;

/// The line that takes the place of a photo, video or voice message that could be opened once; its
/// caption precedes it on lines of its own. Texts in Close contain it: never change it.
pub(crate) const VIEW_ONCE: &str = "[view once message, not included in the export]";
/// A message that its sender deleted.
pub(super) const DELETED: &str = "[message deleted by its sender]";
/// A live location.
pub(super) const LIVE_LOCATION: &str = "[live location shared]";
/// A message that the phone had not yet decrypted.
pub(super) const WAITING: &str = "[message not yet received when the phone exported]";
/// A message that the export does not contain; with `: ` and its text if there is any.
pub(super) const NOT_SHOWN: &str = "message that the export does not show";

/// After the kind of a file that the export omits.
pub(super) const NOT_INCLUDED: &str = " not included in the export";
/// The word for a file of unknown kind.
pub(super) const FILE: &str = "file";
/// After the kind of a file that the archive does not contain; with `: ` and its name.
pub(super) const MISSING: &str = " missing in the export";
/// After the kind of a file over the limit; with its size in megabytes and its name.
pub(super) const TOO_LARGE: &str = " too large for Close";
/// After the kind of a file that the settings exclude; with its name.
pub(super) const NOT_IMPORTED: &str = " not imported";
/// After the kind of a file whose bytes are damaged; with its name.
pub(super) const DAMAGED: &str = " damaged in the archive";

/// The start of a contact card; its name and `]` follow.
pub(super) const CARD: &str = "[contact card: ";
/// The start of a poll; its question and `*` follow.
pub(super) const POLL: &str = "*Poll: ";
/// The start of an event; its title and `*` follow.
pub(super) const EVENT: &str = "*Event: ";
/// The start of an option of a poll.
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

/// The word for a kind of file in texts.
pub(super) fn media_word(media: MediaKind) -> &'static str {
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
