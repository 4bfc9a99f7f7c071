//! The picture in README: what the program prints about the samples, as an SVG of a terminal.

use std::fmt::Write as _;
use std::fs;

use super::{Place, root};
use crate::kit::setting;

/// Where the picture is.
const FILE: &str = "docs/img/terminal.svg";
/// Width of a character, height of a line, and the margin around all of them, in pixels.
const WIDTH: usize = 8;
const HEIGHT: usize = 19;
const MARGIN: usize = 18;
/// Columns of the terminal.
const COLUMNS: usize = 96;

/// The commands, what is typed at their prompts, and the beginnings of the lines that the picture shows; `…` in place of
/// what is between.
const SCENES: [(&str, &str, &[&str]); 3] = [
    (
        "chatferry plan",
        "",
        &[
            "To import",
            "  chat",
            "  anna: Harbour Walks",
            "  anna: Ines Kappel",
            "  anna: Theo Marsh",
            "  ben: Rita Sol",
            "  ben: Theo Marsh",
            "Held, until you decide",
            "  ben: Marisol Vega",
            "Left out by rule",
            "Plan: 74 to post",
            "Next:",
        ],
    ),
    (
        "chatferry import",
        "y\n",
        &["Post 74 messages?", "`chatferry undo"],
    ),
    (
        "chatferry verify --files",
        "",
        &["  same", "All 74 messages"],
    ),
];

/// The chosen lines, with `…` where lines are left out.
fn chosen(output: &str, beginnings: &[&str]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut left_out = false;
    let mut wanted = beginnings.iter().peekable();
    for line in output.lines() {
        match wanted.next_if(|beginning| line.starts_with(**beginning)) {
            Some(_) => {
                if std::mem::take(&mut left_out) && !shown.is_empty() {
                    shown.push("  …".to_owned());
                }
                // Times differ from run to run.
                let line = line.split_once(", in ").map_or(line, |(line, _)| line);
                // The reply was typed before the prompt was there.
                shown.push(line.replacen("[y/N] ", "[y/N] y\n", 1));
            }
            None => left_out = true,
        }
    }
    assert!(
        wanted.peek().is_none(),
        "{:?} is not in\n{output}",
        wanted.peek()
    );
    shown
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The lines as a picture; a command has another colour.
fn drawn(lines: &[String]) -> String {
    let width = COLUMNS * WIDTH + 2 * MARGIN;
    let height = lines.len() * HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\">\n<title>chatferry in a terminal</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1d2330\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\" fill=\"#d8dee9\">\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = MARGIN + number * HEIGHT + 14;
        let fill = if line.starts_with("$ ") {
            " fill=\"#8fd18f\""
        } else {
            ""
        };
        writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{y}\"{fill} xml:space=\"preserve\">{}</text>",
            escaped(line)
        )
        .expect("a text");
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// A line in pieces that fit into the terminal, each as far from its left side.
fn wrapped(line: &str) -> Vec<String> {
    let indent = &line[..line.len() - line.trim_start().len()];
    let mut pieces = vec![String::new()];
    for word in line.split_inclusive(' ') {
        let last = pieces.last_mut().expect("a piece");
        if last.chars().count() + word.trim_end().chars().count() > COLUMNS && !last.is_empty() {
            pieces.push(format!("{indent}{word}"));
        } else {
            last.push_str(word);
        }
    }
    pieces
}

/// Writes the picture where `CHATFERRY_WRITE_DOCS` is set.
#[test]
fn picture_of_readme_is_output_of_the_program() {
    let place = Place::new("samples");
    let mut lines = Vec::new();
    for (command, typed, beginnings) in SCENES {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("$ {command}"));
        let (code, output) = place.run(command, typed);
        assert_eq!(code, Some(0), "{output}");
        for line in chosen(&output, beginnings) {
            lines.extend(line.lines().flat_map(wrapped));
        }
    }
    let picture = drawn(&lines);
    let file = root().join(FILE);
    if setting("CHATFERRY_WRITE_DOCS").is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, &picture).expect("written");
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), picture);
}
