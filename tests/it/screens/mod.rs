//! Screens: what a person sees of each command, at 80 and 120 columns, with and without colours.
//!
//! Each snapshot shows one screen at 80 columns, at 120, and at 80 with colours. The same text with and without colours is
//! asserted, so that nothing is shown by colour alone.

mod before;
mod phones;
mod reading;
mod records;
mod writing;

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::kit::{Output, Running, World};
use crate::snapshots::settings;

/// A screen: which streams of the output it consists of.
fn screen(output: &Output) -> String {
    [&output.stderr, &output.stdout]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| text.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The output of a command at a width.
pub(crate) fn run(world: &World, arguments: &[&str], columns: &str, colours: bool) -> Output {
    let mut environment = world.environment().to_vec();
    environment.push(("COLUMNS", columns));
    if colours {
        environment.push(("CLICOLOR_FORCE", "1"));
    }
    Running::start(arguments, world.path(), &environment).wait()
}

/// Colours and isolates as text.
fn visible(screen: &str) -> String {
    (screen.replace("\u{1b}[0m", "</>"))
        .replace("\u{1b}[1;31m", "<red>")
        .replace("\u{1b}[1;32m", "<green>")
        .replace("\u{1b}[1;33m", "<yellow>")
        .replace('\u{2068}', "‹")
        .replace('\u{2069}', "›")
}

/// Without colours and isolates.
fn plain(screen: &str) -> String {
    let mut plain = screen.replace(['\u{2068}', '\u{2069}'], "");
    for code in ["0m", "1;31m", "1;32m", "1;33m"] {
        plain = plain.replace(&format!("\u{1b}[{code}"), "");
    }
    plain
}

/// The columns that a line takes.
fn columns(line: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(line)
}

/// The words of a screen, without the punctuation around them.
fn words(screen: &str) -> impl Iterator<Item = &str> {
    screen
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// Asserts that each word of a screen is one of the screen on which nothing is wrapped: none is broken.
#[track_caller]
fn assert_words_whole(name: &str, width: &str, text: &str, unwrapped: &str) {
    let whole: HashSet<&str> = words(unwrapped).collect();
    for word in words(text) {
        assert!(
            whole.contains(word),
            "{name} at {width}: broken word {word}"
        );
    }
}

/// Asserts that the next step is not the command of the screen itself.
#[track_caller]
fn assert_next_is_another(name: &str, arguments: &[&str], unwrapped: &str) {
    let next = unwrapped.lines().filter(|line| line.starts_with("Next: "));
    let own = format!("`chatferry {}`", arguments.join(" "));
    for line in next {
        assert!(!line.contains(&own), "{name}: {line}");
    }
}

/// Asserts the screen of a command as a snapshot. `world` makes the world of each run.
#[track_caller]
fn assert_screen(name: &str, arguments: &[&str], code: i32, world: &dyn Fn() -> World) {
    let mut shown = format!("chatferry {}\n", arguments.join(" "));
    let unwrapped = filtered(&screen(&run(&world(), arguments, "999", false).exits(code)));
    assert_next_is_another(name, arguments, &unwrapped);
    for width in ["80", "120"] {
        let text = filtered(&screen(&run(&world(), arguments, width, false).exits(code)));
        let coloured = filtered(&screen(&run(&world(), arguments, width, true).exits(code)));
        assert_eq!(plain(&coloured), text, "{name} at {width}");
        assert_words_whole(name, width, &text, &unwrapped);
        let limit: usize = width.parse().expect("a number");
        for line in text.lines() {
            // A word that is wider than the screen is never broken, and a row of a CSV file never wrapped.
            let has_long_word = line.split(' ').any(|word| columns(word) > limit - 30);
            let is_row = line.split(',').count() > 5 && !line.contains(", ");
            let fits = columns(line) <= limit || has_long_word || is_row;
            assert!(fits, "{name} at {width}: {line}");
        }
        let _ = write!(
            shown,
            "\n=== {width} columns, {} lines\n{text}\n",
            text.lines().count()
        );
        if width == "80" {
            let _ = write!(
                shown,
                "\n=== {width} columns, with colours\n{}\n",
                visible(&coloured)
            );
        }
    }
    settings().bind(|| insta::assert_snapshot!(format!("screen_{name}"), shown));
}

/// Without what differs between two runs.
fn filtered(text: &str) -> String {
    let patterns = [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b(\d+\.\d s|\d+ min)\b", "N.N s"),
        (r"chatferry\.db \([\d.]+ kB\)", "chatferry.db (N kB)"),
        (r"\b[\d.]+ [MGT]B free\b", "N GB free"),
        // Lines of a command that takes some seconds on a busy machine.
        (r"(?m)^Reading from Close: .*\n", ""),
        // A line every ten seconds.
        (r"(?m)^\d+ of \d+ messages \(.*\n", ""),
        (r"\.tmp\w+", "FOLDER"),
        (r"acti_\w+", "acti_N"),
        (r"\b[0-9a-f]{16,64}\b", "DIGEST"),
        (r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"2\d{3}-\d\d-\d\d \d\d:\d\d\b", "TIME"),
    ];
    let mut text = text.to_owned();
    for (pattern, instead) in patterns {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        text = pattern.replace_all(&text, instead).into_owned();
    }
    text
}
