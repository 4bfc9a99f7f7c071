//! Names that are shortened, so that a long one does not push a row over the width of the screen.
//!
//! A name is cut between characters as a person sees them (UAX 29, grapheme clusters), by the columns that it takes, and ends
//! with an ellipsis. The whole name is in files, in logs, in `--json` and, where a screen has one, in `--details`.

use textwrap::core::display_width;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::display_text::{NAME_BEGIN as BEGIN, NAME_END as END};

/// The most columns of a name within a sentence.
pub(super) const LONGEST: usize = 36;

/// What stands for the rest of a name.
pub(super) const ELLIPSIS: char = '…';

fn is_mark(c: char) -> bool {
    matches!(c, BEGIN | END)
}

/// A name for a sentence or a cell of a [`Page`](super::Page), which shortens it to the width of the screen.
pub(crate) fn name(name: &str) -> String {
    format!("{BEGIN}{}{END}", name.replace(is_mark, ""))
}

/// The text in at most `columns`, the last of which is an ellipsis if something is missing. Marks of states are of no width,
/// and stay.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 0;
    for cluster in text.graphemes(true) {
        let next = width + display_width(cluster);
        if next >= columns {
            break;
        }
        width = next;
        kept.push_str(cluster);
    }
    format!("{}{ELLIPSIS}", kept.trim_end())
}

/// The text without the marks of names, which have at most `longest` columns each; `None`: any number.
pub(super) fn with_short_names(text: &str, longest: Option<usize>) -> String {
    let mut parts = text.split(BEGIN);
    let mut shown = parts.next().unwrap_or_default().replace(END, "");
    for part in parts {
        match (part.split_once(END), longest) {
            (Some((name, rest)), Some(longest)) => {
                shown.push_str(&shortened(name, longest));
                shown.push_str(&rest.replace(END, ""));
            }
            (Some(_), None) | (None, _) => shown.push_str(&part.replace(END, "")),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_cut_by_columns_and_between_clusters() {
        for (text, columns, expected) in [
            ("Theo Marsh", 10, "Theo Marsh"),
            ("Theo Marsh", 9, "Theo Mar…"),
            // A blank before the ellipsis would look like a word.
            ("Theo Marsh", 6, "Theo…"),
            ("陳大文陳大文", 12, "陳大文陳大文"),
            ("陳大文陳大文", 8, "陳大文…"),
            // An accent of its own, and a family of joined signs.
            ("Zoe\u{301} Marsh", 4, "Zoe\u{301}…"),
            ("a👨\u{200d}👩\u{200d}👧bcdefgh", 3, "a…"),
        ] {
            assert_eq!(shortened(text, columns), expected, "{text} in {columns}");
        }
    }

    #[test]
    fn names_in_a_sentence_are_shortened_on_screens_alone() {
        let text = format!("{}, {} wait", name(&"x".repeat(60)), name("Bo"));
        let short = format!("{}…, Bo wait", "x".repeat(35));
        assert_eq!(with_short_names(&text, Some(LONGEST)), short);
        let whole = format!("{}, Bo wait", "x".repeat(60));
        assert_eq!(with_short_names(&text, None), whole);
    }

    /// A name from outside with the marks in it changes nothing else.
    #[test]
    fn marks_from_outside_are_removed() {
        let text = format!("{} and \u{fdd0}b\u{fdd1}\u{fdd1} c", name("a\u{fdd1}a"));
        assert_eq!(with_short_names(&text, Some(4)), "aa and b c");
        assert_eq!(with_short_names("a\u{fdd0}b", Some(4)), "ab");
    }
}
