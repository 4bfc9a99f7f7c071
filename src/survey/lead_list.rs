//! The list of one lead, read once and kept for every chat that goes there.
//!
//! Never here: which message of a chat an activity is.

use std::collections::{HashMap, HashSet};

use super::unrecorded::{Users, is_by_another_user, is_ours};
use crate::close::{self, Client, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::Present;
use crate::transform::desired::Direction;
use crate::transform::id_form::read as read_id;
use crate::transform::long_text;

/// The activities of a lead.
#[derive(Default)]
pub(super) struct List {
    /// Activity ids by external id.
    pub(super) ids: HashMap<ExternalId, ActivityId>,
    /// All activity ids.
    pub(super) activities: HashSet<ActivityId>,
    /// The external ids of foreign activities, by direction, minute and text.
    pub(super) present: HashMap<Present, Vec<ExternalId>>,
    /// The external ids of activities that are linked to a reply target.
    pub(super) linked: HashSet<ExternalId>,
    /// The external ids of activities that another user's key created.
    pub(super) foreign: HashSet<ExternalId>,
    /// Activities whose text was cut, and whose whole text could not be read.
    pub(super) cut: HashSet<ActivityId>,
    /// Activities of ours, in order of time.
    pub(super) ours: Vec<Listed>,
}

/// Reads the list of a lead.
///
/// # Errors
///
/// The failure of the request.
pub(super) async fn read(client: &Client, lead: &LeadId, users: &Users) -> Result<List, Failure> {
    let mut activities = client.list_lead_messages(lead).await?;
    let cut = whole_texts(client, &mut activities).await?;
    Ok(List {
        cut,
        ..List::of(activities, users)
    })
}

/// Puts the whole text, which is a file of the activity, in the place of a text that was cut for
/// Close's limit. Returns the activities whose file could not be read.
///
/// # Errors
///
/// Close has been unreachable for too long.
pub(crate) async fn whole_texts(
    client: &Client,
    activities: &mut [Listed],
) -> Result<HashSet<ActivityId>, Failure> {
    let mut unread = HashSet::new();
    for activity in activities {
        let last = activity.attachments.last();
        if !long_text::is_cut(&activity.message_markdown, last.map(|file| &*file.filename)) {
            continue;
        }
        let Some(file) = activity.attachments.pop() else {
            continue;
        };
        match client.file_text(&file.url).await? {
            Ok(text) => activity.message_markdown = text,
            Err(_) => drop(unread.insert(activity.id.clone())),
        }
    }
    Ok(unread)
}

impl List {
    /// Builds the list of a lead from its activities.
    pub(super) fn of(activities: Vec<Listed>, users: &Users) -> List {
        let mut list = List::default();
        for mut activity in activities {
            // Another integration may have stored a WhatsApp id in the Cloud API's form (`wamid`).
            activity.external_id = read_id(&activity.external_id);
            let id = &activity.external_id;
            if is_by_another_user(&activity, users) {
                list.foreign.insert(id.clone());
            }
            if activity.response_to_id.is_some() {
                list.linked.insert(id.clone());
            }
            list.ids.insert(id.clone(), activity.id.clone());
            list.activities.insert(activity.id.clone());
            if is_ours(&activity, users) {
                list.ours.push(activity);
            } else if let Some(present) = present(&activity) {
                let ids = list.present.entry(present).or_default();
                ids.push(activity.external_id);
            }
        }
        list.ours
            .sort_by(|a, b| (a.activity_at, &a.id).cmp(&(b.activity_at, &b.id)));
        list
    }
}

fn present(activity: &Listed) -> Option<Present> {
    Some(Present {
        direction: match activity.direction? {
            close::Direction::Incoming => Direction::Incoming,
            close::Direction::Outgoing => Direction::Outgoing,
        },
        minute: activity.activity_at?.timestamp().div_euclid(60),
        text: activity.message_markdown.trim().to_owned(),
    })
}
