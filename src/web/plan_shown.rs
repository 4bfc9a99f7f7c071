//! A plan that was shown to a person: what a run carries out, and the messages that it leaves undecided.

use std::collections::HashMap;
use std::path::PathBuf;

use tempfile::TempDir;

use super::site::{Place, Site};
use super::work::apart;
use crate::app::{self, ArchivedText, Result, Stamp};
use crate::policy::Gone;
use crate::report::plan::OpenQuestionView;

/// A plan that was shown, so that exactly this one is run.
pub(super) struct ShownPlan {
    /// Its number among the plans of this page: the form that starts a run names it.
    pub(super) number: u64,
    /// The plan file.
    pub(super) file: PathBuf,
    /// The temporary folder that it is in, which is removed with this.
    pub(super) _folder: TempDir,
    /// The number of operations.
    pub(super) operations: u64,
    /// No message of the plan is in Close yet.
    pub(super) is_first: bool,
    /// Deletions in Close among them.
    pub(super) deletes: u64,
    /// Chats that wait for a decision.
    pub(super) held: u64,
    /// Messages that Close lacks for an unknown reason, and that are undecided.
    pub(super) missing: u64,
    /// Messages that were removed in Close and stay removed.
    pub(super) removed: u64,
    /// What it was made to do about both; `None`: as configured.
    pub(super) gone: Option<Gone>,
    /// The undecided messages.
    pub(super) questions: Questions,
    /// What it was made from.
    pub(super) inputs: Inputs,
}

/// The files of the migration at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inputs {
    /// The files but the checkpoint.
    pub(super) files: Stamp,
    /// What the checkpoint recorded of messages.
    pub(super) checkpoint: String,
}

impl Inputs {
    /// What they are now.
    pub(super) async fn now(site: &Site) -> Result<Inputs> {
        let place = site.place.clone();
        apart(move || async move { Inputs::of(&place) }).await
    }

    /// As [`Inputs::now`], on this thread.
    pub(super) fn of(place: &Place) -> Result<Inputs> {
        Ok(Inputs {
            files: app::stamp(&place.file, &place.overrides)?,
            checkpoint: app::checkpoint_stamp(&place.file, &place.overrides)?,
        })
    }

    /// The names of what has changed since.
    pub(super) fn changed(&self, now: &Inputs) -> Vec<&'static str> {
        let mut changed = self.files.differences(&now.files);
        let is_same = self.checkpoint == now.checkpoint;
        changed.extend((!is_same).then_some("the checkpoint, by another run"));
        changed
    }
}

/// That the plan is none of the files as they are now; `None` if it is, and without a plan.
pub(super) async fn outdated(site: &Site) -> Option<String> {
    let then = site.plan().as_ref().map(|plan| plan.inputs.clone())?;
    let changed = match Inputs::now(site).await {
        Ok(now) => then.changed(&now),
        Err(_) => vec!["a file that cannot be read now"],
    };
    let (last, before) = changed.split_last()?;
    let what = match before {
        [] => (*last).to_owned(),
        before => format!("{} and {last}", before.join(", ")),
    };
    Some(format!(
        "This plan is outdated. Changed since it was made: {what}. A run of it would be refused; make the plan again."
    ))
}

/// The undecided messages of a plan, with their texts.
#[derive(Default)]
pub(super) struct Questions {
    pub(super) questions: Vec<OpenQuestionView>,
    /// The messages by their places.
    pub(super) archived: HashMap<String, ArchivedText>,
    /// The texts in Close by activity.
    pub(super) in_close: HashMap<String, String>,
}
