//! Documents that contain what refers to them: links, cited sections and assumptions, sizes. Reads files, runs nothing.

pub(crate) mod markdown;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use markdown::Document;

/// Maximum size of a design document, in bytes.
const DESIGN: usize = 8 * 1024;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder of the repository with one of these endings, without builds and test data.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).expect("a folder") {
        let path = item.expect("an item").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "findings"].contains(&&*name) {
                found.extend(files(&path, endings));
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn documents() -> Vec<Document> {
    let found = files(root(), &[".md"]);
    assert!(found.len() > 10, "the documents: {found:?}");
    found.into_iter().map(Document::read).collect()
}

fn show(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn assert_none(mistakes: &[String]) {
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn relative_links_of_documents_resolve() {
    let mut mistakes = Vec::new();
    for document in documents() {
        for link in document.links() {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                document.path.clone()
            } else {
                document.path.parent().expect("a folder").join(path)
            };
            let place = format!("{}: {link}", show(&document.path));
            if !target.exists() {
                mistakes.push(format!("{place}: no such file"));
            } else if !anchor.is_empty() && !Document::read(target).anchors().contains(anchor) {
                mistakes.push(format!("{place}: no such heading"));
            }
        }
    }
    assert_none(&mistakes);
}

/// `docs/design/matching.md, "Evidence, in this order"` names a document and one of its headings.
#[test]
fn cited_documents_and_headings_exist() {
    let mut mistakes = Vec::new();
    let mut number = 0;
    for path in files(root(), &[".rs", ".toml", ".md", ".yml", "justfile"]) {
        // The rules of style quote examples of older versions.
        if path.ends_with("docs/style.md") || path.ends_with("CHANGELOG.md") {
            continue;
        }
        let text = markdown::flowing(&fs::read_to_string(&path).unwrap_or_default());
        for citation in markdown::citations(&text) {
            number += 1;
            let target = root().join(&citation.document);
            let place = format!("{}: {citation:?}", show(&path));
            if !target.is_file() {
                mistakes.push(format!("{place}: no such document"));
            } else if let Some(heading) = &citation.heading
                && !Document::read(target).headings.contains(heading)
            {
                mistakes.push(format!("{place}: no such heading"));
            }
        }
    }
    assert!(number > 20, "{number} citations");
    assert_none(&mistakes);
}

#[test]
fn cited_assumptions_exist() {
    let table = Document::read(root().join("docs/reference/close-api.md"));
    let rows: Vec<u32> = (table.text.lines())
        .filter_map(|line| line.strip_prefix("| A")?.split_once(' '))
        .filter_map(|(number, _)| number.parse().ok())
        .collect();
    let known: BTreeSet<u32> = rows.iter().copied().collect();
    assert_eq!(
        rows,
        (1..=rows.len() as u32).collect::<Vec<_>>(),
        "one row for each, in order"
    );
    let mut mistakes = Vec::new();
    let mut cited = BTreeSet::new();
    for folder in ["src", "tests"] {
        for path in files(&root().join(folder), &[".rs"]) {
            let text = markdown::flowing(&fs::read_to_string(&path).expect("a source"));
            for number in markdown::assumptions(&text) {
                cited.insert(number);
                if !known.contains(&number) {
                    mistakes.push(format!("{}: assumption A{number}", show(&path)));
                }
            }
        }
    }
    assert!(cited.len() > 10, "{cited:?}");
    assert_none(&mistakes);
}

#[test]
fn design_documents_are_short_and_have_a_diagram() {
    let mut mistakes = Vec::new();
    for path in files(&root().join("docs/design"), &[".md"]) {
        let text = fs::read_to_string(&path).expect("a document");
        if text.len() >= DESIGN {
            mistakes.push(format!("{}: {} bytes", show(&path), text.len()));
        }
        if !text.contains("```text") && !text.contains("```mermaid") {
            mistakes.push(format!("{}: no diagram", show(&path)));
        }
    }
    assert_none(&mistakes);
}

/// Records of decisions are numbered without gaps, have the same four parts, and are in the index.
#[test]
fn decision_records_are_complete() {
    let folder = root().join("docs/adr");
    let index = Document::read(folder.join("README.md"));
    let mut mistakes = Vec::new();
    let mut number = 0;
    for path in files(&folder, &[".md"]) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name == "README.md" {
            continue;
        }
        number += 1;
        if !name.starts_with(&format!("{number:04}-")) {
            mistakes.push(format!("{name}: expected number {number:04}"));
        }
        let headings = Document::read(path).headings;
        if headings
            .iter()
            .skip(1)
            .ne(["Context", "Decision", "Alternatives", "Consequences"].iter())
        {
            mistakes.push(format!("{name}: headings {headings:?}"));
        }
        if !index.links().any(|link| link == name) {
            mistakes.push(format!("{name}: not in the index"));
        }
    }
    assert!(number > 10, "{number} records");
    assert_none(&mistakes);
}

/// The words of rules, held chats, undecided messages, doubtful lines and doubts about archives are those of the code.
#[test]
fn reference_of_rules_has_every_word() {
    let page = fs::read_to_string(root().join("docs/reference/rules.md")).expect("the page");
    let listed: BTreeSet<&str> = (page.lines())
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(word, _)| word)
        .collect();
    let mut known = BTreeSet::new();
    for (file, start, end) in [
        ("src/routing/rule.rs", "fn word", "fn describe"),
        ("src/routing/held.rs", "fn code", "impl fmt::Display"),
        ("src/plan/action.rs", "impl Undecided", "fn describe"),
        ("src/chat/oddity.rs", "fn code", "fn is_harmless"),
        ("src/transform/doubts.rs", "fn code", "fn describe"),
        ("src/archive/remark.rs", "fn code", "fn describe"),
        (
            "src/report/inspect/contents.rs",
            "fn files_without_chat",
            "says:",
        ),
        ("src/app/phones/inspected.rs", "fn mixed_text", "says:"),
    ] {
        let text = fs::read_to_string(root().join(file)).expect("a source");
        let text = &text[text.find(start).expect(start)..];
        let text = &text[..text.find(end).expect(end)];
        known.extend(words(text, "=> \""));
        known.extend(words(text, "code: \""));
    }
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(listed, known);
}

