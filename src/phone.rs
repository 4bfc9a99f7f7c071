//! Phone numbers: read as WhatsApp shows them, kept as E.164, never printed in full.

mod ranges;

use std::collections::BTreeSet;
use std::fmt;

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};
use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::ranges::Ranges;

/// The fewest digits of a number, including the country code.
const FEWEST_DIGITS: usize = 7;
/// The most digits of a number, including the country code (ITU-T E.164).
const MOST_DIGITS: usize = 15;
/// The number of digits from which on a number is not a local one.
const LONGER_THAN_LOCAL: usize = 10;

/// A phone number in E.164: `+`, country code, national number, without separators.
///
/// `Debug` and `Display` show the country code and the last two digits only, so that a number cannot reach a
/// log or an error text by accident; [`Phone::e164`] returns the whole number. For the same reason it
/// serializes in binary formats only. Order, equality and hash are those of the E.164 text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    e164: Box<str>,
    /// Digits of the country code: 1 to 3. Follows from `e164`.
    code_digits: u8,
}

/// For [`crate::packed_vec::PackedVec`] alone: a format that people read is refused.
impl Serialize for Phone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => Err(S::Error::custom("a number is not written as text")),
            false => (&self.e164, self.code_digits).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (e164, code_digits) = Deserialize::deserialize(from)?;
        Ok(Phone { e164, code_digits })
    }
}

impl Phone {
    /// Reads a number in international form, with `+` or `00` in front.
    ///
    /// Direction marks, white space, hyphens, dots, slashes and brackets between the digits are ignored, so
    /// that `+1 (777) 777-7777` on an iPhone and `+1 777 777 7777` on Android are one number. A trunk zero
    /// after the country code, `+49 (0)151 …`, is removed if no number of the country begins with it, and so is
    /// the `1` that WhatsApp still shows in Mexican numbers, `+52 1 55 …`.
    ///
    /// `None` for a national form (the country is unknown), for other characters, for an unassigned country
    /// code, and for digits that no number of its countries begins with. A number must match libphonenumber's
    /// general pattern only, not an assigned range: ranges change often, WhatsApp only shows numbers that
    /// received its code, and the numbers reserved for tests (`+44 7700 900123`, `+1 555 …`) must be valid.
    pub fn parse(text: &str) -> Option<Phone> {
        // No country code begins with 0 (ITU-T E.164): `0151 …` is a national form.
        let digits = international_digits(text).filter(|digits| !digits.starts_with('0'))?;
        let (code_digits, ranges) = (1..=3).find_map(|length| {
            let code = digits.get(..length)?.parse().ok()?;
            Some((length, Ranges::of(code)?))
        })?;
        let national = &digits[code_digits..];
        if ranges.fit(national) {
            return Some(Phone::new(&digits, code_digits));
        }
        // A trunk prefix, which is not part of the number.
        let dialled = match &digits[..code_digits] {
            "52" => ["0", "1"].as_slice(),
            _ => &["0"],
        };
        let shorter = dialled
            .iter()
            .filter_map(|prefix| national.strip_prefix(prefix))
            .find(|shorter| ranges.fit(shorter))?;
        let digits = format!("{}{shorter}", &digits[..code_digits]);
        Some(Phone::new(&digits, code_digits))
    }

    /// Reads a number of an address book: in international form, or in the national form of the country of
    /// `home`.
    ///
    /// A national number is recognised by its trunk prefix, as the `0` of `0151 …`. Without one it must be a
    /// complete number by libphonenumber's ranges: `234567` may lack its area code, and would be another
    /// person's number. Digits that begin with the country's code and are a complete number with it are read
    /// so. `None` as for [`Phone::parse`], for a national form without `home`, and if there are two readings.
    pub fn parse_near(text: &str, home: Option<&Phone>) -> Option<Phone> {
        let international = Phone::parse(text);
        if international.is_some() || text.contains(['+', '\u{FF0B}']) {
            return international;
        }
        let (home, digits) = (home?, plain_digits(text)?);
        let code = &home.e164[1..=usize::from(home.code_digits)];
        let countries = DATABASE.by_code(&code.parse().ok()?)?;
        let dialled = (countries.iter())
            .find(|country| country.is_main_country_for_code())
            .or(countries.first())
            .and_then(|country| country.national_prefix());
        let of_code = |national: &str| Phone::parse(&format!("+{code}{national}"));
        let mut readings = BTreeSet::new();
        if let Some(rest) = dialled.and_then(|prefix| digits.strip_prefix(prefix)) {
            readings.extend(of_code(rest));
        }
        let is_whole = match dialled {
            None => countries.iter().any(|country| is_persons(country, &digits)),
            Some(_) => (countries.iter()).any(|country| is_without_prefix(country, &digits)),
        };
        if is_whole {
            readings.extend(of_code(&digits));
        }
        readings.extend(Phone::whole(&digits).filter(|_| digits.starts_with(code)));
        let one = readings.pop_first()?;
        readings.is_empty().then_some(one)
    }

