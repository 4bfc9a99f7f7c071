//! Files of the crate that import each other in a circle.
//!
//! An import is a path in the code of a file. It leads to the file that defines the item: a re-export is followed, and is
//! no import itself, so a `mod.rs` that only re-exports is in no circle. Files in one circle can only be understood
//! together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::{below, sources, without_tests_and_comments};

/// The most files that may import each other in a circle.
const MAX_FILES: usize = 4;

#[test]
fn circles_of_imports_are_small() {
    let crate_ = Crate::new(sources());
    let circles = crate_.circles();
    let text = |circle: &Vec<usize>| {
        let names = circle.iter().map(|file| crate_.files[*file].shown());
        format!(
            "{} files: {}",
            circle.len(),
            names.collect::<Vec<_>>().join(" ")
        )
    };
    let large: Vec<String> = (circles.iter())
        .filter(|circle| circle.len() > MAX_FILES)
        .map(text)
        .collect();
    assert!(large.is_empty(), "{}", large.join("\n"));
}

#[test]
fn circles_are_found_through_reexports() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\n"),
        (
            "a/mod.rs",
            "mod x;\nmod y;\npub use x::X;\npub use y::{Y, Z as W};\n",
        ),
        // To `y` by way of the re-export, and not to `mod.rs`.
        ("a/x.rs", "use super::W;\npub struct X(W);\n"),
        ("a/y.rs", "use crate::a::x::{self};\npub struct Z;\n"),
        ("b.rs", "mod c;\nfn f() {\n    c::g();\n}\n"),
        ("b/c.rs", "use crate::a::X;\npub fn g() {}\n"),
    ];
    let files = files.map(|(file, text)| (PathBuf::from(file), text.to_owned()));
    let crate_ = Crate::new(files.to_vec());
    let circles = crate_.circles();
    let names = circles
        .iter()
        .flatten()
        .map(|file| crate_.files[*file].shown());
    assert_eq!(names.collect::<Vec<_>>(), ["a/x.rs", "a/y.rs"]);
}

/// A file outside of tests.
struct File {
    path: PathBuf,
    /// The path of its module.
    module: Vec<String>,
    code: String,
    /// The names that it imports, and the absolute path of each.
    names: BTreeMap<String, Vec<String>>,
}

impl File {
    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

struct Crate {
    files: Vec<File>,
    /// Files by the paths of their modules.
    modules: BTreeMap<Vec<String>, usize>,
}

impl Crate {
    fn new(sources: Vec<(PathBuf, String)>) -> Crate {
        let files = sources.into_iter().map(|(path, text)| File {
            module: module_of(&path),
            code: without_tests_and_comments(&text),
            names: BTreeMap::new(),
            path,
        });
        let files: Vec<File> = files.collect();
        let modules = files.iter().enumerate();
        let modules = modules
            .map(|(number, file)| (file.module.clone(), number))
            .collect();
        let mut crate_ = Crate { files, modules };
        for number in 0..crate_.files.len() {
            let paths = crate_.paths(number);
            let names = paths
                .into_iter()
                .filter(|path| path.statement != Statement::Other);
            let names = names.filter_map(|path| Some((path.name?, path.to)));
            crate_.files[number].names = names.collect();
        }
        crate_
    }

    /// Every path in the code of a file that begins at the root, at an outer module or at a submodule.
    fn paths(&self, number: usize) -> Vec<Found> {
        let file = &self.files[number];
        let mut found = Vec::new();
        for heads in HEAD.captures_iter(&file.code) {
            let whole = heads.get(0).expect("the whole match");
            let head = heads.get(1).expect("the head of a path");
            // A visibility names a module and imports nothing.
            if file.code[..head.start()].ends_with("(in ") {
                continue;
            }
            let base = match head.as_str() {
                "crate" => Vec::new(),
                "self" => file.module.clone(),
                up if up.ends_with("super") => {
                    let up = up.matches("super").count();
                    let kept = file.module.len().saturating_sub(up);
                    file.module[..kept].to_vec()
                }
                child => {
                    let mut module = file.module.clone();
                    module.push(child.to_owned());
                    if !self.modules.contains_key(&module) {
                        continue;
                    }
                    module
                }
            };
            let statement = Statement::of(&file.code[..head.start()]);
            let mut rest = &file.code[whole.end()..];
            for (path, name) in tree(&mut rest) {
                let to = base.iter().cloned().chain(path).collect();
                found.push(Found {
                    to,
                    name,
                    statement,
                });
            }
        }
        found
    }

