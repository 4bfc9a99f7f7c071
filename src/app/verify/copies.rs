//! The activities of a message that has several: which stands for it, and which a repair may delete.
//!
//! Belongs here: what a list shows of them, and the finding. Never here: the rules
//! ([`crate::plan::compare::keep`], [`crate::plan::compare::is_repetition`]), or a request.

use std::collections::HashSet;

use super::expected::{comparison, expected};
use super::found::{Found, Next};
use super::items::Item;
use super::lead::Verifier;
use super::lead_result::OfItem;
use super::list::{List, in_close};
use crate::close::Listed;
use crate::ids::ActivityId;
use crate::plan::compare::{ExpectedLink, Finding, InClose, ListedCopy, is_repetition, keep};
use crate::survey::is_by_another_user;

/// The activities of a message: indexes in the list of its lead.
#[derive(Default)]
pub(super) struct Kept {
    /// The one that stands for it.
    pub(super) at: usize,
    /// All others.
    pub(super) copies: Vec<usize>,
    /// Those among them that are to be deleted.
    pub(super) redundant: Vec<usize>,
    /// The number of its activities that others are linked to.
    linked: usize,
    /// The number of copies that would be redundant if they had no value of their own.
    differing: usize,
}

impl Verifier<'_> {
    /// Which of the activities of a message stands for it, and which are redundant. `linked`: the activities that those of
    /// the list are linked to.
    pub(super) fn choose(
        &self,
        (item, link): (&Item, ExpectedLink),
        list: &List,
        (at, copies): (usize, &[usize]),
        linked: &HashSet<&ActivityId>,
    ) -> Kept {
        let indexes: Vec<usize> = std::iter::once(at).chain(copies.iter().copied()).collect();
        let record = item.record.as_ref();
        let recorded = record.and_then(|record| record.row.activity_id.as_ref());
        let listed: Vec<ListedCopy> = (indexes.iter().map(|index| &list.activities[*index]))
            .map(|activity| ListedCopy {
                created: activity.date_created,
                is_linked: linked.contains(&activity.id),
                is_recorded: recorded == Some(&activity.id),
                is_ours: self.is_ours(item, activity),
            })
            .collect();
        let chosen = keep(&listed);
        let expected = expected(item, link);
        let comparison = comparison(self.plan, self.fingerprint.as_ref(), self.policy, item);
        let kept = list.in_close(indexes[chosen.kept]);
        let of_us = chosen.redundant.iter().map(|index| indexes[*index]);
        let (redundant, differing): (Vec<usize>, Vec<usize>) = of_us.partition(|index| {
            is_repetition(&list.in_close(*index), &kept, &expected, &comparison)
        });
        let at = indexes[chosen.kept];
        Kept {
            at,
            copies: indexes.into_iter().filter(|index| *index != at).collect(),
            redundant,
            linked: chosen.linked,
            differing: differing.len(),
        }
    }

    /// Whether chatferry created an activity, as far as Close shows. A derived id alone is no proof: another migration may
    /// have posted it, and records it.
    fn is_ours(&self, item: &Item, activity: &Listed) -> bool {
        let is_derived = item.external_id.is_derived();
        let created_by = activity.created_by.as_ref();
        created_by.map_or(is_derived, |_| !is_by_another_user(activity, &self.users))
    }
}

impl List {
    /// An activity, as it is compared.
    fn in_close(&self, index: usize) -> InClose {
        let activity = &self.activities[index];
        in_close(activity, self.unread.contains(&activity.id))
    }
}

impl Kept {
    /// The only activity of a message.
    pub(super) fn only(at: usize) -> Kept {
        Kept {
            at,
            ..Kept::default()
        }
    }

    /// The finding about a message with several activities.
    pub(super) fn found(&self, of: &OfItem<'_>, list: &List) -> Found {
        let next = match self.redundant.is_empty() {
            true => Next::Correct,
            false => Next::Repair,
        };
        let mut found = of.found(Finding::Double, next);
        found.activity_id = Some(list.activities[self.at].id.clone());
        let copies = self.copies.iter().map(|copy| &list.activities[*copy]);
        let newest = copies.max_by_key(|copy| copy.date_created);
        found.changed_by = newest.and_then(|copy| copy.created_by.clone());
        found.changed_at = newest.map(|copy| copy.date_created);
        found.deletions = self.redundant.len() as u64;
        found.what = format!(
            "{} activities have its external id{}",
            1 + self.copies.len(),
            self.why_some_stay()
        );
        found
    }

    fn why_some_stay(&self) -> String {
        let mut why = String::new();
        if self.linked > 1 {
            let linked = self.linked;
            why += &format!("; replies are linked to {linked} of them, which stay");
        }
        match self.differing {
            0 => {}
            1 => why += "; one of them differs from the message and stays",
            many => why += &format!("; {many} of them differ from the message and stay"),
        }
        let explained = self.redundant.len() + self.differing + self.linked.saturating_sub(1);
        if self.copies.len() > explained {
            why += "; those that another user created stay";
        }
        why
    }
}
