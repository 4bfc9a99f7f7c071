//! The wording of the notices of a pilot.

use std::fmt;

use super::{Notice, PilotMessage};
use crate::ids::LeadId;
use crate::organization::Fact;
use crate::quantity::count;

impl Notice {
    pub(super) fn pilot(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::PilotAbsent(lead) => {
                write!(f, "pilot: {lead}: a message was not posted; see above")
            }
            Notice::PilotCompared(messages) => {
                for (index, message) in messages.iter().enumerate() {
                    if index > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{message}")?;
                }
                Ok(())
            }
            Notice::PilotResult {
                same,
                all,
                removed,
                in_close,
            } => {
                write!(f, "{same} of {} correct.", count(*all, "message"))?;
                if *removed > 0 {
                    write!(f, " {} in Close any more.", are_not(*removed))?;
                }
                if *in_close > 0 {
                    f.write_str(
                        " Check them in Close. `chatferry undo --run latest` deletes them; the next import then posts them again.",
                    )?;
                }
                Ok(())
            }
            Notice::PilotLacks(lacks) if lacks.everything => {
                write!(
                    f,
                    "pilot: {}: nothing is left to post: its messages are recorded as imported, held, undecided or left out",
                    lacks.device
                )
            }
            Notice::PilotLacks(lacks) => {
                let which = [
                    (lacks.text, "text"),
                    (lacks.file, "message with a file"),
                    (lacks.reply, "reply to a message of the pilot"),
                ];
                let which: Vec<&str> = (which.into_iter())
                    .filter_map(|(is_lacking, what)| is_lacking.then_some(what))
                    .collect();
                write!(
                    f,
                    "pilot: {}: not covered, since there is no {}",
                    lacks.device,
                    which.join(" and no ")
                )
            }
            _ => self.probe(f),
        }
    }

    fn probe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::ProbePlanned(leads) => {
                let leads: Vec<&str> = leads.iter().map(LeadId::as_str).collect();
                write!(
                    f,
                    "--probe: after the pilot, up to 3 messages of chatferry's own with one external id are posted on {} and deleted again; listeners in Close are notified of them",
                    leads.join(" and ")
                )
            }
            Notice::Probed(Some(scope)) => write!(f, "probe: {}", Fact::UniqueIds(*scope)),
            Notice::Probed(None) => f.write_str(
                "probe: Close rejects a second message with the same external id on its lead; not tried on another lead, since the pilot has only one",
            ),
            Notice::ProbeFailed(why) => write!(f, "probe: nothing was found out: {why}"),
            Notice::ProbeCleared(messages) => write!(
                f,
                "{} of an earlier probe deleted in Close",
                count(*messages, "message")
            ),
            _ => Ok(()),
        }
    }
}

fn are_not(number: u64) -> String {
    match number {
        1 => "1 is not".to_owned(),
        number => format!("{number} are not"),
    }
}

impl fmt::Display for PilotMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PilotMessage {
            kind, place, id, ..
        } = self;
        let what = kind.describe();
        write!(f, "pilot: {}, {}", self.chat, self.at)?;
        if let Some(words) = &self.words {
            write!(f, ", \"{}\"", words.reveal())?;
        }
        if !self.is_correct() {
            let fields = self.differing.join(", ");
            return write!(
                f,
                ": {what} differs in Close ({id}): {place}: {fields}; find the cause before you continue"
            );
        }
        write!(f, ": {what} is correct in Close ({id}): {place}")?;
        match self.has_unread_files {
            false => Ok(()),
            true => {
                f.write_str("; the bytes of its files cannot be read back, so check them in Close")
            }
        }
    }
}
