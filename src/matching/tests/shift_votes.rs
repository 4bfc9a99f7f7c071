//! Which messages vote for a zone shift, and how many have to agree. Never here: the effects of a shift
//! ([`super::shifts`]).

use super::shifts::{at_hours, known, pairing, shifted};
use super::*;
use crate::matching::tolerance::{HOUR, MAX_DIFFERENCE, QUARTER, REPEATED};

/// Texts of these numbers, at these hours.
fn said(texts: &[(i64, u8)]) -> Timeline {
    let one = |(hour, body): &(i64, u8)| text(hour * HOUR, Precision::Minute, *body);
    timeline(texts.iter().map(one).collect())
}

fn with(mut timeline: Timeline, change: impl Fn(&mut Observation)) -> Timeline {
    timeline.observations.iter_mut().for_each(change);
    timeline
}

/// The shift of either timeline against the other, in hours.
fn hours(new: &Timeline, old: &Timeline) -> Option<i64> {
    let shift = pairing(new, old).shift();
    let back = pairing(old, new).shift();
    assert_eq!(back, shift.map(|shift| -shift), "the other way round");
    shift.map(|shift| shift / HOUR)
}

#[test]
fn notices_and_repeated_times_have_no_vote() {
    let old = said(&[(100, 1), (120, 2), (140, 3)]);
    let kinds: [(fn(&mut Observation), _); 3] = [
        (|_| {}, Some(9)),
        (|it| it.class = Some(Class::Notice), None),
        (|it| it.repeats = Repeat::of_millis(HOUR), None),
    ];
    for (change, expected) in kinds {
        let old = with(old.clone(), change);
        assert_eq!(hours(&shifted(9, old.clone()), &old), expected);
    }
}

/// The same texts in the other direction are other messages, unless one source does not know the direction.
#[test]
fn texts_vote_with_texts_of_their_direction() {
    for bodies in [[1, 3, 5], [2, 4, 6]] {
        let all: Vec<(i64, u8)> = [100, 120, 140].into_iter().zip(bodies).collect();
        let old = said(&all);
        for (side, expected) in [(Some(true), Some(9)), (Some(false), None), (None, Some(9))] {
            let new = with(shifted(9, old.clone()), |it| it.outgoing = side);
            assert_eq!(hours(&new, &old), expected, "{side:?}");
        }
        let old = with(old, |it| it.outgoing = Some(false));
        assert_eq!(hours(&shifted(9, old.clone()), &old), Some(9));
    }
}

/// An export made abroad is shifted against a database; two databases hold instants.
#[test]
fn instants_are_not_shifted_against_instants() {
    let old = said(&[(100, 1), (120, 2), (140, 3)]);
    let exact = with(shifted(9, old.clone()), |it| {
        it.precision = Precision::Exact
    });
    assert_eq!(hours(&exact, &old), Some(9));
    let old = with(old, |it| it.precision = Precision::Exact);
    assert_eq!(hours(&exact, &old), None);
}

/// One source has two texts before the other starts, or after its end, and lacks two that the other one
/// has.
#[test]
fn messages_outside_the_common_time_do_not_count() {
    let old = said(&[(100, 1), (103, 10), (106, 2), (108, 11), (110, 3)]);
    for shift in [9, -9] {
        for extra in [[(96, 12), (98, 13)], [(112, 12), (114, 13)]] {
            let mut all = [(100, 1), (106, 2), (110, 3)].to_vec();
            all.extend(extra);
            all.sort_unstable();
            assert_eq!(hours(&shifted(shift, said(&all)), &old), Some(shift));
        }
    }
}

/// Three texts of four agree: the last one is another, or was sent at another time.
#[test]
fn three_of_four_texts_make_a_shift_doubtful() {
    let old = said(&[(100, 1), (110, 2), (120, 3), (130, 4)]);
    for shift in [9, -9] {
        for (hour, body) in [(130, 5), (125, 4)] {
            let new = said(&[(100, 1), (110, 2), (120, 3), (hour, body), (136, 6)]);
            let new = shifted(shift, new);
            for found in [pairing(&new, &old), pairing(&old, &new)] {
                assert_eq!(found.shift(), None, "{shift} {hour}");
                assert_eq!(found.doubtful_shift, Some(3), "{shift} {hour}");
            }
        }
    }
}

