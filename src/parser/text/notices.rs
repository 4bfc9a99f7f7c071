//! Notices: texts by WhatsApp without a sender.
//!
//! There are about 4,000 over all languages, nearly all with a name in them. One pass over a line finds those of which it
//! contains the beginning of the longest words, and only these are compared. Made when the first line needs it, since few
//! lines do.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::fold::fold;
use super::pattern::Pattern;
use super::words;

/// What a notice implies about its chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    Any,
    Group,
}

/// Bytes of the longest words of a notice that the finder has. More of them take longer to prepare, at each start of the
/// program, than they save comparisons.
const ANCHOR: usize = 8;

/// The notices of all languages.
struct Notices {
    list: Vec<(Pattern, Notice)>,
    /// Finds the beginning of the longest words of the notices; its patterns are numbered like `list`.
    finder: Option<AhoCorasick>,
}

impl Notices {
    /// Takes the phrases in the order in which they are tried.
    fn new(list: Vec<(Pattern, Notice)>) -> Self {
        let anchors = list.iter().map(|(pattern, _)| {
            let anchor = pattern.anchor().as_bytes();
            &anchor[..anchor.len().min(ANCHOR)]
        });
        // The kind that is made fastest: few lines are searched.
        let finder = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(anchors);
        Notices {
            // Without a finder all are compared, which is slow but correct.
            finder: finder.ok(),
            list,
        }
    }

    /// The first notice that equals the folded `line` and satisfies `also`.
    fn find(&self, line: &str, also: impl Fn(&Pattern) -> bool) -> Option<&(Pattern, Notice)> {
        let matches =
            |(pattern, _): &&(Pattern, Notice)| also(pattern) && pattern.matches_folded(line);
        let Some(finder) = &self.finder else {
            return self.list.iter().find(matches);
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
    }
}

static NOTICES: LazyLock<Notices> = LazyLock::new(|| Notices::new(words::notices().collect()));

/// The notice that a line without a sender, or an iPhone body after a mark, is.
pub(super) fn notice(text: &str) -> Option<Notice> {
    let folded = fold(text.lines().next().unwrap_or(text));
    let (_, notice) = NOTICES.find(&folded, |_| true)?;
    Some(*notice)
}

/// The notice that an iPhone body after a mark is, and the folded name with which it begins, if a name is all that comes
/// before the words of the notice.
pub(super) fn notice_and_name(text: &str) -> Option<(Notice, Option<String>)> {
    let folded = fold(text.lines().next().unwrap_or(text));
    let find = |begins_with_name: bool| {
        NOTICES.find(&folded, move |pattern| {
            pattern.begins_with_gap() == begins_with_name
        })
    };
    if let Some((_, notice)) = find(false) {
        return Some((*notice, None));
    }
    let (pattern, notice) = find(true)?;
    Some((*notice, pattern.leading_gap(&folded).map(str::to_owned)))
}

/// Whether a notice is about what the owner did, `You added Theo`: WhatsApp writes it under the owner's name. What was done
/// to the owner, `You were added`, is not.
pub(super) fn is_by_owner(text: &str) -> bool {
    let folded = fold(text.lines().next().unwrap_or(text));
    let acts = || words::words().owner_acts.iter();
    let begins = |beginning: &String| {
        let rest = folded.strip_prefix(beginning.as_str());
        rest.is_some_and(|rest| is_word_end(beginning, rest))
    };
    acts().any(begins)
        || (NOTICES.find(&folded, Pattern::begins_with_gap))
            .and_then(|(pattern, _)| pattern.leading_gap(&folded))
            .is_some_and(words::is_you)
}

/// Whether a word ends between two texts: a name may begin like a word of another language. Thai and the like have no blanks
/// between words.
fn is_word_end(before: &str, after: &str) -> bool {
    let has_blanks = |c: char| c < '\u{e00}' || ('\u{10a0}'..'\u{2e80}').contains(&c);
    let is_letter = |c: char| c.is_alphabetic() && has_blanks(c);
    !(before.ends_with(is_letter) && after.starts_with(is_letter))
}

/// The folded names in a notice that contain `: `.
pub(super) fn names_with_colon(text: &str) -> Vec<String> {
    let folded = fold(text.lines().next().unwrap_or(text));
    let Some((pattern, _)) = NOTICES.find(&folded, |_| true) else {
        return Vec::new();
    };
    let gaps = pattern.gaps(&folded).unwrap_or_default().into_iter();
    gaps.filter(|gap| gap.contains(": "))
        .map(str::to_owned)
        .collect()
}

/// The notice that `text` is, if words of the notice come before its first `: `, so that the part before the colon is
/// not a sender: `You changed the subject from "A: B" to "C"`.
pub(super) fn notice_around_colon(text: &str) -> Option<Notice> {
    let folded = fold(text.lines().next().unwrap_or(text));
    let colon = folded.find(": ")?;
    let (_, notice) = NOTICES.find(&folded, |pattern| pattern.begins_before(&folded, colon))?;
    Some(*notice)
}
