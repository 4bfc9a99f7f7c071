//! An export that was made while the phone stood in another zone than `timezone`: every time of the
//! file is shifted. The messages are those of home, today and in every later run.

use chrono::TimeDelta;

use super::conversation::{Body, Line, and, line, me, they};
use super::outcome::{
    NOTHING, clear, created, first, import, only, settled, settled_exactly, world,
};
use super::sources::{Phone, android, database, export, iphone};
use crate::kit::Side::{Me, They};

/// Twelve messages of two days, in no regular distances.
fn home() -> Vec<Line> {
    vec![
        they(
            "2024-03-12 09:41:20",
            "good morning, is the boiler in stock?",
        ),
        me("2024-03-12 09:58:02", "two of them"),
        they("2024-03-12 10:03:44", "please keep one for me"),
        me("2024-03-12 11:30:09", "done, it has your name on it"),
        they("2024-03-12 15:12:51", "can you deliver on Friday?"),
        me("2024-03-12 15:20:33", "before noon"),
        they("2024-03-13 08:05:15", "the road is closed"),
        me("2024-03-13 08:09:40", "then from the back"),
        they("2024-03-13 12:44:06", "ok"),
        me("2024-03-13 12:46:59", "ok"),
        they("2024-03-13 17:31:27", "how much is it with the pipes?"),
        me("2024-03-13 18:02:18", "about nine hundred"),
    ]
}

fn news() -> Line {
    they("2024-03-14 07:50:37", "agreed, see you on Friday")
}

/// The new message came while the phone was away.
fn all() -> Vec<Line> {
    and(&home(), news())
}

/// Twelve messages of half an hour: all of them lie before the begin of an export made further east.
fn short_chat() -> Vec<Line> {
    let texts = [
        "hello, the pump is loud again",
        "since when?",
        "since this morning",
        "is there water in the cellar?",
        "a little, near the wall",
        "switch it off please",
        "done",
        "is it quiet now?",
        "quiet",
        "I send somebody",
        "today?",
        "at four",
    ];
    let seconds = [0, 95, 210, 300, 437, 611, 702, 890, 1003, 1244, 1420, 1666];
    let begin = they("2024-03-13 10:02:08", "").at;
    (texts.iter().zip(seconds).enumerate())
        .map(|(place, (text, seconds))| Line {
            at: begin + TimeDelta::seconds(seconds),
            side: if place % 2 == 0 { They } else { Me },
            body: Body::Text((*text).to_owned()),
        })
        .collect()
}

/// Home first, and then the export of abroad alone, three times.
fn abroad_alone(phone: Phone, hours: i64, home: &[Line], news: Line) {
    let all = and(home, news);
    let world = world("");
    only(&world, |folder| export(phone, home).put(folder));
    first(&world, home);
    only(&world, |folder| export(phone, &all).east(hours).put(folder));
    settled(&world, &import(&world), created(1), &all);
    settled(&world, &import(&world), NOTHING, &all);
}

/// What came twenty minutes after the half hour.
fn soon() -> Line {
    they("2024-03-13 10:51:30", "he is here")
}

#[test]
fn one_hour_east() {
    abroad_alone(Phone::Android, 1, &home(), news());
}

#[test]
fn one_hour_west() {
    abroad_alone(Phone::Android, -1, &home(), news());
}

#[test]
fn nine_hours_east() {
    abroad_alone(Phone::Android, 9, &home(), news());
}

#[test]
fn nine_hours_west() {
    abroad_alone(Phone::Android, -9, &home(), news());
}

#[test]
fn one_hour_east_on_iphone() {
    abroad_alone(Phone::Iphone, 1, &home(), news());
}

#[test]
fn nine_hours_west_on_iphone() {
    abroad_alone(Phone::Iphone, -9, &home(), news());
}

#[test]
fn one_hour_east_short_chat() {
    abroad_alone(Phone::Android, 1, &short_chat(), soon());
}

#[test]
fn one_hour_west_short_chat() {
    abroad_alone(Phone::Android, -1, &short_chat(), soon());
}

#[test]
fn nine_hours_east_short_chat() {
    abroad_alone(Phone::Android, 9, &short_chat(), soon());
}

#[test]
fn nine_hours_east_short_chat_on_iphone() {
    abroad_alone(Phone::Iphone, 9, &short_chat(), soon());
}

/// The second run and all later ones read both the export of home and that of abroad.
fn abroad_with_home(hours: i64, home: &[Line], news: Line) {
    let all = and(home, news);
    let world = world("");
    only(&world, |folder| android(home).put(folder));
    first(&world, home);
    android(&all).east(hours).put(&world.exports().join("away"));
    settled(&world, &import(&world), created(1), &all);
    settled(&world, &import(&world), NOTHING, &all);
}

#[test]
fn one_hour_east_together_with_the_home_export() {
    abroad_with_home(1, &home(), news());
}

#[test]
fn nine_hours_west_together_with_the_home_export() {
    abroad_with_home(-9, &home(), news());
}

#[test]
fn nine_hours_east_short_chat_together_with_the_home_export() {
    abroad_with_home(9, &short_chat(), soon());
}

/// A database gave the times exactly.
fn after_a_database(hours: i64, home: &[Line], news: Line) {
    let all = and(home, news);
    let world = world("");
    only(&world, |folder| database(folder, home));
    settled_exactly(&world, &import(&world), created(12), home);
    only(&world, |folder| android(&all).east(hours).put(folder));
    settled(&world, &import(&world), created(1), &all);
    settled(&world, &import(&world), NOTHING, &all);
}

