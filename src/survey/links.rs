//! Links between chats of the run and records under another key and contact: lead, contact and number of a
//! row were corrected at once, or chats exchanged numbers or `chat_key`s.
//!
//! Here belongs the evidence for such a link, in this order: the digest of an archive, content that both
//! cover, the chat's name on its device. Never here: pairing of messages ([`crate::matching`]), and chats
//! of one contact ([`super::claims`]).

use std::collections::{HashMap, HashSet};

use super::chat_content::{Profiles, RecordedContent};
use super::inputs;
use crate::checkpoint::fingerprint::{archive, handle, name};
use crate::checkpoint::{self, ChatId, ChatRow, Hash, HashKey, ReadStore, RunOutcome, State};
use crate::matching::agreement::Agreement;
use crate::plan::Draft;
use crate::transform::desired::{self, Decision, DesiredChat, DesiredMessage};

/// A recorded chat, and the index of the chat of the run that it belongs to.
pub(super) type Link = (ChatRow, usize);

/// Finds the links. `rows` are the keys of the one-to-one chats that contacts.csv names, with or without
/// archives in the run.
///
/// # Errors
///
/// The checkpoint cannot be read.
pub(super) fn find(
    snapshot: &dyn ReadStore,
    chats: &[Draft],
    rows: &[desired::Content],
) -> Result<Vec<Link>, checkpoint::Error> {
    let recorded = snapshot.all_chats()?;
    if recorded.is_empty() {
        return Ok(Vec::new());
    }
    let search = Search::new(snapshot, chats, rows, &recorded)?;
    search.links(&recorded)
}

/// The chats of a run that may not be recorded completely.
struct Search<'s> {
    snapshot: &'s dyn ReadStore,
    key: HashKey,
    chats: &'s [Draft],
    /// Index of the chat of the run by its handle.
    by_handle: HashMap<Hash, usize>,
    /// Handles of the chats that contacts.csv names.
    rows: HashSet<Hash>,
    /// The chats that may be recorded elsewhere.
    open: Vec<OpenChat>,
    /// Recorded chats whose chat of the run is recorded completely, with the index of that chat.
    settled: HashMap<ChatId, usize>,
    /// Whether a recorded chat has no chat of the run.
    has_orphans: bool,
}

/// A chat of the run that may be recorded elsewhere.
struct OpenChat {
    index: usize,
    /// Whether its own record contains messages, none of which has the id of one of its messages.
    is_contradicted: bool,
}

impl<'s> Search<'s> {
    fn new(
        snapshot: &'s dyn ReadStore,
        chats: &'s [Draft],
        rows: &[desired::Content],
        recorded: &[ChatRow],
    ) -> Result<Self, checkpoint::Error> {
        let key = snapshot.key();
        let own: HashMap<&Hash, &ChatRow> = recorded.iter().map(|row| (&row.chat, row)).collect();
        let mut search = Search {
            by_handle: HashMap::new(),
            rows: (rows.iter())
                .map(|row| handle(&key, row.reveal()))
                .collect(),
            open: Vec::new(),
            settled: HashMap::new(),
            has_orphans: false,
            snapshot,
            key,
            chats,
        };
        let keys: HashSet<Hash> = (chats.iter())
            .filter_map(|chat| Some(handle(&search.key, chat.key.as_ref()?.reveal())))
            .collect();
        search.has_orphans = recorded.iter().any(|row| !keys.contains(&row.chat));
        let is_complete = (snapshot.last_run()?).is_some_and(|run| {
            run.ended
                .is_some_and(|(_, how)| how == RunOutcome::Complete)
        });
        for (index, chat) in chats.iter().enumerate() {
            let (Some(chat_key), Decision::Ready(_)) = (&chat.key, &chat.standing) else {
                continue;
            };
            let handle = handle(&search.key, chat_key.reveal());
            let row = own.get(&handle);
            match row {
                None => search.open.push(OpenChat {
                    index,
                    is_contradicted: false,
                }),
                Some(row) => {
                    // A complete import may have left messages undecided that are in another record.
                    let may_lack = search.has_orphans
                        || snapshot.messages_in(row.id)? < chat.messages.len() as u64;
                    // An incomplete import may have moved messages to another chat's key.
                    let is_equal =
                        is_complete && !may_lack && inputs::compare(snapshot, chat)?.are_equal();
                    let found = match is_equal {
                        true => RecordedById::default(),
                        false => search.recorded_by_id(chat, row)?,
                    };
                    match found.is_settled(is_complete) {
                        true => drop(search.settled.insert(row.id, index)),
                        false => search.open.push(OpenChat {
                            index,
                            is_contradicted: found.count == 0 && found.rows > 0,
                        }),
                    }
                }
            }
            search.by_handle.insert(handle, index);
        }
        Ok(search)
    }

