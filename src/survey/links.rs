//! Recorded chats that belong to a chat of a run although neither its key nor its contact shows it:
//! lead, contact and phone of a row were corrected at once, or rows exchanged their numbers.
//!
//! Belongs here: the evidence for such a link, in this order: the digest of an archive, the content
//! that both cover, the chat's name on its device. Never here: which message is which
//! ([`crate::matching`]), and what chats of one contact share ([`super::claims`]).

use std::collections::{HashMap, HashSet};

use super::inputs;
use super::link_candidates::Candidates;
use crate::checkpoint::fingerprint::{archive, handle, keyed, name, tombstone};
use crate::checkpoint::{self, ChatId, ChatRow, Hash, HashKey, RunOutcome, Snapshot, State};
use crate::matching::overlap::{Overlap, Texts, overlap};
use crate::matching::sequence::Key;
use crate::matching::tolerance::{MINUTE, TEXTS};
use crate::matching::{Class, Observation, Precision, State as Edits, Timeline, Wording};
use crate::plan::files_text;
use crate::plan::steady::Inputs;
use crate::transform::desired::{self, DesiredChat, DesiredMessage, Direction, Standing};

/// A recorded chat, and the place of the chat of the run that it belongs to.
pub(super) type Link = (ChatRow, usize);

/// Finds the links of one-to-one chats. `rows` are the keys of the chats that contacts.csv names,
/// with archives in the run or without.
///
/// # Errors
///
/// An unreadable checkpoint.
pub(super) fn find(
    snapshot: &Snapshot,
    chats: &[DesiredChat],
    rows: &[desired::Content],
) -> Result<Vec<Link>, checkpoint::Error> {
    let recorded: Vec<ChatRow> = (snapshot.all_chats()?.into_iter())
        .filter(|row| !row.pairs.is_empty())
        .collect();
    if recorded.is_empty() {
        return Ok(Vec::new());
    }
    let search = Search::new(snapshot, chats, rows, &recorded)?;
    search.links(&recorded)
}

/// The chats of a run of which something seems not to be recorded.
struct Search<'s> {
    snapshot: &'s Snapshot,
    key: HashKey,
    chats: &'s [DesiredChat],
    /// The place of the chat of the run by its handle.
    by_handle: HashMap<Hash, usize>,
    /// Handles of the chats that contacts.csv names.
    rows: HashSet<Hash>,
    /// Places of the chats that may be recorded elsewhere.
    open: Vec<Open>,
    /// Recorded chats whose chat of the run is recorded completely.
    settled: HashSet<ChatId>,
}

/// A chat of the run that may be recorded elsewhere.
struct Open {
    place: usize,
    /// Its own record holds messages, and none of them has the id of one of its messages.
    is_contradicted: bool,
}

