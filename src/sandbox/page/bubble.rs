//! One message on the page of its lead.

use std::collections::HashMap;

use super::super::store::{Direction, Message, Store};
use super::image;
use crate::quantity::bytes;

/// The characters of a message that a reply to it quotes.
const WORDS: usize = 120;

pub(super) struct Bubble<'s> {
    pub(super) id: &'s str,
    pub(super) url: String,
    pub(super) outgoing: bool,
    pub(super) direction: &'static str,
    pub(super) sender: String,
    /// The name of the user who owns it.
    pub(super) user: Option<String>,
    /// RFC 3339.
    pub(super) instant: String,
    pub(super) time: String,
    pub(super) duplicate_of: Option<Original<'s>>,
    pub(super) reply: Option<Reply>,
    pub(super) images: Vec<Image<'s>>,
    pub(super) files: Vec<File<'s>>,
    pub(super) text: &'s str,
    /// Whether the sandbox does not keep texts.
    pub(super) is_forgotten: bool,
    pub(super) inbox: bool,
    pub(super) external_id: &'s str,
    pub(super) link: Option<&'s str>,
}

/// The first message with the external id of a duplicate.
pub(super) struct Original<'s> {
    pub(super) id: &'s str,
    pub(super) url: String,
}

/// What a message replies to.
pub(super) struct Reply {
    pub(super) sender: String,
    pub(super) words: String,
    /// `None` if it is no longer there.
    pub(super) url: Option<String>,
}

pub(super) struct Image<'s> {
    pub(super) name: &'s str,
    pub(super) url: String,
}

pub(super) struct File<'s> {
    pub(super) name: &'s str,
    pub(super) size: String,
}

/// The first message of a lead with each external id.
pub(super) struct Originals<'s> {
    first: HashMap<&'s str, &'s str>,
    surplus: u64,
}

impl<'s> Originals<'s> {
    /// Of the messages of a lead, in order of creation.
    pub(super) fn of(messages: impl Iterator<Item = &'s Message>) -> Originals<'s> {
        let mut originals = Originals {
            first: HashMap::new(),
            surplus: 0,
        };
        for message in messages {
            let first = originals.first.entry(&message.external_id);
            if *first.or_insert(&message.id) != message.id {
                originals.surplus += 1;
            }
        }
        originals
    }

    /// The number of messages whose external id an earlier one has.
    pub(super) fn surplus(&self) -> u64 {
        self.surplus
    }

    fn of_duplicate(&self, message: &Message) -> Option<Original<'s>> {
        let first = *self.first.get(message.external_id.as_str())?;
        (first != message.id).then(|| Original {
            id: first,
            url: url(first),
        })
    }
}

impl<'s> Bubble<'s> {
    pub(super) fn of(
        store: &'s Store,
        message: &'s Message,
        originals: &Originals<'s>,
    ) -> Bubble<'s> {
        let (mut images, mut files) = (Vec::new(), Vec::new());
        for (index, attached) in message.attachments.iter().enumerate() {
            let upload = store
                .files
                .get(attached.file)
                .and_then(|file| file.upload.as_ref());
            if image::of(store, attached).is_some() {
                images.push(Image {
                    name: &attached.filename,
                    url: format!("/_sandbox/file/{}/{index}", message.id),
                });
            }
            files.push(File {
                name: &attached.filename,
                size: upload.map_or_else(|| "not kept".to_owned(), |upload| bytes(upload.size)),
            });
        }
        Bubble {
            id: &message.id,
            url: url(&message.id),
            outgoing: message.direction == Direction::Outgoing,
            direction: message.direction.word(),
            sender: sender(store, message),
            user: store.user_name(message.user_id.as_deref()),
            instant: message.activity_at.to_rfc3339(),
            time: message.activity_at.format("%H:%M").to_string(),
            duplicate_of: originals.of_duplicate(message),
            reply: message.response_to_id.as_deref().map(|id| reply(store, id)),
            images,
            files,
            text: &message.markdown,
            is_forgotten: store.discards,
            inbox: message.inbox,
            external_id: &message.external_id,
            link: message.integration_link.as_deref(),
        }
    }
}

fn reply(store: &Store, id: &str) -> Reply {
    match store.messages.get(id) {
        Some(target) => Reply {
            sender: sender(store, target),
            words: words(target),
            url: Some(url(id)),
        },
        None => Reply {
            sender: "A message that is no longer there".to_owned(),
            words: id.to_owned(),
            url: None,
        },
    }
}

/// Text of a message as a reply to it quotes it: its beginning, else the name of its first file.
fn words(message: &Message) -> String {
    let text = message.markdown.trim();
    let file = message.attachments.first();
    let file = file.map(|file| file.filename.as_str());
    let whole = match (text, file) {
        ("", Some(file)) => file,
        (text, _) => text,
    };
    let mut characters = whole.chars();
    let mut words: String = characters.by_ref().take(WORDS).collect();
    if characters.next().is_some() {
        words.push('…');
    }
    words
}

/// The user of an outgoing message, the contact of an incoming one; their number without a name.
fn sender(store: &Store, message: &Message) -> String {
    let (name, number) = match message.direction {
        Direction::Outgoing => (store.user_name(message.user_id.as_deref()), &message.local),
        Direction::Incoming => {
            let contact = message.contact_id.as_deref();
            let contact = contact.and_then(|id| store.contacts.get(id));
            (
                contact.and_then(|contact| contact.name.clone()),
                &message.remote,
            )
        }
    };
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| number.e164.clone())
}

/// The address that leads to a message, whatever page it is on.
fn url(id: &str) -> String {
    format!("/_sandbox/message/{id}")
}
