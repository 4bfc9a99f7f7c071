//! Address books as CSV: Google Contacts, Outlook in the languages of `words.csv`, and tables with the same
//! column names.

use std::collections::HashMap;

use super::{BookError, Card, is_machine};

/// Meanings of column headers in lower case: kind and word. Shared numbers and numbers of machines (fax,
/// switchboard) are columns that are not read.
const WORDS: &str = include_str!("words.csv");

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The whole name; next to a column for the other part, the missing part.
    Name,
    Given,
    Middle,
    Family,
    Number,
}

/// The rows of a table.
///
/// # Errors
///
/// [`BookError::Unknown`] if no column is known; [`BookError::Quote`] if an unclosed quotation mark hides rows.
pub(super) fn read(text: &str) -> Result<Vec<Card>, BookError> {
    let words = words();
    let delimiter = delimiter_of(text, &words);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers: Vec<String> = (reader.headers().map_err(|_| BookError::Unknown)?.iter())
        .map(|head| head.trim().to_lowercase())
        .collect();
    let columns = Columns::of(&headers, &words).ok_or(BookError::Unknown)?;
    check_quotes(text, delimiter)?;
    let mut cards = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| BookError::Unknown)?;
        cards.push(columns.card(&record));
    }
    Ok(cards)
}

fn words() -> HashMap<&'static str, Kind> {
    let lines = WORDS.lines().filter_map(|line| line.split_once(','));
    lines
        .filter_map(|(kind, word)| {
            let kind = match kind {
                "name" => Kind::Name,
                "given" => Kind::Given,
                "middle" => Kind::Middle,
                "family" => Kind::Family,
                "number" => Kind::Number,
                _ => return None,
            };
            Some((word, kind))
        })
        .collect()
}

/// The kind of a header. Outlook numbers the second column of a kind, Google all of them.
fn kind_of(head: &str, words: &HashMap<&str, Kind>) -> Option<Kind> {
    if is_google(head, &["value"]) {
        return Some(Kind::Number);
    }
    let is_counted = |c: char| c.is_ascii_digit() || c == ' ';
    let without_count = head.trim_end_matches(is_counted);
    let found = words.get(head).or_else(|| words.get(without_count));
    found.copied().or_else(|| {
        // Any other English column of phone numbers.
        let is_phone = without_count.ends_with(" phone")
            && !without_count.contains("company")
            && !is_machine(without_count);
        is_phone.then_some(Kind::Number)
    })
}

/// Whether a header is `phone 1 - value`, with one of these as its last word.
fn is_google(head: &str, last: &[&str]) -> bool {
    let parts = head
        .strip_prefix("phone ")
        .and_then(|rest| rest.split_once(" - "));
    parts.is_some_and(|(number, of)| number.parse::<u8>().is_ok() && last.contains(&of))
}

/// The delimiter for which the first line has the most known columns.
fn delimiter_of(text: &str, words: &HashMap<&str, Kind>) -> u8 {
    let head = text.split(['\r', '\n']).next().unwrap_or_default();
    let known = |delimiter: u8| {
        let cells = head.split(char::from(delimiter));
        cells
            .map(|cell| cell.trim().trim_matches('"').trim().to_lowercase())
            .filter(|cell| kind_of(cell, words).is_some())
            .count()
    };
    // `max_by_key` returns the last of equals, so the comma comes last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| known(*delimiter))
        .unwrap_or(b',')
}

/// Checks that every quoted cell is closed at its end: an unclosed one would hide the rows after it, and
/// namesakes in them.
fn check_quotes(text: &str, delimiter: u8) -> Result<(), BookError> {
    let bytes = text.as_bytes();
    let (mut line, mut at) = (1u32, 0);
    let mut at_begin = true;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' && at_begin {
            let opened = BookError::Quote { line };
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    (Some(b'"'), Some(b'"')) => at += 1,
                    (Some(b'"'), None | Some(b'\r' | b'\n')) => break,
                    (Some(b'"'), Some(next)) if *next == delimiter => break,
                    (Some(b'"') | None, _) => return Err(opened),
                    (Some(b'\r'), Some(b'\n')) => {}
                    (Some(b'\r' | b'\n'), _) => line += 1,
                    _ => {}
                }
                at += 1;
            }
        } else {
            let ends_line = byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            line += u32::from(ends_line);
            at_begin = byte == delimiter || matches!(byte, b'\r' | b'\n');
        }
        if byte == b'"' {
            at_begin = false;
        }
        at += 1;
    }
    Ok(())
}

/// Indexes of the columns.
struct Columns {
    whole: Option<usize>,
    given: Option<usize>,
    middle: Option<usize>,
    family: Option<usize>,
    /// Each with the column that contains its label.
    numbers: Vec<(usize, Option<usize>)>,
}

impl Columns {
    fn of(headers: &[String], words: &HashMap<&str, Kind>) -> Option<Columns> {
        let kinds: Vec<Option<Kind>> = headers.iter().map(|head| kind_of(head, words)).collect();
        let first = |kind: Kind| kinds.iter().position(|of| *of == Some(kind));
        let mut columns = Columns {
            whole: first(Kind::Name),
            given: first(Kind::Given),
            middle: first(Kind::Middle),
            family: first(Kind::Family),
            numbers: Vec::new(),
        };
        // `Nom` next to `Prénom` and `Nome` next to `Cognome` are parts.
        match (columns.given, columns.family) {
            (Some(_), None) => columns.family = columns.whole.take(),
            (None, Some(_)) => columns.given = columns.whole.take(),
            _ => {}
        }
        let numbers = (0..headers.len()).filter(|index| kinds[*index] == Some(Kind::Number));
        columns.numbers = numbers
            .map(|index| {
                let label = headers[index].strip_suffix("value").and_then(|stem| {
                    let is_its = |head: &String| {
                        (head.strip_prefix(stem)).is_some_and(|of| matches!(of, "label" | "type"))
                    };
                    headers.iter().position(is_its)
                });
                (index, label)
            })
            .collect();
        let is_named = columns.whole.or(columns.given).or(columns.family).is_some();
        (is_named && !columns.numbers.is_empty()).then_some(columns)
    }

    fn card(&self, record: &csv::StringRecord) -> Card {
        let cell = |index: Option<usize>| index.and_then(|at| record.get(at)).unwrap_or_default();
        let (given, family) = (cell(self.given), cell(self.family));
        let names = [
            cell(self.whole).to_owned(),
            format!("{given} {family}"),
            format!("{given} {} {family}", cell(self.middle)),
        ];
        let numbers = (self.numbers.iter())
            .filter(|(_, label)| !is_machine(cell(*label)))
            // Google joins several numbers of one label in one cell.
            .flat_map(|(index, _)| cell(Some(*index)).split(":::"))
            .map(|number| number.trim().to_owned())
            .filter(|number| !number.is_empty());
        Card {
            numbers: numbers.collect(),
            names: names.into(),
        }
    }
}
