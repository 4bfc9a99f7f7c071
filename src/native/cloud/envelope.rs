//! The values of webhooks, wherever a program that received them keeps them.
//!
//! Belongs here: what a value is and in which JSON it is found. Never here: what a value contains.

use std::collections::HashSet;

use serde_json::Value;

use super::values::{list, text};

/// Lists of a value that no other JSON has.
const OWN_LISTS: [&str; 3] = ["message_echoes", "history", "state_sync"];
/// Lists of a value that other JSON has as well.
const LISTS: [&str; 6] = [
    "messages", "statuses", "contacts", "calls", "errors", "groups",
];
/// Strings in strings that are read as JSON.
const MAX_DEPTH: u8 = 8;

/// What JSON contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Values of webhooks, each once.
    pub(super) values: u64,
    /// Items without a webhook, of lists that contain webhooks.
    pub(super) foreign: u64,
}

/// Calls `each` for every value of a webhook in `json`, with the field that it is about.
///
/// Programs wrap a webhook in objects and lists, and keep its body as JSON, as a string, or as both: equal values of one
/// row are one. The items of the outermost list are rows.
pub(super) fn values(json: &Value, each: &mut dyn FnMut(Option<&str>, &Value)) -> Found {
    let mut search = Search {
        each,
        seen: HashSet::new(),
        found: Found::default(),
    };
    match json {
        Value::Array(rows) => search.items(rows, |search, row| {
            search.seen.clear();
            search.find(row, 0)
        }),
        row => search.find(row, 0),
    };
    search.found
}

/// A search for the values in JSON.
struct Search<'e> {
    each: &'e mut dyn FnMut(Option<&str>, &Value),
    /// Hashes of the values of the row.
    seen: HashSet<blake3::Hash>,
    found: Found,
}

impl Search<'_> {
    /// Whether JSON, inside this number of strings, contains a webhook.
    fn find(&mut self, json: &Value, strings: u8) -> bool {
        match json {
            Value::Array(items) => self.items(items, |search, item| search.find(item, strings)),
            Value::Object(fields) => {
                let changes = list(json, "entry").flat_map(|entry| list(entry, "changes"));
                let mut is_webhook = false;
                for change in changes {
                    if let Some(value) = change.get("value") {
                        self.add(text(change, "field"), value);
                        is_webhook = true;
                    }
                }
                if !is_webhook && is_value(json) {
                    self.add(None, json);
                    is_webhook = true;
                }
                let fields = fields.values().filter(|_| !is_webhook);
                fields.fold(is_webhook, |any, field| self.find(field, strings) || any)
            }
            Value::String(body)
                if strings < MAX_DEPTH && body.trim_start().starts_with(['{', '[']) =>
            {
                serde_json::from_str::<Value>(body)
                    .is_ok_and(|inner| self.find(&inner, strings + 1))
            }
            _ => false,
        }
    }

    /// Whether any item contains a webhook by `find`; counts the others if so.
    fn items(&mut self, items: &[Value], find: impl Fn(&mut Self, &Value) -> bool) -> bool {
        let mut others = 0;
        let mut any = false;
        for item in items {
            match find(self, item) {
                true => any = true,
                false => others += 1,
            }
        }
        if any {
            self.found.foreign += others;
        }
        any
    }

    fn add(&mut self, field: Option<&str>, value: &Value) {
        if self.seen.insert(blake3::hash(value.to_string().as_bytes())) {
            (self.each)(field, value);
            self.found.values += 1;
        }
    }
}

/// Whether an object is the value of a webhook, without its envelope.
fn is_value(json: &Value) -> bool {
    let is_list = |key: &&str| json.get(*key).is_some_and(Value::is_array);
    if OWN_LISTS.iter().any(&is_list) {
        return true;
    }
    if !LISTS.iter().any(is_list) {
        return false;
    }
    let metadata = json.get("metadata").unwrap_or(&Value::Null);
    let of_number = ["display_phone_number", "phone_number_id"];
    text(json, "messaging_product") == Some("whatsapp")
        || of_number.iter().any(|key| metadata.get(*key).is_some())
        || list(json, "messages").any(is_message)
}

