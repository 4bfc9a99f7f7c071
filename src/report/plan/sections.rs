//! A plan as sections of a page: what it does in numbers, what waits for a person, chats by device, what is left out.

use super::PlanView;
use super::chat_text::{copies, groups, remarks};
use super::overview::{notes, nothing_to_do, reasons};
use super::questions::Cause;
use super::totals_text::equations;
use super::view::ChatView;
use crate::plan::Undecided;
use crate::quantity::{bytes, count, number};
use crate::report::html::{Cell, Section, Sections, page_of, pages};
use crate::report::screen::State;
use crate::settings::Device;

/// The number of chats of a page.
const LENGTH: usize = 100;

/// The number of chats of a reason, or of rows of a list without pages, that are named.
const NAMED: usize = 100;

/// The sections of a page of a plan, counted from 1.
pub(crate) fn sections(view: &PlanView, page: usize) -> Sections {
    let is_busy = |chat: &&ChatView| chat.has_operations() || chat.has_remarks();
    let (busy, idle): (Vec<&ChatView>, Vec<&ChatView>) = view.chats.iter().partition(is_busy);
    let mut sections = Sections {
        pages: pages(busy.len(), LENGTH),
        ..Sections::default()
    };
    if page <= 1 {
        sections.add(summary(view));
        sections.add(held(view));
        sections.add(undecided(view));
        sections.add(left_behind(view));
        sections.add(doubts(view));
    }
    for section in chats(view, &busy, page) {
        sections.add(section);
    }
    if !idle.is_empty() {
        let text = format!("{}.", nothing_to_do(&idle));
        sections.add(Section::default().line(Cell::new(text)));
    }
    sections.add(left_out(view));
    sections.add(to_check(view));
    sections.add(accounting(view));
    sections
}

/// The numbers of messages by what is done with them.
fn numbers(view: &PlanView) -> [Vec<Cell>; 11] {
    let (totals, cost) = (&view.totals, &view.cost);
    let files = match cost.uploads {
        0 => String::new(),
        uploads => format!("with {} ({})", count(uploads, "file"), bytes(cost.bytes)),
    };
    let held = match view.held.len() {
        0 => String::new(),
        chats => format!("in {}", count(chats as u64, "chat")),
    };
    let private = match view.left_out.private.chats {
        0 => String::new(),
        chats => format!("with those of {}", count(chats, "private chat")),
    };
    let row = |name: &str, value: u64, state: Option<State>, text: &str| {
        let value = Cell::number(value);
        vec![
            Cell::new(name),
            match state {
                Some(state) => value.state(state),
                None => value,
            },
            Cell::new(text),
        ]
    };
    let (bad, waiting) = (Some(State::Bad), Some(State::Waiting));
    [
        row("Post", totals.create, None, &files),
        row("Change", totals.update, None, &update_reasons(view)),
        row(
            "Put on another lead",
            totals.replace + view.unfinished.moves,
            None,
            "posted there, then deleted on the wrong lead",
        ),
        row(
            "Link replies again",
            totals.relink + view.unfinished.links,
            None,
            "",
        ),
        row(
            "Delete in Close",
            view.deletes,
            bad,
            "those of moves among them",
        ),
        row(
            "Undecided",
            totals.undecided,
            waiting,
            "left alone until you decide",
        ),
        row("Held", totals.held, waiting, &held),
        row("Left out", totals.left_out, None, &private),
        row(
            "Not selected",
            totals.not_selected,
            None,
            "not in this plan",
        ),
        row("Removed in Close", totals.gone, None, "stay removed"),
        row(
            "Recorded as imported",
            totals.unchanged - totals.gone,
            None,
            "",
        ),
    ]
}

