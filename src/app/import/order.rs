//! The options of an import beyond its configuration, and its result.

use crate::app::Numbers;
use crate::app::PlanFile;
use crate::app::error::{Error, Exit};
use crate::plan::Selection;
use crate::policy::RunFlags;

/// The options of an import beyond its configuration.
pub struct Order {
    /// The flags that decide about messages; a plan has its own.
    pub flags: RunFlags,
    /// Which chats.
    pub selection: Selection,
    /// Do not ask.
    pub yes: bool,
    /// The plan that is carried out, and no other.
    pub plan: Option<PlanFile>,
    /// The number of deletions in Close that are allowed.
    pub allow_deletes: u64,
    /// Send nothing if something may have been misread.
    pub strict: bool,
    /// Show names also in output that is kept.
    pub show_content: bool,
    /// Post only a few messages of each device, and read them back.
    pub pilot: bool,
    /// With `pilot`: find out where external ids are unique, on messages of its own.
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
    /// The exit status.
    pub exit: Exit,
    /// The numbers of the run.
    pub numbers: Numbers,
    /// Why the run ended before its plan.
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
