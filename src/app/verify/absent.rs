//! Messages that the list of their lead lacks: removed, on another lead, late in the list, or not visible.
//!
//! "Not visible" is never "missing": a list that lacks an activity which Close has is incomplete, and so is one of a lead
//! that cannot be read. Reads only.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::OnceCell;

use super::found::{Found, Next};
use super::items::{Item, Standing};
use super::lead::Verifier;
use super::lead_result::{OfItem, OfOneLead};
use super::list::{List, for_lead};
use crate::close::{Client, Deletion, Failure};
use crate::ids::{ActivityId, LeadId};
use crate::plan::compare::Finding;
use crate::policy::OnMerged;
use crate::stop_reason::stops;
use crate::survey;

/// The number of activities of a lead that are looked up one by one. Others that its list lacks are removed too: only a
/// merge moves activities, and it moves all of a lead.
const MAX_LOOK_UPS: usize = 20;

/// The deletions of the last 30 days, read once and only if a message is missing.
#[derive(Default)]
pub(super) struct Deletions(OnceCell<HashMap<ActivityId, Deletion>>);

impl Deletions {
    async fn read(&self, client: &Client) -> Result<&HashMap<ActivityId, Deletion>, Failure> {
        let read = || async {
            match client.deleted_messages().await {
                Ok(deleted) => Ok(deleted),
                // Not every key may read the log: then no user is named.
                Err(failure) if failure.status() == Some(403) || stops(&failure).is_none() => {
                    Ok(HashMap::new())
                }
                Err(failure) => Err(failure),
            }
        };
        self.0.get_or_try_init(read).await
    }
}

/// The messages that a list lacks.
pub(super) struct Absence<'a> {
    pub(super) verifier: &'a Verifier<'a>,
    pub(super) lead: &'a LeadId,
    pub(super) list: &'a List,
    pub(super) is_last: bool,
}

/// What became of an activity that a list lacks.
enum Fate {
    /// Close has it on this lead: the list may be late by this age.
    Here(Duration),
    /// On another lead.
    On(LeadId),
    /// Close does not have it.
    Gone,
}

/// What was established about the activities of a lead.
#[derive(Default)]
struct Established {
    elsewhere: HashMap<ActivityId, LeadId>,
    late: HashMap<ActivityId, Duration>,
    /// Why nothing can be concluded from an absence.
    doubt: Option<String>,
    /// Close's log has the deletion of every absent message, and Close does not show the lead.
    lead_is_gone: bool,
    /// Close denied a request.
    is_denied: bool,
}

impl Established {
    /// Notes a failure of a request about this lead.
    fn fail(&mut self, failure: Failure) -> Result<(), Failure> {
        let failure = for_lead(failure)?;
        self.is_denied |= failure.is_denied();
        self.doubt = Some(failure.reason());
        Ok(())
    }
}

