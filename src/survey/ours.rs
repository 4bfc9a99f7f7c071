//! All activities of ours on a lead, each read without an archive.
//!
//! Belongs here: which chat an activity shows that it belongs to. Never here: which message of an archive it is.

use super::lead_list;
use super::unrecorded::Reader;
pub(crate) use super::unrecorded::{Users, is_by_another_user};
use crate::close::{Client, Direction, Failure, Listed};
use crate::ids::LeadId;
use crate::matching::tolerance::MINUTE;
use crate::phone::Phone;
use crate::plan::{Fingerprint, Record};
use crate::transform::identity::{Identity, chat_of_pair};
use crate::transform::split::{Context, canonical_body, split};

/// Equal messages of a minute whose ids are tried.
const MAX_ORDINALS: usize = 8;

/// The activities of ours on a lead, in order of time.
pub(crate) struct OursOnLead {
    /// The lead.
    pub(crate) lead: LeadId,
    /// The activities.
    pub(crate) activities: Vec<Listed>,
    /// Close does not show the lead: it was deleted or merged, or the key may not see it.
    pub(crate) is_hidden: bool,
}

impl OursOnLead {
    /// Reads the list of a lead to its end.
    ///
    /// # Errors
    ///
    /// The failure of the request.
    pub(crate) async fn read(
        client: &Client,
        lead: &LeadId,
        users: &Users,
    ) -> Result<OursOnLead, Failure> {
        let listed = lead_list::read(client, lead, users).await;
        let is_doubtful = match &listed {
            Ok(list) => list.activities.is_empty(),
            Err(failure) => matches!(failure.status(), Some(400 | 404)),
        };
        let is_hidden = is_doubtful && client.lead(lead).await?.is_none();
        let activities = match listed {
            Ok(list) => list.ours,
            Err(_) if is_hidden => Vec::new(),
            Err(failure) => return Err(failure),
        };
        Ok(OursOnLead {
            lead: lead.clone(),
            activities,
            is_hidden,
        })
    }
}

/// The record of an activity that no archive has; `None` without a time or direction.
pub(crate) fn read_alone(
    activity: &Listed,
    is_group: bool,
    fingerprint: &Fingerprint,
    users: &Users,
) -> Option<Record> {
    Reader::without_messages(is_group, fingerprint, users).record(activity, None)
}

/// Whether the external id of an activity is derived from its two numbers, as in a one-to-one chat; false for one of a
/// group, and where numbers or text were corrected later.
pub(crate) fn is_derived_from_numbers(activity: &Listed) -> bool {
    let (Some((own, other)), Some(direction), Some(at)) =
        (numbers(activity), activity.direction, activity.activity_at)
    else {
        return false;
    };
    let sender = match direction {
        Direction::Outgoing => &own,
        Direction::Incoming => &other,
    };
    let minute = at.timestamp_millis().div_euclid(MINUTE);
    let chat = chat_of_pair(own.e164(), other.e164());
    let context = Context {
        is_group: false,
        files: activity.attachments.len(),
    };
    let readings = split(&activity.message_markdown, context);
    readings.iter().any(|reading| {
        let body = canonical_body(reading);
        let mut ids = Identity::new(&chat);
        (0..MAX_ORDINALS).any(|_| ids.id(sender.e164(), minute, &body) == activity.external_id)
    })
}

/// The owner's and the contact's number of an activity.
pub(crate) fn numbers(activity: &Listed) -> Option<(Phone, Phone)> {
    let phone = |text: &Option<String>| text.as_deref().and_then(Phone::parse);
    phone(&activity.local_phone).zip(phone(&activity.remote_phone))
}

/// Whether an activity begins with the name of its sender, as those of groups do.
pub(crate) fn shows_sender(activity: &Listed) -> bool {
    let context = Context {
        is_group: true,
        files: activity.attachments.len(),
    };
    let readings = split(&activity.message_markdown, context);
    readings.first().is_some_and(|first| first.sender.is_some())
}
