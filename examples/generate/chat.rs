//! Makes a chat of any length, as a phone would export it: for the bench and for trying the
//! program on a million messages. Every name and text is invented.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate};

/// Which phone writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phone {
    /// `31/12/2024, 21:45 - Name: text`, LF.
    Android,
    /// `[31/12/2024, 21:45:12] Name: text`, CRLF, direction marks.
    Iphone,
}

const NAMES: [&str; 8] = [
    "Anna Example",
    "Theo Marsh",
    "Nadia Brandt",
    "Jos\u{e9} Pinto",
    "\u{202a}+44\u{a0}7700\u{a0}900123\u{202c}",
    "~\u{202f}Ravi K",
    "ACME Deliveries",
    "Zo\u{eb} \u{1f984}",
];

const TEXTS: [&str; 12] = [
    "ok",
    "thanks, see you there at half past nine then",
    "Could you send me the offer for the second floor again, please? I think the first one is out of date.",
    "\u{1f44d}\u{1f3fd}",
    "Gr\u{fc}\u{df}e aus M\u{fc}nchen, bis \u{fc}bermorgen am gro\u{df}en Tisch",
    "yes",
    "On my way, about ten minutes late because of the snow on the bridge",
    "we have 3 of them: two in white, one in grey. Which one do you want?",
    "The draft is here https://example.com/offers/2024/0815 and the old one stays valid until Friday",
    "\u{1f602}\u{1f602} I did not see that one coming",
    "It\u{2019}s fine \u{2013} nobody noticed\u{2026}",
    "Good morning! Just checking whether the parcel has arrived; the carrier says it was left with a neighbour on Tuesday.",
];

const LONG: &str = "A list of what is still to be done before the opening:\n- paint the door\n- order the chairs\n- call the electrician, who wanted to come on Monday\nAnything that I forgot?";

/// The text of an export with `messages` messages by eight people over about two years, the same
/// for the same arguments. About 90 bytes a message.
pub(crate) fn transcript(phone: Phone, messages: usize) -> String {
    let iphone = phone == Phone::Iphone;
    let mut random = fastrand::Rng::with_seed(7);
    let mut text = String::with_capacity(messages * 96);
    let (mut minute, mut day, mut second) = (0u32, 0u32, 0u32);
    for n in 0..messages {
        // As many a day as make the chat two years long. Times never run back.
        let share = u32::try_from(n * 730 / messages.max(1)).unwrap_or(u32::MAX);
        let next = minute + random.u32(0..3);
        if share > day {
            (day, minute, second) = (share, 0, 0);
        } else if next > minute && next < 24 * 60 {
            (minute, second) = (next, 0);
        }
        second = random.u32(second..60);
        let date = NaiveDate::from_ymd_opt(2023, 1, 1)
            .and_then(|d| d.checked_add_days(Days::new(day.into())));
        let (year, month, date) = date.map_or((2023, 1, 1), |d| (d.year(), d.month(), d.day()));
        let (hour, minute) = (minute / 60, minute % 60);
        // Writing to a string does not fail.
        let _ = if iphone {
            write!(
                text,
                "{}[{date:02}/{month:02}/{year}, {hour:02}:{minute:02}:{second:02}] ",
                if n % 25 == 3 { "\u{200e}" } else { "" }
            )
        } else {
            write!(
                text,
                "{date:02}/{month:02}/{year}, {hour:02}:{minute:02} - "
            )
        };
        let name = NAMES[random.usize(0..NAMES.len())];
        said(&mut text, &mut random, iphone, n, name);
        text.push_str(if iphone { "\r\n" } else { "\n" });
    }
    text
}

fn said(text: &mut String, random: &mut fastrand::Rng, iphone: bool, n: usize, name: &str) {
    let mark = if iphone { "\u{200e}" } else { "" };
    // Writing to a string does not fail.
    let _ = match n % 100 {
        0 if iphone => write!(text, "{name}: \u{200e}{name} pinned a message"),
        0 => write!(text, "{name} pinned a message"),
        3 if iphone => write!(
            text,
            "{name}: \u{200e}<attached: {n:08}-PHOTO-2024-01-01-10-00-00.jpg>"
        ),
        3 => write!(
            text,
            "{name}: IMG-20240101-WA{:04}.jpg (file attached)",
            n % 10_000
        ),
        28 | 53 if iphone => write!(text, "{name}: \u{200e}image omitted"),
        28 | 53 => write!(text, "{name}: <Media omitted>"),
        40 if iphone => write!(text, "{name}: \u{200e}This message was deleted."),
        40 => write!(text, "{name}: This message was deleted"),
        50 => write!(text, "{name}: {LONG}"),
        60 => write!(
            text,
            "{name}: {} {mark}<This message was edited>",
            TEXTS[random.usize(0..TEXTS.len())]
        ),
        70 => write!(
            text,
            "{name}: {mark}location: https://maps.google.com/?q=51.5021456,-0.1276"
        ),
        _ => write!(text, "{name}: {}", TEXTS[random.usize(0..TEXTS.len())]),
    };
}
