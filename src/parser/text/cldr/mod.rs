//! Vocabulary of headers from Unicode CLDR: day periods, eras, digits, and the words around dates and times.
//!
//! Phones write timestamps by CLDR's patterns for their language. `table.tsv` has those of all languages
//! (`tools/cldr/README.md`), and `additions.tsv` what phones write otherwise. The grammar of a header is in
//! [`super::timestamp`], which takes every word from here: the language of a phone and its region are independent, so
//! that the parts of patterns occur in combinations that no language has. Never here: which order a date has.

mod half_day;
mod pattern;

use std::collections::HashSet;
use std::sync::LazyLock;

pub(super) use half_day::{HalfDay, language_of};

use super::calendar::{Calendar, Era};
use super::marks;
use half_day::HalfDays;
use pattern::{Part, parts};

/// The generated table. Rows `W` have the words of a language, `F` its patterns, `J` further patterns that join date and
/// time, `N` the digit zero of a script, `C` the date pattern and eras of another calendar.
pub(super) const TABLE: &str = include_str!("table.tsv");

/// Rows of the same form that CLDR does not have, and rows `S` with words after a date.
const ADDITIONS: &str = include_str!("additions.tsv");

/// Languages of [`ADDITIONS`] are numbered from here.
const ADDED: u16 = 10_000;

/// Words at one position of a header, by their first characters and then the longest ones first. A word ends where a
/// letter does not continue it.
#[derive(Debug, Default)]
pub(super) struct WordList {
    words: Vec<String>,
    /// [`first_chars`] of each word, ascending.
    firsts: Vec<[char; 2]>,
    /// Bit n: a word begins with byte n.
    first_bytes: [u128; 2],
}

impl WordList {
    fn add(&mut self, text: &str) {
        let text = plain(text);
        let word = text.trim().trim_start_matches([',', '\u{60c}', ':']).trim();
        if word.chars().any(|c| c.is_alphabetic() || c == '#') {
            self.words.push(word.to_owned());
        }
    }

    /// Sorts the words; at the end, since most of them are added by many languages.
    fn finish(&mut self) {
        self.words.sort_by(|one, other| {
            let by_first = first_chars(one.as_bytes()).cmp(&first_chars(other.as_bytes()));
            let by_length = other.len().cmp(&one.len());
            by_first.then(by_length).then_with(|| one.cmp(other))
        });
        self.words.dedup();
        let firsts = self.words.iter().map(|word| first_chars(word.as_bytes()));
        self.firsts = firsts.collect();
        for byte in self.words.iter().filter_map(|word| word.bytes().next()) {
            self.first_bytes[usize::from(byte >> 7)] |= 1 << (byte & 0x7f);
        }
    }

    /// Length of the word at the start of `bytes`, in bytes.
    pub(super) fn at_start(&self, bytes: &[u8]) -> Option<usize> {
        let first = bytes.first()?;
        if self.first_bytes[usize::from(first >> 7)] >> (first & 0x7f) & 1 == 0 {
            return None;
        }
        let firsts = first_chars(bytes);
        let length = |word: &[u8]| {
            let length = same_words(bytes, word)?;
            let is_whole = !(ends_with_letter(word) && begins_with_letter(&bytes[length..]));
            is_whole.then_some(length)
        };
        // Words of one character, which are the shortest, are under that character alone.
        let mut words = self.with(firsts).chain(self.with([firsts[0], NONE]));
        words.find_map(|word| length(word.as_bytes()))
    }

    /// The words with these first characters.
    fn with(&self, firsts: [char; 2]) -> impl Iterator<Item = &String> {
        let from = self.firsts.partition_point(|known| *known < firsts);
        let known = self.firsts[from..].iter().zip(&self.words[from..]);
        known
            .take_while(move |(known, _)| **known == firsts)
            .map(|(_, word)| word)
    }
}

/// Stands for a second character that is missing or a blank.
const NONE: char = '\0';

/// The first two characters of a word or of a line.
fn first_chars(bytes: &[u8]) -> [char; 2] {
    let head = &bytes[..bytes.len().min(8)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut chars = valid.chars();
    let first = chars.next().unwrap_or(NONE);
    let second = chars.next().filter(|c| !marks::is_blank(*c));
    [first, second.unwrap_or(NONE)]
}

fn begins_with_letter(bytes: &[u8]) -> bool {
    match bytes.first() {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic(),
        Some(_) => {
            let head = &bytes[..bytes.len().min(4)];
            let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            valid.starts_with(char::is_alphabetic)
        }
    }
}

fn ends_with_letter(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.ends_with(char::is_alphabetic))
}

