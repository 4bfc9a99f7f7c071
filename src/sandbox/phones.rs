//! Phone numbers: parsed, normalised to E.164 and formatted for display.

use phonenumber::country::Id;
use phonenumber::{Mode, PhoneNumber};

/// A phone number as Close stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phone {
    /// E.164 with `+`.
    pub(super) e164: String,
    /// International format, such as `+1 818-300-4000`.
    pub(super) formatted: String,
    /// Two letters, where the number determines it.
    pub(super) country: Option<String>,
}

/// A phone number of a message. Assumed: without `+` its digits are read as international.
pub(super) fn of_message(text: &str) -> Option<Phone> {
    let text = text.trim();
    if text.starts_with('+') {
        read(text, None)
    } else {
        read(&format!("+{text}"), None)
    }
}

/// A phone number of a contact. Without `+` it is read with the organisation's country, which in the
/// sandbox is the United States.
pub(super) fn of_contact(text: &str) -> Option<Phone> {
    let text = text.trim();
    read(text, (!text.starts_with('+')).then_some(Id::US))
}

/// A phone number in a search. Assumed: normalised before it is compared.
pub(super) fn of_search(text: &str) -> String {
    of_message(text).map_or_else(|| text.trim().to_owned(), |phone| phone.e164)
}

fn read(text: &str, country: Option<Id>) -> Option<Phone> {
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let number = phonenumber::parse(country, text).ok()?;
    let e164 = match plain_e164(text) {
        // A number that is E.164 already stays as it is: parsing may remove a digit that looks like a trunk
        // prefix from a number of a range that it does not know.
        Some(plain) => plain,
        None => number.format().mode(Mode::E164).to_string(),
    };
    // Assumed: only what cannot be a number is rejected; the ranges in use are not checked, so that numbers
    // reserved for fiction pass.
    (8..=16).contains(&e164.len()).then(|| Phone {
        formatted: number.format().mode(Mode::International).to_string(),
        country: region(&number),
        e164,
    })
}

fn plain_e164(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+')?;
    let plain: String = digits
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}'))
        .collect();
    plain
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| format!("+{plain}"))
}

fn region(number: &PhoneNumber) -> Option<String> {
    number.country().id().map(|id| id.as_ref().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_normalized_to_e164() {
        let cases = [
            ("+4915112345678", Some("+4915112345678")),
            ("4915112345678", Some("+4915112345678")),
            ("+49 151 12345678", Some("+4915112345678")),
            ("16502530000", Some("+16502530000")),
            ("+353861234567", Some("+353861234567")),
            ("+1 (650) 253-0000", Some("+16502530000")),
            ("+390612345678", Some("+390612345678")),
            ("", None),
            ("+", None),
            ("no number", None),
            ("+12", None),
            ("+49151123456789012345", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                of_message(text).map(|phone| phone.e164).as_deref(),
                expected,
                "{text:?}"
            );
        }
        assert_eq!(of_contact("9045551234").unwrap().e164, "+19045551234");
        assert_eq!(
            of_message("18183004000").unwrap().formatted,
            "+1 818-300-4000"
        );
    }
}
