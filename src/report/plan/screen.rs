//! The screen of a plan: chats with something to do, what waits for a person, the totals in one sentence.

use std::collections::BTreeMap;

use super::PlanView;
use super::overview::{chats, held, held_in_lines};
use super::remarks::{self, first, remarks};
use super::text::text;
use super::totals_text::nothing;
use super::view::LeftBehindView;
use crate::intake::describe_counts;
use crate::quantity::{bytes, count, number};
use crate::report::screen::{self, Page, State, Text};

/// The number of chats or archives that a section shows without `--details`.
const SHOWN: usize = 3;

/// The plan as a page for people, without the next step.
pub(crate) fn page(view: &PlanView, has_details: bool) -> Page {
    let mut page = Page::new();
    let into = match has_details {
        true => &view.into,
        false => &view.into_name,
    };
    if let Some(into) = into {
        page.line(format!("Into {into}"));
    }
    body(view, has_details, &mut page);
    page
}

/// The plan before the question whether to carry it out. The last line is the subject of the question, or
/// "nothing to do".
pub(crate) fn before_question(view: &PlanView, has_details: bool) -> Page {
    if view.is_empty {
        return page(view, has_details);
    }
    let mut page = Page::new();
    body(view, has_details, &mut page);
    if let Some(into) = &view.into {
        page.line(format!("Into {into}"));
    }
    page
}

fn body(view: &PlanView, has_details: bool, page: &mut Page) {
    match (has_details, view.is_empty) {
        (true, is_empty) => {
            page.lines(&text(view));
            if !is_empty {
                page.line(totals(view));
            }
        }
        (false, true) => {
            waiting(view, page);
            page.line(format!("{}.", nothing(&view.totals)));
        }
        (false, false) => {
            chats(view, page);
            held(&view.held, page);
            undecided(view, page);
            left_out(view, page);
            left_behind(&view.left_behind, page);
            unfinished(view, page);
            remarks(view, page);
            doubts(view, page);
            to_check(view, page);
            deletes(view, page);
            page.line(totals(view));
        }
    }
}

/// What waits for a person although there is nothing to do: a line for each kind of thing and each reason. `--details`,
/// which the next step names, has the rest.
fn waiting(view: &PlanView, page: &mut Page) {
    held_in_lines(&view.held, page);
    undecided(view, page);
    let left = view.left_behind.iter().map(|left| {
        let messages = count(left.messages, "message");
        format!("{} ({messages} on {})", screen::name(&left.chat), left.lead)
    });
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        let text = format!(": {}; they stay until you remove them", first(&left));
        page.line(Text::state(State::Waiting, LEFT_BEHIND).then(text));
    }
    remarks(view, page);
    remarks::doubts(view, page);
}

/// The number of undecided messages whose rows are shown.
const DECISIONS: usize = 5;

/// Undecided messages: a line for each cause, and the rows that settle the first ones.
fn undecided(view: &PlanView, page: &mut Page) {
    causes(view, page);
    rows_of_decisions(view, page);
}

/// Undecided messages, a line for each cause.
fn causes(view: &PlanView, page: &mut Page) {
    let mut causes: BTreeMap<&str, (u64, Vec<String>)> = BTreeMap::new();
    for cause in view.chats.iter().flat_map(|chat| &chat.questions.causes) {
        let (messages, places) = causes.entry(cause.why).or_default();
        *messages += cause.places.count();
        places.push(cause.places.first(1));
    }
    for (why, (messages, places)) in causes {
        let more = match places.len().saturating_sub(SHOWN) {
            0 => String::new(),
            chats => format!(" and in {}", count(chats as u64, "more chat")),
        };
        let places = places[..places.len().min(SHOWN)].join(", ");
        let head = format!("{} undecided", count(messages, "message"));
        page.line(Text::state(State::Waiting, head).then(format!(": {why}: {places}{more}")));
    }
}

