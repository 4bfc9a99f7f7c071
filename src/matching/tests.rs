//! The engine on cases worked out by hand, and its cost on the largest ones.

mod crossing;
mod plausible;
mod shift_votes;
mod shifts;
mod shifts_by_an_hour;
mod whole_shift;

use std::time::{Duration, Instant};

use super::*;

fn at(at: i64, precision: Precision) -> Observation {
    Observation {
        outgoing: Some(true),
        class: Some(Class::Text),
        program: Some(Program::Export),
        ..Observation::of_instant(at, precision)
    }
}

fn text(time: i64, precision: Precision, body: u8) -> Observation {
    Observation {
        body: Some([body; 16]),
        ..at(time, precision)
    }
}

fn picture(time: i64, precision: Precision) -> Observation {
    Observation {
        class: Some(Class::File),
        ..at(time, precision)
    }
}

fn timeline(observations: Vec<Observation>) -> Timeline {
    Timeline {
        observations,
        ..Timeline::default()
    }
}

fn answers(new: &Timeline, old: &Timeline) -> Vec<Match> {
    let settings = Settings {
        authors: &|_, _| Person::Unknown,
        corrected: None,
    };
    pair(new, old, &settings).of
}

/// Two exports of one iPhone round seconds differently, so that equal texts seem to change places.
#[test]
fn equal_texts_a_second_off_keep_their_order() {
    let of = |seconds: [i64; 3]| {
        let texts = seconds.map(|second| text(second * 1_000, Precision::Second, 1));
        timeline(texts.to_vec())
    };
    let found = answers(&of([721, 721, 724]), &of([720, 721, 723]));
    assert_eq!(found, [Match::Known(0), Match::Known(1), Match::Known(2)]);
}

/// The first of two equal texts is beyond the start of a truncated export, and another person wrote
/// between.
#[test]
fn order_decides_which_equal_text_is_missing() {
    let incoming = |observation: Observation| Observation {
        outgoing: Some(false),
        ..observation
    };
    let old = timeline(vec![
        incoming(text(20_000, Precision::Second, 1)),
        text(23_000, Precision::Second, 1),
        incoming(text(26_000, Precision::Second, 1)),
    ]);
    let new = timeline(vec![
        text(0, Precision::Minute, 1),
        incoming(text(1, Precision::Minute, 1)),
    ]);
    assert_eq!(answers(&new, &old), [Match::Known(1), Match::Known(2)]);
}

#[test]
fn minutes_of_two_exports_agree_or_differ() {
    for (minutes, found) in [(0, Match::Known(0)), (1, Match::New)] {
        let new = timeline(vec![picture(minutes * 60_000, Precision::Minute)]);
        let old = timeline(vec![picture(0, Precision::Minute)]);
        assert_eq!(answers(&new, &old), [found], "{minutes}");
    }
}

/// An omitted video is not the picture of the same minute.
#[test]
fn kinds_of_files_decide() {
    let files = |index, kind| Files {
        index,
        kind: Some(kind),
        sizes: None,
        caption: None,
    };
    let old = Timeline {
        observations: vec![picture(0, Precision::Minute), picture(1, Precision::Minute)],
        files: vec![files(0, FileKind::Image), files(1, FileKind::Video)],
        ..Timeline::default()
    };
    let new = Timeline {
        observations: vec![picture(8_000, Precision::Second)],
        files: vec![files(0, FileKind::Video)],
        ..Timeline::default()
    };
    assert_eq!(answers(&new, &old), [Match::Known(1)]);
}

/// The maximum duration of each of these without optimisation.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn many_equal_messages_are_fast() {
    let many = |count: i64, shift: i64, make: &dyn Fn(i64) -> Observation| {
        timeline((0..count).map(|number| make(number * 6 + shift)).collect())
    };
    let same = |time: i64| text(time, Precision::Second, 1);
    let media = |time: i64| picture(time, Precision::Second);
    let begun = Instant::now();
    for make in [&same as &dyn Fn(i64) -> Observation, &media] {
        let old = many(20_000, 0, make);
        for (count, shift) in [(20_000, 0), (19_999, 0), (20_000, 1_000)] {
            let found = answers(&many(count, shift, make), &old);
            assert_eq!(found.len() as i64, count);
        }
    }
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
}

/// A text of each minute, equal in all, with timestamps of a minute in one source and of a second in the
/// other: each may be that of the minute before, so that all of them are one part.
#[test]
fn equal_texts_of_every_minute_are_fast() {
    let begun = Instant::now();
    let every_minute = |count: i64, precision| -> Vec<Observation> {
        (0..count)
            .map(|minute| text(minute * 60_000, precision, 1))
            .collect()
    };
    let old = timeline(every_minute(20_000, Precision::Minute));
    let mut new = every_minute(20_000, Precision::Second);
    new.push(text(20_000 * 60_000, Precision::Second, 2));
    assert_eq!(answers(&timeline(new), &old).len(), 20_001);
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
}

/// Every text was edited, so that no pair is certain.
#[test]
fn conversation_of_edits_is_fast() {
    let begun = Instant::now();
    let texts = |first: u8, state: State| -> Timeline {
        let one = |index: i64| Observation {
            state,
            ..text(
                index * 600_000,
                Precision::Minute,
                first + (index % 100) as u8,
            )
        };
        timeline((0..20_000).map(one).collect())
    };
    let found = answers(&texts(100, State::Edited), &texts(0, State::Plain));
    assert_eq!(found.len(), 20_000);
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
}

/// Many messages of the minute before hide a pair from one of two messages that may have it.
#[test]
fn message_is_never_the_partner_of_two() {
    for crowd in [10, 64, 70, 200] {
        let mut old: Vec<Observation> = (0..crowd).map(|_| picture(0, Precision::Minute)).collect();
        old.push(text(60_000, Precision::Minute, 1));
        let mut new: Vec<Observation> = (0..crowd)
            .map(|index| picture(index * 200, Precision::Second))
            .collect();
        new.push(text(61_000, Precision::Second, 1));
        new.push(text(90_000, Precision::Second, 1));
        let found = answers(&timeline(new), &timeline(old));
        let mut partners: Vec<u32> = (found.iter())
            .filter_map(|answer| match answer {
                Match::Known(index) => Some(*index),
                _ => None,
            })
            .collect();
        let all = partners.len();
        partners.sort_unstable();
        partners.dedup();
        assert_eq!(partners.len(), all, "{crowd}: {found:?}");
    }
}
