//! Facts recorded about a message beyond those that Close shows: the evidence that later runs match by.
//!
//! In scope: evidence in the types of the checkpoint. Out of scope: requests.

use crate::chat::Kind;
use crate::checkpoint::fingerprint::{keyed, tombstone};
use crate::checkpoint::{Class, Facts, Hash, HashKey};
use crate::matching::Precision;
use crate::transform::identity;
use crate::transform::observe::Evidence;

/// Facts with only what the archives show of a message; every other field is empty.
pub(super) fn of(key: &HashKey, kind: Kind, edited: bool, evidence: &Evidence) -> Facts {
    Facts {
        chat: Hash::default(),
        activity_at: 0,
        body_hash: tombstone(key),
        media_count: 0,
        media_bytes: 0,
        media_hash: None,
        people_hash: None,
        response_to: None,
        identity: identity::VERSION,
        outgoing: false,
        media: false,
        content: (evidence.content)
            .map(|body| keyed(key, "content", &data_encoding::HEXLOWER.encode(&body))),
        class: Some(class(kind)),
        edited: (edited || evidence.marks_edits).then_some(edited),
        deleted: Some(kind == Kind::Deleted),
        exact: Some(evidence.precision == Precision::Exact),
        seconds: Some(evidence.precision != Precision::Minute),
        author: None,
        source: None,
        files: Vec::new(),
    }
}

fn class(kind: Kind) -> Class {
    match kind {
        Kind::Text => Class::Text,
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce => Class::File,
        Kind::Location | Kind::LiveLocation => Class::Place,
        Kind::Contact => Class::Card,
        Kind::Poll => Class::Poll,
        Kind::Event => Class::Event,
        Kind::Call => Class::Call,
        Kind::Deleted => Class::Deleted,
        Kind::Waiting | Kind::System | Kind::Unsupported => Class::Other,
    }
}
