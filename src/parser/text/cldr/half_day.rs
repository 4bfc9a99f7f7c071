//! Half-day words and other day periods (`AM`, `nachm.`, `凌晨`), and the hours that each stands for.
//!
//! Phones write the hour of a 12-hour clock next to such a word. Here belongs which of the two possible hours is meant;
//! where the word is in a header belongs to the grammar.

use std::collections::HashMap;

use super::super::marks;

/// A word, and the hours that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct HalfDay {
    /// The hour of the day for each hour of a 12-hour clock (12 as 0), where the word stands for one of the two.
    hours: [Option<u8>; 12],
    /// The languages that have the word, as numbers of rows `W` of the table; the most frequent ones first.
    languages: Vec<u16>,
    /// The same word with other hours in another language: `ip.` is the afternoon in Finnish and the morning in Inari
    /// Sami.
    contested: Vec<HalfDay>,
}

impl HalfDay {
    /// The hour of the day; `None` for an impossible hour. The word is ignored if the hour is over 12, and `00:04 AM`
    /// is accepted (both observed).
    pub(in super::super) fn hour(&self, hour: u8) -> Option<u8> {
        match hour {
            0..=12 => {
                Some(self.hours[usize::from(hour % 12)].unwrap_or_else(|| self.nearest(hour % 12)))
            }
            13..=23 => Some(hour),
            _ => None,
        }
    }

    /// The one of the two hours that is nearer to those that the word stands for. Versions of a phone differ in when an
    /// evening begins.
    fn nearest(&self, hour: u8) -> u8 {
        let is_meant = |hour: u8| self.hours[usize::from(hour % 12)] == Some(hour % 24);
        let distance = |hour: u8| {
            let near = |by: &u8| is_meant(hour + by) || is_meant(hour + 24 - by);
            (0..24).find(near)
        };
        match (distance(hour), distance(hour + 12)) {
            (Some(first), Some(second)) if second < first => hour + 12,
            _ => hour,
        }
    }

    /// Adds the hours of `other` if the words do not contradict each other; returns whether they agree.
    fn merge(&mut self, other: &HalfDay) -> bool {
        let both = || self.hours.iter().zip(&other.hours);
        if both().any(|(one, other)| matches!((one, other), (Some(a), Some(b)) if a != b)) {
            return false;
        }
        for (one, other) in self.hours.iter_mut().zip(&other.hours) {
            *one = one.or(*other);
        }
        if self.languages.last() != other.languages.last() {
            self.languages.extend(&other.languages);
        }
        true
    }

    pub(in super::super) fn is_contested(&self) -> bool {
        !self.contested.is_empty()
    }

    fn in_language(&self, language: Option<u16>) -> &HalfDay {
        let of = |word: &&HalfDay| language.is_some_and(|one| word.languages.contains(&one));
        if of(&self) {
            return self;
        }
        self.contested.iter().find(of).unwrap_or(self)
    }

    fn all_languages(&self) -> impl Iterator<Item = u16> {
        let others = self.contested.iter().flat_map(|word| &word.languages);
        self.languages.iter().chain(others).copied()
    }
}

/// The first language that has all of `words`, if one of them means other hours in it than in most languages.
pub(in super::super) fn language_of(words: &[&HalfDay]) -> Option<u16> {
    let contested = words.iter().find(|word| word.is_contested())?;
    let has_all = |language: &u16| {
        let has = |word: &&&HalfDay| word.all_languages().any(|one| one == *language);
        words.iter().all(|word| has(&word))
    };
    let language = contested.all_languages().find(has_all)?;
    let differs = |word: &&HalfDay| word.in_language(Some(language)) != *word;
    words.iter().any(differs).then_some(language)
}

/// All words.
#[derive(Debug, Default)]
pub(super) struct HalfDays {
    words: HashMap<String, HalfDay>,
    /// The length of the longest word, in characters.
    longest: usize,
    /// The first characters of all words.
    starts: std::collections::HashSet<char>,
}

