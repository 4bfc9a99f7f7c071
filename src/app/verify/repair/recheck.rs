//! The comparison of one message with Close, right before its first request.
//!
//! Reads only. It owns what it compares with, since the executor asks from tasks of its own.

use std::collections::{HashMap, HashSet};
use std::sync::{self, Arc};
use std::time::Duration;

use tokio::sync::Mutex;

use super::shown::NotPosted;
use super::wishes::Wishes;
use crate::app::error::Result;
use crate::app::verify::bytes;
use crate::app::verify::expected::expected;
use crate::app::verify::integration_link;
use crate::app::verify::items::Item;
use crate::app::verify::list::read_one;
use crate::app::verify::{Sources, hasher};
use crate::archive::Container;
use crate::checkpoint::{HashKey, MessageKey, Snapshot, State};
use crate::clock::{Moment, SharedClock};
use crate::close::{Client, Failure};
use crate::execute::{Recheck, Rechecked};
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};
use crate::plan::compare::{Comparison, ExpectedLink, Field, InClose, differences, is_repetition};
use crate::plan::{Fingerprint, Plan};
use crate::policy::{InactiveUser, Policy};
use crate::transform::desired::Destination;
use crate::transform::id_form::read as read_id;

/// The age up to which a list shows which activities are linked: a lead with many copies is not listed for each of them.
const MAX_AGE: Duration = Duration::from_secs(10);

/// Compares the messages of a repair again.
pub(super) struct Rechecker {
    client: Client,
    clock: SharedClock,
    fingerprint: Option<Fingerprint>,
    key: Option<HashKey>,
    containers: Vec<Arc<Container>>,
    instead: Option<UserId>,
    expectations: HashMap<(ExternalId, LeadId), Expectation>,
    /// The activities of recorded replies to messages with redundant activities.
    replies: HashMap<ExternalId, Vec<ActivityId>>,
    /// The leads with redundant activities, each with what its list showed.
    linked: HashMap<LeadId, Mutex<Option<Linked>>>,
    /// The leads of the messages to post, as far as plan and checkpoint have them.
    leads: HashMap<ExternalId, HashSet<LeadId>>,
    /// Messages that were not posted, since an activity on another lead has their external id: that lead.
    elsewhere: sync::Mutex<Vec<NotPosted>>,
}

