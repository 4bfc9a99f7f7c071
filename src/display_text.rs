//! Text as a terminal, a table or a line of JSON may contain it: without control characters and direction controls.
//!
//! Names of people, files and objects in Close come from outside. An escape sequence in one of them changes what a
//! terminal does, a direction control what a person reads. All output passes here: text in `cli`'s output streams, cells
//! in [`crate::table_cell`], lines of JSON in both. Never here: which names may be shown, and what Close gets.
//!
//! Letters of scripts that are written from right to left are no controls, and stay.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::phone::is_invisible_mark;

/// Whether output must not contain a character: a control character (C0, DEL or C1), a direction
/// control or a byte order mark.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || is_invisible_mark(c)
}

/// Before a name in a text for a screen, which may shorten it: a noncharacter, which no text from outside needs (Unicode,
/// "Noncharacters").
pub(crate) const NAME_BEGIN: char = '\u{fdd0}';

/// After such a name.
pub(crate) const NAME_END: char = '\u{fdd1}';

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Whether UTF-8 contains a control other than a newline: by its bytes, since nearly no text does.
fn has_control(text: &[u8]) -> bool {
    text.chunks(BLOCK).enumerate().any(|(number, block)| {
        // Without a branch a byte, which compilers turn into a few instructions for a whole block.
        let may_have = (block.iter()).fold(false, |any, byte| any | may_begin_control(*byte));
        let from = number * BLOCK;
        may_have && (from..from + block.len()).any(|at| begins_control(&text[at..]))
    })
}

/// Whether a control other than a newline may begin with this byte.
fn may_begin_control(byte: u8) -> bool {
    (byte < 0x20) & (byte != b'\n')
        | (byte == 0x7F)
        | (byte == 0xC2)
        | (byte == 0xD8)
        | (byte == 0xE2)
        | (byte == 0xEF)
}

/// Whether a control other than a newline begins here.
fn begins_control(text: &[u8]) -> bool {
    match *text {
        [b'\n', ..] => false,
        [0..=0x1F | 0x7F, ..] => true,
        // U+0080 to U+009F.
        [0xC2, next, ..] => next < 0xA0,
        // U+061C.
        [0xD8, next, ..] => next == 0x9C,
        // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
        [0xE2, 0x80, next, ..] => matches!(next, 0x8E | 0x8F | 0xAA..=0xAE),
        [0xE2, 0x81, next, ..] => matches!(next, 0xA6..=0xA9),
        // U+FEFF.
        [0xEF, 0xBB, next, ..] => next == 0xBF,
        _ => false,
    }
}

/// Lines for a terminal: newlines stay, other control characters that are white space become a space, and all other
/// controls are removed.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if !has_control(text.as_bytes()) {
        return text.into();
    }
    let is_removed = |c: char| c != '\n' && is_control(c);
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' if characters.peek() == Some(&'\n') => {}
            c if !is_removed(c) => clean.push(c),
            c if c.is_whitespace() => clean.push(' '),
            _ => {}
        }
    }
    clean.into()
}

/// One line, as a name in a cell: as [`lines`], with a space for each newline.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    match lines(text) {
        clean if clean.contains('\n') => clean.replace('\n', " ").into(),
        clean => clean,
    }
}

/// JSON whose strings have `\u` escapes for all controls: a serialiser escapes only those below U+0020.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !has_control(text.as_bytes()) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // White space between values may be a control, and a string has none unescaped.
        match is_control(c) && !matches!(c, '\n' | '\r' | '\t') {
            // All controls are in the basic plane.
            true => write!(escaped, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
            false => escaped.push(c),
        }
    }
    escaped.into()
}

/// As [`json`], in place: for JSON that begins at `start`.
pub(crate) fn escape_json(bytes: &mut Vec<u8>, start: usize) {
    let written = bytes.get(start..).unwrap_or_default();
    if !has_control(written) {
        return;
    }
    let escaped = json(&String::from_utf8_lossy(written)).into_owned();
    bytes.truncate(start);
    bytes.extend_from_slice(escaped.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that the fast check by bytes must not overlook.
    const CONTROLS: &str = "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}a\u{5d0}\u{c3}😀]{0,12}";

    #[test]
    fn controls_are_removed_and_letters_stay() {
        for (text, clean) in [
            ("Mia\u{1b}[31m\u{9b}2J", "Mia[31m2J"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{61c}", "abcd"),
            ("one\r\ntwo\rthree\tfour\u{85}", "one\ntwo three four "),
            (
                "\u{5d3}\u{5e0}\u{5d4} \u{645}\u{631}",
                "\u{5d3}\u{5e0}\u{5d4} \u{645}\u{631}",
            ),
            ("👩\u{200d}🔧 é", "👩\u{200d}🔧 é"),
        ] {
            assert_eq!(lines(text), clean);
        }
        assert_eq!(line("one\r\ntwo"), "one two");
    }

    #[test]
    fn json_escapes_controls() {
        let text = serde_json::to_string("\u{1b}\u{7f}\u{9b}\u{202e}é\n").unwrap();
        assert_eq!(json(&text), r#""\u001b\u007f\u009b\u202eé\n""#);
    }

    proptest::proptest! {
        #[test]
        fn no_control_is_left(text in CONTROLS) {
            let left = |clean: &str| clean.contains(|c| c != '\n' && is_control(c));
            proptest::prop_assert_eq!(has_control(text.as_bytes()), left(&text));
            // Characters on both sides of a block's end.
            for before in BLOCK - 8..=BLOCK {
                let long = format!("{}{text}", "a".repeat(before));
                proptest::prop_assert_eq!(has_control(long.as_bytes()), left(&text));
            }
            proptest::prop_assert!(!left(&lines(&text)));
            proptest::prop_assert!(!line(&text).contains('\n'));
            let json_text = serde_json::to_string(&text).unwrap();
            let escaped = json(&json_text);
            proptest::prop_assert!(!escaped.contains(is_control));
            let mut bytes = format!("\u{202e}{json_text}").into_bytes();
            escape_json(&mut bytes, 3);
            proptest::prop_assert_eq!(&bytes[3..], escaped.as_bytes());
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }
}
