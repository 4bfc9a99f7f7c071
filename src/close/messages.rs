//! WhatsApp message activities: create, update, delete, get, look up.
//!
//! Never concludes that a message is absent because a look-up right after a write does not find it; the caller knows
//! when the write ended.
//!
//! See docs/reference/close-api.md, "Message activities".

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::client::{Call, Client, Permit};
use super::error::Failure;
use super::outcome::RequestKind;
use super::pace::Allowance;
use super::wire::{self, Page};
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};

pub(crate) const LIST: &str = "GET /activity/whatsapp_message/";
const CREATE: &str = "POST /activity/whatsapp_message/";
const GET: &str = "GET /activity/whatsapp_message/{id}/";
const UPDATE: &str = "PUT /activity/whatsapp_message/{id}/";
const DELETE: &str = "DELETE /activity/whatsapp_message/{id}/";

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
    /// [`Ticket::download_url`](super::Ticket::download_url), verbatim.
    pub url: String,
    /// The file's true name, any Unicode.
    pub filename: String,
    /// Its MIME type.
    pub content_type: String,
}

/// A message to create: exactly the fields of Close, since it rejects unknown ones. `Debug` shows the external id
/// only.
#[derive(Clone, PartialEq, Serialize)]
pub struct NewMessage {
    /// Time of the message; sent with milliseconds and `Z`.
    #[serde(serialize_with = "instant")]
    pub activity_at: DateTime<Utc>,
    /// `cont_…`; a contact of the lead.
    pub contact_id: ContactId,
    /// `lead_…`; cannot be changed later.
    pub lead_id: LeadId,
    /// Direction.
    pub direction: Direction,
    /// The external id; cannot be changed later.
    pub external_whatsapp_message_id: ExternalId,
    /// The user's own number, E.164.
    pub local_phone: String,
    /// The contact's number, E.164.
    pub remote_phone: String,
    /// WhatsApp Markdown. Whether Close accepts an empty text is unknown (assumption A11).
    pub message_markdown: String,
    /// At most 25 MB in total (assumption A20), which the caller ensures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileLink>,
    /// An http(s) URL of at most 2083 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_link: Option<String>,
    /// `acti_…` of the reply target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_to_id: Option<ActivityId>,
    /// `user_…`; if absent: the credential's user (assumption A15).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// A partial update: `None` leaves a field unchanged. `Debug` shows the names of the fields that are set.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Patch {
    /// Time of the message.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "some_instant"
    )]
    pub activity_at: Option<DateTime<Utc>>,
    /// The complete new list of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<FileLink>>,
    /// Another contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// Direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// `Some(None)` removes the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_link: Option<Option<String>>,
    /// The user's own number, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_phone: Option<String>,
    /// WhatsApp Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_markdown: Option<String>,
    /// The contact's number, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_phone: Option<String>,
    /// `Some(None)` removes the reply link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_to_id: Option<Option<ActivityId>>,
    /// The user; cannot be cleared.
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

/// The activity that a POST created.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Created {
    /// `acti_…`.
    pub id: ActivityId,
    /// The message as Close stores it, if the response contains it.
    #[serde(skip)]
    pub stored: Option<Box<Message>>,
}

/// A result of a look-up by external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    /// `acti_…`.
    pub id: ActivityId,
    /// Its lead.
    pub lead_id: LeadId,
    /// The external id.
    pub external_id: ExternalId,
}

/// Result of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The message was deleted.
    Deleted,
    /// The message did not exist: deleted before, or by an attempt of this call whose response was lost.
    AlreadyGone,
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

impl fmt::Debug for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLink").finish_non_exhaustive()
    }
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile")
            .field("size", &self.size)
            .finish_non_exhaustive()
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

