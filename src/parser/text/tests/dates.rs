//! Which number is the day: what settles it, what does not, and in which order.

use std::fmt::Write as _;

use super::{decoded, hinted, read};
use crate::chat::{DateOrder, Evidence};
use crate::parser::Hints;

/// The order that a file of these stamps is read in, the evidence, and the first day.
fn told(stamps: &[&str], hints: Hints) -> (DateOrder, Evidence, String) {
    let text: String = stamps.iter().map(|s| format!("{s}Ann: hi\n")).collect();
    let decoded = decoded(text);
    let chat = hinted(&decoded, hints);
    assert_eq!(chat.messages.len(), stamps.len(), "{stamps:?}");
    let format = &chat.format;
    let first = chat.messages[0].local_time.date().to_string();
    (format.date_order, format.evidence, first)
}

fn alone(stamps: &[&str]) -> (DateOrder, Evidence, String) {
    told(stamps, Hints::default())
}

#[test]
fn a_pasted_impossible_date_turns_no_file_around() {
    let text = "13/03/23, 09:05 - A: one\n99/12/31, 10:00 - x\n14/03/23, 09:05 - A: two\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.format.date_order, DateOrder::Dmy);
    assert_eq!(chat.messages.len(), 2);
    assert_eq!(chat.messages[0].text, "one\n99/12/31, 10:00 - x");
    assert_eq!(
        chat.messages[0].local_time.to_string(),
        "2023-03-13 09:05:00"
    );
}

#[test]
fn one_pasted_line_does_not_turn_a_long_chat_around() {
    let mut text = String::new();
    for month in 1..10 {
        for day in 4..6 {
            let _ = writeln!(text, "{month}/{day}/2023, 10:00 - Ann: a");
        }
    }
    text.push_str("25/12/2020, 10:00 - Cem: pasted\n10/6/2023, 10:00 - Ann: c\n");
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.format.date_order, DateOrder::Mdy);
    assert!(matches!(chat.format.evidence, Evidence::LineOrder { .. }));
    assert_eq!(chat.messages.len(), 19);
    assert_eq!(chat.messages[17].text, "a\n25/12/2020, 10:00 - Cem: pasted");
}

#[test]
fn an_impossible_date_is_no_evidence_for_an_order() {
    // 45/13 is no date at all, so its 13 says nothing.
    let text = "01/02/2023, 09:05 - A: one\n45/13/2023, 10:00 - x\n01/02/2023, 09:07 - A: two\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.format.evidence, Evidence::Open);
    assert_eq!(chat.messages.len(), 2);
}

#[test]
fn the_users_word_does_not_win_over_proof() {
    let text = "12/31/2020, 09:05 - A: one\n1/2/2021, 10:00 - A: two\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], Some(DateOrder::Dmy));
    assert_eq!(chat.format.date_order, DateOrder::Mdy);
    assert_eq!(chat.messages.len(), 2);
    let open = super::decoded("1/2/2021, 10:00 - A: two\n");
    let chat = read(&open, "", &[], Some(DateOrder::Mdy));
    assert_eq!(chat.format.evidence, Evidence::Told);
    assert_eq!(chat.format.date_order, DateOrder::Mdy);
}

#[test]
fn a_file_of_two_orders_is_open() {
    let mut text = String::new();
    for day in 13..23 {
        let _ = writeln!(text, "{day}/03/2023, 09:05 - A: x");
    }
    for day in 13..23 {
        let _ = writeln!(text, "04/{day}/2023, 09:05 - A: x");
    }
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.format.evidence, Evidence::Open);
}

#[test]
fn a_year_of_two_digits_in_front() {
    for stamps in [
        // Korean: the dot after the last number; no day under nine.
        &["23. 3. 29. \u{c624}\u{d6c4} 9:05 - "][..],
        &["[23. 3. 29. \u{c624}\u{d6c4} 9:05:07] "],
        &["23. 3. 29. 21:05 - "],
        // Basque: the time in brackets.
        &["23/3/29 (21:05) - "],
        &["[23/3/29 (21:05:07)] "],
        // Basque without the brackets: days under nine, which no year can be.
        &["23/3/29 21:05 - ", "23/4/2 21:05 - "],
        // Nepali: digits of Devanagari, a clock of 24 hours, more days than years.
        &[
            "\u{968}\u{969}/\u{969}/\u{968}\u{96f}, \u{968}\u{967}:\u{966}\u{96b} - ",
            "\u{968}\u{969}/\u{969}/\u{969}\u{966}, \u{968}\u{967}:\u{966}\u{96b} - ",
        ],
    ] {
        let (order, evidence, first) = alone(stamps);
        assert_eq!(
            (order, evidence),
            (DateOrder::Ymd, Evidence::Shape),
            "{stamps:?}"
        );
        assert_eq!(first, "2023-03-29", "{stamps:?}");
    }
}

