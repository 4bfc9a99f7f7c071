//! Chats of ours in Close's lists while nothing is recorded, as after the loss of the checkpoint.
//!
//! Here belong all activities of ours by lead and number, and which chat of the run each such chat belongs
//! to, whatever lead and number its row names. Never here: which message an activity is
//! ([`crate::matching`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::chat_content::content;
use super::lead_list::List;
use super::unrecorded::Users;
use crate::canonical;
use crate::close::{Client, Direction, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::matching::agreement::{self, ChatContent};
use crate::matching::candidates::Candidates;
use crate::matching::sequence::Key;
use crate::phone::Phone;
use crate::plan::Draft;
use crate::stop_reason::{StopReason, stop_for};
use crate::transform::desired::{Content, Decision, DesiredChat, DesiredMessage};
use crate::transform::identity;
use crate::transform::reading_evidence;
use crate::transform::split::{Context, split};

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
            Err(failure) => return stop_for(failure).map(|_| ListedChats::default()),
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
        let open: Vec<OpenChat> = chats.iter().filter_map(|chat| OpenChat::of(chat)).collect();
        let mut candidates = Candidates::default();
        let mut by_id: HashMap<Key, Vec<usize>> = HashMap::new();
        for (index, chat) in open.iter().enumerate() {
            candidates.add(index, chat.messages.messages());
            for id in &chat.ids {
                by_id.entry(*id).or_default().push(index);
            }
        }
        let rows: HashSet<&str> = rows.iter().map(Content::reveal).collect();
        let here: HashSet<&str> = open.iter().map(|chat| chat.key.as_str()).collect();
        let mut owners = HashMap::new();
        let mut single = HashMap::new();
        for (listing, activities) in listings {
            // A row names it as another chat, whose archives are not in this run.
            let key = activities
                .first()
                .and_then(|activity| key_of_pair(activity));
            let is_named = key.is_some_and(|key| rows.contains(&*key) && !here.contains(&*key));
            if is_named {
                continue;
            }
            let messages = (activities.iter())
                .filter_map(|activity| content_of(activity))
                .collect();
            let record = ChatContent::new(messages);
            let ids = activities
                .iter()
                .map(|activity| canonical::key(activity.external_id.as_str()));
            let mut near: Vec<usize> = ids
                .filter_map(|id| by_id.get(&id))
                .flatten()
                .copied()
                .collect();
            candidates.find(record.messages(), &mut near);
            near.sort_unstable();
            near.dedup();
            let agreeing = near.iter().filter_map(|index| {
                let chat = &open[*index];
                let by_id = (activities.iter())
                    .filter(|activity| {
                        chat.ids
                            .contains(&canonical::key(activity.external_id.as_str()))
                    })
                    .count();
                let (agreement, shared) = chat.messages.compare(&record);
                (agreement.is_enough_alone(shared) || by_id > 0)
                    .then_some((shared.max(by_id), chat))
            });
            // Of several chats with equal greetings, the one that contains most of it.
            let agreeing: Vec<(usize, &OpenChat)> = agreeing.collect();
            let best = (agreeing.iter()).max_by_key(|(shared, chat)| (*shared, &chat.key));
            let Some((_, best)) = best else {
                continue;
            };
            // Their rows had the same numbers and lead: each gets what it alone contains.
            for activity in activities.iter().filter(|_| agreeing.len() > 1) {
                let mut having = agreeing.iter().filter(|(_, chat)| chat.contains(activity));
                if let (Some((_, chat)), None) = (having.next(), having.next())
                    && chat.key != best.key
                {
                    single.insert(activity.id.clone(), chat.key.clone());
                }
            }
            owners.insert(listing, best.key.clone());
        }
        self.owners = owners;
        self.single = single;
    }
}

/// A chat of the run in the form that Close shows of messages.
struct OpenChat {
    key: String,
    ids: HashSet<Key>,
    messages: ChatContent,
}

impl OpenChat {
    fn of(chat: &DesiredChat) -> Option<OpenChat> {
        let (Some(key), false, Decision::Ready(_)) = (&chat.key, chat.is_group, &chat.standing)
        else {
            return None;
        };
        let of_messages = |messages: &[DesiredMessage]| OpenChat {
            key: key.reveal().to_owned(),
            ids: (messages.iter())
                .map(|message| canonical::key(message.external_id.as_str()))
                .collect(),
            messages: ChatContent::new(
                (messages.iter())
                    .filter_map(|message| Some(content(message, content_key(message)?)))
                    .collect(),
            ),
        };
        Some(chat.messages.with(of_messages))
    }
}

impl OpenChat {
    /// Whether one of its messages has the content of an activity at its time.
    fn contains(&self, activity: &Listed) -> bool {
        content_of(activity).is_some_and(|content| self.messages.contains(&content))
    }
}

/// An activity as content with its time.
fn content_of(activity: &Listed) -> Option<agreement::Content> {
    Some(agreement::Content {
        key: activity_key(activity)?,
        at: activity.activity_at?.timestamp_millis(),
        is_incoming: activity.direction == Some(Direction::Incoming),
    })
}

/// The key of the chat between the numbers of an activity.
fn key_of_pair(activity: &Listed) -> Option<String> {
    let phone = |text: &Option<String>| text.as_deref().and_then(Phone::parse);
    let (own, other) = phone(&activity.local_phone).zip(phone(&activity.remote_phone))?;
    Some(identity::chat_of_pair(own.e164(), other.e164()))
}

/// A hash of the properties of a message that Close shows.
fn content_key(message: &DesiredMessage) -> Option<Key> {
    match message.files.is_empty() {
        true => message.evidence.content,
        false => Some(of_sizes(message.files.iter().map(|file| file.size))),
    }
}

/// The same hash of an activity.
fn activity_key(activity: &Listed) -> Option<Key> {
    if !activity.attachments.is_empty() {
        let sizes: Option<Vec<u64>> = activity.attachments.iter().map(|file| file.size).collect();
        return Some(of_sizes(sizes?.into_iter()));
    }
    let readings = split(&activity.message_markdown, Context::default());
    reading_evidence::content(readings.first()?)
}

fn of_sizes(sizes: impl Iterator<Item = u64>) -> Key {
    let sizes: Vec<String> = sizes.map(|size| size.to_string()).collect();
    canonical::key(&format!("sizes:{}", sizes.join(",")))
}
