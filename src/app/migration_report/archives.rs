//! Dates, lines and senders of the archives, taken while they are open.
//!
//! Belongs here: what the plan does not keep of an archive. Never here: a decision about a message.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::sums::not_adding_up;
use crate::app::error::Result;
use crate::chat::{Chat, LineCount, Message};
use crate::plan::Selection;
use crate::transform::Source;
use crate::transform::desired::{Desired, DesiredChat};

/// The archives of a migration.
#[derive(Debug, Default)]
pub(super) struct Archives {
    by_place: HashMap<Key, Archive>,
}

/// Where an archive is, and the beginning of its digest.
type Key = (String, [u8; 16]);

/// An archive.
#[derive(Debug, Default)]
pub(super) struct Archive {
    /// The first day with a message.
    pub(super) first: Option<NaiveDate>,
    /// The last day with a message.
    pub(super) last: Option<NaiveDate>,
    /// The lines of its transcript.
    pub(super) lines: LineCount,
    /// Names of its senders.
    pub(super) senders: Vec<String>,
    /// Its messages, by line; empty unless requested.
    pub(super) messages: Vec<ReadMessage>,
}

/// A message of an archive, without its text.
#[derive(Debug)]
pub(super) struct ReadMessage {
    pub(super) line: u32,
    /// Index into [`Archive::senders`].
    pub(super) sender: Option<u32>,
    /// Unix seconds.
    pub(super) at: i64,
    /// The emoji of its reactions.
    pub(super) reactions: Vec<String>,
}

impl Archives {
    /// The archives of the selected chats. `with_messages`: with every message, for a conversation. Of private chats only the
    /// lines are counted, so that the sums are those of all archives.
    pub(super) fn of(
        sources: &[Source<'_>],
        desired: &Desired,
        selection: &Selection,
        with_messages: bool,
    ) -> Archives {
        let is_wanted = |chat: &&DesiredChat| selection.includes(chat);
        let shifts: HashMap<Key, (i64, bool)> = (desired.chats.iter().filter(is_wanted))
            .flat_map(|chat| {
                let sources = keys(chat).zip(&chat.sources);
                sources.map(|(key, source)| (key, (source.shift, chat.private)))
            })
            .collect();
        let mut archives = Archives::default();
        for source in sources {
            let digest = source.opened.digest();
            let key = (
                source.opened.place(),
                digest.first_chunk().copied().unwrap_or_default(),
            );
            let Some((shift, is_private)) = shifts.get(&key) else {
                continue;
            };
            let archive = source.with_messages(|chat| match is_private {
                true => Archive {
                    lines: chat.lines,
                    ..Archive::default()
                },
                false => Archive::of(chat, (source.device.timezone, *shift), with_messages),
            });
            archives.by_place.insert(key, archive);
        }
        archives
    }

    /// The archives of a chat, in the order of [`DesiredChat::archives`].
    pub(super) fn of_chat(&self, chat: &DesiredChat) -> Vec<Option<&Archive>> {
        keys(chat).map(|key| self.by_place.get(&key)).collect()
    }

    /// The same, to keep.
    pub(super) fn take(&mut self, chat: &DesiredChat) -> Vec<Archive> {
        keys(chat)
            .map(|key| self.by_place.remove(&key).unwrap_or_default())
            .collect()
    }
}

fn keys(chat: &DesiredChat) -> impl Iterator<Item = Key> + '_ {
    let digests = chat.sources.iter().map(|source| source.digest);
    chat.paths.iter().cloned().zip(digests)
}

impl Archive {
    fn of(chat: &Chat<'_>, (zone, shift): (Tz, i64), with_messages: bool) -> Archive {
        let times = chat.messages.iter().map(|message| message.local_time);
        let (first, last) = (times.clone().min(), times.max());
        let mut archive = Archive {
            first: first.map(|at| at.date()),
            last: last.map(|at| at.date()),
            lines: chat.lines,
            ..Archive::default()
        };
        if !with_messages {
            return archive;
        }
        let names = chat.participants.iter();
        archive.senders = names
            .map(|participant| participant.name.as_ref().to_owned())
            .collect();
        archive.messages = (chat.messages.iter())
            .map(|message| ReadMessage {
                line: message.line,
                sender: message.sender,
                at: instant(message, zone) - shift.div_euclid(1000),
                reactions: (message.reactions().iter())
                    .map(|(_, sign)| sign.clone())
                    .collect(),
            })
            .collect();
        archive.messages.sort_by_key(|message| message.line);
        archive
    }

    /// The message at a line.
    pub(super) fn message(&self, line: u32) -> Option<&ReadMessage> {
        let found = (self.messages).binary_search_by_key(&line, |message| message.line);
        self.messages.get(found.ok()?)
    }

    /// Checks that every line of the transcript is counted once.
    ///
    /// # Errors
    ///
    /// An internal error.
    pub(super) fn check(&self) -> Result<()> {
        let LineCount {
            total,
            headers,
            continuations,
            oddities,
        } = self.lines;
        match total == headers + continuations + oddities {
            true => Ok(()),
            false => Err(not_adding_up("lines = headers + continuations + oddities")),
        }
    }
}

/// The instant of a message in Unix seconds; of a local time that occurs twice, the first.
fn instant(message: &Message<'_>, zone: Tz) -> i64 {
    let in_zone = |at: &NaiveDateTime| zone.from_local_datetime(at).earliest();
    match (message.instant(), in_zone(&message.local_time)) {
        (Some(at), _) => at.timestamp(),
        (None, Some(at)) => at.timestamp(),
        // The clock was set forward.
        (None, None) => message.local_time.and_utc().timestamp(),
    }
}
