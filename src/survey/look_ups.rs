//! Look-ups of messages by external id on any lead, with a bounded number of requests.
//!
//! Close filters by one external id at a time, so each look-up is a request. If one finds another lead, the
//! ids of that lead are listed if that is cheaper: other targets of a moved chat are there too. Never here:
//! which of several found messages is meant. Writes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::close::{Client, FoundMessage};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::stop_reason::{StopReason, stop_for};
use crate::transform::id_form::read;

/// A message found in Close: lead, external id, activity id.
pub(super) type Hit = (LeadId, ExternalId, ActivityId);

/// A message to look up.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) id: ExternalId,
    /// The forms in which its id may be stored in Close.
    pub(super) forms: BTreeSet<ExternalId>,
}

/// The maximum number of requests per survey: 20 seconds at ten a second.
pub(super) const MAX_REQUESTS: usize = 200;

/// Concurrent look-ups; the pace is Close's.
const CONCURRENCY: usize = 8;

/// Looks messages up on any lead, in this order, until the bound is reached. `listed`: the leads that are
/// known not to have them. A rejected request decides nothing.
///
/// # Errors
///
/// No network or no permission.
pub(super) async fn on_any_lead<'l>(
    client: &Client,
    targets: Vec<Target>,
    listed: impl Iterator<Item = &'l LeadId>,
) -> Result<HashMap<ExternalId, Vec<Hit>>, StopReason> {
    let mut left = MAX_REQUESTS;
    let mut found: HashMap<ExternalId, Vec<Hit>> = HashMap::new();
    let mut listed: HashSet<LeadId> = listed.cloned().collect();
    let mut open = targets;
    // Processed from the end, so that removal moves nothing.
    open.reverse();
    while left > 0 && !open.is_empty() {
        let mut batch = Vec::new();
        let mut planned = 0;
        while let Some(one) =
            open.pop_if(|one| batch.len() < CONCURRENCY && planned + one.forms.len() <= left)
        {
            planned += one.forms.len();
            batch.push(one);
        }
        if batch.is_empty() {
            break;
        }
        let looked_up: Vec<(ExternalId, Vec<Hit>, usize)> = stream::iter(batch)
            .map(|one| look_up(client, one))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        let mut leads: BTreeSet<LeadId> = BTreeSet::new();
        for (id, hits, requests) in looked_up {
            left = left.saturating_sub(requests);
            leads.extend(hits.iter().map(|(lead, ..)| lead.clone()));
            found.insert(id, hits);
        }
        leads.retain(|lead| !listed.contains(lead));
        for lead in leads {
            // A list costs at most as much as the look-ups that it replaces.
            let pages = left.min(open.len());
            if pages == 0 {
                break;
            }
            let (rows, requests) = match client.list_lead_ids(&lead, pages).await {
                Ok(listed) => listed,
                Err(failure) => stop_for(failure).map(|_| (Vec::new(), 1))?,
            };
            left = left.saturating_sub(requests);
            listed.insert(lead);
            take_hits(&mut open, rows, &mut found);
        }
    }
    Ok(found)
}

/// Removes what the list contains from the open targets.
fn take_hits(
    open: &mut Vec<Target>,
    rows: Vec<FoundMessage>,
    found: &mut HashMap<ExternalId, Vec<Hit>>,
) {
    let mut here: HashMap<ExternalId, Vec<Hit>> = HashMap::new();
    for row in rows {
        let id = read(&row.external_id);
        let hit = (row.lead_id, id.clone(), row.id);
        here.entry(id).or_default().push(hit);
    }
    open.retain(|one| match here.remove(&one.id) {
        Some(hits) => {
            found.insert(one.id.clone(), hits);
            false
        }
        None => true,
    });
}

/// Looks one message up; returns the number of requests as well.
async fn look_up(
    client: &Client,
    target: Target,
) -> Result<(ExternalId, Vec<Hit>, usize), StopReason> {
    let Target { id, forms } = target;
    for (before, form) in forms.iter().enumerate() {
        let found = match client.find_anywhere(form).await {
            Ok(found) => found,
            Err(failure) => stop_for(failure).map(|_| Vec::new())?,
        };
        if !found.is_empty() {
            let hits = found.into_iter();
            let hits = hits.map(|found| (found.lead_id, id.clone(), found.id));
            return Ok((id.clone(), hits.collect(), before + 1));
        }
    }
    let requests = forms.len();
    Ok((id, Vec::new(), requests))
}
