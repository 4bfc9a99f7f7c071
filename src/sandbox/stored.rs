//! Values that a sandbox shows from outside: messages, leads, files and requests.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A message as the sandbox stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMessage {
    /// The activity id, `acti_…`.
    pub id: String,
    /// The external id, Close's field `external_whatsapp_message_id`.
    pub external_id: String,
    /// The lead that the message is on, `lead_…`.
    pub lead_id: String,
    /// The contact, `cont_…`; `None` after the contact was deleted.
    pub contact_id: Option<String>,
    /// The user who owns the message, `user_…`; `None` if it has none.
    pub user_id: Option<String>,
    /// `incoming` or `outgoing`.
    pub direction: String,
    /// The time of the message, in UTC.
    pub activity_at: DateTime<Utc>,
    /// The user's number, E.164.
    pub local_phone: String,
    /// The contact's number, E.164.
    pub remote_phone: String,
    /// The text in WhatsApp's markdown, as posted.
    pub markdown: String,
    /// The files of the message.
    pub attachments: Vec<StoredAttachment>,
    /// The URL of the link as posted; `None` without one.
    pub integration_link: Option<String>,
    /// The message that it replies to, `acti_…`; `None` if it is no reply.
    pub response_to_id: Option<String>,
    /// Whether it made an Inbox notification (assumption A47: incoming messages with `send_to_inbox=true` only).
    pub inbox: bool,
    /// When it was created, by the sandbox's clock, in UTC; no two are equal.
    pub date_created: DateTime<Utc>,
}

/// A file on a [`StoredMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAttachment {
    /// The file's name as posted with the message.
    pub filename: String,
    /// The file's media type as posted with the message.
    pub content_type: String,
    /// The size in bytes, as uploaded.
    pub size: u64,
    /// The BLAKE3 hash of the bytes, 64 hexadecimal digits.
    pub blake3: String,
    /// The permanent address of the file (`go/file`).
    pub url: String,
}

/// A lead as the sandbox stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredLead {
    /// The lead's id, `lead_…`.
    pub id: String,
    /// The lead's name; may be empty.
    pub name: String,
    /// The name of the lead's status.
    pub status: String,
    /// The lead's contacts, in order of creation.
    pub contacts: Vec<StoredContact>,
}

/// A contact of a [`StoredLead`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredContact {
    /// The contact's id, `cont_…`.
    pub id: String,
    /// The contact's name; may be empty.
    pub name: String,
    /// The contact's numbers with their types, as in `+353861234567 mobile`.
    pub phones: Vec<String>,
}

/// A file for which a ticket was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// The temporary address for the upload.
    pub url: String,
    /// The size in bytes; `None` if the file was never uploaded.
    pub size: Option<u64>,
    /// The BLAKE3 hash of the bytes, 64 hexadecimal digits; `None` if the file was never uploaded.
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
    /// The HTTP status of the handler; `None` if a fault prevented handling.
    pub carried_out: Option<u16>,
    /// The HTTP status that was sent; `None` if the connection was dropped.
    pub sent: Option<u16>,
}
