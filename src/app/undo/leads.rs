//! Leads that `match --create-missing` created: deleted only while they hold nothing but what this undo deletes.
//!
//! A lead is looked at as a whole: its fields and those of its contact, activities of every kind, opportunities, tasks. After
//! the deletion an operation of its number is begun and given up in one commit, so that a later `match` knows of no lead for
//! the number. Until then the record names the lead.

use std::collections::HashSet;

use super::prepare::{Prepared, Verdict};
use super::result::LeadPreview;
use crate::app::error::{Error, Result};
use crate::checkpoint::{Begun, Change, OperationRow, Recorder, Step, Subject};
use crate::close::{Client, Failure};
use crate::execute::creation;
use crate::ids::{ActivityId, LeadId};
use crate::stop_reason::stops;

/// Why a lead stays that was not looked at before the run stopped.
const NOT_REACHED: &str = "the undo stopped before it";

/// What would become of the leads.
///
/// # Errors
///
/// Close cannot be read.
pub(super) async fn preview(prepared: &Prepared<'_>) -> Result<Vec<LeadPreview>> {
    let deleted: HashSet<ActivityId> = (prepared.verdicts.iter())
        .filter_map(|verdict| match verdict {
            Verdict::Delete(activity) => Some(activity.clone()),
            _ => None,
        })
        .collect();
    let mut leads = Vec::new();
    for row in &prepared.created_leads {
        let Some(lead_id) = row.target_lead.clone() else {
            continue;
        };
        let kept = kept(prepared, row, &lead_id, &deleted).await?;
        let rows = prepared.contacts.rows();
        leads.push(LeadPreview {
            line: rows
                .iter()
                .find(|one| one.lead_id.as_ref() == Some(&lead_id))
                .map(|one| one.line),
            kept,
            lead: prepared.lead_names.named(&lead_id),
        });
    }
    Ok(leads)
}

/// Deletes the leads, after another look at each. The leads as they are by then, and the reason to stop early.
pub(super) async fn delete(
    prepared: &Prepared<'_>,
    recorder: &Recorder,
) -> (Vec<LeadPreview>, Option<Error>) {
    let mut leads = prepared.leads.clone();
    let mut stopped = None;
    for lead in &mut leads {
        if lead.kept.is_some() {
            continue;
        }
        if stopped.is_some() {
            lead.kept = Some(NOT_REACHED.to_owned());
            continue;
        }
        lead.kept = match delete_unless_used(prepared, recorder, &lead.lead.id).await {
            Ok(kept) => kept,
            Err(error) => {
                stopped = Some(error);
                Some(NOT_REACHED.to_owned())
            }
        };
    }
    (leads, stopped)
}

/// The leads of a run that stopped before it deleted one.
pub(super) fn not_reached(leads: &[LeadPreview]) -> Vec<LeadPreview> {
    let mut leads = leads.to_vec();
    for lead in &mut leads {
        lead.kept.get_or_insert_with(|| NOT_REACHED.to_owned());
    }
    leads
}

/// Why a lead stays; `None`: it is gone.
async fn delete_unless_used(
    prepared: &Prepared<'_>,
    recorder: &Recorder,
    lead_id: &LeadId,
) -> Result<Option<String>> {
    let row = (prepared.created_leads.iter()).find(|row| row.target_lead.as_ref() == Some(lead_id));
    let Some(row) = row else {
        return Ok(Some("it is not recorded any more".to_owned()));
    };
    match kept(prepared, row, lead_id, &HashSet::new()).await? {
        Some(why) => Ok(Some(why)),
        None => delete_one(&prepared.examiner.client, recorder, row, lead_id).await,
    }
}

/// Why a lead stays; `None`: it is gone. Its record names the lead until then, so that a lead whose deletion was refused, or
/// has no known outcome, is still known by its id, and no other lead with its number is treated as it.
async fn delete_one(
    client: &Client,
    recorder: &Recorder,
    row: &OperationRow,
    lead_id: &LeadId,
) -> Result<Option<String>> {
    if let Err(failure) = client.delete_lead(lead_id).await {
        if let Some(reason) = stops(&failure) {
            return Err(reason.into());
        }
        let is_refused = matches!(failure, Failure::Rejected { .. });
        if is_refused || !matches!(client.lead(lead_id).await, Ok(None)) {
            return Ok(Some(failure.reason()));
        }
    }
    let Subject::Number(number) = &row.operation.subject else {
        return Ok(None);
    };
    let step = |step: Step| Change::OperationStep {
        operation: creation(*number),
        step,
        target: None,
    };
    let mut changes = Vec::new();
    // An operation is open once: that of a lead without its row ends first.
    if row.step == Step::Created {
        changes.push(step(Step::Written));
    }
    // The last operation of the number records that no lead was created for it.
    changes.push(Change::OperationBegun(Box::new(Begun {
        operation: creation(*number),
        chat: None,
        source_activity: None,
        target_id: None,
        target_lead: None,
        target_activity: None,
    })));
    changes.push(step(Step::GivenUp));
    recorder.record_all(changes).await?;
    Ok(None)
}

/// Why a lead stays: what it holds beyond the activities in `deleted`.
async fn kept(
    prepared: &Prepared<'_>,
    row: &OperationRow,
    lead_id: &LeadId,
    deleted: &HashSet<ActivityId>,
) -> Result<Option<String>> {
    let examined = examine(prepared, row, lead_id, deleted).await;
    match examined {
        Ok(kept) => Ok(kept),
        Err(failure) => match stops(&failure) {
            Some(reason) => Err(reason.into()),
            None => Ok(Some(format!("it cannot be read: {}", failure.reason()))),
        },
    }
}

async fn examine(
    prepared: &Prepared<'_>,
    row: &OperationRow,
    lead_id: &LeadId,
    deleted: &HashSet<ActivityId>,
) -> std::result::Result<Option<String>, Failure> {
    let client = &prepared.examiner.client;
    let stays = |why: &str| Ok(Some(why.to_owned()));
    let Some(lead) = client.lead(lead_id).await? else {
        return stays("it is no longer in Close");
    };
    match (lead.contacts.as_slice(), &row.target_contact) {
        ([one], Some(own)) if one == own => {}
        _ => return stays("its contacts are not the one that was created with it"),
    }
    let status = prepared.settings.import.new_lead_status.as_deref();
    if let Some(addition) = client.addition_to_lead(lead_id, status).await? {
        return stays(addition);
    }
    let others = client.other_activities(lead_id, deleted).await?;
    if let Some(kind) = others {
        return Ok(Some(format!(
            "it has an activity of another origin ({kind})"
        )));
    }
    if client.has_opportunity(lead_id).await? {
        return stays("it has an opportunity");
    }
    if client.has_task(lead_id).await? {
        return stays("it has a task");
    }
    Ok(None)
}
