//! Phrases with gaps: `%s added %s`.
//!
//! Not a regular expression: a few hundred of these are compared with one line, each with two or three comparisons,
//! and the words come from data files that people edit.

#[cfg(test)]
use super::fold::fold_phrase;
use super::fold::{GAP, fold, fold_chars};

/// A phrase with gaps, folded as in [`fold`].
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// The text between the gaps; there is a gap between any two pieces.
    pieces: Vec<String>,
}

impl Pattern {
    /// Parses a folded phrase ([`super::fold::fold_phrase`]) in which `%s` stands for any text.
    pub(super) fn of_folded(phrase: &str) -> Self {
        Pattern {
            pieces: phrase.split(GAP).map(str::to_owned).collect(),
        }
    }

    /// Parses a phrase in which `%s` stands for any text.
    #[cfg(test)]
    pub(super) fn new(phrase: &str) -> Self {
        Pattern::of_folded(&fold_phrase(phrase))
    }

    /// The folded text before the first gap; empty if the phrase begins with a gap.
    #[cfg(test)]
    pub(super) fn beginning(&self) -> &str {
        self.pieces.first().map_or("", String::as_str)
    }

    /// The text in the gap with which the phrase begins, if the folded `text` matches; `None` for a phrase that begins
    /// with words of its own.
    pub(super) fn leading_gap<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.begins_with_gap()
            .then(|| self.gaps_folded(text)?.first().copied())?
    }

    /// Whether any text may come before the words of the phrase.
    pub(super) fn begins_with_gap(&self) -> bool {
        self.pieces.len() > 1 && self.pieces.first().is_some_and(String::is_empty)
    }

    /// The text in all gaps, if the folded `text` matches.
    pub(super) fn gaps<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        self.gaps_folded(text)
    }

    /// The longest of the folded pieces, which every text that matches contains.
    pub(super) fn anchor(&self) -> &str {
        let longest = self.pieces.iter().max_by_key(|piece| piece.len());
        longest.map_or("", String::as_str)
    }

    /// Whether the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.matches_folded(&fold(text))
    }

    /// Whether the whole of `text`, which is folded already, matches.
    pub(super) fn matches_folded(&self, text: &str) -> bool {
        self.gaps_folded(text).is_some()
    }

    /// Whether words of the phrase itself come before the colon at byte `colon` of the folded `text`, so that the
    /// part before the colon is not just a name. A comma or quotation mark between two gaps is not a word: names
    /// contain them too.
    pub(super) fn begins_before(&self, text: &str, colon: usize) -> bool {
        let first = self.pieces.iter().find(|p| p.contains(char::is_alphabetic));
        let Some(first) = first else { return false };
        let at = if self.pieces.first() == Some(first) {
            text.starts_with(first.as_str()).then_some(0)
        } else {
            text.find(first.as_str())
        };
        // The colon may be part of the phrase: `created a group: "`.
        at.is_some_and(|at| {
            at + first.len() <= colon + 1 || (at < colon && first[..].contains(": "))
        })
    }

    /// The text in the gaps, if the whole of the folded `text` matches. A gap at the start or between pieces is never
    /// empty; the last one may be.
    fn gaps_folded<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, rest) = self.pieces.split_first()?;
        let mut left = text.strip_prefix(first.as_str())?;
        let Some((last, middle)) = rest.split_last() else {
            return left.is_empty().then(Vec::new);
        };
        // The end rules out most texts.
        if !left.ends_with(last.as_str()) {
            return None;
        }
        let mut gaps = Vec::with_capacity(rest.len());
        for piece in middle {
            let skipped = left.chars().next()?.len_utf8();
            let at = skipped + left[skipped..].find(piece.as_str())?;
            gaps.push(&left[..at]);
            left = &left[at + piece.len()..];
        }
        let gap = left.strip_suffix(last.as_str())?;
        if gap.is_empty() && !last.is_empty() {
            return None;
        }
        gaps.push(gap);
        Some(gaps)
    }

    /// The text in the first gap of `text` as written, if the whole of it matches. Pieces are compared ignoring case;
    /// `text` must not contain marks.
    pub(super) fn capture<'t>(&self, text: &'t str) -> Option<&'t str> {
        let [before, after] = self.pieces.as_slice() else {
            return None;
        };
        let start = prefix_len(text, before)?;
        let end = text.len().checked_sub(suffix_len(text, after)?)?;
        text.get(start..end).filter(|gap| !gap.is_empty())
    }
}

