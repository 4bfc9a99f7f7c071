//! Values that a sandbox shows from outside: messages, leads, files and requests.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A message as the sandbox stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMessage {
    /// `acti_…`
    pub id: String,
    /// `external_whatsapp_message_id`
    pub external_id: String,
    /// The lead that it is on.
    pub lead_id: String,
    /// `None` after the contact was deleted.
    pub contact_id: Option<String>,
    /// The user who owns the message.
    pub user_id: Option<String>,
    /// `incoming` or `outgoing`.
    pub direction: String,
    /// The time of the message.
    pub activity_at: DateTime<Utc>,
    /// The user's number, E.164.
    pub local_phone: String,
    /// The contact's number, E.164.
    pub remote_phone: String,
    /// The text as posted.
    pub markdown: String,
    /// Its files.
    pub attachments: Vec<StoredAttachment>,
    /// The link, as posted.
    pub integration_link: Option<String>,
    /// The message that it replies to, `acti_…`.
    pub response_to_id: Option<String>,
    /// Whether it made an Inbox notification (assumption A47: incoming messages with `send_to_inbox=true` only).
    pub inbox: bool,
    /// When it was created, by the sandbox's clock; no two are equal.
    pub date_created: DateTime<Utc>,
}

/// A file on a [`StoredMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAttachment {
    /// The name as posted with the message.
    pub filename: String,
    /// The type as posted with the message.
    pub content_type: String,
    /// In bytes, as uploaded.
    pub size: u64,
    /// BLAKE3 of the bytes, in hex.
    pub blake3: String,
    /// The permanent address.
    pub url: String,
}

/// A lead as the sandbox stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredLead {
    /// `lead_…`
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// The name of its status.
    pub status: String,
    /// Its contacts, in order of creation.
    pub contacts: Vec<StoredContact>,
}

/// A contact of a [`StoredLead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredContact {
    /// `cont_…`
    pub id: String,
    /// Their name; may be empty.
    pub name: String,
    /// Their numbers with their types, as in `+353861234567 mobile`.
    pub phones: Vec<String>,
}

/// A file for which a ticket was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// The temporary address.
    pub url: String,
    /// In bytes; `None` if it was never uploaded.
    pub size: Option<u64>,
    /// BLAKE3 of the bytes, in hex; `None` if it was never uploaded.
    pub blake3: Option<String>,
}

/// A request that was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestLine {
    /// The number, as in [`super::Seen::number`].
    pub number: u64,
    /// The effective method, as in [`super::Seen::method`].
    pub method: String,
    /// The path without `/api/v1` and with `{id}` for ids, such as `/lead/{id}/`; `/_storage/` and
    /// `/go/file/` for the storage host and downloads.
    pub template: String,
    /// The status of the handler; `None` if a fault prevented handling.
    pub carried_out: Option<u16>,
    /// The status that was sent; `None` when the connection was dropped.
    pub sent: Option<u16>,
}