impl Absence<'_> {
    /// Adds the findings about these messages.
    ///
    /// # Errors
    ///
    /// A failure after which no lead can be read.
    pub(super) async fn resolve(
        &self,
        absent: &[(u64, &Item)],
        result: &mut OfOneLead,
    ) -> Result<(), Failure> {
        let posted: Vec<&ActivityId> = (absent.iter())
            .filter(|(_, item)| matches!(item.standing, Standing::Posted | Standing::OnOtherLead))
            .filter_map(|(_, item)| item.activity_id.as_ref())
            .collect();
        let empty = HashMap::new();
        let deleted = match posted.is_empty() {
            true => &empty,
            false => self.verifier.deletions.read(self.verifier.client).await?,
        };
        let open = posted.into_iter().filter(|id| !deleted.contains_key(*id));
        let mut established = self.look_up(open.collect()).await?;
        result.merged_into = self.merged_into(&mut established).await?;
        if established.doubt.is_none() {
            self.doubt_lead(absent, deleted, &mut established).await?;
        }
        for (number, item) in absent {
            let of = OfItem {
                lead: self.lead,
                item,
                number: *number,
            };
            let deletion = (item.activity_id.as_ref()).and_then(|id| deleted.get(id));
            self.add(&of, deletion, &established, result);
        }
        if established.doubt.is_some() {
            result.unchecked = established.doubt;
            result.is_denied |= established.is_denied;
        }
        Ok(())
    }

    /// Establishes what became of activities.
    async fn look_up(&self, open: Vec<&ActivityId>) -> Result<Established, Failure> {
        let client = self.verifier.client;
        let mut established = Established::default();
        let mut look_ups = 0;
        for activity in open {
            if established.elsewhere.contains_key(activity) || look_ups == MAX_LOOK_UPS {
                continue;
            }
            look_ups += 1;
            let fate = match self.fate(activity).await {
                Ok(fate) => fate,
                Err(failure) => {
                    established.fail(failure)?;
                    break;
                }
            };
            match fate {
                Fate::Gone => {}
                Fate::Here(age) if age <= self.verifier.settle => {
                    established.late.insert(activity.clone(), age);
                }
                Fate::Here(_) => {
                    established.doubt = Some(format!(
                        "its list lacks {activity}, which Close has on this lead; check that the key's user sees all leads and activities"
                    ));
                    break;
                }
                Fate::On(lead) => {
                    // A merge moved all of them: one list shows which.
                    let there = match client.list_lead_ids(&lead, usize::MAX).await {
                        Ok((there, _)) => there,
                        Err(failure) => {
                            for_lead(failure)?;
                            Vec::new()
                        }
                    };
                    let there = there.into_iter().map(|found| found.id);
                    let all = there.chain([activity.clone()]);
                    (established.elsewhere).extend(all.map(|id| (id, lead.clone())));
                }
            }
        }
        Ok(established)
    }

    /// The lead that Close has merged this one into, where the policy is to follow it and its activities are there.
    async fn merged_into(&self, established: &mut Established) -> Result<Option<LeadId>, Failure> {
        let mut others = established.elsewhere.values();
        let (Some(other), true) = (others.next().cloned(), self.list.activities.is_empty()) else {
            return Ok(None);
        };
        let follows = self.verifier.policy.on_merged == OnMerged::Follow;
        if !follows || others.any(|one| *one != other) {
            return Ok(None);
        }
        let client = self.verifier.client;
        let merged = match client.lead(self.lead).await {
            Ok(Some(_)) => Ok(None),
            Ok(None) => survey::present_lead(client, (self.lead, true), other).await,
            Err(failure) => Err(failure),
        };
        match merged {
            Ok(into) => Ok(into),
            Err(failure) => {
                established.fail(failure)?;
                Ok(None)
            }
        }
    }

    async fn fate(&self, activity: &ActivityId) -> Result<Fate, Failure> {
        let client = self.verifier.client;
        let found = match client.get_message(activity).await {
            Ok(found) => found,
            Err(Failure::Rejected { .. }) => None,
            Err(failure) => return Err(failure),
        };
        Ok(match found {
            None => Fate::Gone,
            Some(message) => match message.lead_id {
                Some(lead) if lead != *self.lead => Fate::On(lead),
                _ => Fate::Here(client.age(message.date_created)),
            },
        })
    }

    /// Establishes whether absences prove nothing: the lead cannot be read, and no deletion is logged. Where all are logged,
    /// whether the lead is gone too.
    async fn doubt_lead(
        &self,
        absent: &[(u64, &Item)],
        deleted: &HashMap<ActivityId, Deletion>,
        established: &mut Established,
    ) -> Result<(), Failure> {
        let is_open = |item: &Item| {
            item.standing != Standing::Removed
                && (item.activity_id.as_ref()).is_none_or(|id| {
                    !deleted.contains_key(id) && !established.elsewhere.contains_key(id)
                })
        };
        // A list with activities is that of a lead which is visible.
        let is_visible = !self.list.activities.is_empty();
        if is_visible || absent.is_empty() {
            return Ok(());
        }
        let is_logged = !absent.iter().any(|(_, item)| is_open(item));
        match self.verifier.client.lead(self.lead).await {
            Ok(Some(_)) if !self.list.is_rejected => {}
            Ok(_) if is_logged => established.lead_is_gone = true,
            Ok(_) => {
                let why = "Close has no such lead, or does not show it to this key";
                established.doubt = Some(why.to_owned());
            }
            Err(failure) if is_logged => {
                for_lead(failure)?;
            }
            Err(failure) => established.fail(failure)?,
        }
        Ok(())
    }

    fn add(
        &self,
        of: &OfItem<'_>,
        deletion: Option<&Deletion>,
        established: &Established,
        result: &mut OfOneLead,
    ) {
        let activity = of.item.activity_id.as_ref();
        let mut found = of.found(Finding::Missing, Next::of_missing(of.item));
        if of.item.standing == Standing::Removed {
            found.finding = Finding::Removed;
            found.next = Next::RepairRemoved;
            "recorded as removed in Close".clone_into(&mut found.what);
        } else if let Some(deletion) = deletion {
            "deleted in Close".clone_into(&mut found.what);
            self.leave_out(of.item, &mut found);
            if established.lead_is_gone && found.next == Next::Repair {
                "deleted in Close with its lead".clone_into(&mut found.what);
                found.next = Next::CorrectRow;
            }
            found.changed_by.clone_from(&deletion.user_id);
            found.changed_at = deletion.at;
        } else if let Some(lead) = activity.and_then(|id| established.elsewhere.get(id)) {
            found.finding = Finding::Elsewhere;
            found.what = format!("it is on the lead {lead}");
            found.deletions = u64::from(of.item.standing == Standing::OnOtherLead);
            found.next = match of.item.planned {
                Some(_) => Next::Repair,
                None => Next::RestoreArchive,
            };
        } else if let Some(age) = activity.and_then(|id| established.late.get(id)) {
            found.finding = Finding::Pending;
            found.next = Next::Verify;
            "posted a moment ago, and not in the list of its lead yet".clone_into(&mut found.what);
            if !self.is_last {
                let rest = self.verifier.settle.saturating_sub(*age);
                result.wait = Some(result.wait.map_or(rest, |wait| wait.max(rest)));
            }
        } else if let Some(doubt) = &established.doubt {
            result.not_checked(of, doubt);
            return;
        } else {
            found.what = self.missing(of.item, &mut found.finding);
            self.leave_out(of.item, &mut found);
        }
        result.tally.add(found.finding, 1);
        self.verifier.keep(of, None, result);
        result.found.push(found);
    }

    /// A message that was posted and that a rule leaves out stays removed.
    fn leave_out(&self, item: &Item, found: &mut Found) {
        let rule = self.verifier.left_out.rule(item, self.verifier.plan);
        if let (Some(rule), Standing::Posted) = (rule, &item.standing) {
            found.finding = Finding::Removed;
            found.next = Next::LeftOut(rule);
        }
    }

    /// What is known of a message that Close does not have.
    fn missing(&self, item: &Item, finding: &mut Finding) -> String {
        let what = match item.standing {
            Standing::Undone(run) => {
                *finding = Finding::RemovedByUs;
                return format!("taken back by `undo`, run {run}");
            }
            Standing::NotPosted => "not imported yet",
            Standing::Failed => "Close rejected it",
            Standing::Unsettled => {
                "the outcome of its request is unknown, and Close does not have it"
            }
            Standing::RemovedByUs => {
                *finding = Finding::RemovedByUs;
                "deleted by an earlier run"
            }
            Standing::Restoring => {
                "removed in Close; an earlier run began to post it again and was interrupted"
            }
            Standing::Posted | Standing::Removed | Standing::OnOtherLead => {
                "no longer in Close; its event log does not show why"
            }
        };
        what.to_owned()
    }
}
