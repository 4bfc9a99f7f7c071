//! The wording of the notices about undo.

use std::fmt;

use super::Notice;
use crate::quantity::count;

impl Notice {
    pub(super) fn undo(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::UndoUnfinished(deletions) => write!(
                f,
                "an interrupted undo began to delete {} in Close; an import finishes that first, in any chat, and then posts \
                 what the archives contain",
                count(*deletions, "message")
            ),
            Notice::UndoFinished { deleted, kept } => {
                write!(
                    f,
                    "an interrupted undo was finished first: {} deleted",
                    count(*deleted, "message")
                )?;
                match kept {
                    0 => Ok(()),
                    kept => write!(
                        f,
                        ", {} kept, changed in Close since or not to be deleted there",
                        count(*kept, "message")
                    ),
                }
            }
            Notice::UndoCommand { run, created } => {
                let (them, these) = match created {
                    1 => ("it", "the message"),
                    _ => ("them", "the messages"),
                };
                write!(
                    f,
                    "`chatferry undo --run {run}` deletes {these} that this run created; `chatferry verify` compares {them} with the archives"
                )
            }
            _ => Ok(()),
        }
    }
}
