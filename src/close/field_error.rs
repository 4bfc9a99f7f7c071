//! Error bodies of Close: which fields it rejects, and why, without content.
//!
//! Belongs here: every shape of an error body (observed), reduced to names of Close's fields and known wordings
//! ([`super::wording`]). Never here: what follows from a rejection ([`super::Failure`]).
//!
//! See docs/reference/close-api.md, "Errors".

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::wording::{length_limit, wording};

/// One complaint of an error body. Displayed as `field: wording`, or just the wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The path of the field, such as `contacts.0.phones`, with `[field]` for names that Close's API does not have; empty
    /// if the request as a whole is rejected.
    pub field: String,
    /// Close's wording if it is a known one, else `[wording]`.
    pub wording: String,
    /// For a wording that rejects a length: the limit in characters, if it names one.
    limit: Option<Option<usize>>,
}

impl FieldError {
    /// A complaint about one field.
    pub fn of(field: impl Into<String>, wording: impl Into<String>) -> Self {
        FieldError {
            field: field.into(),
            wording: wording.into(),
            limit: None,
        }
    }

    /// The complaint of a body, whose text may contain anything.
    fn of_body(field: &str, text: &str) -> Self {
        FieldError {
            limit: length_limit(text),
            ..FieldError::of(field, wording(text))
        }
    }

    /// Whether the field is rejected for its length, with the limit in characters that Close names: `Some(None)` where
    /// it names none.
    pub(super) fn length_limit(&self) -> Option<Option<usize>> {
        self.limit
    }

    /// A complaint about the request as a whole.
    pub fn whole(wording: impl Into<String>) -> Self {
        FieldError::of("", wording)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.wording),
            field => write!(f, "{field}: {}", self.wording),
        }
    }
}

/// All complaints in brackets; empty if there are none.
pub(super) fn listed(fields: &[FieldError]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let all: Vec<String> = fields.iter().map(ToString::to_string).collect();
    format!(" ({})", all.join("; "))
}

/// The names of the fields, sorted, without duplicates and without positions in lists.
pub(super) fn names(fields: &[FieldError]) -> BTreeSet<String> {
    (fields.iter())
        .map(|error| {
            let steps = error.field.split('.');
            let steps = steps.filter(|s| !s.bytes().all(|b| b.is_ascii_digit()));
            steps.collect::<Vec<_>>().join(".")
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// Maximum number of entries kept of one error body.
const MOST: usize = 20;

/// Decodes an error body of any of Close's shapes.
pub(super) fn decode(body: &[u8]) -> Vec<FieldError> {
    let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(body) else {
        // May be the HTML of a proxy or anything else: none of it is shown.
        return match body {
            [] => Vec::new(),
            _ => vec![FieldError::whole("the response is not in Close's format")],
        };
    };
    let mut found = Vec::new();
    match object.get("error") {
        Some(Value::String(text)) => found.push(FieldError::of_body("", text)),
        Some(Value::Object(inner)) => {
            if let Some(Value::String(text)) = inner.get("message") {
                found.push(FieldError::of_body("", text));
            }
        }
        _ => {}
    }
    flatten("", &Value::Object(object), &mut found, 0);
    found.retain(|entry| !(entry.field.is_empty() && entry.wording.is_empty()));
    found.truncate(MOST);
    found
}

/// Flattens `errors` and `field-errors`, which may be nested in each other, to one entry per wording.
fn flatten(path: &str, value: &Value, found: &mut Vec<FieldError>, depth: usize) {
    if depth > 8 || found.len() >= MOST {
        return;
    }
    let join = |key: &str| {
        let key = name(key);
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::String(text) if path.is_empty() => found.push(FieldError::of_body("", text)),
        Value::String(text) => found.push(FieldError::of_body(path, text)),
        Value::Array(items) => {
            items
                .iter()
                .for_each(|item| flatten(path, item, found, depth + 1));
        }
        Value::Object(object) => {
            let mut wrapped = false;
            match object.get("errors") {
                // List fields: {"errors": {"0": ...}}; the index is part of the path.
                Some(Value::Object(by_index)) => {
                    wrapped = true;
                    for (index, inner) in by_index {
                        flatten(&join(index), inner, found, depth + 1);
                    }
                }
                Some(list @ Value::Array(_)) => {
                    wrapped = true;
                    flatten(path, list, found, depth + 1);
                }
                _ => {}
            }
            if let Some(Value::Object(fields)) = object.get("field-errors") {
                wrapped = true;
                for (key, inner) in fields {
                    flatten(&join(key), inner, found, depth + 1);
                }
            }
            // Below the top level, an object without the envelope contains nested field names.
            if !wrapped && !path.is_empty() {
                for (key, inner) in object {
                    flatten(&join(key), inner, found, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// The fields of Close's API that a rejection of a request of chatferry can name: those of its bodies and queries, and
/// those of the objects that they make. Any other name may be content, as that of a field which Close echoes.
const FIELDS: &[&str] = &[
    "__all__",
    "_cursor",
    "_fields",
    "_limit",
    "_order_by",
    "_skip",
    "activity_at",
    "attachments",
    "contact",
    "contact_id",
    "contact_ids",
    "contacts",
    "content_type",
    "country",
    "cursor",
    "data",
    "date_created",
    "date_created__gt",
    "date_created__gte",
    "date_created__lt",
    "date_created__lte",
    "date_updated",
    "direction",
    "display_name",
    "email",
    "emails",
    "external_whatsapp_message_id",
    "filename",
    "id",
    "integration_link",
    "lead",
    "lead_id",
    "limit",
    "local_phone",
    "message_html",
    "message_markdown",
    "name",
    "non_field_errors",
    "object_id",
    "object_type",
    "organization_id",
    "phone",
    "phones",
    "query",
    "remote_phone",
    "response_to_id",
    "send_to_inbox",
    "size",
    "sort",
    "status",
    "status_id",
    "thumbnail_url",
    "type",
    "url",
    "urls",
    "user_id",
];

/// What is shown in place of a name that is not in [`FIELDS`].
const OTHER_FIELD: &str = "[field]";
/// Maximum number of digits of an index in a path: a longer number may be a telephone number.
const INDEX_DIGITS: usize = 4;

/// A field's name, or a path of names and indexes between dots, if Close's API has it; else [`OTHER_FIELD`].
fn name(key: &str) -> &str {
    let is_index = |step: &str| {
        (1..=INDEX_DIGITS).contains(&step.len()) && step.bytes().all(|b| b.is_ascii_digit())
    };
    let is_known = |step: &str| FIELDS.binary_search(&step).is_ok() || is_index(step);
    match key.split('.').all(is_known) {
        true => key,
        false => OTHER_FIELD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_fields_are_in_the_order_of_a_binary_search() {
        assert!(FIELDS.is_sorted());
    }
}
