//! What should be in Close: the value that the transformer makes and the plan compares.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::age::Age;
use super::decisions::Decisions;
use super::doubts::Doubt;
use super::evidence::Evidence;
use super::render::{self, Parts};
use crate::archive::Container;
use crate::chat::{Kind, MediaKind};
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};
use crate::packed_vec::{self, PackedVec};
use crate::phone::Phone;

/// Text of a message on its way to Close. Cannot be printed by accident (design.md, invariant 6).
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Content(String);

impl Content {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Content(text.into())
    }

    /// The text itself, for the request and for `plan --payloads`.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// For [`PackedVec`] alone: a format that people read is refused.
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => Err(S::Error::custom("content is not written as text")),
            false => self.0.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Content)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

/// Who a message is from, as Close puts it (`close-api.md` 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the contact to the user.
    Incoming,
    /// From the user to the contact.
    Outgoing,
}

/// Why messages are left out; each is a named rule with a count (contract.md, "Words").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A group, with `groups = "skip"`.
    Groups,
    /// A chat between two of our own numbers.
    Internal,
    /// `import = no` in contacts.csv.
    ImportNo,
    /// `import = private` in contacts.csv.
    Private,
    /// A passage that exclude.csv names.
    Excluded,
    /// A participant with the role `ignore`, or one of a group whom never.txt names.
    Ignored,
    /// Outside `from` and `until` of the device.
    Dates,
    /// A notice, with `system = "skip"`.
    System,
    /// A call, with `calls = "skip"`.
    Calls,
    /// Deleted before it was ever imported, with `deleted_before_import = "skip"`.
    Deleted,
    /// Not yet decrypted when the phone exported; a later export may hold it.
    Waiting,
    /// Close holds the same text, side and minute from elsewhere, with `existing = "skip"`.
    Existing,
    /// `leave` in decisions.csv.
    Decided,
    /// A line of another message's text, as what is recorded from an exact source shows.
    Pasted,
    /// Not asked for: `--device`, `--chat`, `--lead`, `--limit`.
    NotSelected,
}

impl Rule {
    /// The word in every output.
    pub fn word(self) -> &'static str {
        match self {
            Rule::Groups => "groups",
            Rule::Internal => "internal",
            Rule::ImportNo => "import_no",
            Rule::Private => "private",
            Rule::Excluded => "excluded",
            Rule::Ignored => "ignored",
            Rule::Dates => "dates",
            Rule::System => "system",
            Rule::Calls => "calls",
            Rule::Deleted => "deleted",
            Rule::Waiting => "waiting",
            Rule::Existing => "existing",
            Rule::Decided => "decided",
            Rule::Pasted => "pasted",
            Rule::NotSelected => "not_selected",
        }
    }

    /// What a person has to know.
    pub fn describe(self) -> &'static str {
        match self {
            Rule::Groups => "groups are not imported (groups = \"skip\")",
            Rule::Internal => "a chat between two of our own numbers",
            Rule::ImportNo => "contacts.csv says import = no",
            Rule::Private => "private: contacts.csv says so, or never.txt names them",
            Rule::Excluded => "in a passage that exclude.csv leaves out",
            Rule::Ignored => {
                "from a participant whom contacts.csv gives the role ignore, or never.txt names"
            }
            Rule::Dates => "outside from and until of the device",
            Rule::System => "notices by WhatsApp (system = \"skip\")",
            Rule::Calls => "calls (calls = \"skip\")",
            Rule::Deleted => "deleted by their sender (deleted_before_import = \"skip\")",
            Rule::Waiting => "not yet decrypted when the phone exported; export the chat again",
            Rule::Existing => "Close holds them from elsewhere (existing = \"skip\")",
            Rule::Decided => "decisions.csv decides to leave them",
            Rule::Pasted => {
                "lines of the text of another message, which was imported from a database"
            }
            Rule::NotSelected => "not selected on the command line",
        }
    }
}

