//! Undecided messages of a chat: cause, location, and the rows of decisions.csv that settle them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::PlanView;
use super::view::{ChatView, location};
use crate::plan::{Action, Candidate, Plan, PlannedChat, Question, Undecided};
use crate::report::places::Places;
use crate::table_cell;

/// The number of locations that are kept per cause.
const SHOWN: usize = 5;

/// The maximum number of messages of a chat whose rows are kept.
const ROWS: usize = 50;

/// The undecided messages of a chat.
#[derive(Debug, Serialize)]
pub(super) struct Questions {
    pub(super) causes: Vec<Cause>,
    /// The messages that a person can decide, up to [`ROWS`].
    pub(super) open: Vec<OpenQuestion>,
    /// The number of further messages that a person can decide.
    pub(super) more: u64,
}

/// Messages that are undecided for the same cause.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    pub(super) code: &'static str,
    pub(super) why: &'static str,
    pub(super) places: Places,
}

/// A message that a person can decide.
#[derive(Debug, Serialize)]
pub(super) struct OpenQuestion {
    pub(super) location: String,
    /// The rows of decisions.csv, of which one settles it.
    pub(super) rows: Vec<String>,
    pub(super) candidates: Vec<CandidateView>,
}

/// A message that may be the same: no content.
#[derive(Debug, Serialize)]
pub(super) struct CandidateView {
    pub(super) id: String,
    /// RFC 3339; empty for a time that is out of range.
    pub(super) at: String,
    pub(super) direction: Option<&'static str>,
    pub(super) location: Option<String>,
}

impl Questions {
    /// The undecided messages of a chat of the plan.
    pub(super) fn of(labels: &Labels, planned: &PlannedChat) -> Questions {
        let mut by_cause: BTreeMap<Undecided, Vec<&Question>> = BTreeMap::new();
        for question in &planned.questions {
            if let Some(why) = cause(planned, question) {
                by_cause.entry(why).or_default().push(question);
            }
        }
        let causes = by_cause.iter().map(|(why, questions)| {
            let mut places = Places::default();
            for question in questions {
                places.add(SHOWN, || place(planned, question));
            }
            Cause {
                code: why.word(),
                why: why.describe(),
                places,
            }
        });
        let causes = causes.collect();
        // An earlier request is settled by look-up, not by a person.
        let open: Vec<(Undecided, &Question)> = (by_cause.into_iter())
            .filter(|(why, _)| *why != Undecided::Unsettled)
            .flat_map(|(why, questions)| questions.into_iter().map(move |question| (why, question)))
            .collect();
        let rows_of = |(why, question): &(Undecided, &Question)| OpenQuestion {
            location: place(planned, question),
            rows: rows(labels, planned, *why, question),
            candidates: (question.candidates.iter())
                .map(|candidate| CandidateView::of(planned, candidate))
                .collect(),
        };
        Questions {
            causes,
            open: open.iter().take(ROWS).map(rows_of).collect(),
            more: open.len().saturating_sub(ROWS) as u64,
        }
    }
}

/// An undecided message with the rows that would settle it, for a page.
#[derive(Debug, Clone)]
pub(crate) struct OpenQuestionView {
    /// The name of the message's chat, as output may show it.
    pub(crate) chat: String,
    /// The archive and line of the message, as `archive:line`.
    pub(crate) location: String,
    /// Why messages of the chat are undecided, in words.
    pub(crate) why: String,
    /// The rows of decisions.csv, of which one settles it.
    pub(crate) rows: Vec<[String; 3]>,
    /// The messages of which it may be one, the likeliest first.
    pub(crate) candidates: Vec<OpenCandidate>,
}

/// A message that an undecided one may be.
#[derive(Debug, Clone)]
pub(crate) struct OpenCandidate {
    /// The activity id of a recorded message, or the external id of one in another archive.
    pub(crate) id: String,
    /// The time of the candidate, in UTC, RFC 3339.
    pub(crate) at: String,
    /// `incoming` or `outgoing`; `None` if it is not known.
    pub(crate) direction: Option<&'static str>,
    /// The archive and line, as `archive:line`; `None` if it is not from another archive.
    pub(crate) location: Option<String>,
}

/// The undecided messages of a plan that a person can decide.
pub(crate) fn open_questions(view: &PlanView) -> Vec<OpenQuestionView> {
    let of_chat = |chat: &ChatView| -> Vec<OpenQuestionView> {
        let causes: Vec<&str> = chat
            .questions
            .causes
            .iter()
            .map(|cause| cause.why)
            .collect();
        let questions = chat.questions.open.iter();
        let views = questions.map(|question| OpenQuestionView {
            chat: chat.name.clone(),
            location: question.location.clone(),
            why: causes.join("; "),
            rows: question.rows.iter().map(|row| cells(row)).collect(),
            candidates: (question.candidates.iter())
                .map(|candidate| OpenCandidate {
                    id: candidate.id.clone(),
                    at: candidate.at.clone(),
                    direction: candidate.direction,
                    location: candidate.location.clone(),
                })
                .collect(),
        });
        views.collect()
    };
    view.chats.iter().flat_map(of_chat).collect()
}

