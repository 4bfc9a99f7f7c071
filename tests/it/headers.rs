//! Timestamps of exports in languages, calendars and forms from Unicode CLDR: the program reads the right times.

use std::fs;

use crate::kit::{World, scenes};

/// The local times that `parse` prints for a transcript with these timestamps, in the form of Android or of an iPhone.
fn times(timestamps: &[&str], iphone: bool) -> Vec<String> {
    let lines = timestamps.iter().enumerate().map(|(n, timestamp)| {
        let sender = ["Ann Lee", "Ben Cooper"][n % 2];
        if iphone {
            format!("[{timestamp}] {sender}: hello\r\n")
        } else {
            format!("{timestamp} - {sender}: hello\n")
        }
    });
    let world = World::new(vec![scenes::ben()]);
    fs::write(world.path().join("chat.txt"), lines.collect::<String>()).expect("written");
    let output = world.run(&["parse", "chat.txt"]).exits(0);
    let lines = output.stdout.lines();
    lines
        .map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).expect("JSON");
            message["local_time"].as_str().expect("a time").to_owned()
        })
        .collect()
}

#[test]
fn swiss_german_day_periods_are_read() {
    assert_eq!(
        times(&["29.03.23 12:00 vorm.", "29.03.23 02:54 nam."], false),
        ["2023-03-29T00:00:00", "2023-03-29T14:54:00"]
    );
}

#[test]
fn cantonese_half_day_words_are_read() {
    assert_eq!(
        times(
            &[
                "2023/3/29 \u{4e0a}\u{665d}12:07",
                "2023/3/29 \u{4e0b}\u{665d}9:05"
            ],
            false
        ),
        ["2023-03-29T00:07:00", "2023-03-29T21:05:00"]
    );
}

#[test]
fn bulgarian_year_and_hour_signs_are_read() {
    assert_eq!(
        times(&["29.03.23 \u{433}., 21:05:07 \u{447}."], true),
        ["2023-03-29T21:05:07"]
    );
}

#[test]
fn persian_era_is_read() {
    assert_eq!(
        times(
            &["AP \u{6f1}\u{6f4}\u{6f0}\u{6f2}/\u{6f1}/\u{6f9} \u{6f2}\u{6f1}:\u{6f0}\u{6f5}"],
            false
        ),
        ["2023-03-29T21:05:00"]
    );
}

#[test]
fn two_digit_buddhist_year_after_today_is_converted() {
    assert_eq!(
        times(&["1/2/66 00:07", "13/2/66 21:05"], false),
        ["2023-02-01T00:07:00", "2023-02-13T21:05:00"]
    );
}

#[test]
fn word_with_two_meanings_is_that_of_the_language_of_all_words() {
    // Finnish, and Inari Sami.
    assert_eq!(
        times(&["6.4.2014 klo 9.17 ap.", "6.4.2014 klo 9.18 ip."], false),
        ["2014-04-06T09:17:00", "2014-04-06T21:18:00"]
    );
    assert_eq!(
        times(&["6.4.2014 9.17 ip.", "6.4.2014 9.18 ep."], false),
        ["2014-04-06T09:17:00", "2014-04-06T21:18:00"]
    );
}

/// A header whose half-day word is in no list stays text, but is named; text with a date in it is not.
#[test]
fn unknown_half_day_word_is_an_oddity() {
    for (start, end, last) in [("", " - ", ""), ("[", "] ", "\r")] {
        let header = |time: &str| format!("{start}12/31/20, {time}{end}");
        let text: String = [
            format!("{}Anna Example: one", header("9:40 PM")),
            format!("{}Ben Cooper: two", header("9:44 PM")),
            format!("{}Anna Example: swallowed", header("9:45 qq")),
            format!("{}Ben Cooper: swallowed", header("q.q. 9:46")),
            format!("{}Messages are encrypted.", header("9:47 qq")),
            format!("{}Ben Cooper: three", header("9:48 PM")),
            "12/31/20, 9:45 exam - room 4: bring a pen".to_owned(),
            "[12/31/20, 9:45 exam] room 4: bring a pen".to_owned(),
            "12/31/20, at 9:45 qq".to_owned(),
            "12/31/20 is the last day - Anna Example: noted".to_owned(),
        ]
        .iter()
        .map(|line| format!("{line}{last}\n"))
        .collect();
        let world = World::new(vec![scenes::ben()]);
        let exports = world.exports();
        fs::remove_file(exports.join("WhatsApp Chat with Ben Cooper.zip")).expect("removed");
        fs::write(exports.join("WhatsApp Chat with Ben Cooper.txt"), text).expect("written");
        let output = world.run(&["inspect", "--json", "exports"]).exits(0);
        let view: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
        let oddities = view["archives"][0]["oddities"].as_array().expect("a list");
        let found: Vec<_> = (oddities.iter())
            .map(|odd| (&odd["code"], &odd["lines"]))
            .collect();
        let expected = ("unknown_half_day".into(), serde_json::json!([3, 4, 5]));
        assert_eq!(found, [(&expected.0, &expected.1)]);
        world
            .run(&["inspect", "exports", "--details"])
            .exits(0)
            .says("odd           lines 3, 4, 5: looks like a header but its word");
        world.write(
            "chatferry.toml",
            "[source]\narchives = [\"exports\"]\ntimezone = \"Europe/Berlin\"\n\
             owner = [\"Anna Example\"]\n[import]\ncontacts = \"contacts.csv\"\n",
        );
        (world.run(&["plan", "--details"]).exits(0))
            .says("its word for the half of the day is unknown");
        world.run(&["plan", "--strict"]).exits(3);
    }
}
