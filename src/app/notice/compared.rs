//! The wording of notices about what a comparison with Close could not know.

use std::fmt;

use super::Notice;
use crate::quantity::{count, duration};

impl Notice {
    pub(super) fn compared(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Unrecorded(messages) => write!(
                f,
                "{} of ours are in Close without a record: the checkpoint is lost or older than the last import. An import records them and posts none again; `chatferry recover` also records what no archive has",
                count(*messages, "message")
            ),
            Notice::NoArchives(why) => write!(
                f,
                "{why}; Close is compared with the checkpoint alone, which has no names of archives"
            ),
            Notice::ListsLate { leads, wait } => write!(
                f,
                "{} may lack messages that were posted a moment ago; reading again for up to {}",
                count(*leads, "list"),
                duration(wait.as_secs_f64())
            ),
            Notice::ListsUnsettled(leads) => write!(
                f,
                "messages of ours that the checkpoint does not record were posted a moment ago, so that the lists of {} may lack others; an import waits until they are complete: it may find messages that are listed here as new",
                count(*leads, "lead")
            ),
            Notice::ListsUnsettledWait { leads, wait } => write!(
                f,
                "Messages of ours that the checkpoint does not record were posted a moment ago; the lists of {} are read again in {}",
                count(*leads, "lead"),
                duration(wait.as_secs_f64())
            ),
            _ => Ok(()),
        }
    }
}
