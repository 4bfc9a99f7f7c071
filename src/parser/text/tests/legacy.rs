//! Whole files from before 2018, and modern ones that contain similar lines.

use super::{decoded, read};
use crate::chat::{Evidence, Kind, Platform};
use crate::parser::text::parse;
use crate::parser::{Context, Hints, MediaIndex, NotATranscript};

#[test]
fn iphone_headers_without_brackets() {
    let text = decoded(
        "06.08.13, 19:55:38: Nadia Brandt: hi\r\n\
         06.08.13, 19:56:01: \u{200e}Nadia Brandt created this group\r\n\
         06.08.13, 19:57:00: Theo Marsh: 2013-08-06-PHOTO-00000006.jpg <\u{200e}attached>\r\n",
    );
    let chat = read(&text, "", &["2013-08-06-PHOTO-00000006.jpg"], None);
    let kinds: Vec<Kind> = chat.messages.iter().map(|m| m.kind).collect();
    assert_eq!(chat.platform, Platform::Ios);
    assert_eq!(kinds, [Kind::Text, Kind::System, Kind::Media]);
    assert_eq!(chat.messages[2].attachments()[0].entry, Some(0));
    assert_eq!(chat.format.pattern, "DD.MM.YY, H:MM:SS:");
}

#[test]
fn years_are_derived_from_export_date() {
    let text = decoded(
        "30 Dec 12:14 - Nadia: hi\n31 Dec 23:59 - Theo: soon\n1 Jan 00:01 - Nadia: happy new year\n",
    );
    let media = MediaIndex::default();
    let mut context = Context::new(&media);
    context.hints.exported = "2013-02-01".parse().ok();
    let chat = parse(&text, &context).unwrap();
    let years: Vec<String> = (chat.messages.iter())
        .map(|m| m.local_time.format("%Y-%m-%d").to_string())
        .collect();
    assert_eq!(years, ["2012-12-30", "2012-12-31", "2013-01-01"]);
    assert_eq!(chat.format.evidence, Evidence::Shape);
    context.hints = Hints::default();
    let chat = parse(&text, &context).unwrap();
    assert_eq!(chat.format.evidence, Evidence::NoYear);
    assert!(!chat.format.evidence.is_settled());
}

#[test]
fn log_lines_in_legacy_export_are_text() {
    let text = decoded(
        "27-12-18 22:55:45 Nadia: hoi\n27-12-18 22:56:45 Theo: see\n\
         27-12-18 22:55:50 server started\n27-12-18 22:57:45 Nadia: bye\n",
    );
    let media = MediaIndex::default();
    let chat = parse(&text, &Context::new(&media)).unwrap();
    let texts: Vec<&str> = chat.messages.iter().map(|m| m.text.as_ref()).collect();
    assert_eq!(
        texts,
        ["hoi", "see\n27-12-18 22:55:50 server started", "bye"]
    );
}

#[test]
fn android_2013_omits_year_of_export_only() {
    let text = decoded(
        "12:14, 30 Dec 2012 - Nadia: hi\n23:59, 31 Dec 2012 - Theo: soon\n\
         00:01, 1 Jan - Nadia: happy new year\n12:00, 5 Mar - Theo: still here\n",
    );
    let media = MediaIndex::default();
    let mut context = Context::new(&media);
    let mut days = |exported: Option<&str>| {
        context.hints.exported = exported.and_then(|day| day.parse().ok());
        let chat = parse(&text, &context).unwrap();
        let days: Vec<String> = (chat.messages.iter())
            .map(|m| m.local_time.date().to_string())
            .collect();
        (days, chat.format.evidence)
    };
    let read = ["2012-12-30", "2012-12-31", "2013-01-01", "2013-03-05"].map(str::to_owned);
    assert_eq!(days(None), (read.to_vec(), Evidence::NoYear));
    assert_eq!(days(Some("2013-12-31")), (read.to_vec(), Evidence::Shape));
    // The zip was made again years later.
    assert_eq!(days(Some("2020-06-01")), (read.to_vec(), Evidence::NoYear));
}

#[test]
fn pasted_line_with_year_in_legacy_export_is_text() {
    let text = decoded(
        "12:14, 30 Dec - Nadia: hi\n23:59, 31 Dec 2012 - Theo: pasted\n12:00, 31 Dec - Theo: ok\n",
    );
    let media = MediaIndex::default();
    let chat = parse(&text, &Context::new(&media)).unwrap();
    assert_eq!(chat.messages.len(), 2);
}

#[test]
fn lines_of_old_exports_and_logs_in_a_modern_one_are_text() {
    for pasted in [
        "7/1/16, 4:56:55 PM: Nadia: hi",
        "19:23, 28 Aug 2013 - Nadia: hi",
        "18 Mar 12:14 - Nadia: hi",
        "Mar 5, 8:11 PM - Nadia: hi",
        "02-12-18 22:55:45 Nadia: hoi",
        "2016-04-29 10:30:00 INFO: started",
        "May I come later - or not: what do you think",
    ] {
        for (before, after) in [
            ("31/12/2020, 21:45 - Ann: a", "31/12/2020, 21:46 - Ben: b"),
            (
                "[31/12/2020, 21:45:12] Ann: a",
                "[31/12/2020, 21:46:12] Ben: b",
            ),
        ] {
            let text = decoded(format!("{before}\n{pasted}\n{after}\n"));
            let chat = read(&text, "", &[], None);
            assert_eq!(chat.messages.len(), 2, "{pasted}");
            assert_eq!(chat.messages[0].text, format!("a\n{pasted}"));
        }
    }
}

#[test]
fn log_is_not_a_transcript() {
    let text = decoded("2016-04-29 10:30:00 INFO: started\n2016-04-29 10:30:01 WARN: slow\n");
    let media = MediaIndex::default();
    let context = Context::new(&media);
    let error = parse(&text, &context).map(|chat| chat.messages.len());
    assert!(
        matches!(error, Err(NotATranscript::NoMessages { .. })),
        "{error:?}"
    );
}

/// Names that begin like half-day words.
#[test]
fn sender_like_half_day_word_is_a_sender() {
    for name in [
        "Sam", "Samir", "Amy", "Pmella", "Chris", "Am", "Ch", "Am Lee",
    ] {
        let text = decoded(format!(
            "27-12-18 22:55:45 Anna: hi\n27-12-18 22:56:45 {name}: see\n27-12-18 22:57:45 Anna: ok\n"
        ));
        let chat = read(&text, "", &[], None);
        assert_eq!(chat.messages.len(), 3, "{name}");
        let sender = chat.sender_of(&chat.messages[1]).map(|p| p.name.as_ref());
        assert_eq!(sender, Some(name));
    }
}

#[test]
fn sender_like_half_day_word_of_another_language_is_a_sender() {
    for name in ["Dinda Sari", "To Lee", "Ki Aram"] {
        let text = decoded(format!(
            "27-12-18 08:55:45 Anna: hi\n27-12-18 10:56:45 {name}: see\n27-12-18 11:57:45 Anna: ok\n"
        ));
        let chat = read(&text, "", &[], None);
        assert_eq!(chat.messages.len(), 3, "{name}");
        let sender = chat.sender_of(&chat.messages[1]).map(|p| p.name.as_ref());
        assert_eq!(sender, Some(name));
    }
}
