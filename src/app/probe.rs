//! `import --pilot --probe`: whether Close takes a second message with an external id, on messages of its own.
//!
//! The id is in the checkpoint before the first request, so that the next import deletes what a killed probe left. No
//! message of a chat is ever touched.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::error::Result;
use super::{Notice, Observer};
use crate::checkpoint::fingerprint::keyed;
use crate::checkpoint::{Change, Checkpoint};
use crate::clock::SharedClock;
use crate::close::{Client, Direction, Failure, NewMessage};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::organization::{Fact, OpenProbe, UniqueIds};
use crate::transform::desired::Destination;

/// The beginning of the external ids of probes. Never that of a message.
const PREFIX: &str = "chatferry-probe-";

/// The text of a probe's messages.
const TEXT: &str =
    "chatferry tests whether an id may be used twice. This message is deleted again.";

/// Where a probe posts its messages.
pub(super) struct Places {
    first: Destination,
    /// Another lead, where there is one.
    second: Option<Destination>,
    at: DateTime<Utc>,
}

impl Places {
    /// Of the messages of a pilot; `None` without any.
    pub(super) fn of<'e>(
        mut messages: impl Iterator<Item = (&'e Destination, DateTime<Utc>)>,
    ) -> Option<Places> {
        let (first, at) = messages.next()?;
        let second = messages.find(|(to, _)| to.lead_id != first.lead_id);
        Some(Places {
            first: first.clone(),
            second: second.map(|(to, _)| to.clone()),
            at,
        })
    }

    /// The leads.
    pub(super) fn leads(&self) -> Vec<LeadId> {
        let all = std::iter::once(&self.first).chain(&self.second);
        all.map(|to| to.lead_id.clone()).collect()
    }
}

/// What a probe works with.
pub(super) struct Probe<'p> {
    pub(super) client: &'p Client,
    pub(super) checkpoint: &'p Checkpoint,
    pub(super) clock: &'p SharedClock,
    /// How long a look-up may miss a message that was created.
    pub(super) settle: Duration,
}

impl Probe<'_> {
    /// Deletes the messages that a killed probe left.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read or written. Where Close cannot be asked, the next import tries again.
    pub(super) async fn clear(&self, observer: &mut dyn Observer) -> Result<()> {
        let Some((id, began)) = self.checkpoint.reader().facts()?.open_probe() else {
            return Ok(());
        };
        let age = self.clock.now().timestamp_millis().saturating_sub(began);
        match self.delete(&id, Vec::new()).await {
            Ok(deleted) => {
                if deleted > 0 {
                    observer.notice(Notice::ProbeCleared(deleted));
                }
                // A younger message may not be found yet.
                if u128::try_from(age).unwrap_or_default() >= self.settle.as_millis() {
                    self.record(vec![Fact::OpenProbe(OpenProbe(None))]).await?;
                }
            }
            Err(failure) => observer.notice(Notice::ProbeFailed(failure.to_string())),
        }
        Ok(())
    }

    /// Posts messages with one id, records what Close made of them, and deletes them. Whether that was found out. While
    /// messages of an earlier probe may appear, it posts none: the checkpoint can record one id only.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read or written.
    pub(super) async fn run(&self, places: &Places, observer: &mut dyn Observer) -> Result<bool> {
        if self.checkpoint.reader().facts()?.open_probe().is_some() {
            observer.notice(Notice::ProbeFailed(
                "the messages of an earlier probe may still appear in Close; repeat the command after settle_seconds"
                    .to_owned(),
            ));
            return Ok(false);
        }
        let now = self.clock.now().timestamp_millis().to_string();
        let hash = keyed(&self.checkpoint.reader().key(), "probe", &now);
        let number = u128::from_be_bytes(hash);
        let id = ExternalId::from(format!("{PREFIX}{number:032x}"));
        self.record(vec![Fact::OpenProbe(OpenProbe(Some(id.clone())))])
            .await?;
        let mut created = Vec::new();
        let found = self.scope(&id, places, &mut created).await;
        let deleted = self.delete(&id, created).await;
        let is_unsettled = matches!(found, Err(Failure::Unknown { .. }));
        let mut facts = Vec::new();
        if deleted.is_ok() && !is_unsettled {
            facts.push(Fact::OpenProbe(OpenProbe(None)));
        }
        if let Ok(Some(scope)) = found {
            facts.push(Fact::UniqueIds(scope));
        }
        self.record(facts).await?;
        match (&found, deleted) {
            (Ok(scope), Ok(_)) => observer.notice(Notice::Probed(*scope)),
            (Err(failure), _) => observer.notice(Notice::ProbeFailed(failure.to_string())),
            (Ok(scope), Err(failure)) => {
                observer.notice(Notice::Probed(*scope));
                observer.notice(Notice::ProbeFailed(format!(
                    "{failure}; its messages are still in Close, and the next import deletes them"
                )));
                return Ok(false);
            }
        }
        Ok(found.is_ok())
    }

    /// Where Close rejects a second message with this id; `None`: on its lead, and no other lead was tried.
    async fn scope(
        &self,
        id: &ExternalId,
        places: &Places,
        created: &mut Vec<ActivityId>,
    ) -> std::result::Result<Option<UniqueIds>, Failure> {
        if !self.post(id, &places.first, places.at, created).await? {
            return Err(Failure::id_in_use());
        }
        if self.post(id, &places.first, places.at, created).await? {
            return Ok(Some(UniqueIds::Nowhere));
        }
        let Some(second) = &places.second else {
            return Ok(None);
        };
        let scope = match self.post(id, second, places.at, created).await? {
            true => UniqueIds::OnLead,
            false => UniqueIds::InOrganization,
        };
        Ok(Some(scope))
    }

    /// Posts a message. False if Close rejects its id.
    async fn post(
        &self,
        id: &ExternalId,
        to: &Destination,
        at: DateTime<Utc>,
        created: &mut Vec<ActivityId>,
    ) -> std::result::Result<bool, Failure> {
        let message = NewMessage {
            activity_at: at,
            contact_id: to.contact_id.clone(),
            lead_id: to.lead_id.clone(),
            direction: Direction::Outgoing,
            external_whatsapp_message_id: id.clone(),
            local_phone: to.local_phone.e164().to_owned(),
            remote_phone: to.remote_phone.e164().to_owned(),
            message_markdown: TEXT.to_owned(),
            attachments: Vec::new(),
            integration_link: None,
            response_to_id: None,
            user_id: None,
        };
        match self.client.create_message(&message, false).await {
            Ok(activity) => {
                created.push(activity.id);
                Ok(true)
            }
            Err(failure) if failure.is_id_taken() => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes these messages and those that a look-up finds by the id; the number of messages.
    async fn delete(
        &self,
        id: &ExternalId,
        mut messages: Vec<ActivityId>,
    ) -> std::result::Result<u64, Failure> {
        // An id of another form may be a customer's message.
        if !id.as_str().starts_with(PREFIX) {
            return Ok(0);
        }
        for found in self.client.find_anywhere(id).await? {
            if !messages.contains(&found.id) {
                messages.push(found.id);
            }
        }
        for message in &messages {
            self.client.delete_message(message).await?;
        }
        Ok(messages.len() as u64)
    }

    async fn record(&self, facts: Vec<Fact>) -> Result<()> {
        let changes = facts.into_iter().map(Change::Fact).collect();
        Ok(self.checkpoint.recorder().record_all(changes).await?)
    }
}
