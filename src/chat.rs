//! What every source fills in: a chat, its participants, its messages.
//!
//! Plain data, below the parser and above nothing. A [`Chat`] borrows from the transcript it was
//! read from, so that a million messages cost their positions and not their text. Nothing here
//! knows a time zone, a contact or Close, and nothing here reads or prints.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize, Serializer};

/// The largest transcript, in bytes: 2 GiB, about twenty times a million messages. Places in a
/// transcript are numbers of 31 bits.
pub const MAX_TRANSCRIPT_BYTES: usize = i32::MAX as usize;

/// One conversation as one archive tells it.
#[derive(Debug, Clone)]
pub struct Chat<'t> {
    /// Who wrote the transcript.
    pub platform: Platform,
    /// The shape of the time stamps and how it was found, in words for `inspect`.
    pub format: Format,
    /// Everybody who has the sender's place in at least one message, in order of appearance.
    /// [`Message::sender`] is an index into this list.
    pub participants: Vec<Participant<'t>>,
    /// The messages in file order. Never sorted: file order is the only order that an export
    /// has.
    pub messages: Vec<Message<'t>>,
    /// Index of the participant whom the export itself shows to be the phone's owner ("You
    /// deleted this message"), if it does.
    pub owner: Option<u32>,
    /// Notices that only groups have.
    pub group_notices: u32,
    /// What was seen and not understood, or understood only with a doubt, each with its line.
    pub oddities: Vec<Oddity>,
    /// How the lines of the transcript add up.
    pub lines: LineCount,
}

impl Chat<'_> {
    /// Oddities that may mean a misread message: all but the harmless ones
    /// ([`OddityKind::is_harmless`]).
    pub fn odd_lines(&self) -> u32 {
        let odd = self.oddities.iter().filter(|o| !o.kind.is_harmless());
        u32::try_from(odd.count()).unwrap_or(u32::MAX)
    }

    /// True when the export says that the oldest messages of the chat are not in it.
    pub fn is_cut(&self) -> bool {
        let mut odd = self.oddities.iter();
        odd.any(|o| o.kind == OddityKind::EarlierMissing)
    }

    /// Reads the times of day of a source that holds instants in the zone of the phone, as a
    /// transcript shows them.
    pub fn in_zone(&mut self, zone: Tz) {
        for message in &mut self.messages {
            if let Some(instant) = message.instant() {
                message.local_time = instant.with_timezone(&zone).naive_local();
            }
        }
    }

    /// The sender of a message of this chat, if it has one.
    pub fn sender_of(&self, message: &Message<'_>) -> Option<&Participant<'_>> {
        message
            .sender
            .and_then(|index| self.participants.get(index as usize))
    }
}

/// The program that wrote an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// `date, time - Name: text`, minutes only.
    Android,
    /// `[date, time] Name: text`, with seconds; also the Mac app.
    Ios,
    /// WhatsApp Web and Windows.
    Web,
    /// The program or service behind a native archive.
    Native(NativePlatform),
}

/// A program or service whose archives contain instants and identify the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NativePlatform {
    /// Stable identifier for machines.
    pub word: &'static str,
    /// Name in output.
    pub name: &'static str,
    /// See [`Platform::marks_edits`].
    pub marks_edits: bool,
}

impl Platform {
    /// Whether the archive contains instants and identifies the owner.
    pub fn is_native(self) -> bool {
        matches!(self, Platform::Native(_))
    }

    /// Whether the archive marks edited messages as edited; others contain the last wording only.
    pub fn marks_edits(self) -> bool {
        match self {
            Platform::Android | Platform::Ios => true,
            Platform::Web => false,
            Platform::Native(platform) => platform.marks_edits,
        }
    }

    /// Stable identifier for machines.
    fn word(self) -> &'static str {
        match self {
            Platform::Android => "android",
            Platform::Ios => "ios",
            Platform::Web => "web",
            Platform::Native(platform) => platform.word,
        }
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::Android => "Android",
            Platform::Ios => "iPhone",
            Platform::Web => "Web",
            Platform::Native(platform) => platform.name,
        })
    }
}