/// The activities that those of a lead are linked to.
struct Linked {
    read: Moment,
    targets: HashSet<ActivityId>,
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
        let mut linked: HashMap<LeadId, Mutex<Option<Linked>>> = HashMap::new();
        for ((lead, id), wish) in &wishes.of {
            if !wish.copies.is_empty() {
                replies.insert(id.clone(), Vec::new());
                linked.entry(lead.clone()).or_default();
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
                is_group: basis.item.may_name_sender(chat),
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
            clock: SharedClock::clone(sources.clock),
            fingerprint: sources.snapshot.map(hasher),
            key: sources.snapshot.map(Snapshot::key),
            containers: plan.containers.clone(),
            instead: match &policy.inactive_user {
                InactiveUser::Instead(user) => Some(user.clone()),
                InactiveUser::Hold => None,
            },
            expectations,
            replies,
            linked,
            leads: leads_of_posts(plan, sources.snapshot, wishes)?,
            elsewhere: sync::Mutex::default(),
        })
    }

    /// The messages that were not posted.
    pub(super) fn not_posted(&self) -> Vec<NotPosted> {
        let elsewhere = self.elsewhere.lock();
        elsewhere.map_or_else(|lock| lock.into_inner().clone(), |all| all.clone())
    }

    async fn is_on_other_lead(&self, key: &MessageKey) -> Result<bool, Failure> {
        // A native id is that of the message on the leads of all its participants.
        if !key.external_id.is_derived() {
            return Ok(false);
        }
        let known = self.leads.get(&key.external_id);
        let is_known =
            |lead: &LeadId| *lead == key.lead_id || known.is_some_and(|known| known.contains(lead));
        let found = self.client.find_anywhere(&key.external_id).await?;
        let other = found.into_iter().find(|found| !is_known(&found.lead_id));
        let Some(other) = other else {
            return Ok(false);
        };
        let not_posted = NotPosted {
            external_id: key.external_id.clone(),
            lead_id: key.lead_id.clone(),
            on: other.lead_id,
        };
        match self.elsewhere.lock() {
            Ok(mut all) => all.push(not_posted),
            Err(lock) => lock.into_inner().push(not_posted),
        }
        Ok(true)
    }

    async fn still_differs(
        &self,
        key: &MessageKey,
        activity: &ActivityId,
    ) -> Result<bool, Failure> {
        let expectation = self.expectation(key);
        let Some(expectation) = expectation.filter(|expectation| !expectation.fields.is_empty())
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
        let (item, fields) = (&expectation.item, &expectation.fields);
        let expected = expected(item, expectation.link.clone());
        let now = differences(&expected, &in_close, &self.comparison(expectation));
        if fields.iter().any(|field| now.contains(field)) {
            return Ok(true);
        }
        let has_link = fields.contains(&Field::IntegrationLink);
        if has_link && integration_link::differs(item, &listed) == Some(true) {
            return Ok(true);
        }
        if !fields.contains(&Field::FileBytes) {
            return Ok(false);
        }
        let known = (self.key.clone(), self.containers.as_slice());
        let compared = bytes::compare(&self.client, known, item, &listed.attachments).await?;
        Ok(compared.differs)
    }

    fn expectation(&self, key: &MessageKey) -> Option<&Expectation> {
        let key = (key.external_id.clone(), key.lead_id.clone());
        self.expectations.get(&key)
    }

    fn comparison<'c>(&'c self, expectation: &'c Expectation) -> Comparison<'c> {
        Comparison {
            fingerprint: self.fingerprint.as_ref(),
            instead: self.instead.as_ref(),
            is_group: expectation.is_group,
            reference: expectation.reference.as_ref(),
        }
    }

    async fn is_still_redundant(
        &self,
        key: &MessageKey,
        copy: &ActivityId,
        kept: &ActivityId,
    ) -> Result<bool, Failure> {
        let Some(expectation) = self.expectation(key) else {
            return Ok(false);
        };
        let (Some(copied), Some(kept)) = (self.read(key, copy).await?, self.read(key, kept).await?)
        else {
            return Ok(false);
        };
        let expected = expected(&expectation.item, expectation.link.clone());
        let comparison = self.comparison(expectation);
        if !is_repetition(&copied, &kept, &expected, &comparison) {
            return Ok(false);
        }
        for reply in self.replies.get(&key.external_id).into_iter().flatten() {
            let found = self.client.get_message(reply).await?;
            if found.is_some_and(|found| found.response_to_id.as_ref() == Some(copy)) {
                return Ok(false);
            }
        }
        Ok(!self.is_linked(&key.lead_id, copy).await?)
    }

    /// An activity of a message; `None` if Close does not have it as that message on its lead.
    async fn read(
        &self,
        key: &MessageKey,
        activity: &ActivityId,
    ) -> Result<Option<InClose>, Failure> {
        let found = read_one(&self.client, activity).await?;
        let found = found.filter(|(found, _)| {
            found.lead_id.as_ref() == Some(&key.lead_id)
                && read_id(&found.external_id) == key.external_id
        });
        Ok(found.map(|(_, in_close)| in_close))
    }

    /// Whether an activity of the lead is linked to this one, by a list that is read now or was read a moment ago.
    async fn is_linked(&self, lead: &LeadId, activity: &ActivityId) -> Result<bool, Failure> {
        let Some(linked) = self.linked.get(lead) else {
            return Ok(true);
        };
        // Kept while it is read: other deletions on this lead wait for the same list.
        let mut linked = linked.lock().await;
        let known = linked.take();
        let known = known.filter(|known| known.read.age(&self.clock) <= MAX_AGE);
        let known = match known {
            Some(known) => known,
            None => {
                let listed = self.client.list_lead_messages(lead).await?.into_iter();
                Linked {
                    targets: listed.filter_map(|one| one.response_to_id).collect(),
                    read: Moment::now(&self.clock),
                }
            }
        };
        let is_linked = known.targets.contains(activity);
        *linked = Some(known);
        Ok(is_linked)
    }
}

/// The leads on which plan and checkpoint have the messages to post.
fn leads_of_posts(
    plan: &Plan,
    snapshot: Option<&Snapshot>,
    wishes: &Wishes,
) -> Result<HashMap<ExternalId, HashSet<LeadId>>> {
    let posts = wishes.of.iter().filter(|(_, wish)| wish.post);
    let mut leads: HashMap<ExternalId, HashSet<LeadId>> = posts
        .map(|((_, id), _)| (id.clone(), HashSet::new()))
        .collect();
    for chat in &plan.chats {
        let Some(to) = &chat.destination else {
            continue;
        };
        chat.messages.with(|messages| {
            for planned in messages {
                if let Some(known) = leads.get_mut(&planned.message.external_id) {
                    known.insert(to.lead_id.clone());
                    known.extend(chat.chat.merged_from.iter().cloned());
                }
            }
        });
    }
    for (id, known) in &mut leads {
        let recorded = snapshot.map_or_else(|| Ok(Vec::new()), |snapshot| snapshot.done_as(id))?;
        known.extend(recorded.into_iter().map(|(_, lead, _)| lead));
    }
    Ok(leads)
}

impl Recheck for Rechecker {
    fn differs<'r>(&'r self, key: &'r MessageKey, activity: &'r ActivityId) -> Rechecked<'r> {
        Box::pin(self.still_differs(key, activity))
    }

    fn is_elsewhere<'r>(&'r self, key: &'r MessageKey) -> Rechecked<'r> {
        Box::pin(self.is_on_other_lead(key))
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
