//! The chats of the archives with what a person recognises them by: names, dates, senders, first and last messages.
//!
//! Private chats are counted and nothing of them is kept.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;

use super::archives::{self, ListedArchive};
use crate::app::desired::ReadChats;
use crate::app::error::Result;
use crate::app::{Migration, Observer};
use crate::chat::{Chat, Message};
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::people::contacts::{Contacts, ImportChoice, Mapping};
use crate::phone::Phone;
use crate::policy::{Policy, RunFlags};
use crate::routing::{Held, Rule};
use crate::transform::desired::{Decision, Desired, DesiredChat};
use crate::transform::{Showable, Source};

/// The number of messages at each end of a chat that are kept.
const EXCERPT: usize = 3;
/// The length of their texts, in characters.
const WORDS: usize = 200;

/// The chats of a migration's archives, and the archives themselves.
#[derive(Debug, Default, Clone)]
pub(crate) struct ChatList {
    /// The chats that are not private, by device and name.
    pub(crate) chats: Vec<ListedChat>,
    /// The number of private chats.
    pub(crate) private: u64,
    /// The archives of chats that are not private.
    pub(crate) archives: Vec<ListedArchive>,
    /// The number of chats that are held until something is known of their phone: its owner, number or date order.
    pub(crate) phone_questions: u64,
    /// Archives that cannot be read, each with the reason, as they may be named.
    pub(crate) unreadable: Vec<String>,
}

/// A chat as contacts.csv names it.
#[derive(Debug, Clone)]
pub(crate) struct ListedChat {
    /// The name of the chat's device.
    pub(crate) device: String,
    /// The chat's name, as output and contacts.csv have it.
    pub(crate) name: String,
    /// The contact's name in its archives; `None` for a group.
    pub(crate) participant: Option<String>,
    /// The contact's number, if an archive or a row has it.
    pub(crate) phone: Option<Phone>,
    /// The number of its messages in all archives.
    pub(crate) messages: u64,
    /// The local time of its first message, on the phone; `None` without messages.
    pub(crate) first: Option<NaiveDateTime>,
    /// The local time of its last message, on the phone; `None` without messages.
    pub(crate) last: Option<NaiveDateTime>,
    /// Its senders with the number of their messages, the most active first.
    pub(crate) senders: Vec<(String, u64)>,
    /// Its first messages.
    pub(crate) beginning: Vec<Excerpt>,
    /// Its last messages, without those of `beginning`.
    pub(crate) end: Vec<Excerpt>,
    /// What is decided about the chat, or missing for a decision.
    pub(crate) state: ChatState,
    /// Its own row of contacts.csv has lead and contact, or a choice: also where it is not ready, as one of two chats of a number.
    pub(crate) has_decision: bool,
    /// A row of contacts.csv names the chat: only such a chat is looked up in Close.
    pub(crate) has_row: bool,
    /// Another device has a chat of this name, so that a row without a device would mean both.
    pub(crate) has_namesake: bool,
}

/// A message that a person recognises a chat by.
#[derive(Debug, Clone)]
pub(crate) struct Excerpt {
    /// The local time of the message, on the phone.
    pub(crate) at: NaiveDateTime,
    /// The name of the sender; `None` for a notice.
    pub(crate) sender: Option<String>,
    /// The beginning of the text, at most 200 characters; for a message without text, its kind and
    /// the names of its files.
    pub(crate) text: String,
    archive: usize,
    line: u32,
}

/// What is decided about a chat, or missing for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatState {
    /// A person has to decide; what is missing or wrong, in words.
    ToDecide(String),
    /// It is imported to this lead and contact.
    Ready(LeadId, ContactId),
    /// Marked in contacts.csv with `import = create`: `match --create-missing` creates its lead.
    Create,
    /// Left out by `import = no` in contacts.csv.
    No,
    /// Left out by another rule.
    LeftOut(Rule),
    /// Held for a reason outside of the mapping, in words.
    Held(String),
}

/// Reads the archives of a migration, and lists its chats; with what the archives determine. The archives are consumed.
///
/// # Errors
///
/// As [`Migration::desired`].
pub(super) fn list_chats(
    migration: &mut Migration,
    observer: &mut dyn Observer,
) -> Result<(ChatList, ReadChats)> {
    let policy = migration.policy(RunFlags::default());
    let contacts = migration.contacts.clone();
    let mut list = ChatList::default();
    let read = migration.desired_traced(&policy, observer, None, &mut |sources, desired| {
        list = of_sources(sources, desired, (&policy, &contacts));
    })?;
    let failures = migration.failures().iter();
    list.unreadable = failures
        .map(|failure| migration.describe(failure))
        .collect();
    Ok((list, read))
}

