//! Headers of phones, and lines that are none.

use super::*;

fn head(line: &str) -> Option<(Header, String)> {
    read(line.as_bytes()).map(|h| (h, line[h.length..].to_owned()))
}

#[test]
fn reads_the_shapes_of_phones() {
    for (line, date, hour) in [
        ("31/12/2020, 21:45 - Anna: hi", [31, 12, 2020], 21),
        ("12/31/20, 9:45\u{202f}PM - Anna: hi", [12, 31, 20], 21),
        ("12/31/20, 9:45 pm - Anna: hi", [12, 31, 20], 21),
        ("9/5/2020 8:04 p.\u{a0}m. - Anna: hi", [9, 5, 2020], 20),
        ("2023-03-29, 12:07\u{202f}a.m. - Anna: hi", [2023, 3, 29], 0),
        ("[31.12.20, 21:45:12] Anna: hi", [31, 12, 20], 21),
        ("\u{200e}[31.12.20, 21:45:12] Anna: hi", [31, 12, 20], 21),
        ("[29. 03. 2023. 21:05:07] Anna: hi", [29, 3, 2023], 21),
        ("29/03/23 00.07 - Anna: hi", [29, 3, 23], 0),
        (
            "2023/3/29 \u{4e2d}\u{5348}11:30 - Anna: hi",
            [2023, 3, 29],
            11,
        ),
        (
            "2023/3/29 \u{4e2d}\u{5348}12:30 - Anna: hi",
            [2023, 3, 29],
            12,
        ),
        (
            "2023/3/29 \u{4e2d}\u{5348}1:30 - Anna: hi",
            [2023, 3, 29],
            13,
        ),
        ("2023-03-29 9:30 em - Anna: hi", [2023, 3, 29], 21),
        ("29. 3. 2023 9:30 dop. - Anna: hi", [29, 3, 2023], 9),
        (
            "[29.3.2023, 9:30:01 \u{5d0}\u{5d7}\u{5d4}\u{5f4}\u{5e6}] Anna: hi",
            [29, 3, 2023],
            21,
        ),
        (
            "16/01/2021, 3:07 in the afternoon - Anna: hi",
            [16, 1, 2021],
            15,
        ),
        ("09/17/19, 8:30:52 AM \u{2013} Anna: hi", [9, 17, 19], 8),
    ] {
        let (header, rest) = head(line).unwrap_or_else(|| panic!("no header in {line}"));
        assert_eq!(header.timestamp.date, date, "{line}");
        assert_eq!(header.timestamp.hour_of_day(), Some(hour), "{line}");
        assert_eq!(rest, "Anna: hi", "{line}");
    }
}

#[test]
fn other_lines_are_not_headers() {
    for line in [
        "",
        "hello",
        "10:30 - 11:00 - Meeting",
        "[9/9, 9:09 AM] Ana: pasted",
        "[x] done: milk",
        "2016-04-29 10:30:00 log line",
        "1. first",
        "12/05/2023",
        "12/05/2023, 10:00 -nobody",
        "123/05/2023, 10:00 - x",
        "[12/05/2023, 10:00",
    ] {
        assert!(head(line).is_none(), "{line}");
    }
}

#[test]
fn twelve_hour_clock() {
    for (text, hour) in [
        ("12:00 AM", 0),
        ("12:00 PM", 12),
        ("00:04 AM", 0),
        ("1:00 AM", 1),
        ("11:00 at night", 23),
        ("12:00 at night", 0),
        ("2:00 at night", 2),
    ] {
        let (header, _) = head(&format!("1/2/24, {text} - A: x")).unwrap();
        assert_eq!(header.timestamp.hour_of_day(), Some(hour), "{text}");
    }
}