/// What the plan does, in numbers.
fn summary(view: &PlanView) -> Section {
    let cost = &view.cost;
    let shown = |row: &Vec<Cell>| row.get(1).is_some_and(|value| !value.text.is_empty());
    let section = Section::default().line(Cell::new(match &view.into_name {
        Some(into) => format!("Into {into}"),
        None => "Without Close".to_owned(),
    }));
    let section = section.table(
        &[
            ("What is done", false),
            ("Messages", true),
            ("Details", false),
        ],
        numbers(view).into_iter().filter(shown),
    );
    section.line(Cell::new(match view.is_empty {
        true => "Nothing to do.".to_owned(),
        false => format!(
            "About {} and {}; {}.",
            count(cost.requests, "request"),
            count(cost.uploads, "upload"),
            cost.duration()
        ),
    }))
}

/// Updates of all chats by reason.
fn update_reasons(view: &PlanView) -> String {
    let mut all: Vec<(&str, u64)> = Vec::new();
    for group in view.chats.iter().flat_map(|chat| &chat.update_reasons) {
        match all.iter_mut().find(|(what, _)| *what == group.what) {
            Some((_, messages)) => *messages += group.messages,
            None => all.push((group.what, group.messages)),
        }
    }
    let all: Vec<String> = (all.iter())
        .map(|(what, messages)| format!("{} {what}", number(*messages)))
        .collect();
    all.join(", ")
}

fn held(view: &PlanView) -> Section {
    let reasons = reasons(&view.held);
    let rows = reasons.into_iter().map(|(why, chats)| {
        let mut cell = Cell::number(chats.len() as u64).state(State::Waiting);
        for chat in chats.iter().take(NAMED) {
            cell = cell.small(chat.to_string());
        }
        if chats.len() > NAMED {
            cell = cell.small(format!("and {} more", number((chats.len() - NAMED) as u64)));
        }
        vec![Cell::new(why), cell]
    });
    Section::new("Held, until you decide").table(&[("Why", false), ("Chats", false)], rows)
}

fn undecided(view: &PlanView) -> Section {
    let causes = view.chats.iter().flat_map(|chat| {
        let causes = chat.questions.causes.iter();
        causes.map(move |cause| (chat, cause))
    });
    let rows = causes.take(NAMED).map(|(chat, cause)| {
        vec![
            Cell::new(title(chat)),
            Cell::number(cause.places.count()).state(State::Waiting),
            Cell::new(why(cause)).small(cause.places.text()),
        ]
    });
    Section::new("Undecided messages")
        .table(&[("Chat", false), ("Messages", true), ("Why", false)], rows)
}

/// Why messages are undecided. What settles them is a choice on the page and no flag.
fn why(cause: &Cause) -> &'static str {
    match cause.code == Undecided::Missing.word() {
        true => "missing in Close, cause unknown; choose below what becomes of them",
        false => cause.why,
    }
}

fn left_behind(view: &PlanView) -> Section {
    let rows = view.left_behind.iter().take(NAMED).map(|left| {
        vec![
            Cell::new(&left.chat).small(left.why.unwrap_or_default()),
            Cell::number(left.messages).state(State::Waiting),
            match view.is_sandbox {
                true => Cell::new(&left.lead),
                false => Cell::new("Lead").link(&left.lead),
            }
            .small(&left.examples),
        ]
    });
    Section::new("In Close, although left out now: they stay until you remove them").table(
        &[("Chat", false), ("Messages", true), ("Where", false)],
        rows,
    )
}

fn doubts(view: &PlanView) -> Section {
    let rows = view.doubts.iter().take(NAMED).map(|doubt| {
        let text = Cell::new(&doubt.text).state(State::Waiting);
        vec![Cell::new(&doubt.archive), text]
    });
    Section::new("Look at these archives first").table(&[("Archive", false), ("Why", false)], rows)
}

