//! The events of a store: what happened to which object.

use chrono::{DateTime, Utc};

use super::store::Message;
use super::store::Store;

/// An entry of the event log.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) created: DateTime<Utc>,
    pub(super) kind: Kind,
    pub(super) action: Action,
    pub(super) object_id: String,
    pub(super) lead_id: String,
    /// The source lead of the merge that caused this event; the destination is `lead_id`.
    pub(super) merged_from: Option<String>,
    /// The external id of a deleted message.
    pub(super) external_id: Option<String>,
}

/// The type of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Lead,
    Contact,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Message => "activity.whatsapp_message",
            Kind::Lead => "lead",
            Kind::Contact => "contact",
        }
    }
}

/// What happened to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Created,
    Updated,
    Deleted,
    Merged,
}

impl Action {
    pub(super) fn word(self) -> &'static str {
        match self {
            Action::Created => "created",
            Action::Updated => "updated",
            Action::Deleted => "deleted",
            Action::Merged => "merged",
        }
    }
}

impl Store {
    /// Adds an event to the log.
    pub(super) fn log(&mut self, kind: Kind, action: Action, object_id: &str, lead_id: &str) {
        self.log_merge(kind, action, object_id, lead_id, None);
    }

    /// Adds an event that a merge caused to the log.
    pub(super) fn log_merge(
        &mut self,
        kind: Kind,
        action: Action,
        object_id: &str,
        lead_id: &str,
        from: Option<&str>,
    ) {
        if self.discards && (kind, action) == (Kind::Message, Action::Created) {
            return;
        }
        let event = Event {
            id: self.ids.short("ev"),
            created: self.next_date(),
            kind,
            action,
            object_id: object_id.to_owned(),
            lead_id: lead_id.to_owned(),
            merged_from: from.map(str::to_owned),
            external_id: None,
        };
        self.events.push(event);
    }

    /// Adds the deletion of a message to the log. Close's events have the data of the object before the
    /// change (documented).
    pub(super) fn log_deletion(&mut self, message: &Message) {
        self.log(
            Kind::Message,
            Action::Deleted,
            &message.id,
            &message.lead_id,
        );
        if let Some(event) = self.events.last_mut().filter(|_| self.names_deleted) {
            event.external_id = Some(message.external_id.clone());
        }
    }
}
