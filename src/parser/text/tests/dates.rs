//! Date order: which evidence determines it, which does not, and its precedence.

use std::fmt::Write as _;

use super::{decoded, hinted, read};
use crate::chat::{DateOrder, Evidence};
use crate::parser::Hints;

/// The date order of a file with these timestamps, the evidence, and the first date.
fn order_of(timestamps: &[&str], hints: Hints) -> (DateOrder, Evidence, String) {
    let text: String = timestamps.iter().map(|s| format!("{s}Ann: hi\n")).collect();
    let decoded = decoded(text);
    let chat = hinted(&decoded, hints);
    assert_eq!(chat.messages.len(), timestamps.len(), "{timestamps:?}");
    let format = &chat.format;
    let first = chat.messages[0].local_time.date().to_string();
    (format.date_order, format.evidence, first)
}

fn alone(timestamps: &[&str]) -> (DateOrder, Evidence, String) {
    order_of(timestamps, Hints::default())
}

#[test]
fn pasted_impossible_date_does_not_change_date_order() {
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
fn single_pasted_line_does_not_change_date_order() {
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
fn impossible_date_is_no_evidence_for_date_order() {
    // 45/13 is not a date, so its 13 is no evidence.
    let text = "01/02/2023, 09:05 - A: one\n45/13/2023, 10:00 - x\n01/02/2023, 09:07 - A: two\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(chat.format.evidence, Evidence::Open);
    assert_eq!(chat.messages.len(), 2);
}

#[test]
fn configured_date_order_does_not_overrule_proof() {
    let text = "12/31/2020, 09:05 - A: one\n1/2/2021, 10:00 - A: two\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], Some(DateOrder::Dmy));
    assert_eq!(chat.format.date_order, DateOrder::Mdy);
    assert_eq!(chat.messages.len(), 2);
    let open = super::decoded("1/2/2021, 10:00 - A: two\n");
    let chat = read(&open, "", &[], Some(DateOrder::Mdy));
    assert_eq!(chat.format.evidence, Evidence::Configured);
    assert_eq!(chat.format.date_order, DateOrder::Mdy);
}

#[test]
fn file_with_two_date_orders_is_ambiguous() {
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
fn two_digit_year_first_is_detected() {
    for timestamps in [
        // Korean: the dot after the last number; no day under nine.
        &["23. 3. 29. \u{c624}\u{d6c4} 9:05 - "][..],
        &["[23. 3. 29. \u{c624}\u{d6c4} 9:05:07] "],
        &["23. 3. 29. 21:05 - "],
        // Basque: the time in brackets.
        &["23/3/29 (21:05) - "],
        &["[23/3/29 (21:05:07)] "],
        // Basque without the brackets: days under nine, which are not years.
        &["23/3/29 21:05 - ", "23/4/2 21:05 - "],
        // Nepali: Devanagari digits, a 24-hour clock, more days than years.
        &[
            "\u{968}\u{969}/\u{969}/\u{968}\u{96f}, \u{968}\u{967}:\u{966}\u{96b} - ",
            "\u{968}\u{969}/\u{969}/\u{969}\u{966}, \u{968}\u{967}:\u{966}\u{96b} - ",
        ],
    ] {
        let (order, evidence, first) = alone(timestamps);
        assert_eq!(
            (order, evidence),
            (DateOrder::Ymd, Evidence::Shape),
            "{timestamps:?}"
        );
        assert_eq!(first, "2023-03-29", "{timestamps:?}");
    }
}

#[test]
fn two_digit_year_last_is_kept() {
    for timestamps in [
        &["29/3/23 21:05 - "][..],
        &["29. 3. 23 21:05 - "],
        &["29. 3. 23. 21:05 - ", "2. 4. 23. 21:05 - "],
        // The same day in three years.
        &["29/3/21 21:05 - ", "29/3/22 21:05 - ", "29/3/23 21:05 - "],
        // Marathi: Devanagari digits and a half-day word.
        &["\u{968}\u{96f}/\u{969}/\u{968}\u{969}, \u{967}\u{968}:\u{966}\u{96d} AM - "],
    ] {
        let (order, _, first) = alone(timestamps);
        assert_eq!(order, DateOrder::Dmy, "{timestamps:?}");
        assert_eq!(&first[5..], "03-29", "{timestamps:?}");
    }
}

#[test]
fn nepali_or_marathi_with_single_date_is_ambiguous() {
    let timestamp = "\u{968}\u{969}/\u{969}/\u{968}\u{96f}, \u{968}\u{967}:\u{966}\u{96b} - ";
    assert_eq!(alone(&[timestamp]).1, Evidence::Open);
}

#[test]
fn padding_and_half_day_words_are_no_evidence() {
    for timestamp in [
        "3/4/23, 9:05 PM - ",
        "03/04/2023, 21:05 - ",
        "[3/4/23, 9:05:07 PM] ",
        "3/4/23, 21:05 - ",
        "03/04/23, 9:05 pm - ",
    ] {
        assert_eq!(alone(&[timestamp]).1, Evidence::Open, "{timestamp}");
    }
}

#[test]
fn date_order_with_messages_after_zip_date_is_excluded() {
    let hints = |day: &str| Hints {
        exported: day.parse().ok(),
        ..Hints::default()
    };
    let (order, evidence, first) = order_of(&["3/9/23, 21:05 - "], hints("2023-03-10"));
    assert_eq!(order, DateOrder::Mdy);
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
    assert_eq!(first, "2023-03-09");
    let (order, evidence, _) = order_of(&["9/3/23, 21:05 - "], hints("2023-03-10"));
    assert_eq!(order, DateOrder::Dmy);
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
    // In both orders the dates are before the export, or in both after it: a wrong clock.
    for day in ["2024-01-01", "2022-01-01"] {
        assert_eq!(
            order_of(&["3/9/23, 21:05 - "], hints(day)).1,
            Evidence::Open
        );
    }
}

#[test]
fn date_order_with_messages_after_today_is_excluded() {
    let today = |day: &str| Hints {
        today: day.parse().ok(),
        ..Hints::default()
    };
    let (order, evidence, first) = order_of(&["3/9/23, 21:05 - "], today("2023-03-10"));
    assert_eq!((order, first.as_str()), (DateOrder::Mdy, "2023-03-09"));
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
    // A zip is dated before today, or its date is wrong.
    let both = Hints {
        exported: "2031-01-01".parse().ok(),
        ..today("2023-03-10")
    };
    assert_eq!(order_of(&["3/9/23, 21:05 - "], both).0, DateOrder::Mdy);
    // It precedes the sequence of the lines: in the other order, all of them are after the export.
    let lines = ["3/9/23, 21:05 - ", "3/8/23, 21:06 - "];
    let (order, evidence, _) = order_of(&lines, today("2023-03-10"));
    assert_eq!(order, DateOrder::Mdy);
    assert_eq!(evidence, Evidence::ExportDate { count: 2 });
}

#[test]
fn two_digit_buddhist_year_needs_a_plausible_day_of_the_archive() {
    let exported = |day: &str| Hints {
        exported: day.parse().ok(),
        ..Hints::default()
    };
    let first = |hints| order_of(&["1/2/66 00:07 - ", "13/2/66 00:07 - "], hints).2;
    assert_eq!(first(exported("2023-02-14")), "2023-02-01");
    assert_eq!(first(Hints::default()), "2066-02-01");
    // The messages would be after the zip in either calendar, so its clock was wrong.
    assert_eq!(first(exported("2015-01-01")), "2066-02-01");
    // Both the zip and today are known.
    let both = Hints {
        today: "2026-01-01".parse().ok(),
        ..exported("2023-02-13")
    };
    assert_eq!(first(both), "2023-02-01");
}

#[test]
fn other_archive_of_device_is_weakest_evidence() {
    let hints = Hints {
        other_archives: Some((DateOrder::Mdy, Evidence::SameDevice { archives: 3 })),
        ..Hints::default()
    };
    let same_device = Evidence::SameDevice { archives: 3 };
    let open = order_of(&["3/4/23, 21:05 - "], hints);
    assert_eq!(open, (DateOrder::Mdy, same_device, "2023-03-04".to_owned()));
    // All evidence in the file takes precedence: a number over twelve, and the sequence of the lines.
    let proven = order_of(&["13/4/23, 21:05 - "], hints);
    assert!(matches!(proven.1, Evidence::OverTwelve { .. }));
    let ordered = order_of(&["2/3/23, 21:05 - ", "1/6/23, 21:05 - "], hints);
    assert!(matches!(ordered.1, Evidence::LineOrder { .. }));
    assert_eq!(ordered.0, DateOrder::Dmy);
    // The date of the export takes precedence too.
    let exported = Hints {
        exported: "2023-10-01".parse().ok(),
        ..hints
    };
    let (order, evidence, _) = order_of(&["11/9/23, 21:05 - "], exported);
    assert_eq!(order, DateOrder::Dmy);
    assert_eq!(evidence, Evidence::ExportDate { count: 1 });
}

#[test]
fn file_with_two_date_orders_stays_ambiguous_despite_hints() {
    let mut text = String::new();
    for day in 13..23 {
        let _ = writeln!(
            text,
            "{day}/03/2023, 09:05 - A: x\n04/{day}/2023, 09:05 - A: x"
        );
    }
    let decoded = decoded(text);
    let hints = Hints {
        other_archives: Some((DateOrder::Dmy, Evidence::SameDevice { archives: 3 })),
        ..Hints::default()
    };
    assert_eq!(hinted(&decoded, hints).format.evidence, Evidence::Open);
}
