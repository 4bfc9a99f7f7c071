//! Owned chats of native archives, and their conversion to [`Chat`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::mentions;
use crate::canonical;
use crate::chat::{
    Attachment, Chat, Copies, DateOrder, Evidence, Extra, Form, Format, Kind, LineCount, MediaKind,
    Message, Participant, Platform, Quoted,
};
use crate::digest::Digest;

/// Origin of the ids of an archive, which determines what they can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdQuality {
    /// WhatsApp's own.
    Native,
    /// Truncated by the exporting program: usable for replies within the file only.
    Truncated,
    /// Row numbers, as in the exporter's Telegram-like format.
    Rows,
    /// Absent: the archive was made from a text export.
    Lines,
}

impl IdQuality {
    /// A restriction that a person should know of; `None` for native ids.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            IdQuality::Native => None,
            IdQuality::Truncated => Some(
                "ids are truncated to 17 characters by the exporting program: they link replies within the file but cannot be used in Close. For complete ids, use ChatStorage.sqlite from the Mac app or from an iPhone backup, instead or in addition",
            ),
            IdQuality::Rows => Some(
                "the exporter's Telegram-like format (`--tg`) contains no WhatsApp ids, so they are derived. For native ids, use the exporter's default JSON, msgstore.db or ChatStorage.sqlite",
            ),
            IdQuality::Lines => Some(
                "made from a text export: it contains no ids, so they are derived; use the text export itself, which contains more",
            ),
        }
    }
}

/// Number of messages by origin of their ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct IdCounts {
    /// The number of messages with WhatsApp's own id.
    pub native: u64,
    /// The number of messages with a truncated id: their id in Close is derived.
    pub cut: u64,
    /// The number of messages without an id: their id in Close is derived.
    pub derived: u64,
}

impl IdCounts {
    /// Adds the counts of another chat.
    pub fn add(&mut self, other: IdCounts) {
        self.native += other.native;
        self.cut += other.cut;
        self.derived += other.derived;
    }
}

/// One conversation as a reader found it in a native archive.
#[derive(Debug, Clone)]
pub struct NativeChat {
    /// WhatsApp's key of the chat, such as `15550001001@s.whatsapp.net`.
    pub jid: String,
    /// Display name: that of the other participant or of the group, else the number.
    pub title: String,
    /// The number of the other participant, E.164; `None` for a group, or if it is not known.
    pub phone: Option<String>,
    /// Whether it is a group chat.
    pub group: bool,
    /// The participants, the owner first.
    pub participants: Vec<NativeParticipant>,
    /// The messages, by time, then in the order of the archive.
    pub messages: Vec<NativeMessage>,
    /// The origin of the message ids, which determines what they can be used for.
    pub quality: IdQuality,
    /// The program that wrote the archive.
    pub platform: Platform,
}

/// A participant of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeParticipant {
    /// The displayed name, or the number.
    pub name: String,
    /// The participant's number, E.164; `None` if it is not known.
    pub phone: Option<String>,
    /// Whether this participant is the owner of the archive.
    pub me: bool,
}

/// One message as a reader found it in a native archive.
#[derive(Debug, Clone)]
pub struct NativeMessage {
    /// Position in the archive: the row of a database, the running number in a log.
    pub place: u32,
    /// Index into [`NativeChat::participants`]; `None` for notices.
    pub sender: Option<u32>,
    /// The instant at which it was sent.
    pub at: DateTime<Utc>,
    /// What the message is: text, file, notice and so on.
    pub kind: Kind,
    /// The text of the message; of a file, its caption.
    pub text: String,
    /// WhatsApp's own id of the message; `None` if it has none, or lost it.
    pub id: Option<String>,
    /// Further ids by which quotations may refer to it.
    pub aliases: Vec<String>,
    /// Whether it lost its id because another message of the archive has it, with a different text.
    pub has_lost_id: bool,
    /// The id that the archive has for this and for another message, of which the first keeps it;
    /// `None` for every other message.
    pub shared_id: Option<String>,
    /// The message's copies in other archives of the device, where ids do not determine them.
    pub copies: Copies,
    /// Whether it was edited; the text is the latest version.
    pub edited: bool,
    /// See [`Message::is_auxiliary`].
    pub is_auxiliary: bool,
    /// Whether its text is that of vCards, which have every number of a contact; other texts may lack some.
    pub has_vcards: bool,
    /// The attachments of the message, present or absent.
    pub files: Vec<NativeFile>,
    /// The kind of an absent attachment without a name; `None` if there is none.
    pub omitted: Option<MediaKind>,
    /// The quotation of the reply target; `None` if the message is no reply.
    pub quoted: Option<NativeQuote>,
    /// The reactions to the message.
    pub reactions: Vec<Reaction>,
    /// Byte ranges of the text that are names of mentioned participants.
    pub mentions: Vec<Range<u32>>,
}

