//! The key of a message, and the formats of ids and words that may be recorded.
//!
//! In scope: the checks that refuse a value whose format could carry personal data. Out of scope: which
//! value belongs where ([`Change`](super::Change)).

use serde::{Deserialize, Serialize};

use super::error::Error;
use crate::ids::{ExternalId, LeadId};

/// The key of a message: external ids are unique per lead only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageKey {
    /// The external id, native or derived: visible ASCII without `@`, 1 to 255 bytes.
    pub external_id: ExternalId,
    /// The lead in Close (`lead_…`).
    pub lead_id: LeadId,
}

impl MessageKey {
    /// The key of `external_id` on `lead_id`.
    pub fn new(external_id: impl Into<ExternalId>, lead_id: impl Into<LeadId>) -> MessageKey {
        MessageKey {
            external_id: external_id.into(),
            lead_id: lead_id.into(),
        }
    }
}

pub(super) fn check_key(key: &MessageKey) -> Result<(), Error> {
    external_id("external_id", &key.external_id)?;
    close_id("lead_id", key.lead_id.as_str())
}

/// A bare stanza id or a derived id. No `@`: the full key of a WhatsApp message contains a phone number.
pub(super) fn external_id(what: &'static str, id: &ExternalId) -> Result<(), Error> {
    let id = id.as_str();
    let fits = (1..=255).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'@');
    if fits {
        Ok(())
    } else {
        Err(Error::Malformed { what })
    }
}

/// An id of Close: letters, digits and `_`, beginning with a letter, so never a phone number.
pub(super) fn close_id(what: &'static str, id: &str) -> Result<(), Error> {
    let fits = id.len() <= 128
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits {
        Ok(())
    } else {
        Err(Error::Malformed { what })
    }
}

/// A name of the time zone database: no sequence of digits that could be a phone number.
pub(super) fn zone_name(zone: &str) -> Result<(), Error> {
    let digits = zone.bytes().filter(u8::is_ascii_digit).count();
    let fits = (1..=64).contains(&zone.len())
        && digits < 4
        && zone
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
    if fits {
        Ok(())
    } else {
        Err(Error::Malformed { what: "zone" })
    }
}

/// A stable word of this program.
pub(super) fn word(what: &'static str, text: &str) -> Result<(), Error> {
    let fits = (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte)
        });
    if fits {
        Ok(())
    } else {
        Err(Error::Malformed { what })
    }
}
