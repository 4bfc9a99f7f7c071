//! Names of chats and participants: the key under which they match, and the nearest one.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::display_text;
use crate::phone::Phone;

/// The lowest Jaro-Winkler similarity (0 to 1) at which a name is suggested for another.
const ALIKE: f64 = 0.85;

/// The key of a name: spellings of one name have the same key.
///
/// Unicode NFC; direction and isolate marks, U+FEFF and control characters are removed, as in all output; white
/// space of every kind, including NBSP, NNBSP and thin space, becomes one space, and is trimmed; U+2011 becomes `-`; a
/// leading `~` (WhatsApp's mark of a sender who is not in the address book) is removed with the spaces around it. A name
/// that is a phone number becomes its E.164 text. Matching is case-sensitive. The key of a key is the key.
///
/// Names in contacts.csv match by this key. A key is content: it belongs in no log.
pub(crate) fn name_key(name: &str) -> String {
    borrowed_key(name).into_owned()
}

/// As [`name_key`]; borrowed where a name is its own key, as most names are. For look-ups: there are about fifty for each
/// archive, of which there may be thousands.
pub(crate) fn borrowed_key(name: &str) -> Cow<'_, str> {
    if is_key(name.as_bytes()) {
        return Cow::Borrowed(name);
    }
    // A name in a table or on a terminal has no controls, and is the same name.
    let name = display_text::line(name);
    if let Some(phone) = Phone::parse(name.trim_start_matches(is_before_name)) {
        return Cow::Owned(phone.e164().to_owned());
    }
    let composed: String = name
        .chars()
        .map(|c| match c {
            '\u{2011}' => '-',
            blank if blank.is_whitespace() => ' ',
            other => other,
        })
        .nfc()
        .collect();
    let mut key = String::with_capacity(composed.len());
    for word in composed
        .trim_start_matches(is_before_name)
        .split_whitespace()
    {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    }
    Cow::Owned(key)
}

/// Whether a name certainly is its own key: ASCII, from a letter on, which no number has, with single spaces. Most names
/// are, and a key is computed many times for each chat.
fn is_key(name: &[u8]) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    is_letter(name.first())
        && name.last() != Some(&b' ')
        && name.iter().all(|byte| (b' '..=b'~').contains(byte))
        && !name.windows(2).any(|two| two == b"  ")
}

/// `NAME` of `NAME #2`: the name that several chats of a device have, for all of them but the first.
pub(crate) fn before_number(name: &str) -> Option<&str> {
    let (name, number) = name.trim_end().rsplit_once(" #")?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && number.parse::<u32>().is_ok_and(|number| number > 1)).then_some(name)
}

/// The candidate most similar to `name` by Jaro-Winkler without regard to case, for "did you mean"; `None`
/// below the similarity of a typing error. The first of equally similar ones.
pub(crate) fn nearest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let name = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let alike = strsim::jaro_winkler(&name, &candidate.to_lowercase());
        if alike >= ALIKE && best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Characters removed at the beginning of a name: `~`, white space.
fn is_before_name(c: char) -> bool {
    c == '~' || c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (name, key) in [
            ("Anna Example", "Anna Example"),
            ("  Anna\u{A0}\u{2009}Example\t", "Anna Example"),
            ("\u{200E}\u{2068}Anna Example\u{2069}", "Anna Example"),
            ("~\u{202F}Anna Example", "Anna Example"),
            ("\u{202A}~ Anna Example\u{202C}", "Anna Example"),
            ("\u{FEFF}Zoe\u{308}", "Zoë"),
            ("Jean\u{2011}Luc", "Jean-Luc"),
            (
                "\u{202A}+90\u{A0}531\u{A0}411\u{A0}00\u{A0}00\u{202C}",
                "+905314110000",
            ),
            ("~ 0044 7700 900123", "+447700900123"),
            ("0151 12345678", "0151 12345678"),
            ("Mia  Hart", "Mia Hart"),
            ("Mia Hart ", "Mia Hart"),
            ("Mia\tHart", "Mia Hart"),
            ("Mia~ (office) +1", "Mia~ (office) +1"),
            ("~", ""),
            ("👩\u{200D}🔧", "👩\u{200D}🔧"),
            ("Mia\u{1B}[31m\u{9B} Hart\r", "Mia[31m Hart"),
            ("\u{1B}~ Mia", "Mia"),
        ] {
            assert_eq!(name_key(name), key, "{name:?}");
        }
        assert_ne!(name_key("anna"), name_key("Anna"));
    }

    #[test]
    fn nearest_offers_only_what_is_near() {
        let keys = ["timezone", "date_order", "owner"];
        assert_eq!(nearest("timezon", keys), Some("timezone"));
        assert_eq!(nearest("Owners", keys), Some("owner"));
        assert_eq!(nearest("dateorder", keys), Some("date_order"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(
            nearest("Max Mueller", ["Anna", "Max Müller"]),
            Some("Max Müller")
        );
        assert_eq!(nearest("x", []), None);
    }

    proptest::proptest! {
        /// So that a name in a table of chatferry's finds its chat.
        #[test]
        fn displayed_name_has_the_key_of_the_name(name in "[ab~+0-9 \\u{1b}\\r\\t\\u{9b}\\u{202e}\\u{85}\\u{301}\\u{feff}\\u{5d0}]{0,12}") {
            let displayed = crate::display_text::line(&name);
            proptest::prop_assert_eq!(name_key(&displayed), name_key(&name));
        }

        #[test]
        fn the_key_of_a_key_is_the_key(name in "\\PC*") {
            let key = name_key(&name);
            proptest::prop_assert_eq!(name_key(&key), key);
        }

        #[test]
        fn the_key_of_a_key_is_the_key_among_marks(
            name in "[~ \u{A0}\u{2011}\u{200E}\u{FEFF}\u{308}\u{300}+0-9a-zAü.()-]{0,20}"
        ) {
            let key = name_key(&name);
            proptest::prop_assert_eq!(name_key(&key), key);
        }
    }
}
