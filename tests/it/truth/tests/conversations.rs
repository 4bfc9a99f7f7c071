//! What phones show of a conversation as time passes, and conversations from seeds.

use super::{archive, at, between, earlier, export, later};
use crate::truth::conversation::{Content, Conversation, Event, HOME, Shown};
use crate::truth::generate::{CLOCK_GOES_BACK, Profile};
use crate::truth::recorded::State;
use crate::truth::sources::{Export, Program, Source, wall};

#[test]
fn seed_gives_one_conversation() {
    for seed in 0..20 {
        let profile = Profile::lively(40);
        let made = profile.conversation(seed);
        assert_eq!(made, profile.conversation(seed), "{seed}");
        assert_ne!(made, profile.conversation(seed + 100), "{seed}");
        assert_eq!(made.messages.len(), 40);
        assert!(made.messages.is_sorted_by_key(|message| message.at));
        let mut ids: Vec<&str> = made.messages.iter().map(|it| it.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 40, "every message has an id of its own");
        let source = Source::Checkpoint(export(Program::Iphone));
        assert_eq!(source.recorded(&made), source.recorded(&made));
    }
}

#[test]
fn profile_generates_weighted_scenes() {
    let mut events = [0; 4];
    let (mut albums, mut repeats, mut places, mut cards) = (0, 0, 0, 0);
    for seed in 0..20 {
        let made = Profile::lively(60).conversation(seed);
        for pair in made.messages.windows(2) {
            let close = pair[1].at - pair[0].at < 60_000 && pair[0].author == pair[1].author;
            match (&pair[0].content, &pair[1].content) {
                (Content::File(_), Content::File(_)) if close => albums += 1,
                (Content::Text(one), Content::Text(two)) if close && one == two => repeats += 1,
                (Content::Place { .. }, Content::Place { .. }) if close => places += 1,
                (Content::Card { .. }, Content::Card { .. }) if close => cards += 1,
                _ => {}
            }
        }
        for event in made.messages.iter().flat_map(|message| &message.history) {
            events[match event {
                Event::Edited { .. } => 0,
                Event::DeletedForEveryone { .. } => 1,
                Event::DeletedLocally { .. } => 2,
                Event::ReceivedLate { .. } => 3,
            }] += 1;
        }
        let calm = Profile::calm(60).conversation(seed);
        assert!(
            calm.messages
                .iter()
                .all(|message| message.history.is_empty())
        );
    }
    let scenes = [albums, repeats, places, cards];
    assert!(scenes.iter().all(|count| *count > 20), "{scenes:?}");
    assert!(events.iter().all(|count| *count > 5), "{events:?}");
}

#[test]
fn autumn_night_repeats_timestamps() {
    let profile = Profile {
        autumn: true,
        ..Profile::calm(30)
    };
    let of = profile.conversation(3);
    let clock = |ms| wall(ms).format("%H:%M").to_string();
    assert_eq!(clock(CLOCK_GOES_BACK - 1000), "02:59");
    assert_eq!(clock(CLOCK_GOES_BACK), "02:00");
    let lines = archive(&of, export(Program::Android));
    let twice = lines.iter().filter(|line| line.in_repeated_hour).count();
    assert!(twice > 3, "{twice}");
    let late = |line: &&_| {
        let line: &crate::truth::Recorded = line;
        line.in_repeated_hour && of.messages[line.truth].at - line.at >= 3_600_000
    };
    assert!(
        lines.iter().any(|line| late(&line)),
        "read as the earlier one"
    );
    let exact = archive(&of, export(Program::Msgstore));
    assert!(exact.iter().all(|line| !line.in_repeated_hour));
    assert_eq!(HOME.name(), "Europe/Berlin");
}