impl HalfDays {
    /// Adds a word that stands for the hours from `from` until before `before`. The languages that are added first take
    /// precedence.
    pub(super) fn add(&mut self, word: &str, (from, before): (u8, u8), language: u16) {
        let word: String = word.chars().filter_map(folded).flatten().collect();
        // CLDR 36 and 42 have Amharic words with a number after them, which would take the hour.
        let Some(start) = word
            .chars()
            .next()
            .filter(|_| !word.ends_with(|c: char| c.is_ascii_digit()))
        else {
            return;
        };
        self.starts.insert(start);
        self.longest = self.longest.max(word.chars().count());
        let new = HalfDay {
            hours: hours(from, before),
            languages: vec![language],
            contested: Vec::new(),
        };
        let Some(known) = self.words.get_mut(&word) else {
            self.words.insert(word, new);
            return;
        };
        if !known.merge(&new) && known.languages.last() != Some(&language) {
            let mut others = known.contested.iter_mut();
            if !others.any(|other| other.merge(&new)) {
                known.contested.push(new);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        self.words.keys()
    }

    /// The word at the start of `bytes` and its length. `language` is that of the file, if it is known.
    pub(super) fn at_start(
        &self,
        bytes: &[u8],
        language: Option<u16>,
    ) -> Option<(&HalfDay, usize)> {
        // A timestamp without such a word continues with one of these.
        if matches!(bytes.first(), None | Some(b']' | b'-' | b')' | b':')) {
            return None;
        }
        // Four bytes a character; marks between them are rare.
        let window = &bytes[..bytes.len().min(4 * self.longest)];
        let text = match std::str::from_utf8(window) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).ok()?,
        };
        let mut key = String::new();
        // The length of the key, and of the text, after each character.
        let mut ends: Vec<(usize, usize)> = Vec::new();
        for (at, c) in text.char_indices() {
            key.extend(folded(c).into_iter().flatten());
            if ends.is_empty() && !key.starts_with(|start| self.starts.contains(&start)) {
                return None;
            }
            ends.push((key.len(), at + c.len_utf8()));
            if ends.len() > self.longest || matches!(c, ']' | ')') {
                break;
            }
        }
        ends.iter().rev().find_map(|(folded, length)| {
            let word = self.words.get(&key[..*folded])?;
            // `Sam` is a sender after a 24-hour clock, and not the Vietnamese `SA`.
            let goes_on = text[*length..].starts_with(char::is_alphabetic);
            (!goes_on).then(|| (word.in_language(language), *length))
        })
    }
}

/// A character without case and kind of blank; `None` for a direction mark.
fn folded(c: char) -> Option<impl Iterator<Item = char>> {
    let c = if marks::is_blank(c) { ' ' } else { c };
    (!marks::is_mark(c)).then(|| c.to_lowercase())
}

/// The hour of the day for each hour of a 12-hour clock, where one of the two is in the period.
fn hours(from: u8, before: u8) -> [Option<u8>; 12] {
    let is_in = |hour: &u8| {
        if from < before {
            (from..before).contains(hour)
        } else {
            *hour >= from || *hour < before
        }
    };
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(|hour: u8| {
        let (first, second) = (Some(hour).filter(is_in), Some(hour + 12).filter(is_in));
        first.xor(second)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hour_in_period_or_nearest_to_it() {
        let mut words = HalfDays::default();
        words.add("noon", (12, 13), 0);
        words.add("at night", (21, 6), 0);
        words.add("PM", (12, 24), 0);
        let hours = |word: &str| {
            let (word, _) = words.at_start(word.as_bytes(), None).unwrap();
            [12, 1, 3, 6, 8, 9, 11].map(|hour| word.hour(hour).unwrap())
        };
        assert_eq!(hours("pm"), [12, 13, 15, 18, 20, 21, 23]);
        assert_eq!(hours("At\u{a0}night"), [0, 1, 3, 6, 20, 21, 23]);
        // Some phones write "noon" from eleven on.
        assert_eq!(hours("noon"), [12, 13, 15, 6, 8, 9, 11]);
    }

    #[test]
    fn contested_word_means_what_the_language_of_all_words_means() {
        let mut words = HalfDays::default();
        words.add("ap.", (0, 12), 1);
        words.add("ip.", (12, 24), 1);
        words.add("ip.", (0, 12), 2);
        words.add("ep.", (12, 24), 2);
        let find = |text: &str| words.at_start(text.as_bytes(), None).unwrap().0;
        assert_eq!(find("ip.").hour(9), Some(21));
        assert_eq!(language_of(&[find("ip.")]), None);
        assert_eq!(language_of(&[find("ip."), find("ep.")]), Some(2));
        assert_eq!(language_of(&[find("ap."), find("ep.")]), None);
        let sami = words.at_start("ip.".as_bytes(), Some(2)).unwrap().0;
        assert_eq!(sami.hour(9), Some(9));
    }
}
