//! The time zones of devices: which are BAD, and what a person compares with the phone.

use std::fs;

use crate::kit::{Built, Output, World, scenes};

/// Doctor for a configuration in which the line of the zone is replaced by these.
fn doctor(world: &World, lines: &str) -> Output {
    let path = world.path().join("chatferry.toml");
    let config = fs::read_to_string(&path).expect("a file");
    let line = config.lines().find(|line| line.starts_with("timezone"));
    let line = line.expect("a zone").to_owned();
    world.write("chatferry.toml", &config.replacen(&line, lines, 1));
    let output = world.run(&["doctor"]);
    world.write("chatferry.toml", &config);
    output
}

fn zones(output: &Output) -> Vec<&str> {
    // The end repeats what is BAD.
    let lines = output.stdout.lines().take_while(|line| !line.is_empty());
    lines
        .filter(|line| line[5..].starts_with("zone "))
        .collect()
}

#[test]
fn doctor_shows_a_message_to_compare_with_the_phone() {
    let world = World::new(scenes::rich());
    let output = doctor(&world, "timezone = \"Europe/Berlin\"").exits(0);
    let last = world.chats.iter().map(|chat| {
        let at = chat.rows().into_iter().map(|row| row.at).max();
        (at.expect("a message"), chat.name.clone())
    });
    let (at, name) = last.max().expect("a chat");
    let local = at.with_timezone(&chrono_tz::Europe::Berlin);
    assert_eq!(
        zones(&output),
        [format!(
            "look zone          default: compare with the phone: last message of \"{name}\" at {} Europe/Berlin, which is \
             {} UTC; was the phone in this zone when it exported?",
            local.format("%Y-%m-%d %H:%M"),
            at.format("%H:%M")
        )]
    );
}

#[test]
fn zone_that_is_no_place_is_bad() {
    let world = World::new(scenes::rich());
    for zone in ["Etc/UTC", "Etc/GMT-1", "UTC", "GMT"] {
        let output = doctor(&world, &format!("timezone = \"{zone}\"")).exits(3);
        let [line] = zones(&output)[..] else {
            panic!("{}", output.stdout);
        };
        let bad = format!("BAD  zone          default: {zone} is not the zone of a place");
        assert!(line.starts_with(&bad), "{line}");
        assert!(
            line.contains("compare with the phone: last message of"),
            "{line}"
        );
    }
}

#[test]
fn zone_that_nobody_confirmed_is_bad() {
    let world = World::new(scenes::rich());
    for comment in [
        "# The zone. CHECK THIS: Europe/Berlin is the zone of this computer.",
        // Of an earlier version.
        "# The zone. CHECK THIS: it is the zone of this computer.",
    ] {
        let output = doctor(&world, &format!("{comment}\ntimezone = \"Europe/Berlin\"")).exits(3);
        let [line] = zones(&output)[..] else {
            panic!("{}", output.stdout);
        };
        assert!(
            line.starts_with("BAD  zone          default: Europe/Berlin is an unconfirmed guess"),
            "{line}"
        );
        assert!(
            line.contains("compare with the phone: last message of"),
            "{line}"
        );
    }
}

#[test]
fn zone_that_a_person_chose_is_confirmed() {
    let world = World::new(scenes::rich());
    for lines in [
        // The comment is gone, or is about another zone or key.
        "# The zone of the phone.\ntimezone = \"Europe/Berlin\"",
        "# CHECK THIS: Europe/London is the zone of this computer.\ntimezone = \"Europe/Berlin\"",
        "timezone = \"Europe/Berlin\"\n# CHECK THIS: it was inferred from the chats.",
    ] {
        let output = doctor(&world, lines).exits(0);
        assert!(
            zones(&output)[0].starts_with("look zone"),
            "{}",
            output.stdout
        );
    }
}

#[test]
fn zone_that_init_writes_is_not_confirmed() {
    let world = World::new(vec![scenes::ben()]);
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("the kit's own");
    }
    // The number is of a country with one zone.
    world
        .run(&["init", "exports", "--local-phone", "+351912345678"])
        .exits(0);
    let output = world.run(&["doctor"]).exits(3);
    let [line] = zones(&output)[..] else {
        panic!("{}", output.stdout);
    };
    assert!(
        line.starts_with("BAD  zone          default: Europe/Lisbon is an unconfirmed guess"),
        "{line}"
    );
}

#[test]
fn compared_message_is_of_no_private_chat() {
    let mut built = Built::new(scenes::rich());
    let rows = crate::kit::world::contacts(&scenes::rich());
    let private: Vec<String> = rows
        .lines()
        .map(|row| match row.starts_with("Ben Cooper") {
            true => row.to_owned(),
            false if row.contains(",me,") || row.starts_with("chat,") => row.to_owned(),
            false => format!("{row}private"),
        })
        .collect();
    built.contacts = Some(format!("{}\n", private.join("\n")));
    let output = built.world().run(&["doctor"]).exits(0);
    assert!(
        zones(&output)[0].contains("last message of \"Ben Cooper\""),
        "{}",
        output.stdout
    );
}
