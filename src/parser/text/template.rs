//! Fast path for headers whose form occurred before in the file.
//!
//! A phone writes all its headers in one format, so nearly every header has the same bytes as an earlier one, except
//! for digits. A [`Template`] is such a header: the positions of its digits and the bytes around them. Only
//! [`super::timestamp::read`] knows the grammar. A template is made from its result and returns the same, which a
//! property test verifies.

use super::timestamp::{End, Header, Shape, Timestamp};

/// Maximum length of most headers with ASCII digits, in bytes, including blanks and marks of three bytes.
const SHORT: usize = 32;

/// Maximum length of a header for which a template is made, in bytes: digits and words of other scripts.
const LONG: usize = 96;

/// Number of templates that are kept. Without padding a file has sixteen forms: one or two digits for day, month and
/// hour, and two halves of the day.
const MOST: usize = 24;

/// The form of a header of at most `N` bytes.
struct Template<const N: usize> {
    length: usize,
    /// The bytes of the header; a digit is any digit.
    bytes: [u8; N],
    /// 0xff where the byte must be the same.
    same: [u8; N],
    /// 0xff where the byte must be the last one of a digit; the others of a digit are always the same.
    digit: [u8; N],
    /// The last byte of the digit zero, and the number of its bytes.
    zero: (u8, u8),
    /// Last byte of the first digit, and width in digits, of each number of the date, and of hour, minute and second;
    /// width 0 if there are no seconds.
    numbers: [(u8, u8); 6],
    shape: Shape,
    /// The timestamp, whose numbers are replaced.
    timestamp: Timestamp,
}

impl<const N: usize> Template<N> {
    /// Makes the template of a header; `None` if its bytes alone do not determine the result.
    fn new(line: &[u8], header: &Header) -> Option<Self> {
        let length = header.length;
        let timestamp = header.timestamp;
        // Without its final blank the header would match lines that have none. An era changes the meaning of a
        // number. A header that ends with a single blank is only valid if a sender follows (`legacy::end`), which its
        // bytes do not show.
        if length > N
            || header.shape.end == End::Blank
            || timestamp.era.is_some()
            || !line.get(..length)?.ends_with(b" ")
        {
            return None;
        }
        let mut zero = [0; 4];
        let zero = char::from_u32(header.shape.zero)?
            .encode_utf8(&mut zero)
            .as_bytes();
        let (last, before) = zero.split_last()?;
        // The ten digits differ in their last byte only.
        if !before.is_empty() && last & 0x3f > 0x36 {
            return None;
        }
        let mut template = Template {
            length,
            bytes: [0; N],
            same: [0; N],
            digit: [0; N],
            zero: (*last, u8::try_from(zero.len()).ok()?),
            numbers: [(0, 0); 6],
            shape: header.shape,
            timestamp,
        };
        let mut runs: Vec<(u8, u8)> = Vec::with_capacity(6);
        for (at, byte) in line.iter().take(length).enumerate() {
            template.bytes[at] = *byte;
            let is_digit = byte.wrapping_sub(*last) <= 9 && line[..at].ends_with(before);
            if is_digit {
                template.digit[at] = 0xff;
                match runs.last_mut() {
                    Some((from, width))
                        if usize::from(*from) + usize::from(*width) * zero.len() == at =>
                    {
                        *width += 1;
                    }
                    _ => runs.push((u8::try_from(at).ok()?, 1)),
                }
            } else {
                // Digits of another script belong to no number, as in the word `1ka`.
                if byte.is_ascii_digit() {
                    return None;
                }
                template.same[at] = 0xff;
            }
        }
        let written = if header.shape.seconds { 6 } else { 5 };
        if runs.len() != written {
            return None;
        }
        let time = written - 3;
        if header.shape.time_first {
            runs.rotate_left(time);
        }
        for (number, run) in template.numbers.iter_mut().zip(runs) {
            *number = run;
        }
        Some(template)
    }

    /// Whether the header at the start of `block` has this form.
    fn fits(&self, block: &[u8; N]) -> bool {
        let mut wrong = 0;
        // Branchless, so that the compiler emits a few wide instructions.
        let masks = self.bytes.iter().zip(&self.same).zip(&self.digit);
        for (byte, ((known, same), digit)) in block.iter().zip(masks) {
            let not_digit = if byte.wrapping_sub(self.zero.0) > 9 {
                0xff
            } else {
                0
            };
            wrong |= ((byte ^ known) & same) | (not_digit & digit);
        }
        wrong == 0
    }

    fn read(&self, block: &[u8; N]) -> Header {
        let number = |index: usize| {
            let (from, width) = self.numbers[index];
            let mut value: u16 = 0;
            for at in 0..usize::from(width) {
                // At most four digits.
                let at = usize::from(from) + at * usize::from(self.zero.1);
                value = value * 10 + u16::from(block[at].wrapping_sub(self.zero.0));
            }
            value
        };
        // Two digits at most.
        let small = |index: usize| u8::try_from(number(index)).unwrap_or(u8::MAX);
        let mut timestamp = self.timestamp;
        timestamp.date = [number(0), number(1), number(2)];
        timestamp.hour = small(3);
        timestamp.minute = small(4);
        timestamp.second = small(5);
        timestamp.padded = 0;
        for (bit, value) in [
            timestamp.date[0],
            timestamp.date[1],
            timestamp.date[2],
            u16::from(timestamp.hour),
            u16::from(timestamp.minute),
            u16::from(timestamp.second),
        ]
        .into_iter()
        .enumerate()
        {
            timestamp.padded |= u8::from(self.numbers[bit].1 == 2 && value < 10) << bit;
        }
        Header {
            shape: self.shape,
            timestamp,
            length: self.length,
        }
    }
}

