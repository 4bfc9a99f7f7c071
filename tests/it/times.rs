//! Local times to instants: autumn and spring nights in Berlin, equal stamps.

use crate::kit::Side::{Me, They};
use crate::kit::{Chat, World};

#[test]
fn autumn_night_repeats_an_hour() {
    let chat = Chat::android("Ben Cooper", 1)
        .say_at("2024-10-27 01:50", They, "a", "2024-10-26T23:50:00Z")
        .say_at("2024-10-27 02:10", Me, "b", "2024-10-27T00:10:00Z")
        .say_at("2024-10-27 02:50", They, "c", "2024-10-27T00:50:00Z")
        .say_at("2024-10-27 02:05", Me, "d", "2024-10-27T01:05:00Z")
        .say_at("2024-10-27 02:50", They, "c", "2024-10-27T01:50:00Z")
        .say_at("2024-10-27 03:10", Me, "e", "2024-10-27T02:10:00Z");
    let world = World::new(vec![chat]);
    world.import().exits(0);
    world.assert_whole("an autumn night");
    world.forget();
    assert_eq!(world.import().exits(0).number("created"), 0);
}

#[test]
fn spring_night_skips_an_hour() {
    let chat = Chat::android("Ben Cooper", 1)
        .say_at("2024-03-31 01:59", They, "a", "2024-03-31T00:59:00Z")
        .say_at("2024-03-31 02:30", Me, "in the gap", "2024-03-31T01:30:00Z")
        .say_at("2024-03-31 03:31", They, "b", "2024-03-31T01:31:00Z");
    let world = World::new(vec![chat]);
    world.import().exits(0);
    world.assert_whole("a spring night");
}

#[test]
fn equal_timestamps_are_distinguished_by_milliseconds() {
    let mut chat = Chat::android("Ben Cooper", 1);
    for n in 0..25 {
        let side = if n % 3 == 0 { Me } else { They };
        chat = chat.say(
            "2024-03-13 10:15",
            side,
            if n % 2 == 0 { "same" } else { "other" },
        );
    }
    let world = World::new(vec![chat]);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 25);
    world.assert_whole("twenty-five in one minute");
    world.forget();
    assert_eq!(world.import().exits(0).number("created"), 0);
}
