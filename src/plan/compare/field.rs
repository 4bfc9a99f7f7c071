//! The compared fields of one message.
//!
//! A field differs if Close's value is none of three: what the archives want, what was sent (the checkpoint's keyed
//! hashes), and what Close returned then. Each of the three may be unknown; a field about which all are unknown is not
//! compared.

use super::super::Fingerprint;
use super::files::{self, FileInClose};
use super::people::{self, PeopleInClose};
use crate::ids::{ActivityId, UserId};
use crate::transform::desired::{DesiredMessage, Destination, Direction};
use crate::transform::reading_evidence;
use crate::transform::split::{Context, split};

/// Differences of time below this are not compared, in milliseconds: Close may store whole seconds (assumed).
pub(super) const TIME_TOLERANCE: i64 = 1_000;

/// A field of a message that is compared with Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The text of the message.
    Text,
    /// The time of the message, `activity_at`.
    Time,
    /// Whether the contact or the user sent it.
    Direction,
    /// The contact who sent or received it.
    Contact,
    /// The user who owns it.
    User,
    /// The user's own number.
    LocalPhone,
    /// The contact's number.
    RemotePhone,
    /// Contact, user or a number: the checkpoint alone does not show which.
    People,
    /// The link to the reply target.
    Link,
    /// The link of the template `integration_link`.
    IntegrationLink,
    /// The names and the number of the files.
    FileNames,
    /// The sizes of the files.
    FileSizes,
    /// The bytes of a file, by size and CRC-32.
    FileBytes,
}

impl Field {
    /// Every field, in the order in which differences are reported.
    pub const ALL: [Field; 13] = [
        Field::Text,
        Field::Time,
        Field::Direction,
        Field::Contact,
        Field::User,
        Field::LocalPhone,
        Field::RemotePhone,
        Field::People,
        Field::Link,
        Field::IntegrationLink,
        Field::FileNames,
        Field::FileSizes,
        Field::FileBytes,
    ];

    /// The field's stable word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Field::Text => "text",
            Field::Time => "time",
            Field::Direction => "direction",
            Field::Contact => "contact",
            Field::User => "user",
            Field::LocalPhone => "local_phone",
            Field::RemotePhone => "remote_phone",
            Field::People => "people",
            Field::Link => "link",
            Field::IntegrationLink => "integration_link",
            Field::FileNames => "file_names",
            Field::FileSizes => "file_sizes",
            Field::FileBytes => "file_bytes",
        }
    }
}

/// A message as Close returns it. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct InClose {
    /// The text; `None` if the file with a text over Close's limit could not be read.
    pub text: Option<String>,
    /// The time in Unix milliseconds; `None` if Close returns none.
    pub at: Option<i64>,
    /// Whether the user sent it; `None` if Close returns no direction.
    pub outgoing: Option<bool>,
    /// Contact, user and numbers.
    pub people: PeopleInClose,
    /// The activity id of the reply target; `None` without a link.
    pub link: Option<ActivityId>,
    /// The files that Close lists with it, in the order of the activity.
    pub files: Vec<FileInClose>,
}

/// A message as the archives have it, and where it belongs: what Close should have.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    /// The desired message, with its text and files.
    pub message: &'w DesiredMessage,
    /// Lead, contact, user and numbers of this message.
    pub to: &'w Destination,
}

/// What was sent, as the checkpoint records it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// The keyed hash of the text that was sent.
    pub body: [u8; 16],
    /// The time that was sent, in Unix milliseconds.
    pub at: i64,
    /// Whether the user sent it; `None` if that is not recorded.
    pub outgoing: Option<bool>,
    /// The keyed hash of contact, user and numbers; `None` if it is not recorded.
    pub people: Option<[u8; 16]>,
    /// The number of files that were sent.
    pub files: usize,
    /// The sizes of the files in bytes; `None` if they are not recorded.
    pub sizes: Option<Vec<u64>>,
    /// Whether the outcome of an update is unknown, so that Close may have what the archives want.
    pub changing: bool,
}

/// What Close returned where that differs from what was sent: keyed hashes of the kinds
/// `answer-text`, `answer-numbers` and `answer-files`. `None`: it did not differ, or is not
/// recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    /// The hash of the text.
    pub text: Option<[u8; 16]>,
    /// The hash of the numbers ([`super::numbers_answered`]).
    pub numbers: Option<[u8; 16]>,
    /// The hash of names and sizes of the files ([`super::files_answered`]).
    pub files: Option<[u8; 16]>,
    /// The time that Close returned, in Unix milliseconds.
    pub at: Option<i64>,
}

/// The link to a reply target that a message should have in Close.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExpectedLink {
    /// Not compared: the reply target is not in Close.
    #[default]
    NotCompared,
    /// The message should have no link.
    Absent,
    /// The message should be linked to one of these activities.
    To(Vec<ActivityId>),
    /// The message may be linked to one of these activities or to none: the link has not been set
    /// yet.
    MayBe(Vec<ActivityId>),
}