/// Length of `word` at the start of `bytes`; a blank of `word` is any blank.
fn same_words(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in word {
        let rest = bytes.get(at..)?;
        at += match byte {
            b' ' => Some(marks::blank_len(rest)).filter(|length| *length > 0)?,
            byte => usize::from(rest.first() == Some(byte)),
        };
        if *byte != b' ' && bytes.get(at - 1) != Some(byte) {
            return None;
        }
    }
    Some(at)
}

/// The words of headers of all languages, by position.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    half_days: HalfDays,
    /// Eras before or after a year; one word can be an era of several calendars.
    eras: Vec<(String, Era)>,
    /// Code points of the digit zero of each script, ascending; the nine other digits follow each.
    zeros: Vec<u32>,
    /// Between date and time: `klo`, `à`.
    pub(super) joins: WordList,
    /// After a date: `г.`.
    pub(super) after_date: WordList,
    /// Before the hour: `Kl.`.
    pub(super) before_time: WordList,
    /// After a time: `ч.`.
    pub(super) after_time: WordList,
    /// After the hour, the minute and the second: `h`, `min`, `s`.
    pub(super) units: [WordList; 3],
    /// What a line without bracket can begin with other than a digit.
    line_starts: WordList,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary::default();
    let (words, mut added) = (Words::of(TABLE), Added::default());
    for row in rows(TABLE) {
        vocabulary.add(&row, &words, 0, &mut added);
    }
    for (row, language) in rows(ADDITIONS).zip(ADDED..) {
        vocabulary.add(&row, &words, language, &mut added);
    }
    vocabulary.finish();
    vocabulary
});

pub(super) fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

/// The vocabulary, unless neither an era nor a word of a list is at the start of `bytes`. Most timestamps have digits and
/// separators alone, and making the vocabulary takes longer than reading a short file.
pub(super) fn vocabulary_at(bytes: &[u8]) -> Option<&'static Vocabulary> {
    match bytes {
        // A hyphen begins a word where a letter follows it: `4:37-ന്` (ml).
        [] | [b'0'..=b'9' | b',' | b':' | b'/' | b'[' | b']', ..] | [b'-'] | [b'-', b' ', ..] => {
            None
        }
        _ => Some(&VOCABULARY),
    }
}

/// The half-day word at the start of `bytes` and its length. `language` is that of the file, if it is known.
pub(super) fn half_day(bytes: &[u8], language: Option<u16>) -> Option<(&'static HalfDay, usize)> {
    // `4:37 1ka` (blo).
    let may_be = bytes.first().is_some_and(u8::is_ascii_digit);
    let words = if may_be {
        vocabulary()
    } else {
        vocabulary_at(bytes)?
    };
    words.half_days.at_start(bytes, language)
}

/// The cells of each row of a table.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// The half-day words of each language of a table, by number.
struct Words<'t>(Vec<[&'t str; 3]>);

impl<'t> Words<'t> {
    fn of(table: &'t str) -> Self {
        let words = rows(table).filter(|row| row[0] == "W");
        Words(words.map(|row| [row[2], row[3], row[4]]).collect())
    }

    /// The words of a language, each with the hours that it stands for: from, until before.
    fn periods([am, pm, others]: [&'t str; 3]) -> impl Iterator<Item = (&'t str, (u8, u8))> {
        let others = others.split('|').filter_map(|period| {
            let (hours, word) = period.split_once('=')?;
            let (from, before) = hours.split_once('-')?;
            let before = before
                .parse()
                .ok()
                .map(|hour| if hour == 0 { 24 } else { hour });
            Some((word, (from.parse().ok()?, before?)))
        });
        [(am, (0, 12)), (pm, (12, 24))].into_iter().chain(others)
    }
}

/// Patterns of dates, of their joins and of times whose words are in the lists: most languages share them.
type Added<'t> = [HashSet<&'t str>; 3];