fn of_sources(
    sources: &[Source<'_>],
    desired: &Desired,
    (policy, contacts): (&Policy, &Contacts),
) -> ChatList {
    let by_archive: HashMap<(&str, [u8; 16]), (&DesiredChat, u32)> = (desired.chats.iter())
        .flat_map(|chat| {
            let digests = chat.sources.iter().map(|source| source.digest);
            let keys = chat.paths.iter().map(String::as_str).zip(digests);
            (0u32..)
                .zip(keys)
                .map(move |(archive, key)| (key, (chat, archive)))
        })
        .collect();
    let mut list = ChatList::default();
    let mut chats: BTreeMap<(String, String), ListedChat> = BTreeMap::new();
    let mut private: BTreeMap<(String, String), ()> = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        let place = source.opened.place();
        let digest = source.opened.digest();
        let key = (
            place.as_str(),
            digest.first_chunk().copied().unwrap_or_default(),
        );
        let Some((desired, archive)) = by_archive.get(&key).copied() else {
            continue;
        };
        let name = source.opened.chat_name();
        let key = (source.device.name.clone(), name_key(name));
        if desired.private {
            private.insert(key, ());
            continue;
        }
        list.archives.push(archives::of(source, desired));
        let entry = chats.entry(key);
        let chat = entry.or_insert_with(|| unread(source, desired, contacts));
        // An archive that waits for a person is not hidden by another one of the chat that is ready.
        let own = state(desired, contacts.choice(&source.device.name, name));
        if urgency(&own) > urgency(&chat.state) {
            chat.state = own;
        }
        // A group that is left out as a whole is not examined further.
        let is_group = desired.is_group || source.chat.is_group();
        let places = desired.left_out_places.iter();
        let left_out: HashMap<u32, Rule> = (places.filter(|(own, ..)| *own == archive))
            .map(|(_, line, rule)| (*line, *rule))
            .collect();
        source.with_messages(|read| {
            let source = Source {
                chat: read,
                ..*source
            };
            let devices = [source.device];
            let showable = Showable::of(source, is_group, (policy, contacts), &devices);
            add(chat, index, read, &|what| match what {
                Shown::Message(message) => {
                    !left_out.contains_key(&message.line) && showable.has(message)
                }
                Shown::Sender(sender) => {
                    showable.has_sender(sender) && !is_of(read, sender, &left_out)
                }
            });
        });
    }
    let mut names: HashMap<String, u32> = HashMap::new();
    for (_, name) in chats.keys() {
        *names.entry(name.clone()).or_default() += 1;
    }
    list.private = private.len() as u64;
    let needs_phone = |chat: &&DesiredChat| match &chat.standing {
        Decision::Held(Held::LocalPhone | Held::Owner | Held::DateOrder) => !chat.private,
        _ => false,
    };
    list.phone_questions = desired.chats.iter().filter(needs_phone).count() as u64;
    list.chats = (chats.into_iter())
        .map(|((_, name), mut chat)| {
            chat.settle();
            chat.has_namesake = names.get(&name).is_some_and(|chats| *chats > 1);
            chat
        })
        .collect();
    list
}

impl ListedChat {
    /// Sorts the senders, and removes the messages of the end that the beginning has.
    fn settle(&mut self) {
        self.senders
            .sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
        let beginning = &self.beginning;
        let is_new = |end: &Excerpt| {
            !(beginning.iter()).any(|one| (one.archive, one.line) == (end.archive, end.line))
        };
        self.end.retain(is_new);
    }
}

/// A chat before its archives were looked at.
fn unread(source: &Source<'_>, desired: &DesiredChat, contacts: &Contacts) -> ListedChat {
    let (device, name) = (&source.device.name, source.opened.chat_name());
    // A group that is left out as a whole is not examined further.
    let is_group = desired.is_group || source.chat.is_group();
    let participant = (!is_group).then(|| source.opened.title().to_owned());
    let of_archive = || {
        let native = source.opened.native.as_ref();
        let native = native.and_then(|chat| Phone::parse(chat.phone.as_deref()?));
        native.or_else(|| Phone::parse(name))
    };
    let own = participant.as_deref().unwrap_or("*");
    let row = contacts.contact_for(device, name, &[own]);
    let choice = contacts.choice(device, name);
    let has_ids = |row: &Mapping| row.lead_id.is_some() && row.contact_id.is_some();
    let is_choice = |choice| choice != ImportChoice::Yes;
    let has_decision = choice.is_some_and(is_choice) || row.as_ref().is_some_and(has_ids);
    let phone = match &desired.standing {
        Decision::Ready(to) => Some(to.remote_phone.clone()),
        _ => row.and_then(|row| row.phone).or_else(of_archive),
    };
    ListedChat {
        has_row: contacts.naming_chat(device, name).next().is_some(),
        device: device.clone(),
        name: name.to_owned(),
        participant,
        phone,
        messages: 0,
        first: None,
        last: None,
        senders: Vec::new(),
        beginning: Vec::new(),
        end: Vec::new(),
        state: state(desired, choice),
        has_decision,
        has_namesake: false,
    }
}

