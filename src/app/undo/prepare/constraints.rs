//! Messages that stay because of other messages: halves of an interrupted move, targets of replies, those beyond the limit.
//!
//! Belongs here: verdicts that follow from other verdicts, and the order of deletion. Never here: a request to Close.

use std::collections::{HashMap, HashSet};

use super::Prepared;
use super::verdict::Verdict;
use crate::app::undo::replies::keep_targets;
use crate::app::undo::result::KeptWhy;
use crate::app::undo::select::Message;
use crate::ids::ActivityId;

impl Prepared<'_> {
    /// Keeps messages of which an interrupted import moves one half that is not deleted.
    pub(super) fn keep_moving(&mut self) {
        if self.selected.moves.is_empty() {
            return;
        }
        let index_of: HashMap<_, usize> = (self.selected.messages.iter().enumerate())
            .map(|(index, message)| (message.key.clone(), index))
            .collect();
        let is_deleted = |verdict: &Verdict| {
            matches!(
                verdict,
                Verdict::Delete(_) | Verdict::Gone | Verdict::Unread(_) | Verdict::Unsettled
            )
        };
        for (source, target) in std::mem::take(&mut self.selected.moves) {
            let both = [index_of.get(&source), index_of.get(&target)];
            let deleted = both.map(|index| index.is_some_and(|at| is_deleted(&self.verdicts[*at])));
            if deleted == [true, true] {
                continue;
            }
            for index in both.into_iter().flatten() {
                if let Verdict::Delete(activity) | Verdict::Unread(activity) =
                    &self.verdicts[*index]
                {
                    let activity = Some(activity.clone());
                    self.verdicts[*index] = Verdict::Keep(activity, KeptWhy::Moving);
                }
            }
        }
    }

    /// Keeps messages that an activity which stays replies to.
    pub(super) fn keep_replied(&mut self, links: &HashMap<ActivityId, Vec<ActivityId>>) {
        let mut deleted = self.to_delete();
        let kept: HashSet<ActivityId> = keep_targets(&mut deleted, links).into_iter().collect();
        for verdict in &mut self.verdicts {
            if let Verdict::Delete(activity) | Verdict::Unread(activity) = verdict
                && kept.contains(activity)
            {
                *verdict = Verdict::Keep(Some(activity.clone()), KeptWhy::Replied);
            }
        }
    }

    pub(super) fn to_delete(&self) -> HashSet<ActivityId> {
        let all = self.verdicts.iter();
        all.filter_map(|verdict| match verdict {
            Verdict::Delete(activity) | Verdict::Unread(activity) => Some(activity.clone()),
            _ => None,
        })
        .collect()
    }

    /// Leaves all but `limit` messages. Replies come before what they reply to, so that no reply loses its target.
    pub(super) fn limit(
        &mut self,
        limit: Option<u64>,
        links: &HashMap<ActivityId, Vec<ActivityId>>,
    ) {
        let Some(limit) = limit else { return };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let order = self.order();
        let is_used = |verdict: &Verdict| !matches!(verdict, Verdict::Keep(..));
        let used = order
            .into_iter()
            .filter(|index| is_used(&self.verdicts[*index]));
        for index in used.skip(limit).collect::<Vec<_>>() {
            self.verdicts[index] = Verdict::BeyondLimit;
        }
        let mut deleted = self.to_delete();
        let kept: HashSet<ActivityId> = keep_targets(&mut deleted, links).into_iter().collect();
        for verdict in &mut self.verdicts {
            if matches!(verdict, Verdict::Delete(activity) | Verdict::Unread(activity) if kept.contains(activity))
            {
                *verdict = Verdict::BeyondLimit;
            }
        }
    }

    /// The messages in the order of their deletion: lead after lead, the newest first.
    pub(in crate::app::undo) fn order(&self) -> Vec<usize> {
        let messages = &self.selected.messages;
        let mut order: Vec<usize> = (0..messages.len()).collect();
        let key = |message: &Message| {
            let at = std::cmp::Reverse(message.at);
            (message.lead.clone(), at, message.key.external_id.clone())
        };
        order.sort_by_cached_key(|index| key(&messages[*index]));
        order
    }
}
