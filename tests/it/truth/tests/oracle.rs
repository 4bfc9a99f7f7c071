//! Verdicts of the oracle on cases that were worked out by hand.

use super::{Content, Conversation, Event, archive, at, before, between, certain, export};
use crate::truth::conversation::{FileKind, Media};
use crate::truth::oracle::{Answer, Long, Verdict, judge, of_two_phones, partners, with_neighbors};
use crate::truth::sources::{Export, Program, Source};

/// Four pictures within a minute.
fn album() -> Conversation {
    let sent = at("2024-03-13T10:15:20Z");
    (0..4).fold(Conversation::private(), |of, number| {
        of.picture(sent + number * 2_000, 1, number as u64 + 1)
    })
}

/// The answers of an engine that is sure of this pairing.
fn sure(pairing: &[Option<usize>]) -> Vec<Answer> {
    let answer = |partner: &Option<usize>| partner.map_or(Answer::New, Answer::Known);
    pairing.iter().map(answer).collect()
}

fn allows(verdict: &Verdict, pairing: &[Option<usize>]) -> bool {
    verdict.fault(&sure(pairing)).is_none()
}

#[test]
fn album_whose_first_picture_was_deleted_keeps_the_others_by_their_bytes() {
    for (event, expected) in [
        (
            Event::DeletedForEveryone { at: between() },
            vec![Some(0), Some(1), Some(2), Some(3)],
        ),
        (
            Event::DeletedLocally {
                at: between(),
                on: 0,
            },
            vec![None, Some(0), Some(1), Some(2)],
        ),
    ] {
        let of = album().then(0, event);
        for program in [Program::Android, Program::Iphone] {
            let old = Source::Checkpoint(before(program)).recorded(&of);
            let verdict = judge(&old, &archive(&of, export(program)));
            assert_eq!(certain(&verdict), expected);
            assert!(allows(&verdict, &expected));
            // Fault A: by the ids, each picture is the one before.
            assert!(!allows(&verdict, &[Some(0), Some(1), Some(2), None]));
            assert!(!verdict.legal[1].contains(&Some(3)));
            let unsure = [Answer::Ambiguous; 4];
            let fault = verdict.fault(&unsure).expect("bytes decide");
            assert_eq!(fault, "message 0 is not ambiguous");
        }
    }
}

#[test]
fn four_placeholders_are_the_four_files_in_order() {
    let of = album();
    let bare = Export {
        media: false,
        ..before(Program::Android)
    };
    let verdict = judge(&archive(&of, bare), &archive(&of, export(Program::Android)));
    assert_eq!(certain(&verdict), [Some(0), Some(1), Some(2), Some(3)]);
    assert_eq!(verdict.cost, 8, "four messages, nothing happened");
}

#[test]
fn four_placeholders_and_three_files_are_ambiguous() {
    let of = album();
    let bare = Export {
        media: false,
        ..before(Program::Android)
    };
    let cut = Export {
        newest: Some(3),
        ..export(Program::Android)
    };
    let verdict = judge(&archive(&of, bare), &archive(&of, cut));
    assert_eq!(verdict.certain(), None);
    assert!(allows(&verdict, &[None, Some(0), Some(1), Some(2)]));
    assert!(allows(&verdict, &[Some(0), Some(1), Some(2), None]));
    assert!(
        !allows(&verdict, &[None, None, Some(1), Some(2)]),
        "one too few"
    );
    assert!(
        !allows(&verdict, &[Some(0), Some(0), Some(1), Some(2)]),
        "one file twice"
    );
    assert_eq!(verdict.fault(&[Answer::Ambiguous; 4]), None);
}

#[test]
fn two_equal_texts_of_a_minute_stay_in_order() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .text(sent, 1, "ok")
        .text(sent + 4_000, 1, "ok");
    let lines = archive(&of, export(Program::Android));
    let verdict = judge(&lines, &archive(&of, export(Program::Iphone)));
    assert_eq!(certain(&verdict), [Some(0), Some(1)]);
    // One of the two alone: either may be it.
    let cut = Export {
        newest: Some(1),
        ..export(Program::Android)
    };
    let verdict = judge(&lines, &archive(&of, cut));
    assert_eq!(verdict.certain(), None);
    assert_eq!(
        verdict.plausible,
        [vec![None, Some(0)], vec![Some(0), None]].into()
    );
    assert_eq!(verdict.partners(0), [None, Some(0)].into());
}