/// An attachment of a message.
#[derive(Debug, Clone)]
pub struct NativeFile {
    /// The file's name as it is shown.
    pub name: String,
    /// Entry number in the archive's container; `None` if the file is absent.
    pub entry: Option<u32>,
    /// What kind of file it is.
    pub media: MediaKind,
}

/// The quotation of a reply target.
#[derive(Debug, Clone)]
pub struct NativeQuote {
    /// The native id of the quoted message; `None` if the archive has none.
    pub id: Option<String>,
    /// The quoted text; `None` if the archive does not repeat it.
    pub text: Option<String>,
    /// The sender of the quoted message: index into [`NativeChat::participants`]; `None` if not
    /// known.
    pub sender: Option<u32>,
    /// Whether the archive marks it as a message of another chat.
    pub elsewhere: bool,
}

impl NativeQuote {
    /// A quotation of a message that is assumed to be in the same chat.
    pub(super) fn in_same_chat(id: Option<String>, text: Option<String>) -> NativeQuote {
        NativeQuote {
            id,
            text,
            sender: None,
            elsewhere: false,
        }
    }
}

/// A reaction to a message; never a message of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The name of the sender; empty for the owner.
    pub by: String,
    /// The emoji.
    pub sign: String,
}

impl NativeMessage {
    /// The hash of its contact cards as they are in vCards; see [`Message::card`].
    fn card(&self) -> Option<Box<[u8; 16]>> {
        let card = self
            .has_vcards
            .then(|| canonical::card(&self.text, true))??;
        Some(Box::new(canonical::key(&card)))
    }

    /// An empty text message without sender, to be filled in.
    pub(super) fn new(place: u32, at: DateTime<Utc>) -> NativeMessage {
        NativeMessage {
            place,
            sender: None,
            at,
            kind: Kind::Text,
            text: String::new(),
            id: None,
            aliases: Vec::new(),
            has_lost_id: false,
            shared_id: None,
            copies: Copies::default(),
            edited: false,
            is_auxiliary: false,
            files: Vec::new(),
            omitted: None,
            quoted: None,
            reactions: Vec::new(),
            mentions: Vec::new(),
            has_vcards: false,
        }
    }

    /// Replaces the numbers that the text mentions with names.
    pub(super) fn name_mentions(&mut self, name_of: impl Fn(&str) -> Option<String>) {
        if let Some((text, mentions)) = mentions::with_names(&self.text, name_of) {
            self.text = text;
            self.mentions = mentions;
        }
    }
}

impl NativeChat {
    /// Counts the messages of the chat by the origin of their ids.
    pub fn ids(&self) -> IdCounts {
        let mut ids = IdCounts::default();
        for message in &self.messages {
            match (&message.id, self.quality) {
                (Some(_), IdQuality::Native) => ids.native += 1,
                (Some(_), IdQuality::Truncated) => ids.cut += 1,
                _ => ids.derived += 1,
            }
        }
        ids
    }

    /// BLAKE3 hash of everything that the archive contains of the chat.
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

    /// Converts to the common chat model. Local times are in UTC until the zone of the phone is known
    /// ([`Chat::in_zone`]).
    pub fn chat(&self) -> Chat<'_> {
        let mut participants: Vec<Participant<'_>> = self
            .participants
            .iter()
            .map(|participant| Participant {
                name: Cow::Borrowed(participant.name.as_str()),
                unsaved: false,
                number: participant.phone.as_deref().map(Cow::Borrowed),
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
        let owner = self
            .participants
            .iter()
            .position(|participant| participant.me);
        // Participants without messages are not participants of a `Chat`.
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
            named_by_notices: None,
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
        let native = (self.quality == IdQuality::Native)
            .then(|| message.id.clone())
            .flatten();
        // Truncated ids still link replies within the archive.
        let cut = (self.quality != IdQuality::Native)
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
                is_auxiliary: message.is_auxiliary,
                copies: message.copies,
                shared_id: message.shared_id.clone(),
                instant: Some(message.at),
                native_id: native,
                mentions: message.mentions.clone(),
                card: message.card(),
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

    /// A text message at this minute.
    pub(in crate::native) fn text_at(minute: u32) -> NativeMessage {
        let at = 1_735_732_800 + i64::from(minute) * 60;
        NativeMessage::new(minute, DateTime::from_timestamp(at, 0).unwrap())
    }

    /// A one-to-one chat, the owner first.
    pub(in crate::native) fn chat(messages: Vec<NativeMessage>) -> NativeChat {
        NativeChat {
            jid: "1@s.whatsapp.net".to_owned(),
            title: "Ben".to_owned(),
            phone: None,
            group: false,
            participants: vec![super::super::people::owner()],
            messages,
            quality: IdQuality::Native,
            platform: crate::native::android::PLATFORM,
        }
    }

    /// An hour in autumn occurs twice in local time, but once in a database.
    #[test]
    fn repeated_hour_in_autumn_is_unambiguous() {
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
