//! Chats in the screen of a plan: a row for each with something to do, a line for those without, held ones by reason.

use std::collections::HashMap;
use std::fmt;

use super::PlanView;
use super::view::{ChatView, HeldView};
use crate::quantity::{count, number};
use crate::report::screen::{self, Column, Page, State, Table, Text};

/// The number of chats that are shown without `--details`.
const SHOWN: usize = 16;

/// The number of reasons for which chats are held that are shown without `--details`.
const REASONS: usize = 4;

/// The number of names in one line.
const NAMED: usize = 6;

/// The chats to import.
pub(super) fn chats(view: &PlanView, page: &mut Page) {
    let shown = |chat: &&ChatView| chat.has_operations() || chat.has_remarks();
    let (busy, idle): (Vec<&ChatView>, Vec<&ChatView>) = view.chats.iter().partition(shown);
    if !busy.is_empty() {
        page.line(format!("To import: {}", count(busy.len() as u64, "chat")));
    }
    let mut table = Table::new(
        2,
        &[
            Column::Name,
            Column::Number,
            Column::Number,
            Column::Number,
            Column::Number,
            Column::Wrapped,
        ],
    );
    table.header(["chat", "post", "change", "delete", "files", "note"]);
    for chat in busy.iter().take(SHOWN) {
        table.row(row(chat, view.is_pilot));
    }
    page.table(table);
    if busy.len() > SHOWN {
        let rest = &busy[SHOWN..];
        let posts: u64 = rest.iter().map(|chat| chat.counts.create).sum();
        page.line(format!(
            "  and {} more with {} to post: `--details`",
            count(rest.len() as u64, "chat"),
            number(posts)
        ));
    }
    let (later, idle): (Vec<&ChatView>, Vec<&ChatView>) =
        idle.into_iter().partition(|chat| chat.is_not_selected());
    if !later.is_empty() {
        let messages = later.iter().map(|chat| chat.counts.not_selected).sum();
        page.line(format!(
            "{} {}, {}",
            count(later.len() as u64, "chat"),
            match view.is_pilot {
                true => "after the pilot",
                false => "not selected",
            },
            count(messages, "message")
        ));
    }
    if !idle.is_empty() {
        page.line(nothing_to_do(&idle));
    }
}

/// Chats with nothing to do, in one line.
pub(super) fn nothing_to_do(chats: &[&ChatView]) -> String {
    let sum = |of: fn(&ChatView) -> u64| -> u64 { chats.iter().map(|chat| of(chat)).sum() };
    let removed = sum(|chat| chat.counts.gone);
    let mut line = format!(
        "{} with nothing to do, {} recorded as imported",
        count(chats.len() as u64, "chat"),
        count(sum(|chat| chat.counts.unchanged) - removed, "message")
    );
    if removed > 0 {
        line.push_str(&format!(", {} removed in Close", number(removed)));
    }
    line
}

fn row(chat: &ChatView, is_pilot: bool) -> [Text; 6] {
    let counts = &chat.counts;
    let shown = |value: u64| match value {
        0 => String::new(),
        value => number(value),
    };
    [
        chat.label().into(),
        number(counts.create).into(),
        shown(counts.update + counts.replace + counts.relink).into(),
        match chat.deletes() {
            0 => Text::new(),
            delete => Text::state(State::Bad, number(delete)),
        },
        shown(counts.files).into(),
        note(chat, is_pilot),
    ]
}

/// What is special about a chat, in a few words; `--details` has the sentences.
fn note(chat: &ChatView, is_pilot: bool) -> Text {
    let mut text = Text::new();
    for (state, part) in notes(chat, is_pilot) {
        if !text.is_empty() {
            text = text.then(", ");
        }
        text = match state {
            Some(state) => text.and(state, part),
            None => text.then(part),
        };
    }
    text
}

/// What is special about a chat, each with the state that it shows.
pub(super) fn notes(chat: &ChatView, is_pilot: bool) -> Vec<(Option<State>, String)> {
    let counts = &chat.counts;
    let later = if is_pilot { "after the pilot" } else { "later" };
    let waiting = [
        (counts.undecided, "undecided"),
        (chat.undecided_deletions, "undecided to delete"),
        (chat.existing, "also from another integration"),
        (
            chat.duplicates + chat.repeated_elsewhere,
            "duplicates in Close",
        ),
        (chat.deleted_on_other_leads.count(), "stay on another lead"),
    ];
    let plain = [
        (counts.replace, "to another lead"),
        (counts.begun, "begun before"),
        (counts.settle, "looked up first"),
        (counts.restore, "posted again"),
        (counts.adopt, "found in Close"),
        (counts.gone, "removed in Close"),
        (counts.not_selected, later),
        (chat.ambiguous_times, "in a repeated hour"),
    ];
    let words = [
        (chat.merged_from.is_some(), "its lead was merged"),
        (chat.shared_number.is_some(), "several names"),
        (chat.zone_shift.is_some(), "times are corrected"),
    ];
    let waiting = waiting.iter().map(|part| (Some(State::Waiting), part));
    let counted = waiting.chain(plain.iter().map(|part| (None, part)));
    let counted = counted.filter(|(_, (number, _))| *number > 0);
    let counted =
        counted.map(|(state, (value, what))| (state, format!("{} {what}", number(*value))));
    let words = words.iter().filter(|(is, _)| *is);
    let words = words.map(|(_, what)| (Some(State::Waiting), (*what).to_owned()));
    counted.chain(words).collect()
}

