//! The leads of a recovery, and what Close lists on them.
//!
//! Never here: what is recorded of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::result::{Origins, Recovery};
use crate::app::Observer;
use crate::app::error::{Error, Exit, Result};
use crate::app::import::unless_stopped;
use crate::checkpoint::{Origin, Snapshot, State};
use crate::close::Client;
use crate::execute::Stop;
use crate::ids::{ActivityId, LeadId};
use crate::people::contacts::Contacts;
use crate::plan::Plan;
use crate::stop_reason::StopReason;
use crate::survey::{OursOnLead, Users, label};
use crate::transform::desired::Content;

/// The leads of a plan and of the rows of contacts.csv.
pub(super) fn of_migration(plan: &Plan, contacts: &Contacts) -> BTreeSet<LeadId> {
    let mut leads: BTreeSet<LeadId> = (contacts.rows().iter())
        .filter_map(|row| row.lead_id.clone())
        .collect();
    for planned in &plan.chats {
        leads.extend(planned.destination.iter().map(|to| to.lead_id.clone()));
        leads.extend(planned.chat.merged_from.iter().cloned());
    }
    leads
}

/// Adds the leads of recorded chats and messages.
pub(super) fn add_recorded(snapshot: &Snapshot, leads: &mut BTreeSet<LeadId>) -> Result<()> {
    leads.extend((snapshot.all_chats()?.into_iter()).map(|chat| chat.lead_id));
    snapshot.each_message(|row| {
        if row.state == State::Done && !leads.contains(&row.lead_id) {
            leads.insert(row.lead_id);
        }
    })?;
    Ok(())
}

/// The first chat of each lead of a plan, for a line of progress.
pub(super) fn labels(plan: &Plan) -> HashMap<LeadId, Content> {
    let mut labels = HashMap::new();
    for planned in &plan.chats {
        if let Some(to) = &planned.destination {
            labels
                .entry(to.lead_id.clone())
                .or_insert_with(|| label(&planned.chat));
        }
    }
    labels
}

/// Reads the lists of leads, each to its end. One that cannot be read ends the recovery.
pub(super) async fn read(
    client: &Client,
    (leads, labels): (&BTreeSet<LeadId>, &HashMap<LeadId, Content>),
    users: &Users,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Result<Vec<OursOnLead>> {
    let mut lists = Vec::with_capacity(leads.len());
    for lead in leads {
        observer.reading(labels.get(lead));
        let read = unless_stopped(stop, OursOnLead::read(client, lead, users)).await;
        observer.reading(None);
        let read = read?;
        lists.push(read.map_err(StopReason::of)?);
    }
    Ok(lists)
}

/// The leads that Close does not show.
pub(super) fn hidden(lists: &[OursOnLead]) -> HashSet<&LeadId> {
    let hidden = lists.iter().filter(|list| list.is_hidden);
    hidden.map(|list| &list.lead).collect()
}

/// Refuses leads of chats that Close does not show: what is on them would count as absent.
pub(super) fn require_visible(lists: &[OursOnLead], chats: &BTreeSet<LeadId>) -> Result<()> {
    let hidden = hidden(lists);
    match chats.iter().find(|lead| hidden.contains(lead)) {
        None => Ok(()),
        Some(lead) => Err(Error::coded(
            Exit::Stopped,
            "close_hidden_lead",
            format!(
                "Close does not show {lead}, so what is on it is not known; nothing was replaced: correct its rows in contacts.csv, or use a key that may see it"
            ),
        )),
    }
}

impl Recovery {
    /// Counts the records by origin, and those that are not in Close.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read; the counts do not add up.
    pub(super) fn count(&mut self, snapshot: &Snapshot, coverage: Coverage) -> Result<()> {
        (self.origins, self.removed) = (Origins::default(), 0);
        snapshot.each_message(|row| match (row.state, row.origin) {
            (State::Done, Origin::Created) => self.origins.created += 1,
            (State::Done, Origin::Adopted) => self.origins.adopted += 1,
            (State::Done, Origin::Foreign) => self.origins.foreign += 1,
            (State::Gone | State::Absent, _) => self.removed += 1,
            _ => {}
        })?;
        self.erased = snapshot.erasures()?.len() as u64;
        self.unlisted = coverage.stale + coverage.hidden;
        let Origins {
            created,
            adopted,
            foreign,
        } = self.origins;
        let recorded = created + adopted + foreign;
        // Where an activity is not recorded once, nothing is replaced.
        match coverage.wrong == 0 && self.activities + self.unlisted != recorded + coverage.copies {
            true => Err(Error::with(
                Exit::Internal,
                "the counts of this recovery do not add up; nothing was replaced; this is a bug in chatferry: report it with the lines above",
            )),
            false => Ok(()),
        }
    }
}

/// How the records of a checkpoint cover the activities of ours in Close.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    /// Recorded once.
    pub(super) recorded: u64,
    /// Not recorded; another activity of the lead with the same external id is.
    pub(super) copies: u64,
    /// Not recorded, or recorded more than once.
    pub(super) wrong: u64,
    /// Records of messages in Close that no list has.
    pub(super) stale: u64,
    /// Records of messages on leads that Close does not show.
    pub(super) hidden: u64,
}

impl Coverage {
    /// Compares the records with the lists.
    pub(super) fn of(snapshot: &Snapshot, lists: &[OursOnLead]) -> Result<Coverage> {
        let mut coverage = Coverage::default();
        let mut counts: HashMap<ActivityId, u32> = HashMap::new();
        let listed = lists.iter().flat_map(|list| &list.activities);
        counts.extend(listed.map(|activity| (activity.id.clone(), 0)));
        let hidden = hidden(lists);
        snapshot.each_message(|row| {
            if let (State::Done, Some(id)) = (row.state, &row.activity_id) {
                match counts.get_mut(id) {
                    Some(count) => *count += 1,
                    None if hidden.contains(&row.lead_id) => coverage.hidden += 1,
                    None => coverage.stale += 1,
                }
            }
        })?;
        for list in lists {
            for activity in &list.activities {
                match counts.get(&activity.id) {
                    Some(1) => coverage.recorded += 1,
                    Some(0) => {
                        let row = snapshot.lookup(&activity.external_id, &list.lead)?;
                        match row.is_some_and(|row| row.state == State::Done) {
                            true => coverage.copies += 1,
                            false => coverage.wrong += 1,
                        }
                    }
                    _ => coverage.wrong += 1,
                }
            }
        }
        Ok(coverage)
    }

    /// Whether every activity is recorded once.
    pub(super) fn is_complete(self) -> bool {
        self.wrong == 0
    }
}
