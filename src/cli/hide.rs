//! What a log must not hold: names and numbers of people.
//!
//! For: what a run says where nobody looks on, in a file or a pipe. A chat is called `[chat 3]`
//! there, by its place among the chats of the plan, unless somebody asked for names with
//! `--show-content`. It must not be the only thing that keeps content out: texts never get here.

use std::borrow::Cow;
use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

/// Names and what stands for them.
pub(super) struct Hidden {
    names: AhoCorasick,
    instead: Vec<String>,
}

impl Hidden {
    /// Hides each of `names`, the first where one comes twice. A name of one letter is none.
    pub(super) fn new(names: impl IntoIterator<Item = (String, String)>) -> Option<Hidden> {
        let mut seen: HashMap<String, String> = HashMap::new();
        for (name, instead) in names {
            // A phone writes the name of a file without spaces, or with these in their place.
            for form in [name.clone(), name.replace(' ', "_")] {
                if form.trim().chars().nth(1).is_some() {
                    seen.entry(form).or_insert_with(|| instead.clone());
                }
            }
        }
        let (names, instead): (Vec<String>, Vec<String>) = seen.into_iter().unzip();
        let names = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&names)
            .ok()?;
        Some(Hidden { names, instead })
    }

    /// The text without them. A name within a word is none.
    pub(super) fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut shown = String::new();
        let mut from = 0;
        for found in self.names.find_iter(text) {
            let before = text[..found.start()].chars().next_back();
            let after = text[found.end()..].chars().next();
            if [before, after]
                .into_iter()
                .flatten()
                .any(char::is_alphanumeric)
            {
                continue;
            }
            shown.push_str(&text[from..found.start()]);
            shown.push_str(&self.instead[found.pattern().as_usize()]);
            from = found.end();
        }
        if from == 0 {
            return text.into();
        }
        shown.push_str(&text[from..]);
        shown.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_hidden_and_words_are_not() {
        let hidden = Hidden::new(
            [
                ("Al", "[chat 1]"),
                ("Al Ames", "[chat 2]"),
                ("+353861234501", "[number]"),
                ("I", "[x]"),
            ]
            .map(|(name, instead)| (name.to_owned(), instead.to_owned())),
        )
        .unwrap();
        for (text, shown) in [
            (
                "held: phone: Al (3 messages)",
                "held: phone: [chat 1] (3 messages)",
            ),
            (
                "WhatsApp Chat with Al_Ames.zip:12",
                "WhatsApp Chat with [chat 2].zip:12",
            ),
            ("Also I: All", "Also I: All"),
            ("of +353861234501.", "of [number]."),
            ("", ""),
        ] {
            assert_eq!(hidden.hide(text), shown);
        }
    }
}
