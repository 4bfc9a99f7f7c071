//! Leads that `match --create-missing` created: deleted only while they hold nothing but what this undo deletes.
//!
//! A lead is looked at as a whole: its fields and those of its contact, activities of every kind, opportunities, tasks. Its
//! operation is begun again before the deletion and given up after it, so that a later `match` knows of no lead for the number.

use std::collections::HashSet;

use super::prepare::{Prepared, Verdict};
use super::result::LeadPreview;
use crate::app::error::Result;
use crate::checkpoint::{Begun, Change, OperationRow, Recorder, Step, Subject};
use crate::close::{Client, Failure};
use crate::execute::creation;
use crate::ids::{ActivityId, LeadId};
use crate::stop_reason::stops;

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
            lead_id,
        });
    }
    Ok(leads)
}

/// Deletes the leads, after another look at each.
///
/// # Errors
///
/// Close cannot be read; the checkpoint cannot be written.
pub(super) async fn delete(
    prepared: &Prepared<'_>,
    recorder: &Recorder,
) -> Result<Vec<LeadPreview>> {
    let client = &prepared.examiner.client;
    let mut leads = prepared.leads.clone();
    let planned = leads.iter_mut().filter(|lead| lead.kept.is_none());
    for lead in planned {
        let row = (prepared.created_leads.iter())
            .find(|row| row.target_lead.as_ref() == Some(&lead.lead_id));
        let Some(row) = row else { continue };
        lead.kept = kept(prepared, row, &lead.lead_id, &HashSet::new()).await?;
        if lead.kept.is_none() {
            lead.kept = delete_one(client, recorder, row, &lead.lead_id).await?;
        }
    }
    Ok(leads)
}

/// Why a lead stays; `None`: it is gone.
async fn delete_one(
    client: &Client,
    recorder: &Recorder,
    row: &OperationRow,
    lead_id: &LeadId,
) -> Result<Option<String>> {
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
    changes.push(Change::OperationBegun(Box::new(Begun {
        operation: creation(*number),
        chat: None,
        source_activity: None,
        target_id: None,
        target_lead: None,
        target_activity: None,
    })));
    recorder.record_all(changes).await?;
    match client.delete_lead(lead_id).await {
        Ok(()) => {
            recorder.record(step(Step::GivenUp)).await?;
            Ok(None)
        }
        // A lead that stays is looked up by its number by the next `match`, as after a lost answer.
        Err(failure) => match stops(&failure) {
            Some(reason) => Err(reason.into()),
            None => Ok(Some(failure.reason())),
        },
    }
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
