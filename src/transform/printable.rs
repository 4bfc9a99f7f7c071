//! Text without control characters, as it is sent to Close.
//!
//! A database that cannot hold a NUL answers 500, and other control characters disturb whatever shows the
//! text. Ids and canonical bodies are made of the text as the archive has it: a change there changes ids.

use std::borrow::Cow;

/// Whether a character is a control character (C0, DEL or C1) other than tab and newline.
fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n')
}

/// A text without control characters other than tab and newline: those that end a line become a newline,
/// the others are removed.
pub fn text(text: &str) -> Cow<'_, str> {
    // Nearly every text: decided by its bytes, since each message is asked several times. C1 characters begin with 0xC2.
    let may_be_control = |byte: u8| matches!(byte, 0..=0x08 | 0x0B..=0x1F | 0x7F | 0xC2);
    if !text.bytes().any(may_be_control) || !text.contains(is_control) {
        return text.into();
    }
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' => clean.push('\n'),
            c if is_control(c) => {}
            c => clean.push(c),
        }
    }
    clean.into()
}

/// A name of a person or file without any control character.
pub fn name(name: &str) -> Cow<'_, str> {
    match name.contains(char::is_control) {
        false => name.into(),
        true => name
            .chars()
            .filter(|c| !c.is_control())
            .collect::<String>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_removed_and_lines_stay() {
        assert_eq!(text("a\tb\nc\u{a0}é€"), "a\tb\nc\u{a0}é€");
        assert_eq!(
            text("a\0b\r\nc\rd\u{b}e\u{85}f\u{9b}g\u{7f}\u{1b}[0m"),
            "ab\nc\nd\ne\nfg[0m"
        );
        assert_eq!(name("no\nte\u{1}s.pdf"), "notes.pdf");
    }
}