    /// The file that defines what an absolute path leads to.
    fn target(&self, path: &[String], depth: usize) -> Option<usize> {
        let mut module: Vec<String> = Vec::new();
        let mut file = *self.modules.get(&module)?;
        for (place, name) in path.iter().enumerate() {
            module.push(name.clone());
            if let Some(child) = self.modules.get(&module) {
                file = *child;
                continue;
            }
            let Some(import) = self.files[file].names.get(name) else {
                return Some(file);
            };
            if depth == 0 {
                return Some(file);
            }
            let rest = path[place + 1..].iter();
            let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
            return self.target(&whole, depth - 1);
        }
        Some(file)
    }

    fn imports(&self, number: usize) -> BTreeSet<usize> {
        let paths = self.paths(number);
        let imports = paths
            .iter()
            .filter(|path| path.statement != Statement::Reexport);
        let targets = imports.filter_map(|path| self.target(&path.to, 8));
        targets.filter(|target| *target != number).collect()
    }

    /// The circles of two files and more: sets of files each of which reaches each other one.
    fn circles(&self) -> Vec<Vec<usize>> {
        let count = self.files.len();
        let root = self.modules.get(&Vec::new()).copied();
        let direct: Vec<BTreeSet<usize>> = (0..count)
            .map(|number| match Some(number) == root {
                true => BTreeSet::new(),
                false => self.imports(number),
            })
            .collect();
        let reached: Vec<BTreeSet<usize>> = (0..count)
            .map(|number| {
                let mut reached = BTreeSet::new();
                let mut open = vec![number];
                while let Some(at) = open.pop() {
                    open.extend(direct[at].iter().filter(|to| reached.insert(**to)));
                }
                reached
            })
            .collect();
        let mut circles: BTreeSet<Vec<usize>> = BTreeSet::new();
        for number in 0..count {
            let both = reached[number].iter().copied();
            let circle: Vec<usize> = both
                .filter(|other| reached[*other].contains(&number))
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }
}

/// The head of a path. Only the list of modules distinguishes a submodule from other names.
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    let head = r"(?:^|[^:\w])(crate|self|(?:super::)*super|[a-z]\w*)::";
    Regex::new(head).expect("the expression is valid")
});

/// A path in code.
struct Found {
    to: Vec<String>,
    /// The name under which it is imported.
    name: Option<String>,
    statement: Statement,
}

/// What kind of statement a path is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statement {
    Use,
    Reexport,
    Other,
}

impl Statement {
    /// By the code before the path.
    fn of(code: &str) -> Statement {
        let statement = code.rsplit([';', '}']).next().unwrap_or_default();
        let line = statement.trim().lines().last().unwrap_or_default().trim();
        match line.strip_prefix("pub") {
            _ if line == "use" => Statement::Use,
            Some(rest) if rest.ends_with(" use") => Statement::Reexport,
            _ => Statement::Other,
        }
    }
}

/// The paths of a use tree at the beginning of a text, each with the name that it gives.
fn tree(text: &mut &str) -> Vec<(Vec<String>, Option<String>)> {
    *text = text.trim_start();
    if let Some(rest) = text.strip_prefix('{') {
        *text = rest;
        let mut paths = Vec::new();
        loop {
            *text = text.trim_start();
            match text.chars().next() {
                Some('}') | None => {
                    *text = text.get(1..).unwrap_or_default();
                    return paths;
                }
                Some(',') => *text = &text[1..],
                Some(c) if c.is_alphanumeric() || c == '_' || c == '{' || c == '*' => {
                    paths.extend(tree(text));
                }
                Some(c) => *text = &text[c.len_utf8()..],
            }
        }
    }
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let own = text[..end].to_owned();
    *text = &text[end..];
    if own.is_empty() {
        // A glob: the module itself.
        *text = text.strip_prefix('*').unwrap_or(text);
        return vec![(Vec::new(), None)];
    }
    if let Some(rest) = text.strip_prefix("::") {
        *text = rest;
        let begins = text.starts_with(|c: char| c.is_alphanumeric() || "_{*".contains(c));
        if begins {
            let inner = tree(text);
            return inner
                .into_iter()
                .map(|(mut path, name)| {
                    // `a::{self}` is `a`.
                    if path == ["self"] {
                        return (vec![own.clone()], Some(own.clone()));
                    }
                    path.insert(0, own.clone());
                    (path, name)
                })
                .collect();
        }
    }
    let mut name = own.clone();
    if let Some(rest) = text.strip_prefix(" as ") {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        name = rest[..end].to_owned();
        *text = &rest[end..];
    }
    vec![(vec![own], Some(name))]
}

/// The path of the module of a file.
fn module_of(file: &Path) -> Vec<String> {
    let module = match file.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs" | "main.rs") => below(file),
        _ => file.with_extension(""),
    };
    let parts = module.components();
    parts
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect()
}
