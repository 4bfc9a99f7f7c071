//! Screens: what a command prints for people, as paragraphs and tables that are laid out for a terminal or a log.
//!
//! A renderer fills a [`Page`] and returns it; `cli`'s output streams lay it out by a [`Layout`] (width, colours). Names may
//! be wide, from right to left, or contain controls: widths are those of a terminal, controls are removed before the layout,
//! and what is written from right to left is isolated after it, so that it does not reorder its line.
//! A name that is too long is shortened at a terminal: in a column of names, and where [`name`] marks it in a sentence.
//! Colours show a [`State`] and nothing else, and every word with a colour has the same meaning without it.
//! Never here: what is shown of a plan or a run.
//!
//! ```text
//! let mut page = Page::new();
//! page.line("To import: 2 chats");
//! let mut table = Table::new(2, &[Column::Name, Column::Number, Column::Wrapped]);
//! table.header(["chat", "messages", ""]);
//! table.row(["emily: Theo Marsh".into(), number(160).into(), Text::new()]);
//! table.row(["emily: Mum".into(), number(4).into(), Text::state(State::Waiting, "held")]);
//! page.table(table);
//! // Blanks at the beginning of a line are its indentation; wrapped lines are indented two further.
//! page.line(Text::from("Plan: 160 to post; ").and(State::Waiting, "1 chat waits for you"));
//! page.next("`chatferry import --pilot`");
//! out.page(&page)?;
//! ```

mod isolate;
mod layout;
mod page;
mod shorten;
mod table;
mod text;

use isolate::isolate;
pub(crate) use layout::{Layout, Width};
pub(crate) use page::Page;
pub(crate) use shorten::name;
pub(crate) use table::{Column, Table};
pub(crate) use text::{State, Text};
