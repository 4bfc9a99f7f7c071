//! An archive with its routing: the result of `resolve`, before archives are grouped into chats.

use super::desired::Standing;
use super::identity;
use super::owner::Owner;
use super::source::Source;
use crate::chat::Chat;
use crate::ids::{ContactId, LeadId};
use crate::parser::text::Decoded;
use crate::phone::Phone;

/// An archive with its routing.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'s> {
    pub(super) source: Source<'s>,
    pub(super) standing: Standing,
    pub(super) private: bool,
    /// The numbers for the external ids, of a ready chat.
    pub(super) numbers: Option<Numbers>,
    pub(super) owner: Owner,
}

impl Resolved<'_> {
    /// The same archive with a chat that was read again.
    pub(super) fn with_text<'t>(
        &'t self,
        transcript: &'t Decoded,
        chat: &'t Chat<'t>,
    ) -> Resolved<'t> {
        Resolved {
            source: Source {
                transcript,
                outline: None,
                ..Source::new(self.source.device, self.source.opened, chat)
            },
            standing: self.standing.clone(),
            private: self.private,
            numbers: self.numbers.clone(),
            owner: self.owner.clone(),
        }
    }

    /// Whether it is imported as a group.
    pub(super) fn is_group(&self) -> bool {
        (self.numbers.as_ref()).is_some_and(|numbers| numbers.group.is_some())
    }

    /// The lead and contact of a ready chat.
    pub(super) fn destination(&self) -> Option<(LeadId, ContactId)> {
        match &self.standing {
            Standing::Ready(to) => Some((to.lead_id.clone(), to.contact_id.clone())),
            _ => None,
        }
    }
}

/// The numbers from which external ids are derived. The owner's number is the earliest one of the device
/// (`former_phones` in the configuration), so that a new number changes no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) owner: Phone,
    /// The contact's number; for a group, its anchor's.
    pub(super) other: Phone,
    /// The key of a group, used instead of the two numbers.
    pub(super) group: Option<String>,
}

impl Numbers {
    /// The chat's part of the external ids.
    pub(super) fn chat(&self) -> String {
        match &self.group {
            Some(key) => key.clone(),
            None => identity::chat_of_pair(self.owner.e164(), self.other.e164()),
        }
    }
}