#[test]
fn edit_pairs_with_the_text_of_its_minute_not_its_neighbour() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .text(sent, 1, "the first")
        .text(sent + 4_000, 1, "wrong")
        .text(sent + 8_000, 1, "the last")
        .then(
            1,
            Event::Edited {
                at: between(),
                text: "right".to_owned(),
            },
        );
    let old = archive(&of, before(Program::Android));
    for program in [Program::Android, Program::Iphone, Program::Web] {
        let verdict = judge(&old, &archive(&of, export(program)));
        assert_eq!(
            certain(&verdict),
            [Some(0), Some(1), Some(2)],
            "{program:?}"
        );
        assert_eq!(verdict.cost, 8, "three messages and an edit");
    }
    // Two unlike texts that nobody edited are two messages.
    let other = Conversation::private().text(sent, 1, "another");
    let verdict = judge(&old, &archive(&other, export(Program::Android)));
    assert_eq!(verdict.legal, [[None].into(), [None].into(), [None].into()]);
}

#[test]
fn edit_next_to_a_truncated_text_is_ambiguous() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .text(sent, 1, "one")
        .text(sent + 4_000, 1, "two")
        .then(
            1,
            Event::Edited {
                at: between(),
                text: "three".to_owned(),
            },
        );
    let cut = |program| Export {
        newest: Some(1),
        ..export(program)
    };
    let minutes = judge(
        &archive(&of, before(Program::Android)),
        &archive(&of, cut(Program::Android)),
    );
    assert_eq!(minutes.certain(), None);
    // Fault N: seconds decide.
    let seconds = judge(
        &archive(&of, before(Program::Iphone)),
        &archive(&of, cut(Program::Iphone)),
    );
    assert_eq!(certain(&seconds), [None, Some(0)]);
}

#[test]
fn only_one_of_two_sources_ends_earlier() {
    let sent = at("2024-03-13T10:15:20Z");
    let on = 0;
    let video = Content::File(Media {
        kind: FileKind::Video,
        seed: 1,
        size: 300,
        caption: None,
    });
    let of = Conversation::private()
        .text(sent, 1, "look")
        .send(sent + 500, 1, video)
        .picture(sent + 900, 1, 2)
        .then(1, Event::DeletedLocally { at: between(), on });
    let bare = Export {
        media: false,
        ..before(Program::Iphone)
    };
    let verdict = judge(&archive(&of, export(Program::Iphone)), &archive(&of, bare));
    // Otherwise the picture here and both placeholders there could all be newer than the rest.
    assert_eq!(certain(&verdict), [Some(0), Some(2)]);
    assert_eq!(verdict.cost, 8, "three messages, one deleted on the phone");
}

#[test]
fn import_lacks_messages_deleted_before() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .picture(sent, 1, 1)
        .picture(sent + 1_000, 1, 2)
        .picture(sent + 2_000, 1, 3)
        .then(1, Event::DeletedForEveryone { at: between() });
    let new = archive(&of, export(Program::Android));
    for source in [Source::Close, Source::Checkpoint] {
        let rows = source(export(Program::Android)).recorded(&of);
        let verdict = judge(&rows, &new);
        assert_eq!(certain(&verdict), [Some(0), Some(2)]);
        assert_eq!(verdict.cost, 8, "three messages and a deletion");
    }
}

#[test]
fn edited_text_is_not_a_coincidence() {
    let sent = at("2024-03-13T10:15:20Z");
    let right = Event::Edited {
        at: sent + 60_000,
        text: "right".to_owned(),
    };
    let of = Conversation::private()
        .text(sent, 1, "wrong")
        .text(sent + 3_000, 1, "another")
        .then(0, right);
    let lines = archive(&of, export(Program::Android));
    // The edited text and the one next to it could as well be two other edits.
    let verdict = judge(&lines, &archive(&of, export(Program::Web)));
    assert_eq!(certain(&verdict), [Some(0), Some(1)]);
    let cut = Export {
        newest: Some(1),
        ..export(Program::Web)
    };
    let first = Conversation::private().text(sent, 1, "right");
    let verdict = judge(&lines, &archive(&first, cut));
    assert_eq!(certain(&verdict), [Some(0), None]);
}

