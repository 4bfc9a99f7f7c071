//! `replies.csv`: reply links that the user knows and no archive contains.
//!
//! Columns: `message` and `reply_to`, each an external id (a WhatsApp id, a wamid, or a derived one) or
//! `FILE:LINE` as reports name messages. It overrides all other evidence. It is never read in part: an
//! invalid line stops the command.

use std::collections::HashMap;

use super::desired::{Answers, Content, DesiredChat};
use super::message_name::{self, MessageName};
use crate::people::small_table::Table;
use crate::settings::Problem;

/// The name of the file, next to the configuration.
pub const FILE: &str = "replies.csv";

/// The rows of replies.csv: reply targets that a person gave.
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
    /// Parses the bytes of the file; `file` appears in messages only. `;` and tab as delimiter and a byte
    /// order mark are accepted.
    ///
    /// # Errors
    ///
    /// All problems: missing columns, cells that name no message, a message with two different targets.
    pub fn parse(bytes: &[u8], file: &str) -> Result<ReplyTable, Vec<Problem>> {
        let problem = |line: Option<u32>, text: &str| Problem {
            file: file.to_owned(),
            line,
            text: text.to_owned(),
        };
        let table = Table::read(bytes, file)?;
        let (Some(message), Some(reply_to)) = (table.column("message"), table.column("reply_to"))
        else {
            let text = "columns message and reply_to are required; name them in the first line";
            return Err(vec![problem(Some(1), text)]);
        };
        let (mut rows, mut problems): (Vec<Row>, Vec<Problem>) = (Vec::new(), Vec::new());
        let mut seen: HashMap<MessageName, MessageName> = HashMap::new();
        for (line, cells) in table.rows {
            let which = |index: usize| MessageName::parse(cells.get(index)?);
            let (Some(message), Some(reply_to)) = (which(message), which(reply_to)) else {
                let text = "message and reply_to must each be an id, or FILE:LINE as in reports";
                problems.push(problem(Some(line), text));
                continue;
            };
            if message == reply_to {
                problems.push(problem(
                    Some(line),
                    "message and reply_to are the same message",
                ));
                continue;
            }
            let known = seen.insert(message.clone(), reply_to.clone());
            if known.is_some_and(|known| known != reply_to) {
                let text = "another line gives this message another reply_to";
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

    /// Sets the links of desired messages. Returns the lines that could not be applied, each with the
    /// reason.
    pub(super) fn apply(&self, chats: &mut [DesiredChat]) -> Vec<(u32, &'static str)> {
        let mut open = Vec::new();
        if self.rows.is_empty() {
            return open;
        }
        let named = self.rows.iter();
        let named = named.flat_map(|row| [&row.message, &row.reply_to]);
        let indexes = message_name::indexes(named, chats);
        for row in &self.rows {
            let at = match indexes.get(&row.message).map(Vec::as_slice) {
                Some([at]) => *at,
                Some(_) => {
                    open.push((row.line, "message matches several messages"));
                    continue;
                }
                None => {
                    open.push((row.line, "message matches no imported message"));
                    continue;
                }
            };
            let target = match (indexes.get(&row.reply_to).map(Vec::as_slice), &row.reply_to) {
                (Some([target]), _) => Some(*target),
                (Some(_), _) => {
                    open.push((row.line, "reply_to matches several messages"));
                    continue;
                }
                (None, MessageName::Id(_)) => None,
                (None, MessageName::ArchiveLine { .. }) => {
                    open.push((row.line, "reply_to matches no imported message"));
                    continue;
                }
            };
            if let Some(target) = target
                && waits_for(chats, target, at)
            {
                open.push((row.line, "reply_to is itself a reply to message"));
                continue;
            }
            let external_id =
                target.map(|(chat, index)| chats[chat].messages[index].external_id.clone());
            chats[at.0].answers_by_id = true;
            let message = &mut chats[at.0].messages.open()[at.1];
            (message.reply_to, message.answers) = match (target, &row.reply_to) {
                (Some((chat, index)), _) if chat == at.0 => (u32::try_from(index).ok(), None),
                (Some((chat, index)), _) => {
                    let planned = Answers::Planned {
                        chat: u32::try_from(chat).unwrap_or(u32::MAX),
                        message: u32::try_from(index).unwrap_or(u32::MAX),
                        external_id: external_id.unwrap_or_default(),
                    };
                    (None, Some(Box::new(planned)))
                }
                // Close may have it.
                (None, MessageName::Id(id)) => {
                    let named = Answers::Named {
                        id: id.clone(),
                        quote: Content::default(),
                    };
                    (None, Some(Box::new(named)))
                }
                (None, MessageName::ArchiveLine { .. }) => continue,
            };
        }
        open
    }
}

/// Whether `message` is `other`, or replies to it directly or through other messages: a link would make a
/// cycle.
fn waits_for(chats: &[DesiredChat], mut message: (usize, usize), other: (usize, usize)) -> bool {
    let all: usize = chats.iter().map(|chat| chat.messages.len()).sum();
    for _ in 0..=all {
        if message == other {
            return true;
        }
        let own = &chats[message.0].messages[message.1];
        message = match (own.reply_to, own.answers.as_deref()) {
            (Some(index), _) => (message.0, index as usize),
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
    fn invalid_line_is_named() {
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
