//! Texts of a message that are stored next to it: templates, lists and buttons, orders, products, invitations.
//!
//! Belongs here: how the parts become one text. Never here: the tables and protobuf fields of a platform.

use serde_json::{Map, Value};

use super::people::one_line;
use crate::quantity::count;

/// Keys of headings, bodies and footers in the JSON of lists and buttons (observed), in lower case without `_`.
const HEADINGS: [&str; 5] = ["title", "headertext", "header", "headertitle", "subtitle"];
const BODIES: [&str; 8] = [
    "content",
    "contenttext",
    "body",
    "bodytext",
    "text",
    "description",
    "displaytext",
    "buttontext",
];
const FOOTERS: [&str; 2] = ["footer", "footertext"];

/// Adds the parts that a text does not contain yet, each on its own line.
pub(super) fn with_parts(text: &mut String, parts: impl IntoIterator<Item = String>) {
    for part in parts {
        let part = part.trim();
        if part.is_empty() || text.contains(part) {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(part);
    }
}

/// A button or another choice, as an item of a list.
pub(super) fn choice(label: &str) -> String {
    match one_line(label) {
        label if label.is_empty() => label,
        label => format!("- {label}"),
    }
}

/// The number of items of an order.
pub(super) fn items(number: i64) -> Option<String> {
    let number = u64::try_from(number).ok().filter(|number| *number > 0)?;
    Some(count(number, "item"))
}

/// A price. WhatsApp stores thousandths of the currency (documented).
pub(super) fn price(thousandths: Option<i64>, currency: Option<&str>) -> Option<String> {
    let thousandths = thousandths.filter(|amount| *amount > 0)?;
    let currency = currency.map(str::trim).filter(|code| !code.is_empty())?;
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    let rest = match rest % 10 {
        0 => format!("{:02}", rest / 10),
        _ => format!("{rest:03}"),
    };
    Some(format!("{whole}.{rest} {currency}"))
}

/// The texts of a list or of buttons: of JSON, its headings, bodies, choices and footers; of anything else, the text
/// itself.
pub(super) fn list_texts(content: &str) -> Vec<String> {
    match serde_json::from_str::<Value>(content) {
        Ok(Value::Object(object)) => object_texts(&object),
        Ok(Value::Array(items)) => items.iter().flat_map(item_texts).collect(),
        Ok(Value::String(text)) => vec![text],
        Ok(_) => Vec::new(),
        // Truncated JSON is no text for people.
        Err(_) if content.trim_start().starts_with(['{', '[']) => Vec::new(),
        Err(_) => vec![content.to_owned()],
    }
}

fn object_texts(object: &Map<String, Value>) -> Vec<String> {
    let has_name = |key: &str, names: &[&str]| {
        let key = key.replace('_', "").to_lowercase();
        names.contains(&key.as_str())
    };
    let strings = |names: &'static [&'static str]| {
        let named = names.iter().flat_map(move |name| {
            let entries = object.iter();
            entries.filter(move |(key, _)| has_name(key, &[name]))
        });
        named.filter_map(|(_, value)| value.as_str().map(str::to_owned))
    };
    let mut texts: Vec<String> = strings(&HEADINGS).chain(strings(&BODIES)).collect();
    for (key, value) in object {
        match value {
            Value::Object(inner) => texts.extend(object_texts(inner)),
            Value::Array(items) => texts.extend(items.iter().flat_map(item_texts)),
            // The parameters of a button are JSON inside JSON.
            Value::String(text) if has_name(key, &["buttonparamsjson", "paramsjson"]) => {
                if let Ok(Value::Object(inner)) = serde_json::from_str(text) {
                    texts.extend(object_texts(&inner));
                }
            }
            _ => {}
        }
    }
    texts.extend(strings(&FOOTERS));
    texts
}

/// The texts of an item of a list: one line for a choice, its own lines for a section that contains choices.
fn item_texts(item: &Value) -> Vec<String> {
    match item {
        Value::Object(object) => {
            let texts = object_texts(object);
            match object.values().any(Value::is_array) {
                true => texts,
                false => vec![choice(&texts.join(": "))],
            }
        }
        Value::String(text) => vec![choice(text)],
        Value::Array(items) => items.iter().flat_map(item_texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn list_becomes_headings_choices_and_footer() {
        let list = r#"{"footerText": "Harbour Works", "description": "Which size?", "title": "Tables",
            "sections": [{"title": "Round", "rows": [
                {"rowId": "1", "title": "Small", "description": "80 cm"}, {"rowId": "2", "title": "Large"}]}]}"#;
        let expected = [
            "Tables",
            "Which size?",
            "Round",
            "- Small: 80 cm",
            "- Large",
            "Harbour Works",
        ];
        assert_eq!(list_texts(list), expected);
        let buttons = r#"{"content": "Shall we?", "buttons": [{"buttonId": "y", "buttonText": {"displayText": "Yes"}},
            {"name": "cta_url", "buttonParamsJson": "{\"display_text\": \"Pay\", \"url\": \"https://x.y\"}"}]}"#;
        assert_eq!(list_texts(buttons), ["Shall we?", "- Yes", "- Pay"]);
        assert_eq!(list_texts("plain words"), ["plain words"]);
        assert!(list_texts("{\"title\": \"cut").is_empty());
    }

    #[test]
    fn parts_are_added_once() {
        let mut text = "Your chairs are ready.".to_owned();
        let parts = ["Your chairs are ready.", " ", "Harbour Works", "- Collect"];
        with_parts(&mut text, parts.map(str::to_owned));
        assert_eq!(text, "Your chairs are ready.\nHarbour Works\n- Collect");
    }

    #[test]
    fn prices() {
        let of = |amount| price(Some(amount), Some("EUR"));
        assert_eq!(of(45_000).as_deref(), Some("45.00 EUR"));
        assert_eq!(of(1_990).as_deref(), Some("1.99 EUR"));
        assert_eq!(of(1_234_567).as_deref(), Some("1234.567 EUR"));
        assert_eq!(price(Some(5), None), None);
        assert_eq!(of(-1), None);
    }

    proptest! {
        #[test]
        fn any_content_is_accepted(content in ".{0,200}") {
            let _ = list_texts(&content);
        }
    }
}
