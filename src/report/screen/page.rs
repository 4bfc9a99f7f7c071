//! A page: paragraphs and tables in their order.

use super::isolate;
use super::layout::{Layout, wrap};
use super::table::Table;
use super::text::{Text, painted};

#[derive(Debug)]
enum Block {
    Paragraph(Text, Option<usize>),
    Table(Table),
}

/// What a command prints for people.
#[derive(Debug, Default)]
pub(crate) struct Page(Vec<Block>);

impl Page {
    /// A page with nothing on it.
    pub(crate) fn new() -> Page {
        Page::default()
    }

    /// Whether there is nothing on it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a paragraph. Its leading blanks are its indentation; wrapped lines are indented two further.
    pub(crate) fn line(&mut self, text: impl Into<Text>) {
        self.0.push(Block::Paragraph(text.into(), None));
    }

    /// Adds a paragraph whose wrapped lines are indented by `hanging` columns.
    pub(crate) fn hanging(&mut self, text: impl Into<Text>, hanging: usize) {
        self.0.push(Block::Paragraph(text.into(), Some(hanging)));
    }

    /// Adds a paragraph for each line of a text.
    pub(crate) fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    /// Adds an empty line, except at the top.
    pub(crate) fn blank(&mut self) {
        if !self.is_empty() {
            self.line("");
        }
    }

    /// Adds a table, if it has rows.
    pub(crate) fn table(&mut self, table: Table) {
        if !table.is_empty() {
            self.0.push(Block::Table(table));
        }
    }

    /// Adds the next step, usually a command between backticks.
    pub(crate) fn next(&mut self, step: &str) {
        self.line(format!("Next: {step}"));
    }

    /// The page as it is printed, without the end of its last line. `filter` changes each text before it is laid out.
    pub(crate) fn render(&self, layout: Layout, filter: &dyn Fn(&str) -> String) -> String {
        let mut lines = Vec::new();
        for block in &self.0 {
            match block {
                Block::Paragraph(text, hanging) => {
                    lines.extend(wrap(
                        &text.marked(filter, layout.longest_name()),
                        layout.width,
                        *hanging,
                    ));
                }
                Block::Table(table) => lines.extend(table.render(layout, filter)),
            }
        }
        let lines = lines.iter().map(|line| match layout.isolates {
            true => isolate(line),
            false => line.clone(),
        });
        let lines: Vec<String> = lines
            .map(|line| painted(line.trim_end(), layout.has_colours))
            .collect();
        lines.join("\n")
    }

    /// The page as in a log, with names.
    pub(crate) fn plain(&self) -> String {
        self.render(Layout::LOG, &str::to_owned)
    }
}
