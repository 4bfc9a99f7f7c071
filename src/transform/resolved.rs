//! An archive with its routing, before archives are grouped into chats.

use super::source::Source;
use crate::chat::Chat;
use crate::ids::{ContactId, LeadId};
use crate::parser::text::Decoded;
use crate::routing::{Decision, Numbers, Owner};

/// An archive with its routing.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'s> {
    pub(super) source: Source<'s>,
    pub(super) standing: Decision,
    pub(super) private: bool,
    /// The numbers for the external ids, of a ready chat.
    pub(super) numbers: Option<Numbers>,
    /// See [`crate::routing::Routed::imported_as`].
    pub(super) imported_as: Option<Numbers>,
    pub(super) owner: Owner,
}

impl<'s> Resolved<'s> {
    /// The same archive with a chat that was read again.
    pub(super) fn with_text(self, transcript: &'s Decoded, chat: &'s Chat<'s>) -> Resolved<'s> {
        Resolved {
            source: Source {
                transcript,
                outline: None,
                ..Source::new(self.source.device, self.source.opened, chat)
            },
            ..self
        }
    }
}

impl Resolved<'_> {
    /// Whether it is imported as a group.
    pub(super) fn is_group(&self) -> bool {
        (self.numbers.as_ref()).is_some_and(|numbers| numbers.group.is_some())
    }

    /// The lead and contact of a ready chat.
    pub(super) fn destination(&self) -> Option<(LeadId, ContactId)> {
        match &self.standing {
            Decision::Ready(to) => Some((to.lead_id.clone(), to.contact_id.clone())),
            _ => None,
        }
    }
}
