//! A message as a source has it. Its direction and external id, which need contacts.csv, belong to `transform`.

use std::borrow::Cow;
use std::ops::Range;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::kind::{Kind, MediaKind};

/// One message or notice.
#[derive(Debug, Clone)]
pub struct Message<'t> {
    /// The line of its header in the transcript, from 1; in sources without lines, the position of the
    /// record.
    pub line: u32,
    /// Index into [`super::Chat::participants`]; `None` for a notice without a sender.
    pub sender: Option<u32>,
    /// Text exports: the wall-clock time on the exporting phone, to the minute on Android, to the second elsewhere. Other
    /// sources: UTC, until [`Chat::in_zone`](super::Chat::in_zone) converts it.
    pub local_time: NaiveDateTime,
    /// What the message is: text, file, notice and so on.
    pub kind: Kind,
    /// Whether the export marks it as edited.
    pub edited: bool,
    /// The body without header, added direction marks, attachment marker and edited marker; lines are joined
    /// by `\n`. The whole text of a notice.
    pub text: Cow<'t, str>,
    /// The rare fields, boxed so that other messages stay small; `None` if all of them are empty.
    /// Use the accessors.
    pub extra: Option<Box<Extra<'t>>>,
}

impl<'t> Message<'t> {
    /// The files that the message names, in the archive or missing from it.
    pub fn attachments(&self) -> &[Attachment<'t>] {
        self.extra.as_ref().map_or(&[], |extra| &extra.attachments)
    }

    /// The instant at which the message was sent; `None` in text exports, which have local times
    /// only.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        self.extra.as_ref().and_then(|extra| extra.instant)
    }

    /// WhatsApp's own id of the message; `None` in text exports, and for a message without one.
    pub fn native_id(&self) -> Option<&str> {
        self.extra
            .as_ref()
            .and_then(|extra| extra.native_id.as_deref())
    }

    /// Other ids under which quotations may refer to it; mostly none.
    pub fn known_as(&self) -> &[String] {
        self.extra.as_ref().map_or(&[], |extra| &extra.known_as)
    }

    /// The reactions to it: the name of each sender (empty for the owner) and the emoji.
    pub fn reactions(&self) -> &[(String, String)] {
        self.extra.as_ref().map_or(&[], |extra| &extra.reactions)
    }

    /// The reply target; `None` if the message is no reply. Only databases, JSON, Cloud API logs
    /// and Web exports have it.
    pub fn quoted(&self) -> Option<&Quoted> {
        self.extra.as_ref().and_then(|extra| extra.quoted.as_ref())
    }

    /// The names of mentioned people in the text, as byte ranges after the `@`. Names follow the address
    /// book, so they are not part of a message's identity.
    pub fn mentions(&self) -> &[Range<u32>] {
        self.extra.as_ref().map_or(&[], |extra| &extra.mentions)
    }

    /// Whether it only belongs to other messages, as an album or a vote does; a database has rows for these.
    pub fn is_auxiliary(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.is_auxiliary)
    }

    /// The id that the archive has for this and for another message, so that it identifies neither;
    /// `None` for a message with its own id.
    pub fn shared_id(&self) -> Option<&str> {
        self.extra
            .as_ref()
            .and_then(|extra| extra.shared_id.as_deref())
    }

    /// Its copies in other archives of the device, where ids do not determine them.
    pub fn copies(&self) -> Copies {
        self.extra
            .as_ref()
            .map_or(Copies::default(), |extra| extra.copies)
    }

    /// Whether the export marks it as forwarded; only the Web export does.
    pub fn is_forwarded(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.forwarded)
    }

    /// Whether its time and its neighbours' times go back, as those of lines pasted into a message do; only a
    /// text export leaves this open.
    pub fn may_be_pasted(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.may_be_pasted)
    }

    /// The hash of the names and numbers in its contact cards, the first 16 bytes; `None` unless
    /// they are files of a text export, or vCards in a database.
    pub fn card(&self) -> Option<[u8; 16]> {
        self.extra
            .as_ref()
            .and_then(|extra| extra.card.as_deref().copied())
    }

    /// The kind of the file that the export left out; `None` if the marker does not have it, or no
    /// file was left out.
    pub fn omitted(&self) -> Option<MediaKind> {
        self.extra.as_ref().and_then(|extra| extra.omitted)
    }
}