/// Which of day, month and year comes first in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
            DateOrder::Ymd => "ymd",
        })
    }
}

/// The inferred shape of a transcript's time stamps.
#[derive(Debug, Clone)]
pub struct Format {
    /// The shape as a pattern for people, such as `[DD.MM.YY, HH:MM:SS]`.
    pub pattern: String,
    /// The order that the dates were read in.
    pub date_order: DateOrder,
    /// What decided the order; [`Evidence::Open`] when nothing did, and then `date_order` is
    /// only the usual one for this shape and the chat must be held.
    pub evidence: Evidence,
    /// True when the stamps carry seconds.
    pub seconds: bool,
    /// The form of the stamps without the order of their dates.
    pub form: Form,
}

/// What the time stamps of two exports have in common that one phone wrote with one pattern,
/// whatever the order of day and month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Everything but order and padding.
    pub shape: String,
    /// For each number of the date, whether numbers below ten have a leading zero; `None` where
    /// the file has none below ten.
    pub padding: [Option<bool>; 3],
}

impl Form {
    /// False for two forms that no pattern writes both of.
    pub fn fits(&self, other: &Form) -> bool {
        let agree = |(one, other): (&Option<bool>, &Option<bool>)| {
            one.is_none() || other.is_none() || one == other
        };
        self.shape == other.shape && self.padding.iter().zip(&other.padding).all(agree)
    }
}

/// What settled the order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The year stands first, or the shape allows one order only.
    Shape,
    /// A number over 12 can only be a day: `count` lines say so, the first is `line`.
    OverTwelve {
        /// How many lines agree.
        count: u32,
        /// The first of them, counted from 1.
        line: u32,
    },
    /// Read one way time runs forward, read the other way it jumps back.
    LineOrder {
        /// Steps back of over a day when read the chosen way.
        chosen: u32,
        /// The same when read the other way.
        other: u32,
    },
    /// The dates in the names of media files agree with one reading only.
    MediaNames {
        /// How many files agree.
        count: u32,
    },
    /// Read the other way, so many messages would be of a later day than the zip itself.
    ExportDate {
        /// How many.
        count: u32,
    },
    /// Nothing in the file settles it, and all other archives of the same device whose stamps
    /// have the same form, and that settle it, agree.
    SameDevice {
        /// How many of them there are.
        archives: u32,
    },
    /// An archive with instants tells the same texts, and they agree with one reading only.
    ExactTimes {
        /// How many texts agree.
        count: u32,
    },
    /// The user said so (`date_order` in the configuration, or `--date-order`).
    Told,
    /// Nothing settled it.
    Open,
    /// The order is plain, but the stamps have no year and nothing tells it: exports of before
    /// 2014 in a bare text file. The chat must be held.
    NoYear,
}

impl Evidence {
    /// False where the dates may be wrong, so that nothing of the chat may be imported.
    pub fn is_settled(self) -> bool {
        !matches!(self, Evidence::Open | Evidence::NoYear)
    }
}

/// Somebody who wrote in a chat.
#[derive(Debug, Clone)]
pub struct Participant<'t> {
    /// The name or number as the export shows it, without direction marks and without the
    /// leading `~ ` of a person who is not in the address book.
    pub name: Cow<'t, str>,
    /// True when the export wrote `~ ` in front: the person's own profile name.
    pub unsaved: bool,
    /// The number as E.164, where the source knows it; text exports never say it beside a name.
    pub number: Option<Cow<'t, str>>,
    /// Messages that this participant sent, notices not counted.
    pub messages: u32,
}

