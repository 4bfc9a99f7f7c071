//! Redaction: replaces names and numbers of people in output that may be kept.
//!
//! Applies to what a run prints into a file or a pipe. A chat is named `[chat 3]` there, by its index among
//! the chats of the plan, unless `--show-content` is given. Never the only protection of content: message
//! texts do not get here.
//!
//! Names match as in contacts.csv, and more loosely: composed or not, with or without controls and marks, with
//! `_` for a blank, as phones and file systems write them. A name of one character is redacted only in the places where
//! output has names, since it is also a count or a word of the text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::display_text::{NAME_BEGIN, NAME_END, is_control};
use crate::phone::Phone;

/// The minimum number of digits of a known number's end that is redacted.
const LOCAL: usize = 7;

/// Names and numbers with their replacements.
pub struct Redactor {
    names: AhoCorasick,
    instead: Vec<String>,
    /// Digits of numbers, and their replacements.
    numbers: Vec<(String, String)>,
    number: Regex,
}

/// A text in the form in which names are compared, with the origin of each byte.
struct Folded {
    text: String,
    /// For each byte of `text`: the byte range of its character in the original.
    from: Vec<(usize, usize)>,
}

impl Folded {
    fn new(text: &str) -> Folded {
        let mut folded = Folded {
            text: String::with_capacity(text.len()),
            from: Vec::with_capacity(text.len()),
        };
        for (at, c) in text.char_indices() {
            if is_control(c) && !c.is_whitespace() {
                continue;
            }
            let c = match c {
                '\u{2011}' => '-',
                blank if blank == '_' || blank.is_whitespace() => ' ',
                other => other,
            };
            if c == ' ' && folded.text.ends_with(' ') {
                continue;
            }
            for part in std::iter::once(c).nfd() {
                folded.text.push(part);
                let range = (at, at + c.len_utf8());
                folded.from.resize(folded.text.len(), range);
            }
        }
        folded
    }
}

impl Redactor {
    /// Redacts each of `names`, the first if one occurs twice.
    pub fn new(names: impl IntoIterator<Item = (String, String)>) -> Option<Redactor> {
        let mut seen: HashMap<String, String> = HashMap::new();
        let mut numbers: BTreeMap<String, String> = BTreeMap::new();
        for (name, instead) in names {
            if let Some(phone) = Phone::parse(&name) {
                let digits = digits(phone.e164());
                numbers.entry(digits).or_insert_with(|| instead.clone());
            }
            let name = Folded::new(&name).text.trim().to_owned();
            if !name.is_empty() {
                seen.entry(name).or_insert(instead);
            }
        }
        let (names, instead): (Vec<String>, Vec<String>) = seen.into_iter().unzip();
        Some(Redactor {
            names: AhoCorasick::new(&names).ok()?,
            instead,
            numbers: numbers.into_iter().collect(),
            number: Regex::new(
                r"\+?\d(?:[\s().\-\u{2011}\u{2010}\u{200E}\u{202A}\u{202C}_]{0,3}\d){6,}",
            )
            .ok()?,
        })
    }

