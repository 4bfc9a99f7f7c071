//! The modules of the crate import downward only.
//!
//! Reads the source text: every path that begins with `crate::`, and every `super::` that reaches
//! the root, outside of tests and comments.

mod cycles;
mod owners;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// The modules of the crate, lowest first. A module imports itself and those before it.
const ORDER: [&str; 45] = [
    "version",
    "root_certificates",
    "clock",
    "fence",
    "checkpoint_location",
    "coded",
    "fault_point",
    "memory",
    "pages",
    "regular_file",
    "sqlite_copy",
    "packed_vec",
    "digest",
    "quantity",
    "phone",
    "display_text",
    "table_cell",
    "name",
    "ids",
    "organization",
    "chat",
    "archive",
    "parser",
    "canonical",
    "native",
    "matching",
    "intake",
    "policy",
    "settings",
    "people",
    "routing",
    "transform",
    "config",
    "checkpoint",
    "close",
    "stop_reason",
    "survey",
    "plan",
    "execute",
    "app",
    "fleet",
    "report",
    "sandbox",
    "web",
    "cli",
];

/// Modules that import nothing but these.
const NARROW: [(&str, &[&str]); 4] = [
    ("sandbox", &["clock", "quantity"]),
    ("matching", &["phone", "name", "ids", "chat"]),
    (
        "checkpoint",
        &[
            "root_certificates",
            "clock",
            "fence",
            "checkpoint_location",
            "fault_point",
            "sqlite_copy",
            "phone",
            "name",
            "ids",
            "organization",
        ],
    ),
    (
        "close",
        &[
            "root_certificates",
            "clock",
            "fence",
            "fault_point",
            "phone",
            "name",
            "ids",
            "organization",
        ],
    ),
];

/// Upward imports that there are: from, to, why. The way back is refused.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "survey",
    "plan",
    "what a survey finds is a value of the plan: Known, Record, RecordFacts, Selection",
)];

#[test]
fn modules_import_downward_only() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (file, text) in &sources() {
        if matches!(file.to_str(), Some("lib.rs" | "main.rs")) {
            continue;
        }
        let from = room(file);
        for to in imports(file, text) {
            if let Err(why) = judge(&from, &to) {
                wrong.push(format!("src/{}: {why}", file.display()));
            }
            used.insert((from.clone(), to));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (from, to, _) in EXCEPTIONS {
        let pair = (from.to_owned(), to.to_owned());
        assert!(used.contains(&pair), "{from} -> {to} is no exception now");
    }
}

#[test]
fn upward_imports_are_found_in_any_form() {
    let found = |file: &str, text: &str| imports(Path::new(file), text);
    for text in [
        "use crate::plan;\n",
        "pub(super) use crate::plan::Known;\n",
        "use crate::{\n    chat::{Chat, Kind},\n    plan::Known,\n};\n",
        "fn f() {\n    crate::plan::build();\n}\n",
        "use super::super::plan::Known;\n",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n}\n\nuse crate::plan::Known;\n",
    ] {
        let to = found("archive/limits.rs", text);
        assert!(to.contains("plan"), "{text}: {to:?}");
    }
    assert!(found("name.rs", "use super::plan::Known;\n").contains("plan"));
    for text in [
        "/// As [`crate::plan::Known`].\n",
        "fn f() {} // crate::plan\n",
        "pub(in crate::plan) fn f() {}\n",
        "#[cfg(test)]\nmod tests {\n    use crate::plan::Known;\n}\n",
        "#[cfg(test)]\nuse crate::plan::Known;\n",
        "use super::plan::Known;\n",
    ] {
        let to = found("archive/limits.rs", text);
        assert!(!to.contains("plan"), "{text}: {to:?}");
    }
    assert!(judge("archive", "archive").is_ok());
    assert!(judge("plan", "archive").is_ok());
    assert!(judge("archive", "parser").is_err());
    assert!(judge("survey", "plan").is_ok());
    assert!(judge("plan", "survey").is_err());
    assert!(judge("sandbox", "close").is_err());
    assert!(judge("matching", "archive").is_err());
    assert!(judge("plan", "unheard_of").is_err());
    assert_eq!(
        test_files(
            Path::new("plan/mod.rs"),
            "mod a;\n#[cfg(test)]\nmod tests;\n"
        ),
        [Path::new("plan/tests"), Path::new("plan/tests.rs")]
    );
}

/// The files of the crate outside of tests, by their paths below `src`, with their texts.
fn sources() -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    files.sort();
    assert!(files.len() > 200, "{} files", files.len());
    let mut sources: Vec<(PathBuf, String)> = (files.into_iter())
        .map(|file| {
            let text = fs::read_to_string(&file).expect("the source can be read");
            let file = file.strip_prefix(&src).expect("it is below src");
            (file.to_owned(), text)
        })
        .collect();
    let tests: Vec<PathBuf> = (sources.iter())
        .flat_map(|(file, text)| test_files(file, text))
        .collect();
    sources.retain(|(file, _)| !tests.iter().any(|test| file.starts_with(test)));
    sources
}

