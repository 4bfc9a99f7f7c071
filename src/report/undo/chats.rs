//! The chats of an undo: a table with a row for each, of many one for all chats of a phone to which the same happens.

use std::collections::BTreeMap;

use crate::app::{ChatPreview, Prepared};
use crate::quantity::{count, number};
use crate::report::screen::{Column, Page, State, Table, Text};

/// The number of chats of which each has its row.
const SHOWN: usize = 16;

/// What becomes of messages of a chat, besides those that are deleted.
const NOTES: usize = 7;

/// Messages of chats with the same notes.
#[derive(Default)]
struct Row {
    chats: u64,
    /// The name of the first one.
    name: String,
    delete: u64,
    notes: [u64; NOTES],
}

impl Row {
    fn add(&mut self, chat: &ChatPreview) {
        if self.chats == 0 {
            self.name.clone_from(&chat.name);
        }
        self.chats += 1;
        self.delete += chat.delete;
        for (sum, number) in self.notes.iter_mut().zip(notes(chat)) {
            *sum += number;
        }
    }
}

/// The chats of an undo, without their leads.
pub(super) fn table(prepared: &Prepared<'_>, changed: &'static str, page: &mut Page) {
    let chats = &prepared.chats;
    let mut rows: BTreeMap<(Option<&str>, usize), Row> = BTreeMap::new();
    for (index, chat) in chats.iter().enumerate() {
        let kind = match chats.len() > SHOWN {
            true => kind(chat),
            false => index,
        };
        let device = chat.device.as_deref();
        rows.entry((device, kind)).or_default().add(chat);
    }
    let mut table = Table::new(2, &[Column::Wrapped, Column::Number, Column::Wrapped]);
    table.header(["chat", "delete", "note"]);
    for ((device, _), row) in rows {
        let device = device.map_or_else(String::new, |device| format!("{device}: "));
        let name = match row.chats {
            1 => row.name,
            chats => count(chats, "chat"),
        };
        let delete = Text::state(State::Bad, number(row.delete));
        table.row([
            format!("{device}{name}").into(),
            delete,
            note(&row.notes, changed),
        ]);
    }
    page.table(table);
    if chats.len() > SHOWN {
        page.line("  Each chat: `--details`");
    }
}

/// The messages of a chat by what becomes of them, in the order of [`words`].
pub(super) fn notes(chat: &ChatPreview) -> [u64; NOTES] {
    [
        chat.changed,
        chat.replied,
        chat.unfinished,
        chat.gone,
        chat.unread,
        chat.unsettled,
        chat.updated,
    ]
}

/// What becomes of messages; `changed`: of those that were changed in Close.
pub(super) fn words(changed: &'static str) -> [&'static str; NOTES] {
    [
        changed,
        "kept, replied to by what stays",
        "kept, in doubt",
        "already gone",
        "not in the list of their lead, read before they are deleted",
        "of them with unknown outcome, looked up first",
        "updated only",
    ]
}

/// A number that is equal for chats with the same notes.
fn kind(chat: &ChatPreview) -> usize {
    let has_notes = notes(chat).map(|number| usize::from(number > 0));
    has_notes.iter().fold(0, |kind, has| 2 * kind + has)
}

fn note(numbers: &[u64; NOTES], changed: &'static str) -> Text {
    let parts = numbers.iter().zip(words(changed));
    let parts = parts.filter(|(number, _)| **number > 0);
    let parts: Vec<String> = parts
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect();
    parts.join(", ").into()
}
