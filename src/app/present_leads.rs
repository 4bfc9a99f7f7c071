//! The present lead of a recorded lead: merges that runs recorded, followed to their end.
//!
//! Never here: how a merge is found that only Close knows of ([`crate::survey`], `verify`).

use std::collections::{HashMap, HashSet};

use super::error::Result;
use crate::checkpoint::Snapshot;
use crate::ids::LeadId;

/// The leads that were followed so far.
#[derive(Default)]
pub(super) struct PresentLeads(HashMap<LeadId, LeadId>);

impl PresentLeads {
    /// Follows a lead to the one that it was merged into, by way of others too; returns the lead itself if it was not merged.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn follow(&mut self, lead: &LeadId, snapshot: &Snapshot) -> Result<LeadId> {
        if let Some(known) = self.0.get(lead) {
            return Ok(known.clone());
        }
        let mut present = lead.clone();
        let mut seen = HashSet::from([lead.clone()]);
        while let Some(into) = snapshot.merged_into(&present)? {
            if !seen.insert(into.clone()) {
                break;
            }
            present = into;
        }
        self.0.insert(lead.clone(), present.clone());
        Ok(present)
    }

    /// Notes a merge that Close shows.
    pub(super) fn merge(&mut self, from: &LeadId, into: LeadId) {
        for present in self.0.values_mut().filter(|present| *present == from) {
            present.clone_from(&into);
        }
        self.0.insert(from.clone(), into);
    }

    /// The present lead of one that was followed; any other lead as it is.
    pub(super) fn of<'l>(&'l self, lead: &'l LeadId) -> &'l LeadId {
        self.0.get(lead).unwrap_or(lead)
    }
}
