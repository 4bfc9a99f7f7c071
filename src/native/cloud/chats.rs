//! The messages of one log by customer.
//!
//! Never here: the JSON of a webhook.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::log::{Log, Sent};
use super::people::People;
use crate::chat::{Kind, NativePlatform, Platform};
use crate::native::directory::unknown_person;
use crate::native::people::{Jid, display_name, jid_kind, participants, phone_from_digits};
use crate::native::{IdQuality, NativeChat, NativeMessage, Store, media};

/// Platform of webhook logs.
const PLATFORM: Platform = Platform::Native(NativePlatform {
    word: "cloud",
    name: "Cloud API",
    marks_edits: true,
    splits_chats: true,
});

/// The messages of one log.
pub(super) struct Chats {
    /// By customer, as [`People::key`].
    chats: HashMap<String, Vec<NativeMessage>>,
    /// Chat and index of a message, by wamid.
    places: HashMap<String, (String, usize)>,
    left_out: HashMap<&'static str, u64>,
}

impl Chats {
    /// Puts each message of a log into the chat of its customer.
    pub(super) fn new(log: Log, people: &People) -> Chats {
        let mut chats = Chats {
            chats: HashMap::new(),
            places: HashMap::new(),
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
            ..
        } = sent;
        let messages = self.chats.entry(customer.to_owned()).or_default();
        // What has no id is no copy of anything.
        if !wamid.is_empty() {
            match self.places.entry(wamid) {
                Entry::Occupied(place) if place.get().0 == customer => {
                    let known = messages.get_mut(place.get().1);
                    if let Some(known) = known.filter(|known| is_again(known, &new)) {
                        if is_placeholder(known) && !is_placeholder(&new) {
                            new.place = known.place;
                            *known = new;
                        }
                        return self.leave_out("delivered again");
                    }
                    new.id = None;
                    new.aliases.clear();
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(place) => {
                    place.insert((customer.to_owned(), messages.len()));
                }
            }
        }
        messages.push(new);
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
        self.chats.get_mut(chat)?.get_mut(*place)
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
                NativeChat {
                    participants: participants(&title, phone.as_deref(), false),
                    jid: customer,
                    title,
                    phone,
                    group: false,
                    messages,
                    quality: IdQuality::Native,
                    platform: PLATFORM,
                }
            })
            .collect();
        chats.sort_by(|a, b| a.jid.cmp(&b.jid));
        Store::new(chats, self.left_out, media::Media::default())
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
