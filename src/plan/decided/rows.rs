//! The row of decisions.csv about each message of a chat.

use std::collections::{HashMap, HashSet};

use super::Rows;
use crate::ids::ExternalId;
use crate::plan::Known;
use crate::plan::reconciled::Reconciled;
use crate::transform::decision_table::{Decisions, Target};
use crate::transform::desired::DesiredMessage;

/// The row about each message of a chat, in the order of the messages.
pub(super) fn of_chat(
    chat: usize,
    wanted: &[DesiredMessage],
    found: &Reconciled,
    known: &Known,
    decisions: &Decisions,
    rows: &mut Rows,
) -> Vec<(usize, usize)> {
    let mut by_id: HashMap<&ExternalId, usize> = HashMap::new();
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (number, row) in decisions.rows.iter().enumerate() {
        match &row.target {
            Target::Place(of, index) if *of == chat => chosen.push((*index, number)),
            Target::Place(..) => {}
            Target::Id(id) => {
                if known.recorded.contains(id) || known.aliases.contains_key(id) {
                    rows.used.insert(row.line);
                }
                by_id.insert(id, number);
            }
        }
    }
    if !by_id.is_empty() {
        for (index, message) in wanted.iter().enumerate() {
            let record = found.matched.get(&message.external_id);
            let ids = std::iter::once(&message.external_id)
                .chain(message.alternate_ids())
                .chain(record.map(|record| &record.external_id));
            chosen.extend(
                ids.filter_map(|id| by_id.get(id))
                    .map(|number| (index, *number)),
            );
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    for (_, number) in &chosen {
        rows.used.insert(decisions.rows[*number].line);
    }
    // An id may be one message's desired id and another one's recorded id: the undecided message is meant.
    let named: HashSet<&str> = (chosen.iter())
        .map(|(index, _)| wanted[*index].external_id.as_str())
        .filter(|id| found.undecided.contains_key(*id))
        .collect();
    chosen.retain(|(index, number)| match &decisions.rows[*number].target {
        Target::Id(id) => *id == wanted[*index].external_id || !named.contains(id.as_str()),
        Target::Place(..) => true,
    });
    let mut single: Vec<(usize, usize)> = Vec::with_capacity(chosen.len());
    for (index, number) in chosen {
        match single.last() {
            Some((last, other)) if *last == index => {
                let (one, row) = (&decisions.rows[*other], &decisions.rows[number]);
                if one.decision != row.decision {
                    let text = format!("line {} has another decision for this message", one.line);
                    rows.problems.push(decisions.problem(row.line, text));
                }
            }
            _ => single.push((index, number)),
        }
    }
    single
}
