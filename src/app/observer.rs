//! The interface of the caller of a use case: a terminal, a web page, a test.
//!
//! Belongs here: what is reported and asked, as values. Never here: wording and layout.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use super::redact::Redactor;
use super::{Finding, Notice, Planned, PlannedRepair};
use crate::close::{Allowance, Client, Wait};
use crate::execute::{Events, Stop, Summary};
use crate::plan::Locations;
use crate::plan::Totals;
use crate::transform::desired::Content;

/// The answer to a [`Question`]: true to continue. An error if the person could not be asked.
pub type Answer<'o> = Pin<Box<dyn Future<Output = io::Result<bool>> + Send + 'o>>;

/// The answer to a [`Choice`]: the index of an option, `None` if no person chooses. An error if the
/// person could not be asked.
pub type Chosen<'o> = Pin<Box<dyn Future<Output = io::Result<Option<usize>>> + Send + 'o>>;

/// What a person is asked to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'c> {
    /// The status of new leads, among these names.
    LeadStatus(&'c [String]),
}

/// What a person is asked before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'q> {
    /// Whether to carry out a plan, import or pilot, with these totals.
    CarryOut {
        /// The totals of the plan.
        totals: &'q Totals,
        /// The number of operations that exist only because this version reads archives
        /// differently.
        read_differently: u64,
    },
    /// Whether to finish this number of deletions that an undo began.
    FinishUndo(u64),
    /// Whether to create this number of leads.
    MakeLeads(u64),
    /// Whether to remove this number of rows of history from the checkpoint.
    Prune(u64),
    /// Whether to add this number of phone numbers to contacts.
    AddNumbers(u64),
    /// Whether to carry out a repair.
    Repair {
        /// The number of operations.
        operations: u64,
        /// The number of deletions in Close among them.
        deletions: u64,
    },
    /// Whether to put a recovered checkpoint in the place of the former one.
    ReplaceCheckpoint {
        /// The number of messages that the next import would post.
        posts: u64,
    },
}

/// A run that is about to start.
pub struct Start<'s> {
    /// The number of operations that the run carries out.
    pub operations: u64,
    /// `device: name` of each chat of the run, for a terminal; empty where operations are not of one plan.
    pub chats: Vec<Content>,
    /// The client of Close, which knows the pace that Close allows.
    pub client: &'s Client,
    /// Is set when a person asks to stop.
    pub stop: Stop,
}

impl Start<'_> {
    /// The pace that Close allows, whenever it is called.
    pub fn allowance(&self) -> Box<dyn Fn() -> Allowance + Send> {
        let client = self.client.clone();
        Box::new(move || client.posting_allowance())
    }

    /// What the run waits for, whenever it is called; `None`: for nothing that takes long.
    pub fn waits(&self) -> Box<dyn Fn() -> Option<Wait> + Send> {
        let client = self.client.clone();
        Box::new(move || client.wait())
    }
}

/// A run that has ended.
pub struct Finished<'f> {
    /// The totals of the plan that was carried out.
    pub totals: &'f Totals,
    /// The totals of what happened, counted from the events of the run.
    pub summary: &'f Summary,
    /// The archive and line of each message of the plan.
    pub locations: &'f Locations,
    /// The duration of the run, in seconds.
    pub seconds: f64,
}

/// Receives what a use case reports, and answers its questions.
pub trait Observer: Send {
    /// Reports something to a person.
    fn notice(&mut self, notice: Notice);

    /// Receives the chat that is read from Close at present, `device: name` for a line of progress; `None`: none any more.
    fn reading(&mut self, _: Option<&Content>) {}

    /// Receives what reading from Close waits for at present; `None`: for nothing that takes long.
    fn reading_waits(&mut self, _: Option<Wait>) {}

    /// Receives a finding of `doctor` as soon as it is known.
    fn finding(&mut self, _: &Finding) {}

    /// Sets what output that is kept (a log, a file) must not contain from now on; `None`: anything.
    fn redact(&mut self, redactor: Option<Arc<Redactor>>);

    /// Returns a text as a file may contain it: with names and numbers replaced, if redaction is
    /// set.
    fn redacted(&self, text: &str) -> String;

    /// Returns a sentence whose commands have the flags that select this migration, as a file may
    /// contain it. The default returns the text itself.
    fn completed(&self, text: &str) -> String {
        text.to_owned()
    }

    /// Whether what is reported is shown to a person alone and not kept, so that it may contain
    /// words of messages. The default is false.
    fn is_private(&self) -> bool {
        false
    }

    /// Receives the plan before it is carried out. `is_asked`: a question about it follows.
    fn planned(&mut self, _: &Planned<'_>, _is_asked: bool) {}

    /// Receives the plan of a repair before it is carried out.
    fn repair_planned(&mut self, _: &PlannedRepair) {}

    /// Asks a person a question before something is sent. Without a person the answer is no.
    fn confirm<'o>(&'o mut self, _: &Question<'_>) -> Answer<'o> {
        Box::pin(async { Ok(false) })
    }

    /// Asks a person to choose one of several options. Without a person the answer is `None`.
    fn choose<'o>(&'o mut self, _: &Choice<'_>) -> Chosen<'o> {
        Box::pin(async { Ok(None) })
    }

    /// Returns the receiver of the events of a run that begins now.
    fn start(&mut self, _: Start<'_>) -> Box<dyn Events> {
        Box::new(Vec::new())
    }

    /// Receives the result of a run.
    fn finished(&mut self, _: &Finished<'_>) {}
}

/// An observer without a person: keeps notices, declines questions.
#[derive(Debug, Default)]
pub struct Unattended {
    /// Everything that was reported, in order.
    pub notices: Vec<Notice>,
}

impl Observer for Unattended {
    fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    fn redact(&mut self, _: Option<Arc<Redactor>>) {}

    fn redacted(&self, text: &str) -> String {
        text.to_owned()
    }
}