/// Why a chat is held until a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing settles the order of day and month.
    DateOrder,
    /// Its stamps have no year and nothing tells it.
    NoYear,
    /// contacts.csv has no row for the chat, or the row lacks something: which columns.
    Mapping(Vec<&'static str>),
    /// Two rows of contacts.csv give the chat different values.
    Contradiction(u32, u32),
    /// Records show that an owner wrote under a name that is not known to be an owner's.
    OwnerName,
    /// The number of the phone's owner is not known.
    LocalPhone,
    /// It cannot be told who of the two is the owner.
    Owner,
    /// The chat is named by a number, and contacts.csv gives it another one.
    OtherNumber,
    /// Archives of one chat give it different leads or contacts.
    SeveralLeads,
    /// Close says that lead, contact and user do not go together: what it says.
    Pair(String),
    /// Close holds messages of it that another program put there: how many.
    Existing(u32),
    /// Close holds its messages at other times: how many. The zone was changed.
    Shifted(u32),
    /// Its lead was merged into another one.
    Merged {
        /// The lead that is no more.
        from: LeadId,
        /// The lead that is left.
        into: LeadId,
        /// The next run goes there.
        follows: bool,
    },
    /// Two people write in it and neither bears its name.
    Strangers,
    /// A group without a contact to go to.
    Anchor,
    /// Another chat has the same name: which name.
    SameName(String),
    /// Another chat of the device has the same number, and not one message in common with it: the
    /// names of both.
    SameNumber(String, String),
    /// Close's list for the lead could not be read to its end: why.
    Unlisted(String),
    /// Its inputs were imported completely, and the plan would change something again: archive and
    /// line of up to three messages.
    Unsteady(Vec<String>),
}

impl Held {
    /// Whether the rows of contacts.csv alone show it.
    pub fn is_of_contacts(&self) -> bool {
        matches!(
            self,
            Held::Mapping(_)
                | Held::Contradiction(..)
                | Held::LocalPhone
                | Held::OtherNumber
                | Held::Anchor
        )
    }

    /// A stable word for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Held::DateOrder => "date_order",
            Held::NoYear => "no_year",
            Held::Mapping(_) => "mapping",
            Held::Contradiction(..) => "contradiction",
            Held::LocalPhone => "local_phone",
            Held::Owner => "owner",
            Held::OwnerName => "owner_name",
            Held::OtherNumber => "other_number",
            Held::SeveralLeads => "several_leads",
            Held::Pair(_) => "pair",
            Held::Existing(_) => "existing",
            Held::Shifted(_) => "shifted",
            Held::Merged { .. } => "merged",
            Held::Strangers => "strangers",
            Held::Anchor => "anchor",
            Held::SameName(_) => "same_name",
            Held::SameNumber(..) => "same_number",
            Held::Unlisted(_) => "unlisted",
            Held::Unsteady(_) => "unsteady",
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::DateOrder => f.write_str(
                "nothing in it says whether day or month comes first; set date_order = \"dmy\" or \"mdy\" for the device",
            ),
            Held::NoYear => f.write_str(
                "its stamps have no year and nothing tells it; put the text into a zip whose entry has the day of the export",
            ),
            Held::Mapping(missing) => {
                write!(f, "contacts.csv does not give its {}; fill in the row of this chat", missing.join(", "))
            }
            Held::Contradiction(one, other) => {
                write!(f, "lines {one} and {other} of contacts.csv give it different values; correct one of them")
            }
            Held::LocalPhone => f.write_str(
                "the owner's own number is not known; set local_phone for the device, or a row with role me and a phone",
            ),
            Held::Owner => f.write_str("the owner of the phone could not be determined; set `owner` for the device to the name that the export shows"),
            Held::OwnerName => f.write_str(
                "the owner of a device wrote in this group under a name that is not known as an owner's; add the name to owner \
                 of that device, or give it a row in contacts.csv with the owner's number",
            ),
            Held::OtherNumber => {
                f.write_str("it is named by a number and contacts.csv gives it another one; correct the phone")
            }
            Held::SeveralLeads => {
                f.write_str("its archives are mapped to different leads or contacts; correct the rows")
            }
            Held::Pair(what) => write!(f, "{what}; correct its row in contacts.csv"),
            Held::Existing(count) => write!(
                f,
                "Close holds {count} of its messages from elsewhere already; set existing to \"skip\" to leave those out, \
                 or to \"ignore\" to import them beside"
            ),
            Held::Shifted(count) => write!(
                f,
                "{count} of its messages are in Close already at other times, so they would be doubled; was the phone in \
                 another time zone when it made this export? Export it again at home, or correct the timezone"
            ),
            Held::Merged { from, into, follows: true } => write!(
                f,
                "its lead {from} was merged into {into} in Close; the next run goes on there"
            ),
            Held::Merged { from, into, .. } => write!(
                f,
                "its lead {from} was merged into {into} in Close; put that into contacts.csv, or set on_merged to \"follow\""
            ),
            Held::SameName(name) => write!(
                f,
                "several chats are called \"{name}\": their archives tell of the same days and have no message in common; \
                 give \"{name}\", \"{name} #2\" and so on a row each in contacts.csv, with a chat_key of its own"
            ),
            Held::SameNumber(own, other) => write!(
                f,
                "contacts.csv gives \"{own}\" and \"{other}\" one phone, but their archives tell of the same days and have \
                 no message in common; correct the phone of one of them, or, if both are one chat, give both rows the same chat_key"
            ),
            Held::Anchor => f.write_str(
                "a group that goes to nobody yet; give it a row in contacts.csv with participant *, and with the phone, \
                 lead and contact of the person whose lead it belongs to",
            ),
            Held::Strangers => f.write_str(
                "two people write in it and neither bears its name, so it may be a group; if it is not, give it a row of \
                 its own in contacts.csv",
            ),
            Held::Unsteady(places) => write!(
                f,
                "unsteady: the same archives, rows and settings were imported completely, and this plan would change {}; \
                 look at the plan with --accept-unsteady, which also lets an import go on",
                places.join(", ")
            ),
            Held::Unlisted(why) => write!(f, "what the lead already holds could not be listed: {why}"),
        }
    }
}