/// The length of the prefix of `text` that folds to `folded`.
fn prefix_len(text: &str, folded: &str) -> Option<usize> {
    let mut left = folded.chars();
    let mut length = 0;
    for c in text.chars() {
        if left.as_str().is_empty() {
            break;
        }
        // In ASCII only the case changes.
        if c.is_ascii() {
            if left.next() != Some(c.to_ascii_lowercase()) {
                return None;
            }
            length += 1;
            continue;
        }
        for wanted in fold_chars(std::iter::once(c)) {
            if left.next() != Some(wanted) {
                return None;
            }
        }
        length += c.len_utf8();
    }
    left.as_str().is_empty().then_some(length)
}

/// The length of the suffix of `text` that folds to `folded`.
fn suffix_len(text: &str, folded: &str) -> Option<usize> {
    let mut left = folded.chars();
    let mut length = 0;
    for c in text.chars().rev() {
        if left.as_str().is_empty() {
            break;
        }
        // In ASCII only the case changes. Most texts differ from a phrase in their last character.
        if c.is_ascii() {
            if left.next_back() != Some(c.to_ascii_lowercase()) {
                return None;
            }
            length += 1;
            continue;
        }
        // One character may fold to several, which are compared in reverse order.
        let mut letters = ['\0'; 3];
        let mut count = 0;
        for (slot, folded) in letters.iter_mut().zip(fold_chars(std::iter::once(c))) {
            *slot = folded;
            count += 1;
        }
        for wanted in letters[..count].iter().rev() {
            if left.next_back() != Some(*wanted) {
                return None;
            }
        }
        length += c.len_utf8();
    }
    left.as_str().is_empty().then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_match_any_text_but_not_empty() {
        let added = Pattern::new("%s added %s");
        assert!(added.matches("Theo Marsh added Nadia"));
        assert!(!added.matches("added Nadia"));
        assert!(Pattern::new("Messages are encrypted%s").matches("Messages are encrypted."));
        assert!(
            Pattern::new("Messages are encrypted%s")
                .matches("Messages are encrypted. Tap to learn more.")
        );
        assert!(!Pattern::new("%s left").matches("She left early"));
    }

    #[test]
    fn gap_is_captured_as_written() {
        let attached = Pattern::new("%s (file attached)");
        assert_eq!(
            attached.capture("Quote.PDF (FILE attached)"),
            Some("Quote.PDF")
        );
        assert_eq!(attached.capture("(file attached)"), None);
        assert_eq!(
            Pattern::new("<attached: %s>").capture("<attached: 1-a.jpg>"),
            Some("1-a.jpg")
        );
    }

    #[test]
    fn position_of_phrase_before_colon_is_detected() {
        let pattern = Pattern::new("%s changed the subject to \"%s\"");
        let text = fold("Theo changed the subject to \"a: b\"");
        assert!(pattern.matches_folded(&text));
        assert!(pattern.begins_before(&text, text.find(": ").unwrap()));
        let own = Pattern::new("%s a csoportot: \"%s\"");
        let text = fold("Anna a csoportot: \u{201e}x\u{201d}");
        assert!(own.begins_before(&text, text.find(": ").unwrap()));
        let comma = Pattern::new("%s, %s ekledi");
        let text = fold("Anna, Ben: kim ekledi");
        assert!(!comma.begins_before(&text, text.find(": ").unwrap()));
    }
}
