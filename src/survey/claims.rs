//! Recorded messages and chats of the run where a key does not decide which belongs to which.
//!
//! This concerns contacts with several numbers, each with a row and a conversation of its own on one
//! device, whose rows got other numbers; the owners that one phone had one after the other, whose date was
//! corrected; and chats whose corrected rows are linked with their records by evidence only
//! ([`super::links`]). Never here: the evidence for one message ([`super::division`]), and pairing of messages
//! ([`crate::matching`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::division::{Claimant, Division};
use super::exchanged;
use super::links::{self, Link};
use super::unfinished::OpenOperations;
use crate::checkpoint::fingerprint::handle;
use crate::checkpoint::{self, ChatId, ChatRow, Hash, HashKey, MessageRow, ReadStore};
use crate::ids::{ActivityId, ContactId, LeadId};
use crate::plan::Draft;
use crate::transform::desired::{Content, Decision, DesiredChat};

/// The claims of the chats of a run.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The handle of the chat of each recorded message, by row number.
    of_row: HashMap<i64, Hash>,
    /// The recorded chats that were considered.
    shared: HashSet<ChatId>,
    /// The chats that each of them was compared with, by handle.
    compared: HashSet<(ChatId, Hash)>,
    /// The recorded chats that evidence links with a chat, by the chat's handle.
    linked: HashMap<Hash, Vec<ChatRow>>,
}

/// A recorded chat, and the indexes of the chats that may have messages of it.
type Shared = BTreeMap<i64, (ChatRow, Vec<usize>)>;

impl Claims {
    /// Finds the chats of each contact that has several on one device or in one archive, the chats that
    /// evidence links with records under another key, and their records. `rows` are the keys of the chats
    /// that contacts.csv names.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn of(
        snapshot: &dyn ReadStore,
        (chats, rows): (&[Draft], &[Content]),
        open: &OpenOperations,
    ) -> Result<Claims, checkpoint::Error> {
        let key = snapshot.key();
        let mut claims = Claims::default();
        let mut shared = of_contacts(snapshot, chats, &key)?;
        let handle_of = |chat: &DesiredChat| {
            let own = chat.key.as_ref()?;
            Some(handle(&key, own.reveal()))
        };
        let by_handle: HashMap<Hash, usize> = (chats.iter().enumerate())
            .filter(|(_, chat)| matches!(chat.standing, Decision::Ready(_)))
            .filter_map(|(index, chat)| Some((handle_of(chat)?, index)))
            .collect();
        for (row, index) in links::find(snapshot, chats, rows)? {
            if let Some(handle) = handle_of(&chats[index]) {
                claims.link(&row, handle);
            }
            add(&mut shared, (row.clone(), index));
            // The chat that has the key of the record may have been imported into it since.
            if let Some(own) = by_handle.get(&row.chat) {
                add(&mut shared, (row, *own));
            }
        }
        for [one, other] in exchanged::pairs(snapshot, &by_handle, open)? {
            claims.link(&one, other.chat);
            claims.link(&other, one.chat);
            for row in [&one, &other] {
                for index in [one.chat, other.chat].map(|chat| by_handle[&chat]) {
                    add(&mut shared, (row.clone(), index));
                }
            }
        }
        claims.divide(snapshot, chats, (shared, open))?;
        Ok(claims)
    }

    fn link(&mut self, row: &ChatRow, chat: Hash) {
        if !self.is_linked(row, Some(chat)) {
            self.linked.entry(chat).or_default().push(row.clone());
        }
    }

    /// Assigns the messages of the records to chats of the run.
    fn divide(
        &mut self,
        snapshot: &dyn ReadStore,
        chats: &[Draft],
        (shared, open): (Shared, &OpenOperations),
    ) -> Result<(), checkpoint::Error> {
        let key = snapshot.key();
        let indexes: HashSet<usize> = (shared.values())
            .flat_map(|(_, indexes)| indexes.iter().copied())
            .collect();
        let claimants: HashMap<usize, Claimant> = (indexes.into_iter())
            .filter_map(|index| Some((index, Claimant::of(&key, &chats[index])?)))
            .collect();
        let mut division = Division::default();
        let mut moves = Moves::default();
        for (row, indexes) in shared.into_values() {
            let all: Vec<(usize, &Claimant)> = (indexes.into_iter())
                .filter_map(|index| Some((index, claimants.get(&index)?)))
                .collect();
            self.shared.insert(row.id);
            let compared = all.iter().map(|(_, claimant)| (row.id, claimant.handle));
            self.compared.extend(compared);
            let archives = snapshot.archives_of(row.id)?.into_iter();
            let archives = archives
                .map(|archive| (archive.id, archive.facts.digest))
                .collect();
            let rows = snapshot.messages_of(row.id)?;
            division.add(&all, &rows, &archives);
            moves.note(&rows, open);
        }
        self.of_row = (division.into_chats().into_iter())
            .map(|(row, index)| (row, claimants[&index].handle))
            .collect();
        moves.align(&mut self.of_row);
        Ok(())
    }

    /// The recorded chats that evidence links with the chat of this handle.
    pub(super) fn linked_with(&self, chat: Option<Hash>) -> &[ChatRow] {
        let linked = chat.and_then(|chat| self.linked.get(&chat));
        linked.map_or(&[], Vec::as_slice)
    }

    /// Whether messages of a recorded chat may belong to the chat of this handle.
    pub(super) fn is_compared(&self, row: &ChatRow, chat: Option<Hash>) -> bool {
        chat.is_some_and(|chat| self.compared.contains(&(row.id, chat)))
    }

    /// Whether evidence links a recorded chat with the chat of this handle.
    pub(super) fn is_linked(&self, row: &ChatRow, chat: Option<Hash>) -> bool {
        let mut linked = self.linked_with(chat).iter();
        linked.any(|linked| linked.id == row.id)
    }

    /// The handle of the chat that a recorded message belongs to, if it was assigned.
    pub(super) fn chat_of(&self, row: &MessageRow) -> Option<&Hash> {
        self.of_row.get(&row.id)
    }

    /// Whether messages of a recorded chat may belong to another chat of the run.
    pub(super) fn is_shared(&self, chat: ChatId) -> bool {
        self.shared.contains(&chat)
    }
}

