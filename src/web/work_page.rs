//! The page of a job: what it does, where it is, what can be started next.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::form::Form;
use super::frame::{Frame, shown};
use super::job::{AnswerForm, Job, Kind};
use super::showing::{self, Showing};
use super::shown::Shown;
use super::site::Site;
use super::text::{address, clean, clean_lines};
use super::words::{of_pages, section_of_pages};
use crate::app::{self, Severity};
use crate::report::html::Section;

/// Seconds between two looks at a job that runs.
const REFRESH: u32 = 2;

#[derive(Template)]
#[template(path = "review/work.html")]
pub(super) struct Page {
    pub(super) frame: Frame,
    /// What the page is for.
    pub(super) intro: Vec<&'static str>,
    /// That the plan is outdated.
    pub(super) outdated: Option<String>,
    /// Why nothing can be started.
    pub(super) blocked: Option<String>,
    pub(super) job: Option<JobView>,
    pub(super) actions: Vec<Action>,
    pub(super) links: Vec<(&'static str, &'static str)>,
}

/// What can be started.
#[derive(Default)]
pub(super) struct Action {
    pub(super) address: &'static str,
    pub(super) text: Option<String>,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) inputs: Vec<Input>,
    pub(super) button: String,
    pub(super) is_main: bool,
}

/// A field of what can be started.
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) form: InputForm,
}

/// The form of a field.
pub(super) enum InputForm {
    /// A box to tick.
    Check,
    /// Text, with suggestions.
    Text(Vec<String>),
    /// A number.
    Number,
    /// One of these values, each with what it means.
    Choice(Vec<(String, String)>),
}

impl Input {
    /// An empty field.
    pub(super) fn new(name: &'static str, label: impl Into<String>, form: InputForm) -> Input {
        Input {
            name,
            label: label.into(),
            value: String::new(),
            form,
        }
    }
}

/// A job.
pub(super) struct JobView {
    pub(super) heading: &'static str,
    pub(super) kind: &'static str,
    pub(super) is_running: bool,
    /// What is being done.
    pub(super) running: Option<&'static str>,
    pub(super) is_stopping: bool,
    pub(super) progress: Option<ProgressView>,
    /// Why what it reported and shows is not shown.
    pub(super) hidden: Option<&'static str>,
    pub(super) notices: Vec<NoticeView>,
    pub(super) shown: String,
    pub(super) sections: Vec<Section>,
    /// The pages of its longest list; none if there is one.
    pub(super) pages: Vec<PageLink>,
    pub(super) asked: Option<AskedView>,
    pub(super) result: Vec<String>,
    pub(super) error: Option<Vec<String>>,
}

/// A page of a list.
pub(super) struct PageLink {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) is_current: bool,
}

/// The page of a list that an address selects.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Paged {
    page: String,
}

impl Paged {
    /// Counted from 1.
    fn number(&self) -> usize {
        self.page.parse().unwrap_or(1).max(1)
    }
}

pub(super) struct ProgressView {
    pub(super) percent: u64,
    pub(super) text: String,
    pub(super) waits: Option<String>,
}

pub(super) struct NoticeView {
    pub(super) text: String,
    pub(super) is_bad: bool,
}

pub(super) struct AskedView {
    pub(super) number: u32,
    pub(super) text: String,
    pub(super) form: AnswerForm,
}

