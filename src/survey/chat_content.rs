//! Contents of recorded chats and of chats of a run, in comparable form.
//!
//! Here belongs which recorded hash stands for the content of a message; never whether two contents are one
//! conversation ([`crate::matching::agreement`]).

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::checkpoint::fingerprint::{keyed, tombstone};
use crate::checkpoint::{self, ChatRow, HashKey, ReadStore};
use crate::matching::Class;
use crate::matching::agreement::{Agreement, ChatContent, Content};
use crate::matching::candidates::Candidates;
use crate::matching::sequence::Key;
use crate::memory;
use crate::plan::files_text;
use crate::transform::desired::{DesiredChat, DesiredMessage, Direction};

use super::links::may_be_in_close;

/// A message of a chat of the run as content with its time.
pub(super) fn content(message: &DesiredMessage, key: Key) -> Content {
    Content {
        key,
        at: message.activity_at.timestamp_millis(),
        is_incoming: message.direction == Direction::Incoming,
    }
}

/// The content of a recorded chat: canonical bodies or, in older formats, texts as posted.
pub(super) struct RecordedContent {
    content: ChatContent,
    /// The same without files, which an export may omit.
    without_files: Vec<Content>,
    knows_content: bool,
}

impl RecordedContent {
    /// The contents of its messages, in the form of this record.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.content.messages().iter().map(|content| content.key)
    }

    pub(super) fn read(
        snapshot: &dyn ReadStore,
        key: &HashKey,
        row: &ChatRow,
    ) -> Result<RecordedContent, checkpoint::Error> {
        let deleted = tombstone(key);
        let mut rows: Vec<(Content, Option<Key>, bool)> = Vec::new();
        let mut knows_content = true;
        snapshot.each_message_of(row.id, &mut |row| {
            if !may_be_in_close(row.state) || row.body_hash == deleted {
                return;
            }
            let files = row.media_hash.filter(|_| row.media_count > 0);
            let (content, body) = match files {
                Some(files) => (Some(files), files),
                None if row.media == Some(true) => return,
                None => (row.content, row.body_hash),
            };
            knows_content &= content.is_some() || row.class.is_some_and(has_no_body);
            let said = Content {
                key: body,
                at: row.activity_at,
                is_incoming: row.outgoing == Some(false),
            };
            rows.push((said, content, files.is_some()));
        })?;
        let messages: Vec<(Content, bool)> = (rows.into_iter())
            .filter_map(|(said, content, is_file)| {
                let key = match knows_content {
                    true => content?,
                    false => said.key,
                };
                Some((Content { key, ..said }, is_file))
            })
            .collect();
        let without_files = (messages.iter())
            .filter(|(_, is_file)| !is_file)
            .map(|(content, _)| *content);
        Ok(RecordedContent {
            without_files: without_files.collect(),
            content: ChatContent::new(messages.iter().map(|(content, _)| *content).collect()),
            knows_content,
        })
    }
}

fn has_no_body(class: checkpoint::Class) -> bool {
    !matches!(class, checkpoint::Class::Text)
}

/// The contents of the open chats, as far as records have them; a chat's number is its index.
pub(super) struct Profiles<'c> {
    key: HashKey,
    chats: Vec<&'c DesiredChat>,
    by_content: Candidates,
    by_body: Candidates,
    kept: RefCell<Kept>,
}

/// Profiles that were compared, by the number of their chat, and the number of their messages.
#[derive(Default)]
struct Kept {
    profiles: HashMap<usize, Rc<Profile>>,
    messages: usize,
}

impl<'c> Profiles<'c> {
    /// The contents of these chats that one of the records may have: `recorded` are the keys of all.
    pub(super) fn of(key: HashKey, chats: Vec<&'c DesiredChat>, recorded: &HashSet<Key>) -> Self {
        let mut profiles = Profiles {
            key,
            chats,
            by_content: Candidates::default(),
            by_body: Candidates::default(),
            kept: RefCell::default(),
        };
        let shared = |content: &ChatContent| -> Vec<Content> {
            let messages = content.messages().iter();
            let is_recorded = |content: &&Content| recorded.contains(&content.key);
            messages.filter(is_recorded).copied().collect()
        };
        for number in 0..profiles.chats.len() {
            let profile = profiles.profile(number);
            (profiles.by_content).add(number, &shared(&profile.by_content));
            profiles.by_body.add(number, &shared(&profile.by_body));
        }
        profiles
    }

    /// The agreement of the chat with this number and a record, and the number of messages of the record
    /// that it contains.
    pub(super) fn compare(&self, number: usize, record: &RecordedContent) -> (Agreement, usize) {
        self.profile(number).compare(record)
    }

    /// Adds the numbers of the chats that have content in common with a record.
    pub(super) fn find(&self, record: &RecordedContent, found: &mut Vec<usize>) {
        let candidates = match record.knows_content {
            true => &self.by_content,
            false => &self.by_body,
        };
        candidates.find(record.content.messages(), found);
    }

    fn profile(&self, number: usize) -> Rc<Profile> {
        let mut kept = self.kept.borrow_mut();
        if let Some(profile) = kept.profiles.get(&number) {
            return Rc::clone(profile);
        }
        let chat = self.chats[number];
        if !memory::keeps_contents(kept.messages + chat.messages.len()) {
            *kept = Kept::default();
        }
        let profile = Rc::new(Profile::of(&self.key, chat));
        kept.messages += chat.messages.len();
        kept.profiles.insert(number, Rc::clone(&profile));
        profile
    }
}

/// The content of a chat of the run, in the forms of both kinds of record.
pub(super) struct Profile {
    by_content: ChatContent,
    by_body: ChatContent,
    /// Whether files are missing from the archives.
    lacks_files: bool,
}

impl Profile {
    pub(super) fn of(key: &HashKey, chat: &DesiredChat) -> Profile {
        (chat.messages).with(|messages| Profile::of_messages(key, messages))
    }

    fn of_messages(key: &HashKey, messages: &[DesiredMessage]) -> Profile {
        let list = |key_of: &dyn Fn(&DesiredMessage) -> Option<Key>| {
            let messages = (messages.iter())
                .filter_map(|message| {
                    let files = (!message.files.is_empty())
                        .then(|| keyed(key, "media", &files_text(&message.files)));
                    let is_line = message.evidence.class == Some(Class::File);
                    let own = || key_of(message).filter(|_| !is_line);
                    Some(content(message, files.or_else(own)?))
                })
                .collect();
            ChatContent::new(messages)
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
            Some(keyed(key, "body", message.body(message.markdown.reveal())))
        };
        Profile {
            by_content: list(&content),
            by_body: list(&body),
            lacks_files: (messages.iter()).any(|message| {
                message.evidence.class == Some(Class::File) && message.files.is_empty()
            }),
        }
    }

    fn compare(&self, record: &RecordedContent) -> (Agreement, usize) {
        let own = match record.knows_content {
            true => &self.by_content,
            false => &self.by_body,
        };
        match own.compare(&record.content) {
            // A recorded file that the archives lack is no contradiction.
            (Agreement::None, _) if self.lacks_files => {
                own.compare(&ChatContent::new(record.without_files.clone()))
            }
            found => found,
        }
    }
}
