//! The text of a new `chatferry.toml`: every key, each with what it means in plain words.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::archives::Found;
use crate::cli::exit::Ended;

/// The file. Words in braces are filled in; everything else stands at its default.
const TEMPLATE: &str = include_str!("config_file.toml");

/// The list of archives as TOML: relative to `dir` where they are in it, else absolute.
///
/// # Errors
///
/// A path that is no UTF-8, which TOML cannot hold.
pub(super) fn archives(paths: &[PathBuf], dir: &Path) -> anyhow::Result<String> {
    let dir = dir.canonicalize()?;
    let mut list = Vec::new();
    for path in paths {
        let real = path.canonicalize()?;
        let relative = real.strip_prefix(&dir).unwrap_or(&real);
        let Some(text) = relative.to_str() else {
            return Err(Ended::usage(format!(
                "{}: has a name that is not UTF-8, which {} cannot hold; rename it",
                path.display(),
                crate::cli::config::DEFAULT_FILE,
            )));
        };
        let text = if text.is_empty() { "." } else { text };
        let quoted = quoted(text);
        if !list.contains(&quoted) {
            list.push(quoted);
        }
    }
    Ok(format!("[{}]", list.join(", ")))
}

/// The whole text. Without a zone the key is left empty, and `plan` asks for it: a guess would
/// shift every message.
pub(super) fn text(archives: &str, zone: Option<Tz>, found: &Found) -> String {
    let owner = match found.phones.as_slice() {
        [phone] => phone.owner.as_deref().map(quoted),
        _ => None,
    };
    let zone_note = match zone {
        Some(_) => "CHECK THIS: it is the zone of this computer.",
        None => "FILL THIS IN: the zone of this computer is not known.",
    };
    let owner_note = match owner {
        Some(_) => "CHECK THIS: it was found out from the chats.",
        None => "FILL THIS IN: the chats do not tell. The names are in `chatferry inspect`.",
    };
    let open: Vec<String> = found.open_dates().into_iter().map(quoted).collect();
    let order_note = if open.is_empty() {
        String::new()
    } else {
        format!(
            "\n# FILL THIS IN: nothing tells it for {}, which is held until then.",
            open.join(", ")
        )
    };
    fill(
        TEMPLATE,
        &[
            ("{archives}", archives),
            ("{zone}", &quoted(zone.map_or("", |zone| zone.name()))),
            ("{zone note}", zone_note),
            ("{owner}", &format!("[{}]", owner.unwrap_or_default())),
            ("{owner note}", owner_note),
            ("{order note}", &order_note),
        ],
    )
}

/// Fills a template in one pass: what is filled in is not looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                text.push_str(value);
                rest = &rest[word.len()..];
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// A text as TOML writes it, on one line whatever it holds: names come from archives.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
