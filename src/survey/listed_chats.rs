//! Chats of ours in Close's lists while nothing is recorded, as after the loss of the checkpoint.
//!
//! Here belong all activities of ours by lead and number, and which chat of the run each such chat belongs
//! to, whatever lead and number its row names. Never here: the evidence that one is the other
//! ([`super::open_chats`]), and which message an activity is ([`crate::matching`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::lead_list::List;
use super::open_chats::OpenChats;
use super::unrecorded::Users;
use crate::close::{Client, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::phone::Phone;
use crate::plan::Draft;
use crate::stop_reason::{StopReason, stop_unless_rejected};
use crate::transform::desired::{Content, Decision};
use crate::transform::identity;

/// The maximum number of pages of 100 activities that are read.
const MAX_PAGES: usize = 300;

/// A one-to-one chat in Close: the lead, the owner's number and the contact's. Two owners may have a chat
/// with one contact on one lead.
type Listing = (LeadId, Option<String>, Option<String>);

/// All activities of ours in Close, and the chats that they belong to.
#[derive(Default)]
pub(super) struct ListedChats {
    /// By lead, until the chats are found.
    lists: HashMap<LeadId, List>,
    /// Whether all activities were read.
    pub(super) is_complete: bool,
    /// The key of the chat of the run that a listed one-to-one chat belongs to.
    owners: HashMap<Listing, String>,
    /// The same for single activities, where several chats had one listing.
    single: HashMap<ActivityId, String>,
    groups: Groups,
    /// The leads with activities of each chat of the run, by its key.
    leads: HashMap<String, BTreeSet<LeadId>>,
}

/// The groups of a run. Their messages have the numbers of their members, as one-to-one chats have, so only
/// an external id shows that a listed message belongs to a group.
#[derive(Default)]
struct Groups {
    keys: Vec<String>,
    /// The index of a group's key, by the external ids of its messages.
    by_id: HashMap<ExternalId, usize>,
    /// The leads that groups go to.
    own_leads: HashSet<LeadId>,
}

impl Groups {
    fn of(chats: &[Draft]) -> Groups {
        let mut groups = Groups::default();
        for chat in chats.iter().filter(|chat| chat.is_group) {
            let (Some(key), Decision::Ready(to)) = (&chat.key, &chat.standing) else {
                continue;
            };
            groups.own_leads.insert(to.lead_id.clone());
            let index = groups.keys.len();
            groups.keys.push(key.reveal().to_owned());
            chat.messages.with(|messages| {
                let ids = messages.iter().map(|message| message.external_id.clone());
                groups.by_id.extend(ids.map(|id| (id, index)));
            });
        }
        groups
    }

    fn owner(&self, activity: &Listed) -> Option<&str> {
        // A native id may be in a member's own chat too.
        if activity.external_id.is_native() {
            return None;
        }
        let index = self.by_id.get(&activity.external_id)?;
        self.keys.get(*index).map(String::as_str)
    }
}

fn listing(lead: &LeadId, activity: &Listed) -> Listing {
    let phones = (activity.local_phone.clone(), activity.remote_phone.clone());
    (lead.clone(), phones.0, phones.1)
}

impl ListedChats {
    /// Reads Close's activities and finds the chats that they belong to.
    ///
    /// # Errors
    ///
    /// The reason to stop.
    pub(super) async fn read(
        client: &Client,
        users: &Users,
        (chats, rows): (&[Draft], &[Content]),
    ) -> Result<ListedChats, StopReason> {
        let (all, is_complete) = match client.list_messages(MAX_PAGES).await {
            Ok(listed) => listed,
            Err(Failure::Rejected { .. }) => return Ok(ListedChats::default()),
            Err(failure) => return stop_unless_rejected(failure).map(|_| ListedChats::default()),
        };
        let mut by_lead: HashMap<LeadId, Vec<Listed>> = HashMap::new();
        for activity in all {
            if let Some(lead) = activity.lead_id.clone() {
                by_lead.entry(lead).or_default().push(activity);
            }
        }
        let mut found = ListedChats {
            lists: (by_lead.into_iter())
                .map(|(lead, activities)| (lead, List::of(activities, users)))
                .collect(),
            is_complete,
            owners: HashMap::new(),
            single: HashMap::new(),
            groups: Groups::of(chats),
            leads: HashMap::new(),
        };
        found.find_owners(chats, rows);
        found.find_leads();
        // A lead that cannot be listed by itself holds its chats.
        found.lists.clear();
        Ok(found)
    }

    /// The key of the chat of the run that an activity belongs to, where that is known.
    pub(super) fn owner(&self, lead: &LeadId, activity: &Listed) -> Option<&str> {
        if let Some(group) = self.groups.owner(activity) {
            return Some(group);
        }
        // Other activities on the lead of a group may belong to the group, with corrected numbers.
        if self.owners.is_empty() || self.groups.own_leads.contains(lead) {
            return None;
        }
        (self.single.get(&activity.id))
            .or_else(|| self.owners.get(&listing(lead, activity)))
            .map(String::as_str)
    }

    /// The leads with activities of a chat.
    pub(super) fn leads_of(&self, chat: &str) -> impl Iterator<Item = &LeadId> {
        self.leads.get(chat).into_iter().flatten()
    }

    fn find_leads(&mut self) {
        for ((lead, ..), owner) in &self.owners {
            let leads = self.leads.entry(owner.clone()).or_default();
            leads.insert(lead.clone());
        }
        for (lead, list) in &self.lists {
            let single = |one: &Listed| self.single.get(&one.id).map(String::as_str);
            let owner = |one| self.groups.owner(one).or_else(|| single(one));
            for key in list.ours.iter().filter_map(owner) {
                let leads = self.leads.entry(key.to_owned()).or_default();
                leads.insert(lead.clone());
            }
        }
    }

    fn find_owners(&mut self, chats: &[Draft], rows: &[Content]) {
        let mut listings: BTreeMap<Listing, Vec<&Listed>> = BTreeMap::new();
        for (lead, list) in &self.lists {
            let of_two = list.ours.iter();
            for activity in of_two.filter(|activity| self.groups.owner(activity).is_none()) {
                let listing = listing(lead, activity);
                listings.entry(listing).or_default().push(activity);
            }
        }
        if listings.is_empty() {
            return;
        }
        let open = OpenChats::of(chats, listings.values());
        let here = open.keys();
        let rows: HashSet<&str> = rows.iter().map(Content::reveal).collect();
        let mut owners = HashMap::new();
        let mut single = HashMap::new();
        // Of equal chats none gets the activities of both.
        let mut owned: HashMap<String, usize> = HashMap::new();
        for (listing, activities) in listings {
            let pair = activities.first().and_then(|one| key_of_pair(one));
            let pair = pair.as_deref();
            // A row names it as another chat, whose archives are not in this run.
            if pair.is_some_and(|key| rows.contains(key) && !here.contains(key)) {
                continue;
            }
            let claims = open.claims_to(&activities, (&listing.0, pair));
            let owned_by = |key: &str| owned.get(key).copied().unwrap_or_default();
            let Some(best) = claims.best(owned_by) else {
                continue;
            };
            let best = best.to_owned();
            for activity in &activities {
                if let Some(key) = claims.of_one(activity, &best) {
                    single.insert(activity.id.clone(), key.to_owned());
                }
            }
            *owned.entry(best.clone()).or_default() += 1;
            owners.insert(listing, best);
        }
        self.owners = owners;
        self.single = single;
    }
}

/// The key of the chat between the numbers of an activity.
fn key_of_pair(activity: &Listed) -> Option<String> {
    let phone = |text: &Option<String>| text.as_deref().and_then(Phone::parse);
    let (own, other) = phone(&activity.local_phone).zip(phone(&activity.remote_phone))?;
    Some(identity::chat_of_pair(own.e164(), other.e164()))
}
