//! Tables: columns that fit the width, without lines between them.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, presets};

use super::layout::{Layout, wrap};
use super::text::Text;

/// How a column is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
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
const GAP: u16 = 2;

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
        let mut rows = self.rows(layout, filter).into_iter().peekable();
        let indent = " ".repeat(self.indent);
        let mut lines = Vec::new();
        for line in &self.lines {
            match line {
                Line::Heading(text) => lines.extend(wrap(&text.marked(filter), layout.width, None)),
                Line::Header(_) | Line::Row(_) => {
                    lines.extend(
                        rows.next()
                            .map(|line| format!("{indent}{}", &line[ROW.len_utf8()..])),
                    );
                    while let Some(more) = rows.next_if(|line| !line.starts_with(ROW)) {
                        lines.push(format!("{indent}{more}"));
                    }
                }
            }
        }
        lines
    }

    /// The lines of all rows, each row after [`ROW`].
    fn rows(&self, layout: Layout, filter: &dyn Fn(&str) -> String) -> Vec<String> {
        let is_used = |column: &usize| {
            let mut cells = self.lines.iter().filter_map(|line| match line {
                Line::Row(cells) => cells.get(*column),
                Line::Header(_) | Line::Heading(_) => None,
            });
            cells.any(|cell| !cell.is_empty())
        };
        let rows = self.lines.iter().filter_map(|line| match line {
            Line::Header(cells) | Line::Row(cells) => Some(cells),
            Line::Heading(_) => None,
        });
        let used: Vec<usize> = (0..self.columns.len()).filter(is_used).collect();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        let width = layout.table_width(self.indent);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        for row in rows {
            let cells = used.iter().enumerate().map(|(index, column)| {
                let cell = row
                    .get(*column)
                    .map_or_else(String::new, |cell| cell.marked(filter));
                let cell = cell.replace(ROW, "");
                match index {
                    0 => format!("{ROW}{cell}"),
                    _ => cell,
                }
            });
            table.add_row(cells.collect::<Vec<_>>());
        }
        for (index, column) in used.iter().enumerate() {
            let Some(shown) = table.column_mut(index) else {
                continue;
            };
            let is_last = index + 1 == used.len();
            shown.set_padding((0, if is_last { 0 } else { GAP }));
            match self.columns[*column] {
                Column::Wrapped => {}
                Column::Fixed => {
                    shown.set_constraint(ColumnConstraint::ContentWidth);
                }
                Column::Number => {
                    shown.set_constraint(ColumnConstraint::ContentWidth);
                    shown.set_cell_alignment(CellAlignment::Right);
                }
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

#[cfg(test)]
mod tests {
    use super::super::{Page, State, Width};
    use super::*;

    fn page() -> Page {
        let mut table = Table::new(
            2,
            &[
                Column::Wrapped,
                Column::Number,
                Column::Fixed,
                Column::Wrapped,
            ],
        );
        table.heading("emily: 2 chats");
        table.row([
            "陳大文".into(),
            "40,000".into(),
            Text::new(),
            Text::state(State::Waiting, "held"),
        ]);
        table.row([
            "Bo".into(),
            "7".into(),
            Text::new(),
            "a remark of many words that needs two lines".into(),
        ]);
        table.heading("jonas: 1 chat");
        table.row(["דנה".into(), "12".into(), Text::new(), Text::new()]);
        let mut page = Page::new();
        page.table(table);
        page
    }

    #[test]
    fn columns_are_aligned_across_headings() {
        let layout = Layout {
            width: Width::Columns(44),
            ..Layout::LOG
        };
        let shown = "\
emily: 2 chats
  陳大文  40,000  held
  Bo           7  a remark of many words
                  that needs two lines
jonas: 1 chat
  דנה         12";
        assert_eq!(page().render(layout, &str::to_owned), shown);
    }

    #[test]
    fn colour_and_isolation_do_not_move_columns() {
        let layout = Layout {
            width: Width::Columns(80),
            has_colours: true,
            isolates: true,
        };
        let shown = page().render(layout, &str::to_owned);
        assert!(
            shown.contains("  陳大文  40,000  \u{1b}[1;33mheld\u{1b}[0m\n"),
            "{shown}"
        );
        assert!(
            shown.contains("  \u{2068}דנה\u{2069}         12"),
            "{shown}"
        );
    }

    #[test]
    fn text_is_filtered_before_it_is_laid_out() {
        let layout = Layout {
            width: Width::Columns(44),
            ..Layout::LOG
        };
        let shown = page().render(layout, &|text| text.replace("Bo", "[chat 12345]"));
        assert!(
            shown.contains("  [chat 12345]       7  a remark"),
            "{shown}"
        );
        assert!(shown.contains("  陳大文        40,000  held"), "{shown}");
    }
}
