//! Shifts of timelines that have little in common ([`super::super::whole_shift`]).

use super::shifts::{pairing, shifted};
use super::*;
use crate::matching::tolerance::HOUR;

/// Texts of these numbers, at these minutes.
fn said(texts: &[(i64, u8)]) -> Timeline {
    let one = |(minute, body): &(i64, u8)| text(minute * 60_000, Precision::Minute, *body);
    timeline(texts.iter().map(one).collect())
}

fn doubt(new: &Timeline, old: &Timeline) -> Option<u32> {
    let found = pairing(new, old);
    assert_eq!(found.shift(), None);
    found.doubtful_shift
}

const MORE: [(i64, u8); 4] = [(33, 4), (44, 5), (55, 6), (66, 7)];

#[test]
fn whole_of_a_short_timeline_at_one_shift_is_doubtful() {
    let all = [&[(0, 1), (11, 2), (22, 3)][..], &MORE].concat();
    for hours in [9, -6] {
        let new = shifted(hours, said(&all));
        for count in [1, 2] {
            let old = said(&all[..count]);
            let expected = u32::try_from(count).ok();
            assert_eq!(doubt(&new, &old), expected, "{hours}");
            assert_eq!(doubt(&old, &new), expected, "{hours}, the other way round");
        }
    }
}

/// One text is chance if it is not the first of both.
#[test]
fn one_text_counts_at_the_beginning_only() {
    let old = said(&[(0, 1), (11, 2)]);
    for (texts, expected) in [
        (&[(11, 2), (22, 3)][..], None),
        (&[(5, 3), (11, 2), (22, 4), (33, 5)], None),
        (&[(0, 1), (11, 9), (22, 4), (33, 5)], None),
    ] {
        assert_eq!(doubt(&shifted(9, said(texts)), &old), expected, "{texts:?}");
    }
    let only = said(&[(11, 2)]);
    let with_earlier = said(&[(0, 1), (11, 2), (22, 3)]);
    assert_eq!(doubt(&shifted(9, with_earlier), &only), None);
}

#[test]
fn message_without_counterpart_between_contradicts() {
    let old = said(&[(0, 1), (11, 2)]);
    let with = |between: Observation| {
        let texts = [&[(0, 1), (11, 2)][..], &MORE].concat();
        let mut new = said(&texts);
        new.observations.insert(1, between);
        shifted(9, new)
    };
    let between = text(5 * 60_000, Precision::Minute, 8);
    assert_eq!(doubt(&with(between.clone()), &old), None);
    // A record has no notice of what was deleted before.
    let notice = Observation {
        state: State::Deleted,
        body: None,
        class: None,
        ..between
    };
    assert_eq!(doubt(&with(notice), &old), Some(2));
}

/// Texts that are at their own time as well did not move.
#[test]
fn texts_in_place_contradict() {
    let old = said(&[(0, 1), (11, 2), (22, 3)]);
    let all = [&[(0, 1), (11, 2), (22, 3)][..], &MORE].concat();
    let new = shifted(9, said(&all));
    let with = |more: &[(i64, u8)]| {
        let mut all = said(more).observations;
        all.extend(new.observations.iter().cloned());
        timeline(all)
    };
    assert_eq!(doubt(&with(&[(0, 1), (11, 2)]), &old), None);
    assert_eq!(
        doubt(&with(&[(0, 8), (11, 2)]), &said(&[(0, 1), (11, 2)])),
        None
    );
}

#[test]
fn shift_is_of_whole_quarters_below_a_day() {
    let old = said(&[(0, 1), (11, 2)]);
    let all = said(&[&[(0, 1), (11, 2)][..], &MORE].concat());
    for (minutes, expected) in [
        (15, Some(2)),
        (16, None),
        (7, None),
        (23 * 60, Some(2)),
        (24 * 60, None),
    ] {
        let mut new = all.clone();
        for observation in &mut new.observations {
            observation.at += minutes * 60_000;
        }
        assert_eq!(doubt(&new, &old), expected, "{minutes} minutes");
    }
}

/// Each text may be an hour later than it was read, in one source or in both hours.
#[test]
fn texts_of_a_repeated_hour_are_doubtful() {
    let home = |minutes: &[i64]| {
        let texts = (1u8..).zip(minutes).map(|(body, minute)| Observation {
            repeats: Repeat::of_millis(HOUR),
            ..text(minute * 60_000, Precision::Minute, body)
        });
        timeline(texts.collect())
    };
    let minutes = [2, 9, 16, 23, 62, 69, 76];
    let away = shifted(
        -6,
        said(
            &(1u8..)
                .zip(minutes)
                .map(|(body, at)| (at, body))
                .collect::<Vec<_>>(),
        ),
    );
    let read = minutes.map(|minute| minute % 60);
    assert_eq!(doubt(&away, &home(&read)), Some(7));
    assert_eq!(doubt(&away, &home(&minutes[..4])), Some(4));
}
