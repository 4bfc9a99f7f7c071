//! The half hour that comes twice (Australia/Lord_Howe, 2024-04-07: 01:30 to 02:00 in summer time and
//! again in winter time). Elsewhere it is an hour: [`super::autumn`].

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Kathmandu;
use chrono_tz::Australia::{Adelaide, Lord_Howe};
use chrono_tz::Pacific::Chatham;
use chrono_tz::Tz;

use super::conversation::{Line, instant};
use super::outcome::{NOTHING, created, first, import, only, settled, settled_exactly};
use super::sources::{Phone, database, export};
use crate::kit::Side::{Me, They};
use crate::kit::World;

const PHONES: [Phone; 2] = [Phone::Android, Phone::Iphone];

fn world() -> World {
    let world = super::outcome::world("");
    set_zone(&world, "Europe/Berlin", Lord_Howe.name());
    world
}

fn set_zone(world: &World, from: &str, to: &str) {
    let path = world.path().join("chatferry.toml");
    let text = std::fs::read_to_string(path).expect("a file");
    let there = text.replace(from, to);
    assert_ne!(there, text, "the zone of the phone");
    world.write("chatferry.toml", &there);
}

/// A night: one message before the half hour, eight in its second coming, two after it.
fn second_half_hour() -> Vec<Line> {
    vec![
        instant("2024-04-06T14:12:11Z", They, "are you still on the island?"),
        instant("2024-04-06T15:02:07Z", Me, "yes, the boat is late"),
        instant("2024-04-06T15:05:31Z", They, "since when?"),
        instant("2024-04-06T15:08:02Z", Me, "since the clock went back"),
        instant("2024-04-06T15:11:45Z", They, "by half an hour only"),
        instant("2024-04-06T15:14:20Z", Me, "that is the custom here"),
        instant("2024-04-06T15:18:54Z", They, "ok"),
        instant("2024-04-06T15:22:16Z", Me, "I see its lights now"),
        instant("2024-04-06T15:27:39Z", They, "then have a good trip"),
        instant("2024-04-06T15:47:03Z", Me, "we are on board"),
        instant("2024-04-06T15:55:28Z", They, "well done"),
    ]
}

/// A night with both comings of the half hour, and equal hands of the clock in both.
fn both_half_hours() -> Vec<Line> {
    vec![
        instant("2024-04-06T14:20:05Z", They, "shall we wait for it?"),
        instant("2024-04-06T14:36:12Z", Me, "it is summer still"),
        instant("2024-04-06T14:41:40Z", They, "ok"),
        instant("2024-04-06T14:52:33Z", Me, "in eight minutes"),
        instant("2024-04-06T15:02:18Z", They, "now it is winter"),
        instant("2024-04-06T15:11:44Z", They, "ok"),
        instant("2024-04-06T15:35:59Z", Me, "go to bed"),
    ]
}

fn after(lines: &[Line]) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.push(instant("2024-04-08T08:15:00Z", They, "how long was it?"));
    lines
}

/// The database first; the text export, cut to begin within the half hour, alone or next to it.
fn database_then_text(night: &[Line], cut: usize) {
    for phone in PHONES {
        for is_alone in [true, false] {
            let world = world();
            only(&world, |folder| database(&folder.join("store"), night));
            let run = import(&world);
            settled_exactly(&world, &run, created(night.len() as u64), night);
            let newer = after(night);
            only(&world, |folder| {
                if !is_alone {
                    database(&folder.join("store"), night);
                }
                let text = export(phone, &newer[cut..]).zone(Lord_Howe);
                text.put(&folder.join("text"));
            });
            settled_exactly(&world, &import(&world), created(1), &newer);
        }
    }
}

#[test]
fn database_then_text_from_the_second_half_hour() {
    database_then_text(&second_half_hour(), 1);
}

#[test]
fn database_then_text_with_the_evening() {
    database_then_text(&second_half_hour(), 0);
}

