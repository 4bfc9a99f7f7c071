//! Messages of ours that were posted a moment ago and that no record has: lists may lack others.
//!
//! Such a message shows that the checkpoint is lost or outdated, or that another run is at work. Close's event log shows it
//! also while no list does. Reads only.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::lead_list::List;
use super::unrecorded::{Users, is_ours_by};
use crate::checkpoint::{ReadStore, State};
use crate::close::{Client, Creation};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::Draft;
use crate::stop_reason::{StopReason, stops};
use crate::transform::id_form::read as read_id;

/// The number of messages of the log that are looked up: those that were deleted since show nothing.
const MAX_LOOK_UPS: usize = 20;

/// What shows that lists may be late.
pub(super) struct Recent<'r> {
    pub(super) client: &'r Client,
    /// The age up to which an activity may be missing from a list.
    pub(super) settle: Duration,
    pub(super) checkpoint: Option<&'r dyn ReadStore>,
    pub(super) users: &'r Users,
    pub(super) chats: &'r [Draft],
}

impl Recent<'_> {
    /// The time until the lists show everything; `None` if no message of ours without a record is young.
    ///
    /// # Errors
    ///
    /// The reason to stop.
    pub(super) async fn rest(
        &self,
        lists: &HashMap<LeadId, List>,
    ) -> Result<Option<Duration>, StopReason> {
        let listed = self.youngest_listed(lists)?;
        let created = match self.client.created_messages(self.settle).await {
            Ok(created) => created,
            // Not every key may read the log. Then the list may lack younger ones than it shows.
            Err(failure) if failure.status() == Some(403) || stops(&failure).is_none() => {
                return Ok(listed.map(|_| self.settle));
            }
            Err(failure) => return Err(StopReason::of(failure)),
        };
        let created = self.youngest_created(created, lists).await?;
        let youngest = listed.into_iter().chain(created).min();
        Ok(youngest.map(|age| self.settle.saturating_sub(age)))
    }

    /// The age of the youngest listed activity without a record.
    fn youngest_listed(
        &self,
        lists: &HashMap<LeadId, List>,
    ) -> Result<Option<Duration>, StopReason> {
        let mut youngest: Option<Duration> = None;
        let ours =
            (lists.iter()).flat_map(|(lead, list)| list.ours.iter().map(move |one| (lead, one)));
        for (lead, activity) in ours {
            let age = self.client.age(activity.date_created);
            let is_younger = youngest.is_none_or(|youngest| age < youngest);
            if age < self.settle
                && is_younger
                && !self.is_recorded(&activity.external_id, Some(lead), &activity.id)?
            {
                youngest = Some(age);
            }
        }
        Ok(youngest)
    }

    /// The age of the youngest message of the log that is ours, has no record, and concerns the chats: it is on a lead that
    /// was listed, or one of their messages.
    async fn youngest_created(
        &self,
        created: Vec<Creation>,
        lists: &HashMap<LeadId, List>,
    ) -> Result<Option<Duration>, StopReason> {
        let mut unrecorded = Vec::new();
        for creation in created {
            let id = creation.external_id.as_ref().map(read_id);
            let lead = creation.lead_id.as_ref();
            let is_recorded = match &id {
                Some(id) => self.is_recorded(id, lead, &creation.activity_id)?,
                None => false,
            };
            if !is_recorded && !self.client.is_known_deleted(&creation.activity_id) {
                unrecorded.push((creation, id));
            }
        }
        let on_list = |creation: &Creation| {
            (creation.lead_id.as_ref()).is_some_and(|lead| lists.contains_key(lead))
        };
        let elsewhere = unrecorded.iter().filter(|(one, _)| !on_list(one));
        let desired = self.desired(elsewhere.filter_map(|(_, id)| id.as_ref()).collect());
        let mut look_ups = 0;
        unrecorded.sort_by_key(|(creation, _)| creation.age);
        for (creation, id) in unrecorded {
            let is_desired = id.as_ref().is_some_and(|id| desired.contains(id));
            if !on_list(&creation) && !is_desired {
                continue;
            }
            if look_ups == MAX_LOOK_UPS {
                return Ok(Some(creation.age));
            }
            look_ups += 1;
            let found = match self.client.get_message(&creation.activity_id).await {
                Ok(found) => found,
                // What cannot be looked up may be there.
                Err(failure) if stops(&failure).is_none() => return Ok(Some(creation.age)),
                Err(failure) => return Err(StopReason::of(failure)),
            };
            let Some(found) = found else { continue };
            let id = read_id(&found.external_id);
            if is_ours_by(&id, creation.user_id.as_ref(), self.users)
                && !self.is_recorded(&id, found.lead_id.as_ref(), &creation.activity_id)?
            {
                return Ok(Some(creation.age));
            }
        }
        Ok(None)
    }

    /// Those of the external ids that are of messages of the chats.
    fn desired(&self, ids: HashSet<&ExternalId>) -> HashSet<ExternalId> {
        let mut desired = HashSet::new();
        if ids.is_empty() {
            return desired;
        }
        for chat in self.chats {
            chat.messages.with(|messages| {
                let own = messages.iter().map(|message| &message.external_id);
                desired.extend(own.filter(|id| ids.contains(id)).cloned());
            });
        }
        desired
    }

    /// Whether the activity is recorded on any lead, or an attempt to create its message on this lead is.
    fn is_recorded(
        &self,
        id: &ExternalId,
        lead: Option<&LeadId>,
        activity: &ActivityId,
    ) -> Result<bool, StopReason> {
        let Some(checkpoint) = self.checkpoint else {
            return Ok(false);
        };
        let recorded = checkpoint.done_as(id).map_err(StopReason::Checkpoint)?;
        if recorded.iter().any(|(.., known)| known == activity) {
            return Ok(true);
        }
        let row = match lead {
            Some(lead) => checkpoint
                .lookup(id, lead)
                .map_err(StopReason::Checkpoint)?,
            None => None,
        };
        let attempted = [State::Intent, State::Unknown, State::Failed];
        Ok(row.is_some_and(|row| attempted.contains(&row.state)))
    }
}
