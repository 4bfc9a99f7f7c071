//! An export made in another zone of Europe, of a chat across the night in which all of them put their clocks back:
//! its local times differ from those of home by the same hour before and after, whatever instants are read of them.

use chrono_tz::Europe::London;
use chrono_tz::Tz;

use super::conversation::{Line, instant};
use super::outcome::{NOTHING, corrected, import, only, settled, world};
use super::sources::{Phone, database, export};
use crate::kit::Side::{Me, They};
use crate::kit::World;

/// The evening, both hours and the morning.
fn both_hours() -> Vec<Line> {
    vec![
        instant("2024-10-26T21:08:01Z", Me, "the first ferry is in"),
        instant("2024-10-26T21:21:53Z", They, "which berth?"),
        instant("2024-10-26T21:44:55Z", Me, "berth nine"),
        instant("2024-10-27T00:10:28Z", They, "the crane has stopped"),
        instant("2024-10-27T00:20:31Z", Me, "is the fuse all right?"),
        instant("2024-10-27T00:53:00Z", They, "it is blown"),
        instant("2024-10-27T01:02:17Z", They, "nobody has a spare one"),
        instant("2024-10-27T01:11:12Z", Me, "there are two in my car"),
        instant("2024-10-27T01:42:40Z", They, "it runs again"),
    ]
}

/// With what was written in the morning.
fn with_morning(lines: &[Line]) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.extend([
        instant("2024-10-27T03:43:36Z", Me, "I am on my way"),
        instant("2024-10-27T03:49:52Z", They, "the gate is open"),
        instant("2024-10-27T03:58:07Z", Me, "thanks"),
    ]);
    lines
}

/// The export of home, then that of another zone with the morning.
fn abroad(phone: Phone, zone: Tz, lines: &[Line]) -> World {
    let world = world("");
    only(&world, |folder| export(phone, lines).put(folder));
    import(&world).exits(0);
    let all = with_morning(lines);
    only(&world, |folder| export(phone, &all).zone(zone).put(folder));
    settled(&world, &import(&world), corrected(3), &all);
    world
}

/// The first morning message was posted an hour late, and again by the next export of home.
#[test]
fn morning_of_an_export_of_london_is_found_by_the_next_one_of_home() {
    for phone in [Phone::Android, Phone::Iphone] {
        let lines = both_hours();
        let world = abroad(phone, London, &lines);
        let all = with_morning(&lines);
        only(&world, |folder| export(phone, &all).put(folder));
        settled(&world, &import(&world), NOTHING, &all);
        only(&world, |folder| database(folder, &all));
        settled(&world, &import(&world), corrected(0), &all);
    }
}
