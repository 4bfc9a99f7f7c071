//! An export made in another zone of Europe, of a chat across the night in which all of them put their clocks back:
//! its local times differ from those of home by the same hour before and after, whatever instants are read of them.

use chrono_tz::Asia::Tokyo;
use chrono_tz::Europe::{Helsinki, Istanbul, London};
use chrono_tz::Tz;

use super::conversation::{Line, instant};
use super::outcome::{NOTHING, corrected, created, empty, import, only, settled, world};
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

/// The evening, and the second hour alone: a text export at home shows it as the first one.
fn second_hour() -> Vec<Line> {
    let mut lines = both_hours();
    lines.retain(|line| line.at < both_hours()[3].at);
    lines.extend([
        instant("2024-10-27T01:34:40Z", They, "the pump has stopped"),
        instant("2024-10-27T01:42:51Z", Me, "which of them?"),
        instant("2024-10-27T01:46:28Z", Me, "the small one?"),
        instant("2024-10-27T03:27:49Z", They, "both"),
        instant("2024-10-27T03:36:03Z", Me, "then I come myself"),
    ]);
    lines
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

/// Nothing of the morning is known yet: no zone of the offset of Tokyo changes its clocks.
#[test]
fn morning_of_an_export_of_tokyo_is_found_by_the_next_one_of_home() {
    for phone in [Phone::Android, Phone::Iphone] {
        let lines = both_hours();
        let world = world("");
        only(&world, |folder| export(phone, &lines[..5]).put(folder));
        import(&world).exits(0);
        let all = with_morning(&lines);
        only(&world, |folder| export(phone, &all).zone(Tokyo).put(folder));
        settled(&world, &import(&world), created(7), &all);
        only(&world, |folder| export(phone, &all).put(folder));
        settled(&world, &import(&world), NOTHING, &all);
    }
}

/// In summer Istanbul has the local times of Helsinki, and does not put its clocks back: what follows may be an hour
/// off, and is found nevertheless.
#[test]
fn messages_an_hour_off_behind_a_clock_change_are_found() {
    for phone in [Phone::Android, Phone::Iphone] {
        let lines = both_hours();
        let world = world("");
        only(&world, |folder| export(phone, &lines[..5]).put(folder));
        import(&world).exits(0);
        let all = with_morning(&lines);
        only(&world, |folder| {
            export(phone, &all).zone(Istanbul).put(folder)
        });
        assert_eq!(import(&world).exits(0).number("created"), 7);
        only(&world, |folder| export(phone, &all).put(folder));
        assert_eq!(import(&world).exits(0).number("created"), 0);
        empty(&world);
        only(&world, |folder| database(folder, &all));
        settled(&world, &import(&world), corrected(0), &all);
    }
}

/// Helsinki shows the repeated hour as 03:00 to 04:00, and it is repeated there too: its export does not show either
/// which of the two it was. A database does, and the export of abroad that is read again moves nothing.
#[test]
fn export_of_helsinki_does_not_move_the_repeated_hour() {
    for phone in [Phone::Android, Phone::Iphone] {
        let lines = second_hour();
        let world = world("");
        only(&world, |folder| export(phone, &lines).put(folder));
        import(&world).exits(0);
        let all = with_morning(&lines);
        let put_abroad = || {
            only(&world, |folder| {
                export(phone, &all).zone(Helsinki).put(folder)
            })
        };
        put_abroad();
        let run = import(&world).exits(0);
        assert_eq!((run.number("created"), run.number("updated")), (3, 0));
        empty(&world);
        only(&world, |folder| database(folder, &all));
        settled(&world, &import(&world), corrected(0), &all);
        put_abroad();
        settled(&world, &import(&world), NOTHING, &all);
    }
}

/// Months after the configured zone was corrected.
#[test]
fn export_of_abroad_after_a_corrected_zone_moves_nothing() {
    for phone in [Phone::Android, Phone::Iphone] {
        let mut lines = both_hours();
        lines.truncate(6);
        let world = world("");
        only(&world, |folder| export(phone, &lines).put(folder));
        let path = world.path().join("chatferry.toml");
        let right = std::fs::read_to_string(path).expect("a file");
        world.write(
            "chatferry.toml",
            &right.replace("Europe/Berlin", "Asia/Tokyo"),
        );
        import(&world).exits(0);
        world.write("chatferry.toml", &right);
        settled(&world, &import(&world), corrected(0), &lines);
        let all = both_hours();
        only(&world, |folder| {
            export(phone, &all).zone(Helsinki).put(folder)
        });
        settled(&world, &import(&world), created(3), &all);
        only(&world, |folder| export(phone, &all).put(folder));
        settled(&world, &import(&world), NOTHING, &all);
    }
}
