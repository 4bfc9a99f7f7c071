//! One conversation: every message of its archives, in order of time, with its state in Close.
//!
//! A message that is left out has its place, its time and the reason, and neither text nor sender: a rule may protect the
//! person who wrote it or is named in it. It is asserted that
//! bubbles, omitted messages and copies are all messages of the archives.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::address::lead_url;
use super::archives::{Archive, Archives};
use super::chats;
use super::failed::Failures;
use super::image::{self, Budget, Image};
use super::sample::first_words;
use super::sums::{Sums, not_adding_up};
use crate::app::error::{Error, Result};
use crate::app::{Exit, Migration};
use crate::config;
use crate::ids::ActivityId;
use crate::plan::{Action, Plan, Planned, PlannedChat, Undecided, target_of};
use crate::routing::Rule;
use crate::transform::desired::{Decision, Direction, File};

/// One conversation for a report: every message of its archives, and its state in Close.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// The time at which the report was made, in UTC.
    pub(crate) made_at: DateTime<Utc>,
    /// The base URL of the server, if it is not Close; `None` for Close.
    pub(crate) other_server: Option<String>,
    /// The address of its lead in Close, for a browser; `None` without a destination, and for a
    /// lead of the sandbox.
    pub(crate) lead_url: Option<String>,
    /// Why the chat is held, in words; `None` if it is ready.
    pub(crate) held: Option<String>,
    /// The numbers of the chat's messages.
    pub(crate) sums: Sums,
    /// The number of its messages in Close without a file that is damaged in its archive.
    pub(crate) without_file: u64,
    /// The number of messages in all its archives.
    pub(crate) messages: u64,
    /// The number among them that another archive also has, or that are lines of another message.
    pub(crate) copies: u64,
    /// The messages that are no copies, in order of time.
    pub(crate) entries: Vec<Entry>,
    /// The exit status of the command that makes the report.
    pub(crate) exit: Exit,
    plan: Plan,
    /// Index into [`Plan::chats`].
    chat: usize,
    archives: Vec<Archive>,
    failed: HashSet<u32>,
    budget: Budget,
}

/// A message of an archive at its place in the conversation: a bubble, or omitted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Its time in Unix seconds.
    at: i64,
    archive: u32,
    line: u32,
    /// Index into the messages that belong in Close, or why it is none of them.
    pub(crate) message: std::result::Result<u32, Omitted>,
}

/// Why a message is omitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Omitted {
    /// A rule leaves it out.
    Rule(Rule),
    /// Its chat is held.
    Held,
}

/// A message as it will be in Close.
#[derive(Debug)]
pub(crate) struct Bubble<'c> {
    /// Whether the owner of the device sent it.
    pub(crate) outgoing: bool,
    /// The name of its sender; empty where the archive has none.
    pub(crate) sender: &'c str,
    /// Its text, in WhatsApp's markdown.
    pub(crate) text: &'c str,
    /// Whether its text begins with the name of its sender, as in a group.
    pub(crate) has_name_line: bool,
    /// The files to upload, or uploaded, with the message.
    pub(crate) files: &'c [File],
    /// The reply target; `None` if the message is no reply, or its target is not in the plan.
    pub(crate) reply: Option<Reply<'c>>,
    /// The emoji of its reactions with their numbers, where its text lacks them.
    pub(crate) reactions: BTreeMap<&'c str, usize>,
    /// Whether its sender edited it.
    pub(crate) edited: bool,
    /// The state of the message in Close.
    pub(crate) state: BubbleState,
    /// The id of its activity in Close; `None` if it is not there.
    pub(crate) activity_id: Option<&'c ActivityId>,
}

/// The reply target of a message.
#[derive(Debug)]
pub(crate) struct Reply<'c> {
    /// The name of the sender; empty where the archive has none.
    pub(crate) sender: &'c str,
    /// The first words of the text; `None` for a message of another chat.
    pub(crate) words: Option<String>,
}

/// The state of a message in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BubbleState {
    /// In Close as desired.
    InClose,
    /// In Close, and an import would change it.
    ToChange,
    /// In Close on another lead.
    ToMove,
    /// Not in Close yet.
    ToPost,
    /// Rejected by Close when it was posted.
    Failed,
    /// The outcome of an earlier request is unknown.
    Unknown,
    /// Removed in Close, and not posted again.
    Removed,
    /// Left alone until a person decides, for this reason.
    Undecided(Undecided),
}

