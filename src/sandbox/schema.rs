//! Reads the fields of a body and rejects them with Pydantic's messages.

use serde_json::{Map, Value};

use super::params::FieldErrors;
use super::refusal::Refusal;

/// The error of a missing required field (assumption A4).
pub(super) const REQUIRED: &str = "Field required";
/// The error of a key that is not in the schema (assumption A3).
pub(super) const EXTRA: &str = "Extra inputs are not permitted";
/// The error of a value that should be a string (assumption A4).
pub(super) const STRING: &str = "Input should be a valid string";
/// The error of an id of no object (assumption A6).
pub(super) const NO_OBJECT: &str = "Object does not exist.";

/// A nullable, optional field: not sent, sent as null, or sent with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent<T> {
    /// The key is absent.
    Absent,
    /// The key is present with null.
    Null,
    /// The key is present with a value.
    Value(T),
}

impl<T> Sent<T> {
    /// What is stored on create, where absent and null are the same.
    pub(super) fn into_option(self) -> Option<T> {
        match self {
            Sent::Value(value) => Some(value),
            Sent::Absent | Sent::Null => None,
        }
    }

    /// Applies it to `target` as an update does: absent leaves it, null empties it.
    pub(super) fn store(self, target: &mut Option<T>) {
        match self {
            Sent::Absent => {}
            Sent::Null => *target = None,
            Sent::Value(value) => *target = Some(value),
        }
    }
}

/// Reads a body field by field; all errors are reported together.
#[derive(Debug)]
pub(super) struct Reader<'b> {
    body: &'b Map<String, Value>,
    /// The errors so far.
    pub(super) errors: FieldErrors,
}

impl<'b> Reader<'b> {
    pub(super) fn new(body: &'b Map<String, Value>) -> Self {
        Reader {
            body,
            errors: FieldErrors::default(),
        }
    }

    /// Rejects every key that is not in `known`.
    pub(super) fn only(&mut self, known: &[&str]) {
        for key in self
            .body
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
        {
            self.errors.add(key, EXTRA);
        }
    }

    /// All keys and values.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'b String, &'b Value)> + use<'b> {
        self.body.iter()
    }

    pub(super) fn raw(&self, name: &str) -> Option<&'b Value> {
        self.body.get(name)
    }

    /// A required string.
    pub(super) fn required(&mut self, name: &str) -> Option<&'b str> {
        if self.body.contains_key(name) {
            self.string(name)
        } else {
            self.errors.add(name, REQUIRED);
            None
        }
    }

    /// A string that may be absent and may not be null.
    pub(super) fn string(&mut self, name: &str) -> Option<&'b str> {
        match self.body.get(name)? {
            Value::String(text) => Some(text),
            _ => {
                self.errors.add(name, STRING);
                None
            }
        }
    }

    /// A string that may be absent or null.
    pub(super) fn nullable(&mut self, name: &str) -> Sent<String> {
        match self.body.get(name) {
            None => Sent::Absent,
            Some(Value::Null) => Sent::Null,
            Some(Value::String(text)) => Sent::Value(text.clone()),
            Some(_) => {
                self.errors.add(name, STRING);
                Sent::Absent
            }
        }
    }

    /// A list of objects that may be absent or null.
    pub(super) fn objects(&mut self, name: &str) -> Sent<Vec<&'b Map<String, Value>>> {
        match self.body.get(name) {
            None => Sent::Absent,
            Some(Value::Null) => Sent::Null,
            Some(Value::Array(items)) => {
                let mut objects = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Value::Object(object) => objects.push(object),
                        _ => self.errors.add(
                            &format!("{name}.{index}"),
                            "Input should be a valid dictionary",
                        ),
                    }
                }
                Sent::Value(objects)
            }
            Some(_) => {
                self.errors.add(name, "Input should be a valid list");
                Sent::Absent
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Refusal> {
        self.errors.finish()
    }
}

/// Checks an address as Pydantic's `HttpUrl` does: http or https, a host, at most 2083 characters. Assumed:
/// stored as sent.
pub(super) fn url_error(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("Input should be a valid URL, input is empty");
    }
    if text.chars().count() > 2083 {
        return Some("URL should have at most 2083 characters");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Some("Input should be a valid URL, relative URL without a base");
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Some("URL scheme should be 'http' or 'https'");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let bad = host.is_empty() || text.chars().any(|c| c.is_control() || c == ' ');
    bad.then_some("Input should be a valid URL")
}