impl JobView {
    /// The view of a job.
    fn of(job: &Job, page: usize, showing: Showing) -> JobView {
        // A view can be large: the job goes on while its sections are made.
        let is_shown = showing == Showing::Allowed;
        let shown = match is_shown {
            true => job.state().shown.clone(),
            false => Shown::Nothing,
        };
        let sections = shown.sections(page);
        let state = job.state();
        let is_running = state.ended.is_none();
        let (heading, running) = match (is_running, state.asked.is_some()) {
            (true, true) => ("Your answer is needed", None),
            (true, false) => ("In progress", Some(doing(job, state.progress.is_some()))),
            (false, _) if state.ended.as_ref().is_some_and(|end| end.error.is_some()) => {
                ("Stopped", None)
            }
            (false, _) => ("Result", None),
        };
        let progress = state.progress.as_ref().map(|progress| ProgressView {
            percent: progress.percent(),
            text: progress.describe(),
            waits: progress.waits_for().filter(|_| is_running),
        });
        JobView {
            heading,
            kind: job.kind.word(),
            is_running,
            running,
            is_stopping: job.is_stopping(),
            progress,
            hidden: showing.reason(),
            notices: (state.notices.iter())
                .filter(|_| is_shown)
                .map(|(severity, text)| NoticeView {
                    text: of_pages(&clean_lines(text)),
                    is_bad: matches!(severity, Severity::Error | Severity::Alarm),
                })
                .collect(),
            shown: of_pages(&clean_lines(shown.text())),
            pages: page_links(job.kind, page, sections.pages),
            sections: sections.all.into_iter().map(section_of_pages).collect(),
            asked: state.asked.as_ref().map(|asked| AskedView {
                number: asked.number,
                text: clean(&asked.text),
                form: match &asked.form {
                    AnswerForm::Choose(options) => {
                        AnswerForm::Choose(options.iter().map(|one| clean(one)).collect())
                    }
                    AnswerForm::Type(name) => AnswerForm::Type(clean(name)),
                    AnswerForm::Confirm => AnswerForm::Confirm,
                    AnswerForm::Number(number) => AnswerForm::Number(*number),
                },
            }),
            result: (state.result.iter())
                .filter(|_| is_shown)
                .map(|line| of_pages(&clean(line)))
                .collect(),
            error: state.ended.as_ref().and_then(|end| {
                let error = end.error.as_deref()?;
                Some(error.lines().map(|line| of_pages(&clean(line))).collect())
            }),
        }
    }
}

fn page_links(kind: Kind, page: usize, pages: usize) -> Vec<PageLink> {
    if pages <= 1 {
        return Vec::new();
    }
    let link = |number: usize| PageLink {
        name: number.to_string(),
        address: address(kind.address(), &[("page", &number.to_string())]),
        is_current: number == page.min(pages),
    };
    (1..=pages).map(link).collect()
}

fn doing(job: &Job, has_progress: bool) -> &'static str {
    match job.kind {
        _ if job.is_stopping() => {
            "Stopping: requests in progress are finished first. Nothing is lost; the same page continues later."
        }
        Kind::Match => "The numbers of the chats are looked up in Close.",
        Kind::Leads => "Leads are being created in Close.",
        Kind::Rows => "The archives are read for chats that contacts.csv lacks.",
        Kind::Plan => "The archives are read and compared with Close.",
        Kind::Run => {
            "The import is running. You may close this page; it goes on, and this address shows it again."
        }
        Kind::Verify if has_progress => "The repair is running.",
        Kind::Verify => "Every message is compared with Close.",
        Kind::Undo => "What the run created is read from Close.",
    }
}

/// Whether what a job reported and shows may be shown now.
pub(super) async fn showing_of(site: &Arc<Site>, job: &Job) -> Showing {
    let nameable = job.state().nameable.clone();
    match nameable {
        Some(nameable) => showing::showing(site, &nameable).await,
        // Nothing was reported yet, or the job ended before it began to work.
        None => Showing::Allowed,
    }
}

/// When the page is to be loaded again. By what it shows: the job may have ended since, and the page would show it as running for
/// ever.
fn refresh(shown: Option<&JobView>) -> Option<u32> {
    let is_going_on = shown.is_some_and(|view| view.is_running && view.asked.is_none());
    is_going_on.then_some(REFRESH)
}

/// The page of a kind of job.
pub(super) async fn of_kind(site: &Arc<Site>, kind: Kind, paged: &Paged) -> Page {
    let job = site.jobs.last(kind);
    let mut frame = Frame::of(site, kind.title());
    let showing = match &job {
        Some(job) => showing_of(site, job).await,
        None => Showing::Allowed,
    };
    let view = job.as_deref();
    let view = view.map(|job| JobView::of(job, paged.number(), showing));
    frame.refresh = match showing {
        Showing::Unknown => Some(1),
        _ => refresh(view.as_ref()),
    };
    let other = site.jobs.running().filter(|job| job.kind != kind);
    let blocked = match (site.auth().is_some(), other) {
        (false, _) => Some("This needs the key of Close.".to_owned()),
        (true, Some(other)) => Some(format!(
            "Another step is running: {}. Wait for its end, or stop it on its page.",
            other.kind.title()
        )),
        (true, None) => None,
    };
    Page {
        frame,
        intro: Vec::new(),
        outdated: None,
        blocked,
        job: view,
        actions: Vec::new(),
        links: Vec::new(),
    }
}