impl Conversation {
    /// The conversation of a plan that is limited to it.
    ///
    /// # Errors
    ///
    /// Usage errors: several chats, or one that may not be shown.
    pub(super) fn of(
        migration: &Migration,
        (plan, mut archives): (Plan, Archives),
        failures: &Failures,
        wanted: Option<&str>,
    ) -> Result<Conversation> {
        let chat = only_chat(&plan, wanted.unwrap_or_default())?;
        let Some(planned) = plan.chats.get(chat) else {
            return Err(not_adding_up("the chat of the conversation"));
        };
        let archives = archives.take(&planned.chat);
        let lines = archives
            .iter()
            .map(|archive| u64::from(archive.lines.total));
        let sums = Sums::of(planned, lines.sum(), failures.of_chat(planned));
        let messages = archives.iter().map(|archive| archive.messages.len() as u64);
        let messages: u64 = messages.sum();
        let mut entries = match planned.chat.standing {
            Decision::Ready(_) => ready(planned, &archives),
            _ => held(&archives),
        };
        entries.sort_by_key(|entry| (entry.at, entry.archive, entry.line));
        let failed = (0u32..).zip(&planned.messages);
        let failed = failed.filter(|(_, message)| failures.is_failed(planned, message));
        Ok(Conversation {
            made_at: DateTime::UNIX_EPOCH,
            other_server: super::other_server(migration),
            lead_url: (planned.destination.as_ref()).and_then(|to| {
                let is_close = config::is_close(&migration.settings.close);
                lead_url(&to.lead_id, is_close)
            }),
            held: match &planned.chat.standing {
                Decision::Held(why) => Some(chats::held(migration, why)),
                Decision::Ready(_) | Decision::LeftOut(_) => None,
            },
            sums,
            without_file: failures.without_file(planned),
            messages,
            copies: messages.saturating_sub(entries.len() as u64),
            entries,
            exit: Exit::Done,
            failed: failed.map(|(index, _)| index).collect(),
            archives,
            budget: Budget::default(),
            chat,
            plan,
        })
    }

    fn planned(&self) -> Option<&PlannedChat> {
        self.plan.chats.get(self.chat)
    }

    /// The name of the chat's device.
    pub(crate) fn device(&self) -> &str {
        self.planned().map_or("", |planned| &planned.chat.device)
    }

    /// The name of the chat.
    pub(crate) fn name(&self) -> &str {
        self.planned().map_or("", |planned| &planned.chat.name)
    }

    /// The time of an entry in the zone of the phone, to the second.
    pub(crate) fn at(&self, entry: &Entry) -> DateTime<Tz> {
        let zone = self.planned().map_or(Tz::UTC, |planned| planned.chat.zone);
        let at = DateTime::from_timestamp(entry.at, 0).unwrap_or_default();
        at.with_timezone(&zone)
    }

    /// The archive of an entry, and the line in it.
    pub(crate) fn place(&self, entry: &Entry) -> (&str, u32) {
        let labels = self.planned().map(|planned| &planned.chat.archives);
        let label = labels.and_then(|labels| labels.get(entry.archive as usize));
        (label.map_or("", String::as_str), entry.line)
    }

    /// The number of bubbles.
    pub(crate) fn bubbles(&self) -> u64 {
        let bubbles = self.entries.iter().filter(|entry| entry.message.is_ok());
        bubbles.count() as u64
    }

    /// The desired message at this index of the planned chat; `None` if there is none.
    pub(crate) fn bubble(&self, index: u32) -> Option<Bubble<'_>> {
        let chat = self.planned()?;
        let planned = chat.messages.get(index as usize)?;
        let message = &planned.message;
        let origin = self.archives.get(message.archive as usize);
        let origin = origin.and_then(|archive| archive.message(message.line));
        let mut reactions = BTreeMap::new();
        let seen = origin.iter().flat_map(|origin| &origin.reactions);
        for sign in seen.filter(|_| message.suffix_len == 0) {
            *reactions.entry(sign.as_str()).or_insert(0) += 1;
        }
        Some(Bubble {
            outgoing: message.direction == Direction::Outgoing,
            sender: self.sender(planned),
            text: message.markdown.reveal(),
            has_name_line: chat.chat.is_group
                && message.prefix_len > 0
                && message.markdown.reveal().starts_with('*'),
            files: &message.files,
            reply: target_of(self.chat, message).map(|target| self.reply(target)),
            reactions,
            edited: message.edited,
            state: self.state(index, planned),
            activity_id: activity_id(&planned.action),
        })
    }

    fn sender(&self, planned: &Planned) -> &str {
        let message = &planned.message;
        let archive = self.archives.get(message.archive as usize);
        let name = archive.and_then(|archive| {
            let sender = archive.message(message.line)?.sender?;
            archive.senders.get(sender as usize)
        });
        name.map_or("", String::as_str)
    }

    fn reply(&self, (chat, index): (usize, usize)) -> Reply<'_> {
        let target = self.planned().filter(|_| chat == self.chat);
        match target.and_then(|planned| planned.messages.get(index)) {
            None => Reply {
                sender: "",
                words: None,
            },
            Some(target) => Reply {
                sender: self.sender(target),
                words: Some(first_words(
                    target.message.body(target.message.markdown.reveal()),
                )),
            },
        }
    }

    fn state(&self, index: u32, planned: &Planned) -> BubbleState {
        match &planned.action {
            Action::Create if self.failed.contains(&index) => BubbleState::Failed,
            Action::Create | Action::Restore(_) | Action::LeftOut(_) => BubbleState::ToPost,
            Action::Settle => BubbleState::Unknown,
            Action::Unchanged(_) | Action::Adopt(_) | Action::Moved(..) => BubbleState::InClose,
            Action::Update(_) => BubbleState::ToChange,
            Action::Replace(_) => BubbleState::ToMove,
            Action::Gone => BubbleState::Removed,
            Action::Undecided(why) => BubbleState::Undecided(*why),
        }
    }

    /// The image in a file; `None` if the file is no image, cannot be read, or exceeds the report's
    /// limit of size.
    pub(crate) fn image(&self, file: &File) -> Option<Image> {
        image::of(&self.plan, file, &self.budget)
    }

    /// The files of its messages, in order of the messages.
    pub(crate) fn files(&self) -> Vec<&File> {
        let indexes = self.entries.iter().filter_map(|entry| entry.message.ok());
        let bubbles = indexes.filter_map(|index| self.bubble(index));
        bubbles.flat_map(|bubble| bubble.files).collect()
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// A usage error: its archive cannot be read.
    pub(crate) fn bytes_of(&self, file: &File) -> Result<Vec<u8>> {
        let container = self.plan.containers.get(file.container as usize);
        let container = container.ok_or_else(|| not_adding_up("the archive of a file"))?;
        (container.read(file.entry)).map_err(|error| Error::usage(error.to_string()))
    }

    /// Checks that every message of the archives is a bubble, omitted, or a copy.
    ///
    /// # Errors
    ///
    /// An internal error.
    pub(super) fn check(&self) -> Result<()> {
        self.sums.check()?;
        (self.archives.iter()).try_for_each(Archive::check)?;
        let Some(planned) = self.planned() else {
            return Err(not_adding_up("the chat of the conversation"));
        };
        let all = self.entries.len() as u64;
        let joined = self.messages.checked_sub(self.sums.read);
        let is_whole = match planned.chat.standing {
            Decision::Ready(_) => {
                self.bubbles() == self.sums.desired()
                    && all - self.bubbles() == self.sums.left_out
                    && joined.is_some_and(|joined| self.copies == self.sums.seen_again + joined)
            }
            _ => self.bubbles() == 0 && all == self.messages,
        };
        match is_whole && all + self.copies == self.messages {
            true => Ok(()),
            false => Err(not_adding_up(
                "bubbles + omitted + copies = messages of the archives",
            )),
        }
    }
}