impl Vocabulary {
    /// `number`: of the language, if the row has no name.
    fn add<'t>(&mut self, row: &[&'t str], words: &Words<'_>, number: u16, added: &mut Added<'t>) {
        let [dates, joins, all_times] = added;
        match *row {
            ["W", name, am, pm, periods] => {
                let language = name.parse().unwrap_or(number);
                for (word, hours) in Words::periods([am, pm, periods]) {
                    self.half_days.add(word, hours, language);
                }
            }
            ["F", _, _, _, language, zero, date, join, ref times @ ..] => {
                self.zeros.extend(zero.chars().next().map(u32::from));
                if dates.insert(date) {
                    self.add_date(date);
                }
                if joins.insert(join) {
                    self.add_join(join);
                }
                for time in times.iter().filter(|time| all_times.insert(time)) {
                    self.add_time(time);
                }
                if join.starts_with("{0}") {
                    let words = language.parse().ok().and_then(|at: usize| words.0.get(at));
                    self.add_line_starts(times, words);
                }
            }
            ["J", _, join] if joins.insert(join) => self.add_join(join),
            ["N", _, zero] => self.zeros.extend(zero.chars().next().map(u32::from)),
            ["S", _, word] => self.after_date.add(word),
            ["C", _, _, calendar, date, eras] => {
                for (word, calendar) in eras.split('|').zip(Calendar::of_eras(calendar)) {
                    let word = plain(word);
                    if date.starts_with('G') {
                        self.line_starts.words.push(word.clone());
                    }
                    self.add_era(word, *calendar);
                }
            }
            _ => {}
        }
    }

    fn add_era(&mut self, word: String, calendar: Calendar) {
        if word.is_empty() {
            return;
        }
        match self.eras.iter_mut().find(|(known, _)| *known == word) {
            Some((_, era)) => era.add(calendar),
            None => self.eras.push((word, Era::of(calendar))),
        }
    }

    fn add_date(&mut self, pattern: &str) {
        if let Some(Part::Text(text)) = parts(pattern).last() {
            self.after_date.add(text.trim_start_matches('.'));
        }
    }

    fn add_join(&mut self, pattern: &str) {
        let parts = parts(pattern);
        let mut seen = "";
        for part in &parts {
            match (part, seen) {
                (Part::Field('0'), _) => seen = if seen.is_empty() { "0" } else { "10" },
                (Part::Field(_), _) => seen = if seen.is_empty() { "1" } else { "01" },
                (Part::Text(text), "") => self.before_time.add(text),
                (Part::Text(text), "0" | "1") => self.joins.add(text),
                (Part::Text(text), _) => self.after_time.add(text),
            }
        }
    }

    fn add_time(&mut self, pattern: &str) {
        let mut list = &mut self.before_time;
        for part in parts(pattern) {
            match part {
                Part::Field('h' | 'H' | 'K') => list = &mut self.units[0],
                Part::Field('m') => list = &mut self.units[1],
                Part::Field('s') => list = &mut self.units[2],
                Part::Field(_) => {}
                Part::Text(text) => {
                    list.add(&text);
                }
            }
        }
    }

    fn add_line_starts(&mut self, times: &[&str], words: Option<&[&str; 3]>) {
        let Some(words) = words.filter(|_| times.iter().any(|time| time.starts_with(['a', 'B'])))
        else {
            return;
        };
        let words = Words::periods(*words).map(|(word, _)| plain(word));
        self.line_starts
            .words
            .extend(words.filter(|w| !w.is_empty()));
    }

    fn finish(&mut self) {
        // The last unit of a time is also a word after it.
        for unit in &self.units[1..] {
            self.after_time.words.extend(unit.words.iter().cloned());
        }
        self.zeros.sort_unstable();
        self.zeros.dedup();
        let length = |(word, _): &(String, Era)| std::cmp::Reverse(word.len());
        self.eras.sort_by_key(length);
        let lists = [
            &mut self.joins,
            &mut self.after_date,
            &mut self.before_time,
            &mut self.after_time,
            &mut self.line_starts,
        ];
        for list in lists.into_iter().chain(&mut self.units) {
            list.finish();
        }
    }

    /// The era at the start of `bytes` and its length.
    pub(super) fn era(&self, bytes: &[u8]) -> Option<(Era, usize)> {
        let first = bytes.first()?;
        self.eras.iter().find_map(|(word, era)| {
            let word = word.as_bytes();
            let same = word.first() == Some(first);
            Some((*era, same.then(|| same_words(bytes, word)).flatten()?))
        })
    }

    /// The digit zero of the script that `c` is a digit of.
    pub(super) fn zero(&self, c: char) -> Option<u32> {
        let after = self.zeros.partition_point(|zero| *zero <= u32::from(c));
        let zero = *self.zeros.get(after.checked_sub(1)?)?;
        (u32::from(c) < zero + 10).then_some(zero)
    }

    /// Whether a line can begin a timestamp with this word.
    pub(super) fn begins_line(&self, bytes: &[u8]) -> bool {
        self.line_starts.at_start(bytes).is_some()
    }
}

