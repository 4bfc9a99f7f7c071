//! Which chat of a run each recorded message of a contact belongs to.
//!
//! Belongs here: a contact with several numbers, each with a row and a conversation of its own on
//! one device, whose rows got other numbers since. What is recorded under a number is then not
//! always of the chat that has the number. Never here: which message is which
//! ([`crate::matching`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::checkpoint::fingerprint::{handle, keyed};
use crate::checkpoint::{self, ChatId, Hash, HashKey, MessageRow, Snapshot};
use crate::matching::tolerance::NEAR;
use crate::plan::files_text;
use crate::transform::desired::{DesiredChat, DesiredMessage, Standing};

/// The claims of the chats of a run.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The handle of the chat of each recorded message, by the number of its row.
    of_row: HashMap<i64, Hash>,
    /// The recorded chats that were looked at.
    shared: HashSet<ChatId>,
}

impl Claims {
    /// Finds the chats of each contact that has several on one device, and what is recorded of
    /// them.
    ///
    /// # Errors
    ///
    /// An unreadable checkpoint.
    pub(super) fn of(
        snapshot: &Snapshot,
        chats: &[DesiredChat],
    ) -> Result<Claims, checkpoint::Error> {
        let mut of_contact: BTreeMap<(&str, &str), Vec<&DesiredChat>> = BTreeMap::new();
        for chat in chats
            .iter()
            .filter(|chat| !chat.is_group && chat.key.is_some())
        {
            if let Standing::Ready(to) = &chat.standing {
                let contact = (chat.device.as_str(), to.contact_id.as_str());
                of_contact.entry(contact).or_default().push(chat);
            }
        }
        let key = snapshot.key();
        let mut claims = Claims::default();
        for ((_, contact), chats) in of_contact.into_iter().filter(|(_, chats)| chats.len() > 1) {
            let claimants: Vec<Claimant> = (chats.iter())
                .filter_map(|chat| Claimant::of(&key, chat))
                .collect();
            let of_colleagues: HashSet<Hash> = (chats.iter())
                .flat_map(|chat| &chat.of_colleagues)
                .map(|chat| handle(&key, chat.reveal()))
                .collect();
            for row in snapshot.chats_by_contact(contact)? {
                let is_own = claimants.iter().any(|claimant| claimant.handle == row.chat);
                if row.pairs.is_empty() || (of_colleagues.contains(&row.chat) && !is_own) {
                    continue;
                }
                claims.shared.insert(row.id);
                claims.divide(&claimants, &snapshot.messages_of(row.id)?);
            }
        }
        Ok(claims)
    }

    /// Gives each message to the chat that has it. Where several have it, or none, it goes to the
    /// chat that has most of the others.
    fn divide(&mut self, claimants: &[Claimant], rows: &[MessageRow]) {
        let mut counts = vec![0usize; claimants.len()];
        let mut rest = Vec::new();
        for row in rows {
            let mut having = (claimants.iter().enumerate()).filter(|(_, chat)| chat.has(row));
            match (having.next(), having.next()) {
                (Some((place, chat)), None) => {
                    counts[place] += 1;
                    self.of_row.insert(row.id, chat.handle);
                }
                _ => rest.push(row.id),
            }
        }
        let most = counts.iter().copied().max().unwrap_or_default();
        let mut first = counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count == most);
        if let (true, Some((place, _)), None) = (most > 0, first.next(), first.next()) {
            let handle = claimants[place].handle;
            self.of_row.extend(rest.into_iter().map(|id| (id, handle)));
        }
    }

    /// The handle of the chat that a recorded message belongs to, where that is known.
    pub(super) fn chat_of(&self, row: &MessageRow) -> Option<&Hash> {
        self.of_row.get(&row.id)
    }

    /// True for a recorded chat whose messages may be those of another chat of the run.
    pub(super) fn is_shared(&self, chat: ChatId) -> bool {
        self.shared.contains(&chat)
    }
}

/// A chat, with the times of each of its contents.
struct Claimant {
    handle: Hash,
    contents: HashMap<Hash, Vec<i64>>,
}

impl Claimant {
    fn of(key: &HashKey, chat: &DesiredChat) -> Option<Claimant> {
        let own = chat.key.as_ref()?;
        let mut contents: HashMap<Hash, Vec<i64>> = HashMap::new();
        for message in &chat.messages {
            let at = message.activity_at.timestamp_millis();
            contents.entry(content(key, message)).or_default().push(at);
        }
        Some(Claimant {
            handle: handle(key, own.reveal()),
            contents,
        })
    }

    fn has(&self, row: &MessageRow) -> bool {
        let hash = match row.media_hash {
            Some(files) if row.media_count > 0 => files,
            _ => row.body_hash,
        };
        let times = self.contents.get(&hash).map_or(&[][..], Vec::as_slice);
        times.iter().any(|at| (at - row.activity_at).abs() <= NEAR)
    }
}

fn content(key: &HashKey, message: &DesiredMessage) -> Hash {
    match message.files.is_empty() {
        false => keyed(key, "media", &files_text(&message.files)),
        true => keyed(key, "body", message.said(message.markdown.reveal())),
    }
}
