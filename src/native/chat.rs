//! A chat of an archive with native ids, owning what it holds, and the [`Chat`] that it gives.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::mentions;
use crate::chat::{
    Attachment, Chat, DateOrder, Evidence, Extra, Form, Format, Kind, LineCount, MediaKind,
    Message, Participant, Platform, Quoted,
};
use crate::digest::Digest;

/// What the ids of an archive are worth (`native-sources.md` 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// WhatsApp's own.
    Native,
    /// Cut short by the program that exported: for replies within the file only.
    Truncated,
    /// Numbers of rows, as the Telegram-like form of the exporter has them.
    Rows,
    /// None: made from a text export.
    Lines,
}

impl Quality {
    /// What a person has to know who wants ids; `None` where they are whole.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Quality::Native => None,
            Quality::Truncated => Some(
                "its ids are cut to 17 characters by the program that exported; they find replies within it and are ids of nothing in Close. The whole ones are in ChatStorage.sqlite, of the Mac app or of a backup of the iPhone: take that instead, or as well",
            ),
            Quality::Rows => Some(
                "the Telegram-like form of its program (--tg), which has no ids of WhatsApp's: they are derived. The true ones are in its usual JSON, in msgstore.db, or in ChatStorage.sqlite",
            ),
            Quality::Lines => Some(
                "made from a text export, so it has no ids and they are derived; take the text export itself, which says more",
            ),
        }
    }
}

/// How many messages have ids of which worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ids {
    /// WhatsApp's own.
    pub native: u64,
    /// Cut short: the id in Close is derived.
    pub cut: u64,
    /// None: the id in Close is derived.
    pub derived: u64,
}

impl Ids {
    /// Counts those of another chat as well.
    pub fn add(&mut self, other: Ids) {
        self.native += other.native;
        self.cut += other.cut;
        self.derived += other.derived;
    }
}

/// One conversation.
#[derive(Debug, Clone)]
pub struct NativeChat {
    /// What WhatsApp keys it by, such as `15550001001@s.whatsapp.net`.
    pub jid: String,
    /// Its name: that of the other side or of the group, else its number.
    pub title: String,
    /// The other side's number as E.164, where it is known.
    pub phone: Option<String>,
    /// True for a group.
    pub group: bool,
    /// Who writes in it.
    pub parties: Vec<Party>,
    /// Its messages, by time and then by the order of the archive.
    pub messages: Vec<NativeMessage>,
    /// What its ids are worth.
    pub quality: Quality,
    /// Who wrote the archive.
    pub platform: Platform,
}

/// Somebody who writes in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The name that is shown, or the number.
    pub name: String,
    /// The number as E.164, where it is known.
    pub phone: Option<String>,
    /// The owner of the archive.
    pub me: bool,
}

/// A message.
#[derive(Debug, Clone)]
pub struct NativeMessage {
    /// Where it stands in the archive: the row of a database, the line of a log.
    pub place: u32,
    /// Index into [`NativeChat::parties`]; `None` for what nobody said.
    pub sender: Option<u32>,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// What it is.
    pub kind: Kind,
    /// What it says; of a file the caption.
    pub text: String,
    /// WhatsApp's own id.
    pub id: Option<String>,
    /// What else quotations may call it.
    pub aliases: Vec<String>,
    /// True when it was edited; the text is the last wording.
    pub edited: bool,
    /// Its files.
    pub files: Vec<NativeFile>,
    /// The kind of a file that is not named, and not there.
    pub omitted: Option<MediaKind>,
    /// What it answers.
    pub quoted: Option<NativeQuote>,
    /// Who reacted, and how.
    pub reactions: Vec<Reaction>,
    /// Where in the text the names of those stand who are mentioned in it.
    pub mentions: Vec<Range<u32>>,
}

/// A file of a message.
#[derive(Debug, Clone)]
pub struct NativeFile {
    /// Its name for people.
    pub name: String,
    /// Number of the entry in the archive's container; `None` when the file is not there.
    pub entry: Option<u32>,
    /// What kind of file it is.
    pub media: MediaKind,
}