/// The words in quotation marks that follow `mark` in a source: of small letters, digits, `_` and `.`.
fn words(source: &str, mark: &str) -> BTreeSet<String> {
    let quoted = source.split(mark).skip(1);
    let quoted = quoted.filter_map(|rest| Some(rest.split_once('"')?.0));
    let is_of_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
    quoted
        .filter(|word| !word.is_empty() && word.chars().all(is_of_word))
        .map(str::to_owned)
        .collect()
}

/// The codes in the tables of troubleshooting.
fn codes_of_troubleshooting() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/guide/troubleshooting.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|line| line.split('|').nth(1));
    let codes: BTreeSet<String> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect();
    assert!(codes.len() > 50, "{} codes", codes.len());
    codes
}

#[test]
fn codes_of_troubleshooting_exist() {
    let mut sources = String::new();
    for path in files(&root().join("src"), &[".rs"]) {
        sources.push_str(&fs::read_to_string(path).expect("a source"));
    }
    let mut mistakes = Vec::new();
    for code in codes_of_troubleshooting() {
        // Codes of rejections are made of the status.
        let is_status = (code.strip_prefix("close_"))
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if !is_status && !sources.contains(&format!("\"{code}\"")) {
            mistakes.push(format!("{code} is no code of the program"));
        }
    }
    assert_none(&mistakes);
}

/// A code at the end of an error leads to its remedy.
#[test]
fn troubleshooting_has_every_code_of_an_error() {
    let mut codes = BTreeSet::new();
    for file in [
        "src/archive/error.rs",
        "src/checkpoint/error.rs",
        "src/checkpoint/remote/problem.rs",
        "src/close/error.rs",
        "src/intake/failure.rs",
        "src/native/error.rs",
    ] {
        let text = fs::read_to_string(root().join(file)).expect("a source");
        let (_, rest) = text.split_once("fn code(&self)").expect("its codes");
        let (body, _) = rest.split_once("\n    }\n").expect("the end");
        let found = words(body, "=> \"");
        assert!(!found.is_empty(), "no codes in {file}");
        codes.extend(found);
    }
    // Errors of use cases name their code where they are made.
    for path in files(&root().join("src/app"), &[".rs"]) {
        let text = fs::read_to_string(&path).expect("a source");
        for call in text.split("Error::coded(").skip(1) {
            let mut arguments = call.split(',').skip(1).map(str::trim);
            let code = arguments.next().and_then(|code| code.strip_prefix('"'));
            codes.extend(
                code.and_then(|code| code.strip_suffix('"'))
                    .map(str::to_owned),
            );
        }
    }
    let error = fs::read_to_string(root().join("src/app/error.rs")).expect("a source");
    codes.extend(words(&error, "=> \""));
    // The names of an end that is no error.
    codes.remove("done");
    codes.remove("partial");
    assert!(codes.len() > 60, "{} codes", codes.len());
    let documented = codes_of_troubleshooting();
    let missing: Vec<String> = codes.difference(&documented).cloned().collect();
    assert_none(&missing);
}

