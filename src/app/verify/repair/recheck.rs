//! The comparison of one message with Close, right before its first request.
//!
//! Reads only. It owns what it compares with, since the executor asks from tasks of its own.

use std::collections::HashMap;
use std::sync::Arc;

use super::wishes::Wishes;
use crate::app::error::Result;
use crate::app::verify::bytes;
use crate::app::verify::items::Item;
use crate::app::verify::lead::{expected, read_one};
use crate::app::verify::{Sources, hasher};
use crate::archive::Container;
use crate::checkpoint::{HashKey, MessageKey, Snapshot, State};
use crate::close::{Client, Failure};
use crate::execute::{Recheck, Rechecked};
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};
use crate::plan::compare::{Comparison, ExpectedLink, Field, differences};
use crate::plan::{Fingerprint, Plan};
use crate::policy::{InactiveUser, Policy};
use crate::transform::desired::Destination;
use crate::transform::id_form::read as read_id;

/// Compares the messages of a repair again.
pub(super) struct Rechecker {
    client: Client,
    fingerprint: Option<Fingerprint>,
    key: Option<HashKey>,
    containers: Vec<Arc<Container>>,
    instead: Option<UserId>,
    expectations: HashMap<(ExternalId, LeadId), Expectation>,
    /// The activities of recorded replies to messages with redundant activities.
    replies: HashMap<ExternalId, Vec<ActivityId>>,
}

/// What is expected of a message.
struct Expectation {
    item: Item,
    link: ExpectedLink,
    is_group: bool,
    reference: Option<Destination>,
    /// The fields that drifted.
    fields: Vec<Field>,
}

impl Rechecker {
    /// What the wishes are compared with again.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn of(
        (plan, policy): (&Plan, &Policy),
        sources: &Sources<'_>,
        wishes: &Wishes,
    ) -> Result<Rechecker> {
        let mut expectations = HashMap::new();
        let mut replies: HashMap<ExternalId, Vec<ActivityId>> = HashMap::new();
        for ((lead, id), wish) in &wishes.of {
            if !wish.copies.is_empty() {
                replies.insert(id.clone(), Vec::new());
            }
            let basis = wishes.bases.get(&(lead.clone(), id.clone()));
            let Some((basis, listed)) =
                basis.and_then(|basis| Some((basis, basis.listed.as_ref()?)))
            else {
                continue;
            };
            let chat = basis.item.chat.and_then(|chat| plan.chats.get(chat));
            let expectation = Expectation {
                item: basis.item.clone(),
                link: listed.link.1.clone(),
                is_group: chat.is_none_or(|chat| chat.chat.is_group),
                reference: chat.and_then(|chat| chat.destination.clone()),
                fields: wish.fields.clone(),
            };
            expectations.insert((id.clone(), lead.clone()), expectation);
        }
        if let (Some(snapshot), false) = (sources.snapshot, replies.is_empty()) {
            snapshot.each_message(|row| {
                let is_reply = row.state == State::Done && row.linked;
                if let (true, Some(target), Some(activity)) =
                    (is_reply, &row.response_to, &row.activity_id)
                    && let Some(known) = replies.get_mut(target)
                {
                    known.push(activity.clone());
                }
            })?;
        }
        Ok(Rechecker {
            client: sources.client.clone(),
            fingerprint: sources.snapshot.map(hasher),
            key: sources.snapshot.map(Snapshot::key),
            containers: plan.containers.clone(),
            instead: match &policy.inactive_user {
                InactiveUser::Instead(user) => Some(user.clone()),
                InactiveUser::Hold => None,
            },
            expectations,
            replies,
        })
    }

    async fn still_differs(
        &self,
        key: &MessageKey,
        activity: &ActivityId,
    ) -> Result<bool, Failure> {
        let expectation = (self.expectations).get(&(key.external_id.clone(), key.lead_id.clone()));
        let Some(Expectation {
            item,
            link,
            is_group,
            reference,
            fields,
        }) = expectation.filter(|expectation| !expectation.fields.is_empty())
        else {
            return Ok(true);
        };
        let Some((listed, in_close)) = read_one(&self.client, activity).await? else {
            return Ok(false);
        };
        if listed
            .lead_id
            .as_ref()
            .is_some_and(|lead| *lead != key.lead_id)
        {
            return Ok(false);
        }
        let comparison = Comparison {
            fingerprint: self.fingerprint.as_ref(),
            instead: self.instead.as_ref(),
            is_group: *is_group,
            reference: reference.as_ref(),
        };
        let now = differences(&expected(item, link.clone()), &in_close, &comparison);
        if fields.iter().any(|field| now.contains(field)) {
            return Ok(true);
        }
        if !fields.contains(&Field::FileBytes) {
            return Ok(false);
        }
        let known = (self.key.clone(), self.containers.as_slice());
        let compared = bytes::compare(&self.client, known, item, &listed.attachments).await?;
        Ok(compared.differs)
    }

    async fn is_still_redundant(
        &self,
        key: &MessageKey,
        copy: &ActivityId,
        kept: &ActivityId,
    ) -> Result<bool, Failure> {
        for activity in [copy, kept] {
            let Some(found) = self.client.get_message(activity).await? else {
                return Ok(false);
            };
            let is_here = found.lead_id.as_ref() == Some(&key.lead_id);
            if !is_here || read_id(&found.external_id) != key.external_id {
                return Ok(false);
            }
        }
        for reply in self.replies.get(&key.external_id).into_iter().flatten() {
            let found = self.client.get_message(reply).await?;
            if found.is_some_and(|found| found.response_to_id.as_ref() == Some(copy)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Recheck for Rechecker {
    fn differs<'r>(&'r self, key: &'r MessageKey, activity: &'r ActivityId) -> Rechecked<'r> {
        Box::pin(self.still_differs(key, activity))
    }

    fn is_redundant<'r>(
        &'r self,
        key: &'r MessageKey,
        copy: &'r ActivityId,
        kept: &'r ActivityId,
    ) -> Rechecked<'r> {
        Box::pin(self.is_still_redundant(key, copy, kept))
    }
}
