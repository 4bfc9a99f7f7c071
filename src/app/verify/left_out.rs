//! The messages that rules leave out, although archives or records have them.
//!
//! Never here: which rule leaves a message out ([`crate::transform`]), or Close.

use std::collections::HashMap;

use super::items::Item;
use crate::ids::ExternalId;
use crate::plan::{Action, Plan};
use crate::routing::Rule;
use crate::transform::decision_table::{self, Target};
use crate::transform::desired::{Decision, Desired, DesiredMessage};

/// The messages of the archives that rules leave out.
#[derive(Default)]
pub(super) struct LeftOut(HashMap<ExternalId, Rule>);

impl LeftOut {
    /// Those of all chats, with those that decisions.csv leaves out.
    pub(super) fn of(desired: &Desired) -> LeftOut {
        let by_rule = desired.chats.iter().flat_map(|chat| &chat.left_out_ids);
        let mut ids: HashMap<ExternalId, Rule> = by_rule.cloned().collect();
        for row in &desired.decisions.rows {
            if row.decision != decision_table::Decision::Leave {
                continue;
            }
            let id = match &row.target {
                Target::Id(id) => Some(id.clone()),
                Target::Place(chat, message) => (desired.chats.get(*chat)).and_then(|chat| {
                    let id = |messages: &[DesiredMessage]| {
                        Some(messages.get(*message)?.external_id.clone())
                    };
                    chat.messages.with(id)
                }),
            };
            ids.extend(id.map(|id| (id, Rule::Decided)));
        }
        LeftOut(ids)
    }

    /// The rule that leaves a message out; `None` if it is wanted, or if no archive has it.
    pub(super) fn rule(&self, item: &Item, plan: &Plan) -> Option<Rule> {
        let own = self.0.get(&item.external_id).copied();
        let action = item.planned.as_ref().map(|(planned, _)| &planned.action);
        let rule = match action {
            Some(Action::LeftOut(rule)) => Some(*rule),
            Some(Action::Gone) => own,
            // The plan may not know yet that Close lacks it.
            Some(_) => own.filter(|rule| *rule == Rule::Decided),
            None => own.or_else(|| match plan.chats.get(item.chat?)?.chat.standing {
                Decision::LeftOut(rule) => Some(rule),
                _ => None,
            }),
        };
        rule.filter(|rule| *rule != Rule::NotSelected)
    }
}
