//! `exclude.csv`: periods of chats that are left out.
//!
//! Columns: `device` (empty: any), `chat` (its name, or `*`), `from` and `until` (local dates or times of
//! the phone, `until` exclusive; empty: no bound), `reason` (for people). The table is never read in part:
//! an invalid row stops the command.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::small_table::Table;
use crate::name::{name_key, nearest};
use crate::settings::Problem;
use crate::table_cell;

/// The name of the file, next to the configuration.
pub const FILE: &str = "exclude.csv";

/// A row that matches nothing. The row's own chat is not named: it may be a private one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmatched {
    /// The device does not exist; the most similar one.
    Device(u32, Option<String>),
    /// No chat has this name; the most similar one of those that may be named.
    Chat(u32, Option<String>),
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmatched::Device(line, Some(near)) => {
                write!(f, "{FILE}:{line}: unknown device; did you mean \"{near}\"?")
            }
            Unmatched::Device(line, None) => write!(
                f,
                "{FILE}:{line}: unknown device; write its name as in the configuration, or leave device empty for any"
            ),
            Unmatched::Chat(line, Some(near)) => {
                write!(
                    f,
                    "{FILE}:{line}: matches no chat; did you mean \"{near}\"?"
                )
            }
            Unmatched::Chat(line, None) => write!(
                f,
                "{FILE}:{line}: matches no chat; copy its name from `chatferry inspect`"
            ),
        }
    }
}

/// The excluded periods of all chats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclude {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    line: u32,
    /// In lower case, as the chat; `None`: every device.
    device: Option<String>,
    /// The name, and the other reading of a cell that may have a mark of text; empty: every chat.
    chats: Vec<String>,
    from: Option<NaiveDateTime>,
    until: Option<NaiveDateTime>,
}

/// Device, chats and bounds of a row.
type Key = (
    Option<String>,
    Vec<String>,
    Option<NaiveDateTime>,
    Option<NaiveDateTime>,
);

impl Exclude {
    /// Parses the bytes of the file; `file` appears in messages only. `;` and tab as delimiter and a byte
    /// order mark are accepted.
    ///
    /// # Errors
    ///
    /// All problems: missing columns, invalid times, a row without bounds, one that ends before it begins, the same row twice.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Exclude, Vec<Problem>> {
        let problem = |line: Option<u32>, text: String| Problem {
            file: file.to_owned(),
            line,
            text,
        };
        let table = Table::read(bytes, file)?;
        let indexes = ["device", "chat", "from", "until"].map(|name| table.column(name));
        let [device, Some(chat), Some(from), Some(until)] = indexes else {
            let text = "columns chat, from and until are required (device and reason are optional); name them in the first line";
            return Err(vec![problem(Some(1), text.to_owned())]);
        };
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        // The line of each row.
        let mut lines: HashMap<Key, u32> = HashMap::new();
        for (line, cells) in &table.rows {
            let line = *line;
            let raw = |index: usize| cells.get(index).map_or("", String::as_str);
            let cell = |index: usize| table_cell::read(raw(index)).trim();
            let mut refuse = |text: &str| problems.push(problem(Some(line), text.to_owned()));
            let (Ok(from), Ok(until)) = (time(cell(from)), time(cell(until))) else {
                refuse(
                    "from and until must be dates (2024-03-01) or times (2024-03-01 14:30) of the phone",
                );
                continue;
            };
            if from.is_none() && until.is_none() {
                refuse(
                    "has neither from nor until; to leave out a whole chat, set import = no in contacts.csv",
                );
                continue;
            }
            if from.zip(until).is_some_and(|(from, until)| until <= from) {
                refuse("ends before it begins; until is the first time that is imported again");
                continue;
            }
            if cell(chat).is_empty() {
                refuse("chat is empty; copy its name from `chatferry inspect`, or write *");
                continue;
            }
            let device = device.map(cell).filter(|device| !device.is_empty());
            let row = Row {
                line,
                device: device.map(str::to_lowercase),
                chats: match cell(chat) {
                    "*" => Vec::new(),
                    _ => readings(raw(chat)),
                },
                from,
                until,
            };
            match lines.entry(row.key()) {
                Entry::Occupied(first) => {
                    let first = first.get();
                    refuse(&format!(
                        "is the same as line {first}; remove one of the two"
                    ));
                }
                Entry::Vacant(first) => {
                    first.insert(line);
                    rows.push(row);
                }
            }
        }
        if problems.is_empty() {
            Ok(Exclude { rows })
        } else {
            Err(problems)
        }
    }

    /// Whether nothing is excluded.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a row applies to the chat of this name.
    pub(crate) fn is_for(&self, device: &str, chat: &str) -> bool {
        let (device, chat) = (device.to_lowercase(), name_key(chat).to_lowercase());
        (self.rows.iter()).any(|row| {
            row.chats.contains(&chat) && row.device.as_ref().is_none_or(|own| *own == device)
        })
    }

    /// The excluded periods of a chat, by the name that an archive has for it; empty if no row
    /// applies.
    pub fn of(&self, device: &str, chat: &str) -> ExcludedPeriods {
        if self.rows.is_empty() {
            return ExcludedPeriods::default();
        }
        let known = KnownChat::new(device, chat);
        let rows = self.rows.iter().filter(|row| row.is_of(&known));
        ExcludedPeriods(rows.map(|row| (row.from, row.until)).collect())
    }

    /// The rows that apply to none of the known chats, given as device and name, or to none of the devices. `named`: the names that
    /// may be offered in place of an unknown one.
    pub fn unmatched(
        &self,
        known: &[(&str, &str)],
        devices: &[&str],
        named: &[&str],
    ) -> Vec<Unmatched> {
        let known: HashSet<KnownChat> = (known.iter())
            .map(|(device, chat)| KnownChat::new(device, chat))
            .collect();
        let of_any_device: HashSet<&str> = known.iter().map(|known| known.chat.as_str()).collect();
        let is_known = |row: &Row| {
            row.chats.iter().any(|chat| match &row.device {
                None => of_any_device.contains(chat.as_str()),
                Some(device) => known.contains(&KnownChat {
                    device: device.clone(),
                    chat: chat.clone(),
                }),
            })
        };
        let judge = |row: &Row| match &row.device {
            Some(own) if !devices.iter().any(|device| device.to_lowercase() == *own) => {
                let near = nearest(own, devices.iter().copied());
                Some(Unmatched::Device(row.line, near.map(str::to_owned)))
            }
            // A device without archives has no chat yet.
            _ if row.chats.is_empty() || is_known(row) => None,
            _ => {
                let own = row.chats.first().map_or("", String::as_str);
                let near = nearest(own, named.iter().copied());
                Some(Unmatched::Chat(row.line, near.map(str::to_owned)))
            }
        };
        self.rows.iter().filter_map(judge).collect()
    }
}

