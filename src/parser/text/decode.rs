//! Decoding of a transcript's bytes: byte order marks, UTF-8, UTF-16 and invalid bytes.

use crate::chat::MAX_TRANSCRIPT_BYTES;
use crate::pages::Pages;
use crate::parser::NotATranscript;

/// The text of a transcript as UTF-8, and the lines in which its bytes were invalid.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// UTF-8, without a leading byte order mark.
    bytes: Pages,
    /// Lines (from 1) in which bytes were replaced by U+FFFD, ascending, without duplicates.
    pub broken_lines: Vec<u32>,
}

impl Decoded {
    /// The text. Validates the bytes again: without `unsafe`, the fast validator returns only a borrowed text,
    /// and two fast validations take half the time of one by the standard library.
    pub fn text(&self) -> &str {
        simdutf8::basic::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The length in bytes of UTF-8.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the last line ends with a line end.
    pub fn ends_a_line(&self) -> bool {
        self.bytes.ends_with(b"\n")
    }

    /// The bytes of the text, in UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.to_vec()
    }
}

/// Decodes the bytes of a transcript.
///
/// UTF-8 is used without a copy. A UTF-16 byte order mark determines the encoding. Invalid bytes become U+FFFD
/// and their lines are recorded; other encodings are not guessed.
///
/// # Errors
///
/// [`NotATranscript::TooLarge`] over [`MAX_TRANSCRIPT_BYTES`].
pub fn decode(mut bytes: Vec<u8>) -> Result<Decoded, NotATranscript> {
    if bytes.len() > MAX_TRANSCRIPT_BYTES {
        return Err(NotATranscript::TooLarge);
    }
    let decoded = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ if simdutf8::basic::from_utf8(&bytes).is_ok() => {
            if bytes.starts_with(MARK) {
                bytes.drain(..MARK.len());
            }
            Decoded {
                bytes: bytes.into(),
                broken_lines: Vec::new(),
            }
        }
        _ => lossy(&bytes),
    };
    Ok(decoded)
}

/// Byte order mark in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut broken = !bytes.len().is_multiple_of(2);
    let mut text: String = char::decode_utf16(units)
        .map(|c| {
            c.unwrap_or_else(|_| {
                broken = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    if !bytes.len().is_multiple_of(2) {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    let broken_lines = if broken {
        lines_with_replacement(&text)
    } else {
        Vec::new()
    };
    Decoded {
        bytes: text.into_bytes().into(),
        broken_lines,
    }
}

fn lossy(bytes: &[u8]) -> Decoded {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    let mut broken_lines: Vec<u32> = Vec::new();
    let mut line: u32 = 1;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        line += u32::try_from(memchr::memchr_iter(b'\n', chunk.valid().as_bytes()).count())
            .unwrap_or(0);
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            if broken_lines.last() != Some(&line) {
                broken_lines.push(line);
            }
        }
    }
    Decoded {
        bytes: text.into_bytes().into(),
        broken_lines,
    }
}

fn lines_with_replacement(text: &str) -> Vec<u32> {
    (1u32..)
        .zip(text.split('\n'))
        .filter(|(_, line)| line.contains(char::REPLACEMENT_CHARACTER))
        .map(|(number, _)| number)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_with_and_without_byte_order_mark_is_decoded() {
        assert_eq!(decode(b"\xef\xbb\xbfhi".to_vec()).unwrap().text(), "hi");
        assert_eq!(decode(b"hi".to_vec()).unwrap().text(), "hi");
    }

    #[test]
    fn lines_with_invalid_utf8_are_recorded() {
        let decoded = decode(b"a\nb\xff\xfec\nd\n\xc3".to_vec()).unwrap();
        assert_eq!(decoded.text(), "a\nb\u{fffd}\u{fffd}c\nd\n\u{fffd}");
        assert_eq!(decoded.broken_lines, [2, 4]);
    }

    #[test]
    fn utf16_of_both_byte_orders_is_decoded() {
        let le: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("h\u{e9}".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let be: Vec<u8> = [0xfe, 0xff]
            .into_iter()
            .chain("h\u{e9}".encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        assert_eq!(decode(le).unwrap().text(), "h\u{e9}");
        assert_eq!(decode(be).unwrap().text(), "h\u{e9}");
        let odd = decode(vec![0xff, 0xfe, b'a', 0, 0xd8]).unwrap();
        assert_eq!(
            (odd.text(), odd.broken_lines.as_slice()),
            ("a\u{fffd}", [1].as_slice())
        );
    }
}