/// A quotation.
#[derive(Debug, Clone)]
pub struct NativeQuote {
    /// The id that it names.
    pub id: Option<String>,
    /// The quoted text, where the archive has it.
    pub text: Option<String>,
    /// Who said it, where the archive tells: index into [`NativeChat::parties`].
    pub sender: Option<u32>,
    /// The archive says that it is a message of another chat.
    pub elsewhere: bool,
}

impl NativeQuote {
    /// A quotation of a message of this chat, as far as the archive tells.
    pub(super) fn of(id: Option<String>, text: Option<String>) -> NativeQuote {
        NativeQuote {
            id,
            text,
            sender: None,
            elsewhere: false,
        }
    }
}

/// A reaction: never a message of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Whose, as shown; empty for the owner's own.
    pub by: String,
    /// The sign.
    pub sign: String,
}

impl NativeMessage {
    /// A text of nobody, to be filled in.
    pub(super) fn new(place: u32, at: DateTime<Utc>) -> NativeMessage {
        NativeMessage {
            place,
            sender: None,
            at,
            kind: Kind::Text,
            text: String::new(),
            id: None,
            aliases: Vec::new(),
            edited: false,
            files: Vec::new(),
            omitted: None,
            quoted: None,
            reactions: Vec::new(),
            mentions: Vec::new(),
        }
    }

    /// Puts names in place of the numbers that it mentions.
    pub(super) fn name_mentions(&mut self, name_of: impl Fn(&str) -> Option<String>) {
        if let Some((text, mentions)) = mentions::named(&self.text, name_of) {
            self.text = text;
            self.mentions = mentions;
        }
    }
}

impl NativeChat {
    /// What its ids are worth, message by message.
    pub fn ids(&self) -> Ids {
        let mut ids = Ids::default();
        for message in &self.messages {
            match (&message.id, self.quality) {
                (Some(_), Quality::Native) => ids.native += 1,
                (Some(_), Quality::Truncated) => ids.cut += 1,
                _ => ids.derived += 1,
            }
        }
        ids
    }

