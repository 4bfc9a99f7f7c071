//! Reply links from what people wrote themselves.
//!
//! Phone exports carry no trace of replies (`whatsapp-export-format.md` section 5). What can be
//! linked without guessing is a message that begins with a block of `> ` lines which repeats an
//! earlier message of the chat exactly: the latest such message is the one that is answered.

use std::collections::HashMap;

/// Remembers the texts of a chat and finds what a quoting message answers.
#[derive(Debug, Default)]
pub(super) struct Replies<'m> {
    /// The latest message of each text.
    latest: HashMap<&'m str, u32>,
}

impl<'m> Replies<'m> {
    /// Looks at the next message: `text` as exported, `index` its place among the desired
    /// messages. Returns the place of the message that it answers.
    pub(super) fn next(&mut self, text: &'m str, index: u32) -> Option<u32> {
        let target = quoted(text).and_then(|quote| self.latest.get(quote.as_str()).copied());
        let text = text.trim();
        if !text.is_empty() {
            self.latest.insert(text, index);
        }
        target
    }
}

/// The text of the leading block of `> ` lines, if something follows it.
fn quoted(text: &str) -> Option<String> {
    let mut quote = String::new();
    for line in text.lines() {
        match line.strip_prefix("> ").or((line == ">").then_some("")) {
            Some(quoted) => {
                if !quote.is_empty() {
                    quote.push('\n');
                }
                quote.push_str(quoted);
            }
            // An answer follows; a block alone is only a quotation.
            None if line.trim().is_empty() => {}
            None => return (!quote.is_empty()).then(|| quote.trim().to_owned()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_message_of_that_text_is_answered() {
        let mut replies = Replies::default();
        assert_eq!(replies.next("Which day?", 0), None);
        assert_eq!(replies.next("Which day?", 1), None);
        assert_eq!(replies.next("> Which day?\nMonday", 2), Some(1));
        assert_eq!(replies.next("> which day?\nMonday", 3), None);
        assert_eq!(replies.next("> Which day?", 4), None);
    }

    #[test]
    fn a_quote_of_several_lines() {
        let mut replies = Replies::default();
        assert_eq!(replies.next("one\ntwo", 0), None);
        assert_eq!(replies.next("> one\n> two\n\nyes", 1), Some(0));
        assert_eq!(replies.next("no quote", 2), None);
    }
}
