//! The canonical body: what of a message's content is part of its identity.
//!
//! Exports of one message differ in language, names, captions, file names and marks. What is left
//! after taking all of that away is the body that [`crate::transform::identity`] hashes, and that
//! [`crate::matching`] compares: the one definition of equal content. A change here changes ids.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::chat::{Kind, Message};
use crate::parser::text::marks;

/// The canonical body of a message.
pub fn body(message: &Message<'_>) -> String {
    match message.kind {
        Kind::Text => match message.mentions() {
            [] => of_text(&message.text),
            _ => of_text(&without_mentions(message)),
        },
        Kind::Poll => of_poll(question(&message.text)),
        Kind::System => of_notice(&message.text),
        kind => without_content(kind).to_owned(),
    }
}

/// The canonical body of a text that Close lists, which contains names of mentions as ordinary words
/// ([`crate::transform::split`]).
pub fn listed_body(message: &Message<'_>) -> String {
    match message.kind {
        Kind::Text => of_text(&message.text),
        _ => body(message),
    }
}

/// The canonical body of ordinary text.
pub(crate) fn of_text(text: &str) -> String {
    let mut body = String::with_capacity("text:".len() + text.len());
    body.push_str("text:");
    write(text, &mut body);
    body
}

/// The canonical body of a poll.
pub(super) fn of_poll(question: &str) -> String {
    format!("poll:{}", text(question))
}

/// The canonical body of a notice by WhatsApp.
pub(super) fn of_notice(notice: &str) -> String {
    format!("system:{}", text(notice))
}

/// The canonical body of a message that is compared by its kind alone.
pub(super) fn without_content(kind: Kind) -> &'static str {
    match kind {
        // Present, missing, omitted or view-once; captions, names and kinds differ.
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce => "media",
        kind => kind.word(),
    }
}

/// The first half of the BLAKE3 hash of a canonical text: what [`crate::matching`] compares. Not
/// keyed, so it stays in memory.
pub fn key(canonical: &str) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&blake3::hash(canonical.as_bytes()).as_bytes()[..16]);
    key
}

/// The canonical form of contact cards, given their names and numbers, one a line. Programs list the numbers of a card in
/// different orders. `None` without a number, unless the source `is_whole`: other sources leave numbers out, and two people may
/// have one name. Derived ids do not cover it: exports without files do not have it.
pub fn card(lines: &str, is_whole: bool) -> Option<String> {
    let mut has_number = false;
    let mut canonical: Vec<String> = Vec::new();
    let mut first_number = 0;
    for line in lines.lines() {
        match number(line) {
            Some(digits) => {
                has_number = true;
                let numbers = &canonical[first_number..];
                if let Err(place) = numbers.binary_search(&digits) {
                    canonical.insert(first_number + place, digits);
                }
            }
            None => {
                canonical.push(text(line));
                first_number = canonical.len();
            }
        }
    }
    canonical.retain(|line| !line.is_empty());
    let is_known = has_number || (is_whole && !canonical.is_empty());
    is_known.then(|| format!("card:{}", canonical.join("\n")))
}

/// The digits of a line that is a phone number, however it is spaced.
fn number(line: &str) -> Option<String> {
    let is_of_number =
        |c: char| c.is_whitespace() || marks::is_mark(c) || "0123456789+-().\u{2011}/".contains(c);
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 3 && line.chars().all(is_of_number)).then_some(digits)
}

/// The question of a poll: on phones the line after the heading, on Web the rest of the first
/// line.
pub fn question(poll: &str) -> &str {
    of_web(poll).unwrap_or_else(|| poll.lines().nth(1).unwrap_or("").trim())
}

/// The question of a poll in the form of the Web export: `Poll: question`. A phone's heading
/// ends with its colon.
pub fn of_web(poll: &str) -> Option<&str> {
    let first = poll.lines().next()?;
    let question = first.split_once(": ")?.1.trim();
    (!question.is_empty()).then_some(question)
}

/// The canonical form of a text: NFC, no direction marks, mentions of numbers as `@`, white space
/// collapsed and trimmed.
pub fn text(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len());
    write(text, &mut canonical);
    canonical
}

