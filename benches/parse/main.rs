//! How fast a transcript is read: `cargo bench --bench parse`.
//!
//! Everything is measured against a floor of the same run, since machines differ and are noisy:
//! what checking for UTF-8 and cutting the text at headers of one known form costs, without any
//! understanding. A million messages each.

#[path = "../../examples/generate/chat.rs"]
mod chat;
mod floor;

use std::sync::LazyLock;

use chat::Phone;
use chatferry::internals::parser::text::{Decoded, decode, parse};
use chatferry::internals::parser::{Context, MediaIndex};
use chatferry::internals::report::parse::Line;
use divan::counter::ItemsCount;

const MESSAGES: usize = 1_000_000;

static ANDROID: LazyLock<Vec<u8>> =
    LazyLock::new(|| chat::transcript(Phone::Android, MESSAGES).into_bytes());
static IPHONE: LazyLock<Vec<u8>> =
    LazyLock::new(|| chat::transcript(Phone::Iphone, MESSAGES).into_bytes());

fn bytes(phone: Phone) -> &'static [u8] {
    match phone {
        Phone::Android => &ANDROID,
        Phone::Iphone => &IPHONE,
    }
}

const PHONES: [Phone; 2] = [Phone::Android, Phone::Iphone];

fn main() {
    divan::main();
}

/// The floor: UTF-8 validation and a split without copies.
#[divan::bench(args = PHONES, sample_count = 20)]
fn floor(bencher: divan::Bencher<'_, '_>, phone: Phone) {
    let bytes = bytes(phone);
    let cuts = floor::split(bytes, phone);
    assert_eq!(cuts.len(), MESSAGES);
    assert!(cuts.iter().any(|cut| {
        cut.stamp.ends_with("10:00") || !cut.sender.is_empty() && cut.body.starts_with("ok")
    }));
    drop(cuts);
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .bench(|| floor::split(divan::black_box(bytes), phone).len());
}

/// The parser: UTF-8 validation, the file's form inferred, every marker and notice understood.
#[divan::bench(args = PHONES, sample_count = 20)]
fn parser(bencher: divan::Bencher<'_, '_>, phone: Phone) {
    let bytes = bytes(phone);
    let media = MediaIndex::default();
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .with_inputs(|| bytes.to_vec())
        .bench_refs(|bytes| {
            let transcript = decode(std::mem::take(bytes)).unwrap_or_default();
            let messages = parse(&transcript, &context(&media)).map(|chat| chat.messages.len());
            // Given back, so that the input is dropped outside, as it is for the floor.
            *bytes = transcript.into_bytes();
            messages
        });
}

/// What serde_json needs to write the lines of `chatferry parse` for the same messages.
#[divan::bench(args = PHONES, sample_count = 10)]
fn json(bencher: divan::Bencher<'_, '_>, phone: Phone) {
    let transcript: Decoded = decode(bytes(phone).to_vec()).unwrap_or_default();
    let media = MediaIndex::default();
    let Ok(chat) = parse(&transcript, &context(&media)) else {
        return;
    };
    let mut written = Vec::with_capacity(512 << 20);
    bencher.counter(ItemsCount::new(MESSAGES)).bench_local(|| {
        written.clear();
        for (seq, message) in (0u32..).zip(&chat.messages) {
            let line = Line::new(("Flat 3", "chat.zip"), &chat, seq, message, None, false);
            if serde_json::to_writer(&mut written, &line).is_ok() {
                written.push(b'\n');
            }
        }
        written.len()
    });
}

fn context(media: &MediaIndex) -> Context<'_> {
    Context {
        chat_name: Some("Flat 3"),
        ..Context::new(media)
    }
}
