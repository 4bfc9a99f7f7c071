//! The decision about a chat.

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
    /// The owner's Close user, set on messages of both directions; `None`: the key's user owns
    /// them.
    pub user_id: Option<UserId>,
    /// The owner's number, E.164.
    pub local_phone: Phone,
    /// The contact's number, E.164; of a group, its anchor's.
    pub remote_phone: Phone,
}

/// The decision about a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It can be imported to this destination.
    Ready(Destination),
    /// This rule leaves the whole chat out.
    LeftOut(Rule),
    /// It is not imported until a person decides.
    Held(Held),
}

impl Decision {
    /// Whether the chat can be imported.
    pub fn is_ready(&self) -> bool {
        matches!(self, Decision::Ready(_))
    }

    /// The destination of a ready chat; `None` for a chat that is held or left out.
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Decision::Ready(to) => Some(to),
            Decision::LeftOut(_) | Decision::Held(_) => None,
        }
    }
}
