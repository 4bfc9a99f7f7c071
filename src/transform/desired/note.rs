//! Notes: remarks of the report about single messages.

use serde::Serialize;

use crate::chat::OddityKind;

/// A remark in the report about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The export left the file out: a placeholder line takes its place.
    Omitted,
    /// The message names a file that is not in the archive.
    Missing,
    /// With this file, the message would exceed Close's limit of 25 MB for attachments.
    TooLarge,
    /// The configuration leaves files of this kind out.
    KindNotWanted,
    /// A local time that does not exist in the zone of the device (clocks were set forward); moved forward.
    TimeMoved,
    /// A reply whose target could not be determined; it is not linked.
    ReplyOpen,
    /// Edited twice, and the archives contradict each other about which edit is newer; the recorded text
    /// stays.
    EditConflict,
    /// A line with the form of a header but for an unknown half-day word, read as text of the message above.
    UnknownHalfDay,
    /// A message that is dated after its archive was made, or after the run.
    AfterArchive,
}

impl Note {
    /// The remark about a line that may have been misread; `None` for the kinds that a plan does
    /// not name.
    pub fn of(oddity: OddityKind) -> Option<Note> {
        match oddity {
            OddityKind::UnknownHalfDay => Some(Note::UnknownHalfDay),
            OddityKind::AfterArchive => Some(Note::AfterArchive),
            _ => None,
        }
    }

    /// An explanation of the remark for a person.
    pub fn describe(self) -> &'static str {
        match self {
            Note::Omitted => "the export left the file out",
            Note::Missing => "the file is not in the archive",
            Note::TooLarge => "the file would take the message over Close's 25 MB",
            Note::KindNotWanted => "the configuration leaves files of this kind out",
            Note::ReplyOpen => "a reply whose target could not be determined; it is not linked",
            Note::EditConflict => {
                "edited twice, and the dates of the exports contradict their last messages; the text in Close stays"
            }
            Note::TimeMoved => {
                "its time does not exist in the zone of the device; moved forward (check `timezone`)"
            }
            Note::UnknownHalfDay => {
                "looks like a header but its word for the half of the day is unknown; posted as text of the message above"
            }
            Note::AfterArchive => {
                "dated after the archive was made or after today; posted with the date as written"
            }
        }
    }
}