/// The templates of a file, frequently used ones first.
#[derive(Default)]
pub(super) struct Templates {
    short: List<SHORT>,
    long: List<LONG>,
}

#[derive(Default)]
struct List<const N: usize>(Vec<Template<N>>);

impl<const N: usize> List<N> {
    fn read(&mut self, text: &[u8]) -> Option<Header> {
        let block: &[u8; N] = text.first_chunk()?;
        let list = &mut self.0;
        let at = list.iter().position(|template| template.fits(block))?;
        let header = list[at].read(block);
        if at > 0 {
            list.swap(at, at - 1);
        }
        Some(header)
    }

    fn learn(&mut self, line: &[u8], header: &Header) {
        if self.0.len() < MOST {
            self.0.extend(Template::new(line, header));
        }
    }
}

impl Templates {
    /// The header at the start of `text`, if it has a known form; `text` may continue after the line.
    pub(super) fn read(&mut self, text: &[u8]) -> Option<Header> {
        let short = self.short.read(text);
        if short.is_some() || self.long.0.is_empty() {
            return short;
        }
        self.long.read(text)
    }

    /// Adds the form of a header that [`super::timestamp::read`] found in `line`.
    pub(super) fn learn(&mut self, line: &[u8], header: &Header) {
        if header.length <= SHORT {
            self.short.learn(line, header);
        } else {
            self.long.learn(line, header);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::timestamp;
    use super::*;
    use proptest::prelude::*;

    fn by_template(learned: &str, line: &str) -> Option<Header> {
        let mut templates = Templates::default();
        templates.learn(learned.as_bytes(), &timestamp::read(learned.as_bytes())?);
        templates.read(format!("{line}{}", " ".repeat(LONG)).as_bytes())
    }

    #[test]
    fn template_matches_other_numbers_of_same_form_only() {
        let learned = "1/31/24, 9:45\u{202f}PM - Ann: hi";
        let read = by_template(learned, "2/13/24, 8:01\u{202f}PM - Bob: x").unwrap();
        assert_eq!(
            Some(read),
            timestamp::read("2/13/24, 8:01\u{202f}PM - Bob: x".as_bytes())
        );
        for other in [
            "12/13/24, 8:01\u{202f}PM - Bob: x",
            "2/13/24, 8:01\u{202f}AM - Bob: x",
            "2/13/24, 8:01 PM - Bob: x",
            "2/13/24, 8:01\u{202f}PM -Bob: x",
            "2/13/24, 18:01\u{202f}PM - Bob: x",
        ] {
            assert_eq!(by_template(learned, other), None, "{other}");
        }
    }

    #[test]
    fn unsupported_forms_make_no_template() {
        for line in [
            "31/12/2024, 21:45 -",
            "[31/12/2024, 21:45:12]Ann: hi",
            "[3/18/R4, 14:56:01] Ann: hi",
            "1/2/2024, 12:05 1ka - Ann: hi",
        ] {
            assert!(timestamp::read(line.as_bytes()).is_some(), "{line}");
            assert_eq!(by_template(line, line), None, "{line}");
        }
    }

    const FORMS: [&str; 10] = [
        "D/D/Y, D:D - Ann: hi",
        "[D.D.Y, D:D:D] Ann: hi",
        "\u{200e}[D/D/Y, D:D:D\u{202f}PM] Ann: hi",
        "D:D, D/D/Y - Ann: hi",
        "Y. D. D. D:D - Ann: hi",
        "Y-D-D D.D - Ann: hi",
        "D/D/Y, D:D\u{a0}a.\u{a0}m. - Ann: hi",
        "23/D/D (D:D:D) - Ann: hi",
        "[D. D. Y. D:D:D \u{441}\u{43b}\u{435}\u{434} \u{43f}\u{43b}\u{430}\u{434}\u{43d}\u{435}] Ann: hi",
        "D:D D/D/Y - Ann: hi",
    ];

    fn fill(form: &str, numbers: &[String]) -> String {
        let mut numbers = numbers.iter();
        let mut line = String::new();
        for c in form.chars() {
            match c {
                'D' => line.push_str(numbers.next().map_or("", String::as_str)),
                'Y' => line.push_str(&format!("20{}", numbers.next().map_or("", String::as_str))),
                c => line.push(c),
            }
        }
        line
    }

    proptest! {
        #[test]
        fn template_result_equals_grammar_result(
            form in prop::sample::select(&FORMS[..]),
            first in prop::collection::vec("[0-9]{1,2}", 6),
            second in prop::collection::vec("[0-9]{1,2}", 6),
        ) {
            let (first, second) = (fill(form, &first), fill(form, &second));
            // The same in the digits of Bengali, of three bytes.
            let bengali = |line: &str| -> String {
                let local = |c: char| match c.to_digit(10) {
                    Some(digit) => char::from_u32(0x9e6 + digit).unwrap_or(c),
                    None => c,
                };
                line.chars().map(local).collect()
            };
            for (first, second) in [(bengali(&first), bengali(&second)), (first, second)] {
                if let Some(read) = by_template(&first, &second) {
                    prop_assert_eq!(Some(read), timestamp::read(second.as_bytes()));
                }
            }
        }
    }
}
