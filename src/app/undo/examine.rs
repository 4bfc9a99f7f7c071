//! Messages as Close has them, compared with what was sent and with what Close returned then.
//!
//! Reads only. The link to a reply target is not compared: it goes with its target.

use std::collections::HashSet;
use std::sync::Arc;

use super::select::Message;
use crate::app::verify::{for_lead, in_close};
use crate::checkpoint::{HashKey, fingerprint};
use crate::close::{Client, Failure, Listed};
use crate::ids::{ActivityId, LeadId, UserId};
use crate::plan::Fingerprint;
use crate::plan::compare::{Comparison, Expected, Field, Shown, differences};
use crate::policy::{InactiveUser, Policy};
use crate::survey;

/// Compares messages.
#[derive(Clone)]
pub(super) struct Examiner {
    pub(super) client: Client,
    fingerprint: Fingerprint,
    /// The user whose activities stand for those of users who left.
    instead: Option<UserId>,
    /// Fields in which every message differs: Close's form, and no change.
    pub(super) forms: Vec<Field>,
}

/// The activities of a lead.
#[derive(Default)]
pub(super) struct List {
    pub(super) activities: Vec<Listed>,
    /// Activities whose whole text could not be read.
    unread: HashSet<ActivityId>,
}

/// A message in Close.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) activity_id: ActivityId,
    /// Its lead, as far as Close shows.
    pub(super) lead: Option<LeadId>,
    /// The fields that have another value than was sent and than Close returned then.
    pub(super) fields: Vec<Field>,
    /// What it shows about forms.
    pub(super) shown: Shown,
}

impl Examiner {
    pub(super) fn new(client: &Client, key: HashKey, policy: &Policy) -> Examiner {
        let hasher = move |kind: &'static str, text: &str| fingerprint::keyed(&key, kind, text);
        Examiner {
            client: client.clone(),
            fingerprint: Fingerprint(Arc::new(hasher)),
            instead: match &policy.inactive_user {
                InactiveUser::Instead(user) => Some(user.clone()),
                InactiveUser::Hold => None,
            },
            forms: Vec::new(),
        }
    }

    /// The list of a lead; empty for a lead that no longer exists. The inner error concerns this lead alone.
    ///
    /// # Errors
    ///
    /// A failure after which no lead can be read.
    pub(super) async fn list(&self, lead: &LeadId) -> Result<Result<List, Failure>, Failure> {
        let mut activities = match self.client.list_lead_messages(lead).await {
            Ok(activities) => activities,
            Err(failure) if matches!(failure.status(), Some(400 | 404)) => {
                return Ok(Ok(List::default()));
            }
            Err(failure) if failure.is_denied() => return Err(failure),
            Err(failure) => return for_lead(failure).map(Err),
        };
        match survey::whole_texts(&self.client, &mut activities).await {
            Ok(unread) => Ok(Ok(List { activities, unread })),
            Err(failure) if failure.is_denied() => Err(failure),
            Err(failure) => for_lead(failure).map(Err),
        }
    }

    /// Compares a message with its activity in a list.
    pub(super) fn compare(&self, message: &Message, activity: &Listed, list: &List) -> Seen {
        self.seen(message, activity, list.unread.contains(&activity.id))
    }

    /// Reads a message and compares it; `None` if Close does not have it.
    ///
    /// # Errors
    ///
    /// The failure of the request.
    pub(super) async fn read(
        &self,
        message: &Message,
        activity: &ActivityId,
    ) -> Result<Option<Seen>, Failure> {
        let Some(found) = self.client.get_message(activity).await? else {
            return Ok(None);
        };
        let mut activities = [Listed::from(found)];
        let unread = survey::whole_texts(&self.client, &mut activities).await?;
        let [activity] = activities;
        let is_unread = unread.contains(&activity.id);
        Ok(Some(self.seen(message, &activity, is_unread)))
    }

    fn seen(&self, message: &Message, activity: &Listed, is_unread: bool) -> Seen {
        let comparison = Comparison {
            fingerprint: Some(&self.fingerprint),
            instead: self.instead.as_ref(),
            // Without its archive, a text may begin with a sender's name.
            is_group: true,
            reference: None,
        };
        let expected = Expected {
            wanted: None,
            sent: Some(message.sent.clone()),
            answered: message.answered,
            ..Expected::default()
        };
        let in_close = in_close(activity, is_unread);
        let mut fields = differences(&expected, &in_close, &comparison);
        // A text that cannot be read may have changed.
        if is_unread {
            fields.push(Field::Text);
        }
        fields.retain(|field| !self.forms.contains(field));
        Seen {
            activity_id: activity.id.clone(),
            lead: activity.lead_id.clone(),
            fields,
            shown: Shown::of(&expected, &in_close, message.is_created),
        }
    }
}
