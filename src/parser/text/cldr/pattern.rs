//! Date and time patterns of Unicode CLDR (`d.MM.yy 'г'., H:mm`), as fields and the text between them.
//!
//! Syntax: letters are fields, text in apostrophes and all other characters stand for themselves (Unicode Technical
//! Standard 35, part 4). Never here: what a field contains.

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A field by its letter; its width is not kept, since padding is inferred from a file.
    Field(char),
    Text(String),
}

/// The parts of `pattern` in order. `{0}` and `{1}` of a pattern that joins date and time are the fields `0` and `1`.
pub(super) fn parts(pattern: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut quoted = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let text = match c {
            '\'' if chars.next_if_eq(&'\'').is_some() => '\'',
            '\'' => {
                quoted = !quoted;
                continue;
            }
            '{' if !quoted => {
                parts.extend(chars.next().map(Part::Field));
                chars.next();
                continue;
            }
            letter if !quoted && letter.is_ascii_alphabetic() => {
                if parts.last() != Some(&Part::Field(letter)) {
                    parts.push(Part::Field(letter));
                }
                continue;
            }
            other => other,
        };
        match parts.last_mut() {
            Some(Part::Text(last)) => last.push(text),
            _ => parts.push(Part::Text(text.to_string())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    #[test]
    fn pattern_is_split_into_fields_and_text() {
        assert_eq!(
            parts("dd.MM 'o''g'., h"),
            [
                Part::Field('d'),
                text("."),
                Part::Field('M'),
                text(" o'g., "),
                Part::Field('h')
            ]
        );
        assert_eq!(
            parts("{1} 'klo' {0}"),
            [Part::Field('1'), text(" klo "), Part::Field('0')]
        );
    }
}
