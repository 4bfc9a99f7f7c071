//! The messages of a pilot as a table, below the address where a person looks at them.

use crate::app::{PilotKind, PilotMessage};
use crate::report::screen::{Column, Page, State, Table, Text};

/// A row for each message: chat, time, kind, first words where output is not kept, and how Close has it.
pub(crate) fn page(messages: &[PilotMessage]) -> Page {
    let mut table = Table::new(
        2,
        &[
            Column::Name,
            Column::Fixed,
            Column::Fixed,
            Column::Wrapped,
            Column::Wrapped,
        ],
    );
    table.header(["chat", "time", "kind", "first words", "in Close"]);
    let mut places: Vec<&str> = Vec::new();
    for message in messages {
        if !places.contains(&message.place.as_str()) {
            places.push(&message.place);
        }
    }
    for place in places {
        table.heading(place);
        for message in messages.iter().filter(|message| message.place == place) {
            table.row(row(message));
        }
    }
    let mut page = Page::new();
    page.table(table);
    page
}

fn row(message: &PilotMessage) -> [Text; 5] {
    let words = message.words.as_ref();
    [
        format!("{}: {}", message.device, message.chat).into(),
        message.at.as_str().into(),
        match message.kind {
            PilotKind::Text => "text",
            PilotKind::Reply => "reply",
            PilotKind::Files => "files",
        }
        .into(),
        words.map_or_else(Text::new, |words| format!("\"{}\"", words.reveal()).into()),
        in_close(message),
    ]
}

fn in_close(message: &PilotMessage) -> Text {
    if !message.is_correct() {
        let text = Text::state(State::Bad, "differs");
        return text.then(format!(": {}", message.differing.join(", ")));
    }
    let text = Text::state(State::Done, "correct");
    match message.has_unread_files {
        false => text,
        true => text.then("; check its files, which cannot be read back"),
    }
}