/// The chats of a page, a section for each device.
fn chats(view: &PlanView, busy: &[&ChatView], page: usize) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let shown = page_of(busy, page, LENGTH);
    for of_device in shown.chunk_by(|one, other| one.device == other.device) {
        let Some(device) = of_device.first().map(|chat| chat.device.as_str()) else {
            continue;
        };
        let all = busy.iter().filter(|chat| chat.device == device);
        let (chats, posts) = all.fold((0, 0), |(chats, posts), chat| {
            (chats + 1, posts + chat.counts.create)
        });
        let heading = match device {
            Device::ALONE => "Chats".to_owned(),
            device => format!("Phone {device}"),
        };
        let section = Section::new(heading).line(Cell::new(format!(
            "{}, {} to post",
            count(chats, "chat"),
            count(posts, "message")
        )));
        sections.push(section.table(
            &[
                ("Chat", false),
                ("Post", true),
                ("Change", true),
                ("Delete", true),
                ("Files", true),
                ("In Close", true),
                ("Note", false),
                ("Lead", false),
            ],
            of_device.iter().map(|chat| row(view, chat)),
        ));
    }
    sections
}

fn row(view: &PlanView, chat: &ChatView) -> Vec<Cell> {
    let counts = &chat.counts;
    let notes = notes(chat, view.is_pilot);
    let is_waiting = notes.iter().any(|(state, _)| state.is_some());
    let words: Vec<String> = notes.into_iter().map(|(_, word)| word).collect();
    let mut note = Cell::new(words.join(", "));
    if is_waiting {
        note = note.state(State::Waiting);
    }
    for line in copies(chat)
        .into_iter()
        .chain(remarks(chat, &view.configuration))
    {
        note = note.small(line.trim());
    }
    vec![
        Cell::new(&chat.name),
        Cell::number(counts.create),
        Cell::number(counts.update + counts.replace + counts.relink)
            .small(groups(&chat.update_reasons)),
        Cell::number(chat.deletes()).state(State::Bad),
        Cell::number(counts.files),
        Cell::number(counts.unchanged - counts.gone),
        note,
        Cell::lead(&chat.lead_id, view.is_sandbox),
    ]
}

/// Device and name of a chat.
fn title(chat: &ChatView) -> String {
    match chat.device.as_str() {
        Device::ALONE => chat.name.clone(),
        device => format!("{device}: {}", chat.name),
    }
}

fn left_out(view: &PlanView) -> Section {
    let out = &view.left_out;
    let mut section = Section::new("Left out").folded();
    for rule in &view.rules_described {
        let messages = count(rule.messages, "message");
        section = section.line(Cell::new(format!("{messages}: {}", rule.what)));
    }
    for (tally, thing) in [
        (&out.private, "private chat"),
        (&out.not_selected, "chat that is not selected"),
    ] {
        if tally.chats > 0 {
            section = section.line(Cell::new(format!(
                "{} with {}",
                count(tally.chats, thing),
                count(tally.messages, "message")
            )));
        }
    }
    if out.chats.len() > NAMED {
        let more = count((out.chats.len() - NAMED) as u64, "more chat");
        section = section.line(Cell::new(format!("{more} than the table has.")));
    }
    let rows = out.chats.iter().take(NAMED).map(|chat| {
        vec![
            Cell::new(format!("{}: {}", chat.device, chat.name)),
            Cell::number(chat.messages),
            Cell::new(chat.why),
        ]
    });
    section.table(&[("Chat", false), ("Messages", true), ("Why", false)], rows)
}

fn to_check(view: &PlanView) -> Section {
    let mut section =
        Section::new("To check: imported with a placeholder, or read with doubts").folded();
    if view.read_differently > 0 {
        section = section.line(Cell::new(format!(
            "This version reads {} differently than the one that imported them.",
            count(view.read_differently, "message")
        )));
    }
    let rows = view.to_check.iter().map(|group| {
        vec![
            Cell::new(group.why).small(group.places.text()),
            Cell::number(group.places.count()),
        ]
    });
    section.table(&[("What", false), ("Times", true)], rows)
}

fn accounting(view: &PlanView) -> Section {
    let section = Section::new("How the numbers add up").folded();
    let lines = equations(view).into_iter();
    lines.fold(section, |section, line| section.line(Cell::new(line)))
}
