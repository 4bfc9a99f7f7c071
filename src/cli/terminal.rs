//! The observer of a command: notices, plan, question and progress on a terminal or in a log.
//!
//! Here belongs when something is printed and in which order. The texts of plans and runs are in
//! [`crate::report`].

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use super::layout::Stream;
use super::out::Out;
use crate::app::{
    Answer, Choice, Chosen, Error, Finding, Finished, Notice, Observer, PilotMessage, Planned,
    PlannedRepair, Question, Redactor, Result, Severity, Start, is_name_typed,
};
use crate::clock::SharedClock;
use crate::close::Wait;
use crate::execute::{Event, Events, Summary};
use crate::report;
use crate::report::plan::PlanView;
use crate::report::progress::{Progress, ProgressDisplay, Reading, Started};
use crate::report::run::RunView;
use crate::report::screen::Page;
use crate::transform::desired::Content;

/// Presents a use case on a terminal or in a log.
pub(super) struct Terminal<'o> {
    out: &'o mut Out,
    clock: SharedClock,
    /// Neither plan nor progress: only problems and the result of the run.
    quiet: bool,
    /// Which part of the plan was printed.
    plan: Option<PlanShown>,
    /// How findings are printed; `None`: not at all.
    findings: Option<FindingFormat>,
    /// The line of what is read at present.
    reading: Reading,
}

/// The form of the findings of `doctor` on stdout.
#[derive(Debug, Clone, Copy)]
pub(super) enum FindingFormat {
    /// A line of text each.
    Text,
    /// A JSON object each.
    Json,
}

#[derive(Clone, Copy)]
struct PlanShown {
    is_shown: bool,
    is_empty: bool,
}

impl<'o> Terminal<'o> {
    pub(super) fn new(out: &'o mut Out, clock: &SharedClock, quiet: bool) -> Self {
        let reading = Reading::new(display(quiet, out), clock);
        Terminal {
            reading,
            out,
            clock: SharedClock::clone(clock),
            quiet,
            plan: None,
            findings: None,
        }
    }

    /// Prints findings too.
    pub(super) fn with_findings(self, format: FindingFormat) -> Self {
        Terminal {
            findings: Some(format),
            ..self
        }
    }

    /// Prints a text for people.
    pub(super) fn print_text(&mut self, text: &str) {
        self.out.note(text);
    }

    /// Prints what a pilot compared: a table, and what differs once more as a sentence with its activity.
    fn pilot(&mut self, messages: &[PilotMessage]) {
        let has_details = self.out.details();
        if !has_details {
            self.out.note_page(&report::pilot::page(messages));
        }
        for message in messages {
            match message.is_correct() {
                true if has_details => self.out.note(&message.to_string()),
                true => {}
                false => self.out.alarm(&message.to_string()),
            }
        }
    }

    fn print(&mut self, finding: &Finding) -> io::Result<()> {
        match self.findings {
            None => return Ok(()),
            Some(FindingFormat::Text) => self.out.line(&report::doctor::text(finding))?,
            Some(FindingFormat::Json) => self.out.json(&report::doctor::json(finding)?)?,
        }
        self.out.flush()
    }
}

impl Observer for Terminal<'_> {
    fn reading(&mut self, chat: Option<&Content>) {
        let Some(chat) = chat else {
            return self.reading.clear();
        };
        if let Some(line) = self.reading.at(chat) {
            self.out.note(&line);
        }
    }

    fn reading_waits(&mut self, wait: Option<Wait>) {
        if let Some(line) = self.reading.waits(wait) {
            self.out.note(&line);
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.reading.clear();
        match &notice {
            Notice::PilotCompared(messages) => self.pilot(messages),
            notice => self.out.notice(notice),
        }
    }

    fn finding(&mut self, finding: &Finding) {
        // What stdout does not take stays in its buffer, and the end of the command reports it.
        let _ = self.print(finding);
    }

    fn redact(&mut self, redactor: Option<Arc<Redactor>>) {
        self.out.redact(redactor);
    }

    fn redacted(&self, text: &str) -> String {
        self.out.redacted(text).into_owned()
    }

    fn completed(&self, text: &str) -> String {
        self.out.completed(text).into_owned()
    }

    fn is_private(&self) -> bool {
        self.out.is_terminal()
    }

    fn planned(&mut self, planned: &Planned<'_>, is_asked: bool) {
        // A plan is always printed before its question.
        let is_shown = !self.quiet || is_asked;
        let is_empty = planned.is_empty();
        self.plan = Some(PlanShown { is_shown, is_empty });
        if is_shown {
            let view = PlanView::of(planned);
            let page = report::plan::before_question(&view, self.out.details());
            self.out.note_page(&page);
        }
    }

    fn repair_planned(&mut self, planned: &PlannedRepair) {
        self.out.note(&report::verify::plan_text(planned));
    }

    fn confirm<'a>(&'a mut self, question: &Question<'_>) -> Answer<'a> {
        let what = report::questions::text(question);
        Box::pin(agreed(what, self.out))
    }

    fn choose<'a>(&'a mut self, choice: &Choice<'_>) -> Chosen<'a> {
        if !io::stdin().is_terminal() {
            return Box::pin(async { Ok(None) });
        }
        let Choice::LeadStatus(names) = *choice;
        let what = "The status of the new leads (new_lead_status in the configuration)";
        Box::pin(chosen(what, names.to_vec(), self.out))
    }

    fn start(&mut self, start: Start<'_>) -> Box<dyn Events> {
        let shown = display(self.quiet, self.out);
        let run = Started {
            messages: start.operations,
            allowance: start.allowance(),
            waits: start.waits(),
            wrap: Box::new(paragraph),
            chats: start.chats,
            stop: start.stop,
        };
        let progress = Progress::new(run, shown, &self.clock);
        Box::new(RunProgress(progress))
    }

    fn finished(&mut self, finished: &Finished<'_>) {
        let (totals, summary) = (finished.totals, finished.summary);
        let plan = self.plan.unwrap_or(PlanShown {
            is_shown: false,
            is_empty: false,
        });
        // If the plan was not printed, this is the only output.
        if !plan.is_shown || totals.undecided > 0 || !(plan.is_empty && is_uneventful(summary)) {
            let page = report::run::page(&RunView::of(finished), self.out.details());
            self.out.note_page(&page);
        }
    }
}