/// Text without direction marks and with ordinary blanks.
fn plain(text: &str) -> String {
    let chars = text.chars().filter(|c| !marks::is_mark(*c));
    chars
        .map(|c| if marks::is_blank(c) { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_at_their_positions() {
        let words = vocabulary();
        let all = |list: &WordList, text: &str| list.at_start(text.as_bytes());
        assert_eq!(all(&words.joins, "klo 14"), Some(3));
        assert_eq!(all(&words.joins, "\u{e0} 14"), Some(2));
        assert_eq!(all(&words.after_date, "\u{433}., 21"), Some(3));
        assert_eq!(all(&words.after_time, "\u{447}. pm"), Some(3));
        assert_eq!(all(&words.units[0], "h 05"), Some(1));
        assert_eq!(all(&words.joins, "14:05"), None);
        assert!(words.begins_line("AP \u{6f1}\u{6f4}".as_bytes()));
        assert!(!words.begins_line(b"Anna"));
        assert_eq!(words.zero('\u{669}'), Some(0x660));
        assert_eq!(words.zero('a'), None);
    }

    #[test]
    fn every_word_is_found_and_the_longest_one_wins() {
        let vocabulary = vocabulary();
        let units = vocabulary.units.iter();
        for list in units.chain([
            &vocabulary.line_starts,
            &vocabulary.joins,
            &vocabulary.after_time,
        ]) {
            assert!(list.firsts.is_sorted() && list.firsts.len() == list.words.len());
            for word in &list.words {
                // Every blank is alike.
                let text = format!("{} 1", word.replace(' ', "\u{a0}"));
                let found = list.at_start(text.as_bytes());
                let longest = (list.words.iter())
                    .filter(|word| word.as_bytes().first() == text.as_bytes().first())
                    .filter_map(|word| {
                        let length = same_words(text.as_bytes(), word.as_bytes())?;
                        let is_cut = word.ends_with(char::is_alphabetic)
                            && text[length..].starts_with(char::is_alphabetic);
                        (!is_cut).then_some(length)
                    })
                    .max();
                assert_eq!(found, longest, "{word}");
                assert!(found.is_some_and(|length| length >= word.len()), "{word}");
            }
        }
    }

    #[test]
    fn no_word_begins_with_what_needs_no_vocabulary() {
        let words = vocabulary();
        let lists = words.units.iter().chain([
            &words.joins,
            &words.after_date,
            &words.before_time,
            &words.after_time,
            &words.line_starts,
        ]);
        let eras = words.eras.iter().map(|(word, _)| word);
        for word in lists.flat_map(|list| &list.words).chain(eras) {
            assert!(vocabulary_at(word.as_bytes()).is_some(), "{word}");
        }
        for word in words.half_days.words() {
            assert!(half_day(word.as_bytes(), None).is_some(), "{word}");
        }
    }

    #[test]
    fn half_day_word_ends_at_word_boundary() {
        let half_day = |text: &str| {
            let (word, length) = super::half_day(text.as_bytes(), None)?;
            Some((word.hour(9)?, length))
        };
        assert_eq!(half_day("PM - Anna"), Some((21, 2)));
        assert_eq!(half_day("p.\u{a0}m.] x"), Some((21, 6)));
        assert_eq!(half_day("a.m. - Anna"), Some((9, 4)));
        assert_eq!(half_day("- Anna"), None);
        for name in ["Sam: see", "Amy: see", "Pmella: see", "Chris: see"] {
            assert_eq!(half_day(name), None, "{name}");
        }
    }

    #[test]
    fn rows_of_additions_are_well_formed() {
        for row in rows(ADDITIONS) {
            let width = match row[0] {
                "W" => 5,
                "S" | "J" => 3,
                other => panic!("unknown row {other}"),
            };
            assert_eq!(row.len(), width, "{row:?}");
        }
        assert!(TABLE.len() < 300_000);
    }
}
