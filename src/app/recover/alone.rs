//! Activities of ours that no archive of the run has: recorded from Close's list alone.
//!
//! Belongs here: which chat such an activity is recorded in, so that its archive, once it is back, finds it. Never here:
//! activities that the plan pairs with messages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::app::error::Result;
use crate::checkpoint::fingerprint::{handle, keyed};
use crate::checkpoint::{
    Change, ChatFacts, ChatId, ChatRow, Class, Creator, Facts, Hash, HashKey, MessageKey, Snapshot,
    State,
};
use crate::close::{Direction, Listed};
use crate::ids::{ActivityId, LeadId};
use crate::matching;
use crate::phone::Phone;
use crate::plan::{Fingerprint, RecordFacts};
use crate::survey::{
    ChatKey, OursOnLead, Users, chat_of_id, is_by_another_user, numbers, read_alone, shows_sender,
};
use crate::transform::identity;

/// The owner's and the contact's number, as Close shows them.
type Numbers = (Option<String>, Option<String>);

fn numbers_of(activity: &Listed) -> Numbers {
    (activity.local_phone.clone(), activity.remote_phone.clone())
}

/// What decides about such activities.
pub(super) struct Alone<'a> {
    /// The new checkpoint.
    pub(super) new: &'a Snapshot,
    /// The users whose activities are ours.
    pub(super) users: &'a Users,
    /// The numbers of the owners of this migration.
    pub(super) owners: &'a HashSet<Phone>,
    /// The groups of each lead.
    pub(super) groups: &'a HashMap<LeadId, Vec<ChatKey>>,
    /// The creator of those with an id of WhatsApp's.
    pub(super) creator_of_native: Creator,
    /// Activities whose former records are taken over.
    pub(super) carried: &'a HashSet<ActivityId>,
}

/// The chats that activities of a lead are recorded in.
#[derive(Default)]
struct RecordedHere {
    /// By numbers and by whether it is a group: chats with the number of their activities.
    chats: HashMap<(Numbers, bool), BTreeMap<ChatId, u32>>,
}

