//! The values of webhooks, wherever a program that received them keeps them.
//!
//! Belongs here: what a value is and in which JSON it is found. Never here: what a value contains.

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

/// Calls `each` for every value of a webhook in `json`, with the field that it is about, and returns their number.
///
/// Programs wrap a webhook in objects and lists, and keep its body as JSON or as a string. A string counts only where
/// the JSON contains no webhook otherwise, since many keep both.
pub(super) fn values(json: &Value, each: &mut dyn FnMut(Option<&str>, &Value)) -> u64 {
    match objects(json, each) {
        0 => strings(json, 0, each),
        count => count,
    }
}

fn objects(json: &Value, each: &mut dyn FnMut(Option<&str>, &Value)) -> u64 {
    match json {
        Value::Array(items) => items.iter().map(|item| objects(item, each)).sum(),
        Value::Object(fields) => {
            let changes = list(json, "entry").flat_map(|entry| list(entry, "changes"));
            let count: u64 = (changes.filter_map(|change| Some((change, change.get("value")?))))
                .map(|(change, value)| each(text(change, "field"), value))
                .map(|()| 1)
                .sum();
            if count > 0 {
                return count;
            }
            if is_value(json) {
                each(None, json);
                return 1;
            }
            fields.values().map(|field| objects(field, each)).sum()
        }
        _ => 0,
    }
}

fn strings(json: &Value, depth: u8, each: &mut dyn FnMut(Option<&str>, &Value)) -> u64 {
    match json {
        Value::Array(items) => items.iter().map(|item| strings(item, depth, each)).sum(),
        Value::Object(fields) => (fields.values())
            .map(|field| strings(field, depth, each))
            .sum(),
        Value::String(body) if depth < MAX_DEPTH && body.trim_start().starts_with(['{', '[']) => {
            match serde_json::from_str::<Value>(body) {
                Ok(inner) => match objects(&inner, each) {
                    0 => strings(&inner, depth + 1, each),
                    count => count,
                },
                Err(_) => 0,
            }
        }
        _ => 0,
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
        values(json, &mut |_, _| {})
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
