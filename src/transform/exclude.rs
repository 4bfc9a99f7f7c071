//! `exclude.csv`: passages of chats that are left out.
//!
//! For: the week in which a customer told of an illness. Columns: `device` (empty: any), `chat` (its
//! name, or `*`), `from` and `until` (local dates or times of the phone, `until` exclusive; empty:
//! no bound), `reason` (for people). It must never be read in part: a line that cannot be
//! understood stops everything.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::settings::Problem;
use super::small_table::Table;
use crate::name::{name_key, nearest};

/// The name of the file, beside the configuration.
pub const FILE: &str = "exclude.csv";

/// A row that leaves nothing out. Names no chat: it may be a private one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmatched {
    /// There is no such device; the nearest one.
    Device(u32, Option<String>),
    /// No chat of this name.
    Chat(u32),
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmatched::Device(line, Some(near)) => write!(
                f,
                "{FILE}:{line}: names no device of chatferry.toml; did you mean \"{near}\"?"
            ),
            Unmatched::Device(line, None) => write!(
                f,
                "{FILE}:{line}: names no device of chatferry.toml; leave device empty for any"
            ),
            Unmatched::Chat(line) => write!(
                f,
                "{FILE}:{line}: matches no chat; write its name as `inspect` prints it"
            ),
        }
    }
}

/// The passages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclude {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    line: u32,
    /// In lower case, as the chat; `None`: every device.
    device: Option<String>,
    /// `None`: every chat.
    chat: Option<String>,
    from: Option<NaiveDateTime>,
    until: Option<NaiveDateTime>,
}

impl Exclude {
    /// Reads the bytes of the file; `file` is only for messages. `;` and tabs for `,`, and a BOM,
    /// are understood.
    ///
    /// # Errors
    ///
    /// All that were found: columns that are missing, times that are none, a row without any bound,
    /// one that ends before it begins.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Exclude, Vec<Problem>> {
        let problem = |line: Option<u32>, text: String| Problem {
            file: file.to_owned(),
            line,
            text,
        };
        let table = Table::read(bytes, file)?;
        let places = ["device", "chat", "from", "until"].map(|name| table.column(name));
        let [device, Some(chat), Some(from), Some(until)] = places else {
            let text = "needs the columns chat, from and until (and device, reason); the first line names them";
            return Err(vec![problem(Some(1), text.to_owned())]);
        };
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        for (line, cells) in &table.rows {
            let line = *line;
            let cell = |place: usize| cells.get(place).map_or("", String::as_str);
            let mut refuse = |text: &str| problems.push(problem(Some(line), text.to_owned()));
            let (Ok(from), Ok(until)) = (time(cell(from)), time(cell(until))) else {
                refuse(
                    "from and until are dates (2024-03-01) or times (2024-03-01 14:30) of the phone",
                );
                continue;
            };
            if from.is_none() && until.is_none() {
                refuse(
                    "has neither from nor until; a whole chat is left out with import = no in contacts.csv",
                );
                continue;
            }
            if from.zip(until).is_some_and(|(from, until)| until <= from) {
                refuse("ends before it begins; until is the first moment that is imported again");
                continue;
            }
            if cell(chat).is_empty() {
                refuse("names no chat; write its name as `inspect` prints it, or *");
                continue;
            }
            let device = device.map(cell).filter(|device| !device.is_empty());
            rows.push(Row {
                line,
                device: device.map(str::to_lowercase),
                chat: (cell(chat) != "*").then(|| name_key(cell(chat)).to_lowercase()),
                from,
                until,
            });
        }
        if problems.is_empty() {
            Ok(Exclude { rows })
        } else {
            Err(problems)
        }
    }

    /// True where nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True where a row is for the chat of this name.
    pub(super) fn is_for(&self, device: &str, chat: &str) -> bool {
        let (device, chat) = (device.to_lowercase(), name_key(chat));
        (self.rows.iter()).any(|row| {
            row.chat.as_ref() == Some(&chat) && row.device.as_ref().is_none_or(|own| *own == device)
        })
    }

    /// The passages of a chat, by the name that an archive has for it.
    pub fn of(&self, device: &str, chat: &str) -> Passages {
        if self.rows.is_empty() {
            return Passages::default();
        }
        let known = Known::new(device, chat);
        let rows = self.rows.iter().filter(|row| row.is_of(&known));
        Passages(rows.map(|row| (row.from, row.until)).collect())
    }

    /// The rows that are about none of the known chats, given as device and name, or about none of
    /// the devices.
    pub fn unmatched(&self, known: &[(&str, &str)], devices: &[&str]) -> Vec<Unmatched> {
        let known: Vec<Known> = (known.iter())
            .map(|(device, chat)| Known::new(device, chat))
            .collect();
        let is_known = |row: &Row| known.iter().any(|chat| row.is_of(chat));
        let judge = |row: &Row| match &row.device {
            Some(own) if !devices.iter().any(|device| device.to_lowercase() == *own) => {
                let near = nearest(own, devices.iter().copied());
                Some(Unmatched::Device(row.line, near.map(str::to_owned)))
            }
            // A device without archives yet has no chat.
            _ if row.chat.is_none() || is_known(row) => None,
            _ => Some(Unmatched::Chat(row.line)),
        };
        self.rows.iter().filter_map(judge).collect()
    }
}

