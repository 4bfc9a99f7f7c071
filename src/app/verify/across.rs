//! Activities with the external id of a message of another lead.
//!
//! A person or another program may copy a message to another lead. Belongs here: the findings about such messages, once
//! all leads were read. Never here: Close, or whether a repair posts a message.

use std::collections::HashMap;

use super::found::{Found, Next};
use super::items::Leads;
use super::lead_result::{OfItem, Stray};
use super::result::Verification;
use super::run::OfLeads;
use crate::app::error::Result;
use crate::checkpoint::Snapshot;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::compare::Finding;

/// The messages that were compared on a lead: their number, and the number of the first one.
pub(super) type Part = (LeadId, (usize, u64));

/// Activities with a derived id that are no message of their lead, by id.
struct Strays(HashMap<ExternalId, Vec<(LeadId, Stray)>>);

/// Changes the findings about messages with an activity on another lead of `done`.
pub(super) fn find(
    (leads, snapshot): (&Leads<'_>, Option<&Snapshot>),
    (parts, done): (&[Part], &OfLeads),
    result: &mut Verification,
) -> Result<()> {
    let (mut strays, moving) = Strays::of(done, leads);
    result.tally.found_elsewhere(moving);
    if strays.0.is_empty() {
        return Ok(());
    }
    let mut known: HashMap<(LeadId, ExternalId), Vec<usize>> = HashMap::new();
    for (index, found) in result.found.iter().enumerate() {
        if strays.0.contains_key(&found.external_id) {
            let on_lead = (found.lead_id.clone(), found.external_id.clone());
            known.entry(on_lead).or_default().push(index);
        }
    }
    for (lead, (limit, first)) in parts {
        let of_lead = leads.of_lead(lead, snapshot)?;
        for (item, number) in of_lead.items.iter().take(*limit).zip(*first..) {
            let elsewhere = strays.take(&item.external_id, lead);
            let Some((other, first)) = elsewhere.first() else {
                continue;
            };
            let of = OfItem { lead, item, number };
            let what = format!("an activity on the lead {other} has its external id");
            let known = known.get(&(lead.clone(), item.external_id.clone()));
            let known = known.map_or(&[][..], Vec::as_slice);
            let is = |finding: Finding| known.iter().any(|at| result.found[*at].finding == finding);
            let absent = [Finding::Missing, Finding::RemovedByUs];
            if let Some(finding) = absent.into_iter().find(|finding| is(*finding)) {
                for at in known {
                    be_elsewhere(&mut result.found[*at], &first.activity_id, &what);
                }
                result.tally.replace(finding, Finding::Elsewhere, 1);
                result.tally.found_elsewhere(elsewhere.len() as u64);
                continue;
            }
            if is(Finding::Elsewhere) {
                // Its own activity, which Close or a person moved there.
                let own = item.activity_id.as_ref();
                let own = elsewhere
                    .iter()
                    .filter(|(_, one)| Some(&one.activity_id) == own);
                result.tally.found_elsewhere(own.count() as u64);
                continue;
            }
            let class = match () {
                () if is(Finding::Double) => Finding::Double,
                () if is(Finding::Drifted) => Finding::Drifted,
                () if known.is_empty() => Finding::Same,
                // Removed, late, not checked, or known to be elsewhere.
                () => continue,
            };
            let mut found = double(&of, what, known.first().map(|at| result.found[*at].message));
            let newest = elsewhere
                .iter()
                .map(|(_, one)| one)
                .max_by_key(|one| one.created);
            found.changed_by = newest.and_then(|copy| copy.created_by.clone());
            found.changed_at = newest.map(|copy| copy.created);
            result.found.push(found);
            let copies = elsewhere.len() as u64;
            result.tally.replace(class, Finding::Double, 1);
            result
                .tally
                .copies_elsewhere(copies, class == Finding::Double);
        }
    }
    Ok(())
}

impl Strays {
    /// The activities, and the number of those that the plan moves, which are messages that it expects elsewhere.
    fn of(done: &OfLeads, leads: &Leads<'_>) -> (Strays, u64) {
        let mut moving = 0;
        let mut strays: HashMap<ExternalId, Vec<(LeadId, Stray)>> = HashMap::new();
        for (lead, of_one) in done {
            for stray in &of_one.strays {
                if leads.is_moving(&stray.activity_id) {
                    moving += 1;
                    continue;
                }
                let there = strays.entry(stray.external_id.clone()).or_default();
                there.push((lead.clone(), stray.clone()));
            }
        }
        (Strays(strays), moving)
    }

    /// Those with this id on other leads than `lead`; each once.
    fn take(&mut self, id: &ExternalId, lead: &LeadId) -> Vec<(LeadId, Stray)> {
        let Some(all) = self.0.get_mut(id) else {
            return Vec::new();
        };
        let (here, elsewhere) = (all.drain(..)).partition(|(there, _)| there == lead);
        *all = here;
        elsewhere
    }
}

fn be_elsewhere(found: &mut Found, activity: &ActivityId, what: &str) {
    found.finding = Finding::Elsewhere;
    found.activity_id = Some(activity.clone());
    what.clone_into(&mut found.what);
    found.next = Next::Correct;
}

fn double(of: &OfItem<'_>, what: String, number: Option<u64>) -> Found {
    let mut found = of.found(Finding::Double, Next::Correct);
    found.what = what;
    found.message = number.unwrap_or(found.message);
    found
}
