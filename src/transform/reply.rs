//! Reply links from what people wrote themselves (`replies = "quotes"`).
//!
//! Phone exports carry no trace of replies (`whatsapp-export-format.md` section 5). What can be
//! linked without guessing is a message that begins with a block of `> ` lines which repeats an
//! earlier message of the chat, exactly after canonicalisation: the latest such message is the one
//! that is answered, if it is not long ago. Short words recur, so one that was said twice is nobody's.

use std::collections::HashMap;

use super::message::Item;
use crate::canonical;
use crate::chat::Kind;

/// So many messages back an answer is looked for.
const WINDOW: usize = 2_000;

/// Texts of fewer letters are only linked where the chat holds them once.
pub(super) const SHORT: usize = 8;

/// Where the texts are that messages of a chat begin with as quotations.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// The places of each quoted text, rising.
    places: HashMap<String, Vec<usize>>,
}

impl Replies {
    /// Looks at all messages of a chat, in their order. Without a quotation nothing is remembered.
    pub(super) fn of(items: &[Item<'_>]) -> Self {
        Replies::of_texts(items.iter().map(words))
    }

    fn of_texts<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Self {
        let quoted = texts
            .clone()
            .filter_map(quoted)
            .map(|text| (text, Vec::new()));
        let mut replies = Replies {
            places: quoted.collect(),
        };
        if replies.places.is_empty() {
            return replies;
        }
        for (place, text) in texts.enumerate() {
            if let Some(places) = replies.places.get_mut(&canonical::text(text)) {
                places.push(place);
            }
        }
        replies
    }

    /// The place of the message that the one at `place` answers.
    pub(super) fn target(&self, item: &Item<'_>, place: usize) -> Option<usize> {
        self.target_of(words(item), place)
    }

    fn target_of(&self, text: &str, place: usize) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let quoted = quoted(text)?;
        let places = self.places.get(&quoted)?;
        if quoted.chars().count() < SHORT && places.len() > 1 {
            return None;
        }
        let before = places.partition_point(|target| *target < place);
        let latest = places.get(before.checked_sub(1)?)?;
        (place - latest <= WINDOW).then_some(*latest)
    }
}

/// What somebody wrote: a text, or what stands under a file.
fn words<'i>(item: &'i Item<'_>) -> &'i str {
    match item.message.kind {
        Kind::Text | Kind::Media | Kind::MediaOmitted => {
            item.text.unwrap_or(item.message.text.as_ref())
        }
        _ => "",
    }
}

/// The canonical text of the leading block of `> ` lines, if something follows it.
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
            // An answer follows; a block alone is only a quotation.
            None if line.trim().is_empty() => {}
            None => return Some(canonical::text(&quote)).filter(|quote| !quote.is_empty()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each of the texts answers.
    fn targets(texts: &[&str]) -> Vec<Option<usize>> {
        let replies = Replies::of_texts(texts.iter().copied());
        let targets =
            (texts.iter().enumerate()).map(|(place, text)| replies.target_of(text, place));
        targets.collect()
    }

    #[test]
    fn the_latest_message_of_that_text_is_answered() {
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
    fn a_quote_of_several_lines() {
        assert_eq!(
            targets(&["one\ntwo three", "> one\n> two three\n\nyes", "no quote"]),
            [None, Some(0), None]
        );
    }

    #[test]
    fn what_is_compared_is_canonical() {
        let texts = ["Cafe\u{301} \u{200e}at  eight", "> Caf\u{e9} at eight\nyes"];
        assert_eq!(targets(&texts), [None, Some(0)]);
    }

    #[test]
    fn a_short_word_that_was_said_twice_is_nobodys() {
        assert_eq!(targets(&["ok", "> ok\nfine", "x"]), [None, Some(0), None]);
        // Said again later: which of them it was cannot be told either.
        assert_eq!(targets(&["ok", "> ok\nfine", "ok"]), [None, None, None]);
        assert_eq!(
            targets(&["ok then!", "ok then!", "> ok then!\nfine"]),
            [None, None, Some(1)]
        );
    }

    #[test]
    fn what_was_said_long_ago_is_not_answered() {
        let mut texts = vec!["Can you call me?"];
        texts.extend(std::iter::repeat_n("something else", WINDOW - 1));
        texts.push("> Can you call me?\nyes");
        texts.push("> Can you call me?\nyes");
        let targets = targets(&texts);
        assert_eq!(targets[WINDOW..], [Some(0), None]);
    }
}
