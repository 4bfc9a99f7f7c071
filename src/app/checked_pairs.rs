//! The check of a plan's leads, contacts and users in Close, so that a plan shows as held what an import would hold.
//!
//! Belongs here: which chats are checked, each destination once. Never here: the check itself ([`Checks`]).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::error::Result;
use crate::clock::SharedClock;
use crate::close::Client;
use crate::execute::Checks;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::stop_reason::StopReason;
use crate::survey::{Steps, label};
use crate::transform::desired::{Content, Destination, Held};

/// The number of destinations that are checked at a time; the client keeps the pace.
const AT_A_TIME: usize = 8;

/// Holds the chats with operations whose lead, contact and user do not belong together in Close, or cannot be read.
/// `steps` names the chats; `clock`: of the run that relies on `checks` afterwards.
///
/// # Errors
///
/// The reason to stop.
pub(super) async fn hold(
    plan: &mut Plan,
    checks: &Checks,
    (client, policy, steps): (&Client, &Policy, &Steps),
    clock: Option<&SharedClock>,
) -> Result<()> {
    // Chats of one contact, by several numbers or devices, are checked at once.
    let mut destinations: Vec<(Destination, Vec<usize>)> = Vec::new();
    let mut indexes = HashMap::new();
    for (chat, to) in plan.with_operations() {
        let ids = (
            to.lead_id.clone(),
            to.contact_id.clone(),
            to.user_id.clone(),
        );
        let index = *indexes.entry(ids).or_insert(destinations.len());
        match destinations.get_mut(index) {
            Some((_, chats)) => chats.push(chat),
            None => destinations.push((to, vec![chat])),
        }
    }
    let named = destinations.into_iter().map(|(to, chats)| {
        let first = chats.first().and_then(|chat| plan.chats.get(*chat));
        (to, first.map(|planned| label(&planned.chat)), chats)
    });
    let named: Vec<(Destination, Option<Content>, Vec<usize>)> = named.collect();
    let checked = stream::iter(named).map(|(to, label, chats)| async move {
        if let Some(label) = label {
            steps.at(label);
        }
        let now = clock.map_or(Duration::ZERO, |clock| clock.elapsed());
        let held = checks.holds(client, (&to, policy), now).await?;
        Ok::<_, StopReason>((chats, held))
    });
    let checked: Vec<(Vec<usize>, Option<Held>)> =
        checked.buffered(AT_A_TIME).try_collect().await?;
    let mut held = BTreeMap::new();
    for (chats, why) in checked {
        if let Some(why) = why {
            held.extend(chats.into_iter().map(|chat| (chat, why.clone())));
        }
    }
    plan.hold(held);
    plan.check()?;
    Ok(())
}
