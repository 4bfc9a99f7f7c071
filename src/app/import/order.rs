//! The options of an import beyond its configuration, and its result.

use crate::app::Numbers;
use crate::app::PlanFile;
use crate::app::error::{Error, Exit};
use crate::plan::Selection;
use crate::policy::RunFlags;

/// The options of an import beyond its configuration.
pub struct Order {
    /// The flags that decide about messages. Not used with `plan`, except `accepts_unsteady`: a
    /// plan has its own.
    pub flags: RunFlags,
    /// The chats and messages to import; the default is all. A plan has its own.
    pub selection: Selection,
    /// Whether to begin without asking the observer.
    pub yes: bool,
    /// The plan that is carried out, and no other; `None`: a plan is made.
    pub plan: Option<PlanFile>,
    /// The number of deletions in Close that are permitted; an import that needs more is refused.
    pub allow_deletes: u64,
    /// Whether to send nothing if a line of an archive may have been misread.
    pub strict: bool,
    /// Whether output that is kept may contain names.
    pub show_content: bool,
    /// Whether to post only a few messages of each device, and to read them back.
    pub pilot: bool,
    /// With `pilot`: whether to find out where external ids are unique, on messages of its own.
    pub probe: bool,
}

impl Order {
    /// The flags of the run: those of the plan, and `--accept-unsteady`.
    pub(super) fn flags(&self) -> RunFlags {
        let Some(plan) = &self.plan else {
            return self.flags;
        };
        let made_with = plan.flags();
        RunFlags {
            accepts_unsteady: self.flags.accepts_unsteady || made_with.accepts_unsteady,
            ..made_with
        }
    }
}

/// The result of an import.
pub struct Outcome {
    /// The exit status: that of `stopped`, if the run ended before its plan.
    pub exit: Exit,
    /// The totals of the run, in messages unless stated otherwise there.
    pub numbers: Numbers,
    /// Why the run ended before its plan; `None` if it came to its end.
    pub stopped: Option<Error>,
}

impl Outcome {
    /// The outcome of a run with this status, unless it `stopped`.
    pub(super) fn of(exit: Exit, numbers: Numbers, stopped: Option<Error>) -> Outcome {
        Outcome {
            exit: stopped.as_ref().map_or(exit, |error| error.exit),
            numbers,
            stopped,
        }
    }
}
