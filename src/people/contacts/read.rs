//! Parses bytes into rows, with all problems of the file.

use std::collections::HashMap;

use super::index::Index;
use super::row::{self, RowReader};
use super::{COLUMNS, Contacts, OPTIONAL_COLUMNS, Role};
use crate::name::nearest;
use crate::people::delimiter::declared_delimiter;
use crate::settings::Problem;

/// Collects the problems of one file.
pub(super) struct Problems<'f> {
    pub(super) file: &'f str,
    pub(super) found: Vec<Problem>,
}

impl Problems<'_> {
    pub(super) fn add(&mut self, line: u32, text: impl Into<String>) {
        self.found.push(Problem {
            file: self.file.to_owned(),
            line: Some(line),
            text: text.into(),
        });
    }
}

/// See [`Contacts::from_bytes`].
pub(super) fn decode<'b>(bytes: &'b [u8], file: &str) -> Result<&'b str, Vec<Problem>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let text = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            "is UTF-16; save it as \"CSV UTF-8\""
        } else {
            "is not UTF-8 here; save the file as \"CSV UTF-8\""
        };
        let mut problems = Problems {
            file,
            found: Vec::new(),
        };
        problems.add(count_lines(before) + 1, text);
        problems.found
    })
}

/// See [`Contacts::parse`].
pub(super) fn parse(text: &str, file: &str) -> Result<Contacts, Vec<Problem>> {
    let Parts {
        body: text,
        delimiter,
        line,
        ..
    } = Parts::of(text);
    let mut problems = Problems {
        file,
        found: Vec::new(),
    };
    let mut lines = Lines::new(text, line);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut columns: Option<Columns> = None;
    let mut contacts = Contacts {
        file: file.to_owned(),
        delimiter: char::from(delimiter),
        ..Contacts::default()
    };
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            // UTF-8 text in memory with flexible row lengths has no other error.
            Err(error) => {
                problems.add(
                    lines.at(error.position().map_or(0, csv::Position::byte)),
                    "cannot be read as CSV",
                );
                break;
            }
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        match &columns {
            None => {
                contacts.header = record.iter().map(str::to_owned).collect();
                columns = Some(Columns::of(&record, line, &mut problems));
                if !problems.found.is_empty() {
                    return Err(problems.found);
                }
            }
            Some(columns) => {
                // Spreadsheets leave empty cells where values were deleted; but if the role is invalid as
                // well, a cell was split in two.
                let mut surplus = record.iter().skip(columns.width);
                let role = columns.places.get("role").and_then(|at| record.get(*at));
                let is_wide = record.len() > columns.width
                    && (surplus.any(|cell| !cell.trim().is_empty())
                        || role.is_none_or(|role| Role::of(role).is_none()));
                if is_wide {
                    problems.add(
                        line,
                        format!(
                            "has {} cells, the header {}; put a cell that contains {} between double quotes",
                            record.len(),
                            columns.width,
                            delimiter_word(delimiter),
                        ),
                    );
                } else {
                    let row = RowReader {
                        columns,
                        record: &record,
                        line,
                    };
                    contacts
                        .rows
                        .extend(row.read(&mut problems, &mut contacts.warnings));
                }
            }
        }
    }
    if columns.is_none() {
        problems.add(
            1,
            format!(
                "has no header line; the first line must be {}",
                COLUMNS.join(",")
            ),
        );
    }
    contacts.index = Index::of(&contacts.rows);
    row::contradictions(&contacts.rows, &mut problems);
    let private = contacts.private_numbers_of_other_rows();
    contacts.warnings.extend(private);
    if problems.found.is_empty() {
        Ok(contacts)
    } else {
        problems.found.sort();
        Err(problems.found)
    }
}

/// The parts of a file.
pub(super) struct Parts<'t> {
    /// The text before the header: a byte order mark, and the line `sep=;`, which declares the delimiter to
    /// Excel.
    pub(super) head: &'t str,
    /// The header and the rows.
    pub(super) body: &'t str,
    /// The delimiter.
    pub(super) delimiter: u8,
    /// The line on which the body starts.
    pub(super) line: u32,
}

