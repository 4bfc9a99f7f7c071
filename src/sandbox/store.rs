//! All contents of the sandbox, in memory, with the indexes that keep 200,000 messages fast.
//!
//! One lock guards it (see [`super::server::Shared::store`]); nothing here waits, responds or knows HTTP.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value};

use crate::clock::SharedClock;

use super::event_log::Event;
use super::ids::{self, Ids};
use super::options::Options;
use super::phones::{self, Phone};
use super::replant;
use super::request_log::RequestLog;
use super::seed::{Seed, SeedUser};
use super::table::Table;
use super::uploads::Files;
use super::walk::Walk;

/// The state of one sandbox.
pub(super) struct Store {
    pub(super) organization_id: String,
    pub(super) organization_name: String,
    /// Id of the key's user.
    pub(super) me: String,
    pub(super) started: DateTime<Utc>,
    pub(super) users: Table<SeedUser>,
    /// Ids of the users who left.
    pub(super) inactive: HashSet<String>,
    pub(super) leads: Table<Lead>,
    pub(super) contacts: Table<Contact>,
    pub(super) messages: Messages,
    pub(super) merges: Vec<Merge>,
    pub(super) lead_items: Vec<LeadItem>,
    pub(super) files: Files,
    pub(super) events: Vec<Event>,
    pub(super) requests: RequestLog,
    /// Cursors of `/data/search/`.
    pub(super) cursors: HashMap<String, Walk>,
    pub(super) ids: Ids,
    /// [`Options::discard`].
    pub(super) discards: bool,
    /// See [`super::Options::events_name_deleted`].
    pub(super) names_deleted: bool,
    clock: SharedClock,
    last_date: DateTime<Utc>,
}

/// A lead.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: usize,
    pub(super) description: String,
    pub(super) url: Option<String>,
    pub(super) addresses: Value,
    pub(super) custom: Map<String, Value>,
    pub(super) made: Made,
}

/// A contact.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) lead_id: String,
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) phones: Vec<(Phone, String)>,
    pub(super) emails: Vec<Value>,
    pub(super) urls: Vec<Value>,
    pub(super) timezone: Option<String>,
    pub(super) custom: Map<String, Value>,
    pub(super) made: Made,
}

/// A completed merge of two leads.
#[derive(Debug, Clone)]
pub(super) struct Merge {
    pub(super) id: String,
    pub(super) source_id: String,
    pub(super) source_name: String,
    pub(super) destination_id: String,
    pub(super) created: DateTime<Utc>,
}

/// The kind of a [`LeadItem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Opportunity,
    Task,
}

/// An opportunity or task; only its lead is kept.
#[derive(Debug)]
pub(super) struct LeadItem {
    pub(super) kind: Item,
    pub(super) id: String,
    pub(super) lead_id: String,
}

impl LeadItem {
    /// Whether it is on this lead.
    pub(super) fn is_on(&self, lead_id: &str) -> bool {
        self.lead_id == lead_id
    }
}

/// When an object was created and changed, and by which user.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) created: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    pub(super) created_by: Option<String>,
    pub(super) updated_by: Option<String>,
    /// The clock's `elapsed` at creation; `None` for the seed, which existed before.
    pub(super) at: Option<Duration>,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) lead_id: String,
    pub(super) contact_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) direction: Direction,
    pub(super) activity_at: DateTime<Utc>,
    pub(super) external_id: String,
    pub(super) local: Phone,
    pub(super) remote: Phone,
    pub(super) markdown: String,
    pub(super) attachments: Vec<Attached>,
    pub(super) integration_link: Option<String>,
    pub(super) integration_name: &'static str,
    pub(super) response_to_id: Option<String>,
    /// Whether it was created with `send_to_inbox=true` and is incoming (assumption A47).
    pub(super) inbox: bool,
    pub(super) made: Made,
}

impl Message {
    /// Drops what [`Options::discard`] forgets.
    pub(super) fn discard(&mut self) {
        self.markdown = String::new();
        self.integration_link = None;
    }
}

/// The direction of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Incoming,
    Outgoing,
}

impl Direction {
    pub(super) fn word(self) -> &'static str {
        match self {
            Direction::Incoming => "incoming",
            Direction::Outgoing => "outgoing",
        }
    }
}

/// A file on a message.
#[derive(Debug, Clone)]
pub(super) struct Attached {
    /// The persisted address.
    pub(super) url: String,
    pub(super) filename: String,
    pub(super) content_type: String,
    /// Index in [`Files`].
    pub(super) file: usize,
}