/// One message or notice.
#[derive(Debug, Clone)]
pub struct Message<'t> {
    /// The line of its header in the transcript, counted from 1. For sources without lines, the
    /// position of the record.
    pub line: u32,
    /// Index into [`Chat::participants`]; `None` for what nobody said.
    pub sender: Option<u32>,
    /// The wall-clock time on the exporting phone, as far as the source tells. To the minute on
    /// Android, to the second elsewhere.
    pub local_time: NaiveDateTime,
    /// What it is.
    pub kind: Kind,
    /// True when the export marks it as edited.
    pub edited: bool,
    /// The body without header, without the direction marks that WhatsApp added, without the
    /// attachment marker and without the edited marker; lines are joined by `\n`. For a notice
    /// it is the notice.
    pub text: Cow<'t, str>,
    /// What only some messages have, boxed so that the others stay small.
    pub extra: Option<Box<Extra<'t>>>,
}

impl<'t> Message<'t> {
    /// The files that the message names, present in the archive or not.
    pub fn attachments(&self) -> &[Attachment<'t>] {
        self.extra.as_ref().map_or(&[], |extra| &extra.attachments)
    }

    /// The instant, for sources that hold instants.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        self.extra.as_ref().and_then(|extra| extra.instant)
    }

    /// WhatsApp's own id of the message, where the source has it.
    pub fn native_id(&self) -> Option<&str> {
        self.extra
            .as_ref()
            .and_then(|extra| extra.native_id.as_deref())
    }

    /// What else quotations may call it.
    pub fn known_as(&self) -> &[String] {
        self.extra.as_ref().map_or(&[], |extra| &extra.known_as)
    }

    /// Who reacted, as shown (empty for the owner), and the sign.
    pub fn reactions(&self) -> &[(String, String)] {
        self.extra.as_ref().map_or(&[], |extra| &extra.reactions)
    }

    /// What the message answers, where the source says so.
    pub fn quoted(&self) -> Option<&Quoted> {
        self.extra.as_ref().and_then(|extra| extra.quoted.as_ref())
    }

    /// Where the text holds the name of somebody mentioned, as byte ranges after the `@`. Names
    /// follow the address book, so they are no part of a message's identity.
    pub fn mentions(&self) -> &[Range<u32>] {
        self.extra.as_ref().map_or(&[], |extra| &extra.mentions)
    }

    /// True when the export says that it was forwarded; only the Web export does.
    pub fn forwarded(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.forwarded)
    }

    /// True for a message that runs back in time with its neighbours, as lines do that were
    /// pasted into a message; only text exports leave that open.
    pub fn may_be_pasted(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.may_be_pasted)
    }

    /// The kind of file that was left out of the export, where the marker names it.
    pub fn omitted(&self) -> Option<MediaKind> {
        self.extra.as_ref().and_then(|extra| extra.omitted)
    }
}

/// The rare parts of a [`Message`].
#[derive(Debug, Clone, Default)]
pub struct Extra<'t> {
    /// See [`Message::attachments`].
    pub attachments: Vec<Attachment<'t>>,
    /// See [`Message::omitted`].
    pub omitted: Option<MediaKind>,
    /// See [`Message::instant`].
    pub instant: Option<DateTime<Utc>>,
    /// See [`Message::native_id`].
    pub native_id: Option<String>,
    /// What else quotations may call it: ids of its edits and deletions, ids that were cut short.
    pub known_as: Vec<String>,
    /// Who reacted, as shown (empty for the owner), and the sign.
    pub reactions: Vec<(String, String)>,
    /// See [`Message::quoted`].
    pub quoted: Option<Quoted>,
    /// See [`Message::mentions`].
    pub mentions: Vec<Range<u32>>,
    /// See [`Message::forwarded`].
    pub forwarded: bool,
    /// See [`Message::may_be_pasted`].
    pub may_be_pasted: bool,
}

impl Extra<'_> {
    /// The same, owning what it borrowed.
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
            forwarded: self.forwarded,
            may_be_pasted: self.may_be_pasted,
        }
    }
}

