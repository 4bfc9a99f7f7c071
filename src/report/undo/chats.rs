//! The chats of an undo: a table with a row for each, of many one for all chats of a phone to which the same happens.

use std::collections::BTreeMap;

use super::view::{ChatView, NOTES, UndoView};
use crate::quantity::{count, number};
use crate::report::screen::{Column, Page, State, Table, Text};

/// The number of chats of which each has its row.
const SHOWN: usize = 16;

/// Messages of chats with the same notes.
#[derive(Default)]
struct Row {
    chats: u64,
    /// The name of the first one.
    name: String,
    delete: u64,
    notes: [(u64, &'static str); NOTES],
}

impl Row {
    fn add(&mut self, chat: &ChatView) {
        if self.chats == 0 {
            self.name.clone_from(&chat.name);
        }
        self.chats += 1;
        self.delete += chat.delete;
        for ((sum, what), (number, own)) in self.notes.iter_mut().zip(chat.notes) {
            *sum += number;
            *what = own;
        }
    }
}

/// The chats of an undo, without their leads.
pub(super) fn table(view: &UndoView, page: &mut Page) {
    let chats = &view.chats;
    let mut rows: BTreeMap<(Option<&str>, usize), Row> = BTreeMap::new();
    for (index, chat) in chats.iter().enumerate() {
        let kind = match chats.len() > SHOWN {
            true => kind(chat),
            false => index,
        };
        let device = chat.device.as_deref();
        rows.entry((device, kind)).or_default().add(chat);
    }
    let mut table = Table::new(2, &[Column::Name, Column::Number, Column::Wrapped]);
    table.header(["chat", "delete", "note"]);
    for ((device, _), row) in rows {
        let device = device.map_or_else(String::new, |device| format!("{device}: "));
        let name = match row.chats {
            1 => row.name,
            chats => count(chats, "chat"),
        };
        let delete = Text::state(State::Bad, number(row.delete));
        table.row([format!("{device}{name}").into(), delete, note(&row.notes)]);
    }
    page.table(table);
    if chats.len() > SHOWN {
        page.line("  Each chat: `--details`");
    }
}

/// A number that is equal for chats with the same notes.
fn kind(chat: &ChatView) -> usize {
    let has_notes = chat.notes.map(|(number, _)| usize::from(number > 0));
    has_notes.iter().fold(0, |kind, has| 2 * kind + has)
}

fn note(notes: &[(u64, &'static str); NOTES]) -> Text {
    let shown = notes.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = shown
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect();
    parts.join(", ").into()
}
