//! The parts of a Markdown document that the tests of documents need: headings, links, citations, code blocks.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// A document, without what is in code blocks where links and headings are concerned.
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The headings in order, without marks.
    pub(crate) headings: Vec<String>,
    prose: String,
}

/// A reference to a document of the repository, as comments write it.
#[derive(Debug)]
pub(crate) struct Citation {
    /// Relative to the repository.
    pub(crate) document: String,
    pub(crate) heading: Option<String>,
}

/// A code block: its language, its lines, the number of its first line, and the name in a comment `<!-- world: … -->`
/// before it.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) world: Option<String>,
    pub(crate) lines: Vec<String>,
    pub(crate) line: usize,
}

impl Document {
    pub(crate) fn read(path: PathBuf) -> Document {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let mut prose = String::new();
        let mut in_code = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            } else if !in_code {
                prose.push_str(line);
            }
            prose.push('\n');
        }
        let headings = (prose.lines())
            .filter(|line| line.starts_with('#'))
            .map(|line| line.trim_start_matches('#').trim().replace('`', ""))
            .collect();
        Document {
            path,
            text,
            headings,
            prose,
        }
    }

    /// The targets of links and images that are files or headings of the repository.
    pub(crate) fn links(&self) -> impl Iterator<Item = &str> {
        (self.prose.split("](").skip(1))
            .filter_map(|rest| rest.split_once(')'))
            .map(|(link, _)| link)
            .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
    }

    /// The anchors that GitHub gives the headings.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        for heading in &self.headings {
            let anchor: String = (heading.to_lowercase().chars())
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect();
            let mut number = 0;
            let mut unique = anchor.clone();
            while !anchors.insert(unique.clone()) {
                number += 1;
                unique = format!("{anchor}-{number}");
            }
        }
        anchors
    }

    /// The code blocks in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false;
        let mut world = None;
        for (number, line) in self.text.lines().enumerate() {
            let comment = line.strip_prefix("<!-- world: ");
            if let Some(name) = comment.and_then(|rest| rest.strip_suffix(" -->")) {
                world = Some(name.to_owned());
            }
            if let Some(language) = line.trim_start().strip_prefix("```") {
                if !open {
                    blocks.push(Block {
                        language: language.trim().to_owned(),
                        world: world.take(),
                        lines: Vec::new(),
                        line: number + 2,
                    });
                }
                open = !open;
            } else if open {
                let block = blocks.last_mut().expect("an open block");
                block.lines.push(line.to_owned());
            }
        }
        blocks
    }
}

/// A text with its comment marks and line ends replaced by single spaces.
pub(crate) fn flowing(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim();
        let comment = ["//!", "///", "//", "#"];
        let mark = comment.iter().find(|mark| line.starts_with(**mark));
        line[mark.map_or(0, |mark| mark.len())..].trim()
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// The documents that a text names by their path in the repository, with the quoted heading after a comma.
pub(crate) fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(".md") {
        let before = &text[..at];
        let start = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c)))
            .map_or(0, |place| {
                place + before[place..].chars().next().map_or(1, char::len_utf8)
            });
        let document = format!("{}.md", &before[start..]);
        let top = [
            "README.md",
            "ARCHITECTURE.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
        ];
        if !document.starts_with("docs/") && !top.contains(&document.as_str()) {
            continue;
        }
        let rest = &text[at + ".md".len()..];
        let heading = (rest.strip_prefix(", \""))
            .and_then(|rest| rest.split_once('"'))
            .map(|(heading, _)| heading.replace('`', ""));
        found.push(Citation { document, heading });
    }
    found
}

/// The numbers after "assumption" or "assumptions": `A3`, `A29 and A30`.
pub(crate) fn assumptions(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, word) in text.match_indices("ssumption") {
        let rest = text[at + word.len()..].trim_start_matches('s');
        for word in rest.split_whitespace() {
            let word = word.trim_matches(['(', ')', '.', ',', ';', ':']);
            match word
                .strip_prefix('A')
                .and_then(|number| number.parse().ok())
            {
                Some(number) => found.push(number),
                None if word == "and" || word == "to" => {}
                None => break,
            }
        }
    }
    found
}