/// Where a chat goes: what all its activities have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Close's lead.
    pub lead_id: LeadId,
    /// Close's contact, on that lead.
    pub contact_id: ContactId,
    /// The owner's Close user, set on both directions.
    pub user_id: Option<UserId>,
    /// The owner's number.
    pub local_phone: Phone,
    /// The other side's number.
    pub remote_phone: Phone,
}

/// What is to become of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its messages are wanted in Close.
    Ready(Destination),
    /// The whole chat is left out.
    LeftOut(Rule),
    /// A person has to decide first.
    Held(Held),
}

/// A file of a desired message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Index into [`Desired::containers`].
    pub container: u32,
    /// Number of the entry in that container.
    pub entry: u32,
    /// Its true name.
    pub name: Content,
    /// Bytes.
    pub size: u64,
    /// CRC-32 where the archive's directory has it.
    pub crc: Option<u32>,
    /// What kind of file it is.
    pub media: MediaKind,
}

/// A line of the report about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The export left the file out.
    Omitted,
    /// The message names a file that the archive does not hold.
    Missing,
    /// The file would take the message over Close's limit.
    TooLarge,
    /// The configuration does not want files of this kind.
    KindNotWanted,
    /// A time that does not exist in the phone's zone; moved forward.
    TimeMoved,
    /// A reply whose target could not be told for certain; it has no link.
    ReplyOpen,
    /// Edited twice, and the archives contradict each other on which edit is the newer one; the
    /// recorded text stays.
    EditConflict,
}

impl Note {
    /// What a person has to know.
    pub fn describe(self) -> &'static str {
        match self {
            Note::Omitted => "the export left the file out",
            Note::Missing => "the file is not in the archive",
            Note::TooLarge => "the file would take the message over Close's 25 MB",
            Note::KindNotWanted => "the configuration leaves files of this kind out",
            Note::ReplyOpen => {
                "a reply to a message that could not be told for certain; it is not linked"
            }
            Note::EditConflict => {
                "edited twice, and the dates of the exports say otherwise than their last messages; the text in Close stays"
            }
            Note::TimeMoved => {
                "its time does not exist in the phone's zone; moved forward (is the zone right?)"
            }
        }
    }
}

/// What is different from its chat's [`Destination`] for a message of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// The number of the colleague who wrote it.
    pub local_phone: Option<Phone>,
    /// The number of the participant who wrote it.
    pub remote_phone: Option<Phone>,
    /// The colleague's Close user.
    pub user_id: Option<UserId>,
}

impl Destination {
    /// Where a message goes that is between these.
    pub fn between(&self, between: Option<&Between>) -> Destination {
        let mut to = self.clone();
        if let Some(Between {
            local_phone,
            remote_phone,
            user_id,
        }) = between.cloned()
        {
            to.user_id = user_id.or_else(|| to.user_id.take().filter(|_| local_phone.is_none()));
            to.local_phone = local_phone.unwrap_or(to.local_phone);
            to.remote_phone = remote_phone.unwrap_or(to.remote_phone);
        }
        to
    }
}

