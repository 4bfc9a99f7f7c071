//! Telling JSON files apart by their beginning.

use super::people::{Jid, jid_kind};

/// What a JSON file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// WhatsApp-Chat-Exporter's usual form.
    Exporter,
    /// Its form that looks like Telegram's.
    TelegramLike,
    /// Telegram's own export, which is none of ours.
    Telegram,
    /// Webhooks of the Cloud API.
    Cloud,
}

/// What a JSON file is, by its first bytes; `None` for everything else. A settings file of some
/// program must never be taken for a chat.
pub(super) fn shape(head: &[u8]) -> Option<Shape> {
    let head = String::from_utf8_lossy(head);
    let start = head.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let has = |word: &str| head.contains(&format!("\"{word}\""));
    let cloud = has("messaging_product")
        || has("message_echoes")
        || (has("whatsapp_business_account") && has("entry"));
    if cloud {
        return Some(Shape::Cloud);
    }
    if has("text_entities") && has("date_unixtime") && has("from_id") {
        // The program writes a number where Telegram writes a text (`native-sources.md` 1.3).
        let is_text = head.split("\"date_unixtime\"").nth(1).is_some_and(|rest| {
            let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
            value.is_some_and(|value| value.starts_with('"'))
        });
        return Some(match is_text {
            true => Shape::Telegram,
            false => Shape::TelegramLike,
        });
    }
    let exporter = has("key_id") && has("from_me");
    (exporter || begins_with_chat(start)).then_some(Shape::Exporter)
}

/// True for `{"15550001001@s.whatsapp.net": {… "messages": …`: every person of the address book is a
/// chat, and the first that is not empty may be far down.
fn begins_with_chat(start: &str) -> bool {
    let key = (start.strip_prefix('{'))
        .and_then(|rest| rest.trim_start().strip_prefix('"'))
        .and_then(|rest| rest.split_once('"'));
    key.is_some_and(|(key, rest)| {
        let is_chat = jid_kind(key) != Jid::Other || key == "000000000000000";
        let rest = rest.trim_start().strip_prefix(':').map(str::trim_start);
        is_chat && rest.is_some_and(|rest| rest.starts_with('{') && rest.contains("\"messages\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_is_taken() {
        for (head, is) in [
            ("{\"messages\": []}", None),
            ("no json \"key_id\" \"from_me\"", None),
            ("{\"a@b.c\": {\"messages\": {}}}", None),
            (
                " {\"1@s.whatsapp.net\": {\"messages\": {\"1\": {\"from_me\": true, \"key_id\": \"A\"}}}}",
                Some(Shape::Exporter),
            ),
            // Version 0.9, and nobody of the first thousand wrote anything.
            (
                "{\"15550000000@s.whatsapp.net\": {\"name\": \"x\", \"messages\": {}}, ",
                Some(Shape::Exporter),
            ),
            ("{\"messaging_product\": \"whatsapp\"}", Some(Shape::Cloud)),
            (
                "{\"name\": \"X\", \"messages\": [{\"date_unixtime\": \"1735732800\", \"from_id\": \"user1\", \"text_entities\": []}]}",
                Some(Shape::Telegram),
            ),
            (
                "{\"name\": \"X\", \"messages\": [{\"date_unixtime\": 1735732800, \"from_id\": \"user1\", \"text_entities\": []}]}",
                Some(Shape::TelegramLike),
            ),
        ] {
            assert_eq!(shape(head.as_bytes()), is, "{head}");
        }
    }
}