/// A file that a message names.
#[derive(Debug, Clone)]
pub struct Attachment<'t> {
    /// The name as the transcript writes it, without direction marks.
    pub name: Cow<'t, str>,
    /// Index of the archive's entry of that name; `None` when the archive does not hold it.
    pub entry: Option<u32>,
    /// What kind of file the name tells it to be.
    pub media: MediaKind,
}

impl Attachment<'_> {
    /// The same, owning what it borrowed.
    pub fn into_owned(self) -> Attachment<'static> {
        Attachment {
            name: Cow::Owned(self.name.into_owned()),
            entry: self.entry,
            media: self.media,
        }
    }
}

/// The message that another one answers.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// Its native id, where the source has it.
    pub id: Option<String>,
    /// Its text, where the source has it. Of a file it may be a word for its kind and the caption.
    pub text: Option<String>,
    /// Who said it, where the source tells and they write in the chat: index into
    /// [`Chat::participants`].
    pub sender: Option<u32>,
    /// It is a message of another chat, or of somebody who does not write in this one.
    pub elsewhere: bool,
}

/// What a message is. The words are those of `chatferry parse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Ordinary text.
    Text,
    /// A file that the transcript names, present or missing.
    Media,
    /// A file that the export left out.
    MediaOmitted,
    /// A photo, video or voice message that could be opened once; never in an export.
    ViewOnce,
    /// Deleted for everyone.
    Deleted,
    /// A place, with its URL.
    Location,
    /// A place shared for a time.
    LiveLocation,
    /// A contact card.
    Contact,
    /// A poll with its options.
    Poll,
    /// An event.
    Event,
    /// A call, missed or answered.
    Call,
    /// A message that the phone had not yet decrypted; a later export may hold it.
    Waiting,
    /// A notice by WhatsApp: nobody said it.
    System,
    /// A message that the export could not show (an empty body or `null`).
    Unsupported,
}

impl Kind {
    /// Every kind, in the order in which totals are shown.
    pub const ALL: [Kind; 14] = [
        Kind::Text,
        Kind::Media,
        Kind::MediaOmitted,
        Kind::ViewOnce,
        Kind::Deleted,
        Kind::Location,
        Kind::LiveLocation,
        Kind::Contact,
        Kind::Poll,
        Kind::Event,
        Kind::Call,
        Kind::Waiting,
        Kind::System,
        Kind::Unsupported,
    ];

    /// The word of this kind in every output.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Media => "media",
            Kind::MediaOmitted => "media_omitted",
            Kind::ViewOnce => "view_once",
            Kind::Deleted => "deleted",
            Kind::Location => "location",
            Kind::LiveLocation => "live_location",
            Kind::Contact => "contact",
            Kind::Poll => "poll",
            Kind::Event => "event",
            Kind::Call => "call",
            Kind::Waiting => "waiting",
            Kind::System => "system",
            Kind::Unsupported => "unsupported",
        }
    }
}

/// What kind of file an attachment is. The words are those of `media` in `chatferry.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film, video notes included.
    Video,
    /// A voice message.
    Voice,
    /// A sound file that is not a voice message.
    Audio,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
    /// A moving picture without sound.
    Gif,
    /// A contact card (`.vcf`).
    Contact,
}

impl MediaKind {
    /// The word of this kind in the configuration and in texts.
    pub fn word(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Voice => "voice",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
            MediaKind::Gif => "gif",
            MediaKind::Contact => "contact",
        }
    }
}

/// How the lines of a transcript add up:
/// `total = headers + continuations + oddities`, by construction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LineCount {
    /// Lines of the transcript.
    pub total: u32,
    /// Lines that begin a message.
    pub headers: u32,
    /// Lines that go on with the message before them.
    pub continuations: u32,
    /// Lines that belong to no message; each has its [`Oddity`].
    pub oddities: u32,
}

/// Something in a transcript that a person may want to look at. Holds no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oddity {
    /// The line, counted from 1.
    pub line: u32,
    /// What is odd.
    pub kind: OddityKind,
}