impl Alone<'_> {
    /// The changes that record the activities that nothing has recorded, and their number.
    pub(super) fn changes(&self, lists: &[OursOnLead]) -> Result<(Vec<Change>, u64)> {
        let chats: HashMap<ChatId, ChatRow> = (self.new.all_chats()?.into_iter())
            .map(|row| (row.id, row))
            .collect();
        let key = self.new.key();
        let for_hashes = key.clone();
        let fingerprint = Fingerprint(Arc::new(move |kind, text| keyed(&for_hashes, kind, text)));
        let (mut changes, mut number) = (Vec::new(), 0);
        for list in lists {
            let (here, open) = self.open(list, &chats)?;
            let groups = self.groups.get(&list.lead).map_or(&[][..], Vec::as_slice);
            let shapes = Shapes::of(&open, groups);
            for activity in open {
                let is_group = shapes.is_group(activity);
                let Some(record) = read_alone(activity, is_group, &fingerprint, self.users) else {
                    continue;
                };
                let chat = self.chat(activity, &shapes, (list, &here, &chats), &key)?;
                let hash = match chat {
                    ChatOf::Recorded(hash) => hash,
                    ChatOf::New(facts) => {
                        let hash = facts.chat;
                        changes.push(Change::Chat(facts));
                        hash
                    }
                };
                changes.push(Change::Adopt {
                    key: MessageKey::new(&activity.external_id, &list.lead),
                    facts: facts(activity, &record.facts, hash),
                    activity_id: activity.id.clone(),
                    linked: activity.response_to_id.is_some(),
                    creator: self.creator(activity),
                });
                number += 1;
            }
        }
        Ok((changes, number))
    }

    /// The activities that nothing has recorded, the first with each external id, and the chats of the others.
    fn open<'l>(
        &self,
        list: &'l OursOnLead,
        chats: &HashMap<ChatId, ChatRow>,
    ) -> Result<(RecordedHere, Vec<&'l Listed>)> {
        let mut here = RecordedHere::default();
        let mut open = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for activity in &list.activities {
            let id = activity.external_id.as_str();
            let row = self.new.lookup(&activity.external_id, &list.lead)?;
            match row.filter(|row| row.state == State::Done) {
                Some(row) => {
                    let is_group = chats.get(&row.chat).is_some_and(|row| row.pairs.is_empty());
                    let chats = here.chats.entry((numbers_of(activity), is_group));
                    *chats.or_default().entry(row.chat).or_insert(0) += 1;
                }
                None if self.carried.contains(&activity.id) => drop(seen.insert(id)),
                None if seen.insert(id) => open.push(activity),
                None => {}
            }
        }
        Ok((here, open))
    }

    /// The chat of an activity: the one whose key its id is derived from, else that of others with its numbers on the lead,
    /// else the one-to-one chat of its numbers, or a group of its lead.
    fn chat(
        &self,
        activity: &Listed,
        shapes: &Shapes,
        (list, here, chats): (&OursOnLead, &RecordedHere, &HashMap<ChatId, ChatRow>),
        key: &HashKey,
    ) -> Result<ChatOf> {
        let (lead, is_group) = (&list.lead, shapes.is_group(activity));
        let elsewhere = self.new.done_as(&activity.external_id)?;
        if elsewhere.iter().any(|(_, on, _)| on != lead) {
            // What an interrupted move left: no record shows that it may be deleted here, so its chat must not find it.
            let hash = handle(key, &format!("left behind:{lead}:{is_group}"));
            let pairs = match is_group {
                true => vec![hash],
                false => Vec::new(),
            };
            return Ok(ChatOf::New(chat_facts(hash, pairs, lead, None)));
        }
        if let Some(chat) = shapes.proved.get(&activity.id) {
            return self.chat_of_key(chat, activity, lead, key);
        }
        let same = here.chats.get(&(numbers_of(activity), is_group));
        let most = same.and_then(|chats| chats.iter().max_by_key(|(_, number)| **number));
        if let Some(row) = most.and_then(|(id, _)| chats.get(id)) {
            return Ok(ChatOf::Recorded(row.chat));
        }
        if is_group {
            let only: HashSet<ChatId> = (here.chats.iter())
                .filter(|((_, is_group), _)| *is_group)
                .flat_map(|(_, chats)| chats.keys().copied())
                .collect();
            if let (Some(row), 1) = (only.iter().next().and_then(|id| chats.get(id)), only.len()) {
                return Ok(ChatOf::Recorded(row.chat));
            }
        }
        let chat = match (is_group, shapes.only_group(), numbers(activity)) {
            (true, Some(group), _) => group.clone(),
            (true, None, _) => ChatKey {
                key: format!("group of:{lead}"),
                is_group,
            },
            (false, _, Some((own, other))) => ChatKey {
                key: identity::chat_of_pair(own.e164(), other.e164()),
                is_group,
            },
            (false, _, None) => ChatKey {
                key: format!("without numbers:{lead}"),
                is_group,
            },
        };
        self.chat_of_key(&chat, activity, lead, key)
    }

    /// The chat with this key. One that is recorded keeps its lead.
    fn chat_of_key(
        &self,
        chat: &ChatKey,
        activity: &Listed,
        lead: &LeadId,
        key: &HashKey,
    ) -> Result<ChatOf> {
        let hash = handle(key, &chat.key);
        if self.new.chat(&hash)?.is_some() {
            return Ok(ChatOf::Recorded(hash));
        }
        let pairs = match chat.is_group {
            true => Vec::new(),
            false => vec![hash],
        };
        let contact = activity.contact_id.clone();
        Ok(ChatOf::New(chat_facts(hash, pairs, lead, contact)))
    }

    fn creator(&self, activity: &Listed) -> Creator {
        let local = activity.local_phone.as_deref().and_then(Phone::parse);
        let is_of_another_owner =
            !self.owners.is_empty() && local.is_some_and(|local| !self.owners.contains(&local));
        match activity.external_id.is_derived() {
            // Another migration's: `undo` must not delete it.
            _ if is_of_another_owner || is_by_another_user(activity, self.users) => Creator::Other,
            true => Creator::Unknown,
            false => self.creator_of_native,
        }
    }
}

