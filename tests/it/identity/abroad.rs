//! An export that was made while the phone stood in another zone than `timezone`: every time of the
//! file is shifted. The messages are those of home, today and in every later run.

use super::outcome::{
    NOTHING, clear, created, first, import, only, settled, settled_exactly, world,
};
use super::sources::{Line, Phone, and, android, database, export, iphone, me, they};

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

/// Home first, and then the export of abroad alone, three times.
fn abroad_alone(phone: Phone, hours: i64) {
    let world = world("");
    only(&world, |folder| export(phone, &home()).put(folder));
    first(&world, &home());
    only(&world, |folder| {
        export(phone, &all()).east(hours).put(folder)
    });
    settled(&world, &import(&world), created(1), &all());
    settled(&world, &import(&world), NOTHING, &all());
}

#[test]
fn an_hour_east() {
    abroad_alone(Phone::Android, 1);
}

#[test]
fn an_hour_west() {
    abroad_alone(Phone::Android, -1);
}

#[test]
fn nine_hours_east() {
    abroad_alone(Phone::Android, 9);
}

#[test]
fn nine_hours_west() {
    abroad_alone(Phone::Android, -9);
}

#[test]
fn an_hour_east_on_an_iphone() {
    abroad_alone(Phone::Iphone, 1);
}

#[test]
fn nine_hours_west_on_an_iphone() {
    abroad_alone(Phone::Iphone, -9);
}

/// The export of home lies beside that of abroad in the second run and in all later ones.
fn abroad_beside_home(hours: i64) {
    let world = world("");
    only(&world, |folder| android(&home()).put(folder));
    first(&world, &home());
    android(&all())
        .east(hours)
        .put(&world.exports().join("away"));
    settled(&world, &import(&world), created(1), &all());
    settled(&world, &import(&world), NOTHING, &all());
}

#[test]
fn an_hour_east_beside_the_export_of_home() {
    abroad_beside_home(1);
}

#[test]
fn nine_hours_west_beside_the_export_of_home() {
    abroad_beside_home(-9);
}

/// A database gave the times exactly.
fn after_a_database(hours: i64) {
    let world = world("");
    only(&world, |folder| database(folder, &home()));
    let run = import(&world);
    settled_exactly(&world, &run, created(12), &home());
    only(&world, |folder| android(&all()).east(hours).put(folder));
    settled(&world, &import(&world), created(1), &all());
    settled(&world, &import(&world), NOTHING, &all());
}

#[test]
fn an_hour_east_after_a_database() {
    after_a_database(1);
}

#[test]
fn an_hour_west_after_a_database() {
    after_a_database(-1);
}

#[test]
fn nine_hours_east_after_a_database() {
    after_a_database(9);
}

#[test]
fn a_database_and_an_export_of_abroad_lie_side_by_side() {
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
fn three_exports_of_three_zones_follow_each_other() {
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
fn a_cut_export_of_abroad() {
    for hours in [1, 9, -1] {
        let world = world("");
        only(&world, |folder| iphone(&home()).put(folder));
        first(&world, &home());
        only(&world, |folder| iphone(&all()[4..]).east(hours).put(folder));
        settled(&world, &import(&world), created(1), &all());
    }
}
