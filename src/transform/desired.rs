//! The desired messages: what should be in Close, by chat.
//!
//! The transformer produces these values, and the plan compares them with the known messages. Out of scope:
//! reading archives, and any state of Close.

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

/// Text of a message for Close. `Debug` and text formats do not reveal it, so that no content gets into logs,
/// errors or checkpoints by accident.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Content(String);

impl Content {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Content(text.into())
    }

    /// The text, for the request and for `plan --payloads`.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// For [`PackedVec`] only: human-readable formats are refused.
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

/// The direction of a message, with the values of Close's field `direction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the contact to the user.
    Incoming,
    /// From the user to the contact.
    Outgoing,
}

/// The rules that leave messages out; outputs count the messages of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A group, with `groups = "skip"`.
    Groups,
    /// A chat between numbers of two devices.
    Internal,
    /// `import = no` in contacts.csv.
    ImportNo,
    /// `import = private` in contacts.csv.
    Private,
    /// In an excluded period of exclude.csv.
    Excluded,
    /// From a participant with the role `ignore`, or from a group participant listed in never.txt.
    Ignored,
    /// Outside `from` and `until` of the device.
    Dates,
    /// A notice, with `system = "skip"`.
    System,
    /// A call, with `calls = "skip"`.
    Calls,
    /// Deleted by its sender before import, with `deleted_before_import = "skip"`.
    Deleted,
    /// Not yet decrypted at the time of the export; a later export may contain it.
    Waiting,
    /// In Close with the same text, direction and minute from another integration, with
    /// `existing = "skip"`.
    Existing,
    /// `leave` in decisions.csv.
    Decided,
    /// A line of another message's text, as a record from a native archive shows.
    Pasted,
    /// Not selected by `--device`, `--chat`, `--lead` or `--limit`.
    NotSelected,
}

impl Rule {
    /// The stable word in all outputs.
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

    /// An explanation for the user.
    pub fn describe(self) -> &'static str {
        match self {
            Rule::Groups => "groups are not imported (groups = \"skip\")",
            Rule::Internal => "a chat between two of our own numbers",
            Rule::ImportNo => "`import = no` in contacts.csv",
            Rule::Private => "private: `import = private` in contacts.csv, or listed in never.txt",
            Rule::Excluded => "in an excluded period of exclude.csv",
            Rule::Ignored => {
                "from a participant with role ignore in contacts.csv, or listed in never.txt"
            }
            Rule::Dates => "outside `from` and `until` of the device",
            Rule::System => "notices by WhatsApp (system = \"skip\")",
            Rule::Calls => "calls (calls = \"skip\")",
            Rule::Deleted => "deleted by their sender (deleted_before_import = \"skip\")",
            Rule::Waiting => "not yet decrypted at the time of the export; export the chat again",
            Rule::Existing => "already in Close from another integration (existing = \"skip\")",
            Rule::Decided => "`leave` in decisions.csv",
            Rule::Pasted => {
                "lines of another message's text, as its import from a native archive shows"
            }
            Rule::NotSelected => "not selected on the command line",
        }
    }
}

/// Why a chat is held until a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The order of day and month could not be determined.
    DateOrder,
    /// Its timestamps have no year, and it could not be determined.
    NoYear,
    /// contacts.csv has no row for the chat, or the row lacks these columns.
    Mapping(Vec<&'static str>),
    /// Two rows of contacts.csv, at these lines, give the chat different values.
    Contradiction(u32, u32),
    /// Records show that an owner wrote under a name that is not configured as an owner's.
    OwnerName,
    /// The owner's number is not known.
    LocalPhone,
    /// It could not be determined which participant is the owner.
    Owner,
    /// The name of the chat is a number, and its row in contacts.csv has a different one.
    OtherNumber,
    /// Archives of one chat give it different leads or contacts.
    SeveralLeads,
    /// Lead, contact and user do not belong together in Close: the reason.
    Pair(String),
    /// The number of its messages that another integration created in Close.
    Existing(u32),
    /// The number of its messages that are in Close at other times, because of a zone shift.
    Shifted(u32),
    /// Its lead was merged into another one.
    Merged {
        /// The lead that no longer exists.
        from: LeadId,
        /// The lead into which it was merged.
        into: LeadId,
        /// The next run continues on that lead.
        follows: bool,
    },
    /// It has two senders, and neither has its name.
    Strangers,
    /// A group without an anchor.
    Anchor,
    /// Another chat has this name too.
    SameName(String),
    /// Another chat of the device has the same number and no message in common with it: the names of both.
    SameNumber(String, String),
    /// The activities of the lead could not be listed completely: the reason.
    Unlisted(String),
    /// Its inputs were imported completely, and its plan is not empty: archive and line of up to three
    /// messages.
    Unsteady(Vec<String>),
}