/// Two texts agree, and one source has a third one before them and the other one behind.
#[test]
fn text_at_another_time_does_not_agree() {
    let old = said(&[(50, 3), (100, 1), (110, 2)]);
    let new = shifted(9, said(&[(100, 1), (110, 2), (150, 3)]));
    for found in [pairing(&new, &old), pairing(&old, &new)] {
        assert_eq!((found.shift(), found.doubtful_shift), (None, Some(2)));
    }
}

/// Three texts of six agree: with one that was edited in a source that does not mark it, and with a
/// notice of a deletion, four fifths are explained.
#[test]
fn deletions_and_unmarked_edits_explain_disagreement() {
    let texts = [(100, 1), (110, 2), (120, 3), (130, 4), (140, 5), (150, 6)];
    for (is_edited, deleted, expected) in [(true, 1, Some(9)), (true, 0, None), (false, 1, None)] {
        let mut texts = texts.to_vec();
        texts[1] = (if is_edited { 110 } else { 111 }, 12);
        texts[2] = (122, 13);
        texts[4] = (142, 15);
        let mut new = with(said(&texts), |it| it.state = State::Unmarked);
        let notice = |_| Observation {
            state: State::Deleted,
            ..at(132 * HOUR, Precision::Minute)
        };
        new.observations.extend((0..deleted).map(notice));
        let old = said(&[(100, 1), (110, 2), (120, 3), (130, 4), (140, 5), (150, 6)]);
        assert_eq!(
            hours(&shifted(9, new), &old),
            expected,
            "{is_edited} {deleted}"
        );
    }
}

/// An unmarked edit has the same direction, and a file is no text.
#[test]
fn unmarked_edit_keeps_direction_and_class() {
    let old = said(&[(100, 1), (110, 2), (120, 3), (130, 4), (140, 5)]);
    let changes: [(fn(&mut Observation), _); 3] = [
        (|_| {}, Some(9)),
        (|it| it.outgoing = Some(false), None),
        (|it| it.class = Some(Class::Poll), None),
    ];
    for (change, expected) in changes {
        let mut new = with(shifted(9, old.clone()), |it| it.state = State::Unmarked);
        for index in [1, 3] {
            let observation = &mut new.observations[index];
            observation.body = Some([10 + index as u8; 16]);
            change(observation);
        }
        // As many of each kind in both, so that all of them are compared.
        let mut old = old.clone();
        for index in [1, 3] {
            if new.observations[index].class != Some(Class::Text) {
                old.observations[index].class = new.observations[index].class;
            }
        }
        assert_eq!(hours(&new, &old), expected);
    }
}

/// More messages are before the edited ones than are considered.
#[test]
fn unmarked_edits_at_the_end_of_a_long_chat_count() {
    let old = timeline(
        (0..200)
            .map(|number| text(i64::from(number) * 420_000, Precision::Minute, number))
            .collect(),
    );
    let mut new = with(shifted(9, old.clone()), |it| it.state = State::Unmarked);
    for (number, observation) in (0..).zip(&mut new.observations[130..]) {
        observation.body = Some(
            [[201; 8], [number; 8]]
                .concat()
                .try_into()
                .expect("16 bytes"),
        );
    }
    assert_eq!(hours(&new, &old), Some(9));
}