/// A line on stderr, wrapped to its width.
fn paragraph(line: &str) -> String {
    let mut page = Page::new();
    page.line(line);
    page.render(Stream::Stderr.layout(), &str::to_owned)
}

/// How progress is displayed.
fn display(quiet: bool, out: &Out) -> ProgressDisplay {
    match (quiet, out.is_terminal()) {
        (true, _) => ProgressDisplay::Nothing,
        (false, true) => ProgressDisplay::Bar,
        (false, false) => ProgressDisplay::Lines,
    }
}

/// Progress that is removed from the screen when the run ends.
struct RunProgress(Progress);

impl Events for RunProgress {
    fn event(&mut self, event: Event) {
        self.0.event(event);
    }
}

impl Drop for RunProgress {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Whether a run without operations has nothing to report either.
fn is_uneventful(summary: &Summary) -> bool {
    !summary.is_stopped
        && summary.planned == 0
        && summary.held.is_empty()
        && summary.copies.is_empty()
        && summary.stopped_chats.is_empty()
}

/// Asks for confirmation and waits for the reply.
async fn agreed(what: String, out: &mut Out) -> io::Result<bool> {
    out.ask(&format!("{what}? [y/N] "));
    let answer = line().await?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks a person to type a name as the confirmation of `what`. Case and blanks around it do not matter.
pub(super) async fn named(what: &str, name: &str, out: &mut Out) -> io::Result<bool> {
    out.note(what);
    out.ask(&format!(
        "Type the organisation's name, {name}, to continue: "
    ));
    let answer = line().await?;
    Ok(is_name_typed(name, &answer))
}

/// Asks for one of these names, by its number or itself, until one is given; `None` at the end of the input.
async fn chosen(what: &str, names: Vec<String>, out: &mut Out) -> io::Result<Option<usize>> {
    out.note(&format!("{what}:"));
    for (index, name) in names.iter().enumerate() {
        out.note(&format!("  {}  {name}", index + 1));
    }
    loop {
        out.ask(&format!("Number or name, 1 to {}: ", names.len()));
        let answer = line().await?;
        if answer.is_empty() {
            return Ok(None);
        }
        if let Some(index) = option(answer.trim(), &names) {
            return Ok(Some(index));
        }
    }
}

/// The index of the name that an answer means.
fn option(answer: &str, names: &[String]) -> Option<usize> {
    let by_name = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(answer));
    let number = || answer.parse::<usize>().ok()?.checked_sub(1);
    by_name.or_else(|| number().filter(|index| *index < names.len()))
}

/// A line of stdin; empty at its end.
async fn line() -> io::Result<String> {
    // On a separate thread, so that Ctrl-C is noticed while the question is open.
    let read = || {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    };
    tokio::task::spawn_blocking(read)
        .await
        .map_err(io::Error::other)?
}

/// Ensures that there is a terminal for a confirmation before `verb`.
///
/// # Errors
///
/// A usage error: there is none.
pub(super) fn require_terminal(verb: &str) -> Result<()> {
    match io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "no terminal for the confirmation; pass `--yes` to {verb} without it"
        ))),
    }
}

impl Out {
    /// Prints a notice according to its severity.
    pub(super) fn notice(&mut self, notice: &Notice) {
        let details = notice.details().filter(|_| self.details());
        let text = details.unwrap_or_else(|| notice.to_string());
        match notice.severity() {
            Severity::Note => self.note(&text),
            Severity::Warning => self.warn(&text),
            Severity::Error => self.error(&text),
            Severity::Alarm => self.alarm(&text),
        }
    }
}
