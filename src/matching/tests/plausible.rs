//! Parts that the most plausible history decides, against the evidence of single messages.

use super::*;
use crate::matching::tolerance::HOUR;

fn incoming(observation: Observation) -> Observation {
    Observation {
        outgoing: Some(false),
        ..observation
    }
}

fn in_state(state: State, observation: Observation) -> Observation {
    Observation {
        state,
        ..observation
    }
}

fn notice(time: i64, precision: Precision) -> Observation {
    Observation {
        class: None,
        state: State::Deleted,
        ..at(time, precision)
    }
}

fn record(observations: Vec<Observation>) -> Timeline {
    let unknown = |observation: Observation| Observation {
        wording: Wording::Unknown,
        ..observation
    };
    timeline(observations.into_iter().map(unknown).collect())
}

/// Both directions, the second one as partners of the new messages too.
fn both(new: &Timeline, old: &Timeline) -> Vec<Match> {
    let forth = answers(new, old);
    let back = answers(old, new);
    for (index, answer) in (0u32..).zip(&forth) {
        if let Match::Known(other) = answer {
            assert_eq!(
                back[*other as usize],
                Match::Known(index),
                "{forth:?} {back:?}"
            );
        }
    }
    forth
}

use Match::{Ambiguous, Known, New};

/// WhatsApp Web and Close's list show an edited text like any other.
#[test]
fn different_text_is_an_edit_if_a_source_does_not_mark_edits() {
    let old = timeline(vec![text(0, Precision::Minute, 1)]);
    for (state, found) in [(State::Unmarked, Known(0)), (State::Plain, New)] {
        let edited = in_state(state, text(5_000, Precision::Second, 2));
        let around = |middle: Observation, precision| {
            timeline(vec![
                text(-600_000, precision, 8),
                middle,
                text(600_000, precision, 9),
            ])
        };
        let new = around(edited, Precision::Second);
        let old = around(old.observations[0].clone(), Precision::Minute);
        let expected = match found {
            Known(_) => [Known(0), Known(1), Known(2)],
            _ => [Known(0), New, Known(2)],
        };
        assert_eq!(both(&new, &old), expected, "{state:?}");
    }
}

/// The second of two equal texts is later in one export, since it came late.
#[test]
fn late_equal_text_keeps_its_pair() {
    let new = timeline(vec![
        text(720_000, Precision::Second, 1),
        text(869_000, Precision::Second, 2),
        text(721_000, Precision::Second, 1),
    ]);
    let old = timeline(vec![
        text(720_000, Precision::Exact, 1),
        text(721_790, Precision::Exact, 1),
        text(869_378, Precision::Exact, 2),
    ]);
    assert_eq!(both(&new, &old), [Known(0), Known(2), Known(1)]);
}

/// A message that is left out as deleted comes after all others and is known by its instant only.
#[test]
fn deletion_without_position_is_ordered_by_instant() {
    let new = Timeline {
        unplaced: 1,
        ..timeline(vec![
            picture(1_000, Precision::Second),
            notice(0, Precision::Second),
        ])
    };
    let old = record(vec![
        picture(0, Precision::Second),
        picture(1_000, Precision::Second),
    ]);
    assert_eq!(both(&new, &old), [Known(1), Known(0)]);
}

/// Four equal texts, of which another source has one and the notice of a deletion.
#[test]
fn pairing_is_symmetric() {
    let new = timeline((0..4).map(|_| text(0, Precision::Minute, 1)).collect());
    let old = timeline(vec![
        notice(20_000, Precision::Exact),
        text(24_687, Precision::Exact, 1),
    ]);
    both(&new, &old);
    both(&old, &new);
}