fn instant<S: Serializer>(at: &DateTime<Utc>, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn some_instant<S: Serializer>(at: &Option<DateTime<Utc>>, s: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => instant(at, s),
        None => s.serialize_none(),
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

/// The fields of a [`Row`].
const ROW: &str = "id,lead_id,external_whatsapp_message_id";

#[derive(Deserialize)]
struct Row {
    id: ActivityId,
    #[serde(default)]
    lead_id: Option<LeadId>,
    #[serde(rename = "external_whatsapp_message_id")]
    external_id: ExternalId,
}

impl Row {
    fn found(self) -> Option<FoundMessage> {
        Some(FoundMessage {
            id: self.id,
            lead_id: self.lead_id?,
            external_id: self.external_id,
        })
    }
}

impl Client {
    /// The rate at which messages may be created at present.
    pub fn posting_allowance(&self) -> Allowance {
        self.inner.gate(CREATE).allowance()
    }

    /// Creates a message. The only request here that must never be sent twice. Status 429 and failed connections are
    /// waited for and retried.
    ///
    /// `send_to_inbox` notifies the user of each incoming message: not for old messages.
    ///
    /// # Errors
    ///
    /// [`Failure::Unknown`] for a lost response; others see [`Failure`].
    pub async fn create_message(
        &self,
        message: &NewMessage,
        send_to_inbox: bool,
    ) -> Result<Created, Failure> {
        let permit = self.permit_to_create().await?;
        self.create_message_on(permit, message, send_to_inbox).await
    }

    /// Waits until a message may be created, so that an intent is recorded only when the request can be sent.
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when an outage is too long.
    pub async fn permit_to_create(&self) -> Result<Permit<'_>, Failure> {
        self.acquire_permit(CREATE).await
    }

    /// As [`Client::create_message`], using a permit.
    ///
    /// # Errors
    ///
    /// As [`Client::create_message`].
    pub async fn create_message_on(
        &self,
        permit: Permit<'_>,
        message: &NewMessage,
        send_to_inbox: bool,
    ) -> Result<Created, Failure> {
        let mut call = Call::new(RequestKind::Create, CREATE).json(message)?;
        if send_to_inbox {
            call = call.query("send_to_inbox", "true");
        }
        let sent = self.send_on(Some(permit), &call, |body| {
            let mut created: Created = serde_json::from_slice(body).ok()?;
            created.stored = serde_json::from_slice(body).ok();
            (!created.id.as_str().is_empty()).then_some(created)
        });
        let sent = sent.await;
        sent.map_err(|failure| self.denied_for(message.user_id.as_ref(), failure))
    }

    /// A 403 for a message in another user's name than the credential's, with its cause (assumption A60: the permission that
    /// is needed is not documented).
    fn denied_for(&self, user: Option<&UserId>, failure: Failure) -> Failure {
        match (failure, user) {
            (
                Failure::Denied {
                    endpoint,
                    status: 403,
                },
                Some(user),
            ) if self.inner.user.get().is_some_and(|own| own != user) => {
                let user = user.clone();
                Failure::DeniedForUser { endpoint, user }
            }
            (failure, _) => failure,
        }
    }

    /// Updates a message; idempotent. Returns the message as Close stores it, if the response contains it.
    ///
    /// # Errors
    ///
    /// [`Failure::Rejected`] with status 404 if it does not exist; others see [`Failure`].
    pub async fn update_message(
        &self,
        id: &ActivityId,
        patch: &Patch,
    ) -> Result<Option<Box<Message>>, Failure> {
        let call = Call::new(RequestKind::Idempotent, UPDATE)
            .id(id.as_str())
            .json(patch)?;
        let sent = self
            .send(&call, |body| Some(serde_json::from_slice(body).ok()))
            .await;
        sent.map_err(|failure| self.denied_for(patch.user_id.as_ref(), failure))
    }

    /// The rate at which messages may be deleted at present; before the first deletion, the rate of lists, which have a
    /// budget of the same size (assumed).
    pub fn deleting_allowance(&self) -> Allowance {
        let of_deletions = self.inner.gate(DELETE).allowance();
        match of_deletions.window {
            Some(_) => of_deletions,
            None => self.inner.gate(LIST).allowance(),
        }
    }

    /// Learns the length of a window, of which a response has the rest only: waits for the next window of lists, and looks
    /// a message up at its beginning. Without a budget it returns at once.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn learn_window(&self, id: &ExternalId) -> Result<(), Failure> {
        let Some(rest) = self.inner.gate(LIST).window_left() else {
            return Ok(());
        };
        self.inner.clock.sleep(rest).await;
        self.find_anywhere(id).await.map(drop)
    }

    /// Deletes a message. Any 2xx with any body is success.
    ///
    /// # Errors
    ///
    /// See [`Failure`]; a message that does not exist is none.
    pub async fn delete_message(&self, id: &ActivityId) -> Result<Removal, Failure> {
        let call = Call::new(RequestKind::Idempotent, DELETE).id(id.as_str());
        match self.send(&call, |_| Some(())).await {
            Ok(()) => Ok(Removal::Deleted),
            Err(Failure::Rejected { status: 404, .. }) => Ok(Removal::AlreadyGone),
            Err(failure) => Err(failure),
        }
    }

    /// The message with this id; `None` if it does not exist. May be stale for a while after a delete.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn get_message(&self, id: &ActivityId) -> Result<Option<Message>, Failure> {
        self.find_json(&Call::new(RequestKind::Read, GET).id(id.as_str()))
            .await
    }

    /// All messages with this external id, on any lead: native ids are equal in the archives of all participants. Up to
    /// 100; those without a lead are ignored.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn find_anywhere(
        &self,
        external_id: &ExternalId,
    ) -> Result<Vec<FoundMessage>, Failure> {
        let call = Call::new(RequestKind::Read, LIST)
            .query("external_whatsapp_message_id", external_id.as_str())
            .query("_fields", ROW)
            .query("_limit", "100");
        let page: Page<Row> = self.send_json(&call).await?;
        let own = page
            .data
            .into_iter()
            .filter(|row| row.external_id == *external_id);
        Ok(self.without_deleted(
            own.filter_map(Row::found).collect(),
            |row: &FoundMessage| &row.id,
        ))
    }

    /// All messages with this external id on this lead; more than one means duplicates. The filters are checked again
    /// here: native ids are equal in the archives of all participants, and may be on other leads too. An empty result
    /// right after a write proves nothing.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn find_message(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Vec<FoundMessage>, Failure> {
        let call = Call::new(RequestKind::Read, LIST)
            .query("external_whatsapp_message_id", external_id.as_str())
            .query("lead_id", lead_id.as_str())
            .query("_fields", ROW)
            .query("_limit", "100");
        let page: Page<Row> = self.send_json(&call).await?;
        let rows = page.data.len();
        let nameless = page
            .data
            .iter()
            .any(|row| row.external_id == *external_id && row.lead_id.is_none());
        let found: Vec<FoundMessage> = page
            .data
            .into_iter()
            .filter(|row| row.external_id == *external_id)
            .filter_map(Row::found)
            .filter(|found| found.lead_id == *lead_id)
            .collect();
        // A result without its lead is inconclusive, and must not count as absent.
        if found.is_empty() && nameless {
            let what = "named no lead";
            return Err(Failure::UnexpectedAnswer {
                endpoint: LIST,
                what,
            });
        }
        // A page of unrelated results with more pages means that a filter was not applied, so absence would be a
        // guess.
        if found.is_empty() && (page.has_more && rows > 0) {
            let what = "did not apply its filters";
            return Err(Failure::UnexpectedAnswer {
                endpoint: LIST,
                what,
            });
        }
        Ok(self.without_deleted(found, |row| &row.id))
    }
}
