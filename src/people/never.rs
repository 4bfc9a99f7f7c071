//! `never.txt`: people who are never imported, whatever any other file contains.
//!
//! It overrides contacts.csv, and `init` does not change it. It is never read in part: an invalid line
//! stops the command, since it names a person.
//!
//! A line is a number in international form, a name, or a name on one device (`anna: Ben`); empty lines and
//! lines that start with `#` are ignored. Names match in any case: to leave out one person too many does
//! less harm here.

use std::collections::BTreeSet;

use crate::name::{name_key, nearest};
use crate::phone::Phone;
use crate::settings::{Device, Problem};
use crate::table_cell;

/// The name of the file, next to the configuration.
pub const FILE: &str = "never.txt";

/// The people that the file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Never {
    numbers: BTreeSet<Phone>,
    /// Keys of names, each with the device that it applies to.
    names: BTreeSet<(Option<String>, String)>,
    /// The entry of each line, to report lines that match nothing.
    lines: Vec<(u32, Entry)>,
    /// Lines with a colon after text that is no device.
    colons: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Number(Phone),
    Name(Option<String>, String),
}

impl Never {
    /// Parses the text; `file` appears in messages only. `devices` are the names of the devices: text
    /// before `: ` is one of them, or part of a name. Between double quotes, a comma or semicolon is part
    /// of a name.
    ///
    /// # Errors
    ///
    /// All lines that resemble a number and are not one in international form, that may be several names,
    /// or that may name a device and do not.
    pub fn parse(text: &str, file: &str, devices: &[&str]) -> Result<Never, Vec<Problem>> {
        let mut never = Never::default();
        let mut problems = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        for (number, line) in (1u32..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut refuse = |text: &str| {
                problems.push(Problem {
                    file: file.to_owned(),
                    line: Some(number),
                    text: text.to_owned(),
                });
            };
            // A spreadsheet quotes such cells.
            let quoted = (line.strip_prefix('"')).and_then(|line| line.strip_suffix('"'));
            let line = quoted.unwrap_or(line);
            let same = |device: &&&str| {
                line.split_once(':')
                    .is_some_and(|(own, _)| own.trim().to_lowercase() == device.to_lowercase())
            };
            let (device, name) = match (devices.iter().find(same), line.split_once(':')) {
                (Some(device), Some((_, name))) => (Some((*device).to_owned()), name.trim()),
                _ => (None, line),
            };
            if line.chars().any(|c| c.is_control() && c != '\t') {
                refuse("contains a control character; save the file as plain text in UTF-8");
            } else if name == "*" {
                refuse(
                    "matches every participant; write one name or number per line, or remove a whole device from the configuration",
                );
            } else if quoted.is_none() && name.contains([',', ';', '\t']) {
                refuse(
                    "contains a comma, a semicolon or a tab; write one name or number per line, and nothing after it; if it is part of a name, put the line between double quotes",
                );
            } else if let Some(near) = unknown_device(line, devices).filter(|_| device.is_none()) {
                refuse(&format!(
                    "unknown device before the colon; did you mean \"{near}: \"? If the colon is part of a name, write \"DEVICE: \" with the name of a device before it"
                ));
            } else if let Some(phone) = Phone::parse(name) {
                never.lines.push((number, Entry::Number(phone.clone())));
                never.numbers.extend(phone.twin());
                never.numbers.insert(phone);
            } else if name.contains(" # ") {
                refuse("contains a comment; write it on a line of its own that begins with #");
            } else if key(name).is_empty() || looks_like_a_number(name) {
                refuse(
                    "is neither a name nor a number in international form; write the number only, such as +4915112345678",
                );
            } else {
                // A name may be copied from a table that chatferry wrote: both readings are left out.
                let plain = table_cell::read(name);
                let is_marked = plain != name && table_cell::written(plain) == name;
                let shown = if is_marked { plain } else { name };
                never
                    .lines
                    .push((number, Entry::Name(device.clone(), key(shown))));
                never.names.insert((device.clone(), key(shown)));
                if device.is_none() && name.contains(':') {
                    never.colons.push(number);
                }
                never.names.insert((device, key(name)));
            }
        }
        if problems.is_empty() {
            Ok(never)
        } else {
            Err(problems)
        }
    }

    /// Whether a chat or participant with this name, or number in place of a name, on `device` is named.
    pub fn name(&self, device: &str, name: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let key = key(name);
        let is_named = |device: Option<String>| self.names.contains(&(device, key.clone()));
        Phone::parse(name).is_some_and(|phone| self.numbers.contains(&phone))
            || is_named(None)
            || is_named(Some(device.to_owned()))
    }

