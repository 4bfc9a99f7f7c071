//! Bytes → rows, with every problem that the file has.

use std::collections::HashMap;

use super::{COLUMNS, Contacts, ImportChoice, Name, OPTIONAL_COLUMNS, Role, Row};
use crate::transform::names::{name_key, nearest};
use crate::transform::phone::Phone;
use crate::transform::settings::Problem;

/// Collects what is wrong in one file.
struct Problems<'f> {
    file: &'f str,
    found: Vec<Problem>,
}

impl Problems<'_> {
    fn add(&mut self, line: u32, text: impl Into<String>) {
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
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut problems = Problems {
        file,
        found: Vec::new(),
    };
    let delimiter = delimiter_of(text);
    let mut lines = Lines::new(text);
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
            // Text in memory that is UTF-8 and may be ragged leaves the reader nothing to refuse.
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
                if record.len() > columns.width {
                    problems.add(
                        line,
                        format!(
                            "has {} cells where the header has {}; put a cell that holds {} between double quotes",
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
    contradictions(&contacts.rows, &mut problems);
    if problems.found.is_empty() {
        Ok(contacts)
    } else {
        problems.found.sort();
        Err(problems.found)
    }
}

/// The delimiter under which the first line with content names most columns.
fn delimiter_of(text: &str) -> u8 {
    let header = text
        .lines()
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
    // The last of equals wins in `max_by_key`, so the comma stands last.
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

fn column_name(cell: &str) -> String {
    cell.trim().to_lowercase()
}

/// Where the columns are.
struct Columns {
    places: HashMap<String, usize>,
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
        for column in COLUMNS {
            if places.contains_key(column) {
                continue;
            }
            problems.add(
                line,
                match nearest(column, others.iter().copied()) {
                    Some(other) => format!("no column \"{column}\"; did you mean \"{other}\"?"),
                    None => format!(
                        "no column \"{column}\"; the header must name {}",
                        COLUMNS.join(",")
                    ),
                },
            );
        }
        // Other columns stay as they are; but a chat must not be imported because its "import"
        // was misspelt.
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
                    format!("unknown column \"{other}\"; did you mean \"{column}\"?"),
                );
            }
        }
        Columns {
            places,
            width: header.len(),
        }
    }
}

/// One record on its way to a [`Row`].
struct RowReader<'r> {
    columns: &'r Columns,
    record: &'r csv::StringRecord,
    line: u32,
}

impl RowReader<'_> {
    fn cell(&self, column: &str) -> Option<&str> {
        let place = *self.columns.places.get(column)?;
        self.record
            .get(place)
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
    }

    /// `None` when something is wrong with it, and then that is among the problems.
    fn read(&self, problems: &mut Problems<'_>, warnings: &mut Vec<Problem>) -> Option<Row> {
        let before = problems.found.len();
        let line = self.line;
        let chat = self.name("chat");
        if chat.is_none() {
            problems.add(line, "chat is empty; write the chat's name as `chatferry inspect` prints it, or * for every chat");
        }
        let participant = self.name("participant");
        let role = match self.cell("role").map(str::to_lowercase).as_deref() {
            Some("me") => Some(Role::Me),
            Some("contact") => Some(Role::Contact),
            Some("ignore") => Some(Role::Ignore),
            other => {
                problems.add(line, bad_word("role", other, &["me", "contact", "ignore"]));
                None
            }
        };
        let import = match self.cell("import").map(str::to_lowercase).as_deref() {
            None => None,
            Some("yes") => Some(ImportChoice::Yes),
            Some("no") => Some(ImportChoice::No),
            Some("private") => Some(ImportChoice::Private),
            other => {
                problems.add(line, bad_word("import", other, &["yes", "no", "private"]));
                None
            }
        };
        let phone = self.cell("phone").and_then(|cell| {
            let phone = Phone::parse(cell);
            if phone.is_none() {
                problems.add(
                    line,
                    "phone is no international number; write + and the country code first, such as +4915112345678",
                );
            }
            phone
        });
        let lead_id = self.id("lead_id", "lead_", problems);
        let contact_id = self.id("contact_id", "cont_", problems);
        let user_id = self.id("user_id", "user_", problems);
        let chat_key = self.cell("chat_key").map(str::to_owned);
        if chat_key.is_some() && chat.as_ref().is_some_and(Name::is_any) {
            problems.add(
                line,
                "chat_key needs a chat; with * every chat would become one",
            );
        }
        if role == Some(Role::Ignore) && participant.is_none() {
            problems.add(
                line,
                "participant is empty; write whose messages to leave out, or * for everybody's",
            );
        }
        self.unused(role?, problems.file, warnings);
        if problems.found.len() > before {
            return None;
        }
        Some(Row {
            line,
            device: self.cell("device").map(str::to_owned),
            chat: chat?,
            participant: participant.unwrap_or(Name::Any),
            role: role?,
            phone,
            lead_id,
            contact_id,
            user_id,
            chat_key,
            import,
        })
    }

    fn name(&self, column: &str) -> Option<Name> {
        let text = self.cell(column)?;
        if text == "*" {
            return Some(Name::Any);
        }
        let key = name_key(text);
        (!key.is_empty()).then(|| Name::Is {
            text: text.to_owned(),
            key,
        })
    }

    fn id(&self, column: &str, prefix: &str, problems: &mut Problems<'_>) -> Option<String> {
        let cell = self.cell(column)?;
        let rest = cell.strip_prefix(prefix).unwrap_or_default();
        if rest.is_empty()
            || !rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        {
            problems.add(
                self.line,
                format!("{column} is no id of Close; it must begin with \"{prefix}\""),
            );
            return None;
        }
        Some(cell.to_owned())
    }

    /// Cells that mean nothing in a row of this role.
    fn unused(&self, role: Role, file: &str, warnings: &mut Vec<Problem>) {
        let columns: &[&str] = match role {
            Role::Me => &["lead_id", "contact_id"],
            Role::Contact => &["user_id"],
            Role::Ignore => &["phone", "lead_id", "contact_id", "user_id"],
        };
        for column in columns.iter().filter(|column| self.cell(column).is_some()) {
            warnings.push(Problem {
                file: file.to_owned(),
                line: Some(self.line),
                text: format!(
                    "{column} has no meaning in a row with the role {}; it is not used",
                    role.word()
                ),
            });
        }
    }
}

