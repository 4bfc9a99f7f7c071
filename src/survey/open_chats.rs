//! Chats of a run as claimants of the chats that Close lists.
//!
//! Here belongs the evidence that a listed chat is a chat of the run, in this order: ids and content of its messages, as far
//! as the claimant's own are not listed under their ids; the numbers; the lead. Customers may have equal chats, such as a
//! broadcast and a reply of one word, so that content alone decides nothing between them. Never here: which activities are
//! one listed chat ([`super::listed_chats`]).

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::chat_content::content;
use crate::canonical;
use crate::close::{Direction, Listed};
use crate::ids::LeadId;
use crate::matching::agreement::{self, ChatContent};
use crate::matching::candidates::Candidates;
use crate::matching::sequence::Key;
use crate::plan::Draft;
use crate::transform::desired::{Decision, DesiredChat, DesiredMessage};
use crate::transform::reading_evidence;
use crate::transform::split::{Context, split};

/// The one-to-one chats of a run that are ready.
pub(super) struct OpenChats {
    chats: Vec<OpenChat>,
    candidates: Candidates,
    /// Indexes in `chats` by the external ids of their messages.
    by_id: HashMap<Key, Vec<usize>>,
}

impl OpenChats {
    /// `listings` are the activities of each listed chat.
    pub(super) fn of<'l>(
        chats: &[Draft],
        listings: impl Iterator<Item = &'l Vec<&'l Listed>>,
    ) -> OpenChats {
        let mut open = OpenChats {
            chats: (chats.iter())
                .filter_map(|chat| OpenChat::of(chat))
                .collect(),
            candidates: Candidates::default(),
            by_id: HashMap::new(),
        };
        for (index, chat) in open.chats.iter().enumerate() {
            open.candidates.add(index, chat.messages.messages());
            for id in &chat.ids {
                open.by_id.entry(*id).or_default().push(index);
            }
        }
        let mut listed: HashMap<usize, HashSet<Key>> = HashMap::new();
        for activities in listings {
            let mut ids: HashMap<usize, Vec<Key>> = HashMap::new();
            for id in activities.iter().map(|activity| id_of(activity)) {
                for index in open.by_id.get(&id).into_iter().flatten() {
                    ids.entry(*index).or_default().push(id);
                }
            }
            // Rows may have exchanged their numbers: then a few equal messages have the ids of the other chat.
            ids.retain(|_, ids| ids.len() * 2 >= activities.len());
            for (index, ids) in ids {
                listed.entry(index).or_default().extend(ids);
            }
        }
        for (index, ids) in listed {
            open.chats[index].set_listed(&ids);
        }
        open
    }

    /// Their keys.
    pub(super) fn keys(&self) -> HashSet<&str> {
        self.chats.iter().map(|chat| chat.key.as_str()).collect()
    }

    /// The chats that a listed chat with these activities may be. `lead` is its lead, `pair` its key by its numbers.
    pub(super) fn claims_to(
        &self,
        activities: &[&Listed],
        (lead, pair): (&LeadId, Option<&str>),
    ) -> Claims<'_> {
        let messages = activities.iter().filter_map(|one| content_of(one));
        let record = ChatContent::new(messages.collect());
        let mut near: Vec<usize> = (activities.iter())
            .filter_map(|activity| self.by_id.get(&id_of(activity)))
            .flatten()
            .copied()
            .collect();
        self.candidates.find(record.messages(), &mut near);
        near.sort_unstable();
        near.dedup();
        let claims: Vec<Claim> = (near.into_iter())
            .filter_map(|index| {
                let chat = &self.chats[index];
                let by_id = (activities.iter())
                    .filter(|activity| chat.has_id(activity))
                    .count();
                let (agreement, shared) = chat.messages.compare(&record);
                let is_one = agreement.is_enough_alone(shared) || by_id > 0;
                is_one.then_some(Claim {
                    chat,
                    by_id,
                    shared,
                    has_numbers: pair == Some(chat.key.as_str()),
                    has_lead: chat.lead == *lead,
                })
            })
            .collect();
        Claims {
            is_named: claims.iter().any(Claim::is_named),
            claims,
            record,
        }
    }
}

/// A chat of the run in the form that Close shows of messages.
struct OpenChat {
    key: String,
    /// The lead that it goes to.
    lead: LeadId,
    ids: HashSet<Key>,
    messages: ChatContent,
    /// The external id of each of `messages`.
    ids_of_messages: Vec<Key>,
    /// Those that Close does not list under their ids, in a chat most of which has its ids; `None`: all of them.
    unlisted: Option<ChatContent>,
}

