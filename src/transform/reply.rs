//! Reply links from quotations that people typed (`replies = "quotes"`).
//!
//! Phone exports contain no reply links (observed). A message is linked if it starts with a block of `> `
//! lines that equals an earlier message of the chat after canonicalisation: the latest such message is the
//! target, within a window. Short words recur, so one that occurs twice is not linked.

use std::collections::HashMap;

use super::message::Item;
use crate::canonical;
use crate::chat::Kind;

/// The maximum distance of a target, in messages.
const WINDOW: usize = 2_000;

/// Texts of fewer letters are linked only if the chat contains them once.
pub(super) const MIN_REPEATABLE_LEN: usize = 8;

/// Indexes of the texts that messages of a chat quote at their start.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// The indexes of each quoted text, ascending.
    indexes: HashMap<String, Vec<usize>>,
}

impl Replies {
    /// Indexes all messages of a chat, in order. Empty if no message has a quotation.
    pub(super) fn of(items: &[Item<'_>]) -> Self {
        Replies::of_texts(items.iter().map(written_text))
    }

    fn of_texts<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Self {
        let quoted = texts
            .clone()
            .filter_map(quoted)
            .map(|text| (text, Vec::new()));
        let mut replies = Replies {
            indexes: quoted.collect(),
        };
        if replies.indexes.is_empty() {
            return replies;
        }
        for (index, text) in texts.enumerate() {
            if let Some(indexes) = replies.indexes.get_mut(&canonical::text(text)) {
                indexes.push(index);
            }
        }
        replies
    }

    /// The index of the reply target of the message at `index`.
    pub(super) fn target(&self, item: &Item<'_>, index: usize) -> Option<usize> {
        self.target_of(written_text(item), index)
    }

    fn target_of(&self, text: &str, index: usize) -> Option<usize> {
        if self.indexes.is_empty() {
            return None;
        }
        let quoted = quoted(text)?;
        let indexes = self.indexes.get(&quoted)?;
        if quoted.chars().count() < MIN_REPEATABLE_LEN && indexes.len() > 1 {
            return None;
        }
        let before = indexes.partition_point(|target| *target < index);
        let latest = indexes.get(before.checked_sub(1)?)?;
        (index - latest <= WINDOW).then_some(*latest)
    }
}

/// The written text of an item: its text or caption.
fn written_text<'i>(item: &'i Item<'_>) -> &'i str {
    match item.message.kind {
        Kind::Text | Kind::Media | Kind::MediaOmitted => {
            item.text.unwrap_or(item.message.text.as_ref())
        }
        _ => "",
    }
}

/// The canonical text of the leading block of `> ` lines, if text follows it.
fn quoted(text: &str) -> Option<String> {
    if !text.starts_with('>') {
        return None;
    }
    let mut quote = String::new();
    for line in text.lines() {
        match line.strip_prefix("> ").or((line == ">").then_some("")) {
            Some(quoted) => {
                quote.push_str(quoted);
                quote.push('\n');
            }
            // A block without a reply is only a quotation.
            None if line.trim().is_empty() => {}
            None => return Some(canonical::text(&quote)).filter(|quote| !quote.is_empty()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reply target of each text.
    fn targets(texts: &[&str]) -> Vec<Option<usize>> {
        let replies = Replies::of_texts(texts.iter().copied());
        let targets =
            (texts.iter().enumerate()).map(|(index, text)| replies.target_of(text, index));
        targets.collect()
    }

    #[test]
    fn latest_message_with_the_quoted_text_is_the_target() {
        let texts = [
            "Which day is it?",
            "Which day is it?",
            "> Which day is it?\nMonday",
            "> which day is it?\nMonday",
            "> Which day is it?",
            "Which day is it?",
        ];
        assert_eq!(targets(&texts), [None, None, Some(1), None, None, None]);
    }

    #[test]
    fn quotation_of_several_lines_is_matched() {
        assert_eq!(
            targets(&["one\ntwo three", "> one\n> two three\n\nyes", "no quote"]),
            [None, Some(0), None]
        );
    }

    #[test]
    fn canonical_texts_are_compared() {
        let texts = ["Cafe\u{301} \u{200e}at  eight", "> Caf\u{e9} at eight\nyes"];
        assert_eq!(targets(&texts), [None, Some(0)]);
    }

    #[test]
    fn repeated_short_text_is_not_linked() {
        assert_eq!(targets(&["ok", "> ok\nfine", "x"]), [None, Some(0), None]);
        // Repeated later: which one is meant could not be determined.
        assert_eq!(targets(&["ok", "> ok\nfine", "ok"]), [None, None, None]);
        assert_eq!(
            targets(&["ok then!", "ok then!", "> ok then!\nfine"]),
            [None, None, Some(1)]
        );
    }

    #[test]
    fn target_outside_the_window_is_not_linked() {
        let mut texts = vec!["Can you call me?"];
        texts.extend(std::iter::repeat_n("something else", WINDOW - 1));
        texts.push("> Can you call me?\nyes");
        texts.push("> Can you call me?\nyes");
        let targets = targets(&texts);
        assert_eq!(targets[WINDOW..], [Some(0), None]);
    }
}
