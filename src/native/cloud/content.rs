//! What a message of a webhook contains, by its type.
//!
//! Never here: who sent it and when, edits and reactions.

use serde_json::Value;

use super::values::{list, text};
use crate::chat::{Kind, MediaKind};
use crate::native::card::card_text;
use crate::native::parts::choice;
use crate::native::people::location_text;
use crate::native::{NativeFile, NativeMessage};

/// Types whose content is read, for messages without a type.
const TYPES: [&str; 16] = [
    "text",
    "image",
    "video",
    "voice",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "order",
    "template",
    "reaction",
    "edit",
    "revoke",
];

/// The type of a message: as it states, else by the content that it has.
pub(super) fn type_of(message: &Value) -> &str {
    let by_content = || TYPES.iter().find(|kind| message.get(**kind).is_some());
    text(message, "type")
        .or_else(|| by_content().copied())
        .unwrap_or_default()
}

/// Why a message of this type is none; `None` for all others.
pub(super) fn is_none(kind: &str) -> Option<&'static str> {
    match kind {
        "request_welcome" => Some("of customers who opened the chat without writing"),
        _ => None,
    }
}

/// Label of messages of this type without a text.
pub(super) fn without_text(kind: &str) -> &'static str {
    match kind {
        "interactive" | "button" | "order" | "template" => {
            "interactive messages, orders and templates without a text"
        }
        "text" => "texts without content",
        _ => "of unknown types without a text",
    }
}

/// Fills in the content of a message of this type. False if the type is unknown, or a text, a choice, an order or a
/// template, and there is no text.
pub(super) fn fill(message: &mut NativeMessage, kind: &str, inner: &Value) -> bool {
    let words = |key: &str| text(inner, key).unwrap_or_default().to_owned();
    match kind {
        "text" => {
            message.text = words("body");
            return !message.text.trim().is_empty();
        }
        "image" => file(message, inner, MediaKind::Image),
        "video" => file(message, inner, MediaKind::Video),
        "voice" => file(message, inner, MediaKind::Voice),
        "audio" => {
            let is_voice = inner.get("voice").and_then(Value::as_bool) == Some(true);
            let kind = match is_voice {
                true => MediaKind::Voice,
                false => MediaKind::Audio,
            };
            file(message, inner, kind);
        }
        "document" => file(message, inner, MediaKind::Document),
        "sticker" => file(message, inner, MediaKind::Sticker),
        "media_placeholder" => message.kind = Kind::MediaOmitted,
        "location" => {
            message.kind = Kind::Location;
            let at = |key: &str| inner.get(key).and_then(Value::as_f64);
            let part = |key: &str| text(inner, key).map(str::to_owned);
            let parts = [part("name"), part("address")];
            message.text = location_text(&parts, part("url"), at("latitude").zip(at("longitude")));
        }
        "contacts" => {
            message.kind = Kind::Contact;
            let cards = inner.as_array().into_iter().flatten().map(card);
            message.text = joined(cards);
        }
        "interactive" | "button" | "order" | "template" => {
            message.text = match kind {
                "interactive" => interactive(inner),
                "button" => first_of(inner, &["text", "payload"]),
                "order" => order(inner),
                _ => template(inner),
            };
            return !message.text.trim().is_empty();
        }
        "system" => {
            message.kind = Kind::System;
            message.text = words("body");
        }
        // What the platform cannot show, although the customer sees it.
        "unsupported" | "unknown" | "errors" => message.kind = Kind::Unsupported,
        _ => {
            message.text = match inner {
                Value::String(words) => words.clone(),
                inner => first_of(inner, &["body", "text", "caption", "title", "name"]),
            };
            return !message.text.trim().is_empty();
        }
    }
    true
}

/// The text of the new version of an edited message.
pub(super) fn edited(message: &Value) -> Option<&str> {
    let body = message.get(text(message, "type").unwrap_or("text"))?;
    text(body, "body").or_else(|| text(body, "caption"))
}