/// Adds the canonical form of `text`. Most texts are plain already: those are not composed.
fn write(text: &str, canonical: &mut String) {
    let is_plain = text.is_ascii()
        || (is_nfc_quick(text.chars()) == IsNormalized::Yes && !text.chars().any(marks::is_mark));
    if is_plain {
        return collapse(text, canonical);
    }
    let composed: String = text.chars().filter(|c| !marks::is_mark(*c)).nfc().collect();
    collapse(&composed, canonical);
}

/// Adds a composed text: white space collapsed and trimmed, mentions of numbers as `@`.
fn collapse(composed: &str, canonical: &mut String) {
    let begin = canonical.len();
    for word in composed.split_whitespace() {
        if canonical.len() > begin {
            canonical.push(' ');
        }
        let mut parts = word.split('@');
        canonical.push_str(parts.next().unwrap_or(""));
        for part in parts {
            canonical.push('@');
            // `@447700900123`: a mention in exports of before 2023.
            let words = part.trim_start_matches(|c: char| c.is_ascii_digit());
            let is_number = (7..=15).contains(&(part.len() - words.len()));
            canonical.push_str(if is_number { words } else { part });
        }
    }
}

/// The text with the names of mentions cut out; the `@` stays.
fn without_mentions(message: &Message<'_>) -> String {
    let mut kept = String::with_capacity(message.text.len());
    let mut at = 0;
    for mention in message.mentions() {
        let (from, to) = (mention.start as usize, mention.end as usize);
        kept.push_str(message.text.get(at..from).unwrap_or(""));
        at = to;
    }
    kept.push_str(message.text.get(at..).unwrap_or(""));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Extra;

    fn message(kind: Kind, text: &str) -> Message<'_> {
        Message {
            line: 1,
            sender: Some(0),
            local_time: chrono::NaiveDateTime::default(),
            kind,
            edited: false,
            text: text.into(),
            extra: None,
        }
    }

    #[test]
    fn text_is_composed_collapsed_and_unmarked() {
        let read = message(Kind::Text, " Cafe\u{301}\u{200e} \n\t at\u{a0}8 ");
        assert_eq!(body(&read), "text:Caf\u{e9} at 8");
    }

    proptest::proptest! {
        /// Texts that are taken as they are give what composing them would.
        #[test]
        fn a_plain_text_needs_no_composing(
            text in "[a-z @0-9\n\u{e9}\u{301}e\u{200e}\u{2069}\u{a0}\u{4e2d}\u{1f44d}]{0,40}"
        ) {
            let composed: String = text.chars().filter(|c| !marks::is_mark(*c)).nfc().collect();
            let mut slowly = String::new();
            collapse(&composed, &mut slowly);
            proptest::prop_assert_eq!(super::text(&text), slowly);
        }
    }

    #[test]
    fn mentions_by_name_and_by_number_agree() {
        let mut named = message(Kind::Text, "hi @Theo Marsh ok?");
        named.extra = Some(Box::new(Extra {
            mentions: Vec::from([std::ops::Range { start: 4, end: 14 }]),
            ..Extra::default()
        }));
        let numbered = message(Kind::Text, "hi @447700900123 ok?");
        assert_eq!(body(&named), "text:hi @ ok?");
        assert_eq!(body(&numbered), "text:hi @ ok?");
        assert_eq!(
            body(&message(Kind::Text, "meet @ 7, room @12")),
            "text:meet @ 7, room @12"
        );
    }

    #[test]
    fn media_is_media_whatever_became_of_it() {
        for kind in [Kind::Media, Kind::MediaOmitted, Kind::ViewOnce] {
            assert_eq!(body(&message(kind, "a caption")), "media");
        }
        assert_eq!(
            body(&message(
                Kind::Poll,
                "POLL:\nWhich day?\nOPTION: Mon (2 votes)"
            )),
            "poll:Which day?"
        );
        let of_web = message(Kind::Poll, "Poll: Which day?\n    - Mon\n    - Tue");
        assert_eq!(body(&of_web), "poll:Which day?");
        assert_eq!(
            body(&message(Kind::Location, "location: https://x")),
            "location"
        );
    }
}