    /// The BLAKE3 hash of everything that the source has of the chat.
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Digest::default();
        digest.add(&self.jid);
        digest.add(&self.title);
        for message in &self.messages {
            digest.number(message.at.timestamp_millis());
            digest.add(message.id.as_deref().unwrap_or_default());
            digest.add(message.kind.word());
            digest.number(i64::from(message.edited));
            digest.add(&message.text);
            for file in &message.files {
                digest.add(&file.name);
            }
            if let Some(quoted) = &message.quoted {
                digest.add(quoted.id.as_deref().unwrap_or_default());
            }
            for reaction in &message.reactions {
                digest.add(&reaction.by);
                digest.add(&reaction.sign);
            }
        }
        digest.finish()
    }

    /// The chat as every source gives it. Local times are in UTC until the zone of the phone is
    /// known ([`Chat::in_zone`]).
    pub fn chat(&self) -> Chat<'_> {
        let mut participants: Vec<Participant<'_>> = self
            .parties
            .iter()
            .map(|party| Participant {
                name: Cow::Borrowed(party.name.as_str()),
                unsaved: false,
                number: party.phone.as_deref().map(Cow::Borrowed),
                messages: 0,
            })
            .collect();
        let mut messages = Vec::with_capacity(self.messages.len());
        for message in &self.messages {
            let sender = message
                .sender
                .filter(|number| (*number as usize) < participants.len());
            if let Some(number) = sender {
                participants[number as usize].messages += 1;
            }
            messages.push(self.message(message, sender));
        }
        let owner = self.parties.iter().position(|party| party.me);
        // Whoever has no message has no place among the writers.
        let mut places: HashMap<u32, u32> = HashMap::new();
        let mut kept = Vec::new();
        for (number, participant) in (0u32..).zip(participants) {
            if participant.messages > 0 {
                places.insert(number, u32::try_from(kept.len()).unwrap_or(u32::MAX));
                kept.push(participant);
            }
        }
        for message in &mut messages {
            message.sender = message.sender.and_then(|at| places.get(&at).copied());
            if let Some(quoted) = message.extra.as_mut().and_then(|e| e.quoted.as_mut())
                && let Some(by) = quoted.sender
            {
                quoted.sender = places.get(&by).copied();
                quoted.elsewhere |= self.group && quoted.sender.is_none();
            }
        }
        let owner = owner
            .and_then(|at| u32::try_from(at).ok())
            .and_then(|at| places.get(&at).copied());
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        Chat {
            platform: self.platform,
            format: Format {
                pattern: "exact times".to_owned(),
                date_order: DateOrder::Ymd,
                evidence: Evidence::Shape,
                seconds: true,
                form: Form::default(),
            },
            participants: kept,
            messages,
            owner,
            group_notices: u32::from(self.group),
            oddities: Vec::new(),
            lines: LineCount {
                total: count,
                headers: count,
                ..LineCount::default()
            },
        }
    }

    fn message<'c>(&'c self, message: &'c NativeMessage, sender: Option<u32>) -> Message<'c> {
        let attachments = message.files.iter().map(|file| Attachment {
            name: Cow::Borrowed(file.name.as_str()),
            entry: file.entry,
            media: file.media,
        });
        let native = (self.quality == Quality::Native)
            .then(|| message.id.clone())
            .flatten();
        // Good for replies within the archive.
        let cut = (self.quality != Quality::Native)
            .then(|| message.id.clone())
            .flatten();
        Message {
            line: message.place,
            sender,
            local_time: message.at.naive_utc(),
            kind: message.kind,
            edited: message.edited,
            text: Cow::Borrowed(message.text.as_str()),
            extra: Some(Box::new(Extra {
                attachments: attachments.collect(),
                omitted: message.omitted,
                instant: Some(message.at),
                native_id: native,
                mentions: message.mentions.clone(),
                known_as: message.aliases.iter().cloned().chain(cut).collect(),
                quoted: message.quoted.as_ref().map(|quoted| Quoted {
                    id: quoted.id.clone(),
                    text: quoted.text.clone(),
                    sender: quoted.sender,
                    elsewhere: quoted.elsewhere,
                }),
                reactions: (message.reactions.iter())
                    .map(|reaction| (reaction.by.clone(), reaction.sign.clone()))
                    .collect(),
                ..Extra::default()
            })),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::transform::time::instants;

    /// A text of the minute.
    pub(in crate::native) fn told(minute: u32) -> NativeMessage {
        let at = 1_735_732_800 + i64::from(minute) * 60;
        NativeMessage::new(minute, DateTime::from_timestamp(at, 0).unwrap())
    }

    /// A chat of two, the owner the first.
    pub(in crate::native) fn chat(messages: Vec<NativeMessage>) -> NativeChat {
        NativeChat {
            jid: "1@s.whatsapp.net".to_owned(),
            title: "Ben".to_owned(),
            phone: None,
            group: false,
            parties: vec![super::super::people::me()],
            messages,
            quality: Quality::Native,
            platform: Platform::Msgstore,
        }
    }

    /// An hour of an autumn night is there twice on a clock, and once in a database.
    #[test]
    fn no_night_of_the_year_is_in_doubt() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let times = [at("2024-10-27T00:30:00Z"), at("2024-10-27T01:30:00Z")];
        let messages = (1u32..).zip(times);
        let chat = chat(messages.map(|(n, at)| NativeMessage::new(n, at)).collect());
        let mut read = chat.chat();
        read.in_zone(chrono_tz::Europe::Berlin);
        assert_eq!(read.messages[0].local_time, read.messages[1].local_time);
        let found = instants(&read, chrono_tz::Europe::Berlin);
        assert_eq!((found.times.as_slice(), found.twice_first), (&times[..], 0));
    }
}
