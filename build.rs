//! Records the commit for `chatferry --version`, and prepares two tables, so that the program does not compute them at
//! each start. They are in the build's output directory:
//!
//! - `ranges.txt`: the general patterns of national numbers, by country code. `src/phone/ranges.rs` reads them without
//!   loading libphonenumber's database.
//! - `words.json`: the files `src/parser/text/words/*.toml` with folded phrases, English first and then by name.
//!   `src/parser/text/words.rs` reads them; it also checks their form.

// Cargo names the output directory in the environment and reads directives from stdout.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

#[path = "build/commit.rs"]
mod commit;
#[path = "src/parser/text/fold.rs"]
#[allow(dead_code, unreachable_pub)] // The program uses the rest.
mod fold;
#[path = "src/parser/text/marks.rs"]
#[allow(dead_code, unreachable_pub)]
mod marks;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use phonenumber::metadata::DATABASE;
use toml::Value;

const WORDS: &str = "src/parser/text/words";

fn main() -> io::Result<()> {
    for read in [
        "build.rs",
        "build/commit.rs",
        WORDS,
        "src/parser/text/fold.rs",
        "src/parser/text/marks.rs",
    ] {
        println!("cargo::rerun-if-changed={read}");
    }
    println!("cargo::rustc-env=CHATFERRY_BUILT_FROM={}", built_from());
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let out = Path::new(&out);
    fs::write(out.join("ranges.txt"), ranges())?;
    fs::write(out.join("words.json"), words()?)
}

/// What `--version` shows after the version. `CHATFERRY_COMMIT` names the commit of sources without a repository.
fn built_from() -> String {
    println!("cargo::rerun-if-env-changed=CHATFERRY_COMMIT");
    // A commit without a change of the sources would build the program of the tests again.
    if env::var_os("PROFILE").is_some_and(|profile| profile == "debug") {
        return "development build".to_owned();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = ["Cargo.toml", "Cargo.lock", "src", "samples", "templates"];
    for path in own.map(|name| folder.join(name)) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    for path in commit::watched(folder) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    (env::var("CHATFERRY_COMMIT").ok())
        .filter(|given| !given.is_empty())
        .or_else(|| commit::commit(folder))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn ranges() -> String {
    let mut lines = String::new();
    for code in 1..=999_u16 {
        let countries = DATABASE.by_code(&code).unwrap_or_default();
        let patterns: BTreeSet<String> = (countries.iter())
            .map(|country| country.descriptors().general().national_number().as_str())
            .map(|pattern| pattern.split_whitespace().collect())
            .collect();
        for pattern in patterns {
            lines.push_str(&format!("{code} {pattern}\n"));
        }
    }
    lines
}

fn words() -> io::Result<String> {
    let mut paths: Vec<PathBuf> = fs::read_dir(WORDS)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort_by_key(|path| (path.file_stem() != Some("en".as_ref()), path.clone()));
    let mut files = Vec::new();
    for path in paths {
        let mut file: Value = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        fold_strings(&mut file);
        files.push(file);
    }
    serde_json::to_string(&files).map_err(io::Error::other)
}

/// Folds every string of a value. The names of languages, which are in lower case, stay.
fn fold_strings(value: &mut Value) {
    match value {
        Value::String(phrase) => *phrase = fold::fold_phrase(phrase),
        Value::Array(list) => list.iter_mut().for_each(fold_strings),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| fold_strings(value)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}