fn state(desired: &DesiredChat, choice: Option<ImportChoice>) -> ChatState {
    match &desired.standing {
        Decision::Ready(to) => ChatState::Ready(to.lead_id.clone(), to.contact_id.clone()),
        Decision::LeftOut(Rule::ImportNo) => ChatState::No,
        Decision::LeftOut(rule) => ChatState::LeftOut(*rule),
        Decision::Held(Held::Mapping(_)) if choice == Some(ImportChoice::Create) => {
            ChatState::Create
        }
        Decision::Held(Held::Mapping(missing)) => {
            ChatState::ToDecide(format!("needs {}", needed(missing)))
        }
        Decision::Held(why) if why.is_mapping_problem() && !matches!(why, Held::LocalPhone) => {
            ChatState::ToDecide(why.to_string())
        }
        Decision::Held(why) => ChatState::Held(why.to_string()),
    }
}

/// The order in which the states of a chat's archives count for the chat.
fn urgency(state: &ChatState) -> u8 {
    match state {
        ChatState::ToDecide(_) => 2,
        ChatState::Held(_) => 1,
        ChatState::Ready(..) | ChatState::Create | ChatState::No | ChatState::LeftOut(_) => 0,
    }
}

/// Columns as a person calls what is in them.
fn needed(missing: &[&'static str]) -> String {
    let words: Vec<&str> = (missing.iter())
        .map(|column| match *column {
            "phone" => "a number",
            "lead_id" => "a lead",
            "contact_id" => "a contact",
            other => other,
        })
        .collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// What of an archive is shown.
enum Shown<'m, 't> {
    Message(&'m Message<'t>),
    /// A participant, by its index.
    Sender(usize),
}

/// Whether the messages of a participant are among those that are left out since they are this person's. The same person may
/// have another name in another archive of the chat.
fn is_of(read: &Chat<'_>, sender: usize, left_out: &HashMap<u32, Rule>) -> bool {
    let is_persons = |line: u32| matches!(left_out.get(&line), Some(Rule::Ignored | Rule::Erased));
    let own = |message: &&Message<'_>| message.sender.is_some_and(|own| own as usize == sender);
    !left_out.is_empty()
        && (read.messages.iter().filter(own)).any(|message| is_persons(message.line))
}

/// Adds the messages of an archive to a chat. Who and what is left out is counted, and neither named nor shown.
fn add(
    chat: &mut ListedChat,
    archive: usize,
    read: &Chat<'_>,
    is_shown: &dyn Fn(Shown<'_, '_>) -> bool,
) {
    chat.messages += read.messages.len() as u64;
    let participants = read.participants.iter().enumerate();
    for (_, participant) in participants.filter(|(index, _)| is_shown(Shown::Sender(*index))) {
        let number = u64::from(participant.messages);
        let name = participant.name.as_ref();
        match chat.senders.iter_mut().find(|(own, _)| own == name) {
            Some((_, messages)) => *messages += number,
            None => chat.senders.push((name.to_owned(), number)),
        }
    }
    let times = read.messages.iter().map(|message| message.local_time);
    let (first, last) = (times.clone().min(), times.max());
    chat.first = [chat.first, first].into_iter().flatten().min();
    chat.last = chat.last.max(last);
    let excerpt = |message: &Message<'_>| Excerpt {
        at: message.local_time,
        sender: read
            .sender_of(message)
            .map(|sender| sender.name.as_ref().to_owned()),
        text: words(message),
        archive,
        line: message.line,
    };
    let shown = || {
        let messages = read.messages.iter();
        messages.filter(|message| is_shown(Shown::Message(message)))
    };
    chat.beginning.extend(shown().take(EXCERPT).map(excerpt));
    chat.beginning
        .sort_by_key(|one| (one.at, one.archive, one.line));
    chat.beginning.truncate(EXCERPT);
    let last = shown().rev().take(EXCERPT).map(excerpt);
    chat.end.extend(last);
    chat.end.sort_by_key(|one| (one.at, one.archive, one.line));
    let from = chat.end.len().saturating_sub(EXCERPT);
    chat.end.drain(..from);
}

/// The first words of a message; the names of its files, if it has no text.
fn words(message: &Message<'_>) -> String {
    if message.text.trim().is_empty() {
        let files = message.attachments().iter();
        let files: Vec<&str> = files.map(|file| file.name.as_ref()).collect();
        return format!("[{} {}]", message.kind.word(), files.join(", "));
    }
    let mut words: String = message.text.chars().take(WORDS).collect();
    if message.text.chars().nth(WORDS).is_some() {
        words.push('…');
    }
    words
}