/// Most of what both cover is at the same time, so that six texts a zone apart are chance.
#[test]
fn no_shift_if_most_messages_are_unshifted() {
    let mut old: Vec<(i64, u8)> = (0..6)
        .map(|number| (number - 20, 20 + number as u8))
        .collect();
    let mut new: Vec<(i64, u8)> = (0..6)
        .map(|number| (number + 2, 20 + number as u8))
        .collect();
    let in_place = [(0, 1), (1, 2), (2, 3)];
    for (texts, others) in [(&mut old, [(3, 4), (4, 5)]), (&mut new, [(3, 6), (4, 7)])] {
        texts.extend(in_place);
        texts.extend(others);
        texts.sort_unstable();
    }
    assert_eq!(hours(&said(&new), &said(&old)), None);
}

/// Two of nine texts at their own time outweigh three others; two of ten do not.
#[test]
fn a_fifth_unshifted_outweighs_fewer_than_twice_as_many() {
    for (others, expected) in [(7, None), (8, Some(22))] {
        let mut old = vec![(-20, 20), (-19, 21), (-18, 22), (0, 1), (15, 2)];
        let mut new = vec![(2, 20), (3, 21), (4, 22), (0, 1), (15, 2)];
        old.extend((0..others).map(|number| (5 + number, 30 + number as u8)));
        new.extend((0..others).map(|number| (5 + number, 50 + number as u8)));
        old.sort_unstable();
        new.sort_unstable();
        assert_eq!(hours(&said(&new), &said(&old)), expected, "{others}");
    }
}

#[test]
fn smaller_of_two_shifts_wins() {
    let old = said(&[(15, 1), (19, 1), (25, 2), (29, 2), (35, 3), (39, 3)]);
    let new = said(&[(20, 1), (30, 2), (40, 3)]);
    assert_eq!(hours(&new, &old), Some(1));
}

/// The clocks of two zones change by an hour, not by two.
#[test]
fn texts_two_hours_apart_do_not_count_together() {
    let old = at_hours(&[100, 120, 140, 160]);
    for (late, expected) in [(1, Some(10)), (2, None)] {
        let new = at_hours(&[109, 129, 149 + late, 169 + late]);
        assert_eq!(pairing(&new, &old).shift().map(|it| it / HOUR), expected);
    }
}

/// People who write the same at the same times of every day did not travel.
#[test]
fn maximum_shift_is_23_hours() {
    let old = at_hours(&[100, 107, 114]);
    for (shift, expected) in [(23, Some(23)), (24, None), (-23, Some(-23)), (-24, None)] {
        assert_eq!(hours(&shifted(shift, old.clone()), &old), expected);
    }
    let mut new = shifted(23, old.clone());
    for observation in &mut new.observations {
        observation.at += QUARTER;
    }
    assert_eq!(hours(&new, &old), None);
}