impl DesiredMessage {
    /// What of `text`, which is the message's with the name of its sender, a quotation of what it
    /// answers and the reactions to it around it, is said: those differ from archive to archive, and
    /// are no change.
    pub fn said<'t>(&self, text: &'t str) -> &'t str {
        let text = text.get(self.shown as usize..).unwrap_or(text);
        let own = self.markdown.reveal();
        let behind = own.len().checked_sub(self.reacted as usize);
        let reactions = behind.and_then(|from| own.get(from..)).unwrap_or_default();
        text.strip_suffix(reactions).unwrap_or(text)
    }

    /// WhatsApp's own ids that archives give it too.
    pub fn also(&self) -> &[ExternalId] {
        self.ids.as_ref().map_or(&[], |ids| &ids.also)
    }

    /// Puts a quotation of what it answers before what it says.
    pub fn quote(&mut self, quote: &str) {
        let own = self.markdown.reveal();
        let (name, said) = own
            .split_at_checked(self.shown as usize)
            .unwrap_or(("", own));
        let rendered = render::render(Parts {
            name_line: name,
            quotation: quote,
            body: said.to_owned(),
            ..Parts::default()
        });
        self.shown = u32::try_from(rendered.prefix_len).unwrap_or(self.shown);
        self.markdown = Content::new(rendered.markdown);
    }
}

/// A message of another chat, or of none here, that a message answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answers {
    /// The message of this native id: looked for among the other chats, in the checkpoint and in
    /// Close before there is a plan.
    Named {
        /// WhatsApp's own id of it.
        id: ExternalId,
        /// What it says, to be quoted where it is found nowhere; empty where that must not be.
        quote: Content,
    },
    /// A message of another chat of this run.
    Planned {
        /// Index into [`Desired::chats`].
        chat: u32,
        /// Index into its messages.
        message: u32,
        /// Its external id.
        external_id: ExternalId,
    },
    /// A message that Close holds.
    There {
        /// Its external id.
        external_id: ExternalId,
        /// Close's id of it.
        activity_id: ActivityId,
    },
}

impl Answers {
    /// The external id of what is answered, once that is known to be there, or to come.
    pub fn external_id(&self) -> Option<&ExternalId> {
        match self {
            Answers::Named { .. } => None,
            Answers::Planned { external_id, .. } | Answers::There { external_id, .. } => {
                Some(external_id)
            }
        }
    }
}

/// The ids of a message beside its external id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherIds {
    /// WhatsApp's own ids that archives give it too: it may be recorded under one of them.
    pub also: Vec<ExternalId>,
    /// WhatsApp's own id, where the message is recorded under another one and that is not noted
    /// yet; told by the plan.
    pub alias: Option<ExternalId>,
    /// The external id is that of the record which is known by one of these.
    pub recognized: bool,
}

/// A message as it should be in Close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredMessage {
    /// The external id that the derivation gives.
    pub external_id: ExternalId,
    /// Its other ids; few messages have some.
    pub ids: Option<Box<OtherIds>>,
    /// What its archive tells of it, for [`crate::matching`].
    pub evidence: Evidence,
    /// What it is.
    pub kind: Kind,
    /// The export marks it as edited.
    pub edited: bool,
    /// Nobody can tell whether another archive of the chat has it too, in other words.
    pub undecided: bool,
    /// A file that another archive of the chat may have as a placeholder, which is undecided.
    pub contested: bool,
    /// It bears the owner's name and may be text that a contact pasted.
    pub pasted: bool,
    /// Who it is from.
    pub direction: Direction,
    /// The instant, with the milliseconds that keep equal stamps in order (design.md).
    #[serde(with = "packed_vec::instant")]
    pub activity_at: DateTime<Utc>,
    /// WhatsApp markdown.
    pub markdown: Content,
    /// So many bytes of it stand before what is said: the sender's name in a group, and a quotation
    /// of what is answered.
    pub shown: u32,
    /// So many bytes of it stand behind what is said: reactions.
    pub reacted: u32,
    /// Whom it is between, where that is not whom the chat is between.
    pub between: Option<Box<Between>>,
    /// Files to upload, together at most 25,000,000 bytes.
    pub files: Vec<File>,
    /// The message that this one answers: index into [`DesiredChat::messages`]. Smaller than this
    /// message's own, or that of a message that answers nothing: whoever waits for it waits for an
    /// end.
    pub reply_to: Option<u32>,
    /// What it answers, where an archive names that by an id and it is no message of this chat.
    pub answers: Option<Box<Answers>>,
    /// The link of `integration_link`, filled in.
    pub link: Option<String>,
    /// Which archive of the chat it was read from: index into [`DesiredChat::archives`].
    pub archive: u32,
    /// The line in that archive's transcript.
    pub line: u32,
}

/// A message that its sender deleted, and that a rule leaves out: it may have been imported before
/// that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// WhatsApp's own ids of it.
    pub native_ids: Vec<ExternalId>,
    /// What its archive tells of it, for [`crate::matching`].
    pub evidence: Evidence,
    /// Its external id; that of the message where another archive still has it.
    pub external_id: ExternalId,
    /// Who it is from.
    pub direction: Direction,
    /// The instant.
    pub activity_at: DateTime<Utc>,
    /// As [`DesiredMessage::archive`].
    pub archive: u32,
    /// As [`DesiredMessage::line`].
    pub line: u32,
}

