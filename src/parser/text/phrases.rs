//! Bodies that consist of a phrase by WhatsApp: deleted, waiting, calls, omitted files.
//!
//! Every message is looked up, and nearly none is such a phrase. The first letters of a body are therefore checked
//! before it is folded.

use std::collections::{HashMap, HashSet};

use super::call_length::is_call_length;
use super::fold::{GAP, fold, fold_chars};
use super::pattern::Pattern;
use crate::chat::MediaKind;

/// Meaning of a body that is a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Deleted,
    DeletedByOwner,
    ViewOnce,
    Waiting,
    LiveLocation,
    Call,
    /// A call, if WhatsApp's mark comes first.
    CallMarked,
    /// An omitted file on Android: a complete line without a mark.
    OmittedLine(Option<MediaKind>),
}

/// Number of letters that are checked first. No phrase is shorter, which a test ensures.
const FIRST: usize = 4;

/// The phrases of all languages.
#[derive(Default)]
pub(super) struct Phrases {
    whole: HashMap<String, Whole>,
    /// Phrases with gaps, none of which is among the first letters.
    gapped: Vec<(Pattern, Whole)>,
    /// What can follow the words of a call other than its length, folded: `Tap to call back`.
    call_tails: HashSet<String>,
    beginnings: Beginnings,
    longest: usize,
}

/// Set of the first letters of all phrases, with false positives: it stores a few bits of a hash, since it is checked
/// for every message.
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
    /// Adds a folded phrase, in which `%s` stands for any text.
    pub(super) fn add(&mut self, phrase: &str, meaning: Whole) {
        self.beginnings.add(first_letters(phrase));
        if phrase.contains(GAP) {
            self.gapped.push((Pattern::of_folded(phrase), meaning));
        } else {
            self.longest = self.longest.max(phrase.len());
            self.whole.insert(phrase.to_owned(), meaning);
        }
    }

    /// Adds a folded phrase without gaps unless it has a meaning.
    pub(super) fn add_unless_known(&mut self, phrase: &str, meaning: Whole) {
        if !self.whole.contains_key(phrase) {
            self.add(phrase, meaning);
        }
    }

    /// Adds folded words that can follow those of a call.
    pub(super) fn add_call_tail(&mut self, words: &str) {
        self.call_tails.insert(words.to_owned());
    }

    /// Whether a text is the length of a call, or an answer or action that WhatsApp writes after a call. People write
    /// `Video call. Tomorrow at ten` too.
    pub(super) fn is_call_tail(&self, text: &str) -> bool {
        let folded = fold(text);
        let folded = folded.trim();
        self.call_tails.contains(folded) || is_call_length(folded)
    }

    /// False for nearly every text that is not a phrase, without folding it.
    pub(super) fn may_hold(&self, text: &str) -> bool {
        // Marks and blanks take up to three bytes each. No phrase has more than a few, and no name in a gap is
        // longer than this.
        if text.len() > self.longest + 512 {
            return false;
        }
        let letters = match text.as_bytes().first_chunk::<FIRST>() {
            Some(first) if first.is_ascii() => first.map(|b| u32::from(b.to_ascii_lowercase())),
            _ => first_letters(text).map(u32::from),
        };
        self.beginnings.may_hold(letters)
    }

    /// The meaning of a body of one line, if it is a phrase.
    pub(super) fn find(&self, text: &str) -> Option<Whole> {
        if !self.may_hold(text) {
            return None;
        }
        let folded = fold(text);
        if let Some(meaning) = self.whole.get(&folded) {
            return Some(*meaning);
        }
        let is_meant = |(pattern, meaning): &&(Pattern, Whole)| match meaning {
            Whole::Call | Whole::CallMarked => (pattern.gaps(&folded))
                .is_some_and(|gaps| gaps.last().is_none_or(|tail| self.is_call_tail(tail))),
            _ => pattern.matches_folded(&folded),
        };
        (self.gapped.iter())
            .find(is_meant)
            .map(|(_, meaning)| *meaning)
    }
}

fn first_letters(text: &str) -> [char; FIRST] {
    let mut letters = ['\0'; FIRST];
    let mut count = 0;
    for c in text.chars() {
        // Beyond this no character has a case, and emoji are common at the start of messages.
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
    fn call_needs_a_length_or_a_known_action_after_its_words() {
        let phrases = &words().phrases;
        for call in [
            "Voice call, 4 min",
            "Video call. \u{200e}1 hr 5 min",
            "Call failed, Try again",
            "Sprachanruf, Zum Zur\u{fc}ckrufen tippen",
            "Llamada, 15 s",
        ] {
            assert_eq!(phrases.find(call), Some(Whole::CallMarked), "{call}");
        }
        for text in [
            "Video call. Tomorrow at ten",
            "Voice call. 2 min is all I need",
            "Video call, 40 chairs",
            "Voice call. No",
        ] {
            assert_eq!(phrases.find(text), None, "{text}");
        }
    }

    #[test]
    fn no_phrase_is_shorter_than_its_checked_letters() {
        let phrases = &words().phrases;
        for phrase in phrases.whole.keys() {
            assert!(phrase.chars().count() >= FIRST, "{phrase}");
        }
        for (pattern, _) in &phrases.gapped {
            assert!(pattern.beginning().chars().count() >= FIRST, "{pattern:?}");
        }
    }
}
