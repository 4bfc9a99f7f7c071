//! Reply links from quotations in exports: `chat.md` of Web exports contains sender and text of a reply
//! target, and no id (observed).
//!
//! The latest earlier message that the quotation matches is the target. Short words recur, so those are
//! linked only if the chat contains them once; and if the oldest part of a chat is missing, only long texts
//! are linked. A wrong link does more harm than none.

use std::collections::HashMap;

use super::desired::Direction;
use super::message::Item;
use super::reply::MIN_REPEATABLE_LEN;
use crate::canonical;
use crate::chat::{Kind, MediaKind};

/// The reply target according to an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote<'s> {
    /// The target's direction, if known.
    pub(super) by: Option<Direction>,
    /// Its native id, where the archive has it.
    pub(super) id: Option<&'s str>,
    /// Its text, where the export has it.
    pub(super) text: Option<&'s str>,
    /// Whether the text may be quoted in the reply if the target is not found: it is of this chat, and its
    /// sender is not left out.
    pub(super) may_be_shown: bool,
}

/// The length in letters from which texts hardly recur. If the oldest part of a chat is missing, nothing
/// shorter is linked.
const MIN_UNIQUE_LEN: usize = 20;

/// Direction and canonical text.
type Key = (Direction, String);

/// The texts and captions of a chat, each with the indexes of its messages.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    texts: HashMap<Key, Vec<usize>>,
    captions: HashMap<Key, Vec<(usize, Option<MediaKind>)>>,
    /// Whether the export declares that its oldest part is missing.
    cut: bool,
}

impl Quotes {
    /// Indexes all messages of a chat, in order. Empty if no message has a quotation.
    pub(super) fn of(items: &[Item<'_>], cut: bool) -> Self {
        let mut quotes = Quotes {
            cut,
            ..Quotes::default()
        };
        if items.iter().all(|item| item.quoted.is_none()) {
            return quotes;
        }
        for (index, item) in items.iter().enumerate() {
            let key = |text: &str| (item.direction, canonical::text(text));
            let text = item.text.unwrap_or(item.message.text.as_ref());
            match item.message.kind {
                _ if item.message.sender.is_none() => {}
                Kind::Media | Kind::MediaOmitted if !text.trim().is_empty() => {
                    let attached = item.message.attachments().first();
                    let media = attached.map_or(item.message.omitted(), |a| Some(a.media));
                    let indexes = quotes.captions.entry(key(text)).or_default();
                    indexes.push((index, media));
                }
                Kind::Media | Kind::MediaOmitted | Kind::Deleted => {}
                _ => quotes.texts.entry(key(text)).or_default().push(index),
            }
        }
        quotes
    }

    /// The index of the reply target of the message at `index`, if it could be determined.
    pub(super) fn target(&self, quote: &Quote<'_>, index: usize) -> Option<usize> {
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
                    .map(|(index, _)| *index),
            );
        }
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        if letters < MIN_UNIQUE_LEN && self.cut {
            return None;
        }
        if text.chars().count() < MIN_REPEATABLE_LEN && fitting.len() > 1 {
            return None;
        }
        fitting.into_iter().filter(|target| *target < index).max()
    }
}

/// The kind of file that an English word names.
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