impl Held {
    /// Whether the cause is in contacts.csv and visible without the messages.
    pub fn is_mapping_problem(&self) -> bool {
        matches!(
            self,
            Held::Mapping(_)
                | Held::Contradiction(..)
                | Held::LocalPhone
                | Held::OtherNumber
                | Held::Anchor
        )
    }

    /// The stable word for reports.
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
                "the order of day and month could not be determined; set date_order = \"dmy\" or \"mdy\" for the device",
            ),
            Held::NoYear => f.write_str(
                "its timestamps have no year, and it could not be determined; put the text into a zip whose entry has the date of the export",
            ),
            Held::Mapping(missing) => {
                write!(f, "contacts.csv does not give its {}; fill in the row of this chat", missing.join(", "))
            }
            Held::Contradiction(one, other) => {
                write!(f, "lines {one} and {other} of contacts.csv give it different values; correct one of them")
            }
            Held::LocalPhone => f.write_str(
                "the owner's number is not known; set local_phone for the device, or a row with role me and a phone",
            ),
            Held::Owner => f.write_str("the owner of the device could not be determined; set `owner` for the device to the name that the export shows"),
            Held::OwnerName => f.write_str(
                "the owner of a device wrote in this group under a name that is not configured; add the name to `owner` \
                 of that device, or to contacts.csv in a row with the owner's number",
            ),
            Held::OtherNumber => {
                f.write_str("its name is a number, and its row in contacts.csv has a different one; correct the phone")
            }
            Held::SeveralLeads => {
                f.write_str("its archives are mapped to different leads or contacts; correct the rows")
            }
            Held::Pair(what) => write!(f, "{what}; correct its row in contacts.csv"),
            Held::Existing(count) => write!(
                f,
                "{count} of its messages are already in Close from another integration; set existing to \"skip\" to leave them out, \
                 or to \"ignore\" to import them as well"
            ),
            Held::Shifted(count) => write!(
                f,
                "{count} of its messages are already in Close at other times and would be duplicated; was the phone in \
                 another time zone when it made this export? Export it again at home, or correct the timezone"
            ),
            Held::Merged { from, into, follows: true } => write!(
                f,
                "its lead {from} was merged into {into} in Close; the next run continues on {into}"
            ),
            Held::Merged { from, into, .. } => write!(
                f,
                "its lead {from} was merged into {into} in Close; set lead_id to {into} in contacts.csv, or set on_merged to \"follow\""
            ),
            Held::SameName(name) => write!(
                f,
                "several chats are called \"{name}\": their archives cover the same days and have no message in common; \
                 in contacts.csv, add one row for each of \"{name}\", \"{name} #2\" and so on, with different values of chat_key"
            ),
            Held::SameNumber(own, other) => write!(
                f,
                "\"{own}\" and \"{other}\" have the same phone in contacts.csv, but their archives cover the same days and have \
                 no message in common; correct the phone of one of them, or, if both are one chat, give both rows the same chat_key"
            ),
            Held::Anchor => f.write_str(
                "a group without an anchor; add a row to contacts.csv with participant *, and the phone, lead and contact \
                 of the contact on whose lead to import it",
            ),
            Held::Strangers => f.write_str(
                "it has two senders and neither has its name, so it may be a group; if it is not, add a row with its \
                 name to contacts.csv",
            ),
            Held::Unsteady(places) => write!(
                f,
                "unsteady: the same archives, rows and settings were imported completely, but this plan would change {}; \
                 review the plan with --accept-unsteady, which also lets an import continue",
                places.join(", ")
            ),
            Held::Unlisted(why) => write!(f, "the activities of the lead could not be listed: {why}"),
        }
    }
}