impl<'s> Search<'s> {
    fn new(
        snapshot: &'s Snapshot,
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
            settled: HashSet::new(),
            snapshot,
            key,
            chats,
        };
        let is_complete = (snapshot.last_run()?).is_some_and(|run| {
            run.ended
                .is_some_and(|(_, how)| how == RunOutcome::Complete)
        });
        for (place, chat) in chats.iter().enumerate() {
            let (Some(chat_key), false, Standing::Ready(_)) =
                (&chat.key, chat.is_group, &chat.standing)
            else {
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
                    let found = search.recorded_by_id(chat, row)?;
                    match found.is_settled(is_complete) {
                        true => drop(search.settled.insert(row.id)),
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
        if inputs::compare(self.snapshot, chat)? != Inputs::Changed {
            return Ok(found);
        }
        // An export mostly has the order in which it was recorded, and then nothing has to be hashed.
        let mut next = 0;
        let mut others: HashSet<Box<str>> = HashSet::new();
        let mut last = i64::MIN;
        self.snapshot.each_id_of(row.id, |id, state, at| {
            if may_be_in_close(state) {
                found.rows += 1;
                last = last.max(at);
            }
            match chat.messages.get(next) {
                Some(message) if message.external_id == id => next += 1,
                _ => drop(others.insert(id.into())),
            }
        })?;
        found.count = next;
        found.is_follow_up = found.rows > 0;
        for message in chat.messages.get(next..).unwrap_or_default() {
            if others.contains(message.external_id.as_str()) {
                found.count += 1;
            } else {
                found.missing += 1;
                found.is_follow_up &= message.activity_at.timestamp_millis() > last;
            }
        }
        Ok(found)
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
        for row in recorded
            .iter()
            .filter(|row| !self.settled.contains(&row.id))
        {
            let own = self.by_handle.get(&row.chat).copied();
            // The row of another chat names it, whose archives are not here.
            let is_named = own.is_none() && self.rows.contains(&row.chat);
            let known = of_archives.get(&row.id).map_or(&[][..], Vec::as_slice);
            if is_named && !is_any_contradicted && known.is_empty() {
                continue;
            }
            let record = Record::read(self.snapshot, &self.key, row)?;
            let profiles = profiles.get_or_insert_with(|| self.profiles());
            let mut candidates = known.to_vec();
            candidates.extend(
                row.pairs
                    .iter()
                    .filter_map(|pair| named.get(pair))
                    .flatten(),
            );
            profiles.find(&record, &mut candidates);
            candidates.sort_unstable();
            candidates.dedup();
            for number in candidates {
                let open = &self.open[number];
                let chat = &self.chats[open.place];
                let is_known = known.contains(&number);
                let is_other = Some(open.place) != own && !self.is_of_colleague(chat, row);
                if !is_other || (is_named && !open.is_contradicted && !is_known) {
                    continue;
                }
                let is_same = self.is_of_name(row, chat);
                let may_be_same = is_same || !has_name(row);
                let is_link = match profiles.all[number].compare(&record) {
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

    /// The content of every open chat.
    fn profiles(&self) -> Profiles {
        let mut profiles = Profiles::default();
        for (number, open) in self.open.iter().enumerate() {
            let profile = Profile::of(&self.key, &self.chats[open.place]);
            (profiles.by_content).add(number, &profile.by_content.messages);
            profiles.by_body.add(number, &profile.by_body.messages);
            profiles.all.push(profile);
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

    /// What a colleague has with the contact is another conversation.
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
    fn is_settled(&self, is_complete: bool) -> bool {
        self.missing == 0 || (self.is_follow_up && is_complete)
    }
}

/// The message is, was or may be in Close.
fn may_be_in_close(state: State) -> bool {
    !matches!(state, State::Failed | State::Absent)
}

/// How the contents of two chats agree.
pub(super) enum Agreement {
    /// They cover the same time and share next to nothing.
    None,
    /// They share at least three messages. `is_answered`: and one of them is incoming.
    Certain { is_answered: bool },
    /// They share one or two. `is_whole`: and all that is recorded.
    Little { is_whole: bool },
    /// They cover different times, or contain too little.
    Unknown,
}

/// The content of a recorded chat: canonical bodies, or, in an older format, texts as in Close.
struct Record {
    content: Content,
    knows_content: bool,
}

impl Record {
    fn read(
        snapshot: &Snapshot,
        key: &HashKey,
        row: &ChatRow,
    ) -> Result<Record, checkpoint::Error> {
        let deleted = tombstone(key);
        let mut rows: Vec<(Said, Option<Key>)> = Vec::new();
        let mut knows_content = true;
        snapshot.each_message_of(row.id, |row| {
            if !may_be_in_close(row.state) || row.body_hash == deleted {
                return;
            }
            let (content, body) = match row.media_hash.filter(|_| row.media_count > 0) {
                Some(files) => (Some(files), files),
                None if row.media == Some(true) => return,
                None => (row.content, row.body_hash),
            };
            knows_content &= content.is_some() || row.class.is_some_and(has_no_body);
            let said = Said {
                key: body,
                at: row.activity_at,
                is_incoming: row.outgoing == Some(false),
            };
            rows.push((said, content));
        })?;
        let messages = (rows.into_iter())
            .filter_map(|(said, content)| match knows_content {
                true => Some(Said {
                    key: content?,
                    ..said
                }),
                false => Some(said),
            })
            .collect();
        Ok(Record {
            content: Content::new(messages),
            knows_content,
        })
    }
}

fn has_no_body(class: checkpoint::Class) -> bool {
    !matches!(class, checkpoint::Class::Text)
}

/// The contents of the open chats, by their numbers.
#[derive(Default)]
struct Profiles {
    all: Vec<Profile>,
    by_content: Candidates,
    by_body: Candidates,
}

impl Profiles {
    /// Adds the numbers of the chats that have something in common with a record.
    fn find(&self, record: &Record, found: &mut Vec<usize>) {
        let candidates = match record.knows_content {
            true => &self.by_content,
            false => &self.by_body,
        };
        candidates.find(&record.content.messages, found);
    }
}

/// The content of a chat of the run, in the terms of both kinds of record.
struct Profile {
    by_content: Content,
    by_body: Content,
}

impl Profile {
    fn of(key: &HashKey, chat: &DesiredChat) -> Profile {
        let list = |key_of: &dyn Fn(&DesiredMessage) -> Option<Key>| {
            let messages = (chat.messages.iter())
                .filter_map(|message| {
                    let files = (!message.files.is_empty())
                        .then(|| keyed(key, "media", &files_text(&message.files)));
                    let is_line = message.evidence.class == Some(Class::File);
                    let own = || key_of(message).filter(|_| !is_line);
                    Some(Said::of(message, files.or_else(own)?))
                })
                .collect();
            Content::new(messages)
        };
        let content = |message: &DesiredMessage| {
            let content = message.evidence.content?;
            Some(keyed(
                key,
                "content",
                &data_encoding::HEXLOWER.encode(&content),
            ))
        };
        let body = |message: &DesiredMessage| {
            Some(keyed(key, "body", message.said(message.markdown.reveal())))
        };
        Profile {
            by_content: list(&content),
            by_body: list(&body),
        }
    }

    fn compare(&self, record: &Record) -> Agreement {
        let own = match record.knows_content {
            true => &self.by_content,
            false => &self.by_body,
        };
        own.compare(&record.content).0
    }
}

/// A message by its content.
#[derive(Clone, Copy)]
pub(super) struct Said {
    /// The content as a hash.
    pub(super) key: Key,
    /// Unix milliseconds.
    pub(super) at: i64,
    /// The contact wrote it.
    pub(super) is_incoming: bool,
}

impl Said {
    pub(super) fn of(message: &DesiredMessage, key: Key) -> Said {
        Said {
            key,
            at: message.activity_at.timestamp_millis(),
            is_incoming: message.direction == Direction::Incoming,
        }
    }
}

/// What the messages of a chat contain, and when.
pub(super) struct Content {
    texts: Texts,
    messages: Vec<Said>,
    times: HashMap<Key, Vec<i64>>,
}

impl Content {
    pub(super) fn new(messages: Vec<Said>) -> Content {
        let mut times: HashMap<Key, Vec<i64>> = HashMap::new();
        for said in &messages {
            times.entry(said.key).or_default().push(said.at);
        }
        for times in times.values_mut() {
            times.sort_unstable();
        }
        Content {
            texts: texts(&messages),
            messages,
            times,
        }
    }

    pub(super) fn messages(&self) -> &[Said] {
        &self.messages
    }

    /// How a recorded or listed chat agrees with this one, and how many of its messages this one
    /// has at their time.
    pub(super) fn compare(&self, record: &Content) -> (Agreement, usize) {
        let shared_at = |shift: i64| -> Vec<&Said> {
            let is_at = |said: &&Said| {
                let times = self.times.get(&said.key).map_or(&[][..], Vec::as_slice);
                let at = said.at + shift;
                let first = times.partition_point(|time| *time < at - MINUTE);
                (times.get(first)).is_some_and(|time| *time <= at + MINUTE)
            };
            record.messages.iter().filter(is_at).collect()
        };
        let shared = shared_at(0);
        let is_answered = |shared: &[&Said]| shared.iter().any(|said| said.is_incoming);
        let different = shared.iter().map(|said| said.key).collect::<HashSet<_>>();
        let agreement = match overlap(&self.texts, &record.texts) {
            // At another zone shift at least three texts agree.
            Overlap::Same { shift, .. } if shift != 0 => Agreement::Certain {
                is_answered: [shift, -shift]
                    .iter()
                    .any(|shift| is_answered(&shared_at(*shift))),
            },
            Overlap::Same { .. } if different.len() >= TEXTS => Agreement::Certain {
                is_answered: is_answered(&shared),
            },
            Overlap::Same { .. } => Agreement::Little {
                is_whole: shared.len() == record.messages.len(),
            },
            Overlap::Different => Agreement::None,
            Overlap::Inconclusive => Agreement::Unknown,
        };
        (agreement, shared.len())
    }
}

fn texts(messages: &[Said]) -> Texts {
    let observation = |said: &Said| Observation {
        at: said.at,
        precision: Precision::Minute,
        repeats: false,
        outgoing: None,
        author: None,
        class: None,
        body: Some(said.key),
        wording: Wording::Fixed,
        files: None,
        name: None,
        state: Edits::Plain,
        program: None,
        is_named: false,
        hint: None,
    };
    Texts::of(&Timeline {
        observations: messages.iter().map(observation).collect(),
        ..Timeline::default()
    })
}