    /// Reads a number whose `+` a spreadsheet removed: digits that are a complete number of one country by
    /// libphonenumber's ranges, including the country code.
    ///
    /// A spreadsheet also removes a leading zero, and then the country is ambiguous: `15123456790` is German
    /// without its `0`, and American without its `+`. `None` for ambiguous digits.
    pub fn parse_without_plus(text: &str) -> Option<Phone> {
        let digits = plain_digits(text)?;
        let phone = Phone::whole(&digits)?;
        let national = &digits[usize::from(phone.code_digits)..];
        let code: u16 = digits.get(..usize::from(phone.code_digits))?.parse().ok()?;
        let is_mobile = (DATABASE.by_code(&code)?.iter())
            .any(|country| is_of(country.descriptors().mobile(), country, national));
        // A landline is rarely on WhatsApp, so it must not be a national number of any country.
        let may_be_national = DATABASE.iter().any(|country| {
            is_of(country.descriptors().mobile(), country, &digits)
                || (!is_mobile && is_of(country.descriptors().fixed_line(), country, &digits))
        });
        (!may_be_national).then_some(phone)
    }

    /// The number of these digits, if they are a complete number by the ranges of their country: local numbers
    /// are short, and their ranges wide.
    fn whole(digits: &str) -> Option<Phone> {
        let phone =
            Phone::parse(&format!("+{digits}")).filter(|phone| &phone.e164[1..] == digits)?;
        let (code, national) = digits.split_at(usize::from(phone.code_digits));
        let countries = DATABASE.by_code(&code.parse().ok()?)?;
        let is_whole = (countries.iter()).any(|country| {
            is_of(country.descriptors().mobile(), country, national)
                || (digits.len() >= LONGER_THAN_LOCAL && is_persons(country, national))
        });
        is_whole.then_some(phone)
    }

    fn new(digits: &str, code_digits: usize) -> Phone {
        Phone {
            e164: ["+", digits].concat().into_boxed_str(),
            // 1 to 3, by the search above.
            code_digits: code_digits as u8,
        }
    }

    /// The whole number, `+` and digits: for Close, ids and `contacts.csv`, never for a log.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The other form of the same number in WhatsApp: Brazilian and Argentine mobile numbers with and without
    /// their 9.
    pub(crate) fn twin(&self) -> Option<Phone> {
        let digits = self.e164().strip_prefix('+')?;
        let other = if let Some(rest) = digits.strip_prefix("55") {
            let (area, own) = rest.split_at_checked(2)?;
            match (own.len(), own.strip_prefix('9')) {
                (9, Some(own)) => format!("+55{area}{own}"),
                (8, _) => format!("+55{area}9{own}"),
                _ => return None,
            }
        } else if let Some(rest) = digits.strip_prefix("54") {
            match rest.strip_prefix('9') {
                Some(rest) => format!("+54{rest}"),
                None => format!("+549{rest}"),
            }
        } else {
            return None;
        };
        Phone::parse(&other)
    }

    /// The form that stands for both forms of a number ([`Phone::twin`]).
    pub(crate) fn canonical(&self) -> Phone {
        let twin = self.twin().filter(|twin| twin < self);
        twin.unwrap_or_else(|| self.clone())
    }

    /// Reads a number in any form that a server may write: with separators, with `00` in place of
    /// `+`, or without either; `None` for any other text.
    pub(crate) fn parse_written(text: &str) -> Option<Phone> {
        Phone::parse(text)
            .or_else(|| plain_digits(text).and_then(|digits| Phone::parse(&format!("+{digits}"))))
    }

    /// Whether a text is this number ([`Phone::parse_written`]).
    pub(crate) fn is_written_as(&self, text: &str) -> bool {
        Phone::parse_written(text).as_ref() == Some(self)
    }

