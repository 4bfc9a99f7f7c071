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
use crate::transform::identity::{Identity, chat_of_pair, sender_by_name};
use crate::transform::split::{Context, canonical_body, split};

/// Equal messages of a minute whose ids are tried.
const MAX_ORDINALS: usize = 8;

/// The activities of ours on a lead, in order of time.
pub(crate) struct OursOnLead {
    /// The lead.
    pub(crate) lead: LeadId,
    /// The activities.
    pub(crate) activities: Vec<Listed>,
    /// Whether Close does not show the lead: it was deleted or merged, or the key may not see it.
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

/// The key of a chat from which external ids are derived, as candidate for an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChatKey {
    /// The chat's key: its two numbers, or the key of a group.
    pub(crate) key: String,
    /// Whether the chat is a group.
    pub(crate) is_group: bool,
}

/// The chat whose key the external id of an activity is derived from: that of its two numbers, or one of `groups`. `None`
/// where numbers or text were corrected later, and for an id of WhatsApp's.
pub(crate) fn chat_of_id(activity: &Listed, groups: &[ChatKey]) -> Option<ChatKey> {
    let (own, other) = numbers(activity)?;
    let minute = (activity.activity_at?.timestamp_millis()).div_euclid(MINUTE);
    let sender = match activity.direction? {
        Direction::Outgoing => own.e164(),
        Direction::Incoming => other.e164(),
    };
    let pair = ChatKey {
        key: chat_of_pair(own.e164(), other.e164()),
        is_group: false,
    };
    for chat in std::iter::once(&pair).chain(groups) {
        let context = Context {
            is_group: chat.is_group,
            files: activity.attachments.len(),
        };
        for reading in split(&activity.message_markdown, context) {
            let body = canonical_body(&reading);
            let named = (reading.sender).map(sender_by_name);
            let is_derived = std::iter::once(sender)
                .chain(named.as_deref())
                .any(|sender| {
                    let mut ids = Identity::new(&chat.key);
                    (0..MAX_ORDINALS).any(|_| ids.id(sender, minute, &body) == activity.external_id)
                });
            if is_derived {
                return Some(chat.clone());
            }
        }
    }
    None
}

/// The owner's and the contact's number of an activity; `None` if Close lacks one of them, or it is
/// not E.164.
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
