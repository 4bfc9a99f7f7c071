//! `never.txt`: people who are never imported, whatever any other file says.
//!
//! For: the list that a rep writes once and can rely on. It beats contacts.csv, and a new `init`
//! does not touch it. It must never be read in part: a line that cannot be understood stops
//! everything, since somebody is on it.
//!
//! A line is a number in international form, a name, or a name on one phone (`anna: Ben`); empty
//! lines and lines that begin with `#` say nothing.

use std::collections::BTreeSet;

use super::names::name_key;
use super::phone::Phone;
use super::settings::Problem;

/// The name of the file, beside the configuration.
pub const FILE: &str = "never.txt";

/// Whom the file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Never {
    numbers: BTreeSet<Phone>,
    /// Keys of names, each with the device that it holds for.
    names: BTreeSet<(Option<String>, String)>,
}

impl Never {
    /// Reads the text; `file` is only for messages. `devices` are the names of the devices: what
    /// stands before `: ` is one of them, or part of a name.
    ///
    /// # Errors
    ///
    /// Every line that looks like a number and is none in international form.
    pub fn parse(text: &str, file: &str, devices: &[&str]) -> Result<Never, Vec<Problem>> {
        let mut never = Never::default();
        let mut problems = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1u32..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (device, name) = match line.split_once(':') {
                Some((device, name)) if devices.contains(&device.trim()) => {
                    (Some(device.trim().to_owned()), name.trim())
                }
                _ => (None, line),
            };
            if let Some(phone) = Phone::parse(name) {
                never.numbers.insert(phone);
            } else if name_key(name).is_empty() || looks_like_a_number(name) {
                problems.push(Problem {
                    file: file.to_owned(),
                    line: Some(number),
                    text: "is neither a name nor a number in international form; write a number as in +4915112345678".to_owned(),
                });
            } else {
                never.names.insert((device, name_key(name)));
            }
        }
        if problems.is_empty() {
            Ok(never)
        } else {
            Err(problems)
        }
    }

    /// True when a chat or participant of this name, or number in place of one, on `device` is
    /// named.
    pub fn name(&self, device: &str, name: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let key = name_key(name);
        let is_named = |device: Option<String>| self.names.contains(&(device, key.clone()));
        Phone::parse(name).is_some_and(|phone| self.numbers.contains(&phone))
            || is_named(None)
            || is_named(Some(device.to_owned()))
    }

    /// True when somebody of this name is named on some device.
    pub fn name_anywhere(&self, name: &str) -> bool {
        let key = name_key(name);
        Phone::parse(name).is_some_and(|phone| self.numbers.contains(&phone))
            || self.names.iter().any(|(_, named)| *named == key)
    }

    /// True when this number is named.
    pub fn number(&self, number: &Phone) -> bool {
        self.numbers.contains(number)
    }

    /// True when nobody is named.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.names.is_empty()
    }
}

/// Digits and what stands between them in a number, and no letter.
fn looks_like_a_number(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit()) && !text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_devices_are_told_apart() {
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
            ("ben", "mum", false),
        ] {
            assert_eq!(never.name(device, name), is_named, "{device}: {name}");
        }
        assert!(never.name_anywhere("Ben") && !never.name_anywhere("Cleo"));
        assert!(never.number(&Phone::parse("+353861234501").unwrap()));
    }

    #[test]
    fn a_number_that_is_none_stops_everything() {
        for line in ["0151 2345678", "(030) 123", "+99 12", "anna: 123456"] {
            let text = format!("Mum\n{line}\n");
            let problems = Never::parse(&text, FILE, &["anna"]).unwrap_err();
            assert_eq!(problems[0].line, Some(2), "{line}");
            assert!(!problems[0].to_string().contains(line), "{}", problems[0]);
        }
    }
}
