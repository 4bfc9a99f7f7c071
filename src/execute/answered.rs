//! What Close answered to a request for a message, as keyed hashes for a later comparison.
//!
//! A new message is recorded only where the answer differs from the request, so that a Close that stores what it gets
//! costs nothing; files always, since the record of what was sent has no names. Never here: the comparison
//! ([`crate::plan::compare`]).

use crate::checkpoint::fingerprint::keyed;
use crate::checkpoint::{Answered, HashKey};
use crate::close::{Message, NewMessage, Patch};
use crate::plan::compare::{files_answered, numbers_answered};

/// The answer to a new message; `None` if nothing of it has to be recorded.
pub(super) fn to_create(
    key: &HashKey,
    request: &NewMessage,
    stored: Option<&Message>,
) -> Option<Answered> {
    let stored = stored?;
    let text = &stored.message_markdown;
    let phones = (
        stored.local_phone.as_deref(),
        stored.remote_phone.as_deref(),
    );
    let sent = (
        Some(request.local_phone.as_str()),
        Some(request.remote_phone.as_str()),
    );
    let at = stored.activity_at.filter(|at| *at != request.activity_at);
    let answered = Answered {
        // An empty text is one that the answer does not contain.
        text: (!text.is_empty() && *text != request.message_markdown)
            .then(|| keyed(key, "answer-text", text)),
        people: (phones.0.is_some() && phones.1.is_some() && phones != sent)
            .then(|| keyed(key, "answer-numbers", &numbers_answered(phones.0, phones.1))),
        files: files(key, stored),
        at: at.map(|at| at.timestamp_millis()),
    };
    (answered != Answered::default()).then_some(answered)
}

/// The answer to an update: everything that was sent, since an earlier answer may be recorded.
pub(super) fn to_update(
    key: &HashKey,
    patch: &Patch,
    stored: Option<&Message>,
) -> Option<Answered> {
    let stored = stored?;
    let phones = (
        stored.local_phone.as_deref(),
        stored.remote_phone.as_deref(),
    );
    let sends_phones = patch.local_phone.is_some() || patch.remote_phone.is_some();
    let answered = Answered {
        text: (patch.message_markdown.is_some())
            .then(|| keyed(key, "answer-text", &stored.message_markdown)),
        people: sends_phones
            .then(|| keyed(key, "answer-numbers", &numbers_answered(phones.0, phones.1))),
        files: (patch.attachments.is_some())
            .then(|| files(key, stored))
            .flatten(),
        at: (stored.activity_at)
            .filter(|_| patch.activity_at.is_some())
            .map(|at| at.timestamp_millis()),
    };
    (answered != Answered::default()).then_some(answered)
}

fn files(key: &HashKey, stored: &Message) -> Option<[u8; 16]> {
    let files = stored.attachments.iter();
    let files = files.map(|file| (file.filename.as_str(), file.size));
    (!stored.attachments.is_empty()).then(|| keyed(key, "answer-files", &files_answered(files)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::{Direction, StoredFile};

    fn request() -> NewMessage {
        NewMessage {
            activity_at: chrono::DateTime::UNIX_EPOCH,
            contact_id: "cont_1".into(),
            lead_id: "lead_1".into(),
            direction: Direction::Incoming,
            external_whatsapp_message_id: "cf1-a".into(),
            local_phone: "+353861234501".to_owned(),
            remote_phone: "+353861234502".to_owned(),
            message_markdown: "one".to_owned(),
            attachments: Vec::new(),
            integration_link: None,
            response_to_id: None,
            user_id: None,
        }
    }

    fn stored() -> Message {
        let json = serde_json::json!({
            "id": "acti_1", "date_created": "2024-01-01T00:00:00Z",
            "activity_at": "1970-01-01T00:00:00Z", "message_markdown": "one",
            "local_phone": "+353861234501", "remote_phone": "+353861234502",
        });
        serde_json::from_value(json).expect("a message")
    }

    fn key() -> HashKey {
        HashKey::from_bytes([7; 32])
    }

    #[test]
    fn answer_equal_to_the_request_is_not_recorded() {
        assert_eq!(to_create(&key(), &request(), Some(&stored())), None);
        assert_eq!(to_create(&key(), &request(), None), None);
    }

    #[test]
    fn differing_fields_are_recorded() {
        let mut stored = stored();
        stored.message_markdown = "*one*".to_owned();
        let answered = to_create(&key(), &request(), Some(&stored)).expect("text");
        assert_eq!(answered.text, Some(keyed(&key(), "answer-text", "*one*")));
        assert_eq!(
            (answered.people, answered.files, answered.at),
            (None, None, None)
        );
        stored.local_phone = Some("353861234501".to_owned());
        stored.activity_at = Some(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(1));
        let answered = to_create(&key(), &request(), Some(&stored)).expect("more");
        assert!(answered.people.is_some());
        assert_eq!(answered.at, Some(1_000));
    }

    #[test]
    fn files_are_recorded_always() {
        let mut stored = stored();
        stored.attachments = vec![StoredFile {
            url: String::new(),
            filename: "a.jpg".to_owned(),
            content_type: String::new(),
            size: Some(3),
        }];
        let answered = to_create(&key(), &request(), Some(&stored)).expect("files");
        assert_eq!(
            answered.files,
            Some(keyed(&key(), "answer-files", "5:a.jpg:3"))
        );
    }

    #[test]
    fn answer_to_an_update_has_what_was_sent() {
        let patch = Patch {
            message_markdown: Some("one".to_owned()),
            ..Patch::default()
        };
        let answered = to_update(&key(), &patch, Some(&stored())).expect("text");
        let expected = Answered {
            text: Some(keyed(&key(), "answer-text", "one")),
            ..Answered::default()
        };
        assert_eq!(answered, expected);
        assert_eq!(to_update(&key(), &Patch::default(), Some(&stored())), None);
    }
}
