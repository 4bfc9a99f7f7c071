//! What a person must see of a plan before an import: a line for each kind of remark, with its first chats or archives.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanView;
use super::view::{ChatView, DoubtView};
use crate::quantity::{count, number};
use crate::report::screen::{self, Page, State, Text};

/// The number of chats or archives in one line.
const NAMED: usize = 2;

/// A line for each kind of remark on chats to import.
pub(super) fn remarks(view: &PlanView, page: &mut Page) {
    wrong_zones(view, page);
    shifted(view, page);
    shared_numbers(view, page);
    of_chats(
        view,
        "Lead merged in Close",
        "; correct contacts.csv",
        |chat| chat.merged_from.is_some(),
        page,
    );
    counted(
        view,
        "To another lead",
        |chat| chat.counts.replace,
        "message",
        page,
    );
    changes(view, page);
    counted(
        view,
        "Undecided, and left alone",
        |chat| chat.undecided_deletions,
        "deletion",
        page,
    );
    counted(
        view,
        "Also in Close from another integration",
        |chat| chat.existing,
        "message",
        page,
    );
    counted(
        view,
        "More than once in Close, and none is deleted",
        |chat| chat.duplicates + chat.repeated_elsewhere,
        "duplicate",
        page,
    );
    counted(
        view,
        "Deleted by the sender, and stay on another lead",
        |chat| chat.deleted_on_other_leads.count(),
        "message",
        page,
    );
}

/// Why messages in Close change where the cause is a table or a setting, or would be changed in vain.
fn changes(view: &PlanView, page: &mut Page) {
    for (what, reason) in [
        (
            "Another contact, owner or number in contacts.csv",
            "mapping",
        ),
        ("Another time, by the timezone of the phone", "zone"),
        (
            "In Close without a file that is damaged in its archive",
            "damaged_file",
        ),
    ] {
        let chats = view.chats.iter().filter(|chat| chat.updates(reason) > 0);
        let chats: Vec<String> = chats.map(ChatView::label).collect();
        let all = view.chats.iter().map(|chat| chat.updates(reason)).sum();
        let remedy = match reason {
            "damaged_file" => "; without a copy that is not damaged, it fails again",
            _ => "",
        };
        if !chats.is_empty() {
            let changed = count(all, "message");
            line(
                what,
                format!("{changed} of {}{remedy}", first_chats(&chats)),
                page,
            );
        }
    }
}

/// Doubts about archives that are no suspected zone: a line for each kind, with the first archives.
pub(super) fn doubts(view: &PlanView, page: &mut Page) {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for doubt in others(view) {
        kinds.entry(doubt.what).or_default().insert(&doubt.archive);
    }
    for (what, archives) in kinds {
        let archives: Vec<String> = archives.into_iter().map(str::to_owned).collect();
        line("Warning", format!("{what}: {}", first(&archives)), page);
    }
}

/// The doubts without those about a zone, which have their own line.
pub(super) fn others(view: &PlanView) -> impl Iterator<Item = &DoubtView> {
    view.doubts.iter().filter(|doubt| doubt.zones.is_empty())
}

/// Archives that differ by a zone shift, by the phones of which one may have the wrong zone.
fn wrong_zones(view: &PlanView, page: &mut Page) {
    let mut chats: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for doubt in view.doubts.iter().filter(|doubt| !doubt.zones.is_empty()) {
        let chats = chats.entry(&doubt.zones).or_default();
        if !chats.contains(&doubt.chat) {
            chats.push(doubt.chat.clone());
        }
    }
    for (zones, chats) in chats {
        let one_of = match zones.contains(" and ") {
            true => "one of ",
            false => "",
        };
        let text = format!(
            "timezone may be wrong for {one_of}{zones}: {}",
            first_chats(&chats)
        );
        line("Warning", text, page);
    }
}

/// Chats whose times are later or earlier than the imported ones.
fn shifted(view: &PlanView, page: &mut Page) {
    let shifted = || view.chats.iter().filter(|chat| chat.zone_shift.is_some());
    let zones: BTreeSet<&str> = (shifted())
        .map(|chat| chat.zones.as_str())
        .filter(|zones| !zones.is_empty())
        .collect();
    let zones: Vec<String> = zones.into_iter().map(str::to_owned).collect();
    let check = match zones.is_empty() {
        true => String::new(),
        false => format!("; check timezone of {}", first(&zones)),
    };
    let chats: Vec<String> = shifted().map(ChatView::label).collect();
    if !chats.is_empty() {
        let text = format!("{}{check}", first_chats(&chats));
        line("Times are corrected by a zone shift", text, page);
    }
}

/// Numbers that contacts.csv gives to several names.
fn shared_numbers(view: &PlanView, page: &mut Page) {
    let shared = view.chats.iter();
    let shared: Vec<String> = shared
        .filter_map(|chat| chat.shared_names.clone())
        .collect();
    if !shared.is_empty() {
        line("One number, several names", first(&shared), page);
    }
}

/// The chats with a remark, and what to do.
fn of_chats(
    view: &PlanView,
    what: &'static str,
    remedy: &str,
    has: impl Fn(&ChatView) -> bool,
    page: &mut Page,
) {
    let chats = view.chats.iter().filter(|chat| has(chat));
    let chats: Vec<String> = chats.map(ChatView::label).collect();
    if !chats.is_empty() {
        line(what, format!("{}{remedy}", first_chats(&chats)), page);
    }
}

/// The chats with a number of messages that have a remark.
fn counted(
    view: &PlanView,
    what: &'static str,
    of: impl Fn(&ChatView) -> u64,
    thing: &str,
    page: &mut Page,
) {
    let chats = view.chats.iter().filter(|chat| of(chat) > 0);
    let chats: Vec<String> = chats.map(ChatView::label).collect();
    let all: u64 = view.chats.iter().map(&of).sum();
    if all > 0 {
        let text = format!("{} of {}", count(all, thing), first_chats(&chats));
        line(what, text, page);
    }
}

fn line(what: &'static str, text: String, page: &mut Page) {
    page.line(Text::state(State::Waiting, what).then(format!(": {text}")));
}

/// The first of many names of chats, and the number of the others.
fn first_chats(all: &[String]) -> String {
    let shown = all.iter().take(NAMED).map(|name| screen::name(name));
    with_more(shown.collect(), all.len())
}

/// The first of many, and the number of the others.
pub(super) fn first(all: &[String]) -> String {
    with_more(all.iter().take(NAMED).cloned().collect(), all.len())
}

fn with_more(shown: Vec<String>, all: usize) -> String {
    let shown = shown.join(", ");
    match all.saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {} more (`--details`)", number(more as u64)),
    }
}

impl ChatView {
    /// Device and name.
    pub(super) fn label(&self) -> String {
        format!("{}: {}", self.device, self.name)
    }
}
