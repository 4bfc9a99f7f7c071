//! Nights in which clocks are put forward or back in one of two zones: an hour of the export does not
//! exist in the zone of the configuration, or exists there twice, so its messages move by an hour less
//! or more than those around them.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::New_York;
use chrono_tz::Europe::Berlin;

use super::conversation::{Line, and, instant, they};
use super::outcome::{NOTHING, clear, corrected, created, first, import, only, settled, world};
use super::sources::{Phone, export};
use crate::kit::Side::{Me, They};
use crate::kit::World;

/// The evenings before the clocks change: New York forward, Berlin forward, Berlin back, New York back.
const NEW_YORK_FORWARD: &str = "2024-03-09T23:00:20Z";
const BERLIN_FORWARD: &str = "2024-03-30T23:00:20Z";
const BERLIN_BACK: &str = "2024-10-26T23:00:20Z";
const NEW_YORK_BACK: &str = "2024-11-02T23:00:20Z";

/// A message every 13 minutes through these nights. Every fifth text is the same.
fn nights(evenings: &[&str]) -> Vec<Line> {
    let mut lines = Vec::new();
    for evening in evenings {
        let begin: DateTime<Utc> = evening.parse().expect("an instant");
        for place in 0..45 {
            let at = begin + TimeDelta::minutes(13 * place);
            let side = if place % 3 == 0 { Me } else { They };
            let text = match place % 5 {
                4 => "ok".to_owned(),
                _ => format!("barge {} is at lock {place}", lines.len()),
            };
            lines.push(instant(&at.to_rfc3339(), side, &text));
        }
    }
    lines
}

fn set_zone(world: &World, from: &str, to: &str) {
    let path = world.path().join("chatferry.toml");
    let text = fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{text}");
    world.write("chatferry.toml", &text.replace(from, to));
}

/// The phone was in New York all the time, and the configuration said Berlin at first.
fn zone_corrected(phone: Phone) {
    let lines = nights(&[NEW_YORK_FORWARD, BERLIN_FORWARD, BERLIN_BACK]);
    let world = world("");
    clear(&world);
    export(phone, &lines).zone(New_York).put(&world.exports());
    import(&world).exits(0);
    set_zone(&world, "Europe/Berlin", "America/New_York");
    settled(&world, &import(&world), corrected(0), &lines);
    settled(&world, &import(&world), NOTHING, &lines);
    // Corrected in vain, and back.
    set_zone(&world, "America/New_York", "Europe/Berlin");
    import(&world).exits(0);
    set_zone(&world, "Europe/Berlin", "America/New_York");
    settled(&world, &import(&world), corrected(0), &lines);
}

#[test]
fn corrected_zone_on_android() {
    zone_corrected(Phone::Android);
}

#[test]
fn corrected_zone_on_iphone() {
    zone_corrected(Phone::Iphone);
}

/// Home in Berlin, then an export of New York with one message more.
fn made_abroad(phone: Phone) {
    let lines = nights(&[NEW_YORK_FORWARD, BERLIN_FORWARD, NEW_YORK_BACK]);
    let all = and(&lines, they("2024-11-05 10:00:00", "the last barge is in"));
    let world = world("");
    only(&world, |folder| {
        export(phone, &lines).zone(Berlin).put(folder)
    });
    first(&world, &lines);
    only(&world, |folder| {
        export(phone, &all).zone(New_York).put(folder)
    });
    settled(&world, &import(&world), created(1), &all);
    settled(&world, &import(&world), NOTHING, &all);
}

#[test]
fn made_abroad_on_android() {
    made_abroad(Phone::Android);
}

#[test]
fn made_abroad_on_iphone() {
    made_abroad(Phone::Iphone);
}

/// The zone is corrected in vain: 2:15 does not exist there and is read as 3:15, where equal words are.
#[test]
fn equal_words_in_an_hour_that_the_corrected_zone_skips() {
    let begin: DateTime<Utc> = "2024-03-09T22:00:20Z".parse().expect("an instant");
    let mut random = fastrand::Rng::with_seed(20_240_310);
    let lines: Vec<Line> = (0..420)
        .map(|minute| {
            let at = begin + TimeDelta::minutes(minute);
            let side = if minute % 3 == 0 { Me } else { They };
            let words = ["ok", "no", "yes", "see you", "thanks"];
            let text = random.choice(words).expect("a word");
            instant(&at.to_rfc3339(), side, text)
        })
        .collect();
    let world = world("");
    clear(&world);
    export(Phone::Android, &lines)
        .zone(Berlin)
        .put(&world.exports());
    first(&world, &lines);
    set_zone(&world, "Europe/Berlin", "America/New_York");
    assert_eq!(import(&world).exits(0).number("created"), 0);
    assert_eq!(world.server.state.messages().len(), lines.len());
    set_zone(&world, "America/New_York", "Europe/Berlin");
    settled(&world, &import(&world), corrected(0), &lines);
}
