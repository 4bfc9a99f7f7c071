//! The type numbers of `ChatStorage.sqlite` (`ZMESSAGETYPE`), which differ from Android's.
//!
//! JSON made from it contains them as `message_type`.
//!
//! Sources:
//! - stores: observed in databases of iPhones and the Mac app (2025, 2026).
//! - IPED: the extractor of the forensic program IPED, as of 2026-06-12.
//! - exporter: WhatsApp-Chat-Exporter 0.13.1 (2026-01-24) and its issue 199.

use crate::chat::MediaKind;
use crate::native::row_type::RowType;

/// The type of a number. `event` is `ZGROUPEVENTTYPE`, which distinguishes notices.
pub(in crate::native) fn row_type(number: i64, event: Option<i64>, has_text: bool) -> RowType {
    match number {
        // stores, IPED; 7: a text with a link preview.
        0 | 7 => RowType::Text,
        1 => RowType::File(MediaKind::Image),
        2 => RowType::File(MediaKind::Video),
        3 => RowType::File(MediaKind::Audio),
        4 => RowType::Contact,
        5 => RowType::Location,
        8 => RowType::File(MediaKind::Document),
        11 => RowType::File(MediaKind::Gif),
        14 => RowType::Deleted,
        15 => RowType::File(MediaKind::Sticker),
        // stores, IPED: events of groups; 10: encryption, calls, businesses.
        6 => RowType::Notice,
        10 if event.is_some_and(is_call) => RowType::Call,
        10 => RowType::Notice,
        // IPED.
        12 => RowType::Waiting,
        19 | 20 | 23 | 24 | 30 | 32 | 41 | 42 => RowType::Template,
        // Buttons and rows of lists that were chosen.
        25 | 31 | 34 => RowType::Choice,
        26 => RowType::Product,
        27 => RowType::Invite,
        // The timer of disappearing messages; 55: channels.
        28 | 55 => RowType::Notice,
        // stores, IPED; 53: a voice message.
        38 => RowType::ViewOnce(MediaKind::Image),
        39 => RowType::ViewOnce(MediaKind::Video),
        53 => RowType::ViewOnce(MediaKind::Voice),
        // IPED, exporter.
        46 => RowType::Poll,
        // IPED: a video note.
        54 => RowType::File(MediaKind::Video),
        // IPED, exporter: a call, missed or answered, which has no text; stores: an event with its title.
        59 if has_text => RowType::Event,
        59 => RowType::Call,
        // IPED: an association of messages; exporter: a vote. No source has a message.
        66 => RowType::Vote,
        _ => RowType::Unknown,
    }
}

/// Whether a notice of type 10 is a call (IPED): missed calls, alone or of a group, and calls of a group that began.
fn is_call(event: i64) -> bool {
    matches!(event, 1 | 4 | 21 | 22 | 40 | 41 | 45 | 46)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Kind;

    /// Only these numbers are messages that a person sent; everything else is never posted without text and file.
    #[test]
    fn numbers_of_sent_messages() {
        let is_sent = |number: &i64| {
            let row_type = row_type(*number, None, false);
            let is_left_out =
                matches!(row_type.kind().0, Kind::System | Kind::Call | Kind::Waiting);
            !is_left_out && row_type != RowType::Unknown
        };
        let sent: Vec<i64> = (-1..200).filter(is_sent).collect();
        assert_eq!(
            sent,
            [
                0, 1, 2, 3, 4, 5, 7, 8, 11, 14, 15, 19, 20, 23, 24, 25, 26, 27, 30, 31, 32, 34, 38,
                39, 41, 42, 46, 53, 54
            ]
        );
    }

    #[test]
    fn calls_are_among_notices() {
        assert_eq!(row_type(10, Some(1), false), RowType::Call);
        assert_eq!(row_type(10, Some(2), false), RowType::Notice);
        assert_eq!(row_type(6, Some(1), true), RowType::Notice);
    }
}
