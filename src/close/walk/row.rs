//! The rows of a list of messages: with all that a comparison needs, or with their ids only.
//!
//! Never here: the order of rows.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::close::messages::{Direction, Message, StoredFile, attachments, direction};
use crate::close::wire;
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};

/// The fields of a [`Listed`].
const FIELDS: &str = "id,external_whatsapp_message_id,activity_at,direction,date_created,\
    message_markdown,response_to_id,created_by,contact_id,user_id,local_phone,remote_phone,\
    attachments,integration_link,updated_by,date_updated";

/// A message of a lead as [`Client::list_lead_messages`](crate::close::Client::list_lead_messages) gives it.
/// `Debug` shows nothing of its text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// The activity id of the message, `acti_…`.
    pub id: ActivityId,
    /// The lead that the message is on; `None` except from
    /// [`Client::list_messages`](crate::close::Client::list_messages), which requests it.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// The external id; empty for a message without one.
    #[serde(
        rename = "external_whatsapp_message_id",
        default,
        deserialize_with = "wire::text"
    )]
    pub external_id: ExternalId,
    /// The time of the message, in UTC; `None` if it is absent or invalid.
    #[serde(default, deserialize_with = "wire::maybe_date")]
    pub activity_at: Option<DateTime<Utc>>,
    /// Whether the contact or the user sent it; `None` for an unknown value.
    #[serde(default, deserialize_with = "direction")]
    pub direction: Option<Direction>,
    /// The time of its creation in Close, in UTC.
    #[serde(deserialize_with = "wire::date")]
    pub date_created: DateTime<Utc>,
    /// The text in WhatsApp's markdown.
    #[serde(default, deserialize_with = "wire::text")]
    pub message_markdown: String,
    /// The activity id of the reply target; `None` without a link.
    #[serde(default)]
    pub response_to_id: Option<ActivityId>,
    /// The user whose key created it; `None` if Close does not return that.
    #[serde(default)]
    pub created_by: Option<UserId>,
    /// The contact; `None` after the contact's deletion.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// The user who owns the message; `None` if Close returns none.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The user's own number, E.164; `None` if Close returns none.
    #[serde(default)]
    pub local_phone: Option<String>,
    /// The contact's number, E.164; `None` if Close returns none.
    #[serde(default)]
    pub remote_phone: Option<String>,
    /// The files of the message.
    #[serde(default, deserialize_with = "attachments")]
    pub attachments: Vec<StoredFile>,
    /// The link that an integration gave it; `None` without one.
    #[serde(default)]
    pub integration_link: Option<String>,
    /// The user who last changed it; `None` if Close does not return that.
    #[serde(default)]
    pub updated_by: Option<UserId>,
    /// The time of its last change, in UTC; `None` if Close does not return it.
    #[serde(default, deserialize_with = "wire::maybe_date")]
    pub date_updated: Option<DateTime<Utc>>,
}

/// A message that was read by its id, as a list has it. Who created and changed it is not known.
impl From<Message> for Listed {
    fn from(message: Message) -> Listed {
        Listed {
            id: message.id,
            lead_id: message.lead_id,
            external_id: message.external_id,
            activity_at: message.activity_at,
            direction: message.direction,
            date_created: message.date_created,
            message_markdown: message.message_markdown,
            response_to_id: message.response_to_id,
            created_by: None,
            contact_id: message.contact_id,
            user_id: message.user_id,
            local_phone: message.local_phone,
            remote_phone: message.remote_phone,
            attachments: message.attachments,
            integration_link: message.integration_link,
            updated_by: None,
            date_updated: None,
        }
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed")
            .field("id", &self.id)
            .field("external_id", &self.external_id)
            .field("activity_at", &self.activity_at)
            .field("direction", &self.direction)
            .field("date_created", &self.date_created)
            .finish_non_exhaustive()
    }
}

/// The fields of a [`Named`].
pub(super) const NAMES: &str = "id,external_whatsapp_message_id,date_created";

/// A message of a lead by its ids.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) id: ActivityId,
    #[serde(
        rename = "external_whatsapp_message_id",
        default,
        deserialize_with = "wire::text"
    )]
    pub(super) external_id: ExternalId,
    #[serde(deserialize_with = "wire::date")]
    date_created: DateTime<Utc>,
}

/// A row of a list.
pub(super) trait Row: DeserializeOwned {
    const FIELDS: &'static str;
    fn id(&self) -> &ActivityId;
    fn date_created(&self) -> DateTime<Utc>;
}

impl Row for Listed {
    const FIELDS: &'static str = FIELDS;

    fn id(&self) -> &ActivityId {
        &self.id
    }

    fn date_created(&self) -> DateTime<Utc> {
        self.date_created
    }
}

impl Row for Named {
    const FIELDS: &'static str = NAMES;

    fn id(&self) -> &ActivityId {
        &self.id
    }

    fn date_created(&self) -> DateTime<Utc> {
        self.date_created
    }
}
