//! Any bytes as a transcript: the parser ends, does not panic, loses no line, and says the same
//! the second time and of the same text in UTF-16.

#![no_main]

use chatferry::internals::chat::{Chat, DateOrder, Kind, Message};
use chatferry::internals::parser::text::{self, Decoded, marks};
use chatferry::internals::parser::{Context, MediaIndex};
use chatferry::internals::transform::canonical;
use libfuzzer_sys::fuzz_target;

/// Names in every pattern that phones give, one without extension, two that differ by case.
const FILES: [&str; 8] = [
    "IMG-20240101-WA0001.jpg",
    "00000002-PHOTO-2024-05-20-18-00-05.jpg",
    "PTT-20240101-WA0002.opus",
    "Theo Marsh.vcf",
    "README",
    "offer (final).pdf",
    "a.jpg",
    "A.JPG",
];

fuzz_target!(|data: &[u8]| {
    let media = MediaIndex::new((0u32..).zip(FILES));
    let bare = MediaIndex::default();
    text::likeness(data);
    text::begins_with_header(data);
    let decoded = text::decode(data.to_vec()).expect("is not too large");
    let again = utf16(&decoded);
    // What stands behind the first NUL is the `chat.md` beside it, for the third of them.
    let markdown = decoded.text().split_once('\0').map(|(_, after)| after);
    let phone = Context {
        chat_name: Some("Theo Marsh"),
        ..Context::new(&media)
    };
    let told = Context {
        date_order: Some(DateOrder::Mdy),
        ..Context::new(&bare)
    };
    let web = Context {
        file_name: Some("chat.txt"),
        markdown,
        ..phone
    };
    for context in [phone, told, web] {
        let first = text::parse(&decoded, &context);
        for other in [&decoded, &again] {
            match (&first, text::parse(other, &context)) {
                (Ok(first), Ok(second)) => same(first, &second),
                (first, second) => assert_eq!(
                    first.as_ref().err(),
                    second.as_ref().err(),
                    "the same bytes are a transcript once and none another time"
                ),
            }
        }
        if let Ok(chat) = first {
            adds_up(&chat, decoded.text());
            holds(&chat, decoded.text());
        }
    }
});

/// The same text by way of UTF-16, in either byte order.
fn utf16(decoded: &Decoded) -> Decoded {
    let text = decoded.text();
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    let bytes: Vec<u8> = if text.len() % 2 == 0 {
        units.flat_map(u16::to_le_bytes).collect()
    } else {
        units.flat_map(u16::to_be_bytes).collect()
    };
    let again = text::decode(bytes).expect("is not too large");
    assert_eq!(again.text(), text, "UTF-16 says what UTF-8 says");
    again
}

/// What of a message must be the same however often it is read.
fn essence<'m>(message: &'m Message<'_>) -> impl PartialEq + std::fmt::Debug + use<'m> {
    let files: Vec<_> = message
        .attachments()
        .iter()
        .map(|file| (file.name.as_ref(), file.entry))
        .collect();
    (
        (message.line, message.sender, message.local_time),
        (message.kind, message.edited, message.omitted()),
        (message.text.as_ref(), message.mentions(), files),
    )
}

fn same(first: &Chat<'_>, second: &Chat<'_>) {
    assert_eq!(first.lines, second.lines);
    assert_eq!(first.format.pattern, second.format.pattern);
    assert_eq!(first.format.date_order, second.format.date_order);
    assert_eq!(first.owner, second.owner);
    assert_eq!(first.group_notices, second.group_notices);
    let names = |chat: &Chat<'_>| -> Vec<String> {
        chat.participants
            .iter()
            .map(|p| p.name.to_string())
            .collect()
    };
    assert_eq!(names(first), names(second));
    assert_eq!(first.messages.len(), second.messages.len());
    for (one, other) in first.messages.iter().zip(&second.messages) {
        assert!(essence(one) == essence(other), "line {}", one.line);
    }
}

/// The sums of ARCHITECTURE.md, invariant 2.
fn adds_up(chat: &Chat<'_>, text: &str) {
    let lines = chat.lines;
    assert_eq!(lines.total as usize, text.split_terminator('\n').count());
    assert_eq!(
        lines.total,
        lines.headers + lines.continuations + lines.oddities
    );
    assert_eq!(lines.headers as usize, chat.messages.len());
    let said: u32 = chat.participants.iter().map(|p| p.messages).sum();
    assert!(said as usize <= chat.messages.len());
    assert!(
        chat.oddities
            .iter()
            .all(|o| (1..=lines.total).contains(&o.line))
    );
}

/// Every index and range leads somewhere, and no text comes from nowhere.
fn holds(chat: &Chat<'_>, text: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut before = 0;
    for (at, message) in chat.messages.iter().enumerate() {
        assert!(message.line > before, "lines go up");
        before = message.line;
        assert!(message.sender.is_none() || chat.sender_of(message).is_some());
        for range in message.mentions() {
            let name = message.text.get(range.start as usize..range.end as usize);
            assert!(name.is_some(), "a mention is a part of the text");
        }
        for file in message.attachments() {
            assert!(
                file.entry
                    .is_none_or(|entry| (entry as usize) < FILES.len())
            );
        }
        canonical::body(message);
        if message.kind == Kind::Text {
            let next = (chat.messages.get(at + 1)).map_or(lines.len(), |m| m.line as usize - 1);
            let source = letters(&lines[message.line as usize - 1..next].concat());
            assert!(
                source.contains(&letters(&message.text)),
                "text of line {before}"
            );
        }
    }
}

/// What a text says without its blanks and marks.
fn letters(text: &str) -> String {
    let text = marks::without(text);
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