/// The rows of decisions.csv that settle the first undecided messages.
fn rows_of_decisions(view: &PlanView, page: &mut Page) {
    let questions = || view.chats.iter().map(|chat| &chat.questions);
    let open = || questions().flat_map(|questions| &questions.open);
    let all = questions()
        .map(|questions| questions.open.len() as u64 + questions.more)
        .sum::<u64>();
    if all > 0 {
        page.line(
            "  to settle one of them, add one of its rows to decisions.csv (message,decision,of)",
        );
    }
    for question in open().take(DECISIONS) {
        page.line(format!("    {}", question.location));
        for row in &question.rows {
            page.line(format!("      {row}"));
        }
    }
    if all > DECISIONS as u64 {
        page.line(format!(
            "    and {} more: `--details`",
            number(all - DECISIONS as u64)
        ));
    }
}

/// Messages that rules leave out, whole chats among them.
fn left_out(view: &PlanView, page: &mut Page) {
    let (totals, out) = (&view.totals, &view.left_out);
    if totals.left_out > 0 {
        // What is not selected has a line of its own.
        let rules = view.rules.iter().filter(|rule| rule.what != "not_selected");
        let rules: Vec<String> = rules
            .map(|rule| format!("{} {}", number(rule.messages), rule.what))
            .collect();
        let mut parts = Vec::new();
        if !out.chats.is_empty() {
            parts.push(format!(
                "{} as a whole",
                count(out.chats.len() as u64, "chat")
            ));
        }
        if out.private.chats > 0 {
            parts.push(count(out.private.chats, "private chat"));
        }
        let chats = match parts.as_slice() {
            [] => String::new(),
            parts => format!("; {}", parts.join(", ")),
        };
        page.line(format!(
            "Left out by rule: {} ({}){chats}",
            count(totals.left_out, "message"),
            rules.join(", ")
        ));
    }
    if out.not_selected.chats > 0 || totals.not_selected > 0 {
        page.line(format!(
            "Not selected: {}, {}",
            count(out.not_selected.chats, "chat"),
            count(totals.not_selected, "message")
        ));
    }
    rows_left_out(view, page);
}

/// The number of kinds of rows that are named.
const KINDS: usize = 6;

/// Rows of native archives that no reader reads, by kind.
fn rows_left_out(view: &PlanView, page: &mut Page) {
    let kinds = &view.rows_left_out;
    if kinds.is_empty() {
        return;
    }
    let each = kinds.iter().take(KINDS);
    let each = describe_counts(each.map(|(label, rows)| (label.as_str(), *rows)));
    let more = match kinds.len().saturating_sub(KINDS) {
        0 => String::new(),
        more => format!(" and {} (`--details`)", count(more as u64, "more kind")),
    };
    let rows = kinds.iter().map(|(_, rows)| rows).sum();
    page.line(format!(
        "Not read: {} of native archives: {each}{more}",
        count(rows, "row")
    ));
}

/// What messages are called that rules leave out after their import.
const LEFT_BEHIND: &str = "In Close, although left out now";

fn left_behind(all: &[LeftBehindView], page: &mut Page) {
    if all.is_empty() {
        return;
    }
    page.line(Text::state(State::Waiting, LEFT_BEHIND).then(": they stay until you remove them"));
    for left in all.iter().take(SHOWN) {
        let messages = count(left.messages, "message");
        let chat = screen::name(&left.chat);
        page.line(format!("  {chat}: {messages} on {}", left.lead));
    }
    more(all.len(), page);
}

/// `  and 3 more`.
fn more(all: usize, page: &mut Page) {
    if all > SHOWN {
        page.line(format!(
            "  and {} more: `--details`",
            number((all - SHOWN) as u64)
        ));
    }
}

fn unfinished(view: &PlanView, page: &mut Page) {
    for (number, thing, what) in [
        (view.unfinished.moves, "move", "to another lead"),
        (view.unfinished.links, "link", "of replies"),
    ] {
        if number > 0 {
            page.line(format!(
                "To finish first: {} {what}, begun by an earlier run",
                count(number, thing)
            ));
        }
    }
}

fn doubts(view: &PlanView, page: &mut Page) {
    let all = remarks::others(view).count();
    if all == 0 {
        return;
    }
    page.line(Text::state(State::Waiting, "Warning").then(": look at these archives first"));
    for doubt in remarks::others(view).take(SHOWN) {
        page.line(format!("  {}: {}", doubt.archive, doubt.text));
    }
    more(all, page);
}

