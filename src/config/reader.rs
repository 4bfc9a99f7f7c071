//! A TOML text as sections with typed access to their values and their lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Key, Keys, Kind, SECTIONS};
use crate::name::nearest;
use crate::settings::Problem;

/// The line, from 1, of an offset in the text.
pub(super) fn line_at(text: &[u8], place: usize) -> u32 {
    let before = &text[..place.min(text.len())];
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

/// A parsed file and its problems so far.
pub(super) struct Document<'t> {
    text: &'t str,
    file: String,
    root: DeTable<'t>,
    problems: Vec<Problem>,
}

impl<'t> Document<'t> {
    pub(super) fn parse(text: &'t str, file: &str) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let (root, errors) = DeTable::parse_recoverable(text);
        let positions = errors.iter().filter_map(toml::de::Error::span);
        if let Some(line) = positions
            .map(|span| span.start)
            .min()
            .and_then(|at| open_list(text, at))
        {
            // Everything after it is read as an element of the list.
            return Err(vec![Problem {
                file: file.to_owned(),
                line: Some(line),
                text:
                    "is no TOML here: the list that begins in this line is not closed, expected `]`"
                        .to_owned(),
            }]);
        }
        if !errors.is_empty() {
            let mut problems: Vec<Problem> = errors
                .into_iter()
                .map(|error| {
                    let message = error.message().replace('\n', "; ");
                    let hint = if message.contains("escape") || message.contains("unicode") {
                        "; in a path write / instead of \\, or put it between single quotes"
                    } else {
                        ""
                    };
                    Problem {
                        file: file.to_owned(),
                        line: error
                            .span()
                            .map(|span| line_at(text.as_bytes(), span.start)),
                        text: format!("is no TOML here: {message}{hint}"),
                    }
                })
                .collect();
            // Further errors of a line follow from its first one.
            problems.dedup_by_key(|problem| problem.line);
            return Err(problems);
        }
        Ok(Document {
            text,
            file: file.to_owned(),
            root: root.into_inner(),
            problems: Vec::new(),
        })
    }