/// The messages with their indexes.
#[derive(Debug)]
pub(super) struct Messages {
    table: Table<Message>,
    by_lead: HashMap<String, BTreeSet<usize>>,
    by_external: HashMap<String, BTreeSet<usize>>,
}

impl Messages {
    fn new() -> Self {
        Messages {
            table: Table::new(),
            by_lead: HashMap::new(),
            by_external: HashMap::new(),
        }
    }

    pub(super) fn insert(&mut self, message: Message) {
        let (lead, external) = (message.lead_id.clone(), message.external_id.clone());
        let index = self.table.insert(message.id.clone(), message);
        self.by_lead.entry(lead).or_default().insert(index);
        self.by_external.entry(external).or_default().insert(index);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Message> {
        let (index, message) = self.table.remove(id)?;
        remove_index(&mut self.by_lead, &message.lead_id, index);
        remove_index(&mut self.by_external, &message.external_id, index);
        Some(message)
    }

    /// Removes every message of a lead.
    pub(super) fn remove_of_lead(&mut self, lead_id: &str) -> Vec<Message> {
        let ids: Vec<String> = self
            .of_lead(lead_id)
            .map(|message| message.id.clone())
            .collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Moves every message of one lead to another and returns their ids.
    pub(super) fn move_lead(&mut self, from: &str, to: &str) -> Vec<String> {
        let indexes = self.by_lead.remove(from).unwrap_or_default();
        let mut moved = Vec::with_capacity(indexes.len());
        for index in &indexes {
            if let Some(message) = self.table.at_mut(*index) {
                to.clone_into(&mut message.lead_id);
                moved.push(message.id.clone());
            }
        }
        self.by_lead
            .entry(to.to_owned())
            .or_default()
            .extend(indexes);
        moved
    }

    /// Removes a deleted contact from its messages.
    pub(super) fn clear_contact(&mut self, contact_id: &str) {
        for message in self.table.iter_mut() {
            if message.contact_id.as_deref() == Some(contact_id) {
                message.contact_id = None;
            }
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Message> {
        self.table.get(id)
    }

    /// For changes that touch neither lead nor external id, which cannot be updated.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.table.get_mut(id)
    }

    pub(super) fn at(&self, index: usize) -> Option<&Message> {
        self.table.at(index)
    }

    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.table.index(id)
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// All messages, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.table.iter()
    }

    pub(super) fn indexes(&self) -> std::ops::Range<usize> {
        self.table.indexes()
    }

    pub(super) fn indexes_of_lead(&self, lead_id: &str) -> Option<&BTreeSet<usize>> {
        self.by_lead.get(lead_id)
    }

    pub(super) fn indexes_of_external(&self, external_id: &str) -> Option<&BTreeSet<usize>> {
        self.by_external.get(external_id)
    }

    pub(super) fn of_lead(&self, lead_id: &str) -> impl Iterator<Item = &Message> {
        self.by_lead
            .get(lead_id)
            .into_iter()
            .flatten()
            .filter_map(|index| self.table.at(*index))
    }

    pub(super) fn of_external(&self, external_id: &str) -> impl Iterator<Item = &Message> {
        self.by_external
            .get(external_id)
            .into_iter()
            .flatten()
            .filter_map(|index| self.table.at(*index))
    }

    /// The number of surplus messages: for every (external id, lead), all but one.
    pub(super) fn duplicates(&self) -> usize {
        let mut seen = std::collections::HashSet::new();
        self.table
            .iter()
            .filter(|message| !seen.insert((&message.external_id, &message.lead_id)))
            .count()
    }
}

fn remove_index(map: &mut HashMap<String, BTreeSet<usize>>, key: &str, index: usize) {
    if let Some(indexes) = map.get_mut(key) {
        indexes.remove(&index);
        if indexes.is_empty() {
            map.remove(key);
        }
    }
}

impl Store {
    /// An organisation with the contents of the seed.
    pub(super) fn new(options: &Options, seed: Seed) -> Result<Store, String> {
        let now = options.clock.now().trunc_subsecs(6);
        let mut store = Store {
            organization_id: options.organization_id.clone(),
            organization_name: options.organization_name.clone(),
            me: options.user.id.clone(),
            started: now,
            users: Table::new(),
            inactive: HashSet::new(),
            leads: Table::new(),
            contacts: Table::new(),
            messages: Messages::new(),
            merges: Vec::new(),
            lead_items: Vec::new(),
            files: Files::default(),
            events: Vec::new(),
            requests: RequestLog::new(options.discard),
            cursors: HashMap::new(),
            ids: Ids::new(now.timestamp_micros()),
            discards: options.discard,
            names_deleted: options.events_name_deleted,
            clock: std::sync::Arc::clone(&options.clock),
            last_date: now,
        };
        store
            .users
            .insert(options.user.id.clone(), options.user.clone());
        store.plant(seed)?;
        Ok(store)
    }

    fn plant(&mut self, seed: Seed) -> Result<(), String> {
        for user in seed.users {
            if let Some(known) = self.users.get_mut(&user.id) {
                known.phones.extend(user.phones);
            } else {
                self.users.insert(user.id.clone(), user);
            }
        }
        for lead in seed.leads {
            if self.leads.contains(&lead.id) {
                return Err(format!("lead {} stands twice in the seed", lead.id));
            }
            let made = Made {
                at: None,
                ..self.made()
            };
            self.leads
                .insert(lead.id.clone(), Lead::new(lead.id, lead.name, made));
        }
        for contact in seed.contacts {
            if self.contacts.contains(&contact.id) {
                return Err(format!("contact {} stands twice in the seed", contact.id));
            }
            if !self.leads.contains(&contact.lead_id) {
                return Err(format!(
                    "contact {} is on an unknown lead {}",
                    contact.id, contact.lead_id
                ));
            }
            let phones = contact.phones.iter().map(|text| {
                let phone = phones::of_contact(text)
                    .ok_or_else(|| format!("contact {} has an impossible number", contact.id));
                phone.map(|phone| (phone, "mobile".to_owned()))
            });
            let phones = phones.collect::<Result<Vec<_>, String>>()?;
            let made = Made {
                at: None,
                ..self.made()
            };
            let row = Contact {
                phones,
                ..Contact::new(
                    contact.id.clone(),
                    contact.lead_id,
                    Some(contact.name),
                    made,
                )
            };
            self.contacts.insert(contact.id, row);
        }
        for message in seed.messages {
            let message = replant::message(self, message)?;
            self.messages.insert(message);
        }
        Ok(())
    }

    /// A date for a new object: now, and later than every date before, so that the order is total.
    pub(super) fn next_date(&mut self) -> DateTime<Utc> {
        let next = self.last_date + chrono::TimeDelta::microseconds(1);
        self.last_date = self.clock.now().trunc_subsecs(6).max(next);
        self.last_date
    }

    /// The metadata of an object that the key's user creates now.
    pub(super) fn made(&mut self) -> Made {
        let now = self.next_date();
        Made {
            created: now,
            updated: now,
            created_by: Some(self.me.clone()),
            updated_by: Some(self.me.clone()),
            at: Some(self.elapsed()),
        }
    }

    /// The clock's `elapsed`.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Whether an object is old enough to be listed.
    pub(super) fn is_listed(&self, made: &Made, lag: Duration) -> bool {
        lag.is_zero()
            || made
                .at
                .is_none_or(|at| self.elapsed() >= at.saturating_add(lag))
    }

    /// First and last name, as `user_name` and `created_by_name` have it.
    pub(super) fn user_name(&self, id: Option<&str>) -> Option<String> {
        Some(self.users.get(id?)?.name())
    }

    /// The contacts of a lead, oldest first.
    pub(super) fn contacts_of<'s>(&'s self, lead_id: &'s str) -> impl Iterator<Item = &'s Contact> {
        self.contacts
            .iter()
            .filter(move |contact| contact.lead_id == lead_id)
    }

    /// Records that an object was changed now.
    pub(super) fn touched(&mut self, made: &mut Made) {
        made.updated = self.next_date();
        made.updated_by = Some(self.me.clone());
    }
}

/// The lead statuses of the organisation.
pub(super) const STATUSES: [&str; 4] = ["Potential", "Qualified", "Customer", "Bad Fit"];

/// The id of a lead status.
pub(super) fn status_id(status: usize) -> String {
    ids::fixed("stat", STATUSES.get(status).copied().unwrap_or_default())
}

impl Lead {
    pub(super) fn new(id: String, name: String, made: Made) -> Lead {
        Lead {
            id,
            name,
            status: 0,
            description: String::new(),
            url: None,
            addresses: Value::Array(Vec::new()),
            custom: Map::new(),
            made,
        }
    }
}

impl Contact {
    pub(super) fn new(id: String, lead_id: String, name: Option<String>, made: Made) -> Contact {
        Contact {
            id,
            lead_id,
            name,
            title: None,
            phones: Vec::new(),
            emails: Vec::new(),
            urls: Vec::new(),
            timezone: None,
            custom: Map::new(),
            made,
        }
    }
}