    /// Whether this name is named on some device.
    pub fn name_anywhere(&self, name: &str) -> bool {
        let key = key(name);
        Phone::parse(name).is_some_and(|phone| self.numbers.contains(&phone))
            || self.names.iter().any(|(_, named)| *named == key)
    }

    /// The number of entries.
    pub(crate) fn entries(&self) -> usize {
        self.lines.len()
    }

    /// Whether a line of never.txt is this number.
    pub(crate) fn has_line(&self, number: &Phone) -> bool {
        (self.lines.iter()).any(|(_, entry)| match entry {
            Entry::Number(own) => own.is_same_as(number),
            Entry::Name(..) => false,
        })
    }

    /// Whether this number is named.
    pub fn contains_number(&self, number: &Phone) -> bool {
        self.numbers.contains(number)
    }

    /// Adds a number of a named person.
    pub(crate) fn add_number(&mut self, phone: &Phone) {
        self.numbers.extend(phone.twin());
        self.numbers.insert(phone.clone());
    }

    /// Removes a number in both its forms.
    pub(crate) fn remove_number(&mut self, phone: &Phone) {
        self.numbers.retain(|own| !own.is_same_as(phone));
    }

    /// The lines that match none of these: names with their device, and numbers.
    pub fn unmatched(&self, names: &[(&str, &str)], numbers: &[&Phone]) -> Vec<u32> {
        let names: BTreeSet<(&str, String)> = (names.iter())
            .map(|(device, name)| (*device, key(name)))
            .collect();
        let written: BTreeSet<Phone> = names
            .iter()
            .filter_map(|(_, name)| Phone::parse(name))
            .collect();
        let matches = |entry: &Entry| match entry {
            Entry::Number(phone) => {
                let is = |other: &Phone| phone.is_same_as(other);
                numbers.iter().any(|other| is(other)) || written.iter().any(is)
            }
            Entry::Name(device, name) => names.iter().any(|(of, own)| {
                own == name && device.as_deref().is_none_or(|device| device == *of)
            }),
        };
        let lines = self.lines.iter().filter(|(_, entry)| !matches(entry));
        lines.map(|(line, _)| *line).collect()
    }

    /// Whether the line has a colon after text that is no device.
    pub(crate) fn has_colon(&self, line: u32) -> bool {
        self.colons.contains(&line)
    }

    /// Whether a text, such as a notice, contains the name or number of a named person as a separate word.
    pub fn is_mentioned_in(&self, device: &str, text: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let text = key(text);
        let names = (self.names.iter())
            .filter(|(of, _)| of.as_deref().is_none_or(|of| of == device))
            .map(|(_, name)| name.as_str());
        let digits = digits(&text);
        names.into_iter().any(|name| mentions(&text, name))
            || (self.numbers.iter()).any(|number| digits.contains(number.e164()))
    }

    /// Whether no person is named.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.names.is_empty()
    }
}

/// Whether a text contains a name as a separate word; both in the form of [`key`].
fn mentions(text: &str, name: &str) -> bool {
    let is_of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_one_word = |one, other| is_of_word(one) && is_of_word(other);
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            let is_within = is_one_word(before, name.chars().next())
                || is_one_word(name.chars().next_back(), after);
            !is_within
        })
}

/// Whether a text contains the name of a person who is left out for another reason.
pub(crate) fn is_name_mentioned_in(name: &str, text: &str) -> bool {
    mentions(&key(text), &key(name))
}

/// The numbers in a text in E.164 form, without separators.
fn digits(text: &str) -> String {
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '+' => digits.push_str(" +"),
            c if c.is_ascii_digit() => digits.push(c),
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2010}' | '\u{2011}' => {}
            c if crate::phone::is_invisible_mark(c) => {}
            _ => digits.push(' '),
        }
    }
    digits
}

/// The device that a line may mean, whose name is similar to its beginning. A single device has no name of
/// its own.
fn unknown_device<'d>(line: &str, devices: &[&'d str]) -> Option<&'d str> {
    let (own, _) = line.split_once(':')?;
    let named = devices.iter().copied();
    nearest(own.trim(), named.filter(|device| *device != Device::ALONE))
}

/// A name in the form in which it is compared here.
fn key(name: &str) -> String {
    name_key(name).to_lowercase()
}

