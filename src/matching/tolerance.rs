//! The bounds that matching uses, with their sources.
//!
//! Here belongs each number that decides whether two observations may be one message, or two sources one
//! conversation; never a decision.
//!
//! All times are in milliseconds.

/// One second, in milliseconds.
pub const SECOND: i64 = 1_000;

/// One minute, in milliseconds: the precision of an Android export, which truncates seconds.
pub const MINUTE: i64 = 60 * SECOND;

/// One hour, in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;

/// The tolerance between two exports of one iPhone, in milliseconds. They may give a message
/// timestamps that differ by a second, since the fraction is rounded in one export and truncated in
/// the other (observed).
pub const JITTER: i64 = SECOND;

/// The maximum difference of two sources for one message, in milliseconds: a minute, plus the
/// milliseconds that keep messages of one timestamp in order. A difference up to this is never a
/// correction.
pub const MAX_DIFFERENCE: i64 = MINUTE + SECOND;

/// The longest time by which a message may be earlier than the one before it because it was
/// delivered late, in milliseconds. If the difference is larger, a clock was wrong, and the order
/// of the source means nothing.
pub const LATE: i64 = HOUR;

/// The step of zone offsets, in milliseconds: a quarter of an hour (IANA tz database; Nepal: 5:45).
pub const QUARTER: i64 = 15 * MINUTE;

/// The maximum difference between the offsets of two zones, in milliseconds: UTC+14 (Kiribati) and
/// UTC-12.
pub const FARTHEST_ZONE: i64 = 26 * HOUR;

/// The maximum zone shift that is inferred, in milliseconds. It stays under a day: people who write
/// good morning and good night at the same times every day did not travel.
pub const LARGEST_SHIFT: i64 = 23 * HOUR;

/// How much a zone shift may vary within one export, in milliseconds: zones with and without
/// daylight saving time differ by one hour more or less in one half of the year.
pub const DAYLIGHT_SAVING: i64 = HOUR;

/// The number of different texts that must agree before sources count as one conversation at another zone
/// shift, or before a zone shift is certain. Two equal texts a zone apart are common; three are not.
pub const TEXTS: usize = 3;

/// A zone shift is certain if at least `AGREEING.0` of `AGREEING.1` messages that both sources cover agree
/// with it. The rest may have been edited or deleted.
pub const AGREEING: (usize, usize) = (4, 5);

/// The least part of the messages in the common time that two sources must share to be one
/// conversation (chosen): an export may lack messages that were deleted on its phone.
pub const SHARED: (usize, usize) = (1, 2);

/// If at least one message in this number is at the same instant in both sources, there is no zone shift
/// between them.
pub const IN_PLACE: usize = 5;

/// Number of messages from which their times alone are evidence for a zone shift (chosen; fewer agree by chance).
pub const LONG: usize = 24;

/// A text that occurs more often than this in one source is no evidence of zones.
pub const COMMON_TEXT: usize = 4;

/// A content that one source has more often than this does not vote for a zone shift by itself: each of its
/// messages would vote for a shift to each other one.
pub const REPEATED: usize = 16;

/// The number of zone shifts with the most votes that are compared in full.
pub const CANDIDATES: usize = 4;

/// The maximum size of a gap between certain pairs that is aligned in full, in table cells; larger gaps
/// contain long runs of messages without content, which are aligned by their number only.
pub const CELLS: usize = 1 << 18;

/// The maximum number of equal bodies of other authors that are skipped. Bounds the cost if thousands of
/// people write the same text within a minute.
pub const LOOKAHEAD: usize = 64;

/// The maximum number of steps of a search for the most plausible histories of a few messages. Ten files of
/// one minute of which another source has nine take a few hundred.
pub const SEARCH: usize = 20_000;

/// The number of failed searches after which large parts are no longer tried. Bounds the cost of a
/// conversation that consists of large parts.
pub const SEARCHES: usize = 200;

/// The maximum number of messages of a part that is searched (chosen); larger parts keep the result
/// by position, since each message is a level of the search.
pub const LARGEST_PART: usize = 128;

/// The maximum number of messages that are considered beyond the ends of parts, in all. Bounds the cost if
/// nothing in a conversation is certain, so that every part is at an end.
pub const BEYOND_ENDS: usize = 50_000_000;

/// Maximum number of messages in all parts that one search decides together (bounds its cost).
pub const TOGETHER: usize = 40;

/// Whether two zones may differ by `shift` milliseconds, up to the tolerance of timestamps.
pub fn is_zone_shift(shift: i64) -> bool {
    let rest = shift.rem_euclid(QUARTER);
    shift.abs() <= FARTHEST_ZONE && rest.min(QUARTER - rest) <= MAX_DIFFERENCE
}

/// `shift`, in milliseconds, as the nearest number of whole quarters of an hour.
pub fn quarters(shift: i64) -> i64 {
    (shift + QUARTER / 2).div_euclid(QUARTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_differ_by_quarters_of_an_hour() {
        for shift in [
            0,
            HOUR,
            -6 * HOUR,
            5 * HOUR + HOUR / 2,
            HOUR + 59 * SECOND,
            HOUR + MAX_DIFFERENCE,
            HOUR - MAX_DIFFERENCE,
            -QUARTER,
            FARTHEST_ZONE,
            -FARTHEST_ZONE,
        ] {
            assert!(is_zone_shift(shift), "{shift}");
        }
        for shift in [
            5 * MINUTE,
            30 * HOUR,
            HOUR + MAX_DIFFERENCE + 1,
            HOUR - MAX_DIFFERENCE - 1,
            FARTHEST_ZONE + 1,
            -FARTHEST_ZONE - 1,
        ] {
            assert!(!is_zone_shift(shift), "{shift}");
        }
    }

    #[test]
    fn shift_is_rounded_to_the_nearest_quarter() {
        for (shift, count) in [
            (0, 0),
            (QUARTER, 1),
            (QUARTER + MAX_DIFFERENCE, 1),
            (QUARTER - MAX_DIFFERENCE, 1),
            (-QUARTER, -1),
            (-QUARTER - MAX_DIFFERENCE, -1),
            (HOUR, 4),
            (QUARTER / 2 - 1, 0),
            (QUARTER / 2, 1),
        ] {
            assert_eq!(quarters(shift), count, "{shift}");
        }
    }
}