/// Whether an object is a message of a webhook.
fn is_message(json: &Value) -> bool {
    let has = |key: &str| json.get(key).is_some();
    has("timestamp") && has("type") && (has("from") || has("from_user_id"))
}

/// What JSON seems to be that contains no webhook.
pub(super) fn looks_like(json: &Value) -> &'static str {
    let first = json.as_array().and_then(|items| items.first());
    let json = first.unwrap_or(json);
    let is_ours = text(json, "messaging_product") == Some("whatsapp");
    if is_ours && (json.get("to").is_some() || json.get("recipient").is_some()) {
        return "requests to the Cloud API";
    }
    if text(json, "object") == Some("whatsapp_business_account") {
        return "a webhook of the Cloud API without changes";
    }
    "JSON of another program"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(json: &Value) -> u64 {
        values(json, &mut |_, _| {}).values
    }

    fn value() -> Value {
        json!({"messaging_product": "whatsapp", "metadata": {"display_phone_number": "1"}, "messages": []})
    }

    fn envelope() -> Value {
        json!({"object": "whatsapp_business_account",
            "entry": [{"changes": [{"field": "messages", "value": value()}]}]})
    }

    #[test]
    fn webhook_is_found_at_any_depth() {
        for inner in [value(), envelope(), json!({"value": value()})] {
            for json in [
                inner.clone(),
                json!([inner]),
                json!({"body": inner}),
                json!([{"json": {"headers": {}, "body": {"payload": [inner]}}}]),
                json!({"body_params": {"data": {"event": inner}}}),
                json!({"body": inner.to_string()}),
                json!({"Records": [{"body": json!({"Message": inner.to_string()}).to_string()}]}),
            ] {
                assert_eq!(found(&json), 1, "{json}");
            }
        }
    }

    #[test]
    fn string_next_to_the_same_webhook_is_not_read_again() {
        let json = json!({"body": envelope(), "rawBody": envelope().to_string()});
        assert_eq!(found(&json), 1);
    }

    #[test]
    fn different_webhooks_are_read_as_json_and_as_strings() {
        let other = |number: &str| json!({"metadata": {"phone_number_id": number}, "messages": []});
        let (a, b) = (other("1"), other("2"));
        for json in [
            json!([{"body": a}, {"body": b.to_string()}]),
            json!({"rows": [{"payload": a.to_string()}, {"payload": b.to_string()}, {"body": b}]}),
            json!({"body": a, "previous": b.to_string()}),
        ] {
            assert_eq!(found(&json), 2, "{json}");
        }
    }

    #[test]
    fn equal_webhooks_are_one_in_a_row_and_two_in_two() {
        let row = json!({"body": envelope(), "parsed": envelope(), "value": value()});
        assert_eq!(found(&row), 1);
        assert_eq!(found(&json!([row, row])), 2);
    }

    #[test]
    fn items_without_a_webhook_are_counted_next_to_one() {
        let of = |json: Value| {
            let found = values(&json, &mut |_, _| {});
            (found.values, found.foreign)
        };
        assert_eq!(of(json!([envelope(), {"foo": 1}, {"bar": [1]}])), (1, 2));
        assert_eq!(of(json!({"rows": [value(), {"foo": 1}]})), (1, 1));
        assert_eq!(of(json!({"headers": ["x"], "body": envelope()})), (1, 0));
        assert_eq!(of(json!([{"foo": 1}])), (0, 0));
    }

    #[test]
    fn other_json_is_not_a_webhook() {
        for json in [
            json!({"messages": [{"role": "user", "content": "words"}]}),
            json!({"contacts": [{"name": "Rita"}], "type": "book"}),
            json!({"messaging_product": "whatsapp", "to": "447700900101", "type": "text"}),
            json!({"object": "page", "entry": [{"messaging": []}]}),
            json!("{\"messages\": "),
            json!(7),
        ] {
            assert_eq!(found(&json), 0, "{json}");
        }
    }
}