impl OpenChat {
    fn of(chat: &DesiredChat) -> Option<OpenChat> {
        let (Some(key), false, Decision::Ready(to)) = (&chat.key, chat.is_group, &chat.standing)
        else {
            return None;
        };
        let of_messages = |messages: &[DesiredMessage]| {
            let id = |message: &DesiredMessage| canonical::key(message.external_id.as_str());
            let with_id = |message| Some((id(message), content(message, content_key(message)?)));
            let (ids_of_messages, contents) = messages.iter().filter_map(with_id).unzip();
            OpenChat {
                key: key.reveal().to_owned(),
                lead: to.lead_id.clone(),
                ids: messages.iter().map(id).collect(),
                messages: ChatContent::new(contents),
                ids_of_messages,
                unlisted: None,
            }
        };
        Some(chat.messages.with(of_messages))
    }

    /// Notes the ids under which Close lists messages of the chat.
    fn set_listed(&mut self, listed: &HashSet<Key>) {
        let messages = self.messages.messages().iter().zip(&self.ids_of_messages);
        let unlisted = messages.filter(|(_, id)| !listed.contains(*id));
        let unlisted = unlisted.map(|(content, _)| *content).collect();
        self.unlisted = Some(ChatContent::new(unlisted));
    }

    /// Its messages that Close does not list under their ids.
    fn unlisted(&self) -> &ChatContent {
        self.unlisted.as_ref().unwrap_or(&self.messages)
    }

    fn has_id(&self, activity: &Listed) -> bool {
        self.ids.contains(&id_of(activity))
    }

    /// Whether one of its messages has the content of an activity at its time. With `is_strict`, one that Close lists under
    /// no id of its own, or the message with the id of the activity.
    fn contains(&self, activity: &Listed, is_strict: bool) -> bool {
        let messages = match is_strict {
            true => self.unlisted(),
            false => &self.messages,
        };
        let has_content =
            || content_of(activity).is_some_and(|content| messages.contains(&content));
        (is_strict && self.has_id(activity)) || has_content()
    }
}

/// A chat of the run that a listed chat may be.
struct Claim<'c> {
    chat: &'c OpenChat,
    /// The number of activities with the id of one of its messages.
    by_id: usize,
    /// The number of activities with the content of one of its messages.
    shared: usize,
    /// Whether the listed chat has its numbers.
    has_numbers: bool,
    /// Whether the listed chat is on its lead.
    has_lead: bool,
}

impl Claim<'_> {
    /// Whether an id or both numbers of the listed chat are its own.
    fn is_named(&self) -> bool {
        self.by_id > 0 || self.has_numbers
    }
}

/// The chats of the run that a listed chat may be.
pub(super) struct Claims<'c> {
    claims: Vec<Claim<'c>>,
    /// Whether ids or numbers name one of them.
    is_named: bool,
    record: ChatContent,
}

impl<'c> Claims<'c> {
    /// The key of the chat that it is. `owned_by` is the number of other listed chats that a chat is: of equal chats none
    /// gets all of them.
    pub(super) fn best(&self, owned_by: impl Fn(&str) -> usize) -> Option<&'c str> {
        if let [one] = &self.claims[..] {
            return Some(&one.chat.key);
        }
        let best = self.claims.iter().max_by_key(|claim| {
            let key = claim.chat.key.as_str();
            (self.rank(claim), Reverse(owned_by(key)), key)
        });
        best.map(|claim| claim.chat.key.as_str())
    }

    /// The evidence for a claim, comparable with that for the others. With ids or numbers of one chat, the content of
    /// another one counts as far as Close does not list it under the ids of that chat.
    fn rank(&self, claim: &Claim<'_>) -> impl Ord + use<> {
        let unlisted = claim.chat.unlisted().compare(&self.record).1;
        let shared = match self.is_named && !claim.is_named() {
            true => unlisted,
            false => claim.shared.max(claim.by_id),
        };
        let names = (claim.by_id, claim.has_numbers);
        (shared, names, unlisted, claim.has_lead)
    }

    /// The key of the chat other than `best` that alone contains an activity: their rows had the same numbers and lead, and
    /// each gets what it alone contains.
    pub(super) fn of_one(&self, activity: &Listed, best: &str) -> Option<&'c str> {
        if self.claims.len() < 2 {
            return None;
        }
        let mut having = (self.claims.iter().map(|claim| claim.chat))
            .filter(|chat| chat.contains(activity, self.is_named && chat.key != best));
        match (having.next(), having.next()) {
            (Some(chat), None) if chat.key != best => Some(&chat.key),
            _ => None,
        }
    }
}

fn id_of(activity: &Listed) -> Key {
    canonical::key(activity.external_id.as_str())
}

/// An activity as content with its time.
fn content_of(activity: &Listed) -> Option<agreement::Content> {
    Some(agreement::Content {
        key: activity_key(activity)?,
        at: activity.activity_at?.timestamp_millis(),
        is_incoming: activity.direction == Some(Direction::Incoming),
    })
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
