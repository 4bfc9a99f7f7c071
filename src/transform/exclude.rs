//! `exclude.csv`: passages of chats that are left out.
//!
//! For: the week in which a customer told of an illness. Columns: `device` (empty: any), `chat` (its
//! name, or `*`), `from` and `until` (local dates or times of the phone, `until` exclusive; empty:
//! no bound), `reason` (for people). It must never be read in part: a line that cannot be
//! understood stops everything.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::names::name_key;
use super::settings::Problem;

/// The name of the file, beside the configuration.
pub const FILE: &str = "exclude.csv";

/// The passages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclude {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    line: u32,
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
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let head = bytes
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let delimiter = [b';', b'\t']
            .into_iter()
            .find(|mark| head.contains(mark))
            .unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let headers = reader
            .headers()
            .map_err(|error| vec![problem(None, format!("cannot be read: {error}"))])?
            .clone();
        let column = |name: &str| {
            headers
                .iter()
                .position(|head| head.eq_ignore_ascii_case(name))
        };
        let places = ["device", "chat", "from", "until"].map(column);
        let [device, Some(chat), Some(from), Some(until)] = places else {
            let text = "needs the columns chat, from and until (and device, reason); the first line names them";
            return Err(vec![problem(Some(1), text.to_owned())]);
        };
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    problems.push(problem(None, format!("cannot be read: {error}")));
                    break;
                }
            };
            let line = record
                .position()
                .map_or(0, |at| u32::try_from(at.line()).unwrap_or(0));
            let cell = |place: usize| record.get(place).unwrap_or_default();
            if record.iter().all(str::is_empty) {
                continue;
            }
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
                device: device.map(str::to_owned),
                chat: (cell(chat) != "*").then(|| name_key(cell(chat))),
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

    /// True when a message of this local time in this chat is left out.
    pub fn holds(&self, device: &str, chat: &str, at: NaiveDateTime) -> bool {
        if self.rows.is_empty() {
            return false;
        }
        self.rows.iter().any(|row| {
            row.from.is_none_or(|from| at >= from)
                && row.until.is_none_or(|until| at < until)
                && row.is_of(device, chat)
        })
    }

    /// The lines that are about none of the known chats, given as device and name.
    pub fn unmatched(&self, known: &[(&str, &str)]) -> Vec<u32> {
        let is_known = |row: &Row| known.iter().any(|(device, chat)| row.is_of(device, chat));
        let unmatched = self.rows.iter().filter(|row| !is_known(row));
        unmatched.map(|row| row.line).collect()
    }
}

impl Row {
    fn is_of(&self, device: &str, chat: &str) -> bool {
        self.device.as_deref().is_none_or(|own| own == device)
            && (self.chat.as_deref()).is_none_or(|own| own == name_key(chat))
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
                exclude.holds(device, chat, at(time)),
                holds,
                "{device} {chat} {time}"
            );
        }
        assert_eq!(exclude.unmatched(&[("anna", "Cleo")]), [2]);
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