/// A file; the bytes are at the platform, for days only.
fn file(message: &mut NativeMessage, inner: &Value, kind: MediaKind) {
    message.text = text(inner, "caption").unwrap_or_default().to_owned();
    match text(inner, "filename").filter(|name| !name.trim().is_empty()) {
        Some(name) => {
            message.kind = Kind::Media;
            message.files.push(NativeFile {
                name: name.to_owned(),
                entry: None,
                media: kind,
            });
        }
        None => {
            message.kind = Kind::MediaOmitted;
            message.omitted = Some(kind);
        }
    }
}

/// Name and numbers of a contact card; its e-mail addresses if it has neither.
fn card(card: &Value) -> String {
    let of_name = card.get("name").unwrap_or(&Value::Null);
    let part = |key: &str| text(of_name, key).unwrap_or_default().trim();
    let parts = ["prefix", "first_name", "middle_name", "last_name", "suffix"];
    let parts: Vec<&str> = (parts.iter().map(|key| part(key)))
        .filter(|part| !part.is_empty())
        .collect();
    let vcard = text(card, "vcard").map(card_text).unwrap_or_default();
    // The name comes first, but a card may have numbers only.
    let of_vcard = (vcard.lines().next()).filter(|line| line.contains(char::is_alphabetic));
    let name = match (part("formatted_name"), parts.is_empty(), of_vcard) {
        ("", false, _) => parts.join(" "),
        ("", true, Some(name)) => name.to_owned(),
        ("", true, None) => (card.get("org"))
            .map(|org| first_of(org, &["company"]))
            .unwrap_or_default(),
        (name, ..) => name.to_owned(),
    };
    let phones: Vec<String> = list(card, "phones")
        .map(|phone| first_of(phone, &["phone", "wa_id"]))
        .filter(|phone| !phone.is_empty())
        .collect();
    let emails = || joined(list(card, "emails").map(|email| first_of(email, &["email"])));
    let shown = match (phones.is_empty(), of_vcard) {
        // The numbers of the vCard.
        (true, Some(of_vcard)) => joined([name, vcard[of_vcard.len()..].trim_start().to_owned()]),
        (true, None) => joined([name, vcard]),
        (false, _) => joined([name].into_iter().chain(phones)),
    };
    match shown.is_empty() {
        true => emails(),
        false => shown,
    }
}

/// What a customer chose or filled in; what a business offers to choose from.
fn interactive(inner: &Value) -> String {
    for reply in ["button_reply", "list_reply"] {
        if let Some(reply) = inner.get(reply) {
            let words = joined(["title", "description"].map(|key| first_of(reply, &[key])));
            return match words.is_empty() {
                true => first_of(reply, &["id"]),
                false => words,
            };
        }
    }
    if let Some(flow) = inner.get("nfm_reply") {
        return answers(flow);
    }
    let words = offer(inner);
    // An answer of a new type is in the field that its type names.
    match text(inner, "type").and_then(|kind| inner.get(kind)) {
        Some(reply) if words.is_empty() => first_of(reply, &["title", "description", "body"]),
        _ => words,
    }
}

/// What a business offers: its words, and what a customer can choose from; of a carousel, those of each card.
fn offer(inner: &Value) -> String {
    let part =
        |key: &str| (inner.get(key)).map_or_else(String::new, |part| first_of(part, &["text"]));
    let action = inner.get("action").unwrap_or(&Value::Null);
    let buttons = list(action, "buttons").map(|button| {
        let reply = (button.get("reply")).or_else(|| button.get("quick_reply"));
        choice(&first_of(reply.unwrap_or(button), &["title", "text"]))
    });
    let link = action.get("parameters").map(|parameters| {
        let parts = ["display_text", "url"].map(|key| first_of(parameters, &[key]));
        choice(&on_one_line(parts))
    });
    let rows = list(action, "sections").flat_map(|section| {
        let rows = list(section, "rows").map(|row| {
            choice(&on_one_line(
                ["title", "description"].map(|key| first_of(row, &[key])),
            ))
        });
        let products = list(section, "product_items").map(|item| choice(&product(item)));
        [first_of(section, &["title"])]
            .into_iter()
            .chain(rows)
            .chain(products)
    });
    let cards = list(action, "cards").map(offer);
    let parts = [part("header"), part("body"), part("footer")];
    let choices = buttons.chain(link).chain(rows).chain(cards);
    joined(parts.into_iter().chain(choices))
}