enum ChatOf {
    Recorded(Hash),
    New(ChatFacts),
}

fn chat_facts(
    chat: Hash,
    pairs: Vec<Hash>,
    lead: &LeadId,
    contact_id: Option<crate::ids::ContactId>,
) -> ChatFacts {
    ChatFacts {
        chat,
        pairs,
        lead_id: lead.clone(),
        contact_id,
        zone: None,
    }
}

/// What shows whether activities of a lead are of a group.
struct Shapes {
    /// The chats whose keys the ids of activities are derived from.
    proved: HashMap<ActivityId, ChatKey>,
    /// Numbers whose incoming activities show their senders.
    groups: HashSet<Numbers>,
    /// Numbers of one-to-one chats: with an incoming activity that does not show its sender.
    of_two: HashSet<Numbers>,
}

impl Shapes {
    fn of(open: &[&Listed], groups: &[ChatKey]) -> Shapes {
        let proved: HashMap<ActivityId, ChatKey> = (open.iter())
            .filter_map(|activity| Some((activity.id.clone(), chat_of_id(activity, groups)?)))
            .collect();
        let mut incoming: HashMap<Numbers, (u32, u32)> = HashMap::new();
        for activity in open {
            let is_named = match proved.get(&activity.id) {
                Some(chat) => chat.is_group,
                None if activity.direction != Some(Direction::Incoming) => continue,
                None => shows_sender(activity),
            };
            let (all, named) = incoming.entry(numbers_of(activity)).or_default();
            *all += 1;
            *named += u32::from(is_named);
        }
        // A text may begin with a bold word.
        let (groups, of_two): (Vec<_>, Vec<_>) =
            (incoming.into_iter()).partition(|(_, (all, named))| named * 2 > *all);
        Shapes {
            proved,
            groups: groups.into_iter().map(|(numbers, _)| numbers).collect(),
            of_two: of_two.into_iter().map(|(numbers, _)| numbers).collect(),
        }
    }

    /// Whether an activity is of a group. One of the owner's shows no sender: on a lead with a group, it is of the group
    /// unless its numbers have a one-to-one chat.
    fn is_group(&self, activity: &Listed) -> bool {
        if let Some(chat) = self.proved.get(&activity.id) {
            return chat.is_group;
        }
        let numbers = numbers_of(activity);
        let has_group = !self.groups.is_empty();
        self.groups.contains(&numbers) || (has_group && !self.of_two.contains(&numbers))
    }

    /// The group that ids of the lead prove, if they prove only one.
    fn only_group(&self) -> Option<&ChatKey> {
        let mut groups = self.proved.values().filter(|chat| chat.is_group);
        let first = groups.next()?;
        groups.all(|other| other == first).then_some(first)
    }
}

/// The facts of an activity as Close lists it.
fn facts(activity: &Listed, listed: &RecordFacts, chat: Hash) -> Facts {
    let sizes = activity.attachments.iter().filter_map(|file| file.size);
    Facts {
        chat,
        activity_at: listed.at,
        body_hash: listed.body,
        media_count: listed.files,
        media_bytes: sizes.sum(),
        media_hash: listed.media,
        people_hash: None,
        response_to: None,
        identity: match activity.external_id.is_derived() {
            true => identity::VERSION,
            false => 0,
        },
        outgoing: listed.outgoing.unwrap_or_default(),
        media: listed.is_media.unwrap_or_default(),
        content: listed.content,
        class: listed.class.map(class),
        edited: None,
        deleted: listed.deleted.then_some(true),
        exact: listed.exact,
        seconds: listed.seconds,
        author: None,
        source: None,
        files: Vec::new(),
    }
}

fn class(class: matching::Class) -> Class {
    match class {
        matching::Class::Text => Class::Text,
        matching::Class::File => Class::File,
        matching::Class::Location => Class::Place,
        matching::Class::Card => Class::Card,
        matching::Class::Poll => Class::Poll,
        matching::Class::Other | matching::Class::Notice | matching::Class::NoFile => Class::Other,
    }
}
