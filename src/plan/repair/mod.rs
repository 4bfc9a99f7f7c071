//! The plan of a repair: the operations that correct what a comparison found, and no other.
//!
//! Pure. A repair is a part of the plan that an import with `gone = "restore"` would carry out, with two additions:
//! updates of fields that drifted, and deletions of activities that repeat another one. [`Repair::of`] selects that part
//! by the [`Wish`]es, one for each message with findings; [`Repair::stage`] returns it as plans for the executor, the
//! safest first. Never here: which findings there are ([`super::compare`]), requests, or wording of output.
//!
//! | file         | contains                                             |
//! |--------------|------------------------------------------------------|
//! | `wish`       | what is to be corrected about one message            |
//! | `fix`        | a planned correction, and when it is carried out     |
//! | `select`     | the corrections that the wishes need                 |
//! | `correction` | the update of a message whose fields drifted         |
//! | `stages`     | the plans for the executor                           |

mod correction;
mod fix;
mod select;
mod stages;
mod wish;

use std::collections::{HashMap, HashSet};

pub use fix::{Fix, FixKind, Stage, Unfixed};
pub use wish::{Copy, OnLead, SentFacts, Wish};

use super::{Plan, Planned, RedundantCopy};
use crate::ids::LeadId;

/// The corrections that a repair carries out, in stages, and what it cannot correct.
#[derive(Debug, Default)]
pub struct Repair {
    /// The corrections, in the order in which they are carried out.
    pub fixes: Vec<Fix>,
    /// The wishes without a correction.
    pub unfixed: Vec<Unfixed>,
    /// Whether messages without a wish that an earlier run began to move or to update are finished.
    finishes: bool,
    /// The chats with their operations removed, and those of chats that no correction needs without messages.
    base: Plan,
    /// The corrected messages by stage, chat and index.
    changed: HashMap<Stage, HashMap<usize, Vec<(usize, Planned)>>>,
    copies: HashMap<usize, Vec<RedundantCopy>>,
    /// The leads that messages are moved from.
    former_leads: HashSet<LeadId>,
    /// The indexes in `fixes` by stage and chat, in order.
    indexes: HashMap<(Stage, usize), Vec<usize>>,
}

impl Repair {
    /// Whether nothing is to be corrected.
    pub fn is_empty(&self) -> bool {
        self.fixes.is_empty()
    }

    /// The number of corrections of a kind.
    pub fn count(&self, kind: FixKind) -> u64 {
        self.fixes.iter().filter(|fix| fix.kind == kind).count() as u64
    }

    /// The number of activities that are deleted in Close and that no earlier run began to delete.
    pub fn deletions(&self) -> u64 {
        let deletes =
            |fix: &&Fix| matches!(fix.kind, FixKind::Move | FixKind::Delete) && !fix.is_begun;
        self.fixes.iter().filter(deletes).count() as u64
    }

    /// The corrections of a stage.
    pub fn of_stage(&self, stage: Stage) -> impl Iterator<Item = &Fix> {
        self.fixes.iter().filter(move |fix| fix.stage == stage)
    }

    /// The number of corrections of a stage that only the checkpoint needs.
    pub fn records(&self, stage: Stage) -> u64 {
        let of_stage = self.of_stage(stage);
        of_stage.filter(|fix| fix.kind == FixKind::Record).count() as u64
    }

    /// The index in `fixes` of an operation of a stage, as the executor numbers it: messages, then
    /// copies. `None` if the stage has no such operation.
    pub fn index_of(&self, stage: Stage, (chat, number): (usize, usize)) -> Option<usize> {
        let messages = self.base.chats.get(chat)?.messages.len();
        let mut indexes = self.indexes.get(&(stage, chat))?.iter();
        match number.checked_sub(messages) {
            Some(copy) => indexes.nth(copy).copied(),
            None => {
                let found = self.indexes.get(&(stage, chat))?.iter();
                let mut found = found.filter(|index| self.fixes[**index].message == number);
                found.next().copied()
            }
        }
    }

    /// The leads that the chats with corrections go to, and those that messages leave.
    pub fn leads(&self) -> HashSet<LeadId> {
        let chats = self
            .fixes
            .iter()
            .filter_map(|fix| self.base.chats.get(fix.chat));
        let mut leads: HashSet<LeadId> = chats
            .filter_map(|chat| Some(chat.destination.as_ref()?.lead_id.clone()))
            .collect();
        leads.extend(self.former_leads.iter().cloned());
        leads
    }
}
