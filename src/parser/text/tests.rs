//! Tests of whole transcripts: the corpus of observed lines, the forms of all languages, difficult files, and random chats rendered in every
//! format.

mod cldr;
mod corpus;
mod dates;
mod files;
mod iphone;
mod legacy;
mod random;
mod senders;
mod web;

use super::{Decoded, decode, parse};
use crate::chat::{Chat, DateOrder};
use crate::parser::{Context, Hints, MediaIndex};

/// Decodes, or fails the test.
fn decoded(bytes: impl Into<Vec<u8>>) -> Decoded {
    decode(bytes.into()).expect("small enough")
}

/// Parses with a context of the files in the transcript's folder only.
fn read<'t>(
    decoded: &'t Decoded,
    name: &str,
    files: &[&str],
    order: Option<DateOrder>,
) -> Chat<'t> {
    let media = MediaIndex::new((0u32..).zip(files.iter().copied()));
    let context = Context {
        chat_name: (!name.is_empty()).then_some(name),
        media: &media,
        date_order: order,
        ..Context::new(&media)
    };
    let chat = parse(decoded, &context).expect("is a transcript");
    let lines = chat.lines;
    assert_eq!(
        lines.total,
        lines.headers + lines.continuations + lines.oddities,
        "lines add up"
    );
    assert_eq!(lines.headers as usize, chat.messages.len());
    chat
}

/// Parses with these hints only.
fn hinted(decoded: &Decoded, hints: Hints) -> Chat<'_> {
    let media = MediaIndex::default();
    let context = Context {
        hints,
        ..Context::new(&media)
    };
    parse(decoded, &context).expect("is a transcript")
}