/// Paths in documents are written from the root of the repository.
#[test]
fn paths_in_documents_exist() {
    let mut mistakes = Vec::new();
    let mut number = 0;
    for document in documents() {
        // The rules of style and the glossary name files of older versions.
        if ["docs/style.md", "docs/glossary.md", "CHANGELOG.md"]
            .iter()
            .any(|old| document.path.ends_with(old))
        {
            continue;
        }
        for line in document.text.lines() {
            for path in line.split('`').skip(1).step_by(2) {
                if !is_source_path(path) {
                    continue;
                }
                number += 1;
                // `NAME`, `VERSION`, `format-N` and `xx` stand for any: then the folder must exist.
                let fixed: PathBuf = Path::new(path)
                    .components()
                    .take_while(|part| !is_placeholder(&part.as_os_str().to_string_lossy()))
                    .collect();
                if !root().join(&fixed).exists() {
                    mistakes.push(format!("{}: {path}", show(&document.path)));
                }
            }
        }
    }
    assert!(number > 100, "{number} paths");
    assert_none(&mistakes);
}

/// Whether a text in backticks is a path of the repository: one below its folders, or a file of Rust.
fn is_source_path(text: &str) -> bool {
    let folders = [
        "src/",
        "tests/",
        "docs/",
        "templates/",
        "examples/",
        "tools/",
        "fuzz/",
        "benches/",
        "samples/",
    ];
    let is_path = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    is_path && (folders.iter().any(|folder| text.starts_with(folder)) || text.ends_with(".rs"))
}

fn is_placeholder(part: &str) -> bool {
    let stem = part.split_once('.').map_or(part, |(stem, _)| stem);
    ["NAME", "VERSION", "format-N", "xx"].contains(&stem)
}

/// Words that style.md lists because they paraphrase a term. Names, comments and messages are compared alike.
#[test]
fn sources_have_no_word_to_avoid() {
    const WORDS: [&str; 12] = [
        "anew",
        "beside",
        "by now",
        "nobody",
        "not settled",
        "please",
        "so many",
        "somebody",
        "taken for",
        "told",
        "whoever",
        "whom",
    ];
    /// What must stay: wordings of other servers, a code that was released, and a part of names that ids are made of.
    const PERMITTED: [&str; 4] = [
        "nobody_wrote",
        "please check",
        "Please send",
        "somebody else",
    ];
    let mut mistakes = Vec::new();
    for path in files(&root().join("src"), &[".rs"]) {
        let place = show(&path);
        if place.contains("/tests/") || place.ends_with("/tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source");
        // Tests have texts of conversations.
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let mut text = code.to_owned();
        for permitted in PERMITTED {
            text = text.replace(permitted, "");
        }
        let letters = |c: char| {
            if c.is_ascii_alphabetic() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        };
        let text: String = text.chars().map(letters).collect();
        let text = format!(
            " {} ",
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        for word in WORDS {
            if text.contains(&format!(" {word} ")) {
                mistakes.push(format!("{place}: {word}"));
            }
        }
    }
    assert_none(&mistakes);
}

/// README is read before anything else: what a reader runs on own files comes early.
#[test]
fn readme_is_short_and_begins_with_own_files() {
    let text = fs::read_to_string(root().join("README.md")).expect("README");
    let words = |text: &str| text.split_whitespace().count();
    assert!(words(&text) <= 900, "{} words", words(&text));
    let first = text.find("chatferry inspect ").expect("inspect");
    let before = words(&text[..first]);
    assert!(before <= 200, "{before} words before the first command");
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map");
    let size = architecture.len();
    assert!(size <= 10 * 1024, "ARCHITECTURE.md has {size} bytes");
}