/// The kinds of [`Oddity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OddityKind {
    /// A line before the first header; it belongs to no message.
    BeforeFirstHeader,
    /// Bytes that are not UTF-8, read as U+FFFD.
    NotUtf8,
    /// A line in the shape of the file with a date or time that cannot be; read as text.
    ImpossibleDate,
    /// A line that looks like a header of another shape; read as text of the message around it.
    OtherShape,
    /// Years of another calendar, converted; said once a file, at its first message.
    OtherCalendar,
    /// A NUL byte, kept as it is.
    NulByte,
    /// A message whose attachment marker names a file that the archive does not hold.
    MissingAttachment,
    /// A marker between `<` and `>` after a direction mark that no word list knows.
    UnknownMarker,
    /// A line of the form `NAME: text` that was taken for a notice: nobody of that name writes
    /// anything else, and its form is one.
    GuessedNotice,
    /// Layout of the Web export that belongs to no message: the notice that it writes first,
    /// without a time, and the dates of a bare `chat.md`.
    WebHead,
    /// The export says that the oldest messages of the chat are not in it.
    EarlierMissing,
    /// From this message on `chat.md` tells otherwise than `chat.txt`; what it adds is not taken.
    MarkdownDiffers,
    /// A header that runs back in time together with its neighbours; it may be text that was
    /// pasted into the message before it.
    RunsBack,
}

impl OddityKind {
    /// A stable word for machines.
    pub fn code(self) -> &'static str {
        match self {
            OddityKind::BeforeFirstHeader => "before_first_header",
            OddityKind::NotUtf8 => "not_utf8",
            OddityKind::ImpossibleDate => "impossible_date",
            OddityKind::OtherShape => "other_shape",
            OddityKind::OtherCalendar => "other_calendar",
            OddityKind::NulByte => "nul_byte",
            OddityKind::MissingAttachment => "missing_attachment",
            OddityKind::UnknownMarker => "unknown_marker",
            OddityKind::GuessedNotice => "guessed_notice",
            OddityKind::WebHead => "web_head",
            OddityKind::EarlierMissing => "earlier_missing",
            OddityKind::MarkdownDiffers => "markdown_differs",
            OddityKind::RunsBack => "runs_back",
        }
    }

    /// True for what is no sign that a message may have been misread: years that were converted
    /// beyond doubt, files that the export left out, which an import says itself, and what the
    /// Web export writes around its messages. Everything else stops a command with `--strict`.
    pub fn is_harmless(self) -> bool {
        matches!(
            self,
            OddityKind::OtherCalendar
                | OddityKind::MissingAttachment
                | OddityKind::WebHead
                | OddityKind::EarlierMissing
        )
    }

    /// A sentence for people.
    pub fn describe(self) -> &'static str {
        match self {
            OddityKind::BeforeFirstHeader => "stands before the first message and belongs to none",
            OddityKind::NotUtf8 => "holds bytes that are not UTF-8; they were read as U+FFFD",
            OddityKind::ImpossibleDate => {
                "looks like a header but its date or time cannot be; read as text"
            }
            OddityKind::OtherShape => "looks like a header of another file; read as text",
            OddityKind::OtherCalendar => {
                "counts years in another calendar; the dates of the file were converted"
            }
            OddityKind::NulByte => "holds a NUL byte",
            OddityKind::MissingAttachment => "names a file that is not in the archive",
            OddityKind::UnknownMarker => {
                "holds a marker that chatferry does not know; read as text"
            }
            OddityKind::GuessedNotice => {
                "has a colon like a message, and was taken for a notice by its form"
            }
            OddityKind::WebHead => "belongs to what the Web export writes around its messages",
            OddityKind::EarlierMissing => {
                "says that the oldest messages of the chat are not in the export"
            }
            OddityKind::MarkdownDiffers => {
                "differs from chat.md, which tells what messages answer; from here on it is not used"
            }
            OddityKind::RunsBack => {
                "runs back in time with the lines next to it; it may be text pasted into the message before it"
            }
        }
    }
}
