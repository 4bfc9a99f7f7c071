//! What is known of this organisation's Close, from pilots and imports.

use chrono::DateTime;

use super::finding::Findings;
use super::{Check, Grade};
use crate::checkpoint::Snapshot;
use crate::organization::{Fact, ListOrder, NameForm, NumberForm, TextForm, TimeForm, UniqueIds};

/// Adds a finding for each fact; one in place of all where none is known.
pub(super) fn check(checkpoint: Option<&Snapshot>, findings: &Findings) {
    let known = match checkpoint.map(Snapshot::facts).transpose() {
        Ok(known) => known.unwrap_or_default(),
        Err(error) => return findings.add(Check::Facts, Grade::Bad, error.to_string()),
    };
    let mut is_known = false;
    for learned in known.iter() {
        if !learned.fact.is_about_close() {
            continue;
        }
        is_known = true;
        let day = DateTime::from_timestamp_millis(learned.learned_at).unwrap_or_default();
        let day = day.date_naive();
        findings.add(
            Check::Facts,
            grade(&learned.fact),
            format!("{} (learned on {day})", learned.fact),
        );
    }
    if !is_known {
        findings.add(
            Check::Facts,
            Grade::Look,
            "nothing is known yet of how this Close returns what it is sent; `chatferry import --pilot` finds it out",
        );
    }
}

/// Whether a person should look at it.
fn grade(fact: &Fact) -> Grade {
    match fact {
        Fact::ListOrder(ListOrder::Unsorted)
        | Fact::Text(TextForm::Changed)
        | Fact::Numbers(NumberForm::Changed)
        | Fact::Names(NameForm::Changed)
        | Fact::Times(TimeForm::Changed)
        | Fact::UniqueIds(UniqueIds::InOrganization)
        | Fact::OpenProbe(_) => Grade::Look,
        _ => Grade::Ok,
    }
}
