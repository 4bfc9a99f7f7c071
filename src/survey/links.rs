//! Recorded chats that belong to a chat of a run although neither its key nor its contact shows it:
//! lead, contact and phone of a row were corrected at once, or chats exchanged numbers or `chat_key`s.
//!
//! Belongs here: the evidence for such a link, in this order: the digest of an archive, the content
//! that both cover, the chat's name on its device. Never here: which message is which
//! ([`crate::matching`]), and what chats of one contact share ([`super::claims`]).

use std::collections::{HashMap, HashSet};

use super::chat_content::{Profile, Profiles, Record};
use super::inputs;
use crate::checkpoint::fingerprint::{archive, handle, name};
use crate::checkpoint::{self, ChatId, ChatRow, Hash, HashKey, ReadStore, RunOutcome, State};
use crate::matching::agreement::Agreement;
use crate::plan::steady::Inputs;
use crate::transform::desired::{self, DesiredChat, DesiredMessage, Standing};

/// A recorded chat, and the place of the chat of the run that it belongs to.
pub(super) type Link = (ChatRow, usize);

/// Finds the links. `rows` are the keys of the one-to-one chats that contacts.csv names, with archives
/// in the run or without.
///
/// # Errors
///
/// An unreadable checkpoint.
pub(super) fn find(
    snapshot: &dyn ReadStore,
    chats: &[DesiredChat],
    rows: &[desired::Content],
) -> Result<Vec<Link>, checkpoint::Error> {
    let recorded = snapshot.all_chats()?;
    if recorded.is_empty() {
        return Ok(Vec::new());
    }
    let search = Search::new(snapshot, chats, rows, &recorded)?;
    search.links(&recorded)
}

/// The chats of a run of which something seems not to be recorded.
struct Search<'s> {
    snapshot: &'s dyn ReadStore,
    key: HashKey,
    chats: &'s [DesiredChat],
    /// The place of the chat of the run by its handle.
    by_handle: HashMap<Hash, usize>,
    /// Handles of the chats that contacts.csv names.
    rows: HashSet<Hash>,
    /// Places of the chats that may be recorded elsewhere.
    open: Vec<Open>,
    /// Recorded chats whose chat of the run is recorded completely, with the place of that chat.
    settled: HashMap<ChatId, usize>,
    /// Some recorded chats are no chats of the run.
    has_orphans: bool,
}

/// A chat of the run that may be recorded elsewhere.
struct Open {
    place: usize,
    /// Its own record holds messages, and none of them has the id of one of its messages.
    is_contradicted: bool,
}

impl<'s> Search<'s> {
    fn new(
        snapshot: &'s dyn ReadStore,
        chats: &'s [DesiredChat],
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
        for (place, chat) in chats.iter().enumerate() {
            let (Some(chat_key), Standing::Ready(_)) = (&chat.key, &chat.standing) else {
                continue;
            };
            let handle = handle(&search.key, chat_key.reveal());
            let row = own.get(&handle);
            match row {
                None => search.open.push(Open {
                    place,
                    is_contradicted: false,
                }),
                Some(row) => {
                    // A complete import may have left messages undecided that are in another record.
                    let may_lack = search.has_orphans
                        || snapshot.messages_in(row.id)? < chat.messages.len() as u64;
                    let is_equal = !may_lack && inputs::compare(snapshot, chat)? != Inputs::Changed;
                    let found = match is_equal {
                        true => ById::default(),
                        false => search.recorded_by_id(chat, row)?,
                    };
                    match found.is_settled(is_complete) {
                        true => drop(search.settled.insert(row.id, place)),
                        false => search.open.push(Open {
                            place,
                            is_contradicted: found.count == 0 && found.rows > 0,
                        }),
                    }
                }
            }
            search.by_handle.insert(handle, place);
        }
        Ok(search)
    }

    /// How many of a chat's messages are recorded under their own ids in the chat's own record.
    fn recorded_by_id(&self, chat: &DesiredChat, row: &ChatRow) -> Result<ById, checkpoint::Error> {
        let mut found = ById::default();
        chat.messages
            .with(|messages| self.count_recorded(messages, row, &mut found))?;
        Ok(found)
    }

