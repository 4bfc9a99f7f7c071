//! Parser for a `chat.md` without a `chat.txt`, which the first version of the Web export saved for chats without
//! media.
//!
//! It contains minutes only, and its dates are words in the language of the browser. The versions that saved it were in
//! English, so dates in other languages are not guessed: such a file is refused.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::align::{self, Pair};
use super::build::{Builder, LineParts};
use super::detect;
use super::markdown::{EntryAuthor, Markdown, without_day};
use crate::chat::{Chat, DateOrder, Evidence, Form, Format, OddityKind};
use crate::parser::{Context, NotATranscript};

/// Parses a text that is a `chat.md`.
///
/// # Errors
///
/// [`NotATranscript::NoMessages`] when there is no message under a date that can be parsed.
pub(in crate::parser::text) fn read<'t>(
    text: &'t str,
    broken_lines: &[u32],
    context: &Context<'_>,
) -> Result<Chat<'t>, NotATranscript> {
    let markdown = Markdown::read(text);
    let heads = heads(&markdown);
    let Some(first) = heads.first() else {
        let looks_like = if markdown.entries.is_empty() {
            "an export of WhatsApp Web without messages"
        } else {
            "an export of WhatsApp Web with dates that are not English; export the chat again"
        };
        return Err(NotATranscript::NoMessages { looks_like });
    };
    let mut builder = Builder::new(context, markdown.lines);
    for line in broken_lines {
        builder.odd(*line, OddityKind::NotUtf8);
    }
    for line in 1..first.line {
        builder.odd_line(line, OddityKind::WebHead);
    }
    if markdown.cut {
        builder.odd(1, OddityKind::EarlierMissing);
    }
    for (place, head) in heads.iter().enumerate() {
        let next = heads.get(place + 1);
        let end = next.map_or(markdown.lines + 1, |next| next.line);
        let more = next.map_or(markdown.entries.len(), |next| next.entry) - head.entry - 1;
        let body = markdown.body(head.entry, more);
        // The date of the next day and the blank lines around it belong to no message.
        let day = next.map_or(0, |next| next.day_lines);
        let body = if day > 0 { without_day(body) } else { body };
        for line in end - day..end {
            builder.odd_line(line, OddityKind::WebHead);
        }
        let pair = align::first_pair(body);
        let body = pair.map_or(body, |pair| pair.body);
        let parts = match markdown.entries[head.entry].who {
            EntryAuthor::Sender(name) => LineParts::Message(name, body),
            EntryAuthor::WhatsApp if detect::is_broken(body) => LineParts::Placeholder(body),
            EntryAuthor::WhatsApp => LineParts::Notice(body),
        };
        // There is nothing but the text of the quotation and the body itself.
        let pair = pair.map(|Pair { quote, .. }| Pair { quote, body: "" });
        builder.message(
            (head.line, end - day - head.line),
            head.time,
            parts,
            pair.as_ref(),
        );
    }
    Ok(builder.finish(Format {
        pattern: "Month D, YYYY; [h:MM AM]".to_owned(),
        date_order: DateOrder::Mdy,
        evidence: Evidence::Shape,
        seconds: false,
        form: Form::default(),
    }))
}

/// The number of messages at the beginning of such a text.
pub(in crate::parser::text) fn likeness(text: &str) -> u32 {
    u32::try_from(Markdown::read(text).entries.len()).unwrap_or(u32::MAX)
}

/// An entry that begins a message.
struct Head {
    entry: usize,
    line: u32,
    time: NaiveDateTime,
    /// The number of lines before it that are the date of its day.
    day_lines: u32,
}

/// The entries that begin a message: under a date, and not earlier than the previous one. The browser sorts by time,
/// so an entry that runs back in time was pasted.
fn heads(markdown: &Markdown<'_>) -> Vec<Head> {
    let mut heads: Vec<Head> = Vec::new();
    let mut days = markdown
        .days
        .iter()
        .filter_map(|(line, text)| Some((*line, day(text)?)))
        .peekable();
    let mut today: Option<(u32, NaiveDate)> = None;
    for (place, entry) in markdown.entries.iter().enumerate() {
        let mut new_day = None;
        while let Some((line, date)) = days.next_if(|(line, _)| *line < entry.line) {
            // A typed `## March 1, 2020` is not a later date.
            if today.is_none_or(|(_, before)| date > before) {
                today = Some((line, date));
                new_day = Some(line);
            }
        }
        let Some((_, date)) = today else { continue };
        let Some(time) = clock(entry.clock) else {
            continue;
        };
        let time = date.and_time(time);
        if heads
            .last()
            .is_some_and(|last| time < last.time - chrono::TimeDelta::hours(2))
        {
            continue;
        }
        heads.push(Head {
            entry: place,
            line: entry.line,
            time,
            day_lines: new_day.map_or(0, |line| entry.line - line),
        });
    }
    heads
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `September 18, 2026`, `18 September 2026` or `2026-09-18`.
fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day);
    }
    // The day of the week may come first.
    let mut parts: Vec<&str> = text
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() == 4 {
        parts.remove(0);
    }
    let [one, two, year] = parts.as_slice() else {
        return None;
    };
    let month = |word: &str| MONTHS.iter().position(|month| *month == word);
    let (month, day) = match (month(one), month(two)) {
        (Some(month), _) => (month, two),
        (None, Some(month)) => (month, one),
        (None, None) => return None,
    };
    NaiveDate::from_ymd_opt(
        year.parse().ok()?,
        u32::try_from(month).ok()? + 1,
        day.parse().ok()?,
    )
}

/// `9:52 AM`, `21:52`.
fn clock(text: &str) -> Option<NaiveTime> {
    let text = text.replace(['\u{202f}', '\u{a0}'], " ");
    NaiveTime::parse_from_str(&text, "%I:%M %p")
        .or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_dates_and_both_clocks() {
        let expected = NaiveDate::from_ymd_opt(2026, 9, 18);
        for text in [
            "September 18, 2026",
            "18 September 2026",
            "Friday, September 18, 2026",
            "2026-09-18",
        ] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in [
            "18. September",
            "18/09/2026",
            "18 septembre 2026",
            "September 31, 2026",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(clock("12:05\u{202f}AM"), NaiveTime::from_hms_opt(0, 5, 0));
        assert_eq!(clock("9:05 PM"), NaiveTime::from_hms_opt(21, 5, 0));
        assert_eq!(clock("21:05"), NaiveTime::from_hms_opt(21, 5, 0));
        assert_eq!(clock("9:05 nachm."), None);
    }
}