    /// The redacted text. A name within a word is none; a single character is one only where a name is printed.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found = self.names_in(text);
        found.extend(self.numbers_in(text));
        if found.is_empty() {
            return text.into();
        }
        // The first, and of those the longest.
        found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for (start, end, instead) in found {
            if start < from {
                // The rest of a match that overlaps another one is redacted with it.
                from = from.max(end);
                continue;
            }
            shown.push_str(&text[from..start]);
            shown.push_str(instead);
            from = end;
        }
        shown.push_str(&text[from..]);
        shown.into()
    }

    fn names_in(&self, text: &str) -> Vec<(usize, usize, &str)> {
        let folded = Folded::new(text);
        let whole = &folded.text;
        (self.names.find_overlapping_iter(whole))
            .filter(|found| {
                let name = &whole[found.range()];
                let before = whole[..found.start()].chars().next_back();
                let after = whole[found.end()..].chars().next();
                !is_within(before, name.chars().next())
                    && !is_within(after, name.chars().next_back())
            })
            .filter_map(|found| {
                let start = folded.from.get(found.start())?.0;
                let end = folded.from.get(found.end().checked_sub(1)?)?.1;
                let mut name = whole[found.range()].chars();
                let is_placed = match (name.next(), name.next()) {
                    (Some(one), None) if !is_unspaced(one) => {
                        is_place_of_name(&text[..start], one, &text[end..])
                    }
                    _ => true,
                };
                is_placed.then(|| (start, end, &*self.instead[found.pattern().as_usize()]))
            })
            .collect()
    }

    /// Known numbers, in any spelling, and all numbers in international form.
    fn numbers_in(&self, text: &str) -> Vec<(usize, usize, &str)> {
        (self.number.find_iter(text))
            .filter_map(|found| {
                // Text after a number may start with digits too: "(3 messages)".
                let ends = found.as_str().char_indices().rev();
                let ends = ends
                    .filter(|(_, c)| c.is_ascii_digit())
                    .map(|(at, _)| at + 1);
                let (end, instead) = ends
                    .filter_map(|end| {
                        let part = &found.as_str()[..end];
                        Some((end, self.number_instead(part)?))
                    })
                    .next()?;
                Some((found.start(), found.start() + end, instead))
            })
            .collect()
    }

    /// The replacement of a text that is a number, if it is one.
    fn number_instead(&self, text: &str) -> Option<&str> {
        if text.matches('(').count() != text.matches(')').count() {
            return None;
        }
        let digits = digits(text);
        let known = self
            .numbers
            .iter()
            .find(|(number, _)| is_number(number, &digits));
        match known {
            Some((_, instead)) => Some(instead),
            None if text.starts_with('+') && Phone::parse(text).is_some() => Some("[number]"),
            None => None,
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether `digits` is the number, with or without an international prefix, or its local end.
fn is_number(number: &str, digits: &str) -> bool {
    let local = digits.trim_start_matches('0');
    local.len() >= LOCAL && number.ends_with(local)
}

/// Whether `edge`, the first or last character of a name, and its neighbour belong to one word.
fn is_within(neighbour: Option<char>, edge: Option<char>) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || is_combining(c);
    neighbour.is_some_and(|c| is_of_word(c) && !is_unspaced(c))
        && edge.is_some_and(|c| is_of_word(c) && !is_unspaced(c))
}

/// Whether output has a name between these texts: between quotes or the marks of a name on a screen, in the name of an export, or after the device and
/// before a number of messages, a remark or the columns of a table. A digit is more often a count.
fn is_place_of_name(before: &str, name: char, after: &str) -> bool {
    let is_quoted = before.ends_with('"') && after.starts_with('"');
    if is_quoted || (before.ends_with(NAME_BEGIN) && after.starts_with(NAME_END)) {
        return true;
    }
    // A mark may be around the device and the name.
    let after = after.strip_prefix(NAME_END).unwrap_or(after);
    let is_file = [".zip", ".txt", "/"]
        .iter()
        .any(|end| without_copy(after).starts_with(end));
    if is_file && before.ends_with([' ', '_', '/']) {
        return true;
    }
    let Some(device) = before.strip_suffix(": ") else {
        return false;
    };
    if !device.ends_with(char::is_alphanumeric) {
        return false;
    }
    match name.is_numeric() {
        // As the whole cell of a table.
        true if after.is_empty() => !device.trim_start().contains(char::is_whitespace),
        true => ["  ", " (", ": "].iter().any(|end| after.starts_with(end)),
        false => {
            let ends = ["  ", " (", ":", ",", ";", "\n"];
            after.is_empty() || ends.iter().any(|end| after.starts_with(end))
        }
    }
}

/// What follows a name in the name of a file, without the number of a copy: ` (2).zip`.
fn without_copy(after: &str) -> &str {
    let copy = (after.strip_prefix(" (")).and_then(|rest| rest.split_once(')'));
    match copy {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => after,
    }
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// Scripts without blanks between words, or with endings attached to names.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}'
        | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FFDC}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new(
            [
                ("Al", "[chat 1]"),
                ("Al Ames", "[chat 2]"),
                ("+353 86 123 4501", "[number]"),
                ("I", "[x]"),
                ("李", "[chat 3]"),
                ("李雷", "[chat 4]"),
                ("Jos\u{e9} M", "[chat 5]"),
                ("지민", "[chat 6]"),
            ]
            .map(|(name, instead)| (name.to_owned(), instead.to_owned())),
        )
        .unwrap()
    }

    #[test]
    fn names_and_numbers_are_hidden_and_words_are_not() {
        for (text, shown) in [
            (
                "held: phone: Al (3 messages)",
                "held: phone: [chat 1] (3 messages)",
            ),
            (
                "WhatsApp Chat with Al_Ames.zip:12",
                "WhatsApp Chat with [chat 2].zip:12",
            ),
            // The longer one is no name there, the shorter one within it is.
            ("Al Amesbury.zip", "[chat 1] Amesbury.zip"),
            ("Also I: All", "Also I: All"),
            ("of +353861234501.", "of [number]."),
            ("", ""),
        ] {
            assert_eq!(redactor().redact(text), shown);
        }
    }

    #[test]
    fn names_of_one_character_are_hidden_where_names_are() {
        for (name, kept) in [
            ("x", "a GET of x and x2, x of y: axe"),
            (
                "1",
                "1 message; 1 of 1; Plan: 1 to post, retries: 1, 1.5 s; held: 1",
            ),
            ("Ω", "10 Ω of Ωmega"),
            ("a", "held: a group without a row; a (b)"),
            (".", "done. 1.5 s ... and more."),
            ("❤", "I ❤ it"),
        ] {
            let redactor = Redactor::new([(name.to_owned(), "[chat 1]".to_owned())]).unwrap();
            for text in [
                "default: NAME",
                "  default: NAME     2",
                "Held, until you decide: default: NAME (2 messages): no row",
                "  default: NAME: 2 messages on a lead",
                "no chat \"NAME\" on the device",
                "WhatsApp Chat with NAME.zip:12",
                "WhatsApp Chat with NAME (2).zip:12",
                "WhatsApp Chat - NAME/_chat.txt:1",
            ] {
                let shown = redactor.redact(&text.replace("NAME", name)).into_owned();
                assert_eq!(shown, text.replace("NAME", "[chat 1]"));
            }
            assert_eq!(redactor.redact(kept), kept);
        }
    }

    #[test]
    fn names_are_hidden_however_they_are_written() {
        for (text, shown) in [
            ("与李雷的WhatsApp聊天.zip", "与[chat 4]的WhatsApp聊天.zip"),
            ("李: 3", "[chat 3]: 3"),
            ("지민과의 대화.zip", "[chat 6]과의 대화.zip"),
            // As macOS names a file.
            ("Jose\u{301} M.zip", "[chat 5].zip"),
            ("\u{200e}Jos\u{e9}\u{a0} M.zip", "\u{200e}[chat 5].zip"),
            ("Jos\u{e9} Ma", "Jos\u{e9} Ma"),
        ] {
            assert_eq!(redactor().redact(text), shown);
        }
    }

    #[test]
    fn numbers_are_hidden_however_they_are_written() {
        for text in [
            "+353861234501",
            "+353 86 123 4501",
            "+353\u{2011}86\u{2011}123\u{2011}4501",
            "+353-86 123 4501",
            "353861234501",
            "00353 86 1234501",
            "086 123 4501",
            "1234501",
            // Of an unknown person.
            "+49 30 1234567",
        ] {
            let shown = format!("WhatsApp Chat with {text}.zip");
            assert_eq!(
                redactor().redact(&shown),
                "WhatsApp Chat with [number].zip",
                "{text}"
            );
        }
        for (text, shown) in [
            (
                "default: +353 86 123 4501 (3 messages)",
                "default: [number] (3 messages)",
            ),
            ("+49 30 1234567 (3 messages)", "[number] (3 messages)"),
        ] {
            assert_eq!(redactor().redact(text), shown);
        }
        // Counts, times and ids are none.
        for text in [
            "1000000 messages",
            "2024-03-13 10:15:00",
            "lead_12345678901",
        ] {
            assert_eq!(redactor().redact(text), text);
        }
    }
}
