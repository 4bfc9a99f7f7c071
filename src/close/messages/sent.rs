//! The fields of a message to create or to update, as Close names them.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};

use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};

/// Direction of a message, in Close's terms for WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the contact to the user.
    Incoming,
    /// From the user to the contact.
    Outgoing,
}

/// A reference of a message to an uploaded file. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FileLink {
    /// [`Ticket::download_url`](crate::close::Ticket::download_url), verbatim.
    pub url: String,
    /// The file's name as it is shown, any Unicode.
    pub filename: String,
    /// The file's media type, such as `image/jpeg`.
    pub content_type: String,
}

/// A message to create: exactly the fields of Close, since it rejects unknown ones. `Debug` shows the external id
/// only.
#[derive(Clone, PartialEq, Serialize)]
pub struct NewMessage {
    /// The time of the message in UTC; sent with milliseconds and `Z`.
    #[serde(serialize_with = "instant")]
    pub activity_at: DateTime<Utc>,
    /// The contact, `cont_…`; must be a contact of the lead.
    pub contact_id: ContactId,
    /// The lead, `lead_…`; cannot be changed later.
    pub lead_id: LeadId,
    /// Whether the contact or the user sent the message.
    pub direction: Direction,
    /// The external id; cannot be changed later.
    pub external_whatsapp_message_id: ExternalId,
    /// The user's own number, E.164.
    pub local_phone: String,
    /// The contact's number, E.164.
    pub remote_phone: String,
    /// The text in WhatsApp's markdown. Whether Close accepts an empty text is unknown (assumption
    /// A11 in docs/reference/close-api.md).
    pub message_markdown: String,
    /// The files, at most 25 MB in total (assumption A20), which the caller ensures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileLink>,
    /// An http(s) URL of at most 2083 characters; `None` without a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_link: Option<String>,
    /// The activity id of the reply target, `acti_…`; `None` if the message is no reply or its
    /// target is not in Close.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_to_id: Option<ActivityId>,
    /// The user who owns the message, `user_…`; `None`: the credential's user (assumption A15).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// A partial update: `None` leaves a field unchanged. `Debug` shows the names of the fields that are set.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Patch {
    /// The time of the message in UTC; sent with milliseconds and `Z`.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "some_instant"
    )]
    pub activity_at: Option<DateTime<Utc>>,
    /// The complete new list of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<FileLink>>,
    /// Another contact of the lead, `cont_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// Whether the contact or the user sent the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The URL of the link; `Some(None)` removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_link: Option<Option<String>>,
    /// The user's own number, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_phone: Option<String>,
    /// The text in WhatsApp's markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_markdown: Option<String>,
    /// The contact's number, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_phone: Option<String>,
    /// The activity id of the reply target; `Some(None)` removes the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_to_id: Option<Option<ActivityId>>,
    /// The user who owns the message, `user_…`; cannot be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl Patch {
    /// The names of the fields that are set, as Close spells them.
    pub fn fields(&self) -> Vec<&'static str> {
        let set = [
            ("activity_at", self.activity_at.is_some()),
            ("attachments", self.attachments.is_some()),
            ("contact_id", self.contact_id.is_some()),
            ("direction", self.direction.is_some()),
            ("integration_link", self.integration_link.is_some()),
            ("local_phone", self.local_phone.is_some()),
            ("message_markdown", self.message_markdown.is_some()),
            ("remote_phone", self.remote_phone.is_some()),
            ("response_to_id", self.response_to_id.is_some()),
            ("user_id", self.user_id.is_some()),
        ];
        set.into_iter()
            .filter_map(|(name, is_set)| is_set.then_some(name))
            .collect()
    }
}

impl fmt::Debug for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLink").finish_non_exhaustive()
    }
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field(
                "external_whatsapp_message_id",
                &self.external_whatsapp_message_id,
            )
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Patch").field(&self.fields()).finish()
    }
}

fn instant<S: Serializer>(at: &DateTime<Utc>, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn some_instant<S: Serializer>(at: &Option<DateTime<Utc>>, s: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => instant(at, s),
        None => s.serialize_none(),
    }
}