/// The copies of a message in other archives of its device, where ids do not determine them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copies {
    /// The number that all copies of the message have in this run; `None` if it has none that ids
    /// do not determine.
    pub number: Option<u32>,
    /// Whether a message of another archive may be a further copy.
    pub is_doubtful: bool,
}

/// The rare fields of a [`Message`].
#[derive(Debug, Clone, Default)]
pub struct Extra<'t> {
    /// See [`Message::attachments`].
    pub attachments: Vec<Attachment<'t>>,
    /// See [`Message::omitted`].
    pub omitted: Option<MediaKind>,
    /// See [`Message::instant`]; in UTC.
    pub instant: Option<DateTime<Utc>>,
    /// See [`Message::native_id`].
    pub native_id: Option<String>,
    /// See [`Message::known_as`]: ids of its edits and deletions, and truncated ids.
    pub known_as: Vec<String>,
    /// See [`Message::reactions`].
    pub reactions: Vec<(String, String)>,
    /// See [`Message::quoted`].
    pub quoted: Option<Quoted>,
    /// See [`Message::mentions`].
    pub mentions: Vec<Range<u32>>,
    /// See [`Message::is_auxiliary`].
    pub is_auxiliary: bool,
    /// See [`Message::copies`].
    pub copies: Copies,
    /// See [`Message::shared_id`].
    pub shared_id: Option<String>,
    /// See [`Message::is_forwarded`].
    pub forwarded: bool,
    /// See [`Message::may_be_pasted`].
    pub may_be_pasted: bool,
    /// See [`Message::card`].
    pub card: Option<Box<[u8; 16]>>,
}

impl Extra<'_> {
    /// The same fields, with owned strings in place of borrowed ones.
    pub fn into_owned(self) -> Extra<'static> {
        Extra {
            attachments: self
                .attachments
                .into_iter()
                .map(Attachment::into_owned)
                .collect(),
            omitted: self.omitted,
            instant: self.instant,
            native_id: self.native_id,
            known_as: self.known_as,
            reactions: self.reactions,
            quoted: self.quoted,
            mentions: self.mentions,
            is_auxiliary: self.is_auxiliary,
            copies: self.copies,
            shared_id: self.shared_id,
            forwarded: self.forwarded,
            may_be_pasted: self.may_be_pasted,
            card: self.card,
        }
    }
}

/// A file that a message names.
#[derive(Debug, Clone)]
pub struct Attachment<'t> {
    /// The name in the transcript, without direction marks.
    pub name: Cow<'t, str>,
    /// The number of the archive's entry with its bytes; `None` if the archive lacks it.
    pub entry: Option<u32>,
    /// What kind of file it is, by its name.
    pub media: MediaKind,
}

impl Attachment<'_> {
    /// The same file, with an owned name in place of a borrowed one.
    pub fn into_owned(self) -> Attachment<'static> {
        Attachment {
            name: Cow::Owned(self.name.into_owned()),
            entry: self.entry,
            media: self.media,
        }
    }
}

/// The reply target of a message.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// The native id of the target; `None` in sources without ids.
    pub id: Option<String>,
    /// The text of the target; `None` in sources that do not repeat it. For a file this may be a
    /// word for its kind and the caption.
    pub text: Option<String>,
    /// The sender of the target: index into [`super::Chat::participants`]; `None` if not known, or
    /// not among the chat's senders.
    pub sender: Option<u32>,
    /// Whether it is a message of another chat, or its sender is not among this chat's.
    pub elsewhere: bool,
}