impl Page {
    /// Whether another job may be started.
    pub(super) fn is_free(&self) -> bool {
        let is_running = self.job.as_ref().is_some_and(|job| job.is_running);
        self.blocked.is_none() && !is_running
    }

    /// Whether something on the page is to be started first, so that links come after it.
    fn has_main_action(&self) -> bool {
        self.actions.iter().any(|action| action.is_main)
    }

    /// The page as a response.
    pub(super) fn shown(self) -> Response {
        shown(&self)
    }
}

/// The answer to a question.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReplyForm {
    kind: String,
    number: u32,
    /// The button: `0` for yes, `chosen`, `typed` or `no`.
    answer: String,
    /// The number of the chosen option.
    option: String,
    typed: String,
}

impl ReplyForm {
    /// The option that is meant; `None` for no, and for what the question does not offer.
    fn option(&self, form: &AnswerForm) -> Option<usize> {
        match (form, self.answer.as_str()) {
            (AnswerForm::Confirm, "0") => Some(0),
            (AnswerForm::Choose(options), "chosen") => {
                let option = self.option.parse().ok();
                option.filter(|option| *option < options.len())
            }
            (AnswerForm::Type(name), "typed") => app::is_name_typed(name, &self.typed).then_some(0),
            (AnswerForm::Number(number), "typed") => is_number(&self.typed, *number).then_some(0),
            _ => None,
        }
    }
}

/// Answers a question of a job.
pub(super) async fn answer(State(site): State<Arc<Site>>, Form(form): Form<ReplyForm>) -> Response {
    let Some(kind) = Kind::of(&form.kind) else {
        return Redirect::to("/").into_response();
    };
    if let Some(job) = site.jobs.last(kind) {
        job.answer(form.number, |asked| form.option(asked));
    }
    Redirect::to(kind.address()).into_response()
}

/// Whether a text is this number.
pub(super) fn is_number(text: &str, number: u64) -> bool {
    text.trim().parse() == Ok(number)
}

/// The job to stop.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StopForm {
    kind: String,
}

/// Stops a job.
pub(super) async fn stop(State(site): State<Arc<Site>>, Form(form): Form<StopForm>) -> Response {
    let Some(kind) = Kind::of(&form.kind) else {
        return Redirect::to("/").into_response();
    };
    if let Some(job) = site.jobs.last(kind).filter(|job| job.is_running()) {
        job.stop();
    }
    Redirect::to(kind.address()).into_response()
}

/// Leads to the page of a job that was started, or of the one that is in the way.
pub(super) fn started(site: &Site, kind: Kind, is_started: app::Result<bool>) -> Response {
    match is_started {
        Ok(_) => Redirect::to(kind.address()).into_response(),
        Err(error) => super::failure::failed(site, &error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::app::Exit;
    use crate::web::job::{Jobs, ended};

    #[test]
    fn page_of_a_job_that_ends_meanwhile_is_loaded_again() {
        let jobs = Jobs::default();
        let (end, is_to_end) = channel::<()>();
        let work = move |_: &_| {
            is_to_end.recv().ok();
            Ok(ended(Exit::Done, None))
        };
        assert!(jobs.start((Kind::Run, true), work).unwrap());
        let job = jobs.last(Kind::Run).unwrap();
        let shown = JobView::of(&job, 1, Showing::Allowed);
        end.send(()).unwrap();
        while job.is_running() {
            std::thread::yield_now();
        }
        assert_eq!(refresh(Some(&shown)), Some(REFRESH));
        let now = JobView::of(&job, 1, Showing::Allowed);
        assert_eq!(refresh(Some(&now)), None);
    }
}
