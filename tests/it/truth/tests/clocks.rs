//! Verdicts of the oracle where clocks differ: zones, the autumn night, a second more, late arrivals.

use super::{Conversation, Event, archive, at, certain, export};
use crate::truth::oracle::{cost, judge};
use crate::truth::sources::{Export, Program, Source};

#[test]
fn export_made_abroad_is_shifted_as_a_whole() {
    let sent = at("2024-03-13T10:15:20Z");
    let texts = ["ok", "see you", "ok", "thanks"];
    let of = (0..4).fold(Conversation::private(), |of, place| {
        let author = place % 2;
        of.text(sent + place as i64 * 3_600_000, author, texts[place])
    });
    for ahead in [60, -60, 540, 345] {
        let abroad = Export {
            ahead,
            ..export(Program::Android)
        };
        for old in [Program::Iphone, Program::Android, Program::Msgstore] {
            let verdict = judge(&archive(&of, export(old)), &archive(&of, abroad.clone()));
            let all = [Some(0), Some(1), Some(2), Some(3)];
            assert_eq!(certain(&verdict), all, "{ahead}, {old:?}");
            assert_eq!(verdict.cost, 12, "four messages and a journey");
        }
    }
    // One text an hour later is no journey.
    let one = Conversation::private().text(sent, 1, "ok");
    let two = Conversation::private().text(sent + 3_600_000, 1, "ok");
    let lines = |of| archive(of, export(Program::Android));
    assert_eq!(certain(&judge(&lines(&one), &lines(&two))), [None]);
}

#[test]
fn repeated_hour_is_not_a_zone_shift() {
    let night = at("2024-10-27T02:10:20+02:00");
    let of = Conversation::private()
        .text(night - 3_600_000, 1, "before")
        .text(night, 1, "ok")
        .text(night + 3_600_000, 1, "ok")
        .text(night + 3_660_000, 0, "so late")
        .text(night + 7_200_000, 1, "after");
    let exact = archive(&of, export(Program::Msgstore));
    let lines = archive(&of, export(Program::Android));
    let all = [Some(0), Some(1), Some(2), Some(3), Some(4)];
    for (one, other) in [(&exact, &lines), (&lines, &exact), (&lines, &lines)] {
        let verdict = judge(one, other);
        assert_eq!(certain(&verdict), all);
        assert_eq!(verdict.cost, 10, "five messages, nothing happened");
    }
    let rows = Source::Close(export(Program::Android)).recorded(&of);
    assert_eq!(
        rows[2].at - rows[1].at,
        1,
        "both are read as the earlier hour"
    );
    let verdict = judge(&rows, &exact);
    assert_eq!(certain(&verdict), all);
}

#[test]
fn one_second_more_is_the_next_minute() {
    let of = Conversation::private()
        .picture(at("2024-03-13T10:15:58Z"), 1, 1)
        .picture(at("2024-03-13T10:15:59Z"), 1, 2)
        .picture(at("2024-03-13T10:16:00Z"), 1, 3);
    let jittered = |seed| Export {
        jitter: Some(seed),
        media: seed % 2 == 0,
        ..export(Program::Iphone)
    };
    for seed in 0..8 {
        let other = archive(&of, jittered(seed));
        for program in [Program::Iphone, Program::Android, Program::Msgstore] {
            let verdict = judge(&archive(&of, export(program)), &other);
            assert_eq!(
                certain(&verdict),
                [Some(0), Some(1), Some(2)],
                "{program:?} {seed}"
            );
        }
    }
}

#[test]
fn late_message_has_another_position() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .text(sent, 1, "the late one")
        .text(sent + 4_000, 1, "in time")
        .text(sent + 8_000, 0, "answer")
        .then(
            0,
            Event::ReceivedLate {
                at: sent + 9_000,
                on: 0,
            },
        );
    let phone = archive(&of, export(Program::Android));
    let web = archive(&of, export(Program::Web));
    let verdict = judge(&phone, &web);
    assert_eq!(certain(&verdict), [Some(1), Some(2), Some(0)]);
    assert_eq!(verdict.cost, 7, "three messages, one moved");
    assert_eq!(cost(&phone, &web, &[Some(1), Some(2), Some(0)]), Some(7));
    assert_eq!(cost(&phone, &web, &[Some(1), Some(0), Some(2)]), None);
}

#[test]
fn truncation_in_the_repeated_hour_needs_no_event() {
    let of = Conversation::private()
        .text(at("2024-10-27T02:10:20+02:00"), 1, "first hour")
        .text(at("2024-10-27T02:05:20+01:00"), 1, "second hour");
    let cut = Export {
        newest: Some(1),
        ..export(Program::Android)
    };
    let verdict = judge(&archive(&of, export(Program::Msgstore)), &archive(&of, cut));
    assert_eq!(certain(&verdict), [None, Some(0)]);
    assert_eq!(verdict.cost, 4, "two messages");
}

#[test]
fn deletion_notices_prove_no_zone_shift() {
    let sent = at("2024-03-13T10:15:20Z");
    let texts = ["one", "two", "three"];
    let of = (0..3).fold(Conversation::private(), |of, place| {
        of.text(sent + place as i64 * 3_600_000, 1, texts[place])
    });
    let taken_back = |of: Conversation, place| {
        let at = sent + 30 * 3_600_000;
        of.then(place, Event::DeletedForEveryone { at })
    };
    let abroad = Export {
        ahead: 540,
        ..export(Program::Android)
    };
    let pairs = |of: &Conversation| {
        let verdict = judge(
            &archive(of, export(Program::Iphone)),
            &archive(of, abroad.clone()),
        );
        certain(&verdict).to_vec()
    };
    assert_eq!(pairs(&of), [Some(0), Some(1), Some(2)]);
    assert_eq!(pairs(&taken_back(of, 1)), [None; 3]);
}
