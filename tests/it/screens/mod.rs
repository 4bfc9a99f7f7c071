//! Screens: what a person sees of each command, at 80 and 120 columns, with and without colours.
//!
//! Each snapshot shows one screen at 80 columns, at 120, and at 80 with colours. The same text with and without colours is
//! asserted, so that nothing is shown by colour alone.

mod before;
mod edges;
mod names;
mod phones;
mod reading;
mod records;
mod writing;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

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
    begin(world, arguments, columns, colours, &[]).wait()
}

/// A command that runs at a width, with further variables.
fn begin<'e>(
    world: &'e World,
    arguments: &[&str],
    columns: &'e str,
    colours: bool,
    further: &[(&'e str, &'e str)],
) -> Running {
    let mut environment = world.environment().to_vec();
    environment.push(("COLUMNS", columns));
    if colours {
        environment.push(("CLICOLOR_FORCE", "1"));
    }
    environment.extend(further);
    Running::start(arguments, world.path(), &environment)
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

/// Asserts that the next step is not the command of the screen itself, unless that carries out the rest.
#[track_caller]
fn assert_next_is_another(name: &str, arguments: &[&str], unwrapped: &str) {
    let next = unwrapped.lines().filter(|line| line.starts_with("Next: "));
    let own = format!("`chatferry {}`", arguments.join(" "));
    for line in next {
        let is_rest = line.ends_with("carries out the rest");
        assert!(is_rest || !line.contains(&own), "{name}: {line}");
    }
}

/// Asserts the screen of a command as a snapshot. `world` makes the world of each run.
#[track_caller]
fn assert_screen(name: &str, arguments: &[&str], code: i32, world: &dyn Fn() -> World) {
    assert_screen_of(name, arguments, &|columns, colours| {
        run(&world(), arguments, columns, colours).exits(code)
    });
}

/// Asserts a screen as a snapshot. `run` makes it at a width, with or without colours.
#[track_caller]
fn assert_screen_of(name: &str, arguments: &[&str], run: &dyn Fn(&str, bool) -> Output) {
    let mut shown = format!("chatferry {}\n", arguments.join(" "));
    let unwrapped = filtered(&screen(&run("999", false)));
    assert_next_is_another(name, arguments, &unwrapped);
    for width in ["80", "120"] {
        let text = filtered(&screen(&run(width, false)));
        let coloured = filtered(&screen(&run(width, true)));
        assert_eq!(plain(&coloured), text, "{name} at {width}");
        assert_words_whole(name, width, &text, &unwrapped);
        let limit: usize = width.parse().expect("a number");
        for line in text.lines() {
            assert!(fits(line, limit), "{name} at {width}: {line}");
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

/// Whether a line is at most as wide as the screen. A path, an address or a command is copied and never broken, and a row of
/// a CSV file is never wrapped.
fn fits(line: &str, limit: usize) -> bool {
    let text = line.trim();
    let is_row = text.split(',').count() > 5 && !text.contains(", ");
    let is_command = text.strip_prefix('`').is_some_and(|rest| {
        let end = rest.trim_end_matches(['.', ',', ';']).strip_suffix('`');
        end.is_some_and(|command| !command.contains('`'))
    });
    columns(line) <= limit || !text.contains(' ') || is_command || is_row
}

/// Two lines of 106 and 111 columns were printed as they were.
#[test]
fn no_screen_of_80_columns_has_a_wider_line() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/screens/snapshots");
    let mut lines = 0;
    for file in std::fs::read_dir(folder).expect("snapshots") {
        let path = file.expect("a file").path();
        let snapshot = std::fs::read_to_string(&path).expect("a snapshot");
        let mut is_narrow = false;
        for line in snapshot.lines() {
            if line.starts_with("=== ") {
                is_narrow = line.starts_with("=== 80 columns");
                continue;
            }
            if is_narrow {
                let text = line.replace(['‹', '›'], "");
                let text = ["<red>", "<green>", "<yellow>", "</>"]
                    .iter()
                    .fold(text, |text, mark| text.replace(mark, ""));
                assert!(fits(&text, 80), "{}: {line}", path.display());
                lines += 1;
            }
        }
    }
    assert!(lines > 300, "{lines} lines");
}

/// Without what differs between two runs.
fn filtered(text: &str) -> String {
    static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let patterns = [
            (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
            (r"\b(\d+\.\d s|\d+ min)\b", "N.N s"),
            (r"chatferry\.db \([\d.]+ kB\)", "chatferry.db (N kB)"),
            (r"\b[\d.]+ [MGT]B free\b", "N GB free"),
            // Lines of a command that takes some seconds on a busy machine.
            (r"(?m)^Reading from Close: .*\n", ""),
            // A line every ten seconds.
            (r"(?m)^[\d,]+ of [\d,]+ messages(;| \() ?.*\n", ""),
            (r"\.tmp\w+", "FOLDER"),
            (r"acti_\w+", "acti_N"),
            (r"\b[0-9a-f]{16,64}\b", "DIGEST"),
            (r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
            (r"2\d{3}-\d\d-\d\d \d\d:\d\d\b", "TIME"),
        ];
        let compiled =
            patterns.map(|(pattern, instead)| (Regex::new(pattern).expect("a pattern"), instead));
        compiled.into()
    });
    let mut text = text.to_owned();
    for (pattern, instead) in PATTERNS.iter() {
        text = pattern.replace_all(&text, *instead).into_owned();
    }
    text
}