impl Row {
    /// What it leaves out, whatever its reason.
    fn key(&self) -> Key {
        (
            self.device.clone(),
            self.chats.clone(),
            self.from,
            self.until,
        )
    }

    fn is_of(&self, known: &KnownChat) -> bool {
        (self.device.as_ref()).is_none_or(|own| *own == known.device)
            && (self.chats.is_empty() || self.chats.contains(&known.chat))
    }
}

/// A device and a chat in the form in which rows are compared.
#[derive(PartialEq, Eq, Hash)]
struct KnownChat {
    device: String,
    chat: String,
}

impl KnownChat {
    fn new(device: &str, chat: &str) -> Self {
        KnownChat {
            device: device.to_lowercase(),
            chat: name_key(chat).to_lowercase(),
        }
    }
}

/// The excluded periods of one chat: start and exclusive end, in the local time of the phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExcludedPeriods(Vec<(Option<NaiveDateTime>, Option<NaiveDateTime>)>);

impl ExcludedPeriods {
    /// Whether a message of this local time is left out.
    pub fn contains(&self, at: NaiveDateTime) -> bool {
        self.0.iter().any(|(from, until)| {
            from.is_none_or(|from| at >= from) && until.is_none_or(|until| at < until)
        })
    }
}

/// The names that a cell may mean: a chat that either reading names is left out.
fn readings(cell: &str) -> Vec<String> {
    let key = |name: &str| name_key(name).to_lowercase();
    let mut readings = vec![key(table_cell::read_name(cell)), key(cell)];
    readings.dedup();
    readings
}

