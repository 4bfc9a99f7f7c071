//! A use case that takes long and may ask: it runs on a thread of its own, and pages show where it is.
//!
//! One job runs at a time. A page that is loaded again, or in another tab, shows the same job; the job does not depend on any
//! page being open.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::nameable::Nameable;
use super::progress::Progress;
use super::shown::Shown;
use crate::app::{Error, Exit, Notice, Result, Severity};
use crate::execute::{Stop, Stopper};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Looks up the chats' contacts in Close, and fills in what is certain.
    Match,
    /// Creates the leads of chats that are marked.
    Leads,
    /// Adds rows for chats that contacts.csv lacks.
    Rows,
    /// Makes a plan.
    Plan,
    /// Carries out the plan that was shown.
    Run,
    /// Compares Close with the plan.
    Verify,
    /// Deletes what a run created.
    Undo,
}

impl Kind {
    /// The word in addresses.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Match => "match",
            Kind::Leads => "leads",
            Kind::Rows => "rows",
            Kind::Plan => "plan",
            Kind::Run => "run",
            Kind::Verify => "verify",
            Kind::Undo => "undo",
        }
    }

    /// The kind with this word.
    pub(super) fn of(word: &str) -> Option<Kind> {
        let all = [
            Kind::Match,
            Kind::Leads,
            Kind::Rows,
            Kind::Plan,
            Kind::Run,
            Kind::Verify,
            Kind::Undo,
        ];
        all.into_iter().find(|kind| kind.word() == word)
    }

    /// The name of the page that shows it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Kind::Match => "Look-up in Close",
            Kind::Leads => "New leads",
            Kind::Rows => "Rows of new chats",
            Kind::Plan => "Plan",
            Kind::Run => "Run",
            Kind::Verify => "Verify",
            Kind::Undo => "Undo",
        }
    }

    /// The address of the page that shows it.
    pub(super) fn address(self) -> &'static str {
        match self {
            Kind::Match => "/match",
            Kind::Leads => "/leads",
            Kind::Rows => "/people/rows",
            Kind::Plan => "/plan",
            Kind::Run => "/run",
            Kind::Verify => "/verify",
            Kind::Undo => "/undo",
        }
    }
}

/// A question of a job that waits for a person.
#[derive(Debug)]
pub(super) struct Asked {
    /// Its number among those of all jobs: an answer to another one, of a tab that was left open, is not treated as one to this.
    pub(super) number: u32,
    /// What is asked.
    pub(super) text: String,
    /// What can be answered.
    pub(super) form: AnswerForm,
    reply: oneshot::Sender<Option<usize>>,
}

/// The form of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnswerForm {
    /// Yes, which is the first option, or no.
    Confirm,
    /// One of these.
    Choose(Vec<String>),
    /// The name of the organisation, typed.
    Type(String),
    /// The number of deletions in Close, typed.
    Number(u64),
}

/// Where a job is.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What was reported.
    pub(super) notices: Vec<(Severity, String)>,
    /// What is shown before a question, and of a plan or a verification at its end.
    pub(super) shown: Shown,
    /// The open question.
    pub(super) asked: Option<Asked>,
    /// The progress of a run.
    pub(super) progress: Option<Progress>,
    /// The result in words.
    pub(super) result: Vec<String>,
    /// How it ended; `None` while it runs.
    pub(super) ended: Option<Ended>,
    /// The chats that all of this may name.
    pub(super) nameable: Option<Arc<Nameable>>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// Its exit status, as that of the command.
    pub(super) exit: Exit,
    /// Why it stopped before its end.
    pub(super) error: Option<String>,
}

/// A job.
pub(super) struct Job {
    pub(super) kind: Kind,
    /// It writes by the tables as they were when it began, or fills them in.
    pub(super) uses_tables: bool,
    stopper: Stopper,
    stop: Stop,
    state: Mutex<State>,
    /// The number of questions of all jobs.
    questions: Arc<AtomicU32>,
}

impl Job {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests its end; a second time, at once.
    pub(super) fn stop(&self) {
        self.stopper.stop();
    }

    /// The signal by which the use case is stopped.
    pub(super) fn stop_signal(&self) -> Stop {
        self.stop.clone()
    }