/// Two texts are a doubt if they are half of one source, or of what both cover, and one text if it is all
/// of one source.
#[test]
fn few_texts_make_a_shift_doubtful_where_there_is_little_else() {
    let doubt = |new: &[(i64, u8)], old: &[(i64, u8)]| {
        let found = pairing(&shifted(9, said(new)), &said(old));
        assert_eq!(found.shift(), None);
        found.doubtful_shift
    };
    let four = [(100, 1), (110, 2), (115, 10), (120, 11)];
    let others = [(100, 1), (110, 2), (116, 20), (120, 21)];
    assert_eq!(doubt(&four, &others), Some(2));
    let with_more = |texts: &[(i64, u8)], more: (i64, u8)| {
        let mut all = texts.to_vec();
        all.push(more);
        all.sort_unstable();
        all
    };
    let five = with_more(&four, (118, 12));
    assert_eq!(doubt(&five, &with_more(&others, (118, 22))), None);
    // Half of the common time, and more beyond the end of one source.
    let with = |others: &[(i64, u8)]| [&[(100, 1), (110, 2)], others].concat();
    let longer = |number: u8| with(&[(120, number), (130, 11), (140, 12), (150, 13)]);
    assert_eq!(doubt(&longer(10), &with(&[(120, 20)])), Some(2));
    assert_eq!(doubt(&with(&[(120, 20)]), &longer(10)), Some(2));
    assert_eq!(doubt(&longer(2), &with(&[(120, 20), (124, 21)])), None);
    // All of the other source.
    assert_eq!(doubt(&longer(10), &with(&[])), Some(2));
    let before = |number: u8| [&[(50, 11), (60, 12), (99, number)][..], &with(&[])].concat();
    assert_eq!(doubt(&before(10), &before(20)[2..]), Some(2));
    let long = |number: u8| with(&[(120, number), (121, number), (122, number)]);
    let beyond = [&long(10)[..], &[(150, 13), (160, 14)]].concat();
    assert_eq!(doubt(&beyond, &long(20)), None);
    // Three messages of six, one of them repeated.
    let repeated = |others: [u8; 3]| {
        let [one, two, three] = others;
        let texts = [
            (100, 1),
            (104, 1),
            (110, 2),
            (115, one),
            (117, two),
            (120, three),
        ];
        texts.to_vec()
    };
    let (own, others) = (repeated([10, 11, 12]), repeated([20, 21, 22]));
    assert_eq!(doubt(&own, &with_more(&others, (118, 23))), Some(3));
    let beyond = [&own[..], &[(130, 13), (140, 14), (150, 15)]].concat();
    assert_eq!(doubt(&beyond, &others), Some(3));
    // Each continues at another end.
    let earlier = |texts: &[(i64, u8)]| [&[(50, 30), (60, 31), (70, 32)], texts].concat();
    let later = |texts: &[(i64, u8)]| [texts, &[(121, 33), (122, 34), (123, 35)]].concat();
    let (own, others) = (with(&[(120, 10)]), with(&[(120, 20)]));
    assert_eq!(doubt(&earlier(&own), &later(&others)), Some(2));
    assert_eq!(doubt(&later(&own), &earlier(&others)), Some(2));
    assert_eq!(doubt(&[(100, 1)], &[(100, 1), (110, 2)]), Some(1));
    assert_eq!(doubt(&[(100, 1), (101, 5)], &[(100, 1), (101, 6)]), None);
    assert_eq!(doubt(&[(100, 5)], &[(100, 1), (110, 2)]), None);
}

/// Texts whose order is no evidence: each of them is repeated.
#[test]
fn texts_repeated_a_few_times_prove_a_shift() {
    let rounds = |times: i64, edges: [u8; 2]| {
        let mut all = vec![(99, edges[0])];
        for round in 0..times {
            all.extend((0..4).map(|number| (100 + 10 * round + 2 * number, number as u8)));
        }
        all.push((101 + 10 * times, edges[1]));
        said(&all)
    };
    let limit = REPEATED as i64;
    for (times, expected) in [(2, Some(9)), (limit, Some(9)), (limit + 1, None)] {
        let (new, old) = (rounds(times, [10, 11]), rounds(times, [20, 21]));
        assert_eq!(hours(&shifted(9, new), &old), expected, "{times}");
    }
}

/// Each text comes five times, so that five shifts have votes, and four of them are smaller.
#[test]
fn shift_with_the_most_votes_wins() {
    let rounds = |edges: [u8; 2]| {
        let one = |minute: i64, body: u8| text(minute * 60_000, Precision::Minute, body);
        let mut all = vec![one(0, edges[0])];
        for round in 0..5 {
            let texts = (0u8..4).map(|number| (60 + 90 * round + 20 * i64::from(number), number));
            all.extend(texts.map(|(minute, number)| one(minute, number)));
        }
        all.push(one(600, edges[1]));
        timeline(all)
    };
    let (new, old) = (rounds([10, 11]), rounds([20, 21]));
    assert_eq!(hours(&shifted(9, new), &old), Some(9));
}