#[test]
fn one_hour_east_after_a_database() {
    after_a_database(1, &home(), news());
}

#[test]
fn one_hour_west_after_a_database() {
    after_a_database(-1, &home(), news());
}

#[test]
fn nine_hours_east_after_a_database() {
    after_a_database(9, &home(), news());
}

#[test]
fn nine_hours_east_short_chat_after_a_database() {
    after_a_database(9, &short_chat(), soon());
}

#[test]
fn export_of_abroad_together_with_a_database() {
    for hours in [1, -9] {
        let world = world("");
        clear(&world);
        database(&world.exports().join("store"), &home());
        android(&all())
            .east(hours)
            .put(&world.exports().join("away"));
        first(&world, &all());
    }
}

/// Away, home again, and away elsewhere, each with one message more.
#[test]
fn three_exports_from_three_zones() {
    let world = world("");
    only(&world, |folder| android(&home()).put(folder));
    first(&world, &home());
    only(&world, |folder| android(&all()).east(9).put(folder));
    settled(&world, &import(&world), created(1), &all());
    let back = and(&all(), me("2024-03-16 10:20:21", "it is installed"));
    only(&world, |folder| android(&back).put(folder));
    settled(&world, &import(&world), created(1), &back);
    let again = and(&back, they("2024-03-18 19:08:55", "and it is warm"));
    only(&world, |folder| android(&again).east(-5).put(folder));
    settled(&world, &import(&world), created(1), &again);
}

/// Abroad the export was cut: it begins in the middle of what is known.
#[test]
fn cut_export_of_abroad() {
    for hours in [1, 9, -1] {
        let world = world("");
        only(&world, |folder| iphone(&home()).put(folder));
        first(&world, &home());
        only(&world, |folder| iphone(&all()[4..]).east(hours).put(folder));
        settled(&world, &import(&world), created(1), &all());
    }
}

/// Pictures, locations or cards and one text: no three texts tell the zone.
fn without_texts(hours: i64, body: impl Fn(u8) -> Body) {
    let mut home: Vec<Line> = (0..4)
        .map(|number| {
            line(
                &format!("2024-05-20 09:{}:07", 10 + 7 * number),
                They,
                body(number),
            )
        })
        .collect();
    home.push(me("2024-05-20 10:02:21", "thanks"));
    let news = they("2024-05-20 10:31:14", "he is here");
    abroad_alone(Phone::Android, hours, &home, news);
}

#[test]
fn one_hour_east_pictures_only() {
    without_texts(1, Body::Photo);
}

#[test]
fn nine_hours_west_pictures_only() {
    without_texts(-9, Body::Photo);
}

#[test]
fn one_hour_east_locations_only() {
    without_texts(1, Body::Place);
}

#[test]
fn nine_hours_east_contact_cards_only() {
    without_texts(9, Body::Card);
}

/// Archives of two zones, and a lost checkpoint: Close's list agrees with the one from home.
fn lost_checkpoint_with_both(phone: Phone, hours: i64, is_abroad_older: bool) {
    let world = world("");
    only(&world, |folder| export(phone, &home()).put(folder));
    first(&world, &home());
    let (own, all) = (home(), all());
    let (older, newer) = match is_abroad_older {
        true => (export(phone, &own).east(hours), export(phone, &all)),
        false => (export(phone, &own), export(phone, &all).east(hours)),
    };
    only(&world, |folder| older.put(&folder.join("older")));
    settled(&world, &import(&world), NOTHING, &home());
    newer.put(&world.exports().join("newer"));
    world.forget();
    settled(&world, &import(&world), created(1), &all);
}

#[test]
fn lost_checkpoint_with_an_older_export_of_abroad_and_one_of_home() {
    for phone in [Phone::Android, Phone::Iphone] {
        for hours in [-1, 9] {
            lost_checkpoint_with_both(phone, hours, true);
        }
    }
}

#[test]
fn lost_checkpoint_with_an_older_export_of_home_and_one_of_abroad() {
    for phone in [Phone::Android, Phone::Iphone] {
        lost_checkpoint_with_both(phone, -1, false);
    }
}

/// The database has instants: where the list agrees with the export of abroad alone, the list is wrong.
#[test]
fn lost_checkpoint_with_a_database_corrects_the_times_of_abroad() {
    let world = world("");
    only(&world, |folder| android(&home()).east(1).put(folder));
    import(&world).exits(0);
    world.forget();
    only(&world, |folder| {
        database(&folder.join("store"), &all());
        android(&home()).east(1).put(&folder.join("text"));
    });
    settled_exactly(
        &world,
        &import(&world),
        super::outcome::corrected(1),
        &all(),
    );
}

/// The checkpoint is lost, the only export is of abroad, and Close has messages of a database: their instants show
/// which times are right.
#[test]
fn lost_checkpoint_keeps_the_times_that_instants_agree_with() {
    for hours in [1, -9] {
        let (early, home) = (home()[..7].to_vec(), home());
        let world = world("");
        only(&world, |folder| iphone(&early).put(folder));
        first(&world, &early);
        only(&world, |folder| database(folder, &home[5..]));
        assert_eq!(import(&world).exits(0).number("created"), 5);
        world.forget();
        only(&world, |folder| android(&all()).east(hours).put(folder));
        settled(&world, &import(&world), created(1), &all());
        world.forget();
        only(&world, |folder| android(&all()).put(folder));
        settled(&world, &import(&world), NOTHING, &all());
    }
}