    /// Whether a stop was requested.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.is_requested()
    }

    pub(super) fn is_running(&self) -> bool {
        self.state().ended.is_none()
    }

    /// Whether it waits for an answer.
    pub(super) fn is_waiting(&self) -> bool {
        self.state().asked.is_some()
    }

    /// Keeps what a use case reports.
    pub(super) fn notice(&self, notice: &Notice) {
        self.state()
            .notices
            .push((notice.severity(), notice.to_string()));
    }

    /// Asks a person, and waits for the answer: the index of an option, `None` for no.
    pub(super) async fn ask(&self, text: String, form: AnswerForm) -> Option<usize> {
        let (reply, answer) = oneshot::channel();
        {
            let number = self.questions.fetch_add(1, Ordering::Relaxed) + 1;
            self.state().asked = Some(Asked {
                number,
                text,
                form,
                reply,
            });
        }
        let mut stop = self.stop_signal();
        let answer = tokio::select! {
            biased;
            () = stop.requested(1) => None,
            answer = answer => answer.ok().flatten(),
        };
        self.state().asked = None;
        answer
    }

    /// Answers the question with this number, unless it is not open any more. `option`: what a form of this kind means.
    pub(super) fn answer(&self, number: u32, option: impl FnOnce(&AnswerForm) -> Option<usize>) {
        let mut state = self.state();
        match state.asked.take() {
            Some(asked) if asked.number == number => {
                asked.reply.send(option(&asked.form)).ok();
            }
            other => state.asked = other,
        }
    }

    fn end(&self, ended: Ended) {
        let mut state = self.state();
        state.asked = None;
        if state.ended.is_none() {
            state.ended = Some(ended);
        }
    }
}

/// Ends a job whose thread panicked.
struct EndOnDrop(Arc<Job>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(Ended {
            exit: Exit::Internal,
            error: Some(
                "this is a bug in chatferry; the command bug-report in a terminal shows what to send".to_owned(),
            ),
        });
    }
}

/// The jobs of a page: the last one of each kind.
#[derive(Default)]
pub(super) struct Jobs {
    last: Mutex<HashMap<Kind, Arc<Job>>>,
    questions: Arc<AtomicU32>,
}

impl Jobs {
    fn all(&self) -> MutexGuard<'_, HashMap<Kind, Arc<Job>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last job of a kind.
    pub(super) fn last(&self, kind: Kind) -> Option<Arc<Job>> {
        self.all().get(&kind).cloned()
    }

    /// The job that runs.
    pub(super) fn running(&self) -> Option<Arc<Job>> {
        self.all().values().find(|job| job.is_running()).cloned()
    }

    /// Starts a job on a thread of its own; false if another one runs.
    ///
    /// # Errors
    ///
    /// The system has no thread.
    pub(super) fn start(
        &self,
        (kind, uses_tables): (Kind, bool),
        work: impl FnOnce(&Arc<Job>) -> Result<Ended> + Send + 'static,
    ) -> Result<bool> {
        let mut all = self.all();
        if all.values().any(|job| job.is_running()) {
            return Ok(false);
        }
        let (stopper, stop) = Stopper::new();
        let job = Arc::new(Job {
            kind,
            uses_tables,
            stopper,
            stop,
            state: Mutex::default(),
            questions: Arc::clone(&self.questions),
        });
        let own = Arc::clone(&job);
        let run = move || {
            let guard = EndOnDrop(own);
            let ended = work(&guard.0).unwrap_or_else(|error| failed(&error));
            guard.0.end(ended);
        };
        std::thread::Builder::new()
            .name(kind.word().to_owned())
            .spawn(run)?;
        all.insert(kind, job);
        Ok(true)
    }
}

/// A use case that ended without a result.
pub(super) fn failed(error: &Error) -> Ended {
    Ended {
        exit: error.exit,
        error: Some(error.message.clone()),
    }
}

/// A use case that ended with this status.
pub(super) fn ended(exit: Exit, stopped: Option<&Error>) -> Ended {
    Ended {
        exit,
        error: stopped.map(|error| error.message.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::work::here;

    #[test]
    fn job_with_an_open_question_waits() {
        let jobs = Jobs::default();
        let work = |job: &Arc<Job>| {
            let job = Arc::clone(job);
            here(|| async move {
                let answer = job.ask("Post".to_owned(), AnswerForm::Confirm).await;
                let exit = if answer.is_some() {
                    Exit::Done
                } else {
                    Exit::Stopped
                };
                Ok(ended(exit, None))
            })
        };
        assert!(jobs.start((Kind::Run, true), work).expect("a thread"));
        let job = jobs.last(Kind::Run).expect("a job");
        while !job.is_waiting() {
            std::thread::yield_now();
        }
        assert!(job.is_running());
        job.answer(1, |_| Some(0));
        while job.is_running() {
            std::thread::yield_now();
        }
        assert!(!job.is_waiting());
        let ended = job.state().ended.clone();
        assert_eq!(ended.expect("an end").exit, Exit::Done);
    }
}
