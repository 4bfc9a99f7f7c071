//! Rows `new` of decisions.csv, which post removed messages again.
//!
//! Here belongs for which chats such a row requires the list of the lead: the message may be in Close again.
//! Never here: the effect of a row on its message (`plan`).

use std::collections::HashSet;

use crate::ids::ExternalId;
use crate::plan::Known;
use crate::transform::decision_table::{Decision, Decisions, Target};
use crate::transform::desired::DesiredChat;

/// The rows `new`.
#[derive(Debug, Default)]
pub(super) struct WantedAgain {
    /// Chats, by index in the run, with a row that names archive and line.
    chats: HashSet<usize>,
    /// External ids of the other rows.
    ids: HashSet<ExternalId>,
}

impl WantedAgain {
    pub(super) fn of(decisions: &Decisions) -> WantedAgain {
        let mut wanted = WantedAgain::default();
        let new = decisions.rows.iter();
        for row in new.filter(|row| row.decision == Decision::New) {
            match &row.target {
                Target::Place(chat, _) => drop(wanted.chats.insert(*chat)),
                Target::Id(id) => drop(wanted.ids.insert(id.clone())),
            }
        }
        wanted
    }

    /// Whether a row may restore a message of the chat with this index.
    pub(super) fn concerns(&self, (index, chat): (usize, &DesiredChat), known: &Known) -> bool {
        if self.chats.is_empty() && self.ids.is_empty() {
            return false;
        }
        let others = known.former.iter().chain(&known.elsewhere);
        let has_removed =
            known.recorded.any(|facts| facts.gone) || others.clone().any(|one| one.facts.gone);
        if !has_removed {
            return false;
        }
        self.chats.contains(&index)
            || self.ids.iter().any(|id| {
                known.recorded.contains(id)
                    || known.aliases.contains_key(id)
                    || others.clone().any(|record| record.external_id == *id)
            })
            || (!self.ids.is_empty()
                && (chat.messages)
                    .with(|all| all.iter().any(|m| self.ids.contains(&m.external_id))))
    }
}