impl Row {
    fn is_of(&self, known: &Known) -> bool {
        (self.device.as_ref()).is_none_or(|own| *own == known.device)
            && (self.chat.as_ref()).is_none_or(|own| *own == known.chat)
    }
}

/// A device and a chat, spelled as rows spell them.
struct Known {
    device: String,
    chat: String,
}

impl Known {
    fn new(device: &str, chat: &str) -> Self {
        Known {
            device: device.to_lowercase(),
            chat: name_key(chat).to_lowercase(),
        }
    }
}

/// What is left out of one chat: from, and until before which, in the local time of the phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passages(Vec<(Option<NaiveDateTime>, Option<NaiveDateTime>)>);

impl Passages {
    /// True when a message of this local time is left out.
    pub fn hold(&self, at: NaiveDateTime) -> bool {
        self.0.iter().any(|(from, until)| {
            from.is_none_or(|from| at >= from) && until.is_none_or(|until| at < until)
        })
    }
}

/// A date or a time; `None` for nothing.
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
    fn passages_are_left_out_from_their_first_to_before_their_last_moment() {
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
                exclude.of(device, chat).hold(at(time)),
                holds,
                "{device} {chat} {time}"
            );
        }
        assert_eq!(
            exclude.unmatched(&[("anna", "Cleo")], &["anna", "ben"]),
            [Unmatched::Chat(2)]
        );
    }

    #[test]
    fn names_match_in_whatever_case_and_a_device_that_is_none_is_told() {
        let table = "device,chat,from,until\n,BEN,2024-03-01,\nAna,*,2024-03-01,\nAnna,cleo,2024-03-01,\nzz,*,2024-03-01,\n";
        let exclude = Exclude::parse(table.as_bytes(), FILE).unwrap();
        assert!(exclude.of("ben", "Ben").hold(at("2024-03-02")));
        assert!(exclude.of("anna", "Cleo").hold(at("2024-03-02")));
        assert!(!exclude.of("anna", "Dora").hold(at("2024-03-02")));
        let known = [("anna", "Ben"), ("anna", "Cleo")];
        assert_eq!(
            exclude.unmatched(&known, &["anna"]),
            [
                Unmatched::Device(3, Some("anna".to_owned())),
                Unmatched::Device(5, None)
            ]
        );
    }

    /// As spreadsheets on Windows and old Macs end lines.
    #[test]
    fn a_line_is_counted_once_however_it_ends() {
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
    fn a_line_that_cannot_be_understood_stops_everything() {
        for (row, word) in [
            (",Ben,1.3.2024,,", "dates"),
            (",Ben,,,", "neither"),
            (",Ben,2024-03-02,2024-03-01,", "before it begins"),
            (",,2024-03-02,,", "names no chat"),
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
