//! Reply links from quotes that an export itself shows: `chat.md` of the Web export tells sender
//! and text of what a message answers, and no id (`whatsapp-export-format.md` 2.9).
//!
//! The latest earlier message that the quote matches is the one that is answered. Short words recur,
//! so those are linked only where the whole chat holds them once; and where the oldest part of a chat
//! is missing, only what is hardly said twice. A wrong link is worse than none.

use std::collections::HashMap;

use super::desired::Direction;
use super::message::Item;
use super::reply::SHORT;
use crate::canonical;
use crate::chat::{Kind, MediaKind};

/// What a message answers, as its export tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote<'s> {
    /// Who said it, where that is known.
    pub(super) by: Option<Direction>,
    /// Its native id, where the archive has it.
    pub(super) id: Option<&'s str>,
    /// Its text, where the export has it.
    pub(super) text: Option<&'s str>,
    /// The text may stand in the answer, where the message itself is found nowhere: it is of this
    /// chat, and not by somebody who is left out.
    pub(super) may_be_shown: bool,
}

/// Texts of at least so many letters are hardly said twice. Where the oldest part of a chat is
/// missing nothing shorter is linked.
const LONG: usize = 20;

/// Who said it, and the canonical text.
type Key = (Direction, String);

/// The texts and captions of a chat, each with the places of the messages that have them.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    texts: HashMap<Key, Vec<usize>>,
    captions: HashMap<Key, Vec<(usize, Option<MediaKind>)>>,
    /// The export says that its oldest part is missing.
    cut: bool,
}

impl Quotes {
    /// Looks at all messages of a chat, in their order. Without a quote nothing is remembered.
    pub(super) fn of(items: &[Item<'_>], cut: bool) -> Self {
        let mut quotes = Quotes {
            cut,
            ..Quotes::default()
        };
        if items.iter().all(|item| item.quoted.is_none()) {
            return quotes;
        }
        for (place, item) in items.iter().enumerate() {
            let key = |text: &str| (item.direction, canonical::text(text));
            let text = item.text.unwrap_or(item.message.text.as_ref());
            match item.message.kind {
                _ if item.message.sender.is_none() => {}
                Kind::Media | Kind::MediaOmitted if !text.trim().is_empty() => {
                    let attached = item.message.attachments().first();
                    let media = attached.map_or(item.message.omitted(), |a| Some(a.media));
                    let places = quotes.captions.entry(key(text)).or_default();
                    places.push((place, media));
                }
                Kind::Media | Kind::MediaOmitted | Kind::Deleted => {}
                _ => quotes.texts.entry(key(text)).or_default().push(place),
            }
        }
        quotes
    }

    /// The place of the message that the one at `place` answers, as far as that can be told.
    pub(super) fn target(&self, quote: &Quote<'_>, place: usize) -> Option<usize> {
        let (by, text) = (quote.by?, canonical::text(quote.text?));
        let mut fitting = self
            .texts
            .get(&(by, text.clone()))
            .cloned()
            .unwrap_or_default();
        // `Image: caption`, with the word in the browser's language.
        if let Some((word, caption)) = text.split_once(": ") {
            let said = kind_of(word);
            let captioned = self.captions.get(&(by, caption.to_owned()));
            fitting.extend(
                captioned
                    .into_iter()
                    .flatten()
                    .filter(|(_, media)| said.is_none() || media.is_none() || said == *media)
                    .map(|(place, _)| *place),
            );
        }
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        if letters < LONG && self.cut {
            return None;
        }
        if text.chars().count() < SHORT && fitting.len() > 1 {
            return None;
        }
        fitting.into_iter().filter(|target| *target < place).max()
    }
}

/// The kind of file that an English word says.
fn kind_of(word: &str) -> Option<MediaKind> {
    match word.to_lowercase().as_str() {
        "image" | "photo" => Some(MediaKind::Image),
        "video" | "video message" => Some(MediaKind::Video),
        "gif" => Some(MediaKind::Gif),
        "voice message" => Some(MediaKind::Voice),
        "audio" => Some(MediaKind::Audio),
        "document" => Some(MediaKind::Document),
        "sticker" => Some(MediaKind::Sticker),
        _ => None,
    }
}
