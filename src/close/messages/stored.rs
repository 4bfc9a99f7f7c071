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
    /// The activity id of the new message, `acti_…`.
    pub id: ActivityId,
    /// The message as Close stores it, if the response contains it.
    #[serde(skip)]
    pub stored: Option<Box<Message>>,
}

/// A message as Close returns it, with the fields that an importer needs. `Debug` shows ids and times.
#[derive(Clone, PartialEq, Deserialize)]
pub struct Message {
    /// The activity id of the message, `acti_…`.
    pub id: ActivityId,
    /// The lead that the message is on; `None` if Close does not return it.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// The contact; `None` after the contact's deletion.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// The user who owns the message; `None` if Close returns none.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The external id; empty for a message without one.
    #[serde(
        rename = "external_whatsapp_message_id",
        default,
        deserialize_with = "wire::text"
    )]
    pub external_id: ExternalId,
    /// Whether the contact or the user sent it; `None` for an unknown value.
    #[serde(default, deserialize_with = "direction")]
    pub direction: Option<Direction>,
    /// The time of the message, in UTC; `None` if it is absent or invalid.
    #[serde(default, deserialize_with = "wire::maybe_date")]
    pub activity_at: Option<DateTime<Utc>>,
    /// The time of its creation in Close, in UTC.
    #[serde(deserialize_with = "wire::date")]
    pub date_created: DateTime<Utc>,
    /// The text as posted.
    #[serde(default, deserialize_with = "wire::text")]
    pub message_markdown: String,
    /// The user's own number, E.164; `None` if Close returns none.
    #[serde(default)]
    pub local_phone: Option<String>,
    /// The contact's number, E.164; `None` if Close returns none.
    #[serde(default)]
    pub remote_phone: Option<String>,
    /// The activity id of the reply target; `None` without a link.
    #[serde(default)]
    pub response_to_id: Option<ActivityId>,
    /// The files of the message.
    #[serde(default, deserialize_with = "attachments")]
    pub attachments: Vec<StoredFile>,
    /// The link that an integration gave it; `None` without one.
    #[serde(default)]
    pub integration_link: Option<String>,
}

/// A file as Close returns it. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct StoredFile {
    /// The address of the file at Close (`go/file`), which needs the credential.
    #[serde(default, deserialize_with = "wire::text")]
    pub url: String,
    /// The file's name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub filename: String,
    /// The file's media type; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub content_type: String,
    /// The file's size in bytes; `None` if Close does not return it.
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

/// Decodes a direction; `None` if it is absent or unknown.
///
/// # Errors
///
/// The value is neither a text nor null.
pub(crate) fn direction<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Option<Direction>, D::Error> {
    Ok(match Option::<String>::deserialize(d)?.as_deref() {
        Some("incoming") => Some(Direction::Incoming),
        Some("outgoing") => Some(Direction::Outgoing),
        _ => None,
    })
}

/// Decodes the files of a message; an absent list is empty.
///
/// # Errors
///
/// A file of an unexpected shape.
pub(crate) fn attachments<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Vec<StoredFile>, D::Error> {
    Ok(Option::<Vec<StoredFile>>::deserialize(d)?.unwrap_or_default())
}