    /// Counts the chat's messages that are recorded under their own ids in the chat's own record.
    fn recorded_by_id(
        &self,
        chat: &DesiredChat,
        row: &ChatRow,
    ) -> Result<RecordedById, checkpoint::Error> {
        let mut found = RecordedById::default();
        chat.messages
            .with(|messages| self.count_recorded(messages, row, &mut found))?;
        Ok(found)
    }

    fn count_recorded(
        &self,
        messages: &[DesiredMessage],
        row: &ChatRow,
        found: &mut RecordedById,
    ) -> Result<(), checkpoint::Error> {
        // Exports mostly keep the order in which they were recorded; then nothing has to be hashed.
        let mut next = 0;
        let mut others: HashSet<Box<str>> = HashSet::new();
        let mut last = i64::MIN;
        self.snapshot.each_id_of(row.id, &mut |id, state, at| {
            // A record of a message that went to another lead stays on this one.
            if !may_be_in_close(state) {
                return;
            }
            found.rows += 1;
            last = last.max(at);
            match messages.get(next) {
                Some(message) if message.external_id == id => next += 1,
                _ => drop(others.insert(id.into())),
            }
        })?;
        found.count = next;
        found.is_follow_up = found.rows > 0;
        for message in messages.get(next..).unwrap_or_default() {
            if others.contains(message.external_id.as_str()) {
                found.count += 1;
            } else {
                found.missing += 1;
                found.is_follow_up &= message.activity_at.timestamp_millis() > last;
            }
        }
        Ok(())
    }

    fn links(&self, recorded: &[ChatRow]) -> Result<Vec<Link>, checkpoint::Error> {
        let mut links = Vec::new();
        if self.open.is_empty() {
            return Ok(links);
        }
        let of_archives = self.of_archives()?;
        let is_any_contradicted = self.open.iter().any(|open| open.is_contradicted);
        let mut named: HashMap<Hash, Vec<usize>> = HashMap::new();
        for (number, open) in self.open.iter().enumerate() {
            let chat = &self.chats[open.index];
            let name = name(&self.key, &chat.device, &chat.name);
            named.entry(name).or_default().push(number);
        }
        // Records of chats that may be others, with their candidates by archive and name.
        let mut doubtful = Vec::new();
        for row in recorded {
            if self.is_of_settled_alone(row)? {
                continue;
            }
            let own = self.by_handle.get(&row.chat).copied();
            // A row names it as another chat, whose archives are not in this run.
            let is_named = own.is_none() && self.rows.contains(&row.chat);
            let known = of_archives.get(&row.id).map_or(&[][..], Vec::as_slice);
            let of_name = (row.pairs.iter()).filter_map(|pair| named.get(pair));
            let mut candidates: Vec<usize> = known.to_vec();
            candidates.extend(of_name.flatten());
            if is_named && !is_any_contradicted && candidates.is_empty() {
                continue;
            }
            doubtful.push((row, own, is_named, known, candidates));
        }
        if doubtful.is_empty() {
            return Ok(links);
        }
        let mut keys = HashSet::new();
        for (row, ..) in &doubtful {
            keys.extend(RecordedContent::read(self.snapshot, &self.key, row)?.keys());
        }
        let chats = self.open.iter().map(|open| &*self.chats[open.index]);
        let profiles = Profiles::of(self.key.clone(), chats.collect(), &keys);
        for (row, own, is_named, known, mut candidates) in doubtful {
            let record = RecordedContent::read(self.snapshot, &self.key, row)?;
            profiles.find(&record, &mut candidates);
            candidates.sort_unstable();
            candidates.dedup();
            for number in candidates {
                let open = &self.open[number];
                let chat = &self.chats[open.index];
                if Some(open.index) == own || chat.is_group != is_of_group(row) {
                    continue;
                }
                let is_known = known.contains(&number);
                let is_same = self.is_of_name(row, chat);
                if is_named && !open.is_contradicted && !is_known && !is_same {
                    continue;
                }
                let may_be_same = match chat.is_group {
                    true => is_known,
                    false => is_same || !has_name(row),
                };
                let (agreement, shared) = profiles.compare(number, &record);
                if self.is_of_colleague(chat, row) {
                    let of_colleague = own.and_then(|index| self.number_of(index));
                    let is_proved = match is_known {
                        true => of_colleague.is_none_or(|number| !known.contains(&number)),
                        false => matches!(agreement, Agreement::Certain { is_answered: true }),
                    };
                    let is_more = || {
                        of_colleague
                            .is_none_or(|number| profiles.compare(number, &record).1 < shared)
                    };
                    if !is_proved || !(is_known || is_more()) {
                        continue;
                    }
                }
                let is_link = match agreement {
                    Agreement::None => false,
                    // A broadcast is in many chats: text of the owner alone is no evidence for a link of
                    // two names, and makes exports of two chats equal.
                    Agreement::Certain { is_answered } => is_answered || may_be_same,
                    _ if is_known => may_be_same,
                    Agreement::Little { is_whole } => {
                        self.is_free(row, own) && (is_same || (is_whole && may_be_same))
                    }
                    Agreement::Unknown => self.is_free(row, own) && is_same,
                };
                if is_link {
                    links.push((row.clone(), open.index));
                }
            }
        }
        Ok(links)
    }