#[test]
fn database_then_text_with_both_half_hours() {
    database_then_text(&both_half_hours(), 0);
}

#[test]
fn database_then_text_from_between_both_half_hours() {
    database_then_text(&both_half_hours(), 4);
}

/// What is recorded of the second half hour stays there when an export shows only that.
#[test]
fn cut_export_does_not_move_the_settled_half_hour() {
    for phone in PHONES {
        let night = both_half_hours();
        let world = world();
        only(&world, |folder| {
            export(phone, &night).zone(Lord_Howe).put(folder);
        });
        first(&world, &night);
        only(&world, |folder| {
            export(phone, &night[4..]).zone(Lord_Howe).put(folder);
        });
        settled(&world, &import(&world), NOTHING, &night);
    }
}

/// The text was read as the first half hour; the database shows the second.
#[test]
fn database_corrects_a_text_read_half_an_hour_early() {
    let night = second_half_hour();
    let world = world();
    only(&world, |folder| {
        export(Phone::Iphone, &night[1..])
            .zone(Lord_Howe)
            .put(folder);
    });
    assert_eq!(import(&world).exits(0).number("created"), 10);
    only(&world, |folder| database(folder, &night));
    let corrected = super::outcome::corrected(1);
    settled_exactly(&world, &import(&world), corrected, &night);
}

/// A message every seven minutes through nights in which Lord Howe, Chatham or Berlin change their clocks.
/// Every third text is the same.
fn nights() -> Vec<Line> {
    let evenings = [
        "2024-03-31T00:00:20Z",
        "2024-04-06T12:30:20Z",
        "2024-09-28T12:30:20Z",
        "2024-10-05T13:30:20Z",
        "2024-10-26T23:00:20Z",
    ];
    let mut lines = Vec::new();
    for evening in evenings {
        let begin: DateTime<Utc> = evening.parse().expect("an instant");
        for place in 0..40 {
            let at = begin + TimeDelta::minutes(7 * place);
            let side = if place % 4 == 0 { Me } else { They };
            let text = match place % 3 {
                2 => "ok".to_owned(),
                _ => format!("wave {} at {place}", lines.len()),
            };
            lines.push(instant(&at.to_rfc3339(), side, &text));
        }
    }
    lines
}

/// The phone was there all the time, and the configuration named another zone at first.
fn zone_corrected(from: &str, to: Tz) {
    let lines = nights();
    for phone in PHONES {
        for is_lost in [false, true] {
            let world = super::outcome::world("");
            if from != "Europe/Berlin" {
                set_zone(&world, "Europe/Berlin", from);
            }
            only(&world, |folder| export(phone, &lines).zone(to).put(folder));
            import(&world).exits(0);
            set_zone(&world, from, to.name());
            if is_lost {
                world.forget();
            }
            let run = import(&world).exits(0);
            let case = format!("{phone:?}, {from} to {to}, lost {is_lost}");
            assert_eq!(run.number("created"), 0, "{case}: {}", run.stderr);
            assert_eq!(run.number("undecided"), 0, "{case}: {}", run.stderr);
            assert_eq!(world.server.state.message_count(), lines.len(), "{case}");
        }
    }
}

#[test]
fn zone_corrected_to_one_that_changes_by_half_an_hour() {
    zone_corrected("Europe/Berlin", Lord_Howe);
    zone_corrected("Australia/Brisbane", Lord_Howe);
}

#[test]
fn zone_corrected_from_one_that_changes_by_half_an_hour() {
    zone_corrected(Lord_Howe.name(), chrono_tz::Australia::Brisbane);
}

#[test]
fn zone_corrected_by_half_an_hour_or_three_quarters() {
    zone_corrected("Australia/Brisbane", Adelaide);
    zone_corrected("Asia/Kolkata", Kathmandu);
    zone_corrected("Europe/Berlin", Chatham);
    zone_corrected("Pacific/Auckland", Chatham);
}
