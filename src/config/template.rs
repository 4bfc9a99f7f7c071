//! The key table as sections of a chatferry.toml, with every default.

use std::fmt::Write;

use super::keys::Keys;

/// What a comment above a key contains whose value `chatferry init` guessed, until a person has checked it.
pub(crate) const CHECK: &str = "CHECK THIS";

/// The width of comments in the file, in characters.
const WIDTH: usize = 100;

/// Keys whose default differs from the same value in the file: written as a comment.
const UNSET: [&str; 1] = ["requests_per_second"];

/// A section with its keys, each below its description. `values` are written in place of defaults; a key
/// without either is absent.
pub(crate) fn section(name: &str, values: &[(&str, &str)]) -> String {
    let Some(keys) = Keys::of(name) else {
        return String::new();
    };
    let mut text = format!("{}\n", keys.header);
    for key in keys.keys {
        let given = values.iter().find(|(name, _)| *name == key.name);
        if let Some(value) = given.map(|(_, value)| *value).or(key.default) {
            comment(&mut text, key.doc);
            let mark = if UNSET.contains(&key.name) { "# " } else { "" };
            let _ = writeln!(text, "{mark}{} = {value}", key.name);
        }
    }
    text
}

/// Adds a description as comment lines.
fn comment(text: &mut String, doc: &str) {
    let mut line = String::from("#");
    for word in doc.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}