/// Whether a text may be a number: digits and no letters, or as many digits as a number has.
fn looks_like_a_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 7 || (digits > 0 && !text.chars().any(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_devices_are_distinguished() {
        let text = "\u{feff}# family\n\nMum\r\nanna: Ben\n+353 86 123 4501\nDr: Who\n";
        let never = Never::parse(text, FILE, &["anna", "ben"]).unwrap();
        for (device, name, is_named) in [
            ("anna", "Mum", true),
            ("ben", "~ \u{200e}Mum", true),
            ("anna", "Ben", true),
            ("ben", "Ben", false),
            ("ben", "+353861234501", true),
            ("ben", "Dr: Who", true),
            ("ben", "Who", false),
            ("ben", "mum", true),
        ] {
            assert_eq!(never.name(device, name), is_named, "{device}: {name}");
        }
        assert!(never.name_anywhere("Ben") && !never.name_anywhere("Cleo"));
        assert!(never.contains_number(&Phone::parse("+353861234501").unwrap()));
    }

    /// As a table has it, where the name would be a formula; and a name that begins with an apostrophe itself.
    #[test]
    fn mark_of_a_cell_is_no_part_of_a_name() {
        let never = Never::parse("'-Mia\n't Jagertje\n", FILE, &["anna"]).unwrap();
        for (name, is_named) in [("-Mia", true), ("'t Jagertje", true), ("Mia", false)] {
            assert_eq!(never.name("anna", name), is_named, "{name}");
        }
    }

    #[test]
    fn invalid_number_is_an_error() {
        for line in [
            "0151 2345678",
            "(030) 123",
            "+99 12",
            "anna: 123456",
            "+353861234503 (Mum)",
            "Mum, +353861234503",
            "wa.me/353861234503",
            "Mum # mother",
            "M\0u\0m",
        ] {
            let text = format!("Mum\n{line}\n");
            let problems = Never::parse(&text, FILE, &["anna"]).unwrap_err();
            assert_eq!(problems[0].line, Some(2), "{line}");
            assert!(!problems[0].to_string().contains(line), "{}", problems[0]);
        }
    }

    #[test]
    fn ambiguous_line_is_an_error() {
        for (line, mentions) in [
            ("*", "one name or number per line"),
            ("anna: *", "one name or number per line"),
            ("Ben Cooper;", "nothing after it"),
            ("Ben Cooper,", "nothing after it"),
            ("Mum, Dad", "between double quotes"),
            ("Mum\tDad", "between double quotes"),
            ("ana: Ben", "did you mean \"anna: \"?"),
        ] {
            let problems = Never::parse(&format!("{line}\n"), FILE, &["anna", "zoe"]).unwrap_err();
            assert!(
                problems[0].text.contains(mentions),
                "{line}: {}",
                problems[0]
            );
            assert!(!problems[0].text.contains("Ben Cooper"));
        }
        // Names that contain delimiters can be quoted.
        let text = "\"Cooper, Ben\"\nanna: ana: Ben\nShop: Cleo\n";
        let never = Never::parse(text, FILE, &["anna", "zoe"]).unwrap();
        for name in ["Cooper, Ben", "ana: Ben", "Shop: Cleo"] {
            assert!(never.name("anna", name), "{name}");
        }
        assert_eq!(
            [1, 2, 3].map(|line| never.has_colon(line)),
            [false, false, true]
        );
        // A single device without a name.
        assert!(Never::parse("defult: Ben\n", FILE, &[Device::ALONE]).is_ok());
    }

    #[test]
    fn name_is_mentioned_as_a_separate_word() {
        let text = "Mum\nanna: Ben\n+353861234501\n";
        let never = Never::parse(text, FILE, &["anna", "zoe"]).unwrap();
        for (text, is_mentioned) in [
            ("You added Mum", true),
            ("MUM left", true),
            ("You added \u{2068}Mum\u{2069}, Cleo", true),
            ("You added Mumford", false),
            ("Ben left", true),
            (
                "+353 86 123 4501 joined using this group's invite link",
                true,
            ),
            (
                "\u{202a}+353\u{a0}86\u{a0}123\u{2011}4501\u{202c} left",
                true,
            ),
            ("+353 86 123 4502 left", false),
        ] {
            assert_eq!(never.is_mentioned_in("anna", text), is_mentioned, "{text}");
        }
        assert!(!never.is_mentioned_in("zoe", "Ben left"));
    }

    #[test]
    fn spreadsheet_and_old_mac_line_ends_are_accepted() {
        let never = Never::parse("Other\rAnna: Ben\r\"Mum\"\r", FILE, &["anna"]).unwrap();
        assert!(never.name("anna", "Ben") && !never.name("ben", "Ben"));
        assert!(never.name("ben", "Mum"));
        assert_eq!(
            never.unmatched(&[("ben", "mum"), ("ben", "Ben")], &[]),
            [1, 2]
        );
    }

    #[test]
    fn brazilian_number_matches_with_and_without_nine() {
        let never = Never::parse("+5511998765432\n", FILE, &[]).unwrap();
        assert!(never.name("a", "+55 11 9876-5432"));
    }
}
