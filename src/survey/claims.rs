//! Assigns recorded messages to chats of the run where a key does not decide it.
//!
//! This concerns contacts with several numbers, each with a row and a conversation of its own on one
//! device, whose rows got other numbers; the owners that one phone had one after the other, whose date was
//! corrected; and chats whose corrected rows are linked with their records by evidence only
//! ([`super::links`]). Never here: pairing of messages ([`crate::matching`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::links::{self, Link, may_be_in_close};
use super::unfinished::OpenOperations;
use crate::checkpoint::fingerprint::{handle, keyed};
use crate::checkpoint::{self, ChatId, ChatRow, Hash, HashKey, MessageRow, ReadStore, RunId};
use crate::ids::{ActivityId, ContactId, LeadId};
use crate::matching::tolerance::{MAX_DIFFERENCE, is_zone_shift};
use crate::plan::{Draft, files_text};
use crate::transform::desired::{Content, Decision, DesiredChat, DesiredMessage};

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
                claims.linked.entry(handle).or_default().push(row.clone());
            }
            add(&mut shared, (row.clone(), index));
            // The chat that has the key of the record may have been imported into it since.
            if let Some(own) = by_handle.get(&row.chat) {
                add(&mut shared, (row, *own));
            }
        }
        let mut moves = Moves::default();
        let mut claimants: HashMap<usize, Option<Claimant>> = HashMap::new();
        for (row, indexes) in shared.into_values() {
            for index in &indexes {
                (claimants.entry(*index)).or_insert_with(|| Claimant::of(&key, &chats[*index]));
            }
            let all: Vec<&Claimant> = (indexes.iter())
                .filter_map(|index| claimants.get(index)?.as_ref())
                .collect();
            claims.shared.insert(row.id);
            let compared = all.iter().map(|claimant| (row.id, claimant.handle));
            claims.compared.extend(compared);
            let rows = snapshot.messages_of(row.id)?;
            claims.divide(&all, &rows);
            moves.note(&rows, open);
        }
        moves.align(&mut claims.of_row);
        Ok(claims)
    }

    /// The recorded chats that evidence links with the chat of this handle.
    pub(super) fn linked_with(&self, chat: Option<Hash>) -> &[ChatRow] {
        let linked = chat.and_then(|chat| self.linked.get(&chat));
        linked.map_or(&[], Vec::as_slice)
    }

    /// Assigns each message to the chat that contains it. If several do, or none, it goes to the chat that
    /// contains most of the others of its run, since a run posts the messages of one chat into a record; else to
    /// the chat that contains most of all others. What a chat left behind on a former lead does not count there.
    fn divide(&mut self, claimants: &[&Claimant], rows: &[MessageRow]) {
        let mut counts = vec![0usize; claimants.len()];
        let mut of_run: HashMap<RunId, Vec<usize>> = HashMap::new();
        let mut rest = Vec::new();
        // A chat that has nothing of the record at its time may have it at another zone: the zone was
        // corrected in the same run, or the export was made abroad.
        let is_shifted: Vec<bool> = (claimants.iter())
            .map(|chat| {
                let mut there = rows.iter().filter(|row| may_be_in_close(row.state));
                !there.any(|row| chat.contains(row, false))
            })
            .collect();
        for row in rows {
            let mut having = (claimants.iter().enumerate())
                .filter(|(index, chat)| chat.contains(row, is_shifted[*index]));
            match (having.next(), having.next()) {
                (Some((index, chat)), None) => {
                    counts[index] += usize::from(may_be_in_close(row.state));
                    if let Some(run) = row.created_run {
                        let of_run = of_run.entry(run);
                        of_run.or_insert_with(|| vec![0; claimants.len()])[index] += 1;
                    }
                    self.of_row.insert(row.id, chat.handle);
                }
                _ if may_be_in_close(row.state) => rest.push((row.id, row.created_run)),
                _ => {}
            }
        }
        let most = most(&counts);
        for (id, run) in rest {
            let of_run = run.and_then(|run| self::most(of_run.get(&run)?));
            if let Some(index) = of_run.or(most) {
                self.of_row.insert(id, claimants[index].handle);
            }
        }
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

/// The index of the largest number, if it is not 0 and there is only one of it.
fn most(counts: &[usize]) -> Option<usize> {
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let mut first = (counts.iter().enumerate()).filter(|(_, count)| **count == most);
    match (first.next(), first.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
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

/// A chat of the run, with the times of each of its contents.
struct Claimant {
    handle: Hash,
    contents: HashMap<Hash, Vec<i64>>,
}

impl Claimant {
    fn of(key: &HashKey, chat: &DesiredChat) -> Option<Claimant> {
        let own = chat.key.as_ref()?;
        let mut contents: HashMap<Hash, Vec<i64>> = HashMap::new();
        let mut add = |message: &DesiredMessage| {
            let at = message.activity_at.timestamp_millis();
            contents.entry(content(key, message)).or_default().push(at);
            if let Some(body) = message.evidence.content {
                let body = keyed(key, "content", &data_encoding::HEXLOWER.encode(&body));
                contents.entry(body).or_default().push(at);
            }
        };
        chat.messages
            .with(|messages| messages.iter().for_each(&mut add));
        Some(Claimant {
            handle: handle(key, own.reveal()),
            contents,
        })
    }

    /// Whether the chat has the content of a record, at its time or, with `is_shifted`, at a zone shift.
    fn contains(&self, row: &MessageRow, is_shifted: bool) -> bool {
        let hash = match row.media_hash {
            Some(files) if row.media_count > 0 => files,
            _ => row.body_hash,
        };
        let is_at = |hash: &Hash| {
            let times = self.contents.get(hash).map_or(&[][..], Vec::as_slice);
            let mut apart = times.iter().map(|at| at - row.activity_at);
            match is_shifted {
                true => apart.any(is_zone_shift),
                false => apart.any(|apart| apart.abs() <= MAX_DIFFERENCE),
            }
        };
        is_at(&hash) || row.content.as_ref().is_some_and(is_at)
    }
}

fn content(key: &HashKey, message: &DesiredMessage) -> Hash {
    match message.files.is_empty() {
        false => keyed(key, "media", &files_text(&message.files)),
        true => keyed(key, "body", message.body(message.markdown.reveal())),
    }
}
