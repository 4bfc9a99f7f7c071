//! Pairs of deletions and of other texts that cross a certain pair.

use super::*;

use Match::{Ambiguous, Known, New};

/// The pairing of an archive whose lines are in the order of `new` with records.
fn of_records(new: &Timeline, old: &Timeline) -> Vec<Match> {
    let settings = Settings {
        authors: &|_, _| Person::Unknown,
        corrected: None,
    };
    let mut pairing = pair(new, old, &settings);
    let new = Arrived {
        timeline: new,
        arrival: &|line| Some(Arrival { archive: 0, line }),
    };
    let old = Arrived {
        timeline: old,
        arrival: &|_| None,
    };
    undo_crossing(&mut pairing, new, old);
    pairing.of
}

fn notice(time: i64) -> Observation {
    Observation {
        class: None,
        state: State::Deleted,
        ..at(time, Precision::Minute)
    }
}

fn file(time: i64, number: u8) -> Observation {
    Observation {
        files: Some([number; 16]),
        ..picture(time, Precision::Minute)
    }
}

fn record(observations: Vec<Observation>) -> Timeline {
    let unknown = |observation: Observation| Observation {
        wording: Wording::Unknown,
        state: State::Unmarked,
        ..observation
    };
    let around = [
        text(-600_000, Precision::Minute, 8),
        text(600_000, Precision::Minute, 9),
    ];
    let [before, behind] = around;
    let all = [before].into_iter().chain(observations).chain([behind]);
    timeline(all.map(unknown).collect())
}

fn archive(observations: Vec<Observation>) -> Timeline {
    let mut all = vec![text(-600_000, Precision::Minute, 8)];
    all.extend(observations);
    all.push(text(600_000, Precision::Minute, 9));
    timeline(all)
}

/// The first of three files was deleted by its sender, in Close too; the third one on the phone.
#[test]
fn notice_before_a_file_is_not_the_file_after_it() {
    let new = archive(vec![notice(0), file(1, 2)]);
    let old = record(vec![file(1, 2), file(2, 3)]);
    assert_eq!(answers(&new, &old)[1], Known(2), "what pairing alone finds");
    assert_eq!(of_records(&new, &old)[1..3], [New, Known(1)]);
}

/// The same notice if its file is still recorded.
#[test]
fn notice_at_its_position_stays_paired() {
    let new = archive(vec![notice(0), file(1, 2)]);
    let old = record(vec![file(0, 1), file(1, 2)]);
    assert_eq!(of_records(&new, &old)[1..3], [Known(1), Known(2)]);
}

/// The timestamp of a late message shows that it is late.
#[test]
fn late_notice_crosses_no_pair() {
    let new = archive(vec![file(180_000, 2), notice(0)]);
    let old = record(vec![file(0, 1), file(180_000, 2)]);
    assert_eq!(of_records(&new, &old)[1..3], [Known(2), Known(1)]);
}

/// The first two were imported later than the third one, from an export that begins earlier.
#[test]
fn record_imported_first_is_not_an_earlier_message() {
    let new = archive(vec![file(0, 1), notice(1), file(2, 3)]);
    let old = record(vec![file(0, 3), file(0, 1), file(1, 2)]);
    assert_eq!(of_records(&new, &old)[1..4], [Known(2), Known(3), Known(1)]);
}

/// A text was deleted on the phone; another one came after the next one, in the same minute.
#[test]
fn different_text_after_the_next_message_is_new() {
    let texts = |bodies: [u8; 2]| {
        let one = |(at, body): (i64, u8)| text(at, Precision::Minute, body);
        (0..).zip(bodies).map(one).collect::<Vec<_>>()
    };
    let (new, old) = (archive(texts([2, 3])), record(texts([1, 2])));
    assert_eq!(answers(&new, &old)[2], Known(1), "what pairing alone finds");
    assert_eq!(of_records(&new, &old)[1..3], [Known(2), New]);
    let mut edited = new;
    edited.observations[2].state = State::Edited;
    assert_eq!(of_records(&edited, &old)[1..3], [Known(2), Ambiguous]);
}

/// An iPhone; the first text was deleted by its sender, in Close too, and the third one on the phone. The
/// second one is the text with equal content, and the notice is none of the others for certain.
#[test]
fn equal_text_is_preferred_to_a_different_one() {
    let second = |observation: Observation| Observation {
        precision: Precision::Second,
        ..observation
    };
    let words = |at: i64, body: u8| text(at * 1_000, Precision::Second, body);
    let new = archive(vec![second(notice(12_000)), words(13, 2)]);
    let old = record(vec![words(13, 2), words(14, 3)]);
    let alone = [Known(1), Known(2)];
    assert_eq!(answers(&new, &old)[1..3], alone, "what pairing alone finds");
    assert_eq!(of_records(&new, &old)[1..3], [Ambiguous, Known(1)]);
}

/// A mention has a name in one program's export and a number in another's, and messages of one minute
/// arrived in another order on the other phone.
#[test]
fn mention_rendered_by_another_program_is_one_message() {
    let mention = |number: u8, program: Program| Observation {
        wording: Wording::Varies([7; 16]),
        program: Some(program),
        ..text(0, Precision::Minute, number)
    };
    let new = archive(vec![
        text(0, Precision::Minute, 1),
        mention(2, Program::Export),
    ]);
    let old = archive(vec![
        mention(3, Program::Database),
        text(0, Precision::Minute, 1),
    ]);
    let settings = Settings {
        authors: &|_, _| Person::Unknown,
        corrected: None,
    };
    let mut pairing = pair(&new, &old, &settings);
    let found = pairing.of.clone();
    let arrival = |line| Some(Arrival { archive: 0, line });
    let [new, old] = [&new, &old].map(|timeline| Arrived {
        timeline,
        arrival: &arrival,
    });
    undo_crossing(&mut pairing, new, old);
    assert_eq!(pairing.of, found);
    assert_eq!(pairing.of[1], Known(2));
}
