//! The messages of a chat by their texts, and which reading of a listed activity they confirm.
//!
//! Here belongs the choice between the readings of one activity, by texts, times, ids and the presence of attachments;
//! never what a text can be read as ([`crate::transform::split`]), or which message of an archive an activity is.

use std::collections::HashMap;

use crate::canonical;
use crate::ids::ExternalId;
use crate::matching::Class;
use crate::matching::sequence::Key;
use crate::matching::tolerance::MAX_DIFFERENCE;
use crate::transform::desired::DesiredMessage;
use crate::transform::reading_evidence;
use crate::transform::split::Reading;

/// A listed activity, as far as its text is concerned.
#[derive(Clone, Copy)]
pub(super) struct Shown<'t> {
    /// Its external id.
    pub(super) id: &'t ExternalId,
    /// Its text.
    pub(super) text: &'t str,
    /// The number of its attachments.
    pub(super) files: usize,
    /// Its instant in Unix milliseconds.
    pub(super) at: i64,
}

/// One reading of an activity, in comparable form.
pub(super) struct TextReading<'t> {
    /// The text without sender's name, quotation and reactions.
    pub(super) body: &'t str,
    /// The class; `None` for the placeholder of a deletion.
    pub(super) class: Option<Class>,
    /// The hash of the canonical body; `None` for content without one.
    pub(super) content: Option<Key>,
}

/// A desired message by its properties that can be compared with a reading.
struct Comparable {
    id: Key,
    at: i64,
    class: Option<Class>,
    content: Option<Key>,
}

/// Indexes of messages with one text.
#[derive(Default)]
struct Equal {
    texts: Vec<u32>,
    /// Messages of other classes: the text is a caption, a placeholder or a location.
    others: Vec<u32>,
}

/// The messages of a chat by their texts.
#[derive(Default)]
pub(super) struct EqualTexts {
    messages: Vec<Comparable>,
    /// By the text as posted, without sender's name and quotation.
    by_body: HashMap<Key, Equal>,
    /// By canonical body.
    by_content: HashMap<Key, Equal>,
}

impl EqualTexts {
    /// An index for this number of messages.
    pub(super) fn with_capacity(count: usize) -> EqualTexts {
        EqualTexts {
            messages: Vec::with_capacity(count),
            ..EqualTexts::default()
        }
    }

    /// Adds a message; they come in the order of the chat.
    pub(super) fn add(&mut self, message: &DesiredMessage) {
        let comparable = Comparable {
            id: canonical::key(message.external_id.as_str()),
            at: message.activity_at.timestamp_millis(),
            class: message.evidence.class,
            content: message.evidence.content,
        };
        self.insert(message.body(message.markdown.reveal()).trim(), comparable);
    }

    fn insert(&mut self, body: &str, message: Comparable) {
        let index = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        let by_body = self.by_body.entry(canonical::key(body)).or_default();
        by_body.of(message.class).push(index);
        if let Some(content) = message.content {
            let by_content = self.by_content.entry(content).or_default();
            by_content.of(message.class).push(index);
        }
        self.messages.push(message);
    }

