//! Applies people's decisions about undecided messages to the result of pairing.
//!
//! Here belongs which row of decisions.csv is about which message of a chat, its effect on the pairing, and
//! the candidates that a plan offers; never a comparison of messages, or a decision about a message that
//! pairing has settled.
//!
//! | file           | contains                                               |
//! |----------------|--------------------------------------------------------|
//! | `rows`         | the row about each message of a chat                   |
//! | `settling`     | the effect of a row on its message                     |
//! | `older_states` | texts of older archives as they were before an edit    |
//! | `records`      | the records that a message can be the same as          |
//! | `candidates`   | what each undecided message may be                     |

mod candidates;
mod older_states;
mod records;
mod rows;
mod settling;

use std::collections::{HashMap, HashSet};

pub(super) use candidates::candidates;
use older_states::{redirect_replies, supersede_recorded};
use records::records;
use rows::of_chat;
use settling::{RowEffect, Settling};

use super::reconciled::Reconciled;
use super::{Known, Record};
use crate::ids::ExternalId;
use crate::settings::Problem;
use crate::transform::decision_table::{Decision, Decisions};
use crate::transform::desired::DesiredMessage;

/// The outcome of the rows of decisions.csv.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Lines whose message is in a chat of the plan.
    pub(super) used: HashSet<u32>,
    pub(super) problems: Vec<Problem>,
}

/// The decisions about the messages of one chat, by index. Those about undecided messages have changed
/// `found`: the message is known, new, or has the decision [`Decision::Leave`].
pub(super) fn settle(
    chat: usize,
    wanted: &mut [DesiredMessage],
    found: &mut Reconciled,
    known: &Known,
    decisions: &Decisions,
    rows: &mut Rows,
) -> HashMap<usize, Decision> {
    let mut decided = HashMap::new();
    supersede_recorded(wanted, found, known);
    let chosen = of_chat(chat, wanted, found, known, decisions, rows);
    let mut claimed: HashSet<ExternalId> = match chosen.is_empty() {
        true => {
            redirect_replies(wanted, found);
            return decided;
        }
        false => found
            .stand(wanted)
            .into_iter()
            .map(ExternalId::from)
            .collect(),
    };
    // The line of the row that names each message in Close.
    let mut named: HashMap<ExternalId, u32> = HashMap::new();
    for (index, row) in chosen {
        let row = &decisions.rows[row];
        let mut decision = row.decision.clone();
        if let Decision::Same(of) = &decision
            && let Some(other) = named.insert(record_named(of, known), row.line)
        {
            let text =
                format!("line {other} names the same message in Close; remove one of the two rows");
            rows.problems.push(decisions.problem(row.line, text));
            continue;
        }
        if is_undecided(&wanted[index], found, known) {
            let settled = Settling {
                wanted,
                index,
                found,
                known,
                claimed: &mut claimed,
            }
            .settle(&decision);
            match settled {
                RowEffect::Applied => {}
                RowEffect::LeftOut => decision = Decision::Leave,
                RowEffect::Open => continue,
                RowEffect::Wrong(text) => {
                    rows.problems.push(decisions.problem(row.line, text));
                    continue;
                }
            }
        } else if decision == Decision::New {
            stay_elsewhere(&wanted[index], found);
        }
        decided.insert(index, decision);
    }
    redirect_replies(wanted, found);
    decided
}

/// The external id of the record that `of` names by activity id or external id; else `of`.
fn record_named(of: &str, known: &Known) -> ExternalId {
    let record = records(known).find(|r| r.external_id == of || r.activity_id == of);
    let listed = || {
        let mut listed = known.listed.iter();
        listed
            .find(|(_, activity)| *activity == of)
            .map(|(id, _)| id.as_str())
    };
    let id = record.map(|record| record.external_id).or_else(listed);
    id.unwrap_or(of).into()
}

/// Whether pairing leaves a message undecided.
pub(super) fn is_undecided(message: &DesiredMessage, found: &Reconciled, known: &Known) -> bool {
    let id = message.external_id.as_str();
    found.undecided.contains_key(id)
        || message.undecided
            && !found.matched.contains_key(id)
            && !found.known_deleted.contains(id)
            && !known.recorded.contains(id)
            && !known.listed.contains_key(id)
}

/// A message that is on another lead and was not created there by chatferry stays there; it is created on
/// its own lead.
fn stay_elsewhere(message: &DesiredMessage, found: &mut Reconciled) {
    let is_foreign = |record: &Record| record.lead_id.is_some() && record.facts.adopted;
    if found
        .matched
        .get(&message.external_id)
        .is_some_and(is_foreign)
    {
        found.matched.remove(&message.external_id);
    }
}
