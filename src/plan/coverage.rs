//! Coverage: which desired messages the records of a chat have, and which records no archive has.
//!
//! Belongs here: comparisons of the two sets after pairing. Never here: the pairing ([`super::reconcile`]).

use std::collections::BTreeMap;

use super::counts::count;
use super::known::Known;
use super::reconcile::reconcile;
use super::reconciled::Reconciled;
use super::record::Record;
use super::records::Recorded;
use crate::ids::ExternalId;
use crate::routing::Rule;
use crate::transform::desired::{DesiredChat, DesiredMessage};

/// Whether the checkpoint has a record of every message of the chat, so that the lead need not be listed.
pub fn is_fully_recorded(chat: &DesiredChat, known: &Known) -> bool {
    let is_recorded = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::has_facts);
    let ids = || {
        (0u32..)
            .zip(&chat.messages)
            .filter(|(index, _)| known.parts.is_empty() || !known.parts.contains(index))
            .map(|(_, message)| &message.external_id)
    };
    if !known.recorded.has_corrected_times() && ids().all(is_recorded) {
        return true;
    }
    let found = reconcile(&chat.messages, chat, known);
    let is_recorded = |id: &ExternalId| is_recorded(id) && !found.reused_ids.contains(id);
    let is_found =
        |id: &ExternalId| (found.matched.get(id)).is_some_and(|record| record.lead_id.is_none());
    found.held.is_none() && ids().all(|id| is_recorded(id) || is_found(id))
}

/// Whether the message is recorded as being in Close. `record` is its record under another id, if any.
pub(super) fn is_recorded_in_close(
    message: &DesiredMessage,
    record: Option<&Record>,
    known: &Known,
) -> bool {
    match record {
        Some(record) => !record.facts.gone,
        None => matches!(
            known.recorded.get(&message.external_id),
            Some(Recorded::Done { .. })
        ),
    }
}

/// The recorded messages that rules leave out now, by rule.
pub(super) fn left_out_in_close(
    left_out: Vec<(ExternalId, Rule)>,
    wanted: &[DesiredMessage],
    known: &Known,
    found: &Reconciled,
) -> BTreeMap<Rule, Vec<ExternalId>> {
    let is_done = |id: &ExternalId| matches!(known.recorded.get(id), Some(Recorded::Done { .. }));
    let mut recorded = left_out
        .into_iter()
        .filter(|(id, _)| is_done(id))
        .peekable();
    let mut by_rule: BTreeMap<Rule, Vec<ExternalId>> = BTreeMap::new();
    if recorded.peek().is_none() {
        return by_rule;
    }
    // Two equal messages of one minute have ids that depend on their number.
    let ids = found.stand(wanted);
    for (id, rule) in recorded.filter(|(id, _)| !ids.contains(id.as_str())) {
        by_rule.entry(rule).or_default().push(id);
    }
    by_rule
}

/// The number of recorded messages without a desired message.
pub(super) fn kept(wanted: &[DesiredMessage], known: &Known, found: &Reconciled) -> u32 {
    let is_done = |id: &ExternalId| matches!(known.recorded.get(id), Some(Recorded::Done { .. }));
    if found.matched.is_empty() && known.elsewhere.is_empty() {
        let stand = wanted.iter().filter(|m| is_done(&m.external_id)).count();
        return count(known.recorded.done().saturating_sub(stand));
    }
    let ids = found.stand(wanted);
    let kept = (known.recorded.iter())
        .filter(|(id, recorded)| matches!(recorded, Recorded::Done { .. }) && !ids.contains(id));
    let elsewhere = (known.elsewhere.iter())
        .filter(|record| !record.facts.gone && !record.facts.unsettled)
        .filter(|record| !ids.contains(record.external_id.as_str()))
        .filter(|record| !known.recorded.contains(&record.external_id));
    count(kept.count() + elsewhere.count())
}