fn bad_word(column: &str, word: Option<&str>, words: &[&str]) -> String {
    let choice = words.join(", ");
    match word {
        None => format!("{column} is empty; write one of {choice}"),
        Some(word) => match nearest(word, words.iter().copied()) {
            Some(near) => format!("{column} is \"{word}\"; did you mean \"{near}\"?"),
            None => format!("{column} is \"{word}\"; write one of {choice}"),
        },
    }
}

/// Rows about the same thing that say different things. An empty cell says nothing.
fn contradictions(rows: &[Row], problems: &mut Problems<'_>) {
    type Scope<'r> = (
        &'static str,
        Option<&'r str>,
        Option<&'r str>,
        Option<&'r str>,
        Option<Role>,
    );
    let mut said: HashMap<Scope<'_>, (u32, String)> = HashMap::new();
    for row in rows {
        let device = row.device.as_deref();
        let chat = row.chat.key();
        let participant = row.participant.key();
        let person = |column| (column, device, chat, participant, Some(row.role));
        // There is one owner in a chat, whatever names the rows give.
        let owner = |column| (column, device, chat, None, Some(Role::Me));
        let whole_chat = |column| (column, device, chat, None, None);
        let mut cells: Vec<(Scope<'_>, String)> = Vec::new();
        let scope_of = |column| {
            if row.role == Role::Me {
                owner(column)
            } else {
                person(column)
            }
        };
        for (column, value) in [
            ("phone", row.phone.as_ref().map(Phone::e164)),
            ("user_id", row.user_id.as_deref()),
        ] {
            cells.extend(value.map(|value| (scope_of(column), value.to_owned())));
        }
        for (column, value) in [
            ("lead_id", row.lead_id.as_deref()),
            ("contact_id", row.contact_id.as_deref()),
        ] {
            cells.extend(value.map(|value| (person(column), value.to_owned())));
        }
        cells.extend(
            row.chat_key
                .as_ref()
                .map(|key| (whole_chat("chat_key"), key.clone())),
        );
        cells.extend(
            row.import
                .map(|import| (whole_chat("import"), format!("{import:?}"))),
        );
        if participant.is_some() {
            let role = if row.role == Role::Ignore {
                "ignore"
            } else {
                "keep"
            };
            cells.push((("role", device, chat, participant, None), role.to_owned()));
        }
        for (scope, value) in cells {
            let column = scope.0;
            match said.get(&scope) {
                None => {
                    said.insert(scope, (row.line, value));
                }
                Some((first, other)) if *other != value => problems.add(
                    row.line,
                    format!("contradicts line {first}: same device, chat and participant, another {column}; keep one"),
                ),
                Some(_) => {}
            }
        }
    }
}

/// Lines of byte positions, asked in rising order.
struct Lines<'t> {
    bytes: &'t [u8],
    counted: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Lines {
            bytes: text.as_bytes(),
            counted: 0,
            line: 1,
        }
    }

    /// The line of the record that the reader began to look for at `byte`: line ends that it
    /// stepped over first are skipped here too.
    fn at(&mut self, byte: u64) -> u32 {
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

fn count_lines(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}
