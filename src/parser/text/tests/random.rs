//! Random chats in every format, and random lines.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use proptest::prelude::*;

use super::{decoded, read};
use crate::canonical;
use crate::chat::{DateOrder, Kind, Message};
use crate::ids::ExternalId;
use crate::parser::text::{marks, parse};
use crate::parser::{Context, MediaIndex};
use crate::random_cases::cases;
use crate::transform::identity::Identity;

/// A message, independent of the format.
#[derive(Debug, Clone)]
struct Sent {
    who: usize,
    /// Seconds since the previous message.
    after: i64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Text(String),
    Edited(String),
    File(u16, Option<String>),
    Omitted,
    Deleted,
    Location,
    Card,
    Poll,
    Notice,
}

/// How a phone writes.
#[derive(Debug, Clone, Copy)]
struct Style {
    iphone: bool,
    order: DateOrder,
    separator: char,
    padded: bool,
    long_year: bool,
    comma: bool,
    half: bool,
    blank: char,
    crlf: bool,
    bom: bool,
}

const NAMES: [&str; 4] = [
    "Ann",
    "[Work] Ben - Flat 3",
    "\u{1f984} Ce\u{301}m",
    "+44 7700 900123",
];

/// Lines of other shapes that people paste.
const PASTED: [&str; 6] = [
    "[9/9, 9:09 AM] Ana: pasted",
    "2016.04.29. 10:30:00 log line",
    "10:30 - 11:00 - Meeting",
    "[x] done: milk",
    "31-31-2023, 25:61 - nobody: x",
    "> quoted: yes",
];

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-zA-Z:,.!?*_~()<>@-]{1,8}",
        1 => "\\PC{1,4}",
        1 => Just("\u{1f44d}\u{1f3fd}".to_owned()),
        1 => Just("na\u{ef}ve: note".to_owned()),
        1 => Just("a\u{200f}b".to_owned()),
        1 => Just("\u{2028}".to_owned()),
    ];
    let line = prop::collection::vec(word, 1..5).prop_map(|words| words.join(" "));
    let line = prop_oneof![
        6 => line,
        1 => prop::sample::select(&PASTED[..]).prop_map(str::to_owned),
        1 => Just(String::new()),
    ];
    // The first word is plain, so that no text is accidentally a phrase of WhatsApp.
    prop::collection::vec(line, 1..4).prop_map(|lines| {
        let text = format!("so {}", lines.join("\n"));
        let kept = text.trim_end().replace('\r', " ");
        format!("{kept} end")
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let what = prop_oneof![
        8 => words().prop_map(What::Text),
        1 => words().prop_map(What::Edited),
        1 => (0..99u16, prop::option::of(words())).prop_map(|(n, c)| What::File(n, c)),
        1 => Just(What::Omitted),
        1 => Just(What::Deleted),
        1 => Just(What::Location),
        1 => Just(What::Card),
        1 => Just(What::Poll),
        1 => Just(What::Notice),
    ];
    (0..NAMES.len(), 0..200_000i64, what).prop_map(|(who, after, what)| Sent { who, after, what })
}

fn style() -> impl Strategy<Value = Style> {
    let order = prop::sample::select(vec![DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd]);
    let separator = prop::sample::select(vec!['/', '.', '-']);
    let blank = prop::sample::select(vec![' ', '\u{a0}', '\u{202f}', '\u{2009}']);
    let flags = any::<[bool; 7]>();
    (order, separator, blank, flags).prop_map(|(order, separator, blank, flags)| {
        let [iphone, padded, long_year, comma, half, crlf, bom] = flags;
        Style {
            iphone,
            order,
            separator,
            padded,
            long_year: long_year || order == DateOrder::Ymd,
            comma,
            half,
            blank,
            crlf,
            bom,
        }
    })
}

fn timestamp(time: NaiveDateTime, style: Style) -> String {
    let (day, month) = if style.padded {
        ("%d", "%m")
    } else {
        ("%-d", "%-m")
    };
    let year = if style.long_year { "%Y" } else { "%y" };
    let parts = match style.order {
        DateOrder::Dmy => [day, month, year],
        DateOrder::Mdy => [month, day, year],
        DateOrder::Ymd => [year, month, day],
    };
    let hour = match (style.half, style.padded) {
        (false, true) => "%H",
        (false, false) => "%-H",
        (true, true) => "%I",
        (true, false) => "%-I",
    };
    let seconds = if style.iphone { ":%S" } else { "" };
    let half = if style.half {
        format!("{}%p", style.blank)
    } else {
        String::new()
    };
    let comma = if style.comma { "," } else { "" };
    let pattern = format!(
        "{}{comma} {hour}:%M{seconds}{half}",
        parts.join(&style.separator.to_string())
    );
    time.format(&pattern).to_string()
}

/// The message in the phone's format, and the name of its file.
fn body(sent: &Sent, iphone: bool) -> (String, Option<String>) {
    let mark = if iphone { "\u{200e}" } else { "" };
    match &sent.what {
        What::Text(text) => (text.clone(), None),
        What::Edited(text) => (format!("{text} {mark}<This message was edited>"), None),
        What::File(n, caption) if iphone => {
            let name = format!("{n:08}-PHOTO-2023-01-01-00-00-00.jpg");
            let caption = caption.as_ref().map_or(String::new(), |c| format!("{c} "));
            (format!("{caption}\u{200e}<attached: {name}>"), Some(name))
        }
        What::File(n, caption) => {
            let name = format!("IMG-20230101-WA{n:04}.jpg");
            let caption = caption.as_ref().map_or(String::new(), |c| format!("\n{c}"));
            (format!("{name} (file attached){caption}"), Some(name))
        }
        What::Omitted if iphone => ("\u{200e}image omitted".to_owned(), None),
        What::Omitted => ("<Media omitted>".to_owned(), None),
        What::Deleted => (format!("{mark}This message was deleted"), None),
        What::Location => (
            format!("{mark}location: https://maps.google.com/?q=1,2"),
            None,
        ),
        What::Card if iphone => ("\u{200e}<attached: 00000001-Rita.vcf>".to_owned(), None),
        What::Card => ("Rita.vcf (file attached)".to_owned(), None),
        What::Poll => (
            format!("{mark}POLL:\n{mark}Which day?\n{mark}OPTION: Mon ({mark}2 votes)"),
            None,
        ),
        What::Notice => (format!("{mark}{} pinned a message", NAMES[sent.who]), None),
    }
}

/// The time of every message.
fn times(chat: &[Sent]) -> Vec<NaiveDateTime> {
    // A first day over 12 makes the date order unambiguous.
    let mut at = NaiveDate::from_ymd_opt(2020, 1, 31)
        .unwrap()
        .and_hms_opt(21, 45, 12)
        .unwrap();
    chat.iter()
        .map(|sent| {
            at += TimeDelta::seconds(sent.after);
            at
        })
        .collect()
}

fn render(chat: &[Sent], style: Style) -> String {
    let mut text = String::from(if style.bom { "\u{feff}" } else { "" });
    for (sent, at) in chat.iter().zip(times(chat)) {
        let timestamp = timestamp(at, style);
        let (body, file) = body(sent, style.iphone);
        let name = NAMES[sent.who];
        let end = if style.crlf { "\r\n" } else { "\n" };
        let notice = matches!(sent.what, What::Notice);
        // An iPhone separates the lines of one message with a bare LF.
        let body = if style.iphone {
            body
        } else {
            body.replace('\n', end)
        };
        text += &match (style.iphone, notice) {
            (true, _) if file.is_some() => format!("\u{200e}[{timestamp}] {name}: {body}{end}"),
            (true, _) => format!("[{timestamp}] {name}: {body}{end}"),
            (false, true) => format!("{timestamp} - {body}{end}"),
            (false, false) => format!("{timestamp} - {name}: {body}{end}"),
        };
    }
    text
}

fn agrees(sent: &Sent, message: &Message<'_>) -> Result<(), TestCaseError> {
    let (kind, text) = match &sent.what {
        What::Text(text) | What::Edited(text) => (Kind::Text, text.clone()),
        What::File(_, caption) => (Kind::Media, caption.clone().unwrap_or_default()),
        What::Omitted => (Kind::MediaOmitted, String::new()),
        What::Deleted => (Kind::Deleted, "This message was deleted".to_owned()),
        What::Location => (
            Kind::Location,
            "location: https://maps.google.com/?q=1,2".to_owned(),
        ),
        What::Card => (Kind::Contact, String::new()),
        What::Poll => (
            Kind::Poll,
            "POLL:\nWhich day?\nOPTION: Mon (2 votes)".to_owned(),
        ),
        What::Notice => (
            Kind::System,
            format!("{} pinned a message", NAMES[sent.who]),
        ),
    };
    prop_assert_eq!(message.kind, kind);
    prop_assert_eq!(message.text.as_ref(), text);
    prop_assert_eq!(message.edited, matches!(sent.what, What::Edited(_)));
    Ok(())
}

/// The ids of the messages of a chat, with the sender's name.
fn ids(chat: &[Sent], style: Style) -> Vec<ExternalId> {
    let text = decoded(render(chat, style));
    let read = read(&text, "", &[], Some(style.order));
    let mut ids = Identity::new("chat");
    read.messages
        .iter()
        .map(|m| {
            let sender = read.sender_of(m).map_or("", |p| p.name.as_ref());
            let minute = m.local_time.and_utc().timestamp().div_euclid(60);
            ids.id(sender, minute, &canonical::body(m))
        })
        .collect()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_is_rendered_is_read(chat in prop::collection::vec(sent(), 1..25), style in style()) {
        let text = decoded(render(&chat, style));
        let read = read(&text, "", &[], Some(style.order));
        prop_assert_eq!(read.messages.len(), chat.len());
        for ((sent, at), message) in chat.iter().zip(times(&chat)).zip(&read.messages) {
            agrees(sent, message)?;
            let precision = if style.iphone { 1 } else { 60 };
            let wanted = at.and_utc().timestamp().div_euclid(precision) * precision;
            prop_assert_eq!(message.local_time.and_utc().timestamp(), wanted);
            let sender = read.sender_of(message).map(|p| p.name.as_ref());
            let notice = matches!(sent.what, What::Notice);
            prop_assert_eq!(sender, (!notice).then_some(NAMES[sent.who]));
        }
    }

    #[test]
    fn two_phones_give_one_set_of_ids(
        chat in prop::collection::vec(sent(), 1..25),
        one in style(),
        other in style(),
    ) {
        prop_assert_eq!(ids(&chat, one), ids(&chat, other));
    }

    #[test]
    fn ids_depend_on_equal_messages_only(
        chat in prop::collection::vec(sent(), 2..25),
        style in style(),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = ids(&chat, style);
        let unique: std::collections::HashSet<_> = whole.iter().collect();
        prop_assert_eq!(unique.len(), whole.len());
        // Without the messages before an index, all of another minute keep their ids.
        let cut = cut.index(chat.len());
        let minute = |at: NaiveDateTime| at.and_utc().timestamp().div_euclid(60);
        let at = times(&chat);
        let mut rest = chat[cut..].to_vec();
        rest[0].after = (at[cut] - times(&chat[..1])[0]).num_seconds() + chat[0].after;
        let part = ids(&rest, style);
        for (index, id) in part.iter().enumerate() {
            if cut == 0 || minute(at[cut + index]) != minute(at[cut - 1]) {
                prop_assert_eq!(id, &whole[cut + index]);
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut whole = b"13/03/2023, 09:05 - A: x\n".to_vec();
        whole.extend(&bytes);
        let text = decoded(whole);
        read(&text, "A", &["a"], None);
        let text = decoded(bytes);
        let media = MediaIndex::default();
        let context = Context::new(&media);
        let _ = parse(&text, &context);
    }

    /// An export with lines cut, repeated, swapped or overwritten: every line is in a message or an oddity.
    #[test]
    fn damaged_exports_add_up(
        chat in prop::collection::vec(sent(), 1..12),
        style in style(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, "\\PC{0,3}"), 1..6),
    ) {
        let mut source: Vec<char> = render(&chat, style).chars().collect();
        for (at, what, new) in &damage {
            let at = at.index(source.len());
            let end = source.len().min(at + 30);
            match what {
                0 => drop(source.drain(at..end)),
                1 => {
                    let again = source[at..end].to_vec();
                    drop(source.splice(at..at, again));
                }
                2 => source[at..end].reverse(),
                _ => drop(source.splice(at..at, new.chars())),
            }
            if source.is_empty() {
                source.push('x');
            }
        }
        let source: String = source.into_iter().collect();
        let text = decoded(source.clone());
        let media = MediaIndex::new([(0, "IMG-20230101-WA0001.jpg")]);
        let context = Context { chat_name: Some("Ann"), date_order: Some(style.order), ..Context::new(&media) };
        let Ok(chat) = parse(&text, &context) else { return Ok(()) };
        let lines = chat.lines;
        prop_assert_eq!(lines.total as usize, text.text().split_terminator('\n').count());
        prop_assert_eq!(lines.total, lines.headers + lines.continuations + lines.oddities);
        prop_assert_eq!(lines.headers as usize, chat.messages.len());
        prop_assert!(chat.messages.is_sorted_by_key(|message| message.line));
    }

    #[test]
    fn no_text_is_lost(soup in prop::collection::vec(soup(), 1..30), crlf in any::<bool>()) {
        let source = soup.join(if crlf { "\r\n" } else { "\n" });
        let text = decoded(source.clone());
        let media = MediaIndex::default();
        let context = Context { chat_name: Some("Ann"), ..Context::new(&media) };
        let Ok(chat) = parse(&text, &context) else { return Ok(()) };
        let lines = chat.lines;
        prop_assert_eq!(lines.total, lines.headers + lines.continuations + lines.oddities);
        prop_assert_eq!(lines.total as usize, source.split_terminator('\n').count());
        // Everything between two headers is in the message: in its text, its sender, its files, or in a marker of
        // WhatsApp, which its kind represents.
        let split: Vec<&str> = source.split('\n').collect();
        let letters = |text: &str| -> String {
            marks::without(text).chars().filter(|c| !c.is_whitespace()).collect()
        };
        for (at, message) in chat.messages.iter().enumerate() {
            if !matches!(message.kind, Kind::Text | Kind::System) {
                continue;
            }
            let next = chat.messages.get(at + 1).map_or(split.len(), |m| m.line as usize - 1);
            let source = letters(&split[message.line as usize - 1..next].concat());
            let text = letters(&message.text);
            let edited = if message.edited { "<Thismessagewasedited>" } else { "" };
            let end = format!("{text}{edited}");
            prop_assert!(source.ends_with(&end), "{source:?} does not end with {end:?}");
            let sender = chat.sender_of(message).map_or(String::new(), |p| letters(&p.name));
            let before = &source[..source.len() - end.len()];
            // One colon only: a name may consist of colons.
            let before = before.strip_suffix(':').unwrap_or(before);
            prop_assert!(before.ends_with(&sender), "{before:?} does not end with {sender:?}");
            let timestamp = before[..before.len() - sender.len()].trim_end_matches('~');
            // A notice on iPhone has a sender who did not write it.
            let notice = message.kind == Kind::System
                && ["Ann", "Ben", "Note", "Cem", "YouaddedBob"].iter().any(|n| timestamp.ends_with(n));
            prop_assert!(timestamp.ends_with(['-', ']']) || notice, "{timestamp:?} is more than a timestamp");
        }
    }
}

/// A line with any content.
fn soup() -> impl Strategy<Value = String> {
    let timestamp = prop::sample::select(vec![
        "",
        "13/03/2023, 09:05 - ",
        "3/14/23, 9:05\u{202f}PM - ",
        "[13.03.23, 09:05:00] ",
        "\u{200e}[13.03.23, 09:05:00]\u{a0}",
        "2023-03-13 9:05 - ",
        "99/99/9999, 10:00 - ",
    ]);
    let name = prop::sample::select(vec![
        "",
        "Ann: ",
        "Ben: Note: ",
        "~\u{202f}Cem: ",
        "You added Bob: ",
    ]);
    let body = prop_oneof![
        "\\PC{0,20}",
        prop::sample::select(vec![
            "hi",
            "\u{200e}image omitted",
            "\u{200e}Ann added you",
            "x <This message was edited>",
            "a.jpg (file attached)",
            "a.jpg (not attached)",
            "see \u{200e}<attached: a.jpg>",
            "null",
            "POLL:",
            "OPTION: a (1 vote)",
            "Ann left",
            "@\u{2068}Ann\u{2069} hi",
        ])
        .prop_map(str::to_owned),
    ];
    (timestamp, name, body).prop_map(|(timestamp, name, body)| {
        let body = body.replace(['\n', '\r'], " ");
        format!("{timestamp}{name}{body}")
    })
}
