//! Contact cards that are files of a text export: what they contain, as evidence of which card is which.
//!
//! Belongs here: reading the files. Never here: what a vCard contains ([`crate::native`]), and comparisons.

use crate::archive::Container;
use crate::canonical;
use crate::chat::{Attachment, Chat, Kind};
use crate::native::card::card_text;

/// The maximum size of a card in bytes; one with a photo has some ten thousand.
const MAX_CARD: u64 = 1_000_000;

/// Reads the cards of a chat. One that the archive lacks, or that cannot be read, remains unknown: callers that need
/// its bytes report that.
pub(super) fn read(chat: &mut Chat<'_>, container: &Container) {
    let cards = chat
        .messages
        .iter_mut()
        .filter(|message| message.kind == Kind::Contact);
    let extras = cards.filter_map(|message| message.extra.as_mut());
    // A database has no file: its reader knows the card.
    for extra in extras.filter(|extra| !extra.attachments.is_empty()) {
        let texts: Option<Vec<String>> = extra
            .attachments
            .iter()
            .map(|card| text(card, container))
            .collect();
        let body = texts.and_then(|texts| canonical::card(&texts.join("\n"), true));
        extra.card = body.map(|body| Box::new(canonical::key(&body)));
    }
}

fn text(card: &Attachment<'_>, container: &Container) -> Option<String> {
    let number = card.entry?;
    container
        .entry(number)
        .filter(|entry| entry.size <= MAX_CARD)?;
    let bytes = container.read(number).ok()?;
    Some(card_text(&String::from_utf8_lossy(&bytes)))
}