#[test]
fn a_year_of_two_digits_at_the_end_stays_there() {
    for stamps in [
        &["29/3/23 21:05 - "][..],
        &["29. 3. 23 21:05 - "],
        &["29. 3. 23. 21:05 - ", "2. 4. 23. 21:05 - "],
        // The same day in three years.
        &["29/3/21 21:05 - ", "29/3/22 21:05 - ", "29/3/23 21:05 - "],
        // Marathi: digits of Devanagari and a half-day word.
        &["\u{968}\u{96f}/\u{969}/\u{968}\u{969}, \u{967}\u{968}:\u{966}\u{96d} AM - "],
    ] {
        let (order, _, first) = alone(stamps);
        assert_eq!(order, DateOrder::Dmy, "{stamps:?}");
        assert_eq!(&first[5..], "03-29", "{stamps:?}");
    }
}

#[test]
fn nepali_or_marathi_with_one_day_only_is_open() {
    let stamp = "\u{968}\u{969}/\u{969}/\u{968}\u{96f}, \u{968}\u{967}:\u{966}\u{96b} - ";
    assert_eq!(alone(&[stamp]).1, Evidence::Open);
}

#[test]
fn padding_and_half_day_words_prove_nothing() {
    for stamp in [
        "3/4/23, 9:05 PM - ",
        "03/04/2023, 21:05 - ",
        "[3/4/23, 9:05:07 PM] ",
        "3/4/23, 21:05 - ",
        "03/04/23, 9:05 pm - ",
    ] {
        assert_eq!(alone(&[stamp]).1, Evidence::Open, "{stamp}");
    }
}

#[test]
fn no_message_is_of_a_later_day_than_its_zip() {
    let hints = |day: &str| Hints {
        exported: day.parse().ok(),
        elsewhere: None,
    };
    let (order, evidence, first) = told(&["3/9/23, 21:05 - "], hints("2023-03-10"));
    assert_eq!(order, DateOrder::Mdy);
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
    assert_eq!(first, "2023-03-09");
    let (order, evidence, _) = told(&["9/3/23, 21:05 - "], hints("2023-03-10"));
    assert_eq!(order, DateOrder::Dmy);
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
    // Both readings are before the export, or both after it: a clock that is wrong.
    for day in ["2024-01-01", "2022-01-01"] {
        assert_eq!(told(&["3/9/23, 21:05 - "], hints(day)).1, Evidence::Open);
    }
}

#[test]
fn another_archive_of_the_device_comes_last() {
    let hints = Hints {
        exported: None,
        elsewhere: Some((DateOrder::Mdy, Evidence::SameDevice { archives: 3 })),
    };
    let same_device = Evidence::SameDevice { archives: 3 };
    let open = told(&["3/4/23, 21:05 - "], hints);
    assert_eq!(open, (DateOrder::Mdy, same_device, "2023-03-04".to_owned()));
    // Everything in the file itself goes before it: a number over twelve, and the order of lines.
    let proven = told(&["13/4/23, 21:05 - "], hints);
    assert!(matches!(proven.1, Evidence::OverTwelve { .. }));
    let ordered = told(&["2/3/23, 21:05 - ", "1/6/23, 21:05 - "], hints);
    assert!(matches!(ordered.1, Evidence::LineOrder { .. }));
    assert_eq!(ordered.0, DateOrder::Dmy);
    // The day of the export too.
    let exported = Hints {
        exported: "2023-10-01".parse().ok(),
        ..hints
    };
    let (order, evidence, _) = told(&["11/9/23, 21:05 - "], exported);
    assert_eq!(order, DateOrder::Dmy);
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
}

#[test]
fn a_file_of_two_orders_is_settled_by_nobody() {
    let mut text = String::new();
    for day in 13..23 {
        let _ = writeln!(
            text,
            "{day}/03/2023, 09:05 - A: x\n04/{day}/2023, 09:05 - A: x"
        );
    }
    let decoded = decoded(text);
    let hints = Hints {
        exported: None,
        elsewhere: Some((DateOrder::Dmy, Evidence::SameDevice { archives: 3 })),
    };
    assert_eq!(hinted(&decoded, hints).format.evidence, Evidence::Open);
}
