//! Whole bodies that WhatsApp writes: deleted, waiting, calls, files left out.
//!
//! Every message is looked up, and nearly none is one of these. So what the first letters of a
//! body say is asked before it is folded.

use std::collections::HashMap;

use super::fold::{fold, fold_chars};
use super::pattern::Pattern;
use crate::chat::MediaKind;

/// What a whole body means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Deleted,
    DeletedByOwner,
    ViewOnce,
    Waiting,
    LiveLocation,
    Call,
    /// A call, if WhatsApp's mark stands in front.
    CallMarked,
    /// A file left out on Android, a whole line without a mark.
    OmittedLine(Option<MediaKind>),
}

/// How many letters of a phrase are looked at before the whole of it. No phrase is shorter; a
/// test sees to it.
const FIRST: usize = 4;

/// The phrases of all languages.
#[derive(Default)]
pub(super) struct Phrases {
    whole: HashMap<String, Whole>,
    /// Those with gaps; none has one among its first letters.
    gapped: Vec<(Pattern, Whole)>,
    beginnings: Beginnings,
    longest: usize,
}

/// Which first letters any phrase has. Now and then it says yes for letters that none has: they
/// are looked up by a few bits of a hash, since this is asked of every message.
struct Beginnings {
    bits: Box<[u64; 1024]>,
}

impl Default for Beginnings {
    fn default() -> Self {
        Beginnings {
            bits: Box::new([0; 1024]),
        }
    }
}

impl Beginnings {
    fn add(&mut self, letters: [char; FIRST]) {
        let slot = Self::slot(letters.map(u32::from));
        self.bits[slot / 64] |= 1 << (slot % 64);
    }

    /// `letters` are code points.
    fn may_hold(&self, letters: [u32; FIRST]) -> bool {
        let slot = Self::slot(letters);
        self.bits[slot / 64] >> (slot % 64) & 1 == 1
    }

    /// A number under 65,536.
    fn slot(letters: [u32; FIRST]) -> usize {
        let mut hash = 0u32;
        for letter in letters {
            hash = (hash.rotate_left(5) ^ letter).wrapping_mul(0x9e37_79b1);
        }
        (hash >> 16) as usize
    }
}

impl Phrases {
    /// Adds a phrase, in which `%s` stands for any text.
    pub(super) fn add(&mut self, phrase: &str, meaning: Whole) {
        let key = fold(phrase);
        self.beginnings.add(first_letters(&key));
        if phrase.contains("%s") {
            self.gapped.push((Pattern::new(phrase), meaning));
        } else {
            self.longest = self.longest.max(key.len());
            self.whole.insert(key, meaning);
        }
    }

    /// False for nearly every text that is no phrase, without folding it.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        // Marks and odd blanks take up to three bytes each; no phrase has more than a few, and no
        // name in a gap is longer than this.
        if text.len() > self.longest + 512 {
            return false;
        }
        let letters = match text.as_bytes().first_chunk::<FIRST>() {
            Some(first) if first.is_ascii() => first.map(|b| u32::from(b.to_ascii_lowercase())),
            _ => first_letters(text).map(u32::from),
        };
        self.beginnings.may_hold(letters)
    }

    /// What a whole body of one line means, if it is one of the phrases.
    pub(super) fn find(&self, text: &str) -> Option<Whole> {
        if !self.may_hold(text) {
            return None;
        }
        let folded = fold(text);
        if let Some(meaning) = self.whole.get(&folded) {
            return Some(*meaning);
        }
        self.gapped
            .iter()
            .find(|(pattern, _)| pattern.matches_folded(&folded))
            .map(|(_, meaning)| *meaning)
    }
}

fn first_letters(text: &str) -> [char; FIRST] {
    let mut letters = ['\0'; FIRST];
    let mut count = 0;
    for c in text.chars() {
        // Beyond this no letter has a case, and emoji are: many a message begins with one.
        if c.is_ascii() || c >= '\u{1f000}' {
            letters[count] = c.to_ascii_lowercase();
            count += 1;
        } else {
            for folded in fold_chars(std::iter::once(c)) {
                if count < FIRST {
                    letters[count] = folded;
                    count += 1;
                }
            }
        }
        if count == FIRST {
            break;
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    #[test]
    fn whole_phrases_ignore_marks_case_and_the_last_stop() {
        let phrases = &words().phrases;
        assert_eq!(
            phrases.find("\u{200e}You deleted this message."),
            Some(Whole::DeletedByOwner)
        );
        assert_eq!(
            phrases.find("This message was deleted by admin Theo."),
            Some(Whole::Deleted)
        );
        assert_eq!(phrases.find("This message was deleted again"), None);
        assert_eq!(
            phrases.find("\u{4e0d}\u{5728}\u{7740}\u{4fe1}"),
            Some(Whole::Call)
        );
    }

    #[test]
    fn no_phrase_is_shorter_than_the_letters_that_are_looked_at() {
        let phrases = &words().phrases;
        for phrase in phrases.whole.keys() {
            assert!(phrase.chars().count() >= FIRST, "{phrase}");
        }
        for (pattern, _) in &phrases.gapped {
            assert!(pattern.beginning().chars().count() >= FIRST, "{pattern:?}");
        }
    }
}
