//! Which records of the former checkpoint are valid, so that the new one takes them over.
//!
//! What Close lists decides: a record is never taken over against it. Never here: how a record is written.

use std::collections::{HashMap, HashSet};

use super::leads::hidden;
use crate::app::error::{Error, Exit, Result};
use crate::app::import::unless_stopped;
use crate::checkpoint::{Carried, Carry, MessageRow, Snapshot, State, fingerprint};
use crate::close::Client;
use crate::execute::Stop;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::stop_reason::StopReason;
use crate::survey::OursOnLead;

/// Recorded messages that are looked up in Close, since no list has them. Records beyond that are taken over as they are:
/// an import looks at them again.
const MAX_LOOK_UPS: usize = 200;

/// The records that are taken over.
#[derive(Debug, Default)]
pub(super) struct ValidRecords {
    /// The records.
    pub(super) carried: Vec<Carried>,
    /// The activities of those that the plan does not pair with messages.
    pub(super) of_listed: HashSet<ActivityId>,
    /// Messages that are on a lead that is not read.
    pub(super) moved: u64,
}

/// What Close lists.
struct InClose<'l> {
    activities: HashSet<&'l ActivityId>,
    ids: HashMap<&'l LeadId, HashSet<&'l ExternalId>>,
}

impl<'l> InClose<'l> {
    fn of(lists: &'l [OursOnLead]) -> InClose<'l> {
        let all = lists.iter().flat_map(|list| &list.activities);
        InClose {
            activities: all.map(|activity| &activity.id).collect(),
            ids: (lists.iter())
                .map(|list| {
                    let ids = list.activities.iter().map(|activity| &activity.external_id);
                    (&list.lead, ids.collect())
                })
                .collect(),
        }
    }

    fn has(&self, row: &MessageRow) -> bool {
        let ids = self.ids.get(&row.lead_id);
        ids.is_some_and(|ids| ids.contains(&row.external_id))
    }
}

/// Finds the valid records. `new` has recorded what the plan found in Close.
///
/// # Errors
///
/// Close or a checkpoint cannot be read; a list lacks an activity that Close has.
pub(super) async fn valid_records(
    (former, new): (&Snapshot, &Snapshot),
    lists: &[OursOnLead],
    client: &Client,
    stop: &Stop,
) -> Result<ValidRecords> {
    let in_close = InClose::of(lists);
    let tombstone = fingerprint::tombstone(&former.key());
    let mut valid = ValidRecords::default();
    let mut look_ups = 0;
    let hidden = hidden(lists);
    for chat in former.all_chats()? {
        for row in former.messages_of(chat.id)? {
            let what = match new.lookup(&row.external_id, &row.lead_id)? {
                Some(known) => {
                    let is_same = known.state == State::Done
                        && row.state == State::Done
                        && known.activity_id == row.activity_id;
                    is_same.then_some(Carry::Knowledge)
                }
                None => match (row.state, &row.activity_id) {
                    (State::Done, Some(id)) if in_close.activities.contains(id) => {
                        let is_here = in_close.has(&row);
                        if is_here {
                            valid.of_listed.insert(id.clone());
                        }
                        is_here.then_some(Carry::Record)
                    }
                    // It is on another lead meanwhile, or another activity replaces it.
                    _ if in_close.has(&row) || !new.done_as(&row.external_id)?.is_empty() => None,
                    // What is on a lead that Close does not show is not known.
                    (State::Done, Some(_))
                        if look_ups >= MAX_LOOK_UPS || hidden.contains(&row.lead_id) =>
                    {
                        Some(Carry::Record)
                    }
                    (State::Done, Some(id)) => {
                        look_ups += 1;
                        match place(client, id, stop).await? {
                            Place::Nowhere => Some(Carry::Removed),
                            Place::On(lead) if lead == row.lead_id => {
                                return Err(incomplete(&lead));
                            }
                            Place::On(_) | Place::Unknown => {
                                valid.moved += 1;
                                None
                            }
                        }
                    }
                    (State::Absent, _) => (row.body_hash == tombstone).then_some(Carry::Record),
                    (State::Intent | State::Unknown | State::Failed | State::Gone, _) => {
                        Some(Carry::Record)
                    }
                    (State::Done, None) => None,
                },
            };
            let taken = what.map(|what| Carried { row: row.id, what });
            valid.carried.extend(taken);
        }
    }
    Ok(valid)
}

/// Where an activity is that no list has.
enum Place {
    Nowhere,
    On(LeadId),
    Unknown,
}

async fn place(client: &Client, id: &ActivityId, stop: &Stop) -> Result<Place> {
    let found = unless_stopped(stop, client.get_message(id)).await?;
    let found = found.map_err(StopReason::of)?;
    Ok(match found.map(|message| message.lead_id) {
        None => Place::Nowhere,
        Some(Some(lead)) => Place::On(lead),
        Some(None) => Place::Unknown,
    })
}

fn incomplete(lead: &LeadId) -> Error {
    Error::coded(
        Exit::Stopped,
        "close_incomplete_list",
        format!(
            "the list of {lead} lacks an activity that Close has; nothing was replaced: run the command again in a few minutes"
        ),
    )
}
