//! Isolation of text that is written from right to left.
//!
//! A terminal that follows the Unicode bidirectional algorithm moves digits and punctuation after a Hebrew or Arabic name to
//! its left, since they take their direction from it. Between FSI and PDI (UAX 9, isolates) a name cannot reorder the rest
//! of its line. Terminals without the algorithm show neither character.

use super::shorten::ELLIPSIS;

/// FIRST STRONG ISOLATE.
const FSI: char = '\u{2068}';

/// POP DIRECTIONAL ISOLATE.
const PDI: char = '\u{2069}';

/// Whether a letter is of a script that is written from right to left: the blocks that Unicode reserves for such scripts
/// (DerivedBidiClass.txt, default values R and AL).
fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}'
    )
}

/// Whether a character between two letters of such a script is within one name or phrase.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        ' ' | '\'' | '-' | '"' | '.' | '\u{2019}' | '\u{200C}' | '\u{200D}'
    )
}

/// The text with each phrase that is written from right to left isolated. Two blanks, colons, commas and brackets end a phrase:
/// columns and parts of a sentence keep their order. The text must have no direction controls.
pub(super) fn isolate(text: &str) -> String {
    let mut isolated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_right_to_left) {
        isolated.push_str(&rest[..start]);
        let end = start + phrase(&rest[start..]);
        isolated.push(FSI);
        isolated.push_str(&rest[start..end]);
        isolated.push(PDI);
        rest = &rest[end..];
    }
    isolated + rest
}

/// The length of the phrase at the beginning of a text, in bytes.
fn phrase(text: &str) -> usize {
    let mut end = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        // The ellipsis of a shortened name is at its end, which is at the left.
        if is_right_to_left(c) || (c == ELLIPSIS && end == at) {
            end = at + c.len_utf8();
        } else if !is_joiner(c) || (c == ' ' && before == ' ') {
            break;
        }
        before = c;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The isolates as brackets.
    fn shown(text: &str) -> String {
        isolate(text).replace(FSI, "<").replace(PDI, ">")
    }

    #[test]
    fn phrases_are_isolated_and_columns_are_not_joined() {
        let (dana, cohen, layla) = ("דנה", "כהן", "ليلى");
        for (text, expected) in [
            ("Ben  160".to_owned(), "Ben  160".to_owned()),
            (
                format!("{dana} {cohen}  160"),
                format!("<{dana} {cohen}>  160"),
            ),
            (format!("{dana}  {layla}"), format!("<{dana}>  <{layla}>")),
            (
                format!("a: {dana}, {layla} (2)"),
                format!("a: <{dana}>, <{layla}> (2)"),
            ),
            (format!("{dana} Cohen"), format!("<{dana}> Cohen")),
            (format!("{dana}…  160"), format!("<{dana}…>  160")),
        ] {
            assert_eq!(shown(&text), expected);
        }
    }
}
