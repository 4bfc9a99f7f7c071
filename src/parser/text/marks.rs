//! Direction marks and blanks that WhatsApp and phones insert around text.
//!
//! Marks are U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 and U+FEFF (observed).

use std::borrow::Cow;
use std::ops::Range;

/// Whether `c` is a direction, embedding or isolate mark, or a byte order mark.
pub fn is_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether `c` is one of the two marks that WhatsApp writes before its own texts.
pub fn is_whatsapp_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}')
}

/// The direction mark with which a text begins, as WhatsApp writes before its own texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// The text begins without such a mark.
    None,
    /// U+200E, as WhatsApp writes in most languages.
    LeftToRight,
    /// U+200F alone, as WhatsApp writes in right-to-left languages.
    RightToLeft,
}

/// The mark with which a text begins.
pub fn lead(text: &str) -> Lead {
    let marks = || text.chars().take_while(|c| is_whatsapp_mark(*c));
    match (marks().next(), marks().any(|c| c == '\u{200e}')) {
        (None, _) => Lead::None,
        (_, true) => Lead::LeftToRight,
        (_, false) => Lead::RightToLeft,
    }
}

/// Whether a text contains a letter of a right-to-left script.
pub fn has_rtl_letter(text: &str) -> bool {
    text.chars().any(
        |c| matches!(c, '\u{5d0}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'),
    )
}

/// Whether the mark at the start of `text` may be WhatsApp's: a right-to-left mark belongs to a phrase of such a
/// language.
pub fn is_led(text: &str) -> bool {
    match lead(text) {
        Lead::None => false,
        Lead::LeftToRight => true,
        Lead::RightToLeft => has_rtl_letter(text),
    }
}

/// Whether `c` is a blank that phones write instead of a space.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// Length of a mark at the start of `bytes`, in bytes, or 0.
pub fn mark_len(bytes: &[u8]) -> usize {
    match bytes {
        [0xe2, 0x80, 0x8e | 0x8f | 0xaa..=0xae, ..]
        | [0xe2, 0x81, 0xa6..=0xa9, ..]
        | [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    }
}

/// Length of a blank at the start of `bytes`, in bytes, or 0.
pub fn blank_len(bytes: &[u8]) -> usize {
    match bytes {
        [b' ', ..] => 1,
        [0xc2, 0xa0, ..] => 2,
        [0xe2, 0x80, 0xaf | 0x89, ..] => 3,
        _ => 0,
    }
}

/// Whether `text` may contain a mark; all marks begin with one of two bytes.
fn may_hold_marks(text: &str) -> bool {
    memchr::memchr2(0xe2, 0xef, text.as_bytes()).is_some() && text.chars().any(is_mark)
}

/// `text` without direction, embedding and isolate marks and byte order marks.
pub fn without(text: &str) -> Cow<'_, str> {
    if may_hold_marks(text) {
        Cow::Owned(text.chars().filter(|c| !is_mark(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// `text` without such marks at its start.
pub fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_mark)
}

/// A name as displayed: without marks, with ordinary blanks and hyphens, trimmed.
pub fn name(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if trimmed.is_ascii() {
        return Cow::Borrowed(trimmed);
    }
    let odd = |c: char| is_mark(c) || c == '\u{2011}' || (is_blank(c) && c != ' ');
    if !trimmed.chars().any(odd) {
        return Cow::Borrowed(trimmed);
    }
    let plain: String = trimmed
        .chars()
        .filter(|c| !is_mark(*c))
        .map(|c| match c {
            '\u{2011}' => '-',
            c if is_blank(c) => ' ',
            c => c,
        })
        .collect();
    Cow::Owned(plain.trim().to_owned())
}

/// A body without the marks that WhatsApp adds, those before it and the isolates around the name of a mention. What
/// a person typed stays, marks included. Also returns the byte ranges of the mentioned names in the result.
pub fn body(text: &str) -> (Cow<'_, str>, Vec<Range<u32>>) {
    let text = text.trim_start_matches(is_whatsapp_mark);
    if memchr::memmem::find(text.as_bytes(), "@\u{2068}".as_bytes()).is_none() {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut plain = String::with_capacity(text.len());
    let mut mentions = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("@\u{2068}") {
        plain.push_str(&rest[..=at]);
        rest = &rest[at + 1 + '\u{2068}'.len_utf8()..];
        if let Some(end) = rest.find('\u{2069}') {
            let from = plain.len();
            plain.push_str(&rest[..end]);
            rest = &rest[end + '\u{2069}'.len_utf8()..];
            // A transcript is smaller than 2 GiB, so its offsets fit.
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            mentions.push(offset(from)..offset(plain.len()));
        } else {
            // None of the following isolates is closed either. Searching the end of each of them would be
            // quadratic.
            plain.push_str(&rest.replace("@\u{2068}", "@"));
            return (Cow::Owned(plain), mentions);
        }
    }
    plain.push_str(rest);
    (Cow::Owned(plain), mentions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedding_marks_are_removed_from_numbers() {
        assert_eq!(
            name("\u{202a}+1\u{a0}(777)\u{a0}777\u{2011}7777\u{202c}"),
            "+1 (777) 777-7777"
        );
    }

    #[test]
    fn mention_loses_isolates_but_not_typed_marks() {
        let (text, mentions) = body("\u{200e}hi @\u{2068}Theo Marsh\u{2069} a\u{200f}b");
        assert_eq!(text, "hi @Theo Marsh a\u{200f}b");
        assert_eq!(mentions, [std::ops::Range { start: 4, end: 14 }]);
        assert_eq!(body("@\u{2068}open").0, "@open");
    }

    /// Searching the end of each isolate would take a minute.
    #[test]
    fn half_a_million_open_isolates_take_linear_time() {
        let begun = std::time::Instant::now();
        let open = "@\u{2068}".repeat(500_000);
        let (text, mentions) = body(&open);
        assert_eq!((text.len(), mentions.len()), (500_000, 0));
        assert!(begun.elapsed() < std::time::Duration::from_secs(20));
    }
}
