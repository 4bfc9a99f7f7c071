//! Texts that were written for a terminal, in the words of these pages.
//!
//! Use cases report and advise in sentences that name commands and flags. A page names pages: a command becomes the page that does
//! the same. A command that no page has stays, and is said to be one of a terminal.

use crate::report::html::{Cell, Section};

/// Sentences about running a command again, and their like: whole phrases first.
const PHRASES: [(&str, &str); 16] = [
    (
        "run the same command again to resume",
        "start the step again to go on",
    ),
    (
        "run the same command to resume",
        "start the step again to go on",
    ),
    (
        "the same command, with the same flags, goes on",
        "the same undo, started again, goes on",
    ),
    ("; run the command again", "; start the step again"),
    ("Ctrl-C stops it", "the button Stop ends it"),
    (
        "create it again with `chatferry plan --out`, review it, and run it",
        "make it again on the page Plan, look at it, and run it",
    ),
    (
        "create it again with `chatferry plan --out`",
        "make it again on the page Plan",
    ),
    (
        ", and set CLOSE_API_KEY or the file of `--api-key-file`",
        ", and type it on the page Start",
    ),
    (
        "set CLOSE_API_KEY (or CLOSE_ACCESS_TOKEN), or name a file that holds the key with `--api-key-file`",
        "type it on the page Start",
    ),
    (
        "; select it by `--chat` and not by `--device`",
        "; the command undo in a terminal selects it by its name",
    ),
    (
        "; select by `--chat` or `--lead` in place of `--run`",
        "; the command undo in a terminal selects by chat or lead",
    ),
    (
        "; --leads deletes what holds nothing else",
        "; the undo of all runs deletes what holds nothing else",
    ),
    (", or its row with `--from`", ""),
    (
        "; add `--files`",
        "; tick the box for files on the page Verify",
    ),
    (
        ": add `--files`",
        ": tick the box for files on the page Verify",
    ),
    (" (`--details`)", ""),
];

/// Commands with the page that does the same, the longest beginning first.
const COMMANDS: [(&str, &str); 18] = [
    (
        "match --create-missing",
        "the button \"Create the leads\" on the page People",
    ),
    ("match", "the look-up on the page People"),
    ("plan", "the page Plan"),
    ("import --pilot", "the pilot on the page Run"),
    (
        "import --gone restore",
        "a plan that posts them again, on the page Plan,",
    ),
    ("import", "the pages Plan and Run"),
    ("verify --repair", "the repair on the page Verify"),
    ("verify", "the page Verify"),
    ("inspect", "the page Archives"),
    ("undo", "the page Undo"),
    ("runs", "the page Undo"),
    ("status", "the page Start"),
    ("report", "the page Report"),
    (
        "init PATHS --update",
        "the button \"Add their rows\" on the page People",
    ),
    (
        "init --update",
        "the button \"Add their rows\" on the page People",
    ),
    (
        "--gone restore",
        "the choice \"post them again\" on the page Plan",
    ),
    (
        "--gone respect",
        "the choice \"they stay removed\" on the page Plan",
    ),
    (
        "--allow-deletes",
        "the number of deletions, typed before the run",
    ),
];

/// The text, without what only a person at a terminal can do.
pub(super) fn of_pages(text: &str) -> String {
    let mut text = text.to_owned();
    for (words, own) in PHRASES {
        text = text.replace(words, own);
    }
    let mut parts = text.split('`');
    let mut new = parts.next().unwrap_or_default().to_owned();
    let mut parts = parts.peekable();
    while let Some(code) = parts.next() {
        // Without a second mark this is no command.
        let Some(rest) = parts.next() else {
            new.push('`');
            new.push_str(code);
            break;
        };
        match instead_of(code) {
            Some(own) => {
                // A page is opened and not run.
                if let Some(before) = new.strip_suffix("run ") {
                    new = format!("{before}use ");
                }
                new.push_str(&own);
            }
            None => new.push_str(&format!("`{code}`")),
        }
        new.push_str(rest);
    }
    new
}

/// What a page says in place of a command or a flag; `None` for anything else between such marks.
fn instead_of(code: &str) -> Option<String> {
    let command = code.strip_prefix("chatferry ");
    let flag = code.strip_prefix("--");
    let words = command.unwrap_or(code);
    // A word alone may be a value, such as that of a cell.
    if command.is_none() && flag.is_none() && !words.contains(" --") {
        return None;
    }
    let begins_with = |begin: &str| {
        let rest = words.strip_prefix(begin);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    if let Some((_, own)) = COMMANDS.iter().find(|(begin, _)| begins_with(begin)) {
        return Some((*own).to_owned());
    }
    let first = |text: &str| text.split([' ', '=']).next().unwrap_or_default().to_owned();
    match (command, flag) {
        (Some(command), _) => Some(format!("the command {} in a terminal", first(command))),
        (None, Some(flag)) => Some(format!("the option {} in a terminal", first(flag))),
        (None, None) => None,
    }
}

/// The section with all its texts in the words of these pages.
pub(super) fn section_of_pages(section: Section) -> Section {
    let cell = |cell: Cell| Cell {
        text: of_pages(&cell.text),
        small: cell.small.iter().map(|line| of_pages(line)).collect(),
        ..cell
    };
    let mut section = Section {
        lines: section.lines.into_iter().map(cell).collect(),
        ..section
    };
    if let Some(table) = &mut section.table {
        for row in &mut table.rows {
            *row = std::mem::take(row).into_iter().map(cell).collect();
        }
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_pages() {
        for (text, own) in [
            (
                "correct the causes, then `chatferry import --retry-failed`",
                "correct the causes, then the pages Plan and Run",
            ),
            (
                "run `chatferry match`, then fill in contacts.csv",
                "use the look-up on the page People, then fill in contacts.csv",
            ),
            (
                "2 leads created; `chatferry match --create-missing` fills in their rows",
                "2 leads created; the button \"Create the leads\" on the page People fills in their rows",
            ),
            (
                "the checkpoint is older: run `chatferry recover --claim`",
                "the checkpoint is older: use the command recover in a terminal",
            ),
            (
                "missing in Close, cause unknown; `--gone respect` leaves it removed",
                "missing in Close, cause unknown; the choice \"they stay removed\" on the page Plan leaves it removed",
            ),
            ("read with doubts (`--details`)", "read with doubts"),
            (
                "Stopped; run the same command again to resume",
                "Stopped; start the step again to go on",
            ),
        ] {
            assert_eq!(of_pages(text), own);
        }
    }

    #[test]
    fn other_words_stay() {
        for text in [
            "set `import` to `create`, or `private`",
            "`timezone` in chatferry.toml is wrong",
            "a ` alone",
            "Ben: ```code``` and --- dashes",
            "",
        ] {
            assert_eq!(of_pages(text), text);
        }
    }
}
