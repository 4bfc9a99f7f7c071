//! Everything that the sandbox holds, in memory, with the indexes that keep 200,000 messages quick.
//!
//! One lock guards it all (see [`super::server::Shared::store`]); nothing here waits, answers or
//! knows HTTP.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value};

use crate::clock::SharedClock;

use super::events::Event;
use super::files::Files;
use super::ids::{self, Ids};
use super::inspect::RequestLine;
use super::options::Options;
use super::phones::{self, Phone};
use super::replant;
use super::seed::{Seed, SeedUser};
use super::table::Table;

/// The state of one sandbox.
pub(super) struct Store {
    pub(super) organization_id: String,
    pub(super) organization_name: String,
    /// The user of the key.
    pub(super) me: String,
    pub(super) started: DateTime<Utc>,
    pub(super) users: Table<SeedUser>,
    /// Those of the users who left.
    pub(super) inactive: HashSet<String>,
    pub(super) leads: Table<Lead>,
    pub(super) contacts: Table<Contact>,
    pub(super) messages: Messages,
    pub(super) merges: Vec<Merge>,
    pub(super) files: Files,
    pub(super) events: Vec<Event>,
    pub(super) requests: Vec<RequestLine>,
    /// Open walks of `/data/search/`.
    pub(super) cursors: HashMap<String, super::search::Walk>,
    pub(super) ids: Ids,
    clock: SharedClock,
    last_stamp: DateTime<Utc>,
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

/// A merge of two leads that took place.
#[derive(Debug, Clone)]
pub(super) struct Merge {
    pub(super) id: String,
    pub(super) source_id: String,
    pub(super) source_name: String,
    pub(super) destination_id: String,
    pub(super) created: DateTime<Utc>,
}

/// When and by whom something was created and changed.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) created: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    pub(super) created_by: Option<String>,
    pub(super) updated_by: Option<String>,
    /// The clock's `elapsed` at creation; `None` for the seed, which was always there.
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
    /// True when it was created with `send_to_inbox=true` and came in. A47, A59.
    pub(super) inbox: bool,
    pub(super) made: Made,
}

/// Which way a message went.
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
    /// Position in [`Files`].
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
        let place = self.table.insert(message.id.clone(), message);
        self.by_lead.entry(lead).or_default().insert(place);
        self.by_external.entry(external).or_default().insert(place);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Message> {
        let (place, message) = self.table.remove(id)?;
        drop_place(&mut self.by_lead, &message.lead_id, place);
        drop_place(&mut self.by_external, &message.external_id, place);
        Some(message)
    }

    /// Takes out every message of a lead. A48 (close-api.md section 8).
    pub(super) fn remove_of_lead(&mut self, lead_id: &str) -> Vec<Message> {
        let ids: Vec<String> = self
            .of_lead(lead_id)
            .map(|message| message.id.clone())
            .collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Moves every message of one lead to another and gives their ids.
    pub(super) fn move_lead(&mut self, from: &str, to: &str) -> Vec<String> {
        let places = self.by_lead.remove(from).unwrap_or_default();
        let mut moved = Vec::with_capacity(places.len());
        for place in &places {
            if let Some(message) = self.table.at_mut(*place) {
                to.clone_into(&mut message.lead_id);
                moved.push(message.id.clone());
            }
        }
        self.by_lead
            .entry(to.to_owned())
            .or_default()
            .extend(places);
        moved
    }

    /// Takes a deleted contact off its messages. A49 (close-api.md section 8).
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

    /// For changes that touch neither lead nor external id, which are fixed (section 1.6).
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.table.get_mut(id)
    }

    pub(super) fn at(&self, place: usize) -> Option<&Message> {
        self.table.at(place)
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.table.place(id)
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// All messages, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.table.iter()
    }

    pub(super) fn places(&self) -> std::ops::Range<usize> {
        self.table.places()
    }

    pub(super) fn places_of_lead(&self, lead_id: &str) -> Option<&BTreeSet<usize>> {
        self.by_lead.get(lead_id)
    }

    pub(super) fn places_of_external(&self, external_id: &str) -> Option<&BTreeSet<usize>> {
        self.by_external.get(external_id)
    }

    pub(super) fn of_lead(&self, lead_id: &str) -> impl Iterator<Item = &Message> {
        self.by_lead
            .get(lead_id)
            .into_iter()
            .flatten()
            .filter_map(|place| self.table.at(*place))
    }

    pub(super) fn of_external(&self, external_id: &str) -> impl Iterator<Item = &Message> {
        self.by_external
            .get(external_id)
            .into_iter()
            .flatten()
            .filter_map(|place| self.table.at(*place))
    }

    /// How many messages too many there are: for every (external id, lead), all but one.
    pub(super) fn duplicates(&self) -> usize {
        let mut seen = std::collections::HashSet::new();
        self.table
            .iter()
            .filter(|message| !seen.insert((&message.external_id, &message.lead_id)))
            .count()
    }
}

fn drop_place(index: &mut HashMap<String, BTreeSet<usize>>, key: &str, place: usize) {
    if let Some(places) = index.get_mut(key) {
        places.remove(&place);
        if places.is_empty() {
            index.remove(key);
        }
    }
}

impl Store {
    /// An organisation with the seed in it.
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
            files: Files::default(),
            events: Vec::new(),
            requests: Vec::new(),
            cursors: HashMap::new(),
            ids: Ids::new(now.timestamp_micros()),
            clock: std::sync::Arc::clone(&options.clock),
            last_stamp: now,
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

    /// A date for something new: now, and later than every date before, so that order is total.
    pub(super) fn stamp(&mut self) -> DateTime<Utc> {
        let next = self.last_stamp + chrono::TimeDelta::microseconds(1);
        self.last_stamp = self.clock.now().trunc_subsecs(6).max(next);
        self.last_stamp
    }

    /// The marks of something that the key's user makes now.
    pub(super) fn made(&mut self) -> Made {
        let now = self.stamp();
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

    /// True when something is old enough to be found. A42 (close-api.md section 8).
    pub(super) fn is_listed(&self, made: &Made, lag: Duration) -> bool {
        lag.is_zero()
            || made
                .at
                .is_none_or(|at| self.elapsed() >= at.saturating_add(lag))
    }

    /// First and last name, as `user_name` and `created_by_name` have it.
    pub(super) fn user_name(&self, id: Option<&str>) -> Option<String> {
        let user = self.users.get(id?)?;
        Some(format!("{} {}", user.first_name, user.last_name))
    }

    /// The contacts of a lead, oldest first.
    pub(super) fn contacts_of<'s>(&'s self, lead_id: &'s str) -> impl Iterator<Item = &'s Contact> {
        self.contacts
            .iter()
            .filter(move |contact| contact.lead_id == lead_id)
    }

    /// Notes that something was changed now.
    pub(super) fn touched(&mut self, made: &mut Made) {
        made.updated = self.stamp();
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