/// The records of messages that interrupted moves concern.
#[derive(Default)]
struct Moves<'o> {
    /// Row numbers of the record where a move began and of the one to which it leads, by lead and activity of the first.
    rows: HashMap<(&'o LeadId, &'o ActivityId), [Option<i64>; 2]>,
}

impl<'o> Moves<'o> {
    fn note(&mut self, rows: &[MessageRow], open: &'o OpenOperations) {
        for row in rows {
            for one in open.moves_at(row) {
                let of_move = self.rows.entry((&one.from, &one.activity_id)).or_default();
                let is_source = row.lead_id == one.from && row.external_id == one.external_id;
                of_move[usize::from(!is_source)] = Some(row.id);
            }
        }
    }

    /// Assigns both records of a message to one chat.
    fn align(&self, of_row: &mut HashMap<i64, Hash>) {
        for [source, target] in self.rows.values() {
            let (Some(source), Some(target)) = (source, target) else {
                continue;
            };
            match (of_row.get(source).copied(), of_row.get(target).copied()) {
                (Some(chat), _) => of_row.insert(*target, chat),
                (None, Some(chat)) => of_row.insert(*source, chat),
                (None, None) => None,
            };
        }
    }
}

/// The chats of each contact that has several on one device or in one archive, and the records of that
/// contact.
fn of_contacts(
    snapshot: &dyn ReadStore,
    chats: &[Draft],
    key: &HashKey,
) -> Result<Shared, checkpoint::Error> {
    let mut of_contact: BTreeMap<(&str, &ContactId), Vec<usize>> = BTreeMap::new();
    let mut of_archive: BTreeMap<(&[u8], &ContactId), Vec<usize>> = BTreeMap::new();
    for (index, chat) in chats.iter().enumerate() {
        if let (Decision::Ready(to), false, Some(_)) = (&chat.standing, chat.is_group, &chat.key) {
            let contact = (chat.device.as_str(), &to.contact_id);
            of_contact.entry(contact).or_default().push(index);
            for source in &chat.sources {
                let archive = (source.digest.as_slice(), &to.contact_id);
                of_archive.entry(archive).or_default().push(index);
            }
        }
    }
    // Two devices with one archive had one phone one after the other.
    let of_archive = of_archive
        .into_iter()
        .map(|((_, contact), indexes)| (contact, indexes));
    let of_contact = of_contact
        .into_iter()
        .map(|((_, contact), indexes)| (contact, indexes));
    let mut shared = Shared::new();
    for (contact, indexes) in of_contact
        .chain(of_archive)
        .filter(|(_, indexes)| indexes.len() > 1)
    {
        let handles = |chats: &[Content]| -> Vec<Hash> {
            (chats.iter())
                .map(|chat| handle(key, chat.reveal()))
                .collect()
        };
        let own: HashSet<Hash> = (indexes.iter())
            .filter_map(|index| chats[*index].key.as_ref())
            .map(|chat| handle(key, chat.reveal()))
            .collect();
        let keys_of_colleagues: HashSet<Hash> = (indexes.iter())
            .flat_map(|index| handles(&chats[*index].keys_of_colleagues))
            .collect();
        for row in snapshot.chats_by_contact(contact)? {
            let is_own = own.contains(&row.chat);
            if row.pairs.is_empty() || (keys_of_colleagues.contains(&row.chat) && !is_own) {
                continue;
            }
            for index in &indexes {
                add(&mut shared, (row.clone(), *index));
            }
        }
    }
    Ok(shared)
}

fn add(shared: &mut Shared, (row, index): Link) {
    let (_, indexes) = (shared.entry(row.id.number())).or_insert((row, Vec::new()));
    if !indexes.contains(&index) {
        indexes.push(index);
    }
}
