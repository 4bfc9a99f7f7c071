//! Destination: the lead, contact, user and numbers that activities are posted to, and the decision about a chat.

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::rule::Rule;
use crate::ids::{ContactId, LeadId, UserId};
use crate::phone::Phone;

/// The lead, contact, user and numbers that a chat is posted to, common to all its activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The lead in Close.
    pub lead_id: LeadId,
    /// The contact in Close, on that lead.
    pub contact_id: ContactId,
    /// The owner's Close user, set on messages of both directions.
    pub user_id: Option<UserId>,
    /// The owner's number.
    pub local_phone: Phone,
    /// The contact's number.
    pub remote_phone: Phone,
}

/// The differences of a group message from the [`Destination`] of its chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The number of the colleague who wrote it.
    pub local_phone: Option<Phone>,
    /// The number of the participant who wrote it.
    pub remote_phone: Option<Phone>,
    /// The colleague's Close user.
    pub user_id: Option<UserId>,
}

impl Destination {
    /// The destination of a message with these differences.
    pub fn between(&self, between: Option<&Between>) -> Destination {
        let mut to = self.clone();
        if let Some(Between {
            local_phone,
            remote_phone,
            user_id,
        }) = between.cloned()
        {
            to.user_id = user_id.or_else(|| to.user_id.take().filter(|_| local_phone.is_none()));
            to.local_phone = local_phone.unwrap_or(to.local_phone);
            to.remote_phone = remote_phone.unwrap_or(to.remote_phone);
        }
        to
    }
}

/// The decision about a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It can be imported to this destination.
    Ready(Destination),
    /// This rule leaves the whole chat out.
    LeftOut(Rule),
    /// It is not imported until a person decides.
    Held(Held),
}