/// A date or a time; `None` for an empty cell.
fn time(text: &str) -> Result<Option<NaiveDateTime>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let text = text.replace('T', " ");
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d");
    let date = date.map(|date| date.and_time(NaiveTime::MIN));
    let time = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok());
    date.ok().or(time).map(Some).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        time(text).unwrap().unwrap()
    }

    #[test]
    fn period_includes_start_and_excludes_end() {
        let table = "device;chat;from;until;reason\n;Ben;2024-03-01;2024-03-08;private\nanna;*;2024-06-01 14:30;;\n\n";
        let exclude = Exclude::parse(table.as_bytes(), FILE).unwrap();
        for (device, chat, time, holds) in [
            ("anna", "Ben", "2024-02-29 23:59", false),
            ("anna", "Ben", "2024-03-01", true),
            ("ben", "\u{200e}Ben", "2024-03-07 23:59:59", true),
            ("ben", "Ben", "2024-03-08", false),
            ("ben", "Cleo", "2024-03-02", false),
            ("anna", "Cleo", "2024-06-01 14:30", true),
            ("ben", "Cleo", "2024-06-01 14:30", false),
        ] {
            assert_eq!(
                exclude.of(device, chat).contains(at(time)),
                holds,
                "{device} {chat} {time}"
            );
        }
        assert_eq!(
            exclude.unmatched(&[("anna", "Cleo")], &["anna", "ben"], &["Cleo"]),
            [Unmatched::Chat(2, None)]
        );
    }

    #[test]
    fn names_match_in_any_case_and_unknown_device_is_reported() {
        let table = "device,chat,from,until\n,BEN,2024-03-01,\nAna,*,2024-03-01,\nAnna,cleo,2024-03-01,\nzz,*,2024-03-01,\n";
        let exclude = Exclude::parse(table.as_bytes(), FILE).unwrap();
        assert!(exclude.of("ben", "Ben").contains(at("2024-03-02")));
        assert!(exclude.of("anna", "Cleo").contains(at("2024-03-02")));
        assert!(!exclude.of("anna", "Dora").contains(at("2024-03-02")));
        let known = [("anna", "Ben"), ("anna", "Cleo")];
        assert_eq!(
            exclude.unmatched(&known, &["anna"], &[]),
            [
                Unmatched::Device(3, Some("anna".to_owned())),
                Unmatched::Device(5, None)
            ]
        );
    }

    /// Neither the order of columns, case, a mark of text nor the reason makes it another row.
    #[test]
    fn same_row_twice_is_an_error() {
        let head = "device,chat,from,until,reason\n";
        let first = "anna,Ben,2024-03-01,2024-03-08,holiday\n";
        for (row, is_same) in [
            ("Anna,BEN,2024-03-01,2024-03-08 00:00,\n", true),
            (",Ben,2024-03-01,2024-03-08,\n", false),
            ("anna,Ben,2024-03-01,,\n", false),
            ("anna,Cleo,2024-03-01,2024-03-08,\n", false),
        ] {
            let parsed = Exclude::parse(format!("{head}{first}{row}").as_bytes(), FILE);
            match parsed {
                Ok(_) => assert!(!is_same, "{row}"),
                Err(problems) => {
                    assert!(is_same, "{row}");
                    assert_eq!(
                        problems[0].to_string(),
                        "exclude.csv:3: is the same as line 2; remove one of the two"
                    );
                }
            }
        }
    }

    #[test]
    fn unknown_chat_names_the_nearest_that_may_be_named() {
        let table = "chat,from,until\nBen Coper,2024-03-01,\nMun,2024-03-01,\n";
        let exclude = Exclude::parse(table.as_bytes(), FILE).unwrap();
        let known = [("anna", "Ben Cooper"), ("anna", "Mum")];
        let unmatched = exclude.unmatched(&known, &["anna"], &["Ben Cooper"]);
        let texts: Vec<String> = unmatched.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "exclude.csv:2: matches no chat; did you mean \"Ben Cooper\"?",
                "exclude.csv:3: matches no chat; copy its name from `chatferry inspect`"
            ]
        );
    }

    /// Line ends of Windows and old Mac spreadsheets.
    #[test]
    fn all_line_ends_are_counted_once() {
        for end in ["\n", "\r\n", "\r"] {
            let lines = [
                "device;chat;from;until;reason",
                ";Ben;2024-03-01;2024-03-02;x",
                ";Cleo;1.3.24;;x",
                "",
            ];
            let problems = Exclude::parse(lines.join(end).as_bytes(), FILE).unwrap_err();
            assert_eq!(problems[0].line, Some(3), "{end:?}");
        }
    }

    #[test]
    fn invalid_line_is_an_error() {
        for (row, word) in [
            (",Ben,1.3.2024,,", "dates"),
            (",Ben,,,", "neither"),
            (",Ben,2024-03-02,2024-03-01,", "before it begins"),
            (",,2024-03-02,,", "chat is empty"),
        ] {
            let table = format!("device,chat,from,until,reason\n{row}\n");
            let problems = Exclude::parse(table.as_bytes(), FILE).unwrap_err();
            assert_eq!(problems[0].line, Some(2));
            assert!(problems[0].text.contains(word), "{}", problems[0]);
        }
        assert!(Exclude::parse(b"chat,from\n", FILE).is_err());
        assert_eq!(
            Exclude::parse(b"chat,from,until\n", FILE),
            Ok(Exclude::default())
        );
    }
}
