//! Undecided messages of a plan: cause, location, and the rows of decisions.csv that settle them.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::plan::{Action, Candidate, Plan, PlannedChat, Question, Undecided};
use crate::quantity::count;

/// The number of locations listed per cause.
const SHOWN: usize = 5;

/// The maximum number of messages of a chat whose rows are printed.
const ROWS: usize = 50;

/// The undecided messages of a chat.
pub(super) fn write(plan: &Plan, planned: &PlannedChat, text: &mut String) -> std::fmt::Result {
    let mut by_cause: BTreeMap<Undecided, Vec<&Question>> = BTreeMap::new();
    for question in &planned.questions {
        if let Some(why) = cause(planned, question) {
            by_cause.entry(why).or_default().push(question);
        }
    }
    for (why, questions) in &by_cause {
        let locations: Vec<String> = (questions.iter().take(SHOWN))
            .map(|question| place(planned, question))
            .collect();
        let more = match questions.len() > SHOWN {
            true => format!(" and {} more", questions.len() - SHOWN),
            false => String::new(),
        };
        writeln!(
            text,
            "      undecided: {}: {}: {}{more}",
            count(questions.len() as u64, "message"),
            why.describe(),
            locations.join(", "),
        )?;
    }
    // An earlier request is settled by look-up, not by a person.
    let open: Vec<(Undecided, &Question)> = (by_cause.into_iter())
        .filter(|(why, _)| *why != Undecided::Unsettled)
        .flat_map(|(why, questions)| questions.into_iter().map(move |question| (why, question)))
        .collect();
    if !open.is_empty() {
        writeln!(
            text,
            "      to settle one of them, add one of its rows to decisions.csv (message,decision,of)"
        )?;
    }
    for (why, question) in open.iter().take(ROWS) {
        writeln!(text, "        {}", place(planned, question))?;
        for row in rows(plan, planned, *why, question) {
            writeln!(text, "          {row}")?;
        }
        for candidate in &question.candidates {
            writeln!(text, "            {}", described(planned, candidate))?;
        }
    }
    match open.len().checked_sub(ROWS) {
        Some(more) if more > 0 => writeln!(text, "        and {}", count(more as u64, "more")),
        _ => Ok(()),
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
    let archive = planned.chat.archives.get(message.message.archive as usize);
    let label = archive.map_or("", String::as_str);
    format!("{label}:{}", message.message.line)
}

/// The rows of decisions.csv that settle a message.
fn rows(plan: &Plan, planned: &PlannedChat, why: Undecided, question: &Question) -> Vec<String> {
    let name = match &question.id {
        Some(id) => id.to_string(),
        None => named(plan, planned, question),
    };
    let row = |decision: &str, of: &str| record(&[&name, decision, of]);
    let same = question.candidates.iter().map(|of| row("same", &of.id));
    let is_new = why != Undecided::NotRebuildable;
    same.chain(is_new.then(|| row("new", "")))
        .chain([row("leave", "")])
        .collect()
}

/// Id, time, direction and location of a candidate: no content.
fn described(planned: &PlannedChat, candidate: &Candidate) -> String {
    let at = DateTime::<Utc>::from_timestamp_millis(candidate.at);
    let at = at.map_or_else(String::new, |at| {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    });
    let direction = match candidate.outgoing {
        Some(true) => ", outgoing",
        Some(false) => ", incoming",
        None => "",
    };
    let source = candidate
        .source
        .map_or_else(String::new, |(archive, line)| {
            let label = planned.chat.archives.get(archive as usize);
            format!(", {}:{line}", label.map_or("", String::as_str))
        });
    format!("{}: {at}{direction}{source}", candidate.id)
}

/// Archive and line, with the folders if another archive of the plan has the same name.
fn named(plan: &Plan, planned: &PlannedChat, question: &Question) -> String {
    let (label, line) = {
        let place = place(planned, question);
        let (label, line) = place.rsplit_once(':').unwrap_or_default();
        (label.to_owned(), line.to_owned())
    };
    let paths = plan.chats.iter().flat_map(|chat| &chat.chat.paths);
    let same = paths.filter(|path| {
        path.strip_suffix(label.as_str())
            .is_some_and(|folder| folder.is_empty() || folder.ends_with(['/', '\\']))
    });
    let message = planned.messages.get(question.index as usize);
    let path = message.and_then(|m| planned.chat.paths.get(m.message.archive as usize));
    match (same.count(), path) {
        (2.., Some(path)) => format!("{path}:{line}"),
        _ => format!("{label}:{line}"),
    }
}

/// A row of a table.
fn record(cells: &[&str]) -> String {
    let cells = cells
        .iter()
        .map(|cell| match cell.contains([',', '"', ';']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => (*cell).to_owned(),
        });
    cells.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn cells_with_separators_are_quoted() {
        assert_eq!(
            record(&["Cooper, Ben.zip:4", "new", ""]),
            "\"Cooper, Ben.zip:4\",new,"
        );
        assert_eq!(record(&["cf1-a", "same", "acti_1"]), "cf1-a,same,acti_1");
    }
}