/// Why `from` may not import `to`.
fn judge(from: &str, to: &str) -> Result<(), String> {
    let place = |room: &str| ORDER.iter().position(|one| *one == room);
    let (Some(at), Some(of)) = (place(from), place(to)) else {
        return Err(format!("{from} or {to} is missing in the order of modules"));
    };
    let is_exception = |a: &str, b: &str| EXCEPTIONS.iter().any(|(x, y, _)| (*x, *y) == (a, b));
    let narrow = NARROW.iter().find(|(room, _)| *room == from);
    if at == of || is_exception(from, to) {
        Ok(())
    } else if narrow.is_some_and(|(_, only)| !only.contains(&to)) {
        Err(format!("{from} must not import {to}"))
    } else if of > at || is_exception(to, from) {
        Err(format!("{from} imports upward: {to}"))
    } else {
        Ok(())
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).expect("the source can be read") {
        let path = item.expect("the source can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The module of the crate that a file is of, by its path below `src`.
fn room(file: &Path) -> String {
    let first = file.components().next().expect("the source can be read");
    let first = first.as_os_str().to_str().expect("the source can be read");
    first.trim_end_matches(".rs").to_owned()
}

/// The folder that the submodules of a file are in.
fn below(file: &Path) -> PathBuf {
    match file.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs" | "main.rs") => {
            file.parent().expect("the source can be read").to_owned()
        }
        _ => file.with_extension(""),
    }
}

/// Where the submodules are that a file has for tests alone.
fn test_files(file: &Path, text: &str) -> Vec<PathBuf> {
    static DECLARED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#\[cfg\(test\)\]\s+(?:pub(?:\([^)]*\))? )?mod (\w+);").expect("a pattern")
    });
    let mut files = Vec::new();
    for found in DECLARED.captures_iter(text) {
        files.push(below(file).join(&found[1]));
        files.push(below(file).join(format!("{}.rs", &found[1])));
    }
    files
}

/// The modules of the crate that a file names outside of tests and comments.
fn imports(file: &Path, text: &str) -> BTreeSet<String> {
    let code = without_tests_and_comments(text);
    let mut to = BTreeSet::new();
    static ABSOLUTE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(in )?\bcrate::(\w+|\{)").expect("a pattern"));
    for found in ABSOLUTE.captures_iter(&code) {
        let path = found.get(2).expect("the source can be read");
        match (found.get(1), path.as_str()) {
            (Some(_), _) => {}
            (None, "{") => to.extend(heads(&code[path.end()..])),
            (None, room) => {
                to.insert(room.to_owned());
            }
        }
    }
    // How often `super::` leads from the file's module to the root.
    let depth = below(file).components().count();
    static RELATIVE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"((?:\bsuper::)+)(\w+|\{)").expect("a pattern"));
    for found in RELATIVE.captures_iter(&code) {
        if found[1].matches("super").count() < depth {
            continue;
        }
        let path = found.get(2).expect("the source can be read");
        let heads = match path.as_str() {
            "{" => heads(&code[path.end()..]),
            room => vec![room.to_owned()],
        };
        // In a module within the file it does not lead so far.
        to.extend(heads.into_iter().filter(|to| ORDER.contains(&to.as_str())));
    }
    to
}

/// The first names of the paths in a list `a::b, c::{d, e}}`, up to its end.
fn heads(list: &str) -> Vec<String> {
    let mut heads = vec![String::new()];
    let (mut depth, mut in_head) = (0, true);
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(String::new());
                in_head = true;
            }
            c if in_head && (c.is_alphanumeric() || c == '_') => {
                heads.last_mut().expect("the source can be read").push(c);
            }
            c if !c.is_whitespace() => in_head = false,
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty() && head != "self");
    heads
}

/// The text without comments and without items for tests. An item ends where a line with its own
/// indentation closes it, as rustfmt writes it.
fn without_tests_and_comments(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") {
            continue;
        }
        if trimmed != "#[cfg(test)]" {
            code.push_str(line.split(" // ").next().expect("the source can be read"));
            code.push('\n');
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - trimmed.len()]);
        let mut item = lines.by_ref().skip_while(|line| line.contains("#["));
        let first = item.next().unwrap_or_default();
        if first.ends_with([';', '}']) {
            continue;
        }
        for line in lines.by_ref() {
            if line.starts_with(&end) {
                break;
            }
        }
    }
    code
}