#[test]
fn long_source_has_the_local_histories_of_a_short_one() {
    let of = album()
        .text(at("2024-03-13T10:17:20Z"), 0, "thanks")
        .then(1, Event::DeletedForEveryone { at: between() });
    let bare = Export {
        media: false,
        ..before(Program::Android)
    };
    let (one, other) = (archive(&of, bare), archive(&of, export(Program::Iphone)));
    let verdict = judge(&one, &other);
    let long = Long::new(&one, &other, 0);
    let truth = (0..5).map(Some).collect();
    for known in [truth, vec![None; 5]] {
        let known = long.knowing(&[known], false);
        for place in 0..5 {
            assert_eq!(partners(&known, place), verdict.partners(place), "{place}");
        }
    }
}

/// Pictures, and cards between them, of which the other source has the last picture and the last card at
/// the end: either order of the pictures has one message that stands elsewhere, and so has the other.
#[test]
fn order_of_a_part_depends_on_its_neighbors() {
    let sent = at("2024-03-13T10:15:02Z");
    let of = Conversation::private()
        .text(at("2024-03-13T10:05:00Z"), 0, "hello")
        .picture(sent, 1, 1)
        .picture(sent + 5_000, 0, 2)
        .picture(sent + 10_000, 1, 3)
        .picture(sent + 15_000, 0, 4)
        .text(at("2024-03-13T10:25:00Z"), 0, "thanks");
    let bare = Export {
        media: false,
        ..before(Program::Android)
    };
    let (one, mut other) = (archive(&of, export(Program::Iphone)), archive(&of, bare));
    // The second picture came last.
    other[2..5].rotate_left(1);
    for (place, record) in other.iter_mut().enumerate() {
        record.place = place;
    }
    let truth = [0, 1, 4, 2, 3, 5].map(Some).to_vec();
    let long = Long::new(&one, &other, 0);
    let known = long.knowing(&[truth], false);
    assert_eq!(partners(&known, 1), [Some(1)].into());
    assert_eq!(with_neighbors(&known, 1), [Some(1), Some(2)].into());
}

/// Without bounds these are 20,000,000 histories, each with the cost of all records.
#[test]
fn few_histories_are_searched_in_a_crowded_minute() {
    let sent = at("2024-03-13T10:15:02Z");
    let greeting = Conversation::private().text(at("2024-03-13T10:05:00Z"), 0, "hello");
    let of = (0..11)
        .fold(greeting, |of, number| {
            of.picture(sent + number * 5_000, 1, number as u64 + 1)
        })
        .text(at("2024-03-13T10:25:00Z"), 0, "thanks");
    let bare = Export {
        media: false,
        ..before(Program::Android)
    };
    let (one, other) = (archive(&of, export(Program::Iphone)), archive(&of, bare));
    let long = Long::new(&one, &other, 0);
    let truth: Vec<Option<usize>> = (0..13).map(Some).collect();
    let mut half = truth.clone();
    half[7..12].fill(None);
    // The nine nearest take nine of eleven, in order.
    let found = partners(&long.knowing(std::slice::from_ref(&half), false), 1);
    assert_eq!(found, (1..4).map(Some).collect());
    let found = partners(&long.knowing(&[half, truth], false), 1);
    assert_eq!(found, [Some(1)].into());
}

#[test]
fn two_phones_may_differ_by_up_to_a_minute() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = |seconds: i64| Conversation::private().text(sent + seconds * 1_000, 1, "ok");
    let lines = |of: &Conversation| archive(of, export(Program::Iphone));
    for (seconds, is_possible) in [(1, false), (40, true), (61, true), (62, false)] {
        let (one, other) = (lines(&of(0)), lines(&of(seconds)));
        let long = Long::new(&one, &other, 0);
        let found = of_two_phones(&long.knowing(&[vec![None]], false), 0);
        assert_eq!(found.contains(&Some(0)), is_possible, "{seconds}");
    }
}
