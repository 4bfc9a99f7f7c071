//! How fast a transcript is read: `cargo bench --bench parse`.
//!
//! Each benchmark reads the same 100,000 messages; divan prints the time of one reading.

use std::fmt::Write;

use chatferry::chat::DateOrder;
use chatferry::parser::text::{Decoded, decode, parse};
use chatferry::parser::{Context, Hints, MediaIndex};
use divan::counter::ItemsCount;

const MESSAGES: usize = 100_000;

fn main() {
    divan::main();
}

/// A chat of ordinary shape: short texts, some files, some lines that go on.
fn transcript(iphone: bool) -> Decoded {
    let mut text = String::new();
    for n in 0..MESSAGES {
        let (day, hour, minute, second) = (1 + n / 5000 % 28, n / 60 % 24, n % 60, n % 60);
        let month = 1 + n / 40_000 % 12;
        let name = if n.is_multiple_of(3) {
            "Anna Example"
        } else {
            "Theo Marsh"
        };
        let body = match n % 20 {
            0 => "\u{200e}image omitted",
            1 => "a text that goes on\nin a second line",
            2 => {
                "Gr\u{fc}\u{df}e \u{1f600} and a longer text, as people write them when they have something to say"
            }
            _ => "ok, see you there",
        };
        // Writing to a string does not fail.
        let _ = if iphone {
            writeln!(
                text,
                "[{day:02}/{month:02}/2024, {hour:02}:{minute:02}:{second:02}] {name}: {body}\r"
            )
        } else {
            writeln!(
                text,
                "{day:02}/{month:02}/2024, {hour:02}:{minute:02} - {name}: {body}"
            )
        };
    }
    decode(text.into_bytes()).unwrap_or_default()
}

#[divan::bench(args = [false, true])]
fn text(bencher: divan::Bencher<'_, '_>, iphone: bool) {
    let transcript = transcript(iphone);
    let media = MediaIndex::default();
    let context = Context {
        chat_name: Some("Theo Marsh"),
        media: &media,
        date_order: Some(DateOrder::Dmy),
        hints: Hints::default(),
    };
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .bench(|| parse(&transcript, &context).map(|chat| chat.messages.len()));
}
