//! Messages in Close that are left out now, with their chat or by themselves. They stay until a person removes them.

use crate::ids::{ExternalId, LeadId};
use crate::routing::Rule;

/// The number of external ids that are kept as examples.
const EXAMPLES: usize = 3;

/// Messages in Close of one chat that are left out now, on one lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// The chat: index into [`super::Plan::chats`].
    pub chat: usize,
    /// The rule that leaves them out; `None`: the whole chat is left out.
    pub rule: Option<Rule>,
    /// The lead that the messages are on in Close.
    pub lead_id: LeadId,
    /// The number of these messages.
    pub messages: u64,
    /// The external ids of the first three.
    pub examples: Vec<ExternalId>,
}

impl LeftBehind {
    /// An entry without messages yet.
    pub fn new(chat: usize, rule: Option<Rule>, lead_id: &LeadId) -> Self {
        LeftBehind {
            chat,
            rule,
            lead_id: lead_id.clone(),
            messages: 0,
            examples: Vec::new(),
        }
    }

    /// Adds a message.
    pub fn add(&mut self, external_id: ExternalId) {
        self.messages += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(external_id);
        }
    }
}
