//! Messages of leads that Close does not show to this key: kept, unless the lead was merged into one that it shows.
//!
//! Never here: a message that is not found right before its deletion, which is decided there.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Prepared, Verdict};
use crate::app::error::Result;
use crate::app::undo::examine::{List, Seen};
use crate::app::undo::result::KeptWhy;
use crate::checkpoint::State;
use crate::close::Failure;
use crate::ids::LeadId;
use crate::stop_reason::StopReason;

impl Prepared<'_> {
    /// Keeps the messages of a lead that Close does not show to this key: that it shows none of them either is no proof of their
    /// deletion. A list with activities is that of a lead which is visible. After a merge into one of the leads `elsewhere`, they
    /// are of that lead from now on, which shows what is left of them.
    pub(super) async fn keep_hidden(
        &mut self,
        (lead, list): (&LeadId, &List),
        (indexes, found): (&[usize], &[(usize, Seen)]),
        elsewhere: &[(LeadId, List)],
    ) -> Result<()> {
        let known: HashSet<usize> = found.iter().map(|(index, _)| *index).collect();
        let is_open = |index: &&usize| {
            let is_undecided = matches!(
                self.verdicts[**index],
                Verdict::Gone | Verdict::Unread(_) | Verdict::Unsettled
            );
            let may_be_there = matches!(
                self.selected.messages[**index].state,
                State::Done | State::Intent | State::Unknown
            );
            is_undecided && may_be_there && !known.contains(index)
        };
        let open: Vec<usize> = indexes.iter().filter(is_open).copied().collect();
        if open.is_empty() || !list.activities.is_empty() {
            return Ok(());
        }
        let shown = self.examiner.client.shows_lead(lead).await;
        if shown.map_err(StopReason::of)? {
            return Ok(());
        }
        let merged_into = self.merged_into(lead, elsewhere).await?;
        for index in open {
            let Some(into) = merged_into else {
                let activity = self.selected.messages[index].activity_id.clone();
                self.verdicts[index] = Verdict::Keep(activity, KeptWhy::hidden());
                continue;
            };
            if let Some(message) = Arc::get_mut(&mut self.selected.messages[index]) {
                message.lead = into.clone();
            }
        }
        Ok(())
    }

    /// The lead among these that a lead was merged into, as Close lists it. Messages on another lead alone are no proof of a
    /// merge: a person may have moved them.
    async fn merged_into<'l>(
        &self,
        lead: &LeadId,
        elsewhere: &'l [(LeadId, List)],
    ) -> Result<Option<&'l LeadId>> {
        if elsewhere.is_empty() {
            return Ok(None);
        }
        let into = match self.examiner.client.merged_into(lead).await {
            Ok(into) => into,
            // Not every key may list merges.
            Err(Failure::Rejected { .. }) => None,
            Err(failure) => return Err(StopReason::of(failure).into()),
        };
        let is_it = |(on, _): &&(LeadId, List)| Some(on) == into.as_ref();
        Ok(elsewhere.iter().find(is_it).map(|(on, _)| on))
    }
}
