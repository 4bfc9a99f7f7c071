//! The screen of `inspect`: a line per chat by phone, what needs attention, the totals, the next command.

use std::collections::BTreeMap;

use super::InspectView;
use super::text::{describe_native, text};
use super::view::View;
use crate::intake;
use crate::quantity::{count, number};
use crate::report::screen::{self, Column, Page, State, Table, Text};

/// The number of remarks that are shown without `--details`.
const SHOWN: usize = 4;

/// The number of chats that a remark names.
const NAMED: usize = 4;

/// The archives of one chat.
struct ChatLine<'v> {
    archives: Vec<&'v View>,
}

/// The archives for people. `next`: the next command.
pub(crate) fn page(view: &InspectView, next: &str, has_details: bool) -> Page {
    let mut page = Page::new();
    let chats = chats(&view.archives);
    match has_details {
        true => page.lines(&text(view)),
        false => {
            page.table(table(view, &chats));
            natives(view, &mut page);
            attention(view, &chats, &mut page);
            page.blank();
        }
    }
    page.line(totals(view, chats.len()));
    page.next(match view.archives.is_empty() {
        true => "export a chat in WhatsApp (Export chat), copy the zip here, and run it again",
        false => next,
    });
    page
}

/// The chats in the order of their first archives, those of a phone together.
fn chats(archives: &[View]) -> Vec<ChatLine<'_>> {
    let mut chats: Vec<ChatLine<'_>> = Vec::new();
    let mut indexes = BTreeMap::new();
    for view in archives {
        let index = *indexes.entry(view.chat_key()).or_insert(chats.len());
        match chats.get_mut(index) {
            Some(chat) => chat.archives.push(view),
            None => chats.push(ChatLine {
                archives: vec![view],
            }),
        }
    }
    chats.sort_by_key(|chat| chat.first().map_or(0, |view| view.device_index));
    chats
}

impl<'v> ChatLine<'v> {
    fn first(&self) -> Option<&'v View> {
        self.archives.first().copied()
    }

    fn sum(&self, of: impl Fn(&View) -> u64) -> u64 {
        self.archives.iter().map(|view| of(view)).sum()
    }

    fn any(&self, is: impl Fn(&View) -> bool) -> bool {
        self.archives.iter().any(|view| is(view))
    }

    /// The lines that may have been misread.
    fn doubtful_lines(&self) -> u64 {
        self.sum(|view| {
            let oddities = view.oddities.iter().filter(|oddity| !oddity.harmless);
            oddities.map(|oddity| oddity.count as u64).sum()
        })
    }

    fn row(&self) -> [Text; 6] {
        let day = |time: &Option<String>| time.as_deref().map(|time| time[..10].to_owned());
        let from = self
            .archives
            .iter()
            .filter_map(|view| day(&view.first))
            .min();
        let until = self
            .archives
            .iter()
            .filter_map(|view| day(&view.last))
            .max();
        let files = match self.sum(|view| u64::from(view.media.present)) {
            0 => String::new(),
            files => number(files),
        };
        [
            self.first().map_or("", |view| view.chat.as_str()).into(),
            from.unwrap_or_default().into(),
            until.unwrap_or_default().into(),
            number(self.sum(View::distinct)).into(),
            files.into(),
            self.marks(),
        ]
    }

    /// What is special about the chat, in words.
    fn marks(&self) -> Text {
        let mut marks = Text::new();
        let mut add = |state: Option<State>, mark: &str| {
            let comma = if marks.is_empty() { "" } else { ", " };
            let text = std::mem::take(&mut marks).then(comma);
            marks = match state {
                Some(state) => text.and(state, mark),
                None => text.then(mark),
            };
        };
        if self.any(|view| !view.date_order_settled) {
            add(Some(State::Bad), "held");
        }
        if self.any(|view| !view.doubts.is_empty()) || self.doubtful_lines() > 0 {
            add(Some(State::Waiting), "look");
        }
        if self.any(|view| view.group) {
            add(None, "group");
        }
        if self.archives.len() > 1 {
            add(None, &format!("{} archives", self.archives.len()));
        }
        marks
    }
}

