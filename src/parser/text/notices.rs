//! Notices: texts by WhatsApp without a sender.
//!
//! There are about 2,000 over all languages, nearly all with a name in them. One pass over a line finds those whose
//! longest words it contains, and only these are compared.

use aho_corasick::{AhoCorasick, MatchKind};

use super::fold::fold;
use super::pattern::Pattern;
use super::words::words;

/// What a notice implies about its chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    Any,
    Group,
}

/// The notices of all languages.
#[derive(Default)]
pub(super) struct Notices {
    list: Vec<(Pattern, Notice)>,
    /// Finds the longest words of the notices; its patterns are numbered like `list`.
    finder: Option<AhoCorasick>,
}

impl Notices {
    /// Takes the phrases in the order in which they are tried.
    pub(super) fn new(list: Vec<(Pattern, Notice)>) -> Self {
        let anchors = list.iter().map(|(pattern, _)| pattern.anchor());
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(anchors);
        Notices {
            // Without a finder all are compared, which is slow but correct.
            finder: finder.ok(),
            list,
        }
    }

    /// The first notice that equals the folded `line` and satisfies `also`.
    fn find(&self, line: &str, also: impl Fn(&Pattern) -> bool) -> Option<Notice> {
        let matches =
            |(pattern, _): &&(Pattern, Notice)| also(pattern) && pattern.matches_folded(line);
        let Some(finder) = &self.finder else {
            return self.list.iter().find(matches).map(|(_, notice)| *notice);
        };
        let mut numbers: Vec<usize> = finder
            .find_overlapping_iter(line)
            .map(|found| found.pattern().as_usize())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .filter_map(|number| self.list.get(number))
            .find(matches)
            .map(|(_, notice)| *notice)
    }
}

/// The notice that a line without a sender, or an iPhone body after a mark, is.
pub(super) fn notice(text: &str) -> Option<Notice> {
    let folded = fold(text.lines().next().unwrap_or(text));
    words().notices.find(&folded, |_| true)
}

/// The notice that `text` is, if words of the notice come before its first `: `, so that the part before the colon is
/// not a sender: `You changed the subject from "A: B" to "C"`.
pub(super) fn notice_around_colon(text: &str) -> Option<Notice> {
    let folded = fold(text.lines().next().unwrap_or(text));
    let colon = folded.find(": ")?;
    words()
        .notices
        .find(&folded, |pattern| pattern.begins_before(&folded, colon))
}
