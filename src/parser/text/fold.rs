//! The form in which phrases are compared: no marks, plain blanks, lower case, without a full
//! stop at the end.

use super::marks;

/// `text` in that form.
pub(super) fn fold(text: &str) -> String {
    // Of ASCII nothing changes but the case.
    let mut folded: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        fold_chars(text.chars()).collect()
    };
    let kept = folded.trim_end().trim_end_matches('.').len();
    folded.truncate(kept);
    folded
}

/// The same letter by letter, with whatever stands at the end.
pub(super) fn fold_chars(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    chars.filter(|c| !marks::is_mark(*c)).flat_map(|c| match c {
        c if marks::is_blank(c) => ' '.to_lowercase(),
        '\u{2019}' => '\''.to_lowercase(),
        c => c.to_lowercase(),
    })
}
