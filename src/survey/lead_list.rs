//! What Close lists of a lead.
//!
//! Belongs here: the list of one lead, read once and kept for every chat that goes there. Never here:
//! what a chat makes of it.

use std::collections::{HashMap, HashSet};

use super::unrecorded::{Users, is_by_others, is_ours};
use crate::close::{self, Client, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::Present;
use crate::transform::desired::Direction;
use crate::transform::id_form::read as read_id;

/// What a lead holds.
#[derive(Default)]
pub(super) struct List {
    /// External id to activity id.
    pub(super) ids: HashMap<ExternalId, ActivityId>,
    /// All activity ids.
    pub(super) activities: HashSet<ActivityId>,
    /// What is not ours, by side, minute and text, with the external ids.
    pub(super) present: HashMap<Present, Vec<ExternalId>>,
    /// The external ids of what is linked to what it answers.
    pub(super) linked: HashSet<ExternalId>,
    /// The external ids of what another user's key created.
    pub(super) foreign: HashSet<ExternalId>,
    /// What is ours, in order of time.
    pub(super) ours: Vec<Listed>,
}

/// Reads the list of a lead.
///
/// # Errors
///
/// What kept Close from listing it.
pub(super) async fn read(client: &Client, lead: &LeadId, users: &Users) -> Result<List, Failure> {
    Ok(List::of(client.list_lead_messages(lead).await?, users))
}

impl List {
    /// The list of a lead, from its activities.
    pub(super) fn of(activities: Vec<Listed>, users: &Users) -> List {
        let mut list = List::default();
        for mut activity in activities {
            // Another integration may have written the platform's form of the very id
            // (`native-sources.md` 6.2).
            activity.external_id = read_id(&activity.external_id);
            let id = &activity.external_id;
            if is_by_others(&activity, users) {
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