    pub(super) fn problem(&mut self, line: Option<u32>, text: impl Into<String>) {
        self.problems.push(Problem {
            file: self.file.clone(),
            line,
            text: text.into(),
        });
    }

    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() {
            return Ok(value);
        }
        self.problems.sort();
        Err(self.problems)
    }

    pub(super) fn line<T>(&self, value: &Spanned<T>) -> u32 {
        line_at(self.text.as_bytes(), value.span().start)
    }

    /// Reports unknown top-level entries.
    pub(super) fn check_sections(&mut self) {
        let mut found = Vec::new();
        for (key, value) in &self.root {
            let name = key.get_ref().as_ref();
            if Keys::of(name).is_some() {
                continue;
            }
            let text = if matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)) {
                let known = SECTIONS.iter().map(|keys| keys.section);
                match nearest(name, known).and_then(Keys::of) {
                    Some(keys) => {
                        let header = keys.header;
                        format!("unknown section [{name}]; did you mean {header}?")
                    }
                    None => format!("unknown section [{name}]; the sections are {}", headers()),
                }
            } else {
                unknown_key(name, "before the first section", &[])
            };
            found.push((self.line(key), text));
        }
        for (line, text) in found {
            self.problem(Some(line), text);
        }
    }

    /// A section by its key; `None` if it is absent or not a table, which is reported.
    pub(super) fn section(&mut self, name: &'static str) -> Option<Section<'t>> {
        let (key, value) = self.root.get_key_value(name)?;
        let line = self.line(key);
        match value.get_ref() {
            DeValue::Table(table) => Some(Section {
                label: format!("[{name}]"),
                line,
                table: table.clone(),
                keys: Keys::of(name),
            }),
            other => {
                let text = format!(
                    "{name} is {}; write [{name}] and its keys below it",
                    type_word(other)
                );
                self.problem(Some(line), text);
                None
            }
        }
    }

    /// The blocks of an array of tables, in the order of the file.
    pub(super) fn blocks(&mut self, name: &'static str) -> Vec<Section<'t>> {
        let Some((key, value)) = self.root.get_key_value(name) else {
            return Vec::new();
        };
        let line = self.line(key);
        let mut blocks = Vec::new();
        let mut wrong = None;
        match value.get_ref() {
            DeValue::Array(items) => {
                for item in items.iter() {
                    match item.get_ref() {
                        DeValue::Table(table) => blocks.push(Section {
                            label: format!("[[{name}]]"),
                            line: self.line(item),
                            table: table.clone(),
                            keys: Keys::of(name),
                        }),
                        other => wrong = Some((self.line(item), type_word(other))),
                    }
                }
            }
            DeValue::Table(_) => wrong = Some((line, "one table")),
            other => wrong = Some((line, type_word(other))),
        }
        if let Some((line, word)) = wrong {
            let text = format!(
                "{name} is {word}; write [[{name}]], with two brackets, and its keys below it"
            );
            self.problem(Some(line), text);
        }
        blocks
    }
}

fn headers() -> String {
    let headers: Vec<&str> = SECTIONS.iter().map(|keys| keys.header).collect();
    headers.join(", ")
}

/// The problem of a key that is not in `keys`.
fn unknown_key(name: &str, place: &str, keys: &[Key]) -> String {
    if matches!(
        name,
        "api_key" | "key" | "access_token" | "token" | "password" | "secret"
    ) {
        return format!(
            "unknown key \"{name}\" {place}; the key of Close does not belong in this file: set CLOSE_API_KEY or use `--api-key-file`"
        );
    }
    if let Some(other) = SECTIONS.iter().find(|keys| keys.key(name).is_some()) {
        let header = other.header;
        return format!("unknown key \"{name}\" {place}; it belongs in {header}");
    }
    let names = |keys: &'static [Key]| keys.iter().map(|key| key.name);
    let all = || SECTIONS.iter().flat_map(|section| names(section.keys));
    if let Some(near) = nearest(name, keys.iter().map(|key| key.name)) {
        return format!("unknown key \"{name}\" {place}; did you mean \"{near}\"?");
    }
    match nearest(name, all()) {
        Some(near) => format!("unknown key \"{name}\" {place}; did you mean \"{near}\"?"),
        None if keys.is_empty() => format!(
            "unknown key \"{name}\" {place}; the sections are {}",
            headers()
        ),
        None => format!(
            "unknown key \"{name}\" {place}; the keys are {}",
            keys.iter()
                .map(|key| key.name)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The name of a type for the user.
pub(super) fn type_word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A table of the file. A value of the wrong type or that fails its check is reported and then counts as
/// absent.
pub(super) struct Section<'t> {
    pub(super) label: String,
    /// The line of its header.
    pub(super) line: u32,
    pub(super) table: DeTable<'t>,
    /// Its known keys.
    keys: Option<&'static Keys>,
}

impl Section<'_> {
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn line_of(&self, key: &str, document: &Document<'_>) -> Option<u32> {
        self.table
            .get_key_value(key)
            .map(|(key, _)| document.line(key))
    }

    /// The comment lines directly above a key, the last first.
    pub(super) fn comments_above<'d>(&self, key: &str, document: &Document<'d>) -> Vec<&'d str> {
        let place = self
            .table
            .get_key_value(key)
            .map(|(key, _)| key.span().start);
        let before = place
            .and_then(|place| document.text.get(..place))
            .unwrap_or_default();
        // The first piece is of the line of the key.
        let lines = before.rsplit('\n').skip(1).map(str::trim_start);
        lines.take_while(|line| line.starts_with('#')).collect()
    }

    /// Its known keys.
    pub(super) fn keys(&self) -> &'static [Key] {
        self.keys.map_or(&[], |keys| keys.keys)
    }

    /// The kind of a key's value.
    pub(super) fn kind(&self, key: &str) -> Option<Kind> {
        self.keys?.key(key).map(|key| key.kind)
    }

    /// Reports unknown keys.
    pub(super) fn only_known(&self, document: &mut Document<'_>) {
        let keys = self.keys();
        for (key, _) in &self.table {
            let name = key.get_ref().as_ref();
            if !keys.iter().any(|known| known.name == name) {
                let text = unknown_key(name, &format!("in {}", self.label), keys);
                document.problem(Some(document.line(key)), text);
            }
        }
    }
}

/// The line of the list that is still open where an error begins, if the error's line is a key or a section: no element of
/// a list looks like one.
fn open_list(text: &str, error: usize) -> Option<u32> {
    let start = text.get(..error)?.rfind('\n')? + 1;
    let line = text[start..].lines().next()?.trim_start();
    let key = line
        .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let is_key = key.len() < line.len() && key.trim_start().starts_with('=');
    if !is_key && !line.starts_with("[[") {
        return None;
    }
    let mut before = start;
    loop {
        let end = before.checked_sub(1)?;
        before = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = text[before..end].split('#').next().unwrap_or_default();
        if let Some((_, value)) = line.split_once('=') {
            let is_open = value.matches('[').count() > value.matches(']').count();
            return is_open.then(|| line_at(text.as_bytes(), before));
        }
    }
}