#[test]
fn phone_shows_past_events_only() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private().text(sent, 1, "first").then(
        0,
        Event::ReceivedLate {
            at: sent + 5_000,
            on: 0,
        },
    );
    let of = of
        .then(
            0,
            Event::Edited {
                at: sent + 60_000,
                text: "second".to_owned(),
            },
        )
        .then(0, Event::DeletedForEveryone { at: between() })
        .then(0, Event::DeletedLocally { at: later(), on: 0 });
    let message = &of.messages[0];
    let text = |text: &str| Content::Text(text.to_owned());
    assert_eq!(message.shown(0, sent), Shown::Nothing, "not received");
    assert_eq!(message.shown(1, sent), Shown::Plain(text("first")));
    assert_eq!(message.shown(0, sent + 5_000), Shown::Plain(text("first")));
    assert_eq!(message.shown(0, earlier()), Shown::Edited(text("second")));
    assert_eq!(message.shown(0, between()), Shown::Deleted);
    assert_eq!(message.shown(0, later()), Shown::Nothing, "deleted there");
    assert_eq!(message.shown(1, later()), Shown::Deleted);
}

#[test]
fn phones_write_in_the_order_of_storing_and_others_by_time() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .text(sent, 1, "late")
        .text(sent + 30_000, 1, "in time")
        .then(
            0,
            Event::ReceivedLate {
                at: sent + 90_000,
                on: 0,
            },
        );
    let order = |program| {
        let lines = archive(&of, export(program));
        lines.iter().map(|line| line.truth).collect::<Vec<_>>()
    };
    assert_eq!(order(Program::Android), [1, 0]);
    assert_eq!(order(Program::Iphone), [1, 0]);
    assert_eq!(order(Program::Web), [0, 1]);
    assert_eq!(order(Program::Msgstore), [0, 1]);
}

#[test]
fn truncation_keeps_the_newest_and_may_split_an_album() {
    let sent = at("2024-03-13T10:15:20Z");
    let mut of = Conversation::private();
    for number in 0..4 {
        of = of.picture(sent + number * 1_000, 0, number as u64 + 1);
    }
    let cut = Export {
        newest: Some(3),
        ..export(Program::Iphone)
    };
    let lines = archive(&of, cut);
    let numbers = |line: &crate::truth::Recorded| (line.truth, line.place);
    assert_eq!(
        lines.iter().map(numbers).collect::<Vec<_>>(),
        [(1, 0), (2, 1), (3, 2)]
    );
}

#[test]
fn import_leaves_derived_ids_and_distinct_times() {
    let sent = at("2024-03-13T10:15:20Z");
    let of = Conversation::private()
        .picture(sent, 1, 1)
        .picture(sent + 1_000, 1, 2)
        .text(sent + 2_000, 1, "ok")
        .then(0, Event::DeletedForEveryone { at: between() });
    let before = Export::new(Program::Android, earlier());
    let rows = Source::Checkpoint(before.clone()).recorded(&of);
    let minute = at("2024-03-13T10:15:00Z");
    let times: Vec<i64> = rows.iter().map(|row| row.at - minute).collect();
    assert_eq!(times, [0, 1, 2]);
    assert!(
        rows.iter()
            .all(|row| row.ids.len() == 1 && row.ids[0].len() == 30)
    );
    // The first one gone, the second one has its id: fault A.
    let after = Source::Checkpoint(export(Program::Android)).recorded(&of);
    assert_eq!(
        after.iter().map(|row| row.truth).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(after[0].ids, rows[0].ids);
    assert_ne!(after[0].files, rows[0].files);
    let listed = Source::Close(before).recorded(&of);
    assert_eq!(listed[0].files[0].size, 301);
    assert_eq!(listed[0].files[0].crc, None);
    assert_eq!(listed[0].files[0].name, "IMG-20240313-WA0000.jpg");
    assert!(
        listed
            .iter()
            .all(|row| !row.marks_edits && row.state == State::Plain)
    );
    let native = Source::Close(export(Program::Msgstore)).recorded(&of);
    assert_eq!(native[0].ids, [of.messages[1].id.clone()]);
    assert_eq!(native[0].at, sent + 1_000);
}
