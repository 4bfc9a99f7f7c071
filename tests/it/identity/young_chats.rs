//! Exports made abroad whose messages in common are too few to prove the zone, or all of the hour that comes twice: the
//! chat is held, and no message is in Close twice.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::New_York;

use super::conversation::{Line, instant, me, they};
use super::outcome::{NOTHING, clear, created, first, import, only, settled, world};
use super::sources::android;
use crate::kit::Side::{Me, They};
use crate::kit::World;

/// So many messages, each eleven minutes after the one before.
fn messages(begin: &str, count: i64) -> Vec<Line> {
    let begin: DateTime<Utc> = begin.parse().expect("an instant");
    (0..count)
        .map(|number| {
            let at = begin + TimeDelta::minutes(11 * number);
            let side = if number % 2 == 0 { They } else { Me };
            instant(&at.to_rfc3339(), side, &format!("barge {number} is in"))
        })
        .collect()
}

/// The chat is held, and Close has what it had.
#[track_caller]
fn is_held(world: &World, when: &str) {
    let before = world.server.state.messages().len();
    for _ in 0..2 {
        let run = import(world).exits(0);
        run.says("was the phone in another time zone");
        assert_eq!(run.number("created"), 0, "{when}: {}", run.stderr);
        assert!(run.number("held") > 0, "{when}: {}", run.stderr);
        assert_eq!(world.server.state.messages().len(), before, "{when}");
    }
}

/// An export of New York after one of home, next to it or in its place, and then one of home again.
fn made_abroad(home: &[Line], all: &[Line], is_together: bool) {
    let when = format!("{} in Close, together: {is_together}", home.len());
    let world = world("");
    only(&world, |folder| android(home).put(folder));
    first(&world, home);
    if !is_together {
        clear(&world);
    }
    android(all)
        .zone(New_York)
        .put(&world.exports().join("away"));
    is_held(&world, &when);
    only(&world, |folder| android(all).put(folder));
    let more = (all.len() - home.len()) as u64;
    settled(&world, &import(&world), created(more), all);
}

#[test]
fn export_made_abroad_of_a_chat_with_few_messages_is_held() {
    for count in [1, 2] {
        let all = messages("2024-03-01T09:00:20Z", count + 5);
        let home = &all[..usize::try_from(count).expect("few")];
        for is_together in [true, false] {
            made_abroad(home, &all, is_together);
        }
    }
}

/// Both exports are there before anything is in Close.
#[test]
fn two_zones_in_the_first_import_are_held() {
    let all = messages("2024-03-01T09:00:20Z", 6);
    let world = world("");
    clear(&world);
    android(&all[..1]).put(&world.exports().join("home"));
    android(&all)
        .zone(New_York)
        .put(&world.exports().join("away"));
    is_held(&world, "nothing in Close");
}

/// All messages in common are of the hour that comes twice in Berlin, and of one that is once in New York.
#[test]
fn export_made_abroad_of_the_repeated_hour_is_held() {
    for begin in ["2024-10-27T00:02:20Z", "2024-10-27T01:02:20Z"] {
        let begin: DateTime<Utc> = begin.parse().expect("an instant");
        let mut all: Vec<Line> = (0..8)
            .map(|number| {
                let at = begin + TimeDelta::minutes(7 * number);
                let side = if number % 3 == 0 { They } else { Me };
                instant(&at.to_rfc3339(), side, &format!("gate {number} is shut"))
            })
            .collect();
        let home = all.clone();
        all.push(they("2024-10-28 09:12:40", "and the last one?"));
        for is_together in [true, false] {
            let world = world("");
            only(&world, |folder| android(&home).put(folder));
            assert_eq!(import(&world).exits(0).number("created"), 8);
            if !is_together {
                clear(&world);
            }
            android(&all)
                .zone(New_York)
                .put(&world.exports().join("away"));
            is_held(&world, &format!("{begin}, together: {is_together}"));
        }
    }
}

/// People who write "ok" several times a day did not travel: an "ok" at another time is another message.
#[test]
fn text_at_other_times_of_the_day_is_no_zone_shift() {
    let day = vec![
        they("2024-03-12 10:00:20", "ok"),
        me("2024-03-12 10:45:20", "ok"),
        they("2024-03-12 13:00:20", "ok"),
        they("2024-03-12 15:30:20", "ok"),
    ];
    for count in 1..day.len() {
        let world = world("");
        only(&world, |folder| android(&day[..count]).put(folder));
        first(&world, &day[..count]);
        only(&world, |folder| android(&day).put(folder));
        let more = (day.len() - count) as u64;
        settled(&world, &import(&world), created(more), &day);
    }
}

/// A new phone without the history: its chat begins with the word that ended the former one, 45 minutes later.
#[test]
fn part_that_begins_with_the_last_word_of_the_former_one_is_no_zone_shift() {
    let former = vec![
        they("2024-03-12 09:40:20", "shall we?"),
        me("2024-03-12 10:00:20", "ok"),
    ];
    let newer = vec![
        me("2024-03-12 10:45:20", "ok"),
        they("2024-03-12 11:10:20", "good"),
    ];
    let all = [former.clone(), newer.clone()].concat();
    for is_together in [true, false] {
        let world = world("");
        only(&world, |folder| android(&former).put(folder));
        first(&world, &former);
        if !is_together {
            clear(&world);
        }
        android(&newer).put(&world.exports().join("newer"));
        settled(&world, &import(&world), created(2), &all);
        settled(&world, &import(&world), NOTHING, &all);
    }
}