fn to_check(view: &PlanView, page: &mut Page) {
    let messages: u64 = view.to_check.iter().map(|group| group.places.count()).sum();
    if messages > 0 {
        page.line(format!(
            "To check: {} with a placeholder, or read with doubts (`--details`)",
            count(messages, "message")
        ));
    }
    if view.read_differently > 0 {
        page.line(format!(
            "This version reads {} differently than the one that imported them",
            count(view.read_differently, "message")
        ));
    }
}

/// Deletions need a flag of the import.
fn deletes(view: &PlanView, page: &mut Page) {
    if view.deletes > 0 {
        let messages = count(view.deletes, "message");
        page.line(
            Text::state(State::Bad, format!("Deletes {messages} in Close"))
                .then(format!("; import with `--allow-deletes {}`", view.deletes)),
        );
    }
}

/// The totals in one sentence.
fn totals(view: &PlanView) -> Text {
    let totals = &view.totals;
    let change = totals.update
        + totals.replace
        + totals.relink
        + view.unfinished.moves
        + view.unfinished.links;
    let mut text = Text::from(format!(
        "Plan: {} to post, {} to change, ",
        number(totals.create),
        number(change),
    ));
    let delete = format!("{} to delete", number(view.deletes));
    text = match view.deletes {
        0 => text.then(delete),
        _ => text.and(State::Bad, delete),
    };
    if view.cost.uploads > 0 {
        let files = count(view.cost.uploads, "file");
        text = text.then(format!("; {files} ({})", bytes(view.cost.bytes)));
    }
    text = text.then("; ");
    let waits = match view.held.len() {
        1 => "1 chat waits for you".to_owned(),
        chats => format!("{} wait for you", count(chats as u64, "chat")),
    };
    text = match view.held.len() {
        0 => text.then(waits),
        _ => text.and(State::Waiting, waits),
    };
    if totals.undecided > 0 {
        let undecided = format!("{} undecided", count(totals.undecided, "message"));
        text = text.then("; ").and(State::Waiting, undecided);
    }
    text.then(format!("; {}", view.cost.duration()))
}

/// The commands that the next step after a plan names.
#[derive(Debug)]
pub(crate) struct Commands {
    /// The command that makes the plan again.
    pub(crate) plan: String,
    /// The command that carries the plan out.
    pub(crate) import: String,
    /// Whether the plan was made without Close.
    pub(crate) is_offline: bool,
    /// Whether it was shown with details.
    pub(crate) has_details: bool,
    /// Whether it is one of chosen chats or messages.
    pub(crate) is_selected: bool,
}

impl PlanView {
    /// The next step after a plan that was only shown. The one place that decides it.
    pub(crate) fn next(&self, commands: &Commands) -> String {
        let Commands { plan, import, .. } = commands;
        match self.is_empty {
            true => self.next_of_empty(commands),
            false if commands.is_offline => {
                format!("`{plan}` without `--offline` also compares with Close")
            }
            false => {
                let deletes = match self.deletes {
                    0 => String::new(),
                    deletes => format!(" --allow-deletes {deletes}"),
                };
                let pilot = match self.totals.unchanged {
                    0 if self.deletes == 0 => " --pilot",
                    _ => "",
                };
                format!("`{import}{pilot}{deletes}`")
            }
        }
    }

    /// The next step where nothing is to do.
    fn next_of_empty(&self, commands: &Commands) -> String {
        let Commands { plan, import, .. } = commands;
        let waits =
            !self.held.is_empty() || self.totals.undecided > 0 || !self.left_behind.is_empty();
        if waits {
            return match commands.has_details {
                true => format!("resolve what waits, as shown above, then `{import}`"),
                false => format!("`{plan} --details` shows why each waits and what to do"),
            };
        }
        if self.totals.unchanged > 0 {
            return "`chatferry verify` compares Close with the archives".to_owned();
        }
        // Nothing is in Close that could be compared.
        match (commands.is_selected, self.totals.read) {
            (true, _) => "`chatferry plan` shows the chats that are not selected here".to_owned(),
            (false, 0) => {
                "put the archives into their folder, then `chatferry inspect` shows them".to_owned()
            }
            (false, _) => {
                "none, unless contacts.csv or chatferry.toml leaves out too much".to_owned()
            }
        }
    }
}
