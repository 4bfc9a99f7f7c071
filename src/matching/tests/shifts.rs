//! Zone shifts, and their evidence.

use super::*;
use crate::matching::tolerance::HOUR;

pub(super) fn shifted(hours: i64, mut timeline: Timeline) -> Timeline {
    for observation in &mut timeline.observations {
        observation.at += hours * HOUR;
    }
    timeline
}

fn sized(observations: Vec<Observation>, sizes: &[u8]) -> Timeline {
    let files = (0u32..).zip(sizes).map(|(index, size)| Files {
        index,
        kind: None,
        sizes: Some([*size; 16]),
        caption: None,
    });
    Timeline {
        files: files.collect(),
        ..timeline(observations)
    }
}

pub(super) fn known(indexes: &[u32]) -> Vec<Match> {
    indexes.iter().map(|index| Match::Known(*index)).collect()
}

#[test]
fn late_messages_prove_a_shift() {
    let texts = |order: [u8; 3]| {
        let texts = order.map(|body| text(i64::from(body) * 120_000, Precision::Second, body));
        timeline(texts.to_vec())
    };
    let (new, old) = (shifted(9, texts([1, 2, 0])), texts([0, 1, 2]));
    assert_eq!(answers(&new, &old), known(&[1, 2, 0]));
    assert_eq!(answers(&old, &new), known(&[2, 0, 1]));
}

#[test]
fn sizes_prove_a_shift_if_one_source_has_no_checksums() {
    let pictures = || {
        (0..3)
            .map(|at| picture(at * 7_000, Precision::Second))
            .collect()
    };
    let old = sized(pictures(), &[1, 2, 3]);
    let mut new = shifted(-1, sized(pictures(), &[1, 2, 3]));
    for (number, observation) in (1u8..).zip(&mut new.observations) {
        observation.files = Some([number; 16]);
    }
    assert_eq!(answers(&new, &old), known(&[0, 1, 2]));
}

/// Texts that occur often, and in the same order at many shifts, agree on one of them.
#[test]
fn repeated_texts_prove_a_shift_together() {
    let minutes = [
        (0, 1),
        (1, 1),
        (2, 1),
        (300, 1),
        (301, 2),
        (640, 3),
        (641, 1),
        (642, 2),
    ];
    let of = |minutes: &[(i64, u8)]| {
        let texts = minutes
            .iter()
            .map(|(at, body)| text(at * 60_000, Precision::Minute, *body));
        timeline(texts.collect())
    };
    let old = of(&minutes);
    let new = shifted(1, of(&minutes[4..]));
    assert_eq!(answers(&new, &old), known(&[4, 5, 6, 7]));
}

/// The clocks of one zone changed before the last pictures, which have no vote.
#[test]
fn last_messages_may_be_shifted_by_an_hour_less() {
    let mut old: Vec<Observation> = (0..4)
        .map(|number| text(number * 20 * HOUR, Precision::Minute, number as u8))
        .collect();
    old.push(picture(80 * HOUR, Precision::Minute));
    let old = timeline(old);
    let mut new = shifted(9, old.clone());
    new.observations[4].at -= HOUR;
    assert_eq!(answers(&new, &old), known(&[0, 1, 2, 3, 4]));
    assert_eq!(answers(&old, &new), known(&[0, 1, 2, 3, 4]));
}

/// A shift has a size; without one there is none.
#[test]
fn pairing_has_the_shift_of_most_messages() {
    let texts = |order: [u8; 4]| {
        let texts = order.map(|body| text(i64::from(body) * 120_000, Precision::Second, body));
        timeline(texts.to_vec())
    };
    let settings = Settings {
        authors: &|_, _| Person::Unknown,
        corrected: None,
    };
    let old = texts([0, 1, 2, 3]);
    for (hours, expected) in [(0, None), (9, Some(9 * HOUR)), (-5, Some(-5 * HOUR))] {
        let new = shifted(hours, old.clone());
        assert_eq!(pair(&new, &old, &settings).shift(), expected, "{hours}");
    }
}

/// Two texts prove no journey, but a corrected zone is known.
#[test]
fn corrected_zone_needs_no_evidence() {
    let old = timeline(vec![
        text(0, Precision::Minute, 1),
        text(600_000, Precision::Minute, 2),
    ]);
    let new = shifted(3, old.clone());
    let settings = Settings {
        authors: &|_, _| Person::Unknown,
        corrected: Some(&[0, 0]),
    };
    assert_eq!(pair(&new, &old, &settings).of, known(&[0, 1]));
    assert_eq!(answers(&new, &old), [Match::New, Match::New]);
}

/// The same words every hour agree at many shifts: where all of one timeline is in place, the zone was
/// corrected before.
#[test]
fn what_is_in_place_was_corrected_before() {
    let hourly = |hours: std::ops::Range<i64>| {
        let texts = hours.map(|hour| text(hour * HOUR, Precision::Minute, 1));
        timeline(texts.collect())
    };
    let (all, last) = (hourly(0..4), hourly(2..4));
    for (new, old, expected) in [
        (&last, &all, known(&[2, 3])),
        (&all, &last, [vec![Match::New; 2], known(&[0, 1])].concat()),
    ] {
        let first: Vec<i64> = old.observations.iter().map(|one| one.at).collect();
        let settings = Settings {
            authors: &|_, _| Person::Unknown,
            corrected: Some(&first),
        };
        assert_eq!(pair(new, old, &settings).of, expected);
    }
}