/// Timestamps of one message differ by a minute and a second at most.
#[test]
fn texts_agree_up_to_the_tolerance_of_timestamps() {
    let old = said(&[(100, 1), (110, 2), (120, 3)]);
    for (more, is_shifted) in [
        (MAX_DIFFERENCE, true),
        (MAX_DIFFERENCE + 1, false),
        (-MAX_DIFFERENCE, true),
        (-MAX_DIFFERENCE - 1, false),
    ] {
        let mut new = shifted(9, old.clone());
        new.observations[1].at += more;
        for found in [pairing(&new, &old), pairing(&old, &new)] {
            assert_eq!(found.shift().is_some(), is_shifted, "{more}");
        }
    }
    assert_eq!(answers(&shifted(9, old.clone()), &old), known(&[0, 1, 2]));
    // One of them came late, and agrees by its time alone.
    let texts = |order: [u8; 3]| {
        let texts = order.map(|body| text(i64::from(body) * 120_000, Precision::Second, body));
        timeline(texts.to_vec())
    };
    let old = texts([0, 1, 2]);
    for (more, is_shifted) in [
        (MAX_DIFFERENCE, true),
        (MAX_DIFFERENCE + 1, false),
        (-MAX_DIFFERENCE, true),
        (-MAX_DIFFERENCE - 1, false),
    ] {
        let mut new = shifted(9, texts([1, 2, 0]));
        new.observations[2].at += more;
        for found in [pairing(&new, &old), pairing(&old, &new)] {
            assert_eq!(found.shift().is_some(), is_shifted, "late, {more}");
        }
    }
}

/// Two locations and a deletion notice, shifted by nine hours, are all that two exports have in common: one
/// of the locations must not be posted again.
#[test]
fn message_with_an_unproved_shift_is_not_new() {
    let index = |second: i64, body: u8| Observation {
        class: Some(Class::Location),
        ..text(second * 1_000, Precision::Second, body)
    };
    let notice = |second: i64| Observation {
        state: State::Deleted,
        class: None,
        ..at(second * 1_000, Precision::Second)
    };
    let old = timeline(vec![index(0, 1), index(4, 2), notice(32_405)]);
    let mut all = vec![picture(-21_000_000, Precision::Second)];
    all.extend(old.observations.iter().cloned());
    for index in 0..3 {
        all[0].files = Some([index; 16]);
        let earlier = all[0].clone();
        all.insert(0, earlier);
        all[0].at -= 60_000;
    }
    let found = pairing(&shifted(9, timeline(all)), &old);
    assert_eq!((found.shift(), found.doubtful_shift), (None, Some(2)));
}

/// Files that an export left out have no content to vote by. Their times show that the chat is shifted,
/// where nearly all of them agree; a few do so by chance.
#[test]
fn a_long_chat_of_placeholders_at_other_times_is_doubtful() {
    let evening = [0, 1, 1, 3, 7, 48, 49, 95, 96, 97, 140, 141, 190];
    let minutes: Vec<i64> = [evening, evening.map(|at| at + 1_700)].concat();
    for (count, is_doubtful) in [(minutes.len(), true), (13, false)] {
        let last = text(minutes[count - 1] * 60_000, Precision::Minute, 1);
        let files = minutes[..count]
            .iter()
            .map(|at| picture(at * 60_000, Precision::Minute));
        let old = timeline(files.chain([last]).collect());
        let new = shifted(9, old.clone());
        for (new, old) in [(&new, &old), (&old, &new)] {
            let found = pairing(new, old);
            assert_eq!(found.doubtful_shift.is_some(), is_doubtful, "{count}");
        }
    }
}

/// In place there are no two messages at other times, whatever repeats an hour later.
#[test]
fn a_long_chat_in_place_is_not_doubtful() {
    let hourly = |from: i64, count: i64| {
        let files = (0..count).map(|at| picture((from + at) * HOUR, Precision::Minute));
        files.collect::<Vec<_>>()
    };
    let mut old = hourly(0, 26);
    old.push(text(26 * HOUR, Precision::Minute, 1));
    let mut new = hourly(1, 26);
    new.push(text(27 * HOUR, Precision::Minute, 1));
    let found = pairing(&timeline(new), &timeline(old));
    assert_eq!(found.doubtful_shift, None);
}
