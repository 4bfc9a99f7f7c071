//! Sections of a page: headings, lines and tables, from the views of plans, verifications, repairs and undos.
//!
//! The counterpart of [`crate::report::screen`] for a browser: a renderer fills [`Sections`], and `templates/report/section.html`
//! lays one out and escapes every value. Texts lose their controls here. Never here: what is shown of a plan or a run.

use super::text::{clean, grouped};
use crate::app::NamedLead;
use crate::ids::LeadId;
use crate::report::screen::State;

/// The sections of a page, and the number of pages that the longest of its lists has.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    /// The sections, in the order of the page.
    pub(crate) all: Vec<Section>,
    /// The number of pages, at least 1.
    pub(crate) pages: usize,
}

/// A heading with lines and a table.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// The text of the heading; empty at the beginning of a page.
    pub(crate) heading: String,
    /// Whether the section is shown only once a person opens it.
    pub(crate) is_folded: bool,
    /// The lines between heading and table.
    pub(crate) lines: Vec<Cell>,
    /// The table below the lines; `None` without one.
    pub(crate) table: Option<Table>,
}

/// A table of a page. The first cell of a row names it.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The name of each column, and whether its cells are numbers.
    pub(crate) columns: Vec<(&'static str, bool)>,
    /// The cells of each row, in the order of the columns.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A text of a page with its state, link and smaller lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    /// The text to show.
    pub(crate) text: String,
    /// The class of its state in the style sheet; empty without a state.
    pub(crate) class: &'static str,
    /// Whether it is a number, which is aligned to the right.
    pub(crate) is_number: bool,
    /// The URL that it links to; empty without a link.
    pub(crate) address: String,
    /// Smaller lines below the text.
    pub(crate) small: Vec<String>,
}

impl Cell {
    /// A cell with this text and nothing else.
    pub(crate) fn new(text: impl AsRef<str>) -> Cell {
        Cell {
            text: clean(text.as_ref()),
            ..Cell::default()
        }
    }

    /// A cell with a number; empty for 0.
    pub(crate) fn number(value: u64) -> Cell {
        match value {
            0 => Cell::default(),
            value => Cell {
                is_number: true,
                ..Cell::new(grouped(value))
            },
        }
    }

    /// A cell with the id of a lead, linked to its page in Close; without a link for a sandbox,
    /// whose leads have no page.
    pub(crate) fn lead(lead: &LeadId, is_sandbox: bool) -> Cell {
        match is_sandbox {
            true => Cell::new(lead.as_str()),
            false => Cell::new("Lead").link(format!("https://app.close.com/lead/{lead}/")),
        }
    }

    /// A cell as [`Cell::lead`], with the lead's name before the id if it is known.
    pub(crate) fn named_lead(lead: &NamedLead, is_sandbox: bool) -> Cell {
        let cell = Cell::lead(&lead.id, is_sandbox);
        match &lead.name {
            Some(name) => Cell {
                text: clean(name),
                ..cell
            }
            .small(lead.id.as_str()),
            None => cell,
        }
    }

    /// The cell with this state, unless its text is empty.
    #[must_use]
    pub(crate) fn state(mut self, state: State) -> Cell {
        if !self.text.is_empty() {
            self.class = match state {
                State::Bad => "bad",
                State::Waiting => "wait",
                State::Done => "good",
            };
        }
        self
    }

    /// The cell as a link to this URL, unless that is empty.
    #[must_use]
    pub(crate) fn link(mut self, address: impl Into<String>) -> Cell {
        self.address = address.into();
        self
    }

    /// The cell with a further smaller line, unless that is empty.
    #[must_use]
    pub(crate) fn small(mut self, line: impl AsRef<str>) -> Cell {
        if !line.as_ref().is_empty() {
            self.small.push(clean(line.as_ref()));
        }
        self
    }
}

impl Section {
    /// A section with this heading and nothing below it.
    pub(crate) fn new(heading: impl AsRef<str>) -> Section {
        Section {
            heading: clean(heading.as_ref()),
            ..Section::default()
        }
    }

    /// The section, folded until a person opens it.
    #[must_use]
    pub(crate) fn folded(mut self) -> Section {
        self.is_folded = true;
        self
    }

    /// The section with a further line.
    #[must_use]
    pub(crate) fn line(mut self, line: Cell) -> Section {
        self.lines.push(line);
        self
    }

    /// The section with this table, unless it has no row.
    #[must_use]
    pub(crate) fn table(
        mut self,
        columns: &[(&'static str, bool)],
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) -> Section {
        let rows: Vec<Vec<Cell>> = rows.into_iter().collect();
        if !rows.is_empty() {
            self.table = Some(Table {
                columns: columns.to_vec(),
                rows,
            });
        }
        self
    }

    /// Whether the section has neither lines nor a table.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.table.is_none()
    }
}

impl Sections {
    /// Adds a section at the end, unless it has neither lines nor a table.
    pub(crate) fn add(&mut self, section: Section) {
        if !section.is_empty() {
            self.all.push(section);
        }
    }
}

/// The items of a page of a list, counted from 1; the last one for a number beyond it.
pub(crate) fn page_of<T>(all: &[T], page: usize, length: usize) -> &[T] {
    let last = pages(all.len(), length);
    let from = (page.clamp(1, last) - 1) * length;
    &all[from.min(all.len())..(from + length).min(all.len())]
}

/// The number of pages of a list; at least 1.
pub(crate) fn pages(items: usize, length: usize) -> usize {
    items.div_ceil(length).max(1)
}

#[cfg(test)]
mod tests {
    use super::{page_of, pages};

    #[test]
    fn pages_of_a_list_have_each_item_once() {
        for items in [0usize, 1, 9, 10, 11, 25] {
            let all: Vec<usize> = (0..items).collect();
            let joined: Vec<usize> = (1..=pages(items, 10))
                .flat_map(|page| page_of(&all, page, 10).to_vec())
                .collect();
            assert_eq!(joined, all);
            assert_eq!(page_of(&all, 99, 10), page_of(&all, pages(items, 10), 10));
            assert_eq!(page_of(&all, 0, 10), page_of(&all, 1, 10));
        }
    }
}
