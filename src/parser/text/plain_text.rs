//! Fast path that recognises plain text without the full reader of message bodies.
//!
//! Most bodies are plain text. Everything else that [`super::body`] recognises contains something
//! that plain text rarely contains: a colon, a bracket at the end of a line, a direction mark, or
//! the first letters of a known phrase. Where none is found, the body is plain text. A positive
//! result is never wrong, which a property test verifies against [`super::body`]. A negative result is
//! inconclusive.

use super::body;
use super::marks;
use super::media;
use super::words::words;
use crate::chat::Platform;

/// Whether a body is certainly plain text. `one_line`: the body is known to contain no line end.
#[inline]
pub(super) fn is_plain_text(body: &str, one_line: bool, platform: Platform) -> bool {
    let bytes = body.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    // Nothing to trim at its ends, and no bracket that closes a marker.
    if !first.is_ascii_graphic() && !is_letter_start(bytes)
        || matches!(last, b'>' | b')')
        || (!last.is_ascii_graphic() && !ends_with_letter(body))
    {
        return false;
    }
    // One search for what nearly no body contains: first bytes of marks, and a colon.
    let rare = memchr::memchr3(0xe2, 0xef, b':', bytes);
    if rare.is_some_and(|at| may_hold_marks(&bytes[at..])) {
        return false;
    }
    let end = if one_line {
        None
    } else {
        memchr::memchr(b'\n', bytes)
    };
    // Polls and events have several lines and a colon in the first one, locations are a URL.
    let has_colon = rare.is_some_and(|at| memchr::memchr(b':', &bytes[at..]).is_some());
    if has_colon && (end.is_some() || body::is_location(body)) {
        return false;
    }
    let line = match end {
        Some(end) => body[..end].trim_end(),
        None => body,
    };
    if line.ends_with(['>', ')']) {
        return false;
    }
    // The following checks concern what iPhones write after a mark only.
    platform == Platform::Ios
        || (line != "null" && !media::may_be_open(line) && !words().phrases.may_hold(line))
}

/// Whether `bytes` begin with a character that is neither ASCII nor a blank or mark.
fn is_letter_start(bytes: &[u8]) -> bool {
    match bytes {
        // U+0085 and U+00A0.
        [0xc2, 0x85 | 0xa0, ..] => false,
        // Punctuation, where most blanks and all marks but one are; the Ogham and the CJK blank.
        [0xe2 | 0xef, ..] | [0xe1, 0x9a, ..] | [0xe3, 0x80, ..] => false,
        [first, ..] => *first >= 0xc2,
        [] => false,
    }
}

fn ends_with_letter(text: &str) -> bool {
    let last = text.chars().next_back();
    last.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !marks::is_mark(c))
}

/// Whether `bytes` may contain a mark.
fn may_hold_marks(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(0xe2, 0xef, bytes).any(|at| marks::mark_len(&bytes[at..]) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_plain_and_whatsapp_text_is_not() {
        for text in [
            "ok",
            "\u{1f44d}\u{1f3fd}",
            "Gr\u{fc}\u{df}e, bis bald",
            "It\u{2019}s fine",
            "one\ntwo (2)\nthree",
            "\u{3053}\u{3093}\u{306b}\u{3061}\u{306f}",
        ] {
            assert!(is_plain_text(text, false, Platform::Android), "{text}");
            assert!(is_plain_text(text, false, Platform::Ios), "{text}");
        }
        for text in [
            "",
            " ",
            "\u{a0}",
            "null",
            "This message was deleted",
            "a.jpg (file attached)",
            "a.jpg (file attached)\nmy caption",
            "<Media omitted>",
            "text <This message was edited>",
            "location: https://maps.google.com/?q=1,2",
            "POLL:\nWhich?\nOPTION: a (1 vote)",
            "hi @\u{2068}Theo\u{2069} there",
            "\u{200e}image omitted",
            "\u{200e}",
        ] {
            assert!(!is_plain_text(text, false, Platform::Android), "{text}");
        }
    }
}
