//! Format detection for JSON files by their first bytes.

use std::borrow::Cow;

use super::people::{Jid, jid_kind};
use super::reader::Candidate;

/// Endings of names under which JSON is recognised in a folder.
const ENDINGS: [&str; 4] = [".json", ".jsonl", ".ndjson", ".log"];

/// Format of a JSON file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonFormat {
    /// WhatsApp-Chat-Exporter, default format.
    Exporter,
    /// WhatsApp-Chat-Exporter, Telegram-like format.
    TelegramLike,
    /// An export of Telegram itself, which is not supported.
    Telegram,
    /// Webhooks of the Cloud API.
    Cloud,
}

/// Whether the candidate has the name of a JSON file.
pub(super) fn has_name(candidate: &Candidate<'_>) -> bool {
    candidate.ends_with(&ENDINGS)
}

/// The JSON format of a candidate; `None` for everything else.
pub(super) fn format_of(candidate: &Candidate<'_>) -> Option<JsonFormat> {
    candidate.file_name()?;
    let may_be = candidate.is_named || has_name(candidate);
    may_be.then(|| candidate.head()).flatten().and_then(detect)
}

/// Detects the format by the first bytes; `None` for everything else. A settings file of another program must
/// never be mistaken for a chat.
pub(super) fn detect(head: &[u8]) -> Option<JsonFormat> {
    let head = String::from_utf8_lossy(head);
    let start = head.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let has = |word: &str| has_string(&head, word);
    if is_cloud(&head) {
        return Some(JsonFormat::Cloud);
    }
    if has("text_entities") && has("date_unixtime") && has("from_id") {
        // The exporter writes a number where Telegram writes a string (observed).
        let is_text = head.split("\"date_unixtime\"").nth(1).is_some_and(|rest| {
            let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
            value.is_some_and(|value| value.starts_with('"'))
        });
        return Some(match is_text {
            true => JsonFormat::Telegram,
            false => JsonFormat::TelegramLike,
        });
    }
    let exporter = has("key_id") && has("from_me");
    (exporter || begins_with_chat(start)).then_some(JsonFormat::Exporter)
}

/// Whether JSON contains this word as a string. Thousands of files are examined, so nothing is allocated.
fn has_string(json: &str, word: &str) -> bool {
    let mut found = memchr::memmem::find_iter(json.as_bytes(), word);
    found.any(|at| json[..at].ends_with('"') && json[at + word.len()..].starts_with('"'))
}

/// Whether JSON contains a webhook of the Cloud API, perhaps as a string.
fn is_cloud(head: &str) -> bool {
    // Each string around it adds a level of escapes.
    let plain = match head.contains('\\') {
        true => Cow::Owned(head.replace('\\', "")),
        false => Cow::Borrowed(head),
    };
    let has = |word: &str| has_string(&plain, word);
    has("messaging_product")
        || has("message_echoes")
        || (has("whatsapp_business_account") && has("entry"))
}

/// True for `{"15550001001@s.whatsapp.net": {… "messages": …`. Every contact of the address book is a chat, and
/// the first one with messages may be far into the file.
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
    fn only_known_formats_are_detected() {
        for (head, is) in [
            ("{\"messages\": []}", None),
            ("no json \"key_id\" \"from_me\"", None),
            ("{\"a@b.c\": {\"messages\": {}}}", None),
            (
                " {\"1@s.whatsapp.net\": {\"messages\": {\"1\": {\"from_me\": true, \"key_id\": \"A\"}}}}",
                Some(JsonFormat::Exporter),
            ),
            // Version 0.9, and none of the first thousand contacts has messages.
            (
                "{\"15550000000@s.whatsapp.net\": {\"name\": \"x\", \"messages\": {}}, ",
                Some(JsonFormat::Exporter),
            ),
            (
                "{\"messaging_product\": \"whatsapp\"}",
                Some(JsonFormat::Cloud),
            ),
            (
                "{\"name\": \"X\", \"messages\": [{\"date_unixtime\": \"1735732800\", \"from_id\": \"user1\", \"text_entities\": []}]}",
                Some(JsonFormat::Telegram),
            ),
            (
                "{\"name\": \"X\", \"messages\": [{\"date_unixtime\": 1735732800, \"from_id\": \"user1\", \"text_entities\": []}]}",
                Some(JsonFormat::TelegramLike),
            ),
        ] {
            assert_eq!(detect(head.as_bytes()), is, "{head}");
        }
    }
}
