//! A lead's list in Close, and its activities in the form in which they are compared.

use std::collections::HashSet;

use crate::close::{self, Client, Failure, Listed};
use crate::ids::{ActivityId, ExternalId};
use crate::plan::compare::{FileInClose, InClose, PeopleInClose};
use crate::stop_reason::stops;
use crate::survey;

/// A lead's list.
pub(super) struct List {
    pub(super) activities: Vec<Listed>,
    /// The external ids as recorded.
    pub(super) ids: Vec<ExternalId>,
    /// Activities whose whole text could not be read.
    pub(super) unread: HashSet<ActivityId>,
    /// Close does not know the lead, or does not show it.
    pub(super) is_rejected: bool,
}

/// An activity, read by its id, with its whole text; `None` if Close does not have it.
pub(in crate::app) async fn read_one(
    client: &Client,
    activity: &ActivityId,
) -> Result<Option<(Listed, InClose)>, Failure> {
    let Some(message) = client.get_message(activity).await? else {
        return Ok(None);
    };
    let mut one = [Listed::from(message)];
    let unread = survey::whole_texts(client, &mut one).await?;
    let [activity] = one;
    let in_close = in_close(&activity, !unread.is_empty());
    Ok(Some((activity, in_close)))
}

/// An activity of a list, as it is compared. `is_unread`: the file with its whole text could not be read.
pub(in crate::app) fn in_close(activity: &Listed, is_unread: bool) -> InClose {
    InClose {
        text: (!is_unread).then(|| activity.message_markdown.clone()),
        at: activity.activity_at.map(|at| at.timestamp_millis()),
        outgoing: (activity.direction).map(|side| side == close::Direction::Outgoing),
        people: PeopleInClose {
            contact_id: activity.contact_id.clone(),
            user_id: activity.user_id.clone(),
            local_phone: activity.local_phone.clone(),
            remote_phone: activity.remote_phone.clone(),
        },
        link: activity.response_to_id.clone(),
        files: (activity.attachments.iter())
            .map(|file| FileInClose {
                name: file.filename.clone(),
                size: file.size,
            })
            .collect(),
    }
}

/// A failure that concerns one lead; the error is one after which no lead can be read.
pub(in crate::app) fn for_lead(failure: Failure) -> Result<Failure, Failure> {
    match failure.status() == Some(403) || stops(&failure).is_none() {
        true => Ok(failure),
        false => Err(failure),
    }
}
