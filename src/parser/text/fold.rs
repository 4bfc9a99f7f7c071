//! Folding: the form in which phrases are compared. Without marks, with ordinary blanks and quotes, in lower case,
//! without a final full stop.
//!
//! The build script folds the phrases of `words/*.toml` with this module; it imports nothing but [`marks`].

use std::char::ToLowercase;

use super::marks;

/// `text` in folded form.
pub(super) fn fold(text: &str) -> String {
    let mut folded = fold_piece(text);
    let kept = folded.trim_end().trim_end_matches('.').len();
    folded.truncate(kept);
    folded
}

/// What stands for any text in a phrase.
pub(super) const GAP: &str = "%s";

/// A phrase in folded form, for the build script: each piece between its gaps is folded, and only the last one may lose its full stop.
#[allow(dead_code, reason = "the build script folds all phrases")]
pub(super) fn fold_phrase(phrase: &str) -> String {
    let mut folded = String::with_capacity(phrase.len());
    let mut pieces = phrase.split(GAP).peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_some() {
            folded.push_str(&fold_piece(piece));
            folded.push_str(GAP);
        } else {
            folded.push_str(&fold(piece));
        }
    }
    folded
}

/// `text` in folded form, including a final full stop.
pub(super) fn fold_piece(text: &str) -> String {
    // In ASCII only the case changes.
    match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => {
            let mut folded = String::with_capacity(text.len());
            for c in text.chars() {
                if c.is_ascii() {
                    folded.push(c.to_ascii_lowercase());
                } else if let Some(lower) = fold_char(c) {
                    folded.extend(lower);
                }
            }
            folded
        }
    }
}

/// Whether `c` is a double quotation mark of any language.
pub(super) fn is_double_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{300c}'..='\u{300f}' | '\u{5f4}' | '\u{ff02}'
    )
}

/// Folds character by character, including a final full stop.
pub(super) fn fold_chars(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    chars.filter_map(fold_char).flatten()
}

/// The folded form of a character; `None` for a mark.
fn fold_char(c: char) -> Option<ToLowercase> {
    match c {
        c if marks::is_mark(c) => None,
        c if marks::is_blank(c) => Some(' '.to_lowercase()),
        '\u{2019}' => Some('\''.to_lowercase()),
        c if is_double_quote(c) => Some('"'.to_lowercase()),
        c => Some(c.to_lowercase()),
    }
}