/// Held chats by their reason, below a heading.
pub(super) fn held(all: &[HeldView], page: &mut Page) {
    if all.is_empty() {
        return;
    }
    let reasons = reasons(all);
    let messages = all.iter().map(|held| held.messages).sum();
    page.line(Text::state(State::Waiting, HELD).then(format!(
        ": {}, {}",
        count(all.len() as u64, "chat"),
        count(messages, "message")
    )));
    for (why, chats) in reasons.iter().take(REASONS) {
        page.line(format!("  {}", names(chats, NAMED)));
        page.hanging(format!("      {why}"), 6);
    }
    more(&reasons, page);
}

/// Held chats, a line for each reason.
pub(super) fn held_in_lines(all: &[HeldView], page: &mut Page) {
    let reasons = reasons(all);
    for (why, chats) in reasons.iter().take(REASONS) {
        let text = format!(": {}: {why}", names(chats, NAMED));
        page.line(Text::state(State::Waiting, HELD).then(text));
    }
    more(&reasons, page);
}

/// What held chats are called.
const HELD: &str = "Held, until you decide";

/// A held chat in the list of a reason.
pub(super) struct HeldChat {
    /// Device and name.
    name: String,
    /// The number of its messages, and its gap if others of the list have another one.
    rest: String,
}

impl HeldChat {
    /// The chat on a screen.
    fn shown(&self) -> String {
        format!("{} ({})", screen::name(&self.name), self.rest)
    }
}

impl fmt::Display for HeldChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.rest)
    }
}

/// The reasons, each with its chats. Chats with different gaps of one kind share a reason, and each has its gap with it.
pub(super) fn reasons(all: &[HeldView]) -> Vec<(&str, Vec<HeldChat>)> {
    let mut kinds: Vec<Vec<&HeldView>> = Vec::new();
    let mut indexes = HashMap::new();
    for held in all {
        let gap = held.gap.as_ref();
        let kind = gap.map_or(held.why.as_str(), |gap| gap.shared);
        let index = *indexes.entry(kind).or_insert(kinds.len());
        match kinds.get_mut(index) {
            Some(kind) => kind.push(held),
            None => kinds.push(vec![held]),
        }
    }
    kinds.iter().map(|kind| reason(kind)).collect()
}

/// The reason that chats of one kind have in common.
fn reason<'v>(kind: &[&'v HeldView]) -> (&'v str, Vec<HeldChat>) {
    let first = kind.first().map_or("", |held| held.why.as_str());
    let is_one = kind.iter().all(|held| held.why == first);
    let shared = kind.iter().find_map(|held| Some(held.gap.as_ref()?.shared));
    let chats = kind.iter().map(|held| {
        let messages = count(held.messages, "message");
        HeldChat {
            name: format!("{}: {}", held.device, held.name),
            rest: match held.gap.as_ref().filter(|_| !is_one) {
                Some(gap) => format!("{messages}; {}", gap.own),
                None => messages,
            },
        }
    });
    let why = if is_one {
        first
    } else {
        shared.unwrap_or(first)
    };
    (why, chats.collect())
}

fn more(reasons: &[(&str, Vec<HeldChat>)], page: &mut Page) {
    let rest = reasons.iter().skip(REASONS);
    let rest: u64 = rest.map(|(_, chats)| chats.len() as u64).sum();
    if rest > 0 {
        page.line(format!("  and {} more: `--details`", count(rest, "chat")));
    }
}

/// The first of many names, and the number of the others.
fn names(chats: &[HeldChat], shown: usize) -> String {
    let first = chats.iter().take(shown).map(HeldChat::shown);
    let first = first.collect::<Vec<_>>().join(", ");
    match chats.len().saturating_sub(shown) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

impl ChatView {
    /// The messages that are deleted in Close, those that are posted on another lead first among them, as in
    /// [`crate::plan::Totals::deletes`].
    pub(super) fn deletes(&self) -> u64 {
        self.counts.delete + self.counts.replace - self.counts.begun
    }

    /// Whether its only messages are not selected, as those of the chats that a pilot does not touch.
    fn is_not_selected(&self) -> bool {
        self.counts.not_selected > 0 && self.counts.desired == 0
    }

    /// Whether anything is sent for it.
    pub(super) fn has_operations(&self) -> bool {
        let Self { counts, .. } = self;
        counts.create
            + counts.update
            + counts.replace
            + counts.delete
            + counts.relink
            + counts.begun
            > 0
    }

    /// Whether a person should know more of it than its counts.
    pub(super) fn has_remarks(&self) -> bool {
        let remarks = [
            self.counts.undecided,
            self.counts.adopt,
            self.undecided_deletions,
            self.existing,
            self.duplicates,
            self.repeated_elsewhere,
            self.deleted_on_other_leads.count(),
        ];
        remarks.iter().any(|number| *number > 0)
            || self.merged_from.is_some()
            || self.shared_number.is_some()
            || self.zone_shift.is_some()
    }
}
