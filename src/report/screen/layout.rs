//! The layout of a screen: width, colours, direction.

use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

use super::shorten::LONGEST;

/// The narrowest width that is laid out for; less is unreadable.
const MIN_WIDTH: usize = 40;

/// The width of tables where no width is known, as in a log: that of most terminals.
const TABLE_WIDTH: usize = 80;

/// The number of columns that a screen may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// The columns of a terminal, or as the environment sets them: text and tables are wrapped.
    Columns(usize),
    /// A file or a pipe: tables have [`TABLE_WIDTH`] columns, text is not wrapped, so that it can
    /// be searched.
    Unlimited,
}

/// How a screen is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The number of columns.
    pub(crate) width: Width,
    /// Whether states have colours.
    pub(crate) has_colours: bool,
    /// Whether text from right to left is isolated: for terminals, not for files.
    pub(crate) isolates: bool,
}

impl Layout {
    /// The layout of a log: text is not wrapped and has no colours.
    pub(crate) const LOG: Layout = Layout {
        width: Width::Unlimited,
        has_colours: false,
        isolates: false,
    };

    /// The columns of a table that is indented by `indent`.
    pub(super) fn table_width(self, indent: usize) -> usize {
        let width = match self.width {
            Width::Columns(columns) => columns,
            Width::Unlimited => TABLE_WIDTH,
        };
        width.max(MIN_WIDTH).saturating_sub(indent)
    }

    /// The most columns of a name in a sentence; `None`: any number, in files and pipes, which can be searched.
    pub(super) fn longest_name(self) -> Option<usize> {
        match self.width {
            Width::Columns(_) => Some(LONGEST),
            Width::Unlimited => None,
        }
    }
}

/// In place of a blank that no line ends at.
const KEPT_BLANK: char = '\u{a0}';

/// The text with the blanks of commands (between backticks) replaced, so that a command is in one line if it is at most
/// `longest` columns long.
fn with_whole_commands(text: &str, longest: usize) -> String {
    let mut parts = text.split('`');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut is_command = true;
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        whole.push('`');
        // Without the second backtick it is none.
        let is_closed = index + 1 < parts.len();
        match is_command && is_closed && part.len() <= longest {
            true => whole.push_str(&part.replace(' ', &KEPT_BLANK.to_string())),
            false => whole.push_str(part),
        }
        is_command = !is_command;
    }
    whole
}

/// The words of a line: between blanks and, in a text of wide letters that has none, between these letters if it is longer
/// than a line (UAX 14, class ID). A path keeps its letters together.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    Box::new(WordSeparator::AsciiSpace.find_words(line).flat_map(pieces))
}

/// The pieces between which a line may end.
fn pieces(word: Word<'_>) -> Vec<Word<'_>> {
    if display_width(word.word) <= MIN_WIDTH || word.word.contains('/') {
        return vec![word];
    }
    let is_wide = |c: char| display_width(c.encode_utf8(&mut [0; 4])) > 1;
    let mut pieces = Vec::new();
    let (mut from, mut before) = (0, false);
    for (at, c) in word.word.char_indices() {
        if at > from && before && is_wide(c) {
            pieces.push(Word::from(&word.word[from..at]));
            from = at;
        }
        before = is_wide(c);
    }
    let mut last = Word::from(&word.word[from..]);
    last.whitespace = word.whitespace;
    pieces.push(last);
    pieces
}

/// A paragraph, wrapped between words, and not within commands. Its leading blanks are its indentation, that of wrapped
/// lines is two more, or `hanging`.
pub(crate) fn wrap(paragraph: &str, width: Width, hanging: Option<usize>) -> Vec<String> {
    let text = paragraph.trim_end_matches(' ');
    let Width::Columns(columns) = width else {
        return vec![text.to_owned()];
    };
    let body = text.trim_start_matches(' ');
    let indent = text.len() - body.len();
    let columns = columns.max(MIN_WIDTH);
    let hanging = hanging.unwrap_or(indent + 2).min(columns / 2);
    let (first, others) = (" ".repeat(indent), " ".repeat(hanging));
    // Paths, links and commands are longer than words; they are copied, so they are never broken.
    let options = Options::new(columns)
        .initial_indent(&first)
        .subsequent_indent(&others)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    let body = with_whole_commands(body, columns - hanging);
    let lines = textwrap::wrap(&body, options);
    lines
        .iter()
        .map(|line| line.replace(KEPT_BLANK, " "))
        .collect()
}

/// The lines of a cell, wrapped between words.
pub(super) fn wrap_cell(cell: &str, columns: usize) -> String {
    let options = Options::new(columns)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(cell, options).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraph_is_wrapped_between_words() {
        let text = "  held: contacts.csv does not give the lead of this chat; fill in its row";
        assert_eq!(
            wrap(text, Width::Columns(40), None),
            [
                "  held: contacts.csv does not give the",
                "    lead of this chat; fill in its row",
            ]
        );
        assert_eq!(wrap(text, Width::Unlimited, None), [text]);
    }

    #[test]
    fn command_is_never_broken() {
        let text = "Next: resolve what waits, then `chatferry plan --details`";
        let lines = wrap(text, Width::Columns(50), None);
        let shown = [
            "Next: resolve what waits, then",
            "  `chatferry plan --details`",
        ];
        assert_eq!(lines, shown);
        let text = "Next: the chat called ` is one of two of that name, and waits";
        let lines = wrap(text, Width::Columns(50), None);
        let shown = [
            "Next: the chat called ` is one of two of that",
            "  name, and waits",
        ];
        assert_eq!(lines, shown);
    }

    #[test]
    fn word_is_never_broken() {
        let link = format!("https://app.close.com/lead/{}/", "x".repeat(60));
        let lines = wrap(&format!("It is on {link} now"), Width::Columns(40), None);
        assert_eq!(lines, ["It is on", &format!("  {link}"), "  now"]);
    }

    #[test]
    fn wide_letters_take_two_columns() {
        let name = "陳".repeat(15);
        let lines = wrap(&format!("{name} {name}"), Width::Columns(40), None);
        assert_eq!(lines, [name.clone(), format!("  {name}")]);
    }

    /// A subject of 60 wide letters took 120 columns of a screen of 80.
    #[test]
    fn text_of_wide_letters_is_wrapped_between_them() {
        let text = format!("held: {} waits", "陳".repeat(60));
        let lines = wrap(&text, Width::Columns(80), None);
        let (first, second) = ("陳".repeat(37), "陳".repeat(23));
        assert_eq!(
            lines,
            [format!("held: {first}"), format!("  {second} waits")]
        );
        let path = format!("/exports/{}.zip", "陳".repeat(60));
        assert_eq!(wrap(&path, Width::Columns(80), None), [path]);
    }
}