impl<'t> Parts<'t> {
    pub(super) fn of(text: &'t str) -> Parts<'t> {
        let marked = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let first = marked.split(['\r', '\n']).next().unwrap_or_default();
        let declared = declared_delimiter(first);
        let body = match declared {
            None => marked,
            Some(_) => {
                let rest = &marked[first.len()..];
                let end = rest.strip_prefix('\r').unwrap_or(rest);
                end.strip_prefix('\n').unwrap_or(end)
            }
        };
        Parts {
            head: &text[..text.len() - body.len()],
            body,
            delimiter: declared.unwrap_or_else(|| delimiter_of(body)),
            line: 1 + u32::from(declared.is_some()),
        }
    }
}

/// The delimiter for which the first line with content has the most known columns.
fn delimiter_of(text: &str) -> u8 {
    let header = text
        .split(['\r', '\n'])
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let known = |delimiter: u8| {
        header
            .split(char::from(delimiter))
            .filter(|cell| {
                let name = column_name(cell.trim().trim_matches('"'));
                COLUMNS.contains(&name.as_str()) || OPTIONAL_COLUMNS.contains(&name.as_str())
            })
            .count()
    };
    // `max_by_key` returns the last of equals, so the comma comes last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&delimiter| known(delimiter))
        .unwrap_or(b',')
}

fn delimiter_word(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "a \";\"",
        b'\t' => "a tab",
        _ => "a \",\"",
    }
}

pub(super) fn column_name(cell: &str) -> String {
    cell.trim().to_lowercase()
}

/// Indexes of the columns.
pub(super) struct Columns {
    pub(super) places: HashMap<String, usize>,
    width: usize,
}

impl Columns {
    fn of(header: &csv::StringRecord, line: u32, problems: &mut Problems<'_>) -> Columns {
        let mut places = HashMap::new();
        for (place, cell) in header.iter().enumerate() {
            let name = column_name(cell);
            let ours =
                COLUMNS.contains(&name.as_str()) || OPTIONAL_COLUMNS.contains(&name.as_str());
            if places.insert(name.clone(), place).is_some() && ours {
                problems.add(line, format!("has the column \"{name}\" twice; remove one"));
            }
        }
        let others: Vec<&str> = header
            .iter()
            .map(str::trim)
            .filter(|cell| {
                let name = column_name(cell);
                !COLUMNS.contains(&name.as_str()) && !OPTIONAL_COLUMNS.contains(&name.as_str())
            })
            .collect();
        if others.len() == header.len() {
            let text = format!(
                "contains no column of contacts.csv; it must be {}",
                COLUMNS.join(",")
            );
            problems.add(line, text);
            return Columns {
                places,
                width: header.len(),
            };
        }
        for column in COLUMNS {
            if places.contains_key(column) {
                continue;
            }
            problems.add(
                line,
                match nearest(column, others.iter().copied()) {
                    Some(other) => {
                        format!("no column \"{column}\"; rename \"{other}\" to \"{column}\"")
                    }
                    None => format!(
                        "no column \"{column}\"; the header must name {}",
                        COLUMNS.join(",")
                    ),
                },
            );
        }
        // Other columns are ignored; but a chat must not be imported because `import` was misspelt.
        for column in OPTIONAL_COLUMNS {
            if places.contains_key(column) {
                continue;
            }
            let bare = |name: &str| column_name(name).replace(['_', ' ', '-'], "");
            if let Some(other) = others
                .iter()
                .find(|other| strsim::damerau_levenshtein(&bare(column), &bare(other)) <= 1)
            {
                problems.add(
                    line,
                    format!("unknown column \"{other}\"; rename it to \"{column}\""),
                );
            }
        }
        Columns {
            places,
            width: header.len(),
        }
    }
}

/// Lines of byte positions; positions must ascend.
pub(super) struct Lines<'t> {
    bytes: &'t [u8],
    counted: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    /// `line` is the line on which the text starts.
    pub(super) fn new(text: &'t str, line: u32) -> Self {
        Lines {
            bytes: text.as_bytes(),
            counted: 0,
            line,
        }
    }

    /// The line of the record that the reader searched from `byte` on: line ends that it skipped first are
    /// skipped here too.
    pub(super) fn at(&mut self, byte: u64) -> u32 {
        let mut place = usize::try_from(byte)
            .unwrap_or(usize::MAX)
            .clamp(self.counted, self.bytes.len());
        while matches!(self.bytes.get(place), Some(b'\r' | b'\n')) {
            place += 1;
        }
        self.line += count_lines(&self.bytes[self.counted..place]);
        self.counted = place;
        self.line
    }
}

/// Counts lines that end with LF, CRLF, or CR alone.
fn count_lines(bytes: &[u8]) -> u32 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    u32::try_from(ends.count()).unwrap_or(u32::MAX)
}
