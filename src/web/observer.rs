//! The observer of a job: what a terminal prints and asks, kept for the page.

use std::io;
use std::sync::Arc;

use super::job::{AnswerForm, Job};
use super::progress::Counter;
use super::shown::Shown;
use crate::app::{
    Answer, Choice, Chosen, Finished, Notice, Observer, Planned, PlannedRepair, Question, Redactor,
    Start,
};
use crate::clock::SharedClock;
use crate::execute::Events;
use crate::report;
use crate::report::plan::PlanView;
use crate::report::run::RunView;
use crate::report::verify::RepairPlanView;

/// Keeps what a use case reports, and asks on the page.
pub(super) struct Watcher {
    job: Arc<Job>,
    clock: SharedClock,
}

impl Watcher {
    pub(super) fn new(job: &Arc<Job>, clock: &SharedClock) -> Watcher {
        Watcher {
            job: Arc::clone(job),
            clock: SharedClock::clone(clock),
        }
    }
}

impl Observer for Watcher {
    fn notice(&mut self, notice: Notice) {
        // The pages Verify and Undo do what this one has commands for.
        if !matches!(notice, Notice::UndoCommand { .. }) {
            self.job.notice(&notice);
        }
    }

    // The page is shown to the person at this computer and kept nowhere.
    fn redact(&mut self, _: Option<Arc<Redactor>>) {}

    fn redacted(&self, text: &str) -> String {
        text.to_owned()
    }

    fn is_private(&self) -> bool {
        true
    }

    fn planned(&mut self, planned: &Planned<'_>, _: bool) {
        let view = PlanView::of(planned);
        self.job.state().shown = Shown::Plan(Arc::new(view));
    }

    fn repair_planned(&mut self, planned: &PlannedRepair) {
        let view = RepairPlanView::of(planned);
        self.job.state().shown = Shown::Repair(Arc::new(view));
    }

    fn confirm<'o>(&'o mut self, question: &Question<'_>) -> Answer<'o> {
        let text = report::questions::text(question);
        let form = match *question {
            Question::Repair { deletions, .. } if deletions > 0 => AnswerForm::Number(deletions),
            _ => AnswerForm::Confirm,
        };
        Box::pin(async move {
            let answer = self.job.ask(text, form).await;
            Ok::<bool, io::Error>(answer.is_some())
        })
    }

    fn choose<'o>(&'o mut self, choice: &Choice<'_>) -> Chosen<'o> {
        let Choice::LeadStatus(names) = *choice;
        let form = AnswerForm::Choose(names.to_vec());
        let text = "The status of the new leads".to_owned();
        Box::pin(async move { Ok(self.job.ask(text, form).await) })
    }

    fn start(&mut self, start: Start<'_>) -> Box<dyn Events> {
        let allowance = start.allowance();
        Box::new(Counter::new(
            &self.job,
            &self.clock,
            start.operations,
            allowance,
        ))
    }

    fn finished(&mut self, finished: &Finished<'_>) {
        let text = report::run::page(&RunView::of(finished), true).plain();
        let mut state = self.job.state();
        // The next command is for a terminal.
        let lines = text.lines().filter(|line| !line.starts_with("Next:"));
        state.result.extend(lines.map(str::to_owned));
    }
}