/// The parts that are not empty: `Leek: with cream`.
fn on_one_line(parts: [String; 2]) -> String {
    let parts: Vec<&str> = (parts.iter().map(String::as_str))
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(": ")
}

/// The answers to the questions of a Flow, one a line.
fn answers(flow: &Value) -> String {
    let parsed = match flow.get("response_json") {
        Some(Value::String(json)) => match serde_json::from_str::<Value>(json) {
            Ok(parsed) if parsed.is_object() || parsed.is_array() => parsed,
            _ => return joined([json.clone()]),
        },
        Some(json) => json.clone(),
        None => Value::Null,
    };
    let mut lines = Vec::new();
    flatten("", &parsed, &mut lines);
    match lines.is_empty() {
        true => first_of(flow, &["body", "name"]),
        false => lines.join("\n"),
    }
}

/// Adds `question: answer` for each answer in JSON. The token of a Flow is no answer.
fn flatten(key: &str, json: &Value, lines: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "flow_token") {
                flatten(key, value, lines);
            }
        }
        Value::Array(items) if items.iter().all(|item| scalar(item).is_some()) => {
            let items: Vec<String> = items.iter().filter_map(scalar).collect();
            add_answer(key, &items.join(", "), lines);
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(key, item, lines)),
        value => add_answer(key, &scalar(value).unwrap_or_default(), lines),
    }
}

fn add_answer(key: &str, answer: &str, lines: &mut Vec<String>) {
    match (key, answer.trim()) {
        (_, "") => {}
        ("", answer) => lines.push(answer.to_owned()),
        (key, answer) => lines.push(format!("{key}: {answer}")),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(if *is { "yes" } else { "no" }.to_owned()),
        _ => None,
    }
}

/// The customer's words and the items of an order.
fn order(inner: &Value) -> String {
    let words = first_of(inner, &["text"]);
    let items = list(inner, "product_items").map(product);
    joined([words].into_iter().chain(items))
}

/// `2 x SKU-1 (7.5 GBP each)`.
fn product(item: &Value) -> String {
    let part = |key: &str| item.get(key).and_then(scalar).unwrap_or_default();
    let name = [part("name"), part("product_retailer_id")];
    let name = name.iter().find(|name| !name.is_empty());
    let mut line = name.cloned().unwrap_or_default();
    let quantity = part("quantity");
    if !quantity.is_empty() {
        line = format!("{quantity} x {line}");
    }
    let price = format!("{} {}", part("item_price"), part("currency"));
    match price.trim() {
        "" => line,
        price => format!("{line} ({price} each)"),
    }
}

/// The words of a template: those of its components, else its parameters; and its buttons.
fn template(inner: &Value) -> String {
    let words = components(inner);
    match words.is_empty() {
        true => first_of(inner, &["body", "name"]),
        false => words,
    }
}

fn components(of: &Value) -> String {
    joined(list(of, "components").map(|component| {
        let words = first_of(component, &["text"]);
        let parameters = list(component, "parameters").map(|one| first_of(one, &["text"]));
        let words = match words.is_empty() {
            true => joined(parameters),
            false => words,
        };
        let buttons = list(component, "buttons").map(|button| choice(&first_of(button, &["text"])));
        let cards = list(component, "cards").map(components);
        joined([words].into_iter().chain(buttons).chain(cards))
    }))
}