/// The lead, contact, user and numbers that a chat is posted to, common to all its activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The lead in Close.
    pub lead_id: LeadId,
    /// The contact in Close, on that lead.
    pub contact_id: ContactId,
    /// The owner's Close user, set on messages of both directions.
    pub user_id: Option<UserId>,
    /// The owner's number.
    pub local_phone: Phone,
    /// The contact's number.
    pub remote_phone: Phone,
}

/// The decision about a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It can be imported to this destination.
    Ready(Destination),
    /// This rule leaves the whole chat out.
    LeftOut(Rule),
    /// It is not imported until a person decides.
    Held(Held),
}

/// A file of a desired message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Index into [`Desired::containers`].
    pub container: u32,
    /// Number of the entry in that container.
    pub entry: u32,
    /// Its file name in the archive.
    pub name: Content,
    /// Its size in bytes.
    pub size: u64,
    /// Its CRC-32, if the container's directory has it.
    pub crc: Option<u32>,
    /// Its kind.
    pub media: MediaKind,
}

/// A remark in the report about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The export left the file out.
    Omitted,
    /// The message names a file that is not in the archive.
    Missing,
    /// With this file, the message would exceed Close's limit of 25 MB for attachments.
    TooLarge,
    /// The configuration leaves files of this kind out.
    KindNotWanted,
    /// A local time that does not exist in the zone of the device (clocks were set forward); moved forward.
    TimeMoved,
    /// A reply whose target could not be determined; it is not linked.
    ReplyOpen,
    /// Edited twice, and the archives contradict each other about which edit is newer; the recorded text
    /// stays.
    EditConflict,
}

impl Note {
    /// An explanation for the user.
    pub fn describe(self) -> &'static str {
        match self {
            Note::Omitted => "the export left the file out",
            Note::Missing => "the file is not in the archive",
            Note::TooLarge => "the file would take the message over Close's 25 MB",
            Note::KindNotWanted => "the configuration leaves files of this kind out",
            Note::ReplyOpen => "a reply whose target could not be determined; it is not linked",
            Note::EditConflict => {
                "edited twice, and the dates of the exports contradict their last messages; the text in Close stays"
            }
            Note::TimeMoved => {
                "its time does not exist in the zone of the device; moved forward (check `timezone`)"
            }
        }
    }
}

/// The differences of a group message from the [`Destination`] of its chat.
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
    /// The destination of a message with these differences.
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
    /// The body within `text`, a rendered text of this message: `text` without the sender's name, the
    /// quotation and the reactions. Those differ between archives, so a difference in them is no change.
    pub fn body<'t>(&self, text: &'t str) -> &'t str {
        let text = text.get(self.prefix_len as usize..).unwrap_or(text);
        let own = self.markdown.reveal();
        let suffix_start = own.len().checked_sub(self.suffix_len as usize);
        let reactions = suffix_start
            .and_then(|from| own.get(from..))
            .unwrap_or_default();
        text.strip_suffix(reactions).unwrap_or(text)
    }

    /// Its alternate ids.
    pub fn alternate_ids(&self) -> &[ExternalId] {
        self.ids.as_ref().map_or(&[], |ids| &ids.alternate)
    }

    /// Inserts a quotation of its reply target before its body.
    pub fn quote(&mut self, quote: &str) {
        let own = self.markdown.reveal();
        let (name, body) = own
            .split_at_checked(self.prefix_len as usize)
            .unwrap_or(("", own));
        let rendered = render::render(Parts {
            name_line: name,
            quotation: quote,
            body: body.to_owned(),
            ..Parts::default()
        });
        self.prefix_len = u32::try_from(rendered.prefix_len).unwrap_or(self.prefix_len);
        self.markdown = Content::new(rendered.markdown);
    }
}

