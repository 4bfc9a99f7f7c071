//! Undecided messages, next to what Close has: the same message, a new one, or to be left alone.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::changed;
use super::failure::failed;
use super::form::Form;
use super::frame::{Frame, shown};
use super::job::Kind;
use super::plan_shown::Questions;
use super::showing::Showing;
use super::site::Site;
use super::table_lock;
use super::text::{clean, clean_lines, minute};
use super::waiting;
use super::work_page::showing_of;
use crate::app::{self, SeenTable, Written};
use crate::quantity;
use crate::report::plan::{OpenCandidate, OpenQuestionView};
use crate::transform::decision_table;

#[derive(Template)]
#[template(path = "review/undecided.html")]
struct Page {
    frame: Frame,
    /// Why the messages of the plan are not shown.
    hidden: Option<&'static str>,
    has_plan: bool,
    seen: String,
    decided: Option<String>,
    messages: Vec<MessageView>,
}

struct MessageView {
    chat: String,
    place: String,
    why: String,
    at: String,
    sender: String,
    text: String,
    candidates: Vec<CandidateView>,
    choices: Vec<ChoiceView>,
}

struct CandidateView {
    /// Where its text is from.
    title: &'static str,
    id: String,
    /// Archive and line, if it is of another archive.
    place: Option<String>,
    at: String,
    direction: &'static str,
    text: Option<String>,
}

struct ChoiceView {
    name: String,
    message: String,
    decision: String,
    of: String,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>) -> Response {
    let table = match SeenTable::read(&table(&site)) {
        Ok(table) => table,
        Err(error) => return failed(&site, &error),
    };
    let showing = match site.jobs.last(Kind::Plan) {
        Some(job) => showing_of(&site, &job).await,
        None => Showing::Allowed,
    };
    if showing == Showing::Unknown {
        return waiting::page(&site, "Undecided");
    }
    let decided = site.decided_messages();
    let messages = site.plan().as_ref().map(|plan| {
        let questions = &plan.questions;
        let open = questions.questions.iter();
        let open = open.filter(|one| !decided.contains(&one.location));
        open.map(|one| view(questions, one)).collect::<Vec<_>>()
    });
    let hidden = showing.reason();
    let messages = messages.filter(|_| hidden.is_none());
    shown(&Page {
        frame: Frame::of(&site, "Undecided"),
        hidden,
        has_plan: messages.is_some(),
        seen: site.seen(&table),
        decided: (!decided.is_empty()).then(|| quantity::number(decided.len() as u64)),
        messages: messages.unwrap_or_default(),
    })
}

fn table(site: &Site) -> std::path::PathBuf {
    site.place.file.with_file_name(decision_table::FILE)
}

/// The text of a candidate, in Close or in another archive.
fn text_of(questions: &Questions, candidate: &OpenCandidate) -> Option<String> {
    let in_close = questions.in_close.get(&candidate.id).map(String::as_str);
    let archived = || {
        let place = candidate.location.as_ref()?;
        let archived = questions.archived.get(place)?;
        Some(archived.text.as_str())
    };
    in_close.or_else(archived).map(clean_lines)
}

fn view(questions: &Questions, one: &OpenQuestionView) -> MessageView {
    let archived = questions.archived.get(&one.location);
    let candidates = one.candidates.iter().map(|candidate| CandidateView {
        title: match candidate.location {
            Some(_) => "In another archive",
            None => "In Close",
        },
        place: candidate.location.as_deref().map(clean),
        id: candidate.id.clone(),
        at: candidate
            .at
            .replace('T', " ")
            .trim_end_matches('Z')
            .to_owned(),
        direction: match candidate.direction {
            Some("outgoing") => "from the owner",
            Some(_) => "from the contact",
            None => "",
        },
        text: text_of(questions, candidate),
    });
    let choices = one.rows.iter().map(|[message, decision, of]| ChoiceView {
        name: match decision.as_str() {
            "same" if one.candidates.len() > 1 => format!("It is the same as {of}"),
            "same" => "It is the same message".to_owned(),
            "new" => "It is another message: post it".to_owned(),
            _ => "Leave it out".to_owned(),
        },
        message: message.clone(),
        decision: decision.clone(),
        of: of.clone(),
    });
    MessageView {
        chat: clean(&one.chat),
        place: clean(&one.location),
        why: clean(&one.why),
        at: archived.map_or_else(String::new, |one| minute(one.at)),
        sender: archived.map_or_else(String::new, |one| clean(&one.sender)),
        text: archived.map_or_else(String::new, |one| clean_lines(&one.text)),
        candidates: candidates.collect(),
        choices: choices.collect(),
    }
}

/// A decision about a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MessageForm {
    seen: String,
    place: String,
    message: String,
    decision: String,
    of: String,
}

/// Stores a decision about a message.
pub(super) async fn decide(
    State(site): State<Arc<Site>>,
    Form(form): Form<MessageForm>,
) -> Response {
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    let dir = table(&site);
    let dir = dir.parent().unwrap_or(std::path::Path::new(""));
    let cells = [
        ("message", form.message.as_str()),
        ("decision", &form.decision),
        ("of", &form.of),
    ];
    match app::add_decision(dir, &form.seen, &cells) {
        Ok(Written::Done(_)) => {
            site.readings.outdate();
            site.decide_message(form.place);
            Redirect::to("/undecided").into_response()
        }
        Ok(Written::Changed(now)) => changed::page(&site, &form.seen, &now, "Undecided"),
        Err(error) => failed(&site, &error),
    }
}
