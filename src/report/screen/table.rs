//! Tables: columns that fit the width, without lines between them.
//!
//! No word is ever broken, and a column of names is shortened before another one is wrapped. What does not fit even with
//! each word on a line of its own goes below the row, the longest columns first, each after the name of its column.

use std::borrow::Cow;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use textwrap::core::display_width;

use super::layout::{Layout, Width, wrap, wrap_cell};
use super::shorten::shortened;
use super::text::Text;

/// How the cells of a column are aligned and wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// A name in one line, shortened if the row is wider than the screen; in a file or a pipe it is whole.
    Name,
    /// Words that are wrapped if the row is wider than the screen.
    Wrapped,
    /// Words that are never wrapped, such as dates and ids.
    Fixed,
    /// A number, at the right of its column; never wrapped.
    Number,
}

#[derive(Debug)]
enum Line {
    /// The names of the columns.
    Header(Vec<Text>),
    Row(Vec<Text>),
    /// A line across all columns.
    Heading(Text),
}

/// Rows whose columns are aligned, and headings between them.
#[derive(Debug)]
pub(crate) struct Table {
    indent: usize,
    columns: Vec<Column>,
    lines: Vec<Line>,
}

/// Of no width, at the beginning of the first line of each row; in no cell.
const ROW: char = '\u{2060}';

/// Blanks between two columns.
const GAP: usize = 2;

/// The same, as the padding of a column.
const PADDING: u16 = 2;

/// The least width of a column of wrapped words, or of names: less is a column of single words.
const NARROW: usize = 16;

/// The width to which names are shortened before words of other columns are wrapped.
const SHORT_NAME: usize = 24;

impl Table {
    /// A table of these columns, indented by `indent`.
    pub(crate) fn new(indent: usize, columns: &[Column]) -> Table {
        Table {
            indent,
            columns: columns.to_owned(),
            lines: Vec::new(),
        }
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        !self.lines.iter().any(|line| matches!(line, Line::Row(_)))
    }

    /// Adds the names of the columns.
    pub(crate) fn header<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) {
        let cells = cells.into_iter().map(Text::from);
        self.lines.push(Line::Header(cells.collect()));
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Text>) {
        self.lines.push(Line::Row(cells.into_iter().collect()));
    }

    /// Adds a line across all columns, without the table's indentation.
    pub(crate) fn heading(&mut self, text: impl Into<Text>) {
        self.lines.push(Line::Heading(text.into()));
    }

    /// The lines as they are printed, with marks for states. Columns that are empty in each row are omitted.
    pub(super) fn render(&self, layout: Layout, filter: &dyn Fn(&str) -> String) -> Vec<String> {
        let cells = self.cells(filter, layout.longest_name());
        let arranged = self.arrange(&cells, layout);
        let mut rows = self.rows(&cells, &arranged).into_iter().peekable();
        let names = self
            .lines
            .iter()
            .position(|line| matches!(line, Line::Header(_)));
        let names = names.and_then(|index| cells.get(index));
        let indent = " ".repeat(self.indent);
        let mut lines = Vec::new();
        for (line, cells) in self.lines.iter().zip(&cells) {
            if let Line::Heading(text) = line {
                let text = text.marked(filter, layout.longest_name());
                lines.extend(wrap(&text, layout.width, None));
                continue;
            }
            lines.extend(
                rows.next()
                    .map(|line| format!("{indent}{}", &line[ROW.len_utf8()..])),
            );
            while let Some(more) = rows.next_if(|line| !line.starts_with(ROW)) {
                lines.push(format!("{indent}{more}"));
            }
            if matches!(line, Line::Row(_)) {
                let below = arranged.below(cells, names);
                if !below.is_empty() {
                    lines.extend(wrap(&format!("{indent}  {below}"), layout.width, None));
                }
            }
        }
        lines
    }

    /// The cells of each line; none of a heading.
    fn cells(&self, filter: &dyn Fn(&str) -> String, longest: Option<usize>) -> Vec<Vec<String>> {
        let lines = self.lines.iter().map(|line| match line {
            Line::Heading(_) => Vec::new(),
            Line::Header(cells) | Line::Row(cells) => (0..self.columns.len())
                .map(|column| {
                    let cell = cells.get(column);
                    cell.map_or_else(String::new, |cell| {
                        cell.marked(filter, longest).replace(ROW, "")
                    })
                })
                .collect(),
        });
        lines.collect()
    }

    /// Which columns are next to each other in this layout, and how wide they are.
    fn arrange(&self, cells: &[Vec<String>], layout: Layout) -> Arranged {
        let width = layout.table_width(self.indent);
        let is_used = |column: &usize| {
            let mut rows = (self.lines.iter()).filter_map(|line| match line {
                Line::Row(cells) => cells.get(*column),
                Line::Header(_) | Line::Heading(_) => None,
            });
            rows.any(|cell| !cell.is_empty())
        };
        let mut columns: Vec<Measured> = (0..self.columns.len())
            .filter(is_used)
            .map(|column| Measured::of(column, self.columns[column], cells))
            .collect();
        let mut moved = Vec::new();
        let total = |columns: &[Measured], of: fn(&Measured) -> usize| -> usize {
            columns.iter().map(of).sum::<usize>() + GAP * columns.len().saturating_sub(1)
        };
        while columns.len() > 1 && total(&columns, |column| column.least) > width {
            // The last one of the longest; the first column names the row.
            let longest = (columns.iter().enumerate().skip(1)).max_by_key(|(_, one)| one.least);
            let Some((index, _)) = longest else { break };
            moved.push(columns.remove(index).column);
        }
        moved.sort_unstable();
        let natural: Vec<usize> = columns.iter().map(|column| column.width).collect();
        let mut excess = total(&columns, |column| column.width).saturating_sub(width);
        // Names first, so that a row stays one line.
        narrow(&mut columns, &mut excess, |one| match one.kind {
            Column::Name => SHORT_NAME.max(one.least),
            _ => one.width,
        });
        narrow(&mut columns, &mut excess, |one| match one.kind {
            Column::Name => one.width,
            _ => one.least,
        });
        narrow(&mut columns, &mut excess, |one| one.least);
        if layout.width == Width::Unlimited {
            let names = columns.iter_mut().zip(natural);
            for (one, natural) in names.filter(|(one, _)| one.kind == Column::Name) {
                one.width = natural;
            }
        }
        Arranged { columns, moved }
    }

    /// The lines of all rows, each row after [`ROW`].
    fn rows(&self, cells: &[Vec<String>], arranged: &Arranged) -> Vec<String> {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        // Its own arrangement breaks words.
        table.set_content_arrangement(ContentArrangement::Disabled);
        for row in cells.iter().filter(|row| !row.is_empty()) {
            let cells = arranged.columns.iter().enumerate().map(|(index, one)| {
                let cell = match one.kind {
                    Column::Name => shortened(&row[one.column], one.width),
                    _ => wrap_cell(&row[one.column], one.width),
                };
                match index {
                    0 => format!("{ROW}{cell}"),
                    _ => cell,
                }
            });
            table.add_row(cells.collect::<Vec<_>>());
        }
        for (index, one) in arranged.columns.iter().enumerate() {
            let Some(shown) = table.column_mut(index) else {
                continue;
            };
            let is_last = index + 1 == arranged.columns.len();
            shown.set_padding((0, if is_last { 0 } else { PADDING }));
            if one.kind == Column::Number {
                shown.set_cell_alignment(CellAlignment::Right);
            }
        }
        // Alignment to the right puts blanks before the mark.
        (table.lines())
            .map(|line| match line.find(ROW) {
                Some(at) => format!(
                    "{ROW}{}",
                    line[..at].to_owned() + &line[at + ROW.len_utf8()..]
                ),
                None => line,
            })
            .collect()
    }
}