/// A reply target that is not a message of the same chat in these archives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answers {
    /// A native id, not looked up yet. It is looked up in the other chats, the checkpoint and Close before
    /// planning.
    Named {
        /// The native id.
        id: ExternalId,
        /// Its text, quoted if the look-ups do not find it; empty if it must not be quoted.
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
    /// A message in Close.
    InClose {
        /// Its external id.
        external_id: ExternalId,
        /// Its activity id.
        activity_id: ActivityId,
    },
}

impl Answers {
    /// The external id of the reply target; `None` if it has not been found in the run or in Close.
    pub fn external_id(&self) -> Option<&ExternalId> {
        match self {
            Answers::Named { .. } => None,
            Answers::Planned { external_id, .. } | Answers::InClose { external_id, .. } => {
                Some(external_id)
            }
        }
    }
}

/// The ids of a message in addition to its external id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherIds {
    /// Its alternate ids: it may be recorded under one of them.
    pub alternate: Vec<ExternalId>,
    /// Its native id, if the message is recorded under another id and the native id is not recorded yet; set
    /// by the plan.
    pub alias: Option<ExternalId>,
    /// The external id is that of the record found by one of these ids.
    pub recognized: bool,
}

/// A message as it should be in Close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredMessage {
    /// Its external id.
    pub external_id: ExternalId,
    /// Its other ids; `None` for most messages.
    pub ids: Option<Box<OtherIds>>,
    /// The evidence of its archive, for [`crate::matching`].
    pub evidence: Evidence,
    /// Its kind.
    pub kind: Kind,
    /// The archive marks it as edited.
    pub edited: bool,
    /// Another archive of the chat may have the same message with a different text; the evidence does not
    /// show whether.
    pub undecided: bool,
    /// A file whose placeholder may be in another archive of the chat, as an undecided message.
    pub contested: bool,
    /// It has the owner's name and may be text that a contact pasted.
    pub pasted: bool,
    /// Its direction.
    pub direction: Direction,
    /// The instant; added milliseconds keep messages with equal timestamps in order.
    #[serde(with = "packed_vec::instant")]
    pub activity_at: DateTime<Utc>,
    /// The rendered text, in WhatsApp's markdown.
    pub markdown: Content,
    /// The length in bytes of the part before the body: the sender's name in a group, and the quotation of
    /// the reply target.
    pub prefix_len: u32,
    /// The length in bytes of the part after the body: reactions.
    pub suffix_len: u32,
    /// Differences from the destination of the chat; `None` if there are none.
    pub between: Option<Box<Between>>,
    /// Files to upload, at most 25,000,000 bytes in total.
    pub files: Vec<File>,
    /// The reply target: index into [`DesiredChat::messages`]. Either smaller than the index of this
    /// message, or the index of a message that is no reply, so that waiting for reply targets ends.
    pub reply_to: Option<u32>,
    /// The reply target, if the archive names it by an id that no message of this chat has.
    pub answers: Option<Box<Answers>>,
    /// The link made from the template `integration_link`.
    pub link: Option<String>,
    /// The archive of the chat that it was read from: index into [`DesiredChat::archives`].
    pub archive: u32,
    /// The line in that archive's transcript.
    pub line: u32,
}

/// A message that its sender deleted and that a rule leaves out. It may have been imported before the
/// deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its native ids.
    pub native_ids: Vec<ExternalId>,
    /// The evidence of its archive, for [`crate::matching`].
    pub evidence: Evidence,
    /// Its external id; if another archive still has the message, the id of that message.
    pub external_id: ExternalId,
    /// Its direction.
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
    /// The hash of its transcript, or of the chat's rows in a database. Not keyed, so it is kept in memory
    /// only.
    pub digest: [u8; 16],
    /// When it was made.
    pub age: Age,
    /// Milliseconds by which its times are later than in the zone of the device.
    pub shift: i64,
}