/// A line per chat, below the phone.
fn table(view: &InspectView, chats: &[ChatLine<'_>]) -> Table {
    let mut table = Table::new(
        2,
        &[
            Column::Name,
            Column::Fixed,
            Column::Fixed,
            Column::Number,
            Column::Number,
            Column::Wrapped,
        ],
    );
    let mut device = None;
    for chat in chats {
        let own = chat.first().map(|view| view.device_index);
        if own != device {
            table.heading(phone(view, chats, own.unwrap_or_default()));
            if device.is_none() {
                table.header(["chat", "from", "to", "messages", "files", ""]);
            }
            device = own;
        }
        table.row(chat.row());
    }
    table
}

/// `emily: Android, owner Emily Carter, 7 chats`.
fn phone(view: &InspectView, chats: &[ChatLine<'_>], index: usize) -> String {
    let own: Vec<&ChatLine<'_>> = (chats.iter())
        .filter(|chat| chat.first().is_some_and(|view| view.device_index == index))
        .collect();
    let mut parts: Vec<String> = Vec::new();
    for platform in own.iter().flat_map(|chat| &chat.archives) {
        let platform = platform.platform.to_string();
        if !parts.contains(&platform) {
            parts.push(platform);
        }
    }
    let phone = view.devices.get(index);
    if let Some(owner) = phone.and_then(|phone| phone.owner.as_ref()) {
        parts.push(format!("owner {}", screen::name(owner)));
    }
    parts.push(count(own.len() as u64, "chat"));
    let name = phone.map(|phone| phone.name.as_str()).unwrap_or_default();
    match name {
        "" | "." => parts.join(", "),
        name => format!("{}: {}", screen::name(name), parts.join(", ")),
    }
}

/// Native archives with many chats.
fn natives(view: &InspectView, page: &mut Page) {
    for store in view.stores.iter().filter(|store| store.has_more()) {
        page.line(describe_native(store));
    }
}

/// What needs attention, the most serious first.
fn attention(view: &InspectView, chats: &[ChatLine<'_>], page: &mut Page) {
    let mut remarks: Vec<Text> = Vec::new();
    for phone in &view.phones {
        remarks.push(Text::state(State::Bad, "  wrong phone: ").then(&*phone.says));
    }
    let mut by_text: BTreeMap<(State, &str), Vec<String>> = BTreeMap::new();
    for chat in chats {
        let name = name(view, chat);
        for archive in &chat.archives {
            let mut add = |state, text| {
                let names = by_text.entry((state, text)).or_default();
                if !names.contains(&name) {
                    names.push(name.clone());
                }
            };
            if !archive.date_order_settled {
                add(State::Bad, archive.remedy);
            }
            for doubt in &archive.doubts {
                add(State::Waiting, doubt.says.as_str());
            }
        }
    }
    for ((state, text), names) in by_text {
        let head = match state {
            State::Bad => "  held: ",
            State::Waiting | State::Done => "  look: ",
        };
        remarks.push(Text::state(state, head).then(format!("{}: {text}", self::names(&names))));
    }
    let of_stores = view.stores.iter().flat_map(|store| {
        (store.remarks.iter()).map(|remark| format!("{}: {remark}", store.archive))
    });
    remarks.extend(of_stores.map(|remark| Text::state(State::Waiting, "  look: ").then(remark)));
    remarks.extend(doubtful_lines(view, chats));
    let missing: u64 = chats
        .iter()
        .map(|chat| chat.sum(|view| u64::from(view.media.missing)))
        .sum();
    let has_more = remarks.len() > SHOWN;
    let all = remarks.len();
    if all > 0 {
        page.blank();
        page.line(format!("To look at ({all})"));
    }
    for remark in remarks.into_iter().take(SHOWN) {
        page.line(remark);
    }
    if has_more {
        page.line(format!(
            "  and {} more; `--details`",
            number((all - SHOWN) as u64)
        ));
    }
    if missing > 0 {
        if all == 0 {
            page.blank();
        }
        page.line(format!(
            "{} named in messages, and not in the archives: `--details`",
            count(missing, "file")
        ));
    }
}

/// The name of a chat, after that of its phone if there are several.
fn name(view: &InspectView, chat: &ChatLine<'_>) -> String {
    let Some(first) = chat.first() else {
        return String::new();
    };
    match view.devices.get(first.device_index) {
        Some(phone) if view.devices.len() > 1 => format!("{}: {}", phone.name, first.chat),
        _ => first.chat.clone(),
    }
}

/// `Ben, Cleo and 3 more`.
fn names(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(|name| screen::name(name));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The lines that may have been misread, by what they are.
fn doubtful_lines(view: &InspectView, chats: &[ChatLine<'_>]) -> Option<Text> {
    let lines: u64 = chats.iter().map(ChatLine::doubtful_lines).sum();
    if lines == 0 {
        return None;
    }
    let odd = chats.iter().filter(|chat| chat.doubtful_lines() > 0);
    let odd: Vec<String> = odd.map(|chat| name(view, chat)).collect();
    Some(Text::state(State::Waiting, "  look: ").then(format!(
        "{} may have been misread: {} (`--details` has the lines)",
        count(lines, "line"),
        names(&odd)
    )))
}

/// The totals in one line.
fn totals(view: &InspectView, chats: usize) -> Text {
    let messages: u64 = view.archives.iter().map(View::distinct).sum();
    let again: u64 = (view.archives.iter())
        .map(|view| view.seen_again as u64)
        .sum();
    let mut text = Text::from(format!(
        "{} with {} in all",
        count(view.archives.len() as u64, "archive"),
        count(messages, "message")
    ));
    if again > 0 {
        text = text.then(format!("; {} seen again", number(again)));
    }
    let phones = view.devices.len();
    if phones > 1 {
        text = text.then(format!(
            "; {} on {}",
            count(chats as u64, "chat"),
            count(phones as u64, "phone")
        ));
    }
    let mut left_out: Vec<(&str, u64)> = Vec::new();
    for (what, count) in view.stores.iter().flat_map(|store| &store.left_out) {
        match left_out
            .iter_mut()
            .find(|(known, _)| *known == what.as_ref())
        {
            Some((_, all)) => *all += count,
            None => left_out.push((what.as_ref(), *count)),
        }
    }
    if !left_out.is_empty() {
        let each = intake::describe_counts(left_out.into_iter());
        text = text.then(format!("; left out: {each}"));
    }
    if !view.failures.is_empty() {
        let failures = count(view.failures.len() as u64, "archive");
        text = text
            .then("; ")
            .and(State::Bad, format!("{failures} could not be read"));
    }
    text
}
