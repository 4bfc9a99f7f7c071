//! `decisions.csv`: people's decisions about undecided messages.
//!
//! Columns: `message`, an external id or ARCHIVE:LINE; `decision`, one of `same`, `new` and `leave`; `of`,
//! for `same` only: the activity id (`acti_...`) or external id of the record that the message is. The
//! table is never read in part: an invalid row stops the command.

use std::collections::HashMap;

pub use super::decisions::{DecidedMessage, Decision, Decisions, Target};
use super::desired::DesiredChat;
use super::message_name::{self, MessageName};
use crate::name::nearest;
use crate::native;
use crate::people::small_table::Table;
use crate::settings::Problem;
use crate::table_cell;

/// The name of the file, next to the configuration.
pub const FILE: &str = "decisions.csv";

/// The words of the column `decision`.
const WORDS: [&str; 3] = ["same", "new", "leave"];

/// The rows of decisions.csv: what a person decided about single messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionTable {
    file: String,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    line: u32,
    message: MessageName,
    decision: Decision,
}

impl DecisionTable {
    /// Parses the bytes of the file; `file` appears in messages only. `;` and tab as delimiter and a byte
    /// order mark are accepted.
    ///
    /// # Errors
    ///
    /// All problems: missing columns, cells that name no message, unknown words, `same` without `of`, rows
    /// that contradict each other.
    pub fn parse(bytes: &[u8], file: &str) -> Result<DecisionTable, Vec<Problem>> {
        let problem = |line: u32, text: String| Problem {
            file: file.to_owned(),
            line: Some(line),
            text,
        };
        let table = Table::read(bytes, file)?;
        let columns = ["message", "decision", "of"].map(|name| table.column(name));
        let [Some(message), Some(decision), Some(of)] = columns else {
            let text = "columns message, decision and of are required; name them in the first line";
            return Err(vec![problem(1, text.to_owned())]);
        };
        let (mut rows, mut problems): (Vec<Row>, Vec<Problem>) = (Vec::new(), Vec::new());
        let mut seen: HashMap<MessageName, (u32, Decision)> = HashMap::new();
        for (line, cells) in table.rows {
            let cell = |index: usize| cells.get(index).map_or("", String::as_str);
            let Some(message) = MessageName::parse(cell(message)) else {
                let text = "message must be an external id, or ARCHIVE:LINE as a plan prints it";
                problems.push(problem(line, text.to_owned()));
                continue;
            };
            let plain = |index: usize| table_cell::read(cell(index));
            let decision = match read(plain(decision), plain(of)) {
                Ok(decision) => decision,
                Err(text) => {
                    problems.push(problem(line, text));
                    continue;
                }
            };
            if let Some((other, known)) = seen.get(&message) {
                if *known != decision {
                    let text =
                        format!("line {other} has another decision for this message; remove one");
                    problems.push(problem(line, text));
                }
                continue;
            }
            seen.insert(message.clone(), (line, decision.clone()));
            rows.push(Row {
                line,
                message,
                decision,
            });
        }
        match problems.is_empty() {
            true => Ok(DecisionTable {
                file: file.to_owned(),
                rows,
            }),
            false => Err(problems),
        }
    }