    /// The reading that agrees with a message, the nearest in time if there are several; else the most
    /// probable.
    pub(super) fn read<'t>(
        &self,
        activity: Shown<'t>,
        readings: &[Reading<'t>],
    ) -> TextReading<'t> {
        let Shown { text, at, .. } = activity;
        let bodies = readings
            .iter()
            .map(|reading| reading_evidence::body(text, reading));
        let equal = bodies.filter_map(|body| {
            let equal = self.by_body.get(&canonical::key(body.trim()))?;
            Some((body, equal))
        });
        let by_content = readings.iter().filter_map(|reading| {
            let equal = self.by_content.get(&reading_evidence::content(reading)?)?;
            Some((reading_evidence::body(text, reading), equal))
        });
        let reads_as_file = (readings.iter())
            .any(|reading| reading_evidence::class_of(reading) == Some(Class::File));
        let id = canonical::key(activity.id.as_str());
        // A file of the chat may have the words of a text as its caption. Attachments show which of the two an activity
        // is, unless a person changed them; the derivation of ids covers the class.
        let fits = |one: &Comparable| {
            let is_by_attachments = match activity.files {
                0 => one.class != Some(Class::File) || reads_as_file,
                _ => one.class != Some(Class::Text),
            };
            is_by_attachments || one.id == id
        };
        // Near in time before far: a typed text may have the same reading as another one.
        let all: Vec<(&'t str, &Comparable)> = (equal.chain(by_content))
            .flat_map(|(body, equal)| {
                let nearest = [&equal.texts, &equal.others].map(|all| self.nearest(all, at));
                nearest.into_iter().flatten().map(move |one| (body, one))
            })
            .filter(|(_, one)| fits(one))
            .collect();
        let named = all.iter().find(|(_, one)| one.id == id);
        let near = || {
            all.iter()
                .find(|(_, one)| (one.at - at).abs() <= MAX_DIFFERENCE)
        };
        if let Some((body, message)) = named.or_else(near).or(all.first()) {
            return TextReading {
                body,
                class: message.class,
                content: message.content,
            };
        }
        let first = readings.first();
        TextReading {
            body: first.map_or(text, |reading| reading_evidence::body(text, reading)),
            class: first.and_then(reading_evidence::class_of),
            content: first.and_then(reading_evidence::content),
        }
    }

    fn nearest(&self, indexes: &[u32], at: i64) -> Option<&Comparable> {
        let behind = indexes.partition_point(|index| self.messages[*index as usize].at < at);
        let around = [behind.checked_sub(1), Some(behind)];
        (around.into_iter().flatten())
            .filter_map(|index| self.messages.get(*indexes.get(index)? as usize))
            .min_by_key(|one| (one.at - at).abs())
    }
}

impl Equal {
    fn of(&mut self, class: Option<Class>) -> &mut Vec<u32> {
        match class {
            Some(Class::Text) => &mut self.texts,
            _ => &mut self.others,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::split::{Context, split};

    /// A text and a captioned file of the same words: the id, the instant and the class of each.
    fn both(text_at: i64, file_at: i64) -> EqualTexts {
        let mut texts = EqualTexts::default();
        for (id, at, class) in [
            ("cf1-text", text_at, Class::Text),
            ("cf1-file", file_at, Class::File),
        ] {
            let content = (class == Class::Text).then(|| canonical::key("text:ok"));
            texts.insert(
                "ok",
                Comparable {
                    id: canonical::key(id),
                    at,
                    class: Some(class),
                    content,
                },
            );
        }
        texts
    }

    fn class(texts: &EqualTexts, id: &str, files: usize) -> Option<Class> {
        let context = Context {
            is_group: false,
            files,
        };
        let shown = Shown {
            id: &id.into(),
            text: "ok",
            files,
            at: 0,
        };
        texts.read(shown, &split("ok", context)).class
    }

    #[test]
    fn attachments_distinguish_captions_from_texts() {
        for (text_at, file_at) in [(1, 0), (0, 1), (0, 9_000_000), (9_000_000, 0)] {
            let texts = both(text_at, file_at);
            assert_eq!(
                class(&texts, "cf1-other", 1),
                Some(Class::File),
                "{text_at}"
            );
            assert_eq!(
                class(&texts, "cf1-other", 0),
                Some(Class::Text),
                "{file_at}"
            );
        }
    }

    /// A person removed the file of the one, or added one to the other.
    #[test]
    fn id_outweighs_attachments() {
        let texts = both(1, 0);
        assert_eq!(class(&texts, "cf1-file", 0), Some(Class::File));
        assert_eq!(class(&texts, "cf1-text", 1), Some(Class::Text));
    }
}