    /// Whether it is the same number, in either form ([`Phone::twin`]).
    pub(crate) fn is_same_as(&self, other: &Phone) -> bool {
        self == other || self.twin().as_ref() == Some(other)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = &self.e164[..=usize::from(self.code_digits)];
        write!(f, "{code}…{}", &self.e164[self.e164.len() - 2..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({self})")
    }
}

/// Whether a national number is in the country's range of this kind of line.
fn is_of(kind: Option<&Descriptor>, country: &Metadata, national: &str) -> bool {
    kind.is_some_and(|kind| kind.is_match(national))
        && country.descriptors().general().is_match(national)
}

/// Whether it is in a range of numbers that people have.
fn is_persons(country: &Metadata, national: &str) -> bool {
    let kinds = [
        country.descriptors().mobile(),
        country.descriptors().fixed_line(),
        country.descriptors().voip(),
        country.descriptors().personal_number(),
    ];
    kinds.into_iter().any(|kind| is_of(kind, country, national))
}

/// Whether a number is complete without its trunk prefix: a mobile number, or one of a country whose numbers
/// have the same length, or nearly.
fn is_without_prefix(country: &Metadata, digits: &str) -> bool {
    if is_of(country.descriptors().mobile(), country, digits) {
        return true;
    }
    let lengths = country
        .descriptors()
        .fixed_line()
        .map_or(&[][..], |kind| kind.possible_length());
    match (lengths.first(), lengths.last()) {
        (Some(least), Some(most)) => {
            most - least <= 1 && usize::from(*most) == digits.len() && is_persons(country, digits)
        }
        _ => false,
    }
}

/// The digits of a number without `+` or `00`; `None` if the text contains anything but digits and
/// separators.
fn plain_digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for c in text.chars() {
        match decimal_digit(c) {
            Some(digit) => digits.push(digit),
            None if is_between_digits(c) => {}
            None => return None,
        }
    }
    let is_one = (1..=MOST_DIGITS + 2).contains(&digits.len()) && !digits.starts_with("00");
    is_one.then_some(digits)
}

/// The 7 to 15 digits after `+` or `00`; `None` if the text contains anything but these and separators.
fn international_digits(text: &str) -> Option<String> {
    // Most texts are names, which need no memory.
    if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut digits = String::with_capacity(MOST_DIGITS + 2);
    let mut plus = false;
    for c in text.chars() {
        if let Some(digit) = decimal_digit(c) {
            digits.push(digit);
            if digits.len() > MOST_DIGITS + 2 {
                return None;
            }
        } else if matches!(c, '+' | '\u{FF0B}') {
            if plus || !digits.is_empty() {
                return None;
            }
            plus = true;
        } else if !is_between_digits(c) {
            return None;
        }
    }
    if !plus {
        digits = digits.strip_prefix("00")?.to_owned();
    }
    (FEWEST_DIGITS..=MOST_DIGITS)
        .contains(&digits.len())
        .then_some(digits)
}

/// ASCII, Arabic-Indic, Persian and full-width digits, as ASCII.
fn decimal_digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06F0}'..='\u{06F9}' => '\u{06F0}',
        '\u{FF10}'..='\u{FF19}' => '\u{FF10}',
        _ => return None,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

/// Separators between the digits of a number: white space, hyphens, brackets, dots, slashes, marks.
fn is_between_digits(c: char) -> bool {
    c.is_whitespace()
        || is_invisible_mark(c)
        || matches!(
            c,
            '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}'
        )
}