/// An equal text some seconds away is another one if a deletion explains what is missing.
#[test]
fn deletion_at_the_instant_outweighs_a_near_equal_text() {
    let new = timeline(vec![
        text(9_000, Precision::Second, 2),
        text(12_000, Precision::Second, 1),
    ]);
    let old = timeline(vec![
        text(5_369, Precision::Exact, 1),
        text(9_209, Precision::Exact, 2),
        notice(12_895, Precision::Exact),
    ]);
    assert_eq!(both(&new, &old), [Known(1), Known(2)]);
}

/// A pair before the rest of an old timeline would leave two messages missing within it.
#[test]
fn messages_before_the_start_need_no_event() {
    let new = Timeline {
        unplaced: 1,
        ..timeline(vec![
            incoming(picture(180_000, Precision::Second)),
            incoming(notice(87_000, Precision::Second)),
        ])
    };
    let old = record(vec![
        text(0, Precision::Minute, 1),
        incoming(text(60_000, Precision::Minute, 2)),
        text(60_001, Precision::Minute, 2),
        text(60_002, Precision::Minute, 2),
        incoming(picture(180_000, Precision::Minute)),
    ]);
    assert_eq!(both(&new, &old), [Known(4), New]);
}

/// Two of three placeholders may be the two files: which ones is not known.
#[test]
fn equally_plausible_histories_leave_placeholders_ambiguous() {
    let new = timeline(vec![picture(0, Precision::Minute); 3]);
    let files = |number: u8| Observation {
        files: Some([number; 16]),
        ..picture(0, Precision::Minute)
    };
    let old = timeline(vec![files(1), files(2)]);
    assert!(both(&new, &old).contains(&Ambiguous));
}

fn twice(observation: Observation) -> Observation {
    Observation {
        repeats: Repeat::of_millis(HOUR),
        ..observation
    }
}

/// A file that came last in one source cannot be one before three messages that this source lacks: the
/// other one ends before it.
#[test]
fn single_pair_may_be_too_far_out_of_order() {
    let minute = |minute: i64, body: u8| text(minute * 60_000, Precision::Minute, body);
    let file = |at: i64| twice(incoming(picture(at * 60_000, Precision::Minute)));
    let new = timeline(vec![file(48), twice(incoming(minute(0, 1)))]);
    let old = record(vec![
        twice(incoming(minute(0, 1))),
        twice(minute(6, 2)),
        twice(minute(19, 3)),
        twice(minute(24, 4)),
        file(48),
    ]);
    assert_eq!(both(&new, &old), [New, Known(0)]);
}

/// Seven files of one minute are in order, although others of the hour that occurs twice are not.
#[test]
fn search_is_bounded_by_disorder_around_a_crowded_minute() {
    let file = |second: i64| twice(picture(second * 1_000, Precision::Second));
    let row = |minute: i64| twice(picture(minute * 60_000, Precision::Minute));
    let words = |second: i64, body: u8, precision| twice(text(second * 1_000, precision, body));
    let mut new = vec![text(-600_000, Precision::Second, 9)];
    new.extend([608, 609].map(file));
    new.extend((1u8..4).map(|number| words(1_800 + i64::from(number), number, Precision::Second)));
    new.extend([121, 122].map(file));
    new.extend([616, 617, 618, 619, 620].map(file));
    new.push(text(7_200_000, Precision::Second, 8));
    let mut old = vec![text(-600_000, Precision::Minute, 9)];
    old.extend([2, 2].map(row));
    old.extend([10; 7].map(row));
    old.extend((1u8..4).map(|number| words(1_800, number, Precision::Minute)));
    old.push(text(7_200_000, Precision::Minute, 8));
    let known: Vec<Match> = [0, 3, 4, 10, 11, 12, 1, 2, 5, 6, 7, 8, 9, 13]
        .map(Known)
        .to_vec();
    assert_eq!(both(&timeline(new), &record(old)), known);
}

