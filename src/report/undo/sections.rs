//! An undo as sections of a page: what would be deleted, chat by chat, and what stays and why.

use super::RECOVER;
use super::view::{ChatView, UndoView, parts, unrecorded};
use crate::quantity::{count, duration, number};
use crate::report::html::{Cell, Section, Sections, page_of, pages};
use crate::report::screen::State;

/// The number of chats, and of messages that stay, of a page.
const LENGTH: usize = 100;

/// The sections of a page of an undo, counted from 1.
pub(crate) fn sections(view: &UndoView, page: usize) -> Sections {
    let mut sections = Sections {
        pages: pages(view.chats.len(), LENGTH).max(pages(view.kept.len(), LENGTH)),
        ..Sections::default()
    };
    if page <= 1 {
        sections.add(summary(view));
        sections.add(others(view));
    }
    sections.add(chats(view, page));
    sections.add(kept(view, page));
    sections
}

fn summary(view: &UndoView) -> Section {
    let run = match view.run {
        Some(run) => format!("run {run}"),
        None => "every run".to_owned(),
    };
    let mut section =
        Section::default().line(Cell::new(format!("Undo of {run} in {}", view.account)));
    if view.begun > 0 {
        let deletions = count(view.begun, "deletion");
        let text = format!("{deletions} that an interrupted undo began are finished first.");
        section = section.line(Cell::new(text));
    }
    for remark in &view.remarks {
        let messages = count(remark.messages, "message");
        section = section.line(Cell::new(format!("{messages} {}.", remark.why)));
    }
    section = section.line(match &view.nothing {
        Some(cause) => Cell::new(format!("Nothing to do: {cause}.")),
        None => Cell::new(format!(
            "Messages: {}. About {}, {}.",
            parts(&view.totals),
            count(view.estimated_requests, "request"),
            duration(view.estimated_seconds)
        )),
    });
    if view.nothing.is_some() && !view.unrecorded.is_empty() {
        section = section.line(Cell::new(format!("{RECOVER}; then undo again")));
    }
    if view.nothing.is_none() && view.already_gone > 0 {
        let text = "What is no longer in Close counts as undone too: a later run posts it again.";
        section = section.line(Cell::new(text));
    }
    section
}

fn chats(view: &UndoView, page: usize) -> Section {
    // A list that ends before this page has nothing on it.
    let mut chats: Vec<&ChatView> = view.chats.iter().collect();
    chats.sort_by(|one, other| one.chat.cmp(&other.chat));
    let shown: &[&ChatView] = match page <= pages(chats.len(), LENGTH) {
        true => page_of(&chats, page, LENGTH),
        false => &[],
    };
    let rows = shown.iter().map(|chat| {
        let mut leads = Cell::default();
        for lead in &chat.leads {
            match leads.text.is_empty() {
                true => leads = Cell::lead(lead, view.is_sandbox),
                false => leads = leads.small(lead.as_str()),
            }
        }
        vec![
            Cell::new(&chat.chat),
            Cell::number(chat.delete).state(State::Bad),
            Cell::new(parts(&chat.others())),
            leads,
        ]
    });
    Section::new("Chats").table(
        &[
            ("Chat", false),
            ("To delete", true),
            ("What stays, and the rest", false),
            ("Lead", false),
        ],
        rows,
    )
}

fn kept(view: &UndoView, page: usize) -> Section {
    let shown = match page <= pages(view.kept.len(), LENGTH) {
        true => page_of(&view.kept, page, LENGTH),
        false => &[],
    };
    let rows = shown.iter().map(|kept| {
        vec![
            Cell::new(&kept.chat).small(&kept.what),
            Cell::new(&kept.why).state(State::Waiting),
            Cell::lead(&kept.lead_id, view.is_sandbox),
        ]
    });
    let heading = format!("Messages that stay ({})", number(view.kept.len() as u64));
    Section::new(heading).table(&[("Message", false), ("Why", false), ("Lead", false)], rows)
}

/// Leads, and what this undo cannot see.
fn others(view: &UndoView) -> Section {
    let unrecorded = view.unrecorded.iter().map(|(lead, messages)| {
        let why = Cell::new(unrecorded(*messages)).state(State::Waiting);
        vec![Cell::named_lead(lead, view.is_sandbox), why]
    });
    let unclear = view.unclear.iter().map(|chat| {
        let why = "stays: which device it is of is not recorded";
        vec![Cell::new(chat), Cell::new(why).state(State::Waiting)]
    });
    let leads = view.leads.iter().map(|lead| {
        let what = match &lead.kept {
            Some(why) => Cell::new(format!("stays: {why}")),
            None => Cell::new("to delete").state(State::Bad),
        };
        vec![Cell::named_lead(&lead.lead, view.is_sandbox), what]
    });
    let rows = unrecorded.chain(unclear).chain(leads).take(LENGTH);
    Section::new("Leads and chats to look at")
        .table(&[("Lead or chat", false), ("What", false)], rows)
}