    fn count_recorded(
        &self,
        messages: &[DesiredMessage],
        row: &ChatRow,
        found: &mut ById,
    ) -> Result<(), checkpoint::Error> {
        // An export mostly has the order in which it was recorded, and then nothing has to be hashed.
        let mut next = 0;
        let mut others: HashSet<Box<str>> = HashSet::new();
        let mut last = i64::MIN;
        self.snapshot.each_id_of(row.id, &mut |id, state, at| {
            if may_be_in_close(state) {
                found.rows += 1;
                last = last.max(at);
            }
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
            let chat = &self.chats[open.place];
            let name = name(&self.key, &chat.device, &chat.name);
            named.entry(name).or_default().push(number);
        }
        let mut profiles = None;
        for row in recorded {
            if self.is_of_settled_alone(row)? {
                continue;
            }
            let own = self.by_handle.get(&row.chat).copied();
            // The row of another chat names it, whose archives are not here.
            let is_named = own.is_none() && self.rows.contains(&row.chat);
            let known = of_archives.get(&row.id).map_or(&[][..], Vec::as_slice);
            let of_name = (row.pairs.iter()).filter_map(|pair| named.get(pair));
            let mut candidates: Vec<usize> = known.to_vec();
            candidates.extend(of_name.flatten());
            if is_named && !is_any_contradicted && candidates.is_empty() {
                continue;
            }
            let record = Record::read(self.snapshot, &self.key, row)?;
            let profiles = profiles.get_or_insert_with(|| self.profiles());
            profiles.find(&record, &mut candidates);
            candidates.sort_unstable();
            candidates.dedup();
            for number in candidates {
                let open = &self.open[number];
                let chat = &self.chats[open.place];
                if Some(open.place) == own || chat.is_group != is_of_group(row) {
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
                    let of_colleague = own.and_then(|place| self.number_of(place));
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
                    // A broadcast is in many chats: what only the owner wrote links no two names,
                    // and makes exports of two chats equal.
                    Agreement::Certain { is_answered } => is_answered || may_be_same,
                    _ if is_known => may_be_same,
                    Agreement::Little { is_whole } => {
                        self.is_free(row, own) && (is_same || (is_whole && may_be_same))
                    }
                    Agreement::Unknown => self.is_free(row, own) && is_same,
                };
                if is_link {
                    links.push((row.clone(), open.place));
                }
            }
        }
        Ok(links)
    }

    /// Whether everything in the record is of the chat that has its key and is recorded completely.
    /// Another chat had the same key before where its row was mistaken.
    fn is_of_settled_alone(&self, row: &ChatRow) -> Result<bool, checkpoint::Error> {
        let Some(place) = self.settled.get(&row.id) else {
            return Ok(false);
        };
        let found = self.recorded_by_id(&self.chats[*place], row)?;
        Ok(found.rows <= found.count)
    }

    /// The content of every open chat.
    fn profiles(&self) -> Profiles {
        let mut profiles = Profiles::default();
        for open in &self.open {
            profiles.add(Profile::of(&self.key, &self.chats[open.place]));
        }
        profiles
    }

    /// The open chats that have an archive in common with a recorded chat, by their numbers.
    fn of_archives(&self) -> Result<HashMap<ChatId, Vec<usize>>, checkpoint::Error> {
        let mut found: HashMap<ChatId, Vec<usize>> = HashMap::new();
        for (number, open) in self.open.iter().enumerate() {
            for source in &self.chats[open.place].sources {
                let digest = archive(&self.key, &source.digest);
                for row in self.snapshot.archives_by_digest(&digest)? {
                    found.entry(row.chat).or_default().push(number);
                }
            }
        }
        Ok(found)
    }

    /// The number of the open chat at this place of the run.
    fn number_of(&self, place: usize) -> Option<usize> {
        let found = (self.open).binary_search_by_key(&place, |open| open.place);
        found.ok()
    }

    /// What a colleague has with the contact is another conversation, unless the owners' numbers were
    /// exchanged.
    fn is_of_colleague(&self, chat: &DesiredChat, row: &ChatRow) -> bool {
        let mut keys = chat.of_colleagues.iter();
        keys.any(|key| handle(&self.key, key.reveal()) == row.chat)
    }

    /// No row names the recorded chat, or the one that does is of a chat of another name.
    fn is_free(&self, row: &ChatRow, own: Option<usize>) -> bool {
        match own {
            None => !self.rows.contains(&row.chat),
            Some(own) => has_name(row) && !self.is_of_name(row, &self.chats[own]),
        }
    }

    /// The chat had this name on its device when it was recorded.
    fn is_of_name(&self, row: &ChatRow, chat: &DesiredChat) -> bool {
        row.pairs
            .contains(&name(&self.key, &chat.device, &chat.name))
    }
}

/// A chat without a pair of numbers is a group.
fn is_of_group(row: &ChatRow) -> bool {
    row.pairs.is_empty()
}

/// Whether a name is recorded: formats of before do not have it.
fn has_name(row: &ChatRow) -> bool {
    row.pairs.iter().any(|pair| *pair != row.chat)
}

/// What of a chat is recorded under the ids that its messages have.
#[derive(Default)]
struct ById {
    /// Messages that are.
    count: usize,
    /// Messages that are not.
    missing: usize,
    /// Messages in the record.
    rows: usize,
    /// All that are not are later than everything that is.
    is_follow_up: bool,
}

impl ById {
    /// Where nothing of the chat is recorded, what is may be another chat, however early it is.
    fn is_settled(&self, is_complete: bool) -> bool {
        self.missing == 0 || (self.is_follow_up && self.count > 0 && is_complete)
    }
}

/// The message is, was or may be in Close.
pub(super) fn may_be_in_close(state: State) -> bool {
    !matches!(state, State::Failed | State::Absent)
}