/// Eleven files of one minute, six of the first occurrence of the hour and five of the second one.
fn album_of_two_hours(first: i64, second: i64) -> (Timeline, Timeline) {
    let file = |second: i64| twice(picture(second * 1_000, Precision::Second));
    let row = |minute: i64| twice(picture(minute * 60_000, Precision::Minute));
    let words = |second: i64, body: u8, precision| twice(text(second * 1_000, precision, body));
    let other = |at: i64, precision| twice(incoming(picture(at * 1_000, precision)));
    let mut new = vec![text(-600_000, Precision::Second, 9)];
    new.extend((0..first).map(|number| file(600 + number % 60)));
    new.extend((1..=3).map(|number| words(1_800 + i64::from(number), number, Precision::Second)));
    new.extend([121, 125, 130].map(file));
    new.extend((0..second).map(|number| file(600 + number % 60)));
    new.extend([1_502, 1_507].map(|at| other(at, Precision::Second)));
    new.push(text(7_200_000, Precision::Second, 8));
    let mut old = vec![text(-600_000, Precision::Minute, 9)];
    old.extend([2; 3].map(row));
    old.extend((0..first + second).map(|_| row(10)));
    old.extend([1_500; 2].map(|at| other(at, Precision::Minute)));
    old.extend((1..=3).map(|number| words(1_800, number, Precision::Minute)));
    old.push(text(7_200_000, Precision::Minute, 8));
    (timeline(new), record(old))
}

#[test]
fn eleven_files_of_a_repeated_minute_are_in_order() {
    let (new, old) = album_of_two_hours(6, 5);
    let indexes = [
        0, 4, 5, 6, 7, 8, 9, 17, 18, 19, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 20,
    ];
    assert_eq!(both(&new, &old), indexes.map(Known));
}

/// Too many messages for all histories: messages that are free in both timelines may be one, and are not
/// posted.
#[test]
fn part_without_result_has_no_new_messages() {
    let (new, old) = album_of_two_hours(40, 40);
    let found = answers(&new, &old);
    assert!(!found.contains(&New), "{found:?}");
}

fn by(author: u32, observation: Observation) -> Observation {
    Observation {
        author: Some(author),
        ..incoming(observation)
    }
}

/// The placeholders show who is who: the other phone lacks the text of the other person.
#[test]
fn name_proved_by_one_part_applies_to_all() {
    for (first, second, expected) in [(1, 0, [Known(1), New]), (0, 1, [New, Known(1)])] {
        let new = timeline(vec![
            text(-60_000, Precision::Exact, 9),
            by(first, text(19_000, Precision::Exact, 1)),
            by(second, text(25_000, Precision::Exact, 1)),
            by(1, picture(61_000, Precision::Exact)),
            by(1, picture(62_000, Precision::Exact)),
            text(600_000, Precision::Exact, 8),
        ]);
        let old = timeline(vec![
            text(-60_000, Precision::Minute, 9),
            by(0, text(0, Precision::Minute, 1)),
            by(0, picture(60_000, Precision::Minute)),
            by(0, picture(60_000, Precision::Minute)),
            text(600_000, Precision::Minute, 8),
        ]);
        assert_eq!(both(&new, &old)[1..3], expected);
    }
}

/// Two people sent the same text in one minute, in another order on the other phone.
#[test]
fn equal_texts_of_two_people_prove_no_name() {
    let new = timeline(vec![
        by(0, text(1_000, Precision::Exact, 1)),
        by(1, text(2_000, Precision::Exact, 1)),
        by(0, picture(601_000, Precision::Exact)),
        by(1, picture(1_201_000, Precision::Exact)),
    ]);
    let old = timeline(vec![
        by(7, text(0, Precision::Minute, 1)),
        by(6, text(0, Precision::Minute, 1)),
        by(6, picture(600_000, Precision::Minute)),
        by(7, picture(1_200_000, Precision::Minute)),
    ]);
    assert_eq!(both(&new, &old), [Known(1), Known(0), Known(2), Known(3)]);
}

