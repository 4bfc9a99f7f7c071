//! Messages without a vote near a clock change: they may be shifted by an hour more or less than most.
//! Never here: the evidence of a shift ([`super::shift_votes`]).

use super::shifts::{known, shifted};
use super::*;
use crate::matching::tolerance::{HOUR, LOOKAHEAD};

/// Four texts, followed by these.
fn behind_texts(others: impl IntoIterator<Item = Observation>) -> Timeline {
    let texts = (0..4).map(|number| text(number * 20 * HOUR, Precision::Minute, number as u8));
    timeline(texts.chain(others).collect())
}

/// The clocks changed before the last message, with timestamps of a minute in one source and of a second in
/// the other.
#[test]
fn timestamp_to_the_minute_may_be_any_of_its_seconds() {
    for second in [0, 20, 59] {
        let exact = picture(80 * HOUR + second * 1_000, Precision::Second);
        let old = behind_texts([exact]);
        let mut new = shifted(9, behind_texts([picture(80 * HOUR, Precision::Minute)]));
        new.observations[4].at -= HOUR;
        assert_eq!(answers(&new, &old), known(&[0, 1, 2, 3, 4]), "{second}");
        assert_eq!(answers(&old, &new), known(&[0, 1, 2, 3, 4]), "{second}");
    }
}

/// The message at its own shift is of another class or direction, or has a partner: the picture is that of
/// the hour before.
#[test]
fn different_message_keeps_none_at_its_own_shift() {
    let at = 79 * HOUR;
    let others = [
        text(at, Precision::Minute, 50),
        Observation {
            outgoing: Some(false),
            ..picture(at, Precision::Minute)
        },
        picture(at + 5 * 60_000, Precision::Minute),
    ];
    for other in others {
        let old = behind_texts([other, picture(80 * HOUR, Precision::Minute)]);
        let mut new = shifted(9, behind_texts([picture(80 * HOUR, Precision::Minute)]));
        new.observations[4].at -= HOUR;
        assert_eq!(answers(&new, &old), known(&[0, 1, 2, 3, 5]));
    }
}

/// Two pictures of one minute, of which the other source has one: the second is not that of an hour later.
#[test]
fn message_whose_partner_is_taken_is_not_shifted() {
    let old = behind_texts([62, 63].map(|hour| picture(hour * HOUR, Precision::Minute)));
    let pictures = [62, 62].map(|hour| picture(hour * HOUR, Precision::Minute));
    let new = shifted(9, behind_texts(pictures));
    let found = answers(&new, &old);
    assert_eq!(found[4..], [Match::Ambiguous; 2]);
}

/// More messages are before it than are considered.
#[test]
fn message_at_the_end_of_a_long_chat_is_found() {
    let count = 2 * LOOKAHEAD as i64;
    let before =
        |_| (0..count).map(|number| picture(61 * HOUR + number * 600_000, Precision::Minute));
    let last = || picture(100 * HOUR, Precision::Minute);
    let old = behind_texts(before(()).chain([last()]));
    let mut new = shifted(9, behind_texts(before(()).chain([last()])));
    let index = new.observations.len() - 1;
    new.observations[index].at -= HOUR;
    let found = answers(&new, &old);
    assert_eq!(found[index], Match::Known(index as u32));
}
