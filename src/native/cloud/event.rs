//! Edits, deletions and reactions: changes to a message after it was sent.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::content;
use super::people::Addresses;
use super::values::text;
use crate::chat::Kind;
use crate::native::people::placeholder_text;
use crate::native::{NativeMessage, Reaction};

/// A change to a message after it was sent.
pub(super) struct Event {
    /// Time of the event, if known.
    pub(super) at: Option<DateTime<Utc>>,
    /// Wamid of the message.
    pub(super) wamid: String,
    change: Change,
}

enum Change {
    Edited(String),
    Revoked,
    /// The emoji, empty if it was removed, and the customer who reacted; `None` for the owner.
    Reacted(String, Option<Addresses>),
}

/// Whether messages of this type change others.
pub(super) fn is_event(kind: &str) -> bool {
    matches!(kind, "reaction" | "edit" | "revoke")
}

impl Event {
    /// The event of a message of such a type; `None` if it does not name the message that it changes.
    pub(super) fn of(
        kind: &str,
        inner: &Value,
        at: Option<DateTime<Utc>>,
        customer: Option<&Addresses>,
    ) -> Option<Event> {
        let id = |key: &str| text(inner, key).filter(|id| !id.is_empty());
        let (wamid, change) = match kind {
            "reaction" => {
                let sign = text(inner, "emoji").unwrap_or_default().to_owned();
                let change = Change::Reacted(sign, customer.cloned());
                (id("message_id")?, change)
            }
            "edit" => {
                let words = content::edited(inner.get("message")?)?;
                let change = Change::Edited(words.to_owned());
                (id("original_message_id")?, change)
            }
            "revoke" => (id("original_message_id")?, Change::Revoked),
            _ => return None,
        };
        Some(Event {
            at,
            wamid: wamid.to_owned(),
            change,
        })
    }

    /// Applies it to the message; `name` is that of a customer.
    pub(super) fn apply(&self, message: &mut NativeMessage, name: impl Fn(&Addresses) -> String) {
        match &self.change {
            // A deleted message has no text, even if an edit arrives later.
            Change::Edited(words) if message.kind != Kind::Deleted => {
                message.text.clone_from(words);
                message.edited = true;
            }
            Change::Edited(_) => {}
            Change::Revoked => {
                message.kind = Kind::Deleted;
                message.text = placeholder_text(Kind::Deleted).to_owned();
                message.files.clear();
                message.omitted = None;
            }
            Change::Reacted(sign, customer) => {
                let by = customer.as_ref().map(name).unwrap_or_default();
                message.reactions.retain(|known| known.by != by);
                if !sign.is_empty() {
                    let sign = sign.clone();
                    message.reactions.push(Reaction { by, sign });
                }
            }
        }
    }
}
