//! Lists that lack a recorded message which was posted a moment ago: read again until they have it.
//!
//! A late list shows less than Close has, so a sound checkpoint would count as one that records too much. See
//! docs/adr/0028-late-lists.md. Never here: lists that lack an older message, which no wait completes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::Session;
use super::leads::{self, hidden};
use crate::app::error::Result;
use crate::app::import::unless_stopped;
use crate::app::{Notice, Observer};
use crate::checkpoint::{Snapshot, State};
use crate::ids::{ActivityId, LeadId};
use crate::stop_reason::StopReason;
use crate::survey::OursOnLead;
use crate::transform::desired::Content;

/// The number of times that late lists are read again.
const MAX_READINGS: u32 = 4;

/// Recorded messages that are looked up in Close, since no list has them.
const MAX_LOOK_UPS: usize = 50;

/// Lists that lack young messages.
struct Late {
    /// Their leads.
    leads: HashSet<LeadId>,
    /// The time until they show all that was written.
    wait: Duration,
}

impl Session<'_> {
    /// The lists of these leads, read again while they lack a message that `recorded` has and that is younger than
    /// `settle`.
    ///
    /// # Errors
    ///
    /// Close or the checkpoint cannot be read.
    pub(super) async fn settled_lists(
        &self,
        (leads, labels): (&BTreeSet<LeadId>, &HashMap<LeadId, Content>),
        (recorded, settle): (Option<&Snapshot>, Duration),
        observer: &mut dyn Observer,
    ) -> Result<Vec<OursOnLead>> {
        let stop = &self.recover.stop;
        let mut readings = 0;
        loop {
            let of = (leads, labels);
            let lists = leads::read(self.recover.client, of, &self.users, stop, observer).await?;
            let late = match recorded {
                Some(recorded) if readings < MAX_READINGS => {
                    self.late(&lists, recorded, settle).await?
                }
                _ => None,
            };
            let Some(late) = late else {
                return Ok(lists);
            };
            readings += 1;
            observer.notice(Notice::ListsLate {
                leads: late.leads.len() as u64,
                wait: late.wait,
            });
            unless_stopped(stop, self.recover.clock.sleep(late.wait)).await?;
        }
    }

    async fn late(
        &self,
        lists: &[OursOnLead],
        recorded: &Snapshot,
        settle: Duration,
    ) -> Result<Option<Late>> {
        if !self.is_recent(recorded, settle)? {
            return Ok(None);
        }
        let mut late: Option<Late> = None;
        for (lead, activity) in unlisted(lists, recorded)? {
            let found = self.recover.client.get_message(&activity);
            let found = unless_stopped(&self.recover.stop, found).await?;
            let Some(found) = found.map_err(StopReason::of)? else {
                continue;
            };
            let age = self.recover.client.age(found.date_created);
            if found.lead_id.as_ref() != Some(&lead) || age >= settle {
                continue;
            }
            let late = late.get_or_insert(Late {
                leads: HashSet::new(),
                wait: Duration::ZERO,
            });
            late.wait = late.wait.max(settle - age);
            late.leads.insert(lead);
        }
        Ok(late)
    }

    /// Whether a run of the checkpoint ended less than `settle` ago, or has no end: only its messages can be young.
    fn is_recent(&self, recorded: &Snapshot, settle: Duration) -> Result<bool> {
        let now = self.recover.clock.now().timestamp_millis();
        let settle = i64::try_from(settle.as_millis()).unwrap_or(i64::MAX);
        let runs = recorded.all_runs()?;
        let mut ends = runs.iter().map(|run| run.row.ended);
        Ok(settle > 0 && ends.any(|ended| ended.is_none_or(|(at, _)| now - at < settle)))
    }
}

/// The newest recorded messages on these leads that no list has.
fn unlisted(lists: &[OursOnLead], recorded: &Snapshot) -> Result<Vec<(LeadId, ActivityId)>> {
    let listed: HashSet<&ActivityId> = (lists.iter().flat_map(|list| &list.activities))
        .map(|activity| &activity.id)
        .collect();
    let hidden = hidden(lists);
    let visible: HashSet<&LeadId> = (lists.iter().map(|list| &list.lead))
        .filter(|lead| !hidden.contains(lead))
        .collect();
    let mut unlisted = Vec::new();
    recorded.each_message(|row| {
        if let (State::Done, Some(id)) = (row.state, row.activity_id)
            && visible.contains(&row.lead_id)
            && !listed.contains(&id)
        {
            unlisted.push((row.id, row.lead_id, id));
        }
    })?;
    // Rows are numbered in the order in which they were recorded.
    unlisted.sort_by_key(|(row, ..)| std::cmp::Reverse(*row));
    unlisted.truncate(MAX_LOOK_UPS);
    Ok((unlisted.into_iter())
        .map(|(_, lead, id)| (lead, id))
        .collect())
}