/// The order of a night in which an hour occurs twice is uncertain. The only two equal texts of one minute
/// are one message, whatever is missing around them.
#[test]
fn equal_texts_of_one_minute_are_one_message_though_a_file_crosses_them() {
    let second = |minute: i64, second: i64| minute * 60_000 + second * 1_000;
    let files = |count: i64| {
        (0..count).map(move |at| twice(picture(second(27, 51 + at), Precision::Second)))
    };
    let texts = |count: i64| {
        (0..count).map(move |at| incoming(twice(text(second(38, at), Precision::Second, 8))))
    };
    for bodies in [vec![2], vec![2, 3]] {
        let first = |at: i64, precision: Precision| -> Vec<Observation> {
            let all = bodies.iter().map(|body| twice(text(at, precision, *body)));
            all.collect()
        };
        let mut rows = first(second(12, 44), Precision::Second);
        rows.extend(files(3));
        rows.push(twice(text(second(36, 53), Precision::Second, 5)));
        rows.extend(texts(4));
        rows.push(incoming(twice(picture(second(51, 17), Precision::Second))));
        let mut archive = vec![incoming(twice(picture(second(51, 0), Precision::Minute)))];
        archive.extend(first(second(12, 0), Precision::Minute));
        archive.push(twice(text(second(36, 0), Precision::Minute, 5)));
        let found = both(&record(rows), &timeline(archive));
        assert_eq!(
            (found[0], found[bodies.len() + 3]),
            match bodies.len() {
                1 => (Known(1), Known(2)),
                _ => (Known(1), Known(3)),
            }
        );
    }
}

/// Two histories are as plausible, and one of them has no message that is posted again: the stamps and the
/// order of the others do not decide between them.
#[test]
fn what_may_be_known_is_not_new_by_its_order() {
    let minute = |minute: i64| minute * 60_000;
    let file = |at: i64| twice(picture(minute(at), Precision::Minute));
    let words = |at: i64, body: u8| twice(text(minute(at), Precision::Minute, body));
    let mut archive = vec![file(41), file(64), incoming(words(27, 1)), file(40)];
    archive.extend([4, 5, 6].map(|body| words(55, body)));
    archive.extend([7, 8].map(|body| words(63, body)));
    let mut rows = vec![
        incoming(words(27, 1)),
        incoming(in_state(State::Edited, words(29, 2))),
        words(36, 3),
    ];
    rows.extend([40, 41, 41, 41].map(file));
    rows.extend([4, 5, 6].map(|body| words(55, body)));
    rows.extend([7, 8].map(|body| words(63, body)));
    rows.push(file(64));
    let found = both(&timeline(archive), &record(rows));
    assert_eq!(found[3], Ambiguous, "{found:?}");
}

/// A text stays paired against a history that has it and the files around it as new: the files are decided
/// again next to it.
#[test]
fn files_are_decided_again_next_to_equal_texts() {
    let at_second = |observation: fn(i64, Precision) -> Observation, at: i64| {
        twice(observation(at * 1_000, Precision::Second))
    };
    let files = |at: [i64; 3]| at.map(|at| incoming(at_second(picture, at)));
    let words = |at: i64, body: u8| twice(text(at * 1_000, Precision::Second, body));
    let mut archive = vec![at_second(picture, 3_114), at_second(picture, 3_117)];
    archive.push(incoming(words(0, 1)));
    archive.extend(files([1_232, 1_234, 1_238]));
    let evening = incoming(picture(-1_140_000, Precision::Minute));
    let mut rows = vec![evening, incoming(words(0, 1))];
    rows.extend([incoming(words(211, 2)), words(214, 2)]);
    rows.extend(files([1_232, 1_234, 1_239]));
    rows.extend([(1_359, 4), (1_363, 4), (1_365, 6)].map(|(at, body)| words(at, body)));
    rows.extend([2_150, 3_114, 3_118].map(|at| at_second(picture, at)));
    let found = both(&timeline(archive), &timeline(rows));
    let known: Vec<Match> = [11, 12, 1, 4, 5, 6].map(Known).to_vec();
    assert_eq!(found, known);
}
