//! The wording of the notices of a pilot.

use std::fmt;

use super::Notice;
use crate::ids::ActivityId;
use crate::quantity::count;

impl Notice {
    pub(super) fn pilot(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::PilotAbsent(lead) => {
                write!(f, "pilot: {lead}: a message was not posted; see above")
            }
            Notice::PilotSame {
                place,
                what,
                id,
                has_unread_files,
            } => {
                let unread = match has_unread_files {
                    false => "",
                    true => "; the bytes of its files cannot be read back, so check them in Close",
                };
                write!(
                    f,
                    "pilot: {place}: {what} is correct in Close ({id}){unread}"
                )
            }
            Notice::PilotDiffers {
                place,
                what,
                id,
                fields,
            } => write!(
                f,
                "pilot: {place}: {what} differs in Close ({id}): {}; find the cause before you continue",
                fields.join(", ")
            ),
            Notice::PilotResult {
                same,
                all,
                activities,
            } => {
                let activities: Vec<&str> = activities.iter().map(ActivityId::as_str).collect();
                write!(
                    f,
                    "{same} of {} correct. Check them in Close. To undo, delete them there ({}); they are not created again.",
                    count(*all, "message"),
                    activities.join(", ")
                )
            }
            Notice::PilotLacks(lacks) if lacks.everything => {
                write!(f, "pilot: {}: nothing is left to post", lacks.device)
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
            _ => Ok(()),
        }
    }
}
