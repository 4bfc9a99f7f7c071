//! The messages of one log by customer.
//!
//! Never here: the JSON of a webhook.

use std::collections::{HashMap, HashSet, hash_map};

use super::log::{Log, Sent};
use super::people::People;
use crate::chat::{Copies, Kind, NativePlatform, Platform};
use crate::digest::Digest;
use crate::native::directory::unknown_person;
use crate::native::normalize::{ContentHash, content_hash, is_id};
use crate::native::people::{Jid, display_name, jid_kind, participants, phone_from_digits};
use crate::native::store::DELIVERED_AGAIN;
use crate::native::{IdQuality, NativeChat, NativeMessage, Store, media};

/// Platform of webhook logs.
const PLATFORM: Platform = Platform::Native(NativePlatform {
    word: "cloud",
    name: "Cloud API",
    marks_edits: true,
    splits_chats: true,
});

/// Digest of what a log contains of a message, its id excepted.
pub(super) type Content = [u8; 16];

/// A message and the platform's id or hash of its file.
struct Entry {
    message: NativeMessage,
    file: Option<String>,
}

/// The messages of one log.
pub(super) struct Chats {
    /// By customer, as [`People::key`].
    chats: HashMap<String, Vec<Entry>>,
    /// Chat and index of a message, by wamid.
    places: HashMap<String, (String, usize)>,
    /// The contents of further messages of a chat under a wamid that is in `places`.
    further: HashMap<String, HashSet<ContentHash>>,
    left_out: HashMap<&'static str, u64>,
}

impl Chats {
    /// Puts each message of a log into the chat of its customer.
    pub(super) fn new(log: Log, people: &People) -> Chats {
        let mut chats = Chats {
            chats: HashMap::new(),
            places: HashMap::new(),
            further: HashMap::new(),
            left_out: log.left_out,
        };
        for sent in log.messages {
            chats.add(sent, people);
        }
        chats
    }

    fn add(&mut self, sent: Sent, people: &People) {
        let Some(customer) = people.key(&sent.customer) else {
            return self.leave_out("without a customer");
        };
        let Sent {
            wamid,
            message: mut new,
            file,
            ..
        } = sent;
        let messages = self.chats.entry(customer.to_owned()).or_default();
        // What has no id is no copy of anything.
        if !wamid.is_empty() {
            match self.places.entry(wamid) {
                hash_map::Entry::Occupied(place) if place.get().0 == customer => {
                    let further = self.further.entry(place.key().clone()).or_default();
                    let content = content_hash(&new);
                    if further.contains(&content) {
                        return self.leave_out(DELIVERED_AGAIN);
                    }
                    let known = messages.get_mut(place.get().1);
                    if let Some(known) = known {
                        if is_again(&known.message, &new) {
                            if is_placeholder(&known.message) && !is_placeholder(&new) {
                                new.place = known.message.place;
                                *known = Entry { message: new, file };
                            }
                            return self.leave_out(DELIVERED_AGAIN);
                        }
                        known.message.shared_id.clone_from(&known.message.id);
                    }
                    further.insert(content);
                    new.shared_id = new.id.take();
                    new.aliases.clear();
                }
                hash_map::Entry::Occupied(_) => {}
                hash_map::Entry::Vacant(place) => {
                    place.insert((customer.to_owned(), messages.len()));
                }
            }
        }
        messages.push(Entry { message: new, file });
    }

    /// Counts what is left out.
    pub(super) fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }

    /// The wamids of its messages.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.places.keys()
    }

    /// The message with this wamid.
    pub(super) fn find(&mut self, wamid: &str) -> Option<&mut NativeMessage> {
        let (chat, place) = self.places.get(wamid)?;
        Some(&mut self.chats.get_mut(chat)?.get_mut(*place)?.message)
    }

    /// The number of its messages.
    pub(super) fn len(&self) -> usize {
        self.chats.values().map(Vec::len).sum()
    }

    /// The native id of each message; empty for those without one.
    pub(super) fn ids_of_messages(&self) -> impl Iterator<Item = &str> {
        let entries = self.chats.values().flatten();
        entries.map(Entry::id)
    }

    /// Customer, index, content and native id of each message.
    pub(super) fn contents(&self) -> impl Iterator<Item = (&str, usize, Content, &str)> {
        self.chats.iter().flat_map(|(customer, entries)| {
            entries.iter().enumerate().map(move |(index, entry)| {
                (
                    customer.as_str(),
                    index,
                    entry.content(customer),
                    entry.id(),
                )
            })
        })
    }

    /// Notes the copies that other logs have of a message.
    pub(super) fn note_copies(&mut self, customer: &str, index: usize, copies: Copies) {
        let entry = (self.chats.get_mut(customer)).and_then(|entries| entries.get_mut(index));
        if let Some(entry) = entry {
            entry.message.copies = copies;
        }
    }

    /// The content of the log; `names` are those of customers.
    pub(super) fn store(self, names: &HashMap<String, String>) -> Store {
        let mut chats: Vec<NativeChat> = (self.chats.into_iter())
            .map(|(customer, messages)| {
                let phone = phone_from_digits(&customer);
                let name = names.get(&customer).map(String::as_str);
                let title = match (name, jid_kind(&customer)) {
                    (None, Jid::Hidden) => unknown_person(&customer),
                    _ => display_name(name, phone.as_deref(), &customer),
                };
                // Not collected in place: a log may be split into thousands of files, and each list would keep
                // the memory for four entries of one message, 1 kB.
                let mut own = Vec::with_capacity(messages.len());
                own.extend(messages.into_iter().map(|entry| entry.message));
                NativeChat {
                    participants: participants(&title, phone.as_deref(), false),
                    jid: customer,
                    title,
                    phone,
                    group: false,
                    messages: own,
                    quality: IdQuality::Native,
                    platform: PLATFORM,
                }
            })
            .collect();
        chats.sort_by(|a, b| a.jid.cmp(&b.jid));
        Store::new(chats, self.left_out, media::Media::default())
    }
}

impl Entry {
    /// Its native id; empty if it has none that can be used.
    fn id(&self) -> &str {
        let id = self.message.id.as_deref();
        id.filter(|id| is_id(id)).unwrap_or_default()
    }

    fn content(&self, customer: &str) -> Content {
        let message = &self.message;
        let mut digest = Digest::default();
        digest.add(customer);
        digest.number(message.sender.map_or(-1, i64::from));
        digest.number(message.at.timestamp_millis());
        digest.add(message.kind.word());
        digest.add(&message.text);
        digest.add(self.file.as_deref().unwrap_or_default());
        let mut content = Content::default();
        content.copy_from_slice(&digest.finish()[..16]);
        content
    }
}

/// Whether a message is a known one delivered again, perhaps with the content that was missing.
fn is_again(known: &NativeMessage, new: &NativeMessage) -> bool {
    let is_same = known.kind == new.kind && known.text == new.text;
    known.sender == new.sender && (is_same || is_placeholder(known) || is_placeholder(new))
}

/// Whether a message stands for content that another webhook may have.
fn is_placeholder(message: &NativeMessage) -> bool {
    matches!(message.kind, Kind::MediaOmitted | Kind::Unsupported) && message.text.is_empty()
}