    /// Whether everything in the record belongs to the chat that has its key and is recorded completely.
    /// Another chat had the same key before if its row was wrong.
    fn is_of_settled_alone(&self, row: &ChatRow) -> Result<bool, checkpoint::Error> {
        let Some(index) = self.settled.get(&row.id) else {
            return Ok(false);
        };
        let found = self.recorded_by_id(&self.chats[*index], row)?;
        Ok(found.rows <= found.count)
    }

    /// The numbers of the open chats that have an archive in common with a recorded chat.
    fn of_archives(&self) -> Result<HashMap<ChatId, Vec<usize>>, checkpoint::Error> {
        let mut found: HashMap<ChatId, Vec<usize>> = HashMap::new();
        for (number, open) in self.open.iter().enumerate() {
            for source in &self.chats[open.index].sources {
                let digest = archive(&self.key, &source.digest);
                for row in self.snapshot.archives_by_digest(&digest)? {
                    found.entry(row.chat).or_default().push(number);
                }
            }
        }
        Ok(found)
    }

    /// The number of the open chat with this index in the run.
    fn number_of(&self, index: usize) -> Option<usize> {
        let found = (self.open).binary_search_by_key(&index, |open| open.index);
        found.ok()
    }

    /// Whether the record is a colleague's conversation with the contact. Not where the owners' numbers
    /// were exchanged.
    fn is_of_colleague(&self, chat: &DesiredChat, row: &ChatRow) -> bool {
        let mut keys = chat.keys_of_colleagues.iter();
        keys.any(|key| handle(&self.key, key.reveal()) == row.chat)
    }

    /// Whether no row names the recorded chat, or only the row of a chat with another name.
    fn is_free(&self, row: &ChatRow, own: Option<usize>) -> bool {
        match own {
            None => !self.rows.contains(&row.chat),
            Some(own) => has_name(row) && !self.is_of_name(row, &self.chats[own]),
        }
    }

    /// Whether the chat had this name on its device when it was recorded.
    fn is_of_name(&self, row: &ChatRow, chat: &DesiredChat) -> bool {
        row.pairs
            .contains(&name(&self.key, &chat.device, &chat.name))
    }
}

/// Whether the recorded chat is a group: it has no pair of numbers.
fn is_of_group(row: &ChatRow) -> bool {
    row.pairs.is_empty()
}

/// Whether a name is recorded; older formats have none.
fn has_name(row: &ChatRow) -> bool {
    row.pairs.iter().any(|pair| *pair != row.chat)
}

/// Counts of a chat's messages by whether they are recorded under their own ids.
#[derive(Default)]
struct RecordedById {
    /// Messages that are recorded.
    count: usize,
    /// Messages that are not recorded.
    missing: usize,
    /// Messages in the record.
    rows: usize,
    /// Whether all messages that are not recorded are later than all that are.
    is_follow_up: bool,
}

impl RecordedById {
    /// Whether the chat is recorded. If none of its messages is, the record may be another chat, however
    /// early it is.
    fn is_settled(&self, is_complete: bool) -> bool {
        self.missing == 0 || (self.is_follow_up && self.count > 0 && is_complete)
    }
}

/// Whether the message is, was or may be in Close.
pub(super) fn may_be_in_close(state: State) -> bool {
    !matches!(state, State::Failed | State::Absent)
}