/// An archive as a source of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceArchive {
    /// The hash of its transcript, or of what a database holds of the chat. Not keyed, so it stays
    /// in memory.
    pub digest: [u8; 16],
    /// When it was made.
    pub age: Age,
    /// Milliseconds by which its times are later than the phone's own zone has them.
    pub shift: i64,
}

/// A text, and the messages behind it in its archive that run back in time: they may be lines of it,
/// which a record of an exact source shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedLines {
    /// The text: index into [`DesiredChat::messages`].
    pub message: u32,
    /// Each message behind it, where it is wanted, and the content of the text with all up to that
    /// one.
    pub behind: Vec<(Option<u32>, [u8; 16])>,
}

/// A chat, with what is wanted of it.
#[derive(Debug, Clone)]
pub struct DesiredChat {
    /// The device it was exported from; the first one where several have it.
    pub device: String,
    /// Its name as `inspect` prints it.
    pub name: String,
    /// The zone in which its times were read.
    pub zone: Tz,
    /// It is a group.
    pub is_group: bool,
    /// True when contacts.csv makes it private: its name and texts appear nowhere.
    pub private: bool,
    /// The chat's field of the external ids, where it is known: numbers, so it is content.
    pub key: Option<Content>,
    /// The same field of the chats that our other devices have with this contact.
    pub of_colleagues: Vec<Content>,
    /// The same field of the chats that this contact, or others of its lead, have under other
    /// numbers, with rows of their own.
    pub of_other_numbers: Vec<Content>,
    /// Labels of its archives, oldest first.
    pub archives: Vec<String>,
    /// The same with their folders.
    pub paths: Vec<String>,
    /// What is known of the archives as sources, in their order.
    pub sources: Vec<SourceArchive>,
    /// What is to become of it.
    pub standing: Standing,
    /// Messages in all its archives.
    pub read: u32,
    /// Of those, messages that another archive of the chat holds too.
    pub seen_again: u32,
    /// Of the distinct ones, what rules leave out.
    pub left_out: BTreeMap<Rule, u32>,
    /// Of the distinct ones, how many there are of each kind.
    pub kinds: BTreeMap<Kind, u32>,
    /// The messages that are wanted: those of a ready chat, less what rules leave out. Reply
    /// targets come before their answers.
    pub messages: PackedVec<DesiredMessage>,
    /// Some of `messages` answer what is no message of this chat ([`DesiredMessage::answers`]).
    pub answers_by_id: bool,
    /// Messages that their senders deleted, where a rule leaves them out: in order of time.
    pub deleted: Vec<Deleted>,
    /// Texts that may go on in the messages behind them.
    pub pasted: Vec<PastedLines>,
    /// The lead of contacts.csv and those after it, where each was merged into the next and the
    /// last one into that which the chat goes to.
    pub merged_from: Vec<LeadId>,
    /// The digest of what its plan is made of, where it was computed.
    pub inputs: Option<[u8; 32]>,
    /// What the report has to say, by archive and line.
    pub notes: Vec<(u32, u32, Note)>,
    /// Messages of a time that occurs twice, read as the first for want of evidence.
    pub ambiguous_times: u32,
    /// What is suspicious about its archives: index into [`DesiredChat::archives`], and what.
    pub doubts: Vec<(u32, Doubt)>,
    /// Oddities of its archives that may mean a misread message ([`Chat::odd_lines`]).
    ///
    /// [`Chat::odd_lines`]: crate::chat::Chat::odd_lines
    pub odd_lines: u32,
}

impl DesiredChat {
    /// Messages that are held: all distinct ones of a held chat.
    pub fn held(&self) -> u32 {
        match self.standing {
            Standing::Held(_) => self.distinct() - self.left_out.values().sum::<u32>(),
            _ => 0,
        }
    }

    /// Distinct messages.
    pub fn distinct(&self) -> u32 {
        self.read - self.seen_again
    }
}

/// Everything that should be in Close.
#[derive(Debug, Default)]
pub struct Desired {
    /// The chats, by device and name.
    pub chats: Vec<DesiredChat>,
    /// Where the files lie.
    pub containers: Vec<Arc<Container>>,
    /// What decisions.csv settles.
    pub decisions: Decisions,
    /// [`DesiredChat::key`] of each one-to-one chat that a row of contacts.csv names, with archives or
    /// without.
    pub rows: Vec<Content>,
}