    /// Finds the messages of the rows. `is_message`: whether a message starts at a line of an archive.
    pub(super) fn resolve(
        &self,
        chats: &[DesiredChat],
        is_message: impl Fn(&str, u32) -> bool,
    ) -> Decisions {
        let mut decisions = Decisions {
            file: self.file.clone(),
            ..Decisions::default()
        };
        if self.rows.is_empty() {
            return decisions;
        }
        let indexes = message_name::indexes(self.rows.iter().map(|row| &row.message), chats);
        let mut seen: HashMap<(usize, usize), &Row> = HashMap::new();
        for row in &self.rows {
            let target = match (&row.message, indexes.get(&row.message).map(Vec::as_slice)) {
                (MessageName::ArchiveLine { .. }, Some([(chat, index)])) => {
                    Target::Place(*chat, *index)
                }
                (MessageName::ArchiveLine { .. }, Some(_)) => {
                    let text = "several archives have this name; write the folder as well";
                    decisions.problems.push(decisions.problem(row.line, text));
                    continue;
                }
                (MessageName::ArchiveLine { file, line }, None) => {
                    match is_message(file, *line) {
                        true => decisions.unused.push(row.line),
                        false => {
                            let text = "no message begins at this line of an archive; copy the row that the plan prints";
                            decisions.problems.push(decisions.problem(row.line, text));
                        }
                    }
                    continue;
                }
                // Only records show whether an id is this message's.
                (MessageName::Id(id), _) => Target::Id(id.clone()),
            };
            if let Target::Place(chat, index) = target
                && let Some(other) = seen.insert((chat, index), row)
                && other.decision != row.decision
            {
                let text = format!(
                    "line {} has another decision for this message; remove one",
                    other.line
                );
                decisions.problems.push(decisions.problem(row.line, text));
                continue;
            }
            decisions.rows.push(DecidedMessage {
                line: row.line,
                target,
                decision: row.decision.clone(),
            });
        }
        decisions
    }
}

/// Whether the archive at `path` is the one that a row names as `file`.
pub(super) fn is_archive(file: &str, path: &str) -> bool {
    MessageName::is_of(file, path)
}

fn read(word: &str, of: &str) -> Result<Decision, String> {
    let decision = match word.to_ascii_lowercase().as_str() {
        "same" => {
            let is_id = |of: &str| !of.contains(|c: char| c.is_whitespace() || c == ':');
            return match of {
                "" => Err(
                    "same requires the activity id or external id of the record in the column of"
                        .to_owned(),
                ),
                of if is_id(of) => Ok(Decision::Same(
                    native::stanza_of(of).unwrap_or_else(|| of.to_owned()),
                )),
                _ => Err("of must be an activity id (acti_...) or an external id".to_owned()),
            };
        }
        "new" => Decision::New,
        "leave" => Decision::Leave,
        other => {
            return Err(match nearest(other, WORDS) {
                Some(near) => format!("decision cannot be \"{other}\"; did you mean \"{near}\"?"),
                None => format!(
                    "decision cannot be \"{other}\"; write one of {}",
                    WORDS.join(", ")
                ),
            });
        }
    };
    match of.is_empty() {
        true => Ok(decision),
        false => Err(format!(
            "of applies to same only; leave it empty for {word}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(table: &str) -> Vec<Option<u32>> {
        let problems = DecisionTable::parse(table.as_bytes(), FILE).unwrap_err();
        problems.iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn rows_are_parsed() {
        let table =
            "\u{feff}message;decision;of\r\nA1;same;acti_1\r\nBen.zip:3;NEW;\r\nB1;leave\r\n";
        let table = DecisionTable::parse(table.as_bytes(), FILE).unwrap();
        let decisions: Vec<&Decision> = table.rows.iter().map(|row| &row.decision).collect();
        let same = Decision::Same("acti_1".to_owned());
        assert_eq!(decisions, [&same, &Decision::New, &Decision::Leave]);
    }

    #[test]
    fn invalid_rows_are_named_by_line() {
        let head = "message,decision,of\n";
        assert_eq!(lines(&format!("{head}A1,sam,B1\n")), [Some(2)]);
        assert_eq!(lines(&format!("{head}A1,same,\n")), [Some(2)]);
        assert_eq!(lines(&format!("{head}A1,same,Ben.zip:4\n")), [Some(2)]);
        assert_eq!(lines(&format!("{head}A1,new,B1\n")), [Some(2)]);
        assert_eq!(lines(&format!("{head}two words,new,\n")), [Some(2)]);
        assert_eq!(lines(&format!("{head}A1,new,\nA1,leave,\n")), [Some(3)]);
        assert_eq!(lines("message,decision\nA1,new\n"), [Some(1)]);
    }

    #[test]
    fn equal_rows_count_once() {
        let table = "message,decision,of\nA1,new,\nA1,new,\n";
        assert_eq!(
            DecisionTable::parse(table.as_bytes(), FILE)
                .unwrap()
                .rows
                .len(),
            1
        );
    }
}