/// The cells of a row that [`record`] wrote.
fn cells(row: &str) -> [String; 3] {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(row.as_bytes());
    let record = reader
        .records()
        .next()
        .and_then(Result::ok)
        .unwrap_or_default();
    [0, 1, 2].map(|cell| table_cell::read(record.get(cell).unwrap_or_default()).to_owned())
}

impl CandidateView {
    fn of(planned: &PlannedChat, candidate: &Candidate) -> CandidateView {
        let at = DateTime::<Utc>::from_timestamp_millis(candidate.at);
        CandidateView {
            id: candidate.id.clone(),
            at: at.map_or_else(String::new, |at| {
                at.to_rfc3339_opts(SecondsFormat::Secs, true)
            }),
            direction: candidate.outgoing.map(|outgoing| match outgoing {
                true => "outgoing",
                false => "incoming",
            }),
            location: (candidate.source).map(|(archive, line)| location(planned, archive, line)),
        }
    }
}

fn cause(planned: &PlannedChat, question: &Question) -> Option<Undecided> {
    match planned.messages.get(question.index as usize)?.action {
        Action::Undecided(why) => Some(why),
        _ => None,
    }
}

/// Archive and line of a message.
fn place(planned: &PlannedChat, question: &Question) -> String {
    let Some(message) = planned.messages.get(question.index as usize) else {
        return String::new();
    };
    location(planned, message.message.archive, message.message.line)
}

/// The rows of decisions.csv that settle a message.
fn rows(
    labels: &Labels,
    planned: &PlannedChat,
    why: Undecided,
    question: &Question,
) -> Vec<String> {
    let name = match &question.id {
        Some(id) => id.to_string(),
        None => named(labels, planned, question),
    };
    let row = |decision: &str, of: &str| record(&[&name, decision, of]);
    let same = question.candidates.iter().map(|of| row("same", &of.id));
    let is_new = why != Undecided::NotRebuildable;
    same.chain(is_new.then(|| row("new", "")))
        .chain([row("leave", "")])
        .collect()
}

/// Archive and line, with the folders if another archive of the plan has the same name.
fn named(labels: &Labels, planned: &PlannedChat, question: &Question) -> String {
    let place = place(planned, question);
    let (label, line) = place.rsplit_once(':').unwrap_or_default();
    let message = planned.messages.get(question.index as usize);
    let path = message.and_then(|m| planned.chat.paths.get(m.message.archive as usize));
    match path.filter(|_| labels.are_several(label)) {
        Some(path) => format!("{path}:{line}"),
        None => place,
    }
}

/// The names of the archives of a plan: the number of paths that end with each, at the beginning of a folder or file name.
#[derive(Debug, Default)]
pub(super) struct Labels(HashMap<String, u32>);

impl Labels {
    /// Counted only for a plan with undecided messages.
    pub(super) fn of(plan: &Plan) -> Labels {
        let mut labels = Labels::default();
        if plan.chats.iter().all(|chat| chat.questions.is_empty()) {
            return labels;
        }
        for path in plan.chats.iter().flat_map(|chat| &chat.chat.paths) {
            let folders = path.match_indices(['/', '\\']).map(|(at, _)| at + 1);
            for start in std::iter::once(0).chain(folders) {
                *labels.0.entry(path[start..].to_owned()).or_default() += 1;
            }
        }
        labels
    }

    fn are_several(&self, label: &str) -> bool {
        self.0.get(label).is_some_and(|paths| *paths > 1)
    }
}

/// A row of a table.
fn record(cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| table_cell::written(cell));
    let cells = cells.map(|cell| match cell.contains([',', '"', ';']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.into_owned(),
    });
    cells.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{cells, record};

    #[test]
    fn cells_with_separators_are_quoted() {
        assert_eq!(
            record(&["Cooper, Ben.zip:4", "new", ""]),
            "\"Cooper, Ben.zip:4\",new,"
        );
        assert_eq!(record(&["cf1-a", "same", "acti_1"]), "cf1-a,same,acti_1");
        for row in [
            ["Cooper, \"Ben\".zip:4", "new", ""],
            ["=x", "same", "acti_1"],
        ] {
            assert_eq!(cells(&record(&row)), row);
        }
    }
}
