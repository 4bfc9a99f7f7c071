//! A verification as sections of a page: the verdict, findings in order of harm, what was not checked.

use super::causes::{Cause, FoundView, Group};
use super::repair::RepairPlanView;
use super::view::VerifyView;
use crate::quantity::{count, number};
use crate::report::html::{Cell, Section, Sections};
use crate::report::screen::State;

/// The sections of a verification.
pub(crate) fn sections(view: &VerifyView) -> Sections {
    let mut sections = Sections::default();
    sections.add(summary(view));
    for group in &view.groups {
        sections.add(findings(view, group));
    }
    sections.add(unchecked(view));
    sections
}

/// The verdict, and the numbers of findings.
fn summary(view: &VerifyView) -> Section {
    let state = match (view.is_complete(), view.is_same()) {
        (false, _) => State::Waiting,
        (true, false) => State::Bad,
        (true, true) => State::Done,
    };
    let mut section = Section::default()
        .line(Cell::new(&view.page_verdict).state(state))
        .line(Cell::new(format!("Verified in {}", view.account_name)));
    if let Some(stopped) = &view.stopped {
        section = section.line(Cell::new(format!("Stopped: {stopped}")).state(State::Bad));
    }
    for form in &view.forms {
        section = section.line(Cell::new(format!(
            "All {} differ in {} in the same way, which is how Close stores it and no finding.",
            count(form.messages, "message"),
            form.field
        )));
    }
    if view.outdated > 0 {
        section = section.line(Cell::new(format!(
            "The archives have more of {}; the next run updates them.",
            count(view.outdated, "message")
        )));
    }
    let rows = view.groups.iter().map(|group| {
        let state = state_of(group);
        let value = Cell::number(group.messages);
        vec![
            Cell::new(title(group)),
            match state {
                Some(state) => value.state(state),
                None => value,
            },
            Cell::new(group.meaning),
        ]
    });
    section.table(
        &[("Finding", false), ("Messages", true), ("Meaning", false)],
        rows,
    )
}

fn state_of(group: &Group) -> Option<State> {
    match group.severity {
        "error" => Some(State::Bad),
        "warning" => Some(State::Waiting),
        _ => None,
    }
}

/// `removed by us` for `removed_by_us`.
fn title(group: &Group) -> String {
    group.finding.replace('_', " ")
}

fn findings(view: &VerifyView, group: &Group) -> Section {
    let heading = format!(
        "{} ({}): {}",
        title(group),
        number(group.messages),
        group.meaning
    );
    let rows = group.causes.iter().map(|cause| row(view, cause));
    let section = Section::new(heading).table(
        &[
            ("What", false),
            ("Messages", true),
            ("Where", false),
            ("What to do", false),
        ],
        rows,
    );
    match group.more {
        0 => section,
        more => section.line(Cell::new(format!(
            "{} of more leads are not in this table.",
            count(more, "message")
        ))),
    }
}

fn row(view: &VerifyView, cause: &Cause) -> Vec<Cell> {
    let field = cause
        .field
        .map_or_else(String::new, |field| format!("{field}: "));
    let mut what = Cell::new(format!("{field}{}", cause.what));
    for found in &cause.first {
        what = what.small(finding(found));
    }
    let more = cause.messages - cause.first.len() as u64;
    if more > 0 {
        what = what.small(format!("and {} more", number(more)));
    }
    vec![
        what,
        Cell::number(cause.messages),
        Cell::named_lead(&cause.named_lead, view.is_sandbox),
        Cell::new(&cause.step),
    ]
}

/// Where a message is read, its activity, and who changed it when.
fn finding(found: &FoundView) -> String {
    let id = found.activity_id.as_deref();
    let parts = [
        Some(found.place.as_str()),
        id.or(Some(found.external_id.as_str())),
        found.changed.as_deref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

fn unchecked(view: &VerifyView) -> Section {
    let rows = view.unchecked.iter().map(|one| {
        vec![
            Cell::new(&one.of),
            Cell::number(one.messages).state(State::Waiting),
            Cell::new(&one.why),
        ]
    });
    Section::new("Not checked").table(
        &[("Where", false), ("Messages", true), ("Why", false)],
        rows,
    )
}

/// The sections of the plan of a repair.
pub(crate) fn repair_sections(view: &RepairPlanView) -> Sections {
    let mut sections = Sections::default();
    let steps = view.steps.iter().map(|step| {
        let mut name = Cell::new(step.meaning);
        for one in &step.first {
            name = name.small(one);
        }
        if step.more() > 0 {
            name = name.small(format!("and {} more", number(step.more())));
        }
        let messages = Cell::number(step.messages);
        let messages = match step.word {
            "delete" => messages.state(State::Bad),
            _ => messages,
        };
        vec![name, messages]
    });
    let section =
        Section::new("Repair, in this order").table(&[("Step", false), ("Messages", true)], steps);
    sections.add(section.line(Cell::new(format!("{}.", view.verdict))));
    let unfixed = view.unfixed.iter().map(|reason| {
        let mut why = Cell::new(&reason.why);
        for one in &reason.first {
            why = why.small(one);
        }
        vec![
            why,
            Cell::number(reason.messages).state(State::Waiting),
            Cell::new(reason.title),
        ]
    });
    sections.add(Section::new("Findings without a step").table(
        &[("Why", false), ("Messages", true), ("What", false)],
        unfixed,
    ));
    sections
}
