//! Look-ups of messages by external id on any lead, within a bound of requests.
//!
//! Close filters by one external id at a time, so that each look-up is a request. Where a look-up
//! finds another lead, the ids of that lead are listed if that is cheaper: a chat that somebody moved
//! has its other targets there too. Never here: which of several found messages is meant. Writes
//! nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::close::{Client, FoundMessage};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::stop_reason::{StopReason, stop_for};
use crate::transform::id_form::read;

/// What is known under an id: lead, external id, activity id.
pub(super) type Hit = (LeadId, ExternalId, ActivityId);

/// A message that is looked for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) id: ExternalId,
    /// The forms in which its id may be written in Close.
    pub(super) forms: BTreeSet<ExternalId>,
}

/// Requests that one survey spends at most: 20 seconds at ten a second.
pub(super) const MAX_REQUESTS: usize = 200;

/// Look-ups under way at once; the pace is Close's.
const AT_ONCE: usize = 8;

/// Looks for messages on any lead, in this order, until the bound is reached. `listed`: the leads
/// of which it is known that they have none of these. What Close refuses decides nothing.
///
/// # Errors
///
/// No network or no permission.
pub(super) async fn on_any_lead<'l>(
    client: &Client,
    wanted: Vec<Wanted>,
    listed: impl Iterator<Item = &'l LeadId>,
) -> Result<HashMap<ExternalId, Vec<Hit>>, StopReason> {
    let mut left = MAX_REQUESTS;
    let mut found: HashMap<ExternalId, Vec<Hit>> = HashMap::new();
    let mut listed: HashSet<LeadId> = listed.cloned().collect();
    let mut open = wanted;
    // From the end, so that what was looked up goes without moving the rest.
    open.reverse();
    while left > 0 && !open.is_empty() {
        let mut batch = Vec::new();
        let mut planned = 0;
        while let Some(one) =
            open.pop_if(|one| batch.len() < AT_ONCE && planned + one.forms.len() <= left)
        {
            planned += one.forms.len();
            batch.push(one);
        }
        if batch.is_empty() {
            break;
        }
        let looked_up: Vec<(ExternalId, Vec<Hit>, usize)> = stream::iter(batch)
            .map(|one| look_up(client, one))
            .buffer_unordered(AT_ONCE)
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
            // A list is never dearer than the look-ups that it takes the place of.
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
            take_found(&mut open, rows, &mut found);
        }
    }
    Ok(found)
}

/// Takes what a list of ids has out of what is open.
fn take_found(
    open: &mut Vec<Wanted>,
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

/// Looks for one message, and counts the requests.
async fn look_up(
    client: &Client,
    wanted: Wanted,
) -> Result<(ExternalId, Vec<Hit>, usize), StopReason> {
    let Wanted { id, forms } = wanted;
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