/// A text and the messages after it in its archive whose times go back: they may be lines of the text, which
/// a record from a native archive shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedLines {
    /// The text: index into [`DesiredChat::messages`].
    pub message: u32,
    /// Each message after the text: its index if it is desired, and the hash of the canonical body of the
    /// text with all lines up to and including that message.
    pub following: Vec<(Option<u32>, [u8; 16])>,
}

/// A chat with its desired messages.
#[derive(Debug, Clone)]
pub struct DesiredChat {
    /// The device that it was exported from; the first one if several have it.
    pub device: String,
    /// Its name as `inspect` prints it.
    pub name: String,
    /// The zone in which its times were read.
    pub zone: Tz,
    /// It is a group.
    pub is_group: bool,
    /// It is private: its name and texts appear in no output.
    pub private: bool,
    /// The chat's part of its external ids, if known. Contains numbers, so it is content.
    pub key: Option<Content>,
    /// The same part for the chats of the other devices with this contact.
    pub keys_of_colleagues: Vec<Content>,
    /// The same part for the chats of this contact, or of other contacts of its lead, under other numbers
    /// that have rows of their own.
    pub keys_of_other_numbers: Vec<Content>,
    /// Labels of its archives, oldest first.
    pub archives: Vec<String>,
    /// The labels with their folders.
    pub paths: Vec<String>,
    /// The archives as sources, in the same order.
    pub sources: Vec<SourceArchive>,
    /// The decision about it.
    pub standing: Standing,
    /// The number of messages in all its archives.
    pub read: u32,
    /// The number of these that another archive of the chat also has.
    pub seen_again: u32,
    /// The number of distinct messages that each rule leaves out.
    pub left_out: BTreeMap<Rule, u32>,
    /// The number of distinct messages of each kind.
    pub kinds: BTreeMap<Kind, u32>,
    /// The desired messages: those of a ready chat, except those that rules leave out. Reply targets come
    /// before their replies.
    pub messages: PackedVec<DesiredMessage>,
    /// Some of `messages` reply to a message outside this chat ([`DesiredMessage::answers`]).
    pub answers_by_id: bool,
    /// Messages deleted by their senders that a rule leaves out, in order of time.
    pub deleted: Vec<Deleted>,
    /// Texts that may continue in the messages after them.
    pub pasted: Vec<PastedLines>,
    /// If leads were merged: the lead in contacts.csv and those between it and the lead of the chat, each
    /// merged into the next.
    pub merged_from: Vec<LeadId>,
    /// Remarks for the report, by archive and line.
    pub notes: Vec<(u32, u32, Note)>,
    /// The number of messages whose local time occurs twice, read as the first for lack of evidence.
    pub ambiguous_times: u32,
    /// Doubts about its archives: index into [`DesiredChat::archives`], and the doubt.
    pub doubts: Vec<(u32, Doubt)>,
    /// Oddities of its archives that may mean a misread message ([`Chat::odd_lines`]).
    ///
    /// [`Chat::odd_lines`]: crate::chat::Chat::odd_lines
    pub odd_lines: u32,
}

impl DesiredChat {
    /// The number of held messages: all distinct messages of a held chat.
    pub fn held(&self) -> u32 {
        match self.standing {
            Standing::Held(_) => self.distinct() - self.left_out.values().sum::<u32>(),
            _ => 0,
        }
    }

    /// The number of distinct messages.
    pub fn distinct(&self) -> u32 {
        self.read - self.seen_again
    }
}

/// Everything that should be in Close, complete when the transformation returns it. Other modules read it, or take it
/// over as a whole.
#[derive(Debug, Default)]
pub struct Desired {
    /// The chats, ordered by device and name.
    pub chats: Vec<DesiredChat>,
    /// The containers of the files.
    pub containers: Vec<Arc<Container>>,
    /// The decisions of decisions.csv.
    pub decisions: Decisions,
    /// The rows of replies.csv that could not be applied: line and reason.
    pub unused_replies: Vec<(u32, &'static str)>,
    /// [`DesiredChat::key`] of each one-to-one chat that a row of contacts.csv names, whether it has archives
    /// or not.
    pub rows: Vec<Content>,
}
