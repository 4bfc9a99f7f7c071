//! WhatsApp message activities: create, update, delete, get, look up.
//!
//! See docs/reference/close-api.md, "Message activities".
//!
//! | file      | contains                                    |
//! |-----------|---------------------------------------------|
//! | `sent`    | the fields of a message to create or update |
//! | `stored`  | a message as Close returns it               |
//! | `look_up` | messages by their external id               |

mod look_up;
mod sent;
mod stored;

pub use look_up::FoundMessage;
pub use sent::{Direction, FileLink, NewMessage, Patch};
pub use stored::{Created, Message, StoredFile};
pub(crate) use stored::{attachments, direction};

use super::client::{Call, Client, Permit};
use super::error::Failure;
use super::outcome::RequestKind;
use super::pace::Allowance;
use crate::ids::{ActivityId, ExternalId, UserId};

/// The endpoint that lists and looks up messages; those requests share one rate limit.
pub(crate) const LIST: &str = "GET /activity/whatsapp_message/";
const CREATE: &str = "POST /activity/whatsapp_message/";
const GET: &str = "GET /activity/whatsapp_message/{id}/";
const UPDATE: &str = "PUT /activity/whatsapp_message/{id}/";
const DELETE: &str = "DELETE /activity/whatsapp_message/{id}/";

/// Result of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The message was deleted.
    Deleted,
    /// The message did not exist: deleted before, or by an attempt of this call whose response was lost.
    AlreadyGone,
}

impl Client {
    /// The rate at which messages may be created at present, and the time for which none is sent.
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
}
