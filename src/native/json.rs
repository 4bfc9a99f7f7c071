//! Telling JSON files apart by their beginning.

use super::Kind;

/// What a JSON file is, by its first bytes; `None` for everything else. A settings file of some
/// program must never be taken for a chat.
pub(super) fn kind_of(head: &[u8]) -> Option<Kind> {
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
        return Some(Kind::Cloud);
    }
    let exporter = has("key_id") && has("from_me");
    let telegram_like = has("text_entities") && has("date_unixtime") && has("from_id");
    // Every person of the address book is a chat, most of them empty.
    let contacts_only = has("my_avatar") && has("their_avatar") && has("messages");
    (exporter || telegram_like || contacts_only).then_some(Kind::Exporter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_is_taken() {
        assert_eq!(kind_of(b"{\"messages\": []}"), None);
        assert_eq!(kind_of(b"no json \"key_id\" \"from_me\""), None);
        assert_eq!(
            kind_of(b" {\"1@s.whatsapp.net\": {\"messages\": {\"1\": {\"from_me\": true, \"key_id\": \"A\"}}}}"),
            Some(Kind::Exporter)
        );
        assert_eq!(
            kind_of(b"{\"messaging_product\": \"whatsapp\"}"),
            Some(Kind::Cloud)
        );
    }
}