/// What is expected of one message.
#[derive(Clone, Default)]
pub struct Expected<'w> {
    /// What the archives want; `None` if no archive has the message any more.
    pub wanted: Option<Wanted<'w>>,
    /// What the checkpoint records as sent; `None` without a record.
    pub sent: Option<Sent>,
    /// What Close returned when it was sent.
    pub answered: Answered,
    /// The link to the reply target that is expected.
    pub link: ExpectedLink,
}

/// What all messages of a comparison have in common.
pub struct Comparison<'c> {
    /// The keyed hash function of the checkpoint; `None` without one.
    pub fingerprint: Option<&'c Fingerprint>,
    /// The user who owns the messages of users who left (`inactive_user`); `None` if none is
    /// configured.
    pub instead: Option<&'c UserId>,
    /// Whether the messages are those of a group.
    pub is_group: bool,
    /// The contact, user and numbers of another message of the chat, with which messages are
    /// compared that no archive has any more; `None` if there is no such message.
    pub reference: Option<&'c Destination>,
}

impl Comparison<'_> {
    /// Whether `text` of this kind has the keyed hash `hash`.
    pub(super) fn is_hash_of(&self, hash: [u8; 16], kind: &'static str, text: &str) -> bool {
        (self.fingerprint).is_some_and(|fingerprint| (fingerprint.0)(kind, text) == hash)
    }
}

/// The fields in which a message in Close differs from what is expected, in the order of [`Field`]. Bytes of files and
/// the links of a template are compared elsewhere.
pub fn differences(
    expected: &Expected<'_>,
    in_close: &InClose,
    comparison: &Comparison<'_>,
) -> Vec<Field> {
    let mut fields = Vec::new();
    let checks = [
        (Field::Text, is_text_equal(expected, in_close, comparison)),
        (Field::Time, is_time_equal(expected, in_close)),
        (Field::Direction, is_direction_equal(expected, in_close)),
        (Field::Link, is_link_equal(&expected.link, in_close)),
    ];
    fields.extend(
        checks
            .into_iter()
            .filter(|(_, is_equal)| !is_equal)
            .map(|(field, _)| field),
    );
    fields.extend(people::differences(expected, &in_close.people, comparison));
    fields.extend(files::differences(expected, &in_close.files, comparison));
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn is_text_equal(expected: &Expected<'_>, in_close: &InClose, comparison: &Comparison<'_>) -> bool {
    let Some(text) = in_close.text.as_deref() else {
        return true;
    };
    let wanted = expected.wanted.map(|wanted| wanted.message);
    if wanted.is_some_and(|message| message.markdown.reveal() == text) {
        return true;
    }
    if (expected.answered.text).is_some_and(|hash| comparison.is_hash_of(hash, "answer-text", text))
    {
        return true;
    }
    let Some(sent) = &expected.sent else {
        // Without a record only an archive can differ; names of senders and quotations follow the archive.
        return wanted.is_none_or(|message| {
            let own = message.body(message.markdown.reveal());
            any_body(text, in_close, comparison, |body| body == own)
        });
    };
    let is_sent = |body: &str| comparison.is_hash_of(sent.body, "body", body);
    comparison.fingerprint.is_none()
        || wanted.is_some_and(|message| is_sent(message.body(text)))
        || is_sent(text)
        || any_body(text, in_close, comparison, is_sent)
}

/// Whether a reading of a text has a body that `is_equal` accepts: without the sender's name, the quotation and the
/// reactions, which differ between archives.
fn any_body(
    text: &str,
    in_close: &InClose,
    comparison: &Comparison<'_>,
    is_equal: impl Fn(&str) -> bool,
) -> bool {
    let context = Context {
        is_group: comparison.is_group,
        files: in_close.files.len(),
    };
    (split(text, context).iter()).any(|reading| is_equal(reading_evidence::body(text, reading)))
}

fn is_time_equal(expected: &Expected<'_>, in_close: &InClose) -> bool {
    let wanted = (expected.wanted).map(|wanted| wanted.message.activity_at.timestamp_millis());
    let sent = expected.sent.as_ref().map(|sent| sent.at);
    let all = [wanted, sent, expected.answered.at];
    let mut known = all.into_iter().flatten().peekable();
    if known.peek().is_none() {
        return true;
    }
    let Some(at) = in_close.at else { return false };
    known.any(|one| (one - at).abs() < TIME_TOLERANCE)
}

fn is_direction_equal(expected: &Expected<'_>, in_close: &InClose) -> bool {
    let wanted = (expected.wanted).map(|wanted| wanted.message.direction == Direction::Outgoing);
    let sent = expected.sent.as_ref().and_then(|sent| sent.outgoing);
    match (wanted, sent) {
        (None, None) => true,
        known => {
            let known = [known.0, known.1];
            in_close.outgoing.is_some() && known.contains(&in_close.outgoing)
        }
    }
}

fn is_link_equal(expected: &ExpectedLink, in_close: &InClose) -> bool {
    match (expected, &in_close.link) {
        (ExpectedLink::NotCompared, _) | (ExpectedLink::Absent | ExpectedLink::MayBe(_), None) => {
            true
        }
        (ExpectedLink::Absent, Some(_)) | (ExpectedLink::To(_), None) => false,
        (ExpectedLink::To(all) | ExpectedLink::MayBe(all), Some(link)) => all.contains(link),
    }
}
