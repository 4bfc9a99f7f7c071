//! Selection: the part of a migration that a run is limited to.

use std::collections::BTreeSet;

use crate::ids::LeadId;
use crate::name::name_key;
use crate::transform::desired::{Decision, DesiredChat};

/// The part of a migration chosen for this run (`--device`, `--chat`, `--lead`, `--limit`). Everything
/// else is counted under the rule `not_selected`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The name of the only device; `None`: every device.
    pub device: Option<String>,
    /// The name of the only chats; `None`: every chat.
    pub chat: Option<String>,
    /// The lead on which the destination of a chat must be; `None`: any lead.
    pub lead: Option<LeadId>,
    /// The leads of which one must be a chat's destination; empty: no restriction. Of a repair
    /// only.
    pub leads: BTreeSet<LeadId>,
    /// The maximum number of operations; `None`: no limit.
    pub limit: Option<u64>,
    /// Whether to carry out only operations that failed in an earlier run or whose outcome is
    /// unknown (`--retry-failed`).
    pub failed: bool,
}

impl Selection {
    /// Whether it is the whole migration.
    pub fn is_everything(&self) -> bool {
        self.device.is_none()
            && self.chat.is_none()
            && self.lead.is_none()
            && self.leads.is_empty()
            && self.limit.is_none()
            && !self.failed
    }

    /// Whether the chat is selected.
    pub fn includes(&self, chat: &DesiredChat) -> bool {
        let lead = match &chat.standing {
            Decision::Ready(destination) => Some(&destination.lead_id),
            _ => None,
        };
        self.device
            .as_ref()
            .is_none_or(|device| *device == chat.device)
            && self
                .chat
                .as_ref()
                .is_none_or(|name| name_key(name) == name_key(&chat.name))
            && (self.lead.as_ref()).is_none_or(|wanted| {
                lead == Some(wanted) || chat.merged_from.iter().any(|from| from == wanted)
            })
            && (self.leads.is_empty()
                || (lead.into_iter().chain(&chat.merged_from))
                    .any(|lead| self.leads.contains(lead)))
    }
}
