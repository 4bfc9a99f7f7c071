//! A plan that was shown to a person: what a run carries out, and the messages that it leaves undecided.

use std::collections::HashMap;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::app::ArchivedText;
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
    /// Deletions in Close among them.
    pub(super) deletes: u64,
    /// The undecided messages.
    pub(super) questions: Questions,
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
