//! A message for tests, as archives, checkpoint and Close have it.

use std::sync::Arc;

use super::{
    Answered, Comparison, Expected, ExpectedLink, FileInClose, InClose, PeopleInClose, Sent, Wanted,
};
use crate::chat::{Kind, MediaKind};
use crate::ids::ActivityId;
use crate::matching::{Class, Precision, Program, Repeat};
use crate::phone::Phone;
use crate::plan::{Fingerprint, people_text};
use crate::transform::desired::{Content, DesiredMessage, Destination, Direction, File, SeenIn};
use crate::transform::observe::Evidence;

/// Milliseconds of a message's time.
pub(super) const AT: i64 = 1_710_000_000_000;

/// A reproducible hash in place of the keyed one.
pub(super) fn fingerprint() -> Fingerprint {
    Fingerprint(Arc::new(|kind, text| {
        let mut hash = [0; 16];
        let digest = blake3::hash(format!("{kind}:{text}").as_bytes());
        hash.copy_from_slice(&digest.as_bytes()[..16]);
        hash
    }))
}

pub(super) fn destination() -> Destination {
    Destination {
        lead_id: "lead_1".into(),
        contact_id: "cont_1".into(),
        user_id: Some("user_1".into()),
        local_phone: Phone::parse("+4915112345678").expect("a number"),
        remote_phone: Phone::parse("+353861234501").expect("a number"),
    }
}

/// An outgoing text, with one file.
pub(super) fn message(text: &str) -> DesiredMessage {
    DesiredMessage {
        external_id: "cf1-a".into(),
        ids: None,
        evidence: Evidence {
            content: None,
            class: Some(Class::Text),
            precision: Precision::Exact,
            repeats: Repeat::NEVER,
            varies: false,
            program: Program::Export,
            marks_edits: true,
            two_sided: false,
        },
        kind: Kind::Text,
        edited: false,
        undecided: false,
        repeated: false,
        contested: false,
        pasted: false,
        direction: Direction::Outgoing,
        activity_at: chrono::DateTime::from_timestamp_millis(AT).expect("a time"),
        markdown: Content::new(text.to_owned()),
        prefix_len: 0,
        suffix_len: 0,
        between: None,
        files: vec![File {
            container: 0,
            entry: 0,
            name: Content::new("gate.jpg".to_owned()),
            size: 400,
            crc: Some(7),
            media: MediaKind::Image,
        }],
        reply_to: None,
        answers: None,
        link: None,
        archive: 0,
        line: 1,
        seen_in: SeenIn::only(0),
    }
}

/// The message as it was sent.
pub(super) fn sent(text: &str) -> Sent {
    let fingerprint = fingerprint();
    Sent {
        body: (fingerprint.0)("body", text),
        at: AT,
        outgoing: Some(true),
        people: Some((fingerprint.0)("people", &people_text(&destination()))),
        files: 1,
        sizes: Some(vec![400]),
        changing: false,
    }
}

/// The message as Close has it.
pub(super) fn in_close(text: &str) -> InClose {
    InClose {
        text: Some(text.to_owned()),
        at: Some(AT),
        outgoing: Some(true),
        people: PeopleInClose {
            contact_id: Some("cont_1".into()),
            user_id: Some("user_1".into()),
            local_phone: Some("+4915112345678".to_owned()),
            remote_phone: Some("+353861234501".to_owned()),
        },
        link: Some(target()),
        files: vec![FileInClose {
            name: "gate.jpg".to_owned(),
            size: Some(400),
        }],
    }
}

pub(super) fn target() -> ActivityId {
    "acti_target".into()
}

/// What is expected: by archives and checkpoint.
pub(super) fn expected<'w>(message: &'w DesiredMessage, to: &'w Destination) -> Expected<'w> {
    Expected {
        wanted: Some(Wanted { message, to }),
        sent: Some(sent(message.markdown.reveal())),
        answered: Answered {
            files: Some((fingerprint().0)("answer-files", "8:gate.jpg:400")),
            ..Answered::default()
        },
        link: ExpectedLink::To(vec![target()]),
    }
}

pub(super) fn comparison(fingerprint: &Fingerprint) -> Comparison<'_> {
    Comparison {
        fingerprint: Some(fingerprint),
        instead: None,
        is_group: false,
        reference: None,
    }
}