/// Invisible marks that WhatsApp adds around names and numbers: direction marks, isolates, and the byte order
/// mark.
pub(crate) fn is_invisible_mark(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e164(text: &str) -> Option<String> {
        Phone::parse(text).map(|phone| phone.e164().to_owned())
    }

    /// A national number that a spreadsheet left its 0 is no number without its `+`.
    #[test]
    fn no_country_code_begins_with_zero() {
        for text in [
            "0151 22222229",
            "(0151) 22222229",
            "015123456789",
            "0176 12345678",
        ] {
            assert_eq!(Phone::parse_without_plus(text), None, "{text}");
        }
        for text in ["+0151 22222229", "+015122222229", "00 0151 22222229"] {
            assert_eq!(Phone::parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_the_forms_of_exports() {
        for (text, expected) in [
            (
                "\u{202A}+90\u{A0}531\u{A0}411\u{A0}00\u{A0}00\u{202C}",
                "+905314110000",
            ),
            (
                "\u{202A}+1\u{A0}(777)\u{A0}777\u{2011}7777\u{202C}",
                "+17777777777",
            ),
            ("0044 7700 900123", "+447700900123"),
            ("+44 7700 900123", "+447700900123"),
            ("+1 555 010 0123", "+15550100123"),
            ("+15555550100", "+15555550100"),
            ("+4915112345678", "+4915112345678"),
            ("+91 98281 00000", "+919828100000"),
            ("+49 (0)151 12345678", "+4915112345678"),
            ("+44 (0) 7700 900123", "+447700900123"),
            ("+39 06 6982 1234", "+390669821234"),
            ("+54 9 11 2345 6789", "+5491123456789"),
            ("+7 812 345-67-89", "+78123456789"),
            ("+52 1 55 1234 5678", "+525512345678"),
            ("+52 55 1234 5678", "+525512345678"),
            ("+55 11 9876-5432", "+551198765432"),
            ("+225 07 01 23 45 67", "+2250701234567"),
            ("+٤٩ ١٥١ ١٢٣٤٥٦٧٨", "+4915112345678"),
        ] {
            assert_eq!(e164(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_international_number() {
        for text in [
            "",
            "+",
            "0151 12345678",
            "7700 900123",
            "(777) 777-7777",
            "+49",
            "+49 12",
            "+1 777 77",
            "+999 123456789",
            "+0 1234 567890",
            "+49 151 12345678 ext. 5",
            "++49 151 12345678",
            "49+151 12345678",
            "+49 151 123456789012345",
            "Anna +49 151 12345678",
        ] {
            assert_eq!(e164(text), None, "{text}");
        }
    }

    #[test]
    fn a_national_number_is_of_the_country_of_home() {
        let near = |home: &str, text: &str| {
            let home = Phone::parse(home).unwrap();
            Phone::parse_near(text, Some(&home)).map(|phone| phone.e164().to_owned())
        };
        for (home, text, expected) in [
            ("+4915112345678", "0151 23456790", Some("+4915123456790")),
            ("+4915112345678", "030/123456", Some("+4930123456")),
            ("+4915112345678", "+353 86 123 4501", Some("+353861234501")),
            ("+4915112345678", "4915123456790", Some("+4915123456790")),
            ("+4915112345678", "49 30 12345678", Some("+493012345678")),
            ("+4915112345678", "15123456790", Some("+4915123456790")),
            // No area code, or one knows not which country.
            ("+4915112345678", "234567", None),
            ("+4915112345678", "30123456", None),
            ("+4915112345678", "49 30 1234", None),
            ("+4915112345678", "353861234501", None),
            ("+4915112345678", "0151 x", None),
            ("+12125550123", "(202) 555-0123", Some("+12025550123")),
            ("+12125550123", "1 202 555 0123", Some("+12025550123")),
            ("+12125550123", "555-0123", None),
            ("+33612345678", "06 12 34 56 79", Some("+33612345679")),
            ("+33612345678", "612345679", Some("+33612345679")),
            ("+33612345678", "33612345679", Some("+33612345679")),
            ("+79123456789", "8 912 345-67-80", Some("+79123456780")),
            ("+79123456789", "812 345-67-89", Some("+78123456789")),
            ("+34612345678", "612 345 679", Some("+34612345679")),
            ("+34612345678", "345 679", None),
            ("+390669821234", "06 6982 1235", Some("+390669821235")),
            ("+447911123456", "020 7946 0123", Some("+442079460123")),
            ("+447911123456", "7946 0123", None),
        ] {
            assert_eq!(near(home, text).as_deref(), expected, "{home} {text}");
        }
        assert_eq!(Phone::parse_near("0151 23456790", None), None);
    }

    #[test]
    fn a_lost_plus_is_found_where_one_country_has_the_number() {
        let found = |text: &str| Phone::parse_without_plus(text).map(|p| p.e164().to_owned());
        for text in [
            "353861234501",
            "4915123456790",
            "447911123456",
            "12025550123",
            "33612345679",
            "34612345678",
        ] {
            assert_eq!(found(text), Some(format!("+{text}")), "{text}");
        }
        // A lost zero, a number of no range, a landline that two countries may have.
        for text in [
            "15123456790",
            "1511234567",
            "0151 12345678",
            "447700900123",
            "4311234567",
            "234567",
            "",
            "3538612345011",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn never_prints_a_number_in_full() {
        let phone = Phone::parse("+4915112345678").unwrap();
        assert_eq!(phone.to_string(), "+49…78");
        assert_eq!(format!("{:?}", Some(&phone)), "Some(Phone(+49…78))");
        assert_eq!(
            Phone::parse("+1 555 010 0123").unwrap().to_string(),
            "+1…23"
        );
    }

    proptest::proptest! {
        #[test]
        fn its_own_text_reads_back(text in "[+0-9(). \u{A0}-]{0,24}") {
            if let Some(phone) = Phone::parse(&text) {
                proptest::prop_assert_eq!(Phone::parse(phone.e164()), Some(phone));
            }
        }

        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            let _ = Phone::parse(&text);
            let _ = Phone::parse_without_plus(&text);
        }

        #[test]
        fn any_digits_are_survived(text in "[0-9 ()-]{0,20}", home in 0usize..4) {
            let home = Phone::parse(["+4915112345678", "+12125550123", "+79123456789", "+390669821234"][home]);
            for phone in [Phone::parse_near(&text, home.as_ref()), Phone::parse_without_plus(&text)].into_iter().flatten() {
                proptest::prop_assert_eq!(Phone::parse(phone.e164()), Some(phone));
            }
        }
    }
}
