//! A message as Close returns it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::sent::Direction;
use crate::close::wire;
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};

/// The activity that a POST created.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Created {
    /// `acti_…`.
    pub id: ActivityId,
    /// The message as Close stores it, if the response contains it.
    #[serde(skip)]
    pub stored: Option<Box<Message>>,
}

/// A message as Close returns it, with the fields that an importer needs. `Debug` shows ids and times.
#[derive(Clone, PartialEq, Deserialize)]
pub struct Message {
    /// `acti_…`.
    pub id: ActivityId,
    /// Its lead.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// The contact; `None` after its deletion.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// The user.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The external id; empty for a message without one.
    #[serde(
        rename = "external_whatsapp_message_id",
        default,
        deserialize_with = "wire::text"
    )]
    pub external_id: ExternalId,
    /// Direction; `None` for an unknown value.
    #[serde(default, deserialize_with = "direction")]
    pub direction: Option<Direction>,
    /// Time of the message.
    #[serde(default, deserialize_with = "wire::maybe_date")]
    pub activity_at: Option<DateTime<Utc>>,
    /// Time of creation in Close.
    #[serde(deserialize_with = "wire::date")]
    pub date_created: DateTime<Utc>,
    /// The text as posted.
    #[serde(default, deserialize_with = "wire::text")]
    pub message_markdown: String,
    /// The user's own number, if Close returns it.
    #[serde(default)]
    pub local_phone: Option<String>,
    /// The contact's number, if Close returns it.
    #[serde(default)]
    pub remote_phone: Option<String>,
    /// The reply target.
    #[serde(default)]
    pub response_to_id: Option<ActivityId>,
    /// Its files.
    #[serde(default, deserialize_with = "attachments")]
    pub attachments: Vec<StoredFile>,
    /// The link of the integration that created it.
    #[serde(default)]
    pub integration_link: Option<String>,
}

/// A file as Close returns it. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct StoredFile {
    /// Its `go/file` address.
    #[serde(default, deserialize_with = "wire::text")]
    pub url: String,
    /// Its name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub filename: String,
    /// Its MIME type; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub content_type: String,
    /// Its size in bytes, if Close returns it.
    #[serde(default)]
    pub size: Option<u64>,
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("external_id", &self.external_id)
            .field("activity_at", &self.activity_at)
            .field("date_created", &self.date_created)
            .finish_non_exhaustive()
    }
}

/// A direction; `None` if it is absent or unknown.
pub(crate) fn direction<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Option<Direction>, D::Error> {
    Ok(match Option::<String>::deserialize(d)?.as_deref() {
        Some("incoming") => Some(Direction::Incoming),
        Some("outgoing") => Some(Direction::Outgoing),
        _ => None,
    })
}

/// The files of a message; `null` for none.
pub(crate) fn attachments<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Vec<StoredFile>, D::Error> {
    Ok(Option::<Vec<StoredFile>>::deserialize(d)?.unwrap_or_default())
}