/// The first of these fields that is a text and not empty. A field that is an object stands for its `text`.
fn first_of(value: &Value, keys: &[&str]) -> String {
    let texts = keys.iter().filter_map(|key| match value.get(*key)? {
        Value::Object(inner) => inner.get("text")?.as_str(),
        value => value.as_str(),
    });
    let mut texts = texts.map(str::trim).filter(|text| !text.is_empty());
    texts.next().unwrap_or_default().to_owned()
}

/// The parts that are not empty, each on its own line.
fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = (parts.into_iter())
        .filter(|part| !part.trim().is_empty())
        .collect();
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn read(message: &Value) -> (Kind, String) {
        let at = DateTime::from_timestamp(1_735_732_800, 0).unwrap();
        let mut read = NativeMessage::new(1, at);
        let kind = type_of(message);
        assert!(fill(
            &mut read,
            kind,
            message.get(kind).unwrap_or(&Value::Null)
        ));
        (read.kind, read.text)
    }

    #[test]
    fn answers_of_a_flow_are_the_text() {
        let flow = |json: Value| {
            let reply = json!({"name": "flow", "body": "Sent", "response_json": json});
            read(&json!({"interactive": {"nfm_reply": reply}})).1
        };
        let given = json!({"flow_token": "x", "day": "1 July", "guests": 4, "days": ["Mo", "Tu"],
            "terms": true, "note": "", "home": {"city": "Cork"}});
        let shown = "day: 1 July\nguests: 4\ndays: Mo, Tu\nterms: yes\ncity: Cork";
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&flow(given.clone())), sorted(shown));
        assert_eq!(sorted(&flow(json!(given.to_string()))), sorted(shown));
        assert_eq!(flow(json!("{\"flow_token\": \"x\"}")), "Sent");
        assert_eq!(flow(json!("not json")), "not json");
    }

    #[test]
    fn order_has_words_and_items() {
        let order = json!({"type": "order", "order": {"catalog_id": "7", "text": "as last time",
            "product_items": [{"product_retailer_id": "SKU-1", "quantity": 2, "item_price": 7.5, "currency": "GBP"},
                {"product_retailer_id": "SKU-2", "quantity": "1"}]}});
        let shown = "as last time\n2 x SKU-1 (7.5 GBP each)\n1 x SKU-2";
        assert_eq!(read(&order), (Kind::Text, shown.to_owned()));
    }

    #[test]
    fn buttons_and_lists_have_their_words() {
        for (message, shown) in [
            (
                json!({"type": "button", "button": {"text": "Yes", "payload": "P"}}),
                "Yes",
            ),
            (json!({"type": "button", "button": {"payload": "P"}}), "P"),
            (
                json!({"interactive": {"button_reply": {"id": "1", "title": "Later"}}}),
                "Later",
            ),
            (
                json!({"interactive": {"list_reply": {"id": "1", "title": "", "description": "at noon"}}}),
                "at noon",
            ),
            (
                json!({"interactive": {"type": "button", "body": {"text": "Which?"},
                    "action": {"buttons": [{"reply": {"id": "1", "title": "Red"}}, {"reply": {"title": "Blue"}}]}}}),
                "Which?\n- Red\n- Blue",
            ),
            (
                json!({"interactive": {"type": "list", "header": {"type": "text", "text": "Menu"}, "body": {"text": "Pick"},
                    "action": {"button": "See", "sections": [{"rows": [{"id": "1", "title": "Soup"}]}]}}}),
                "Menu\nPick\n- Soup",
            ),
            (
                json!({"interactive": {"type": "list", "body": {"text": "Pick"}, "action": {"sections": [
                    {"title": "Soups", "rows": [{"id": "1", "title": "Leek", "description": "with cream"}]},
                    {"title": "Cakes", "rows": [{"id": "2", "title": "Plum"}]}]}}}),
                "Pick\nSoups\n- Leek: with cream\nCakes\n- Plum",
            ),
            (
                json!({"interactive": {"list_reply": {"id": "1", "title": "Leek", "description": "with cream"}}}),
                "Leek\nwith cream",
            ),
            (
                json!({"interactive": {"type": "cta_url", "body": {"text": "Open"}, "action": {"name": "cta_url",
                    "parameters": {"display_text": "See dates", "url": "https://x.example/y"}}}}),
                "Open\n- See dates: https://x.example/y",
            ),
            (
                json!({"interactive": {"type": "carousel", "body": {"text": "Our range"}, "action": {"cards": [
                    {"card_index": 0, "body": {"text": "Oak chair"}, "action": {"buttons": [{"quick_reply": {"title": "Buy"}}]}},
                    {"card_index": 1, "body": {"text": "Ash chair"}, "action": {"name": "cta_url",
                        "parameters": {"display_text": "Look", "url": "https://x.example/z"}}}]}}}),
                "Our range\nOak chair\n- Buy\nAsh chair\n- Look: https://x.example/z",
            ),
            (
                json!({"template": {"name": "hello", "components": [{"type": "BODY", "text": "Hello Rita"},
                    {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop"}]}]}}),
                "Hello Rita\n- Stop",
            ),
            (
                json!({"template": {"name": "ready", "components": [{"type": "body", "parameters": [{"type": "text", "text": "Chairs"}]}]}}),
                "Chairs",
            ),
        ] {
            assert_eq!(read(&message), (Kind::Text, shown.to_owned()), "{message}");
        }
    }

    #[test]
    fn choice_order_or_template_without_a_text_is_refused() {
        let at = DateTime::from_timestamp(1_735_732_800, 0).unwrap();
        let permission = json!({"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}});
        for (kind, inner) in [
            ("interactive", permission),
            ("interactive", json!({"type": "novel"})),
            ("button", json!({})),
            ("order", json!({})),
            ("template", json!({})),
        ] {
            let mut read = NativeMessage::new(1, at);
            assert!(!fill(&mut read, kind, &inner), "{inner}");
        }
        let novel = json!({"interactive": {"type": "novel_reply", "novel_reply": {"id": "1", "title": "At noon"}}});
        assert_eq!(read(&novel).1, "At noon");
    }

    #[test]
    fn card_without_formatted_name_has_a_name() {
        for (card, shown) in [
            (
                json!({"name": {"formatted_name": "Carl Card"}, "phones": [{"phone": "+1 555"}]}),
                "Carl Card\n+1 555",
            ),
            (
                json!({"name": {"first_name": "Carl", "last_name": "Card"}}),
                "Carl Card",
            ),
            (
                json!({"name": {"first_name": "Carl"}, "phones": [{"wa_id": "1555"}]}),
                "Carl\n1555",
            ),
            (json!({"org": {"company": "Card & Co"}}), "Card & Co"),
            (
                json!({"vcard": "BEGIN:VCARD\nFN:Carl Card\nTEL:+1 555\nEND:VCARD"}),
                "Carl Card\n+1 555",
            ),
            (
                json!({"phones": [{"phone": "+1 556"}], "vcard": "BEGIN:VCARD\nFN:Carl Card\nTEL:+1 555\nEND:VCARD"}),
                "Carl Card\n+1 556",
            ),
            (
                json!({"org": {"company": "Card & Co"}, "vcard": "BEGIN:VCARD\nTEL:+1 555\nEND:VCARD"}),
                "Card & Co\n+1 555",
            ),
            (
                json!({"name": {}, "emails": [{"email": "carl@example.org"}]}),
                "carl@example.org",
            ),
        ] {
            let message = json!({"type": "contacts", "contacts": [card]});
            assert_eq!(
                read(&message),
                (Kind::Contact, shown.to_owned()),
                "{message}"
            );
        }
    }
}