/// The index of the only chat that the selection contains and that may be shown.
fn only_chat(plan: &Plan, wanted: &str) -> Result<usize> {
    let is_shown = |planned: &PlannedChat| {
        !planned.chat.private && !matches!(planned.chat.standing, Decision::LeftOut(_))
    };
    let shown: Vec<usize> = (plan.chats.iter().enumerate())
        .filter(|(_, planned)| is_shown(planned))
        .map(|(chat, _)| chat)
        .collect();
    match shown.as_slice() {
        [chat] => Ok(*chat),
        // A private chat and one that does not exist look the same.
        [] => Err(Error::usage(format!(
            "no chat \"{wanted}\" is imported or held; `chatferry plan` shows the names"
        ))),
        several => {
            let devices = several.iter().filter_map(|chat| plan.chats.get(*chat));
            let devices: Vec<&str> = devices
                .map(|planned| planned.chat.device.as_str())
                .collect();
            Err(Error::usage(format!(
                "{} chats are named \"{wanted}\", on the devices {}; add `--device` or `--lead`",
                several.len(),
                devices.join(", ")
            )))
        }
    }
}

/// The messages of a chat that is imported.
fn ready(planned: &PlannedChat, archives: &[Archive]) -> Vec<Entry> {
    let omitted = planned.chat.left_out_places.iter();
    let omitted = omitted.map(|(archive, line, rule)| (*archive, *line, Err(Omitted::Rule(*rule))));
    let messages = (0u32..).zip(&planned.messages).map(|(index, planned)| {
        let message = match planned.action {
            Action::LeftOut(rule) => Err(Omitted::Rule(rule)),
            _ => Ok(index),
        };
        (planned.message.archive, planned.message.line, message)
    });
    let entry = |(archive, line, message): (u32, u32, _)| {
        let read = archives.get(archive as usize);
        let exact = match message {
            Ok(index) => (planned.messages.get(index as usize))
                .map(|planned: &Planned| planned.message.activity_at.timestamp()),
            Err(_) => None,
        };
        Entry {
            at: exact
                .or_else(|| Some(read?.message(line)?.at))
                .unwrap_or_default(),
            archive,
            line,
            message,
        }
    };
    omitted.chain(messages).map(entry).collect()
}

/// The messages of a chat that is held.
fn held(archives: &[Archive]) -> Vec<Entry> {
    let messages = (0u32..).zip(archives).flat_map(|(archive, read)| {
        (read.messages.iter()).map(move |message| Entry {
            at: message.at,
            archive,
            line: message.line,
            message: Err(Omitted::Held),
        })
    });
    messages.collect()
}

fn activity_id(action: &Action) -> Option<&ActivityId> {
    match action {
        Action::Unchanged(id) | Action::Adopt(id) | Action::Moved(id, _) => Some(id),
        _ => None,
    }
}