/// The first message is in the time that a change of clocks skipped in the zone of the old timeline, so that
/// it was read later than the one behind it.
#[test]
fn a_corrected_zone_may_skip_an_hour_or_half_of_one() {
    for skipped in [60, 30] {
        let minutes = [
            (2, 1),
            (skipped - 10, 2),
            (skipped + 40, 3),
            (skipped + 70, 4),
        ];
        let of = |read: &dyn Fn(i64) -> i64| {
            let texts = minutes.map(|(at, body)| text(read(at) * 60_000, Precision::Minute, body));
            timeline(texts.to_vec())
        };
        let (new, old) = (
            of(&|at| at),
            of(&|at| {
                if at == 2 {
                    at - 600 + skipped
                } else {
                    at - 600
                }
            }),
        );
        let first: Vec<i64> = old.observations.iter().map(|one| one.at).collect();
        let settings = Settings {
            authors: &|_, _| Person::Unknown,
            corrected: Some(&first),
        };
        assert_eq!(
            pair(&new, &old, &settings).of,
            known(&[0, 1, 2, 3]),
            "{skipped}"
        );
    }
}

pub(super) fn pairing(new: &Timeline, old: &Timeline) -> Pairing {
    let settings = Settings {
        authors: &|_, _| Person::Unknown,
        corrected: None,
    };
    pair(new, old, &settings)
}

/// Texts number 0, 1 and so on, at these hours of the conversation.
pub(super) fn at_hours(hours: &[i64]) -> Timeline {
    let texts = (0u8..)
        .zip(hours)
        .map(|(body, hour)| text(hour * HOUR, Precision::Minute, body));
    timeline(texts.collect())
}

/// Two texts before the clocks of one zone changed, and two after.
#[test]
fn texts_on_both_sides_of_a_clock_change_prove_a_shift_together() {
    let old = at_hours(&[0, 20, 40, 60]);
    let new = at_hours(&[9, 29, 48, 68]);
    assert_eq!(answers(&new, &old), known(&[0, 1, 2, 3]));
    assert_eq!(answers(&old, &new), known(&[0, 1, 2, 3]));
}

/// The zones differed by an hour after the first text, or before the last one.
#[test]
fn unshifted_text_counts_if_only_the_clocks_differ() {
    let old = at_hours(&[0, 20, 40]);
    let new = at_hours(&[0, 21, 41]);
    assert_eq!(answers(&new, &old), known(&[0, 1, 2]));
    assert_eq!(answers(&old, &new), known(&[0, 1, 2]));
}

/// Three of five texts are equal, and two others are at the same times: a source that does not mark edits
/// has them in another wording.
#[test]
fn unmarked_edits_do_not_contradict_a_shift() {
    let old = at_hours(&[0, 20, 40, 60, 80]);
    for (state, is_proved) in [(State::Unmarked, true), (State::Plain, false)] {
        let mut new = shifted(9, old.clone());
        for observation in &mut new.observations {
            observation.state = state;
        }
        for (index, body) in [(1, 11), (3, 13)] {
            new.observations[index].body = Some([body; 16]);
        }
        for found in [pairing(&new, &old), pairing(&old, &new)] {
            assert_eq!(found.shift().is_some(), is_proved, "{state:?}");
            if is_proved {
                assert_eq!(found.of, known(&[0, 1, 2, 3, 4]));
            }
        }
    }
}

/// Three texts of five agree, and one timeline is much longer: nothing must be posted.
#[test]
fn half_of_the_texts_of_one_time_make_a_shift_doubtful() {
    let old = at_hours(&[0, 20, 40, 60, 80]);
    let mut hours: Vec<i64> = vec![9, 29, 49, 70, 90];
    hours.extend((1..10).map(|number| 100 + 10 * number));
    let mut new = at_hours(&hours);
    for (index, body) in [(3, 103), (4, 104)] {
        new.observations[index].body = Some([body; 16]);
    }
    for found in [pairing(&new, &old), pairing(&old, &new)] {
        assert_eq!(found.doubtful_shift, Some(3));
    }
}

/// A picture of the hour after is not one of four of this hour.
#[test]
fn message_at_its_own_shift_precedes_one_an_hour_away() {
    let mut old: Vec<Observation> = (0..4)
        .map(|number| text(number * 20 * HOUR, Precision::Minute, number as u8))
        .collect();
    old.extend((0..4).map(|number| picture(61 * HOUR + number, Precision::Minute)));
    // Rows of the checkpoint, which are in order of their times only.
    for observation in &mut old {
        observation.wording = Wording::Unknown;
    }
    let old = timeline(old);
    let mut new = shifted(9, old.clone());
    new.observations.push(Observation {
        wording: Wording::Unknown,
        ..picture(71 * HOUR, Precision::Minute)
    });
    let mut expected = known(&[0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(answers(&old, &new), expected);
    expected.push(Match::New);
    assert_eq!(answers(&new, &old), expected);
}

/// A record contains four texts that were read in another zone, and one that was not: in a database that
/// one is at its own time.
#[test]
fn instant_may_be_unshifted_where_others_are_shifted() {
    let old = at_hours(&[0, 20, 40, 60, 80]);
    let mut new = at_hours(&[9, 29, 49, 69, 80]);
    for observation in &mut new.observations {
        observation.precision = Precision::Exact;
    }
    assert_eq!(answers(&new, &old), known(&[0, 1, 2, 3, 4]));
}
