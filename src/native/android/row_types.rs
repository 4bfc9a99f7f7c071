//! The type numbers of `msgstore.db`.
//!
//! `message.message_type` of the schema since about 2021 and `messages.media_wa_type` of the one before have the same
//! numbers; the old schema lacks most of them. JSON made from either contains them as `message_type`.
//!
//! Sources:
//! - archive: counted against further tables in an archive of 1.1 million messages (2026).
//! - IPED: the extractors of the forensic program IPED, as of 2026-06-12.
//! - exporter: WhatsApp-Chat-Exporter 0.13.1 (2026-01-24).

use crate::chat::MediaKind;
use crate::native::row_type::RowType;

/// The type of a number.
pub(in crate::native) fn row_type(number: i64) -> RowType {
    match number {
        // Source of these, up to the next comment with a source: archive. A row of a legacy database with status 6 is a
        // notice, which `legacy` checks.
        0 => RowType::Text,
        1 => RowType::File(MediaKind::Image),
        2 => RowType::File(MediaKind::Audio),
        3 => RowType::File(MediaKind::Video),
        // 14: several cards.
        4 | 14 => RowType::Contact,
        5 => RowType::Location,
        7 => RowType::Notice,
        9 => RowType::File(MediaKind::Document),
        13 => RowType::File(MediaKind::Gif),
        15 => RowType::Deleted,
        16 => RowType::LiveLocation,
        20 => RowType::File(MediaKind::Sticker),
        42 => RowType::ViewOnce(MediaKind::Image),
        43 => RowType::ViewOnce(MediaKind::Video),
        // Deleted by an administrator of the group.
        64 => RowType::Deleted,
        99 => RowType::Album,
        // Sources: archive, IPED. 10: a missed call; 90: any call.
        10 | 90 => RowType::Call,
        // Source: IPED. A call, in both schemas.
        8 => RowType::Call,
        // Source of these, up to the next comment with a source: IPED.
        11 => RowType::Waiting,
        23 => RowType::Product,
        24 => RowType::Invite,
        25..=28 => RowType::Template,
        // A button of a template.
        32 => RowType::Choice,
        44 => RowType::Order,
        45 | 55 | 57 => RowType::List,
        46 | 49 => RowType::Choice,
        // The timer of disappearing messages.
        36 | 56 => RowType::Notice,
        82 => RowType::ViewOnce(MediaKind::Voice),
        81 | 103 => RowType::Reply,
        // Advanced chat privacy; 116 is shown nowhere.
        112 | 116 => RowType::Notice,
        // Sources: archive, exporter, IPED. 106: in channels and communities.
        66 | 106 => RowType::Poll,
        // Source: archive.
        92 => RowType::Event,
        _ => RowType::Unknown,
    }
}

/// Whether a notice with this number in `message_system.action_type` is a call (IPED: a call that was started).
pub(super) fn is_call(action: Option<i64>) -> bool {
    action == Some(70)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Kind;

    /// Only these numbers are messages that a person sent; everything else is never posted without text and file.
    #[test]
    fn numbers_of_sent_messages() {
        let is_sent = |number: &i64| {
            let row_type = row_type(*number);
            let is_left_out =
                matches!(row_type.kind().0, Kind::System | Kind::Call | Kind::Waiting);
            !is_left_out && row_type != RowType::Unknown
        };
        let sent: Vec<i64> = (-1..200).filter(is_sent).collect();
        assert_eq!(
            sent,
            [
                0, 1, 2, 3, 4, 5, 9, 13, 14, 15, 16, 20, 23, 24, 25, 26, 27, 28, 32, 42, 43, 44,
                45, 46, 49, 55, 57, 64, 66, 81, 82, 92, 103, 106
            ]
        );
    }
}
