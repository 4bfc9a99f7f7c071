//! The wording of notices about the tables of a migration: a person's rows without effect, and the table of failures.

use std::fmt;

use super::Notice;
use crate::people::never;
use crate::quantity::count;
use crate::transform::{decision_table, reply_table};

impl Notice {
    pub(super) fn row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Reply { line, reason } => {
                write!(
                    f,
                    "{}:{line}: {reason}; the row is ignored",
                    reply_table::FILE
                )
            }
            Notice::Decision { line, is_read } => {
                let why = match is_read {
                    true => "this message is left out, held, or read from another archive",
                    false => "no message of the chats of this plan has this id",
                };
                let file = decision_table::FILE;
                write!(f, "{file}:{line}: {why}; the row has no effect")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn never(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = never::FILE;
        match self {
            Notice::NeverUnmatched { lines } => {
                let verb = match lines.len() {
                    1 => "matches",
                    _ => "match",
                };
                let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "{file}:{}: {verb} no participant in the archives or contacts.csv; copy the name from `chatferry inspect --details`",
                    lines.join(",")
                )
            }
            Notice::NeverDevice { line, devices } => {
                write!(
                    f,
                    "{file}:{line}: no device before the colon, so the line is treated as a name; "
                )?;
                match devices.as_slice() {
                    [] => f.write_str(
                        "the `device:` prefix needs [[device]] blocks in the configuration",
                    ),
                    devices => write!(f, "the devices are {}", devices.join(", ")),
                }
            }
            _ => Ok(()),
        }
    }

    pub(super) fn failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::FailuresWritten {
                failures,
                path,
                messages,
                archives,
            } => {
                let command = match (messages, archives) {
                    (true, false) => "`chatferry import --retry-failed` tries them again",
                    (true, true) => {
                        "`chatferry import --retry-failed` tries the messages again, and `chatferry import` the archives"
                    }
                    _ => "`chatferry import` reads them again",
                };
                write!(
                    f,
                    "{} in {}; correct the causes, then {command}",
                    count(*failures as u64, "failure"),
                    path.display()
                )
            }
            Notice::FailuresNotOurs(path) => write!(
                f,
                "{} is not a failure table of chatferry, or cannot be read, and was not changed; the failures are listed above and recorded in the checkpoint: move the file away",
                path.display()
            ),
            Notice::FailuresNotWritten(path, error) => write!(
                f,
                "{} could not be written: {error}; the failures are listed above",
                path.display()
            ),
            _ => Ok(()),
        }
    }
}