/// Takes columns from the widest ones until nothing is in excess, or each has the width that `to` leaves it.
fn narrow(columns: &mut [Measured], excess: &mut usize, to: impl Fn(&Measured) -> usize) {
    while *excess > 0 {
        let wide = columns.iter_mut().filter(|one| one.width > to(one));
        let Some(widest) = wide.max_by_key(|one| one.width) else {
            break;
        };
        widest.width -= 1;
        *excess -= 1;
    }
}

/// A column that is shown, with its width.
struct Measured {
    /// Its index in the table.
    column: usize,
    kind: Column,
    width: usize,
    /// The least width, at which no word is broken and a name can still be recognised.
    least: usize,
}

impl Measured {
    fn of(column: usize, kind: Column, cells: &[Vec<String>]) -> Measured {
        let cells = || cells.iter().filter_map(|row| row.get(column));
        let width = cells()
            .map(|cell| display_width(cell))
            .max()
            .unwrap_or_default();
        let words = cells().flat_map(|cell| cell.split(' '));
        let longest = words.map(display_width).max().unwrap_or_default();
        let least = match kind {
            Column::Name => width.min(NARROW),
            Column::Wrapped => longest.max(width.min(NARROW)),
            Column::Fixed | Column::Number => width,
        };
        Measured {
            column,
            kind,
            width,
            least,
        }
    }
}

/// The columns of a table in a width.
struct Arranged {
    /// Those next to each other.
    columns: Vec<Measured>,
    /// Those below their row, by index.
    moved: Vec<usize>,
}

impl Arranged {
    /// The cells below a row, each after the name of its column; empty if there are none.
    fn below(&self, cells: &[String], names: Option<&Vec<String>>) -> String {
        let shown = self
            .moved
            .iter()
            .filter(|column| !cells[**column].is_empty());
        let shown = shown.map(|column| {
            let name = names.map_or("", |names| names[*column].as_str());
            match name {
                "" => Cow::from(&cells[*column]),
                name => format!("{name} {}", cells[*column]).into(),
            }
        });
        shown.collect::<Vec<_>>().join("  ")
    }
}

#[cfg(test)]
mod tests;
