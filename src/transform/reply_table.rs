//! `replies.csv`: links that the user knows and no archive tells.
//!
//! Columns: `message` and `reply_to`, each an external id (WhatsApp's own, a wamid, or one of ours)
//! or `FILE:LINE` as reports name messages. It wins over every other evidence. It must never be read
//! in part: a line that cannot be understood stops everything.

use std::collections::HashMap;

use super::desired::{Answers, Content, DesiredChat};
use super::message_name::{self, MessageName};
use super::settings::Problem;
use super::small_table::Table;

/// The name of the file, beside the configuration.
pub const FILE: &str = "replies.csv";

/// The links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyTable {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    line: u32,
    message: MessageName,
    reply_to: MessageName,
}

impl ReplyTable {
    /// Reads the bytes of the file; `file` is only for messages. `;` and tabs for `,`, and a BOM,
    /// are understood.
    ///
    /// # Errors
    ///
    /// All that were found: columns that are missing, cells that name no message, a message that is
    /// there twice with different answers.
    pub fn parse(bytes: &[u8], file: &str) -> Result<ReplyTable, Vec<Problem>> {
        let problem = |line: Option<u32>, text: &str| Problem {
            file: file.to_owned(),
            line,
            text: text.to_owned(),
        };
        let table = Table::read(bytes, file)?;
        let (Some(message), Some(reply_to)) = (table.column("message"), table.column("reply_to"))
        else {
            let text = "needs the columns message and reply_to; the first line names them";
            return Err(vec![problem(Some(1), text)]);
        };
        let (mut rows, mut problems): (Vec<Row>, Vec<Problem>) = (Vec::new(), Vec::new());
        let mut seen: HashMap<MessageName, MessageName> = HashMap::new();
        for (line, cells) in table.rows {
            let which = |place: usize| MessageName::parse(cells.get(place)?);
            let (Some(message), Some(reply_to)) = (which(message), which(reply_to)) else {
                let text =
                    "message and reply_to are each an id, or FILE:LINE as a report names a message";
                problems.push(problem(Some(line), text));
                continue;
            };
            if message == reply_to {
                problems.push(problem(Some(line), "a message does not answer itself"));
                continue;
            }
            let known = seen.insert(message.clone(), reply_to.clone());
            if known.is_some_and(|known| known != reply_to) {
                let text = "another line says that this message answers another one";
                problems.push(problem(Some(line), text));
                continue;
            }
            rows.push(Row {
                line,
                message,
                reply_to,
            });
        }
        match problems.is_empty() {
            true => Ok(ReplyTable { rows }),
            false => Err(problems),
        }
    }

    /// Sets the links of messages that are wanted in Close. Returns the lines that could not be
    /// followed, each with why.
    pub fn apply(&self, chats: &mut [DesiredChat]) -> Vec<(u32, &'static str)> {
        let mut open = Vec::new();
        if self.rows.is_empty() {
            return open;
        }
        let named = self.rows.iter();
        let named = named.flat_map(|row| [&row.message, &row.reply_to]);
        let places = message_name::places(named, chats);
        for row in &self.rows {
            let at = match places.get(&row.message).map(Vec::as_slice) {
                Some([at]) => *at,
                Some(_) => {
                    open.push((row.line, "several messages may be meant by message"));
                    continue;
                }
                None => {
                    open.push((row.line, "no message that is imported is meant by message"));
                    continue;
                }
            };
            let target = match (places.get(&row.reply_to).map(Vec::as_slice), &row.reply_to) {
                (Some([target]), _) => Some(*target),
                (Some(_), _) => {
                    open.push((row.line, "several messages may be meant by reply_to"));
                    continue;
                }
                (None, MessageName::Id(_)) => None,
                (None, MessageName::Place { .. }) => {
                    open.push((row.line, "no message that is imported is meant by reply_to"));
                    continue;
                }
            };
            if let Some(target) = target
                && waits_for(chats, target, at)
            {
                open.push((row.line, "the message that it answers is an answer to it"));
                continue;
            }
            let external_id =
                target.map(|(chat, place)| chats[chat].messages[place].external_id.clone());
            chats[at.0].answers_by_id = true;
            let message = &mut chats[at.0].messages.open()[at.1];
            (message.reply_to, message.answers) = match (target, &row.reply_to) {
                (Some((chat, place)), _) if chat == at.0 => (u32::try_from(place).ok(), None),
                (Some((chat, place)), _) => {
                    let planned = Answers::Planned {
                        chat: u32::try_from(chat).unwrap_or(u32::MAX),
                        message: u32::try_from(place).unwrap_or(u32::MAX),
                        external_id: external_id.unwrap_or_default(),
                    };
                    (None, Some(Box::new(planned)))
                }
                // Perhaps one that Close has.
                (None, MessageName::Id(id)) => {
                    let named = Answers::Named {
                        id: id.clone(),
                        quote: Content::default(),
                    };
                    (None, Some(Box::new(named)))
                }
                (None, MessageName::Place { .. }) => continue,
            };
        }
        open
    }
}

/// True where `message` is `other`, or answers it by way of others: who waited for it would wait for
/// ever.
fn waits_for(chats: &[DesiredChat], mut message: (usize, usize), other: (usize, usize)) -> bool {
    let all: usize = chats.iter().map(|chat| chat.messages.len()).sum();
    for _ in 0..=all {
        if message == other {
            return true;
        }
        let own = &chats[message.0].messages[message.1];
        message = match (own.reply_to, own.answers.as_deref()) {
            (Some(place), _) => (message.0, place as usize),
            (None, Some(Answers::Planned { chat, message, .. })) => {
                (*chat as usize, *message as usize)
            }
            (None, _) => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_understood_is_named_by_its_line() {
        let table = "\u{feff}message;reply_to\r\nA1;B1\r\nA1;B2\r\nx y;B3\r\nC1;C1\r\n";
        let problems = ReplyTable::parse(table.as_bytes(), "replies.csv").unwrap_err();
        let lines: Vec<Option<u32>> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(3), Some(4), Some(5)]);
        let without = ReplyTable::parse(b"a,b\n1,2\n", "replies.csv").unwrap_err();
        assert_eq!(without[0].line, Some(1));
        assert!(
            ReplyTable::parse(b"message,reply_to\n", "replies.csv")
                .unwrap()
                .rows
                .is_empty()
        );
    }
}
